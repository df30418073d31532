/** W11: from the start of a process to the first gradient, and the size of what a page would load. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { type Line, quantile } from './measure.js'
import { built, here, installed, peers, type Settings } from './peers.js'
import { bundlers, gzipped, isBuilt, programs, startFiles } from './size.js'

const javascript: Readonly<Record<string, string>> = {
  jaxjs: `import { defaultDevice, grad, init, numpy as np } from '@jax-js/jax'
    await init('wasm'); defaultDevice('wasm')
    const g = grad(x => np.sum(x.ref.mul(x)))(np.array([1, 2, 3])); console.log(await g.data())`,
  tfjs: `import * as tf from '@tensorflow/tfjs'; import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
    setWasmPaths(process.cwd() + '/node_modules/@tensorflow/tfjs-backend-wasm/dist/'); await tf.setBackend('wasm')
    console.log(tf.grad(x => tf.sum(tf.mul(x, x)))(tf.tensor1d([1, 2, 3])).dataSync())`,
}
const inPython: Readonly<Record<string, string>> = {
  torch: 'import torch\nx = torch.tensor([1.0, 2, 3], requires_grad=True)\n(x * x).sum().backward()\nprint(x.grad)',
  jax: 'import jax, jax.numpy as jnp\nprint(jax.grad(lambda x: jnp.sum(x * x))(jnp.array([1.0, 2, 3])))',
}

const bundled = async (contents: string, resolveDir: string, outfile: string): Promise<void> => {
  await build({ stdin: { contents, resolveDir, loader: 'ts' }, bundle: true, minify: true, format: 'esm', target: 'es2022', platform: 'browser', outfile, logLevel: 'silent' })
}

/** The median of ten fresh processes, the first of all not counted: it fills the caches of the disk. */
const startUp = (command: string, args: readonly string[], cwd: string): { readonly median: number; readonly all: readonly number[] } | string => {
  const once = (): number | string => {
    const start = performance.now(), { status, stderr, stdout } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 60_000 })
    return status === 0 ? performance.now() - start : `exit ${status}: ${(stderr || stdout).trim().split('\n').at(-1)}`
  }
  const first = once()
  if (typeof first === 'string') return first
  const times = Array.from({ length: first > 1000 ? 5 : 10 }, once).filter(t => typeof t === 'number')
  return { median: quantile(times, 0.5), all: times }
}

const starting = (peer: string, variant: string, command: string, args: readonly string[], cwd: string): Line => {
  const took = startUp(command, args, cwd), head = { peer, work: 'W11', metric: 'startup', variant, params: {}, unit: 'ms' }
  return typeof took === 'string' ? { ...head, error: took } : { ...head, value: took.median, median_ms: took.median, p10_ms: quantile(took.all, 0.1), p90_ms: quantile(took.all, 0.9), reps: took.all.length }
}
const sizing = async (peer: string, variant: string, contents: string, resolveDir: string): Promise<Line> => {
  const outfile = join(built, `size-${peer}.mjs`), head = { peer, work: 'W11', metric: 'size', variant, params: {}, unit: 'bytes' }
  try {
    await bundled(contents, resolveDir, outfile)
    return { ...head, value: gzipSync(readFileSync(outfile), { level: 9 }).length }
  } catch (e) { return { ...head, error: String((e as Error).message).slice(0, 200) } }
}

/** The lines of W11 for a peer. */
export const W11 = async function* (peer: string, { node }: Settings): AsyncIterable<Line> {
  if (peer === 'cotangent') {
    yield starting('node', 'node -e 0', node, ['-e', '0'], here)
    if (!isBuilt()) yield { peer, work: 'W11', metric: 'startup', variant: 'the built package', params: {}, unit: 'ms', error: 'there is no built package: npm run build' }
    else {
      for (const [variant, file] of Object.entries(await startFiles())) yield starting(peer, variant, node, [file], here)
      for (const [variant, program] of Object.entries(programs)) {
        for (const [bundler, bundle] of Object.entries(bundlers)) {
          yield { peer, work: 'W11', metric: 'size', variant: `${variant}, by ${bundler}`, params: {}, unit: 'bytes', value: gzipped(await bundle(program)) }
        }
      }
    }
  } else if (javascript[peer] !== undefined && existsSync(peers[peer]!.needs)) {
    yield starting(peer, 'ES modules', node, ['--input-type=module', '-e', javascript[peer]], installed)
    yield await sizing(peer, peer === 'jaxjs' ? '{ grad, numpy, init }' : 'union package and backend-wasm, without the .wasm file', javascript[peer].replace(/process\.cwd\(\)/, '""'), installed)
  } else if (inPython[peer] !== undefined && existsSync(peers[peer]!.needs)) {
    yield starting(peer, 'import', peers[peer]!.needs, ['-c', inPython[peer]], here)
  }
}

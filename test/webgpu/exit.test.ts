/** However a process ends that has a device, it ends: with the status it should have, by no signal, and without hanging. */
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { webgpu } from '../../backends/webgpu/entry.js'

const asked = await webgpu.tryDevice({ dawn: ['backend=vulkan'] })()
if (asked._tag === 'Right') asked.right.close()
else console.warn('SKIPPED: there is no adapter for WebGPU here: how processes with a device end is not tested')

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = `
import { Worker, isMainThread, parentPort } from 'node:worker_threads'
import { webgpu } from './backends/webgpu/entry.js'
import { jit, np, onDevice, read } from './src/index.js'
const mode = process.argv[2]
const compute = async () => {
  const gpu = await webgpu.device({ dawn: ['backend=vulkan'] })
  const step = jit(x => np.add(np.multiply(x, 0.5), 1))
  let x = np.zeros([64, 64])
  for (let i = 0; i < 20; i++) x = onDevice(gpu, () => step(x))
  const sum = (await read(x)).reduce((a, b) => a + b, 0)
  console.log(Math.round(sum / 4096))
  return { gpu, x: onDevice(gpu, () => step(x)) }
}
if (!isMainThread) { await compute(); parentPort.postMessage('done'); setInterval(() => {}, 1000) }
else if (mode === 'worker') {
  const worker = new Worker(new URL(import.meta.url), { argv: ['worker'] })
  await new Promise(done => worker.once('message', done))
  await worker.terminate()
} else {
  const { gpu, x } = await compute()
  if (mode.startsWith('closed')) gpu.close()
  if (mode === 'pending') void read(x).catch(() => {})
  if (mode === 'throws') throw new Error('on purpose')
  if (mode.endsWith('exits') || mode === 'pending') process.exit(7)
}
`
let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cotangent-exit-'))
  // the package webgpu is looked for from where the program lies
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const { outputFiles } = await build({ stdin: { contents: program, resolveDir: root, loader: 'js' }, bundle: true, write: false, platform: 'node', format: 'esm', logLevel: 'error' })
  writeFileSync(join(folder, 'program.mjs'), outputFiles[0]!.text)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ends = (mode: string, file: boolean): Promise<readonly [number | null, string | null]> => new Promise((resolve, reject) => {
  const out = file ? openSync(join(folder, `${mode}.txt`), 'w') : 'pipe'
  const child = spawn(process.execPath, [join(folder, 'program.mjs'), mode], { stdio: ['ignore', out, 'ignore'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
  child.stdout?.resume()
  child.once('error', reject)
  child.once('exit', (code, signal) => {
    clearTimeout(timer)
    if (typeof out === 'number') closeSync(out)
    resolve([code, signal])
  })
})
test.skipIf(asked._tag === 'Left').each([
  ['by itself', 'ends', 0], ['by itself, the device closed', 'closed', 0], ['by process.exit', 'exits', 7], ['by process.exit, the device closed', 'closed-exits', 7],
  ['by an error that nobody catches', 'throws', 1], ['by process.exit while something is read', 'pending', 7], ['after a thread with the device was terminated', 'worker', 0],
] as const)('a process ends %s', async (_, mode, status) => {
  expect(await Promise.all([ends(mode, false), ends(mode, true)])).toEqual([[status, null], [status, null]])
})

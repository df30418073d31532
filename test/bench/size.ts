/** W11: what a page would load and how soon a process has its first gradient, both of the built package, bundled as its users would bundle it. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { rolldown } from 'rolldown'
import { quantile } from './measure.js'
import { built, defaultNode, here } from './peers.js'

// ---- the built package ------------------------------------------------------------------------------------------------

const root = resolve(here, '..', '..')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Readonly<Record<string, { readonly default: string }>> }
/** The file behind `cotangent` or one of its subpaths. */
const fileOf = (name: string): string => join(root, exports[name.replace(/^cotangent/, '.')]!.default)

export const isBuilt = (): boolean => existsSync(fileOf('cotangent'))
/** The text with the names of the package replaced by its files. */
const linked = (program: string): string => program.replaceAll(/'(cotangent(?:\/\w+)?)'/g, (_, name: string) => JSON.stringify(fileOf(name)))

// ---- bundlers ---------------------------------------------------------------------------------------------------------

type Bundler = (program: string) => Promise<string>

/** esbuild keeps the whole of a namespace that a package exports under a name. */
const withEsbuild: Bundler = async program => {
  const { outputFiles } = await build({
    stdin: { contents: linked(program), resolveDir: root, loader: 'js' }, bundle: true, minify: true, format: 'esm', target: 'es2022', platform: 'browser', external: ['node:*'], write: false, logLevel: 'silent',
  })
  return outputFiles[0]!.text
}
/** Vite's bundler; like rollup it drops the members of a namespace that nobody names. */
const withRolldown: Bundler = async program => {
  const entry = join(root, 'entry.virtual.js')
  const bundle = await rolldown({
    input: entry, cwd: root, platform: 'browser', external: /^node:/, logLevel: 'silent',
    plugins: [{ name: 'entry', resolveId: id => (id === entry ? id : null), load: id => (id === entry ? linked(program) : null) }],
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  await bundle.close()
  return output[0].code
}
export const bundlers: Readonly<Record<string, Bundler>> = { esbuild: withEsbuild, rolldown: withRolldown }

// ---- programs ---------------------------------------------------------------------------------------------------------

const some = `const loss = x => np.sum(np.tanh(np.matmul(x, np.transpose(x))))
export const f = jit(grad(loss)), x = np.array([[1, 2], [3, 4]])`

/** What is imported, and what of it is used. */
export const programs: Readonly<Record<string, string>> = {
  '{ grad }': `export { grad } from 'cotangent'`,
  '{ grad, jit, np }, five functions of np': `import { grad, jit, np } from 'cotangent'\n${some}`,
  '{ grad, jit } and * as np from cotangent/np, five functions of np': `import { grad, jit } from 'cotangent'\nimport * as np from 'cotangent/np'\n${some}`,
  '{ grad, jit, np }, all of np': `export { grad, jit, np } from 'cotangent'`,
  everything: `export * from 'cotangent'`,
}
/** It reads what it computed, and prints nothing: console.log loads the streams of Node, which takes longer than the gradient. */
export const firstGradient = `import { grad, np, readSync } from 'cotangent'
const slope = readSync(grad(x => np.sum(np.multiply(x, x)))(np.array([1, 2, 3])))
if (slope.join() !== '2,4,6') throw new Error(slope.join())`

export const gzipped = (text: string): number => gzipSync(text, { level: 9 }).length

// ---- processes --------------------------------------------------------------------------------------------------------

/** Medians of fresh processes, taken in turns, so that all see the same machine; the first turn fills the caches of the disk and does not count. */
export const startUps = (commands: readonly (readonly string[])[], turns = 20): readonly (readonly number[])[] => {
  const once = ([command, ...args]: readonly string[]): number => {
    const start = performance.now(), { status, stderr, error } = spawnSync(command!, args, { cwd: root, encoding: 'utf8', timeout: 60_000 })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit ${status}: ${stderr.trim()}`}`)
    return performance.now() - start
  }
  const rounds = Array.from({ length: turns + 1 }, () => commands.map(once)).slice(1)
  return commands.map((_, i) => rounds.map(times => times[i]!))
}

/** Files that compute a first gradient: one bundle, and a module that imports the package as it lies. */
export const startFiles = async (): Promise<Readonly<Record<string, string>>> => {
  mkdirSync(built, { recursive: true })
  const one = join(built, 'startup.mjs'), plain = join(built, 'startup-package.mjs')
  writeFileSync(one, await withRolldown(firstGradient))
  writeFileSync(plain, linked(firstGradient))
  return { 'one bundle': one, 'the package unbundled': plain }
}

// ---- the table --------------------------------------------------------------------------------------------------------

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`

const main = async (nodes: readonly string[]): Promise<void> => {
  if (!isBuilt()) return console.error('there is no built package: npm run build')
  for (const [what, program] of Object.entries(programs)) {
    for (const [bundler, bundle] of Object.entries(bundlers)) {
      const text = await bundle(program)
      console.log(`${what.padEnd(68)} ${bundler.padEnd(8)} ${kB(Buffer.byteLength(text)).padStart(9)} minified ${kB(gzipped(text)).padStart(9)} gzip -9`)
    }
  }
  const files = await startFiles()
  for (const node of nodes) {
    const [bare, ...rest] = startUps([[node, '-e', '0'], ...Object.values(files).map(file => [node, file])])
    const floor = quantile(bare!, 0.5), { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
    console.log(`node ${stdout.trim()} -e 0: ${floor.toFixed(1)} ms`)
    Object.keys(files).forEach((what, i) => {
      const median = quantile(rest[i]!, 0.5)
      console.log(`  first gradient, ${what}: ${median.toFixed(1)} ms (p10 ${quantile(rest[i]!, 0.1).toFixed(1)}, p90 ${quantile(rest[i]!, 0.9).toFixed(1)}), ${(median - floor).toFixed(1)} ms more than node; the fastest of each: ${(Math.min(...rest[i]!) - Math.min(...bare!)).toFixed(1)} ms more`)
    })
  }
}

// node test/bench/size.ts [node ...]: the Node versions to start, by default this one and the one beside the peers
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2)
  await main(named.length > 0 ? named : [...new Set([process.execPath, defaultNode()])])
}

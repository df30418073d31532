/** The peers: how each is built and started, and what must be there for it. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type PluginBuild } from 'esbuild'
import type { Size } from './data.js'

export const here = dirname(fileURLToPath(import.meta.url))
export const installed = join(here, '.peers'), built = join(here, '.build')
const root = join(here, '..', '..')
const python = join(installed, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')

export interface Settings { readonly node: string; readonly threads: number; readonly size: Size; readonly how: 'measure' | 'verify' }
export interface Start { readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly cwd: string }
export interface Entry {
  /** Part of a run unless peers are named. */
  readonly usual: boolean
  /** A file without which it cannot run. */
  readonly needs: string
  readonly start: (work: string, settings: Settings) => Start
}

/** Node 24 where the peers are installed, otherwise the one that runs this. */
export const defaultNode = (): string => {
  const own = join(installed, 'node_modules', '.bin', 'node')
  return existsSync(own) ? own : process.execPath
}

const nodeArgs = ['--expose-gc', '--max-old-space-size=12000']
const cotangent = (level: string | null): Entry['start'] => (work, { node, threads, size, how }) => ({
  command: node, args: [...nodeArgs, join(built, 'cotangent.mjs'), level === null ? 'cotangent' : `cotangent-${level}`, work, size, how], cwd: root,
  env: { BENCH_VERSION: version(), BENCH_THREADS: String(threads), COTANGENT_THREADS: String(threads), ...(level === null ? {} : { COTANGENT_WASM_LEVEL: level }) },
})
const script = (name: string): Entry['start'] => (work, { node, size, how }) =>
  ({ command: node, args: [...nodeArgs, join(installed, `${name}.mjs`), name, work, size, how], cwd: installed, env: {} })
const inPython = (name: string, file: string): Entry['start'] => (work, { threads, size, how }) => ({
  command: python, args: [join(here, 'peers', file), '--peer', name, '--work', work, '--size', size, '--threads', String(threads), '--how', how], cwd: root,
  // the first call of torch.compile is one on a machine that has not compiled the function before
  env: { PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: String(threads), TORCHINDUCTOR_FORCE_DISABLE_CACHES: '1' },
})

export const peers: Readonly<Record<string, Entry>> = {
  cotangent: { usual: true, needs: here, start: cotangent(null) },
  'cotangent-wide': { usual: true, needs: here, start: cotangent('wide') },
  'cotangent-baseline': { usual: false, needs: here, start: cotangent('baseline') },
  'cotangent-relaxed': { usual: false, needs: here, start: cotangent('relaxed') },
  torch: { usual: true, needs: python, start: inPython('torch', 'torch_peer.py') },
  jax: { usual: true, needs: python, start: inPython('jax', 'jax_peer.py') },
  jaxjs: { usual: true, needs: join(installed, 'node_modules', '@jax-js', 'jax'), start: script('jaxjs') },
  tfjs: { usual: true, needs: join(installed, 'node_modules', '@tensorflow', 'tfjs'), start: script('tfjs') },
}

/** The package's version, and the commit. */
export const version = (): string => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  try { return `${version} (${execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()})` } catch { return version }
}

/** What is measured is the package as it is built and published. */
const published = {
  name: 'published',
  setup: (build: PluginBuild): void => { build.onResolve({ filter: /\/src\/index\.js$/ }, () => ({ path: join(root, 'dist', 'index.js') })) },
}

/** Bundles of the peers that are named: TypeScript is compiled once, so that no loader is measured; the package is built first. */
export const bundle = async (names: readonly string[]): Promise<void> => {
  mkdirSync(built, { recursive: true })
  const common = { bundle: true, format: 'esm', platform: 'node', logLevel: 'warning' } as const
  if (names.some(name => name.startsWith('cotangent'))) {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
    await build({ ...common, plugins: [published], entryPoints: [join(here, 'cotangent', 'main.ts')], outfile: join(built, 'cotangent.mjs') })
  }
  for (const name of names.filter(name => name === 'jaxjs' || name === 'tfjs')) {
    await build({ ...common, packages: 'external', entryPoints: [join(here, 'peers', `${name}.mjs`)], outfile: join(installed, `${name}.mjs`) })
  }
}

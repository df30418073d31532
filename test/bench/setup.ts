/** npm run bench:setup: the peers, in the versions of peers/, go into test/bench/.peers, which nothing else uses and git ignores. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url)), peers = join(here, '.peers')
const only = process.argv[2]
if (only !== undefined && only !== 'javascript' && only !== 'python') {
  console.error('npm run bench:setup [-- javascript | python]')
  process.exit(2)
}
const failed: string[] = []
const run = (what: string, command: string, args: readonly string[]): boolean => {
  console.log(`${what}: ${command} ${args.join(' ')}`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) failed.push(`${what}: ${error?.message ?? `exit status ${status}`}`)
  return status === 0
}

mkdirSync(peers, { recursive: true })
if (only !== 'python') {
  copyFileSync(join(here, 'peers', 'package.json'), join(peers, 'package.json'))
  run('Node 24, jax-js, TensorFlow.js', 'npm', ['install', '--prefix', peers, '--no-audit', '--no-fund'])
}
if (only !== 'javascript') {
  // PyTorch brings its CUDA libraries along, five gigabytes of them; it is the processor that is measured
  const python = join(peers, 'venv', process.platform === 'win32' ? 'Scripts' : 'bin', 'python')
  if (existsSync(python) || run('Python environment', 'python3', ['-m', 'venv', join(peers, 'venv')])) {
    run('PyTorch, JAX', python, ['-m', 'pip', 'install', '--requirement', join(here, 'peers', 'requirements.txt')])
  }
}
for (const failure of failed) console.error(`NOT INSTALLED  ${failure}`)
process.exit(failed.length === 0 ? 0 : 1)

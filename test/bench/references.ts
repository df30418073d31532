/** Writes reference.json: the checks of every workload, computed by PyTorch in f64 from the inputs in f32. Needs the peers (npm run bench:setup). */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Reference } from './agree.js'

const here = dirname(fileURLToPath(import.meta.url))
const python = join(here, '.peers', 'venv', 'bin', 'python')
const works = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9', 'W10']

const reference = (size: string): readonly Reference[] => works.flatMap(work => {
  const { status, stdout, stderr } = spawnSync(python, [join(here, 'peers', 'torch_peer.py'), '--peer', 'torch', '--work', work, '--size', size, '--how', 'reference'], { encoding: 'utf8', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } })
  if (status !== 0) {
    console.error(stderr)
    process.exit(1)
  }
  return stdout.trim().split('\n').map(line => JSON.parse(line) as Reference).map(({ work, metric, params, checks }) => ({ work, metric, params, checks }))
})
const rows = (size: string): string => reference(size).map(r => `    ${JSON.stringify(r)}`).join(',\n')
writeFileSync(join(here, 'reference.json'), `{\n  "small": [\n${rows('small')}\n  ],\n  "full": [\n${rows('full')}\n  ]\n}\n`)

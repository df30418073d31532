/** npm run bench: one process after the other, each a peer and a workload; lines of JSON as they come, and a table of them at the end. */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { agrees, differences, readReferences, type Checked } from './agree.js'
import type { Size } from './data.js'
import type { Line } from './measure.js'
import { bundle, defaultNode, here, peers, type Settings } from './peers.js'
import { W11 } from './startup.js'
import { table, withFigures } from './table.js'

const works = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9', 'W10', 'W11', 'W12']
const page = resolve(here, '..', '..', 'docs', 'benchmarks.md')
const help = `npm run bench -- [options]      (npm run bench:setup first, for the peers)
  --peer cotangent,torch    of ${Object.keys(peers).join(', ')}
  --work W3,W5              of W1 to W12
  --level wide              the level of cotangent's WASM: baseline, relaxed or wide; by default what the engine has, and wide
  --threads 2               of cotangent, PyTorch and JAX; the other peers have one
  --out FILE                where the lines go: test/bench/.results/latest.jsonl
  --resume                  keep the lines that are there, and run only what is missing
  --table                   run nothing, only write the tables of the lines that are there
  --page                    write the tables into docs/benchmarks.md, as a run of everything does
  --size small              reduced sizes, to try it out
  --verify                  compare numbers only, measure nothing
  --node PATH               the Node that runs JavaScript peers: the one of bench:setup, else this one
  --timeout 100             seconds for one process
  --minutes 25              after how many minutes no process is started any more`

const parse = () => parseArgs({
  options: {
    peer: { type: 'string' }, work: { type: 'string' }, level: { type: 'string' }, threads: { type: 'string', default: '2' }, out: { type: 'string' },
    resume: { type: 'boolean', default: false }, table: { type: 'boolean', default: false }, page: { type: 'boolean', default: false },
    size: { type: 'string', default: 'full' }, verify: { type: 'boolean', default: false }, node: { type: 'string' },
    timeout: { type: 'string', default: '100' }, minutes: { type: 'string', default: '25' }, help: { type: 'boolean', default: false },
  },
})
const stop = (message: string, code: number): never => {
  console.error(message)
  return process.exit(code)
}
const read = (): ReturnType<typeof parse>['values'] => { try { return parse().values } catch (e) { return stop(`${(e as Error).message}\n\n${help}`, 2) } }
const given = read()
if (given.help) stop(help, 0)
if (!/^[1-9]\d*$/.test(given.threads)) stop(`--threads wants a whole number, not ${given.threads}\n\n${help}`, 2)
const named = (list: string | undefined, all: readonly string[], what: string): readonly string[] | null => {
  const names = list?.split(',') ?? null
  const unknown = names?.find(name => !all.includes(name))
  return unknown === undefined ? names : stop(`no ${what} is called ${unknown}: ${all.join(', ')}\n\n${help}`, 2)
}
const levelled = given.level === undefined ? 'cotangent' : `cotangent-${given.level}`
const usual = Object.keys(peers).filter(name => peers[name]!.usual && !(given.level !== undefined && name.startsWith('cotangent')))
const chosenPeers = (named(given.peer, Object.keys(peers), 'peer') ?? (given.level === undefined ? usual : [levelled, ...usual])).map(p => (p === 'cotangent' ? levelled : p))
const chosenWorks = named(given.work, works, 'workload') ?? works
if (peers[levelled] === undefined) stop(`no level is called ${given.level}\n\n${help}`, 2)
const settings: Settings = { node: given.node ?? defaultNode(), threads: Number(given.threads), size: given.size as Size, how: given.verify ? 'verify' : 'measure' }
const out = resolve(given.out ?? join(here, '.results', 'latest.jsonl'))
const references = readReferences(join(here, 'reference.json'))[settings.size] ?? stop(`--size is full or small, not ${given.size}`, 2)

// ---- lines -----------------------------------------------------------------------------------------------------------

const readLines = (): readonly Line[] => (existsSync(out) ? readFileSync(out, 'utf8').split('\n').filter(l => l !== '').map(l => JSON.parse(l) as Line) : [])
const keep = (line: Line): void => appendFileSync(out, `${JSON.stringify({ ...line, when: new Date().toISOString() })}\n`)
const short = (x: unknown): string => (typeof x !== 'number' ? '' : Math.abs(x) >= 1000 ? Math.round(x).toLocaleString('en') : x.toPrecision(3))
const show = (line: Line): void => {
  const params = Object.entries((line.params ?? {}) as object).map(([k, v]) => `${k}=${v}`).join(' ')
  const off = line.checks === undefined ? [] : differences(references, line as unknown as Checked).filter(d => !agrees(d))
  const figure = line.error !== undefined ? `ERROR ${line.error}` : line.value === undefined ? 'verified' : `${short(line.value)} ${line.unit}  first ${short(line.first_ms)} ms  others ${short(line.other_cpu)}`
  console.log(`  ${line.metric} ${params} [${line.variant ?? ''}] ${figure}${off.map(d => `  OFF ${d.check} by ${d.relative.toExponential(1)}`).join('')}`)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

// ---- processes -------------------------------------------------------------------------------------------------------

/** Runs one process to its end or its time, and keeps the lines it prints. Answers what went wrong, or null. */
const runProcess = (peer: string, work: string): Promise<string | null> => new Promise(done => {
  const { command, args, env, cwd } = peers[peer]!.start(work, settings)
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let rest = '', errors = '', late = false
  const end = (): void => { child.kill('SIGKILL') }
  process.once('exit', end)
  const timer = setTimeout(() => { late = true; child.kill('SIGKILL') }, Number(given.timeout) * 1000)
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines.filter(l => l.startsWith('{')).map(l => JSON.parse(l) as Line)) {
      keep(line)
      show(line)
    }
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { errors = (errors + text).slice(-2000) })
  child.on('error', e => { errors += e.message })
  child.on('close', code => {
    clearTimeout(timer)
    process.off('exit', end)
    done(late ? `killed after ${given.timeout} s` : code === 0 ? null : `exit ${code}: ${errors.trim().split('\n').slice(-3).join(' | ').slice(-400)}`)
  })
})

const runAll = async (): Promise<void> => {
  mkdirSync(dirname(out), { recursive: true })
  const before = given.resume ? readLines() : []
  if (!given.resume) writeFileSync(out, '')
  const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, memory_gib: Math.round(totalmem() / 2 ** 30), system: `${process.platform} ${release()} ${process.arch}` }
  keep({ metric: 'machine', ...machine, threads: settings.threads, size: settings.size })
  const missing = chosenPeers.filter(peer => !existsSync(peers[peer]!.needs))
  for (const peer of missing) console.error(`\n!!! ${peer} IS NOT INSTALLED AND IS LEFT OUT: npm run bench:setup\n`)
  await bundle(chosenPeers.filter(peer => !missing.includes(peer)))
  const began = performance.now()
  for (const work of chosenWorks) {
    for (const peer of chosenPeers.filter(p => !missing.includes(p))) {
      if (before.some(l => l.metric === 'done' && l.peer === peer && l.work === work)) continue
      const minutes = (performance.now() - began) / 60_000
      if (minutes > Number(given.minutes)) return console.error(`\n!!! ${given.minutes} MINUTES ARE OVER, before ${work} of ${peer}: go on with --resume\n`)
      console.log(`${minutes.toFixed(1)} min  ${work} ${peer}`)
      let failure: string | null = null
      if (work === 'W11') {
        if (settings.how === 'measure') for await (const line of W11(peer, settings)) { keep(line); show(line) }
      } else failure = await runProcess(peer, work)
      if (failure !== null) {
        keep({ peer, work, metric: 'none', error: failure })
        console.error(`  ${peer} ${work}: ${failure}`)
      }
      keep({ peer, work, metric: 'done' })
    }
  }
}

if (!given.table) await runAll()
const whole = !given.table && given.peer === undefined && given.work === undefined && given.level === undefined && settings.size === 'full' && settings.how === 'measure'
if (given.page || whole) {
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), table(readLines(), references, true)))
  console.log(`\ntables written to ${page}`)
} else console.log(`\n${table(readLines(), references, false)}`)

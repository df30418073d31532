/** `npm run test:mutants` plants bugs in our own sources, one at a time, and asks the laws to find each. Options: --only ID (or ID*), --new (those the page does not know), --list, --write, --fresh, --rounds 3,15. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mutants } from './mutants/list/index.js'
import { type Mutant, mutate, onDevice, root } from './mutants/mutant.js'
import { page, recorded } from './mutants/report.js'
import { type Fate, type Setting, trial } from './mutants/trial.js'

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true }, list: { type: 'boolean', default: false }, write: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '1,3,15,60' }, seed: { type: 'string', default: '42' }, fresh: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false }, 'no-baseline': { type: 'boolean', default: false }, jobs: { type: 'string', default: '2' },
    new: { type: 'boolean', default: false }, without: { type: 'string', multiple: true, default: [] },
  },
})

const wanted = values.only
const named = wanted === undefined ? mutants : mutants.filter(m => wanted.some(w => (w.endsWith('*') ? m.id.startsWith(w.slice(0, -1)) : m.id === w)))
if (named.length === 0) {
  console.error(`no mutant is called ${wanted?.join(', ') ?? ''}; --list shows them`)
  process.exit(2)
}

const problemOf = (m: Mutant): readonly string[] => { const r = mutate(m); return 'problem' in r ? [r.problem] : [] }
const problems = named.flatMap(problemOf)
const docs = join(root, 'docs/mutants.md')
const text = ((): string => { try { return readFileSync(docs, 'utf8') } catch { return '' } })()
const before = values.fresh ? new Map<string, string>() : recorded(text)
const chosen = named.filter(m => problemOf(m).length === 0 && !(values.new && before.has(m.id)))
const twice = mutants.map(m => m.id).filter((id, i, ids) => ids.indexOf(id) !== i)
if (problems.length > 0 || twice.length > 0) {
  console.error([...problems, ...twice.map(id => `two mutants are called ${id}`)].join('\n'))
  if (!values['keep-going']) process.exit(2)
}
if (values.list) {
  for (const m of mutants) console.log(`${m.id.padEnd(36)} ${m.file.padEnd(34)} ${m.why}${m.equivalent === null ? '' : ' (equivalent)'}`)
  console.log(`${mutants.length} mutants, ${mutants.filter(m => m.equivalent !== null).length} of them equivalent`)
  process.exit(0)
}

const rounds = values.rounds.split(',').map(Number)
const folder = mkdtempSync(join(tmpdir(), 'mutants-'))
const setting: Setting = { rounds, seed: Number(values.seed), folder, patience: 60, without: values.without }
const began = Date.now()

/**
 * An equivalent mutant is tried too: the argument is wrong if a law finds it. The last rounds are left out, since nothing is to be found; and
 * for a device all but the first, since its shaders take long to compile.
 */
const settingOf = (m: Mutant): Setting => (onDevice(m) ? { ...setting, rounds: rounds.slice(0, 1) } : m.equivalent === null ? setting : { ...setting, rounds: rounds.slice(0, Math.max(1, rounds.length - 2)) })
const line = (m: Mutant, f: Fate): string => f.tag === 'killed'
  ? `${m.equivalent === null ? 'killed   ' : 'KILLED   '} ${m.id.padEnd(36)} ${f.law.padEnd(28)} ${String(f.programs).padStart(4)} programs ${f.seconds.toFixed(1).padStart(6)} s   ${f.why.split('\n')[0]!.slice(0, 90)}`
  : `${m.equivalent === null ? 'SURVIVED ' : 'survived '} ${m.id.padEnd(36)} ${m.equivalent === null ? m.why : 'as argued'} ${f.seconds.toFixed(1)} s`

try {
  if (!values['no-baseline']) {
    const original = await trial(null, setting, null)
    if (original.tag === 'killed') {
      console.error(`the sources as they are fail ${original.law} on program ${original.programs}: ${original.why}`)
      process.exit(2)
    }
    console.log(`the sources as they are keep every law on ${rounds[rounds.length - 1]} programs: ${original.seconds.toFixed(0)} s`)
  }
  const fates = new Map<string, Fate>()
  const queue = [...chosen]
  const work = async (): Promise<void> => {
    for (let m = queue.shift(); m; m = queue.shift()) {
      const fate = await trial(m, settingOf(m), before.get(m.id) ?? null)
      fates.set(m.id, fate)
      console.log(line(m, fate))
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, work))

  const wrong = chosen.filter(m => (fates.get(m.id)!.tag === 'survived') !== (m.equivalent !== null))
  const killers = new Map<string, number>()
  for (const f of fates.values()) if (f.tag === 'killed') killers.set(f.law, (killers.get(f.law) ?? 0) + 1)
  console.log(`\n${[...killers].sort((a, b) => b[1] - a[1]).map(([law, n]) => `${law} ${n}`).join(', ')}`)
  console.log(`${fates.size} mutants in ${((Date.now() - began) / 1000).toFixed(0)} s, ${[...fates.values()].filter(f => f.tag === 'killed').length} killed, ${wrong.length} not as they should be`)
  for (const m of wrong) console.log(m.equivalent === null ? `  ${m.id} survives: ${m.why} (${m.file})` : `  ${m.id} is no equivalent: a law kills it`)
  if (values.write && wanted === undefined) writeFileSync(docs, page(mutants, fates, rounds))
  process.exitCode = wrong.length + problems.length > 0 ? 1 : 0
} finally { rmSync(folder, { recursive: true, force: true }) }

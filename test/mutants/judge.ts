/** Judges the sources it is bundled with: laws are tried on few programs first, then on more, until one fails. Each step is told on a line of its own. */
import * as fc from 'fast-check'
import type { Law } from '../../laws/law.js'
import { withoutMarks } from '../../src/core/interp.js'

export interface Order {
  /** Programs for each law, round by round. */
  readonly rounds: readonly number[]
  readonly seed: number
  /** The law to try first, on as many programs as the last round has: what killed before kills again. */
  readonly first: string | null
  /** Laws that are left out. */
  readonly without: readonly string[]
}
const say = (message: object): void => { process.stdout.write(`${JSON.stringify(message)}\n`) }

const isLaw = (x: unknown): x is Law => typeof x === 'object' && x !== null && 'holds' in x && 'statement' in x && 'cases' in x
const lawsOf = (modules: readonly object[]): readonly Law[] => {
  const exported = modules.flatMap(m => Object.values(m).flatMap((x: unknown) => (Array.isArray(x) ? (x as unknown[]) : [x])))
  const all = [...new Set(exported.filter(isLaw))]
  // laws about one thing cost nothing; those that take a small share of the runs have dear cases, and come last
  return [...all.filter(l => l.share === 0), ...all.filter(l => l.share !== 0).sort((a, b) => b.share - a.share)]
}
const tries = (l: Law, programs: number): number => (l.share === 0 ? 1 : Math.max(1, Math.ceil(programs * l.share)))
const fails = (l: Law, c: unknown): string | null => {
  try {
    const verdict = withoutMarks(() => l.holds(c))
    return verdict === true ? null : verdict
  } catch (e) { return `it throws: ${e instanceof Error ? e.message : String(e)}` }
}

/** `on` makes the laws those of another backend. */
export const judge = (modules: readonly object[], on: (l: Law) => Law = l => l): void => {
  const { rounds, seed, first: name, without } = JSON.parse(process.argv[2] ?? '{}') as Order
  const laws = lawsOf(modules).filter(l => !without.includes(l.name)).map(on)
  /** Cases `from` to `to` of a law: the generator is deterministic, so each round goes on where the one before stopped. */
  const attempt = (l: Law, from: number, to: number): void => {
    if (from >= to) return
    const cases: readonly unknown[] = l.share === 0 ? [null] : fc.sample(l.cases, { numRuns: to, seed })
    const start = Date.now()
    for (let i = from; i < to; i++) {
      const why = fails(l, cases[i])
      if (why !== null) {
        say({ killed: l.name, programs: i + 1, why: why.slice(0, 400) })
        process.exit(0)
      }
      if (i % 8 === 7) say({ trying: l.name, programs: i + 1 })
    }
    say({ trying: l.name, programs: to, ms: Date.now() - start })
  }
  say({ laws: laws.length })
  const first = laws.find(l => l.name === name)
  if (first) attempt(first, 0, tries(first, rounds[rounds.length - 1]!))
  rounds.forEach((programs, k) => {
    for (const l of laws) if (l !== first) attempt(l, k === 0 ? 0 : tries(l, rounds[k - 1]!), tries(l, programs))
  })
  say({ survived: rounds[rounds.length - 1]! })
}

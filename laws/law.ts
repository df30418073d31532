/** A law is a name, a statement, cases to try and a plain function that says whether it holds in one of them. */
import * as fc from 'fast-check'
import { withoutMarks } from '../src/core/interp.js'

/** True, or in words how the law fails. */
export type Verdict = true | string
export interface Law<C = any> {
  readonly name: string
  /** What is claimed, in the notation of docs/laws.md. */
  readonly statement: string
  readonly cases: fc.Arbitrary<C>
  readonly holds: (c: C) => Verdict
  /** A case for people, to paste into a list of regressions. */
  readonly show: (c: C) => string
  /** The part of the runs asked for that this law takes: laws that need long programs say less than 1. */
  readonly share: number
}
export const law = <C>(name: string, statement: string, cases: fc.Arbitrary<C>, holds: (c: C) => Verdict, options: { readonly show?: (c: C) => string; readonly share?: number } = {}): Law<C> =>
  ({ name, statement, cases, holds, show: options.show ?? (c => JSON.stringify(c)), share: options.share ?? 1 })
/** A law about one thing: there is one case. */
export const fact = (name: string, statement: string, holds: () => Verdict): Law<null> =>
  ({ name, statement, cases: fc.constant(null), holds, show: () => '', share: 0 })

export const and = (...verdicts: readonly (() => Verdict)[]): Verdict => {
  for (const v of verdicts) {
    const r = v()
    if (r !== true) return r
  }
  return true
}
export const claim = (holds: boolean, otherwise: string): Verdict => holds || otherwise

const judge = <C>(l: Law<C>, c: C): Verdict => {
  try { return withoutMarks(() => l.holds(c)) } catch (e) { return `it throws: ${e instanceof Error ? `${e.message}\n${(e.stack ?? '').split('\n').filter(line => line.includes('    at ')).slice(0, 6).join('\n')}` : String(e)}` }
}

export interface Trial { readonly runs: number; readonly seed: number; /** Milliseconds after which shrinking stops. */ readonly patience?: number }
/** Every law is tried on that many cases when as many are asked for; a share speaks of what goes beyond. */
const fewest = 200
/** Tries a law on generated cases. Null where it held in all of them, else the smallest failing case and why. */
export const tryLaw = <C>(l: Law<C>, { runs, seed, patience = 60_000 }: Trial): string | null => {
  const numRuns = l.share === 0 ? 1 : Math.max(Math.min(runs, fewest), Math.ceil(runs * l.share))
  let until = Infinity
  const r = fc.check(fc.property(l.cases, c => {
    // after the first failure smaller cases are tried for a while; then what was found is told
    if (Date.now() > until) return true
    const held = judge(l, c) === true
    if (!held && until === Infinity) until = Date.now() + patience
    return held
  }), { numRuns, seed })
  if (!r.failed) return null
  const c = (r.counterexample as readonly [C] | null)?.[0]
  if (c === undefined) return `${l.name}: no case could be made: ${String(r.errorInstance)}`
  return `${l.name} fails after ${r.numRuns} cases (seed ${seed}), ${r.numShrinks} times made smaller\n${l.statement}\n${String(judge(l, c))}\n${l.show(c)}`
}

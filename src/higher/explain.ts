/** A jitted function can be asked what a call of it does: the passes, the kernels, their work and memory, and why a program is traced anew. */
import { describe as describePlan } from '../compile/describe.js'
import { lower } from '../compile/lower.js'
import { Provenance } from '../compile/provenance.js'
import { badArgument, explain as explainFault, type Fault } from '../core/fault.js'
import type { Program } from '../core/primitive.js'
import { countEquations } from '../core/program.js'
import type { Source } from '../core/source.js'
import { optimise, prepare, type Watch } from '../optimise/pipeline.js'
import { backend } from '../runtime/default.js'
import type { Args } from '../transforms/arguments.js'
import { closest } from './cache.js'
import { writable } from './donate.js'
import { insideOf, type Jitted } from './jit.js'
import { type Explanation, type PassReport, showExplanation } from './explained.js'

const planOf = (program: Program, given: readonly boolean[]): { readonly program: Program; readonly plan: Explanation['plan'] } => {
  const compiled = backend().compiled?.(program, given)
  if (!compiled) return { program, plan: null }
  const { threads, code, scratch, ahead } = compiled
  const provenance = new Provenance()
  const plan = describePlan(lower(compiled.program, provenance, compiled.given, compiled.follows, compiled.widths, compiled.splits), provenance, compiled.schedule)
  return { program: compiled.program, plan: { ...plan, threads, code, scratch, ahead, peak: plan.arena + ahead + plan.inputs + plan.outputs + threads * scratch } }
}

const explainCall = (jitted: Jitted, args: readonly unknown[]): Explanation => {
  const { name, cache, askedBy, traceFor, donatedOf } = insideOf(jitted) ?? badArgument('explain', 'the argument', jitted, 'a function that jit made, or a fault', 'explain(jit(f))(...args) explains the call of f')
  const asked = askedBy(args)
  const known = cache.find(asked)
  const place = known ? cache.entries.indexOf(known) : cache.entries.length
  const near = closest(cache.entries.slice(0, place), asked)
  const traced = known?.made ?? traceFor(args, asked)
  const passes: PassReport[] = []
  const watch = (when: PassReport['when']): Watch => (pass, before, after) => { passes.push({ pass, when, before: countEquations(before), after: countEquations(after) }) }
  optimise(traced.recorded, watch('traced'))
  const { captured } = traced
  const { program, plan } = planOf(traced.program, writable([...captured, ...asked.leaves], donatedOf(args, asked, captured.length)))
  if (plan) prepare(traced.program, watch('compiled'))
  const explanation: Explanation = {
    name, passes, program, plan, backend: backend().name, toString: () => showExplanation(explanation),
    cache: { hit: known !== null, program: place + 1, closest: near && { program: near.place + 1, differences: near.differences } },
  }
  return explanation
}

interface Explain {
  <A extends readonly unknown[]>(jitted: ((...args: A) => unknown) & Jitted): (...args: Args<A>) => Explanation
  (fault: Fault, at?: Source | null): string
}
/**
 * What a call of a jitted function does: `explain(jit(f))(...args)`. The answer is data, and as a string a report: how many equations each
 * pass leaves; every kernel with the equations it was fused from, its folds, its schedule, operations and bytes; the memory that a call
 * needs at most; and of a program that is not there yet the closest one that is, with what differs in shapes, dtypes, static arguments or
 * structure. Nothing is run, and nothing is kept but what was compiled for it. Of a fault it is the message. Faults: BadArgument.
 * (Compare JAX: `jax.jit(f).lower(...).compile().cost_analysis()`, and `jax_explain_cache_misses`.)
 *
 * @example
 * const f = jit((x: Value) => np.sum(np.sin(np.multiply(x, 2))))
 * const told = explain(f)(np.zeros([1000]))
 * told.cache.hit        // false
 * told.passes.length > 0 && String(told).includes('passes')   // true
 */
export const explain: Explain = ((what: Fault | (Jitted & ((...args: never[]) => unknown)), at?: Source | null) =>
  (typeof what === 'function' ? (...args: unknown[]) => explainCall(what, args)
    : typeof what === 'object' && what !== null && '_tag' in what ? explainFault(what, at ?? null)
      : badArgument('explain', 'the argument', what, 'a function that jit made, or a fault', 'explain(jit(f))(...args) explains the call of f'))) as Explain

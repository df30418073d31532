/** Laws of plans: what is written is there when it is read, whoever shares the memory. */
import { describe } from '../src/compile/describe.js'
import { lower } from '../src/compile/lower.js'
import type { Buffer, Plan, Step } from '../src/compile/plan.js'
import { Provenance } from '../src/compile/provenance.js'
import type { Program } from '../src/core/primitive.js'
import { keyOf } from '../src/kernel/key.js'
import { showProgram } from '../src/core/print.js'
import { stage } from '../src/interpreters/stage.js'
import { optimise } from '../src/optimise/pipeline.js'
import { caseOf, type Point, points, pushed, showPoint, vjpOf } from './cases.js'
import { and, claim, type Law, law, type Verdict } from './law.js'
import { misread } from './tenancy.js'

const programsOf = (p: Point): readonly Program[] => {
  const { f, xs, v, w } = caseOf(p)
  const c = w(f(...xs))
  const types = xs.map(x => x.aval)
  return [
    stage(f, types), stage((...a) => pushed(f, a, v), types), stage((...a) => { const [ys, pull] = vjpOf(f, a); return [...ys, ...pull(c)] }, types),
  ].map(s => optimise(s.program))
}
const about = (name: string, statement: string, holds: (plan: Plan, p: Program) => Verdict): Law<Point> =>
  law(name, statement, points, point => and(...programsOf(point).map(p => () => holds(lower(p), p))), { show: showPoint, share: 0.25 })

const stepsOf = (steps: readonly Step[]): number => steps.reduce((n, s) => n + (s.tag === 'kernel' || s.tag === 'host' ? 1
  : s.tag === 'branch' ? s.branches.reduce((m, b) => m + stepsOf(b), 0) : (s.tag === 'while' ? stepsOf(s.cond) : 0) + stepsOf(s.body)), 0)
/** Everything a plan says: kernels by their keys, buffers by their places. */
const described = (plan: Plan): string => {
  const buffer = (b: Buffer): unknown => [b.dtype, b.size, 'of' in b.place ? { ...b.place, of: buffer(b.place.of) } : b.place]
  const step = (s: Step): unknown => {
    switch (s.tag) {
      case 'kernel': return [keyOf(s.kernel), s.buffers.map(buffer)]
      case 'host': return [s.prim.name, [...s.ins, ...s.outs].map(x => buffer(x.buffer))]
      case 'branch': return [buffer(s.index), s.branches.map(b => b.map(step))]
      case 'loop': return [s.loop, s.length, s.body.map(step)]
      case 'while': return [s.loop, s.maxSteps, buffer(s.holds), s.cond.map(step), s.body.map(step)]
      default: return s satisfies never
    }
  }
  return JSON.stringify([plan.arena, plan.inputs.map(buffer), plan.outputs.map(buffer), plan.steps.map(step)])
}

export const planLaws: readonly Law[] = [
  about('readsSeeWrites', 'every element that a plan reads is what its own buffer wrote there last, at whatever point of a nest is first, and every output is written', (plan, p) => {
    const bad = misread(plan)
    return claim(bad === null, `${bad}\n${showProgram(p)}`)
  }),
  about('givenAway', 'the same where all inputs are given away; each holds one output at most, and those that are not given are not written', (_, p) => {
    const all = p.ins.map(() => true), some = p.ins.map((_v, i) => i % 2 === 0)
    return and(...[all, some].map(given => (): Verdict => {
      const bad = misread(lower(p, null, given), given)
      return claim(bad === null, `${bad}\n${showProgram(p)}`)
    }))
  }),
  about('planRepeats', 'a program has one plan: lowering it again gives the same steps and places', (plan, p) => {
    const again = lower(p)
    return claim(described(again) === described(plan), 'the second plan differs')
  }),
  about('planExplained', 'a plan that tells where it comes from is the same plan; it tells of every step once, and whatever computes comes from some equation', (plan, p) => {
    const provenance = new Provenance()
    const asked = lower(p, provenance)
    const { kernels, total } = describe(asked, provenance, () => null)
    const orphan = kernels.find(k => k.once.flops + k.once.functions > 0 && k.equations.length === 0)
    return and(
      () => claim(described(asked) === described(plan), 'the plan that was asked differs'),
      () => claim(kernels.length === stepsOf(plan.steps), `${kernels.length} of ${stepsOf(plan.steps)} steps are told`),
      () => claim(orphan === undefined, `a ${orphan?.kind} over [${orphan?.extents.join()}] comes from nowhere\n${showProgram(p)}`),
      () => claim(Object.values(total).every(n => Number.isFinite(n) && n >= 0), `the work in all is ${JSON.stringify(total)}`))
  }),
]

/** Laws of hygiene: after any transform, also one that throws, dispatch is what it was and no tracer is alive. */
import { attempt } from '../src/core/fault.js'
import { dispatchState } from '../src/core/interp.js'
import { Tracer, type Value } from '../src/core/value.js'
import { cond } from '../src/higher/choice.js'
import { checkpoint, jit, makeProgram } from '../src/higher/jit.js'
import { scan, whileLoop } from '../src/higher/loops.js'
import { customDerivative } from '../src/higher/custom.js'
import { add, mul } from '../src/primitives/arithmetic.js'
import { scalar } from '../src/primitives/base.js'
import { lt } from '../src/primitives/logic.js'
import { grad, jvp, linearize, linearTranspose, vjp } from '../src/transforms/derivatives.js'
import { jet } from '../src/transforms/taylor.js'
import { vmap } from '../src/transforms/vectorize.js'
import { type Case, caseOf, type Point, points, showPoint } from './cases.js'
import type { Flat } from './genome.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { scalar64 } from './numbers.js'
import { summed } from './differential.js'

type Listed = (...xs: Value[]) => Value[]
/** Every transform, run on a flat function. */
const transformsOf = ({ xs, v }: Pick<Case, 'xs' | 'v'>): Readonly<Record<string, (f: Flat) => unknown>> => ({
  jvp: f => jvp(f as Listed, xs as Value[], v as Value[]),
  linearize: f => linearize(f as Listed, ...(xs as Value[]))[1](...(v as Value[])),
  vjp: f => { const [ys, pull] = vjp(f as Listed, ...(xs as Value[])); return pull(ys as never) },
  grad: f => grad(((...a: Value[]) => summed(f)(...a)[0]!) as (...a: Value[]) => Value)(...(xs as Value[])),
  jet: f => jet(f as Listed, xs as Value[], v.map(t => [t, t])),
  vmap: f => vmap(f as Listed, { axisName: 'i', axisSize: 2, inAxes: xs.map(() => null) })(...(xs as Value[])),
  jit: f => jit(f as Listed)(...(xs as Value[])),
  checkpoint: f => checkpoint(f as Listed)(...(xs as Value[])),
  makeProgram: f => makeProgram(f as Listed)(...(xs as Value[])),
  gradOfVmap: f => grad(((...a: Value[]) => summed((...b) => vmap(f as Listed, { axisName: 'i', axisSize: 2, inAxes: xs.map(() => null) })(...b))(...a)[0]!) as (...a: Value[]) => Value)(...(xs as Value[])),
  scan: f => jit((...a: Value[]) => scan((c: readonly Value[]) => [c, f(...c)] as never, a, null, { length: 2 }))(...(xs as Value[])),
  cond: f => grad(((...a: Value[]) => cond(true, (...b: Value[]) => summed(f)(...b)[0]!, (...b: Value[]) => summed(f)(...b)[0]!, ...a) as Value) as (...a: Value[]) => Value)(...(xs as Value[])),
  while: f => jit((...a: Value[]) => whileLoop(([i]: readonly Value[]) => lt(i!, scalar(2, 'i32')), ([i, ...b]: readonly Value[]) => { f(...b); return [add(i!, scalar(1, 'i32')), ...b] }, [scalar(0, 'i32'), ...a] as never))(...(xs as Value[])),
  custom: f => jvp(customDerivative(((...a: Value[]) => { const [value, push] = linearize(f as Listed, ...a); return { value, push } }) as never) as unknown as Listed, xs as Value[], v as Value[]),
  linearTranspose: f => attempt(() => linearTranspose(f as Listed, ...(xs as Value[]))),
})
const sameState = (before: readonly unknown[]): Verdict => {
  const after = dispatchState() as readonly unknown[]
  return claim(before.every((x, i) => x === after[i]), 'dispatch is not what it was')
}
class Stop extends Error {}

export const hygiene: readonly Law[] = [
  law('dispatchIsRestored', 'after every transform the interpreter, the named axes and the marks are what they were, and no tracer that f saw is alive', points, p => {
    const c = caseOf(p)
    const before = dispatchState() as readonly unknown[]
    return and(...Object.entries(transformsOf(c)).map(([name, run]) => (): Verdict => {
      const seen: Tracer[] = []
      const spy: Flat = (...a) => { const ys = c.f(...a); for (const y of [...a, ...ys]) if (y instanceof Tracer) seen.push(y); return ys }
      run(spy)
      return and(() => sameState(before), () => claim(seen.every(t => !t.owner.alive), `${name} leaves a tracer alive`))
    }))
  }, { show: showPoint, share: 0.5 }),
  law('dispatchIsRestoredAfterThrow', 'the same when f throws half way', points, p => {
    const c = caseOf(p)
    const before = dispatchState() as readonly unknown[]
    return and(...Object.entries(transformsOf(c)).map(([name, run]) => (): Verdict => {
      const seen: Tracer[] = []
      const failing: Flat = (...a) => { for (const y of [...a, ...c.f(...a)]) if (y instanceof Tracer) seen.push(y); throw new Stop() }
      let stopped = false
      try { run(failing) } catch (e) { stopped = e instanceof Stop }
      return and(() => claim(stopped, `${name} swallows an error`), () => sameState(before), () => claim(seen.every(t => !t.owner.alive), `${name} leaves a tracer alive after an error`))
    }))
  }, { show: showPoint, share: 0.5 }),
  fact('escapedTracersAreRefused', 'a tracer used after its transform is a fault, whatever the transform', () => {
    const x = scalar64(2)
    const point: Pick<Case, 'xs' | 'v'> = { xs: [x], v: [scalar64(1)] }
    return and(...Object.entries(transformsOf(point)).filter(([name]) => name !== 'linearTranspose').map(([name, run]) => (): Verdict => {
      let kept: Value | null = null
      run(a => { kept = mul(a!, a!); return [kept] })
      const used = attempt(() => add(kept!, x))
      // what did not depend on a mapped or traced input is a number, and may be kept
      const concrete = !((kept as unknown) instanceof Tracer)
      return claim(concrete || (used._tag === 'Left' && used.left._tag === 'EscapedTracer'), `${name}: the tracer is taken`)
    }))
  }),
  fact('promisesAreRefused', 'a function that answers a promise is a fault of every transform, and dispatch is restored', () => {
    const before = dispatchState() as readonly unknown[]
    const point: Pick<Case, 'xs' | 'v'> = { xs: [scalar64(2)], v: [scalar64(1)] }
    const t = transformsOf(point)
    const late = (async (x: Value) => x) as never
    return and(...['jvp', 'linearize', 'vjp', 'jet', 'vmap', 'jit', 'checkpoint', 'makeProgram'].map(name => (): Verdict => {
      const r = attempt(() => t[name]!(late))
      return and(() => claim(r._tag === 'Left' && r.left._tag === 'AsyncTrace', `${name} takes a promise: ${JSON.stringify(r)}`), () => sameState(before))
    }))
  }),
]

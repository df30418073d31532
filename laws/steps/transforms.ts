/** Every transform as a step: its function is the body of the gene. */
import { range } from '../../src/core/aval.js'
import type { Value } from '../../src/core/value.js'
import { customDerivative } from '../../src/higher/custom.js'
import { checkpoint, jit } from '../../src/higher/jit.js'
import { add, mul } from '../../src/primitives/arithmetic.js'
import { sum } from '../../src/primitives/base.js'
import { cos, sin, tanh } from '../../src/primitives/elementary.js'
import { grad, jvp, linearize, vjp } from '../../src/transforms/derivatives.js'
import { jet } from '../../src/transforms/taylor.js'
import { vmap } from '../../src/transforms/vectorize.js'
import { coerce, digit, type Known, known, number, type Setting, shapeOf, type Step, within } from './step.js'

export const total = (x: Value): Value => sum(x, range(x.ndim))
/** Derivatives have no bound from intervals: they are brought to [-1, 1]. */
export const tamed = (x: Value): Value => tanh(mul(number(0.25, x), x))

/** A function of two values whose interval is found when it is traced. */
const traced = (transform: (f: (x: Value, y: Value) => Value) => (x: Value, y: Value) => unknown): Step => s => {
  const x = s.pick(0), y = s.pick(1)
  let [lo, hi] = [-40, 40]
  const out = transform((u, v) => {
    const k = s.body([{ ...x, value: u }, { ...y, value: v }])
    ;[lo, hi] = [k.lo, k.hi]
    return k.value
  })(x.value, y.value) as Value
  return [known(out, lo, hi)]
}

/** The body as a function of values alone, in [-1, 1]; the tail of the environment joins the arguments. */
const whole = (s: Setting): { readonly f: (...xs: Value[]) => Value; readonly args: readonly Value[] } => {
  const start: readonly Known[] = [...s.near, s.pick(0), s.pick(1)]
  return { f: (...xs) => tanh(s.closed(xs.map((value, i) => ({ ...start[i]!, value }))).value), args: start.map(k => k.value) }
}
const custom: Step = s => {
  const { f, args } = whole(s)
  const form = s.gene.c % 3
  const g = customDerivative((...xs: Value[]) => {
    const [value, push] = linearize(f, ...xs)
    if (form === 0) return { value, push: push as (...ts: Value[]) => Value }
    // a cotangent of the value to those of the arguments: the transpose of push, written by the library here, by users elsewhere
    const [, pull] = vjp(f, ...xs)
    return { value, push: push as (...ts: Value[]) => Value, pull: (ct: Value) => pull(ct) }
  })
  return form === 2 ? written(s) : within(g(...args) as Value, 1)
}
/** A rule as a user writes it. */
const written: Step = s => {
  const x = s.pick(0), y = coerce(s.pick(1), shapeOf(x))
  const rule = customDerivative((u: Value, v: Value) => {
    const a = sin(u), b = cos(v)
    const du = mul(cos(u), b), dv = mul(a, mul(number(-1, v), sin(v)))
    return { value: mul(a, b), push: (tu: Value, tv: Value) => add(mul(du, tu), mul(dv, tv)), pull: (ct: Value) => [mul(du, ct), mul(dv, ct)] }
  })
  return within(rule(x.value, y.value) as Value, 1)
}

export const transforms: Readonly<Record<string, Step>> = {
  jit: traced(f => jit(f as never) as never),
  checkpoint: traced(f => checkpoint(f as never) as never),
  vmap: s => {
    const c = s.gene.c
    const x = coerce(s.pick(0), c % 2 ? [2, 3] : [3, 2]), mapped = c % 3 !== 0
    const y = mapped ? coerce(s.pick(1), [3]) : s.pick(1)
    const f = (u: Value, v: Value): Value => tanh(s.body([{ ...x, value: u }, { ...y, value: v }]).value)
    const at = digit(c, 1, 3) === 2 ? -1 : 0
    return within(vmap(f, { inAxes: [c % 2 ? 1 : 0, mapped ? (c % 5 === 1 ? -1 : 0) : null], outAxes: at })(x.value, y.value), 1)
  },
  custom,
  jvp: s => {
    const x = s.pick(0), t = coerce(s.pick(1), shapeOf(x))
    const [, dy] = jvp((u: Value) => tanh(s.body([{ ...x, value: u }]).value), [x.value], [t.value])
    return within(tamed(dy as Value), 1)
  },
  grad: s => {
    const x = s.pick(0)
    return within(tamed(grad((u: Value) => total(tanh(s.body([{ ...x, value: u }]).value)))(x.value) as Value), 1)
  },
  vjp: s => {
    const x = s.pick(0), y = s.pick(1)
    const [out, pull] = vjp((u: Value, v: Value) => tanh(s.body([{ ...x, value: u }, { ...y, value: v }]).value), x.value, y.value)
    const ct = coerce(s.pick(1), (out as Value).shape)
    const [dx, dy] = pull(ct.value) as unknown as readonly [Value, Value]
    return [...within(tamed(dx), 1), ...within(tamed(dy), 1)]
  },
  linearize: s => {
    const x = s.pick(0), t = coerce(s.pick(1), shapeOf(x))
    const [y, push] = linearize((u: Value) => tanh(s.body([{ ...x, value: u }]).value), x.value)
    return [...within(y as Value, 1), ...within(tamed(push(t.value) as Value), 1)]
  },
  jet: s => {
    const x = s.pick(0), t = coerce(s.pick(1), shapeOf(x))
    const [, [, second]] = jet((u: Value) => tanh(s.body([{ ...x, value: u }]).value), [x.value], [[t.value, t.value]])
    return within(tamed(second as Value), 1)
  },
}

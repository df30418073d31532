/** Elementwise steps: every function of real numbers, applied inside its domain. */
import type { Value } from '../../src/core/value.js'
import * as A from '../../src/primitives/arithmetic.js'
import * as F from '../../src/primitives/elementary.js'
import * as L from '../../src/primitives/logic.js'
import { affine, both as operands, bound, digit, into, join, type Known, known, number, one, type Setting, type Step, within } from './step.js'

/** A function of one number: its domain here, and an interval that contains its values there. */
const unary = (f: (x: Value) => Value, [a, b]: readonly [number, number], [lo, hi]: readonly [number, number]): Step => s => one(f(into(s.pick(0), a, b).value), lo, hi)
const all = [-40, 40] as const

const functions: Readonly<Record<string, Step>> = {
  sin: unary(F.sin, all, [-1, 1]), cos: unary(F.cos, all, [-1, 1]), tanh: unary(F.tanh, all, [-1, 1]),
  exp: unary(F.exp, [-3, 3], [0.04, 20.1]), expm1: unary(F.expm1, [-3, 3], [-1, 19.1]),
  log: unary(A.log, [0.2, 40], [-1.7, 3.7]), log1p: unary(F.log1p, [-0.8, 40], [-1.7, 3.8]),
  sqrt: unary(F.sqrt, [0.1, 40], [0.3, 6.4]), rsqrt: unary(F.rsqrt, [0.1, 40], [0.1, 3.2]),
  logistic: unary(F.logistic, all, [0, 1]), tan: unary(F.tan, [-1.3, 1.3], [-3.7, 3.7]),
  asin: unary(F.asin, [-0.9, 0.9], [-1.2, 1.2]), acos: unary(F.acos, [-0.9, 0.9], [0.4, 2.8]), atan: unary(F.atan, all, [-1.6, 1.6]),
  sinh: unary(F.sinh, [-3, 3], [-10.1, 10.1]), cosh: unary(F.cosh, [-3, 3], [1, 10.1]),
  asinh: unary(F.asinh, all, [-4.4, 4.4]), acosh: unary(F.acosh, [1.2, 40], [0.6, 4.4]), atanh: unary(F.atanh, [-0.9, 0.9], [-1.5, 1.5]),
  erf: unary(F.erf, [-3, 3], [-1, 1]), erfc: unary(F.erfc, [-3, 3], [0, 2]), erfInv: unary(F.erfInv, [-0.9, 0.9], [-1.2, 1.2]),
  digamma: unary(F.digamma, [0.5, 10], [-2, 2.4]),
  cbrt: s => one(F.cbrt((s.gene.c % 2 ? into(s.pick(0), -40, -0.1) : into(s.pick(0), 0.1, 40)).value), s.gene.c % 2 ? -3.5 : 0.4, s.gene.c % 2 ? -0.4 : 3.5),
  lgamma: s => (s.gene.c % 4 === 3 ? one(F.lgamma(into(s.pick(0), -0.8, -0.2).value), 1.2, 2.2) : one(F.lgamma(into(s.pick(0), 0.5, 10).value), -0.2, 12.9)),
  polygamma: s => { const x = into(s.pick(0), 0.5, 10).value; return s.gene.c % 2 ? one(F.polygamma(2, x), -16.9, 0) : one(F.polygamma(1, x), 0.1, 5) },
}

const integerPow: Step = s => {
  const n = [2, 3, -1, -2, 0, 4][s.gene.c % 6]!
  if (n >= 0) { const x = into(s.pick(0), -2.4, 2.4); return within(A.integerPow(x.value, n), Math.max(1, bound(x) ** n)) }
  const x = digit(s.gene.c, 1, 6) % 2 ? into(s.pick(0), -3, -0.4) : into(s.pick(0), 0.4, 3)
  return within(A.integerPow(x.value, n), 0.4 ** n)
}
/** Away from zero, on one side or the other. */
const nonzero = (s: Setting, k: Known): Known => (s.gene.c % 2 ? into(k, -4, -0.4) : into(k, 0.4, 4))

/** Two computations of one number differ in their last bit: kinks and jumps stand where no identity puts the values. */
const apart = 0.0317
const jumps = [L.floor, L.ceil, L.round, L.trunc, L.sign]
const comparisons = [L.lt, L.le, L.gt, L.ge, L.eq, L.ne]

/** Several comparisons, joined by logic. */
const predicate = (s: Setting, x: Known, y: Known): Value => {
  const { a, b, c } = s.gene
  return [1, 2, 3].map(i => comparisons[(c + i * (1 + a % 5)) % 6]!(affine(x, 1 / i, 0).value, affine(y, 1, apart * i).value))
    .reduce((p, q, i) => [L.bitAnd, L.bitOr, L.bitXor][(b + i) % 3]!(p, q))
}

const product = (s: Setting, x: Known, y: Known): ReturnType<Step> => {
  const corners = [x.lo * y.lo, x.lo * y.hi, x.hi * y.lo, x.hi * y.hi]
  return one(A.mul(x.value, y.value), Math.min(...corners), Math.max(...corners))
}

/** From plain to elaborate. */
export const arithmetic: Readonly<Record<string, Step>> = {
  neg: s => { const x = s.pick(0); return one(A.neg(x.value), -x.hi, -x.lo) },
  add: s => { const [x, y] = operands(s); return one(A.add(x.value, y.value), x.lo + y.lo, x.hi + y.hi) },
  sub: s => { const [x, y] = operands(s); return one(A.sub(x.value, y.value), x.lo - y.hi, x.hi - y.lo) },
  mul: s => { const [x, y] = operands(s); return product(s, x, y) },
}
export const pointwise: Readonly<Record<string, Step>> = {
  ...functions,
  div: s => { const [x, y] = operands(s); return within(A.div(x.value, nonzero(s, y).value), bound(x) / 0.4) },
  integerPow,
  pow: s => { const [x, y] = operands(s); return one(A.pow(into(x, 0.3, 3).value, into(y, -2, 2).value), 0.09, 11.2) },
  atan2: s => { const [x, y] = operands(s); return within(F.atan2(x.value, nonzero(s, y).value), 3.2) },
  abs: s => { const x = affine(s.pick(0), 1, apart); return one(A.abs(x.value), 0, bound(x)) },
  maximum: s => { const [x, y] = operands(s); return one(A.maximum(x.value, affine(y, 1, apart).value), ...join(x, affine(y, 1, apart))) },
  minimum: s => { const [x, y] = operands(s); return one(A.minimum(x.value, affine(y, 1, apart).value), ...join(x, affine(y, 1, apart))) },
  clamp: s => {
    const [x, y] = operands(s)
    const lo = affine(into(y, -1, 1), 1, -0.7 - apart), hi = affine(into(y, -1, 1), 0.5, 1.3)
    return one(A.clamp(lo.value, x.value, hi.value), -1.8, 1.9)
  },
  rem: s => { const [x, y] = operands(s); return within(A.rem(affine(x, 1.37, apart).value, affine(into(y, -1, 1), s.gene.c % 2 ? 0.2 : -0.2, 1.1).value), 1.4) },
  select: s => {
    const [x, y] = operands(s)
    return one(A.select(predicate(s, x, y), F.sin(x.value), y.value), Math.min(-1, y.lo), Math.max(1, y.hi))
  },
  compare: s => {
    const [x, y] = operands(s)
    const p = L.bitNot(predicate(s, affine(y, 0.7, 0.1), x))
    return within(A.mul(A.convert(p, 'f64'), A.sub(x.value, y.value)), bound(x) + bound(y))
  },
  plateau: s => {
    const x = into(s.pick(0), -4, 4)
    const chosen = [0, 1, 2, 3].map(i => jumps[(s.gene.c + i * (1 + s.gene.a % 4)) % 5]!(affine(x, 1.37 - i, 0.311 + i / 7).value))
    return within(A.mul(x.value, chosen.reduce((a, b) => A.sub(a, b))), 4 * 22)
  },
  isFinite: s => { const x = s.pick(0); return one(A.select(L.isFinite(x.value), x.value, number(0.5, x.value)), Math.min(x.lo, 0.5), Math.max(x.hi, 0.5)) },
  stopGradient: s => { const x = s.pick(0); return s.mode.honest ? [] : [{ ...x, value: A.add(L.stopGradientOf(F.sin(x.value)), x.value), lo: x.lo - 1, hi: x.hi + 1 }].map(k => known(k.value, k.lo, k.hi)) },
  nextAfter: s => { const [x, y] = operands(s); return s.mode.honest ? [] : one(A.mul(L.nextAfter(into(x, -4, 4).value, y.value), x.value), -4 * bound(x), 4 * bound(x)) },
  /** Through another dtype and back: through f32 where single precision is enough, else through the integers. */
  convert: s => {
    const x = s.pick(0)
    if (s.mode.mixed) return one(A.convert(A.convert(x.value, 'f32'), 'f64'), x.lo - 1e-4, x.hi + 1e-4)
    const whole = A.convert(A.convert(affine(into(x, -4, 4), 1.37, 0.311).value, s.gene.c % 2 ? 'i32' : 'u32'), 'f64')
    return one(A.add(A.mul(number(0.25, x.value), whole), x.value), x.lo - 2, x.hi + 2)
  },
}

/** The error function, its complement and its inverse: a polynomial near 0, e^-x² times a slow function elsewhere. */
import type { Expr } from '../expr.js'
import { f32 } from './coefficients.js'
import { scaledBy, small } from './exponential.js'
import { log } from './logarithm.js'
import type { Ops } from './ops.js'

/** erf x for |x| up to 1. */
const central = (o: Ops, x: Expr): Expr => o.madd(x, o.poly(o.mul(x, x), o.table.erf), x)

/**
 * erfc a for a from 1/2 on. With h = the upper half of a's bits h² is exact, and e^-a² = e^-h²·e^-(a - h)(a + h).
 * What is left is 1.25/(1 + 2a), times 1 + q with a small q; `lost` is what the rounding of 1 + 2a left out, divided by it.
 */
const complement = (o: Ops, x: Expr): Expr => {
  const a = o.atMost(x, o.is32 ? 10.1 : 27.3)
  const lower = o.is32 ? 12 : 27
  const h = o.bitsShl(o.bitsShr(a, lower), lower)
  const { whole, bits } = o.nearest(o.mul(a, a), -Math.LOG2E)
  const [ln2, ln2Rest] = o.table.ln2
  const r = o.sub(o.rounded(o.madd(whole, -ln2!, o.mul(o.neg(h), h))), o.madd(whole, ln2Rest!, o.mul(o.sub(a, h), o.add(a, h))))
  const twice = o.add(a, a), linear = o.rounded(o.add(twice, 1))
  const front = o.div(1.25, linear)
  const lost = o.mul(o.mul(o.sub(twice, o.sub(linear, 1)), front), 0.8)
  const q = o.sub(o.poly(o.div(o.sub(a, 3), o.add(a, 3)), o.table.erfc), lost)
  const p = small(o, r)
  return scaledBy(o, o.madd(p, q, o.add(p, q)), bits, front)
}

/** In f32 erfc is e to a polynomial from 1 on, whose error hardly counts beside 1. */
export const erf = (o: Ops, x: Expr): Expr => {
  const a = o.abs(x)
  if (!o.is32) return o.select(o.le(a, 1), central(o, x), o.signed(o.sub(1, complement(o, a)), x))
  const y = o.neg(o.poly(o.atMost(a, 3.95), f32.erfTail))
  const { whole, bits } = o.nearest(y, Math.LOG2E)
  const s = o.power2(bits)
  return o.select(o.le(a, 1), central(o, x), o.signed(o.sub(o.sub(1, s), o.mul(small(o, o.reduce(y, whole, o.table.ln2)), s)), x))
}

/** Near 0 it is 1 - x less what erf adds to x, and for negative x 2 - erfc(-x). */
export const erfc = (o: Ops, x: Expr): Expr => {
  const a = o.abs(x), tail = complement(o, a)
  const near = o.madd(o.neg(x), o.poly(o.mul(x, x), o.table.erf), o.sub(1, x))
  return o.select(o.lt(a, 0.75), near, o.select(o.lt(x, 0), o.sub(2, tail), tail))
}

/** In f32, x + x times a function of w = -log(1 - x²), or of its root (the variables of M. Giles, Approximating the erfinv function, 2011). */
export const erfInv = (o: Ops, x: Expr): Expr | null => {
  if (!o.is32) return null
  const a = o.abs(x)
  const w = o.neg(log(o, o.mul(o.sub(1, a), o.add(a, 1))))
  const centre = o.poly(w, f32.erfInvCentre), tail = o.poly(o.sub(o.sqrt(w), 3), f32.erfInvTail)
  return o.signed(o.madd(a, o.select(o.lt(w, 5), centre, o.select(o.eq(a, 1), Infinity, tail)), a), x)
}

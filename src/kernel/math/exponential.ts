/** Functions made of e^x: x = n·log 2 + r, a polynomial in r, and powers of two written into the exponent. */
import type { Expr } from '../expr.js'
import type { Ops } from './ops.js'

/** e^r - 1 for |r| up to half of log 2, without the sign of a zero. */
export const small = (o: Ops, r: Expr): Expr => o.madd(o.mul(r, r), o.poly(r, o.table.exp), r)

/** n and r with x = n·log 2 + r. */
const split = (o: Ops, x: Expr): { readonly bits: Expr; readonly r: Expr } => {
  const { whole, bits } = o.nearest(x, Math.LOG2E)
  return { bits, r: o.reduce(x, whole, o.table.ln2) }
}

/** 2^n as a product of two, for which n may be twice as large as an exponent can be: n/2 in whole numbers, and the rest. */
const halves = (o: Ops, bits: Expr): readonly [Expr, Expr] => {
  const half = o.bitsShr(bits, 1)
  return [o.power2(half), o.power2(o.bitsSub(bits, half))]
}
/** (1 + excess)·y·2^n, n in the low bits of `bits`: nothing but the result overflows or underflows. */
export const scaledBy = (o: Ops, excess: Expr, bits: Expr, y?: Expr): Expr => {
  const [one, other] = halves(o, bits)
  const front = y ? o.mul(y, one) : one
  return o.mul(o.madd(excess, front, front), other)
}

export const exp = (o: Ops, x: Expr): Expr => {
  const [low, high] = o.width.expRange
  const { bits, r } = split(o, o.atMost(o.atLeast(x, low), high))
  return scaledBy(o, small(o, r), bits)
}

/** w - 1 for w = r·coth r and z = r²: with it e^2r = (w + r)/(w - r), in few terms. */
const excessOfCoth = (o: Ops, z: Expr, c: readonly number[]): Expr => o.mul(z, o.poly(z, c))

/**
 * x = n·log 2 + r. With s = 2^n and d = 1/(1 + s), the value at n·log 2 is s·d, and that at x is s·(d + d·q), q = r·d/(w + (1/2 - d)·r)
 * with w = r/2·coth(r/2). Above 30 (60 in f64) it is 1; 2^n is made in two halves, for the small side.
 */
export const logistic = (o: Ops, x: Expr): Expr => {
  const { bits, r } = split(o, o.atMost(o.atLeast(x, o.width.expRange[0]), o.is32 ? 30 : 60))
  const [one, other] = halves(o, bits)
  const d = o.div(1, o.add(o.mul(one, other), 1))
  const excess = excessOfCoth(o, o.mul(r, r), o.table.coth.map((c, k) => c / 4 ** (k + 1)))
  const q = o.div(o.mul(r, d), o.add(o.madd(o.sub(0.5, d), r, excess), 1))
  return o.mul(o.mul(o.madd(d, q, d), one), other)
}

/**
 * |x| = n·log 2/2 + r. With s = 2^n, c = (s - 1)/(s + 1) is the value at n·log 2/2, and that at x is c + r·(1 - c²)/(w + c·r)
 * with w = r·coth r. From 10 (20 in f64) on it is 1; near 0 it is r/w.
 */
export const tanh = (o: Ops, x: Expr): Expr => {
  const a = o.atMost(o.abs(x), o.is32 ? 10 : 20)
  const { whole, bits } = o.nearest(a, Math.LOG2E * 2)
  const r = o.reduce(a, whole, o.table.halfLn2)
  const s = o.power2(bits)
  const c = o.div(o.sub(s, 1), o.add(s, 1))
  const slope = o.div(o.mul(r, o.madd(c, c, -1)), o.add(o.madd(c, r, excessOfCoth(o, o.mul(r, r), o.table.coth)), 1))
  return o.signed(o.sub(c, slope), x)
}

/** With s = 2^(n - 1): twice s·(e^r - 1) + (s - 1/2). From -18 (-38 in f64) downwards it is -1. The sign is that of x, also of a zero. */
export const expm1 = (o: Ops, x: Expr): Expr => {
  const { bits, r } = split(o, o.atMost(o.atLeast(x, o.is32 ? -18 : -38), o.width.expRange[1]))
  const s = o.bitsAdd(o.bitsShl(bits, o.width.mantissa), 0.5)
  const half = o.madd(small(o, r), s, o.sub(s, 0.5))
  return o.signed(o.add(half, half), x)
}

/** s = 2^(n - 2) and 2^-n/4 of |x| = n·log 2 + r, with sinh r and cosh r - 1. The quarter keeps s finite. */
const hyperbolic = (o: Ops, x: Expr): { readonly difference: Expr; readonly sum: Expr; readonly sinh: Expr; readonly cosh: Expr } => {
  const a = o.atMost(o.abs(x), o.width.expRange[1] + 0.5)
  const { bits, r } = split(o, a)
  const s = o.bitsAdd(o.bitsShl(bits, o.width.mantissa), 0.25)
  const inverse = o.div(1 / 16, s)
  const z = o.mul(r, r)
  return {
    difference: o.sub(s, inverse), sum: o.add(s, inverse),
    sinh: o.madd(o.mul(r, z), o.poly(z, o.table.sinh), r), cosh: o.mul(z, o.poly(z, o.table.cosh)),
  }
}
/** sinh(n·log 2)·cosh r + cosh(n·log 2)·sinh r */
export const sinh = (o: Ops, x: Expr): Expr => {
  const h = hyperbolic(o, x)
  const half = o.add(h.difference, o.madd(h.sum, h.sinh, o.mul(h.difference, h.cosh)))
  return o.signed(o.add(half, half), x)
}
/** cosh(n·log 2)·cosh r + sinh(n·log 2)·sinh r */
export const cosh = (o: Ops, x: Expr): Expr => {
  const h = hyperbolic(o, x)
  const half = o.add(h.sum, o.madd(h.difference, h.sinh, o.mul(h.sum, h.cosh)))
  return o.add(half, half)
}

/** The logarithm: x = 2^n·m with m between √½ and √2, and a polynomial in m - 1. */
import type { Expr } from '../expr.js'
import { f32 } from './coefficients.js'
import type { Ops } from './ops.js'

/** n as a float and m for x > 0. Denormal numbers are multiplied by 2^lift first; without a lift there must be none. */
export const split = (o: Ops, x: Expr, lift: number): { readonly n: Expr; readonly m: Expr } => {
  const { mantissa, bias, least } = o.width
  // the mantissa of √½ in bits: without it the exponent is one less, or two where m would pass √2
  const [root, above, mask] = o.is32 ? [0x3f3504f3n, 0x003504f3n, 0x007fffffn] as const : [0x3fe6a09e667f3bcdn, 0x0006a09e667f3bcdn, 0x000fffffffffffffn] as const
  const tiny = o.lt(x, least)
  const offset = 2 ** mantissa + bias - 1
  const t = o.bitsSub(lift ? o.select(tiny, o.mul(x, 2 ** lift), x) : x, o.pattern(above))
  return {
    n: o.sub(o.bitsOr(o.bitsShr(t, mantissa), 2 ** mantissa), lift ? o.select(tiny, offset + lift, offset) : offset),
    m: o.bitsAdd(o.bitsAnd(t, o.pattern(mask)), o.pattern(root)),
  }
}

/** log(1 + f) = f - tail, for 1 + f between √½ and √2. */
const tail = (o: Ops, f: Expr): Expr => {
  const half = o.mul(o.mul(f, f), 0.5)
  if (o.is32) return o.sub(half, o.mul(o.mul(o.mul(f, f), f), o.poly(f, f32.log)))
  // with s = f/(2 + f): log(1 + f) = 2s + s³·R(s²) and 2s = f - s·f = f - f²/2 + s·f²/2
  const s = o.div(f, o.add(f, 2))
  const z = o.mul(s, s)
  return o.sub(half, o.mul(s, o.add(half, o.mul(z, o.poly(z, o.table.logRatio)))))
}

/** n·log 2 + log(1 + f) with a small correction c: the large parts are added last. */
const join = (o: Ops, n: Expr, f: Expr, c?: Expr): Expr => {
  const [high, low] = o.table.ln2
  const rest = o.sub(o.madd(n, low!, c ?? 0), tail(o, f))
  return o.madd(n, high!, o.add(f, rest))
}

/** What the logarithm answers outside of the positive numbers: -∞ at 0, NaN below and at NaN, ∞ at ∞. */
const guarded = (o: Ops, x: Expr, y: Expr): Expr =>
  o.select(o.gt(x, 0), o.select(o.lt(x, Infinity), y, x), o.sub(o.sqrt(x), Infinity))

export const log = (o: Ops, x: Expr): Expr => {
  const { n, m } = split(o, x, o.width.mantissa)
  return guarded(o, x, join(o, n, o.sub(m, 1)))
}

/** log(1 + x) + turns·log 2 for 1 + x > 0: the log of u = 1 + x as rounded, and (x - (u - 1))/u for what the rounding left out. */
const ofNext = (o: Ops, x: Expr, turns?: Expr): Expr => {
  const u = o.rounded(o.add(x, 1))
  const { n, m } = split(o, u, 0)
  const left = o.select(o.lt(x, 1), o.sub(x, o.sub(u, 1)), o.sub(1, o.sub(u, x)))
  return guarded(o, u, join(o, turns ? o.add(n, turns) : n, o.sub(m, 1), o.div(left, u)))
}
/** The sign of the result is that of x, also of a zero. */
export const log1p = (o: Ops, x: Expr): Expr => o.signed(ofNext(o, x), x)

/** Beyond it 1/x² is nothing beside 1. */
const large = (o: Ops): number => (o.is32 ? 2 ** 14 : 2 ** 30)

/** log(a + √(a² + 1)) = log(1 + a + a²/(1 + √(a² + 1))), and log(2a) for large a. */
export const asinh = (o: Ops, x: Expr): Expr => {
  const a = o.abs(x), z = o.mul(a, a)
  const big = o.gt(a, large(o))
  const w = o.add(a, o.div(z, o.add(o.sqrt(o.add(z, 1)), 1)))
  return o.signed(ofNext(o, o.select(big, o.sub(a, 1), w), o.select(big, 1, 0)), x)
}
/** With t = x - 1: log(1 + t + √(t·(t + 2))), and log(2x) for large x. */
export const acosh = (o: Ops, x: Expr): Expr => {
  const t = o.sub(x, 1)
  const big = o.gt(x, large(o))
  const w = o.add(t, o.sqrt(o.mul(t, o.add(t, 2))))
  return o.select(o.lt(x, 1), NaN, ofNext(o, o.select(big, t, w), o.select(big, 1, 0)))
}
/** log(1 + 2a/(1 - a))/2 */
export const atanh = (o: Ops, x: Expr): Expr => {
  const a = o.abs(x)
  return o.signed(o.mul(ofNext(o, o.div(o.add(a, a), o.sub(1, a))), 0.5), x)
}

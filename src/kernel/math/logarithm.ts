/** The logarithm: x = 2^n·m with m between √½ and √2, and a polynomial in m - 1. */
import type { Expr } from '../expr.js'
import { f32 } from './coefficients.js'
import type { Ops } from './ops.js'

/** n as a float and m for a positive normal x; `offset` is what the exponent as a float stands too high. */
const split = (o: Ops, x: Expr, offset: Expr | number): { readonly n: Expr; readonly m: Expr } => {
  const { mantissa } = o.width
  // the mantissa of √½ in bits: without it the exponent is one less, or two where m would pass √2
  const [root, above, mask] = o.is32 ? [0x3f3504f3n, 0x003504f3n, 0x007fffffn] as const : [0x3fe6a09e667f3bcdn, 0x0006a09e667f3bcdn, 0x000fffffffffffffn] as const
  const t = o.bitsSub(x, o.pattern(above))
  return { n: o.sub(o.bitsOr(o.bitsShr(t, mantissa), 2 ** mantissa), offset), m: o.bitsAdd(o.bitsAnd(t, o.pattern(mask)), o.pattern(root)) }
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

const offset = (o: Ops): number => 2 ** o.width.mantissa + o.width.bias - 1

export const log = (o: Ops, x: Expr): Expr => {
  const { mantissa, least } = o.width
  const tiny = o.lt(x, least)
  const { n, m } = split(o, o.select(tiny, o.mul(x, 2 ** mantissa), x), o.select(tiny, offset(o) + mantissa, offset(o)))
  return guarded(o, x, join(o, n, o.sub(m, 1)))
}

/** log(u) of u = 1 + x as rounded, plus (x - (u - 1))/u for what the rounding left out. The sign is that of x. */
export const log1p = (o: Ops, x: Expr): Expr => {
  const u = o.add(x, 1)
  const { n, m } = split(o, u, offset(o))
  const left = o.select(o.lt(x, 1), o.sub(x, o.sub(u, 1)), o.sub(1, o.sub(u, x)))
  return o.signed(guarded(o, u, join(o, n, o.sub(m, 1), o.div(left, u))), x)
}

/** Inverse trigonometric functions: a polynomial near 0, and π/2 less it (or twice it) elsewhere. */
import type { Expr } from '../expr.js'
import type { Ops } from './ops.js'

/** base + v·(1 + excess), where base is 0, π/2 or π as rounded: what its rounding left out is added to the small part. */
const join = (o: Ops, base: Expr, v: Expr, excess: Expr): Expr => {
  const [pi, rest] = o.table.piTwice
  return o.add(o.add(base, v), o.madd(base, rest! / pi!, o.mul(v, excess)))
}
const half = (o: Ops): number => o.table.halfPiTwice[0]!

/** atan(t) = t·(1 + excess) for |t| up to 1. */
const arc = (o: Ops, t: Expr): Expr => { const z = o.mul(t, t); return o.mul(z, o.poly(z, o.table.atan)) }

/** Beyond 1 it is π/2 - atan(1/x). */
export const atan = (o: Ops, x: Expr): Expr => {
  const a = o.abs(x)
  const t = o.div(o.atMost(a, 1), o.atLeast(a, 1))
  const steep = o.gt(a, 1)
  return o.signed(join(o, o.select(steep, half(o), 0), o.select(steep, o.neg(t), t), arc(o, t)), x)
}

/** The angle of the lesser over the greater, turned into its octant. Equal infinities are a diagonal, and 0/0 is 0. */
export const atan2 = (o: Ops, y: Expr, x: Expr): Expr => {
  const ay = o.abs(y), ax = o.abs(x)
  const steep = o.gt(ay, ax)
  const lesser = o.select(steep, ax, ay)
  const greater = o.atLeast(o.select(steep, ay, ax), o.smallest.value)
  const t = o.select(o.eq(lesser, greater), 1, o.div(lesser, greater))
  const left = o.lt(o.bitsOr(o.sign(x), 1), 0)
  const base = o.select(steep, half(o), o.select(left, o.table.piTwice[0]!, 0))
  const turned = o.bitsXor(t, o.bitsXor(o.sign(x), o.select(steep, -0, 0)))
  return o.signed(join(o, base, turned, arc(o, t)), y)
}

/** s = |x| up to 1/2 and √((1 - |x|)/2) beyond, with asin s = s·(1 + excess). */
const arcSine = (o: Ops, x: Expr): { readonly beyond: Expr; readonly a: Expr; readonly s: Expr; readonly excess: Expr } => {
  const a = o.abs(x)
  const beyond = o.gt(a, 0.5)
  const z = o.select(beyond, o.mul(o.sub(1, a), 0.5), o.mul(a, a))
  return { beyond, a, s: o.sqrt(z), excess: o.mul(z, o.poly(z, o.table.asin)) }
}
/** Beyond 1/2 it is π/2 - 2·asin √((1 - |x|)/2). */
export const asin = (o: Ops, x: Expr): Expr => {
  const { beyond, a, s, excess } = arcSine(o, x)
  return o.signed(join(o, o.select(beyond, half(o), 0), o.select(beyond, o.mul(s, -2), a), excess), x)
}
/** π/2 - asin x; beyond 1/2 it is 2·asin √((1 - x)/2), and below -1/2 π less that of -x. */
export const acos = (o: Ops, x: Expr): Expr => {
  const { beyond, s, excess } = arcSine(o, x)
  const base = o.select(beyond, o.select(o.lt(x, 0), o.table.piTwice[0]!, 0), half(o))
  return join(o, base, o.select(beyond, o.bitsXor(o.add(s, s), o.sign(x)), o.neg(x)), excess)
}

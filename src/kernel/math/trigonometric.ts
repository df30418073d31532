/** Sine, cosine and tangent: a multiple of π (or π/2) is taken away in parts, and one polynomial serves the rest. */
import type { Expr } from '../expr.js'
import type { Ops } from './ops.js'

/** Beyond it a multiple of a part of π is no longer exact, and the host answers. */
const reach = (o: Ops): number => (o.is32 ? 12800 : 2 ** 22)

/** sin r = r + r·r²·P(r²) for |r| up to π/2, but +0 at both zeros. */
const sine = (o: Ops, r: Expr): Expr => {
  const z = o.mul(r, r)
  return o.madd(o.mul(o.poly(z, o.table.sin), r), z, r)
}
/**
 * x less n times the four parts of a multiple of π, rounded once: the first two steps are exact, and what the third rounds away is
 * exact too and goes with the fourth. `excess` is how much too large the result is.
 */
const rest = (o: Ops, x: Expr, n: Expr, parts: readonly number[]): { readonly r: Expr; readonly excess: () => Expr } => {
  const coarse = o.rounded(o.reduce(x, n, parts.slice(0, 2))), third = parts[2]!
  const upper = o.rounded(o.madd(n, -third, coarse))
  const lower = o.madd(n, parts[3]!, o.madd(n, third, o.sub(upper, coarse)))
  // upper - lower, in this order -0 stays -0
  const r = o.rounded(o.sub(upper, lower))
  return { r, excess: () => o.add(o.sub(r, upper), lower) }
}
const top = (o: Ops): number => (o.is32 ? 31 : 63)
const far = (o: Ops, letter: 'sin' | 'cos' | 'tan', x: Expr, near: Expr): Expr =>
  o.rare(o.gt(o.abs(x), reach(o)), o.letter(letter, x), near)

/** |x| = n·π + r: (-1)^n·sin r with the sign of x. */
export const sin = (o: Ops, x: Expr): Expr => {
  const a = o.abs(x)
  const { whole, bits } = o.nearest(a, 1 / Math.PI)
  return far(o, 'sin', x, o.bitsXor(sine(o, rest(o, a, whole, o.table.pi).r), o.bitsXor(o.sign(x), o.bitsShl(bits, top(o)))))
}
/** x = (n - ½)·π + r: (-1)^n·sin r. */
export const cos = (o: Ops, x: Expr): Expr => {
  const { whole, bits } = o.nearest(o.madd(x, 1 / Math.PI, 0.5), 1)
  const { r } = rest(o, x, o.sub(whole, 0.5), o.table.pi)
  return far(o, 'cos', x, o.bitsXor(sine(o, r), o.bitsShl(bits, top(o))))
}
/** x = n·π/2 + r: tan r, or -1/tan r for odd n. The tangent is steep enough, 1 + r² and more, for the rounding of r to count. */
export const tan = (o: Ops, x: Expr): Expr => {
  const { whole, bits } = o.nearest(x, 2 / Math.PI)
  const { r, excess } = rest(o, x, whole, o.table.halfPi)
  const z = o.mul(r, r), over = excess()
  // in this order -0 stays -0
  const t = o.add(r, o.sub(o.mul(o.mul(o.poly(z, o.table.tan), r), z), o.madd(over, z, over)))
  const odd = o.lt(o.bitsOr(o.bitsShl(bits, top(o)), 1), 0)
  return far(o, 'tan', x, o.div(o.select(odd, -1, t), o.select(odd, t, 1)))
}

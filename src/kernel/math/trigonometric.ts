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
const top = (o: Ops): number => (o.is32 ? 31 : 63)
const far = (o: Ops, letter: 'sin' | 'cos' | 'tan', x: Expr, near: Expr): Expr =>
  o.rare(o.gt(o.abs(x), reach(o)), o.letter(letter, x), near)

/** |x| = n·π + r: (-1)^n·sin r with the sign of x. */
export const sin = (o: Ops, x: Expr): Expr => {
  const a = o.abs(x)
  const { whole, bits } = o.nearest(a, 1 / Math.PI)
  return far(o, 'sin', x, o.bitsXor(sine(o, o.reduce(a, whole, o.table.pi)), o.bitsXor(o.sign(x), o.bitsShl(bits, top(o)))))
}
/** x = (n - ½)·π + r: (-1)^n·sin r. */
export const cos = (o: Ops, x: Expr): Expr => {
  const { whole, bits } = o.nearest(o.madd(x, 1 / Math.PI, 0.5), 1)
  const r = o.reduce(x, o.sub(whole, 0.5), o.table.pi)
  return far(o, 'cos', x, o.bitsXor(sine(o, r), o.bitsShl(bits, top(o))))
}
/**
 * x = n·π/2 + r: tan r, or -1/tan r for odd n. Where r is not small the third part is taken away with a rounding, by which
 * r is too large by `excess`: the tangent is steep enough for it to count. In this order -0 stays -0.
 */
export const tan = (o: Ops, x: Expr): Expr => {
  const { whole, bits } = o.nearest(x, 2 / Math.PI)
  const [first, second, third, fourth] = o.table.halfPi
  const coarse = o.reduce(x, whole, [first!, second!]), part = o.mul(whole, third!)
  const fine = o.sub(coarse, part)
  const excess = o.add(o.sub(fine, coarse), part)
  const r = o.madd(whole, -fourth!, fine)
  const z = o.mul(r, r)
  const t = o.add(r, o.sub(o.mul(o.mul(o.poly(z, o.table.tan), r), z), excess))
  const odd = o.lt(o.bitsOr(o.bitsShl(bits, top(o)), 1), 0)
  return far(o, 'tan', x, o.div(o.select(odd, -1, t), o.select(odd, t, 1)))
}

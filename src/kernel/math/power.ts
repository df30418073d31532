/** Roots and powers. */
import type { Expr } from '../expr.js'
import { split } from './logarithm.js'
import type { Ops } from './ops.js'

/** y = |x|/2^3q between 1/√8 and √8, a polynomial for its root, and Halley's steps c + c·(y - c³)/(2c³ + y), each tripling the digits. */
export const cbrt = (o: Ops, x: Expr): Expr => {
  const a = o.abs(x), { mantissa } = o.width
  const { n, m } = split(o, a, mantissa)
  const { whole, bits } = o.nearest(n, 1 / 3)
  const y = o.mul(m, o.power2(o.add(o.madd(whole, -3, n), o.width.whole)))
  const step = (c: Expr): Expr => {
    const cube = o.mul(o.mul(c, c), c)
    return o.madd(c, o.div(o.sub(y, cube), o.add(o.add(cube, cube), y)), c)
  }
  const guess = step(o.poly(y, o.table.cbrt))
  const root = o.bitsAdd(o.is32 ? guess : step(guess), o.bitsShl(bits, mantissa))
  return o.select(o.both(o.gt(a, 0), o.lt(a, Infinity)), o.signed(root, x), x)
}

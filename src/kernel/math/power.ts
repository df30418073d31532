/** Roots and powers. */
import type { Expr } from '../expr.js'
import { f64 } from './coefficients.js'
import { scaledBy, small } from './exponential.js'
import { split } from './logarithm.js'
import { Ops } from './ops.js'

/** y = |x|/2^3q between 1/√8 and √8, a polynomial for its root, and Halley's steps c + c·(y - c³)/(2c³ + y), each tripling the digits. */
export const cbrt = (o: Ops, x: Expr): Expr => {
  const a = o.abs(x), { mantissa } = o.width
  const { n, m } = split(o, a, mantissa)
  const { whole, bits } = o.nearest(n, 1 / 3)
  const y = o.mul(m, o.power2(o.lowBits(o.madd(whole, -3, n))))
  const step = (c: Expr): Expr => {
    const cube = o.mul(o.mul(c, c), c)
    return o.madd(c, o.div(o.sub(y, cube), o.add(o.add(cube, cube), y)), c)
  }
  const guess = step(o.poly(y, o.table.cbrt))
  const root = o.bitsAdd(o.is32 ? guess : step(guess), o.bitsShl(bits, mantissa))
  return o.select(o.both(o.gt(a, 0), o.lt(a, Infinity)), o.signed(root, x), x)
}

/** a^y for a normal a > 0, in f64 to 2^-33 of its logarithm: exact enough for f32. */
const shortPower = (o: Ops, a: Expr, y: Expr): Expr => {
  const { n, m } = split(o, a, 0)
  const s = o.div(o.sub(m, 1), o.add(m, 1))
  // no f32 number but 1 is so near 1 that 2^64 would not do for an infinite y, and 0·∞ is avoided
  const product = o.mul(o.atMost(o.atLeast(y, -(2 ** 64)), 2 ** 64), o.madd(s, o.poly(o.mul(s, s), f64.log2), n))
  const p = o.atMost(o.atLeast(product, -300), 300)
  const { whole, bits } = o.nearest(p, 1)
  return o.mul(o.poly(o.sub(p, whole), f64.exp2), o.power2(bits))
}

/** The upper 26 bits of x: products of two such are exact. */
const head = (o: Ops, x: Expr): Expr => o.bitsShl(o.bitsShr(x, 27), 27)

/** log2 of a > 0 as a sum of a number of 26 bits and a rest, to 2^-64 of its size. */
const longLog2 = (o: Ops, a: Expr): readonly [Expr, Expr] => {
  const { n, m } = split(o, a, o.width.mantissa)
  // s = (m - 1)/(m + 1) as sHead + sRest: the remainder of the division is exact, by parts
  const f = o.sub(m, 1), d = o.add(m, 1)
  const s = o.div(f, d), sHead = head(o, s), dHead = head(o, d)
  const sRest = o.div(o.madd(o.neg(sHead), o.sub(m, o.sub(dHead, 1)), o.madd(o.neg(sHead), dHead, f)), d)
  // t = 3·atanh(s)/s = 3 + s² + ..., with s² = square + sRest·(sHead + s)
  const square = o.mul(sHead, sHead), z = o.mul(s, s)
  const tail = o.madd(sRest, o.add(sHead, s), o.mul(o.mul(z, z), o.poly(z, f64.atanh)))
  const tHead = head(o, o.add(o.add(square, 3), tail))
  const tRest = o.sub(tail, o.sub(o.sub(tHead, 3), square))
  // p = s·t, times 2/(3·log 2)
  const exact = o.mul(sHead, tHead), rest = o.madd(sRest, tHead, o.mul(tRest, s))
  const pHead = head(o, o.add(exact, rest)), pRest = o.sub(rest, o.sub(pHead, exact))
  const [third, thirdRest] = f64.thirds
  const upper = o.mul(pHead, third), lower = o.madd(pHead, thirdRest, o.mul(pRest, third + thirdRest))
  const whole = head(o, o.add(o.add(upper, lower), n))
  return [whole, o.sub(lower, o.sub(o.sub(whole, n), upper))]
}

/** a^y for a > 0: the product with the logarithm in two parts, and 2^n·e^r. Beyond 2^64 every y does what 2^64 does. */
const longPower = (o: Ops, a: Expr, exponent: Expr): Expr => {
  const within = (x: Expr, bound: number): Expr => o.atMost(o.atLeast(x, -bound), bound)
  const [upper, lower] = longLog2(o, a)
  const y = within(exponent, 2 ** 64), yHead = head(o, y)
  const exact = within(o.mul(yHead, upper), 1100)
  const rest = within(o.madd(o.sub(y, yHead), upper, o.mul(y, lower)), 1)
  const { whole, bits } = o.nearest(o.add(exact, rest), 1)
  const r = o.mul(o.add(o.sub(exact, whole), rest), Math.LN2)
  return scaledBy(o, small(o, r), bits)
}

const positivePower = (o: Ops, a: Expr, y: Expr): Expr => {
  if (!o.is32) return longPower(o, a, y)
  const wide = new Ops(o.pool, 'f64')
  return o.pool.convert(shortPower(wide, o.pool.convert(a, 'f64'), o.pool.convert(y, 'f64')), 'f32')
}

/** Exponents for which few multiplications or a root do, within 2 ulp. */
export const simple = (o: Ops, x: Expr, y: Expr): Expr | null => {
  if (y.tag !== 'const') return null
  const root = (): Expr => o.select(o.eq(x, -Infinity), Infinity, o.add(o.sqrt(x), 0))
  switch (y.value) {
    case 0: return o.num(1)
    case 1: return x
    case 2: return o.mul(x, x)
    case 3: return o.mul(o.mul(x, x), x)
    case 4: { const square = o.mul(x, x); return o.mul(square, square) }
    case -1: return o.div(1, x)
    case 0.5: return root()
    case -0.5: return o.div(1, root())
    default: return null
  }
}

/**
 * |x|^y, negative for x < 0 (also -0) and odd y; NaN for finite x < 0 and y that is not whole. x^0 = 1 and 1^y = 1 for all x and y.
 */
export const pow = (o: Ops, x: Expr, y: Expr): Expr => {
  const special = simple(o, x, y)
  if (special) return special
  const a = o.abs(x), half = o.mul(y, 0.5)
  const fraction = o.ne(o.trunc(y), y)
  const size = o.select(o.both(o.gt(a, 0), o.lt(a, Infinity)), positivePower(o, a, y), o.select(o.lt(y, 0), o.div(1, a), a))
  const odd = o.both(o.eq(o.trunc(y), y), o.ne(o.trunc(half), half))
  const value = o.bitsOr(size, o.bitsAnd(x, o.select(odd, -0, 0)))
  const unreal = o.either(o.ne(y, y), o.both(fraction, o.both(o.lt(x, 0), o.gt(x, -Infinity))))
  return o.select(o.either(o.eq(y, 0), o.eq(x, 1)), 1, o.select(unreal, NaN, value))
}

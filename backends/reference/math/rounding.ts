/** Rounding to whole numbers, signs, and the neighbours of a floating-point number. */
import { bitsOfHalf, halfOfBits } from '../../../src/core/half.js'

const whole = 2 ** 52

/**
 * The nearest whole number, ties to the even one; exact. Keeps -0, and gives -0 on [-0.5, 0); NaN and ±Infinity stay.
 * Source: adding and taking away 2^52 rounds in the unit place; jax.numpy.round, lax.round with TO_NEAREST_EVEN.
 * @example roundHalfEven(2.5) // 2
 */
export const roundHalfEven = (x: number): number => {
  if (!(Math.abs(x) < whole)) return x
  const result = x < 0 ? x - whole + whole : x + whole - whole
  return result === 0 ? x * 0 : result
}

/**
 * The nearest whole number, ties away from zero; exact. Keeps -0, and gives -0 on (-0.5, 0); NaN and ±Infinity stay.
 * Source: lax.round with AWAY_FROM_ZERO.
 * @example roundHalfAway(2.5) // 3
 */
export const roundHalfAway = (x: number): number => {
  const part = Math.trunc(x)
  // the difference is exact, so 0.49999999999999994 stays below one half
  return Math.abs(x - part) >= 0.5 ? part + (x < 0 ? -1 : 1) : part
}

/**
 * -1, 0 or 1 by the sign of x; NaN, 0 and -0 are themselves, as jax.lax.sign.
 * @example sign(-3) // -1
 */
export const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : x)

const single = new Float32Array(1)
const singleBits = new Int32Array(single.buffer)
const double = new Float64Array(1)
const doubleBits = new Int32Array(double.buffer)
// the index of the word that holds the sign
const upper = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0
const lower = 1 - upper

/**
 * The f32 number next to x in the direction of y, both f32 numbers; exact. NaN if either is; y if they are equal (so ±0 take
 * the sign of y); from ±0 the smallest denormal; past the largest number ±Infinity. Source: numpy.nextafter, jax.lax.nextafter.
 * @example nextAfter32(1, 2) // 1.0000001192092896
 */
export const nextAfter32 = (x: number, y: number): number => {
  if (x !== x || y !== y) return NaN
  if (x === y) return y
  if (x === 0) return y > 0 ? 2 ** -149 : -(2 ** -149)
  single[0] = x
  // the bits of |x| grow with |x|
  singleBits[0]! += y > x === x > 0 ? 1 : -1
  return single[0]!
}

/**
 * The half next to x in the direction of y; exact, with the edge values of `nextAfter32`.
 * @example nextAfter16(1, 2) // 1.0009765625
 */
export const nextAfter16 = (x: number, y: number): number => {
  if (x !== x || y !== y) return NaN
  if (x === y) return y
  if (x === 0) return y > 0 ? 2 ** -24 : -(2 ** -24)
  return halfOfBits(bitsOfHalf(x) + (y > x === x > 0 ? 1 : -1))
}

/**
 * The f64 number next to x in the direction of y; exact, with the edge values of `nextAfter32`.
 * @example nextAfter64(1, 2) // 1.0000000000000002
 */
export const nextAfter64 = (x: number, y: number): number => {
  if (x !== x || y !== y) return NaN
  if (x === y) return y
  if (x === 0) return y > 0 ? 2 ** -1074 : -(2 ** -1074)
  double[0] = x
  if (y > x === x > 0) {
    doubleBits[lower]! += 1
    if (doubleBits[lower] === 0) doubleBits[upper]! += 1
  } else {
    if (doubleBits[lower] === 0) doubleBits[upper]! -= 1
    doubleBits[lower]! -= 1
  }
  return double[0]!
}

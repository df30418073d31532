/** Halves are the numbers of IEEE 754 binary16: how any number is rounded to one, and the sixteen bits of each. */

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
// the index of the word that holds the exponent
const upper = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0
const single = new Float32Array(1)
const singleBits = new Uint32Array(single.buffer)

/**
 * The nearest half, ties to the even one, in one rounding: numbers from 65520 on become Infinity, those below 2^-14 are multiples of 2^-24,
 * and a zero keeps the sign.
 */
export const roundToHalf = (x: number): number => {
  const a = Math.abs(x)
  if (!(a < 65520)) return x > 0 ? Infinity : x < 0 ? -Infinity : NaN
  double[0] = a
  // 3/2·2^52 times the distance of halves at a: what is added to it is rounded in the place of that distance, and its own multiple is even
  words[upper] = (Math.max(words[upper]! >>> 20, 1009) + 42 << 20 | 0x80000) >>> 0
  words[1 - upper] = 0
  const large = double[0]
  const half = x + large - large
  return half === 0 ? x * 0 : half
}

/** The half of sixteen bits. */
export const halfOfBits = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1, exponent = bits >> 10 & 31, fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}
/** The bits of a half; all NaNs have those of one. */
export const bitsOfHalf = (half: number): number => {
  if (half !== half) return 0x7e00
  single[0] = half
  const bits = singleBits[0]!, sign = bits >>> 16 & 0x8000, a = Math.abs(half)
  return sign | (a < 2 ** -14 ? a * 2 ** 24 : a === Infinity ? 0x7c00 : (bits & 0x7fffffff) - 0x38000000 >>> 13)
}

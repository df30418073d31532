/** Counts and shifts of the bits of 32-bit integers, as jax.lax defines them. */

/**
 * The number of ones among the 32 bits of x, i32 or u32. Source: sums of neighbouring fields of 1, 2 and 4 bits, then of the bytes.
 * @example populationCount(255) // 8
 */
export const populationCount = (x: number): number => {
  const pairs = x - ((x >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** The number of zeros above the highest one of x, 32 for 0. @example countLeadingZeros(1) // 31 */
export const countLeadingZeros: (x: number) => number = Math.clz32

/** x·2^n modulo 2^32 as i32; 0 for n outside 0..31 (n is read unsigned). @example shiftLeftI32(1, 31) // -2147483648 */
export const shiftLeftI32 = (x: number, n: number): number => (n >>> 0 > 31 ? 0 : x << n)

/** x·2^n modulo 2^32 as u32; 0 for n outside 0..31 (n is read unsigned). @example shiftLeftU32(1, 31) // 2147483648 */
export const shiftLeftU32 = (x: number, n: number): number => (n >>> 0 > 31 ? 0 : (x << n) >>> 0)

/** The bits of x moved down with zeros following, as i32; 0 for n outside 0..31. @example shiftRightLogicalI32(-8, 31) // 1 */
export const shiftRightLogicalI32 = (x: number, n: number): number => (n >>> 0 > 31 ? 0 : (x >>> n) | 0)

/** The bits of x moved down with zeros following, as u32; 0 for n outside 0..31. @example shiftRightLogicalU32(8, 3) // 1 */
export const shiftRightLogicalU32 = (x: number, n: number): number => (n >>> 0 > 31 ? 0 : x >>> n)

/** ⌊x / 2^n⌋ in i32; the sign fills all bits for n outside 0..31. @example shiftRightArithmeticI32(-8, 40) // -1 */
export const shiftRightArithmeticI32 = (x: number, n: number): number => x >> (n >>> 0 > 31 ? 31 : n)

/** The bits of x moved down with its highest bit following, as u32. @example shiftRightArithmeticU32(4294967288, 1) // 4294967292 */
export const shiftRightArithmeticU32 = (x: number, n: number): number => (x >> (n >>> 0 > 31 ? 31 : n)) >>> 0

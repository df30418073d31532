/** Quotients and remainders of f64, i32 and u32 numbers, with XLA's answers where the divisor is zero. */

import { roundHalfAway } from './rounding.js'

/**
 * The remainder of x/y with the sign of x, exact (x - y·trunc(x/y)). NaN if x is infinite or y is 0; rem(x, ±Infinity) = x;
 * a zero remainder has the sign of x. Source: C's fmod, jax.lax.rem.
 * @example rem(-7, 3) // -1
 */
export const rem = (x: number, y: number): number => x % y

/**
 * The remainder with the sign of y: rem(x, y), plus y if their signs differ. Edge values of `rem`; as jax.numpy.remainder a zero
 * remainder keeps the sign of x, and floorMod(-5, Infinity) = Infinity. One rounding (of the sum).
 * @example floorMod(-7, 3) // 2
 */
export const floorMod = (x: number, y: number): number => {
  const r = x % y
  return r !== 0 && r < 0 !== y < 0 ? r + y : r
}

/**
 * ⌊x/y⌋ as (x - floorMod(x, y)) / y rounded to the nearest whole number, so that it fits with `floorMod`. floorDivide(x, ±0) = x/±0;
 * floorDivide(-5, Infinity) = -1; NaN if x is infinite. Source: float_divmod of CPython, jax.numpy.floor_divide.
 * @example floorDivide(-7, 2) // -4
 */
export const floorDivide = (x: number, y: number): number => {
  const r = x % y
  const quotient = (y === 0 ? x : x - r) / y
  // a NaN remainder (y = 0) corrects the quotient by one as well, which changes no infinity
  return roundHalfAway(r !== 0 && (y > 0 ? 1 : -1) !== (r > 0 ? 1 : -1) ? quotient - 1 : quotient)
}

/**
 * x/y truncated in i32. divI32(x, 0) = -1, divI32(-2^31, -1) = -2^31, as jax.lax.div on the CPU.
 * @example divI32(-7, 3) // -2
 */
export const divI32 = (x: number, y: number): number => (y === 0 ? -1 : (x / y) | 0)

/**
 * The remainder in i32 with the sign of x. remI32(x, 0) = x, remI32(-2^31, -1) = 0, as jax.lax.rem on the CPU.
 * @example remI32(-7, 3) // -1
 */
export const remI32 = (x: number, y: number): number => (y === 0 ? x : (x % y) | 0)

/**
 * ⌊x/y⌋ in i32; floorDivideI32(-2^31, -1) = -2^31. For y = 0 the formula of jax.numpy.floor_divide read with XLA's -1 and x:
 * -2, or -1 if x is 0.
 * @example floorDivideI32(-7, 3) // -3
 */
export const floorDivideI32 = (x: number, y: number): number => {
  const quotient = divI32(x, y)
  return Math.sign(x) !== Math.sign(y) && remI32(x, y) !== 0 ? (quotient - 1) | 0 : quotient
}

/**
 * The remainder in i32 with the sign of y; floorModI32(x, 0) = 0 as jax.numpy.remainder.
 * @example floorModI32(-7, 3) // 2
 */
export const floorModI32 = (x: number, y: number): number => {
  if (y === 0) return 0
  const r = (x % y) | 0
  return r !== 0 && r < 0 !== y < 0 ? r + y : r
}

/**
 * ⌊x/y⌋ in u32. divU32(x, 0) = 2^32 - 1, as jax.lax.div on the CPU.
 * @example divU32(7, 3) // 2
 */
export const divU32 = (x: number, y: number): number => (y === 0 ? 4294967295 : (x / y) >>> 0)

/**
 * The remainder in u32. remU32(x, 0) = x, as jax.lax.rem on the CPU.
 * @example remU32(7, 3) // 1
 */
export const remU32 = (x: number, y: number): number => (y === 0 ? x : x % y)

/** ⌊x/y⌋ in u32, which is `divU32`. @example floorDivideU32(7, 3) // 2 */
export const floorDivideU32: (x: number, y: number) => number = divU32

/** The remainder in u32; floorModU32(x, 0) = 0 as jax.numpy.remainder. @example floorModU32(7, 3) // 1 */
export const floorModU32 = (x: number, y: number): number => (y === 0 ? 0 : x % y)

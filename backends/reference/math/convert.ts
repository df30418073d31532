/** Every conversion between two dtypes, by value and by bits, gives what JAX gives on the CPU. */
import { roundToHalf } from '../../../src/core/half.js'

/** The names of the dtypes a number can be read as; a bool is 0 or 1. */
export type NumberKind = 'f16' | 'f32' | 'f64' | 'i32' | 'u32' | 'bool'

/**
 * The nearest f32 number, ties to even; overflow ±Infinity, NaN stays.
 * @example toF32(0.1) // 0.10000000149011612
 */
export const toF32: (x: number) => number = Math.fround

/**
 * A floating-point number truncated toward zero into i32, saturating at both ends; NaN -> 0, -0 -> 0.
 * @example floatToI32(-1.9) // -1
 */
export const floatToI32 = (x: number): number => (x >= 2147483647 ? 2147483647 : x <= -2147483648 ? -2147483648 : x | 0)

/**
 * A floating-point number truncated toward zero into u32, saturating at 0 and 2^32 - 1; NaN -> 0.
 * @example floatToU32(-1.9) // 0
 */
export const floatToU32 = (x: number): number => (x >= 4294967295 ? 4294967295 : x > 0 ? x >>> 0 : 0)

/** An i32 number with the same bits, whatever 32-bit integer came in. @example toI32(4294967295) // -1 */
export const toI32 = (x: number): number => x | 0

/** A u32 number with the same bits, whatever 32-bit integer came in. @example toU32(-1) // 4294967295 */
export const toU32 = (x: number): number => x >>> 0

/** 0 for ±0 and 1 for anything else, NaN included. @example toBool(NaN) // 1 */
export const toBool = (x: number): number => (x === 0 ? 0 : 1)

const same = (x: number): number => x

/**
 * `conversions[from][to]` is the conversion by value. i32 and u32 wrap into each other; integers above 2^24 round to the nearest f32.
 * Source: jax.lax.convert_element_type on the CPU.
 * @example conversions.f32.i32(2.7) // 2
 */
export const conversions: Readonly<Record<NumberKind, Readonly<Record<NumberKind, (x: number) => number>>>> = {
  f16: { f16: same, f32: same, f64: same, i32: floatToI32, u32: floatToU32, bool: toBool },
  f32: { f16: roundToHalf, f32: same, f64: same, i32: floatToI32, u32: floatToU32, bool: toBool },
  f64: { f16: roundToHalf, f32: toF32, f64: same, i32: floatToI32, u32: floatToU32, bool: toBool },
  i32: { f16: roundToHalf, f32: toF32, f64: same, i32: same, u32: toU32, bool: toBool },
  u32: { f16: roundToHalf, f32: toF32, f64: same, i32: toI32, u32: same, bool: toBool },
  bool: { f16: same, f32: same, f64: same, i32: same, u32: same, bool: same },
}

const float = new Float32Array(1)
const signed = new Int32Array(float.buffer)
const unsigned = new Uint32Array(float.buffer)

/** The bits of an f32 number as i32; the payload of a NaN is the engine's. @example bitsOfF32(1) // 1065353216 */
export const bitsOfF32 = (x: number): number => {
  float[0] = x
  return signed[0]!
}

/** The bits of an f32 number as u32; the payload of a NaN is the engine's. @example unsignedBitsOfF32(-0) // 2147483648 */
export const unsignedBitsOfF32 = (x: number): number => {
  float[0] = x
  return unsigned[0]!
}

/** The f32 number with the bits of a 32-bit integer, signed or unsigned. @example f32OfBits(1065353216) // 1 */
export const f32OfBits = (bits: number): number => {
  signed[0] = bits
  return float[0]!
}

/** The dtypes of 32 bits, which can be read as one another bit for bit. */
export type WordKind = 'f32' | 'i32' | 'u32'

/**
 * `bitcasts[from][to]` reads the same 32 bits as another dtype. Source: jax.lax.bitcast_convert_type.
 * @example bitcasts.f32.u32(1) // 1065353216
 */
export const bitcasts: Readonly<Record<WordKind, Readonly<Record<WordKind, (x: number) => number>>>> = {
  f32: { f32: same, i32: bitsOfF32, u32: unsignedBitsOfF32 },
  i32: { f32: f32OfBits, i32: same, u32: toU32 },
  u32: { f32: f32OfBits, i32: toI32, u32: same },
}

/** Random words, and the numbers that come straight from them: uniform floats and integers, bit for bit as JAX makes them. */
import { aval, type Shape, sizeOf } from '../../core/aval.js'
import { type FloatDType, highest, type IntDType, isFloat, isInt, lowest } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import { isValue, type U32, type Value } from '../../core/value.js'
import { add, convert, maximum, mul, rem, select, sub } from '../../primitives/arithmetic.js'
import { broadcast, full, scalar } from '../../primitives/base.js'
import { bitAnd, bitcast, bitXor, eq, le, shiftRightLogical } from '../../primitives/logic.js'
import { iota, reshape, slice } from '../../primitives/structural.js'
import { optionsOf, requireDType, shapeOf } from '../arrays.js'
import { broadcastTo, everywhere, type Operand } from '../lax/operands.js'
import { blocks, counters, keyOf, type LayoutOptions, legacyWords, split } from './key.js'

export interface DrawOptions extends LayoutOptions {
  /** 'f32' (default), 'f64' or 'f16'. */
  readonly dtype?: FloatDType
}
export interface UniformOptions extends DrawOptions {
  /** Default 0. Numbers or arrays that broadcast to the shape. */
  readonly minval?: Operand
  /** Default 1. */
  readonly maxval?: Operand
}

export const floatDType = (op: string, dtype: FloatDType = 'f32'): FloatDType => {
  const d = requireDType(op, dtype)
  return isFloat(d) ? d : badArgument(op, 'dtype', d, 'a float dtype', 'random.randint draws integers, random.bits words')
}

/** 32 random bits for each element. */
const words = (key: Value, shape: Shape, legacy = false): Value => {
  if (legacy) return reshape(legacyWords(key, sizeOf(shape)), shape)
  const [a, b] = blocks(key, ...counters(shape))
  return bitXor(a, b)
}
/** 64 random bits for each element, as high and low words. */
const wideWords = (key: Value, shape: Shape, legacy = false): readonly [Value, Value] => {
  if (!legacy) return blocks(key, ...counters(shape))
  const n = sizeOf(shape), all = legacyWords(key, 2 * n)
  return [reshape(slice(all, [0], [n]), shape), reshape(slice(all, [n], [2 * n]), shape)]
}

/**
 * Random 32-bit words (JAX: `jax.random.bits`).
 *
 * @example
 * random.bits(random.key(0), [3]).dtype   // 'u32'
 */
export const bits = (key: Value, shape: Shape = [], options: LayoutOptions = {}): U32 =>
  words(keyOf('random.bits', key), shapeOf('random.bits', shape), optionsOf('random.bits', options, ['legacy']).legacy) as U32

/** 16 random bits for each element: the low ones of a word, or by turns the low and the high ones. */
const narrowWords = (key: Value, shape: Shape, legacy = false): Value => {
  const low = (w: Value): Value => bitAnd(w, full(0xffff, w.aval))
  if (!legacy) return low(words(key, shape))
  const n = sizeOf(shape), pairs = [Math.ceil(n / 2), 2]
  const both = broadcast(legacyWords(key, pairs[0]!), pairs, [0]), place = iota('u32', pairs, 1)
  return reshape(slice(reshape(low(shiftRightLogical(both, mul(place, full(16, place.aval)))), [2 * pairs[0]!]), [0], [n]), shape)
}

/** The leading bits of random words as the fraction of a float in [0, 1): 10 bits of f16, 23 of f32, 52 of f64. */
const fraction = (key: Value, shape: Shape, dtype: FloatDType, legacy?: boolean): Value => {
  const shifted = (w: Value, by: number): Value => convert(shiftRightLogical(w, full(by, w.aval)), dtype)
  const times = (x: Value, c: number): Value => mul(x, full(c, x.aval))
  if (dtype === 'f16') return times(shifted(narrowWords(key, shape, legacy), 6), 2 ** -10)
  if (dtype === 'f32') return times(shifted(words(key, shape, legacy), 9), 2 ** -23)
  const [high, low] = wideWords(key, shape, legacy)
  return add(times(convert(high, dtype), 2 ** -32), times(shifted(low, 12), 2 ** -52))
}

/** Uniform between bounds of the same dtype that broadcast to the shape. */
export const between = (op: string, key: Value, shape: Shape, dtype: FloatDType, min: Operand, max: Operand, legacy?: boolean): Value => {
  const u = fraction(keyOf(op, key), shapeOf(op, shape), dtype, legacy)
  if (min === 0 && max === 1) return u
  const bound = (x: Operand): Value => (isValue(x) ? convert(x as Value, dtype) : scalar(Number(x), dtype))
  const lo = broadcastTo(op, bound(min), shape), hi = broadcastTo(op, bound(max), shape)
  return maximum(lo, add(mul(u, sub(hi, lo)), lo))
}

/**
 * Uniform in [minval, maxval) (JAX: `jax.random.uniform`).
 *
 * @example
 * random.uniform(random.key(0), [2, 3], { minval: -1 }).shape   // [2, 3]
 */
export const uniform = (key: Value, shape: Shape = [], options: UniformOptions = {}): Value =>
  between('random.uniform', key, shape, floatDType('random.uniform', optionsOf('random.uniform', options, ['dtype', 'legacy', 'minval', 'maxval']).dtype), options.minval ?? 0, options.maxval ?? 1, options.legacy)

export interface RandintOptions extends LayoutOptions {
  /** 'i32' (default) or 'u32'. */
  readonly dtype?: IntDType
}
/**
 * Whole numbers in [minval, maxval); where maxval <= minval, minval (JAX: `jax.random.randint`, which reduces 64 random bits modulo
 * the width of the range). Bounds are numbers or integer arrays that broadcast to the shape. A number of one more than the greatest
 * of the dtype is allowed for `maxval`.
 *
 * @example
 * const dice = random.randint(random.key(0), [100], 1, 7)
 * dice.dtype   // 'i32'
 */
export const randint = (key: Value, shape: Shape, minval: Operand, maxval: Operand, options: RandintOptions = {}): Value => {
  const op = 'random.randint'
  const dtype = requireDType(op, optionsOf(op, options, ['dtype', 'legacy']).dtype ?? 'i32')
  if (!isInt(dtype)) return badArgument(op, 'dtype', dtype, 'i32 or u32', 'random.uniform draws floats')
  const type = aval(dtype, shapeOf(op, shape)), unsigned = aval('u32', shape)
  const bound = (x: Operand, argument: string): Value => {
    if (isValue(x)) return isInt((x as Value).dtype) ? everywhere(op, x, type) : raise({ _tag: 'DTypeMismatch', op, got: [(x as Value).aval], want: `an integer ${argument}`, hint: 'convert it with np.astype(x, \'i32\')' })
    return Number.isInteger(x) ? full(Math.min(Math.max(Number(x), lowest(dtype)), highest(dtype)), type) : badArgument(op, argument, x, 'a whole number', 'random.uniform draws floats')
  }
  const lo = bound(minval, 'minval'), hi = bound(maxval, 'maxval')
  const [forHigh, forLow] = halves(keyOf(op, key), options.legacy ? { legacy: true } : {})
  const high = words(forHigh, shape, options.legacy), low = words(forLow, shape, options.legacy)
  const one = full(1, unsigned)
  const width = bitcast(sub(hi, lo), 'u32')
  const beyond = typeof maxval === 'number' && maxval > highest(dtype)
  const span = select(le(hi, lo), one, beyond ? add(width, one) : width)
  // 2^32 mod span = (2^16 mod span)² mod span; a span of 2^32 is 0 here, and a remainder by 0 leaves the word as it is
  const mod = (w: Value): Value => select(eq(span, full(0, unsigned)), w, rem(w, span))
  const root = mod(full(65536, unsigned))
  const offset = mod(add(mul(mod(high), mod(mul(root, root))), mod(low)))
  return add(lo, bitcast(offset, dtype))
}

/** The two halves of a key. */
export const halves = (key: Value, options: LayoutOptions): readonly [Value, Value] => {
  const both = split(key, 2, options)
  const at = (i: number): Value => reshape(slice(both, [i, 0], [i + 1, 2]), [2])
  return [at(0), at(1)]
}


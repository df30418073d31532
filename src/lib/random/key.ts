/** Keys are pairs of words; every draw is a function of one, and new ones come from splitting and folding, never from a hidden state. */
import { aval, sameShape, type Shape, sizeOf } from '../../core/aval.js'
import { badArgument, raise } from '../../core/fault.js'
import { isValue, NDArray, type U32, type Value } from '../../core/value.js'
import { bitcast, threefry2x32 } from '../../primitives/logic.js'
import { convert } from '../../primitives/arithmetic.js'
import { broadcast, full, scalar } from '../../primitives/base.js'
import { concatenate, iota, reshape, slice } from '../../primitives/structural.js'
import { optionsOf, shapeOf } from '../arrays.js'

/** A u32 array of shape [2]: the two words of Threefry's key. Use each key once. */
export type Key = U32<[2]>

export interface LayoutOptions {
  /** The layout of JAX before 0.5 (`jax_threefry_partitionable` off). Default false. */
  readonly legacy?: boolean
}

const wayOut = 'make one with random.key(0), and get more with random.split(key) or random.keys(key, n)'

/** A key, checked. */
export const keyOf = (op: string, key: unknown): Value => {
  if (!isValue(key)) return badArgument(op, 'key', key, 'a random key', wayOut)
  const v = key as Value
  if (v.dtype !== 'u32') return raise({ _tag: 'DTypeMismatch', op, got: [v.aval], want: 'a random key, u32[2]', hint: wayOut })
  return sameShape(v.shape, [2]) ? v
    : raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: 'one random key, u32[2]', hint: v.shape.length > 1 ? 'take one key of the batch (np.at(keys, i)), or map over them with vmap' : wayOut })
}

/** Both words of Threefry-2x32 under the key, for each pair of counters. */
export const blocks = (key: Value, high: Value, low: Value): readonly [Value, Value] => {
  const word = (i: number): Value => broadcast(reshape(slice(key, [i], [i + 1]), []), low.aval.shape, [])
  const [a, b] = threefry2x32(word(0), word(1), high, low)
  return [a!, b!]
}
/** 0, 1, 2, ... in the order of the elements, as 64-bit counters (high and low words). */
export const counters = (shape: Shape): readonly [Value, Value] => [full(0, aval('u32', shape)), reshape(iota('u32', [sizeOf(shape)], 0), shape)]

/** The older layout: the counters' first half is paired with their second half. */
export const legacyWords = (key: Value, count: number): Value => {
  const half = Math.ceil(count / 2)
  const low = iota('u32', [half], 0)
  const counts = (from: number, to: number): Value => slice(iota('u32', [count], 0), [from], [to])
  const high = count % 2 === 0 ? counts(half, count) : concatenate([counts(half, count), full(0, aval('u32', [1]))], 0)
  return slice(concatenate(blocks(key, low, high), 0), [0], [count])
}

/**
 * The key of a seed: a whole number (32 bits: [0, seed]; wider ones up to 2^53, or a bigint: high and low word of 64 bits in
 * two's complement) or an integer scalar, also a traced one (JAX: `jax.random.PRNGKey`).
 *
 * @example
 * random.key(42)   // [0, 42]
 */
export const key = (seed: number | bigint | Value = 0): Key => {
  if (typeof seed !== 'number' && typeof seed !== 'bigint') {
    const s = isValue(seed) ? seed as Value : badArgument('random.key', 'seed', seed, 'a whole number below 2^53 or an integer scalar', 'a seed is one number')
    if (s.ndim > 0) return raise({ _tag: 'ShapeMismatch', op: 'random.key', got: [s.aval], want: 'a scalar seed', hint: 'for many keys split one: random.split(random.key(0), n)' })
    if (s.dtype !== 'i32' && s.dtype !== 'u32') return raise({ _tag: 'DTypeMismatch', op: 'random.key', got: [s.aval], want: 'an integer seed', hint: 'convert it with np.astype(x, \'i32\')' })
    return concatenate([full(0, aval('u32', [1])), reshape(bitcast(s, 'u32'), [1])], 0) as Key
  }
  if (typeof seed !== 'bigint' && !Number.isSafeInteger(seed)) return badArgument('random.key', 'seed', seed, 'a whole number below 2^53 or an integer scalar', 'derive further keys with random.split or random.foldIn')
  const wide = BigInt.asUintN(64, BigInt(seed))
  const narrow = BigInt(seed) >= -(2n ** 31n) && BigInt(seed) < 2n ** 32n
  return new NDArray(aval('u32', [2]), Uint32Array.of(narrow ? 0 : Number(wide >> 32n), Number(wide & 0xffffffffn))) as unknown as Key
}

/**
 * New keys from one: an array of shape [num, 2], or [...shape, 2] (JAX: `jax.random.split`). Map over it with vmap or scan;
 * `keys` gives a list to take apart.
 *
 * @example
 * random.split(random.key(0)).shape   // [2, 2]
 */
export const split = (key: Value, num: number | Shape = 2, options: LayoutOptions = {}): Value => {
  const k = keyOf('random.split', key)
  const shape = shapeOf('random.split', num)
  if (optionsOf('random.split', options, ['legacy']).legacy) return reshape(legacyWords(k, 2 * sizeOf(shape)), [...shape, 2])
  return concatenate(blocks(k, ...counters(shape)).map(w => reshape(w, [...shape, 1])), shape.length)
}

/**
 * The keys of `split` as a list, to take apart.
 *
 * @example
 * const [forWeights, forData] = random.keys(random.key(0), 2)
 * forWeights.shape   // [2]
 */
export const keys = <const N extends number = 2>(key: Value, num?: N, options: LayoutOptions = {}): Keys<N> => {
  const count: number = num ?? 2
  const all = split(key, count, options)
  return Array.from({ length: count }, (_, i) => reshape(slice(all, [i, 0], [i + 1, 2]), [2]) as Key) as Keys<N>
}
/** As many keys as a literal says, so that each can be taken out by name; a list where the number is not known, or large. */
export type Keys<N extends number, T extends readonly Key[] = []> =
  number extends N ? Key[] : T['length'] extends N ? T : T['length'] extends 32 ? Key[] : Keys<N, [...T, Key]>

/**
 * The key for a number, such as a step: as good as a split, and no list is needed (JAX: `jax.random.fold_in`).
 * `data` is a whole number or an integer scalar, taken modulo 2^32; a traced step will do.
 *
 * @example
 * random.foldIn(random.key(0), 7).shape   // [2]
 */
export const foldIn = (key: Value, data: number | Value): Key => {
  const k = keyOf('random.foldIn', key)
  const whole = typeof data === 'number' && Number.isSafeInteger(data)
  const d = isValue(data) ? data as Value : whole ? scalar(Number(BigInt.asUintN(32, BigInt(data))), 'u32')
    : badArgument('random.foldIn', 'data', data, 'a whole number or an integer scalar', 'fold in one number at a time')
  if (d.ndim > 0) return raise({ _tag: 'ShapeMismatch', op: 'random.foldIn', got: [d.aval], want: 'a scalar to fold in', hint: 'use vmap for many' })
  if (d.dtype !== 'i32' && d.dtype !== 'u32') return raise({ _tag: 'DTypeMismatch', op: 'random.foldIn', got: [d.aval], want: 'an integer to fold in', hint: 'convert it with np.astype(x, \'i32\')' })
  const word = d.dtype === 'i32' ? bitcast(d, 'u32') : convert(d, 'u32')
  return concatenate(blocks(k, scalar(0, 'u32'), word).map(w => reshape(w, [1])), 0) as Key
}

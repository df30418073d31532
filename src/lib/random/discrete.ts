/** Draws of choices: coins, classes, permutations and samples, bit for bit as JAX makes them. */
import { aval, range, type Shape, sizeOf } from '../../core/aval.js'
import { type DType, type FloatDType, inexact, isFloat } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import { isValue, type Bool, type Value } from '../../core/value.js'
import { add, convert, log, mul, select, sub } from '../../primitives/arithmetic.js'
import { broadcast, full, sum } from '../../primitives/base.js'
import { cumsum } from '../../primitives/cumulative.js'
import { argmax } from '../../primitives/fold.js'
import { gather } from '../../primitives/gather.js'
import { lt } from '../../primitives/logic.js'
import { argsort, sort } from '../../primitives/sort.js'
import { iota, reshape, slice, sliceInAxis, transpose } from '../../primitives/structural.js'
import { axisOf, optionsOf, refuseDType, requireDType, shapeOf, toFloat, toValue } from '../arrays.js'
import { broadcastTo, type Operand } from '../lax/operands.js'
import { gumbelOf } from './continuous.js'
import { keyOf, type LayoutOptions } from './key.js'
import { between, bits, halves, randint } from './uniform.js'

/**
 * True with probability p (JAX: `jax.random.bernoulli`). The shape is that of p where it is not given.
 *
 * @example
 * random.bernoulli(random.key(0), 0, [2])   // [false, false]
 */
export const bernoulli = (key: Value, p: Operand = 0.5, shape?: Shape, options: LayoutOptions = {}): Bool => {
  const op = 'random.bernoulli', chance = toValue(op, p, 'p')
  if (!isFloat(chance.dtype)) return refuseDType(op, [chance], 'a float probability')
  const size = shape === undefined ? chance.shape : shapeOf(op, shape)
  return lt(between(op, key, size, chance.dtype, 0, 1, optionsOf(op, options, ['legacy']).legacy), broadcastTo(op, chance, size)) as Bool
}

/**
 * -1 or 1, each with probability 1/2 (JAX: `jax.random.rademacher`). `dtype` is 'i32' by default.
 *
 * @example
 * random.rademacher(random.key(0), [5]).shape   // [5]
 */
export const rademacher = (key: Value, shape: Shape = [], options: LayoutOptions & { readonly dtype?: DType } = {}): Value => {
  const { dtype = 'i32', legacy = false } = optionsOf('random.rademacher', options, ['dtype', 'legacy'])
  const d = requireDType('random.rademacher', dtype)
  const coin = bernoulli(keyOf('random.rademacher', key), 0.5, shape, { legacy })
  return d === 'bool' || d === 'u32' ? badArgument('random.rademacher', 'dtype', d, 'f32, f64 or i32', 'the draws are -1 and 1')
    : select(coin, full(1, aval(d, coin.shape)), full(-1, aval(d, coin.shape)))
}

export interface CategoricalOptions extends LayoutOptions {
  /** The axis of the classes. Default -1. */
  readonly axis?: number
  /** The shape of the result: any axes in front, then those of the logits without `axis`. Default: those alone. */
  readonly shape?: Shape
  /** False: the samples along the axes in front are different classes. Default true. */
  readonly replace?: boolean
}
/** The places of the k greatest elements of the last axis, greatest first; the first of equal ones first. */
const greatest = (x: Value, k: number): Value => sliceInAxis(argsort(x, x.ndim - 1, true), 0, k, x.ndim - 1)
/**
 * Classes with probabilities softmax(logits), by the Gumbel-max trick (JAX: `jax.random.categorical`).
 *
 * @example
 * random.categorical(random.key(0), np.array([-Infinity, 0, -Infinity]))   // 1
 */
export const categorical = (key: Value, logits: Value, options: CategoricalOptions = {}): Value => {
  const { axis = -1, shape, replace = true, legacy = false } = optionsOf('random.categorical', options, ['axis', 'shape', 'replace', 'legacy'])
  const op = 'random.categorical', x = toFloat(op, logits), d = x.dtype as FloatDType
  const a = axisOf(op, axis, x.shape)
  const batch = x.shape.filter((_, i) => i !== a), size = shape === undefined ? batch : shapeOf(op, shape)
  const ahead = size.length - batch.length
  const fits = ahead >= 0 && batch.every((n, i) => n === 1 || n === size[ahead + i])
  if (!fits) return raise({ _tag: 'ShapeMismatch', op, got: [x.aval], want: `logits whose other axes broadcast to the shape [${size.join(', ')}]`, hint: 'the shape is that of the draws, without the axis of the classes' })
  const prefix = size.slice(0, ahead)
  if (replace) {
    const each = size.slice()
    each.splice(ahead + a, 0, x.shape[a]!)
    return argmax(add(gumbelOf(op, key, each, d, legacy), broadcastTo(op, x, each)), ahead + a)
  }
  const k = sizeOf(prefix)
  if (k > x.shape[a]!) return badArgument(op, 'shape', size, `at most ${x.shape[a]} draws of each`, 'without replacement there are no more draws than classes')
  const last = transpose(add(x, gumbelOf(op, key, x.shape, d, legacy)), [...range(x.ndim).filter(i => i !== a), a])
  const places = greatest(last, k)
  return reshape(transpose(places, [places.ndim - 1, ...range(places.ndim - 1)]), size)
}

export interface PermutationOptions extends LayoutOptions {
  /** The axis that is permuted. Default 0. */
  readonly axis?: number
  /** Each line along the axis is permuted on its own. Default false. */
  readonly independent?: boolean
}
/** Sorted by random words, as often as makes ties of the words harmless (tjablin's rule in TensorFlow and JAX). */
const shuffled = (key: Value, x: Value, axis: number, options: LayoutOptions): Value => {
  const rounds = Math.ceil(3 * Math.log(Math.max(1, x.size)) / Math.log(4294967295))
  let rest = key, y = x
  for (let i = 0; i < rounds; i++) {
    const [next, now] = halves(rest, options)
    y = sort([bits(now, y.shape, options), y], { axis, numKeys: 1 })[1]!
    rest = next
  }
  return y
}
/** Rows of an axis by their places, which are in range. */
const rows = (x: Value, places: Value, axis: number): Value => gather(x, reshape(places, [...places.shape, 1]), {
  offsetDims: range(x.ndim - 1 + places.ndim).filter(d => d < axis || d >= axis + places.ndim),
  collapsedSliceDims: [axis], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [axis],
  sliceSizes: x.shape.map((n, i) => (i === axis ? 1 : n)), mode: 'clip',
})
/**
 * The numbers 0, ..., n - 1, or the rows of an array, in random order (JAX: `jax.random.permutation`).
 *
 * @example
 * np.sort(random.permutation(random.key(0), 4))   // [0, 1, 2, 3]
 */
export const permutation = (key: Value, x: number | Value, options: PermutationOptions = {}): Value => {
  const { axis = 0, independent = false, legacy = false } = optionsOf('random.permutation', options, ['axis', 'independent', 'legacy'])
  const op = 'random.permutation', k = keyOf(op, key)
  if (!isValue(x)) return Number.isInteger(x) && (x as number) >= 0 ? shuffled(k, iota('i32', [x as number], 0), 0, { legacy }) : badArgument(op, 'x', x, 'a whole number or an array', 'it is what is permuted')
  const v = x as Value
  if (v.ndim === 0) return raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: 'an array with at least one axis', hint: 'for 0, ..., n - 1 give n as a JavaScript number' })
  const a = axisOf(op, axis, v.shape)
  return independent || v.ndim === 1 ? shuffled(k, v, a, { legacy }) : rows(v, shuffled(k, iota('i32', [v.shape[a]!], 0), 0, { legacy }), a)
}

export interface ChoiceOptions extends LayoutOptions {
  /** May one element be drawn again? Default true. */
  readonly replace?: boolean
  /** Probabilities of the elements; uniform by default. */
  readonly p?: Value
  /** The axis whose elements are drawn. Default 0. */
  readonly axis?: number
}
/**
 * Elements of an array, or of 0, ..., n - 1 (JAX: `jax.random.choice`).
 * Faults: `BadArgument` where more are asked for than there are, without replacement.
 *
 * @example
 * random.choice(random.key(0), np.array([7, 7, 7]), [2])   // [7, 7]
 */
export const choice = (key: Value, a: number | Value, shape: Shape = [], options: ChoiceOptions = {}): Value => {
  const { replace = true, p, axis = 0, legacy = false } = optionsOf('random.choice', options, ['replace', 'p', 'axis', 'legacy'])
  const op = 'random.choice', k = keyOf(op, key), size = shapeOf(op, shape)
  const array = isValue(a) ? (a as Value) : null
  if (array === null && !(Number.isInteger(a) && (a as number) >= 0)) return badArgument(op, 'a', a, 'a whole number or an array', 'it is what is drawn from')
  if (array?.ndim === 0) return raise({ _tag: 'ShapeMismatch', op, got: [array.aval], want: 'an array with at least one axis', hint: 'to draw from 0, ..., n - 1 give n as a JavaScript number' })
  const ax = array ? axisOf(op, axis, array.shape) : 0
  const n = array ? array.shape[ax]! : (a as number), draws = sizeOf(size)
  const result = (places: Value): Value => (array ? rows(array, reshape(places, size), ax) : reshape(places, size))
  if (draws === 0) return result(full(0, aval('i32', size)))
  if (n === 0) return badArgument(op, 'a', array ?? a, 'something to draw from', 'an empty array has no elements')
  if (!replace && draws > n) return badArgument(op, 'shape', size, `at most ${n} draws without replacement`, 'set replace: true, or draw fewer')
  if (p === undefined) {
    if (replace) return result(randint(k, size, 0, n, { legacy }))
    if (!array || array.ndim === 1) return reshape(slice(permutation(k, array ?? (a as number), { legacy }), [0], [draws]), size)
    return result(slice(permutation(k, n, { legacy }), [0], [draws]))
  }
  const chances = toValue(op, p, 'p'), d = inexact(chances.dtype), q = convert(chances, d)
  if (q.ndim !== 1 || q.shape[0] !== n) return raise({ _tag: 'ShapeMismatch', op, got: [q.aval], want: `one probability for each of ${n} elements`, hint: 'p has one axis' })
  if (!replace) return result(greatest(add(gumbelOf(op, k, [n], d, legacy), log(q)), draws))
  const upTo = cumsum(q, { axis: 0, reverse: false })
  const u = between(op, k, [draws], d, 0, 1, legacy)
  const r = mul(broadcast(reshape(sliceInAxis(upTo, n - 1, n, 0), []), [draws], []), sub(full(1, u.aval), u))
  // the first place whose cumulated probability is not below r
  const below = lt(broadcast(upTo, [draws, n], [1]), broadcast(r, [draws, n], [0]))
  return result(sum(convert(below, 'i32'), [1]))
}

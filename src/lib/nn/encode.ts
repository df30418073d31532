/** Classes as vectors, and attention as a weighted mean: the two places where nn makes new axes. */
import { aval, range, sameShape } from '../../core/aval.js'
import { type DType, type FloatDType, isFloat, limits } from '../../core/dtype.js'
import { raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { add, constantLike as like, convert, mul, select } from '../../primitives/arithmetic.js'
import { broadcast, full } from '../../primitives/base.js'
import { dotGeneral } from '../../primitives/contract.js'
import { bitAnd, eq, ge } from '../../primitives/logic.js'
import { iota, reshape, transpose } from '../../primitives/structural.js'
import { axisOf, optionsOf, refuseDType, requireDType, toValue, wholeNumber } from '../arrays.js'
import { broadcastTo, type Operand } from '../lax/operands.js'
import { softmax } from './normalize.js'

export interface OneHotOptions {
  /** Default 'f32'. */
  readonly dtype?: DType
  /** Where the new axis stands. Default -1, the last. */
  readonly axis?: number
}
/**
 * 1 at the place that x names along a new axis, 0 elsewhere; all zeros where x is not among 0, ..., numClasses - 1
 * (JAX: `jax.nn.one_hot`).
 *
 * @example
 * nn.oneHot(np.array([0, 2], { dtype: 'i32' }), 3)   // [[1, 0, 0], [0, 0, 1]]
 */
export const oneHot = (x: Operand, numClasses: number, options: OneHotOptions = {}): Value => {
  const { dtype = 'f32', axis = -1 } = optionsOf('nn.oneHot', options, ['dtype', 'axis'])
  const op = 'nn.oneHot', v = toValue(op, x)
  const n = wholeNumber(op, 'numClasses', numClasses)
  const d = requireDType(op, dtype)
  const shape = [...v.shape], place = axisOf(op, axis, v.shape, v.ndim + 1)
  shape.splice(place, 0, n)
  const classes = v.dtype === 'bool' ? 'i32' : v.dtype
  const names = iota(classes, shape, place)
  return convert(eq(broadcast(convert(v, classes), shape, range(shape.length).filter(i => i !== place)), names), d)
}

export interface AttentionOptions {
  /** Added to the logits; broadcasts to [batch, heads, queries, keys]. */
  readonly bias?: Value
  /** Pairs that take part (bool); broadcasts to [batch, heads, queries, keys]. */
  readonly mask?: Value
  /** A query sees only keys at or before its own place. Default false. */
  readonly isCausal?: boolean
  /** Factor of the logits. Default 1/√(size of a head). */
  readonly scale?: number
}
/**
 * softmax(scale·q·kᵀ + bias)·v for each head (Vaswani et al. 2017; JAX: `jax.nn.dot_product_attention`).
 * q is [batch, queries, heads, size], k and v are [batch, keys, heads', size], where heads' divides heads; without the batch
 * axis the result has none. Logits and softmax are computed in the dtype of the operands.
 * Faults: `ShapeMismatch`, `DTypeMismatch`.
 *
 * @example
 * const x = np.ones([1, 4, 2, 8])
 * nn.dotProductAttention(x, x, x, { isCausal: true }).shape   // [1, 4, 2, 8]
 */
export const dotProductAttention = (query: Value, key: Value, value: Value, options: AttentionOptions = {}): Value => {
  const op = 'nn.dotProductAttention'
  optionsOf(op, options, ['bias', 'mask', 'isCausal', 'scale'])
  const given = [toValue(op, query, 'query'), toValue(op, key, 'key'), toValue(op, value, 'value')] as const
  const wrong = (want: string, hint: string): never => raise({ _tag: 'ShapeMismatch', op, got: given.map(x => x.aval), want, hint })
  const rank = given[0].ndim
  if ((rank !== 3 && rank !== 4) || given.some(x => x.ndim !== rank)) return wrong('query, key and value of rank 4 each, or of rank 3 each', 'their axes are [batch, places, heads, size]')
  if (!isFloat(given[0].dtype) || given.some(x => x.dtype !== given[0].dtype)) return refuseDType(op, given, 'floats of one dtype')
  const [q, k, v] = given.map(x => (rank === 3 ? broadcast(x, [1, ...x.shape], [1, 2, 3]) : x)) as [Value, Value, Value]
  const [batch, places, heads, size] = q.shape as readonly [number, number, number, number]
  const [, keys, shared] = k.shape as readonly [number, number, number, number]
  if (!sameShape(k.shape, v.shape) || k.shape[0] !== batch || k.shape[3] !== size) return wrong('key and value of one shape, with the batch and the size of the query', 'their axes are [batch, places, heads, size]')
  if (shared === 0 || heads % shared !== 0) return wrong('a number of heads that is a multiple of that of key and value', 'several heads of the query may share one of them')
  const repeat = (x: Value): Value => heads === shared ? x : reshape(broadcast(x, [batch, keys, shared, heads / shared, size], [0, 1, 2, 4]), [batch, keys, heads, size])
  const products = dotGeneral(q, repeat(k), { contract: [[3], [3]], batch: [[0, 2], [0, 2]] })
  const scaled = mul(like(products, options.scale ?? 1 / Math.sqrt(size)), products)
  const all = scaled.shape
  const biased = options.bias === undefined ? scaled : add(scaled, broadcastTo(op, convert(toValue(op, options.bias, 'bias'), scaled.dtype), all))
  const mask = options.mask === undefined ? null : toValue(op, options.mask, 'mask')
  if (mask && mask.dtype !== 'bool') return refuseDType(op, [mask], 'a bool mask', 'compare first: np.greater(mask, 0)')
  const causal = options.isCausal ? ge(iota('i32', [places, keys], 0), iota('i32', [places, keys], 1)) : null
  const seen = [mask, causal].filter(m => m !== null).map(m => broadcastTo(op, m, all)).reduce<Value | null>((a, m) => (a ? bitAnd(a, m) : m), null)
  // JAX's stand-in for -Infinity: a query that sees nothing gets the mean of all values, not NaN
  const lowest = full(-0.7 * limits[scaled.dtype as FloatDType].greatest, aval(scaled.dtype, all))
  const weights = softmax(seen ? select(seen, biased, lowest) : biased)
  const mixed = transpose(dotGeneral(weights, repeat(v), { contract: [[3], [1]], batch: [[0, 1], [0, 2]] }), [0, 2, 1, 3])
  return rank === 3 ? reshape(mixed, [places, heads, size]) : mixed
}

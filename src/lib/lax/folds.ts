/** Folds of `lax` over named axes: sums, extrema, products, logic; cumulative ones; contraction. */
import { range } from '../../core/aval.js'
import type { IntDType } from '../../core/dtype.js'
import { raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { convert } from '../../primitives/arithmetic.js'
import { sum } from '../../primitives/base.js'
import { dotGeneral as dotGeneralOf } from '../../primitives/contract.js'
import * as cumulative from '../../primitives/cumulative.js'
import * as folds from '../../primitives/fold.js'
import { axisOf, foldAxes, optionsOf } from '../arrays.js'
import type { DTypeOf } from '../../types/dtype.js'
import { type Operand, operand, operands } from './operands.js'

type Reduce = <X extends Operand>(x: X, axes: readonly number[]) => Value<DTypeOf<X>>
const over = (op: string, f: (x: Value, axes: readonly number[]) => Value): Reduce => ((x: Operand, axes: readonly number[]) => {
  const v = operand(op, x)
  return f(v, foldAxes(op, axes, v.shape))
}) as Reduce

/**
 * The sum over axes; of nothing 0. (jax.lax.reduce_sum)
 * @example lax.reduceSum(np.array([[1, 2], [3, 4]]), [0])   // [4, 6]
 */
export const reduceSum = over('lax.reduceSum', sum)
/**
 * The greatest over axes, NaN if one is; of nothing the lowest. Ties share the derivative. (jax.lax.reduce_max)
 * @example lax.reduceMax(np.array([[1, 2], [3, 4]]), [0])   // [3, 4]
 */
export const reduceMax = over('lax.reduceMax', folds.reduceMax)
/**
 * The least over axes, NaN if one is; of nothing the highest. (jax.lax.reduce_min)
 * @example lax.reduceMin(np.array([[1, 2], [3, 4]]), [0])   // [1, 2]
 */
export const reduceMin = over('lax.reduceMin', folds.reduceMin)
/**
 * The product over axes; of nothing 1. (jax.lax.reduce_prod)
 * @example lax.reduceProd(np.array([[1, 2], [3, 4]]), [0])   // [3, 8]
 */
export const reduceProd = over('lax.reduceProd', folds.reduceProd)
/**
 * And over axes, bit by bit on integers. (jax.lax.reduce_and)
 * @example lax.reduceAnd(np.array([true, false]), [0])   // false
 */
export const reduceAnd = over('lax.reduceAnd', folds.reduceAnd)
/**
 * Or over axes, bit by bit on integers. (jax.lax.reduce_or)
 * @example lax.reduceOr(np.array([true, false]), [0])   // true
 */
export const reduceOr = over('lax.reduceOr', folds.reduceOr)

const place = (op: string, f: (x: Value, axis: number) => Value) => <D extends IntDType = 'i32'>(x: Operand, axis: number, indexDType?: D): Value<D> => {
  const v = operand(op, x)
  return convert(f(v, axisOf(op, axis, v.shape)), indexDType ?? 'i32') as Value<D>
}
/**
 * The place of the greatest element, the first of equal ones; of a NaN if there is one. (jax.lax.argmax)
 * @example lax.argmax(np.array([1, 3, 3]), 0)   // 1
 */
export const argmax = place('lax.argmax', folds.argmax)
/**
 * The place of the least element, the first of equal ones; of a NaN if there is one. (jax.lax.argmin)
 * @example lax.argmin(np.array([1, 0, 0]), 0)   // 1
 */
export const argmin = place('lax.argmin', folds.argmin)

export interface CumulativeOptions {
  /** Default 0. */
  readonly axis?: number
  /** From the end. Default false. */
  readonly reverse?: boolean
}
type Cumulate = <X extends Operand>(x: X, options?: CumulativeOptions) => Value<DTypeOf<X>>
const upTo = (op: string, f: (x: Value, params: { axis: number; reverse: boolean }) => Value): Cumulate => ((x: Operand, options: CumulativeOptions = {}) => {
  const { axis = 0, reverse = false } = optionsOf(op, options, ['axis', 'reverse'])
  const v = operand(op, x)
  return f(v, { axis: axisOf(op, axis, v.shape), reverse })
}) as Cumulate
/**
 * Sums of the elements up to each place. (jax.lax.cumsum)
 * @example lax.cumsum(np.array([1, 2, 3]))   // [1, 3, 6]
 */
export const cumsum = upTo('lax.cumsum', cumulative.cumsum)
/**
 * Products of the elements up to each place. (jax.lax.cumprod)
 * @example lax.cumprod(np.array([1, 2, 3]), { reverse: true })   // [6, 6, 3]
 */
export const cumprod = upTo('lax.cumprod', cumulative.cumprod)
/**
 * The greatest element up to each place. (jax.lax.cummax)
 * @example lax.cummax(np.array([1, 3, 2]))   // [1, 3, 3]
 */
export const cummax = upTo('lax.cummax', cumulative.cummax)
/**
 * The least element up to each place. (jax.lax.cummin)
 * @example lax.cummin(np.array([2, 1, 3]))   // [2, 1, 1]
 */
export const cummin = upTo('lax.cummin', cumulative.cummin)
/**
 * log Σ e^x of the elements up to each place. (jax.lax.cumlogsumexp)
 * @example lax.cumlogsumexp(np.array([-Infinity, 0]))   // [-Infinity, 0]
 */
export const cumlogsumexp = upTo('lax.cumlogsumexp', cumulative.cumlogsumexp)

type Pairs = readonly [readonly number[], readonly number[]]
/**
 * Sums of products over the pairs of axes `contract`, for every place of the pairs `batch`: the result has the batch axes, the other
 * axes of x, the other axes of y. (jax.lax.dot_general)
 * @example lax.dotGeneral(np.array([[1, 2]]), np.array([[3], [4]]), { contract: [[1], [0]] })   // [[11]]
 */
export const dotGeneral = <X extends Operand>(x: X, y: Operand, { contract, batch = [[], []] }: { readonly contract: Pairs; readonly batch?: Pairs }): Value<DTypeOf<X>> =>
  dotGeneralOf(operand('lax.dotGeneral', x), operand('lax.dotGeneral', y), { contract, batch }) as Value<DTypeOf<X>>
/**
 * The product of matrices and vectors: the last axis of x with the first of y. (jax.lax.dot)
 * @example lax.dot(np.array([1, 2]), np.array([3, 4]))   // 11
 */
export const dot = <X extends Operand>(x: X, y: Operand): Value<DTypeOf<X>> => {
  const [a, b] = operands('lax.dot', [x, y]) as [Value, Value]
  const fits = (v: Value): boolean => v.ndim === 1 || v.ndim === 2
  return fits(a) && fits(b) ? dotGeneral(a, b, { contract: [[a.ndim - 1], [0]] }) as Value<DTypeOf<X>>
    : raise({ _tag: 'ShapeMismatch', op: 'lax.dot', got: [a.aval, b.aval], want: 'vectors or matrices', hint: 'lax.dotGeneral names the axes; np.matmul takes batches' })
}
/**
 * Products of matrices, for every place of the leading axes. (jax.lax.batch_matmul)
 * @example lax.batchMatmul(np.array([[[1, 2]]]), np.array([[[3], [4]]]))   // [[[11]]]
 */
export const batchMatmul = <X extends Operand>(x: X, y: Operand): Value<DTypeOf<X>> => {
  const [a, b] = operands('lax.batchMatmul', [x, y]) as [Value, Value]
  const n = a.ndim
  if (n < 2 || b.ndim !== n) return raise({ _tag: 'ShapeMismatch', op: 'lax.batchMatmul', got: [a.aval, b.aval], want: 'arrays of one rank >= 2', hint: 'np.matmul broadcasts' })
  const lead = range(n - 2)
  return dotGeneral(a, b, { contract: [[n - 1], [n - 2]], batch: [lead, lead] }) as Value<DTypeOf<X>>
}

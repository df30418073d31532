/** Indexing of `lax`: windows at positions that are data, gather and scatter by dimension numbers, sorting. */
import { range, type Shape } from '../../core/aval.js'
import { badArgument, raise } from '../../core/fault.js'
import { isValue, type Value } from '../../core/value.js'
import { add, select } from '../../primitives/arithmetic.js'
import { scalar } from '../../primitives/base.js'
import { gather as gatherOf, type ScatterKind, scatter as scatterOf } from '../../primitives/gather.js'
import { dynamicSlice as windowOf, dynamicUpdateSlice as updateOf } from '../../primitives/indexing.js'
import { lt } from '../../primitives/logic.js'
import { sort as sortOf } from '../../primitives/sort.js'
import { iota, reshape, slice, sliceInAxis } from '../../primitives/structural.js'
import type { IndexMode, WindowDims } from '../../primitives/windows.js'
import { axisOf, optionsOf, shapeOf, toValue, wholeNumber } from '../arrays.js'
import type { DTypeOf } from '../../types/dtype.js'
import { indexOf, numberAs, type Operand, operand } from './operands.js'

export type { IndexMode, WindowDims }
/** A number or an integer scalar. */
export type Index = number | Value

/** Where a window begins on an axis of size n: a negative start counts from the end; outside, the window is moved inside. */
const startOf = (op: string, i: Operand, n: number): Value => {
  if (typeof i === 'number') return scalar(Math.min(Math.max(wholeNumber(op, 'a start', i) < 0 ? i + n : i, 0), n), 'i32')
  const v = indexOf(op, i), zero = scalar(0, 'i32')
  return select(lt(v, zero), add(v, scalar(n, 'i32')), v)
}
const startsOf = (op: string, starts: readonly Index[] | Value, shape: Shape): readonly Value[] => {
  const list: readonly Index[] = !isValue(starts) ? starts as readonly Index[] : (starts as Value).ndim === 1
    ? range((starts as Value).shape[0]!).map(i => reshape(slice(starts as Value, [i], [i + 1]), []))
    : badArgument(op, 'starts', starts, 'a list of starts, or an array with one axis', 'one start for each axis')
  return Array.isArray(list) && list.length === shape.length ? list.map((s, i) => startOf(op, s, shape[i]!))
    : badArgument(op, 'starts', starts, `${shape.length} starts, one for each axis`, 'lax.dynamicSliceInDim takes one')
}
const sizesWith = (shape: Shape, axis: number, size: number): Shape => shape.map((n, i) => (i === axis ? size : n))
const startsAt = (shape: Shape, axis: number, start: Index): readonly Index[] => shape.map((_, i) => (i === axis ? start : 0))

/**
 * The window of given sizes that begins at `starts`, which may be traced. One that would reach outside is moved inside; negative
 * starts count from the end. (jax.lax.dynamic_slice)
 * @example lax.dynamicSlice(np.array([0, 1, 2, 3]), [3], [2])   // [2, 3]
 */
export const dynamicSlice = <X extends Operand>(x: X, starts: readonly Index[] | Value, sizes: Shape): Value<DTypeOf<X>> => {
  const op = 'lax.dynamicSlice', v = operand(op, x)
  return windowOf(v, startsOf(op, starts, v.shape), shapeOf(op, sizes)) as Value<DTypeOf<X>>
}
/**
 * A window of one axis, all of the others. (jax.lax.dynamic_slice_in_dim)
 * @example lax.dynamicSliceInDim(np.array([0, 1, 2, 3]), 1, 2)   // [1, 2]
 */
export const dynamicSliceInDim = <X extends Operand>(x: X, start: Index, size: number, { axis = 0 }: { readonly axis?: number } = {}): Value<DTypeOf<X>> => {
  const v = operand('lax.dynamicSliceInDim', x), a = axisOf('lax.dynamicSliceInDim', axis, v.shape)
  return dynamicSlice(v, startsAt(v.shape, a, start), sizesWith(v.shape, a, size)) as Value<DTypeOf<X>>
}
/**
 * One place of an axis. (jax.lax.dynamic_index_in_dim)
 * @example lax.dynamicIndexInDim(np.array([5, 6, 7]), 1, { keepdims: false })   // 6
 */
export const dynamicIndexInDim = <X extends Operand>(x: X, index: Index, { axis = 0, keepdims = true }: { readonly axis?: number; readonly keepdims?: boolean } = {}): Value<DTypeOf<X>> => {
  const v = operand('lax.dynamicIndexInDim', x), a = axisOf('lax.dynamicIndexInDim', axis, v.shape)
  const one = dynamicSlice(v, startsAt(v.shape, a, index), sizesWith(v.shape, a, 1)) as Value
  return (keepdims ? one : reshape(one, v.shape.filter((_, i) => i !== a))) as Value<DTypeOf<X>>
}
/**
 * x with the window that begins at `starts` replaced by `update`. (jax.lax.dynamic_update_slice)
 * @example lax.dynamicUpdateSlice(np.array([0, 1, 2]), np.array([9]), [1])   // [0, 9, 2]
 */
export const dynamicUpdateSlice = <X extends Operand>(x: X, update: Operand, starts: readonly Index[] | Value): Value<DTypeOf<X>> => {
  const op = 'lax.dynamicUpdateSlice', v = operand(op, x)
  return updateOf(v, toValue(op, update, 'update'), startsOf(op, starts, v.shape)) as Value<DTypeOf<X>>
}
/**
 * x with a window of one axis replaced. (jax.lax.dynamic_update_slice_in_dim)
 * @example lax.dynamicUpdateSliceInDim(np.array([0, 1, 2]), np.array([8, 9]), 1, 0)   // [0, 8, 9]
 */
export const dynamicUpdateSliceInDim = <X extends Operand>(x: X, update: Operand, start: Index, axis: number): Value<DTypeOf<X>> => {
  const op = 'lax.dynamicUpdateSliceInDim', v = operand(op, x)
  return dynamicUpdateSlice(v, update, startsAt(v.shape, axisOf(op, axis, v.shape), start)) as Value<DTypeOf<X>>
}
/**
 * x with one place of an axis replaced; the update may lack the axis. (jax.lax.dynamic_update_index_in_dim)
 * @example lax.dynamicUpdateIndexInDim(np.array([0, 1, 2]), 9, 1, 0)   // [0, 9, 2]
 */
export const dynamicUpdateIndexInDim = <X extends Operand>(x: X, update: Operand, index: Index, axis: number): Value<DTypeOf<X>> => {
  const op = 'lax.dynamicUpdateIndexInDim', v = operand(op, x), a = axisOf(op, axis, v.shape)
  const one = sizesWith(v.shape, a, 1)
  if (!isValue(update)) return dynamicUpdateSlice(v, numberAs(op, update as number, { shape: one, dtype: v.dtype }), startsAt(v.shape, a, index)) as Value<DTypeOf<X>>
  const u = update as Value
  return dynamicUpdateSlice(v, u.ndim === v.ndim ? u : reshape(u, one), startsAt(v.shape, a, index)) as Value<DTypeOf<X>>
}

// ---- gather and scatter ----------------------------------------------------------------------------------------------

/** Dimension numbers as in StableHLO; absent lists are empty. */
export interface GatherDims extends Pick<WindowDims, 'offsetDims' | 'collapsedSliceDims' | 'startIndexMap'>, Partial<Pick<WindowDims, 'operandBatchingDims' | 'startIndicesBatchingDims'>> {
  /** The size of a window on each axis of the operand. */
  readonly sliceSizes: Shape
  /** 'fill' (default), 'clip' or 'promise'. */
  readonly mode?: IndexMode
  /** What a window outside gives. Default NaN, for integers the lowest (u32: the greatest), for bools true. */
  readonly fillValue?: Operand
}
/**
 * Windows of x at positions that are data (i32): the last axis of `indices` holds a position on each axis of `startIndexMap`.
 * (jax.lax.gather)
 * @example
 * const rows = np.array([[2], [0]], { dtype: 'i32' })
 * lax.gather(np.array([5, 6, 7]), rows, { offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0], sliceSizes: [1] })   // [7, 5]
 */
export const gather = <X extends Operand>(x: X, indices: Value, { sliceSizes, mode = 'fill', fillValue, operandBatchingDims = [], startIndicesBatchingDims = [], ...dims }: GatherDims): Value<DTypeOf<X>> => {
  const op = 'lax.gather', v = operand(op, x)
  const filler = fillValue === undefined ? undefined : isValue(fillValue) ? fillValue as Value : numberAs(op, fillValue as number, { shape: [], dtype: v.dtype })
  return gatherOf(v, toValue(op, indices, 'indices'), { ...dims, operandBatchingDims, startIndicesBatchingDims, sliceSizes, mode }, filler) as Value<DTypeOf<X>>
}

/** The dimension numbers of the gather that reads what is written; absent lists are empty. */
export interface ScatterDims extends Pick<WindowDims, 'offsetDims' | 'collapsedSliceDims' | 'startIndexMap'>, Partial<Pick<WindowDims, 'operandBatchingDims' | 'startIndicesBatchingDims'>> {
  /** 'fill' (default): a window that is not wholly inside is dropped; 'clip': moved inside. */
  readonly mode?: IndexMode
  /** A promise that no element is written twice. Default false. */
  readonly uniqueIndices?: boolean
}
type Scatter = <X extends Operand>(x: X, indices: Value, updates: Value, dims: ScatterDims) => Value<DTypeOf<X>>
const scattering = (op: string, kind: ScatterKind): Scatter => ((x: Operand, indices: Value, updates: Value, { mode = 'fill', uniqueIndices = false, operandBatchingDims = [], startIndicesBatchingDims = [], ...dims }: ScatterDims) =>
  scatterOf(operand(op, x), toValue(op, indices, 'indices'), toValue(op, updates, 'updates'), { ...dims, operandBatchingDims, startIndicesBatchingDims, kind, mode, uniqueIndices })) as Scatter
/**
 * x with windows replaced; of two updates of one element the last stays. (jax.lax.scatter)
 * @example
 * const rows = np.array([[2], [0]], { dtype: 'i32' })
 * lax.scatter(np.array([5, 6, 7]), rows, np.array([1, 2]), { offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0] })   // [2, 6, 1]
 */
export const scatter = scattering('lax.scatter', 'set')
/**
 * x with updates added to windows. (jax.lax.scatter_add)
 * @example
 * const rows = np.array([[0], [0]], { dtype: 'i32' })
 * lax.scatterAdd(np.array([5, 6]), rows, np.array([1, 2]), { offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0] })   // [8, 6]
 */
export const scatterAdd = scattering('lax.scatterAdd', 'add')
/**
 * x with windows multiplied by updates. (jax.lax.scatter_mul)
 * @example
 * const rows = np.array([[0], [0]], { dtype: 'i32' })
 * lax.scatterMul(np.array([5, 6]), rows, np.array([2, 3]), { offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0] })   // [30, 6]
 */
export const scatterMul = scattering('lax.scatterMul', 'mul')
/**
 * The lesser of x and the updates of windows. (jax.lax.scatter_min)
 * @example
 * const rows = np.array([[0], [1]], { dtype: 'i32' })
 * lax.scatterMin(np.array([5, 6]), rows, np.array([9, 3]), { offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0] })   // [5, 3]
 */
export const scatterMin = scattering('lax.scatterMin', 'min')
/**
 * The greater of x and the updates of windows. (jax.lax.scatter_max)
 * @example
 * const rows = np.array([[0], [1]], { dtype: 'i32' })
 * lax.scatterMax(np.array([5, 6]), rows, np.array([9, 3]), { offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0] })   // [9, 6]
 */
export const scatterMax = scattering('lax.scatterMax', 'max')

// ---- order -----------------------------------------------------------------------------------------------------------

export interface SortOptions {
  /** The axis. Default -1. */
  readonly dimension?: number
  /** How many operands are keys. Default 1. */
  readonly numKeys?: number
  /** Equal keys keep their order; they do so always. Default true. */
  readonly isStable?: boolean
}
interface Sort { <X extends Value>(x: X, options?: SortOptions): X; (xs: readonly Value[], options?: SortOptions): Value[] }
/**
 * Sorted along an axis: one array, or several by the first `numKeys` of them. NaN goes last, -0 and 0 are equal. (jax.lax.sort)
 * @example lax.sort([np.array([3, 1, 2]), np.array([0, 1, 2])])[1]   // [1, 2, 0]
 */
export const sort: Sort = ((x: Value | readonly Value[], options: SortOptions = {}) => {
  const op = 'lax.sort', { dimension = -1, numKeys = 1 } = optionsOf(op, options, ['dimension', 'numKeys', 'isStable'])
  const xs = (Array.isArray(x) ? x as readonly Value[] : [x as Value]).map((v, i) => toValue(op, v, `operand ${i}`))
  if (xs.length === 0) return badArgument(op, 'the operands', '[]', 'at least one array', 'the keys are the first operands')
  const sorted = sortOf(xs, { axis: axisOf(op, dimension, xs[0]!.shape), numKeys })
  return Array.isArray(x) ? sorted : sorted[0]!
}) as Sort
/**
 * Keys sorted, and values in the order of their keys. (jax.lax.sort_key_val)
 * @example lax.sortKeyVal(np.array([3, 1, 2]), np.array([0, 1, 2]))[1]   // [1, 2, 0]
 */
export const sortKeyVal = <K extends Value, V extends Value>(keys: K, values: V, options: Pick<SortOptions, 'dimension'> = {}): [K, V] =>
  sort([keys, values], { ...optionsOf('lax.sortKeyVal', options, ['dimension']), numKeys: 1 }) as [K, V]
/**
 * The k greatest elements of the last axis, greatest first, and their places; of equal ones the first. (jax.lax.top_k)
 * @example lax.topK(np.array([1, 3, 2]), 2)[0]   // [3, 2]
 */
export const topK = <X extends Operand>(x: X, k: number): [values: Value<DTypeOf<X>>, indices: Value<'i32'>] => {
  const op = 'lax.topK', v = operand(op, x), count = wholeNumber(op, 'k', k), axis = v.ndim - 1
  if (v.ndim === 0) return raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: 'an array with at least one axis', hint: 'the last axis is searched' })
  if (count < 0 || count > v.shape[axis]!) return badArgument(op, 'k', k, `at most the size of the last axis, ${v.shape[axis]}`, 'pad with -Infinity first')
  return sortOf([v, iota('i32', v.shape, axis)], { axis, numKeys: 1, descending: true }).map(s => sliceInAxis(s, 0, count, axis)) as unknown as [Value<DTypeOf<X>>, Value<'i32'>]
}

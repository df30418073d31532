/** Sorting, and searching in what is sorted. */
import { sizeOf } from '../../core/aval.js'
import { isFloat } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import { concreteOf, type Value } from '../../core/value.js'
import { add, constantLike, convert, div, mul, select, sub } from '../../primitives/arithmetic.js'
import { full, ones, zeros } from '../../primitives/base.js'
import { scatter } from '../../primitives/gather.js'
import { bitAnd, bitOr, eq, ge, le, lt, ne, shiftRightLogical } from '../../primitives/logic.js'
import { argsort as argsortOf, sort as sortOf } from '../../primitives/sort.js'
import { concatenate, iota, reshape, reverse, sliceInAxis, transpose } from '../../primitives/structural.js'
import { axisOf, optionsOf, promote2, promoteAll, spread, toNumber, toValue, wholeNumber } from '../arrays.js'
import { asPlaces, takeAlong } from './take.js'
import { truthOf } from './logic.js'
import type { Arg, DTypeOf } from '../../types/dtype.js'

export interface SortOptions {
  /** The last unless given; null flattens first. */
  readonly axis?: number | null
  readonly descending?: boolean
}
const lined = (op: string, x: Arg, axis: number | null | undefined): readonly [Value, number] => {
  const v = toValue(op, x)
  if (axis === null) return [reshape(v, [v.size]), 0]
  return [v, axisOf(op, axis ?? -1, v.aval.shape)]
}
/**
 * Sorted along an axis, stably; NaN comes last, first where `descending`. The derivative follows its element. (jax.numpy.sort)
 * @example np.sort(np.array([3, 1, 2]))   // [1, 2, 3]
 */
export const sort = <X extends Arg>(x: X, options?: SortOptions): Value<DTypeOf<X>> => {
  const { axis, descending = false } = optionsOf('sort', options, ['axis', 'descending'])
  const [v, a] = lined('sort', x, axis)
  return sortOf([v], { axis: a, descending })[0]!
}
/**
 * The places, as i32, whose elements taken in turn are sorted; equal elements stay in order. (jax.numpy.argsort)
 * @example np.argsort(np.array([3, 1, 2]))   // [1, 2, 0]
 */
export const argsort = (x: Arg, options?: SortOptions): Value<'i32'> => {
  const { axis, descending = false } = optionsOf('argsort', options, ['axis', 'descending'])
  const [v, a] = lined('argsort', x, axis)
  return argsortOf(v, a, descending)
}
/**
 * The places that sort by several keys, of which the last matters most. (jax.numpy.lexsort)
 * @example np.lexsort([np.array([2, 1, 1]), np.array([0, 1, 0])])   // [2, 0, 1]
 */
export const lexsort = (keys: readonly Arg[], options?: { readonly axis?: number }): Value<'i32'> => {
  if (!Array.isArray(keys) || keys.length === 0) return badArgument('lexsort', 'the keys', keys, 'a list of at least one array', 'np.argsort sorts by one')
  const values = keys.map(k => toValue('lexsort', k as Arg)).reverse()
  const { shape } = values[0]!.aval
  const axis = axisOf('lexsort', optionsOf('lexsort', options, ['axis']).axis ?? -1, shape)
  return sortOf([...values, iota('i32', shape, axis)], { axis, numKeys: values.length })[values.length]!
}

// ---- searching -------------------------------------------------------------------------------------------------------

/** x < y in the order of sort, where NaN is the greatest. */
const before = (x: Value, y: Value, orEqual: boolean): Value => {
  const plain = orEqual ? le(x, y) : lt(x, y)
  if (!isFloat(x.aval.dtype)) return plain
  const last = ne(y, y)
  return bitOr(plain, orEqual ? last : bitAnd(last, eq(x, x)))
}
export interface SearchOptions { readonly side?: 'left' | 'right' }
/**
 * The places, as i32, where elements would be put into a sorted vector: before its equals ('left', the default) or behind
 * them. Takes ⌈log2(n + 1)⌉ steps. (jax.numpy.searchsorted)
 * @example np.searchsorted(np.array([1, 2, 2, 3]), np.array([2, 9]))   // [1, 4]
 */
export const searchsorted = (sorted: Arg, x: Arg, options?: SearchOptions): Value<'i32'> => {
  const { side = 'left' } = optionsOf('searchsorted', options, ['side'])
  if (side !== 'left' && side !== 'right') badArgument('searchsorted', 'side', side, "'left' or 'right'", 'left is the default')
  const [line, v] = promote2('searchsorted', sorted, x)
  if (line.aval.shape.length !== 1) raise({ _tag: 'ShapeMismatch', op: 'searchsorted', got: [line.aval], want: 'a sorted vector', hint: 'vmap searches in several' })
  const n = line.size
  let low: Value = full(0, { dtype: 'i32', shape: v.aval.shape }), high: Value = full(n, low.aval)
  const one = ones(low.aval)
  for (let width = n; n > 0 && width > 0; width = Math.floor(width / 2)) {
    const middle = shiftRightLogical(add(low, high), one)
    const open = lt(low, high)
    const right = bitAnd(open, before(takeAlong('searchsorted', line, middle, 0, 'clip'), v, side === 'right'))
    const left = bitAnd(open, eq(right, zeros(right.aval)))
    low = select(right, add(middle, one), low)
    high = select(left, middle, high)
  }
  return low
}
/**
 * The number of the bin that each element falls into: bins[i - 1] ≤ x < bins[i], or with `right` bins[i - 1] < x ≤ bins[i].
 * Bins may rise or fall. (jax.numpy.digitize)
 * @example np.digitize(np.array([0.2, 6.4]), np.array([0, 1, 2.5]))   // [1, 3]
 */
export const digitize = (x: Arg, bins: Arg, options?: { readonly right?: boolean }): Value<'i32'> => {
  const { right = false } = optionsOf('digitize', options, ['right'])
  const [edges, v] = promote2('digitize', bins, x)
  if (edges.aval.shape.length !== 1) raise({ _tag: 'ShapeMismatch', op: 'digitize', got: [edges.aval], want: 'a vector of bins', hint: 'rising or falling' })
  const n = edges.size
  if (n === 0) return full(0, { dtype: 'i32', shape: v.aval.shape })
  const rising = searchsorted(edges, v, { side: right ? 'left' : 'right' })
  const falling = searchsorted(reverse(edges, [0]), v, { side: right ? 'right' : 'left' })
  const edge = (i: number): Value => reshape(sliceInAxis(edges, i, i + 1, 0), [])
  return select(spread(ge(edge(n - 1), edge(0)), v.aval.shape), rising, sub(constantLike(falling, n), falling))
}

export interface BincountOptions { readonly weights?: Arg; readonly length?: number; readonly minlength?: number }
/**
 * How often each of 0, 1, ... occurs in a vector of integers, or the sum of the weights there. `length` is needed inside a
 * transformation; numbers beyond it are dropped, negative ones count as 0. (jax.numpy.bincount)
 * @example np.bincount(np.array([0, 1, 1, 3], { dtype: 'i32' }))   // [1, 2, 0, 1]
 */
export const bincount = (x: Arg, options?: BincountOptions): Value => {
  const { weights, length, minlength = 0 } = optionsOf('bincount', options, ['weights', 'length', 'minlength'])
  const v = asPlaces('bincount', toNumber('bincount', x), 0, 0, false)
  if (v.aval.shape.length !== 1) raise({ _tag: 'ShapeMismatch', op: 'bincount', got: [v.aval], want: 'a vector', hint: 'np.ravel flattens' })
  const n = length === undefined ? Math.max(minlength, ...Array.from(concreteOf(v, 'bincount').data, c => c + 1), 0) : wholeNumber('bincount', 'length', length)
  const [counts] = weights === undefined ? [ones({ dtype: 'i32', shape: v.aval.shape })] : promoteAll('bincount', [weights])
  const each = convert(counts!, counts!.aval.dtype === 'bool' ? 'i32' : counts!.aval.dtype)
  const places = select(lt(v, zeros(v.aval)), zeros(v.aval), v)
  return scatter(zeros({ dtype: each.aval.dtype, shape: [n] }), reshape(places, [v.size, 1]), each, {
    offsetDims: [], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], kind: 'add', mode: 'fill', uniqueIndices: false,
  })
}

// ---- places of what is not zero --------------------------------------------------------------------------------------

export interface NonzeroOptions {
  /** How many places to answer: needed inside a transformation, where the data is not there to count. */
  readonly size?: number
  /** What stands in the places beyond the last, 0 unless given. */
  readonly fillValue?: number | readonly number[]
}
/** The places in the flattened array, and which of them are there. */
const flatPlaces = (op: string, x: Value, size: number | undefined): readonly [Value, Value] => {
  const mask = truthOf(reshape(x, [sizeOf(x.aval.shape)]))
  const n = size ?? Array.from(concreteOf(mask, op).data).reduce((sum, b) => sum + b, 0)
  if (!(Number.isInteger(n) && n >= 0)) badArgument(op, 'size', size, 'a whole number >= 0', 'how many places to answer')
  const order = argsortOf(eq(mask, zeros(mask.aval)), 0)
  const count = iota('i32', [n], 0)
  const places = takeAlong(op, order, count, 0, 'clip')
  return [places, bitAnd(takeAlong(op, mask, places, 0, 'clip'), lt(count, constantLike(count, mask.size)))]
}
const unravelled = (op: string, x: Arg, options: NonzeroOptions | undefined): readonly Value[] => {
  const { size, fillValue = 0 } = optionsOf(op, options, ['size', 'fillValue'])
  const v = toValue(op, x)
  const { shape } = v.aval
  const filler = (i: number): number => (typeof fillValue === 'number' ? fillValue : fillValue[i] ?? 0)
  if (v.size === 0) return shape.map((_, i) => full(filler(i), { dtype: 'i32', shape: [size ?? 0] }))
  const [places, there] = flatPlaces(op, v, size)
  let below = v.size
  let rest = places
  return shape.map((n, i) => {
    below /= n
    const width = constantLike(rest, below)
    const at = div(rest, width)
    rest = sub(rest, mul(at, width))
    return select(there, at, constantLike(at, filler(i)))
  })
}
/**
 * The places of the elements that are not zero, one i32 vector for each axis. (jax.numpy.nonzero)
 * @example np.nonzero(np.array([0, 3, 0, 4]))   // [[1, 3]]
 */
export const nonzero = (x: Arg, options?: NonzeroOptions): readonly Value<'i32'>[] => unravelled('nonzero', x, options)
/**
 * The places of the elements that are not zero, one row for each. (jax.numpy.argwhere)
 * @example np.argwhere(np.array([[0, 3], [1, 0]]))   // [[0, 1], [1, 0]]
 */
export const argwhere = (x: Arg, options?: NonzeroOptions): Value<'i32'> => {
  const places = unravelled('argwhere', x, options)
  if (places.length === 0) return full(0, { dtype: 'i32', shape: [truthOf(toValue('argwhere', x)).size, 0] })
  return transpose(concatenate(places.map(p => reshape(p, [1, p.size])), 0), [1, 0])
}
/**
 * The places of the elements that are not zero in the flattened array. (jax.numpy.flatnonzero)
 * @example np.flatnonzero(np.array([[0, 3], [1, 0]]))   // [1, 2]
 */
export const flatnonzero = (x: Arg, options?: NonzeroOptions): Value<'i32'> => {
  const v = toValue('flatnonzero', x)
  return unravelled('flatnonzero', reshape(v, [v.size]), options)[0]!
}

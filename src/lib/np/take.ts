/** Elements at given places along one axis, read and written; what lies outside is filled, clipped or wrapped around. */
import { aval, range, type Shape, sizeOf } from '../../core/aval.js'
import { isInt } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import { isValue, NDArray, type Value } from '../../core/value.js'
import { add, constantLike, convert, rem, select } from '../../primitives/arithmetic.js'
import { zeros } from '../../primitives/base.js'
import { gather, type ScatterKind, scatter, takeAlongAxis as alongAxis } from '../../primitives/gather.js'
import { lt } from '../../primitives/logic.js'
import { concatenate, iota, reshape } from '../../primitives/structural.js'
import type { IndexMode } from '../../primitives/windows.js'
import { axisOf, broadcastShape2, optionsOf, refuseDType, spread, toValue } from '../arrays.js'
import { dualWithOptions } from '../dual.js'
import type { Arg, DTypeOf } from '../../types/dtype.js'
import type { WithOptions } from '../../types/functions.js'

/** Places: an integer array, a whole number, or a list of them. */
export type Places = Value | number | readonly number[]

/** A place known before the function runs must be one. */
export const requirePlace = (op: string, index: number, size: number, axis: number): number =>
  Number.isInteger(index) && index >= -size && index < size ? (index < 0 ? index + size : index)
    : Number.isInteger(index) ? raise({ _tag: 'IndexOutOfRange', op, index, size, axis, hint: size === 0 ? 'the axis is empty' : `indices are from ${-size} to ${size - 1}` })
    : badArgument(op, 'an index', index, 'a whole number', 'np.floor and np.astype(x, \'i32\') make integers')
/** Places as an i32 array. */
export const asPlaces = (op: string, places: Places, size: number, axis: number, check: boolean): Value => {
  if (isValue(places)) return isInt(places.aval.dtype) ? convert(places, 'i32') : refuseDType(op, [places], 'indices that are integers', 'np.astype(indices, \'i32\')')
  const list = typeof places === 'number' ? [places] : places
  if (!Array.isArray(list)) return badArgument(op, 'the indices', places, 'an integer array, a number or a list of numbers', 'np.array([0, 2], { dtype: \'i32\' })')
  const data = Int32Array.from(list as readonly number[], i => (check ? requirePlace(op, i, size, axis) : i))
  return new NDArray(aval('i32', typeof places === 'number' ? [] : [data.length]), data)
}
/** Negative places count from the end. */
export const fromTheEnd = (places: Value, size: number): Value =>
  select(lt(places, zeros(places.aval)), add(places, constantLike(places, size)), places)

/** x at places along an axis, which the axes of the places replace. */
export const takeAlong = (_op: string, x: Value, places: Value, axis: number, mode: IndexMode): Value => {
  const { shape } = x.aval
  const p = places.aval.shape
  if (sizeOf(p) === 0) return zeros(aval(x.aval.dtype, [...shape.slice(0, axis), ...p, ...shape.slice(axis + 1)]))
  return gather(x, reshape(places, [...p, 1]), {
    offsetDims: range(shape.length).filter(i => i !== axis).map(i => (i < axis ? i : i - 1 + p.length)),
    collapsedSliceDims: [axis], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [axis],
    sliceSizes: shape.map((n, i) => (i === axis ? 1 : n)), mode,
  })
}

export interface TakeOptions {
  /** Absent or null: places in the flattened array. */
  readonly axis?: number | null
  /** Outside: NaN ('fill', where negative places count from the end), the nearest ('clip'), or modulo the size ('wrap'). */
  readonly mode?: 'fill' | 'clip' | 'wrap'
}
/**
 * Elements at the given places, along an axis or of the flattened array. A JavaScript number out of range is an
 * IndexOutOfRange; of integer arrays, places outside give NaN (the lowest i32, the highest u32). (jax.numpy.take)
 * @example np.take(np.array([10, 20, 30]), np.array([2, 0], { dtype: 'i32' }))   // [30, 10]
 */
export const take: WithOptions<Places, TakeOptions> = dualWithOptions((x: Arg, places: Places, options?: TakeOptions) => {
  const { axis, mode = 'fill' } = optionsOf('take', options, ['axis', 'mode'])
  const v = toValue('take', x)
  const line = axis === undefined || axis === null ? reshape(v, [v.size]) : v
  const a = axis === undefined || axis === null ? 0 : axisOf('take', axis, v.aval.shape)
  const n = line.aval.shape[a]!
  const at = asPlaces('take', places, n, a, mode === 'fill')
  if (n === 0 && at.size > 0) raise({ _tag: 'ShapeMismatch', op: 'take', got: [v.aval, at.aval], want: `at least one element on axis ${a}`, hint: 'there is nothing to take from an empty axis' })
  switch (mode) {
    case 'fill': return takeAlong('take', line, fromTheEnd(at, n), a, 'fill')
    case 'clip': return takeAlong('take', line, at, a, 'clip')
    case 'wrap': return takeAlong('take', line, fromTheEnd(rem(at, constantLike(at, n)), n), a, 'promise')
    default: return badArgument('take', 'mode', mode, "'fill', 'clip' or 'wrap'", 'fill is the default')
  }
})

/** Array and places with equal axes, save the one that is walked: others of size 1 are repeated. */
const alongside = (op: string, x: Value, places: Value, axis: number): readonly [Value, Value] => {
  const { shape } = x.aval
  if (places.aval.shape.length !== shape.length) {
    raise({ _tag: 'ShapeMismatch', op, got: [x.aval, places.aval], want: 'indices of the rank of the array', hint: 'np.take takes indices of any shape' })
  }
  const flat = (s: Shape): Shape => s.map((n, i) => (i === axis ? 1 : n))
  const common = broadcastShape2(op, { ...x.aval, shape: flat(shape) }, { ...places.aval, shape: flat(places.aval.shape) })
  const to = (v: Value): Value => spread(v, common.map((n, i) => (i === axis ? v.aval.shape[axis]! : n)))
  return [to(x), to(places)]
}
/**
 * out[.., i, ..] = x[.., indices[.., i, ..], ..]: the other axes are walked together and broadcast. The axis is the last
 * unless given. What argsort answers sorts by it. Places outside give NaN. (jax.numpy.take_along_axis)
 * @example np.takeAlongAxis(np.array([[1, 2], [3, 4]]), np.array([[1], [0]], { dtype: 'i32' }), 1)   // [[2], [3]]
 */
export const takeAlongAxis = <X extends Arg>(x: X, indices: Value, axis: number | null = -1): Value<DTypeOf<X>> => {
  const v = toValue('takeAlongAxis', x)
  const line = axis === null ? reshape(v, [v.size]) : v
  const a = axisOf('takeAlongAxis', axis ?? 0, line.aval.shape)
  const [whole, places] = alongside('takeAlongAxis', line, asPlaces('takeAlongAxis', indices, 0, a, false), a)
  return alongAxis(whole, fromTheEnd(places, line.aval.shape[a]!), a)
}
/**
 * x with out[.., indices[.., i, ..], ..] = values[.., i, ..]; places outside are dropped. (jax.numpy.put_along_axis)
 * @example np.putAlongAxis(np.array([[1, 2], [3, 4]]), np.array([[1], [0]], { dtype: 'i32' }), 9, 1)   // [[1, 9], [9, 4]]
 */
export const putAlongAxis = <X extends Arg>(x: X, indices: Value, values: Arg, axis = -1): Value<DTypeOf<X>> => {
  const v = toValue('putAlongAxis', x)
  const a = axisOf('putAlongAxis', axis, v.aval.shape)
  const [whole, places] = alongside('putAlongAxis', v, asPlaces('putAlongAxis', indices, 0, a, false), a)
  const updates = spread(convert(toValue('putAlongAxis', values), v.aval.dtype), places.aval.shape)
  return scatterAt(whole, fromTheEnd(places, v.aval.shape[a]!), a, updates, 'set')
}
const scatterAt = (x: Value, places: Value, axis: number, updates: Value, kind: ScatterKind): Value => {
  const rank = x.aval.shape.length
  const vectors = range(rank).map(i => reshape(i === axis ? places : iota('i32', places.aval.shape, i), [...places.aval.shape, 1]))
  return scatter(x, concatenate(vectors, rank), updates, {
    offsetDims: [], collapsedSliceDims: range(rank), operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: range(rank),
    kind, mode: 'fill', uniqueIndices: false,
  })
}

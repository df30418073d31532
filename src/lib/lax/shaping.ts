/** The structural functions of `lax`: shapes, types and pieces of arrays, with every axis named. */
import { aval, range, type Shape, showShape, withoutAxes } from '../../core/aval.js'
import type { DType } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import { isValue, type Value } from '../../core/value.js'
import * as arithmetic from '../../primitives/arithmetic.js'
import { broadcast as broadcastOf, full as fullOf } from '../../primitives/base.js'
import { bitcast, lt, stopGradientOf } from '../../primitives/logic.js'
import * as structural from '../../primitives/structural.js'
import { isLeaf, asValue, type Arrays, type Leaf } from '../../transforms/arguments.js'
import { mapTree } from '../../tree/index.js'
import { axesOf, axisOf, refuseDType, requireDType, shapeOf, toValue } from '../arrays.js'
import type { DTypeOf } from '../../types/dtype.js'
import { numberAs, type Operand, operand, operands } from './operands.js'

const like = <X>(x: Value): Value<DTypeOf<X>> => x as Value<DTypeOf<X>>
const along = <A>(shape: Shape, axis: number, there: A, elsewhere: (n: number, i: number) => A): readonly A[] => shape.map((n, i) => (i === axis ? there : elsewhere(n, i)))

// ---- types -----------------------------------------------------------------------------------------------------------

/**
 * The nearest values of another dtype; floats become integers by truncation, saturated. (jax.lax.convert_element_type)
 * @example lax.convertElementType(np.array([1.7, -1.7]), 'i32')   // [1, -1]
 */
export const convertElementType = <D extends DType>(x: Operand, dtype: D): Value<D> =>
  arithmetic.convert(operand('lax.convertElementType', x), requireDType('lax.convertElementType', dtype)) as Value<D>
/**
 * The same 32 bits read as f32, i32 or u32. (jax.lax.bitcast_convert_type)
 * @example lax.bitcastConvertType(np.array([1]), 'i32')   // [1065353216]
 */
export const bitcastConvertType = <D extends DType>(x: Operand, dtype: D): Value<D> =>
  bitcast(operand('lax.bitcastConvertType', x), requireDType('lax.bitcastConvertType', dtype)) as Value<D>
/**
 * The tree itself, through which no derivative passes. (jax.lax.stop_gradient)
 * @example grad((x: Value) => np.multiply(lax.stopGradient(x), x))(np.array(3))   // 3
 */
export const stopGradient = <T>(x: T): Arrays<T> =>
  mapTree((leaf: Leaf) => stopGradientOf(asValue(leaf)), isLeaf, x, [], { op: 'lax.stopGradient' }) as Arrays<T>

// ---- making ----------------------------------------------------------------------------------------------------------

/**
 * One number everywhere. (jax.lax.full)
 * @example lax.full([2], 7, { dtype: 'i32' })   // [7, 7]
 */
export const full = <D extends DType = 'f32'>(shape: Shape, value: number | boolean, { dtype = 'f32' as D }: { readonly dtype?: D } = {}): Value<D> =>
  numberAs('lax.full', value, aval(requireDType('lax.full', dtype), shapeOf('lax.full', shape))) as Value<D>
/**
 * One number in every place of an array. (jax.lax.full_like)
 * @example lax.fullLike(np.array([1, 2]), 5)   // [5, 5]
 */
export const fullLike = <X extends Operand>(x: X, value: number | boolean): Value<DTypeOf<X>> => like(numberAs('lax.fullLike', value, operand('lax.fullLike', x).aval))
/**
 * 0, 1, ..., size - 1. (jax.lax.iota)
 * @example lax.iota('i32', 3)   // [0, 1, 2]
 */
export const iota = <D extends DType>(dtype: D, size: number): Value<D> => broadcastedIota(dtype, [size], 0)
/**
 * Each element is its place along an axis. (jax.lax.broadcasted_iota)
 * @example lax.broadcastedIota('i32', [2, 2], 1)   // [[0, 1], [0, 1]]
 */
export const broadcastedIota = <D extends DType>(dtype: D, shape: Shape, dimension: number): Value<D> => {
  const op = 'lax.broadcastedIota', sizes = shapeOf(op, shape)
  return structural.iota(requireDType(op, dtype), sizes, axisOf(op, dimension, sizes)) as Value<D>
}

// ---- shapes ----------------------------------------------------------------------------------------------------------

/**
 * New axes in front. (jax.lax.broadcast)
 * @example lax.broadcast(np.array([1, 2]), [2])   // [[1, 2], [1, 2]]
 */
export const broadcast = <X extends Operand>(x: X, sizes: Shape): Value<DTypeOf<X>> => {
  const v = operand('lax.broadcast', x), front = shapeOf('lax.broadcast', sizes)
  return like(broadcastOf(v, [...front, ...v.shape], range(v.ndim).map(i => i + front.length)))
}
/**
 * Axis i of x becomes axis dims[i] of the shape; axes of size 1 are repeated, the others are new. (jax.lax.broadcast_in_dim)
 * @example lax.broadcastInDim(np.array([1, 2]), [2, 2], [0])   // [[1, 1], [2, 2]]
 */
export const broadcastInDim = <X extends Operand>(x: X, shape: Shape, dims: readonly number[]): Value<DTypeOf<X>> => {
  const op = 'lax.broadcastInDim', v = operand(op, x), sizes = shapeOf(op, shape)
  const places = dims.length === v.ndim && dims.every((d, i) => Number.isInteger(d) && d >= 0 && d < sizes.length && (i === 0 || d > dims[i - 1]!))
  if (!places || !v.shape.every((n, i) => n === 1 || n === sizes[dims[i]!])) {
    return raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: `an array whose axes are axes ${showShape(dims)} of ${showShape(sizes)}, ascending, or have size 1`, hint: 'np.broadcastTo matches axes from the last' })
  }
  const kept = range(v.ndim).filter(i => v.shape[i] === sizes[dims[i]!])
  return like(broadcastOf(structural.reshape(v, kept.map(i => v.shape[i]!)), sizes, kept.map(i => dims[i]!)))
}
/**
 * The same elements in another shape, row by row. (jax.lax.reshape)
 * @example lax.reshape(np.array([1, 2, 3, 4]), [2, 2])   // [[1, 2], [3, 4]]
 */
export const reshape = <X extends Operand>(x: X, shape: Shape): Value<DTypeOf<X>> => like(structural.reshape(operand('lax.reshape', x), shapeOf('lax.reshape', shape)))
/**
 * Axis i of the result is axis perm[i]. (jax.lax.transpose)
 * @example lax.transpose(np.array([[1, 2], [3, 4]]), [1, 0])   // [[1, 3], [2, 4]]
 */
export const transpose = <X extends Operand>(x: X, perm: readonly number[]): Value<DTypeOf<X>> => like(structural.transpose(operand('lax.transpose', x), perm))
/**
 * New axes of size 1, at these places of the result. (jax.lax.expand_dims)
 * @example lax.expandDims(np.array([1, 2]), [0]).shape   // [1, 2]
 */
export const expandDims = <X extends Operand>(x: X, dims: readonly number[]): Value<DTypeOf<X>> => {
  const op = 'lax.expandDims', v = operand(op, x), rank = v.ndim + dims.length
  const places = axesOf(op, dims, v.shape, rank)
  let next = 0
  return like(structural.reshape(v, range(rank).map(i => (places.includes(i) ? 1 : v.shape[next++]!))))
}
/**
 * Without these axes, which have size 1. (jax.lax.squeeze)
 * @example lax.squeeze(np.array([[1, 2]]), [0])   // [1, 2]
 */
export const squeeze = <X extends Operand>(x: X, dims: readonly number[]): Value<DTypeOf<X>> => {
  const op = 'lax.squeeze', v = operand(op, x), places = axesOf(op, dims, v.shape)
  return places.every(i => v.shape[i] === 1) ? like(structural.reshape(v, withoutAxes(v.shape, places)))
    : raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: `axes ${showShape(places)} of size 1`, hint: 'only axes of size 1 can be left out' })
}
/**
 * Backwards along these axes. (jax.lax.rev)
 * @example lax.rev(np.array([1, 2, 3]), [0])   // [3, 2, 1]
 */
export const rev = <X extends Operand>(x: X, dims: readonly number[]): Value<DTypeOf<X>> => {
  const v = operand('lax.rev', x)
  return like(structural.reverse(v, [...axesOf('lax.rev', dims, v.shape)].sort((a, b) => a - b)))
}
/**
 * One after another along an axis. (jax.lax.concatenate)
 * @example lax.concatenate([np.array([1]), np.array([2, 3])], 0)   // [1, 2, 3]
 */
export const concatenate = <D extends DType>(xs: readonly Value<D>[], dimension: number): Value<D> => {
  const op = 'lax.concatenate'
  if (!Array.isArray(xs)) return badArgument(op, 'the operands', xs, 'a list of arrays', 'write lax.concatenate([x, y], 0)')
  return structural.concatenate(xs.map((x, i) => toValue(op, x, `operand ${i}`)), xs.length === 0 ? dimension : axisOf(op, dimension, xs[0]!.shape)) as Value<D>
}
/**
 * `value` around and between elements: for each axis how many before, after and between neighbours; a negative number before or
 * after cuts. (jax.lax.pad)
 * @example lax.pad(np.array([1, 2]), 0, [[1, 0, 1]])   // [0, 1, 0, 2]
 */
export const pad = <X extends Operand>(x: X, value: Operand, config: readonly (readonly number[])[]): Value<DTypeOf<X>> => {
  const v = operand('lax.pad', x)
  return like(structural.pad(v, isValue(value) ? value : numberAs('lax.pad', value as number, aval(v.dtype, [])), config))
}

// ---- pieces ----------------------------------------------------------------------------------------------------------

/**
 * From `start` to `limit` on every axis, by steps. (jax.lax.slice)
 * @example lax.slice(np.array([0, 1, 2, 3, 4]), [1], [5], [2])   // [1, 3]
 */
export const slice = <X extends Operand>(x: X, start: readonly number[], limit: readonly number[], strides?: readonly number[]): Value<DTypeOf<X>> => {
  const v = operand('lax.slice', x)
  return like(structural.slice(v, start, limit, strides ?? start.map(() => 1)))
}
/**
 * From `start` to `limit` on one axis, all of the others; negative numbers count from the end, null is the end. (jax.lax.slice_in_dim)
 * @example lax.sliceInDim(np.array([0, 1, 2, 3]), 1, -1)   // [1, 2]
 */
export const sliceInDim = <X extends Operand>(x: X, start: number | null, limit: number | null, { stride = 1, axis = 0 }: { readonly stride?: number; readonly axis?: number } = {}): Value<DTypeOf<X>> => {
  const op = 'lax.sliceInDim', v = operand(op, x), a = axisOf(op, axis, v.shape), n = v.shape[a]!
  const place = (i: number): number => (i < 0 ? i + n : i)
  return like(structural.slice(v, along(v.shape, a, place(start ?? 0), () => 0), along(v.shape, a, place(limit ?? n), m => m), along(v.shape, a, stride, () => 1)))
}
/**
 * Pieces of these sizes, one after another along an axis. (jax.lax.split)
 * @example lax.split(np.array([1, 2, 3]), [1, 2])[1]   // [2, 3]
 */
export const split = <X extends Operand>(x: X, sizes: readonly number[], axis = 0): Value<DTypeOf<X>>[] => {
  const op = 'lax.split', v = operand(op, x), a = axisOf(op, axis, v.shape)
  const parts = shapeOf(op, sizes)
  if (parts.reduce((s, n) => s + n, 0) !== v.shape[a]) return badArgument(op, 'sizes', sizes, `sizes whose sum is ${v.shape[a]}`, 'the pieces are all of the axis')
  let at = 0
  return parts.map(n => { const start = at; at += n; return like(structural.sliceInAxis(v, start, at, a)) })
}

// ---- choice ----------------------------------------------------------------------------------------------------------

const predicate = (op: string, p: Operand, shape: Shape): Value => {
  const v = toValue(op, p, 'the predicate')
  if (v.dtype !== 'bool') return refuseDType(op, [v], 'a bool predicate', 'compare first: np.greater(x, 0)')
  return v.ndim === 0 ? broadcastOf(v, shape, []) : v
}
/**
 * x where p, else y; p is a scalar or has the shape of x and y. (jax.lax.select)
 * @example lax.select(np.array([true, false]), np.array([1, 2]), np.array([3, 4]))   // [1, 4]
 */
export const select = <X extends Operand>(p: Operand, x: X, y: Operand): Value<DTypeOf<X>> => {
  const [a, b] = operands('lax.select', [x, y]) as [Value, Value]
  return like(arithmetic.select(predicate('lax.select', p, a.shape), a, b))
}
/**
 * Element by element the case that `which` names: false and true, or 0, 1, ...; a number outside is moved inside. (jax.lax.select_n)
 * @example lax.selectN(np.array([2, 0], { dtype: 'i32' }), np.array([1, 2]), np.array([3, 4]), np.array([5, 6]))   // [5, 2]
 */
export const selectN = (which: Operand, ...cases: readonly Value[]): Value => {
  const op = 'lax.selectN', w = toValue(op, which, 'which'), last = cases.length - 1
  const xs = operands(op, cases)
  const first = xs[0] ?? badArgument(op, 'the cases', '[]', 'at least one array', 'there is nothing to choose from')
  if (w.dtype !== 'bool' && w.dtype !== 'i32' && w.dtype !== 'u32') return refuseDType(op, [w], 'a bool or integer to choose by')
  if (w.dtype === 'bool' && xs.length !== 2) return badArgument(op, 'the cases', `${xs.length} arrays`, 'two arrays', 'a bool chooses between two')
  if (w.dtype === 'bool') return select(w, xs[1]!, first)
  const place = w.ndim === 0 ? broadcastOf(w, first.shape, []) : w
  // from the last case down: what is above every other name takes the last, what is below the first
  const below = (n: number): Value => lt(place, fullOf(n, place.aval))
  return range(last).reduceRight<Value>((rest, i) => arithmetic.select(below(i + 1), xs[i]!, rest), xs[last]!)
}
/**
 * min(max(x, lo), hi); lo and hi are scalars or have the shape of x. Operands in this order: lo, x, hi. (jax.lax.clamp)
 * @example lax.clamp(0, np.array([-1, 0.5, 2]), 1)   // [0, 0.5, 1]
 */
export const clamp = <X extends Operand>(lo: Operand, x: X, hi: Operand): Value<DTypeOf<X>> => {
  const v = operand('lax.clamp', x)
  const bound = (b: Operand): Value => { const w = isValue(b) ? b as Value : numberAs('lax.clamp', b as number, aval(v.dtype, [])); return w.ndim === 0 ? broadcastOf(w, v.shape, []) : w }
  return like(arithmetic.clamp(bound(lo), v, bound(hi)))
}

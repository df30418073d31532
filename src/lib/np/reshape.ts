/** The same elements under another shape or order of axes. */
import { aval, range, type Shape, showShape, sizeOf } from '../../core/aval.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { reshape as reshapeTo, reverse, transpose as permuted } from '../../primitives/structural.js'
import { axesOf, axisOf, broadcastShapeAll, optionsOf, shapeOf, spread, toValue, wholeNumber } from '../arrays.js'
import { dual, dual3, dualWithOptions } from '../dual.js'
import type { Arg, DTypeOf } from '../../types/dtype.js'
import type { With, WithOptions } from '../../types/functions.js'

/** A shape in which one size may be -1: what is left of the elements. */
const solved = (op: string, x: Value, shape: number | Shape): Shape => {
  const given = typeof shape === 'number' ? [shape] : shape
  if (!Array.isArray(given)) return shapeOf(op, given)
  const unknown = given.indexOf(-1)
  const sizes = shapeOf(op, unknown < 0 ? given : given.map((n, i) => (i === unknown ? 1 : n)))
  const rest = sizeOf(sizes)
  const size = x.size
  const refuse = (why: string): never => raise({
    _tag: 'ShapeMismatch', op, got: [x.aval], want: `an array of ${rest} elements for shape ${showShape(given)}`, hint: why,
  })
  if (unknown < 0) return rest === size ? sizes : refuse(`${showShape(x.aval.shape)} has ${size} elements, ${showShape(given)} has ${rest}`)
  if (rest === 0 || size % rest !== 0) return refuse(`${showShape(x.aval.shape)} cannot be divided into ${showShape(given)}`)
  return sizes.map((n, i) => (i === unknown ? size / rest : n))
}
const backwards = (rank: number): readonly number[] => range(rank).map(i => rank - 1 - i)

export interface OrderOptions { readonly order?: 'C' | 'F' }
/**
 * The same elements, row by row, under another shape; one size may be -1. `{ order: 'F' }` goes column by column.
 * Faults: ShapeMismatch where the numbers of elements differ. (jax.numpy.reshape)
 * @example np.reshape(np.array([1, 2, 3, 4]), [2, -1])   // [[1, 2], [3, 4]]
 */
export const reshape: WithOptions<number | Shape, OrderOptions> = dualWithOptions((x: Arg, shape: number | Shape, options?: OrderOptions) => {
  const v = toValue('reshape', x)
  const sizes = solved('reshape', v, shape)
  if (optionsOf('reshape', options, ['order']).order !== 'F') return reshapeTo(v, sizes)
  const turned = permuted(v, backwards(v.aval.shape.length))
  return permuted(reshapeTo(turned, sizes.slice().reverse()), backwards(sizes.length))
})
const flat = (op: string, x: Arg): Value => { const v = toValue(op, x); return reshapeTo(v, [v.size]) }
/**
 * All elements in one axis, row by row. (jax.numpy.ravel)
 * @example np.ravel(np.array([[1, 2], [3, 4]]))   // [1, 2, 3, 4]
 */
export const ravel = <X extends Arg>(x: X): Value<DTypeOf<X>> => flat('ravel', x)
/**
 * The same as ravel. (numpy.ndarray.flatten)
 * @example np.flatten(np.array([[1, 2], [3, 4]]))   // [1, 2, 3, 4]
 */
export const flatten = <X extends Arg>(x: X): Value<DTypeOf<X>> => flat('flatten', x)

// ---- order of axes ---------------------------------------------------------------------------------------------------

const transposed = (op: string, x: Arg, axes: readonly number[] | null | undefined): Value => {
  const v = toValue(op, x)
  const rank = v.aval.shape.length
  if (axes === undefined || axes === null) return permuted(v, backwards(rank))
  const perm = axesOf(op, axes, v.aval.shape)
  return perm.length === rank ? permuted(v, perm) : raise({
    _tag: 'ShapeMismatch', op, got: [v.aval], want: `an array of rank ${perm.length}`, hint: `${perm.length} axes given for rank ${rank}, shape ${showShape(v.aval.shape)}`,
  })
}
/**
 * The axes in another order: axis i of the result is axis axes[i] of x; all reversed without `axes`. Faults:
 * ShapeMismatch, AxisOutOfRange. (jax.numpy.transpose)
 * @example np.transpose(np.array([[1, 2], [3, 4]]))   // [[1, 3], [2, 4]]
 */
export const transpose = <X extends Arg>(x: X, axes?: readonly number[] | null): Value<DTypeOf<X>> => transposed('transpose', x, axes)
/**
 * The axes in another order. Data last, `np.permuteDims([1, 0])`. (jax.numpy.permute_dims)
 * @example np.permuteDims(np.array([[1, 2], [3, 4]]), [1, 0])   // [[1, 3], [2, 4]]
 */
export const permuteDims: With<readonly number[]> = dual((x: Arg, axes: readonly number[]) => transposed('permuteDims', x, axes))
const swapped = (op: string, v: Value, i: number, j: number): Value => {
  const { shape } = v.aval
  const a = axisOf(op, i, shape), b = axisOf(op, j, shape)
  return permuted(v, range(shape.length).map(k => (k === a ? b : k === b ? a : k)))
}
/**
 * The last two axes exchanged. (jax.numpy.matrix_transpose)
 * @example np.matrixTranspose(np.array([[1, 2], [3, 4]]))   // [[1, 3], [2, 4]]
 */
export const matrixTranspose = <X extends Arg>(x: X): Value<DTypeOf<X>> => swapped('matrixTranspose', toValue('matrixTranspose', x), -1, -2)
export interface SwapAxes {
  <X extends Arg>(x: X, axis1: number, axis2: number): Value<DTypeOf<X>>
  (axis1: number, axis2: number): <X extends Arg>(x: X) => Value<DTypeOf<X>>
}
/**
 * Two axes exchanged. (jax.numpy.swapaxes)
 * @example np.swapaxes(np.array([[1, 2], [3, 4]]), 0, 1)   // [[1, 3], [2, 4]]
 */
export const swapaxes: SwapAxes = dual3((x: Arg, i: number, j: number) => swapped('swapaxes', toValue('swapaxes', x), i, j))
export interface MoveAxes {
  <X extends Arg>(x: X, source: number | readonly number[], destination: number | readonly number[]): Value<DTypeOf<X>>
  (source: number | readonly number[], destination: number | readonly number[]): <X extends Arg>(x: X) => Value<DTypeOf<X>>
}
const moved = (op: string, v: Value, source: number | readonly number[], destination: number | readonly number[]): Value => {
  const { shape } = v.aval
  const from = axesOf(op, source, shape), to = axesOf(op, destination, shape)
  if (from.length !== to.length) badArgument(op, 'destination', destination, `${from.length} axes, as many as source`, 'they are paired in order')
  const perm = new Array<number>(shape.length).fill(-1)
  to.forEach((t, i) => { perm[t] = from[i]! })
  const others = range(shape.length).filter(a => !from.includes(a))
  let next = 0
  return permuted(v, perm.map(p => (p < 0 ? others[next++]! : p)))
}
/**
 * Axes moved to other places, the others in their order. (jax.numpy.moveaxis)
 * @example np.shape(np.moveaxis(np.zeros([2, 3, 4]), 0, -1))   // [3, 4, 2]
 */
export const moveaxis: MoveAxes = dual3((x: Arg, source: number | readonly number[], destination: number | readonly number[]) => moved('moveaxis', toValue('moveaxis', x), source, destination))
/**
 * One axis moved back until it stands before `start` (0). (jax.numpy.rollaxis)
 * @example np.shape(np.rollaxis(np.zeros([2, 3, 4]), 2))   // [4, 2, 3]
 */
export const rollaxis = <X extends Arg>(x: X, axis: number, start = 0): Value<DTypeOf<X>> => {
  const v = toValue('rollaxis', x)
  const { shape } = v.aval
  const a = axisOf('rollaxis', axis, shape), s = axisOf('rollaxis', start, shape, shape.length + 1)
  return moved('rollaxis', v, a, s > a ? s - 1 : s)
}

// ---- axes of size 1 --------------------------------------------------------------------------------------------------

/**
 * New axes of size 1 at the given places of the result. (jax.numpy.expand_dims)
 * @example np.expandDims(np.array([1, 2]), 0)   // [[1, 2]]
 */
export const expandDims: With<number | readonly number[]> = dual((x: Arg, axis: number | readonly number[]) => {
  const v = toValue('expandDims', x)
  const { shape } = v.aval
  const rank = shape.length + (typeof axis === 'number' ? 1 : Array.isArray(axis) ? axis.length : 0)
  const axes = axesOf('expandDims', axis, shape, rank)
  let next = 0
  return reshapeTo(v, range(rank).map(i => (axes.includes(i) ? 1 : shape[next++]!)))
})
export interface SqueezeOptions { readonly axis?: number | readonly number[] | null }
/**
 * Without its axes of size 1, all of them or those named. A named axis of another size is a ShapeMismatch. (jax.numpy.squeeze)
 * @example np.squeeze(np.array([[[1], [2]]]))   // [1, 2]
 */
export const squeeze = <X extends Arg>(x: X, options?: SqueezeOptions | number | readonly number[]): Value<DTypeOf<X>> => {
  const v = toValue('squeeze', x)
  const { shape } = v.aval
  const axis = typeof options === 'number' || Array.isArray(options) ? options as number | readonly number[] : optionsOf('squeeze', options as SqueezeOptions | undefined, ['axis']).axis
  if (axis === undefined || axis === null) return reshapeTo(v, shape.filter(n => n !== 1))
  const axes = axesOf('squeeze', axis, shape)
  const other = axes.find(a => shape[a] !== 1)
  if (other !== undefined) {
    raise({ _tag: 'ShapeMismatch', op: 'squeeze', got: [v.aval], want: `size 1 at axis ${other}`, hint: `axis ${other} of ${showShape(shape)} has size ${shape[other]}, not 1` })
  }
  return reshapeTo(v, shape.filter((_, i) => !axes.includes(i)))
}
/**
 * Repeated along new axes in front and along axes of size 1. (jax.numpy.broadcast_to)
 * @example np.broadcastTo(np.array([1, 2]), [2, 2])   // [[1, 2], [1, 2]]
 */
export const broadcastTo: With<number | Shape> = dual((x: Arg, shape: number | Shape) => {
  const v = toValue('broadcastTo', x)
  const sizes = shapeOf('broadcastTo', shape)
  const lead = sizes.length - v.aval.shape.length
  return lead >= 0 && v.aval.shape.every((n, i) => n === 1 || n === sizes[lead + i]) ? spread(v, sizes) : raise({
    _tag: 'ShapeMismatch', op: 'broadcastTo', got: [v.aval], want: `a shape that broadcasts to ${showShape(sizes)}`, hint: 'sizes are compared from the last axis, and must be equal or 1',
  })
})
/**
 * Arrays repeated to one common shape, each in its own dtype. (jax.numpy.broadcast_arrays)
 * @example np.broadcastArrays(np.array([[1], [2]]), np.array([3, 4]))   // [[[1, 1], [2, 2]], [[3, 4], [3, 4]]]
 */
export const broadcastArrays = (...xs: readonly Arg[]): readonly Value[] => {
  const values = xs.map(x => toValue('broadcastArrays', x))
  const shape = broadcastShapeAll('broadcastArrays', values)
  return values.map(v => spread(v, shape))
}
/**
 * The shape that shapes broadcast to. Faults: ShapeMismatch. (jax.numpy.broadcast_shapes)
 * @example np.broadcastShapes([2, 1], [3])   // [2, 3]
 */
export const broadcastShapes = (...shapes: readonly (number | Shape)[]): Shape =>
  broadcastShapeAll('broadcastShapes', shapes.map(s => ({ aval: aval('f32', shapeOf('broadcastShapes', s)) }) as Value))
const atLeast = (op: string, x: Arg, target: (shape: Shape) => Shape): Value => { const v = toValue(op, x); return reshapeTo(v, target(v.aval.shape)) }
/**
 * A scalar becomes an array of one element. (jax.numpy.atleast_1d)
 * @example np.atleast1d(5)   // [5]
 */
export const atleast1d = <X extends Arg>(x: X): Value<DTypeOf<X>> => atLeast('atleast1d', x, s => (s.length === 0 ? [1] : s))
/**
 * A vector becomes a row. (jax.numpy.atleast_2d)
 * @example np.atleast2d(np.array([1, 2]))   // [[1, 2]]
 */
export const atleast2d = <X extends Arg>(x: X): Value<DTypeOf<X>> => atLeast('atleast2d', x, s => (s.length === 0 ? [1, 1] : s.length === 1 ? [1, s[0]!] : s))
/**
 * A vector of n becomes [1, n, 1], a matrix [m, n] becomes [m, n, 1]. (jax.numpy.atleast_3d)
 * @example np.atleast3d(np.array([1, 2]))   // [[[1], [2]]]
 */
export const atleast3d = <X extends Arg>(x: X): Value<DTypeOf<X>> =>
  atLeast('atleast3d', x, s => (s.length === 0 ? [1, 1, 1] : s.length === 1 ? [1, s[0]!, 1] : s.length === 2 ? [...s, 1] : s))

// ---- turned ----------------------------------------------------------------------------------------------------------

export interface FlipOptions { readonly axis?: number | readonly number[] | null }
const flipped = (op: string, v: Value, axis: number | readonly number[] | null | undefined): Value =>
  reverse(v, axis === undefined || axis === null ? range(v.aval.shape.length) : [...axesOf(op, axis, v.aval.shape)].sort((a, b) => a - b))
/**
 * In reverse order along all axes, or those named. (jax.numpy.flip)
 * @example np.flip(np.array([[1, 2], [3, 4]]), { axis: 1 })   // [[2, 1], [4, 3]]
 */
export const flip = <X extends Arg>(x: X, options?: FlipOptions | number | readonly number[]): Value<DTypeOf<X>> =>
  flipped('flip', toValue('flip', x), typeof options === 'number' || Array.isArray(options) ? options as number | readonly number[] : optionsOf('flip', options as FlipOptions | undefined, ['axis']).axis)
/**
 * Columns in reverse order. (jax.numpy.fliplr)
 * @example np.fliplr(np.array([[1, 2], [3, 4]]))   // [[2, 1], [4, 3]]
 */
export const fliplr = <X extends Arg>(x: X): Value<DTypeOf<X>> => flipped('fliplr', toValue('fliplr', x), 1)
/**
 * Rows in reverse order. (jax.numpy.flipud)
 * @example np.flipud(np.array([[1, 2], [3, 4]]))   // [[3, 4], [1, 2]]
 */
export const flipud = <X extends Arg>(x: X): Value<DTypeOf<X>> => flipped('flipud', toValue('flipud', x), 0)
/**
 * Turned by k quarter turns from the first of two axes to the second (0 and 1). (jax.numpy.rot90)
 * @example np.rot90(np.array([[1, 2], [3, 4]]))   // [[2, 4], [1, 3]]
 */
export const rot90 = <X extends Arg>(x: X, options?: { readonly k?: number; readonly axes?: readonly [number, number] }): Value<DTypeOf<X>> => {
  const { k = 1, axes = [0, 1] } = optionsOf('rot90', options, ['k', 'axes'])
  const v = toValue('rot90', x)
  const [a, b] = axesOf('rot90', axes, v.aval.shape)
  const turns = ((wholeNumber('rot90', 'k', k) % 4) + 4) % 4
  if (turns === 0) return v
  if (turns === 2) return flipped('rot90', v, [a!, b!])
  return turns === 1 ? flipped('rot90', swapped('rot90', v, a!, b!), a!) : swapped('rot90', flipped('rot90', v, a!), a!, b!)
}

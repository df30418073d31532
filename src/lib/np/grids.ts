/** Ranges, grids, triangles and diagonals: arrays that a few numbers describe. */
import { aval, range, type Shape, sizeOf } from '../../core/aval.js'
import { allocate, type DType, inexact, isFloat, isInt } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import { isValue, NDArray, type Value } from '../../core/value.js'
import { add, constantLike, convert, div, log, mul, pow, select, sub } from '../../primitives/arithmetic.js'
import { broadcast, full, scalar, sum, zeros } from '../../primitives/base.js'
import { exp } from '../../primitives/elementary.js'
import { eq, floor, ge } from '../../primitives/logic.js'
import { concatenate, iota, pad, reshape, sliceInAxis, slice, transpose } from '../../primitives/structural.js'
import { alignFloat2, axisOf, besideNumber, elementOf, inDType, optionsOf, requireDType, shapeOf, spread, toNumber, toValue, wholeNumber } from '../arrays.js'
import type { Arg, CountingOf, DTypeOf, PromotedInexact } from '../../types/dtype.js'
import type { DTypeOption } from '../../types/functions.js'

const hostArray = (op: string, d: DType, n: number, at: (i: number) => number): Value => {
  const data = allocate(d, n)
  for (let i = 0; i < n; i++) data[i] = elementOf(op, at(i), d)
  return new NDArray(aval(d, [n]), data)
}

// ---- ranges ----------------------------------------------------------------------------------------------------------

export interface Arange {
  (stop: number, options?: DTypeOption<never>): Value<'i32' | 'f32'>
  (start: number, stop: number, options?: DTypeOption<never>): Value<'i32' | 'f32'>
  (start: number, stop: number, step: number, options?: DTypeOption<never>): Value<'i32' | 'f32'>
  <D extends DType>(stop: number, options: DTypeOption<D>): Value<D>
  <D extends DType>(start: number, stop: number, options: DTypeOption<D>): Value<D>
  <D extends DType>(start: number, stop: number, step: number, options: DTypeOption<D>): Value<D>
}
/**
 * start, start + step, ... below stop (above it where the step is negative). Whole numbers give i32, a fraction among them
 * f32, unless `dtype` says otherwise. The numbers are known before the function runs. (jax.numpy.arange)
 * @example np.arange(2, 7, 2)   // [2, 4, 6]
 */
export const arange: Arange = (...given: readonly unknown[]): Value<any> => {
  const last = given[given.length - 1]
  const options = typeof last === 'object' && last !== null && !isValue(last) ? last as DTypeOption : undefined
  const numbers = options === undefined ? given : given.slice(0, -1)
  for (const n of numbers) if (typeof n !== 'number') badArgument('arange', 'an argument', n, 'a number', 'the length of the result must be known before the function runs')
  const [start, stop, step] = (numbers.length === 1 ? [0, numbers[0], 1] : [numbers[0], numbers[1], numbers[2] ?? 1]) as [number, number, number]
  if (numbers.length === 0 || step === 0 || !Number.isFinite(step) || !Number.isFinite(start) || !Number.isFinite(stop)) {
    badArgument('arange', 'the arguments', numbers, 'start, stop and a step that is not 0, all finite', 'np.arange(5), np.arange(2, 7), np.arange(1, 0, -0.25)')
  }
  const whole = Number.isInteger(start) && Number.isInteger(stop) && Number.isInteger(step)
  const d = options?.dtype === undefined ? (whole ? 'i32' : 'f32') : requireDType('arange', options.dtype)
  const n = Math.max(0, Math.ceil((stop - start) / step))
  if (!whole || d === 'bool') return hostArray('arange', d, n, i => start + i * step)
  if (d === 'i32' || d === 'u32') { besideNumber('arange', d, start); if (n > 0) besideNumber('arange', d, start + (n - 1) * step) }
  if (d === 'u32' && step < 0) return hostArray('arange', d, n, i => start + i * step)
  const counted = iota(d, [n], 0)
  const scaled = step === 1 ? counted : mul(counted, constantLike(counted, step))
  return start === 0 ? scaled : add(scaled, constantLike(scaled, start))
}
export interface LinspaceOptions<D extends DType = DType> extends DTypeOption<D> { readonly endpoint?: boolean; readonly axis?: number }
/** Evenly spaced shares of the way from 0 to 1. */
const shares = (d: DType, num: number, endpoint: boolean): Value => {
  const parts = endpoint ? num - 1 : num
  return hostArray('linspace', d, num, i => (parts === 0 ? 0 : i / parts))
}
const between = (op: string, start: Arg, stop: Arg, num: number, options: LinspaceOptions | undefined): Value => {
  const { dtype, endpoint = true, axis = 0 } = optionsOf(op, options, ['dtype', 'endpoint', 'axis'])
  if (!(Number.isInteger(num) && num >= 0)) badArgument(op, 'num', num, 'a whole number >= 0', 'the length of the result must be known before the function runs')
  const [a, b] = alignFloat2(op, start, stop)
  const d = dtype === undefined ? a.aval.dtype : requireDType(op, dtype)
  const real = inexact(d)
  const parts = endpoint ? num - 1 : num
  if (typeof start === 'number' && typeof stop === 'number') {
    const width = stop - start
    const at = (i: number): number => (endpoint && i === num - 1 && num > 1 ? stop : parts === 0 ? start : start + width * (i / parts))
    return hostArray(op, d, num, isInt(d) ? i => Math.floor(at(i)) : at)
  }
  const shape = [num, ...a.aval.shape]
  const along = broadcast(shares(real, num, endpoint), shape, [0])
  const ends = [a, b].map(v => spread(convert(v, real), shape)) as [Value, Value]
  const way = add(mul(ends[0], sub(constantLike(along, 1), along)), mul(ends[1], along))
  const at = axisOf(op, axis, shape)
  return convert(transpose(isInt(d) ? floor(way) : way, shape.map((_, i) => (i === at ? 0 : i < at ? i + 1 : i))), d)
}
/**
 * `num` (50) evenly spaced numbers from start to stop, the end included unless `endpoint` is false. Start and stop may be
 * arrays: then the new axis is the first, or `axis`. Integer dtypes round down. (jax.numpy.linspace)
 * @example np.linspace(0, 1, 5)   // [0, 0.25, 0.5, 0.75, 1]
 */
export const linspace = <X extends Arg, Y extends Arg, D extends DType = PromotedInexact<X, Y>>(start: X, stop: Y, num = 50, options?: LinspaceOptions<D>): Value<D> =>
  between('linspace', start, stop, num, options)
/**
 * Powers of `base` (10) at evenly spaced exponents. (jax.numpy.logspace)
 * @example np.logspace(0, 2, 3)   // [1, 10, 100]
 */
export const logspace = <X extends Arg, Y extends Arg, D extends DType = PromotedInexact<X, Y>>(
  start: X, stop: Y, num = 50, options?: LinspaceOptions<D> & { readonly base?: number }): Value<D> => {
  const { base = 10, ...spacing } = optionsOf('logspace', options, ['dtype', 'endpoint', 'axis', 'base'])
  const d = spacing.dtype === undefined ? undefined : requireDType('logspace', spacing.dtype)
  const exponents = between('logspace', start, stop, num, d !== undefined && !isFloat(d) ? { ...spacing, dtype: 'f32' } : spacing)
  return convert(pow(constantLike(exponents, base), exponents), d ?? exponents.aval.dtype)
}
/**
 * A geometric progression from start to stop, both of one sign. (jax.numpy.geomspace)
 * @example np.round(np.geomspace(1, 4, 3))   // [1, 2, 4]
 */
export const geomspace = <X extends Arg, Y extends Arg, D extends DType = PromotedInexact<X, Y>>(start: X, stop: Y, num = 50, options?: LinspaceOptions<D>): Value<D> => {
  const { dtype } = optionsOf('geomspace', options, ['dtype', 'endpoint', 'axis'])
  const d = dtype === undefined ? undefined : inexact(requireDType('geomspace', dtype))
  const [a, b] = alignFloat2('geomspace', ...([start, stop].map(v => (d === undefined ? v : inDType('geomspace', v, d))) as [Arg, Arg]))
  const way = between('geomspace', zeros(a.aval), log(div(b, a)), num, { ...options, dtype: a.aval.dtype })
  const at = axisOf('geomspace', options?.axis ?? 0, way.aval.shape)
  const from = broadcast(a, way.aval.shape, range(way.aval.shape.length).filter(i => i !== at))
  return convert(mul(from, exp(way)), dtype === undefined ? a.aval.dtype : requireDType('geomspace', dtype))
}

// ---- grids -----------------------------------------------------------------------------------------------------------

export interface MeshOptions { readonly indexing?: 'xy' | 'ij'; readonly sparse?: boolean }
/**
 * The coordinates of the points of a grid, one array for each vector; in 'xy' order (the default) the first two axes are
 * exchanged. Options last. (jax.numpy.meshgrid)
 * @example np.meshgrid(np.array([1, 2]), np.array([3, 4]))   // [[[1, 2], [1, 2]], [[3, 3], [4, 4]]]
 */
export const meshgrid = (...given: readonly (Arg | MeshOptions)[]): readonly Value[] => {
  const last = given[given.length - 1]
  const options: MeshOptions = typeof last === 'object' && !isValue(last) ? last as MeshOptions : {}
  const { indexing = 'xy', sparse = false } = options
  if (indexing !== 'xy' && indexing !== 'ij') badArgument('meshgrid', 'indexing', indexing, "'xy' or 'ij'", 'ij is the order of the axes')
  const xs = (last === options ? given.slice(0, -1) : given) as readonly Arg[]
  const values = xs.map(x => { const v = toValue('meshgrid', x); return reshape(v, [v.size]) })
  const place = (i: number): number => (indexing === 'xy' && values.length > 1 && i < 2 ? 1 - i : i)
  const shape = values.map((_, i) => values[place(i)]!.size)
  return values.map((v, i) => (sparse ? reshape(v, shape.map((_, k) => (k === place(i) ? v.size : 1))) : broadcast(v, shape, [place(i)])))
}
/**
 * For each axis of a grid, the position along it of every point: shape [rank, ...sizes], i32 unless given. (jax.numpy.indices)
 * @example np.indices([2, 2])   // [[[0, 0], [1, 1]], [[0, 1], [0, 1]]]
 */
export const indices = <D extends DType = 'i32'>(sizes: Shape, options?: DTypeOption<D>): Value<D> => {
  const shape = shapeOf('indices', sizes), d = requireDType('indices', optionsOf('indices', options, ['dtype']).dtype ?? 'i32')
  if (shape.length === 0) return full(0, aval(d, [0]))
  return concatenate(shape.map((_, a) => reshape(iota(d, shape, a), [1, ...shape])), 0)
}
/** Where row i and column j have i + k ≥ j, or i + k = j. */
const compared = (n: number, m: number, k: number, test: (i: Value, j: Value) => Value): Value => {
  const i = iota('i32', [n, m], 0), j = iota('i32', [n, m], 1)
  return test(k === 0 ? i : add(i, constantLike(i, k)), j)
}
export interface EyeOptions<D extends DType = DType> extends DTypeOption<D> { readonly k?: number }
const sized = (op: string, n: unknown): number => (Number.isInteger(n) && (n as number) >= 0 ? n as number : badArgument(op, 'a size', n, 'a whole number >= 0', 'rows first, then columns'))
const asDType = (op: string, mask: Value, dtype: DType | undefined): Value => convert(mask, dtype === undefined ? 'f32' : requireDType(op, dtype))
/**
 * Ones on a diagonal, zeros elsewhere; `k` counts diagonals above the main one. Rows, then columns. (jax.numpy.eye)
 * @example np.eye(2)   // [[1, 0], [0, 1]]
 */
export const eye = <D extends DType = 'f32'>(n: number, m?: number | EyeOptions<D> | null, options?: EyeOptions<D>): Value<D> => {
  const o = optionsOf('eye', typeof m === 'object' && m !== null ? m : options, ['k', 'dtype'])
  const columns = typeof m === 'number' ? m : n
  return asDType('eye', compared(sized('eye', n), sized('eye', columns), wholeNumber('eye', 'k', o.k ?? 0), eq), o.dtype)
}
/**
 * The identity matrix. (jax.numpy.identity)
 * @example np.identity(2)   // [[1, 0], [0, 1]]
 */
export const identity = <D extends DType = 'f32'>(n: number, options?: DTypeOption<D>): Value<D> => asDType('identity', compared(sized('identity', n), n, 0, eq), optionsOf('identity', options, ['dtype']).dtype)
/**
 * Ones on and below the k-th diagonal, zeros above. (jax.numpy.tri)
 * @example np.tri(2)   // [[1, 0], [1, 1]]
 */
export const tri = <D extends DType = 'f32'>(n: number, m?: number | EyeOptions<D> | null, options?: EyeOptions<D>): Value<D> => {
  const o = optionsOf('tri', typeof m === 'object' && m !== null ? m : options, ['k', 'dtype'])
  return asDType('tri', compared(sized('tri', n), sized('tri', typeof m === 'number' ? m : n), wholeNumber('tri', 'k', o.k ?? 0), ge), o.dtype)
}
const triangle = (op: string, x: Arg, k: number, lower: boolean): Value => {
  const v = toValue(op, x)
  const { shape } = v.aval
  if (shape.length < 2) raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: 'matrices', hint: 'at least two axes' })
  const [n, m] = shape.slice(-2) as [number, number]
  const mask = spread(compared(n, m, wholeNumber(op, 'k', lower ? k : k - 1), ge), shape)
  const none = zeros(v.aval)
  return lower ? select(mask, v, none) : select(mask, none, v)
}
/**
 * The last two axes with zeros above the k-th diagonal. (jax.numpy.tril)
 * @example np.tril(np.array([[1, 2], [3, 4]]))   // [[1, 0], [3, 4]]
 */
export const tril = <X extends Arg>(x: X, options?: { readonly k?: number }): Value<DTypeOf<X>> => triangle('tril', x, optionsOf('tril', options, ['k']).k ?? 0, true)
/**
 * The last two axes with zeros below the k-th diagonal. (jax.numpy.triu)
 * @example np.triu(np.array([[1, 2], [3, 4]]))   // [[1, 2], [0, 4]]
 */
export const triu = <X extends Arg>(x: X, options?: { readonly k?: number }): Value<DTypeOf<X>> => triangle('triu', x, optionsOf('triu', options, ['k']).k ?? 0, false)
const trianglePlaces = (op: string, n: number, m: number, inside: (i: number, j: number) => boolean): readonly [Value<'i32'>, Value<'i32'>] => {
  const places = range(sized(op, n)).flatMap(i => range(sized(op, m)).filter(j => inside(i, j)).map(j => [i, j] as const))
  return [hostArray(op, 'i32', places.length, p => places[p]![0]), hostArray(op, 'i32', places.length, p => places[p]![1])]
}
export interface TriangleOptions { readonly k?: number; readonly m?: number }
/**
 * The rows and the columns of the places on and below the k-th diagonal. (jax.numpy.tril_indices)
 * @example np.trilIndices(2)   // [[0, 1, 1], [0, 0, 1]]
 */
export const trilIndices = (n: number, options?: TriangleOptions): readonly [Value<'i32'>, Value<'i32'>] => {
  const { k = 0, m = n } = optionsOf('trilIndices', options, ['k', 'm'])
  return trianglePlaces('trilIndices', n, m, (i, j) => j <= i + k)
}
/**
 * The rows and the columns of the places on and above the k-th diagonal. (jax.numpy.triu_indices)
 * @example np.triuIndices(2)   // [[0, 0, 1], [0, 1, 1]]
 */
export const triuIndices = (n: number, options?: TriangleOptions): readonly [Value<'i32'>, Value<'i32'>] => {
  const { k = 0, m = n } = optionsOf('triuIndices', options, ['k', 'm'])
  return trianglePlaces('triuIndices', n, m, (i, j) => j >= i + k)
}

// ---- diagonals -------------------------------------------------------------------------------------------------------

/** n zeros between neighbours make n² + ... elements in a row, which are a square matrix. */
const onDiagonal = (v: Value, k: number): Value => {
  const n = v.size
  const zero = scalar(0, v.aval.dtype)
  const square = n === 0 ? zeros(aval(v.aval.dtype, [0, 0])) : reshape(pad(v, zero, [[0, 0, n]]), [n, n])
  return pad(square, zero, [[Math.max(-k, 0), Math.max(k, 0), 0], [Math.max(k, 0), Math.max(-k, 0), 0]])
}
const diagonalOf = (op: string, v: Value, k: number, axis1: number, axis2: number): Value => {
  const { shape } = v.aval
  const a = axisOf(op, axis1, shape), b = axisOf(op, axis2, shape)
  if (a === b) badArgument(op, 'the axes', [axis1, axis2], 'two different axes', 'a diagonal runs through two axes')
  const others = range(shape.length).filter(i => i !== a && i !== b)
  const m = shape[a]!, n = shape[b]!
  const length = Math.max(0, Math.min(m + Math.min(k, 0), n - Math.max(k, 0)))
  const batch = others.map(i => shape[i]!)
  const line = reshape(transpose(v, [...others, a, b]), [...batch, m * n])
  if (length === 0) return sliceInAxis(line, 0, 0, batch.length)
  const start = k >= 0 ? k : -k * n
  return slice(line, [...batch.map(() => 0), start], [...batch, start + (length - 1) * (n + 1) + 1], [...batch.map(() => 1), n + 1])
}
export interface DiagonalOptions { readonly offset?: number; readonly axis1?: number; readonly axis2?: number }
/**
 * The elements of a diagonal through two axes (0 and 1), as a new last axis. (jax.numpy.diagonal)
 * @example np.diagonal(np.array([[1, 2], [3, 4]]))   // [1, 4]
 */
export const diagonal = <X extends Arg>(x: X, options?: DiagonalOptions): Value<DTypeOf<X>> => {
  const { offset = 0, axis1 = 0, axis2 = 1 } = optionsOf('diagonal', options, ['offset', 'axis1', 'axis2'])
  return diagonalOf('diagonal', toValue('diagonal', x), wholeNumber('diagonal', 'offset', offset), axis1, axis2)
}
/**
 * A vector becomes the diagonal of a matrix, a matrix gives its diagonal. (jax.numpy.diag)
 * @example np.diag(np.array([1, 2]))   // [[1, 0], [0, 2]]
 */
export const diag = <X extends Arg>(x: X, options?: { readonly k?: number }): Value<DTypeOf<X>> => {
  const v = toValue('diag', x), k = wholeNumber('diag', 'k', optionsOf('diag', options, ['k']).k ?? 0)
  const rank = v.aval.shape.length
  return rank === 1 ? onDiagonal(v, k) : rank === 2 ? diagonalOf('diag', v, k, 0, 1)
    : raise({ _tag: 'ShapeMismatch', op: 'diag', got: [v.aval], want: 'a vector or a matrix', hint: 'np.diagonal takes stacks of matrices' })
}
/**
 * All elements on the diagonal of a matrix. (jax.numpy.diagflat)
 * @example np.diagflat(np.array([[1, 2]]))   // [[1, 0], [0, 2]]
 */
export const diagflat = <X extends Arg>(x: X, options?: { readonly k?: number }): Value<DTypeOf<X>> => {
  const v = toValue('diagflat', x)
  return onDiagonal(reshape(v, [sizeOf(v.aval.shape)]), wholeNumber('diagflat', 'k', optionsOf('diagflat', options, ['k']).k ?? 0))
}
/**
 * The sum along a diagonal through two axes (0 and 1); bools are counted. (jax.numpy.trace)
 * @example np.trace(np.array([[1, 2], [3, 4]]))   // 5
 */
export const trace = <X extends Arg>(x: X, options?: DiagonalOptions): Value<CountingOf<X>> => {
  const { offset = 0, axis1 = 0, axis2 = 1 } = optionsOf('trace', options, ['offset', 'axis1', 'axis2'])
  const d = diagonalOf('trace', toNumber('trace', x), wholeNumber('trace', 'offset', offset), axis1, axis2)
  return sum(d, [d.aval.shape.length - 1])
}
/**
 * Powers of x as columns, the highest first unless `increasing`; `n` columns (as many as x has elements). (jax.numpy.vander)
 * @example np.vander(np.array([2, 3]))   // [[2, 1], [3, 1]]
 */
export const vander = <X extends Arg>(x: X, options?: { readonly n?: number; readonly increasing?: boolean }): Value<CountingOf<X>> => {
  const v = toNumber('vander', x)
  const { n = v.size, increasing = false } = optionsOf('vander', options, ['n', 'increasing'])
  if (v.aval.shape.length !== 1) raise({ _tag: 'ShapeMismatch', op: 'vander', got: [v.aval], want: 'a vector', hint: 'np.ravel flattens' })
  const columns: Value[] = []
  for (let i = 0; i < n; i++) columns.push(i === 0 ? constantLike(v, 1) : mul(columns[i - 1]!, v))
  if (n === 0) return zeros(aval(v.aval.dtype, [v.size, 0]))
  return concatenate((increasing ? columns : columns.reverse()).map(c => reshape(c, [v.size, 1])), 1)
}

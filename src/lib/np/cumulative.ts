/** Running sums and products, differences, and what is made of neighbours. */
import { sizeOf } from '../../core/aval.js'
import { type DType, type FloatDType, isFloat, limits } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { abs, add, constantLike, convert, div, mul, select, sub } from '../../primitives/arithmetic.js'
import { broadcast, ones, sum, zeros } from '../../primitives/base.js'
import { convolution } from '../../primitives/convolve.js'
import { cumprod as cumprodOf, cumsum as cumsumOf } from '../../primitives/cumulative.js'
import { bitXor, gt, le, lt, ne } from '../../primitives/logic.js'
import { concatenate, reshape, reverse, sliceInAxis } from '../../primitives/structural.js'
import { align2, axisOf, axesOf, inDType, optionsOf, promote2, promoteAll, requireDType, toFloat, toNumber, toValue } from '../arrays.js'
import { truthOf } from './logic.js'
import { searchsorted } from './search.js'
import { takeAlong } from './take.js'
import type { Arg, CountingOf, DTypeOf, InexactOf, Promoted } from '../../types/dtype.js'

export interface RunningOptions<D extends DType = DType> {
  /** Absent or null: the array is flattened. */
  readonly axis?: number | null
  readonly dtype?: D | undefined
}
const running = (op: string, x: Arg, options: RunningOptions | undefined, product: boolean, holes: boolean): Value => {
  const { axis, dtype } = optionsOf(op, options, ['axis', 'dtype'])
  const own = toNumber(op, dtype === undefined ? x : convert(toValue(op, x), requireDType(op, dtype)))
  const v = holes && isFloat(own.aval.dtype) ? select(ne(own, own), constantLike(own, product ? 1 : 0), own) : own
  const line = axis === undefined || axis === null ? reshape(v, [v.size]) : v
  const a = axis === undefined || axis === null ? 0 : axisOf(op, axis, v.aval.shape)
  return (product ? cumprodOf : cumsumOf)(line, { axis: a, reverse: false })
}
type Running = <X extends Arg, D extends DType = CountingOf<X>>(x: X, options?: RunningOptions<D>) => Value<D>
/**
 * The sums up to each place of an axis, flattened without one. Keeps the dtype, bools are counted. (jax.numpy.cumsum)
 * @example np.cumsum(np.array([1, 2, 3]))   // [1, 3, 6]
 */
export const cumsum: Running = ((x: Arg, options?: RunningOptions) => running('cumsum', x, options, false, false)) as Running
/**
 * The products up to each place of an axis. Zeros are differentiated exactly. (jax.numpy.cumprod)
 * @example np.cumprod(np.array([1, 2, 3]))   // [1, 2, 6]
 */
export const cumprod: Running = ((x: Arg, options?: RunningOptions) => running('cumprod', x, options, true, false)) as Running
/**
 * As cumsum, with NaN counted as 0. (jax.numpy.nancumsum)
 * @example np.nancumsum(np.array([1, NaN, 3]))   // [1, 1, 4]
 */
export const nancumsum: Running = ((x: Arg, options?: RunningOptions) => running('nancumsum', x, options, false, true)) as Running
/**
 * As cumprod, with NaN counted as 1. (jax.numpy.nancumprod)
 * @example np.nancumprod(np.array([2, NaN, 3]))   // [2, 2, 6]
 */
export const nancumprod: Running = ((x: Arg, options?: RunningOptions) => running('nancumprod', x, options, true, true)) as Running

// ---- differences -----------------------------------------------------------------------------------------------------

const gaps = (v: Value, a: number): Value => {
  const n = v.aval.shape[a]!
  const later = sliceInAxis(v, Math.min(1, n), n, a), earlier = sliceInAxis(v, 0, Math.max(n - 1, 0), a)
  return v.aval.dtype === 'bool' ? bitXor(later, earlier) : sub(later, earlier)
}
export interface DiffOptions { readonly n?: number; readonly axis?: number; readonly prepend?: Arg; readonly append?: Arg }
/**
 * Differences of neighbours along an axis (the last), taken n times. (jax.numpy.diff)
 * @example np.diff(np.array([1, 4, 9]))   // [3, 5]
 */
export const diff = <X extends Arg>(x: X, options?: DiffOptions): Value<DTypeOf<X>> => {
  const { n = 1, axis = -1, prepend, append } = optionsOf('diff', options, ['n', 'axis', 'prepend', 'append'])
  const own = toValue('diff', x)
  const a = axisOf('diff', axis, own.aval.shape)
  if (!(Number.isInteger(n) && n >= 0)) badArgument('diff', 'n', n, 'a whole number >= 0', 'how often differences are taken')
  const one = own.aval.shape.map((m, i) => (i === a ? 1 : m))
  const ends = [prepend, append].map(e => {
    if (e === undefined) return null
    const v = toValue('diff', e)
    return v.aval.shape.length === 0 ? broadcast(v, one, []) : v
  })
  const parts = [ends[0], own, ends[1]].filter((v): v is Value => v !== null && v !== undefined)
  let v = parts.length === 1 ? own : concatenate(promoteAll('diff', parts), a)
  for (let i = 0; i < n; i++) v = gaps(v, a)
  return v
}
/**
 * Differences of neighbours in the flattened array, between optional ends. (jax.numpy.ediff1d)
 * @example np.ediff1d(np.array([1, 4, 9]))   // [3, 5]
 */
export const ediff1d = <X extends Arg>(x: X, options?: { readonly toBegin?: Arg; readonly toEnd?: Arg }): Value<DTypeOf<X>> => {
  const { toBegin, toEnd } = optionsOf('ediff1d', options, ['toBegin', 'toEnd'])
  const v = toNumber('ediff1d', x)
  const end = (e: Arg | undefined): readonly Value[] => {
    if (e === undefined) return []
    const w = inDType('ediff1d', e, v.aval.dtype)
    return [reshape(w, [w.size])]
  }
  return concatenate([...end(toBegin), gaps(reshape(v, [v.size]), 0), ...end(toEnd)], 0)
}
/**
 * Central differences along axes (all of them), one-sided at the ends, for points `spacing` (1) apart: one array for one
 * axis, a list for several. (jax.numpy.gradient)
 * @example np.gradient(np.array([1, 4, 9, 16]))   // [3, 4, 6, 7]
 */
export const gradient = (x: Arg, options?: { readonly spacing?: number; readonly axis?: number | readonly number[] }): Value | readonly Value[] => {
  const { spacing = 1, axis } = optionsOf('gradient', options, ['spacing', 'axis'])
  const v = toFloat('gradient', x)
  const along = (a: number): Value => {
    const n = v.aval.shape[a]!
    if (n < 2) raise({ _tag: 'ShapeMismatch', op: 'gradient', got: [v.aval], want: `at least two points on axis ${a}`, hint: 'one point has no slope' })
    const part = (from: number, to: number): Value => sliceInAxis(v, from, to, a)
    const slope = (high: Value, low: Value, width: number): Value => { const d = sub(high, low); return div(d, constantLike(d, width * spacing)) }
    return concatenate([slope(part(1, 2), part(0, 1), 1), slope(part(2, n), part(0, n - 2), 2), slope(part(n - 1, n), part(n - 2, n - 1), 1)], a)
  }
  const axes = axis === undefined ? v.aval.shape.map((_, i) => i) : axesOf('gradient', axis, v.aval.shape)
  return axes.length === 1 ? along(axes[0]!) : axes.map(along)
}
/**
 * The integral along an axis (the last) of the polygon through the points, at distance `dx` (1) or at the places `x`. (jax.numpy.trapezoid)
 * @example np.trapezoid(np.array([1, 4, 9]))   // 9
 */
export const trapezoid = <Y extends Arg>(y: Y, options?: { readonly x?: Arg; readonly dx?: number; readonly axis?: number }): Value<InexactOf<Y>> => {
  const { x, dx = 1, axis = -1 } = optionsOf('trapezoid', options, ['x', 'dx', 'axis'])
  const v = toFloat('trapezoid', y)
  const a = axisOf('trapezoid', axis, v.aval.shape)
  const n = v.aval.shape[a]!
  const pairs = add(sliceInAxis(v, Math.min(1, n), n, a), sliceInAxis(v, 0, Math.max(0, n - 1), a))
  if (x === undefined) return sum(mul(pairs, constantLike(pairs, dx / 2)), [a])
  const places = toFloat('trapezoid', x)
  const widths = places.aval.shape.length === 1
    ? reshape(gaps(places, 0), v.aval.shape.flatMap((_, i) => (i < a ? [] : [i === a ? Math.max(0, places.size - 1) : 1])))
    : gaps(places, axisOf('trapezoid', axis, places.aval.shape))
  const [p, w] = align2('trapezoid', pairs, widths)
  const areas = mul(p, w)
  return sum(mul(areas, constantLike(areas, 0.5)), [a])
}

// ---- functions of a line ---------------------------------------------------------------------------------------------

/**
 * The polygon through the points (xs, ys), xs rising, at x; beyond the ends `left` and `right`, or the last values. (jax.numpy.interp)
 * @example np.interp(np.array([-1, 0.5]), np.array([0, 1]), np.array([10, 20]))   // [10, 15]
 */
export const interp = <X extends Arg>(x: X, xs: Arg, ys: Arg, options?: { readonly left?: Arg; readonly right?: Arg }): Value<InexactOf<X>> => {
  const { left, right } = optionsOf('interp', options, ['left', 'right'])
  const [v, p, q] = promoteAll('interp', [x, xs, ys]).map(w => toFloat('interp', w)) as [Value, Value, Value]
  const n = p.size
  if (p.aval.shape.length !== 1 || q.aval.shape.length !== 1 || q.size !== n || n === 0) {
    raise({ _tag: 'ShapeMismatch', op: 'interp', got: [p.aval, q.aval], want: 'two vectors of one length, at least 1', hint: 'the points that the polygon goes through' })
  }
  const found = searchsorted(p, v, { side: 'right' })
  const top = constantLike(found, Math.max(n - 1, 0)), one = ones(found.aval)
  const upper = select(gt(found, top), top, select(lt(found, one), one, found))
  const lower = sub(upper, one)
  const at = (line: Value, places: Value): Value => takeAlong('interp', line, places, 0, 'clip')
  const [x0, y0] = [at(p, lower), at(q, lower)]
  const width = sub(at(p, upper), x0), rise = sub(at(q, upper), y0)
  const tiny = le(abs(width), constantLike(width, limits[width.aval.dtype as FloatDType].eps))
  const inside = add(y0, select(tiny, zeros(y0.aval), mul(div(sub(v, x0), select(tiny, ones(width.aval), width)), rise)))
  const end = (given: Arg | undefined, i: number): Value => broadcast(given === undefined ? reshape(sliceInAxis(q, i, i + 1, 0), []) : inDType('interp', given, q.aval.dtype), v.aval.shape, [])
  const edge = (i: number): Value => broadcast(reshape(sliceInAxis(p, i, i + 1, 0), []), v.aval.shape, [])
  return select(lt(v, edge(0)), end(left, 0), select(gt(v, edge(n - 1)), end(right, n - 1), inside))
}
export type Overlap = 'full' | 'same' | 'valid'
/**
 * Σ_j x_(k-j)·y_j of two vectors: all k ('full'), the middle as long as the longer ('same'), or where both overlap wholly
 * ('valid'). (jax.numpy.convolve)
 * @example np.convolve(np.array([1, 2]), np.array([1, 1]))   // [1, 3, 2]
 */
export const convolve = <X extends Arg, Y extends Arg>(x: X, y: Y, options?: { readonly mode?: Overlap }): Value<Promoted<X, Y>> => convolved('convolve', x, y, optionsOf('convolve', options, ['mode']).mode ?? 'full')
/**
 * Σ_j x_(k+j)·y_j of two vectors, where both overlap wholly unless `mode` says otherwise. (jax.numpy.correlate)
 * @example np.correlate(np.array([1, 2, 3]), np.array([1, 1]))   // [3, 5]
 */
export const correlate = <X extends Arg, Y extends Arg>(x: X, y: Y, options?: { readonly mode?: Overlap }): Value<Promoted<X, Y>> => convolved('correlate', x, y, optionsOf('correlate', options, ['mode']).mode ?? 'valid')
/** The shorter moves along the longer. */
const convolved = (op: 'convolve' | 'correlate', x: Arg, y: Arg, mode: Overlap): Value => {
  const [a, b] = promote2(op, x, y)
  if (a.aval.shape.length !== 1 || b.aval.shape.length !== 1 || a.size === 0 || b.size === 0) {
    raise({ _tag: 'ShapeMismatch', op, got: [a.aval, b.aval], want: 'two vectors with at least one element', hint: 'vmap takes several at once' })
  }
  if (!['full', 'same', 'valid'].includes(mode)) badArgument(op, 'mode', mode, "'full', 'same' or 'valid'", 'how much of the overlap to answer')
  const [long, short] = a.size < b.size ? [b, a] : [a, b]
  const k = short.size, half = Math.floor(k / 2)
  const line = (v: Value): Value => reshape(v.aval.dtype === 'bool' ? convert(v, 'i32') : v, [1, 1, v.size])
  const y3 = convolution(line(long), line(op === 'convolve' ? reverse(short, [0]) : short), {
    windowStrides: [1], padding: [mode === 'full' ? [k - 1, k - 1] : mode === 'same' ? [half, k - half - 1] : [0, 0]],
    lhsDilation: [1], rhsDilation: [1], featureGroupCount: 1, batchGroupCount: 1,
  })
  const along = reshape(y3, [y3.size])
  const result = op === 'correlate' && a.size < b.size ? reverse(along, [0]) : along
  return a.aval.dtype === 'bool' ? truthOf(result) : result
}
/**
 * The polynomial with the given coefficients, the highest power first, at x (Horner). (jax.numpy.polyval)
 * @example np.polyval(np.array([1, -2, 3]), 2)   // 3
 */
export const polyval = <P extends Arg, X extends Arg>(p: P, x: X): Value<Promoted<P, X>> => {
  const [coefficients, v] = promote2('polyval', p, x)
  if (coefficients.aval.shape.length !== 1) raise({ _tag: 'ShapeMismatch', op: 'polyval', got: [coefficients.aval], want: 'a vector of coefficients', hint: 'the highest power comes first' })
  let value = zeros(v.aval)
  for (let i = 0; i < sizeOf(coefficients.aval.shape); i++) {
    value = add(mul(value, v), broadcast(reshape(sliceInAxis(coefficients, i, i + 1, 0), []), v.aval.shape, []))
  }
  return value
}

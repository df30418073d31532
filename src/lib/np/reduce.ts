/** Folds over axes: sums, products, extrema, logic, and where the extrema are. */
import { type Shape, sizeOf } from '../../core/aval.js'
import { type DType, highest, lowest } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { add, constantLike, convert, div, maximum, minimum, mul, select, sub } from '../../primitives/arithmetic.js'
import { scalar, sum as sumOver } from '../../primitives/base.js'
import { sqrt } from '../../primitives/elementary.js'
import { argmax as argmaxOf, argmin as argminOf, reduceAnd, reduceMax, reduceMin, reduceOr, reduceProd } from '../../primitives/fold.js'
import { gt } from '../../primitives/logic.js'
import { reshape } from '../../primitives/structural.js'
import { axisOf, broadcastShape2, foldAxes, inDType, optionsOf, requireDType, roomy, spread, toFloat, toNumber, toValue } from '../arrays.js'
import { truthOf } from './logic.js'
import type { Arg, CountingOf, DTypeOf, InexactOf } from '../../types/dtype.js'
import type { Axes } from '../../types/functions.js'

export interface FoldOptions<A extends Axes = Axes, K extends boolean = boolean> {
  /** One axis or several, negative from the end; absent or null means all. */
  readonly axis?: A
  /** Leaves the folded axes in place with size 1. */
  readonly keepdims?: K
  /** Elements where it is false do not count. */
  readonly where?: Arg
  /** Joined to every result. */
  readonly initial?: Arg
}
export interface SumOptions<A extends Axes = Axes, K extends boolean = boolean, D extends DType = DType> extends FoldOptions<A, K> { readonly dtype?: D | undefined }
/** Without an axis everything is folded, and the answer is a scalar. */
export type Folded<A, K> = [A] extends [null | undefined] ? (true extends K ? Shape : []) : Shape

/** Axes of size 1 put back where they were folded. */
export const keeping = (y: Value, shape: Shape, axes: readonly number[]): Value => reshape(y, shape.map((n, i) => (axes.includes(i) ? 1 : n)))

interface Plan { readonly x: Value; readonly axes: readonly number[]; readonly finish: (y: Value) => Value }
/** x with its masked elements replaced by the unit, the axes to fold, and what is done to the result. */
const plan = (op: string, v: Value, options: FoldOptions, unit: number | null, join: (y: Value, initial: Value) => Value): Plan => {
  const { axis, keepdims, where, initial } = options
  let x = v
  if (where !== undefined) {
    if (unit === null) return badArgument(op, 'where', 'a mask without initial', 'a mask together with initial', 'a place where nothing is left needs a value: { where, initial }')
    const mask = truthOf(toValue(op, where, 'where'))
    const shape = broadcastShape2(op, v.aval, mask.aval)
    const whole = spread(v, shape)
    x = select(spread(mask, shape), whole, constantLike(whole, unit))
  }
  const { shape } = x.aval
  const axes = foldAxes(op, axis, shape)
  const finish = (y: Value): Value => {
    const joined = initial === undefined ? y : join(y, spread(inDType(op, initial, y.aval.dtype, 'initial'), y.aval.shape))
    return keepdims === true ? keeping(joined, shape, axes) : joined
  }
  return { x, axes, finish }
}

// ---- sums and products -----------------------------------------------------------------------------------------------

const summed = (op: string, x: Arg, options: SumOptions | undefined, product: boolean): Value => {
  if (options === undefined) {
    const v = toNumber(op, x)
    const axes = foldAxes(op, undefined, v.aval.shape)
    return product ? reduceProd(v, axes) : sumOver(v, axes)
  }
  const o = optionsOf(op, options, ['axis', 'keepdims', 'dtype', 'where', 'initial'])
  const v = o.dtype === undefined ? toNumber(op, x) : toNumber(op, convert(toValue(op, x), requireDType(op, o.dtype)))
  const { x: masked, axes, finish } = plan(op, v, o, product ? 1 : 0, product ? mul : add)
  return finish(product ? reduceProd(masked, axes) : sumOver(masked, axes))
}
/**
 * The sum over axes. Keeps the dtype, bools are counted in i32; over nothing it is 0. Options: axis, keepdims, dtype, where,
 * initial. Faults: AxisOutOfRange. (jax.numpy.sum)
 * @example np.sum(np.array([[1, 2], [3, 4]]), { axis: 0 })   // [4, 6]
 */
export const sum = <X extends Arg, A extends Axes = undefined, K extends boolean = false, D extends DType = CountingOf<X>>(
  x: X, options?: SumOptions<A, K, D>): Value<D, Folded<A, K>> => summed('sum', x, options, false) as Value<D, Folded<A, K>>
/**
 * The product over axes; over nothing it is 1. Zeros are differentiated exactly. (jax.numpy.prod)
 * @example np.prod(np.array([[1, 2], [3, 4]]), { axis: 1 })   // [2, 12]
 */
export const prod = <X extends Arg, A extends Axes = undefined, K extends boolean = false, D extends DType = CountingOf<X>>(
  x: X, options?: SumOptions<A, K, D>): Value<D, Folded<A, K>> => summed('prod', x, options, true) as Value<D, Folded<A, K>>

// ---- extrema ---------------------------------------------------------------------------------------------------------

const extremum = (op: string, x: Arg, options: FoldOptions | undefined, greatest: boolean): Value => {
  const o = optionsOf(op, options, ['axis', 'keepdims', 'where', 'initial'])
  const v = toValue(op, x)
  const d = v.aval.dtype
  const unit = o.where !== undefined && o.initial === undefined ? null : greatest ? lowest(d) : highest(d)
  const { x: masked, axes, finish } = plan(op, v, o, unit, greatest ? maximum : minimum)
  if (o.initial === undefined && axes.some(a => masked.aval.shape[a] === 0)) {
    raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: 'at least one element to compare', hint: 'an empty axis has no extremum; give { initial }' })
  }
  return finish((greatest ? reduceMax : reduceMin)(masked, axes))
}
type Extremum = <X extends Arg, A extends Axes = undefined, K extends boolean = false>(x: X, options?: FoldOptions<A, K>) => Value<DTypeOf<X>, Folded<A, K>>
const extremumOf = (op: string, greatest: boolean): Extremum => ((x: Arg, options?: FoldOptions) => extremum(op, x, options, greatest)) as Extremum
/**
 * The greatest element over axes; NaN wins. The derivative is shared by those that attain it. An empty axis is a
 * ShapeMismatch without `initial`; `where` needs `initial`. (jax.numpy.max)
 * @example np.max(np.array([[1, 5], [3, 4]]), { axis: 1 })   // [5, 4]
 */
export const max = extremumOf('max', true)
/**
 * The least element over axes; NaN wins. (jax.numpy.min)
 * @example np.min(np.array([[1, 5], [3, 4]]), { axis: 1 })   // [1, 3]
 */
export const min = extremumOf('min', false)
/**
 * The same as max. (jax.numpy.amax)
 * @example np.amax(np.array([1, 5, 3]))   // 5
 */
export const amax = extremumOf('amax', true)
/**
 * The same as min. (jax.numpy.amin)
 * @example np.amin(np.array([1, 5, 3]))   // 1
 */
export const amin = extremumOf('amin', false)
/**
 * The greatest minus the least element over axes. (jax.numpy.ptp)
 * @example np.ptp(np.array([1, 5, 3]))   // 4
 */
export const ptp: Extremum = ((x: Arg, options?: FoldOptions) => sub(extremum('ptp', x, options, true), extremum('ptp', x, options, false))) as Extremum

// ---- logic -----------------------------------------------------------------------------------------------------------

type Truth = <A extends Axes = undefined, K extends boolean = false>(x: Arg, options?: FoldOptions<A, K>) => Value<'bool', Folded<A, K>>
const truth = (op: string, all: boolean): Truth => ((x: Arg, options?: FoldOptions) => {
  const { x: masked, axes, finish } = plan(op, truthOf(toValue(op, x)), optionsOf(op, options, ['axis', 'keepdims', 'where']), all ? 1 : 0, y => y)
  return finish((all ? reduceAnd : reduceOr)(masked, axes))
}) as Truth
/**
 * Whether all elements are true (not zero); true over nothing. (jax.numpy.all)
 * @example np.all(np.array([[true, false], [true, true]]), { axis: 1 })   // [false, true]
 */
export const all = truth('all', true)
/**
 * Whether any element is true (not zero); false over nothing. (jax.numpy.any)
 * @example np.any(np.array([[true, false], [false, false]]), { axis: 1 })   // [true, false]
 */
export const any = truth('any', false)
/**
 * How many elements are not zero, as i32. (jax.numpy.count_nonzero)
 * @example np.countNonzero(np.array([0, 2, 3]))   // 2
 */
export const countNonzero = <A extends Axes = undefined, K extends boolean = false>(x: Arg, options?: { readonly axis?: A; readonly keepdims?: K }): Value<'i32', Folded<A, K>> =>
  summed('countNonzero', truthOf(toValue('countNonzero', x)), options, false) as Value<'i32', Folded<A, K>>

// ---- means -----------------------------------------------------------------------------------------------------------

export interface MeanOptions<A extends Axes = Axes, K extends boolean = boolean, D extends DType = DType> {
  readonly axis?: A
  readonly keepdims?: K
  readonly where?: Arg
  readonly dtype?: D | undefined
}
const real = (op: string, x: Arg, dtype: DType | undefined): Value => (dtype === undefined ? toFloat(op, x) : toFloat(op, convert(toValue(op, x), requireDType(op, dtype))))
/** How many elements count, as a number or as an array with the folded axes kept. */
const counting = (op: string, v: Value, where: Arg | undefined, axes: readonly number[]): Value => {
  if (where === undefined) return scalar(sizeOf(axes.map(a => v.aval.shape[a]!)), v.aval.dtype)
  const mask = spread(truthOf(toValue(op, where, 'where')), v.aval.shape)
  return keeping(sumOver(convert(mask, v.aval.dtype), axes), v.aval.shape, axes)
}
/** The mean with its axes kept. */
const meanKept = (op: string, v: Value, where: Arg | undefined, axes: readonly number[]): Value => {
  const total = keeping(sumOver(plan(op, v, { axis: axes, ...(where === undefined ? {} : { where }) }, 0, add).x, axes), v.aval.shape, axes)
  return div(total, spread(counting(op, v, where, axes), total.aval.shape))
}
const dropped = (y: Value, axes: readonly number[]): Value => reshape(y, y.aval.shape.filter((_, i) => !axes.includes(i)))

/**
 * The mean over axes, in floats: integers give f32; over nothing it is NaN. Options: axis, keepdims, dtype, where. (jax.numpy.mean)
 * @example np.mean(np.array([[1, 2], [3, 4]]), { axis: 0 })   // [2, 3]
 */
export const mean = <X extends Arg, A extends Axes = undefined, K extends boolean = false, D extends DType = InexactOf<X>>(
  x: X, options?: MeanOptions<A, K, D>): Value<D, Folded<A, K>> => {
  const { axis, keepdims, where, dtype } = optionsOf('mean', options, ['axis', 'keepdims', 'where', 'dtype'])
  return roomy(real('mean', x, dtype), v => {
    const axes = foldAxes('mean', axis, v.aval.shape)
    if (where === undefined) {
      const total = sumOver(v, axes)
      const out = div(total, constantLike(total, sizeOf(axes.map(a => v.aval.shape[a]!))))
      return keepdims === true ? keeping(out, v.aval.shape, axes) : out
    }
    const kept = meanKept('mean', v, where, axes)
    return keepdims === true ? kept : dropped(kept, axes)
  }) as Value<D, Folded<A, K>>
}
export interface SpreadOptions<A extends Axes = Axes, K extends boolean = boolean, D extends DType = DType> extends MeanOptions<A, K, D> {
  /** Taken off the number of elements in the divisor. */
  readonly ddof?: number
  /** The same as ddof, in the words of the array API. */
  readonly correction?: number
}
const variance = (op: string, x: Arg, options: SpreadOptions | undefined): Value =>
  roomy(real(op, x, optionsOf(op, options, ['axis', 'keepdims', 'where', 'dtype', 'ddof', 'correction']).dtype), v => varianceOf(op, v, options ?? {}))
const varianceOf = (op: string, v: Value, { axis, keepdims, where, ddof, correction }: SpreadOptions): Value => {
  const axes = foldAxes(op, axis, v.aval.shape)
  const centred = sub(v, spread(meanKept(op, v, where, axes), v.aval.shape))
  const squares = plan(op, mul(centred, centred), { axis: axes, ...(where === undefined ? {} : { where }) }, 0, add).x
  const total = keeping(sumOver(squares, axes), v.aval.shape, axes)
  const count = spread(counting(op, v, where, axes), total.aval.shape)
  const left = sub(count, constantLike(count, correction ?? ddof ?? 0))
  // no degrees of freedom are left: there is no such variance
  const enough = gt(left, constantLike(left, 0))
  const kept = select(enough, div(total, select(enough, left, constantLike(left, 1))), constantLike(left, NaN))
  return keepdims === true ? kept : dropped(kept, axes)
}
type Spread = <X extends Arg, A extends Axes = undefined, K extends boolean = false, D extends DType = InexactOf<X>>(x: X, options?: SpreadOptions<A, K, D>) => Value<D, Folded<A, K>>
/**
 * The mean square distance from the mean, divided by n - ddof (ddof is 0); NaN where that is not positive. (jax.numpy.var)
 * @example np.var(np.array([1, 3]))   // 1
 */
const var_: Spread = ((x: Arg, options?: SpreadOptions) => variance('var', x, options)) as Spread
export { var_ as var }
/**
 * The square root of the variance. (jax.numpy.std)
 * @example np.std(np.array([1, 3]))   // 1
 */
export const std: Spread = ((x: Arg, options?: SpreadOptions) => sqrt(variance('std', x, options))) as Spread

// ---- places ----------------------------------------------------------------------------------------------------------

export interface PlaceOptions<A extends number | null | undefined = number | null | undefined, K extends boolean = boolean> { readonly axis?: A; readonly keepdims?: K }
export const placeOf = (op: string, v: Value, options: PlaceOptions | undefined, greatest: boolean): Value => {
  const { axis, keepdims } = optionsOf(op, options, ['axis', 'keepdims'])
  const { shape } = v.aval
  const whole = axis === undefined || axis === null
  const line = whole ? reshape(v, [sizeOf(shape)]) : v
  const a = whole ? 0 : axisOf(op, axis, shape)
  if (line.aval.shape[a] === 0) raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: 'at least one element to compare', hint: 'there is no place in an empty axis' })
  const y = (greatest ? argmaxOf : argminOf)(line, a)
  return keepdims === true ? reshape(y, shape.map((n, i) => (whole || i === a ? 1 : n))) : y
}
type Place = <A extends number | null | undefined = undefined, K extends boolean = false>(x: Arg, options?: PlaceOptions<A, K>) => Value<'i32', Folded<A, K>>
const place = (op: string, greatest: boolean): Place => ((x: Arg, options?: PlaceOptions) => placeOf(op, toValue(op, x), options, greatest)) as Place
/**
 * The place of the first greatest element along an axis (of all, flattened, without one), as i32; NaN counts as greatest.
 * An empty axis is a ShapeMismatch. (jax.numpy.argmax)
 * @example np.argmax(np.array([[1, 5], [4, 3]]), { axis: 1 })   // [1, 0]
 */
export const argmax = place('argmax', true)
/**
 * The place of the first least element along an axis, as i32; NaN counts as least. (jax.numpy.argmin)
 * @example np.argmin(np.array([[1, 5], [4, 3]]), { axis: 1 })   // [0, 1]
 */
export const argmin = place('argmin', false)

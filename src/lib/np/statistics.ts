/** Averages, quantiles and moments, also of data with holes: NaN counts as missing in the functions that begin with nan. */
import { range, type Shape, sizeOf } from '../../core/aval.js'
import { type DType, highest, isFloat, lowest } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { add, clamp, constantLike, convert, div, maximum, mul, select, sub } from '../../primitives/arithmetic.js'
import { broadcast, full, sum } from '../../primitives/base.js'
import { sqrt } from '../../primitives/elementary.js'
import { reduceAnd, reduceMax, reduceMin, reduceOr, reduceProd } from '../../primitives/fold.js'
import { takeAlongAxis } from '../../primitives/gather.js'
import { bitNot, ceil, eq, floor, gt, le, ne } from '../../primitives/logic.js'
import { sort } from '../../primitives/sort.js'
import { reshape, transpose } from '../../primitives/structural.js'
import { axisOf, foldAxes, optionsOf, promote2, requireDType, roomy, spread, toFloat, toNumber, toValue } from '../arrays.js'
import { diagonal } from './grids.js'
import { contract } from './products.js'
import { type Folded, type FoldOptions, keeping, mean, type MeanOptions, type PlaceOptions, placeOf, type SpreadOptions, sum as sumOf, type SumOptions } from './reduce.js'
import type { Arg, CountingOf, DTypeOf, InexactOf } from '../../types/dtype.js'
import type { Axes } from '../../types/functions.js'

/**
 * The mean over axes, or Σ w·x / Σ w with `weights`, which have the shape of x or, with an axis, its length. (jax.numpy.average)
 * @example np.average(np.array([1, 2, 3]), { weights: np.array([1, 0, 1]) })   // 2
 */
export const average = <X extends Arg, A extends Axes = undefined, K extends boolean = false>(
  x: X, options?: { readonly axis?: A; readonly keepdims?: K; readonly weights?: Arg }): Value<InexactOf<X>, Folded<A, K>> => {
  const { axis, keepdims, weights } = optionsOf('average', options, ['axis', 'keepdims', 'weights'])
  if (weights === undefined) return mean(x, { axis, keepdims } as MeanOptions) as Value<InexactOf<X>, Folded<A, K>>
  const [v, given] = promote2('average', toFloat('average', x), weights)
  const { shape } = v.aval
  const line = given.aval.shape.length === 1 && shape.length !== 1 && typeof axis === 'number'
  if (line && given.size !== shape[axisOf('average', axis as number, shape)]) {
    raise({ _tag: 'ShapeMismatch', op: 'average', got: [v.aval, given.aval], want: 'as many weights as the axis has elements', hint: 'or weights of the shape of the array' })
  }
  if (!line && (given.aval.shape.length !== shape.length || given.aval.shape.some((n, i) => n !== shape[i]))) {
    raise({ _tag: 'ShapeMismatch', op: 'average', got: [v.aval, given.aval], want: 'weights of the shape of the array', hint: 'a vector of weights needs { axis }' })
  }
  const w = line ? broadcast(given, shape, [axisOf('average', axis as number, shape)]) : given
  const axes = foldAxes('average', axis, shape)
  const out = roomy(v, y => { const share = convert(w, y.aval.dtype); return div(sum(mul(y, share), axes), sum(share, axes)) })
  return (keepdims === true ? keeping(out, shape, axes) : out) as Value<InexactOf<X>, Folded<A, K>>
}

// ---- quantiles -------------------------------------------------------------------------------------------------------

export type Method = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest'
export interface QuantileOptions<A extends Axes = Axes, K extends boolean = boolean> { readonly axis?: A; readonly keepdims?: K; readonly method?: Method }

const between = (low: Value, high: Value, weight: Value, method: Method): Value => {
  const half = constantLike(weight, 0.5)
  switch (method) {
    case 'lower': return low
    case 'higher': return high
    case 'nearest': return select(le(weight, half), low, high)
    case 'midpoint': return select(eq(low, high), low, mul(add(low, high), half))
    case 'linear': {
      const exact = eq(weight, constantLike(weight, 0))
      return select(exact, low, add(mul(low, sub(constantLike(weight, 1), weight)), mul(high, weight)))
    }
    default: return badArgument('quantile', 'method', method, "'linear', 'lower', 'higher', 'midpoint' or 'nearest'", 'linear is the default')
  }
}
/** Element q·(n - 1) of the sorted axis, between its neighbours; the axes of q come first in the result. */
const quantileOf = (op: string, x: Arg, q: Arg, share: number, options: QuantileOptions | undefined, holes: boolean): Value => {
  const { axis, keepdims, method = 'linear' } = optionsOf(op, options, ['axis', 'keepdims', 'method'])
  const given = typeof q === 'number' ? share * q : null
  if (given !== null && !(given >= 0 && given <= 1)) badArgument(op, 'q', q, `a number from 0 to ${1 / share}`, 'the share of the elements that are not greater')
  const [own, wanted] = promote2(op, toFloat(op, x), q)
  return roomy(own, v => quantileIn(op, v, convert(wanted, v.aval.dtype), share, axis, keepdims, method, holes))
}
const quantileIn = (op: string, v: Value, wanted: Value, share: number, axis: Axes, keepdims: boolean | undefined, method: Method, holes: boolean): Value => {
  const { shape } = v.aval
  const axes = foldAxes(op, axis, shape)
  const kept = range(shape.length).filter(a => !axes.includes(a))
  const rest = kept.map(a => shape[a]!), n = sizeOf(axes.map(a => shape[a]!)), rank = rest.length
  if (n === 0) raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: 'at least one element', hint: 'an empty axis has no quantiles' })
  const line = reshape(transpose(v, [...kept, ...axes]), [...rest, n])
  const missing = ne(line, line)
  const whole = spreadLast(reduceOr(missing, [rank]), n)
  const sorted = sort([holes ? line : select(whole, constantLike(line, NaN), line)], { axis: rank })[0]!
  const count = holes ? sum(convert(bitNot(missing), v.aval.dtype), [rank]) : full(n, { dtype: v.aval.dtype, shape: rest })
  const m = wanted.size
  const shares = broadcast(reshape(share === 1 ? wanted : mul(wanted, constantLike(wanted, share)), [m]), [...rest, m], [rank])
  const top = spreadLast(maximum(sub(count, constantLike(count, 1)), constantLike(count, 0)), m)
  const place = clamp(constantLike(top, 0), mul(shares, top), top)
  const low = floor(place), high = ceil(place)
  const at = (i: Value): Value => takeAlongAxis(sorted, convert(i, 'i32'), rank, 'clip')
  const found = between(at(low), at(high), sub(place, low), method)
  const inFront = reshape(transpose(found, [rank, ...range(rank)]), [...wanted.aval.shape, ...rest])
  return keepdims === true ? reshape(inFront, [...wanted.aval.shape, ...shape.map((s, a) => (axes.includes(a) ? 1 : s))]) : inFront
}
const spreadLast = (x: Value, n: number): Value => broadcast(x, [...x.aval.shape, n], range(x.aval.shape.length))

type Quantile = <X extends Arg>(x: X, q: Arg, options?: QuantileOptions) => Value<InexactOf<X>>
type Median = <X extends Arg, A extends Axes = undefined, K extends boolean = false>(x: X, options?: { readonly axis?: A; readonly keepdims?: K }) => Value<InexactOf<X>, Folded<A, K>>
/**
 * The value below which the share q (0 to 1) of the elements lies, between neighbours by `method` ('linear'). q may be an
 * array, whose axes come first. NaN where there is any. (jax.numpy.quantile)
 * @example np.quantile(np.array([1, 2, 3, 4]), 0.5)   // 2.5
 */
export const quantile: Quantile = (x, q, options) => quantileOf('quantile', x, q, 1, options, false)
/**
 * As quantile, with q from 0 to 100. (jax.numpy.percentile)
 * @example np.percentile(np.array([1, 2, 3]), 50)   // 2
 */
export const percentile: Quantile = (x, q, options) => quantileOf('percentile', x, q, 0.01, options, false)
/**
 * As quantile, with NaN left out. (jax.numpy.nanquantile)
 * @example np.nanquantile(np.array([1, NaN, 3]), 0.5)   // 2
 */
export const nanquantile: Quantile = (x, q, options) => quantileOf('nanquantile', x, q, 1, options, true)
/**
 * As percentile, with NaN left out. (jax.numpy.nanpercentile)
 * @example np.nanpercentile(np.array([1, NaN, 3]), 50)   // 2
 */
export const nanpercentile: Quantile = (x, q, options) => quantileOf('nanpercentile', x, q, 0.01, options, true)
/**
 * The middle of the sorted elements, or the mean of the two in the middle; NaN where there is any. (jax.numpy.median)
 * @example np.median(np.array([3, 1, 2]))   // 2
 */
export const median: Median = ((x: Arg, options?: QuantileOptions) => quantileOf('median', x, 0.5, 1, { ...optionsOf('median', options, ['axis', 'keepdims']), method: 'midpoint' }, false)) as Median
/**
 * As median, with NaN left out. (jax.numpy.nanmedian)
 * @example np.nanmedian(np.array([3, NaN, 1]))   // 2
 */
export const nanmedian: Median = ((x: Arg, options?: QuantileOptions) => quantileOf('nanmedian', x, 0.5, 1, { ...optionsOf('nanmedian', options, ['axis', 'keepdims']), method: 'midpoint' }, true)) as Median

// ---- with holes ------------------------------------------------------------------------------------------------------

const filled = (v: Value, unit: number): Value => (isFloat(v.aval.dtype) ? select(ne(v, v), constantLike(v, unit), v) : v)
type NanSum = <X extends Arg, A extends Axes = undefined, K extends boolean = false, D extends DType = CountingOf<X>>(x: X, options?: SumOptions<A, K, D>) => Value<D, Folded<A, K>>
/**
 * The sum, with NaN counted as 0. (jax.numpy.nansum)
 * @example np.nansum(np.array([1, NaN, 2]))   // 3
 */
export const nansum: NanSum = ((x: Arg, options?: SumOptions) => sumOf(filled(toNumber('nansum', x), 0), options)) as NanSum
/**
 * The product, with NaN counted as 1. (jax.numpy.nanprod)
 * @example np.nanprod(np.array([3, NaN, 2]))   // 6
 */
export const nanprod: NanSum = ((x: Arg, options?: SumOptions) => {
  const { axis, keepdims, dtype } = optionsOf('nanprod', options, ['axis', 'keepdims', 'dtype'])
  const own = toNumber('nanprod', x)
  const v = filled(dtype === undefined ? own : convert(own, requireDType('nanprod', dtype)), 1)
  const axes = foldAxes('nanprod', axis, v.aval.shape)
  const out = reduceProd(v, axes)
  return keepdims === true ? keeping(out, v.aval.shape, axes) : out
}) as NanSum
type NanExtremum = <X extends Arg, A extends Axes = undefined, K extends boolean = false>(x: X, options?: Pick<FoldOptions<A, K>, 'axis' | 'keepdims'>) => Value<DTypeOf<X>, Folded<A, K>>
const nanExtremum = (op: string, greatest: boolean): NanExtremum => ((x: Arg, options?: FoldOptions) => {
  const { axis, keepdims } = optionsOf(op, options, ['axis', 'keepdims'])
  const v = toValue(op, x)
  const { shape, dtype } = v.aval
  const axes = foldAxes(op, axis, shape)
  if (axes.some(a => shape[a] === 0)) raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: 'at least one element to compare', hint: 'an empty axis has no extremum' })
  const best = (greatest ? reduceMax : reduceMin)(filled(v, greatest ? lowest(dtype) : highest(dtype)), axes)
  const out = isFloat(dtype) ? select(reduceAnd(ne(v, v), axes), constantLike(best, NaN), best) : best
  return keepdims === true ? keeping(out, shape, axes) : out
}) as NanExtremum
/**
 * The greatest element that is not NaN; NaN where there is none. (jax.numpy.nanmax)
 * @example np.nanmax(np.array([1, NaN, 2]))   // 2
 */
export const nanmax = nanExtremum('nanmax', true)
/**
 * The least element that is not NaN; NaN where there is none. (jax.numpy.nanmin)
 * @example np.nanmin(np.array([1, NaN, 2]))   // 1
 */
export const nanmin = nanExtremum('nanmin', false)

interface Moments { readonly shape: Shape; readonly axes: readonly number[]; readonly count: Value; readonly mean: Value; readonly centred: Value }
/** The number of elements that are there, their mean and what is left of each without it, all with their axes kept. */
const moments = (op: string, v: Value, axis: Axes): Moments => {
  const { shape, dtype } = v.aval
  const axes = foldAxes(op, axis, shape)
  const missing = ne(v, v), none = constantLike(v, 0)
  const count = keeping(sum(convert(bitNot(missing), dtype), axes), shape, axes)
  const average = div(keeping(sum(select(missing, none, v), axes), shape, axes), count)
  return { shape, axes, count, mean: average, centred: select(missing, none, sub(v, spread(average, shape))) }
}
const floats = (op: string, x: Arg, dtype: DType | undefined): Value => toFloat(op, dtype === undefined ? x : convert(toValue(op, x), requireDType(op, dtype)))
const dropped = (x: Value, axes: readonly number[], keepdims: boolean | undefined): Value => (keepdims === true ? x : reshape(x, x.aval.shape.filter((_, a) => !axes.includes(a))))
type NanMean = <X extends Arg, A extends Axes = undefined, K extends boolean = false, D extends DType = InexactOf<X>>(x: X, options?: MeanOptions<A, K, D>) => Value<D, Folded<A, K>>
type NanSpread = <X extends Arg, A extends Axes = undefined, K extends boolean = false, D extends DType = InexactOf<X>>(x: X, options?: SpreadOptions<A, K, D>) => Value<D, Folded<A, K>>
/**
 * The mean of the elements that are not NaN; NaN where there are none. (jax.numpy.nanmean)
 * @example np.nanmean(np.array([1, NaN, 3]))   // 2
 */
export const nanmean: NanMean = ((x: Arg, options?: MeanOptions) => {
  const { axis, keepdims, dtype } = optionsOf('nanmean', options, ['axis', 'keepdims', 'dtype'])
  return roomy(floats('nanmean', x, dtype), v => {
    const { mean: kept, axes } = moments('nanmean', v, axis)
    return dropped(kept, axes, keepdims)
  })
}) as NanMean
const nanVariance = (op: string, x: Arg, options: SpreadOptions | undefined): Value => {
  const { axis, keepdims, dtype, ddof, correction } = optionsOf(op, options, ['axis', 'keepdims', 'dtype', 'ddof', 'correction'])
  return roomy(floats(op, x, dtype), v => {
    const { shape, axes, count, centred } = moments(op, v, axis)
    const left = sub(count, constantLike(count, correction ?? ddof ?? 0))
    const squares = keeping(sum(mul(centred, centred), axes), shape, axes)
    const enough = gt(left, constantLike(left, 0))
    return dropped(select(enough, div(squares, select(enough, left, constantLike(left, 1))), constantLike(left, NaN)), axes, keepdims)
  })
}
/**
 * The variance of the elements that are not NaN. (jax.numpy.nanvar)
 * @example np.nanvar(np.array([1, NaN, 3]))   // 1
 */
export const nanvar: NanSpread = ((x: Arg, options?: SpreadOptions) => nanVariance('nanvar', x, options)) as NanSpread
/**
 * The standard deviation of the elements that are not NaN. (jax.numpy.nanstd)
 * @example np.nanstd(np.array([1, NaN, 3]))   // 1
 */
export const nanstd: NanSpread = ((x: Arg, options?: SpreadOptions) => sqrt(nanVariance('nanstd', x, options))) as NanSpread
type NanPlace = <A extends number | null | undefined = undefined, K extends boolean = false>(x: Arg, options?: PlaceOptions<A, K>) => Value<'i32', Folded<A, K>>
const nanPlace = (op: string, greatest: boolean): NanPlace => ((x: Arg, options?: PlaceOptions) => {
  const v = toValue(op, x)
  const at = placeOf(op, filled(v, greatest ? -Infinity : Infinity), options, greatest)
  if (!isFloat(v.aval.dtype)) return at
  const { axis, keepdims } = optionsOf(op, options, ['axis', 'keepdims'])
  const axes = foldAxes(op, axis, v.aval.shape)
  const none = reduceAnd(ne(v, v), axes)
  return select(keepdims === true ? keeping(none, v.aval.shape, axes) : none, constantLike(at, -1), at)
}) as NanPlace
/**
 * The place of the greatest element that is not NaN, -1 where there is none. (jax.numpy.nanargmax)
 * @example np.nanargmax(np.array([1, NaN, 2]))   // 2
 */
export const nanargmax = nanPlace('nanargmax', true)
/**
 * The place of the least element that is not NaN, -1 where there is none. (jax.numpy.nanargmin)
 * @example np.nanargmin(np.array([1, NaN, 2]))   // 0
 */
export const nanargmin = nanPlace('nanargmin', false)

// ---- of several variables --------------------------------------------------------------------------------------------

export interface CovarianceOptions {
  /** Are the variables the rows (the default) or the columns? */
  readonly rowvar?: boolean
  /** Taken off the number of observations in the divisor: 1 unless `bias`. */
  readonly ddof?: number
  readonly bias?: boolean
}
const covariance = (op: string, x: Arg, options: CovarianceOptions): Value => roomy(toFloat(op, x), own => covarianceOf(op, own, options))
const covarianceOf = (op: string, own: Value, { rowvar = true, ddof, bias = false }: CovarianceOptions): Value => {
  if (own.aval.shape.length > 2) raise({ _tag: 'ShapeMismatch', op, got: [own.aval], want: 'a vector or a matrix', hint: 'one row for each variable' })
  const v = own.aval.shape.length === 2 ? (rowvar ? own : transpose(own, [1, 0])) : reshape(own, [1, own.size])
  const [m, n] = v.aval.shape as [number, number]
  const average = div(sum(v, [1]), full(n, { dtype: v.aval.dtype, shape: [m] }))
  const centred = sub(v, broadcast(average, [m, n], [0]))
  const products = contract(centred, centred, { contract: [[1], [1]], batch: [[], []] })
  const out = div(products, constantLike(products, Math.max(0, n - (ddof ?? (bias ? 0 : 1)))))
  return m === 1 ? reshape(out, []) : out
}
/**
 * The covariances of variables, one in each row. (jax.numpy.cov)
 * @example np.cov(np.array([[1, 3], [3, 1]]))   // [[2, -2], [-2, 2]]
 */
export const cov = <X extends Arg>(x: X, options?: CovarianceOptions): Value<InexactOf<X>> => covariance('cov', x, optionsOf('cov', options, ['rowvar', 'ddof', 'bias']))
/**
 * The correlations of variables, one in each row, within [-1, 1]. (jax.numpy.corrcoef)
 * @example np.round(np.corrcoef(np.array([[1, 3], [3, 1]])))   // [[1, -1], [-1, 1]]
 */
export const corrcoef = <X extends Arg>(x: X, options?: Pick<CovarianceOptions, 'rowvar'>): Value<InexactOf<X>> => {
  const c = covariance('corrcoef', x, optionsOf('corrcoef', options, ['rowvar']))
  if (c.aval.shape.length === 0) return div(c, c)
  const m = c.aval.shape[0]!
  const deviation = sqrt(diagonal(c))
  const out = div(div(c, broadcast(deviation, [m, m], [0])), broadcast(deviation, [m, m], [1]))
  return clamp(constantLike(out, -1), out, constantLike(out, 1))
}

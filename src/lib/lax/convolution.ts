/** Convolution with axes where the caller has them, padding by name or number, and the transposed convolution. */
import { range, showShape } from '../../core/aval.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { convolution } from '../../primitives/convolve.js'
import { reverse, transpose } from '../../primitives/structural.js'
import type { DTypeOf } from '../../types/dtype.js'
import { optionsOf } from '../arrays.js'
import { type Operand, operand } from './operands.js'
import { naturals, type Padding, padsOf, spans } from './padding.js'

/**
 * Where the axes are, letter by letter, in the operand, the kernel and the result: N is the batch, C are features; I and O are the in
 * and out features of the kernel; every other letter is a spatial axis, and lists for spatial axes follow the order in the kernel.
 */
export type DimensionNumbers = readonly [lhs: string, rhs: string, out: string]

/** For each of the three, which of its axes stand first, second, ... in the layout batch, feature, spatial axes. */
const permutations = (op: string, dimensions: DimensionNumbers | undefined, rank: number): readonly (readonly number[])[] => {
  if (dimensions === undefined) return [range(rank), range(rank), range(rank)]
  const hint = "for images ['NCHW', 'OIHW', 'NCHW'] or ['NHWC', 'HWIO', 'NHWC']"
  const wrong = (want: string): never => badArgument(op, 'dimensionNumbers', dimensions, want, hint)
  if (!Array.isArray(dimensions) || dimensions.length !== 3 || dimensions.some(d => typeof d !== 'string')) return wrong('three strings, for the operand, the kernel and the result')
  const leading = ['NC', 'OI', 'NC']
  const spatial = [...dimensions[1]].filter(c => !'OI'.includes(c))
  return dimensions.map((letters, i) => {
    const order = [...leading[i]!, ...spatial]
    const fits = letters.length === rank && new Set(letters).size === rank && order.every(c => letters.includes(c))
    return fits ? order.map(c => letters.indexOf(c)) : wrong(`in '${letters}' each of the ${rank} axes once: ${order.join(', ')}`)
  })
}
const inverse = (perm: readonly number[]): readonly number[] => perm.map((_, i) => perm.indexOf(i))

/** Both operands have one rank, which is at least 2. */
const ofOneRank = (op: string, lhs: Operand, rhs: Operand): readonly [Value, Value] => {
  const x = operand(op, lhs), w = operand(op, rhs)
  return x.ndim === w.ndim && x.ndim >= 2 ? [x, w]
    : raise({ _tag: 'ShapeMismatch', op, got: [x.aval, w.aval], want: 'an operand with a batch and a feature axis, and a kernel of the same rank', hint: 'np.expandDims adds a missing axis' })
}

export interface ConvOptions {
  /** One entry for each spatial axis, from one window to the next. Default ones. */
  readonly windowStrides?: readonly number[]
  /** Default 'VALID'. */
  readonly padding?: Padding
}
export interface ConvGeneralOptions extends ConvOptions {
  /** The elements of the operand this far apart, with zeros between. Default ones. */
  readonly lhsDilation?: readonly number[]
  /** The elements of the kernel this far apart. Default ones. */
  readonly rhsDilation?: readonly number[]
  /** Default: batch, feature, spatial axes; for the kernel out feature, in feature, spatial axes. */
  readonly dimensionNumbers?: DimensionNumbers
  /** Features fall into so many groups; each meets its part of the out features. Default 1. */
  readonly featureGroupCount?: number
  /** The batch falls into so many groups; each meets its part of the out features. Default 1. */
  readonly batchGroupCount?: number
}
/**
 * Convolution over any number of spatial axes: Σ x[b, c, p·stride + k·rhsDilation]·w[o, c, k], the kernel not turned round. With
 * featureGroupCount equal to the number of features it is depthwise. Faults: ShapeMismatch, BadArgument. (jax.lax.conv_general_dilated)
 * @example lax.convGeneralDilated(np.array([[[1, 2, 3]]]), np.array([[[1, -1]]]), { padding: 'SAME' })   // [[[-1, -1, 3]]]
 */
export const convGeneralDilated = <X extends Operand>(lhs: X, rhs: Operand, options: ConvGeneralOptions = {}): Value<DTypeOf<X>> =>
  convolved('lax.convGeneralDilated', lhs, rhs, optionsOf('lax.convGeneralDilated', options,
    ['windowStrides', 'padding', 'lhsDilation', 'rhsDilation', 'dimensionNumbers', 'featureGroupCount', 'batchGroupCount'])) as Value<DTypeOf<X>>

const convolved = (op: string, lhs: Operand, rhs: Operand, options: ConvGeneralOptions): Value => {
  const [a, b] = ofOneRank(op, lhs, rhs)
  const [left, right, out] = permutations(op, options.dimensionNumbers, a.ndim) as readonly [readonly number[], readonly number[], readonly number[]]
  const x = transpose(a, left), w = transpose(b, right)
  const n = x.ndim - 2
  const { padding = 'VALID', featureGroupCount = 1, batchGroupCount = 1 } = options
  const windowStrides = naturals(op, 'windowStrides', options.windowStrides, n)
  const lhsDilation = naturals(op, 'lhsDilation', options.lhsDilation, n), rhsDilation = naturals(op, 'rhsDilation', options.rhsDilation, n)
  if (typeof padding === 'string' && lhsDilation.some(d => d > 1)) {
    return badArgument(op, 'padding', padding, `pairs [before, after], as lhsDilation is ${showShape(lhsDilation)}`, 'lax.convTranspose knows what SAME and VALID mean there')
  }
  const y = convolution(x, w, {
    windowStrides, lhsDilation, rhsDilation, featureGroupCount, batchGroupCount,
    padding: padsOf(op, padding, x.shape.slice(2), spans(w.shape.slice(2), rhsDilation), windowStrides),
  })
  return transpose(y, inverse(out))
}

/**
 * Convolution of [batch, feature, ...spatial] with [out feature, in feature, ...spatial]. (jax.lax.conv)
 * @example lax.conv(np.array([[[1, 2, 3, 4]]]), np.array([[[1, 1]]]), { windowStrides: [2] })   // [[[3, 7]]]
 */
export const conv = <X extends Operand>(lhs: X, rhs: Operand, options: ConvOptions = {}): Value<DTypeOf<X>> =>
  convolved('lax.conv', lhs, rhs, optionsOf('lax.conv', options, ['windowStrides', 'padding'])) as Value<DTypeOf<X>>

export interface ConvTransposeOptions {
  /** One entry for each spatial axis: the result is so many times larger. Default ones. */
  readonly strides?: readonly number[]
  /** 'SAME' and 'VALID' speak of the convolution that this one goes back from; pairs are of this one. Default 'VALID'. */
  readonly padding?: 'SAME' | 'VALID' | readonly (readonly number[])[]
  readonly rhsDilation?: readonly number[]
  /** Default: batch, spatial axes, feature; for the kernel spatial axes, in feature, out feature. */
  readonly dimensionNumbers?: DimensionNumbers
  /** The kernel is that of the convolution that this one goes back from: turned round, in and out features exchanged. Default false. */
  readonly transposeKernel?: boolean
  /** Pairs speak of the convolution that this one goes back from, too. Default false. */
  readonly useConsistentPadding?: boolean
}
const channelsLast = (rank: number): DimensionNumbers => {
  const spatial = ['', 'H', 'HW', 'HWD'][rank - 2]
  return spatial === undefined
    ? badArgument('lax.convTranspose', 'dimensionNumbers', undefined, 'three strings where there are more than three spatial axes', "write dimensionNumbers: ['NABCDF', ...] with letters of your own")
    : [`N${spatial}C`, `${spatial}IO`, `N${spatial}C`]
}
/** What goes around the operand for a window of size k that was moved by s. */
const before = (k: number, s: number, padding: string | readonly number[]): readonly number[] => {
  if (typeof padding !== 'string') return [k - 1 - padding[0]!, k - 1 - padding[1]!]
  if (padding === 'VALID') return [k - 1, s - 1 + Math.max(k - s, 0)]
  const first = s > k - 1 ? k - 1 : Math.ceil((k + s - 2) / 2)
  return [first, k + s - 2 - first]
}
/**
 * The transposed convolution, as layers that enlarge have it: the operand is spread by the strides and convolved. Axes are
 * batch, spatial axes, feature unless said otherwise. Faults: ShapeMismatch, BadArgument. (jax.lax.conv_transpose)
 * @example lax.convTranspose(np.array([[[1], [2]]]), np.array([[[1]], [[1]]]), { strides: [2] })   // [[[1], [1], [2], [2]]]
 */
export const convTranspose = <X extends Operand>(lhs: X, rhs: Operand, options: ConvTransposeOptions = {}): Value<DTypeOf<X>> => {
  const op = 'lax.convTranspose'
  const { strides: given, padding = 'VALID', rhsDilation: apart, dimensionNumbers, transposeKernel = false, useConsistentPadding = false } =
    optionsOf(op, options, ['strides', 'padding', 'rhsDilation', 'dimensionNumbers', 'transposeKernel', 'useConsistentPadding'])
  const [a, b] = ofOneRank(op, lhs, rhs)
  const n = a.ndim - 2
  const numbers = dimensionNumbers ?? channelsLast(a.ndim)
  const kernel = permutations(op, numbers, a.ndim)[1]!, spatial = kernel.slice(2)
  const strides = naturals(op, 'strides', given, n), rhsDilation = naturals(op, 'rhsDilation', apart, n)
  const windows = spans(spatial.map(i => b.shape[i]!), rhsDilation)
  if (typeof padding === 'string' && padding !== 'SAME' && padding !== 'VALID') return badArgument(op, 'padding', padding, "'SAME', 'VALID' or pairs [before, after]", 'they speak of the convolution that this one goes back from')
  const pairs = typeof padding === 'string' ? null : padsOf(op, padding, windows, windows, strides)
  const pads = pairs && !useConsistentPadding ? pairs : windows.map((k, i) => before(k, strides[i]!, pairs ? pairs[i]! : padding as string))
  const exchanged = kernel.map((_, i) => (i === kernel[0] ? kernel[1]! : i === kernel[1] ? kernel[0]! : i))
  const w = transposeKernel ? transpose(reverse(b, [...spatial].sort((i, j) => i - j)), exchanged) : b
  return convolved(op, a, w, { padding: pads, lhsDilation: strides, rhsDilation, dimensionNumbers: numbers }) as Value<DTypeOf<X>>
}

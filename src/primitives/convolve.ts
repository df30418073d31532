/** Convolution: sums of products over a window that moves along the spatial axes, linear in each operand; both its gradients are convolutions again. */
import * as E from '../core/either.js'
import { type Aval, aval, range, type Shape, showShape, sizeOf } from '../core/aval.js'
import type { Fault } from '../core/fault.js'
import { int, intLists, ints, record } from '../core/form.js'
import { bind1 } from '../core/interp.js'
import { Linear, type MappedAxis, type Primitive } from '../core/primitive.js'
import type { Value } from '../core/value.js'
import { addP } from './arithmetic.js'
import { zeros } from './base.js'
import { multilinear, wrongDType, wrongShape } from './row.js'
import { reshape, reverse, transpose } from './structural.js'

/**
 * One entry for each spatial axis, as in StableHLO's convolution. In the layout of the row,
 *
 *     y[b, o, p] = Σ x[b, c, i] · w[o, c, k]   over c, k and the i with i · lhsDilation + low = p · windowStrides + k · rhsDilation
 */
export interface ConvolutionParams {
  readonly windowStrides: readonly number[]
  /** Zeros before and after each axis of the dilated operand; a negative number cuts. */
  readonly padding: readonly (readonly number[])[]
  readonly lhsDilation: readonly number[]
  readonly rhsDilation: readonly number[]
  /** Features in g parts, which meet the g parts of the output features. */
  readonly featureGroupCount: number
  /** Batches in g parts, which meet the g parts of the output features. */
  readonly batchGroupCount: number
}

// ---- sizes -----------------------------------------------------------------------------------------------------------

export const dilated = (n: number, dilation: number): number => (n === 0 ? 0 : (n - 1) * dilation + 1)
/** How often a window fits into a padded axis. */
export const placesOf = (padded: number, window: number, stride: number): number =>
  padded <= 0 || window > padded ? 0 : Math.floor((padded - window) / stride) + 1
const spatial = (shape: Shape): Shape => shape.slice(2)
const paddedSize = (n: number, [low, high]: readonly number[], dilation: number): number => dilated(n, dilation) + low! + high!

const whole = (least: number) => (n: number): boolean => Number.isInteger(n) && n >= least
const misfit = (x: Shape, w: Shape, p: ConvolutionParams): readonly [want: string, hint: string] | null => {
  const rank = x.length, n = rank - 2
  const { featureGroupCount: fg, batchGroupCount: bg } = p
  if (rank < 2 || w.length !== rank) return ['an operand [batch, feature, ...] and a kernel [out feature, in feature, ...] of one rank >= 2', 'np.expandDims adds a missing axis']
  if (![p.windowStrides, p.padding, p.lhsDilation, p.rhsDilation].every(l => l.length === n)) {
    return [`windowStrides, padding, lhsDilation and rhsDilation with ${n} entries, one for each spatial axis`, 'the first two axes are batch and feature']
  }
  if (![...p.windowStrides, ...p.lhsDilation, ...p.rhsDilation].every(whole(1))) return ['strides and dilations that are whole numbers >= 1', '1 neither skips nor spreads']
  if (!p.padding.every(c => c.length === 2 && c.every(Number.isInteger))) return ['padding as pairs [before, after] of whole numbers', 'a negative number cuts']
  if (!whole(1)(fg) || !whole(1)(bg) || (fg > 1 && bg > 1)) return [`groups of features or groups of batches, not ${fg} and ${bg}`, 'one of the two counts is 1']
  if (x[1] !== w[1]! * fg) return [`a kernel for ${x[1]! / fg} in features, it is for ${w[1]}`, 'in features of the kernel times featureGroupCount is the number of features of the operand']
  if (w[0]! % fg !== 0 || w[0]! % bg !== 0) return [`out features that fall into ${fg * bg} equal groups, there are ${w[0]}`, 'give each group as many out features']
  if (x[0]! % bg !== 0) return [`a batch that falls into ${bg} equal groups, it is ${x[0]}`, 'batchGroupCount divides the batch']
  const negative = range(n).filter(a => paddedSize(x[a + 2]!, p.padding[a]!, p.lhsDilation[a]!) < 0)
  return negative.length > 0 ? [`spatial axes ${showShape(negative)} with enough elements to cut`, 'cut less'] : null
}
const resultShape = (x: Shape, w: Shape, p: ConvolutionParams): Shape => [
  x[0]! / p.batchGroupCount, w[0]!,
  ...spatial(x).map((n, a) => placesOf(paddedSize(n, p.padding[a]!, p.lhsDilation[a]!), dilated(w[a + 2]!, p.rhsDilation[a]!), p.windowStrides[a]!)),
]
const shapeOf = ([x, w]: readonly Aval[], params: ConvolutionParams): E.Either<Fault, readonly Aval[]> => {
  const a = x!, b = w!
  if (a.dtype !== b.dtype) return wrongDType('convolution', [a, b], 'operands of one dtype', 'np.convolve promotes; lax functions do not')
  if (a.dtype === 'bool') return wrongDType('convolution', [a, b], 'numbers')
  const wrong = misfit(a.shape, b.shape, params)
  return wrong ? wrongShape('convolution', [a, b], ...wrong) : E.right([aval(a.dtype, resultShape(a.shape, b.shape, params))])
}

// ---- cost ------------------------------------------------------------------------------------------------------------

/** How many u in 0..m-1 make start + u·step a multiple of `of` in [0, last]. */
const hits = (start: number, step: number, m: number, of: number, last: number): number => {
  const from = Math.max(0, Math.ceil(-start / step)), to = Math.min(m - 1, Math.floor((last - start) / step))
  let count = 0
  // the residues of start + u·step repeat after `of` steps at most
  for (let u = from; u <= to && u < from + of; u++) if ((start + u * step) % of === 0) count += Math.floor((to - u) / of) + 1
  return count
}
/** Triples (i, k, p) that meet on one axis: the products that are not with padding or with the zeros between elements. */
const meetings = (n: number, k: number, p: number, low: number, stride: number, left: number, right: number): number => {
  const last = (n - 1) * left
  const across = k <= p
  let count = 0
  for (let j = 0; j < (across ? k : p); j++) count += across ? hits(j * right - low, stride, p, left, last) : hits(j * stride - low, right, k, left, last)
  return count
}

// ---- transposes ------------------------------------------------------------------------------------------------------

/** Axis `axis`, of `parts` parts, as two. */
const split = (x: Value, axis: number, parts: number): Value => {
  const { shape } = x.aval
  return reshape(x, [...shape.slice(0, axis), parts, shape[axis]! / parts, ...shape.slice(axis + 1)])
}
/** Axis `axis` and the next as one. */
const join = (x: Value, axis: number): Value => {
  const { shape } = x.aval
  return reshape(x, [...shape.slice(0, axis), shape[axis]! * shape[axis + 1]!, ...shape.slice(axis + 2)])
}
const moved = (x: Value, from: number, to: number): Value => {
  const perm = range(x.aval.shape.length).filter(a => a !== from)
  perm.splice(to, 0, from)
  return transpose(x, perm)
}
/** The first two axes change places. */
const swapped = (x: Value): Value => moved(x, 1, 0)

/** The groups of axis `from` go in front of axis `to`, which they belong to from now on. */
const regroup = (x: Value, groups: number, from: number, to: number): Value =>
  groups === 1 ? x : join(moved(split(x, from, groups), from, to), to)

/** In i·left + low = p·stride + k·right the places of x are outputs now: the kernel is turned round, strides and dilations change sides. */
const pullLeft = (ct: Value, x: Aval, w: Value, p: ConvolutionParams): Value => {
  const groups = Math.max(p.featureGroupCount, p.batchGroupCount)
  const kernel = swapped(regroup(w, groups, 0, 1))
  const padding = spatial(x.shape).map((n, a) => {
    const size = dilated(n, p.lhsDilation[a]!), window = dilated(w.aval.shape[a + 2]!, p.rhsDilation[a]!)
    const before = window - 1 - p.padding[a]![0]!
    return [before, size + window - 1 - before - dilated(ct.aval.shape[a + 2]!, p.windowStrides[a]!)]
  })
  const back = convolution(ct, reverse(kernel, range(x.shape.length).slice(2)), {
    windowStrides: p.lhsDilation, padding, lhsDilation: p.windowStrides, rhsDilation: p.rhsDilation, featureGroupCount: groups, batchGroupCount: 1,
  })
  return regroup(back, p.batchGroupCount, 1, 0)
}

/** The places of the kernel are outputs now, and the cotangent is the kernel: batches are summed over, features are the batch. */
const pullRight = (ct: Value, x: Value, w: Aval, p: ConvolutionParams): Value => {
  const padding = spatial(w.shape).map((k, a) => {
    const low = p.padding[a]![0]!
    const out = dilated(ct.aval.shape[a + 2]!, p.windowStrides[a]!), size = dilated(x.aval.shape[a + 2]!, p.lhsDilation[a]!)
    return [low, out - size + dilated(k, p.rhsDilation[a]!) - low - 1]
  })
  return swapped(convolution(swapped(x), swapped(ct), {
    windowStrides: p.rhsDilation, padding, lhsDilation: p.lhsDilation, rhsDilation: p.windowStrides,
    featureGroupCount: p.batchGroupCount, batchGroupCount: p.featureGroupCount,
  }))
}

// ---- batching --------------------------------------------------------------------------------------------------------

/** Both mapped: the mapped axis is one more grouping of the features, or of the batch. */
const mappedBoth = (axis: MappedAxis, x: Value, w: Value, p: ConvolutionParams): Value => {
  const { featureGroupCount: fg, batchGroupCount: bg } = p
  const kernel = join(w, 0)
  const y = bg > 1 ? convolution(join(x, 0), kernel, { ...p, batchGroupCount: bg * axis.size })
    : convolution(join(moved(x, 0, 1), 1), kernel, { ...p, featureGroupCount: fg * axis.size })
  return moved(split(y, 1, axis.size), 1, 0)
}
/** The operand mapped: more batches, inside of each group. */
const mappedLeft = (axis: MappedAxis, x: Value, w: Value, p: ConvolutionParams): Value => {
  const bg = p.batchGroupCount
  const batches = bg === 1 ? join(x, 0) : join(join(moved(split(x, 1, bg), 0, 1), 0), 0)
  return split(convolution(batches, w, p), 0, axis.size)
}
/** The kernel mapped: more out features, inside of each group. */
const mappedRight = (axis: MappedAxis, x: Value, w: Value, p: ConvolutionParams): Value => {
  const groups = p.featureGroupCount * p.batchGroupCount
  if (groups === 1) return moved(split(convolution(x, join(w, 0), p), 1, axis.size), 1, 0)
  const y = convolution(x, join(join(moved(split(w, 1, groups), 0, 1), 0), 0), p)
  return join(moved(split(split(y, 1, groups), 2, axis.size), 2, 0), 2)
}

// ---- the row ---------------------------------------------------------------------------------------------------------

const none = (...shapes: readonly Shape[]): boolean => shapes.some(s => sizeOf(s) === 0)
/** Operands x [batch, feature, ...spatial] and w [out feature, feature / groups, ...spatial]; the result is [batch, out feature, ...spatial]. */
export const convolutionP: Primitive<ConvolutionParams> = multilinear<ConvolutionParams>('convolution', {
  add: () => addP,
  params: record({
    windowStrides: ints, padding: intLists, lhsDilation: ints, rhsDilation: ints, featureGroupCount: int, batchGroupCount: int,
  }),
  shape: shapeOf,
  // where nothing meets nothing the transposed paddings would ask for windows of size 0
  transpose: ([ct], [x, w], params) => {
    const nothing = none(x!.aval.shape, w!.aval.shape, ct!.aval.shape)
    return [
      x instanceof Linear ? (nothing ? zeros(x.aval) : pullLeft(ct!, x.aval, w as Value, params)) : null,
      w instanceof Linear ? (nothing ? zeros(w.aval) : pullRight(ct!, x as Value, w.aval, params)) : null,
    ]
  },
  batch: (axis, [x, w], [left, right], params) => {
    const one = (v: Value, batched: boolean): Shape => (batched ? v.aval.shape.slice(1) : v.aval.shape)
    if (axis.size === 0) return [zeros(aval(x!.aval.dtype, [0, ...resultShape(one(x!, left!), one(w!, right!), params)]))]
    return [(left ? right ? mappedBoth : mappedLeft : mappedRight)(axis, x!, w!, params)]
  },
  cost: ([x, w], [o], { padding, windowStrides, lhsDilation, rhsDilation }) => spatial(x!.shape).reduce(
    (n, size, a) => n * meetings(size, w!.shape[a + 2]!, o!.shape[a + 2]!, padding[a]![0]!, windowStrides[a]!, lhsDilation[a]!, rhsDilation[a]!),
    2 * o!.shape[0]! * w!.shape[0]! * w!.shape[1]!),
})

/** The convolution of `x` with `w`, in the layout of the row. */
export const convolution = (x: Value, w: Value, p: ConvolutionParams): Value => bind1(convolutionP, [x, w], {
  windowStrides: p.windowStrides, padding: p.padding, lhsDilation: p.lhsDilation, rhsDilation: p.rhsDilation,
  featureGroupCount: p.featureGroupCount, batchGroupCount: p.batchGroupCount,
})

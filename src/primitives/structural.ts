/** Structural rows move elements and compute none: each is linear, and its transpose is structural again. */
import * as E from '../core/either.js'
import { type Aval, aval, range, sameShape, type Shape, showShape, sizeOf, withoutAxes } from '../core/aval.js'
import type { DType } from '../core/dtype.js'
import { int, intLists, ints, record } from '../core/form.js'
import { bind1 } from '../core/interp.js'
import { Linear, type Primitive } from '../core/primitive.js'
import type { Value } from '../core/value.js'
import { select } from './arithmetic.js'
import { axesFit, type AxesParams, broadcast, full, lead, scalar, sum, zeros } from './base.js'
import { dtypeForm } from './logic.js'
import { constant, free, linear, wrongDType, wrongShape } from './row.js'

const natural = (n: number): boolean => Number.isInteger(n) && n >= 0
const shifted = (axes: readonly number[]): readonly number[] => axes.map(a => a + 1)

// ---- reshape, transpose, reverse -------------------------------------------------------------------------------------

export interface ShapeParams { readonly shape: Shape }
export const reshapeP: Primitive<ShapeParams> = linear<ShapeParams>('reshape', {
  params: record({ shape: ints }),
  shape: ([x], { shape }) => shape.every(natural) && sizeOf(shape) === sizeOf(x!.shape)
    ? E.right([aval(x!.dtype, shape)])
    : wrongShape('reshape', [x!], `an array of ${sizeOf(shape)} elements for shape ${showShape(shape)}`, 'the sizes before and after must have one product'),
  batch: (axis, [x], _b, { shape }) => [reshape(x!, [axis.size, ...shape])],
  transpose: ([ct], [x]) => [reshape(ct!, x!.aval.shape)],
  cost: free,
  zeros,
})

export interface PermParams { readonly perm: readonly number[] }
const isPermutation = (perm: readonly number[], rank: number): boolean =>
  perm.length === rank && new Set(perm).size === rank && perm.every(p => natural(p) && p < rank)
const inverse = (perm: readonly number[]): readonly number[] => {
  const back = new Array<number>(perm.length)
  perm.forEach((p, i) => { back[p] = i })
  return back
}
/** Axis i of the result is axis perm[i] of the operand. */
export const transposeP: Primitive<PermParams> = linear<PermParams>('transpose', {
  params: record({ perm: ints }),
  shape: ([x], { perm }) => isPermutation(perm, x!.shape.length)
    ? E.right([aval(x!.dtype, perm.map(p => x!.shape[p]!))])
    : wrongShape('transpose', [x!], `an array whose axes ${showShape(perm)} permutes`, `give each of the ${x!.shape.length} axes once`),
  batch: (_axis, [x], _b, { perm }) => [transpose(x!, [0, ...shifted(perm)])],
  transpose: ([ct], _args, { perm }) => [transpose(ct!, inverse(perm))],
  cost: free,
  zeros,
})

export const reverseP: Primitive<AxesParams> = linear<AxesParams>('reverse', {
  params: record({ axes: ints }),
  shape: ([x], { axes }) => axesFit(axes, x!.shape.length)
    ? E.right([x!])
    : wrongShape('reverse', [x!], `axes within rank ${x!.shape.length}, ascending; the axes are ${showShape(axes)}`, 'give each axis once'),
  batch: (_axis, [x], _b, { axes }) => [reverse(x!, shifted(axes))],
  transpose: ([ct], _args, { axes }) => [reverse(ct!, axes)],
  cost: free,
  zeros,
})

// ---- slice and pad, each the transpose of the other ------------------------------------------------------------------

export interface SliceParams { readonly start: readonly number[]; readonly limit: readonly number[]; readonly strides: readonly number[] }
/** Elements start, start + stride, ... below limit, on every axis. */
export const sliceP: Primitive<SliceParams> = linear<SliceParams>('slice', {
  params: record({ start: ints, limit: ints, strides: ints }),
  shape: ([x], { start, limit, strides }) => {
    const rank = x!.shape.length
    const fits = start.length === rank && limit.length === rank && strides.length === rank
      && x!.shape.every((n, i) => natural(start[i]!) && natural(limit[i]!) && start[i]! <= limit[i]! && limit[i]! <= n && natural(strides[i]!) && strides[i]! > 0)
    return fits
      ? E.right([aval(x!.dtype, start.map((s, i) => Math.ceil((limit[i]! - s) / strides[i]!)))])
      : wrongShape('slice', [x!], `an array that holds the slice from ${showShape(start)} to ${showShape(limit)} by ${showShape(strides)}`,
        'on every axis 0 <= start <= limit <= size and stride >= 1')
  },
  batch: (axis, [x], _b, { start, limit, strides }) => [slice(x!, [0, ...start], [axis.size, ...limit], [1, ...strides])],
  transpose: ([ct], [x], { start, strides }) => [pad(ct!, scalar(0, ct!.aval.dtype), ct!.aval.shape.map((m, i) => {
    const used = m === 0 ? 0 : start[i]! + (m - 1) * strides[i]! + 1
    return m === 0 ? [0, x!.aval.shape[i]!, 0] : [start[i]!, x!.aval.shape[i]! - used, strides[i]! - 1]
  }))],
  cost: free,
  zeros,
})

/** For each axis what is put before, after, and between neighbours; negative before and after cut. */
export type PadConfig = readonly (readonly number[])[]
export interface PadParams { readonly config: PadConfig }
const paddedSize = (n: number, [lo, hi, interior]: readonly number[]): number => lo! + n + Math.max(n - 1, 0) * interior! + hi!
/** True where a padded array holds an element of x, false where it holds padding. */
const inside = (x: Aval, config: PadConfig): Value => pad(full(1, aval('bool', x.shape)), scalar(0, 'bool'), config)

/** Linear in the array and the padding value together. */
export const padP: Primitive<PadParams> = linear<PadParams>('pad', {
  params: record({ config: intLists }),
  shape: ([x, value], { config }) => {
    const entries = config.length === x!.shape.length && config.every(c => c.length === 3 && c.every(Number.isInteger) && c[2]! >= 0)
    if (!entries) return wrongShape('pad', [x!], `an array with one axis for each of ${config.length} entries [before, after, between]`, 'only before and after may be negative')
    if (value!.shape.length > 0) return wrongShape('pad', [value!], 'a scalar to pad with', 'np.pad takes one value for each side')
    if (value!.dtype !== x!.dtype) return wrongDType('pad', [x!, value!], 'an array and a padding value of one dtype')
    const shape = x!.shape.map((n, i) => paddedSize(n, config[i]!))
    return shape.every(n => n >= 0) ? E.right([aval(x!.dtype, shape)]) : wrongShape('pad', [x!], `an array with enough elements to cut, the result would be ${showShape(shape)}`, 'cut less')
  },
  batch: (axis, [x, value], [xBatched, valueBatched], { config }) => {
    const inner = lead(axis, x!, xBatched!)
    const outer: PadConfig = [[0, 0, 0], ...config]
    if (!valueBatched) return [pad(inner, value!, outer)]
    const padded = pad(inner, scalar(0, x!.aval.dtype), outer)
    return [select(inside(inner.aval, outer), padded, broadcast(value!, padded.aval.shape, [0]))]
  },
  transpose: ([ct], [x, value], { config }) => {
    const zero = scalar(0, ct!.aval.dtype)
    const dilated = (): Value => pad(ct!, zero, config.map(([lo, hi]) => [-lo!, -hi!, 0]))
    const back = (): Value => { const d = dilated(); return slice(d, d.aval.shape.map(() => 0), d.aval.shape, config.map(c => c[2]! + 1)) }
    const outside = (): Value => sum(select(inside(x!.aval, config), zeros(ct!.aval), ct!), range(config.length))
    return [x instanceof Linear ? back() : null, value instanceof Linear ? outside() : null]
  },
  cost: free,
  zeros,
})

// ---- concatenate -----------------------------------------------------------------------------------------------------

export interface AxisParams { readonly axis: number }
export const concatenateP: Primitive<AxisParams> = linear<AxisParams>('concatenate', {
  params: record({ axis: int }),
  shape: (xs, { axis }) => {
    const first = xs[0]
    if (!first) return E.left({ _tag: 'BadArgument', op: 'concatenate', argument: 'the operands', got: '[]', want: 'at least one array', hint: 'there is no dtype for nothing' })
    const rank = first.shape.length
    if (!(natural(axis) && axis < rank)) return E.left({ _tag: 'AxisOutOfRange', op: 'concatenate', axis, shape: first.shape, hint: 'np.stack joins along a new axis' })
    if (xs.some(x => x.dtype !== first.dtype)) return wrongDType('concatenate', xs, 'operands of one dtype', 'np.concatenate promotes')
    const others = withoutAxes(first.shape, [axis])
    return xs.every(x => x.shape.length === rank && sameShape(withoutAxes(x.shape, [axis]), others))
      ? E.right([aval(first.dtype, first.shape.map((n, i) => (i === axis ? xs.reduce((m, x) => m + x.shape[axis]!, 0) : n)))])
      : wrongShape('concatenate', xs, `operands of equal shape save on axis ${axis}`, 'np.stack joins arrays of equal shape along a new axis')
  },
  batch: (mapped, xs, batched, { axis }) => [concatenate(xs.map((x, i) => lead(mapped, x, batched[i]!)), axis + 1)],
  transpose: ([ct], args, { axis }) => {
    let at = 0
    return args.map(a => {
      const start = at
      at += a.aval.shape[axis]!
      return a instanceof Linear ? sliceInAxis(ct!, start, at, axis) : null
    })
  },
  cost: free,
  zeros,
})

// ---- iota ------------------------------------------------------------------------------------------------------------

export interface IotaParams { readonly dtype: DType; readonly shape: Shape; readonly axis: number }
/** Each element is its own position along the axis. */
export const iotaP: Primitive<IotaParams> = constant<IotaParams>('iota', {
  params: record({ dtype: dtypeForm, shape: ints, axis: int }),
  shape: (_ins, { dtype, shape, axis }) => {
    if (!shape.every(natural)) return E.left({ _tag: 'BadArgument', op: 'iota', argument: 'shape', got: showShape(shape), want: 'sizes that are whole numbers >= 0', hint: 'check the sizes' })
    if (!(natural(axis) && axis < shape.length)) return E.left({ _tag: 'AxisOutOfRange', op: 'iota', axis, shape, hint: 'iota counts along one of its axes' })
    return dtype === 'bool'
      ? E.left({ _tag: 'BadArgument', op: 'iota', argument: 'dtype', got: 'bool', want: 'a dtype of numbers', hint: 'compare the result instead' })
      : E.right([aval(dtype, shape)])
  },
  batch: (_axis, _args, _b, params) => ({ values: [bind1(iotaP, [], params)], batched: [false] }),
  cost: free,
})

// ---- functions -------------------------------------------------------------------------------------------------------

export const reshape = (x: Value, shape: Shape): Value => (sameShape(x.aval.shape, shape) ? x : bind1(reshapeP, [x], { shape }))
export const transpose = (x: Value, perm: readonly number[]): Value =>
  perm.length === x.aval.shape.length && perm.every((p, i) => p === i) ? x : bind1(transposeP, [x], { perm })
export const reverse = (x: Value, axes: readonly number[]): Value => (axes.length === 0 ? x : bind1(reverseP, [x], { axes }))
export const slice = (x: Value, start: readonly number[], limit: readonly number[], strides: readonly number[] = start.map(() => 1)): Value =>
  start.every(s => s === 0) && strides.every(s => s === 1) && sameShape(limit, x.aval.shape) && start.length === limit.length && strides.length === limit.length
    ? x : bind1(sliceP, [x], { start, limit, strides })
/** The slice from `start` to `limit` of one axis, all of the others. */
export const sliceInAxis = (x: Value, start: number, limit: number, axis: number): Value => {
  const { shape } = x.aval
  return slice(x, shape.map((_, i) => (i === axis ? start : 0)), shape.map((n, i) => (i === axis ? limit : n)))
}
export const pad = (x: Value, value: Value, config: PadConfig): Value =>
  config.length === x.aval.shape.length && config.every(c => c.every(n => n === 0)) ? x : bind1(padP, [x, value], { config })
export const concatenate = (xs: readonly Value[], axis: number): Value =>
  xs.length === 1 && axis >= 0 && axis < xs[0]!.aval.shape.length ? xs[0]! : bind1(concatenateP, xs, { axis })
export const iota = (dtype: DType, shape: Shape, axis: number): Value => bind1(iotaP, [], { dtype, shape, axis })

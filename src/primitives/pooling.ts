/** Windows along axes are a view that overlaps itself; its transpose adds what overlaps. Pooling is a fold over windows. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { aval, range, type Shape, showShape } from '../core/aval.js'
import { bind1 } from '../core/interp.js'
import type { Primitive } from '../core/primitive.js'
import type { Value } from '../core/value.js'
import { add } from './arithmetic.js'
import { axesFit, scalar, zeros } from './base.js'
import { dilated, placesOf } from './convolve.js'
import { free, ints, linear, wrongShape } from './row.js'
import { pad, reshape, sliceInAxis, transpose } from './structural.js'

/** One entry for each of the axes: the size of a window, from one window to the next, from one element of a window to the next. */
export interface WindowsParams {
  readonly axes: readonly number[]
  readonly sizes: readonly number[]
  readonly strides: readonly number[]
  readonly dilation: readonly number[]
}

/** Element k of window p of axis a is element p · stride + k · dilation: places stand where the axis stood, places in the windows come last. */
export const windowsP: Primitive<WindowsParams> = linear<WindowsParams>('windows', {
  params: t.readonly(t.type({ axes: ints, sizes: ints, strides: ints, dilation: ints })),
  shape: ([x], { axes, sizes, strides, dilation }) => {
    const { shape } = x!
    if (!axesFit(axes, shape.length)) return wrongShape('windows', [x!], `axes within rank ${shape.length}, ascending; the axes are ${showShape(axes)}`, 'give each axis once')
    const fit = [sizes, strides, dilation].every(l => l.length === axes.length && l.every(n => Number.isInteger(n) && n >= 1))
    if (!fit) return wrongShape('windows', [x!], `sizes, strides and dilation as whole numbers >= 1, one for each of the axes ${showShape(axes)}`, 'an axis without windows is left out')
    const places = shape.map((n, i) => {
      const a = axes.indexOf(i)
      return a < 0 ? n : placesOf(n, dilated(sizes[a]!, dilation[a]!), strides[a]!)
    })
    return E.right([aval(x!.dtype, [...places, ...sizes])])
  },
  batch: (_axis, [x], _b, { axes, ...rest }) => [windows(x!, { ...rest, axes: axes.map(a => a + 1) })],
  transpose: ([ct], [x], params) => [overlapAdd(ct!, x!.aval.shape, params)],
  cost: free,
  zeros,
})

/** Along one axis: places, and as last axis the places in the windows, become `n` elements. */
const addAlong = (ct: Value, axis: number, n: number, stride: number, dilation: number): Value => {
  const { shape, dtype } = ct.aval
  const last = shape.length - 1, places = shape[axis]!, size = shape[last]!
  const beside = transpose(ct, [...range(axis + 1), last, ...range(last).slice(axis + 1)])
  const put = (x: Value, before: number, between: number): Value => pad(x, scalar(0, dtype), x.aval.shape.map((m, a) =>
    (a === axis ? [before, n - before - dilated(m, between + 1), between] : [0, 0, 0])))
  // without dilation `stride` elements of a window come before the next begins, and lie side by side with those of the others
  const width = dilation === 1 ? Math.min(stride, size) : 1
  const parts = range(Math.ceil(size / width)).map(j => {
    const from = j * width, to = Math.min(from + width, size)
    const part = sliceInAxis(beside, from, to, axis + 1)
    if (width === 1) return put(reshape(part, [...shape.slice(0, axis), places, ...shape.slice(axis + 1, last)]), j * dilation, stride - 1)
    const filled = pad(part, scalar(0, dtype), part.aval.shape.map((_, a) => [0, a === axis + 1 ? stride - (to - from) : 0, 0]))
    return put(reshape(filled, [...shape.slice(0, axis), places * stride, ...shape.slice(axis + 1, last)]), from, 0)
  })
  return parts.reduce(add)
}

/** Each element is the sum of the places in windows where it stands: the transpose of `windows`. */
const overlapAdd = (ct: Value, shape: Shape, { axes, strides, dilation }: WindowsParams): Value =>
  ct.size === 0 ? zeros(aval(ct.dtype, shape))
    : axes.reduceRight((sum, axis, a) => addAlong(sum, axis, shape[axis]!, strides[a]!, dilation[a]!), ct)

export const windows = (x: Value, { axes, sizes, strides, dilation }: WindowsParams): Value =>
  axes.length === 0 ? x : bind1(windowsP, [x], { axes, sizes, strides, dilation })

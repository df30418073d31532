/** Windows along axes are a view that overlaps itself; its transpose adds what overlaps. Pooling is a fold over windows. */
import * as E from '../core/either.js'
import { aval, range, type Shape, showShape } from '../core/aval.js'
import { ints, record } from '../core/form.js'
import { bind1 } from '../core/interp.js'
import type { Primitive } from '../core/primitive.js'
import type { Value } from '../core/value.js'
import { add } from './arithmetic.js'
import { axesFit, scalar, zeros } from './base.js'
import { dilated, placesOf } from './convolve.js'
import { free, linear, wrongShape } from './row.js'
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
  params: record({ axes: ints, sizes: ints, strides: ints, dilation: ints }),
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

const widened = (x: Value, config: (axis: number) => readonly number[] | null): Value =>
  pad(x, scalar(0, x.dtype), x.shape.map((_, a) => config(a) ?? [0, 0, 0]))
const moved = (x: Value, from: number, to: number): Value => {
  const perm = range(x.ndim).filter(a => a !== from)
  perm.splice(to, 0, from)
  return transpose(x, perm)
}

/** Places along `axis` and, along `within`, those in their windows become `n` elements: windows that overlap are cut into pieces that do not. */
const addAlong = (ct: Value, axis: number, within: number, n: number, stride: number, dilation: number): Value => {
  const places = ct.shape[axis]!, size = ct.shape[within]!
  const beside = moved(ct, within, axis + 1)
  // without dilation `stride` elements of a window come before the next begins, and lie side by side with those of the others
  const width = dilation === 1 ? stride : 1
  return range(Math.ceil(size / width)).map(j => {
    const from = j * width, to = Math.min(from + width, size), between = width === 1 ? stride - 1 : 0
    const part = widened(sliceInAxis(beside, from, to, axis + 1), a => (a === axis + 1 ? [0, width - (to - from), 0] : null))
    const line = reshape(part, part.shape.flatMap((m, a) => (a === axis ? [places * width] : a === axis + 1 ? [] : [m])))
    const before = from * dilation
    return widened(line, a => (a === axis ? [before, n - before - dilated(places * width, between + 1), between] : null))
  }).reduce(add)
}

/** Windows that end before the next begins: each is filled up to the stride, and all axes are joined at once. */
const sideBySide = (ct: Value, shape: Shape, axes: readonly number[], strides: readonly number[]): Value => {
  if (axes.length === 0) return ct
  const rank = shape.length
  const filled = widened(ct, a => (a < rank ? null : [0, strides[a - rank]! - ct.shape[a]!, 0]))
  const beside = transpose(filled, range(rank).flatMap(a => (axes.includes(a) ? [a, rank + axes.indexOf(a)] : [a])))
  const along = (a: number): number => ct.shape[a]! * (axes.includes(a) ? strides[axes.indexOf(a)]! : 1)
  return widened(reshape(beside, range(rank).map(along)), a => (axes.includes(a) ? [0, shape[a]! - along(a), 0] : null))
}

/** Each element is the sum of the places in windows where it stands: the transpose of `windows`. */
const overlapAdd = (ct: Value, shape: Shape, { axes, sizes, strides, dilation }: WindowsParams): Value => {
  if (ct.size === 0) return zeros(aval(ct.dtype, shape))
  const apart = (a: number): boolean => dilation[a] === 1 && sizes[a]! <= strides[a]!
  const [over, beside] = [range(axes.length).filter(a => !apart(a)), range(axes.length).filter(apart)]
  const sum = over.reduceRight((x, a) => addAlong(x, axes[a]!, shape.length + a, shape[axes[a]!]!, strides[a]!, dilation[a]!), ct)
  return sideBySide(sum, shape, beside.map(a => axes[a]!), beside.map(a => strides[a]!))
}

export const windows = (x: Value, { axes, sizes, strides, dilation }: WindowsParams): Value =>
  axes.length === 0 ? x : bind1(windowsP, [x], { axes, sizes, strides, dilation })

/** Folds and contractions run over one layout: permuted copies where the axes demand it, the data itself where they lie right. */
import { type Shape, sizeOf, stridesOf } from '../../src/core/aval.js'
import { allocate, type Data, dtypeOfData } from '../../src/core/dtype.js'
import { move } from './move.js'

/** The elements of `x` in the order of the permuted axes, written into `into` (and converted to its kind of number). */
export const permuteInto = <T extends Data>(x: Data, shape: Shape, order: readonly number[], into: T): T => {
  const strides = stridesOf(shape), to = order.map(axis => shape[axis]!)
  move({ data: x, offset: 0, strides: order.map(axis => strides[axis]!) }, { data: into, offset: 0, strides: stridesOf(to) }, to)
  return into
}

/** An array seen as [outer, length, inner], with the folded axes in the middle. */
export interface Folded { readonly data: Data; readonly outer: number; readonly length: number; readonly inner: number }

/** Folded axes that are neighbours are folded where they lie; others are brought together behind the rest, in their order. */
export const folded = (data: Data, shape: Shape, axes: readonly number[]): Folded => {
  const kept = shape.map((_, i) => i).filter(i => !axes.includes(i))
  const size = (some: readonly number[]): number => sizeOf(some.map(i => shape[i]!))
  const wide = axes.filter(a => shape[a] !== 1)
  const first = wide[0] ?? shape.length, last = wide[wide.length - 1] ?? shape.length
  if (kept.every(k => k < first || k > last || shape[k] === 1)) {
    return { data, outer: size(kept.filter(k => k < first)), length: size(axes), inner: size(kept.filter(k => k >= first)) }
  }
  const moved = permuteInto(data, shape, [...kept, ...axes], allocate(dtypeOfData(data), data.length))
  return { data: moved, outer: size(kept), length: size(axes), inner: 1 }
}

/** A kernel is a loop nest over buffers, a contraction, or one that follows data (special.ts): plain data, from which a target writes code and of which equal ones are shared. */
import type { DType } from '../core/dtype.js'
import type { Expr } from './expr.js'
import type { Cumulative, Gather, Scatter, Sort } from './special.js'
import type { View } from './view.js'

/** How the elements along the reduced axes come together. argmax and argmin answer the first place (i32) along the one reduced axis; NaN wins. */
export type Monoid = 'sum' | 'prod' | 'max' | 'min' | 'and' | 'or' | 'argmax' | 'argmin'
export interface Fold { readonly monoid: Monoid; readonly dtype: DType; readonly value: Expr }
/** `element`: at every point of the nest (its view has a stride for every axis). `folded`: once the reduced axes are done (their strides are 0). */
export interface Store { readonly view: View; readonly value: Expr; readonly at: 'element' | 'folded' }

/**
 * for every point of `extents`: element stores, and folds over the last `reduced` axes; then, for every point of the other axes,
 * folded stores, whose expressions may name folds. Buffers are numbered 0..; `buffers` tells the dtype of each.
 * Every element is stored at most once, and what is stored is not loaded by the same nest, save at the very same point.
 */
export interface Nest {
  readonly tag: 'nest'
  readonly buffers: readonly DType[]
  readonly extents: readonly number[]
  readonly reduced: number
  readonly folds: readonly Fold[]
  readonly stores: readonly Store[]
}

/** Where an operand of a contraction lies: an offset, and strides (in elements) for each group of axes. */
export interface Operand { readonly buffer: number; readonly offset: number; readonly batch: readonly number[]; readonly own: readonly number[]; readonly depth: readonly number[] }
/**
 * out[b, i, j] = Σ_k left[b, i, k] · right[b, k, j], where each of b, i, j, k may be several axes (row major), read through any strides:
 * transposes, broadcasts and the overlapping windows of a convolution need no copy. The result is contiguous in buffer `out`.
 * `into` says that the sum is added to what `out` holds. `then` follows where a part of the sums is done: a nest without folds, over the
 * same buffers, whose axes are those of `out` in their order, so that it reads an element of `out` only at the very point of this element.
 */
export interface Contract {
  readonly tag: 'contract'
  readonly dtype: DType
  readonly batch: readonly number[]
  readonly rows: readonly number[]
  readonly cols: readonly number[]
  readonly depth: readonly number[]
  readonly left: Operand
  readonly right: Operand
  readonly out: number
  readonly into: boolean
  readonly then: Nest | null
}

/** Whether a target gains when the nest follows the contraction, which is as it stands alone. */
export type Follows = (c: Contract, nest: Nest) => boolean

export type Kernel = Nest | Contract | Gather | Scatter | Cumulative | Sort

/** The numbers of the buffers that a kernel writes. */
export const writesOf = (k: Kernel): readonly number[] => {
  switch (k.tag) {
    case 'nest': return k.stores.map(s => s.view.buffer)
    case 'contract': return k.then === null ? [k.out] : [...new Set([k.out, ...writesOf(k.then)])]
    case 'gather': return [k.packed.buffer]
    case 'scatter': return [k.array.buffer]
    case 'cumulative': return [k.out.buffer]
    case 'sort': return [...k.outs.map(o => o.buffer), ...(k.room === null ? [] : [k.room])]
    default: return k satisfies never
  }
}

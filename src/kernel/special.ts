/** Kernels that are no nest: what they touch, or in which order, depends on data. Plain data, as the others are. */
import type { DType } from '../core/dtype.js'

/** Elements of a buffer: element offset + Σ strides·axes, the axes being those that the kernel names. */
export interface Strided { readonly buffer: number; readonly offset: number; readonly strides: readonly number[] }

/**
 * For every index vector one window of `array` and one of `packed`, both over the axes `batch` (one point of which is one vector) and
 * `window`. Component k of a vector is the i32 at `indices` (over `batch`) + k·between; the window of the array moves by strides[k] for each
 * of its units. Component k lies within 0..last[k], or the window is not wholly inside: then it is left out where `drops`, else moved inside.
 */
export interface Windows {
  readonly dtype: DType
  readonly batch: readonly number[]
  readonly window: readonly number[]
  /** Whether windows move along each of the axes of a window; along the others all of them lie alike. */
  readonly moving: readonly boolean[]
  readonly indices: Strided
  readonly between: number
  readonly strides: readonly number[]
  readonly last: readonly number[]
  readonly drops: boolean
  readonly array: Strided
  readonly packed: Strided
}
/** packed = the windows of the array; a window that is left out is full of `filler`: a number, or the scalar in a buffer. */
export interface Gather extends Windows { readonly tag: 'gather'; readonly filler: { readonly buffer: number } | { readonly value: number } }
/**
 * The windows of `packed` enter the array in the order of the index vectors, row major. Windows of the array at different points of an axis
 * along which `array` has a stride never meet; where `unique`, no two windows do.
 */
export interface Scatter extends Windows { readonly tag: 'scatter'; readonly kind: 'set' | 'add' | 'mul' | 'min' | 'max'; readonly unique: boolean }

/**
 * Along every line, over the axes `lines`: y_0 = x_0 and y_j = y_(j-1) ∘ x_j, or y_0 = b_0 and y_j = a_j·y_(j-1) + b_j for the operands
 * [a, b]. Strides are over [...lines, the axis of `length`]. Sums, products and recurrences of floats are kept in more than the dtype.
 */
export interface Cumulative {
  readonly tag: 'cumulative'
  readonly kind: 'sum' | 'prod' | 'max' | 'min' | 'recurrence'
  readonly dtype: DType
  readonly lines: readonly number[]
  readonly length: number
  readonly ins: readonly Strided[]
  readonly out: Strided
}

/**
 * The operands along every line, in the order of the first `keys` of them, the first the most significant: stably; -0 and 0 are equal, NaNs
 * are equal and greater than any number. Strides are over [...lines, the axis of `length`]. `room`: a buffer of roomOf(length) words for
 * each line, or none, where a thread has the room.
 */
export interface Sort {
  readonly tag: 'sort'
  readonly lines: readonly number[]
  readonly length: number
  readonly keys: number
  readonly descending: boolean
  readonly dtypes: readonly DType[]
  readonly ins: readonly Strided[]
  readonly outs: readonly Strided[]
  readonly room: number | null
}
/** Words of 32 bits that one line needs: two records of two words and a position for every element, and a count for every digit. */
export const roomOf = (length: number): number => Math.ceil((5 * length + 1024) / 16) * 16

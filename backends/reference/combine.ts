/** Windows of updates enter an array one after the other, in the order of the indices: the last replacement stays, sums run in that order. */
import type { Data } from '../../src/core/dtype.js'
import { walk } from './move.js'

export type Combination = 'set' | 'add' | 'mul' | 'min' | 'max'
type Row = (to: Data, at: number, step: number, from: Data, source: number, stride: number, n: number) => void

/** Written out one by one: an engine then compiles each on its own. The typed array rounds, or wraps, what it stores. */
const rows: Record<Exclude<Combination, 'set'>, Row> = {
  add: (to, at, step, from, source, stride, n) => { for (let i = 0; i < n; i++) { to[at] = to[at]! + from[source]!; at += step; source += stride } },
  mul: (to, at, step, from, source, stride, n) => { for (let i = 0; i < n; i++) { to[at] = to[at]! * from[source]!; at += step; source += stride } },
  min: (to, at, step, from, source, stride, n) => { for (let i = 0; i < n; i++) { to[at] = Math.min(to[at]!, from[source]!); at += step; source += stride } },
  max: (to, at, step, from, source, stride, n) => { for (let i = 0; i < n; i++) { to[at] = Math.max(to[at]!, from[source]!); at += step; source += stride } },
}
/** The product of 32-bit integers has up to 64 bits, of which the low ones stay. */
const mulInt: Row = (to, at, step, from, source, stride, n) => { for (let i = 0; i < n; i++) { to[at] = Math.imul(to[at]!, from[source]!); at += step; source += stride } }

/** Window b begins at inArray[b] of the array (negative: it is dropped) and at inPacked[b] of the updates. */
export const combine = (
  kind: Combination, array: Data, inArray: Int32Array, steps: readonly number[], updates: Data, inPacked: Int32Array, strides: readonly number[], sizes: readonly number[],
): void => {
  if (kind === 'set') {
    const form = { sizes, from: strides, to: steps }
    for (let b = 0; b < inArray.length; b++) if (inArray[b]! >= 0) walk(form, updates, inPacked[b]!, array, inArray[b]!)
    return
  }
  const row = kind === 'mul' && (array instanceof Int32Array || array instanceof Uint32Array) ? mulInt : rows[kind]
  const rank = sizes.length
  const nest = (axis: number, at: number, source: number): void => {
    if (axis >= rank - 1) {
      row(array, at, rank === 0 ? 0 : steps[axis]!, updates, source, rank === 0 ? 0 : strides[axis]!, rank === 0 ? 1 : sizes[axis]!)
      return
    }
    for (let i = 0; i < sizes[axis]!; i++) nest(axis + 1, at + i * steps[axis]!, source + i * strides[axis]!)
  }
  for (let b = 0; b < inArray.length; b++) if (inArray[b]! >= 0) nest(0, inArray[b]!, inPacked[b]!)
}

/** A stable merge sort of positions by one key after another, the least significant first; the operands then follow the positions. */
import { stridesOf } from '../../src/core/aval.js'
import { allocate, type Data } from '../../src/core/dtype.js'
import type { SortName } from '../../src/core/vocabulary.js'
import type { Execute } from './execute.js'

/** Runs of this length are sorted by insertion before they are merged. */
const shortRun = 12

/** Room for sorting lanes of one length. */
interface Room { readonly order: Int32Array; readonly spare: Int32Array; readonly keys: Float64Array }
const room = (n: number): Room => ({ order: new Int32Array(n), spare: new Int32Array(n), keys: new Float64Array(n) })

/**
 * Sorts order[from, to) by keys[order[i]], keeping equal keys in place: a <= b is true of -0 and 0 both ways.
 * No key is NaN.
 */
const mergeSort = ({ order, spare, keys }: Room, from: number, to: number): void => {
  for (let lo = from; lo < to; lo += shortRun) {
    const hi = Math.min(lo + shortRun, to)
    for (let i = lo + 1; i < hi; i++) {
      const moving = order[i]!, key = keys[moving]!
      let j = i
      while (j > lo && keys[order[j - 1]!]! > key) { order[j] = order[j - 1]!; j-- }
      order[j] = moving
    }
  }
  let source = order, target = spare
  for (let width = shortRun; width < to - from; width *= 2) {
    for (let lo = from; lo < to; lo += 2 * width) {
      const mid = Math.min(lo + width, to), hi = Math.min(lo + 2 * width, to)
      let i = lo, j = mid, k = lo
      while (i < mid && j < hi) target[k++] = keys[source[i]!]! <= keys[source[j]!]! ? source[i++]! : source[j++]!
      while (i < mid) target[k++] = source[i++]!
      while (j < hi) target[k++] = source[j++]!
    }
    [source, target] = [target, source]
  }
  if (source !== order) order.set(source.subarray(from, to), from)
}

/** Orders the positions by one key: NaNs to the end (to the front when descending), the rest by value, all stably. */
const byKey = (space: Room, key: Data, base: number, step: number, descending: boolean): void => {
  const { order, spare, keys } = space
  const n = order.length
  let nans = 0, sorted = true, last = -Infinity
  for (let i = 0; i < n; i++) {
    const at = order[i]!, x = key[base + at * step]!
    if (x !== x) { spare[nans++] = at; continue }
    const rank = descending ? -x : x
    keys[at] = rank
    if (rank < last) sorted = false
    last = rank
    order[i - nans] = at
  }
  const first = descending ? nans : 0
  if (nans > 0) {
    if (descending) order.copyWithin(nans, 0, n - nans)
    order.set(spare.subarray(0, nans), descending ? 0 : n - nans)
  }
  if (!sorted) mergeSort(space, first, first + n - nans)
}

/**
 * One operand alone: the sort of typed arrays, which puts NaN last and -0 before 0. Equal numbers cannot be told apart but for
 * the zeros, which are put back in the order they came in.
 */
const sortAlone = (x: Data, out: Data, base: number, step: number, lane: Data, descending: boolean): void => {
  const n = lane.length
  for (let i = 0, at = base; i < n; i++, at += step) lane[i] = x[at]!
  lane.sort()
  if (descending) lane.reverse()
  let zero = -1
  for (let i = 0, at = base; i < n; i++, at += step) {
    const v = out[at] = lane[i]!
    if (v === 0 && zero < 0) zero = at
  }
  if (zero < 0 || !(out instanceof Float32Array || out instanceof Float64Array)) return
  for (let i = 0, at = base; i < n; i++, at += step) if (x[at] === 0) { out[zero] = x[at]!; zero += step }
}

const sort: Execute<{ readonly axis: number; readonly numKeys: number; readonly descending: boolean }> = (xs, { axis, numKeys, descending }) => {
  const { shape } = xs[0]!.aval
  const n = shape[axis]!, step = stridesOf(shape)[axis]!
  const outs = xs.map(x => allocate(x.aval.dtype, x.data.length))
  if (outs[0]!.length === 0) return outs
  if (xs.length === 1) {
    const lane = allocate(xs[0]!.aval.dtype, n)
    for (let block = 0; block < outs[0]!.length; block += n * step) {
      for (let base = block; base < block + step; base++) sortAlone(xs[0]!.data, outs[0]!, base, step, lane, descending)
    }
    return outs
  }
  const space = room(n)
  const { order } = space
  for (let block = 0; block < outs[0]!.length; block += n * step) {
    for (let base = block; base < block + step; base++) {
      for (let i = 0; i < n; i++) order[i] = i
      for (let k = numKeys - 1; k >= 0; k--) byKey(space, xs[k]!.data, base, step, descending)
      for (let k = 0; k < xs.length; k++) {
        const from = xs[k]!.data, to = outs[k]!
        for (let i = 0, at = base; i < n; i++, at += step) to[at] = from[base + order[i]! * step]!
      }
    }
  }
  return outs
}

export const sorting: Record<SortName, Execute> = { sort }

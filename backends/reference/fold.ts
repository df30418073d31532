/** Folds over axes: f32 is accumulated in f64 and rounded once, f64 sums are pairwise, integers wrap, NaN is never lost. */
import { sizeOf } from '../../src/core/aval.js'
import { allocate, type Data, type DType, highest, isFloat, lowest } from '../../src/core/dtype.js'
import type { FoldName } from '../../src/core/vocabulary.js'
import { cumulative } from './cumulative.js'
import type { Execute } from './execute.js'
import { folded, type Folded } from './pack.js'

interface Axes { readonly axes: readonly number[] }
type Loop = (x: Folded, out: Data) => void

const over = (loop: (dtype: DType) => Loop): Execute<Axes> => ([x], { axes }, [o]) => {
  const out = allocate(o!.dtype, sizeOf(o!.shape))
  if (out.length > 0) loop(o!.dtype)(folded(x!.data, x!.aval.shape, axes), out)
  return [out]
}

/** Every place of the result goes through the folded elements in their order. */
const stepwise = (seed: number, step: (acc: number, x: number) => number): Loop => ({ data, outer, length, inner }, out) => {
  const acc = new Float64Array(inner)
  for (let o = 0, at = 0; o < outer; o++) {
    if (inner === 1) {
      let a = seed
      for (let r = 0; r < length; r++) a = step(a, data[at++]!)
      out[o] = a
      continue
    }
    acc.fill(seed)
    for (let r = 0; r < length; r++) for (let i = 0; i < inner; i++) acc[i] = step(acc[i]!, data[at++]!)
    out.set(acc, o * inner)
  }
}

/** Below this length a plain sum; above it halves, so that the rounding error grows with the logarithm of the length (Higham, 1993). */
const short = 128
const sumRow = (x: Data, at: number, n: number): number => {
  if (n > short) {
    const half = (n >> 1) & ~7
    return sumRow(x, at, half) + sumRow(x, at + half, n - half)
  }
  let a = 0, b = 0, i = at
  const end = at + n
  for (; i + 2 <= end; i += 2) { a += x[i]!; b += x[i + 1]! }
  return i < end ? a + x[i]! + b : a + b
}
const sumRows = (x: Data, at: number, n: number, inner: number, acc: Float64Array): void => {
  if (n > short) {
    const half = n >> 1
    const right = new Float64Array(inner)
    sumRows(x, at, half, inner, acc)
    sumRows(x, at + half * inner, n - half, inner, right)
    for (let i = 0; i < inner; i++) acc[i]! += right[i]!
    return
  }
  for (let r = 0; r < n; r++) for (let i = 0; i < inner; i++) acc[i]! += x[at++]!
}
const sumFloats: Loop = ({ data, outer, length, inner }, out) => {
  if (inner === 1) { for (let o = 0; o < outer; o++) out[o] = sumRow(data, o * length, length); return }
  const acc = new Float64Array(inner)
  for (let o = 0; o < outer; o++) {
    acc.fill(0)
    sumRows(data, o * length * inner, length, inner, acc)
    out.set(acc, o * inner)
  }
}

/** Math.max and Math.min give NaN where there is one, and order the zeros. */
const maxOf = (seed: number): Loop => ({ data, outer, length, inner }, out) => {
  if (inner > 1) return stepwise(seed, Math.max)({ data, outer, length, inner }, out)
  for (let o = 0, at = 0; o < outer; o++) {
    let m = seed
    for (let r = 0; r < length; r++) m = Math.max(m, data[at++]!)
    out[o] = m
  }
}

/** The place of the first element that no other precedes; the first NaN precedes everything. */
const place = (before: (x: number, best: number) => boolean): Execute<{ readonly axis: number }> => ([x], { axis }, [o]) => {
  const { data, outer, length, inner } = folded(x!.data, x!.aval.shape, [axis])
  const out = allocate(o!.dtype, sizeOf(o!.shape))
  for (let a = 0, at = 0; a < outer; a++) {
    for (let i = 0; i < inner; i++) {
      const from = a * length * inner + i
      let best = data[from]!, found = 0
      for (let r = 1; r < length && best === best; r++) {
        const v = data[from + r * inner]!
        if (before(v, best) || v !== v) { best = v; found = r }
      }
      out[at++] = found
    }
  }
  return [out]
}

const integers = { add: (a: number, x: number): number => (a + x) | 0, mul: (a: number, x: number): number => Math.imul(a, x) }

const greatest = over(d => maxOf(lowest(d))), least = over(d => stepwise(highest(d), Math.min))

export const folds: Record<FoldName, Execute> = {
  ...cumulative,
  sum: over(d => (isFloat(d) ? sumFloats : stepwise(0, integers.add))),
  prod: over(d => stepwise(1, isFloat(d) ? (a, x) => a * x : integers.mul)),
  max: greatest, maxFirst: greatest,
  min: least, minFirst: least,
  and: over(d => stepwise(d === 'bool' ? 1 : -1, (a, x) => a & x)),
  or: over(() => stepwise(0, (a, x) => a | x)),
  argmax: place((x, best) => x > best),
  argmin: place((x, best) => x < best),
}

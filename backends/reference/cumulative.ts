/** Folds that keep every partial result: the state is f64 and is rounded only where it is stored; integers wrap. */
import { allocate, type Data, isFloat } from '../../src/core/dtype.js'
import type { FoldName } from '../../src/core/vocabulary.js'
import type { Execute } from './execute.js'
import { folded } from './pack.js'

interface Along { readonly axis: number; readonly reverse: boolean }
/** One line of `length` elements, `step` apart, from `at` on. */
type Line = (x: Data, out: Data, at: number, step: number, length: number) => void

const along = (line: (float: boolean) => Line): Execute<Along> => ([x], { axis, reverse }, [o]) => {
  const { data, outer, length, inner } = folded(x!.data, x!.aval.shape, [axis])
  const out = allocate(o!.dtype, data.length)
  if (length === 0) return [out]
  const run = line(isFloat(o!.dtype))
  for (let a = 0; a < outer; a++) {
    for (let i = 0; i < inner; i++) {
      const first = a * length * inner + i
      if (reverse) run(data, out, first + (length - 1) * inner, -inner, length)
      else run(data, out, first, inner, length)
    }
  }
  return [out]
}

/** Two-sum keeps what rounding takes away (Knuth, TAOCP 2, 4.2.2); where the sum is not finite there is nothing to keep. */
const sums: Line = (x, out, at, step, length) => {
  let high = 0, low = 0
  for (let r = 0; r < length; r++, at += step) {
    const v = x[at]!, s = high + v, back = s - high
    low += high - (s - back) + (v - back)
    high = s
    out[at] = low === low ? high + low : high
  }
}
const integerSums: Line = (x, out, at, step, length) => {
  let s = 0
  for (let r = 0; r < length; r++, at += step) { s = (s + x[at]!) | 0; out[at] = s }
}
const products: Line = (x, out, at, step, length) => {
  let p = 1
  for (let r = 0; r < length; r++, at += step) { p *= x[at]!; out[at] = p }
}
const integerProducts: Line = (x, out, at, step, length) => {
  let p = 1
  for (let r = 0; r < length; r++, at += step) { p = Math.imul(p, x[at]!); out[at] = p }
}
const maxima: Line = (x, out, at, step, length) => {
  let m = x[at]!
  for (let r = 0; r < length; r++, at += step) { m = Math.max(m, x[at]!); out[at] = m }
}
const minima: Line = (x, out, at, step, length) => {
  let m = x[at]!
  for (let r = 0; r < length; r++, at += step) { m = Math.min(m, x[at]!); out[at] = m }
}
/** log Σ exp x as m + log s with m the greatest x so far, so that no exponential exceeds 1. */
const logSums: Line = (x, out, at, step, length) => {
  let m = -Infinity, s = 0
  for (let r = 0; r < length; r++, at += step) {
    const v = x[at]!
    if (v === m) s += 1
    else if (v > m) { s = s * Math.exp(m - v) + 1; m = v }
    else s += Math.exp(v - m)
    out[at] = m === -Infinity ? (s === s ? m : NaN) : m + Math.log(s)
  }
}

/** h_j = a_j·h_(j-1) + b_j, the state kept in f64. */
const recurrence: Execute<Along> = ([a, b], { axis, reverse }, [o]) => {
  const { outer, length, inner } = folded(b!.data, b!.aval.shape, [axis])
  const factors = a!.data, terms = b!.data
  const out = allocate(o!.dtype, terms.length)
  for (let k = 0; k < outer; k++) {
    for (let i = 0; i < inner; i++) {
      let at = k * length * inner + i + (reverse ? (length - 1) * inner : 0)
      const step = reverse ? -inner : inner
      let h = 0
      for (let r = 0; r < length; r++, at += step) {
        h = r === 0 ? terms[at]! : factors[at]! * h + terms[at]!
        out[at] = h
      }
    }
  }
  return [out]
}

export const cumulative: Pick<Record<FoldName, Execute>, 'cumsum' | 'cumprod' | 'cummax' | 'cummin' | 'cumlogsumexp' | 'linearRecurrence'> = {
  linearRecurrence: recurrence,
  cumsum: along(float => (float ? sums : integerSums)),
  cumprod: along(float => (float ? products : integerProducts)),
  cummax: along(() => maxima),
  cummin: along(() => minima),
  cumlogsumexp: along(() => logSums),
}

/** Contractions are products of matrices in one layout, [batch, m, k] by [batch, n, k], accumulated in f64 or in wrapping integers. */
import { type Aval, sizeOf } from '../../src/core/aval.js'
import { allocate, type Data, isFloat } from '../../src/core/dtype.js'
import type { ContractName } from '../../src/core/vocabulary.js'
import type { NDArray } from '../../src/core/value.js'
import type { Execute } from './execute.js'
import { permuteInto } from './pack.js'

type Sides = readonly [readonly number[], readonly number[]]
interface Axes { readonly contract: Sides; readonly batch: Sides }
interface Layout { readonly order: readonly number[]; readonly batch: number; readonly free: number; readonly contracted: number }

/** Small contractions are mostly this: loops without closures. */
const layoutOf = ({ shape }: Aval, contract: readonly number[], batch: readonly number[]): Layout => {
  const order: number[] = []
  let batched = 1, free = 1, contracted = 1
  for (const axis of batch) { order.push(axis); batched *= shape[axis]! }
  for (let axis = 0; axis < shape.length; axis++) {
    if (contract.includes(axis) || batch.includes(axis)) continue
    order.push(axis)
    free *= shape[axis]!
  }
  for (const axis of contract) { order.push(axis); contracted *= shape[axis]! }
  return { order, batch: batched, free, contracted }
}
const inPlace = (order: readonly number[]): boolean => {
  for (let i = 0; i < order.length; i++) if (order[i] !== i) return false
  return true
}
const floats = (x: NDArray, order: readonly number[]): Float64Array => {
  if (!inPlace(order)) return permuteInto(x.data, x.aval.shape, order, new Float64Array(x.data.length))
  return x.data instanceof Float64Array ? x.data : new Float64Array(x.data)
}
/** Two vectors, as they lie. */
const inner = (x: Data, y: Data): number => {
  let s = 0
  for (let i = 0; i < x.length; i++) s += x[i]! * y[i]!
  return s
}

/** A block of the contracted axis of 4 + 4 rows stays in the first-level cache. */
export const depth = 512

/** c[m, n] += a[m, lo..hi) · b[n, lo..hi)ᵀ, where a, b and c start at the given places. */
export const block = (
  a: Float64Array, b: Float64Array, c: Float64Array, aAt: number, bAt: number, cAt: number,
  m: number, n: number, k: number, lo: number, hi: number,
): void => {
  const m4 = m - m % 4, n4 = n - n % 4
  for (let i = 0; i < m4; i += 4) {
    const a0 = aAt + i * k, a1 = a0 + k, a2 = a1 + k, a3 = a2 + k
    for (let j = 0; j < n4; j += 4) {
      const b0 = bAt + j * k, b1 = b0 + k, b2 = b1 + k, b3 = b2 + k
      let c00 = 0, c01 = 0, c02 = 0, c03 = 0, c10 = 0, c11 = 0, c12 = 0, c13 = 0
      let c20 = 0, c21 = 0, c22 = 0, c23 = 0, c30 = 0, c31 = 0, c32 = 0, c33 = 0
      for (let p = lo; p < hi; p++) {
        const x0 = a[a0 + p]!, x1 = a[a1 + p]!, x2 = a[a2 + p]!, x3 = a[a3 + p]!
        const y0 = b[b0 + p]!, y1 = b[b1 + p]!, y2 = b[b2 + p]!, y3 = b[b3 + p]!
        c00 += x0 * y0; c01 += x0 * y1; c02 += x0 * y2; c03 += x0 * y3
        c10 += x1 * y0; c11 += x1 * y1; c12 += x1 * y2; c13 += x1 * y3
        c20 += x2 * y0; c21 += x2 * y1; c22 += x2 * y2; c23 += x2 * y3
        c30 += x3 * y0; c31 += x3 * y1; c32 += x3 * y2; c33 += x3 * y3
      }
      let o = cAt + i * n + j
      c[o]! += c00; c[o + 1]! += c01; c[o + 2]! += c02; c[o + 3]! += c03; o += n
      c[o]! += c10; c[o + 1]! += c11; c[o + 2]! += c12; c[o + 3]! += c13; o += n
      c[o]! += c20; c[o + 1]! += c21; c[o + 2]! += c22; c[o + 3]! += c23; o += n
      c[o]! += c30; c[o + 1]! += c31; c[o + 2]! += c32; c[o + 3]! += c33
    }
  }
  if (n4 < n) strips(b, a, c, bAt + n4 * k, aAt, cAt + n4, n - n4, m4, k, lo, hi, 1, n)
  if (m4 < m) strips(a, b, c, aAt + m4 * k, bAt, cAt + m4 * n, m - m4, n, k, lo, hi, n, 1)
}

/** The borders: one row of x against four of y at a time; the result of rows i and j lies at i·down + j·across. */
const strips = (
  x: Float64Array, y: Float64Array, c: Float64Array, xAt: number, yAt: number, cAt: number,
  rows: number, columns: number, k: number, lo: number, hi: number, down: number, across: number,
): void => {
  for (let i = 0; i < rows; i++) {
    const x0 = xAt + i * k
    let j = 0
    for (; j + 4 <= columns; j += 4) {
      const y0 = yAt + j * k, y1 = y0 + k, y2 = y1 + k, y3 = y2 + k
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0
      for (let p = lo; p < hi; p++) {
        const v = x[x0 + p]!
        s0 += v * y[y0 + p]!; s1 += v * y[y1 + p]!; s2 += v * y[y2 + p]!; s3 += v * y[y3 + p]!
      }
      const o = cAt + i * down + j * across
      c[o]! += s0; c[o + across]! += s1; c[o + 2 * across]! += s2; c[o + 3 * across]! += s3
    }
    for (; j < columns; j++) {
      const y0 = yAt + j * k
      let s = 0
      for (let p = lo; p < hi; p++) s += x[x0 + p]! * y[y0 + p]!
      c[cAt + i * down + j * across]! += s
    }
  }
}

const inFloats = (x: NDArray, y: NDArray, l: Layout, r: Layout, out: Data): Data => {
  const m = l.free, n = r.free, k = l.contracted
  const a = floats(x, l.order), b = floats(y, r.order)
  const acc = out instanceof Float64Array ? out : new Float64Array(out.length)
  for (let g = 0; g < l.batch; g++) {
    for (let lo = 0; lo < k; lo += depth) block(a, b, acc, g * m * k, g * n * k, g * m * n, m, n, k, lo, Math.min(lo + depth, k))
  }
  if (acc !== out) out.set(acc)
  return out
}

const inIntegers = (x: NDArray, y: NDArray, l: Layout, r: Layout, out: Data): Data => {
  const m = l.free, n = r.free, k = l.contracted
  const a = permuteInto(x.data, x.aval.shape, l.order, new Int32Array(x.data.length))
  const b = permuteInto(y.data, y.aval.shape, r.order, new Int32Array(y.data.length))
  let at = 0
  for (let g = 0; g < l.batch; g++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        const a0 = (g * m + i) * k, b0 = (g * n + j) * k
        let s = 0
        for (let p = 0; p < k; p++) s = (s + Math.imul(a[a0 + p]!, b[b0 + p]!)) | 0
        out[at++] = s
      }
    }
  }
  return out
}

const dotGeneral: Execute<Axes> = ([x, y], { contract, batch }, [o]) => {
  const float = isFloat(o!.dtype)
  if (float && o!.shape.length === 0 && x!.aval.shape.length === 1 && x!.data.length <= depth) {
    const out = allocate(o!.dtype, 1)
    out[0] = inner(x!.data, y!.data)
    return [out]
  }
  const l = layoutOf(x!.aval, contract[0], batch[0]), r = layoutOf(y!.aval, contract[1], batch[1])
  const out = allocate(o!.dtype, sizeOf(o!.shape))
  return [float ? inFloats(x!, y!, l, r, out) : inIntegers(x!, y!, l, r, out)]
}

export const contract: Record<ContractName, Execute> = { dotGeneral }

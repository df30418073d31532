/** Concrete arrays for laws: comparing them, combining them, taking them apart. */
import { type Aval, aval, sameAval, showAval, type Shape, sizeOf } from '../src/core/aval.js'
import { allocate, dataOf as elements, type DType } from '../src/core/dtype.js'
import { concreteOf, NDArray, type Value } from '../src/core/value.js'
import type { Verdict } from './law.js'

export const dataOf = (x: Value): ArrayLike<number> => concreteOf(x, 'laws').data
export const array = (dtype: DType, shape: Shape, xs: ArrayLike<number>): NDArray => {
  const n = sizeOf(shape)
  return new NDArray(aval(dtype, shape), elements(dtype, Array.from({ length: n }, (_, i) => xs[i]!)))
}
export const f64 = (shape: Shape, xs: ArrayLike<number>): NDArray => array('f64', shape, xs)
export const scalar64 = (x: number): NDArray => f64([], [x])
export const zerosOf = (a: Aval): NDArray => new NDArray(a, allocate(a.dtype, sizeOf(a.shape)))
export const numberOf = (x: Value): number => dataOf(x)[0]!

/** a·x + b·y, array by array. */
export const combine = (a: number, xs: readonly Value[], b: number, ys: readonly Value[]): readonly NDArray[] => xs.map((x, i) => {
  const p = dataOf(x), q = dataOf(ys[i]!)
  return new NDArray(x.aval, Float64Array.from(p, (u, k) => a * u + b * q[k]!))
})
export const inner = (xs: readonly Value[], ys: readonly Value[]): number => xs.reduce((s, x, i) => {
  const p = dataOf(x), q = dataOf(ys[i]!)
  let t = s
  for (let k = 0; k < p.length; k++) t += p[k]! * q[k]!
  return t
}, 0)

/** Place i of the leading axis. */
export const element = (x: Value, i: number): NDArray => {
  const shape = x.aval.shape.slice(1), n = sizeOf(shape)
  return new NDArray(aval(x.dtype, shape), concreteOf(x, 'laws').data.slice(i * n, (i + 1) * n))
}
export const stack = (xs: readonly Value[]): NDArray => {
  const first = xs[0]!.aval, n = sizeOf(first.shape)
  const data = allocate(first.dtype, n * xs.length)
  xs.forEach((x, i) => data.set(concreteOf(x, 'laws').data, i * n))
  return new NDArray(aval(first.dtype, [xs.length, ...first.shape]), data)
}
/** Lists of arrays, stacked place by place. */
export const stackAll = (rows: readonly (readonly Value[])[]): readonly NDArray[] => rows[0]!.map((_, i) => stack(rows.map(r => r[i]!)))

// ---- agreement -------------------------------------------------------------------------------------------------------

export interface Parting { readonly out: number; readonly at: number; readonly left: number; readonly right: number }
const scaleOf = (p: ArrayLike<number>, q: ArrayLike<number>): number => {
  let s = 1
  for (let k = 0; k < p.length; k++) {
    if (Number.isFinite(p[k]!)) s = Math.max(s, Math.abs(p[k]!))
    if (Number.isFinite(q[k]!)) s = Math.max(s, Math.abs(q[k]!))
  }
  return s
}
/** The places where two lists of arrays of the same types differ by more than `tolerance`, relative to the largest number beside them. */
export const partings = (xs: readonly Value[], ys: readonly Value[], tolerance: number): readonly Parting[] => xs.flatMap((x, out) => {
  const p = dataOf(x), q = dataOf(ys[out]!)
  const most = tolerance * scaleOf(p, q)
  const found: Parting[] = []
  for (let at = 0; at < p.length; at++) {
    const left = p[at]!, right = q[at]!
    if (!(Object.is(left, right) || left === right || Math.abs(left - right) <= most)) found.push({ out, at, left, right })
  }
  return found
})
export const sameTypes = (xs: readonly Value[], ys: readonly Value[]): Verdict => {
  const show = (vs: readonly Value[]): string => vs.map(v => showAval(v.aval)).join(', ')
  return xs.length === ys.length && xs.every((x, i) => sameAval(x.aval, ys[i]!.aval)) ? true : `types differ: ${show(xs)} against ${show(ys)}`
}
export const sayParting = (p: Parting): string => `output ${p.out} at ${p.at}: ${p.left} against ${p.right}`
/** Equal types, and numbers that agree to a relative tolerance (0: bit for bit, save for signs of zero). */
export const agree = (xs: readonly Value[], ys: readonly Value[], tolerance = 1e-8): Verdict => {
  const types = sameTypes(xs, ys)
  if (types !== true) return types
  const first = partings(xs, ys, tolerance)[0]
  return first === undefined ? true : sayParting(first)
}
export const near = (a: number, b: number, tolerance = 1e-8): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))

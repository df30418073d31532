/** An abstract value is a shape and a dtype: all that tracing knows of an array. */
import { type DType } from './dtype.js'

export type Shape = readonly number[]
export interface Aval { readonly shape: Shape; readonly dtype: DType }

export const aval = (dtype: DType, shape: Shape): Aval => ({ shape, dtype })
export const sizeOf = (shape: Shape): number => {
  let n = 1
  for (let i = 0; i < shape.length; i++) n *= shape[i]!
  return n
}
export const sameShape = (a: Shape, b: Shape): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
export const sameAval = (a: Aval, b: Aval): boolean => a === b || (a.dtype === b.dtype && sameShape(a.shape, b.shape))
export const showShape = (s: Shape): string => `[${s.join(', ')}]`
export const showAval = (a: Aval): string => `${a.dtype}[${a.shape.join(',')}]`

/** Row-major strides, in elements. */
export const stridesOf = (shape: Shape): readonly number[] => {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) { strides[i] = step; step *= shape[i]! }
  return strides
}
/** [0, 1, ..., n-1]. */
export const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)
export const withoutAxes = (shape: Shape, axes: readonly number[]): Shape => shape.filter((_, i) => !axes.includes(i))

/** One body serves `f(x, y)` and, with the data last, `f(y)(x)`: which is meant is told by the number of arguments. */
import { isValue } from '../core/value.js'

/** Two arguments: with one, the other is awaited. */
export const dual = <F>(body: (x: any, y: any) => unknown): F => {
  function call(x: unknown, y: unknown): unknown {
    return arguments.length === 1 ? (first: unknown) => body(first, x) : body(x, y)
  }
  return call as unknown as F
}

/** Three arguments: with two, the first is awaited. */
export const dual3 = <F>(body: (x: any, y: any, z: any) => unknown): F => {
  function call(x: unknown, y: unknown, z: unknown): unknown {
    return arguments.length === 2 ? (first: unknown) => body(first, x, y) : body(x, y, z)
  }
  return call as unknown as F
}

const isOptions = (x: unknown): boolean => typeof x === 'object' && x !== null && !Array.isArray(x) && !isValue(x)

/** Two arguments and options: `f(x, y)`, `f(x, y, options)`, `f(y)(x)`, `f(y, options)(x)`. */
export const dualWithOptions = <F>(body: (x: any, y: any, options: any) => unknown): F => {
  function call(x: unknown, y: unknown, options: unknown): unknown {
    if (arguments.length === 1) return (first: unknown) => body(first, x, undefined)
    return arguments.length === 2 && isOptions(y) ? (first: unknown) => body(first, x, y) : body(x, y, options)
  }
  return call as unknown as F
}

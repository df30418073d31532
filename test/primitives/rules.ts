/** What the rules of a row promise, as checks: batching is a map, push is the derivative, pull is its adjoint, and both are linear. */
import { isRight } from 'fp-ts/lib/Either.js'
import { expect } from 'vitest'
import { type Aval, aval, range, type Shape, sizeOf } from '../../src/core/aval.js'
import { checkLinear } from '../../src/core/check.js'
import { allocate, type DType } from '../../src/core/dtype.js'
import { type Fault, FaultError } from '../../src/core/fault.js'
import { bind } from '../../src/core/interp.js'
import type { Primitive } from '../../src/core/primitive.js'
import { NDArray, type Value } from '../../src/core/value.js'
import { asBatched } from '../../src/interpreters/batch.js'
import { lead } from '../../src/primitives/base.js'
import { linearizeFlat, pullLinearized, pushLinearized } from '../../src/transforms/differentiate.js'

export const array = (dtype: DType, shape: Shape, xs: ArrayLike<number>): NDArray => {
  const data = allocate(dtype, sizeOf(shape))
  data.set(Array.from(xs))
  return new NDArray(aval(dtype, shape), data)
}
export const vector = (xs: readonly number[], dtype: DType = 'f64'): NDArray => array(dtype, [xs.length], xs)
export const numbers = (x: Value): readonly number[] => Array.from((x as NDArray).data)
export const same = (x: Value, a: Aval, xs: readonly number[]): void => {
  expect(x.aval).toEqual(a)
  expect(numbers(x)).toEqual(xs)
}

/** Numerical Recipes' quick generator: the same numbers in every run. */
export const generator = (seed: number): (() => number) => {
  let s = seed >>> 0
  return () => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return s / 4294967296 }
}
export const normalish = (next: () => number, shape: Shape, dtype: DType = 'f64'): NDArray => array(dtype, shape, range(sizeOf(shape)).map(() => 2 * next() - 1))

export const close = (got: readonly number[], want: readonly number[], tolerance: number): void => {
  expect(got.length).toBe(want.length)
  got.forEach((g, i) => {
    const w = want[i]!
    if (!(Object.is(g, w) || g === w || Math.abs(g - w) <= tolerance * (1 + Math.abs(w)))) expect(got).toEqual(want)
  })
}

const dot = (xs: readonly number[], ys: readonly number[]): number => xs.reduce((s, x, i) => s + x * ys[i]!, 0)
const places = (x: NDArray, k: number, size: number): NDArray => new NDArray(aval(x.aval.dtype, x.aval.shape.slice(1)), x.data.slice(k * size, (k + 1) * size))
/** The k-th element along the leading axis. */
export const element = (x: NDArray, k: number): NDArray => places(x, k, sizeOf(x.aval.shape.slice(1)))

/** The batch rule is a map over the leading axis, for the given choice of batched operands. */
export const mapsOver = (prim: Primitive, size: number, args: readonly NDArray[], batched: readonly boolean[], params: unknown): void => {
  const answer = asBatched(prim.batch({ size, name: null }, args, batched, params))
  const whole = answer.values.map((v, i) => lead({ size, name: null }, v, answer.batched[i]!) as NDArray)
  for (let k = 0; k < size; k++) {
    const one = bind(prim, args.map((a, i) => (batched[i] ? element(a, k) : a)), params)
    one.forEach((o, i) => {
      expect(element(whole[i]!, k).aval).toEqual(o.aval)
      close(numbers(element(whole[i]!, k)), numbers(o), 1e-12)
    })
  }
}

/** Push against central differences; pull against push; both programs well typed as linear maps. Everything in f64. */
export const differentiates = (f: (...xs: Value[]) => Value, xs: readonly NDArray[], next: () => number, tolerance = 1e-7): void => {
  const l = linearizeFlat((...vs) => [f(...vs)], xs)
  expect(isRight(checkLinear(l.program, l.program.ins.map((_, i) => i >= l.residuals.length)))).toBe(true)
  const ts = xs.map(x => normalish(next, x.aval.shape))
  const pushed = numbers(pushLinearized(l, ts)[0]!)
  const step = 1e-5
  const moved = (h: number): readonly number[] =>
    numbers(f(...xs.map((x, i) => array('f64', x.aval.shape, Array.from(x.data, (v, j) => v + h * ts[i]!.data[j]!)))))
  const up = moved(step), down = moved(-step)
  close(pushed, up.map((u, i) => (u - down[i]!) / (2 * step)), tolerance)
  const ct = normalish(next, l.outs[0]!.aval.shape)
  const pulled = pullLinearized(l, [ct])
  close([dot(pushed, numbers(ct))], [pulled.reduce((s, p, i) => s + dot(numbers(p), numbers(ts[i]!)), 0)], 1e-11)
}

/** The pull of f at x, for a cotangent of ones. */
export const gradient = (f: (x: Value) => Value, x: NDArray): readonly number[] => {
  const l = linearizeFlat(v => [f(v)], [x])
  const out = l.outs[0]!.aval
  return numbers(pullLinearized(l, [array(out.dtype, out.shape, new Array(sizeOf(out.shape)).fill(1))])[0]!)
}

export const faultOf = (thunk: () => unknown): Fault => {
  try { thunk() } catch (e) {
    if (e instanceof FaultError) return e.fault
    throw e
  }
  return expect.unreachable('a fault')
}
/** Every list of distinct, ascending axes. */
export const axisSets = (rank: number): readonly (readonly number[])[] =>
  range(2 ** rank).map(bits => range(rank).filter(a => (bits >> a) & 1))

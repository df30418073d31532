/** Cumulative folds hold their values, derivatives and batching against brute force, also at ties, zeros and infinities, and in O(n). */
import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, test } from 'vitest'
import { aval, range, type Shape, stridesOf } from '../../src/core/aval.js'
import { check } from '../../src/core/check.js'
import type { DType } from '../../src/core/dtype.js'
import { bind1 } from '../../src/core/interp.js'
import { Linear, type Primitive } from '../../src/core/primitive.js'
import type { NDArray, Value } from '../../src/core/value.js'
import { cost } from '../../src/interpreters/count.js'
import { stage } from '../../src/interpreters/stage.js'
import { mul } from '../../src/primitives/arithmetic.js'
import {
  cumlogsumexp, cumlogsumexpP, cummax, cummaxP, cummin, cumminP, cumprod, cumprodP, type CumulativeParams, cumsum, cumsumP,
} from '../../src/primitives/cumulative.js'
import { linearizeFlat } from '../../src/transforms/differentiate.js'
import { transposeProgram } from '../../src/transforms/transpose.js'
import { array, close, differentiates, faultOf, generator, gradient, mapsOver, normalish, numbers, vector } from './rules.js'

const next = generator(11)
const forward = { axis: 0, reverse: false }, backward = { axis: 0, reverse: true }
type Brute = (xs: readonly number[]) => number
const rows: readonly (readonly [string, Primitive<CumulativeParams>, Brute])[] = [
  ['cumsum', cumsumP, xs => xs.reduce((a, b) => a + b, 0)],
  ['cumprod', cumprodP, xs => xs.reduce((a, b) => a * b, 1)],
  ['cummax', cummaxP, xs => Math.max(...xs)],
  ['cummin', cumminP, xs => Math.min(...xs)],
  ['cumlogsumexp', cumlogsumexpP, xs => Math.log(xs.reduce((a, b) => a + Math.exp(b), 0))],
]
/** Every place from the elements of its line up to it, or from it on. */
const brute = (x: NDArray, { axis, reverse }: CumulativeParams, f: Brute): readonly number[] => {
  const { shape } = x.aval, stride = stridesOf(shape)[axis]!, n = shape[axis]!
  return range(x.data.length).map(at => {
    const k = Math.floor(at / stride) % n, first = at - k * stride
    return f((reverse ? range(n - k).map(i => n - 1 - i) : range(k + 1)).map(i => x.data[first + i * stride]!))
  })
}
const everyParams = (shape: Shape): readonly CumulativeParams[] => range(shape.length).flatMap(axis => [{ axis, reverse: false }, { axis, reverse: true }])
/** Rows of the Jacobian of f at x, by pulling unit cotangents. */
const jacobian = (f: (x: Value) => Value, xs: readonly number[]): readonly (readonly number[])[] =>
  xs.map((_, i) => gradient(x => mul(f(x), vector(xs.map((_x, k) => (k === i ? 1 : 0)))), vector(xs)))

describe('values', () => {
  for (const [name, row, f] of rows) {
    test.each(['f32', 'f64'] as const)(`${name} of %s against brute force`, dtype => {
      for (const shape of [[1], [7], [2, 5], [3, 4, 2]]) {
        const x = normalish(next, shape, dtype)
        for (const params of everyParams(shape)) {
          const got = bind1(row, [x], params)
          expect(got.aval).toEqual(aval(dtype, shape))
          close(numbers(got), brute(x, params, f), dtype === 'f32' ? 2e-7 : 1e-14)
        }
      }
    })
    test(`${name} of nothing`, () => {
      for (const shape of [[0], [2, 0, 3], [0, 2]]) for (const params of everyParams(shape)) expect(bind1(row, [array('f32', shape, [])], params).aval).toEqual(aval('f32', shape))
    })
  }
  const wrapped: Record<'i32' | 'u32', (x: number) => number> = { i32: x => x | 0, u32: x => x >>> 0 }
  test.each(['i32', 'u32'] as const)('integers wrap: %s', dtype => {
    const x = vector(range(9).map(() => wrapped[dtype](Math.floor(next() * 2 ** 32))), dtype)
    const wrap = wrapped[dtype]
    for (const params of [forward, backward]) {
      expect(numbers(cumsum(x, params))).toEqual(brute(x, params, xs => wrap(xs.reduce((a, b) => (a + b) | 0, 0))))
      expect(numbers(cumprod(x, params))).toEqual(brute(x, params, xs => wrap(xs.reduce((a, b) => Math.imul(a, b), 1))))
      expect(numbers(cummax(x, params))).toEqual(brute(x, params, xs => Math.max(...xs)))
      expect(numbers(cummin(x, params))).toEqual(brute(x, params, xs => Math.min(...xs)))
    }
  })
  test('long sums keep their digits', () => {
    const n = 1 << 20
    const f32 = numbers(cumsum(array('f32', [n], new Float32Array(n).fill(0.1)), forward))
    expect(f32[n - 1]).toBe(Math.fround(n * Math.fround(0.1)))
    const f64 = numbers(cumsum(array('f64', [n], new Float64Array(n).fill(0.1)), forward))
    expect(Math.abs(f64[n - 1]! / (0.1 * n) - 1)).toBeLessThan(3e-16)
    expect(numbers(cumsum(vector([1, 1e100, 1, -1e100]), forward))).toEqual([1, 1e100, 1e100, 2])
  })
  test('infinities and NaN', () => {
    expect(numbers(cumsum(vector([1, Infinity, 2, -Infinity, 1]), forward))).toEqual([1, Infinity, Infinity, NaN, NaN])
    expect(numbers(cummax(vector([1, NaN, 2]), forward))).toEqual([1, NaN, NaN])
    expect(numbers(cummin(vector([1, NaN, 2]), backward))).toEqual([NaN, NaN, 2])
    expect(numbers(cumlogsumexp(vector([-Infinity, -Infinity, 0, Infinity, 1]), forward))).toEqual([-Infinity, -Infinity, 0, Infinity, Infinity])
    expect(numbers(cumlogsumexp(vector([0, NaN, -Infinity]), forward))).toEqual([0, NaN, NaN])
    expect(numbers(cumlogsumexp(vector([-Infinity, NaN]), forward))).toEqual([-Infinity, NaN])
    expect(numbers(cumlogsumexp(vector([1000, 1000, -1000]), forward))).toEqual([1000, 1000 + Math.log(2), 1000 + Math.log(2)])
    expect(numbers(cumlogsumexp(vector([-1000, 1000]), backward))).toEqual([1000, 1000])
  })
})

describe('rules', () => {
  test.each(rows)('%s: batching is a map', (_name, row) => {
    for (const shape of [[5], [3, 2]]) for (const params of everyParams(shape)) mapsOver(row, 4, [normalish(next, [4, ...shape])], [true], params)
  })
  test.each(rows)('%s: push, pull, linear typing, at every length', (_name, row) => {
    for (const n of range(18)) for (const params of [forward, backward]) differentiates(x => bind1(row, [x!], params), [normalish(next, [n])], next)
    for (const params of everyParams([2, 5, 3])) differentiates(x => bind1(row, [x!], params), [normalish(next, [2, 5, 3])], next)
  })
  test.each(rows)('%s: second derivatives', (_name, row) => {
    for (const n of [2, 3, 6, 9]) {
      const t = normalish(next, [n])
      for (const params of [forward, backward]) {
        differentiates(x => row.linearize([x!], params, [true]).push([t])[0]!, [normalish(next, [n])], next)
      }
    }
  })
  test('the transpose of cumsum is cumsum the other way', () => {
    const x = normalish(next, [2, 5])
    if (cumsumP.transpose === 'nonlinear') return expect.unreachable('cumsum is linear')
    for (const params of everyParams([2, 5])) {
      const back = cumsumP.transpose([x], [new Linear(x.aval)], params)[0]!
      expect(numbers(back)).toEqual(numbers(cumsum(x, { axis: params.axis, reverse: !params.reverse })))
    }
  })
})

describe('derivatives at the edges', () => {
  test('cumprod with zeros, first and second order', () => {
    for (const xs of [[2, 0, 3, 4], [0, 2, 0, 3], [0, 0, 0, 0], [5, 1, 2, 0]]) {
      const others = (j: number, ...skip: readonly number[]): number =>
        skip.some(s => s > j) || new Set(skip).size < skip.length ? 0 : range(j + 1).filter(k => !skip.includes(k)).reduce((p, k) => p * xs[k]!, 1)
      expect(jacobian(x => cumprod(x, forward), xs)).toEqual(range(4).map(j => range(4).map(i => others(j, i))))
      for (const i of range(4)) {
        const along = (x: Value): Value => cumprodP.linearize([x], forward, [true]).push([vector(range(4).map(k => (k === i ? 1 : 0)))])[0]!
        expect(jacobian(along, xs)).toEqual(range(4).map(j => range(4).map(k => others(j, i, k))))
      }
    }
  })
  test('extrema: the places that attain the value share equally, as JAX does for two', () => {
    expect(jacobian(x => cummax(x, forward), [1, 1, 2, 2])).toEqual([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 1, 0], [0, 0, 0.5, 0.5]])
    expect(jacobian(x => cummax(x, forward), [1, 2, 1, 2])).toEqual([[1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0.5, 0, 0.5]])
    expect(jacobian(x => cummax(x, backward), [2, 2, 1])).toEqual([[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]])
    expect(jacobian(x => cummin(x, forward), [3, 3, 3])).toEqual([[1, 0, 0], [0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]])
    expect(jacobian(x => cummax(x, forward), [1, NaN, 2])).toEqual([[1, 0, 0], [0, 0, 0], [0, 0, 0]])
    expect(jacobian(x => cummax(x, forward), [-Infinity, -Infinity])).toEqual([[1, 0], [0.5, 0.5]])
  })
  test('cumlogsumexp: infinities have derivatives, and do not spoil what follows', () => {
    const at = (xs: readonly number[]): readonly (readonly number[])[] => jacobian(x => cumlogsumexp(x, forward), xs)
    expect(at([-Infinity, -Infinity])).toEqual([[0, 0], [0, 0]])
    expect(at([0, -Infinity, 0])).toEqual([[1, 0, 0], [1, 0, 0], [0.5, 0, 0.5]])
    expect(at([-Infinity, 0, 0])).toEqual([[0, 0, 0], [0, 1, 0], [0, 0.5, 0.5]])
    expect(at([1, Infinity])).toEqual([[1, 0], [0, 1]])
    at([1000, 1000]).forEach((row, j) => close(row, [[1, 0], [0.5, 0.5]][j]!, 1e-13))
    expect(at([-1000, 1000])).toEqual([[1, 0], [0, 1]])
  })
  test('cumlogsumexp: second derivatives where everything is -Infinity', () => {
    const along = (x: Value): Value => cumlogsumexpP.linearize([x], forward, [true]).push([vector([1, 1, 1])])[0]!
    expect(jacobian(along, [-Infinity, -Infinity, -Infinity])).toEqual([[0, 0, 0], [0, 0, 0], [0, 0, 0]])
    for (const row of jacobian(along, [-Infinity, -Infinity, 2])) close(row, [0, 0, 0], 1e-15)
  })
})

test('derivatives take O(n) operations: with the value at most 16 times the cost of the row, the pull alone at most 9', () => {
  for (const [, row] of rows) {
    for (const n of [64, 1000, 4096]) {
      const x = normalish(next, [n])
      const staged = stage(x0 => {
        const { outs, push } = row.linearize([x0!], forward, [true])
        return [...outs, push([x0!])[0]!]
      }, [x.aval]).program
      expect(isRight(check(staged))).toBe(true)
      const l = linearizeFlat(v => [bind1(row, [v!], forward)], [x])
      const pull = transposeProgram(l.program, l.program.ins.map((_, i) => i >= l.residuals.length))
      const one = row.cost([x.aval], [x.aval], forward)
      expect(cost(staged)).toBeLessThanOrEqual(16 * one)
      expect(cost(pull)).toBeLessThanOrEqual(9 * one)
    }
  }
})

test('faults name what is wrong', () => {
  expect(faultOf(() => cumsum(array('bool', [2], [1, 0]), forward))).toMatchObject({ _tag: 'DTypeMismatch', op: 'cumsum' })
  expect(faultOf(() => cumlogsumexp(vector([1, 2], 'i32'), forward))).toMatchObject({ _tag: 'DTypeMismatch', op: 'cumlogsumexp' })
  expect(faultOf(() => cummax(vector([1, 2]), { axis: 1, reverse: false }))).toMatchObject({ _tag: 'AxisOutOfRange', op: 'cummax', axis: 1 })
})

const typed: readonly DType[] = ['f32', 'f64']
test('f32 results are the f64 ones, rounded once', () => {
  for (const [, row] of rows) {
    const x = normalish(next, [33], 'f32')
    const [single, double] = typed.map(d => numbers(bind1(row, [array(d, [33], x.data)], forward)))
    expect(single).toEqual(double!.map(Math.fround))
  }
})

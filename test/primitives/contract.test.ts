/** Contraction holds its values against brute force over every layout of axes, and is closed under transposition and batching. */
import { describe, expect, test } from 'vitest'
import { aval, range, type Shape, sizeOf, stridesOf } from '../../src/core/aval.js'
import type { DType } from '../../src/core/dtype.js'
import { Linear } from '../../src/core/primitive.js'
import type { NDArray, Value } from '../../src/core/value.js'
import { dotGeneral, dotGeneralP, type DotParams } from '../../src/primitives/contract.js'
import { transpose } from '../../src/primitives/structural.js'
import { array, close, differentiates, faultOf, generator, mapsOver, normalish, numbers, same } from './rules.js'
import { reference } from '../../backends/reference/index.js'
import { onBackend } from '../../src/runtime/default.js'

const next = generator(23)
const others = (rank: number, ...taken: readonly (readonly number[])[]): readonly number[] => range(rank).filter(a => !taken.some(t => t.includes(a)))
const indices = (shape: Shape): readonly (readonly number[])[] => range(sizeOf(shape)).map(flat => stridesOf(shape).map((s, i) => Math.floor(flat / s) % shape[i]!))
const at = (x: NDArray, index: readonly number[]): number => x.data[stridesOf(x.aval.shape).reduce((s, stride, i) => s + stride * index[i]!, 0)]!

const brute = (x: NDArray, y: NDArray, { contract, batch }: DotParams, times: (a: number, b: number) => number, plus: (a: number, b: number) => number): { shape: Shape; values: readonly number[] } => {
  const xs = x.aval.shape, ys = y.aval.shape
  const freeX = others(xs.length, contract[0], batch[0]), freeY = others(ys.length, contract[1], batch[1])
  const shape = [...batch[0].map(a => xs[a]!), ...freeX.map(a => xs[a]!), ...freeY.map(a => ys[a]!)]
  const inner = contract[0].map(a => xs[a]!)
  const values = indices(shape).map(index => {
    const left = index.slice(0, batch[0].length + freeX.length), right = [...index.slice(0, batch[0].length), ...index.slice(left.length)]
    const place = (rank: number, axes: readonly number[], outer: readonly number[], sums: readonly number[], summed: readonly number[]): readonly number[] =>
      range(rank).map(a => (summed.includes(a) ? sums[summed.indexOf(a)]! : outer[axes.indexOf(a)]!))
    return indices(inner).reduce((s, k) => plus(s, times(
      at(x, place(xs.length, [...batch[0], ...freeX], left, k, contract[0])),
      at(y, place(ys.length, [...batch[1], ...freeY], right, k, contract[1])),
    )), 0)
  })
  return { shape, values }
}

const dot = (contract: DotParams['contract'], batch: DotParams['batch'] = [[], []]): DotParams => ({ contract, batch })
const cases: readonly (readonly [string, Shape, Shape, DotParams])[] = [
  ['scalars', [], [], dot([[], []])],
  ['inner product', [5], [5], dot([[0], [0]])],
  ['outer product', [3], [4], dot([[], []])],
  ['matrix by vector', [3, 5], [5], dot([[1], [0]])],
  ['vector by matrix', [5], [5, 3], dot([[0], [0]])],
  ['matrices', [6, 5], [5, 7], dot([[1], [0]])],
  ['left transposed', [5, 6], [5, 7], dot([[0], [0]])],
  ['both transposed', [5, 6], [7, 5], dot([[0], [1]])],
  ['batched', [2, 3, 4], [2, 4, 5], dot([[2], [1]], [[0], [0]])],
  ['batch axes apart', [3, 2, 4], [4, 5, 2], dot([[2], [0]], [[1], [2]])],
  ['two batch axes, crossed', [2, 3, 4], [3, 4, 2], dot([[2], [1]], [[1, 0], [0, 2]])],
  ['two contracted axes, crossed', [2, 3, 4], [4, 5, 3], dot([[2, 1], [0, 2]])],
  ['all at once', [2, 3, 2, 4, 3], [4, 3, 2, 5, 3], dot([[3, 1], [0, 4]], [[2, 4], [2, 1]])],
  ['everything batched', [3, 2], [2, 3], dot([[], []], [[0, 1], [1, 0]])],
  ['contracted axis of size 1', [3, 1], [1, 4], dot([[1], [0]])],
]

describe('values', () => {
  test.each(cases)('%s', (_name, xShape, yShape, params) => {
    for (const dtype of ['f32', 'f64'] as const) {
      const x = normalish(next, xShape, dtype), y = normalish(next, yShape, dtype)
      const want = brute(x, y, params, (a, b) => a * b, (a, b) => a + b)
      const got = dotGeneral(x, y, params)
      expect(got.aval).toEqual(aval(dtype, want.shape))
      close(numbers(got), want.values, dtype === 'f32' ? 1e-7 : 1e-15)
    }
    for (const dtype of ['i32', 'u32'] as const) {
      const bits = (shape: Shape): NDArray => array(dtype, shape, range(sizeOf(shape)).map(() => { const v = Math.floor(next() * 2 ** 32); return dtype === 'i32' ? v | 0 : v }))
      const x = bits(xShape), y = bits(yShape)
      const want = brute(x, y, params, Math.imul, (a, b) => (a + b) | 0)
      same(dotGeneral(x, y, params), aval(dtype, want.shape), want.values.map(v => (dtype === 'i32' ? v : v >>> 0)))
    }
  })
  test('every size around the blocks of four and along a deep contraction', () => {
    for (const m of [1, 2, 3, 4, 5, 8, 9]) {
      for (const n of [1, 3, 4, 6, 8, 11]) {
        for (const k of m === 5 ? [1, 3, 511, 512, 513, 1030] : [7]) {
          const x = normalish(next, [m, k]), y = normalish(next, [n, k])
          const want = range(m * n).map(o => range(k).reduce((s, p) => s + at(x, [Math.floor(o / n), p]) * at(y, [o % n, p]), 0))
          close(numbers(dotGeneral(x, y, dot([[1], [1]]))), want, 1e-13)
        }
      }
    }
  })
  test('on the reference f32 is accumulated in f64 and rounded once', () => onBackend(reference, () => {
    const x = array('f32', [3], [2 ** 24, 1, 1]), one = array('f32', [3], [1, 1, 1])
    expect(numbers(dotGeneral(x, one, dot([[0], [0]])))).toEqual([2 ** 24 + 2])
    const long = array('f32', [1 << 20], new Float32Array(1 << 20).fill(0.1))
    expect(numbers(dotGeneral(long, long, dot([[0], [0]])))).toEqual([Math.fround(Math.fround(0.1) ** 2 * 2 ** 20)])
  }))
  test('an empty contracted axis gives zeros, other empty axes nothing', () => {
    for (const dtype of ['f32', 'f64', 'i32', 'u32'] as const) {
      same(dotGeneral(array(dtype, [2, 0], []), array(dtype, [0, 3], []), dot([[1], [0]])), aval(dtype, [2, 3]), [0, 0, 0, 0, 0, 0])
      same(dotGeneral(array(dtype, [0, 2], []), array(dtype, [2, 3], range(6)), dot([[1], [0]])), aval(dtype, [0, 3]), [])
      same(dotGeneral(array(dtype, [0, 2, 3], []), array(dtype, [0, 3, 2], []), dot([[2], [1]], [[0], [0]])), aval(dtype, [0, 2, 2]), [])
    }
  })
  test('NaN and infinities follow arithmetic', () => {
    const x = array('f32', [3, 2], [1, NaN, Infinity, 1, 0, 2]), y = array('f32', [2, 2], [1, 0, 1, 1])
    expect(numbers(dotGeneral(x, y, dot([[1], [0]])))).toEqual([NaN, NaN, Infinity, NaN, 2, 2])
  })
})

describe('rules', () => {
  test.each(cases)('%s: push, pull, linear typing, second derivatives', (_name, xShape, yShape, params) => {
    const x = normalish(next, xShape), y = normalish(next, yShape), ty = normalish(next, yShape)
    differentiates((a, b) => dotGeneral(a!, b!, params), [x, y], next, 1e-8)
    differentiates((a, b) => dotGeneralP.linearize([a!, b!], params, [true, true]).push([a!, ty])[0]!, [x, y], next, 1e-8)
  })
  test.each(cases)('%s: the transpose in each operand is the adjoint', (_name, xShape, yShape, params) => {
    const x = normalish(next, xShape), y = normalish(next, yShape)
    const out = dotGeneral(x, y, params)
    const ct = normalish(next, out.aval.shape)
    if (dotGeneralP.transpose === 'nonlinear') return expect.unreachable('dotGeneral is linear in each operand')
    const inner = (a: Value, b: Value): number => numbers(a).reduce((s, v, i) => s + v * numbers(b)[i]!, 0)
    const [inX, none] = dotGeneralP.transpose([ct], [new Linear(x.aval), y], params)
    const [nor, inY] = dotGeneralP.transpose([ct], [x, new Linear(y.aval)], params)
    expect([none, nor]).toEqual([null, null])
    expect([inX!.aval, inY!.aval]).toEqual([x.aval, y.aval])
    close([inner(x, inX!), inner(y, inY!)], [inner(out, ct), inner(out, ct)], 1e-13)
  })
  test.each(cases)('%s: batching is a map, whichever operands are mapped', (_name, xShape, yShape, params) => {
    for (const size of [0, 1, 3]) {
      mapsOver(dotGeneralP, size, [normalish(next, [size, ...xShape]), normalish(next, [size, ...yShape])], [true, true], params)
      mapsOver(dotGeneralP, size, [normalish(next, [size, ...xShape]), normalish(next, yShape)], [true, false], params)
      mapsOver(dotGeneralP, size, [normalish(next, xShape), normalish(next, [size, ...yShape])], [false, true], params)
    }
  })
  test('transposition of operands: (AB)ᵀ = BᵀAᵀ', () => {
    const a = normalish(next, [5, 6]), b = normalish(next, [6, 9])
    const left = transpose(dotGeneral(a, b, dot([[1], [0]])), [1, 0])
    const right = dotGeneral(transpose(b, [1, 0]), transpose(a, [1, 0]), dot([[1], [0]]))
    close(numbers(left), numbers(right), 1e-15)
  })
  test('one multiplication and one addition for each term', () => {
    const f = (shape: Shape) => aval('f32', shape)
    expect(dotGeneralP.cost([f([2, 3, 4]), f([2, 4, 5])], [f([2, 3, 5])], dot([[2], [1]], [[0], [0]]))).toBe(2 * 2 * 3 * 4 * 5)
  })
})

test('faults name what is wrong', () => {
  const x = array('f32', [2, 3], range(6)), y = array('f32', [3, 2], range(6))
  const fault = (p: DotParams, b: NDArray = y) => faultOf(() => dotGeneral(x, b, p))
  expect(fault(dot([[1], [1]]))).toMatchObject({ _tag: 'ShapeMismatch', op: 'dotGeneral', want: 'contracted axes of equal size, not sizes [3] at axes [1] against [2] at axes [1]' })
  expect(fault(dot([[], []], [[0], [0]]))).toMatchObject({ _tag: 'ShapeMismatch', want: 'batch axes of equal size, not sizes [2] at axes [0] against [3] at axes [0]' })
  expect(fault(dot([[2], [0]]))).toMatchObject({ _tag: 'ShapeMismatch', want: 'a left operand that has the axes [2], each once' })
  expect(fault(dot([[1], [0]], [[1], [0]]))).toMatchObject({ _tag: 'ShapeMismatch', want: 'a left operand that has the axes [1, 1], each once' })
  expect(fault(dot([[1], [-1]]))).toMatchObject({ _tag: 'ShapeMismatch', want: 'a right operand that has the axes [-1], each once' })
  expect(fault(dot([[1], []]))).toMatchObject({ _tag: 'ShapeMismatch', op: 'dotGeneral' })
  const of = (dtype: DType): NDArray => array(dtype, [3, 2], range(6).map(i => i % 2))
  expect(fault(dot([[1], [0]]), of('f64'))).toMatchObject({ _tag: 'DTypeMismatch', op: 'dotGeneral' })
  expect(faultOf(() => dotGeneral(of('bool'), of('bool'), dot([[0], [0]])))).toMatchObject({ _tag: 'DTypeMismatch', want: 'numbers' })
})

/** Folds hold their values, derivatives and batching against brute force, also at ties, zeros, NaN, infinities and empty axes. */
import { describe, expect, test } from 'vitest'
import { aval, range, type Shape, sizeOf, stridesOf, withoutAxes } from '../../src/core/aval.js'
import type { DType } from '../../src/core/dtype.js'
import { bind1 } from '../../src/core/interp.js'
import type { Primitive } from '../../src/core/primitive.js'
import type { NDArray } from '../../src/core/value.js'
import { mul } from '../../src/primitives/arithmetic.js'
import { sum, sumP } from '../../src/primitives/base.js'
import { andP, argmax, argmaxP, argmin, argminP, maxP, minP, orP, prodP, reduceAnd, reduceMax, reduceMin, reduceOr, reduceProd } from '../../src/primitives/fold.js'
import { linearizeFlat } from '../../src/transforms/differentiate.js'
import { array, axisSets, close, differentiates, faultOf, generator, gradient, mapsOver, normalish, numbers, same, vector } from './rules.js'
import { reference } from '../../backends/reference/index.js'
import { onBackend } from '../../src/runtime/default.js'

const next = generator(7)
const indexAt = (shape: Shape, flat: number): readonly number[] => stridesOf(shape).map((s, i) => Math.floor(flat / s) % shape[i]!)
/** The folded elements of each place of the result, in order. */
const groups = (x: NDArray, axes: readonly number[]): readonly (readonly number[])[] => {
  const { shape } = x.aval
  const kept = withoutAxes(shape, axes), strides = stridesOf(kept)
  const out: number[][] = range(sizeOf(kept)).map(() => [])
  x.data.forEach((v, flat) => {
    const index = indexAt(shape, flat).filter((_, i) => !axes.includes(i))
    out[index.reduce((s, i, d) => s + i * strides[d]!, 0)]!.push(v)
  })
  return out
}

type Brute = (xs: readonly number[]) => number
const ofNumbers: readonly (readonly [Primitive, Brute, Brute])[] = [
  [sumP, xs => xs.reduce((a, b) => a + b, 0), xs => xs.reduce((a, b) => (a + b) | 0, 0)],
  [prodP, xs => xs.reduce((a, b) => a * b, 1), xs => xs.reduce((a, b) => Math.imul(a, b), 1)],
  [maxP, xs => Math.max(...xs), xs => Math.max(...xs)],
  [minP, xs => Math.min(...xs), xs => Math.min(...xs)],
]
const shapes: readonly Shape[] = [[], [5], [2, 3], [3, 1, 4], [2, 3, 2, 3], [1, 1], [140, 3], [3, 140]]
const filled = (dtype: DType, shape: Shape): NDArray =>
  array(dtype, shape, range(sizeOf(shape)).map(() => (dtype === 'f32' || dtype === 'f64' ? 4 * next() - 2 : dtype === 'bool' ? Math.round(next()) : Math.floor(next() * 4e9) - (dtype === 'i32' ? 2e9 : 0))))

describe('values against brute force, over every set of axes', () => {
  for (const [row, floats, integers] of ofNumbers) {
    test.each(['f32', 'f64', 'i32', 'u32'] as const)(`${row.name} of %s`, dtype => {
      for (const shape of shapes) {
        const x = filled(dtype, shape)
        for (const axes of axisSets(shape.length)) {
          const got = bind1(row, [x], { axes })
          expect(got.aval).toEqual(aval(dtype, withoutAxes(shape, axes)))
          const float = dtype === 'f32' || dtype === 'f64'
          const want = numbers(array(dtype, got.shape, groups(x, axes).map(float ? floats : integers)))
          if (float) close(numbers(got), want, dtype === 'f32' ? 1e-6 : 1e-13)
          else expect(numbers(got)).toEqual(want)
        }
      }
    })
  }
  test.each(['bool', 'i32', 'u32'] as const)('and, or of %s', dtype => {
    for (const shape of shapes) {
      const x = filled(dtype, shape)
      for (const axes of axisSets(shape.length)) {
        const kept = withoutAxes(shape, axes)
        const brute = (f: Brute): readonly number[] => numbers(array(dtype, kept, groups(x, axes).map(f)))
        same(bind1(andP, [x], { axes }), aval(dtype, kept), brute(xs => xs.reduce((a, b) => a & b, dtype === 'bool' ? 1 : -1)))
        same(bind1(orP, [x], { axes }), aval(dtype, kept), brute(xs => xs.reduce((a, b) => a | b, 0)))
      }
    }
  })
  test.each(['f32', 'i32', 'u32', 'bool'] as const)('max, min, argmax, argmin of %s', dtype => {
    for (const shape of shapes.filter(s => s.length > 0)) {
      const x = filled(dtype, shape)
      for (const axis of range(shape.length)) {
        const kept = withoutAxes(shape, [axis]), g = groups(x, [axis])
        same(reduceMax(x, [axis]), aval(dtype, kept), g.map(xs => Math.max(...xs)))
        same(reduceMin(x, [axis]), aval(dtype, kept), g.map(xs => Math.min(...xs)))
        same(argmax(x, axis), aval('i32', kept), g.map(xs => xs.indexOf(Math.max(...xs))))
        same(argmin(x, axis), aval('i32', kept), g.map(xs => xs.indexOf(Math.min(...xs))))
      }
    }
  })
})

describe('edges', () => {
  test('on the reference a long f32 sum is accumulated in f64', () => onBackend(reference, () => {
    const x = array('f32', [1 << 24], [])
    x.data.fill(0.1)
    const exact = 0.10000000149011612 * 2 ** 24
    expect(numbers(sum(x, [0]))[0]).toBe(Math.fround(exact))
    expect(numbers(sum(array('f32', [4, 2], [2 ** 24, 2 ** 24, 1, 1, 1, 1, 1, 1]), [0]))).toEqual([2 ** 24 + 4, 2 ** 24 + 4])
  }))
  test('a long f32 sum is exact to single precision on every backend', () => {
    const x = array('f32', [1 << 24], [])
    x.data.fill(0.1)
    expect(Math.abs(numbers(sum(x, [0]))[0]! / (Math.fround(0.1) * 2 ** 24) - 1)).toBeLessThan(1e-6)
  })
  test('an f64 sum is pairwise: its error does not grow with the length', () => {
    const n = 1 << 20
    const x = array('f64', [n], new Float64Array(n).fill(0.1))
    expect(Math.abs(numbers(sum(x, [0]))[0]! - 0.1 * n) / (0.1 * n)).toBeLessThan(5e-15)
    const columns = array('f64', [n / 4, 2], new Float64Array(n / 2).fill(0.1))
    for (const got of numbers(sum(columns, [0]))) expect(Math.abs(got - 0.025 * n) / (0.025 * n)).toBeLessThan(5e-15)
  })
  test('an empty axis gives the unit', () => {
    for (const dtype of ['f32', 'f64', 'i32', 'u32'] as const) {
      const x = array(dtype, [2, 0], [])
      const low = { f32: -Infinity, f64: -Infinity, i32: -2147483648, u32: 0 }[dtype], high = { f32: Infinity, f64: Infinity, i32: 2147483647, u32: 4294967295 }[dtype]
      same(sum(x, [1]), aval(dtype, [2]), [0, 0])
      same(reduceProd(x, [1]), aval(dtype, [2]), [1, 1])
      same(reduceMax(x, [1]), aval(dtype, [2]), [low, low])
      same(reduceMin(x, [1]), aval(dtype, [2]), [high, high])
      same(sum(x, [0]), aval(dtype, [0]), [])
      same(reduceMax(x, [0]), aval(dtype, [0]), [])
    }
    same(reduceAnd(array('bool', [0], []), [0]), aval('bool', []), [1])
    same(reduceOr(array('bool', [0], []), [0]), aval('bool', []), [0])
    same(reduceAnd(array('u32', [0], []), [0]), aval('u32', []), [4294967295])
    same(argmax(array('f32', [3, 0], []), 0), aval('i32', [0]), [])
  })
  test('the derivative over an empty axis is zero', () => {
    for (const f of [reduceMax, reduceMin, reduceProd, sum]) expect(linearizeFlat(x => [f(x, [1])], [array('f32', [2, 0], [])]).program.outs).toHaveLength(1)
    expect(gradient(x => reduceProd(x, [0]), array('f64', [0, 2], []))).toEqual([])
    expect(linearizeFlat(x => [reduceMax(x, [1])], [array('f32', [2, 0], [])]).outActive).toEqual([false])
  })
  test('NaN is not lost, infinities are numbers like others', () => {
    expect(numbers(reduceMax(vector([1, NaN, 3]), [0]))).toEqual([NaN])
    expect(numbers(reduceMin(array('f32', [2, 2], [1, NaN, 3, 0]), [0]))).toEqual([1, NaN])
    expect(numbers(reduceMax(array('f32', [2, 2], [1, NaN, 3, 0]), [0]))).toEqual([3, NaN])
    expect(numbers(sum(vector([1, Infinity, 2]), [0]))).toEqual([Infinity])
    expect(numbers(sum(vector([Infinity, -Infinity]), [0]))).toEqual([NaN])
    expect(numbers(argmax(vector([1, Infinity, NaN, NaN]), 0))).toEqual([2])
    expect(numbers(argmin(vector([1, -Infinity, NaN, NaN]), 0))).toEqual([2])
    expect(numbers(argmax(vector([-Infinity, -Infinity]), 0))).toEqual([0])
    expect(numbers(argmax(vector([1, 3, 3, 2]), 0))).toEqual([1])
    expect(numbers(argmin(vector([3, 1, 1], 'i32'), 0))).toEqual([1])
  })
  test('integers wrap', () => {
    expect(numbers(sum(vector([2147483647, 1], 'i32'), [0]))).toEqual([-2147483648])
    expect(numbers(sum(vector([4294967295, 2], 'u32'), [0]))).toEqual([1])
    expect(numbers(reduceProd(vector([65537, 65537, 3], 'i32'), [0]))).toEqual([Math.imul(Math.imul(65537, 65537), 3)])
    expect(numbers(reduceProd(vector([4294967295, 4294967295], 'u32'), [0]))).toEqual([1])
  })
})

describe('rules', () => {
  const folds = [sumP, prodP, maxP, minP]
  test('batching is a map', () => {
    const x = normalish(next, [3, 2, 4, 2])
    for (const axes of axisSets(3)) for (const row of folds) mapsOver(row, 3, [x], [true], { axes })
    for (const axes of axisSets(2)) for (const row of [andP, orP]) mapsOver(row, 3, [filled('bool', [3, 2, 3])], [true], { axes })
    for (const axis of range(3)) for (const row of [argmaxP, argminP]) mapsOver(row, 3, [x], [true], { axis })
  })
  test.each(folds.map(row => [row.name, row] as const))('%s: push, pull, linear typing', (_name, row) => {
    for (const shape of [[4], [2, 3], [2, 3, 2], [1, 2], [3, 1]]) {
      for (const axes of axisSets(shape.length)) differentiates(x => bind1(row, [x!], { axes }), [normalish(next, shape)], next)
    }
  })
  test('second derivatives: push is differentiable in the point', () => {
    for (const row of folds) {
      for (const axes of axisSets(3)) {
        const t = normalish(next, [2, 3, 2])
        differentiates(x => row.linearize([x!], { axes }, [true]).push([t])[0]!, [normalish(next, [2, 3, 2])], next)
        differentiates(x => { const y = bind1(row, [mul(x!, x!)], { axes }); return mul(y, y) }, [t], next)
      }
    }
  })
})

describe('derivatives at the edges', () => {
  const gradMax = (xs: readonly number[]): readonly number[] => gradient(x => reduceMax(x, [0]), vector(xs))
  test('ties share equally', () => {
    expect(gradMax([1, 3, 3, 2])).toEqual([0, 0.5, 0.5, 0])
    expect(gradMax([-Infinity, -Infinity])).toEqual([0.5, 0.5])
    expect(gradMax([Infinity, 1])).toEqual([1, 0])
    expect(gradient(x => reduceMin(x, [0]), vector([2, 2, 2, 2]))).toEqual([0.25, 0.25, 0.25, 0.25])
    expect(gradient(x => reduceMax(x, [1]), array('f64', [2, 2], [1, 1, 0, 5]))).toEqual([0.5, 0.5, 0, 1])
    expect(gradMax([1, NaN])).toEqual([NaN, NaN])
  })
  test('a NaN maximum has NaN derivatives, forwards and backwards', () => {
    const x = array('f64', [2, 2], [1, NaN, 1, 3])
    expect(gradient(v => reduceMax(v, [1]), x)).toEqual([NaN, NaN, 0, 1])
    expect(numbers(maxP.linearize([x], { axes: [1] }, [true]).push([array('f64', [2, 2], [1, 1, 1, 1])])[0]!)).toEqual([NaN, 1])
  })
  const gradProd = (xs: readonly number[]): readonly number[] => gradient(x => reduceProd(x, [0]), vector(xs))
  test('products with any number of zeros', () => {
    expect(gradProd([2, 3, 4])).toEqual([12, 8, 6])
    expect(gradProd([0, 3, 4])).toEqual([12, 0, 0])
    expect(gradProd([2, 0, 4])).toEqual([0, 8, 0])
    expect(gradProd([0, 3, 0])).toEqual([0, 0, 0])
    expect(gradProd([7])).toEqual([1])
  })
  test('the value of a differentiated product is the product, bit for bit', () => {
    for (const shape of [[50], [5, 7], [3, 4, 5]]) {
      for (const axes of axisSets(shape.length)) {
        const x = filled('f32', shape)
        expect(numbers(linearizeFlat(v => [reduceProd(v!, axes)], [x]).outs[0]!)).toEqual(numbers(reduceProd(x, axes)))
      }
    }
  })
  test('the Hessian of a product at zeros: the product of the others', () => {
    for (const xs of [[0, 3, 4], [0, 0, 5], [0, 0, 0], [2, 3, 5]]) {
      const hessian = range(3).map(i => gradient(x => {
        const unit = vector(range(3).map(k => (k === i ? 1 : 0)))
        return prodP.linearize([x], { axes: [0] }, [true]).push([unit])[0]!
      }, vector(xs)))
      expect(hessian).toEqual(range(3).map(i => range(3).map(j => (i === j ? 0 : xs[3 - i - j]!))))
    }
  })
})

test('faults name what is wrong', () => {
  const x = array('f32', [2, 3], [1, 2, 3, 4, 5, 6])
  expect(faultOf(() => reduceMax(x, [1, 0]))).toMatchObject({ _tag: 'ShapeMismatch', op: 'max' })
  expect(faultOf(() => reduceProd(x, [2]))).toMatchObject({ _tag: 'ShapeMismatch', op: 'prod' })
  expect(faultOf(() => reduceAnd(x, [0]))).toMatchObject({ _tag: 'DTypeMismatch', op: 'and' })
  expect(faultOf(() => reduceProd(array('bool', [2], [1, 1]), [0]))).toMatchObject({ _tag: 'DTypeMismatch', op: 'prod' })
  expect(faultOf(() => argmax(x, 2))).toMatchObject({ _tag: 'AxisOutOfRange', op: 'argmax', axis: 2 })
  expect(faultOf(() => argmin(array('f32', [2, 0], []), 1))).toMatchObject({ _tag: 'ShapeMismatch', op: 'argmin' })
})

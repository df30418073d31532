/** Sorting: the permutation is exact, with ties, signed zeros and NaNs; the derivative is the same permutation. */
import { describe, expect, test } from 'vitest'
import { aval, range } from '../../src/core/aval.js'
import type { DType } from '../../src/core/dtype.js'
import type { NDArray, Value } from '../../src/core/value.js'
import { mul } from '../../src/primitives/arithmetic.js'
import { argsort, sort } from '../../src/primitives/sort.js'
import { at, counting, expectArray, expectBatching, expectDerivative, expectFault, expectSame, expectSecondDerivative, f64, generator, i32, indices, nd, pull, random } from './moved.js'

const next = generator(3)
/** -1, 0 or 1; all NaNs are one value above the others, -0 is 0. */
const compare = (a: number, b: number): number =>
  Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a < b ? -1 : a > b ? 1 : 0
/** The order of one lane by the keys, from the stable sort of the language. */
const order = (keys: readonly (readonly number[])[], descending: boolean): readonly number[] =>
  [...range(keys[0]!.length)].sort((i, j) => {
    for (const k of keys) { const c = compare(k[i]!, k[j]!); if (c !== 0) return descending ? -c : c }
    return 0
  })
const lane = (x: Value, ix: readonly number[], axis: number): readonly number[] => range(x.shape[axis]!).map(i => at(x, ix.map((j, a) => (a === axis ? i : j))))
const expectSorted = (xs: readonly Value[], axis: number, numKeys: number, descending: boolean): void => {
  const got = sort(xs, { axis, numKeys, descending })
  xs.forEach((x, k) => expectArray(got[k], x.dtype, x.shape, indices(x.shape).map(ix => {
    const by = order(xs.slice(0, numKeys).map(key => lane(key, ix, axis)), descending)
    return lane(x, ix, axis)[by[ix[axis]!]!]!
  })))
}
const special = [0, -0, NaN, Infinity, -Infinity, 1, -1, 2]
const hard = (dtype: DType, shape: readonly number[]): NDArray =>
  nd(dtype, shape, indices(shape).map(() => (dtype === 'f32' || dtype === 'f64' ? special[Math.floor(next() * 8)]! : dtype === 'bool' ? Math.floor(next() * 2) : Math.floor(next() * 5))))

describe.each([false, true])('descending: %s', descending => {
  test.each(['f32', 'f64', 'i32', 'u32', 'bool'] as const)('%s, every axis, with many ties', dtype => {
    for (const shape of [[1], [0], [7], [100], [3, 40], [5, 0], [2, 30, 3]]) for (const axis of range(shape.length)) {
      const x = hard(dtype, shape)
      expectSorted([x], axis, 1, descending)
      expectSorted([x, counting('i32', shape)], axis, 1, descending)
    }
  })
  test('several keys, the first the most significant', () => {
    for (const numKeys of [1, 2, 3]) {
      expectSorted([hard('f32', [2, 60]), hard('i32', [2, 60]), hard('f64', [2, 60]), counting('u32', [2, 60])], 1, numKeys, descending)
    }
  })
  test('lanes long enough for every width of merging', () => {
    for (const n of [11, 12, 13, 24, 25, 48, 49, 97, 1000]) expectSorted([hard('f32', [n]), counting('i32', [n])], 0, 1, descending)
    const x = random(next, aval('f64', [5000]))
    expectArray(sort([x], { axis: 0, descending })[0], 'f64', [5000], Array.from(x.data).sort((a, b) => (descending ? b - a : a - b)))
  })
})
test('NaNs come last, and first when descending; zeros of both signs keep their places', () => {
  const x = nd('f32', [6], [0, NaN, -0, -Infinity, 0, Infinity])
  expectArray(sort([x], { axis: 0 })[0], 'f32', [6], [-Infinity, 0, -0, 0, Infinity, NaN])
  expectArray(sort([x], { axis: 0, descending: true })[0], 'f32', [6], [NaN, Infinity, 0, -0, 0, -Infinity])
  expectArray(argsort(x, 0), 'i32', [6], [3, 0, 2, 4, 5, 1])
  expectArray(argsort(x, 0, true), 'i32', [6], [1, 5, 0, 2, 4, 3])
  expectArray(sort([nd('u32', [3], [4294967295, 0, 2147483648])], { axis: 0 })[0], 'u32', [3], [0, 2147483648, 4294967295])
  expectArray(sort([i32([3], [-2147483648, 0, 2147483647])], { axis: 0, descending: true })[0], 'i32', [3], [2147483647, 0, -2147483648])
})

describe('derivatives', () => {
  const keys = random(next, aval('f64', [3, 8, 2])), others = random(next, aval('f64', [3, 8, 2]))
  test.each([false, true])('is the permutation, descending: %s', descending => {
    expectDerivative(x => sort([x!], { axis: 1, descending }), [keys])
    expectDerivative((x, y) => sort([x!, y!], { axis: 1, descending }), [keys, others])
    expectDerivative(y => sort([i32([6], [3, 1, 2, 1, 3, 1]), y!], { axis: 0, descending }), [random(next, aval('f64', [6]))])
    expectSecondDerivative((x, y) => sort([x!, mul(y!, y!)], { axis: 1, numKeys: 1, descending }), [keys, others])
  })
  test('ties keep their order in the cotangents too', () => {
    expectSame(pull(x => sort([x!], { axis: 0 }), [f64([4], [2, 1, 2, 1])], [f64([4], [10, 20, 30, 40])])[0]!, f64([4], [30, 10, 40, 20]))
  })
  test('integers have none, and do not disturb those beside them', () => {
    expectSame(pull(x => sort([i32([3], [2, 0, 1]), x!], { axis: 0 }), [f64([3], [1, 2, 3])], [f64([3], [10, 20, 30])])[0]!, f64([3], [30, 10, 20]))
  })
  test('of nothing', () => expectDerivative(x => sort([x!], { axis: 0 }), [f64([0, 2], [])]))
})
test('vmap is map, whatever is mapped', () => {
  expectBatching((x, y) => sort([x!, y!], { axis: 1, numKeys: 2 }), [() => hard('f32', [2, 9]), () => hard('i32', [2, 9])])
  expectBatching(x => [argsort(x!, 0, true)], [() => hard('f32', [9])])
  expectBatching((x, ct) => pull(a => sort([a!], { axis: 0 }), [x!], [ct!]), [() => random(next, aval('f64', [5])), () => random(next, aval('f64', [5]))])
})
test('wrong operands are faults', () => {
  const x = counting('f32', [2, 3])
  expectFault('AxisOutOfRange', () => sort([x], { axis: 2 }))
  expectFault('AxisOutOfRange', () => sort([f64([], [1])], { axis: 0 }))
  expectFault('ShapeMismatch', () => sort([x, counting('f32', [3])], { axis: 0 }))
  expectFault('BadArgument', () => sort([x], { axis: 0, numKeys: 2 }), /numKeys/)
  expectFault('BadArgument', () => sort([x], { axis: 0, numKeys: 0 }))
  expect(sort([x], { axis: 1 })[0]!.shape).toEqual([2, 3])
})

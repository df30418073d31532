/** Structural rows: every element is where its definition says, and the derivative of a move is the move. */
import { describe, expect, test } from 'vitest'
import { aval, range, sizeOf } from '../../src/core/aval.js'
import type { DType } from '../../src/core/dtype.js'
import type { NDArray, Value } from '../../src/core/value.js'
import { broadcast, scalar } from '../../src/primitives/base.js'
import { concatenate, iota, pad, type PadConfig, reshape, reverse, slice, transpose } from '../../src/primitives/structural.js'
import { at, counting, expectArray, expectBatching, expectDerivative, expectFault, expectSame, f64, generator, i32, indices, nd, pull, random } from './moved.js'
import { reference } from '../../backends/reference/index.js'
import { onBackend } from '../../src/runtime/default.js'

const next = generator(7)
const pick = (n: number): number => Math.floor(next() * n)
const dtypes: readonly DType[] = ['f32', 'f64', 'i32', 'u32', 'bool']
const shapes: readonly (readonly number[])[] = [[], [1], [5], [0], [2, 3], [3, 0, 2], [40, 37], [2, 1, 4], [70, 2, 35], [2, 3, 4, 5]]
const each = (check: (x: NDArray) => void): void => {
  for (const dtype of dtypes) for (const shape of shapes) check(random(next, aval(dtype, shape)))
}
const shuffled = (n: number): number[] => {
  const all = [...range(n)]
  for (let i = n - 1; i > 0; i--) { const j = pick(i + 1); [all[i], all[j]] = [all[j]!, all[i]!] }
  return all
}
/** The element of the result at every index, from its definition. */
const expectElements = (got: Value, dtype: DType, shape: readonly number[], element: (ix: readonly number[]) => number): void =>
  expectArray(got, dtype, shape, indices(shape).map(element))

describe('values', () => {
  test('reshape keeps the elements in order, and on the reference shares them', () => onBackend(reference, () => each(x => {
    const y = reshape(x, [x.data.length, 1]) as NDArray
    expectArray(y, x.dtype, [x.data.length, 1], Array.from(x.data))
    expect(y.data).toBe(x.data)
    expect(reshape(x, x.shape)).toBe(x)
  })))
  test('transpose: out[i] = x[i of perm]', () => each(x => {
    const perm = shuffled(x.ndim)
    expectElements(transpose(x, perm), x.dtype, perm.map(p => x.shape[p]!), ix => at(x, range(x.ndim).map(a => ix[perm.indexOf(a)]!)))
    expect(transpose(x, range(x.ndim))).toBe(x)
  }))
  test('broadcast repeats', () => each(x => {
    if (x.data.length > 500) return
    const shape: number[] = [], dims: number[] = []
    for (const n of x.shape) { if (pick(2)) shape.push(pick(4)); dims.push(shape.length); shape.push(n) }
    shape.push(30)
    expectElements(broadcast(x, shape, dims), x.dtype, shape, ix => at(x, dims.map(d => ix[d]!)))
  }))
  test('slice: out[i] = x[start + i·stride]', () => each(x => {
    const start = x.shape.map(n => pick(n + 1))
    const limit = x.shape.map((n, a) => start[a]! + pick(n - start[a]! + 1))
    const strides = x.shape.map(() => 1 + pick(3))
    const shape = start.map((s, a) => range(limit[a]!).filter(i => i >= s && (i - s) % strides[a]! === 0).length)
    expectElements(slice(x, start, limit, strides), x.dtype, shape, ix => at(x, ix.map((i, a) => start[a]! + i * strides[a]!)))
    expect(slice(x, x.shape.map(() => 0), x.shape)).toBe(x)
  }))
  test('reverse: out[i] = x[n - 1 - i]', () => each(x => {
    const axes = range(x.ndim).filter(() => pick(2) === 1)
    expectElements(reverse(x, axes), x.dtype, x.shape, ix => at(x, ix.map((i, a) => (axes.includes(a) ? x.shape[a]! - 1 - i : i))))
  }))
  test('pad: x[k] lands at lo + k·(between + 1), also where it is cut', () => each(x => {
    const config: PadConfig = x.shape.map(n => [pick(7) - 3, pick(7) - 3, pick(3)]).map(([lo, hi, mid], a) =>
      lo! + hi! + x.shape[a]! + Math.max(x.shape[a]! - 1, 0) * mid! < 0 ? [2, 2, mid!] : [lo!, hi!, mid!])
    const shape = x.shape.map((n, a) => config[a]![0]! + n + Math.max(n - 1, 0) * config[a]![2]! + config[a]![1]!)
    const value = x.dtype === 'bool' ? 1 : 9
    expectElements(pad(x, scalar(value, x.dtype), config), x.dtype, shape, ix => {
      const from = ix.map((i, a) => (i - config[a]![0]!) / (config[a]![2]! + 1))
      return from.every((k, a) => Number.isInteger(k) && k >= 0 && k < x.shape[a]!) ? at(x, from) : value
    })
  }))
  test('pad cuts everything away where the cut is longer than the array', () => {
    expectArray(pad(counting('f32', [3]), scalar(7, 'f32'), [[-4, 5, 0]]), 'f32', [4], [7, 7, 7, 7])
    expectArray(pad(counting('f32', [3]), scalar(7, 'f32'), [[5, -4, 0]]), 'f32', [4], [7, 7, 7, 7])
    expectArray(pad(counting('f32', [3]), scalar(-0, 'f32'), [[1, 0, 1]]), 'f32', [6], [-0, 1, -0, 2, -0, 3])
  })
  test('concatenate puts one after another', () => {
    for (const dtype of dtypes) for (const axis of [0, 1, 2]) {
      const xs = [2, 0, 1, 30].map(n => random(next, aval(dtype, [3, 2, 4].map((m, a) => (a === axis ? n : m)))))
      const shape = [3, 2, 4].map((m, a) => (a === axis ? 33 : m))
      expectElements(concatenate(xs, axis), dtype, shape, ix => {
        let i = ix[axis]!, k = 0
        while (i >= xs[k]!.shape[axis]!) i -= xs[k++]!.shape[axis]!
        return at(xs[k]!, ix.map((j, a) => (a === axis ? i : j)))
      })
    }
    const x = counting('f32', [2])
    expect(concatenate([x], 0)).toBe(x)
  })
  test('iota counts', () => {
    for (const dtype of ['f32', 'f64', 'i32', 'u32'] as const) for (const shape of [[5], [0], [2, 3, 4], [3, 0]]) for (const axis of range(shape.length)) {
      expectElements(iota(dtype, shape, axis), dtype, shape, ix => ix[axis]!)
    }
  })
  test('bits pass unchanged: -0, NaN, infinities, large words', () => {
    expectArray(transpose(f64([2, 2], [-0, NaN, Infinity, -Infinity]), [1, 0]), 'f64', [2, 2], [-0, Infinity, NaN, -Infinity])
    expectArray(reverse(nd('u32', [3], [4294967295, 2147483648, 0]), [0]), 'u32', [3], [0, 2147483648, 4294967295])
    expectArray(broadcast(nd('u32', [2, 1], [4294967295, 1]), [2, 2, 1], [0, 2]), 'u32', [2, 2, 1], [4294967295, 4294967295, 1, 1])
  })
})

const config: PadConfig = [[2, -1, 1], [-1, 3, 0]]
const cases: Readonly<Record<string, { readonly f: (...xs: Value[]) => readonly Value[]; readonly ins: readonly (readonly number[])[] }>> = {
  reshape: { f: x => [reshape(x!, [6, 2])], ins: [[3, 4]] },
  transpose: { f: x => [transpose(x!, [2, 0, 1])], ins: [[2, 3, 4]] },
  broadcast: { f: x => [broadcast(x!, [2, 3, 5, 4], [1, 3])], ins: [[3, 4]] },
  slice: { f: x => [slice(x!, [1, 0], [7, 4], [3, 2])], ins: [[8, 4]] },
  'slice of nothing': { f: x => [slice(x!, [3, 1], [3, 4])], ins: [[8, 4]] },
  pad: { f: (x, v) => [pad(x!, v!, config)], ins: [[3, 4], []] },
  'pad of nothing': { f: (x, v) => [pad(x!, v!, [[2, 3, 4], [0, 0, 0]])], ins: [[0, 2], []] },
  'pad that cuts all': { f: (x, v) => [pad(x!, v!, [[-4, 5, 0], [0, 0, 0]])], ins: [[3, 2], []] },
  concatenate: { f: (...xs) => [concatenate(xs, 1)], ins: [[2, 3], [2, 0], [2, 4]] },
  reverse: { f: x => [reverse(x!, [0, 2])], ins: [[2, 3, 4]] },
}
describe.each(Object.entries(cases))('%s', (_name, { f, ins }) => {
  test('is linear, adjoint to its transpose', () => expectDerivative(f, ins.map(s => random(next, aval('f64', s)))))
  test('vmap is map', () => expectBatching(f, ins.map(s => () => random(next, aval('f32', s)))))
  test('is linear where only the last operand is', () => expectDerivative(
    x => f(...ins.slice(0, -1).map(s => f64(s, range(sizeOf(s)).map(i => i * i))), x!), [random(next, aval('f64', ins[ins.length - 1]!))]))
})
test('an infinite cotangent on an element of x does not reach the padding value', () => {
  const [ct] = pull(v => [pad(f64([1], [1]), v!, [[0, 2, 0]])], [f64([], [0])], [f64([3], [Infinity, 5, 7])])
  expectSame(ct!, f64([], [12]))
})
test('iota inside vmap does not depend on the mapped axis', () => {
  expectBatching(x => [iota('i32', [3], 0), reverse(x!, [0])], [() => random(next, aval('f32', [2]))])
})

test('wrong parameters are faults', () => {
  const x = counting('f32', [2, 3])
  expectFault('ShapeMismatch', () => reshape(x, [4, 2]), /8 elements/)
  expectFault('ShapeMismatch', () => reshape(x, [-2, -3]))
  expectFault('ShapeMismatch', () => transpose(x, [0, 0]))
  expectFault('ShapeMismatch', () => transpose(x, [0]))
  expectFault('ShapeMismatch', () => reverse(x, [2]))
  expectFault('ShapeMismatch', () => reverse(x, [1, 0]))
  expectFault('ShapeMismatch', () => slice(x, [0, 0], [2, 4]))
  expectFault('ShapeMismatch', () => slice(x, [1, 2], [2, 1]))
  expectFault('ShapeMismatch', () => slice(x, [0, 0], [2, 3], [1, 0]))
  expectFault('ShapeMismatch', () => slice(x, [0], [2]))
  expectFault('ShapeMismatch', () => pad(x, scalar(0, 'f32'), [[0, 0, 1]]))
  expectFault('ShapeMismatch', () => pad(x, scalar(0, 'f32'), [[-1, -2, 0], [0, 0, 0]]), /cut/)
  expectFault('ShapeMismatch', () => pad(x, scalar(0, 'f32'), [[0, 0, -1], [0, 0, 0]]))
  expectFault('ShapeMismatch', () => pad(x, counting('f32', [1]), [[1, 0, 0], [0, 0, 0]]))
  expectFault('DTypeMismatch', () => pad(x, scalar(0, 'i32'), [[1, 0, 0], [0, 0, 0]]))
  expectFault('ShapeMismatch', () => concatenate([x, counting('f32', [3, 2])], 0))
  expectFault('ShapeMismatch', () => concatenate([x, counting('f32', [3])], 0))
  expectFault('DTypeMismatch', () => concatenate([x, i32([2, 3], [1, 2, 3, 4, 5, 6])], 0))
  expectFault('AxisOutOfRange', () => concatenate([x, x], 2))
  expectFault('BadArgument', () => concatenate([], 0))
  expectFault('AxisOutOfRange', () => iota('i32', [2], 1))
  expectFault('BadArgument', () => iota('bool', [2], 0))
  expectFault('BadArgument', () => iota('i32', [-1], 0))
})

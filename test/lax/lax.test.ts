/** lax functions are strict: they check, they do not broadcast or promote, and numbers take the type of their neighbour. */
import { describe, expect, test } from 'vitest'
import { attempt } from '../../src/core/fault.js'
import { concreteOf, nested, type Value } from '../../src/core/value.js'
import * as lax from '../../src/lib/lax/index.js'
import * as np from '../../src/lib/np/index.js'
import { grad, jvp, vjp } from '../../src/transforms/derivatives.js'
import { jit } from '../../src/higher/jit.js'
import { vmap } from '../../src/transforms/vectorize.js'

const f64 = (xs: unknown): Value => np.array(xs as number[], { dtype: 'f64' })
const ints = (xs: unknown): Value<'i32'> => np.array(xs as number[], { dtype: 'i32' }) as Value<'i32'>
const words = (xs: unknown): Value => np.array(xs as number[], { dtype: 'u32' })
const bools = (xs: unknown): Value => np.array(xs as boolean[])
const show = (x: Value): unknown => nested(concreteOf(x, 'test'))
const flat = (x: Value): number[] => Array.from(concreteOf(x, 'test').data)
const tagOf = (thunk: () => unknown): string | null => { const e = attempt(thunk); return e._tag === 'Left' ? e.left._tag : null }

describe('operands', () => {
  test('a number takes shape and dtype of the array beside it', () => {
    for (const dtype of ['f32', 'f64', 'i32', 'u32'] as const) {
      const x = np.array([1, 2], { dtype })
      expect([lax.add(x, 3).dtype, show(lax.add(x, 3)), show(lax.sub(3, x))]).toEqual([dtype, [4, 5], [2, 1]])
    }
    expect([lax.add(1, 2).dtype, show(lax.add(1, 2))]).toEqual(['f32', 3])
    expect(show(lax.bitwiseAnd(bools([true, false]), true))).toEqual([true, false])
  })
  test('nothing else is broadcast or promoted', () => {
    expect(tagOf(() => lax.add(f64([1, 2]), f64(1)))).toBe('ShapeMismatch')
    expect(tagOf(() => lax.add(f64([1, 2]), np.array([1, 2])))).toBe('DTypeMismatch')
    expect(tagOf(() => lax.add(ints([1]), 0.5))).toBe('DTypeMismatch')
    expect(tagOf(() => lax.add(ints([1]), true))).toBe('DTypeMismatch')
    expect(tagOf(() => lax.exp(ints([1])))).toBe('DTypeMismatch')
    expect(tagOf(() => lax.add([1] as never, f64([1])))).toBe('BadArgument')
    expect(tagOf(() => lax.bitwiseAnd(f64([1]), f64([1])))).toBe('DTypeMismatch')
  })
  test('powers take integer exponents', () => {
    expect(show(lax.pow(f64([2, 3]), ints([3, -1])))).toEqual([8, 1 / 3])
    expect(show(lax.integerPow(ints([2, -3]), 3))).toEqual([8, -27])
    expect(tagOf(() => lax.integerPow(f64([2]), 0.5))).toBe('BadArgument')
  })
  test('rounding', () => {
    const x = f64([-2.5, -0.5, 0.49999999999999994, 0.5, 1.5, 2.5, 4503599627370497, Infinity])
    expect(show(lax.round(x))).toEqual([-3, -1, 0, 1, 2, 3, 4503599627370497, Infinity])
    expect(String(show(lax.round(x, { to: 'even' })))).toBe('-2,0,0,0,2,2,4503599627370497,Infinity')
  })
})

describe('shapes', () => {
  const m = f64([[1, 2, 3], [4, 5, 6]])
  test('broadcasting in named axes', () => {
    expect(show(lax.broadcastInDim(f64([1, 2]), [2, 3], [0]))).toEqual([[1, 1, 1], [2, 2, 2]])
    expect(show(lax.broadcastInDim(f64([[1], [2]]), [2, 2], [0, 1]))).toEqual([[1, 1], [2, 2]])
    expect(tagOf(() => lax.broadcastInDim(f64([1, 2]), [2, 3], [1]))).toBe('ShapeMismatch')
    expect(tagOf(() => lax.broadcastInDim(m, [3, 2], [1, 0]))).toBe('ShapeMismatch')
  })
  test('axes come, go, and turn', () => {
    expect(lax.expandDims(m, [0, -1]).shape).toEqual([1, 2, 3, 1])
    expect(lax.squeeze(lax.expandDims(m, [0, 3]), [-1, 0]).shape).toEqual([2, 3])
    expect(show(lax.rev(m, [1, 0]))).toEqual([[6, 5, 4], [3, 2, 1]])
    expect(tagOf(() => lax.squeeze(m, [0]))).toBe('ShapeMismatch')
    expect(tagOf(() => lax.expandDims(m, [0, 0]))).toBe('BadArgument')
    expect(tagOf(() => lax.rev(m, [2]))).toBe('AxisOutOfRange')
    expect(tagOf(() => lax.transpose(m, [0, 0]))).toBe('ShapeMismatch')
    expect(tagOf(() => lax.reshape(m, [4]))).toBe('ShapeMismatch')
  })
  test('pieces', () => {
    expect(show(lax.sliceInDim(m, -2, null, { axis: 1 }))).toEqual([[2, 3], [5, 6]])
    expect(show(lax.sliceInDim(m, 0, 3, { axis: -1, stride: 2 }))).toEqual([[1, 3], [4, 6]])
    expect(lax.split(m, [1, 2], 1).map(show)).toEqual([[[1], [4]], [[2, 3], [5, 6]]])
    expect(tagOf(() => lax.split(m, [1, 1], 1))).toBe('BadArgument')
    expect(tagOf(() => lax.slice(m, [0, 0], [3, 3]))).toBe('ShapeMismatch')
    expect(tagOf(() => lax.concatenate([m, f64([1])], 0))).toBe('ShapeMismatch')
    expect(tagOf(() => lax.concatenate([], 0))).toBe('BadArgument')
    expect(show(lax.pad(ints([1, 2]), 9, [[1, -1, 1]]))).toEqual([9, 1, 9])
  })
  test('types', () => {
    expect(lax.convertElementType(f64([1.9, -1.9, NaN, 1e10]), 'i32')).toMatchObject({ dtype: 'i32' })
    expect(show(lax.convertElementType(f64([1.9, -1.9, NaN, 1e10]), 'i32'))).toEqual([1, -1, 0, 2147483647])
    expect(show(lax.bitcastConvertType(words([0x3f800000]), 'f32'))).toEqual([1])
    expect(tagOf(() => lax.bitcastConvertType(f64([1]), 'u32'))).toBe('DTypeMismatch')
    expect(tagOf(() => lax.convertElementType(f64([1]), 'bf16' as never))).toBe('ForeseenDType')
    expect([show(lax.iota('u32', 3)), show(lax.full([2], true, { dtype: 'bool' })), show(lax.fullLike(ints([1, 2]), 5))]).toEqual([[0, 1, 2], [true, true], [5, 5]])
    expect(tagOf(() => lax.full([2], 0.5, { dtype: 'i32' }))).toBe('DTypeMismatch')
  })
})

describe('choice', () => {
  test('selectN is the case by its number, moved inside', () => {
    const cases = [0, 10, 20, 30].map(n => ints([n, n + 1, n + 2, n + 3, n + 4]))
    expect(show(lax.selectN(ints([-5, 0, 1, 3, 9]), ...cases))).toEqual([0, 1, 12, 33, 34])
    expect(show(lax.selectN(words([0, 1, 2, 3, 9]), ...cases))).toEqual([0, 11, 22, 33, 34])
    expect(show(lax.selectN(bools([false, true, false, true, true]), cases[0]!, cases[1]!))).toEqual([0, 11, 2, 13, 14])
    expect(show(lax.selectN(ints(2), ...cases))).toEqual([20, 21, 22, 23, 24])
    expect(show(lax.selectN(ints(7), cases[1]!))).toEqual([10, 11, 12, 13, 14])
    expect(tagOf(() => lax.selectN(bools([true]), ints([1]), ints([2]), ints([3])))).toBe('BadArgument')
    expect(tagOf(() => lax.selectN(f64([1]), ints([1]), ints([2])))).toBe('DTypeMismatch')
    expect(tagOf(() => lax.selectN(ints([1])))).toBe('BadArgument')
  })
  test('select and clamp take scalars', () => {
    expect(show(lax.select(true, ints([1, 2]), ints([3, 4])))).toEqual([1, 2])
    expect(show(lax.select(bools([true, false]), ints([1, 2]), 0))).toEqual([1, 0])
    expect(show(lax.clamp(0, f64([-1, 0.5, 2]), f64([1, 1, 1])))).toEqual([0, 0.5, 1])
    expect(tagOf(() => lax.select(ints([1]), ints([1]), ints([1])))).toBe('DTypeMismatch')
  })
})

describe('folds', () => {
  const m = f64([[3, -1, 2], [0, 5, 5]])
  test('take axes in any order', () => {
    expect([show(lax.reduceSum(m, [1, 0])), show(lax.reduceMax(m, [-1])), show(lax.reduceProd(m, [0])), show(lax.reduceMin(m, []))]).toEqual([14, [3, 5], [0, -5, 10], [[3, -1, 2], [0, 5, 5]]])
    expect([show(lax.argmax(m, 1)), lax.argmax(m, 1, 'u32').dtype, show(lax.argmin(m, -1))]).toEqual([[0, 1], 'u32', [1, 0]])
    expect([show(lax.reduceAnd(ints([[6, 3]]), [1])), show(lax.reduceOr(bools([false, true]), [0]))]).toEqual([[2], true])
    expect([show(lax.cumsum(m)), show(lax.cummax(m, { axis: 1, reverse: true }))]).toEqual([[[3, -1, 2], [3, 4, 7]], [[3, 2, 2], [5, 5, 5]]])
    expect(tagOf(() => lax.reduceSum(m, [0, 0]))).toBe('BadArgument')
    expect(tagOf(() => lax.cumsum(m, { axis: 2 }))).toBe('AxisOutOfRange')
    expect(tagOf(() => lax.argmax(f64([]), 0))).toBe('ShapeMismatch')
  })
  test('products of matrices', () => {
    expect(show(lax.dot(m, f64([1, 0, 1])))).toEqual([5, 5])
    expect(show(lax.batchMatmul(f64([[[1, 2]], [[3, 4]]]), f64([[[1], [1]], [[2], [2]]])))).toEqual([[[3]], [[14]]])
    expect(tagOf(() => lax.dot(m, m))).toBe('ShapeMismatch')
    expect(tagOf(() => lax.batchMatmul(m, f64([1])))).toBe('ShapeMismatch')
    expect(tagOf(() => lax.dotGeneral(m, np.array([[1]]), { contract: [[0], [0]] }))).toBe('DTypeMismatch')
  })
})

describe('positions that are data', () => {
  const x = f64([0, 1, 2, 3, 4])
  test('windows: negative starts count from the end, also traced ones; outside they are moved inside', () => {
    for (const [start, want] of [[1, [1, 2]], [-2, [3, 4]], [9, [3, 4]], [-9, [0, 1]]] as const) {
      expect(show(lax.dynamicSlice(x, [start], [2]))).toEqual(want)
      expect(show(jit((i: Value) => lax.dynamicSlice(x, [i], [2]))(ints(start)))).toEqual(want)
      expect(show(lax.dynamicSlice(x, ints([start]), [2]))).toEqual(want)
    }
    expect(show(lax.dynamicUpdateIndexInDim(f64([[1, 2], [3, 4]]), f64([8, 9]), 1, 0))).toEqual([[1, 2], [8, 9]])
    expect(show(lax.dynamicUpdateIndexInDim(f64([[1, 2], [3, 4]]), 7, -1, 1))).toEqual([[1, 7], [3, 7]])
    expect(show(lax.dynamicSliceInDim(f64([[1, 2], [3, 4]]), words(1), 1, { axis: 1 }))).toEqual([[2], [4]])
    expect(show(lax.dynamicIndexInDim(f64([[1, 2], [3, 4]]), -1, { axis: 1, keepdims: false }))).toEqual([2, 4])
    expect(tagOf(() => lax.dynamicSlice(x, [1, 2], [2]))).toBe('BadArgument')
    expect(tagOf(() => lax.dynamicSlice(x, [0.5], [2]))).toBe('BadArgument')
    expect(tagOf(() => lax.dynamicSlice(x, [f64(1)], [2]))).toBe('DTypeMismatch')
    expect(tagOf(() => lax.dynamicSlice(x, [0], [6]))).toBe('ShapeMismatch')
    expect(tagOf(() => lax.dynamicUpdateSlice(x, ints([1]), [0]))).toBe('DTypeMismatch')
  })
  const rows = { offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0] } as const
  const m = f64([[1, 2], [3, 4], [5, 6]])
  test('gather and scatter are rows read and written one by one', () => {
    const ix = ints([[2], [0], [2], [5]])
    const read = (mode: lax.IndexMode, fillValue?: number): unknown => show(lax.gather(m, ix, { ...rows, sliceSizes: [1, 2], mode, ...(fillValue === undefined ? {} : { fillValue }) }))
    expect(read('clip')).toEqual([[5, 6], [1, 2], [5, 6], [5, 6]])
    expect(read('fill', -1)).toEqual([[5, 6], [1, 2], [5, 6], [-1, -1]])
    expect(read('fill')).toEqual([[5, 6], [1, 2], [5, 6], [NaN, NaN]])
    const u = f64([[1, 1], [2, 2], [10, 0], [99, 99]])
    expect(show(lax.scatterAdd(m, ix, u, rows))).toEqual([[3, 4], [3, 4], [16, 7]])
    expect(show(lax.scatter(m, ix, u, rows))).toEqual([[2, 2], [3, 4], [10, 0]])
    expect(show(lax.scatterMul(m, ix, u, rows))).toEqual([[2, 4], [3, 4], [50, 0]])
    expect(show(lax.scatterMin(m, ix, u, rows))).toEqual([[1, 2], [3, 4], [1, 0]])
    expect(show(lax.scatterMax(m, ix, u, { ...rows, mode: 'clip' }))).toEqual([[2, 2], [3, 4], [99, 99]])
    expect(tagOf(() => lax.gather(m, ix, { ...rows, sliceSizes: [2, 2] }))).toBe('ShapeMismatch')
    expect(tagOf(() => lax.gather(m, f64([[0]]), { ...rows, sliceSizes: [1, 2] }))).toBe('DTypeMismatch')
    expect(tagOf(() => lax.scatterAdd(m, ix, ints([[1, 1]]), rows))).toBe('DTypeMismatch')
  })
  test('the derivative of gathering is scattering', () => {
    const [, pull] = vjp((v: Value) => lax.gather(v, ints([[2], [0], [2]]), { ...rows, sliceSizes: [1, 2] }), m)
    expect(show((pull(f64([[1, 1], [2, 2], [10, 0]])) as unknown as Value[])[0]!)).toEqual([[2, 2], [0, 0], [11, 1]])
  })
})

describe('order', () => {
  test('sorts by keys, stably', () => {
    const [k, p] = lax.sort([ints([2, 1, 2, 1]), ints([0, 1, 2, 3])])
    expect([show(k!), show(p!)]).toEqual([[1, 1, 2, 2], [1, 3, 0, 2]])
    expect(show(lax.sort(f64([[3, 1], [2, 9]]), { dimension: 0 }))).toEqual([[2, 1], [3, 9]])
    expect(show(lax.sortKeyVal(f64([3, 1]), ints([7, 8]))[1])).toEqual([8, 7])
    expect(tagOf(() => lax.sort([]))).toBe('BadArgument')
    expect(tagOf(() => lax.sort([f64([1]), f64([1, 2])]))).toBe('ShapeMismatch')
  })
  test('topK takes the first of equal elements, and is differentiable', () => {
    const [values, places] = lax.topK(f64([[1, 5, 5, 2], [NaN, 0, -1, 7]]), 3)
    expect([show(values), show(places)]).toEqual([[[5, 5, 2], [NaN, 7, 0]], [[1, 2, 3], [0, 3, 1]]])
    expect(show(grad((v: Value) => np.sum(np.multiply(lax.topK(v, 2)[0], f64([10, 1]))))(f64([1, 5, 3])) as Value)).toEqual([0, 10, 1])
    expect(show(lax.topK(f64([1, 2]), 0)[0])).toEqual([])
    expect(tagOf(() => lax.topK(f64([1, 2]), 3))).toBe('BadArgument')
    expect(tagOf(() => lax.topK(f64(1), 1))).toBe('ShapeMismatch')
  })
})

describe('collectives', () => {
  const over = (f: (x: Value) => Value, xs: Value): unknown => show(vmap(f, { axisName: 'i' })(xs) as Value)
  test('see all examples of the axis', () => {
    const x = f64([1, 2, 6])
    expect(over(v => lax.psum(v, 'i'), x)).toEqual([9, 9, 9])
    expect(over(v => lax.pmean(v, 'i'), x)).toEqual([3, 3, 3])
    expect(over(v => lax.pmax(v, 'i'), x)).toEqual([6, 6, 6])
    expect(over(v => lax.pmin(v, 'i'), x)).toEqual([1, 1, 1])
    expect(over(v => lax.pmin(v, 'i'), ints([-2147483648, 5]))).toEqual([-2147483648, -2147483648])
    expect(over(v => lax.pmin(v, 'i'), words([3, 4294967295]))).toEqual([3, 3])
    expect(over(v => lax.pmin(v, 'i'), bools([true, false]))).toEqual([false, false])
    expect(over(v => lax.psum(v, 'i'), bools([true, true]))).toEqual([2, 2])
    expect(over(v => np.multiply(v, lax.axisIndex('i')), x)).toEqual([0, 2, 12])
    expect(over(v => np.divide(v, lax.axisSize('i')), x)).toEqual([1 / 3, 2 / 3, 2])
    expect(over(v => lax.allGather(v, 'i'), x)).toEqual([[1, 2, 6], [1, 2, 6], [1, 2, 6]])
    expect(over(v => lax.ppermute(v, 'i', [[0, 1], [1, 2]]), x)).toEqual([0, 1, 2])
  })
  test('gather along any axis, tiled or not, over trees', () => {
    const rows = f64([[1, 2], [3, 4]])
    expect(over(v => lax.allGather(v, 'i', { axis: 1 }), rows)).toEqual([[[1, 3], [2, 4]], [[1, 3], [2, 4]]])
    expect(over(v => lax.allGather(v, 'i', { tiled: true }), rows)).toEqual([[1, 2, 3, 4], [1, 2, 3, 4]])
    expect(over(v => lax.psum({ a: v, b: [v] }, 'i').b[0]!, rows)).toEqual([[4, 6], [4, 6]])
  })
  test('have derivatives: the mean of squares of differences to the mean', () => {
    const centred = (xs: Value): Value => vmap((v: Value) => np.square(np.subtract(v, lax.pmean(v, 'i'))), { axisName: 'i' })(xs) as Value
    expect(show(grad((xs: Value) => np.sum(centred(xs)))(f64([1, 2, 6])) as Value)).toEqual([-4, -2, 6])
  })
  test('without their axis they are a fault that names the axes there are', () => {
    expect(tagOf(() => lax.psum(f64(1), 'i'))).toBe('UnboundAxisName')
    expect(tagOf(() => vmap((v: Value) => lax.psum(v, 'j'), { axisName: 'i' })(f64([1])))).toBe('UnboundAxisName')
  })
})

describe('stopGradient', () => {
  test('stops derivatives in trees, and leaves values', () => {
    const f = (p: { a: Value; b: Value[] }): Value => { const s = lax.stopGradient(p); return np.multiply(np.multiply(p.a, s.a), s.b[0]!) }
    const g = grad(f)({ a: f64(3), b: [f64(5)] }) as { a: Value; b: Value[] }
    expect([show(g.a), show(g.b[0]!)]).toEqual([15, 0])
    expect(jvp((x: Value) => lax.stopGradient(x), [f64(3)], [f64(1)]).map(v => flat(v as Value)[0])).toEqual([3, 0])
  })
})

/** Convolution holds its values against brute force over random strides, paddings, dilations and groups, and is closed under transposition and batching. */
import { describe, expect, test } from 'vitest'
import { aval, range, type Shape, sizeOf, stridesOf } from '../../src/core/aval.js'
import type { DType } from '../../src/core/dtype.js'
import { Linear } from '../../src/core/primitive.js'
import type { NDArray, Value } from '../../src/core/value.js'
import { convolution, convolutionP, type ConvolutionParams } from '../../src/primitives/convolve.js'
import { array, close, differentiates, faultOf, generator, mapsOver, normalish, numbers, same } from './rules.js'

const next = generator(41)
const some = (lo: number, hi: number): number => lo + Math.floor(next() * (hi - lo + 1))
const indices = (shape: Shape): readonly (readonly number[])[] => range(sizeOf(shape)).map(flat => stridesOf(shape).map((s, i) => Math.floor(flat / s) % shape[i]!))
const at = (x: NDArray, index: readonly number[]): number => x.data[stridesOf(x.aval.shape).reduce((s, stride, i) => s + stride * index[i]!, 0)]!

interface Case { readonly x: Shape; readonly w: Shape; readonly p: ConvolutionParams }
/** By the definition: over all places of the kernel, where it meets an element. `products` counts them. */
const brute = ({ x: xs, w: ws, p }: Case, x: NDArray, w: NDArray, times: (a: number, b: number) => number, plus: (a: number, b: number) => number) => {
  const window = ws.slice(2).map((k, a) => (k - 1) * p.rhsDilation[a]! + 1)
  const places = xs.slice(2).map((n, a) => {
    const padded = (n === 0 ? 0 : (n - 1) * p.lhsDilation[a]! + 1) + p.padding[a]![0]! + p.padding[a]![1]!
    return padded < window[a]! ? 0 : Math.floor((padded - window[a]!) / p.windowStrides[a]!) + 1
  })
  const shape = [xs[0]! / p.batchGroupCount, ws[0]!, ...places]
  let products = 0
  const values = indices(shape).map(([b, o, ...at0]) => {
    const group = Math.floor(o! / (ws[0]! / (p.featureGroupCount * p.batchGroupCount)))
    const image = p.batchGroupCount > 1 ? group * shape[0]! + b! : b!, first = p.featureGroupCount > 1 ? group * ws[1]! : 0
    return indices(ws.slice(1)).reduce((s, [c, ...k]) => {
      const twice = k.map((j, a) => at0[a]! * p.windowStrides[a]! + j * p.rhsDilation[a]! - p.padding[a]![0]!)
      const meets = twice.every((i, a) => i >= 0 && i % p.lhsDilation[a]! === 0 && i / p.lhsDilation[a]! < xs[a + 2]!)
      if (!meets) return s
      products++
      return plus(s, times(at(x, [image, first + c!, ...twice.map((i, a) => i / p.lhsDilation[a]!)]), at(w, [o!, c!, ...k])))
    }, 0)
  })
  return { shape, values, products }
}

const random = (): Case => {
  const n = some(0, 3) === 3 ? some(0, 3) : 2, kind = some(0, 3), groups = kind >= 2 ? some(2, 3) : 1
  const fg = kind === 2 ? groups : 1, bg = kind === 3 ? groups : 1
  const c = some(1, 2)
  const axes = range(n).map(() => {
    const size = some(1, 5), left = some(1, 3) === 3 ? 2 : 1, k = some(1, 3)
    const whole = (size - 1) * left + 1, low = some(-1, 3)
    return { size, left, k, low, high: Math.max(some(-1, 3), -(whole + low)), right: some(1, 3) === 3 ? 2 : 1, stride: some(1, 3) }
  })
  return {
    x: [some(1, 2) * bg, c * fg, ...axes.map(a => a.size)],
    w: [some(1, 2) * groups, c, ...axes.map(a => a.k)],
    p: {
      windowStrides: axes.map(a => a.stride), padding: axes.map(a => [a.low, a.high]), lhsDilation: axes.map(a => a.left), rhsDilation: axes.map(a => a.right),
      featureGroupCount: fg, batchGroupCount: bg,
    },
  }
}
const plain = (n: number): ConvolutionParams => ({
  windowStrides: range(n).map(() => 1), padding: range(n).map(() => [0, 0]), lhsDilation: range(n).map(() => 1), rhsDilation: range(n).map(() => 1), featureGroupCount: 1, batchGroupCount: 1,
})
const named: readonly (readonly [string, Case])[] = [
  ['no spatial axis', { x: [3, 2], w: [4, 2], p: plain(0) }],
  ['1 by 1', { x: [2, 3, 4, 4], w: [2, 3, 1, 1], p: plain(2) }],
  ['a kernel larger than the image', { x: [2, 1, 3], w: [2, 1, 5], p: plain(1) }],
  ['no batch', { x: [0, 2, 4], w: [3, 2, 2], p: plain(1) }],
  ['no feature', { x: [2, 0, 4], w: [3, 0, 2], p: plain(1) }],
  ['no out feature', { x: [2, 2, 4], w: [0, 2, 2], p: plain(1) }],
  ['no place', { x: [2, 2, 0], w: [3, 2, 2], p: { ...plain(1), padding: [[2, 1]] } }],
  ['a kernel of nothing', { x: [2, 2, 3], w: [3, 2, 0], p: plain(1) }],
  ['depthwise', { x: [1, 3, 5, 5], w: [6, 1, 3, 3], p: { ...plain(2), featureGroupCount: 3, padding: [[1, 1], [1, 1]] } }],
  ['transposed', { x: [1, 2, 3, 3], w: [2, 2, 4, 4], p: { ...plain(2), lhsDilation: [2, 2], padding: [[2, 2], [2, 2]] } }],
  ['cut to nothing', { x: [1, 1, 4], w: [1, 1, 2], p: { ...plain(1), padding: [[-3, -1]] } }],
  ['three spatial axes', { x: [1, 2, 3, 4, 2], w: [2, 2, 2, 2, 2], p: { ...plain(3), windowStrides: [1, 2, 1], padding: [[1, 0], [1, 1], [0, 0]] } }],
]
const cases = [...named, ...range(80).map(i => [`random ${i}`, random()] as const)]

describe('values', () => {
  test.each(cases)('%s', (_name, c) => {
    for (const dtype of ['f32', 'f64'] as const) {
      const x = normalish(next, c.x, dtype), w = normalish(next, c.w, dtype)
      const want = brute(c, x, w, (a, b) => a * b, (a, b) => a + b)
      const got = convolution(x, w, c.p)
      expect(got.aval).toEqual(aval(dtype, want.shape))
      close(numbers(got), want.values, dtype === 'f32' ? 1e-7 : 1e-14)
      expect(convolutionP.cost([x.aval, w.aval], [got.aval], c.p)).toBe(2 * want.products)
    }
    for (const dtype of ['i32', 'u32'] as const) {
      const bits = (shape: Shape): NDArray => array(dtype, shape, range(sizeOf(shape)).map(() => { const v = Math.floor(next() * 2 ** 32); return dtype === 'i32' ? v | 0 : v }))
      const x = bits(c.x), w = bits(c.w)
      const want = brute(c, x, w, Math.imul, (a, b) => (a + b) | 0)
      same(convolution(x, w, c.p), aval(dtype, want.shape), want.values.map(v => (dtype === 'i32' ? v : v >>> 0)))
    }
  })
  test('more windows than are laid out at once', () => {
    const c: Case = { x: [1, 8, 100, 80], w: [1, 8, 3, 3], p: { ...plain(2), padding: [[1, 1], [1, 1]] } }
    const x = normalish(next, c.x), w = normalish(next, c.w)
    close(numbers(convolution(x, w, c.p)), brute(c, x, w, (a, b) => a * b, (a, b) => a + b).values, 1e-13)
  })
  test('f32 is accumulated in f64 and rounded once', () => {
    const x = array('f32', [1, 1, 3], [2 ** 24, 1, 1])
    expect(numbers(convolution(x, array('f32', [1, 1, 3], [1, 1, 1]), plain(1)))).toEqual([2 ** 24 + 2])
  })
})

describe('rules', () => {
  test.each(cases.slice(0, 50))('%s: push, pull, linear typing, second derivatives', (_name, { x: xs, w: ws, p }) => {
    const x = normalish(next, xs), w = normalish(next, ws), tw = normalish(next, ws)
    differentiates((a, b) => convolution(a!, b!, p), [x, w], next, 1e-8)
    differentiates((a, b) => convolutionP.linearize([a!, b!], p, [true, true]).push([a!, tw])[0]!, [x, w], next, 1e-8)
  })
  test.each(cases)('%s: the transpose in each operand is the adjoint, at the same price', (_name, { x: xs, w: ws, p }) => {
    const x = normalish(next, xs), w = normalish(next, ws)
    const out = convolution(x, w, p)
    const ct = normalish(next, out.aval.shape)
    if (convolutionP.transpose === 'nonlinear') return expect.unreachable('convolution is linear in each operand')
    const inner = (a: Value, b: Value): number => numbers(a).reduce((s, v, i) => s + v * numbers(b)[i]!, 0)
    const [inX, none] = convolutionP.transpose([ct], [new Linear(x.aval), w], p)
    const [nor, inW] = convolutionP.transpose([ct], [x, new Linear(w.aval)], p)
    expect([none, nor]).toEqual([null, null])
    expect([inX!.aval, inW!.aval]).toEqual([x.aval, w.aval])
    close([inner(x, inX!), inner(w, inW!)], [inner(out, ct), inner(out, ct)], 1e-13)
  })
  test.each(cases)('%s: batching is a map, whichever operands are mapped', (_name, { x, w, p }) => {
    for (const size of [0, 1, 3]) {
      mapsOver(convolutionP, size, [normalish(next, [size, ...x]), normalish(next, [size, ...w])], [true, true], p)
      mapsOver(convolutionP, size, [normalish(next, [size, ...x]), normalish(next, w)], [true, false], p)
      mapsOver(convolutionP, size, [normalish(next, x), normalish(next, [size, ...w])], [false, true], p)
    }
  })
})

test('faults name what is wrong', () => {
  const x = array('f32', [2, 4, 5], range(40)), w = array('f32', [6, 4, 3], range(72))
  const fault = (p: Partial<ConvolutionParams>, a: NDArray = x, b: NDArray = w) => faultOf(() => convolution(a, b, { ...plain(1), ...p }))
  const zeros = (dtype: DType, ...shape: number[]): NDArray => array(dtype, shape, range(sizeOf(shape)).map(() => 0))
  expect(fault({}, x, zeros('f64', 6, 4, 3))).toMatchObject({ _tag: 'DTypeMismatch', want: 'operands of one dtype' })
  expect(fault({}, zeros('bool', 1, 1, 1), zeros('bool', 1, 1, 1))).toMatchObject({ _tag: 'DTypeMismatch', want: 'numbers' })
  expect(fault({}, zeros('f32', 3), zeros('f32', 3))).toMatchObject({ _tag: 'ShapeMismatch', hint: 'np.expandDims adds a missing axis' })
  expect(fault({ padding: [] })).toMatchObject({ _tag: 'ShapeMismatch', want: 'windowStrides, padding, lhsDilation and rhsDilation with 1 entries, one for each spatial axis' })
  expect(fault({ windowStrides: [0] })).toMatchObject({ want: 'strides and dilations that are whole numbers >= 1' })
  expect(fault({ rhsDilation: [1.5] })).toMatchObject({ want: 'strides and dilations that are whole numbers >= 1' })
  expect(fault({ padding: [[1]] })).toMatchObject({ want: 'padding as pairs [before, after] of whole numbers' })
  expect(fault({ featureGroupCount: 2, batchGroupCount: 2 })).toMatchObject({ want: 'groups of features or groups of batches, not 2 and 2' })
  expect(fault({ featureGroupCount: 0 })).toMatchObject({ want: 'groups of features or groups of batches, not 0 and 1' })
  expect(fault({ featureGroupCount: 2 })).toMatchObject({ want: 'a kernel for 2 in features, it is for 4' })
  expect(fault({ featureGroupCount: 4 }, x, zeros('f32', 6, 1, 3))).toMatchObject({ want: 'out features that fall into 4 equal groups, there are 6' })
  expect(fault({ batchGroupCount: 3 })).toMatchObject({ want: 'a batch that falls into 3 equal groups, it is 2' })
  expect(fault({ padding: [[-3, -3]] })).toMatchObject({ want: 'spatial axes [0] with enough elements to cut' })
})

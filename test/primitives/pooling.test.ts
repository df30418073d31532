/** Windows hold against their definition, their transpose adds what overlaps, and extrema of windows give their derivative to the first place that attains them. */
import { describe, expect, test } from 'vitest'
import { aval, range, type Shape, sizeOf, stridesOf } from '../../src/core/aval.js'
import { Linear } from '../../src/core/primitive.js'
import type { NDArray } from '../../src/core/value.js'
import { maxFirstP, minFirstP, reduceMaxFirst, reduceMinFirst } from '../../src/primitives/fold.js'
import { windows, windowsP, type WindowsParams } from '../../src/primitives/pooling.js'
import { array, axisSets, close, differentiates, faultOf, generator, gradient, mapsOver, normalish, numbers, same, vector } from './rules.js'

const next = generator(77)
const some = (lo: number, hi: number): number => lo + Math.floor(next() * (hi - lo + 1))
const indices = (shape: Shape): readonly (readonly number[])[] => range(sizeOf(shape)).map(flat => stridesOf(shape).map((s, i) => Math.floor(flat / s) % shape[i]!))
const at = (x: NDArray, index: readonly number[]): number => x.data[stridesOf(x.aval.shape).reduce((s, stride, i) => s + stride * index[i]!, 0)]!

interface Case { readonly x: Shape; readonly p: WindowsParams }
const random = (): Case => {
  const x = range(some(1, 3)).map(() => some(1, 7))
  const axes = range(x.length).filter(() => next() < 0.6)
  return { x, p: { axes, sizes: axes.map(() => some(1, 4)), strides: axes.map(() => some(1, 4)), dilation: axes.map(() => some(1, 2)) } }
}
const whole = (n: number, size: number, stride: number, dilation = 1): Case => ({ x: [n], p: { axes: [0], sizes: [size], strides: [stride], dilation: [dilation] } })
const cases: readonly (readonly [string, Case])[] = [
  ['side by side', whole(6, 2, 2)], ['side by side with a rest', whole(7, 3, 3)], ['apart', whole(9, 2, 4)], ['overlapping', whole(7, 3, 2)], ['at every place', whole(5, 3, 1)],
  ['overlapping twice', whole(11, 5, 2)], ['dilated', whole(9, 3, 1, 2)], ['dilated and apart', whole(9, 2, 3, 4)], ['single places', whole(7, 1, 3)], ['all in one', whole(4, 4, 1)],
  ['none fits', whole(2, 3, 1)], ['of nothing', whole(0, 2, 1)], ['two axes of an image', { x: [2, 4, 6, 3], p: { axes: [1, 2], sizes: [2, 3], strides: [2, 2], dilation: [1, 1] } }],
  ...range(60).map(i => [`random ${i}`, random()] as const),
]

describe('windows', () => {
  test.each(cases)('%s', (_name, { x: shape, p }) => {
    for (const dtype of ['f32', 'i32', 'bool'] as const) {
      const x = array(dtype, shape, range(sizeOf(shape)).map(i => (dtype === 'bool' ? i % 2 : i)))
      const places = shape.map((n, i) => {
        const a = p.axes.indexOf(i), last = a < 0 ? 0 : (p.sizes[a]! - 1) * p.dilation[a]!
        return a < 0 ? n : range(n).filter(k => k % p.strides[a]! === 0 && k + last < n).length
      })
      const want = [...places, ...p.sizes]
      same(windows(x, p), aval(dtype, want), indices(want).map(index => at(x, range(shape.length).map(i => {
        const a = p.axes.indexOf(i)
        return a < 0 ? index[i]! : index[i]! * p.strides[a]! + index[shape.length + a]! * p.dilation[a]!
      }))))
    }
  })
  test.each(cases)('%s: rules', (_name, { x: shape, p }) => {
    const x = normalish(next, shape)
    differentiates(a => windows(a!, p), [x], next, 1e-8)
    if (p.axes.length > 0) for (const size of [0, 1, 3]) mapsOver(windowsP, size, [normalish(next, [size, ...shape])], [true], p)
    const out = windows(x, p), ct = normalish(next, out.aval.shape)
    if (windowsP.transpose === 'nonlinear' || p.axes.length === 0) return
    const back = windowsP.transpose([ct], [new Linear(x.aval)], p)[0]!
    expect(back.aval).toEqual(x.aval)
    close([numbers(back).reduce((s, v, i) => s + v * x.data[i]!, 0)], [numbers(out).reduce((s, v, i) => s + v * ct.data[i]!, 0)], 1e-12)
  })
  test('faults name what is wrong', () => {
    const fault = (p: Partial<WindowsParams>) => faultOf(() => windows(array('f32', [2, 3], range(6)), { axes: [1], sizes: [2], strides: [1], dilation: [1], ...p }))
    expect(fault({ axes: [2] })).toMatchObject({ _tag: 'ShapeMismatch', op: 'windows', want: 'axes within rank 2, ascending; the axes are [2]' })
    expect(fault({ sizes: [0] })).toMatchObject({ want: 'sizes, strides and dilation as whole numbers >= 1, one for each of the axes [1]' })
    expect(fault({ strides: [] })).toMatchObject({ _tag: 'ShapeMismatch' })
  })
})

describe('the first of the extrema', () => {
  test.each([['maxFirst', maxFirstP, reduceMaxFirst, Math.max], ['minFirst', minFirstP, reduceMinFirst, Math.min]] as const)('%s', (_name, row, reduce, best) => {
    const shape = [3, 2, 4]
    for (const axes of axisSets(3)) {
      const x = array('f64', shape, range(24).map(() => some(0, 2)))
      const kept = range(3).filter(a => !axes.includes(a)), inner = axes.map(a => shape[a]!)
      const lines = indices(kept.map(a => shape[a]!)).map(outer => indices(inner).map(k => range(3).map(a => (axes.includes(a) ? k[axes.indexOf(a)]! : outer[kept.indexOf(a)]!))))
      same(reduce(x, axes), aval('f64', kept.map(a => shape[a]!)), lines.map(line => best(...line.map(i => at(x, i)))))
      const firsts = lines.map(line => line.find(i => at(x, i) === best(...line.map(k => at(x, k))))!.join())
      expect(gradient(v => reduce(v, axes), x)).toEqual(indices(shape).map(i => (firsts.includes(i.join()) ? 1 : 0)))
      if (axes.length === 0) continue
      const apart = array('f64', shape, range(24).map(i => Math.sin(7 * i)))
      differentiates(v => reduce(v!, axes), [apart], next, 1e-7)
      for (const size of [0, 1, 3]) mapsOver(row, size, [normalish(next, [size, ...shape])], [true], { axes })
    }
  })
  test('a NaN is the extremum, and the first has the derivative', () => {
    const x = vector([1, NaN, 3, NaN])
    expect([numbers(reduceMaxFirst(x, [0])), numbers(reduceMinFirst(x, [0]))]).toEqual([[NaN], [NaN]])
    expect([gradient(v => reduceMaxFirst(v, [0]), x), gradient(v => reduceMinFirst(v, [0]), x)]).toEqual([[0, 1, 0, 0], [0, 1, 0, 0]])
  })
  test('over nothing it is constant', () => {
    expect(numbers(reduceMaxFirst(array('f64', [2, 0], []), [1]))).toEqual([-Infinity, -Infinity])
    expect(gradient(v => reduceMinFirst(v, [1]), array('f64', [2, 0], []))).toEqual([])
  })
})

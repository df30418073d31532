/** Keys, words and draws equal those of JAX 0.10 bit for bit; floats to the rounding of the functions they come from. */
import { describe, expect, test } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import * as State from 'fp-ts/lib/State.js'
import { aval } from '../../src/core/aval.js'
import { attempt } from '../../src/core/fault.js'
import { concreteOf, NDArray, nested, type Value } from '../../src/core/value.js'
import { jit } from '../../src/higher/jit.js'
import { iota, reshape } from '../../src/primitives/structural.js'
import { vmap } from '../../src/transforms/vectorize.js'
import * as random from '../../src/lib/random/index.js'
import { expectNear } from '../near.js'

const show = (x: Value): unknown => nested(concreteOf(x, 'test'))
const flat = (x: Value): number[] => Array.from(concreteOf(x, 'test').data)
const f32 = (xs: readonly number[]): Value => new NDArray(aval('f32', [xs.length]), Float32Array.from(xs)) as unknown as Value
const i32 = (xs: readonly number[]): Value => new NDArray(aval('i32', [xs.length]), Int32Array.from(xs)) as unknown as Value
const matrix = (m: number, n: number): Value => reshape(iota('i32', [m * n], 0), [m, n])
const tagOf = (thunk: () => unknown): string | null => { const e = attempt(thunk); return e._tag === 'Left' ? e.left._tag : null }
const close = (got: Value, want: readonly number[], tolerance: number): void =>
  flat(got).forEach((x, i) => expect(Math.abs(x - want[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(want[i]!))))

const k = random.key(7)

describe('keys', () => {
  test('of seeds: 32 bits as they are, wider ones as two words in two\'s complement', () => {
    expect(show(random.key(42))).toEqual([0, 42])
    expect(show(random.key(-1))).toEqual([0, 4294967295])
    expect(show(random.key(2 ** 40 + 5))).toEqual([256, 5])
    expect(show(random.key(-(2 ** 40)))).toEqual([4294967040, 0])
    expect(show(random.key(2n ** 63n))).toEqual([2147483648, 0])
    expect(show(jit((s: Value) => random.key(s))(reshape(i32([-1]), [])))).toEqual([0, 4294967295])
  })
  test('split, in both layouts', () => {
    expect(show(random.split(k, 3))).toEqual([[3625411723, 1954958720], [195045567, 4062205631], [966301609, 1948237315]])
    expect(show(random.split(k, [2, 2]))).toEqual([[[3625411723, 1954958720], [195045567, 4062205631]], [[966301609, 1948237315], [276534068, 1641862660]]])
    expect(show(random.split(k, 3, { legacy: true }))).toEqual([[276534068, 861967409], [1905761346, 1641862660], [2900896126, 1402713516]])
    expect(random.keys(k, 3).map(show)).toEqual(show(random.split(k, 3)))
  })
  test('folded', () => {
    expect(show(random.foldIn(k, 123))).toEqual([2005013758, 680036494])
    expect(show(random.foldIn(k, 4294967295))).toEqual([3658129989, 1719350670])
    expect(show(random.foldIn(k, -1))).toEqual([3658129989, 1719350670])
    expect(show(random.foldIn(k, reshape(i32([123]), [])))).toEqual([2005013758, 680036494])
  })
})

describe('words and uniform numbers', () => {
  test('words', () => {
    expect(show(random.bits(k, [5]))).toEqual([2895194379, 4185947648, 1300703658, 1906787632, 3139134342])
    expect(show(random.bits(k, [5], { legacy: true }))).toEqual([276534068, 861967409, 2793701230, 1641862660, 2900896126])
    expect(show(random.bits(k, [0]))).toEqual([])
  })
  test('uniform floats are exact', () => {
    expect(show(random.uniform(k, [3]))).toEqual([0.6740899085998535, 0.9746168851852417, 0.3028435707092285])
    expect(show(random.uniform(k, [3], { minval: -2, maxval: 5 }))).toEqual([2.7186293601989746, 4.822318077087402, 0.11990499496459961])
    expect(show(random.uniform(k, [3], { dtype: 'f64' }))).toEqual([0.8441069450823528, 0.04541258512665647, 0.22498462569285382])
    expect(show(random.uniform(k, [3], { dtype: 'f64', legacy: true }))).toEqual([0.06438560513366842, 0.20069242680338606, 0.4437196409158861])
  })
  test('bounds may be arrays, which broadcast', () => {
    const u = flat(random.uniform(k, [200, 2], { minval: f32([0, 10]), maxval: f32([1, 20]) }))
    u.forEach((x, i) => { expect(x).toBeGreaterThanOrEqual(i % 2 === 0 ? 0 : 10); expect(x).toBeLessThan(i % 2 === 0 ? 1 : 20) })
  })
  test('whole numbers, to the ends of their dtypes', () => {
    expect(show(random.randint(k, [4], 0, 2147483647))).toEqual([752193312, 1400917351, 1692160380, 1822441453])
    expect(show(random.randint(k, [4], -2147483648, 2147483647))).toEqual([752193311, 1400917350, -455323268, -325042195])
    expect(show(random.randint(k, [4], 0, 7, { dtype: 'u32' }))).toEqual([0, 3, 6, 1])
    expect(show(random.randint(k, [4], 0, 2 ** 32, { dtype: 'u32' }))).toEqual([2899676959, 3548400998, 1692160380, 1822441453])
    expect(show(random.randint(k, [4], -(2 ** 31), 2 ** 31))).toEqual([752193311, 1400917350, -455323268, -325042195])
    expect(show(random.randint(k, [5], 0, 100, { legacy: true }))).toEqual([92, 40, 36, 88, 5])
    expect(show(random.randint(k, [3], 5, 5))).toEqual([5, 5, 5])
    expect(flat(random.randint(k, [1000], i32([3]), 6)).every(x => x >= 3 && x < 6)).toBe(true)
  })
  test('normal numbers', () => {
    close(random.normal(k, [3], { dtype: 'f64' }), [1.0114813355590866, -1.6910609087906374, -0.7554662899926428], 1e-14)
    close(random.normal(random.key(0), [3]), [1.6226422, 2.0252647, -0.43359444], 3e-7)
  })
})

describe('choices', () => {
  test('coins and signs', () => {
    expect(show(random.bernoulli(k, 0.3, [10]))).toEqual([false, false, false, false, false, false, false, false, true, true])
    expect(show(random.rademacher(k, [6]))).toEqual([-1, -1, 1, 1, -1, -1])
    expect(show(random.bernoulli(k, f32([0, 1])))).toEqual([false, true])
  })
  const logits = reshape(f32([0, 1, 2, 3, 0, 0]), [2, 3])
  const four = reshape(f32([0, 1, 2, 0, 3, 0, 0, 1]), [2, 4])
  test('classes', () => {
    expect(show(random.categorical(k, logits, { shape: [4, 2] }))).toEqual([[1, 0], [1, 0], [2, 0], [2, 0]])
    expect(show(random.categorical(k, four, { shape: [3, 2], replace: false }))).toEqual([[1, 0], [2, 3], [0, 1]])
    expect(show(random.categorical(k, four, { axis: 0, shape: [2, 4], replace: false }))).toEqual([[1, 0, 0, 1], [0, 1, 1, 0]])
  })
  test('permutations', () => {
    expect(show(random.permutation(k, 12))).toEqual([10, 9, 4, 2, 3, 11, 5, 0, 7, 6, 1, 8])
    expect(show(random.permutation(k, 12, { legacy: true }))).toEqual([0, 3, 7, 9, 5, 11, 1, 10, 6, 4, 2, 8])
    expect(show(random.permutation(k, matrix(3, 4), { axis: 1, independent: true }))).toEqual([[2, 3, 0, 1], [4, 5, 7, 6], [10, 9, 11, 8]])
    expect(show(random.permutation(k, matrix(3, 4), { axis: 1 }))).toEqual([[2, 3, 0, 1], [6, 7, 4, 5], [10, 11, 8, 9]])
    expect(flat(random.permutation(k, 2000)).slice(0, 8)).toEqual([1785, 5, 1002, 442, 880, 109, 1429, 1338])
    expect(show(random.permutation(k, 1))).toEqual([0])
    expect(show(random.permutation(k, 0))).toEqual([])
  })
  test('samples', () => {
    const p = f32([0.1, 0.2, 0.3, 0.2, 0.2])
    expect(show(random.choice(k, 5, [8], { p }))).toEqual([2, 0, 3, 2, 1, 2, 2, 2])
    expect(show(random.choice(k, 5, [3], { replace: false, p }))).toEqual([1, 4, 0])
    expect(show(random.choice(k, matrix(4, 3), [2, 2]))).toEqual([[[9, 10, 11], [6, 7, 8]], [[0, 1, 2], [3, 4, 5]]])
    expect(show(random.choice(k, matrix(4, 3), [3], { replace: false }))).toEqual([[6, 7, 8], [9, 10, 11], [0, 1, 2]])
    expect(show(random.choice(k, matrix(4, 3), [2], { axis: 1 }))).toEqual([[1, 2], [4, 5], [7, 8], [10, 11]])
    expect(random.choice(k, matrix(4, 3), [0]).shape).toEqual([0, 3])
  })
})

/** The mean of g over draws lies within five deviations of its expectation. */
const moment = (draws: Value, g: (x: number) => number, mean: number, variance: number): void => {
  const xs = flat(draws), m = xs.reduce((s, x) => s + g(x), 0) / xs.length
  expect(Math.abs(m - mean)).toBeLessThan(5 * Math.sqrt(variance / xs.length))
}

describe('distributions', () => {
  const n = [20000]
  const square = (x: number): number => x * x
  test('have their moments', () => {
    moment(random.normal(k, n), x => x, 0, 1)
    moment(random.normal(k, n), square, 1, 2)
    moment(random.exponential(k, n), x => x, 1, 1)
    moment(random.gumbel(k, n), x => x, 0.5772156649, Math.PI ** 2 / 6)
    moment(random.laplace(k, n), square, 2, 20)
    moment(random.logistic(k, n), square, Math.PI ** 2 / 3, 7 * Math.PI ** 4 / 15)
    moment(random.cauchy(k, n), x => (x < 1 ? 1 : 0), 0.75, 0.1875)
    moment(random.truncatedNormal(k, -2, 2, n), square, 0.87962566103423978 ** 2, 1)
    moment(random.categorical(k, f32([0, Math.log(3)]), { shape: n }), x => x, 0.75, 0.1875)
  })
  test('truncated numbers stay inside', () => {
    expect(flat(random.truncatedNormal(k, 0.5, 0.75, [1000])).every(x => x > 0.5 && x < 0.75)).toBe(true)
  })
})

describe('under transforms', () => {
  test('jit and vmap give the same draws', () => {
    const draw = (key: Value): Value => random.normal(key, [4])
    expectNear(show(jit(draw)(k)), show(draw(k)))
    expect(show(jit((key: Value) => random.bits(key, [64]))(k))).toEqual(show(random.bits(k, [64])))
    const keys = random.split(k, 3)
    expect(show(vmap(draw)(keys))).toEqual(random.keys(k, 3).map(x => show(draw(x))))
    expect(show(vmap((key: Value) => random.permutation(key, 6))(keys))).toEqual(random.keys(k, 3).map(x => show(random.permutation(x, 6))))
    expect(show(vmap((step: Value) => random.foldIn(k, step))(i32([0, 1, 2])))).toEqual([0, 1, 2].map(i => show(random.foldIn(k, i))))
    expect(show(jit((key: Value) => random.randint(key, [5], 1, 7))(k))).toEqual(show(random.randint(k, [5], 1, 7)))
  })
})

describe('sequential draws', () => {
  const twice = pipe(
    random.sequential.draw(key => random.uniform(key, [2])),
    State.bindTo('a'),
    State.bind('b', () => random.sequential.draw(key => random.uniform(key, [2]))))
  test('never use a key twice, and replay', () => {
    const { a, b } = random.sequential.run(twice, k)
    expect(show(a)).not.toEqual(show(b))
    expect(show(random.sequential.run(twice, k).b)).toEqual(show(b))
    const [first, rest] = random.keys(k, 2) as [random.Key, random.Key]
    expect(show(a)).toEqual(show(random.uniform(first, [2])))
    expect(show(b)).toEqual(show(random.uniform(random.keys(rest, 2)[0]!, [2])))
  })
})

describe('faults', () => {
  test('say what is no key', () => {
    expect(tagOf(() => random.normal(3 as never, [2]))).toBe('BadArgument')
    expect(tagOf(() => random.normal(f32([0, 1]), [2]))).toBe('DTypeMismatch')
    expect(tagOf(() => random.normal(random.split(k), [2]))).toBe('ShapeMismatch')
    expect(attempt(() => random.normal(f32([0, 1]), [2]))).toMatchObject({ left: { hint: expect.stringContaining('random.key') as string } })
  })
  test('say what is no seed, shape, dtype or range', () => {
    expect(tagOf(() => random.key(0.5))).toBe('BadArgument')
    expect(tagOf(() => random.key('0' as never))).toBe('BadArgument')
    expect(tagOf(() => random.key(f32([1])))).toBe('ShapeMismatch')
    expect(tagOf(() => random.key(reshape(f32([1]), [])))).toBe('DTypeMismatch')
    expect(tagOf(() => random.foldIn(k, 0.5))).toBe('BadArgument')
    expect(tagOf(() => random.foldIn(k, i32([1])))).toBe('ShapeMismatch')
    expect(tagOf(() => random.uniform(k, [-1]))).toBe('BadArgument')
    expect(tagOf(() => random.uniform(k, [2], { dtype: 'i32' as never }))).toBe('BadArgument')
    expect(tagOf(() => random.uniform(k, [2], { dtype: 'bf16' as never }))).toBe('ForeseenDType')
    expect(tagOf(() => random.randint(k, [2], 0.5, 2))).toBe('BadArgument')
    expect(tagOf(() => random.randint(k, [2], 0, f32([1, 2])))).toBe('DTypeMismatch')
    expect(tagOf(() => random.bernoulli(k, i32([1])))).toBe('DTypeMismatch')
    expect(tagOf(() => random.bernoulli(k, f32([0.1, 0.2]), [3]))).toBe('ShapeMismatch')
    expect(tagOf(() => random.categorical(k, f32([1, 2]), { axis: 1 }))).toBe('AxisOutOfRange')
    expect(tagOf(() => random.categorical(k, matrix(2, 3), { shape: [3] }))).toBe('ShapeMismatch')
    expect(tagOf(() => random.categorical(k, f32([1, 2]), { shape: [3], replace: false }))).toBe('BadArgument')
    expect(tagOf(() => random.permutation(k, reshape(f32([1]), [])))).toBe('ShapeMismatch')
    expect(tagOf(() => random.choice(k, 3, [4], { replace: false }))).toBe('BadArgument')
    expect(tagOf(() => random.choice(k, 0, [4]))).toBe('BadArgument')
    expect(tagOf(() => random.choice(k, 3, [4], { p: f32([1]) }))).toBe('ShapeMismatch')
  })
})

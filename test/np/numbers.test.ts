/** JavaScript numbers enter arrays exactly, or are refused: what a dtype cannot hold is never replaced without a word. */
import { describe, expect, it } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import { toNested } from '../../src/lib/read.js'
import { refuses } from '../faults/refuses.js'

const f64 = { dtype: 'f64' } as const, i32 = { dtype: 'i32' } as const, u32 = { dtype: 'u32' } as const

describe('a number in a dtype', () => {
  it('is not rounded to f32 on the way to f64', () => {
    expect(toNested(np.full([1], 0.1, f64))).toEqual([0.1])
    expect(toNested(np.fullLike(np.zeros([1], f64), 0.1))).toEqual([0.1])
    expect(toNested(np.astype(0.1, 'f64'))).toBe(0.1)
    expect(toNested(np.sum(np.zeros([2], f64), { initial: 0.1 }))).toBe(0.1)
    expect(toNested(np.max(np.zeros([2], f64), { initial: 0.1 }))).toBe(0.1)
    expect(toNested(np.geomspace(0.1, 0.1, 2, f64))).toEqual([0.1, 0.1])
    expect(toNested(np.ediff1d(np.zeros([2], f64), { toEnd: 0.1 }))).toEqual([0, 0.1])
    expect(toNested(np.interp(np.array(-1, f64), np.array([0, 1], f64), np.array([0, 1], f64), { left: 0.1 }))).toBe(0.1)
  })
  it('is not rounded to f32 on the way to integers', () => {
    expect(toNested(np.full([1], 16777217, i32))).toEqual([16777217])
    expect(toNested(np.astype(16777217, 'i32'))).toBe(16777217)
    expect(toNested(np.full([1], 4294967295, u32))).toEqual([4294967295])
  })
  it('loses its fraction in integers, and is a truth in bool', () => {
    expect(toNested(np.full([2], -1.5, i32))).toEqual([-1, -1])
    expect(toNested(np.array([1.5, -1.5], i32))).toEqual([1, -1])
    expect(toNested(np.array([2, 0.5, NaN, 0], { dtype: 'bool' }))).toEqual([true, true, true, false])
    expect(toNested(np.astype(0.5, 'bool'))).toBe(true)
    expect(toNested(np.arange(0, 3, 1, { dtype: 'bool' }))).toEqual([false, true, true])
  })
  for (const x of [NaN, Infinity, -Infinity, 2 ** 31, 2 ** 31 + 0.5, -(2 ** 31) - 1]) {
    refuses(`${x} in a list of i32`, 'BadArgument', () => np.array([0, x], i32), 'a number that i32 holds')
    refuses(`full of ${x} in i32`, 'BadArgument', () => np.full([2], x, i32), 'a number that i32 holds')
  }
  refuses('-1 in u32', 'BadArgument', () => np.full([2], -1, u32), 'u32')
  it('is converted where astype is asked to', () => {
    expect([NaN, Infinity, 3e9, -3e9].map(x => toNested(np.astype(x, 'i32')))).toEqual([0, 2147483647, 2147483647, -2147483648])
  })
})

describe('typed arrays', () => {
  it('are converted as by astype', () => {
    expect(toNested(np.array(new Float32Array([NaN, 3e9, -3e9, -1.5]), i32))).toEqual([0, 2147483647, -2147483648, -1])
    expect(toNested(np.array(new Float64Array([-1, 5e9, 2.5]), u32))).toEqual([0, 4294967295, 2])
    expect(toNested(np.array(new Int32Array([-1]), u32))).toEqual([4294967295])
    expect(toNested(np.array(new Float32Array([0, -0, 0.5, NaN]), { dtype: 'bool' }))).toEqual([false, false, true, true])
  })
  it('of bytes keep their numbers in a dtype of numbers, and are bool where they are 0 and 1', () => {
    expect(toNested(np.array(new Uint8Array([0, 5, 255]), { dtype: 'f32' }))).toEqual([0, 5, 255])
    expect(toNested(np.array(new Uint8Array([0, 5, 255]), { dtype: 'bool' }))).toEqual([false, true, true])
    expect(toNested(np.array(new Uint8Array([0, 1])))).toEqual([false, true])
  })
  refuses('bytes without a dtype', 'BadArgument', () => np.array(new Uint8Array([0, 5, 255])), "{ dtype: 'f32' }")
})

describe('JAX answers', () => {
  it('linspace of integers rounds down, between numbers and between arrays', () => {
    expect(toNested(np.linspace(0, -5, 4, i32))).toEqual([0, -2, -4, -5])
    expect(toNested(np.linspace(np.array(0), -5, 4, i32))).toEqual([0, -2, -4, -5])
  })
  it('integers have the remainder 0 by 0', () => {
    const x = np.array([5, -5], i32), zero = np.array([0, 0], i32)
    expect(toNested(np.mod(x, zero))).toEqual([0, 0])
    expect(toNested(np.remainder(x, zero))).toEqual([0, 0])
    expect(toNested(np.fmod(x, zero))).toEqual([0, 0])
    expect(toNested(np.mod(np.array([5], u32), np.array([0], u32)))).toEqual([0])
    expect(np.divmod(x, zero).map(v => toNested(v))).toEqual([[-2, -2], [0, 0]])
    expect(toNested(np.mod(np.array([5]), 0))).toEqual([NaN])
  })
  it('a variance without degrees of freedom is NaN', () => {
    for (const ddof of [2, 3]) {
      expect(toNested(np.var(np.array([5, 7]), { ddof }))).toBe(NaN)
      expect(toNested(np.std(np.array([5, 7]), { ddof }))).toBe(NaN)
    }
    expect(toNested(np.var(np.array([5, 7]), { ddof: 1 }))).toBe(2)
  })
})

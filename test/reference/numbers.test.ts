/** Rounding, division, conversions and bits are exact and take the edge values of JAX on the CPU. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as m from '../../backends/reference/math/index.js'
import { expectExactly } from './golden.js'

const { NaN, Infinity } = globalThis
const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
const low = -2147483648

describe('rounding', () => {
  it('half to even', () =>
    expectExactly(m.roundHalfEven, [[0.5, 0], [1.5, 2], [2.5, 2], [-0.5, -0], [-1.5, -2], [-2.3, -2], [0.49999999999999994, 0],
      [-0, -0], [0, 0],
      [4503599627370495.5, 4503599627370496], [-4503599627370494.5, -4503599627370494], [9007199254740991, 9007199254740991],
      [1e300, 1e300],
      [NaN, NaN], [Infinity, Infinity], [-Infinity, -Infinity]]))
  it('half away from zero', () =>
    expectExactly(m.roundHalfAway, [[0.5, 1], [1.5, 2], [-0.5, -1], [-1.5, -2], [2.5, 3], [0.49999999999999994, 0], [-0.2, -0],
      [-0, -0], [1e300, 1e300],
      [NaN, NaN], [-Infinity, -Infinity]]))
  it('both give a nearest whole number', () =>
    fc.assert(fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), x => {
      const [even, away] = [m.roundHalfEven(x), m.roundHalfAway(x)]
      expect(Number.isInteger(even) && Number.isInteger(away)).toBe(true)
      expect(Math.max(Math.abs(even - x), Math.abs(away - x))).toBeLessThanOrEqual(0.5)
      expect(m.roundHalfEven(Math.floor(x) + 0.5) % 2).toBe(m.roundHalfEven(Math.floor(x) + 0.5) * 0)
    })))
  it('sign', () => expectExactly(m.sign, [[0, 0], [-0, -0], [NaN, NaN], [-3, -1], [Infinity, 1], [-Infinity, -1], [5e-324, 1]]))
})

describe('neighbours', () => {
  it('of f64', () =>
    expectExactly(m.nextAfter64, [[0, 1, 5e-324], [-0, -1, -5e-324], [1, 2, 1.0000000000000002], [1, 0, 0.9999999999999999],
      [Infinity, 0, Number.MAX_VALUE],
      [-Infinity, 0, -Number.MAX_VALUE], [Number.MAX_VALUE, Infinity, Infinity], [NaN, 1, NaN], [1, NaN, NaN], [0, -0, -0], [-0, 0, 0],
      [1, 1, 1],
      [5e-324, 0, 0], [-5e-324, 0, -0], [-5e-324, 1, -0], [2 ** -1022, 0, 2 ** -1022 - 2 ** -1074],
      [4294967296 * 2 ** -1074, 0, 4294967295 * 2 ** -1074],
      [4294967295 * 2 ** -1074, 1, 4294967296 * 2 ** -1074]]))
  it('of f32', () =>
    expectExactly(m.nextAfter32, [[0, 1, 2 ** -149], [-0, -1, -(2 ** -149)], [1, 2, 1 + 2 ** -23], [Infinity, 0, 3.4028234663852886e38],
      [-Infinity, 0, -3.4028234663852886e38], [3.4028234663852886e38, Infinity, Infinity], [NaN, 1, NaN], [1, NaN, NaN], [0, -0, -0],
      [-0, 0, 0]]))
  it('nothing lies between, and back again', () =>
    fc.assert(fc.property(finite, finite, (x, y) => {
      fc.pre(x !== y)
      const n = m.nextAfter64(x, y)
      expect(x < y ? n > x && n <= y : n < x && n >= y).toBe(true)
      expect(m.nextAfter64(n, x)).toBe(n === 0 || x === 0 ? m.nextAfter64(n, x) : x)
      const middle = x / 2 + n / 2
      if (Math.abs(x) > 1e-300) expect(middle === x || middle === n).toBe(true)
    })))
})

describe('division of floating-point numbers', () => {
  it('rem', () =>
    expectExactly(m.rem, [[7, 3, 1], [-7, 3, -1], [7, -3, 1], [-7, -3, -1], [5.5, Infinity, 5.5], [-5.5, Infinity, -5.5], [-0, 3, -0],
      [Infinity, 3, NaN],
      [5, -Infinity, 5], [NaN, 1, NaN], [0, 0, NaN], [-6, 3, -0], [1e20, 3.3, 1.5995133340926069]]))
  it('floorMod', () =>
    expectExactly(m.floorMod, [[7, 3, 1], [-7, 3, 2], [7, -3, -2], [-7, -3, -1], [-5.5, Infinity, Infinity], [5, -Infinity, -Infinity],
      [-0, 3, -0],
      [Infinity, 3, NaN], [5, 0, NaN], [6, -3, 0], [-6, 3, -0]]))
  it('floorDivide', () =>
    expectExactly(m.floorDivide, [[7, 3, 2], [-7, 3, -3], [7, -3, -3], [-7, -3, 2], [5.5, Infinity, 0], [-5.5, Infinity, -1], [0, 3, 0],
      [Infinity, 3, NaN],
      [5, 0, Infinity], [-5, 0, -Infinity], [5, -0, -Infinity], [0, 0, NaN], [6, -3, -2], [0, -3, -0], [-1e-20, 5, -1], [NaN, 1, NaN]]))
  it('x = y ⌊x/y⌋ + mod, in exact binary fractions', () =>
    fc.assert(fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: -1e3, max: 1e3 }).filter(n => n !== 0), (p, q) => {
      const [x, y] = [p / 64, q / 64]
      expect(y * m.floorDivide(x, y) + m.floorMod(x, y) === x).toBe(true)
      expect(m.floorDivide(x, y) === Math.floor(x / y)).toBe(true)
    })))
})

describe('division of integers', () => {
  it('i32', () => {
    expectExactly(m.divI32, [[7, 3, 2], [-7, 3, -2], [7, -3, -2], [-7, -3, 2], [low, -1, low], [5, 0, -1], [-5, 0, -1], [0, 0, -1]])
    expectExactly(m.remI32, [[7, 3, 1], [-7, 3, -1], [7, -3, 1], [-7, -3, -1], [low, -1, 0], [5, 0, 5], [-5, 0, -5], [0, 0, 0], [-6, 3, 0]])
    expectExactly(m.floorDivideI32, [[7, 3, 2], [-7, 3, -3], [7, -3, -3], [-7, -3, 2], [low, -1, low], [5, 0, -2], [0, 0, -1], [-6, 3, -2]])
    expectExactly(m.floorModI32, [[7, 3, 1], [-7, 3, 2], [7, -3, -2], [-7, -3, -1], [low, -1, 0], [5, 0, 0], [-5, 0, 0], [-6, 3, 0]])
  })
  it('u32', () => {
    expectExactly(m.divU32, [[7, 3, 2], [4294967295, 1, 4294967295], [4294967289, 3, 1431655763], [7, 4294967293, 0], [2147483648, 4294967295, 0],
      [5, 0, 4294967295], [0, 0, 4294967295]])
    expectExactly(m.remU32, [[7, 3, 1], [4294967289, 3, 0], [7, 4294967293, 7], [5, 0, 5], [4294967291, 0, 4294967291]])
    expectExactly(m.floorDivideU32, [[7, 3, 2], [5, 0, 4294967295]])
    expectExactly(m.floorModU32, [[7, 3, 1], [5, 0, 0], [4294967289, 4, 1]])
  })
  it('agrees with whole-number arithmetic', () =>
    fc.assert(fc.property(i32, i32.filter(y => y !== 0), (x, y) => {
      const [p, q] = [BigInt(x), BigInt(y)]
      expect(m.divI32(x, y)).toBe(Number(BigInt.asIntN(32, p / q)))
      expect(m.remI32(x, y)).toBe(Number(p % q))
      expect(m.floorModI32(x, y)).toBe(Number(((p % q) + q) % q))
      expect(m.floorDivideI32(x, y)).toBe(Number(BigInt.asIntN(32, (p - (((p % q) + q) % q)) / q)))
      const [a, b] = [x >>> 0, y >>> 0]
      expect(m.divU32(a, b)).toBe(Number(BigInt(a) / BigInt(b)))
      expect(m.remU32(a, b)).toBe(Number(BigInt(a) % BigInt(b)))
    })))
})

describe('conversions', () => {
  const { conversions: c, bitcasts: b } = m
  it('floating point to integers truncates and saturates', () => {
    for (const from of ['f32', 'f64'] as const) {
      expectExactly(c[from].i32, [[1.9, 1], [-1.9, -1], [NaN, 0], [Infinity, 2147483647], [-Infinity, low], [1e10, 2147483647],
      [-1e10, low], [-0.5, 0],
        [-0, 0], [2147483648, 2147483647]])
      expectExactly(c[from].u32, [[1.9, 1], [-1.9, 0], [NaN, 0], [Infinity, 4294967295], [-Infinity, 0], [1e10, 4294967295],
      [4294967295.9, 4294967295],
        [-0.5, 0], [-0, 0], [2147483648, 2147483648], [3e9, 3e9]])
    }
    expectExactly(c.f64.i32, [[2147483646.9, 2147483646], [-2147483648.9, low], [-2147483647.9, -2147483647]])
  })
  it('integers wrap into each other and round into f32', () => {
    expectExactly(c.i32.u32, [[-1, 4294967295], [low, 2147483648], [5, 5]])
    expectExactly(c.u32.i32, [[4294967295, -1], [2147483648, low], [5, 5]])
    expectExactly(c.i32.f32, [[2147483647, 2147483648], [16777217, 16777216], [16777219, 16777220]])
    expectExactly(c.u32.f32, [[4294967295, 4294967296], [16777217, 16777216]])
    expectExactly(c.i32.f64, [[low, low]])
  })
  it('to f32 rounds, to bool asks for zero', () => {
    expectExactly(c.f64.f32, [[0.1, 0.10000000149011612], [1e39, Infinity], [1e-46, 0], [-1e-46, -0], [NaN, NaN]])
    for (const from of ['f32', 'f64', 'i32', 'u32'] as const) expectExactly(c[from].bool, [[0, 0], [-0, 0], [1, 1], [7, 1], [NaN, 1]])
    for (const to of ['f32', 'f64', 'i32', 'u32', 'bool'] as const) expectExactly(c.bool[to], [[0, 0], [1, 1]])
  })
  it('bits there and back', () => {
    expectExactly(b.f32.u32, [[1, 0x3f800000], [-0, 0x80000000], [Infinity, 0x7f800000], [2 ** -149, 1]])
    expectExactly(b.f32.i32, [[-0, low], [-1, 0xbf800000 | 0]])
    expectExactly(b.u32.f32, [[0x7fc00000, NaN], [0x80000000, -0]])
    fc.assert(fc.property(fc.float({ noNaN: true }), i32, (x, k) => {
      expect(b.i32.f32(b.f32.i32(x))).toBe(x)
      expect(b.u32.f32(b.f32.u32(x))).toBe(x)
      expect(b.u32.i32(b.i32.u32(k))).toBe(k)
      expect(b.f32.f32(x)).toBe(x)
    }))
  })
})

describe('bits', () => {
  it('are counted', () =>
    fc.assert(fc.property(u32, x => {
      const text = x.toString(2)
      const ones = [...text].filter(d => d === '1').length
      expect(m.populationCount(x)).toBe(ones)
      expect(m.populationCount(x | 0)).toBe(ones)
      expect(m.countLeadingZeros(x)).toBe(x === 0 ? 32 : 32 - text.length)
    })))
  it('leave one by one', () => expectExactly(m.populationCount, [[0, 0], [-1, 32], [255, 8], [low, 1]]))
  it('are shifted, and out of 0..31 shifted away', () => {
    expectExactly(m.shiftLeftI32, [[-8, 0, -8], [-8, 31, 0], [1, 31, low], [1, 32, 0], [-8, -1, 0], [1, -30, 0]])
    expectExactly(m.shiftLeftU32, [[4294967288, 0, 4294967288], [1, 31, 2147483648], [1, 32, 0], [1, 4294967295, 0]])
    expectExactly(m.shiftRightLogicalI32, [[-8, 0, -8], [-8, 31, 1], [-8, 32, 0], [-8, -1, 0], [-8, -30, 0]])
    expectExactly(m.shiftRightLogicalU32, [[4294967288, 0, 4294967288], [4294967288, 31, 1], [4294967288, 33, 0]])
    expectExactly(m.shiftRightArithmeticI32, [[-8, 0, -8], [-8, 1, -4], [-8, 31, -1], [-8, 32, -1], [-8, -1, -1], [-2147483648, -5, -1], [8, 40, 0]])
    expectExactly(m.shiftRightArithmeticU32, [[4294967288, 0, 4294967288], [4294967288, 1, 4294967292], [4294967288, 33, 4294967295],
      [1, 31, 0]])
  })
})

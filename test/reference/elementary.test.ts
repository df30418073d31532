/** The elementary functions of this engine are accurate, and powers follow C where JavaScript does not. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as scalar from '../../backends/reference/math/index.js'
import { pow, powI32, powU32, rsqrt } from '../../backends/reference/math/index.js'
import { expectExactly, expectTable, readTables } from './golden.js'

const tables = readTables('elementary.json')
const { NaN, Infinity } = globalThis

describe('values computed to 80 digits', () => {
  const names = ['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh',
    'atanh',
    'cbrt', 'rsqrt'] as const
  for (const name of names) it(name, () => expectTable(tables[name] ?? [], scalar[name], { relative: 6e-16 }))
  it('pow', () => expectTable(tables['pow'] ?? [], pow, { relative: 3e-16 }))
  it('pow at whole exponents is correctly rounded', () => expectTable(tables['powInteger'] ?? [], pow, { relative: 0 }))
})

describe('edge values', () => {
  it('rsqrt', () => expectExactly(rsqrt, [[0, Infinity], [-0, -Infinity], [Infinity, 0], [-1, NaN], [-Infinity, NaN], [NaN, NaN],
    [4, 0.5]]))
  it('cbrt', () => expectExactly(scalar.cbrt, [[0, 0], [-0, -0], [Infinity, Infinity], [-Infinity, -Infinity], [-8, -2], [NaN, NaN]]))
  it('log1p and expm1', () => {
    expectExactly(scalar.log1p, [[-0, -0], [-1, -Infinity], [-2, NaN], [Infinity, Infinity]])
    expectExactly(scalar.expm1, [[-0, -0], [-Infinity, -1], [Infinity, Infinity], [NaN, NaN]])
  })
  it('pow, as C and XLA', () =>
    expectExactly(pow, [
      [NaN, 0, 1], [1, NaN, 1], [0, 0, 1], [-0, 0, 1], [NaN, -0, 1], [NaN, 1, NaN], [2, NaN, NaN], [0, -1, Infinity], [-0, -1, -Infinity],
      [-0, -2, Infinity], [-1, Infinity, 1], [-1, -Infinity, 1], [1, Infinity, 1], [1, -Infinity, 1], [Infinity, -1, 0],
      [-Infinity, 3, -Infinity],
      [-Infinity, 2, Infinity], [-8, 1 / 3, NaN], [-8, 3, -512], [0, Infinity, 0], [0, -Infinity, Infinity], [-0, 3, -0], [-0, 2, 0],
      [-0, -3, -Infinity], [2, Infinity, Infinity], [-Infinity, -3, -0], [0.5, Infinity, 0], [0.5, -Infinity, Infinity],
      [-2, Infinity, Infinity],
      [-0.5, Infinity, 0], [2, 1024, Infinity], [2, -1074, 5e-324], [2, -1075, 0], [-2, -1074, 5e-324], [10, 308, 1e308],
      [10, -5, 1e-5], [0, 5, 0],
    ]))
})

describe('whole powers', () => {
  it('are exact where the result is a number', () =>
    fc.assert(fc.property(fc.integer({ min: -100, max: 100 }), fc.integer({ min: 0, max: 100 }), (b, n) => {
      expect(pow(b, n)).toBe(Number(BigInt(b) ** BigInt(n)))
    })))

  it('wrap modulo 2^32', () =>
    fc.assert(fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 300 }), (b, n) => {
      expect(powI32(b, n)).toBe(Number(BigInt.asIntN(32, BigInt(b) ** BigInt(n))))
      expect(powU32(b >>> 0, n)).toBe(Number(BigInt.asUintN(32, BigInt(b >>> 0) ** BigInt(n))))
    })))

  it('with a negative exponent are truncated reciprocals', () =>
    expectExactly(powI32, [[1, -1, 1], [-1, -1, -1], [-1, -2, 1], [2, -1, 0], [-3, -5, 0], [0, -1, 0], [0, 0, 1], [2, 31, -2147483648],
      [-3, 5, -243]]))

  it('of unsigned exponents above 2^31', () => {
    // the odd numbers form a group of exponent 2^30
    expect(powU32(3, 2 ** 31 + 3)).toBe(27)
    expect(powU32(2, 2 ** 31)).toBe(0)
  })

  it('split into products, relative to 1 ulp each', () =>
    fc.assert(fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), fc.integer({ min: -200, max: 200 }), (x, n) => {
      expect(Math.abs(pow(x, n) * pow(x, -n) - 1)).toBeLessThanOrEqual(4e-16)
    })))
})

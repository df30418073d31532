/** The special functions agree with values computed to 80 digits and with their functional equations. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digamma, erf, erfc, erfInv, lgamma, log, logAddExp, logistic, polygamma, trigamma } from '../../backends/reference/math/index.js'
import { expectExactly, expectTable, readTables } from './golden.js'

const tables = readTables('special.json')
const table = (name: string) => tables[name] ?? []
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const near = (got: number, want: number, allowed: number): void => {
  expect(Math.abs(got - want)).toBeLessThanOrEqual(allowed)
}
// multiples of 2^-20, on which 1 - x and x + 1 are exact, so both sides of an equation are about one point
const grid = (min: number, max: number) => fc.integer({ min: Math.ceil(min * 2 ** 20),
  max: Math.floor(max * 2 ** 20) }).map(k => k / 2 ** 20)
const frac = (x: number) => x - Math.floor(x)

describe('values computed to 80 digits', () => {
  it('erf', () => expectTable(table('erf'), erf, { relative: 1e-15 }))
  it('erfc, relative in the tail too', () => expectTable(table('erfc'), erfc, { relative: 3e-15 }))
  it('erfInv', () => expectTable(table('erfInv'), erfInv, { relative: 1e-15 }))
  it('lgamma', () => expectTable(table('lgamma'), lgamma, { relative: 1e-14, absolute: 1e-14 }))
  it('lgamma is relatively accurate for x > 0, about its zeros too', () =>
    expectTable(table('lgamma').filter(([x]) => x! > 0), lgamma, { relative: 2e-15 }))
  it('digamma', () => expectTable(table('digamma'), digamma, { relative: 1e-14, absolute: 1e-14 }))
  it('logistic', () => expectTable(table('logistic'), logistic, { relative: 1e-15 }))
  it('logAddExp', () => expectTable(table('logAddExp'), logAddExp, { relative: 1e-14, absolute: 1e-15 }))

  for (const n of [1, 2, 3, 4, 7, 12, 20]) {
    it(`polygamma of order ${n}`, () =>
      expectTable(table(`polygamma${n}`), x => polygamma(n, x), {
        relative: 1e-14,
        // the two one-sided sums cancel on the negative axis when n is even
        absolute: ([x]) =>
          x! < 0 && n % 2 === 0 ? 1e-14 * (Math.abs(polygamma(n, frac(x!))) + Math.abs(polygamma(n, 1 - frac(x!)))) : 0,
      }))
  }
})

describe('edge values', () => {
  const { NaN, Infinity } = globalThis
  it('erf', () => expectExactly(erf, [[NaN, NaN], [Infinity, 1], [-Infinity, -1], [0, 0], [-0, -0], [1e300, 1]]))
  it('erfc', () => expectExactly(erfc, [[NaN, NaN], [Infinity, 0], [-Infinity, 2], [0, 1], [-0, 1], [1e300, 0], [-1e300, 2]]))
  it('erfInv', () =>
    expectExactly(erfInv, [[NaN, NaN], [1, Infinity], [-1, -Infinity], [0, 0], [-0, -0], [1.0000000000000002, NaN], [-2, NaN],
      [Infinity, NaN]]))
  it('lgamma', () =>
    expectExactly(lgamma, [[NaN, NaN], [Infinity, Infinity], [-Infinity, Infinity], [0, Infinity], [-0, Infinity], [-1, Infinity],
      [-7, Infinity], [-1e20, Infinity], [1, 0], [2, 0], [1e308, Infinity]]))
  it('digamma', () =>
    expectExactly(digamma, [[NaN, NaN], [Infinity, Infinity], [-Infinity, NaN], [0, NaN], [-0, NaN], [-1, NaN], [-30, NaN], [-1e20, NaN]]))
  it('polygamma', () =>
    expectExactly(polygamma, [[1, NaN, NaN], [1, 0, Infinity], [1, -0, Infinity], [1, -5, Infinity], [2, 0, NaN], [2, -5, NaN],
      [3, -1, Infinity],
      [1, Infinity, 0], [4, Infinity, 0], [1, -Infinity, NaN], [0, 0, NaN], [0, Infinity, Infinity], [-1, 2, NaN], [1.5, 2, NaN],
      [NaN, 2, NaN]]))
  it('polygamma outlasts the overflow of its factors', () => {
    // (n-1)! / x^n leads at large x, n! / x^(n+1) at small
    near(polygamma(1, 1e200) * 1e200, 1, 1e-15)
    near(polygamma(3, 1e-70) / 6e280, 1, 1e-15)
    expect(polygamma(1, 1e-200)).toBe(Infinity)
  })
  it('logistic', () => expectExactly(logistic, [[NaN, NaN], [Infinity, 1], [-Infinity, 0], [0, 0.5], [-0, 0.5], [800, 1], [-800, 0]]))
  it('logAddExp', () =>
    expectExactly(logAddExp, [[Infinity, -Infinity, Infinity], [Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity],
      [-Infinity, 1, 1],
      [1, -Infinity, 1], [NaN, 1, NaN], [1, NaN, NaN], [NaN, Infinity, NaN], [1, 1000, 1000]]))
})

describe('functional equations', () => {
  it('erf is odd and the complement of erfc', () =>
    fc.assert(fc.property(between(-7, 7), x => {
      expect(erf(-x)).toBe(-erf(x))
      near(erf(x) + erfc(x), 1, 4e-16)
      near(erfc(x) + erfc(-x), 2, 6e-16)
    })))

  it('erf undoes erfInv', () =>
    fc.assert(fc.property(between(-1, 1).filter(p => Math.abs(p) < 1), p => near(erf(erfInv(p)), p, 4e-16))))

  it('erfc falls through its two branches', () =>
    fc.assert(fc.property(between(-5, 26), between(1e-3, 0.5), (x, h) => {
      expect(erfc(x + h)).toBeLessThanOrEqual(erfc(x))
    })))

  it('Γ(x+1) = x Γ(x)', () =>
    fc.assert(fc.property(grid(1e-3, 1e4), x => near(lgamma(x + 1) - lgamma(x), log(x), 2e-15 * (1 + Math.abs(lgamma(x + 1)))))))

  it("Legendre's duplication of Γ", () =>
    fc.assert(fc.property(grid(0.01, 100), x => {
      const right = (1 - 2 * x) * Math.LN2 + 0.5 * log(Math.PI) + lgamma(2 * x)
      near(lgamma(x) + lgamma(x + 0.5), right, 4e-15 * (2 + Math.abs(lgamma(2 * x)) + 2 * x))
    })))

  it("Euler's reflection of Γ joins the recurrence", () =>
    fc.assert(fc.property(grid(1e-5, 0.99), fc.integer({ min: 1, max: 60 }), (f, k) => {
      const x = f - k
      const right = log(Math.PI / Math.abs(Math.sin(Math.PI * (x - Math.round(x))))) - lgamma(1 - x)
      near(lgamma(x), right, 1e-14 * (1 + lgamma(1 - x)))
    })))

  it('ψ(x+1) = ψ(x) + 1/x', () =>
    fc.assert(fc.property(grid(1e-3, 1e4), x => near(digamma(x + 1) - digamma(x), 1 / x, 1e-15 * (4 + 1 / x + Math.abs(digamma(x)))))))

  it('the recurrence of polygamma, on both sides of zero', () =>
    fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: -30, max: 30 }), grid(0.01, 0.99), (n, k, f) => {
      const x = k + f
      let jump = n % 2 === 0 ? 1 : -1
      for (let i = 1; i <= n; i++) jump *= i
      jump /= Math.pow(x, n + 1)
      const scale = Math.abs(polygamma(n, f)) + Math.abs(polygamma(n, 1 - f))
      near(polygamma(n, x + 1) - polygamma(n, x), jump, 1e-14 * scale)
    })))

  it('trigamma reflects: ψ′(x) + ψ′(1-x) = π² / sin²(πx)', () =>
    fc.assert(fc.property(grid(1e-5, 1 - 1e-5), x => {
      const right = (Math.PI / Math.sin(Math.PI * Math.min(x, 1 - x))) ** 2
      near(trigamma(x) + trigamma(1 - x), right, 3e-15 * right)
    })))

  it('logistic(x) + logistic(-x) = 1; logAddExp commutes and shifts', () =>
    fc.assert(fc.property(between(-700, 700), between(-700, 700), (x, y) => {
      near(logistic(x) + logistic(-x), 1, 3e-16)
      expect(logAddExp(x, y)).toBe(logAddExp(y, x))
      near(logAddExp(x + 16, y + 16) - 16, logAddExp(x, y), 5e-13)
    })))
})

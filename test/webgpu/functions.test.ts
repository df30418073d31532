/** Functions on WebGPU over their whole range, edge values, and the bits of random keys. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { NDArray, type Value } from '../../src/core/value.js'
import { jit, lax, np, random, readSync, special } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'
import { type SyncGpu, syncGpu } from './sync.js'

const found = await syncGpu()
if (found === null) console.warn('SKIPPED: there is no adapter for WebGPU here, not even SwiftShader out of @sparticuz/chromium: nothing is tested on WebGPU')

describe.skipIf(found === null)('on WebGPU', () => {
  let gpu: SyncGpu
  beforeAll(() => { gpu = found! })
  afterAll(() => found?.close())

  /** Numbers of every size and both signs, and what is no number or next to none. */
  const all = ((): readonly number[] => {
    const list = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 7, Infinity, -Infinity, NaN, 2 ** 24, -(2 ** 24), 2 ** 31, 12801, -12801, 1e5, 1e10, -1e20, 3e38]
    for (let e = -37; e <= 37; e++) for (const m of [1, 1.2345678, 1.7, 2.718281828, 6.9]) list.push(m * 10 ** e, -m * 10 ** e)
    for (let k = -400; k <= 400; k++) list.push(k / 37, k / 4.1, k / 900)
    return list.map(Math.fround)
  })()
  const within = (low: number, high: number): readonly number[] => all.filter(x => x !== x || (x >= low && x <= high))
  const apart = (a: number, b: number): number => {
    if (Object.is(a, b) || (a === 0 && b === 0)) return 0
    const unit = 2 ** Math.max(-149, Math.floor(Math.log2(Math.abs(b))) - 23)
    return Number.isFinite(a) && Number.isFinite(b) ? Math.abs(a - b) / unit : Infinity
  }
  /** The error in units in the last place of f32; what is below the least normal number may be 0, as adapters take it. */
  const worst = (f: (...xs: Value[]) => Value, ...xs: readonly (readonly number[])[]): { readonly ulp: number; readonly at: string } => {
    const ins = xs.map(x => new NDArray({ dtype: 'f32', shape: [x.length] }, Float32Array.from(x)))
    const got = onBackend(gpu, () => readSync(jit(f)(...ins))) as Float32Array
    const want = onBackend(reference, () => readSync(f(...ins.map(x => np.astype(x, 'f64'))))) as Float64Array
    let ulp = 0, at = ''
    got.forEach((g, i) => {
      const w = want[i]!, small = Math.abs(w) < 2 ** -125 && Math.abs(g) <= 2 ** -125, huge = Math.abs(w) > 3.4028235e38 && Math.abs(g) > 3.4e38
      const u = small || huge ? 0 : apart(g, w)
      if (u > ulp) { ulp = u; at = `${xs.map(x => x[i]).join(', ')}: ${g} instead of ${w}` }
    })
    return { ulp, at }
  }
  // what is below 2^-126 counts as 0 on some adapters, whatever is computed of it: arguments keep away from there
  const normal = (xs: readonly number[]): readonly number[] => xs.filter(x => x === 0 || !(Math.abs(x) < 1e-35))
  const functions: readonly (readonly [name: string, f: (x: Value) => Value, xs: readonly number[]])[] = [
    ['exp', np.exp, all], ['expm1', np.expm1, all], ['log', np.log, all], ['log1p', np.log1p, all], ['sqrt', np.sqrt, all],
    ['sin', np.sin, all], ['cos', np.cos, all], ['tan', np.tan, all], ['asin', np.arcsin, all], ['acos', np.arccos, all], ['atan', np.arctan, all],
    ['sinh', np.sinh, all], ['cosh', np.cosh, all], ['tanh', np.tanh, all], ['asinh', np.arcsinh, all], ['acosh', np.arccosh, all], ['atanh', np.arctanh, all],
    ['cbrt', np.cbrt, all], ['logistic', lax.logistic, all], ['erf', special.erf, all], ['erfc', special.erfc, within(-100, 9)], ['erfInv', special.erfinv, all],
    ['floor', np.floor, all], ['ceil', np.ceil, all], ['round', np.round, all], ['trunc', np.trunc, all], ['sign', np.sign, all],
    ['reciprocal', np.reciprocal, within(-1e37, 1e37)], ['rsqrt', lax.rsqrt, all],
  ]
  test.each(functions)('%s is exact to 4 units in the last place', (_, f, xs) => {
    const { ulp, at } = worst(x => f(x!), normal(xs))
    expect(ulp, at).toBeLessThanOrEqual(4)
  })
  test('powers are exact to 4 units in the last place', () => {
    const bases = normal(all).filter((_, i) => i % 5 === 0 || i < 25), exponents = [0, -0, 1, 2, 3, -1, 0.5, -0.5, 2.5, -7, 31.3, -100, 1e6, 2 ** 25, Infinity, -Infinity, NaN]
    const { ulp, at } = worst((x, y) => np.power(x, y), bases.flatMap(x => exponents.map(() => x)), bases.flatMap(() => exponents))
    expect(ulp, at).toBeLessThanOrEqual(4)
  })
  test('angles of pairs are exact to 4 units in the last place, of zeros too', () => {
    const xs = normal(all).filter((_, i) => i % 7 === 0 || i < 25)
    const { ulp, at } = worst((y, x) => np.arctan2(y, x), xs.flatMap(x => xs.map(() => x)), xs.flatMap(() => xs))
    expect(ulp, at).toBeLessThanOrEqual(4)
  })
  test('the gamma function and its derivatives, relative to their size or to 1', () => {
    const near = (f: (...xs: Value[]) => Value, ...xs: readonly (readonly number[])[]): void => {
      const ins = xs.map(x => new NDArray({ dtype: 'f32', shape: [x.length] }, Float32Array.from(x)))
      const got = onBackend(gpu, () => readSync(jit(f)(...ins))), want = onBackend(reference, () => readSync(f(...ins.map(x => np.astype(x, 'f64')))))
      got.forEach((g, i) => {
        const w = Math.fround(want[i]!), what = `${xs.map(x => x[i]).join(', ')}: ${g} instead of ${w}`
        if (!Number.isFinite(w)) expect(g, what).toBe(w)
        else expect(Math.abs(g - w), what).toBeLessThanOrEqual(Math.abs(w) < 1e-30 ? 1e-34 : 2e-5 * (Math.abs(w) < 1e-6 ? Math.abs(w) : Math.max(1, Math.abs(w))))
      })
    }
    const xs = within(-30, 1e6).filter(x => x !== x || x === 0 || (Math.abs(x) > 1e-4 && (x > 0 || Math.abs(x - Math.round(x)) > 0.01 || x === Math.round(x))))
    near(x => special.gammaln(x!), xs)
    near(x => special.digamma(x!), xs)
    const points = [0.3, 1, 2.5, 10, 100, 2000, -0.5, -3.25]
    for (const n of [1, 2, 3, 6, 12, 20]) near(x => special.polygamma(n, x!), points)
  })
  test('the next number towards another is that one', () => {
    // those below the least normal number count as 0 on some adapters
    const xs = normal(all).filter((x, i) => (i % 7 === 0 || i < 25) && x !== 0), ends = [0, 1, -1, 100, -1e30, Infinity, -Infinity, NaN]
    const [x, y] = [xs.flatMap(v => ends.map(() => v)), xs.flatMap(() => ends)].map(v => np.array(v, { dtype: 'f32' })) as [Value, Value]
    const [got, want] = [gpu, reference].map(b => onBackend(b, () => Array.from(readSync(jit((a: Value, c: Value) => np.nextafter(a, c))(x, y)))))
    expect(got).toEqual(want)
  })
  test('remainders are exact', () => {
    const xs = normal(all).filter((_, i) => i % 7 === 0 || i < 25)
    const { ulp, at } = worst((x, y) => lax.rem(x, y), xs.flatMap(x => xs.map(() => x)), xs.flatMap(() => xs))
    expect(ulp, at).toBe(0)
  })
  test('NaN goes through maxima, minima, comparisons and choices as on the CPU', () => {
    const xs = [0, -0, 1, -1, NaN, Infinity, -Infinity], pairs = xs.flatMap(x => xs.map(y => [x, y] as const))
    const [x, y] = [0, 1].map(k => np.array(pairs.map(p => p[k]!), { dtype: 'f32' })) as [Value, Value]
    for (const f of [np.maximum, np.minimum, np.equal, np.notEqual, np.less, np.lessEqual, np.greater, np.greaterEqual, (a: Value, b: Value) => np.where(np.isnan(a), b, a)]) {
      const [got, want] = [gpu, reference].map(b => onBackend(b, () => Array.from(readSync(jit(f)(x, y)))))
      expect(got).toEqual(want)
    }
  })
  test('integers wrap, saturate, shift and divide as on the CPU', () => {
    const xs = [0, 1, -1, 2, -7, 31, 32, 33, 2 ** 31 - 1, -(2 ** 31)], pairs = xs.flatMap(x => xs.map(y => [x, y] as const))
    for (const dtype of ['i32', 'u32'] as const) {
      const [x, y] = [0, 1].map(k => np.array(pairs.map(p => (dtype === 'u32' ? p[k]! >>> 0 : p[k]!)), { dtype })) as [Value, Value]
      for (const f of [np.add, np.subtract, np.multiply, lax.div, lax.rem, lax.shiftLeft, lax.shiftRightLogical, lax.shiftRightArithmetic, np.maximum, np.minimum, lax.pow]) {
        const [got, want] = [gpu, reference].map(b => onBackend(b, () => Array.from(readSync(jit((a: Value, c: Value) => f(a as never, c as never) as Value)(x, y)))))
        expect(got, `${f.name} ${dtype}`).toEqual(want)
      }
      const floats = np.array([0.5, -0.5, 1e9, -1e9, 3e9, 5e9, -5e9, NaN, Infinity, -Infinity, 2147483520, -2147483648], { dtype: 'f32' })
      const [got, want] = [gpu, reference].map(b => onBackend(b, () => Array.from(readSync(jit((a: Value) => np.astype(a, dtype))(floats)))))
      expect(got).toEqual(want)
    }
  })
  test('random bits are those of the other backends', () => {
    const draw = (): readonly number[] => Array.from(readSync(jit((key: Value) => random.bits(key, [64, 65]))(random.key(7))))
    expect(onBackend(gpu, draw)).toEqual(onBackend(reference, draw))
  })
})

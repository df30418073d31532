/** Measures the elementary functions: the largest error in units of the last place, and values of the wrong kind. */
import { readFileSync } from 'node:fs'
import { type Expr, type Letter, Pool } from '../../src/kernel/expr.js'
import { expand } from '../../src/kernel/math/index.js'
import { view } from '../../src/kernel/view.js'
import * as reference from '../../backends/reference/math/index.js'
import { compile, type Host, nodes, type Rounding } from './evaluate.js'

export type Float = 'f32' | 'f64'
const library = reference as unknown as Readonly<Record<string, (...xs: number[]) => number>>
export const exact: Host = (letter, ...xs) => library[letter]!(...xs)

export const unary = [
  'exp', 'expm1', 'log', 'log1p', 'rsqrt', 'cbrt', 'logistic', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh',
  'asinh', 'acosh', 'atanh', 'erf', 'erfc', 'erfInv',
] as const
export const binary = ['atan2', 'pow'] as const
export type Name = (typeof unary)[number] | (typeof binary)[number]
export const arityOf = (name: Name): number => ((binary as readonly string[]).includes(name) ? 2 : 1)

export const expansion = (name: Name, of: Float): Expr | null => {
  const pool = new Pool()
  return expand(pool, name as Letter, of, Array.from({ length: arityOf(name) }, (_, k) => pool.load(of, view(k, 0, []))))
}
/** Letters, without constants. */
export const letters = (name: Name, of: Float): number | null => {
  const e = expansion(name, of)
  return e && nodes(e).filter(n => n.tag !== 'load' && n.tag !== 'const').length
}
export const made = (name: Name, of: Float, rounding: Rounding): ((...xs: number[]) => number) => compile(expansion(name, of)!, arityOf(name), rounding, exact)

const formats = { f32: { digits: 23, least: -126, largest: 3.4028234663852886e38 }, f64: { digits: 52, least: -1022, largest: Number.MAX_VALUE } }
/** The distance of neighbours at x, also beyond the largest number. */
export const unit = (x: number, of: Float): number => {
  const { digits, least } = formats[of]
  const size = Math.abs(x)
  const floor = Math.floor(Math.log2(size))
  return 2 ** (Math.max(least, 2 ** floor > size ? floor - 1 : floor) - digits)
}
/** How far `got` is from `want` (+ rest units) in units of the last place; Infinity if it is another kind of value. */
export const error = (got: number, want: number, of: Float, rest = 0): number => {
  const { largest } = formats[of]
  if (Number.isNaN(want) || Number.isNaN(got)) return Number.isNaN(want) && Number.isNaN(got) ? 0 : Infinity
  if (want === 0 || !Number.isFinite(want)) return Object.is(got, want) ? 0 : Infinity
  if (got === 0) return Math.sign(1 / got) === Math.sign(want) ? Math.abs(want) / unit(want, of) : Infinity
  if (!Number.isFinite(got)) return Math.sign(got) === Math.sign(want) ? Math.max(0, largest - Math.abs(want)) / unit(largest, of) : Infinity
  if (Math.abs(want) > largest) return (Math.abs(want) - Math.abs(got)) / unit(largest, of)
  return Math.abs((got - want) / unit(want, of) - rest)
}

/** A small generator of uniform numbers (a Weyl sequence through a mixing of bits). */
export const uniform = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let x = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32
  }
}

export const edges: Readonly<Record<Float, readonly number[]>> = {
  f32: [
    0, -0, 1, -1, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -149), 1e-40, 2 ** -126, -(2 ** -126), 3.4028234663852886e38, -3.4028234663852886e38,
    88.7, 88.72284, 88.7229, 89.4159, 89.42, -87, -88, -103, -103.98, -104, -150, 0.5, -0.5, 2, -2, 3, -3, 9, 10, 10.06, -10, 12800, 12801, 1e5, 1e10, -1e30,
    1 - 2 ** -24, 1 + 2 ** -23, 1e-6, 1e-20, 16777216, 16777215, 0.25, 1.5, -1.5, 100,
  ].map(Math.fround),
  f64: [
    0, -0, 1, -1, Infinity, -Infinity, NaN, 5e-324, -5e-324, 1e-310, 2 ** -1022, -(2 ** -1022), Number.MAX_VALUE, -Number.MAX_VALUE,
    709.7, 709.78, 709.79, 710.47, 710.48, -710.48, -708, -745, -745.2, -746, 0.5, -0.5, 2, -2, 3, -3, 6, 19, 20, 26.5, 27, 27.3, -27, 38, -38,
    2 ** 22, 2 ** 22 + 1, 1e10, -1e30, 1 - 2 ** -53, 1 + 2 ** -52, 1e-6, 1e-20, 1e-200, 2 ** 53, 2 ** 53 - 1, 0.25, 1.5, -1.5, 1000,
  ],
}

/** f32 numbers of every exponent and sign, and more of them where functions have their shape. */
export function* samples(perExponent: number, seed = 1): Generator<number> {
  const next = uniform(seed)
  for (let e = -149; e < 128; e++) for (let k = 0; k < perExponent; k++) for (const sign of [1, -1]) yield Math.fround(sign * (1 + next()) * 2 ** e)
  for (const reach of [1, 2, 10, 100, 8192]) for (let k = 0; k < perExponent * 100; k++) yield Math.fround((2 * next() - 1) * reach)
}

export interface Worst { readonly error: number; readonly at: readonly number[]; readonly got: number; readonly want: number }
const worse = (a: Worst, b: Worst): Worst => (b.error > a.error ? b : a)
const none: Worst = { error: 0, at: [], got: 0, want: 0 }
/** Against the reference, whose f64 values are exact for f32. */
export const worst32 = (name: Name, rounding: Rounding, perExponent: number): Worst => {
  const f = made(name, 'f32', rounding)
  const judge = (...at: number[]): Worst => {
    const got = f(...at), want = exact(name, ...at)
    return { error: error(got, want, 'f32'), at, got, want }
  }
  let worst = none
  if (arityOf(name) === 1) {
    for (const x of edges.f32) worst = worse(worst, judge(x))
    for (const x of samples(perExponent)) worst = worse(worst, judge(x))
    return worst
  }
  for (const x of edges.f32) for (const y of edges.f32) worst = worse(worst, judge(x, y))
  const next = uniform(7)
  for (let k = 0; k < perExponent * 1000; k++) {
    const x = Math.fround((next() < 0.5 ? 1 : -1) * (1 + next()) * 2 ** Math.floor(next() * 250 - 125))
    // exponents for which a power is a number
    const y = name === 'pow' && next() < 0.9 ? (next() * 300 - 150) / Math.log2(Math.abs(x)) : (next() - 0.5) * 2 ** Math.floor(next() * 40 - 20)
    worst = worse(worst, judge(name === 'pow' && next() < 0.9 ? Math.abs(x) : x, Math.fround(y)))
  }
  return worst
}

/** Rows of arguments, the nearest f64 number to the value, and what is left of it in units of its last place. */
export const goldens = (file = new URL('./golden/math.json', import.meta.url)): Readonly<Record<string, readonly (readonly number[])[]>> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, number[][]>
/** Against the goldens, and at the edges against the reference, which is itself within a few units. */
export const worst64 = (name: Name, rounding: Rounding, rows: readonly (readonly number[])[]): Worst => {
  const f = made(name, 'f64', rounding), n = arityOf(name)
  let worst = none
  for (const row of rows) {
    const at = row.slice(0, n), got = f(...at), want = row[n]!
    worst = worse(worst, { error: error(got, want, 'f64', row[n + 1]!), at, got, want })
  }
  for (const x of edges.f64) {
    for (const y of n === 1 ? [0] : edges.f64) {
      const at = n === 1 ? [x] : [x, y]
      const got = f(...at), want = exact(name, ...at), off = error(got, want, 'f64')
      // the reference may be off by 4 units itself (erfc by more): here only a value of another kind counts
      if (off > 16) worst = worse(worst, { error: off, at, got, want })
    }
  }
  return worst
}

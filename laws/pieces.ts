/** Laws of sums of padded arrays, which are compiled as their pieces side by side: the same numbers, to the sign of zero. */
import { aval, range, type Shape } from '../src/core/aval.js'
import { check } from '../src/core/check.js'
import type { DType } from '../src/core/dtype.js'
import { encode } from '../src/core/encode.js'
import type { Program } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import { evalProgram } from '../src/core/program.js'
import type { Value } from '../src/core/value.js'
import { cost } from '../src/interpreters/count.js'
import { stage } from '../src/interpreters/stage.js'
import { pieces } from '../src/optimise/pieces.js'
import { add } from '../src/primitives/arithmetic.js'
import { scalar, zeros } from '../src/primitives/base.js'
import { concatenate, pad, slice, sliceInAxis } from '../src/primitives/structural.js'
import { seeds } from './arbitrary.js'
import type { Flat } from './genome.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { array, dataOf } from './numbers.js'
import { drawing } from './rewriting.js'

const zero = scalar(0, 'f64')
const awkward: readonly number[] = [0, -0, 1, -1, 0.1, 1e300, NaN, Infinity, -Infinity, -3]
const integers: readonly number[] = [0, 1, -1, 7, 2 ** 31 - 1, -(2 ** 31)]

interface Sum { readonly dtype: DType; readonly inputs: readonly Shape[]; readonly f: Flat }
/**
 * Up to six terms of one shape, added in any order: padded along one axis or another, on either side, between, with another number than 0;
 * joined with zeros; whole. Some are slices, are read twice, or the sum of two of them is.
 */
const sumOf = (seed: number): Sum => {
  const draw = drawing(seed)
  const dtype: DType = draw(4) === 0 ? 'i32' : draw(3) === 0 ? 'f32' : 'f64'
  const shape = range(1 + draw(2)).map(() => 2 + draw(6)), usual = draw(shape.length)
  const inputs: Shape[] = []
  type Term = (xs: readonly Value[]) => Value
  const along = (axis: number, size: number): Shape => shape.map((n, d) => (d === axis ? size : n))
  const input = (s: Shape): number => inputs.push(s) - 1
  const term = (): Term => {
    const axis = draw(8) === 0 ? draw(shape.length) : usual, n = shape[axis]!
    const kind = draw(12)
    if (kind === 0) { const i = input(shape); return xs => xs[i]! }
    if (kind <= 2) {
      const before = draw(n), size = draw(n - before + 1), i = input(along(axis, size))
      return xs => concatenate([zeros(aval(dtype, along(axis, before))), xs[i]!, zeros(aval(dtype, along(axis, n - before - size)))], axis)
    }
    if (kind === 3) { const i = input(along(axis, n + 1)); return xs => pad(xs[i]!, scalar(0, dtype), shape.map((_, d) => (d === axis ? [-1, 0, 0] : [0, 0, 0]))) }
    if (kind === 4 && n % 2 === 1) { const i = input(along(axis, (n + 1) / 2)); return xs => pad(xs[i]!, scalar(0, dtype), shape.map((_, d) => (d === axis ? [0, 0, 1] : [0, 0, 0]))) }
    const value = kind === 5 ? 1 : kind === 6 && dtype !== 'i32' ? -0 : 0
    const others = kind === 7 && shape.length > 1
    const before = draw(n), after = draw(n - before)
    const size = along(axis, n - before - after).map((m, d) => (others && d !== axis ? m - 1 : m))
    const [start, stride] = draw(2) === 0 ? [0, 1] : [draw(3), 1 + draw(2)], limit = size.map(m => start + m * stride)
    const i = input(limit)
    return xs => pad(slice(xs[i]!, size.map(() => start), limit, size.map(() => stride)), scalar(value, dtype), shape.map((_, d) => (d === axis ? [before, after, 0] : others ? [1, 0, 0] : [0, 0, 0])))
  }
  const terms = range(2 + draw(5)).map(term)
  const again = draw(3) === 0 ? draw(terms.length) : -1
  const order = range(2 * terms.length).map(() => draw(1 << 16)), keep = draw(3) === 0
  return {
    dtype, inputs,
    f: (...xs) => {
      const open = terms.map(t => t(xs)), outs: Value[] = again < 0 ? [] : [open[again]!]
      for (let k = 0; open.length > 1; k += 2) {
        const [a] = open.splice(order[k]! % open.length, 1), [b] = open.splice(order[k + 1]! % open.length, 1)
        const s = add(a!, b!)
        if (keep && outs.length < 2) outs.push(s)
        open.push(s)
      }
      return [open[0]!, ...outs]
    },
  }
}
const filled = ({ dtype, inputs }: Sum, seed: number): readonly Value[] => inputs.map((s, i) => {
  const draw = drawing(seed + 13 * i), from = dtype === 'i32' ? integers : awkward
  return array(dtype, s, range(s.reduce((n, m) => n * m, 1)).map(() => (dtype === 'f32' ? Math.fround(from[draw(from.length)]!) : from[draw(from.length)]!)))
})
const staged = (u: Sum): Program => stage(u.f, u.inputs.map(s => aval(u.dtype, s))).program
const alike = (p: Program, q: Program, xs: readonly Value[]): Verdict => {
  const want = evalProgram(p, xs), got = evalProgram(q, xs)
  return and(...want.map((w, k) => (): Verdict => {
    const [a, b] = [dataOf(w), dataOf(got[k]!)]
    const at = range(a.length).find(i => !Object.is(a[i], b[i]))
    return claim(at === undefined, `output ${k} at ${at}: ${b[at!]} instead of ${a[at!]}\n${showProgram(p)}\n${showProgram(q)}`)
  }))
}
const rows = (f: Flat, ...shapes: readonly Shape[]): readonly string[] => pieces(stage(f, shapes.map(s => aval('f64', s))).program).eqns.map(e => e.prim.name)
const count = (names: readonly string[], name: string): number => names.filter(n => n === name).length

/** Two terms of ten numbers each, and what they are of. */
const pairs: Readonly<Record<string, readonly [f: Flat, ...inputs: readonly (readonly number[])[]]>> = {
  'padded with -0': [(a, b) => [add(pad(a!, scalar(-0, 'f64'), [[2, 6, 0]]), pad(b!, scalar(-0, 'f64'), [[3, 5, 0]]))], [1, 2], [-0, 4]],
  'padded with 0': [(a, b) => [add(pad(a!, zero, [[2, 6, 0]]), pad(b!, zero, [[3, 5, 0]]))], [-0, -0], [-0, NaN]],
  'cut': [(a, b) => [add(pad(a!, zero, [[-1, 8, 0]]), pad(b!, zero, [[9, -2, 0]]))], [1, 2, 3], [4, 5, 6]],
  'cut at one side': [(a, b) => [add(pad(a!, zero, [[-2, 8, 0]]), pad(b!, zero, [[8, 0, 0]]))], [1, 2, 3, 4], [4, 5]],
  'slices': [(a, b) => [add(pad(sliceInAxis(a!, 2, 6, 0), zero, [[0, 6, 0]]), pad(sliceInAxis(b!, 1, 5, 0), zero, [[2, 4, 0]]))], [1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11]],
  'slices with strides': [(a, b) => [add(pad(slice(a!, [1], [8], [2]), zero, [[0, 6, 0]]), pad(slice(b!, [0], [7], [2]), zero, [[2, 4, 0]]))], [1, 2, 3, 4, 5, 6, 7, 8], [7, 8, 9, 10, 11, 12, 13]],
}

export const sumsOfPads: readonly Law[] = [
  law('piecesOfSums', 'sums of padded and joined arrays keep every bit as pieces, cost no more, and leave nothing to a second run', seeds, seed => {
    const u = sumOf(seed), p = staged(u), q = pieces(p)
    return and(
      () => claim(check(q)._tag === 'Right', `not well typed:\n${showProgram(q)}`),
      () => alike(p, q, filled(u, seed)),
      () => claim(cost(q) <= cost(p), `the cost rises from ${cost(p)} to ${cost(q)}:\n${showProgram(p)}\n${showProgram(q)}`),
      () => claim(encode(pieces(q)) === encode(q), `a second run changes it:\n${showProgram(q)}`))
  }, { show: seed => showProgram(staged(sumOf(seed))) }),
  fact('awkwardPadsKeepBits', 'padding with -0, padding that cuts, and slices with and without strides keep every bit', () => and(...Object.entries(pairs).map(([name, [f, ...inputs]]) => (): Verdict => {
    const xs = inputs.map(x => array('f64', [x.length], x)), p = stage(f, xs.map(x => x.aval)).program
    const verdict = alike(p, pieces(p), xs)
    return verdict === true || `${name}: ${verdict}`
  }))),
  fact('padsBecomePieces', 'slices taken back along an axis are joined: no padding is left, what is read twice stays, and what is added in one place is added once', () => {
    const back = (x: Value, from: number, to: number): Value => pad(x, zero, [[from, 10 - to, 0]])
    const gates = rows((a, b, c) => [add(add(back(a!, 0, 3), back(b!, 3, 7)), back(c!, 7, 10))], [3], [4], [3])
    const stencil = rows((a, b, c) => [add(add(back(a!, 0, 8), back(b!, 1, 9)), back(c!, 2, 10))], [8], [8], [8])
    const twice = rows((a, b) => { const x = back(a!, 0, 6); return [add(x, back(b!, 4, 10)), x] }, [6], [6])
    const whole = rows((a, b) => [add(back(a!, 0, 6), b!)], [6], [10])
    const apart = rows((a, b) => [add(pad(a!, zero, [[1, 0, 0], [0, 0, 0]]), pad(b!, zero, [[0, 0, 0], [1, 0, 0]]))], [2, 3], [3, 2])
    const doubled = (n: number) => (x: Value, b: Value): readonly Value[] => {
      let y = sliceInAxis(x, 0, 6, 0)
      for (let i = 0; i < n; i++) y = add(y, y)
      return [add(back(y, 0, 6), back(b, 3, 9))]
    }
    const deep = stage(doubled(20) as Flat, [[8], [6]].map(s => aval('f64', s))).program
    const ends = rows(x => [add(back(sliceInAxis(x!, 0, 6, 0), 0, 6), back(sliceInAxis(x!, 4, 10, 0), 4, 10))], [10])
    return and(
      () => claim(count(gates, 'pad') === 0 && count(gates, 'concatenate') === 1 && count(gates, 'slice') === 0 && count(gates, 'add') === 3, `gates: ${gates.join()}`),
      () => claim(count(stencil, 'pad') === 0 && count(stencil, 'concatenate') === 1 && count(stencil, 'add') <= 9, `a stencil: ${stencil.join()}`),
      () => claim(count(twice, 'pad') === 2, `read twice: ${twice.join()}`),
      () => claim(cost(pieces(deep)) <= cost(deep) && pieces(deep).eqns.length < 60, `sums that are read twice are taken apart: ${pieces(deep).eqns.length} equations`),
      () => claim(count(whole, 'pad') === 1, `with a whole array: ${whole.join()}`),
      () => claim(count(apart, 'pad') === 2, `along two axes: ${apart.join()}`),
      () => claim(count(ends, 'pad') === 0 && count(ends, 'slice') === 4, `slices of slices: ${ends.join()}`))
  }),
]

/** Laws of what is rewritten before compiling: contractions with all that may stand around them. */
import { aval, range, type Shape } from '../src/core/aval.js'
import { encode } from '../src/core/encode.js'
import { check } from '../src/core/check.js'
import type { DType } from '../src/core/dtype.js'
import { dtypes } from '../src/core/dtype.js'
import type { Program } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import { evalProgram } from '../src/core/program.js'
import type { Value } from '../src/core/value.js'
import { customDerivative } from '../src/higher/custom.js'
import { cost } from '../src/interpreters/count.js'
import { stage } from '../src/interpreters/stage.js'
import { dots } from '../src/optimise/dots.js'
import { prepare } from '../src/optimise/pipeline.js'
import { add, convert, mul, scale } from '../src/primitives/arithmetic.js'
import { full, sum, zeros } from '../src/primitives/base.js'
import { dotGeneral, dotGeneralP, type DotParams } from '../src/primitives/contract.js'
import { reshape, transpose, transposeP } from '../src/primitives/structural.js'
import { seeds } from './arbitrary.js'
import { pushed } from './cases.js'
import { type Flat, vector } from './genome.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { array, dataOf } from './numbers.js'
import { equalAt, evaluated } from './tolerance.js'

/** Numbers below n, from a seed. */
export const drawing = (seed: number) => {
  let s = seed
  return (n: number): number => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return Math.floor(s / 2 ** 32 * n) }
}
type Draw = ReturnType<typeof drawing>
const shuffled = <A>(xs: readonly A[], draw: Draw): readonly A[] => {
  const ys = xs.slice()
  for (let i = ys.length - 1; i > 0; i--) { const j = draw(i + 1); [ys[i], ys[j]] = [ys[j]!, ys[i]!] }
  return ys
}
const countOf = (p: Program, name: string): number => p.eqns.filter(e => e.prim.name === name).length

export interface Product { readonly shapes: readonly [Shape, Shape]; readonly params: DotParams }
/** Axes of every kind in any places: up to two that are paired, up to three that are free. */
export const productOf = (draw: Draw): Product => {
  const sizes = (most: number): readonly number[] => range(draw(most + 1)).map(() => 1 + draw(3))
  const [b, k, l, r] = [sizes(2), sizes(2), sizes(3), sizes(3)]
  const side = (own: readonly number[]): { shape: Shape; contract: readonly number[]; batch: readonly number[] } => {
    const axes = shuffled([...b.map((n, i) => ['b', i, n] as const), ...k.map((n, i) => ['k', i, n] as const), ...own.map((n, i) => ['o', i, n] as const)], draw)
    const at = (kind: string, n: number): readonly number[] => range(n).map(i => axes.findIndex(a => a[0] === kind && a[1] === i))
    return { shape: axes.map(a => a[2]), contract: at('k', k.length), batch: at('b', b.length) }
  }
  const left = side(l), right = side(r)
  return { shapes: [left.shape, right.shape], params: { contract: [left.contract, right.contract], batch: [left.batch, right.batch] } }
}
/** A product of transposed operands, transposed, its batch axes kept first or not, summed over some axes, added to zero, read once or twice. */
const surrounded = (seed: number): { readonly f: Flat; readonly shapes: readonly Shape[] } => {
  const draw = drawing(seed)
  const { shapes, params } = productOf(draw)
  const perms = shapes.map(s => shuffled(range(s.length), draw))
  const back = (p: readonly number[]): readonly number[] => range(p.length).map(i => p.indexOf(i))
  const b = params.batch[0].length
  const before = shapes.map((s, i) => back(perms[i]!).map(a => s[a]!))
  const tidy = draw(2) === 0, twice = draw(4) === 0, fromZero = draw(2) === 0
  const word = draw(1 << 20)
  return {
    shapes: before,
    f: (x, y) => {
      const more = drawing(word)
      const dot = dotGeneral(transpose(x!, perms[0]!), transpose(y!, perms[1]!), params)
      const d = fromZero ? add(zeros(dot.aval), dot) : dot
      const free = range(d.ndim).slice(b), l = shapes[0].length - params.contract[0].length - b
      const groups = shuffled([shuffled(free.slice(0, l), more), shuffled(free.slice(l), more)], more)
      const perm = tidy ? [...shuffled(range(b), more), ...groups.flat()] : shuffled(range(d.ndim), more)
      const turned = transpose(d, perm)
      const s = sum(turned, range(d.ndim).filter(() => more(3) === 0))
      return twice ? [s, d] : [s]
    },
  }
}
const dotLaw = (holds: (p: Program, f: Flat, xs: readonly Value[]) => Verdict) => (seed: number): Verdict => {
  const { f, shapes } = surrounded(seed)
  const xs = shapes.map((s, i) => vector(s, seed + i))
  return holds(stage(f, xs.map(x => x.aval)).program, f, xs)
}
const product = (params: DotParams) => (x: Value, y: Value): Value => dotGeneral(x, y, params)
const plain = product({ contract: [[1], [0]], batch: [[], []] }), batched = product({ contract: [[2], [1]], batch: [[0], [0]] })
const matrix = (f: Flat, ...shapes: readonly Shape[]): Program => dots(stage(f, shapes.map(s => aval('f64', s))).program)

const types = Object.keys(dtypes) as readonly DType[]
/** Where conversions part: ends of ranges, what rounds, what is no number. */
const awkward: Readonly<Record<DType, readonly number[]>> = {
  f64: [0, -0.5, 1e-320, 2 ** 24 + 1, 2 ** 31 - 0.5, -(2 ** 31) - 1, 2 ** 32, 1e300, NaN, Infinity, -Infinity], f32: [0, -0.5, 2 ** 24, 2 ** 31, -(2 ** 32), NaN, Infinity],
  f16: [0, -0.5, 2 ** -24, 2048, -65504, NaN, -Infinity], i32: [0, -1, 2 ** 24 + 1, 2 ** 31 - 1, -(2 ** 31)], u32: [0, 1, 2 ** 24 + 1, 2 ** 31, 2 ** 32 - 1], bool: [0, 1],
}

export const rewriting: readonly Law[] = [
  law('dotsOfProducts', 'dots keeps what surrounded products mean and answer in type, costs no more, and leaves nothing to a second run', seeds, dotLaw((p, f, xs) => {
    const q = dots(p)
    return and(
      () => claim(check(q)._tag === 'Right', `not well typed:\n${showProgram(q)}`),
      () => equalAt(evaluated(q), f, xs, 1e-12),
      () => claim(cost(q) <= cost(p), `the cost rises from ${cost(p)} to ${cost(q)}:\n${showProgram(p)}\n${showProgram(q)}`),
      () => claim(encode(dots(q)) === encode(q), `a second run changes it:\n${showProgram(q)}`))
  }), { show: seed => showProgram(stage(surrounded(seed).f, surrounded(seed).shapes.map(s => aval('f64', s))).program) }),
  fact('transposesVanish', 'transposes of a product, of its operands and of their batches, are the product of others; sums over batches are contracted', () => {
    const one = (f: Flat, ...shapes: readonly Shape[]): Verdict => {
      const p = matrix(f, ...shapes)
      return claim(p.eqns.length === 1 && p.eqns[0]!.prim === dotGeneralP, `more than one product:\n${showProgram(p)}`)
    }
    const t = (x: Value): Value => transpose(x, [1, 0])
    return and(
      () => one((x, y) => [t(plain(x!, y!))], [2, 3], [3, 4]),
      () => one((x, y) => [t(plain(t(y!), t(x!)))], [2, 3], [3, 4]),
      () => one((x, y) => [transpose(batched(x!, y!), [0, 2, 1])], [5, 2, 3], [5, 3, 4]),
      () => one((x, y) => [sum(batched(x!, y!), [0])], [5, 2, 3], [5, 3, 4]),
      () => one((x, y) => [add(zeros({ dtype: 'f64', shape: [2, 4] }), plain(x!, y!))], [2, 3], [3, 4]),
      () => claim(matrix((x, y) => [add(full(1, { dtype: 'f64', shape: [2, 4] }), plain(x!, y!))], [2, 3], [3, 4]).eqns.length === 3, 'what is added to a product is forgotten'),
      () => claim(countOf(matrix((x, y) => { const d = plain(x!, y!); return [t(d), d] }, [2, 3], [3, 4]), 'dotGeneral') === 1, 'a product that is read twice is computed twice'))
  }),
  fact('movementsMerge', 'transposes and reshapes one after the other are one, and none where nothing moves', () => {
    const left = (f: Flat): number => matrix(f, [2, 3, 4]).eqns.length
    return claim(left(x => [transpose(transpose(x!, [1, 2, 0]), [2, 0, 1])]) === 0 && left(x => [transpose(transpose(x!, [1, 2, 0]), [1, 2, 0])]) === 1
      && left(x => [reshape(reshape(x!, [24]), [2, 3, 4])]) === 0 && left(x => [reshape(reshape(x!, [24]), [4, 6])]) === 1
      && countOf(matrix(x => [transpose(transpose(x!, [1, 2, 0]), [1, 2, 0])], [2, 3, 4]), transposeP.name) === 1, 'something is left')
  }),
  fact('pushesAreInlined', 'the push of a custom function is inlined as it is, not as its pull', () => {
    const f = customDerivative((x: Value) => ({ value: mul(x, x), push: (t: Value) => scale(3, mul(x, t)), pull: (c: Value) => scale(5, mul(x, c)) })) as (x: Value) => Value
    const xs = [vector([2], 1), vector([2], 2)]
    const pushing: Flat = (x, t) => pushed(y => [f(y!)], [x!], [t!])
    const p = prepare(stage(pushing, xs.map(x => x.aval)).program)
    return and(() => equalAt(evaluated(p), (x, t) => [scale(3, mul(x!, t!))], xs), () => claim(p.eqns.every(e => e.prim.programs(e.params).length === 0), 'something is left'))
  }),
  fact('conversionsMerge', 'conversions one after the other become one only where no number can tell', () => and(...types.flatMap(from => types.flatMap(through => types.map(to => (): Verdict => {
    const x = array(from, [awkward[from].length], awkward[from])
    const p = stage(y => [convert(convert(y!, through), to)], [x.aval]).program
    const [got, want] = [dots(p), p].map(q => Array.from(dataOf(evalProgram(q, [x])[0]!)))
    return and(
      () => claim(got!.every((n, i) => Object.is(n, want![i])), `from ${from} through ${through} to ${to}: ${got!.join()} instead of ${want!.join()}`),
      () => claim(!((from === 'f32' || from === 'f16') && through === 'f64' || from === 'f16' && through === 'f32' || from === 'bool') || dots(p).eqns.length <= 1, `from ${from} through ${through} to ${to}: an exact step is left`))
  }))))),
]

/** Laws of tracing: a program does what its function does, and no cache confuses two programs. */
import { isRight } from 'fp-ts/lib/Either.js'
import { range, sameShape } from '../src/core/aval.js'
import { check } from '../src/core/check.js'
import type { DType } from '../src/core/dtype.js'
import { encode } from '../src/core/encode.js'
import { attempt } from '../src/core/fault.js'
import { showProgram } from '../src/core/print.js'
import { evalProgram, inAvals } from '../src/core/program.js'
import type { Value } from '../src/core/value.js'
import { checkpoint, closureConvert, evalShape, jit, makeProgram, type ShapeDType } from '../src/higher/jit.js'
import { stage } from '../src/interpreters/stage.js'
import { add, maximum, mul } from '../src/primitives/arithmetic.js'
import { broadcast, sum } from '../src/primitives/base.js'
import { grad } from '../src/transforms/derivatives.js'
import { type Case, caseOf, type Point, points, secondOf, showPoint, pairs, showPair, smallPoints } from './cases.js'
import { sameEverywhere } from './everywhere.js'
import { type Flat, vector } from './genome.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { agree, array } from './numbers.js'
import { equalAt } from './tolerance.js'

type Listed = (...xs: Value[]) => Value[]
const about = (name: string, statement: string, holds: (c: Case) => Verdict, share = 1): Law<Point> =>
  law(name, statement, points, p => holds(caseOf(p)), { show: showPoint, share })
const aboutSmall = (name: string, statement: string, holds: (c: Case) => Verdict): Law =>
  law(name, statement, smallPoints, p => holds(caseOf(p)), { show: showPoint })
const mulBy = (like: Value, c: number): Value => array(like.dtype, like.shape, range(like.size).map(() => c))
const jitted = (f: Flat): Flat => { const g = jit(f as Listed); return (...a) => g(...a) }
const total = (x: Value): Value => sum(x, range(x.ndim))
const scalarOf = (f: Flat) => (...a: Value[]): Value => f(...a).map(total).reduce((p, q) => add(p, q))

export const staging: readonly Law[] = [
  about('stagingRoundTrip', 'eval(stage f) = f; check(stage f) passes; stage(eval p) is p up to names', ({ f, xs }) => {
    const { program, captured } = stage(f, xs.map(x => x.aval))
    const typed = check(program)
    const again = stage((...a) => evalProgram(program, a), inAvals(program)).program
    return and(
      () => claim(isRight(typed), `not well typed:\n${showProgram(program)}`),
      () => equalAt((...a) => evalProgram(program, [...captured, ...a]), f, xs),
      () => claim(encode(again) === encode(program), `staged again it is another program:\n${showProgram(program)}\n${showProgram(again)}`))
  }),
  aboutSmall('jitIsTransparent', 'jit f = f, the first time and the second, under jvp, vjp, vmap, jet and jit', ({ f, xs }) => {
    const g = jitted(f)
    return and(() => sameEverywhere(g, f, xs), () => equalAt(g, f, xs))
  }),
  about('jitOfJit', 'jit(jit f) = jit f', ({ f, xs }) => equalAt(jitted(jitted(f)), jitted(f), xs)),
  about('jitOfGradient', 'jit(grad f) = grad(jit f) = grad f', ({ f, xs }) => {
    const argnums = xs.map((_, i) => i)
    const gradient = (g: Flat): Flat => (...a) => grad(scalarOf(g), { argnums })(...a) as unknown as Value[]
    return and(() => equalAt(jitted(gradient(f)), gradient(f), xs), () => equalAt(gradient(jitted(f)), gradient(f), xs))
  }),
  law('jitForgetsNothing', 'one jit f at many shapes, dtypes and static values, interleaved, equals fresh ones', pairs, p => {
    const { f, xs, u } = caseOf(p.point)
    const g = secondOf(p)
    // the static argument says which program: a record, a number, a sign of zero
    const choose = (which: { readonly first: boolean; readonly scale: number }, ...a: Value[]): Value[] => {
      const ys = which.first ? f(...a) : g(...a)
      return ys.map(y => mul(y, mulBy(y, Object.is(which.scale, -0) ? -1 : which.scale)))
    }
    const once = jit(choose as never, { staticArgnums: 0 }) as unknown as typeof choose
    const wide = xs.map((x, i) => vector([2, ...x.shape].slice(-3), i + 5)), narrow = u
    const statics = [{ first: true, scale: 1 }, { first: false, scale: 1 }, { first: true, scale: 0 }, { first: true, scale: -0 }, { first: false, scale: 2 }]
    const inputs = [xs, wide, narrow]
    const calls = [0, 1].flatMap(() => inputs.flatMap(a => statics.map(s => ({ a, s }))))
    return and(...calls.map(({ a, s }) => () => agree(once(s, ...a), choose(s, ...(a as Value[])), 1e-8)))
  }, { show: showPair, share: 0.5 }),
  fact('jitTellsDTypesApart', 'one jit f at every dtype answers in that dtype; literals of two dtypes are two programs; a static NaN is refused', () => {
    const once = jit((x: Value) => maximum(x, x))
    const dtypes: readonly DType[] = ['f32', 'f64', 'i32', 'u32', 'bool']
    const calls = [...dtypes, ...dtypes].map(d => () => agree([once(array(d, [3], [0, 1, 1])) as Value], [array(d, [3], [0, 1, 1])], 0))
    const refused = attempt(() => jit((x: Value, _k: number) => x, { staticArgnums: 1 })(array('f32', [], [1]), NaN))
    return and(...calls, () => claim(refused._tag === 'Left' && refused.left._tag === 'StaticArgument', 'a static NaN is taken'))
  }),
  aboutSmall('checkpointIsTransparent', 'checkpoint f = f under every transform', ({ f, xs }) => sameEverywhere((...a) => checkpoint(f as Listed)(...a), f, xs)),
  about('evalShapeIsShape', 'evalShape f and makeProgram f tell the types of what f answers', ({ f, xs }) => {
    const ys = f(...xs)
    const types = evalShape(f as Listed, ...(xs as Value[])) as readonly ShapeDType[]
    const { program } = makeProgram(f as Listed)(...(xs as Value[]))
    return claim(ys.every((y, i) => types[i]!.dtype === y.dtype && sameShape(types[i]!.shape, y.shape) && sameShape(program.outs[i]!.aval.shape, y.shape)), 'the types differ')
  }),
  law('closureConvertIsFunction', 'closureConvert f: g(x, ...consts) = f(x), with all derivatives', smallPoints, p => {
    const { f, xs, u } = caseOf(p)
    const around = array('f64', [2], [0.5, -1.5])
    const closed: Flat = (...a) => f(...a, ...u).map(y => mul(y, broadcast(total(around), y.shape, [])))
    const [g, consts] = closureConvert(closed as Listed, ...(xs as Value[]))
    return sameEverywhere((...a) => g(...a, ...consts) as Value[], closed, xs, { second: false })
  }, { show: showPoint, share: 0.5 }),
]

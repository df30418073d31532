/** Inside a traced function dispatch is what it seems: a caught fault changes nothing, the innermost axis of a name is meant, what has ended is refused. */
import type { Value } from '../src/core/value.js'
import { checkpoint, closureConvert, evalShape, jit, makeProgram } from '../src/higher/jit.js'
import { add, convert, mul } from '../src/primitives/arithmetic.js'
import { broadcast, sum } from '../src/primitives/base.js'
import { allGatherOf, axisIndexOf, pmaxOf, pmeanOf, ppermuteOf, psumOf } from '../src/primitives/collective.js'
import { sin } from '../src/primitives/elementary.js'
import { iota, transpose } from '../src/primitives/structural.js'
import { grad, jvp, linearize, linearTranspose, vjp } from '../src/transforms/derivatives.js'
import { jet } from '../src/transforms/taylor.js'
import { vmap } from '../src/transforms/vectorize.js'
import { and, claim, fact, type Law, type Verdict } from './law.js'
import { vector } from './genome.js'
import { agree, dataOf, f64 } from './numbers.js'

const is = (x: Value, want: readonly number[]): Verdict => claim(Array.from(dataOf(x)).join() === want.join(), `[${Array.from(dataOf(x)).join()}] instead of [${want.join()}]`)
const x = f64([], [3]), one = f64([], [1]), row = f64([3], [2, 2, 1])
const refused = (f: () => unknown): boolean => { try { f(); return false } catch { return true } }
/** x², after an operation that is refused. */
const recovering = (u: Value): Value => {
  if (!refused(() => add(u, f64([2], [1, 1])))) throw new TypeError('shapes were not compared')
  return mul(u, u)
}

/** Derivatives of functions of one number. */
const slopes: Readonly<Record<string, (f: (u: Value) => Value, at: Value) => Value>> = {
  jvp: (f, at) => jvp(f, [at], [one])[1], grad: (f, at) => grad((u: Value) => total(f(u)))(at), linearize: (f, at) => linearize(f, at)[1](one), vjp: (f, at) => vjp((u: Value) => total(f(u)), at)[1](one)[0]!,
  jet: (f, at) => jet(f, [at], [[one, f64([], [0])]])[1][0]!, jitted: (f, at) => jit((u: Value) => jvp(f, [u], [one])[1])(at),
}
const total = (y: Value): Value => sum(y, y.shape.map((_, d) => d))
const across: Readonly<Record<string, (u: Value) => Value>> = {
  psum: u => mul(sin(u), psumOf(u, 'i')), pmean: u => mul(u, pmeanOf(sin(u), 'i')), pmax: u => mul(sin(u), pmaxOf(u, 'i')), ppermute: u => mul(u, ppermuteOf(sin(u), 'i', [[0, 1], [1, 2], [2, 0]])),
  ppermuteSome: u => mul(u, ppermuteOf(sin(u), 'i', [[0, 2]])), axisIndex: u => mul(u, broadcast(convert(axisIndexOf('i'), 'f64'), u.shape, [])),
  allGather: u => { const g = allGatherOf(sin(u), 'i'), at = convert(iota('i32', g.shape, 0), 'f64'); return mul(u, sum(mul(g, add(at, mul(at, at))), [0])) },
}
/** The transpose of the derivative of f at u, as a transposed program. */
const linearTransposed = (f: (u: Value) => Value, u: Value, w: Value): Value => linearTranspose(linearize(f, u)[1] as (v: Value) => Value, u)(w)[0]!

export const dispatchLaws: readonly Law[] = [
  fact('caughtFaults', 'a fault that is caught inside a traced function leaves it traced', () => and(
    () => is(jvp(recovering, [x], [one])[1], [6]), () => is(grad(recovering)(x), [6]), () => is(linearize(recovering, x)[1](one), [6]), () => is(vjp(recovering, x)[1](one)[0]!, [6]),
    () => is(jet(recovering, [x], [[one, f64([], [0])]])[1][1]!, [2]), () => is(vmap(recovering)(row), [4, 4, 1]), () => is(jit(recovering)(x), [9]), () => is(grad((u: Value) => checkpoint(recovering)(u))(x), [6]),
    () => is(grad((u: Value) => grad(recovering)(u))(x), [2]))),
  fact('innermostAxis', 'of two mapped axes of one name the innermost is meant', () => {
    const rows = f64([2, 3], [1, 2, 3, 4, 5, 6])
    const nested = (f: (u: Value) => Value): Value => vmap((r: Value) => vmap(f, { axisName: 'i' })(r), { axisName: 'i' })(rows)
    return and(() => is(nested(u => psumOf(u, 'i')), [6, 6, 6, 15, 15, 15]), () => is(nested(() => psumOf(one, 'i')), [3, 3, 3, 3, 3, 3]), () => is(nested(() => axisIndexOf('i')), [0, 1, 2, 0, 1, 2]), () => is(nested(u => pmeanOf(u, 'i')), [2, 2, 2, 5, 5, 5]))
  }),
  fact('tiesAcross', 'where several are the greatest across an axis, each has an equal share of the tangent, inside as outside', () => and(
    () => is(jvp((r: Value) => vmap((u: Value) => pmaxOf(u, 'i'), { axisName: 'i' })(r), [row], [f64([3], [1, 3, 7])])[1], [2, 2, 2]),
    () => is(vmap((u: Value, v: Value) => jvp((t: Value) => pmaxOf(t, 'i'), [u], [v])[1], { axisName: 'i' })(row, f64([3], [1, 3, 7])), [2, 2, 2]))),
  fact('gatheredEverywhere', 'what is gathered is the same everywhere, the rows in order', () =>
    is(vmap((u: Value) => allGatherOf(u, 'i'), { axisName: 'i' })(f64([2], [4, 5])), [4, 5, 4, 5])),
  fact('sumOfShared', 'the sum across an axis of what is the same everywhere is the size of the axis times it', () =>
    is(vmap((u: Value) => add(u, psumOf(x, 'i')), { axisName: 'i' })(row), [11, 11, 10])),
  ...Object.entries(across).map(([name, f]) => fact(`inside_${name}`, `${name}: derivatives taken inside a mapped axis are those taken outside, and a vmap inside is one outside`, () => {
    const X = vector([3, 2, 2], 5), V = vector([3, 2, 2], 6), inAxis = { axisName: 'i' } as const
    const outer = (x: Value): Value => vmap(f, inAxis)(x)
    const Y = outer(X), W = vector(Y.shape, 7)
    const turned = (x: Value): Value => transpose(x, [1, 0, ...x.shape.map((_, d) => d).slice(2)])
    return and(
      () => agree([vmap((u: Value, w: Value) => vjp(f, u)[1](w)[0]!, inAxis)(X, W)], [vjp(outer, X)[1](W)[0]!], 1e-12),
      () => agree([vmap((u: Value, v: Value) => jvp(f, [u], [v])[1], inAxis)(X, V)], [jvp(outer, [X], [V])[1]], 1e-12),
      () => agree([vmap((u: Value, w: Value) => linearTransposed(f, u, w), inAxis)(X, W)], [vjp(outer, X)[1](W)[0]!], 1e-12),
      () => agree([vmap((u: Value) => vmap(f)(u), inAxis)(X)], [turned(vmap(outer)(turned(X)))], 1e-12))
  })),
  fact('derivativesCloseOver', 'a derivative may close over what another one differentiates, whichever they are', () => and(...Object.entries(slopes).flatMap(([outer, d]) => Object.entries(slopes).map(([inner, e]) => (): Verdict => {
    const told = is(d(u => e(v => mul(mul(u, u), mul(v, v)), mul(one, one)), x), [12])
    return told === true ? true : `${outer} of ${inner}: ${told}`
  })), ...Object.values(slopes).map(d => () => is(vmap((u: Value) => d(v => mul(mul(u, u), v), one))(row), [4, 4, 1])),
  ...Object.values(slopes).map(d => () => is(d(u => vmap((v: Value) => mul(mul(u, u), v))(f64([1], [1])), x), [6])))),
  fact('endedTracersInTraces', 'a traced value that outlived its transform is refused by the next trace, even if nothing is computed', () => {
    const kept: Value[] = []
    vmap((u: Value) => { kept.push(u); return u })(row)
    grad((u: Value) => { kept.push(u); return mul(u, u) })(x)
    jit((u: Value) => { kept.push(u); return u })(x)
    return and(...kept.flatMap((old, i) => [
      () => claim(refused(() => makeProgram((u: Value) => add(u, old))(x)), `makeProgram takes value ${i}`),
      () => claim(refused(() => evalShape((u: Value) => add(u, old), x)), `evalShape takes value ${i}`),
      () => claim(refused(() => closureConvert((u: Value) => add(u, old), x)), `closureConvert takes value ${i}`)]))
  }),
]

/** Inside a traced function dispatch is what it seems: a caught fault changes nothing, the innermost axis of a name is meant, what has ended is refused. */
import { dispatchState, withoutMarks } from '../src/core/interp.js'
import type { Value } from '../src/core/value.js'
import { checkpoint, closureConvert, evalShape, jit, makeProgram } from '../src/higher/jit.js'
import { add, mul } from '../src/primitives/arithmetic.js'
import { allGatherOf, axisIndexOf, pmaxOf, psumOf } from '../src/primitives/collective.js'
import { grad, jvp, linearize, vjp } from '../src/transforms/derivatives.js'
import { jet } from '../src/transforms/taylor.js'
import { vmap } from '../src/transforms/vectorize.js'
import { and, claim, fact, type Law, type Verdict } from './law.js'
import { dataOf, f64 } from './numbers.js'

const is = (x: Value, want: readonly number[]): Verdict => claim(Array.from(dataOf(x)).join() === want.join(), `[${Array.from(dataOf(x)).join()}] instead of [${want.join()}]`)
const x = f64([], [3]), one = f64([], [1]), row = f64([3], [2, 2, 1])
const refused = (f: () => unknown): boolean => { try { f(); return false } catch { return true } }
/** x², after an operation that is refused. */
const recovering = (u: Value): Value => {
  if (!refused(() => add(u, f64([2], [1, 1])))) throw new TypeError('shapes were not compared')
  return mul(u, u)
}

export const dispatchLaws: readonly Law[] = [
  fact('caughtFaults', 'a fault that is caught inside a traced function leaves it traced', () => and(
    () => is(jvp(recovering, [x], [one])[1], [6]), () => is(grad(recovering)(x), [6]), () => is(linearize(recovering, x)[1](one), [6]), () => is(vjp(recovering, x)[1](one)[0]!, [6]),
    () => is(jet(recovering, [x], [[one, f64([], [0])]])[1][1]!, [2]), () => is(vmap(recovering)(row), [4, 4, 1]), () => is(jit(recovering)(x), [9]), () => is(grad((u: Value) => checkpoint(recovering)(u))(x), [6]),
    () => is(grad((u: Value) => grad(recovering)(u))(x), [2]))),
  fact('failingThunks', 'after a thunk that throws marks are made again', () => {
    const before = dispatchState() as readonly unknown[]
    refused(() => withoutMarks(() => { throw new TypeError('stop') }))
    return claim((dispatchState() as readonly unknown[]).every((s, i) => s === before[i]), 'dispatch is not what it was')
  }),
  fact('innermostAxis', 'of two mapped axes of one name the innermost is meant', () => {
    const rows = f64([2, 3], [1, 2, 3, 4, 5, 6])
    const nested = (f: (u: Value) => Value): Value => vmap((r: Value) => vmap(f, { axisName: 'i' })(r), { axisName: 'i' })(rows)
    return and(() => is(nested(u => psumOf(u, 'i')), [6, 6, 6, 15, 15, 15]), () => is(nested(() => psumOf(one, 'i')), [3, 3, 3, 3, 3, 3]), () => is(nested(() => axisIndexOf('i')), [0, 1, 2, 0, 1, 2]))
  }),
  fact('tiesAcross', 'where several are the greatest across an axis, each has an equal share of the tangent', () =>
    is(jvp((r: Value) => vmap((u: Value) => pmaxOf(u, 'i'), { axisName: 'i' })(r), [row], [f64([3], [1, 3, 7])])[1], [2, 2, 2])),
  fact('gatheredEverywhere', 'what is gathered is the same everywhere, the rows in order', () =>
    is(vmap((u: Value) => allGatherOf(u, 'i'), { axisName: 'i' })(f64([2], [4, 5])), [4, 5, 4, 5])),
  fact('sumOfShared', 'the sum across an axis of what is the same everywhere is the size of the axis times it', () =>
    is(vmap((u: Value) => add(u, psumOf(x, 'i')), { axisName: 'i' })(row), [11, 11, 10])),
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

/** What programs cost, said in numbers; counting while they run says the same. */
import { aval, type Shape } from '../src/core/aval.js'
import { currentInterp, under } from '../src/core/interp.js'
import { countEquations, evalProgram } from '../src/core/program.js'
import type { Value } from '../src/core/value.js'
import { cond } from '../src/higher/choice.js'
import { jit } from '../src/higher/jit.js'
import { scan } from '../src/higher/loops.js'
import { cost, CountInterp } from '../src/interpreters/count.js'
import { stage } from '../src/interpreters/stage.js'
import { add, div, mul, pow } from '../src/primitives/arithmetic.js'
import { scalar, sum } from '../src/primitives/base.js'
import { dotGeneral } from '../src/primitives/contract.js'
import { convolution } from '../src/primitives/convolve.js'
import { exp, sin } from '../src/primitives/elementary.js'
import { reduceMax } from '../src/primitives/fold.js'
import { gt } from '../src/primitives/logic.js'
import { linearRecurrence } from '../src/primitives/recurrence.js'
import { reshape, transpose } from '../src/primitives/structural.js'
import { claim, fact, type Law, type Verdict } from './law.js'
import { vector } from './genome.js'

type Row = readonly [name: string, f: (x: Value) => Value, operations: number]
const all = (checks: readonly (() => Verdict)[]): Verdict => checks.reduce<Verdict>((v, f) => (v === true ? f() : v), true)
const shape: Shape = [4, 5]
const step = (n: number) => (x: Value): Value => scan((c: Value) => [sin(c), null] as const, x, null, { length: n })[0] as Value
/** Operations on elements: an addition counts 1, a quotient 4, an elementary function 8, a power 16, moving nothing. */
const flat: readonly Row[] = [
  ['a sum', x => add(x, x), 20], ['two', x => add(mul(x, x), x), 40], ['a quotient', x => div(x, x), 80], ['a function', x => exp(x), 160], ['a power', x => pow(x, x), 320],
  ['moving', x => transpose(x, [1, 0]), 0], ['a fold', x => sum(x, [0]), 20], ['a maximum', x => reduceMax(x, [0, 1]), 20],
  ['a product of matrices', x => dotGeneral(x, x, { contract: [[1], [1]], batch: [[], []] }), 2 * 4 * 4 * 5],
  // windows at -2, 1, 4 and 7, elements at 0, 2, 4, 6 and 8: one product, the others are with padding or between elements
  ['a convolution', x => convolution(reshape(x, [1, 4, 5]), reshape(x, [5, 4, 1]), { windowStrides: [3], padding: [[2, 0]], lhsDilation: [2], rhsDilation: [1], featureGroupCount: 1, batchGroupCount: 1 }), 2 * 5 * 4 * 1], ['a recurrence', x => linearRecurrence(x, x, 0), 40],
]
const holding: readonly Row[] = [
  ['a call', x => jit((u: Value) => sin(u))(x) as Value, 160], ['a loop of 3', step(3), 480], ['a loop of 30', step(30), 4800],
  ['a choice', x => cond(gt(sum(x, [0, 1]), scalar(0, 'f64')), (u: Value) => u, (u: Value) => sin(u), x) as Value, 20 + 160],
]
const programOf = ([, f]: Row) => stage(x => [f(x!)], [aval('f64', shape)]).program

export const prices: readonly Law[] = [
  fact('costOfPrograms', 'cost adds up what rows cost: by element, by step of a loop, by the dearest branch', () => all([...flat, ...holding].map(row => () =>
    claim(cost(programOf(row)) === row[2], `${row[0]} costs ${cost(programOf(row))} instead of ${row[2]}`)))),
  fact('countingIsCost', 'the operations counted while a program runs are its cost, the primitives counted its equations', () => all(flat.map(row => () => {
    const counter = new CountInterp(currentInterp()), program = programOf(row)
    under(counter, () => evalProgram(program, [vector(shape, 3)]))
    return claim(counter.operations === row[2] && counter.applications === program.eqns.length, `${row[0]}: ${counter.operations} operations, ${counter.applications} primitives`)
  }))),
  fact('equationsAreCounted', 'equations inside count, however often they run', () => all(holding.map(row => () => {
    const [n, m] = [countEquations(programOf(row)), programOf(row).eqns.length]
    return claim(n > m, `${row[0]}: ${n} equations, ${m} of them outside`)
  }))),
]

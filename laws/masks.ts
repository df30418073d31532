/** What is masked is zero: a tangent or cotangent that a rule leaves out does not come back as 0 times NaN. */
import type { Value } from '../src/core/value.js'
import { clamp, select } from '../src/primitives/arithmetic.js'
import { scalar } from '../src/primitives/base.js'
import { cummax } from '../src/primitives/cumulative.js'
import { reduceMax, reduceMin } from '../src/primitives/fold.js'
import { pushed, vjpOf } from './cases.js'
import type { Flat } from './genome.js'
import { and, claim, fact, type Law, type Verdict } from './law.js'
import { array, dataOf, f64 } from './numbers.js'

const is = (xs: readonly Value[], ...want: readonly (readonly number[])[]): Verdict => {
  const got = xs.map(x => Array.from(dataOf(x)))
  return claim(JSON.stringify(got.map(x => x.map(String))) === JSON.stringify(want.map(x => x.map(String))), `${got.map(x => `[${x.join()}]`).join(' ')} instead of ${want.map(x => `[${x.join()}]`).join(' ')}`)
}
const p = array('bool', [2], [1, 0])
const chosen: Flat = (x, y) => [select(p, x!, y!)]
const two = (a: number, b: number): Value => f64([2], [a, b])
const clamped: Flat = x => [clamp(f64([2], [-1, -1]), x!, f64([2], [1, 1]))]

export const masks: readonly Law[] = [
  fact('tangentOutsideClamp', 'outside the bounds the tangent of clamp is 0, even if a NaN comes in', () => and(
    () => is(pushed(clamped, [two(3, 0.5)], [two(NaN, 2)]), [0, 2]), () => is(pushed(clamped, [two(-3, 0.5)], [two(Infinity, 2)]), [0, 2]))),
  fact('cotangentOfOtherBranch', 'the branch not taken has the cotangent 0, even if a NaN comes in', () => and(
    () => is(vjpOf(chosen, [two(1, 2), two(3, 4)])[1]([two(NaN, NaN)]), [NaN, 0], [0, NaN]),
    () => is(vjpOf(x => [select(p, x!, two(3, 4))], [two(1, 2)])[1]([two(5, NaN)]), [5, 0]),
    () => is(pushed(chosen, [two(1, 2), two(3, 4)], [two(7, NaN), two(NaN, 8)]), [7, 8]))),
  fact('tangentOfNothing', 'an extremum over nothing is constant', () => and(...[reduceMax, reduceMin].map(f => () => is(pushed(x => [f(x!, [0])], [f64([0, 2], [])], [f64([0, 2], [])]), [0, 0])))),
  fact('tangentOfLoser', 'a place that does not attain the running maximum passes nothing, even if its tangent is NaN', () =>
    is(pushed(x => [cummax(x!, { axis: 0, reverse: false })], [two(2, 1)], [two(5, NaN)]), [5, 5])),
  fact('gradientOfScalar', 'a scalar choice passes its cotangent to one side', () => is(vjpOf((x, y) => [select(array('bool', [], [0]), x!, y!)], [scalar(1, 'f64'), scalar(2, 'f64')])[1]([scalar(NaN, 'f64')]), [0], [NaN])),
]

/** The first-order linear recurrence h_j = a_j·h_(j-1) + b_j along an axis, which is what the derivative of a cumulative fold is. */
import * as E from '../core/either.js'
import { type Aval, sameAval, sizeOf } from '../core/aval.js'
import { isFloat } from '../core/dtype.js'
import { bool, int, record } from '../core/form.js'
import { bind, bind1 } from '../core/interp.js'
import { Linear, type Primitive } from '../core/primitive.js'
import { type Value } from '../core/value.js'
import { add, mul } from './arithmetic.js'
import { instantiate, lead, scalar } from './base.js'
import { general, wrongDType, wrongShape } from './row.js'
import { pad } from './structural.js'

export interface RecurrenceParams { readonly axis: number; readonly reverse: boolean }

/** Each place holds its predecessor's element, 0 where there is none. */
const shifted = (x: Value, axis: number, towardsStart: boolean): Value =>
  pad(x, scalar(0, x.dtype), x.shape.map((_, d) => (d === axis ? (towardsStart ? [-1, 1, 0] : [1, -1, 0]) : [0, 0, 0])))

/**
 * Operands a, b. h_0 = b_0: the first factor is not read. With `reverse` it runs from the last place to the first.
 * Linear in b: its transpose runs the other way with each factor one place on. In a: ḣ_j = a_j·ḣ_(j-1) + ȧ_j·h_(j-1).
 */
export const linearRecurrenceP: Primitive<RecurrenceParams> = general<RecurrenceParams>('linearRecurrence', {
  params: record({ axis: int, reverse: bool }),
  shape: ([a, b], { axis }) => !sameAval(a!, b!) ? wrongShape('linearRecurrence', [a!, b!], 'factors and terms of one type', 'broadcast the factors first')
    : !isFloat(a!.dtype) ? wrongDType('linearRecurrence', [a!], 'floats')
    : axis >= 0 && axis < a!.shape.length ? E.right([b!])
    : E.left({ _tag: 'AxisOutOfRange', op: 'linearRecurrence', axis, shape: a!.shape, hint: 'axis counts from 0' }),
  batch: (mapped, args, batched, { axis, reverse }) => bind(linearRecurrenceP, args.map((x, i) => lead(mapped, x, batched[i]!)), { axis: axis + 1, reverse }),
  linearize: self => ([a, b], params, [inA]) => {
    const h = bind1(self, [a!, b!], params)
    const before = inA ? shifted(h, params.axis, params.reverse) : null
    return {
      outs: [h],
      push: ([ta, tb]) => {
        const fromA = ta && before ? mul(ta, before) : null
        return fromA || tb ? [bind1(self, [a!, fromA && tb ? add(fromA, tb) : instantiate(fromA ?? tb ?? null, b!.aval)], params)] : [null]
      },
    }
  },
  transpose: ([ct], [a, b], { axis, reverse }) =>
    [null, b instanceof Linear ? bind1(linearRecurrenceP, [shifted(a as Value, axis, !reverse), ct!], { axis, reverse: !reverse }) : null],
  linearIn: ([inA, inB]) => !inA && inB === true,
  cost: (_ins: readonly Aval[], [h]) => 2 * sizeOf(h!.shape),
})
export const linearRecurrence = (a: Value, b: Value, axis: number, reverse = false): Value => bind1(linearRecurrenceP, [a, b], { axis, reverse })

/** Choosing between arrays element by element, and changing their dtype. */
import { type DType, isFloat } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { convert, maximum, minimum, select as choice } from '../../primitives/arithmetic.js'
import { scalar } from '../../primitives/base.js'
import { broadcastShape2, broadcastShapeAll, meet, promote2, promoteAll, requireDType, spread, toValue } from '../arrays.js'
import { dual } from '../dual.js'
import { truthOf } from './logic.js'
import type { Arg, DTypeOf, Promoted } from '../../types/dtype.js'

/**
 * x where the condition is true (not zero), else y. All three broadcast; x and y meet in one dtype. The derivative goes to
 * the branch that is taken; a NaN *derivative* of the other branch still spoils it, as in JAX: keep its argument in range.
 * With the condition alone it is a fault, because the shape of the answer would depend on the data: np.nonzero takes a size.
 * (jax.numpy.where)
 * @example np.where(np.array([true, false]), np.array([1, 2]), 0)   // [1, 0]
 */
export const where = <X extends Arg, Y extends Arg>(condition: Arg, x: X, y: Y): Value<Promoted<X, Y>> => {
  if (x === undefined || y === undefined) {
    badArgument('where', 'the arguments', 'a condition alone', 'a condition and two branches', 'the shape of np.where(c) would depend on the data; np.nonzero(c, { size }) gives the places')
  }
  const p = truthOf(toValue('where', condition, 'the condition'))
  const [a, b] = promote2('where', x, y)
  const both = broadcastShape2('where', a.aval, b.aval)
  const shape = broadcastShape2('where', p.aval, both === a.aval.shape ? a.aval : { shape: both, dtype: a.aval.dtype })
  return choice(spread(p, shape), spread(a, shape), spread(b, shape))
}
/**
 * From the first choice whose condition is true, or `default` (0). (jax.numpy.select)
 * @example np.select([np.array([true, false])], [np.array([1, 2])], { default: 9 })   // [1, 9]
 */
export const select = (conditions: readonly Arg[], choices: readonly Arg[], options?: { readonly default?: Arg }): Value => {
  if (conditions.length === 0 || conditions.length !== choices.length) {
    badArgument('select', 'the choices', `${conditions.length} conditions and ${choices.length} choices`, 'as many choices as conditions, at least one', 'np.where takes one condition')
  }
  const values = promoteAll('select', [...choices, options?.default ?? 0])
  const truths = conditions.map(c => truthOf(toValue('select', c, 'a condition')))
  const shape = broadcastShapeAll('select', [...values, ...truths])
  const [last, ...others] = values.map(v => spread(v, shape)).reverse()
  return others.reduce((rest, value, i) => choice(spread(truths[truths.length - 1 - i]!, shape), value, rest), last!)
}
/**
 * min(max(x, lo), hi); null leaves a side open. Keeps dtypes as maximum and minimum do. (jax.numpy.clip)
 * @example np.clip(np.array([-2, 0.5, 3]), 0, 1)   // [0, 0.5, 1]
 */
export const clip = <X extends Arg>(x: X, lo: Arg | null = null, hi: Arg | null = null): Value<DTypeOf<X>> => {
  const bounds = [lo, hi].filter((b): b is Arg => b !== null && b !== undefined)
  const d = meet('clip', [x, ...bounds])
  const [v, ...given] = promoteAll('clip', [x, ...bounds])
  const shape = broadcastShapeAll('clip', [v!, ...given])
  const at = (b: Value): Value => spread(convert(b, d), shape)
  const low = lo === null ? at(v!) : maximum(at(v!), at(given[0]!))
  return hi === null || hi === undefined ? low : minimum(low, at(given[given.length - 1]!))
}

/** The rules of conversion: to bool what is not zero is true, to integers the fraction is cut off. */
const converted = (x: Arg, dtype: DType): Value => {
  const d = requireDType('astype', dtype)
  // f64 holds any number: f32 on the way would round it
  const v = typeof x === 'number' ? scalar(x, isFloat(d) ? d : 'f64') : toValue('astype', x)
  return d === 'bool' ? truthOf(v) : convert(v, d)
}
export interface AsType {
  <D extends DType>(x: Arg, dtype: D): Value<D>
  <D extends DType>(dtype: D): (x: Arg) => Value<D>
}
/**
 * The nearest value of another dtype: floats to integers towards 0, to bool whether it is not 0. Between floats the
 * derivative passes. Faults: ForeseenDType, BadArgument. (jax.numpy.astype)
 * @example np.astype(np.array([1.7, -1.7]), 'i32')   // [1, -1]
 */
export const astype: AsType = dual(converted)
/**
 * The dtype in which arguments meet. (jax.numpy.result_type)
 * @example np.resultType(np.array([1], { dtype: 'i32' }), 0.5)   // 'f32'
 */
export const resultType = (...xs: readonly (Arg | DType)[]): DType => {
  if (xs.length === 0) return raise({ _tag: 'BadArgument', op: 'resultType', argument: 'the arguments', got: 'none', want: 'arrays, numbers or dtypes', hint: 'at least one' })
  const values = xs.map(x => (typeof x === 'string' ? toValue('resultType', convert(toValue('resultType', true), requireDType('resultType', x))) : x))
  return meet('resultType', values)
}

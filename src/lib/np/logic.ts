/** Comparisons, logic and bits: element by element, and of whole arrays. */
import { isFloat } from '../../core/dtype.js'
import { sameShape } from '../../core/aval.js'
import { bind1 } from '../../core/interp.js'
import type { Primitive } from '../../core/primitive.js'
import type { Value } from '../../core/value.js'
import { abs, add, constantLike, convert, mul, sub } from '../../primitives/arithmetic.js'
import { scalar, zeros } from '../../primitives/base.js'
import { reduceAnd } from '../../primitives/fold.js'
import {
  bitAnd, bitAndP, bitNot, bitOr, bitOrP, bitXorP, eq, eqP, geP, gtP, isFinite, le, leP, ltP, ne, neP, shiftLeftP, shiftRightArithmeticP, shiftRightLogicalP,
} from '../../primitives/logic.js'
import { align2, alignFloat2, broadcastShape2, foldAxes, optionsOf, refuseDType, spread, toValue } from '../arrays.js'
import { dual } from '../dual.js'
import type { Arg } from '../../types/dtype.js'
import type { Binary, BinaryCounting, Comparison, Predicate, Unary } from '../../types/functions.js'

// ---- comparison ------------------------------------------------------------------------------------------------------

const comparison = (op: string, row: Primitive<null>): Comparison => dual((x: Arg, y: Arg) => bind1(row, align2(op, x, y), null))
/**
 * x = y, as bools; broadcasts and promotes; NaN equals nothing. (jax.numpy.equal)
 * @example np.equal(np.array([1, 2]), 2)   // [false, true]
 */
export const equal = comparison('equal', eqP)
/**
 * x ≠ y, as bools. (jax.numpy.not_equal)
 * @example np.notEqual(np.array([1, 2]), 2)   // [true, false]
 */
export const notEqual = comparison('notEqual', neP)
/**
 * x < y, as bools. Data last, `np.less(2)` asks x < 2. (jax.numpy.less)
 * @example np.less(np.array([1, 2]), 2)   // [true, false]
 */
export const less = comparison('less', ltP)
/**
 * x ≤ y, as bools. (jax.numpy.less_equal)
 * @example np.lessEqual(np.array([1, 2, 3]), 2)   // [true, true, false]
 */
export const lessEqual = comparison('lessEqual', leP)
/**
 * x > y, as bools. (jax.numpy.greater)
 * @example np.greater(np.array([1, 2, 3]), 2)   // [false, false, true]
 */
export const greater = comparison('greater', gtP)
/**
 * x ≥ y, as bools. (jax.numpy.greater_equal)
 * @example np.greaterEqual(np.array([1, 2, 3]), 2)   // [false, true, true]
 */
export const greaterEqual = comparison('greaterEqual', geP)

// ---- logic -----------------------------------------------------------------------------------------------------------

/** What is not zero is true. */
export const truthOf = (x: Value): Value => (x.aval.dtype === 'bool' ? x : ne(x, zeros(x.aval)))
const logical = (op: string, row: Primitive<null>): Comparison => dual((x: Arg, y: Arg) => {
  const a = truthOf(toValue(op, x)), b = truthOf(toValue(op, y))
  const shape = broadcastShape2(op, a.aval, b.aval)
  return bind1(row, [spread(a, shape), spread(b, shape)], null)
})
/**
 * x and y, where what is not zero is true. (jax.numpy.logical_and)
 * @example np.logicalAnd(np.array([true, true]), np.array([true, false]))   // [true, false]
 */
export const logicalAnd = logical('logicalAnd', bitAndP)
/**
 * x or y, where what is not zero is true. (jax.numpy.logical_or)
 * @example np.logicalOr(np.array([false, true]), false)   // [false, true]
 */
export const logicalOr = logical('logicalOr', bitOrP)
/**
 * x or y but not both. (jax.numpy.logical_xor)
 * @example np.logicalXor(np.array([false, true]), true)   // [true, false]
 */
export const logicalXor = logical('logicalXor', bitXorP)
/**
 * True where x is zero. (jax.numpy.logical_not)
 * @example np.logicalNot(np.array([0, 2]))   // [true, false]
 */
export const logicalNot: Predicate = x => bitNot(truthOf(toValue('logicalNot', x)))

// ---- bits ------------------------------------------------------------------------------------------------------------

const bits = (op: string, row: Primitive<null>): Binary => dual((x: Arg, y: Arg) => {
  const both = align2(op, x, y)
  return isFloat(both[0].aval.dtype) ? refuseDType(op, both, 'integers or bools') : bind1(row, both, null)
})
/**
 * Bit by bit and; on bools logical. Floats are a DTypeMismatch. (jax.numpy.bitwise_and)
 * @example np.bitwiseAnd(np.array([6, 5], { dtype: 'i32' }), 3)   // [2, 1]
 */
export const bitwiseAnd = bits('bitwiseAnd', bitAndP)
/**
 * Bit by bit or. (jax.numpy.bitwise_or)
 * @example np.bitwiseOr(np.array([6, 5], { dtype: 'i32' }), 3)   // [7, 7]
 */
export const bitwiseOr = bits('bitwiseOr', bitOrP)
/**
 * Bit by bit exclusive or. (jax.numpy.bitwise_xor)
 * @example np.bitwiseXor(np.array([6, 5], { dtype: 'i32' }), 3)   // [5, 6]
 */
export const bitwiseXor = bits('bitwiseXor', bitXorP)
const inverted = (op: string): Unary => ((x: Arg) => {
  const v = toValue(op, x)
  return isFloat(v.aval.dtype) ? refuseDType(op, [v], 'integers or bools') : bitNot(v)
}) as Unary
/**
 * Every bit turned; on bools logical. (jax.numpy.bitwise_not)
 * @example np.bitwiseNot(np.array([0, 5], { dtype: 'i32' }))   // [-1, -6]
 */
export const bitwiseNot = inverted('bitwiseNot')
/**
 * The same as bitwiseNot. (jax.numpy.invert)
 * @example np.invert(np.array([true, false]))   // [false, true]
 */
export const invert = inverted('invert')
const shift = (op: string, row: (x: Value) => Primitive<null>): BinaryCounting => dual((x: Arg, y: Arg) => {
  const both = align2(op, x, y)
  const [a, b] = both[0].aval.dtype === 'bool' ? both.map(v => convert(v, 'i32')) as [Value, Value] : both
  return isFloat(a.aval.dtype) ? refuseDType(op, [a, b], 'integers') : bind1(row(a), [a, b], null)
})
/**
 * x·2^y in the bits of the dtype: what leaves on the left is lost. (jax.numpy.left_shift)
 * @example np.leftShift(np.array([1, 3], { dtype: 'i32' }), 2)   // [4, 12]
 */
export const leftShift = shift('leftShift', () => shiftLeftP)
/**
 * ⌊x / 2^y⌋: the sign of i32 is kept. (jax.numpy.right_shift)
 * @example np.rightShift(np.array([12, -4], { dtype: 'i32' }), 2)   // [3, -1]
 */
export const rightShift = shift('rightShift', x => (x.aval.dtype === 'i32' ? shiftRightArithmeticP : shiftRightLogicalP))

// ---- nearness --------------------------------------------------------------------------------------------------------

export interface Closeness { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean }
const close = (op: string, x: Arg, y: Arg, options: Closeness | undefined): Value => {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = optionsOf(op, options, ['rtol', 'atol', 'equalNan'])
  const [a, b] = alignFloat2(op, x, y)
  const finite = bitAnd(isFinite(a), isFinite(b))
  const within = le(abs(sub(a, b)), add(constantLike(a, atol), mul(constantLike(a, rtol), abs(b))))
  const near = bitOr(bitAnd(finite, within), eq(a, b))
  return equalNan ? bitOr(near, bitAnd(ne(a, a), ne(b, b))) : near
}
const everywhere = (x: Value): Value<'bool', []> => reduceAnd(x, foldAxes('all', null, x.aval.shape)) as Value<'bool', []>
/**
 * |x - y| ≤ atol + rtol·|y| element by element (rtol 1e-5, atol 1e-8); equal infinities are close. (jax.numpy.isclose)
 * @example np.isclose(np.array([1, 2]), np.array([1, 2.1]))   // [true, false]
 */
export const isclose = (x: Arg, y: Arg, options?: Closeness): Value<'bool'> => close('isclose', x, y, options)
/**
 * Whether all elements are close, as a bool scalar. (jax.numpy.allclose)
 * @example np.allclose(np.array([1, 2]), np.array([1, 2]))   // true
 */
export const allclose = (x: Arg, y: Arg, options?: Closeness): Value<'bool', []> => everywhere(close('allclose', x, y, options))
/**
 * Whether shapes and all elements are equal, as a bool scalar. (jax.numpy.array_equal)
 * @example np.arrayEqual(np.array([1, 2]), np.array([1, 2]))   // true
 */
export const arrayEqual = (x: Arg, y: Arg, options?: { readonly equalNan?: boolean }): Value<'bool', []> => {
  const v = toValue('arrayEqual', x), w = toValue('arrayEqual', y)
  if (!sameShape(v.aval.shape, w.aval.shape)) return scalar(0, 'bool') as unknown as Value<'bool', []>
  const [a, b] = align2('arrayEqual', v, w)
  const { equalNan = false } = optionsOf('arrayEqual', options, ['equalNan'])
  return everywhere(equalNan ? bitOr(eq(a, b), bitAnd(ne(a, a), ne(b, b))) : eq(a, b))
}

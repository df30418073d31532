/** The elementwise functions of `lax`: operands have one shape and one dtype, a number takes both from its neighbour. Nothing is promoted. */
import { isFloat, isInt } from '../../core/dtype.js'
import type { Value } from '../../core/value.js'
import * as arithmetic from '../../primitives/arithmetic.js'
import { ones } from '../../primitives/base.js'
import * as elementary from '../../primitives/elementary.js'
import * as logic from '../../primitives/logic.js'
import { wholeNumber } from '../arrays.js'
import type { DTypeOf, Promoted } from '../../types/dtype.js'
import type { Predicate, Unary } from '../../types/functions.js'
import { type Operand, operand, operands } from './operands.js'

type Two = <X extends Operand, Y extends Operand>(x: X, y: Y) => Value<Promoted<X, Y>>
type Compare = (x: Operand, y: Operand) => Value<'bool'>

const one = (op: string, f: (x: Value) => Value): Unary => ((x: Operand) => f(operand(op, x))) as Unary
const two = (op: string, f: (x: Value, y: Value) => Value): Two => ((x: Operand, y: Operand) => { const [a, b] = operands(op, [x, y]); return f(a!, b!) }) as Two
const { constantLike } = arithmetic

// ---- arithmetic -------------------------------------------------------------------------------------------------------
/**
 * x + y. Integers wrap. (jax.lax.add)
 * @example lax.add(np.array([1, 2]), 10)   // [11, 12]
 */
export const add = two('lax.add', arithmetic.add)
/**
 * x - y. (jax.lax.sub)
 * @example lax.sub(np.array([1, 2]), 10)   // [-9, -8]
 */
export const sub = two('lax.sub', arithmetic.sub)
/**
 * x · y. (jax.lax.mul)
 * @example lax.mul(np.array([1, 2]), 10)   // [10, 20]
 */
export const mul = two('lax.mul', arithmetic.mul)
/**
 * x / y; on integers truncated, by 0 it is -1. (jax.lax.div)
 * @example lax.div(np.array([1, 2]), 10)   // [0.1, 0.2]
 */
export const div = two('lax.div', arithmetic.div)
/**
 * The remainder with the sign of x: x - y·trunc(x/y). (jax.lax.rem)
 * @example lax.rem(np.array([13, -13]), 10)   // [3, -3]
 */
export const rem = two('lax.rem', arithmetic.rem)
/**
 * x^y; an integer y beside a float x is converted. (jax.lax.pow)
 * @example lax.pow(np.array([1, 3]), 2)   // [1, 9]
 */
export const pow: Two = ((x: Operand, y: Operand) => {
  const [a, b] = operands('lax.pow', [x, y]) as [Value, Value]
  return arithmetic.pow(a, isFloat(a.dtype) && isInt(b.dtype) ? arithmetic.convert(b, a.dtype) : b)
}) as Two
/**
 * x^n for a whole number n, by repeated squaring. (jax.lax.integer_pow)
 * @example lax.integerPow(np.array([1, 2]), 3)   // [1, 8]
 */
export const integerPow = <X extends Operand>(x: X, n: number): Value<DTypeOf<X>> =>
  arithmetic.integerPow(operand('lax.integerPow', x), wholeNumber('lax.integerPow', 'n', n, 'lax.pow takes any exponent')) as Value<DTypeOf<X>>
/**
 * -x. (jax.lax.neg)
 * @example lax.neg(np.array([1, -2]))   // [-1, 2]
 */
export const neg = one('lax.neg', arithmetic.neg)
/**
 * |x|. (jax.lax.abs)
 * @example lax.abs(np.array([1, -2]))   // [1, 2]
 */
export const abs = one('lax.abs', arithmetic.abs)
/**
 * -1, 0 or 1. (jax.lax.sign)
 * @example lax.sign(np.array([3, 0, -2]))   // [1, 0, -1]
 */
export const sign = one('lax.sign', logic.sign)
/**
 * x². (jax.lax.square)
 * @example lax.square(np.array([-3]))   // [9]
 */
export const square = one('lax.square', x => arithmetic.mul(x, x))
/**
 * 1/x. (jax.lax.reciprocal)
 * @example lax.reciprocal(np.array([4]))   // [0.25]
 */
export const reciprocal = one('lax.reciprocal', x => arithmetic.div(ones(x.aval), x))
/**
 * The greater of x and y; NaN if one is NaN. Half of the derivative goes to each at a tie. (jax.lax.max)
 * @example lax.max(np.array([1, 3]), 2)   // [2, 3]
 */
export const max = two('lax.max', arithmetic.maximum)
/**
 * The lesser of x and y; NaN if one is NaN. (jax.lax.min)
 * @example lax.min(np.array([1, 3]), 2)   // [1, 2]
 */
export const min = two('lax.min', arithmetic.minimum)
/**
 * The next number from x towards y. (jax.lax.nextafter)
 * @example lax.nextafter(np.array([1]), 2)   // [1.00000012]
 */
export const nextafter = two('lax.nextafter', logic.nextAfter)
export { nextafter as nextAfter }

// ---- rounding ---------------------------------------------------------------------------------------------------------
/**
 * The greatest whole number not above x. (jax.lax.floor)
 * @example lax.floor(np.array([-1.5, 1.5]))   // [-2, 1]
 */
export const floor = one('lax.floor', logic.floor)
/**
 * The least whole number not below x. (jax.lax.ceil)
 * @example lax.ceil(np.array([-1.5, 1.5]))   // [-1, 2]
 */
export const ceil = one('lax.ceil', logic.ceil)
/**
 * The nearest whole number; halves away from zero, or to the even one. (jax.lax.round)
 * @example lax.round(np.array([-2.5, 2.5]))   // [-3, 3]
 * lax.round(np.array([-2.5, 2.5]), { to: 'even' })   // [-2, 2]
 */
export const round = <X extends Operand>(x: X, { to = 'away' }: { readonly to?: 'away' | 'even' } = {}): Value<DTypeOf<X>> => {
  const v = operand('lax.round', x)
  if (to === 'even') return logic.round(v) as Value<DTypeOf<X>>
  const whole = logic.trunc(v)
  const far = logic.ge(arithmetic.abs(arithmetic.sub(v, whole)), constantLike(v, 0.5))
  return arithmetic.select(far, arithmetic.add(whole, logic.sign(v)), whole) as Value<DTypeOf<X>>
}

// ---- functions of real numbers ----------------------------------------------------------------------------------------
/**
 * e^x. (jax.lax.exp)
 * @example lax.exp(np.array([0, -Infinity]))   // [1, 0]
 */
export const exp = one('lax.exp', elementary.exp)
/**
 * e^x - 1, accurate near 0. (jax.lax.expm1)
 * @example lax.expm1(np.array([0, -Infinity]))   // [0, -1]
 */
export const expm1 = one('lax.expm1', elementary.expm1)
/**
 * log(1 + x), accurate near 0. (jax.lax.log1p)
 * @example lax.log1p(np.array([0, -1]))   // [0, -Infinity]
 */
export const log1p = one('lax.log1p', elementary.log1p)
/**
 * √x; NaN below 0. (jax.lax.sqrt)
 * @example lax.sqrt(np.array([4, 9]))   // [2, 3]
 */
export const sqrt = one('lax.sqrt', elementary.sqrt)
/**
 * 1/√x. (jax.lax.rsqrt)
 * @example lax.rsqrt(np.array([4, 0]))   // [0.5, Infinity]
 */
export const rsqrt = one('lax.rsqrt', elementary.rsqrt)
/**
 * ∛x. (jax.lax.cbrt)
 * @example lax.cbrt(np.array([8, -27]))   // [2, -3]
 */
export const cbrt = one('lax.cbrt', elementary.cbrt)
/**
 * 1/(1 + e^-x). (jax.lax.logistic)
 * @example lax.logistic(np.array([0, 100]))   // [0.5, 1]
 */
export const logistic = one('lax.logistic', elementary.logistic)
/**
 * The sine. (jax.lax.sin)
 * @example lax.sin(np.array([0]))   // [0]
 */
export const sin = one('lax.sin', elementary.sin)
/**
 * The cosine. (jax.lax.cos)
 * @example lax.cos(np.array([0]))   // [1]
 */
export const cos = one('lax.cos', elementary.cos)
/**
 * The tangent. (jax.lax.tan)
 * @example lax.tan(np.array([0]))   // [0]
 */
export const tan = one('lax.tan', elementary.tan)
/**
 * The inverse sine. (jax.lax.asin)
 * @example lax.asin(np.array([0]))   // [0]
 */
export const asin = one('lax.asin', elementary.asin)
/**
 * The inverse cosine. (jax.lax.acos)
 * @example lax.acos(np.array([1]))   // [0]
 */
export const acos = one('lax.acos', elementary.acos)
/**
 * The inverse tangent. (jax.lax.atan)
 * @example lax.atan(np.array([0]))   // [0]
 */
export const atan = one('lax.atan', elementary.atan)
/**
 * The hyperbolic sine. (jax.lax.sinh)
 * @example lax.sinh(np.array([0]))   // [0]
 */
export const sinh = one('lax.sinh', elementary.sinh)
/**
 * The hyperbolic cosine. (jax.lax.cosh)
 * @example lax.cosh(np.array([0]))   // [1]
 */
export const cosh = one('lax.cosh', elementary.cosh)
/**
 * The hyperbolic tangent. (jax.lax.tanh)
 * @example lax.tanh(np.array([0, 100]))   // [0, 1]
 */
export const tanh = one('lax.tanh', elementary.tanh)
/**
 * The inverse hyperbolic sine. (jax.lax.asinh)
 * @example lax.asinh(np.array([0]))   // [0]
 */
export const asinh = one('lax.asinh', elementary.asinh)
/**
 * The inverse hyperbolic cosine. (jax.lax.acosh)
 * @example lax.acosh(np.array([1]))   // [0]
 */
export const acosh = one('lax.acosh', elementary.acosh)
/**
 * The inverse hyperbolic tangent. (jax.lax.atanh)
 * @example lax.atanh(np.array([0, 1]))   // [0, Infinity]
 */
export const atanh = one('lax.atanh', elementary.atanh)
/**
 * 2/√π ∫₀ˣ e^(-t²) dt. (jax.lax.erf)
 * @example lax.erf(np.array([0, Infinity]))   // [0, 1]
 */
export const erf = one('lax.erf', elementary.erf)
/**
 * 1 - erf x, accurate where it is small. (jax.lax.erfc)
 * @example lax.erfc(np.array([0, Infinity]))   // [1, 0]
 */
export const erfc = one('lax.erfc', elementary.erfc)
/**
 * The inverse of erf. (jax.lax.erf_inv)
 * @example lax.erfInv(np.array([0, 1]))   // [0, Infinity]
 */
export const erfInv = one('lax.erfInv', elementary.erfInv)
/**
 * log |Γ(x)|. (jax.lax.lgamma)
 * @example lax.lgamma(np.array([1, 2]))   // [0, 0]
 */
export const lgamma = one('lax.lgamma', elementary.lgamma)
/**
 * The derivative of lgamma. (jax.lax.digamma)
 * @example lax.digamma(np.array([1]))   // [-0.57721567]
 */
export const digamma = one('lax.digamma', elementary.digamma)
/**
 * The natural logarithm. (jax.lax.log)
 * @example lax.log(np.array([1, 0]))   // [0, -Infinity]
 */
export const log = one('lax.log', arithmetic.log)
/**
 * 2^x. (jax.lax.exp2)
 * @example lax.exp2(np.array([3, -1]))   // [8, 0.5]
 */
export const exp2 = one('lax.exp2', x => arithmetic.pow(constantLike(x, 2), x))
/**
 * The n-th derivative of digamma, for a whole number n >= 0. (jax.lax.polygamma)
 * @example lax.polygamma(1, np.array([1]))   // [1.6449341]
 */
export const polygamma = <X extends Operand>(n: number, x: X): Value<DTypeOf<X>> => {
  const order = wholeNumber('lax.polygamma', 'n', n)
  return (order === 0 ? elementary.digamma(operand('lax.polygamma', x)) : elementary.polygamma(order, operand('lax.polygamma', x))) as Value<DTypeOf<X>>
}
/**
 * The angle of the point (x, y), given y and x. (jax.lax.atan2)
 * @example lax.atan2(np.array([0]), 1)   // [0]
 */
export const atan2 = two('lax.atan2', elementary.atan2)

// ---- comparison and choice --------------------------------------------------------------------------------------------
/**
 * x = y. (jax.lax.eq)
 * @example lax.eq(np.array([1, 2, 3]), 2)   // [false, true, false]
 */
export const eq = two('lax.eq', logic.eq) as Compare
/**
 * x ≠ y. (jax.lax.ne)
 * @example lax.ne(np.array([1, 2, 3]), 2)   // [true, false, true]
 */
export const ne = two('lax.ne', logic.ne) as Compare
/**
 * x < y. (jax.lax.lt)
 * @example lax.lt(np.array([1, 2, 3]), 2)   // [true, false, false]
 */
export const lt = two('lax.lt', logic.lt) as Compare
/**
 * x ≤ y. (jax.lax.le)
 * @example lax.le(np.array([1, 2, 3]), 2)   // [true, true, false]
 */
export const le = two('lax.le', logic.le) as Compare
/**
 * x > y. (jax.lax.gt)
 * @example lax.gt(np.array([1, 2, 3]), 2)   // [false, false, true]
 */
export const gt = two('lax.gt', logic.gt) as Compare
/**
 * x ≥ y. (jax.lax.ge)
 * @example lax.ge(np.array([1, 2, 3]), 2)   // [false, true, true]
 */
export const ge = two('lax.ge', logic.ge) as Compare
/**
 * Neither infinite nor NaN. (jax.lax.is_finite)
 * @example lax.isFinite(np.array([1, NaN]))   // [true, false]
 */
export const isFinite = one('lax.isFinite', logic.isFinite) as Predicate

// ---- bits -------------------------------------------------------------------------------------------------------------
/**
 * And, bit by bit; logical on bools. (jax.lax.bitwise_and)
 * @example lax.bitwiseAnd(np.array([6], { dtype: 'i32' }), 3)   // [2]
 */
export const bitwiseAnd = two('lax.bitwiseAnd', logic.bitAnd)
/**
 * Or, bit by bit. (jax.lax.bitwise_or)
 * @example lax.bitwiseOr(np.array([6], { dtype: 'i32' }), 3)   // [7]
 */
export const bitwiseOr = two('lax.bitwiseOr', logic.bitOr)
/**
 * Exclusive or, bit by bit. (jax.lax.bitwise_xor)
 * @example lax.bitwiseXor(np.array([6], { dtype: 'i32' }), 3)   // [5]
 */
export const bitwiseXor = two('lax.bitwiseXor', logic.bitXor)
/**
 * Not, bit by bit. (jax.lax.bitwise_not)
 * @example lax.bitwiseNot(np.array([0], { dtype: 'i32' }))   // [-1]
 */
export const bitwiseNot = one('lax.bitwiseNot', logic.bitNot)
/**
 * x · 2^y by shifting; 0 from the width on. (jax.lax.shift_left)
 * @example lax.shiftLeft(np.array([-4], { dtype: 'i32' }), 1)   // [-8]
 */
export const shiftLeft = two('lax.shiftLeft', logic.shiftLeft)
/**
 * Shifted to the right, zeros in front. (jax.lax.shift_right_logical)
 * @example lax.shiftRightLogical(np.array([-4], { dtype: 'i32' }), 1)   // [2147483646]
 */
export const shiftRightLogical = two('lax.shiftRightLogical', logic.shiftRightLogical)
/**
 * Shifted to the right, the sign kept. (jax.lax.shift_right_arithmetic)
 * @example lax.shiftRightArithmetic(np.array([-4], { dtype: 'i32' }), 1)   // [-2]
 */
export const shiftRightArithmetic = two('lax.shiftRightArithmetic', logic.shiftRightArithmetic)
/**
 * The number of ones among the bits. (jax.lax.population_count)
 * @example lax.populationCount(np.array([7, -1], { dtype: 'i32' }))   // [3, 32]
 */
export const populationCount = one('lax.populationCount', logic.populationCount)
/**
 * The number of zeros before the first one among the bits. (jax.lax.clz)
 * @example lax.clz(np.array([1, -1], { dtype: 'i32' }))   // [31, 0]
 */
export const clz = one('lax.clz', logic.clz)

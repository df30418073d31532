/** Signs, roundings, and the parts that a number is made of. */
import { isFloat, limits } from '../../core/dtype.js'
import { bind1 } from '../../core/interp.js'
import type { Primitive } from '../../core/primitive.js'
import type { Value } from '../../core/value.js'
import { abs as absOf, absP, add, constantLike, convert, div, maximum, mul, neg, negP, pow, select, sub } from '../../primitives/arithmetic.js'
import { ones, zeros } from '../../primitives/base.js'
import { exp, log1p } from '../../primitives/elementary.js'
import {
  bitOr, ceilP, eq, floorP, gt, lt, ne, nextAfterP, round as roundOf, roundP, signP, stopGradientOf, trunc as truncOf, truncP,
} from '../../primitives/logic.js'
import { alignFloat2, optionsOf, refuseDType, toFloat, toNumber, toValue, wholeNumber } from '../arrays.js'
import { dual } from '../dual.js'
import type { Arg, DTypeOf, InexactOf } from '../../types/dtype.js'
import type { BinaryFloat, Predicate, Unary, UnaryFloat } from '../../types/functions.js'

// ---- sign ------------------------------------------------------------------------------------------------------------

const signed = (op: string, row: Primitive<null>): Unary => ((x: Arg) => {
  const v = toValue(op, x)
  return v.aval.dtype === 'bool' ? refuseDType(op, [v], 'numbers', 'np.logicalNot negates truth values') : bind1(row, [v], null)
}) as Unary
/**
 * -x. Keeps the dtype; u32 wraps; bool is a DTypeMismatch. (jax.numpy.negative)
 * @example np.negative(np.array([1, -2]))   // [-1, 2]
 */
export const negative = signed('negative', negP)
/**
 * x itself. (jax.numpy.positive)
 * @example np.positive(np.array([1, -2]))   // [1, -2]
 */
export const positive: Unary = ((x: Arg) => toValue('positive', x)) as Unary
const absolutely = (op: string): Unary => ((x: Arg) => {
  const v = toValue(op, x)
  return v.aval.dtype === 'bool' ? v : bind1(absP, [v], null)
}) as Unary
/**
 * |x|. Keeps the dtype; the derivative at 0 is 0. (jax.numpy.abs)
 * @example np.abs(np.array([1, -2]))   // [1, 2]
 */
export const abs = absolutely('abs')
/**
 * The same as abs. (jax.numpy.absolute)
 * @example np.absolute(np.array([1, -2]))   // [1, 2]
 */
export const absolute = absolutely('absolute')
/**
 * |x| in floats. (jax.numpy.fabs)
 * @example np.fabs(np.array([1, -2]))   // [1, 2]
 */
export const fabs: UnaryFloat = ((x: Arg) => absOf(toFloat('fabs', x))) as UnaryFloat
/**
 * -1, 0 or 1; NaN for NaN. Keeps the dtype; bool is a DTypeMismatch. (jax.numpy.sign)
 * @example np.sign(np.array([-3, 0, 2]))   // [-1, 0, 1]
 */
export const sign = signed('sign', signP)
/** Of the two zeros, 1/x tells which. */
const negativeBit = (x: Value): Value => {
  const zero = zeros(x.aval)
  return x.aval.dtype === 'u32' ? lt(x, zero) : isFloat(x.aval.dtype) ? bitOr(lt(x, zero), lt(div(ones(x.aval), x), zero)) : lt(x, zero)
}
/**
 * True where the sign is negative, also of -0; false for NaN. (jax.numpy.signbit)
 * @example np.signbit(np.array([-1, -0, 0]))   // [true, true, false]
 */
export const signbit: Predicate = x => negativeBit(toNumber('signbit', x))
/**
 * |x| with the sign of y. (jax.numpy.copysign)
 * @example np.copysign(np.array([1, -2]), -1)   // [-1, -2]
 */
export const copysign: BinaryFloat = dual((x: Arg, y: Arg) => {
  const [a, b] = alignFloat2('copysign', x, y)
  const size = absOf(a)
  return select(negativeBit(b), neg(size), size)
})
/**
 * 0 below 0, 1 above, y at 0, NaN at NaN. (jax.numpy.heaviside)
 * @example np.heaviside(np.array([-1, 0, 1]), 0.5)   // [0, 0.5, 1]
 */
export const heaviside: BinaryFloat = dual((x: Arg, y: Arg) => {
  const [a, b] = alignFloat2('heaviside', x, y)
  const zero = zeros(a.aval), one = ones(a.aval)
  return select(lt(a, zero), zero, select(gt(a, zero), one, select(eq(a, zero), b, a)))
})

// ---- rounding --------------------------------------------------------------------------------------------------------

const rounding = (op: string, row: Primitive<null>): Unary => ((x: Arg) => {
  const v = toValue(op, x)
  return isFloat(v.aval.dtype) ? bind1(row, [v], null) : v
}) as Unary
/**
 * The greatest whole number not above x; integers stay as they are. The derivative is 0. (jax.numpy.floor)
 * @example np.floor(np.array([1.5, -1.5]))   // [1, -2]
 */
export const floor = rounding('floor', floorP)
/**
 * The least whole number not below x; integers stay as they are. (jax.numpy.ceil)
 * @example np.ceil(np.array([1.5, -1.5]))   // [2, -1]
 */
export const ceil = rounding('ceil', ceilP)
/**
 * The whole number towards 0; integers stay as they are. (jax.numpy.trunc)
 * @example np.trunc(np.array([1.5, -1.5]))   // [1, -1]
 */
export const trunc = rounding('trunc', truncP)
/**
 * The same as trunc. (jax.numpy.fix)
 * @example np.fix(np.array([1.5, -1.5]))   // [1, -1]
 */
export const fix = rounding('fix', truncP)
/**
 * The nearest whole number, halves to the even one; in floats. (jax.numpy.rint)
 * @example np.rint(np.array([0.5, 1.5]))   // [0, 2]
 */
export const rint: UnaryFloat = ((x: Arg) => roundOf(toFloat('rint', x))) as UnaryFloat
/**
 * Rounded to so many decimals, halves to the even digit; `decimals` may be negative for floats. Integers stay as they are.
 * (jax.numpy.round)
 * @example np.round(np.array([1.5, 2.5]))   // [2, 2]
 */
export const round = <X extends Arg>(x: X, options?: { readonly decimals?: number } | number): Value<DTypeOf<X>> => {
  const decimals = wholeNumber('round', 'decimals', typeof options === 'number' ? options : optionsOf('round', options, ['decimals']).decimals ?? 0)
  const v = toValue('round', x)
  if (!isFloat(v.aval.dtype)) return decimals >= 0 ? v : refuseDType('round', [v], 'floats, because decimals is negative')
  if (decimals === 0) return bind1(roundP, [v], null)
  const factor = constantLike(v, 10 ** decimals)
  return div(roundOf(mul(v, factor)), factor)
}
/**
 * The fraction and the whole part, both with the sign of x. (jax.numpy.modf)
 * @example np.modf(np.array([1.5, -2.25]))   // [[0.5, -0.25], [1, -2]]
 */
export const modf = <X extends Arg>(x: X): readonly [Value<InexactOf<X>>, Value<InexactOf<X>>] => {
  const v = toFloat('modf', x)
  const whole = truncOf(v)
  const infinite = eq(absOf(v), constantLike(v, Infinity))
  return [select(infinite, zeros(v.aval), sub(v, whole)), whole]
}
/**
 * The next float after x in the direction of y. (jax.numpy.nextafter)
 * @example np.nextafter(np.array([0], { dtype: 'f64' }), 1)   // [5e-324]
 */
export const nextafter: BinaryFloat = dual((x: Arg, y: Arg) => bind1(nextAfterP, alignFloat2('nextafter', x, y), null))
/**
 * x·2^y for whole y. (jax.numpy.ldexp)
 * @example np.ldexp(np.array([1.5]), 2)   // [6]
 */
export const ldexp: BinaryFloat = dual((x: Arg, y: Arg) => {
  const [a, b] = alignFloat2('ldexp', x, y)
  return mul(a, stopGradientOf(pow(constantLike(b, 2), b)))
})

// ---- logarithms of sums ----------------------------------------------------------------------------------------------

/**
 * log(e^x + e^y) without overflow. With s = e^(x - out) and t = e^(y - out) as the shares, D is s·ẋ + t·ẏ in every order:
 * the value is written as a constant v plus log(e^(x-v) + e^(y-v)), which is 0 at that point.
 */
const logSum = (x: Value, y: Value): Value => {
  const a = stopGradientOf(x), b = stopGradientOf(y)
  const gap = sub(a, b)
  const v = select(ne(gap, gap), add(a, b), add(maximum(a, b), log1p(exp(neg(absOf(gap))))))
  const finite = select(eq(absOf(v), constantLike(v, Infinity)), zeros(v.aval), v)
  const shares = add(exp(sub(x, finite)), exp(sub(y, finite)))
  const known = stopGradientOf(shares)
  // log(u) where u = known: (u - known)/known + 0 would lose the second order, log1p keeps every one
  const flat = bitOr(eq(known, zeros(v.aval)), eq(known, constantLike(v, Infinity)))
  return select(flat, v, add(v, log1p(div(sub(shares, known), select(flat, ones(v.aval), known)))))
}
/**
 * log(e^x + e^y) without overflow. (jax.numpy.logaddexp)
 * @example np.logaddexp(np.array([-Infinity]), 0)   // [0]
 */
export const logaddexp: BinaryFloat = dual((x: Arg, y: Arg) => logSum(...alignFloat2('logaddexp', x, y)))
/**
 * log2(2^x + 2^y) without overflow. (jax.numpy.logaddexp2)
 * @example np.logaddexp2(np.array([3]), 3)   // [4]
 */
export const logaddexp2: BinaryFloat = dual((x: Arg, y: Arg) => {
  const [a, b] = alignFloat2('logaddexp2', x, y)
  const c = constantLike(a, Math.LN2)
  return div(logSum(mul(a, c), mul(b, c)), c)
})

// ---- what a number is ------------------------------------------------------------------------------------------------

const truths = (x: Value, value: boolean): Value => convert(value ? ones(x.aval) : zeros(x.aval), 'bool')
const ofFloat = (op: string, whole: boolean, test: (x: Value) => Value): Predicate => x => {
  const v = toValue(op, x)
  return isFloat(v.aval.dtype) ? test(v) : truths(v, whole)
}
/**
 * True where x is not a number. (jax.numpy.isnan)
 * @example np.isnan(np.array([1, NaN]))   // [false, true]
 */
export const isnan = ofFloat('isnan', false, x => ne(x, x))
/**
 * True where x is infinite, of either sign. (jax.numpy.isinf)
 * @example np.isinf(np.array([1, -Infinity, NaN]))   // [false, true, false]
 */
export const isinf = ofFloat('isinf', false, x => eq(absOf(x), constantLike(x, Infinity)))
/**
 * True where x is neither infinite nor NaN. (jax.numpy.isfinite)
 * @example np.isfinite(np.array([1, -Infinity, NaN]))   // [true, false, false]
 */
export const isfinite = ofFloat('isfinite', true, x => lt(absOf(x), constantLike(x, Infinity)))
/**
 * True where x is Infinity. (jax.numpy.isposinf)
 * @example np.isposinf(np.array([Infinity, -Infinity]))   // [true, false]
 */
export const isposinf = ofFloat('isposinf', false, x => eq(x, constantLike(x, Infinity)))
/**
 * True where x is -Infinity. (jax.numpy.isneginf)
 * @example np.isneginf(np.array([Infinity, -Infinity]))   // [false, true]
 */
export const isneginf = ofFloat('isneginf', false, x => eq(x, constantLike(x, -Infinity)))
/**
 * NaN becomes `nan` (0), the infinities the greatest finite numbers unless given. (jax.numpy.nan_to_num)
 * @example np.nanToNum(np.array([1, NaN, Infinity]), { posinf: 9 })   // [1, 0, 9]
 */
export const nanToNum = <X extends Arg>(x: X, options?: { readonly nan?: number; readonly posinf?: number; readonly neginf?: number }): Value<DTypeOf<X>> => {
  const v = toValue('nanToNum', x)
  if (!isFloat(v.aval.dtype)) return v
  const { nan, posinf, neginf } = optionsOf('nanToNum', options, ['nan', 'posinf', 'neginf'])
  const greatest = limits[v.aval.dtype].greatest
  const known = select(ne(v, v), constantLike(v, nan ?? 0), v)
  const below = select(eq(known, constantLike(v, Infinity)), constantLike(v, posinf ?? greatest), known)
  return select(eq(below, constantLike(v, -Infinity)), constantLike(v, neginf ?? -greatest), below)
}

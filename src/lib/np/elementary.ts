/** Functions of one real number, element by element: floats keep their dtype, integers and bools give f32. */
import { bind1 } from '../../core/interp.js'
import type { Primitive } from '../../core/primitive.js'
import type { Value } from '../../core/value.js'
import { add, constantLike, div, logP, mul, pow, scale, select, sub } from '../../primitives/arithmetic.js'
import { ones } from '../../primitives/base.js'
import {
  acoshP, acosP, asinhP, asinP, atan2P, atanhP, atanP, cbrtP, coshP, cosP, expm1P, expP, log1pP, sin as sinOf, sinhP, sinP, sqrtP, tanhP, tanP,
} from '../../primitives/elementary.js'
import { lt } from '../../primitives/logic.js'
import { alignFloat2, toFloat, toNumber } from '../arrays.js'
import { dual } from '../dual.js'
import type { Arg } from '../../types/dtype.js'
import type { BinaryFloat, UnaryCounting, UnaryFloat } from '../../types/functions.js'

const real = (op: string, row: Primitive<null>): UnaryFloat => ((x: Arg) => bind1(row, [toFloat(op, x)], null)) as UnaryFloat
const scaled = (op: string, c: number): UnaryFloat => ((x: Arg) => scale(c, toFloat(op, x))) as UnaryFloat

// ---- exponential and logarithm ---------------------------------------------------------------------------------------

/**
 * e^x. (jax.numpy.exp)
 * @example np.exp(np.array([0, -Infinity]))   // [1, 0]
 */
export const exp = real('exp', expP)
/**
 * 2^x. (jax.numpy.exp2)
 * @example np.exp2(np.array([3, -1]))   // [8, 0.5]
 */
export const exp2: UnaryFloat = ((x: Arg) => { const v = toFloat('exp2', x); return pow(constantLike(v, 2), v) }) as UnaryFloat
/**
 * e^x - 1, accurate near 0. (jax.numpy.expm1)
 * @example np.expm1(np.array([0, -Infinity]))   // [0, -1]
 */
export const expm1 = real('expm1', expm1P)
/**
 * The natural logarithm: -Infinity at 0, NaN below. (jax.numpy.log)
 * @example np.log(np.array([1, 0]))   // [0, -Infinity]
 */
export const log = real('log', logP)
/**
 * log(1 + x), accurate near 0. (jax.numpy.log1p)
 * @example np.log1p(np.array([0, -1]))   // [0, -Infinity]
 */
export const log1p = real('log1p', log1pP)
const logarithm = (op: string, base: number): UnaryFloat => ((x: Arg) => {
  const y = bind1(logP, [toFloat(op, x)], null)
  return div(y, constantLike(y, Math.log(base)))
}) as UnaryFloat
/**
 * The logarithm to base 2. (jax.numpy.log2)
 * @example np.log2(np.array([1, 8]))   // [0, 3]
 */
export const log2 = logarithm('log2', 2)
/**
 * The logarithm to base 10. (jax.numpy.log10)
 * @example np.log10(np.array([1, 10]))   // [0, 1]
 */
export const log10 = logarithm('log10', 10)

// ---- powers and roots ------------------------------------------------------------------------------------------------

/**
 * √x: NaN below 0. (jax.numpy.sqrt)
 * @example np.sqrt(np.array([4, 9]))   // [2, 3]
 */
export const sqrt = real('sqrt', sqrtP)
/**
 * The real cube root, also of negative numbers. (jax.numpy.cbrt)
 * @example np.cbrt(np.array([8, -27]))   // [2, -3]
 */
export const cbrt = real('cbrt', cbrtP)
/**
 * x². Keeps the dtype; bools become i32. (jax.numpy.square)
 * @example np.square(np.array([2, -3]))   // [4, 9]
 */
export const square: UnaryCounting = ((x: Arg) => { const v = toNumber('square', x); return mul(v, v) }) as UnaryCounting
/**
 * 1 / x, in floats. (jax.numpy.reciprocal)
 * @example np.reciprocal(np.array([2, 4]))   // [0.5, 0.25]
 */
export const reciprocal: UnaryFloat = ((x: Arg) => { const v = toFloat('reciprocal', x); return div(ones(v.aval), v) }) as UnaryFloat

// ---- angles ----------------------------------------------------------------------------------------------------------

/**
 * The sine of an angle in radians. (jax.numpy.sin)
 * @example np.sin(np.array([0]))   // [0]
 */
export const sin = real('sin', sinP)
/**
 * The cosine of an angle in radians. (jax.numpy.cos)
 * @example np.cos(np.array([0]))   // [1]
 */
export const cos = real('cos', cosP)
/**
 * The tangent of an angle in radians. (jax.numpy.tan)
 * @example np.tan(np.array([0]))   // [0]
 */
export const tan = real('tan', tanP)
/**
 * The angle in [-π/2, π/2] whose sine is x; NaN outside [-1, 1]. (jax.numpy.arcsin)
 * @example np.arcsin(np.array([0]))   // [0]
 */
export const arcsin = real('arcsin', asinP)
/**
 * The angle in [0, π] whose cosine is x; NaN outside [-1, 1]. (jax.numpy.arccos)
 * @example np.arccos(np.array([1]))   // [0]
 */
export const arccos = real('arccos', acosP)
/**
 * The angle in (-π/2, π/2) whose tangent is x. (jax.numpy.arctan)
 * @example np.arctan(np.array([0]))   // [0]
 */
export const arctan = real('arctan', atanP)
/**
 * The same as arcsin. (jax.numpy.asin)
 * @example np.asin(np.array([0]))   // [0]
 */
export const asin = real('asin', asinP)
/**
 * The same as arccos. (jax.numpy.acos)
 * @example np.acos(np.array([1]))   // [0]
 */
export const acos = real('acos', acosP)
/**
 * The same as arctan. (jax.numpy.atan)
 * @example np.atan(np.array([0]))   // [0]
 */
export const atan = real('atan', atanP)
/**
 * The angle of the point (x, y) in [-π, π]; operands y, x. Data last, `np.arctan2(x)` awaits y. (jax.numpy.arctan2)
 * @example np.arctan2(np.array([0, 0]), np.array([1, 2]))   // [0, 0]
 */
export const arctan2: BinaryFloat = dual((y: Arg, x: Arg) => bind1(atan2P, alignFloat2('arctan2', y, x), null))
/**
 * The same as arctan2. (jax.numpy.atan2)
 * @example np.atan2(0, 1)   // 0
 */
export const atan2: BinaryFloat = dual((y: Arg, x: Arg) => bind1(atan2P, alignFloat2('atan2', y, x), null))
/**
 * Degrees to radians. (jax.numpy.deg2rad)
 * @example np.deg2rad(np.array([0]))   // [0]
 */
export const deg2rad = scaled('deg2rad', Math.PI / 180)
/**
 * The same as deg2rad. (jax.numpy.radians)
 * @example np.radians(np.array([0]))   // [0]
 */
export const radians = scaled('radians', Math.PI / 180)
/**
 * Radians to degrees. (jax.numpy.rad2deg)
 * @example np.rad2deg(np.array([np.pi], { dtype: 'f64' }))   // [180]
 */
export const rad2deg = scaled('rad2deg', 180 / Math.PI)
/**
 * The same as rad2deg. (jax.numpy.degrees)
 * @example np.degrees(np.array([np.pi], { dtype: 'f64' }))   // [180]
 */
export const degrees = scaled('degrees', 180 / Math.PI)

// ---- hyperbolic ------------------------------------------------------------------------------------------------------

/**
 * (e^x - e^-x) / 2. (jax.numpy.sinh)
 * @example np.sinh(np.array([0]))   // [0]
 */
export const sinh = real('sinh', sinhP)
/**
 * (e^x + e^-x) / 2. (jax.numpy.cosh)
 * @example np.cosh(np.array([0]))   // [1]
 */
export const cosh = real('cosh', coshP)
/**
 * sinh x / cosh x. (jax.numpy.tanh)
 * @example np.tanh(np.array([0, Infinity]))   // [0, 1]
 */
export const tanh = real('tanh', tanhP)
/**
 * The inverse of sinh. (jax.numpy.arcsinh)
 * @example np.arcsinh(np.array([0]))   // [0]
 */
export const arcsinh = real('arcsinh', asinhP)
/**
 * The inverse of cosh; NaN below 1. (jax.numpy.arccosh)
 * @example np.arccosh(np.array([1]))   // [0]
 */
export const arccosh = real('arccosh', acoshP)
/**
 * The inverse of tanh; infinite at ±1, NaN outside. (jax.numpy.arctanh)
 * @example np.arctanh(np.array([0, 1]))   // [0, Infinity]
 */
export const arctanh = real('arctanh', atanhP)
/**
 * The same as arcsinh. (jax.numpy.asinh)
 * @example np.asinh(np.array([0]))   // [0]
 */
export const asinh = real('asinh', asinhP)
/**
 * The same as arccosh. (jax.numpy.acosh)
 * @example np.acosh(np.array([1]))   // [0]
 */
export const acosh = real('acosh', acoshP)
/**
 * The same as arctanh. (jax.numpy.atanh)
 * @example np.atanh(np.array([0]))   // [0]
 */
export const atanh = real('atanh', atanhP)

// ---- sinc ------------------------------------------------------------------------------------------------------------

/** Σ (-1)^k z^k / (2k + 1)!, z = u²: for |u| < 1/2 eight terms are exact to f64, and so are the first derivatives. */
const sincSeries = (z: Value): Value => {
  let factorial = 1
  const coefficients = Array.from({ length: 10 }, (_, k) => {
    if (k > 0) factorial *= 2 * k * (2 * k + 1)
    return (k % 2 === 0 ? 1 : -1) / factorial
  })
  return coefficients.slice(0, -1).reduceRight<Value>((sum, c) => add(constantLike(z, c), mul(z, sum)), constantLike(z, coefficients.at(-1)!))
}
/**
 * sin(πx) / (πx), and 1 at 0, with every derivative there. (jax.numpy.sinc)
 * @example np.sinc(np.array([0]))   // [1]
 */
export const sinc: UnaryFloat = ((x: Arg) => {
  const u = scale(Math.PI, toFloat('sinc', x))
  const z = mul(u, u)
  const near = lt(z, constantLike(z, 0.25))
  // each branch is fed a harmless number where the other is chosen, so that no NaN reaches a derivative
  const away = select(near, ones(u.aval), u)
  return select(near, sincSeries(select(near, z, sub(z, z))), div(sinOf(away), away))
}) as UnaryFloat

/** Draws from continuous distributions: each is a smooth function of uniform numbers, bit for bit JAX's up to the functions themselves. */
import { aval, type Shape } from '../../core/aval.js'
import { type FloatDType, limits } from '../../core/dtype.js'
import { type Value } from '../../core/value.js'
import { abs, div, log, maximum, minimum, mul, neg, sub } from '../../primitives/arithmetic.js'
import { full } from '../../primitives/base.js'
import { erf, erfInv, log1p, tan } from '../../primitives/elementary.js'
import { nextAfter, sign, stopGradientOf } from '../../primitives/logic.js'
import { broadcastShape2, optionsOf, shapeOf, toValue } from '../arrays.js'
import { everywhere, type Operand } from '../lax/operands.js'
import { between, type DrawOptions, floatDType } from './uniform.js'

const aboveMinusOne = (d: FloatDType): number => limits[d].eps / 2 - 1
const times = (x: Value, c: number): Value => mul(x, full(c, x.aval))

/**
 * Standard normal numbers, √2·erfInv(u) for u uniform in (-1, 1) (JAX: `jax.random.normal`).
 *
 * @example
 * random.normal(random.key(0), [3]).shape   // [3]
 */
export const normal = (key: Value, shape: Shape = [], options: DrawOptions = {}): Value => {
  const d = floatDType('random.normal', optionsOf('random.normal', options, ['dtype', 'legacy']).dtype)
  return times(erfInv(between('random.normal', key, shape, d, aboveMinusOne(d), 1, options.legacy)), Math.SQRT2)
}

/**
 * Standard normal numbers within bounds (JAX: `jax.random.truncated_normal`). The bounds are numbers or arrays; the shape is
 * theirs where it is not given.
 *
 * @example
 * random.truncatedNormal(random.key(0), -2, 2, [3]).shape   // [3]
 */
export const truncatedNormal = (key: Value, lower: Operand, upper: Operand, shape?: Shape, options: DrawOptions = {}): Value => {
  const op = 'random.truncatedNormal', d = floatDType(op, optionsOf(op, options, ['dtype', 'legacy']).dtype)
  const type = aval(d, shape === undefined ? broadcastShape2(op, toValue(op, lower).aval, toValue(op, upper).aval) : shapeOf(op, shape))
  const lo = everywhere(op, lower, type), hi = everywhere(op, upper, type)
  const root2 = full(Math.SQRT2, type)
  const u = between(op, key, type.shape, d, erf(overRoot2(lo)), erf(overRoot2(hi)), options.legacy)
  const least = nextAfter(stopGradientOf(lo), full(Infinity, type)), most = nextAfter(stopGradientOf(hi), full(-Infinity, type))
  return minimum(maximum(mul(root2, erfInv(u)), least), most)
}
const overRoot2 = (x: Value): Value => div(x, full(Math.SQRT2, x.aval))

/**
 * Exponential numbers of rate 1 (JAX: `jax.random.exponential`).
 *
 * @example
 * random.exponential(random.key(0), [3]).shape   // [3]
 */
export const exponential = (key: Value, shape: Shape = [], options: DrawOptions = {}): Value =>
  neg(log1p(neg(between('random.exponential', key, shape, floatDType('random.exponential', optionsOf('random.exponential', options, ['dtype', 'legacy']).dtype), 0, 1, options.legacy))))

/** -log(-log u) for u uniform in [tiny, 1). */
export const gumbelOf = (op: string, key: Value, shape: Shape, d: FloatDType, legacy?: boolean): Value =>
  neg(log(neg(log(between(op, key, shape, d, limits[d].tiny, 1, legacy)))))
/**
 * Standard Gumbel numbers, -log(-log u) (JAX: `jax.random.gumbel`).
 *
 * @example
 * random.gumbel(random.key(0), [3]).shape   // [3]
 */
export const gumbel = (key: Value, shape: Shape = [], options: DrawOptions = {}): Value =>
  gumbelOf('random.gumbel', key, shape, floatDType('random.gumbel', optionsOf('random.gumbel', options, ['dtype', 'legacy']).dtype), options.legacy)

/**
 * Standard Laplace numbers, of density e^(-|x|)/2 (JAX: `jax.random.laplace`).
 *
 * @example
 * random.laplace(random.key(0), [3]).shape   // [3]
 */
export const laplace = (key: Value, shape: Shape = [], options: DrawOptions = {}): Value => {
  const d = floatDType('random.laplace', optionsOf('random.laplace', options, ['dtype', 'legacy']).dtype)
  const u = between('random.laplace', key, shape, d, aboveMinusOne(d), 1, options.legacy)
  return mul(sign(u), log1p(neg(abs(u))))
}

/**
 * Standard logistic numbers, log u - log(1 - u) (JAX: `jax.random.logistic`).
 *
 * @example
 * random.logistic(random.key(0), [3]).shape   // [3]
 */
export const logistic = (key: Value, shape: Shape = [], options: DrawOptions = {}): Value => {
  const d = floatDType('random.logistic', optionsOf('random.logistic', options, ['dtype', 'legacy']).dtype)
  const u = between('random.logistic', key, shape, d, limits[d].tiny, 1, options.legacy)
  return sub(log(u), log1p(neg(u)))
}

/**
 * Standard Cauchy numbers, tan π(u - 1/2) (JAX: `jax.random.cauchy`).
 *
 * @example
 * random.cauchy(random.key(0), [3]).shape   // [3]
 */
export const cauchy = (key: Value, shape: Shape = [], options: DrawOptions = {}): Value => {
  const d = floatDType('random.cauchy', optionsOf('random.cauchy', options, ['dtype', 'legacy']).dtype)
  const u = between('random.cauchy', key, shape, d, limits[d].eps, 1, options.legacy)
  return tan(times(sub(u, full(0.5, u.aval)), Math.PI))
}

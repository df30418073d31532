/** Normalisation over axes: softmax and its logarithm, log-sum-exp, standardisation, layer norm. Nothing overflows, and -Infinity is a number like others. */
import { type Shape, sizeOf } from '../../core/aval.js'
import { type FloatDType, limits } from '../../core/dtype.js'
import type { Value } from '../../core/value.js'
import { add, constantLike as like, convert, div, log, mul, select, sub } from '../../primitives/arithmetic.js'
import { broadcast, ones, sum, zeros } from '../../primitives/base.js'
import { exp, rsqrt } from '../../primitives/elementary.js'
import { reduceMax } from '../../primitives/fold.js'
import { eq, isFinite, lt, stopGradientOf } from '../../primitives/logic.js'
import { reshape } from '../../primitives/structural.js'
import { alignFloat2, foldAxes, optionsOf, refuseDType, toFloat, toValue } from '../arrays.js'
import { broadcastTo, type Operand } from '../lax/operands.js'

type Axes = number | readonly number[] | null
export interface SoftmaxOptions {
  /** One axis, several, or null for all. Default -1. */
  readonly axis?: Axes
  /** Elements that take part (bool, broadcast to x); the others get probability 0. */
  readonly where?: Value
}

/** A folded value in every place it came from. */
const back = (y: Value, shape: Shape, axes: readonly number[]): Value =>
  broadcast(y, shape, shape.map((_, i) => i).filter(i => !axes.includes(i)))
const kept = (y: Value, shape: Shape, axes: readonly number[], keepdims: boolean): Value =>
  keepdims ? reshape(y, shape.map((n, i) => (axes.includes(i) ? 1 : n))) : y
const maskOf = (op: string, where: Value | undefined, shape: Shape): Value | null => {
  if (where === undefined) return null
  const mask = toValue(op, where, 'where')
  return mask.dtype === 'bool' ? broadcastTo(op, mask, shape) : refuseDType(op, [mask], 'a bool mask', 'compare first: np.greater(x, 0)')
}

/** The elements less the greatest of their axes; what is masked is -Infinity. */
const shifted = (op: string, x: Operand, options: SoftmaxOptions): { z: Value; axes: readonly number[]; mask: Value | null } => {
  const { axis = -1, where } = optionsOf(op, options, ['axis', 'where'])
  const v = toFloat(op, x)
  const axes = foldAxes(op, axis, v.shape), mask = maskOf(op, where, v.shape)
  const safe = mask ? select(mask, v, like(v, -Infinity)) : v
  return { z: sub(safe, back(stopGradientOf(reduceMax(safe, axes)), v.shape, axes)), axes, mask }
}

/**
 * e^x divided by its sum over the axes (JAX: `jax.nn.softmax`).
 * Faults: `AxisOutOfRange`, `DTypeMismatch` for a mask that is not bool.
 *
 * @example
 * nn.softmax(np.array([1000, 1000]))   // [0.5, 0.5]
 */
export const softmax = (x: Operand, options: SoftmaxOptions = {}): Value => {
  const { z, axes, mask } = shifted('nn.softmax', x, options)
  const e = exp(z)
  const p = div(e, back(sum(e, axes), z.shape, axes))
  return mask ? select(mask, p, zeros(p.aval)) : p
}

/**
 * The logarithm of softmax, where probabilities are too small to be numbers, too (JAX: `jax.nn.log_softmax`).
 *
 * @example
 * nn.logSoftmax(np.array([0, 1000]))   // [-1000, 0]
 */
export const logSoftmax = (x: Operand, options: SoftmaxOptions = {}): Value => {
  const { z, axes, mask } = shifted('nn.logSoftmax', x, options)
  const result = sub(z, back(log(sum(exp(z), axes)), z.shape, axes))
  return mask ? select(mask, result, like(result, -Infinity)) : result
}

export interface LogsumexpOptions {
  /** One axis, several, or null for all. Default null. */
  readonly axis?: Axes
  readonly keepdims?: boolean
  /** Factors of the exponentials; where the sum is negative the answer is NaN. */
  readonly b?: Operand
  /** Elements that take part (bool, broadcast to x). */
  readonly where?: Value
}
/**
 * What e^z is nothing of, next to 1, becomes -Infinity: numbers below the least normal one cost a processor a hundred others, and so does
 * everything that derivatives make of them. Halves below it are as fast as others, and many of them are something.
 */
const noticeable = (z: Value): Value => (z.dtype === 'f16' ? z : select(lt(z, like(z, Math.log(limits[z.dtype as FloatDType].tiny))), like(z, -Infinity), z))
/**
 * log Σ b·e^x, without overflow (JAX: `jax.nn.logsumexp`, `jax.scipy.special.logsumexp`). The sum of nothing but -Infinity is
 * -Infinity, with derivative 0. Without factors, exponentials that are no normal number next to the greatest (2^-126 of it in f32) count as 0.
 *
 * @example
 * nn.logsumexp(np.array([1000, 1000]))   // 1000.6931
 */
export const logsumexp = (x: Operand, options: LogsumexpOptions = {}): Value => {
  const { axis = null, keepdims = false, b, where } = optionsOf('nn.logsumexp', options, ['axis', 'keepdims', 'b', 'where'])
  const op = 'nn.logsumexp'
  const [given, factor] = b === undefined ? [toFloat(op, x), null] : alignFloat2(op, x, b)
  const { shape } = given
  const axes = foldAxes(op, axis, shape), mask = maskOf(op, where, shape)
  const masked = mask ? select(mask, given, like(given, -Infinity)) : given
  const v = factor ? select(eq(factor, zeros(factor.aval)), like(masked, -Infinity), masked) : masked
  if (sizeOf(shape) === 0 && axes.every(a => shape[a] !== 0)) return kept(sum(v, axes), shape, axes, keepdims)
  const top = stopGradientOf(reduceMax(v, axes))
  const pivot = select(isFinite(top), top, zeros(top.aval))
  const z = sub(v, back(pivot, shape, axes))
  // a factor may be as great as its exponential is small
  const e = exp(factor ? z : noticeable(z))
  const total = sum(factor ? mul(factor, e) : e, axes)
  // where nothing was added the logarithm is taken of 1: its derivative is then 0 and no quotient 0/0
  const empty = eq(total, zeros(total.aval))
  const result = add(select(empty, like(total, -Infinity), log(select(empty, ones(total.aval), total))), pivot)
  const signed = factor ? select(lt(total, zeros(total.aval)), like(result, NaN), result) : result
  return kept(signed, shape, axes, keepdims)
}

const meanOver = (x: Value, axes: readonly number[]): Value => {
  const total = sum(x, axes)
  return div(total, like(total, sizeOf(axes.map(a => x.shape[a]!))))
}

export interface StandardizeOptions {
  /** Default -1. */
  readonly axis?: Axes
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number
}
const standardized = (op: string, v: Value, axis: Axes, epsilon: number): Value => {
  const axes = foldAxes(op, axis, v.shape)
  const centred = sub(v, back(meanOver(v, axes), v.shape, axes))
  const variance = meanOver(mul(centred, centred), axes)
  return mul(centred, back(rsqrt(add(variance, like(variance, epsilon))), v.shape, axes))
}
/**
 * Mean 0 and variance 1 over the axes (JAX: `jax.nn.standardize`).
 *
 * @example
 * nn.standardize(np.array([-1, 1]), { epsilon: 0 })   // [-1, 1]
 */
export const standardize = (x: Operand, options: StandardizeOptions = {}): Value => {
  const { axis = -1, epsilon = 1e-5 } = optionsOf('nn.standardize', options, ['axis', 'epsilon'])
  return standardized('nn.standardize', toFloat('nn.standardize', x), axis, epsilon)
}

export interface LayerNormOptions extends StandardizeOptions {
  /** Factor and summand of what was standardized; they broadcast to x. */
  readonly scale?: Operand
  readonly bias?: Operand
}
/**
 * Standardized over the axes, times `scale`, plus `bias` (Ba, Kiros and Hinton 2016).
 *
 * @example
 * nn.layerNorm(np.array([-1, 1]), { epsilon: 0, scale: 2, bias: 1 })   // [-1, 3]
 */
export const layerNorm = (x: Operand, options: LayerNormOptions = {}): Value => {
  const { axis = -1, epsilon = 1e-5, scale, bias } = optionsOf('nn.layerNorm', options, ['axis', 'epsilon', 'scale', 'bias'])
  const op = 'nn.layerNorm'
  const y = standardized(op, toFloat(op, x), axis, epsilon)
  const beside = (p: Operand): Value => broadcastTo(op, convert(toValue(op, p), y.dtype), y.shape)
  const scaled = scale === undefined ? y : mul(y, beside(scale))
  return bias === undefined ? scaled : add(scaled, beside(bias))
}

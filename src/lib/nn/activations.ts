/** Activations: each is written so that its derivatives of every order are right at its kinks and far from zero, with JAX's conventions. */
import { raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { abs, add, constantLike as like, div, maximum, minimum, mul, neg, select } from '../../primitives/arithmetic.js'
import { zeros } from '../../primitives/base.js'
import { erfc, exp, expm1, log1p, logistic, sqrt, tanh as tanhOf } from '../../primitives/elementary.js'
import { ge, gt, le, lt } from '../../primitives/logic.js'
import { sliceInAxis } from '../../primitives/structural.js'
import { axisOf, optionsOf, toFloat, toNumber } from '../arrays.js'
import type { Operand } from '../lax/operands.js'

const times = (c: number, x: Value): Value => mul(like(x, c), x)
const plus = (x: Value, c: number): Value => add(x, like(x, c))
const positive = (x: Value): Value => gt(x, zeros(x.aval))
/** x where it is not positive, 0 elsewhere: no exponential of it overflows. */
const notAbove = (x: Value): Value => select(positive(x), zeros(x.aval), x)

/**
 * max(x, 0), with derivative 0 at 0 (JAX: `jax.nn.relu`).
 *
 * @example
 * nn.relu(np.array([-1, 2]))   // [0, 2]
 */
export const relu = (x: Operand): Value => reluOf(toNumber('nn.relu', x))
const reluOf = (v: Value): Value => select(le(v, zeros(v.aval)), zeros(v.aval), v)

/**
 * min(max(x, 0), 6), with derivative 0 at 0 and at 6 (JAX: `jax.nn.relu6`).
 *
 * @example
 * nn.relu6(np.array([-1, 2, 9]))   // [0, 2, 6]
 */
export const relu6 = (x: Operand): Value => relu6Of(toNumber('nn.relu6', x))
const relu6Of = (v: Value): Value => { const six = like(v, 6); return select(ge(v, six), six, reluOf(v)) }

/**
 * 1/(1 + e^-x) (JAX: `jax.nn.sigmoid`).
 *
 * @example
 * nn.sigmoid(np.array([0, 100]))   // [0.5, 1]
 */
export const sigmoid = (x: Operand): Value => logistic(toFloat('nn.sigmoid', x))

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), where |x| and max have the derivatives of x and 0 at 0, so that all orders are right there. */
const softplusOf = (x: Value): Value => {
  const up = positive(x)
  return add(select(up, x, zeros(x.aval)), log1p(exp(select(up, neg(x), x))))
}
/**
 * log(1 + e^x), without overflow (JAX: `jax.nn.softplus`).
 *
 * @example
 * nn.softplus(np.array([-800, 800]))   // [0, 800]
 */
export const softplus = (x: Operand): Value => softplusOf(toFloat('nn.softplus', x))

/**
 * log of the sigmoid, without underflow (JAX: `jax.nn.log_sigmoid`).
 *
 * @example
 * nn.logSigmoid(np.array([-800]))   // [-800]
 */
export const logSigmoid = (x: Operand): Value => neg(softplusOf(neg(toFloat('nn.logSigmoid', x))))

/**
 * x/(1 + |x|) (JAX: `jax.nn.soft_sign`).
 *
 * @example
 * nn.softSign(np.array([-1, 3]))   // [-0.5, 0.75]
 */
export const softSign = (x: Operand): Value => { const v = toFloat('nn.softSign', x); return div(v, plus(abs(v), 1)) }

/**
 * x·sigmoid(x), also called swish (JAX: `jax.nn.silu`).
 *
 * @example
 * nn.silu(np.array([0, 100]))   // [0, 100]
 */
export const silu = (x: Operand): Value => { const v = toFloat('nn.silu', x); return mul(v, logistic(v)) }
export { silu as swish }

/**
 * tanh (JAX: `jax.nn.tanh`).
 *
 * @example
 * nn.tanh(np.array([0, 100]))   // [0, 1]
 */
export const tanh = (x: Operand): Value => tanhOf(toFloat('nn.tanh', x))

export interface GeluOptions {
  /** x/2·(1 + tanh(√(2/π)(x + 0.044715x³))) instead of x·Φ(x). Default true. */
  readonly approximate?: boolean
}
/**
 * x·Φ(x), Φ the normal distribution (Hendrycks and Gimpel 2016; JAX: `jax.nn.gelu`).
 *
 * @example
 * nn.gelu(np.array([0, 100]), { approximate: false })   // [0, 100]
 */
export const gelu = (x: Operand, options: GeluOptions = {}): Value => {
  const { approximate = true } = optionsOf('nn.gelu', options, ['approximate'])
  const v = toFloat('nn.gelu', x)
  if (!approximate) return mul(times(0.5, v), erfc(times(-Math.SQRT1_2, v)))
  const inner = times(Math.sqrt(2 / Math.PI), add(v, times(0.044715, mul(v, mul(v, v)))))
  return mul(v, times(0.5, plus(tanhOf(inner), 1)))
}

const eluOf = (x: Value, alpha: number): Value => select(positive(x), x, times(alpha, expm1(notAbove(x))))
/**
 * x above 0, alpha·(e^x - 1) below (JAX: `jax.nn.elu`).
 *
 * @example
 * nn.elu(np.array([-800, 2]))   // [-1, 2]
 */
export const elu = (x: Operand, alpha = 1): Value => eluOf(toFloat('nn.elu', x), alpha)

/**
 * elu scaled so that mean 0 and variance 1 are kept (Klambauer et al. 2017; JAX: `jax.nn.selu`).
 *
 * @example
 * nn.selu(np.array([0]))   // [0]
 */
export const selu = (x: Operand): Value => times(1.0507009873554805, eluOf(toFloat('nn.selu', x), 1.6732632423543772))

/**
 * x above 0, alpha·(e^(x/alpha) - 1) below (JAX: `jax.nn.celu`).
 *
 * @example
 * nn.celu(np.array([-800, 2]), 0.5)   // [-0.5, 2]
 */
export const celu = (x: Operand, alpha = 1): Value => {
  const v = toFloat('nn.celu', x)
  const zero = zeros(v.aval)
  return add(maximum(v, zero), times(alpha, expm1(div(minimum(v, zero), like(v, alpha)))))
}

/**
 * x from 0 on, negativeSlope·x below (JAX: `jax.nn.leaky_relu`).
 *
 * @example
 * nn.leakyRelu(np.array([-2, 3]), 0.5)   // [-1, 3]
 */
export const leakyRelu = (x: Operand, negativeSlope = 0.01): Value => {
  const v = toFloat('nn.leakyRelu', x)
  return select(ge(v, zeros(v.aval)), v, times(negativeSlope, v))
}

/**
 * x between -1 and 1, the nearer of them elsewhere (JAX: `jax.nn.hard_tanh`).
 *
 * @example
 * nn.hardTanh(np.array([-3, 0.5, 3]))   // [-1, 0.5, 1]
 */
export const hardTanh = (x: Operand): Value => {
  const v = toFloat('nn.hardTanh', x)
  const one = like(v, 1), minusOne = like(v, -1)
  return select(gt(v, one), one, select(lt(v, minusOne), minusOne, v))
}

const hardSigmoidOf = (v: Value): Value => div(relu6Of(plus(v, 3)), like(v, 6))
/**
 * relu6(x + 3)/6 (JAX: `jax.nn.hard_sigmoid`).
 *
 * @example
 * nn.hardSigmoid(np.array([-9, 0, 9]))   // [0, 0.5, 1]
 */
export const hardSigmoid = (x: Operand): Value => hardSigmoidOf(toFloat('nn.hardSigmoid', x))

/**
 * x·hardSigmoid(x) (Howard et al. 2019; JAX: `jax.nn.hard_swish`).
 *
 * @example
 * nn.hardSwish(np.array([-9, 0, 9]))   // [-0, 0, 9]
 */
export const hardSwish = (x: Operand): Value => { const v = toFloat('nn.hardSwish', x); return mul(v, hardSigmoidOf(v)) }

/**
 * x·tanh(softplus(x)) (Misra 2019; JAX: `jax.nn.mish`).
 *
 * @example
 * nn.mish(np.array([0, 100]))   // [0, 100]
 */
export const mish = (x: Operand): Value => { const v = toFloat('nn.mish', x); return mul(v, tanhOf(softplusOf(v))) }

/**
 * (x + √(x² + b))/2 (JAX: `jax.nn.squareplus`).
 *
 * @example
 * nn.squareplus(np.array([0]))   // [1]
 */
export const squareplus = (x: Operand, b = 4): Value => {
  const v = toFloat('nn.squareplus', x)
  return times(0.5, add(v, sqrt(plus(mul(v, v), b))))
}

/**
 * The first half of an axis times the sigmoid of the second (Dauphin et al. 2017; JAX: `jax.nn.glu`). The axis has an even size.
 *
 * @example
 * nn.glu(np.array([2, 0]))   // [1]
 */
export const glu = (x: Operand, axis = -1): Value => {
  const v = toFloat('nn.glu', x)
  const a = axisOf('nn.glu', axis, v.shape), n = v.shape[a]!
  if (n % 2 !== 0) return raise({ _tag: 'ShapeMismatch', op: 'nn.glu', got: [v.aval], want: `an even size on axis ${a}`, hint: 'one half is the gate of the other' })
  return mul(sliceInAxis(v, 0, n / 2, a), logistic(sliceInAxis(v, n / 2, n, a)))
}

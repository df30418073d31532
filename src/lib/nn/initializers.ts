/** Initializers: functions of a key, a shape and a dtype that give the first weights (JAX: `jax.nn.initializers`). */
import { aval, type Shape, sizeOf } from '../../core/aval.js'
import type { DType, FloatDType } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { constantLike, mul } from '../../primitives/arithmetic.js'
import { full } from '../../primitives/base.js'
import { axisOf, optionsOf, requireDType, shapeOf } from '../arrays.js'
import { normal as normalOf, truncatedNormal as truncatedOf } from '../random/continuous.js'
import { uniform as uniformOf } from '../random/uniform.js'

/** `dtype` is 'f32' by default. */
export type Initializer<D extends DType = FloatDType> = (key: Value, shape: Shape, dtype?: D) => Value
const times = (c: number, x: Value): Value => mul(constantLike(x, c), x)

/**
 * The same number everywhere; the key is not used.
 *
 * @example
 * nn.initializers.constant(3)(random.key(0), [2])   // [3, 3]
 */
export const constant = (value: number): Initializer<DType> => (_key, shape, dtype = 'f32') =>
  full(value, aval(requireDType('nn.initializers.constant', dtype), shapeOf('nn.initializers.constant', shape)))
/**
 * Zeros; the key is not used.
 *
 * @example
 * nn.initializers.zeros(random.key(0), [2])   // [0, 0]
 */
export const zeros: Initializer<DType> = constant(0)
/**
 * Ones; the key is not used.
 *
 * @example
 * nn.initializers.ones(random.key(0), [2])   // [1, 1]
 */
export const ones: Initializer<DType> = constant(1)

/**
 * Normal numbers of the given deviation.
 *
 * @example
 * nn.initializers.normal(0.1)(random.key(0), [2, 3]).shape   // [2, 3]
 */
export const normal = (stddev = 1e-2): Initializer => (key, shape, dtype = 'f32') => times(stddev, normalOf(key, shape, { dtype }))
/**
 * Normal numbers between `lower` and `upper` deviations.
 *
 * @example
 * nn.initializers.truncatedNormal(0.1)(random.key(0), [2, 3]).shape   // [2, 3]
 */
export const truncatedNormal = (stddev = 1e-2, { lower = -2, upper = 2 }: { readonly lower?: number; readonly upper?: number } = {}): Initializer =>
  (key, shape, dtype = 'f32') => times(stddev, truncatedOf(key, lower, upper, shape, { dtype }))
/**
 * Uniform in [0, scale).
 *
 * @example
 * nn.initializers.uniform(0.1)(random.key(0), [2, 3]).shape   // [2, 3]
 */
export const uniform = (scale = 1e-2): Initializer => (key, shape, dtype = 'f32') => times(scale, uniformOf(key, shape, { dtype }))

export interface VarianceScalingOptions {
  /** The axis of inputs. Default -2. */
  readonly inAxis?: number
  /** The axis of outputs. Default -1. */
  readonly outAxis?: number
}
export interface VarianceScaling extends VarianceScalingOptions {
  readonly scale: number
  readonly mode: 'fanIn' | 'fanOut' | 'fanAvg'
  readonly distribution: 'normal' | 'truncatedNormal' | 'uniform'
}
/** The deviation of a standard normal number truncated to [-2, 2]. */
const truncatedDeviation = 0.87962566103423978

const fanOf = (op: string, shape: Shape, mode: VarianceScaling['mode'], inAxis: number, outAxis: number): number => {
  if (shape.length < 2) return raise({ _tag: 'ShapeMismatch', op, got: [aval('f32', shape)], want: 'weights with at least two axes, for inputs and outputs', hint: 'start biases with nn.initializers.zeros' })
  const i = axisOf(op, inAxis, shape), o = axisOf(op, outAxis, shape)
  const field = shape.reduce((n, s, a) => (a === i || a === o ? n : n * s), 1)
  const [fanIn, fanOut] = [shape[i]! * field, shape[o]! * field]
  switch (mode) {
    case 'fanIn': return fanIn
    case 'fanOut': return fanOut
    case 'fanAvg': return (fanIn + fanOut) / 2
    default: return badArgument(op, 'mode', mode, "'fanIn', 'fanOut' or 'fanAvg'", 'see nn.initializers.varianceScaling')
  }
}
/**
 * Numbers of variance scale/fan, where the fan is the number of inputs, of outputs, or their mean (JAX: `variance_scaling`).
 *
 * @example
 * nn.initializers.varianceScaling({ scale: 1, mode: 'fanIn', distribution: 'normal' })(random.key(0), [4, 2]).shape   // [4, 2]
 */
export const varianceScaling = ({ scale, mode, distribution, inAxis = -2, outAxis = -1 }: VarianceScaling): Initializer => (key, shape, dtype = 'f32') => {
  const op = 'nn.initializers.varianceScaling'
  if (sizeOf(shapeOf(op, shape)) === 0) return full(0, aval(requireDType(op, dtype), shape))
  const variance = scale / fanOf(op, shape, mode, inAxis, outAxis)
  switch (distribution) {
    case 'normal': return times(Math.sqrt(variance), normalOf(key, shape, { dtype }))
    case 'truncatedNormal': return times(Math.sqrt(variance) / truncatedDeviation, truncatedOf(key, -2, 2, shape, { dtype }))
    case 'uniform': return times(Math.sqrt(3 * variance), uniformOf(key, shape, { dtype, minval: -1 }))
    default: return badArgument(op, 'distribution', distribution, "'normal', 'truncatedNormal' or 'uniform'", 'see nn.initializers.varianceScaling')
  }
}

const family = (scale: number, mode: VarianceScaling['mode'], distribution: VarianceScaling['distribution']) =>
  (options: VarianceScalingOptions = {}): Initializer => varianceScaling({ ...optionsOf('nn.initializers', options, ['inAxis', 'outAxis']), scale, mode, distribution })
/**
 * Uniform with variance 1/mean(inputs, outputs), also called Xavier (Glorot and Bengio 2010).
 *
 * @example
 * nn.initializers.glorotUniform()(random.key(0), [784, 10]).shape   // [784, 10]
 */
export const glorotUniform = family(1, 'fanAvg', 'uniform')
/**
 * Truncated normal with variance 1/mean(inputs, outputs), also called Xavier (Glorot and Bengio 2010).
 *
 * @example
 * nn.initializers.glorotNormal()(random.key(0), [784, 10]).shape   // [784, 10]
 */
export const glorotNormal = family(1, 'fanAvg', 'truncatedNormal')
/**
 * Uniform with variance 2/inputs, also called Kaiming (He et al. 2015): for relu.
 *
 * @example
 * nn.initializers.heUniform()(random.key(0), [784, 10]).shape   // [784, 10]
 */
export const heUniform = family(2, 'fanIn', 'uniform')
/**
 * Truncated normal with variance 2/inputs, also called Kaiming (He et al. 2015): for relu.
 *
 * @example
 * nn.initializers.heNormal()(random.key(0), [784, 10]).shape   // [784, 10]
 */
export const heNormal = family(2, 'fanIn', 'truncatedNormal')
/**
 * Uniform with variance 1/inputs (LeCun et al. 1998).
 *
 * @example
 * nn.initializers.lecunUniform()(random.key(0), [784, 10]).shape   // [784, 10]
 */
export const lecunUniform = family(1, 'fanIn', 'uniform')
/**
 * Truncated normal with variance 1/inputs (LeCun et al. 1998).
 *
 * @example
 * nn.initializers.lecunNormal()(random.key(0), [784, 10]).shape   // [784, 10]
 */
export const lecunNormal = family(1, 'fanIn', 'truncatedNormal')
export { glorotNormal as xavierNormal, glorotUniform as xavierUniform, heNormal as kaimingNormal, heUniform as kaimingUniform }

/** `nn`: activations, normalisation, pooling, encodings, initializers and losses of neural networks (JAX: `jax.nn`). */
export type { GeluOptions } from './activations.js'
export {
  celu, elu, gelu, glu, hardSigmoid, hardSwish, hardTanh, leakyRelu, logSigmoid, mish, relu, relu6, selu, sigmoid, silu, softplus, softSign, squareplus, swish, tanh,
} from './activations.js'
export type { LayerNormOptions, LogsumexpOptions, SoftmaxOptions, StandardizeOptions } from './normalize.js'
export { layerNorm, logSoftmax, logsumexp, softmax, standardize } from './normalize.js'
export type { AttentionOptions, OneHotOptions } from './encode.js'
export { dotProductAttention, oneHot } from './encode.js'
export type { AvgPoolOptions, PoolOptions } from './pooling.js'
export { avgPool, maxPool, minPool } from './pooling.js'
export type { Initializer, VarianceScaling, VarianceScalingOptions } from './initializers.js'
export * as initializers from './initializers.js'
export * as losses from './losses.js'

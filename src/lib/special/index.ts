/** `special`: special functions (JAX: `jax.scipy.special`). */
export * from './functions.js'
export { logsumexp, logSoftmax, softmax } from '../nn/normalize.js'

/** `random`: explicit keys and draws from them, with the bits of JAX's Threefry (JAX: `jax.random`). */
export type { Key, LayoutOptions } from './key.js'
export { foldIn, key, keys, split } from './key.js'
export type { DrawOptions, RandintOptions, UniformOptions } from './uniform.js'
export { bits, randint, uniform } from './uniform.js'
export { cauchy, exponential, gumbel, laplace, logistic, normal, truncatedNormal } from './continuous.js'

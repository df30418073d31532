/** `lax`: the primitives as functions, strict about shapes and dtypes (JAX: `jax.lax`). */
export type { Operand } from './operands.js'
export * from './elementwise.js'
export * from './shaping.js'
export * from './folds.js'
export * from './indexing.js'
export * from './collectives.js'

/** The names of the reference's scalar mathematics. */

export * from './bits.js'
export * from './convert.js'
export * from './division.js'
export * from './elementary.js'
export * from './erf.js'
export { digamma, lgamma } from './gamma.js'
export * from './polygamma.js'
export * from './power.js'
export * from './rounding.js'
export * from './threefry.js'

/** Leaves, edges, keys, optimizers, single precision. */
import { hold } from './hold.js'

hold('anchors')
hold('edges')
hold('randomness')
hold('optimizers')
hold('mixedPrecision')

/** Collectives speak of the whole axis. */
import { hold } from './hold.js'

hold('namedAxes')

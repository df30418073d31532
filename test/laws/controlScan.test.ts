/** Scans are folds. */
import { hold } from './hold.js'

hold('control', laws => laws.slice(0, 6))

/** A program does what its function does. */
import { hold } from './hold.js'

hold('staging')

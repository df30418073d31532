/** vmap is a map. */
import { hold } from './hold.js'

hold('vectorize')

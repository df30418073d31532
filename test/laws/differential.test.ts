/** What a derivative is. */
import { hold } from './hold.js'

hold('differential')

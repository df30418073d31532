/** After any transform dispatch is what it was. */
import { hold } from './hold.js'

hold('hygiene')

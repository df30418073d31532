/** Rules of users. */
import { hold } from './hold.js'

hold('customs')

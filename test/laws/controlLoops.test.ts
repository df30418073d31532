/** Choices and loops. */
import { hold } from './hold.js'

hold('control', laws => laws.slice(6))

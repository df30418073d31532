/** The laws of control flow on WebGPU: half the time of all laws. */
import { hold } from './hold.js'

hold('control')

/** Derivatives of derivatives. */
import { hold } from './hold.js'

hold('higherOrder')

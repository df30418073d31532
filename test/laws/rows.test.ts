/** Rows one at a time: what they compute, what they derive, what they mask. */
import { hold } from './hold.js'

hold('values')
hold('rows')
hold('masks')

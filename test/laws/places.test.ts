/** Arguments, dispatch, checking, prices, trees and keys. */
import { hold } from './hold.js'

hold('places')
hold('dispatch')
hold('refusals')
hold('prices')
hold('trees')
hold('keys')

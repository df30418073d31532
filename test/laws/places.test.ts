/** Arguments, dispatch, checking, prices, trees, keys and halves. */
import { hold } from './hold.js'

hold('places')
hold('dispatch')
hold('refusals')
hold('prices')
hold('trees')
hold('keys')
hold('halves')

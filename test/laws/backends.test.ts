/** Plans, and the backends that run them. */
import { hold } from './hold.js'

hold('plans')
hold('updates')
hold('products')
hold('ahead')
hold('backends')

/** Laws of values, edges and masks on another adapter: each of its shaders takes twenty times as long to compile, so those of long programs are not among them. */
import { hold } from '../hold.js'

hold('values', 'edges', 'masks')

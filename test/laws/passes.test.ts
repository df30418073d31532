/** Passes keep the meaning, encodings tell apart, costs stay low. */
import { hold } from './hold.js'

hold('passes')
hold('rewriting')
hold('sumsOfPads')
hold('loopsApart')
hold('costs')

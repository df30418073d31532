/** The elementary functions as expressions in plain letters, which every target of f32 or f64 can write. */
import type { DType } from '../../core/dtype.js'
import type { Expr, Letter, Pool } from '../expr.js'
import * as error from './error.js'
import * as exponential from './exponential.js'
import * as inverse from './inverse.js'
import * as logarithm from './logarithm.js'
import { type Float, Ops } from './ops.js'
import * as power from './power.js'
import * as trigonometric from './trigonometric.js'

type Function = (o: Ops, ...args: readonly Expr[]) => Expr | null
const unary = (f: (o: Ops, x: Expr) => Expr | null): Function => (o, x) => f(o, x!)

const table: Partial<Record<Letter, Function>> = {
  exp: unary(exponential.exp), expm1: unary(exponential.expm1), logistic: unary(exponential.logistic),
  sinh: unary(exponential.sinh), cosh: unary(exponential.cosh), tanh: unary(exponential.tanh),
  log: unary(logarithm.log), log1p: unary(logarithm.log1p),
  asinh: unary(logarithm.asinh), acosh: unary(logarithm.acosh), atanh: unary(logarithm.atanh),
  sin: unary(trigonometric.sin), cos: unary(trigonometric.cos), tan: unary(trigonometric.tan),
  asin: unary(inverse.asin), acos: unary(inverse.acos), atan: unary(inverse.atan), atan2: (o, y, x) => inverse.atan2(o, y!, x!),
  cbrt: unary(power.cbrt), erf: unary(error.erf), erfc: unary(error.erfc), erfInv: unary(error.erfInv),
  pow: (o, x, y) => power.pow(o, x!, y!),
  rsqrt: unary((o, x) => o.div(1, o.sqrt(x))),
}

/**
 * What a letter means on floats, in plainer letters: arithmetic, comparisons, select, rounding, sqrt, and those that expr.ts adds.
 * Errors are below 2.1 units in the last place, mostly below 1.5: test/kernel/README.md lists them.
 * null where there is no such expression: the letter is plain itself, or the host answers it lane by lane. A target whose arithmetic is
 * not quite that of IEEE 754 hands in letters of its own.
 */
export const expand = (pool: Pool, letter: Letter, of: DType, args: readonly Expr[], Letters: new (pool: Pool, of: Float) => Ops = Ops): Expr | null => {
  const f = table[letter]
  return f && (of === 'f32' || of === 'f64') ? f(new Letters(pool, of), ...args) : null
}

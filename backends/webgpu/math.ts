/** Elementary functions where a driver may rearrange sums and count small numbers as 0: whole numbers are rounded by an instruction, not by adding a large number. */
import type { DType } from '../../src/core/dtype.js'
import type { Const, Expr, Letter, Pool } from '../../src/kernel/expr.js'
import { expand } from '../../src/kernel/math/index.js'
import { Ops } from '../../src/kernel/math/ops.js'
import { simple } from '../../src/kernel/math/power.js'

class Rounded extends Ops {
  override nearest(x: Expr, y: Expr | number): { readonly whole: Expr; readonly bits: Expr } {
    const whole = this.letter('round', y === 1 ? x : this.mul(x, y))
    return { whole, bits: this.lowBits(whole) }
  }
  override get smallest(): Const { return this.num(this.width.least) }
  override rounded(x: Expr): Expr { return this.letter('rounded', x) }
  override lowBits(n: Expr): Expr { return this.pool.bitcast(this.pool.convert(n, 'i32'), 'f32') }
}
/** Powers are a function of the device (helpers.ts), since those of f32 are computed in f64 elsewhere. */
export const expandF32 = (pool: Pool, letter: Letter, of: DType, args: readonly Expr[]): Expr | null =>
  (letter === 'pow' ? (of === 'f32' ? simple(new Rounded(pool, of), args[0]!, args[1]!) : null) : expand(pool, letter, of, args, Rounded))

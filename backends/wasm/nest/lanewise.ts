/** Letters without a vector instruction: each lane is taken out, computed as a scalar, and put back. */
import { type ScalarOp, scalarOps } from '../../../src/core/scalar.js'
import type { Apply } from '../../../src/kernel/expr.js'
import { Code } from '../encode.js'
import { f32, f32x4, f64, f64x2, i32, i32x4 } from '../opcodes.js'
import type { Context } from '../target.js'
import { extract } from './lanes.js'
import type { Writer } from './writer.js'

const numberOf = new Map((Object.keys(scalarOps) as ScalarOp[]).map((op, k) => [op, k]))

/** The function of the host. */
const hosted = (v: Writer, e: Apply, args: readonly number[], k: number): void => {
  const { code } = v
  code.i32(numberOf.get(e.letter as ScalarOp)!)
  for (const local of args) {
    code.get(local)
    extract(code, e.of, k)
    if (e.of === 'f32') code.op(f64.promoteF32)
  }
  if (args.length < 2) code.f64(0)
  code.call(v.context.math)
  if (e.of === 'f32') code.op(f32.demoteF64)
}

/** x^n by squaring, modulo 2^32. */
const power = (context: Context): number => context.shared('nest power', () => {
  const code = new Code(['i32', 'i32'], ['i32'])
  const result = code.local('i32')
  code.i32(1).set(result).block().loop().get(1).op(i32.eqz).brIf(1)
  code.get(1).i32(1).op(i32.and).if().get(result).get(0).op(i32.mul).set(result).end()
  code.get(0).get(0).op(i32.mul).set(0).get(1).i32(1).op(i32.shrU).set(1).br(0).end().end()
  return code.get(result)
})

type Scalar = (code: Code, x: number, y: number, context: Context) => void
/** x/0 is the number of ones, x rem 0 is x; -2^31 / -1 wraps. The divisor is made harmless first, for a division by 0 would trap. */
const divide = (signed: boolean, rest: boolean): Scalar => (code, x, y) => {
  const harmless = code.local('i32')
  const zero = (): Code => code.get(y).op(i32.eqz)
  code.i32(1).get(y)
  zero()
  // -2^31 / -1 traps, and x / -1 is 0 - x
  if (signed && !rest) code.get(y).i32(-1).op(i32.eq).op(i32.or)
  code.select().set(harmless)
  if (rest) {
    code.get(x).get(x).get(harmless).op(signed ? i32.remS : i32.remU)
    zero().select()
    return
  }
  code.i32(-1)
  if (signed) code.i32(0).get(x).op(i32.sub)
  code.get(x).get(harmless).op(signed ? i32.divS : i32.divU)
  if (signed) code.get(y).i32(-1).op(i32.eq).select()
  zero().select()
}
const shift = (op: number, arithmetic: boolean): Scalar => (code, x, n) => {
  if (arithmetic) { code.get(x).i32(31).get(n).get(n).i32(31).op(i32.gtU).select().op(op); return }
  code.get(x).get(n).op(op).i32(0).get(n).i32(32).op(i32.ltU).select()
}
const scalars = (signed: boolean): { readonly [letter: string]: Scalar } => ({
  div: divide(signed, false), rem: divide(signed, true),
  // a negative power is 1/x^n truncated: 0 but for x = ±1
  pow: (code, x, n, context) => {
    code.get(x).get(n).call(power(context))
    if (!signed) return
    code.get(x).get(n).i32(1).op(i32.and).call(power(context)).i32(0).get(x).i32(1).op(i32.add).i32(2).op(i32.leU).get(x).i32(0).op(i32.ne).op(i32.and).select()
    code.get(n).i32(0).op(i32.geS).select()
  },
  clz: (code, x) => { code.get(x).op(i32.clz) },
  shiftLeft: shift(i32.shl, false), shiftRightLogical: shift(i32.shrU, false), shiftRightArithmetic: shift(i32.shrS, true),
})
const integers = { i32: scalars(true), u32: scalars(false) }

/** An integer letter: its operands as scalars in locals. */
const whole = (v: Writer, e: Apply, args: readonly number[], k: number): void => {
  const { code } = v
  const [x, y] = args.map(local => {
    const scalar = code.local('i32')
    code.get(local).lane(i32x4.extractLane, k).set(scalar)
    return scalar
  })
  integers[e.of as 'i32' | 'u32'][e.letter]!(code, x!, y ?? x!, v.context)
}

/**
 * Pushes the vector; lanes that do not count hold what the first one does. Where a local of masks says which lanes are asked for, at least
 * one, the others are 0; what is the same in all lanes is computed whichever of them asks.
 */
export const lanewise = (v: Writer, e: Apply, asked: number | null = null): void => {
  const { code } = v
  const live = v.live(e)
  const args = e.args.map(a => v.hold(a))
  const scalar = e.of === 'i32' || e.of === 'u32' ? whole : hosted
  const lanes = e.of === 'f32' ? f32x4 : e.of === 'f64' ? f64x2 : i32x4
  const lane = (k: number): void => {
    if (asked === null || live === 1) { scalar(v, e, args, k); return }
    code.get(asked).lane(i32x4.extractLane, e.of === 'f64' ? 2 * k : k).if(e.of === 'f64' ? 'f64' : 'f32')
    scalar(v, e, args, k)
    code.else()
    if (e.of === 'f64') code.f64(0)
    else code.f32(0)
    code.end()
  }
  lane(0)
  code.simd(lanes.splat)
  for (let k = 1; k < live; k++) { lane(k); code.lane(lanes.replaceLane, k) }
}

/** Numbers of one dtype become numbers of another, as the reference converts them: truncated, saturated, NaN to 0. */
import type { DType } from '../../../src/core/dtype.js'
import { isFloat } from '../../../src/core/dtype.js'
import type { Expr } from '../../../src/kernel/expr.js'
import { f32x4, f64x2, i32x4, v128 } from '../opcodes.js'
import { remask, type Width } from './lanes.js'
import type { Writer } from './writer.js'

const between: Readonly<Record<string, number>> = {
  'f32 f64': f64x2.promoteLowF32x4, 'f64 f32': f32x4.demoteF64x2Zero,
  'f32 i32': i32x4.truncSatF32x4S, 'f32 u32': i32x4.truncSatF32x4U, 'f64 i32': i32x4.truncSatF64x2SZero, 'f64 u32': i32x4.truncSatF64x2UZero,
  'i32 f32': f32x4.convertI32x4S, 'u32 f32': f32x4.convertI32x4U, 'i32 f64': f64x2.convertLowI32x4S, 'u32 f64': f64x2.convertLowI32x4U,
}

export const convert = (v: Writer, x: Expr, to: DType, width: Width): void => {
  const { code } = v
  if (to === 'bool') {
    v.push(x)
    code.get(v.constant(isFloat(x.dtype) ? x.dtype : 'i32', 0))
    code.simd(x.dtype === 'f32' ? f32x4.ne : x.dtype === 'f64' ? f64x2.ne : i32x4.ne)
    remask(code, x.dtype === 'f64' ? 64 : 32, width)
    return
  }
  if (x.dtype === 'bool') {
    v.mask(x, to === 'f64' ? 64 : 32)
    if (isFloat(to)) code.get(v.constant(to, 1)).simd(v128.and)
    else code.simd(i32x4.neg)
    return
  }
  v.push(x)
  const op = between[`${x.dtype} ${to}`]
  if (op !== undefined) code.simd(op)
}

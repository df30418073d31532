/** What each letter of the scalar alphabet means on the numbers of each dtype. */
import type { DType } from '../../src/core/dtype.js'
import { raise } from '../../src/core/fault.js'
import type { ScalarOp } from '../../src/core/scalar.js'
import * as M from './math/index.js'

type Fn = (...xs: number[]) => number
type Meanings = Record<ScalarOp, Fn | null>

const truth = (b: boolean): number => (b ? 1 : 0)
/** Meanings that every dtype shares. */
const shared = {
  identity: (x: number) => x,
  eq: (x: number, y: number) => truth(x === y), ne: (x: number, y: number) => truth(x !== y),
  lt: (x: number, y: number) => truth(x < y), le: (x: number, y: number) => truth(x <= y),
  gt: (x: number, y: number) => truth(x > y), ge: (x: number, y: number) => truth(x >= y),
  select: (p: number, x: number, y: number) => (p !== 0 ? x : y),
  // NaN wins, as in IEEE 754-2019 maximum and minimum
  max: Math.max as Fn, min: Math.min as Fn,
}
const noInts = {
  exp: null, expm1: null, log: null, log1p: null, sqrt: null, rsqrt: null, cbrt: null, logistic: null,
  sin: null, cos: null, tan: null, asin: null, acos: null, atan: null, sinh: null, cosh: null, tanh: null, asinh: null, acosh: null, atanh: null,
  erf: null, erfc: null, erfInv: null, lgamma: null, digamma: null, polygamma: null, atan2: null, nextAfter: null,
  floor: null, ceil: null, round: null, trunc: null, isFinite: null,
}
const float = (nextAfter: Fn): Meanings => ({
  ...shared,
  add: (x, y) => x! + y!, sub: (x, y) => x! - y!, mul: (x, y) => x! * y!, div: (x, y) => x! / y!, rem: M.rem as Fn,
  pow: M.pow as Fn, atan2: M.atan2 as Fn, nextAfter,
  neg: x => -x!, abs: Math.abs as Fn, sign: M.sign as Fn, floor: Math.floor as Fn, ceil: Math.ceil as Fn, round: M.roundHalfEven as Fn, trunc: Math.trunc as Fn,
  exp: M.exp as Fn, expm1: M.expm1 as Fn, log: M.log as Fn, log1p: M.log1p as Fn, sqrt: M.sqrt as Fn, rsqrt: M.rsqrt as Fn, cbrt: M.cbrt as Fn,
  logistic: M.logistic as Fn, sin: M.sin as Fn, cos: M.cos as Fn, tan: M.tan as Fn, asin: M.asin as Fn, acos: M.acos as Fn, atan: M.atan as Fn,
  sinh: M.sinh as Fn, cosh: M.cosh as Fn, tanh: M.tanh as Fn, asinh: M.asinh as Fn, acosh: M.acosh as Fn, atanh: M.atanh as Fn,
  erf: M.erf as Fn, erfc: M.erfc as Fn, erfInv: M.erfInv as Fn, lgamma: M.lgamma as Fn, digamma: M.digamma as Fn, polygamma: M.polygamma as Fn,
  isFinite: x => truth(Number.isFinite(x)),
  and: null, or: null, xor: null, not: null, shiftLeft: null, shiftRightLogical: null, shiftRightArithmetic: null, populationCount: null, clz: null,
})
const i32: Meanings = {
  ...shared, ...noInts,
  add: (x, y) => (x! + y!) | 0, sub: (x, y) => (x! - y!) | 0, mul: Math.imul as Fn, div: M.divI32 as Fn, rem: M.remI32 as Fn, pow: M.powI32 as Fn,
  neg: x => -x! | 0, abs: x => (x! < 0 ? -x! | 0 : x!), sign: x => Math.sign(x!),
  and: (x, y) => x! & y!, or: (x, y) => x! | y!, xor: (x, y) => x! ^ y!, not: x => ~x!,
  shiftLeft: M.shiftLeftI32 as Fn, shiftRightLogical: M.shiftRightLogicalI32 as Fn, shiftRightArithmetic: M.shiftRightArithmeticI32 as Fn,
  populationCount: M.populationCount as Fn, clz: M.countLeadingZeros as Fn,
}
const u32: Meanings = {
  ...shared, ...noInts,
  add: (x, y) => (x! + y!) >>> 0, sub: (x, y) => (x! - y!) >>> 0, mul: (x, y) => Math.imul(x!, y!) >>> 0, div: M.divU32 as Fn, rem: M.remU32 as Fn, pow: M.powU32 as Fn,
  neg: x => -x! >>> 0, abs: x => x!, sign: x => Math.sign(x!),
  and: (x, y) => (x! & y!) >>> 0, or: (x, y) => (x! | y!) >>> 0, xor: (x, y) => (x! ^ y!) >>> 0, not: x => ~x! >>> 0,
  shiftLeft: M.shiftLeftU32 as Fn, shiftRightLogical: M.shiftRightLogicalU32 as Fn, shiftRightArithmetic: M.shiftRightArithmeticU32 as Fn,
  populationCount: M.populationCount as Fn, clz: M.countLeadingZeros as Fn,
}
const bool: Meanings = {
  ...shared, ...noInts,
  add: null, sub: null, mul: null, div: null, rem: null, pow: null, neg: null, abs: null, sign: null,
  and: (x, y) => x! & y!, or: (x, y) => x! | y!, xor: (x, y) => x! ^ y!, not: x => 1 - x!,
  shiftLeft: null, shiftRightLogical: null, shiftRightArithmetic: null, populationCount: null, clz: null,
}
const meanings: Record<DType, Meanings> = { f16: float(M.nextAfter16 as Fn), f32: float(M.nextAfter32 as Fn), f64: float(M.nextAfter64 as Fn), i32, u32, bool }

/** A letter without a meaning at a dtype is refused by every row's type; met here, the row is at fault. */
export const meaning = (op: ScalarOp, dtype: DType): Fn =>
  meanings[dtype][op] ?? ((): never => raise({ _tag: 'DTypeMismatch', op, got: [{ dtype, shape: [] }], want: 'a dtype on which it means something', hint: 'convert with np.astype' }))

export const convert = (from: DType, to: DType): Fn => M.conversions[from][to] as Fn
export const bitcast = (from: DType, to: DType): Fn =>
  from in M.bitcasts && to in M.bitcasts ? (M.bitcasts[from as M.WordKind][to as M.WordKind] as Fn) : x => x!

const block = new Uint32Array(2)
export const threefryWord = (word: 0 | 1): Fn => (k0, k1, x0, x1) => M.threefry2x32(k0!, k1!, x0!, x1!, block)[word]!

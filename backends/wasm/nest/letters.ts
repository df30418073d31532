/** Every letter of the alphabet as instructions on vectors; what no vector instruction does goes lane by lane. */
import type { DType } from '../../../src/core/dtype.js'
import { type Computed, computed } from '../target.js'
import type { Apply, Expr, Letter } from '../../../src/kernel/expr.js'
import { f32x4, f64x2, i16x8, i32x4, i64x2, i8x16, relaxed, v128 } from '../opcodes.js'
import type { Width } from './lanes.js'
import { lanewise } from './lanewise.js'
import type { Writer } from './writer.js'

type Write = (v: Writer, e: Apply) => void
type Table = { readonly [K in Letter]?: Write }

/** All operands, then one instruction. */
const plain = (op: number): Write => (v, e) => { e.args.forEach(a => v.push(a)); v.code.simd(op) }

/**
 * pmin(x, y) is y < x ? y : x: one instruction where min takes eight. Against a number that is not -0 (a zero that x might hide) it is
 * min; both orders agree but for a NaN and for zeros of two signs, where `or` gives a NaN and -0.
 */
const least = (dtype: 'f32' | 'f64'): Write => (v, e) => {
  const f = dtype === 'f32' ? f32x4 : f64x2
  const [a, b] = e.args as readonly [Expr, Expr]
  const [x, y] = v.literal(a) === null ? [a, b] : [b, a]
  const c = v.literal(y)
  if (c !== null && c === c && !Object.is(c, -0)) { v.push(x); v.push(y); v.code.simd(f.pmin); return }
  smaller(v, dtype, v.hold(a), v.hold(b))
}
/** Pushes the minimum of two locals. */
export const smaller = (v: Writer, dtype: 'f32' | 'f64', x: number, y: number): void => {
  const f = dtype === 'f32' ? f32x4 : f64x2
  v.code.get(x).get(y).simd(f.pmin).get(y).get(x).simd(f.pmin).simd(v128.or)
}
/** pmax(x, c) is x < c ? c : x, the maximum but for x = -0 and c = 0, which + 0 mends. */
const greatest = (dtype: 'f32' | 'f64'): Write => (v, e) => {
  const f = dtype === 'f32' ? f32x4 : f64x2
  const [a, b] = e.args as readonly [Expr, Expr]
  const [x, y] = v.literal(a) === null ? [a, b] : [b, a]
  const c = v.literal(y)
  v.push(x)
  v.push(y)
  if (c === null || c !== c) { v.code.simd(f.max); return }
  v.code.simd(f.pmax)
  if (Object.is(c, 0)) v.code.get(v.constant(dtype, 0)).simd(f.add)
}

const floats = (dtype: 'f32' | 'f64'): Table => {
  const f = dtype === 'f32' ? f32x4 : f64x2
  const bits = dtype === 'f32' ? i32x4 : i64x2
  const sign = (v: Writer): number => v.constant(dtype, -0)
  const shift = (op: number): Write => (v, e) => { v.push(e.args[0]!); v.code.i32(v.literal(e.args[1]!) ?? 0).simd(op) }
  return {
    add: plain(f.add), sub: plain(f.sub), mul: plain(f.mul), div: plain(f.div), max: greatest(dtype), min: least(dtype),
    neg: plain(f.neg), abs: plain(f.abs), floor: plain(f.floor), ceil: plain(f.ceil), trunc: plain(f.trunc), round: plain(f.nearest), sqrt: plain(f.sqrt),
    rsqrt: (v, e) => { v.code.get(v.constant(dtype, 1)); v.push(e.args[0]!); v.code.simd(f.sqrt).simd(f.div) },
    madd: (v, e) => {
      e.args.slice(0, 2).forEach(a => v.push(a))
      if (v.context.level === 'baseline') v.code.simd(f.mul)
      v.push(e.args[2]!)
      v.code.simd(v.context.level === 'baseline' ? f.add : dtype === 'f32' ? relaxed.maddF32x4 : relaxed.maddF64x2)
    },
    // ±1 where |x| > 0, else x itself: ±0 and NaN stay
    sign: (v, e) => {
      const x = v.hold(e.args[0]!)
      v.code.get(x).get(sign(v)).simd(v128.and).get(v.constant(dtype, 1)).simd(v128.or).get(x)
      v.code.get(x).simd(f.abs).get(v.constant(dtype, 0)).simd(f.gt).simd(v128.bitselect)
    },
    // bits + 1 away from 0, bits - 1 towards it; from ±0 the least number with the sign of y; y where they are equal
    nextAfter: (v, e) => {
      const { code } = v
      const x = v.hold(e.args[0]!), y = v.hold(e.args[1]!)
      const zero = v.constant(dtype, 0), one = dtype === 'f32' ? v.constant('i32', 1) : v.constant('i32', 1, 0, 1, 0)
      const next = v.temp()
      // a mask is -1 where it holds: 1 + 2·mask is -1 there
      code.get(x).get(one).get(y).get(x).simd(f.gt).get(x).get(zero).simd(f.gt).simd(v128.xor).i32(1).simd(bits.shl).simd(bits.add).simd(bits.add)
      code.get(y).get(sign(v)).simd(v128.and).get(one).simd(v128.or).get(x).get(zero).simd(f.ne).simd(v128.bitselect)
      code.get(y).get(x).get(y).simd(f.ne).simd(v128.bitselect).set(next)
      // NaN where x or y is
      code.get(x).get(y).simd(f.add).get(next)
      code.get(x).get(x).simd(f.ne).get(y).get(y).simd(f.ne).simd(v128.or).simd(v128.bitselect)
    },
    bitsAnd: plain(v128.and), bitsOr: plain(v128.or), bitsXor: plain(v128.xor), bitsAdd: plain(bits.add), bitsSub: plain(bits.sub),
    bitsShl: shift(bits.shl), bitsShr: shift(bits.shrU),
  }
}

/** Shifts by a number that all lanes share have an instruction; beyond 31 nothing of x is left but its sign. */
const shift = (letter: 'shiftLeft' | 'shiftRightLogical' | 'shiftRightArithmetic'): Write => (v, e) => {
  const { code } = v
  const op = i32x4[letter === 'shiftLeft' ? 'shl' : letter === 'shiftRightLogical' ? 'shrU' : 'shrS']
  const arithmetic = letter === 'shiftRightArithmetic'
  const count = v.literal(e.args[1]!)
  if (count !== null) {
    const n = count >>> 0
    if (n > 31 && !arithmetic) code.get(v.constant('i32', 0))
    else { v.push(e.args[0]!); code.i32(Math.min(n, 31)).simd(op) }
    return
  }
  if (!v.uniform(e.args[1]!)) { lanewise(v, e); return }
  const n = code.local('i32')
  v.push(e.args[1]!)
  code.lane(i32x4.extractLane, 0).set(n)
  v.push(e.args[0]!)
  if (arithmetic) code.i32(31).get(n).get(n).i32(31).op(0x4b).select().simd(op)
  // n beyond 31 counts modulo 32, so the result is cleared
  else code.get(n).simd(op).i32(-1).i32(0).get(n).i32(32).op(0x49).select().simd(i32x4.splat).simd(v128.and)
}

const integers = (dtype: 'i32' | 'u32'): Table => {
  const signed = dtype === 'i32'
  return {
    add: plain(i32x4.add), sub: plain(i32x4.sub), mul: plain(i32x4.mul),
    max: plain(signed ? i32x4.maxS : i32x4.maxU), min: plain(signed ? i32x4.minS : i32x4.minU),
    neg: plain(i32x4.neg), abs: signed ? plain(i32x4.abs) : (v, e) => v.push(e.args[0]!),
    // masks are -1: (x < 0) - (x > 0)
    sign: (v, e) => {
      const zero = v.constant('i32', 0)
      const x = v.hold(e.args[0]!)
      if (signed) v.code.get(x).get(zero).simd(i32x4.ltS).get(x).get(zero).simd(i32x4.gtS).simd(i32x4.sub)
      else v.code.get(x).get(zero).simd(i32x4.ne).simd(i32x4.neg)
    },
    and: plain(v128.and), or: plain(v128.or), xor: plain(v128.xor), not: plain(v128.not),
    shiftLeft: shift('shiftLeft'), shiftRightLogical: shift('shiftRightLogical'), shiftRightArithmetic: shift('shiftRightArithmetic'),
    populationCount: (v, e) => { v.push(e.args[0]!); v.code.simd(i8x16.popcnt).simd(i16x8.extaddPairwiseI8x16U).simd(i32x4.extaddPairwiseI16x8U) },
  }
}

const tables: Readonly<Record<Exclude<Computed, 'bool'>, Table>> = { f32: floats('f32'), f64: floats('f64'), i32: integers('i32'), u32: integers('u32') }

/** Pushes the number that a letter answers. */
export const numbers = (v: Writer, e: Apply): void => {
  const write = e.of === 'bool' ? undefined : tables[computed(e.of) as Exclude<Computed, 'bool'>][e.letter]
  if (write) write(v, e)
  else lanewise(v, e)
}

type Compare = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'
const compareOf = (of: DType, letter: Compare): number => {
  if (of === 'f32') return f32x4[letter]
  if (of === 'f64') return f64x2[letter]
  return letter === 'eq' || letter === 'ne' ? i32x4[letter] : i32x4[`${letter}${of === 'u32' ? 'U' : 'S'}`]
}
/** Pushes the mask that a comparison of numbers answers, in the width of the numbers. */
export const compares = (v: Writer, e: Apply): void => {
  if (e.letter === 'isFinite') {
    const f = e.of === 'f32' ? f32x4 : f64x2
    v.push(e.args[0]!)
    v.code.simd(f.abs).get(v.constant(e.of, Infinity)).simd(f.lt)
    return
  }
  plain(compareOf(e.of, e.letter as Compare))(v, e)
}

// x and y are masks; andnot(x, y) is x·¬y
const logical: { readonly [K in Letter]?: readonly [order: 'xy' | 'yx', op: number, negated: boolean] } = {
  and: ['xy', v128.and, false], min: ['xy', v128.and, false], or: ['xy', v128.or, false], max: ['xy', v128.or, false],
  xor: ['xy', v128.xor, false], ne: ['xy', v128.xor, false], eq: ['xy', v128.xor, true],
  gt: ['xy', v128.andnot, false], le: ['xy', v128.andnot, true], lt: ['yx', v128.andnot, false], ge: ['yx', v128.andnot, true],
}
/** Pushes the mask that a letter answers to masks. */
export const logic = (v: Writer, letter: Letter, args: readonly Expr[], width: Width): void => {
  if (letter === 'not') { v.mask(args[0]!, width); v.code.simd(v128.not); return }
  const [order, op, negated] = logical[letter]!
  for (const a of order === 'xy' ? args : [...args].reverse()) v.mask(a, width)
  v.code.simd(op)
  if (negated) v.code.simd(v128.not)
}

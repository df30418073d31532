/** The letters of one float dtype as functions on expressions, and what its numbers are made of. */
import type { Const, Expr, Letter, Pool } from '../expr.js'
import * as coefficients from './coefficients.js'

export type Float = 'f32' | 'f64'
type Coefficients = Readonly<Record<keyof typeof coefficients.f32 & keyof typeof coefficients.f64, readonly number[]>>

/** What the numbers of a dtype are made of. */
export interface Width {
  /** Bits behind the point: the exponent stands above them. */
  readonly mantissa: number
  readonly bias: number
  /** Half the distance from 1 to the next number. */
  readonly unit: number
  readonly least: number
  /**
   * Below the least e^x is 0, above the largest it is infinite. At the least, 2^n = 2^-2·bias is made of two halves that are 0 themselves: a
   * product that underflows takes a hundred times as long as others on many processors, and masked scores are all far below.
   */
  readonly expRange: readonly [number, number]
  /** Numbers from 1.5·2^mantissa on are whole: adding this rounds, and leaves the whole number in the low bits. */
  readonly whole: number
}
export const widths: Readonly<Record<Float, Width>> = {
  f32: { mantissa: 23, bias: 127, unit: 2 ** -24, least: 2 ** -126, expRange: [-254 * Math.LN2, 89], whole: 1.5 * 2 ** 23 },
  f64: { mantissa: 52, bias: 1023, unit: 2 ** -53, least: 2 ** -1022, expRange: [-2046 * Math.LN2, 710], whole: 1.5 * 2 ** 52 },
}

const float = new DataView(new ArrayBuffer(8))

export class Ops {
  readonly width: Width
  readonly is32: boolean
  readonly table: Coefficients
  constructor(readonly pool: Pool, readonly of: Float) {
    this.width = widths[of]
    this.is32 = of === 'f32'
    this.table = coefficients[of]
  }
  num(value: number): Const { return this.pool.constant(this.of, this.is32 ? Math.fround(value) : value) }
  /** A value for each width. */
  pick(single: number, double: number): Const { return this.num(this.is32 ? single : double) }
  /** The number with these bits. It must not be a NaN, whose bits would not outlive JavaScript. */
  pattern(bits: bigint): Const {
    if (this.is32) { float.setUint32(0, Number(bits)); return this.num(float.getFloat32(0)) }
    float.setBigUint64(0, bits)
    return this.num(float.getFloat64(0))
  }
  private expr(x: Expr | number): Expr { return typeof x === 'number' ? this.num(x) : x }
  private op(letter: Letter, ...xs: readonly (Expr | number)[]): Expr { return this.pool.apply(letter, xs.map(x => this.expr(x))) }

  add(x: Expr | number, y: Expr | number): Expr { return this.op('add', x, y) }
  sub(x: Expr | number, y: Expr | number): Expr { return this.op('sub', x, y) }
  mul(x: Expr | number, y: Expr | number): Expr { return this.op('mul', x, y) }
  div(x: Expr | number, y: Expr | number): Expr { return this.op('div', x, y) }
  /** x·y + z */
  madd(x: Expr | number, y: Expr | number, z: Expr | number): Expr { return this.op('madd', x, y, z) }
  neg(x: Expr): Expr { return this.op('neg', x) }
  abs(x: Expr): Expr { return this.op('abs', x) }
  sqrt(x: Expr): Expr { return this.op('sqrt', x) }
  trunc(x: Expr): Expr { return this.op('trunc', x) }
  lt(x: Expr | number, y: Expr | number): Expr { return this.op('lt', x, y) }
  le(x: Expr | number, y: Expr | number): Expr { return this.op('le', x, y) }
  gt(x: Expr | number, y: Expr | number): Expr { return this.op('gt', x, y) }
  ne(x: Expr | number, y: Expr | number): Expr { return this.op('ne', x, y) }
  eq(x: Expr | number, y: Expr | number): Expr { return this.op('eq', x, y) }
  both(p: Expr, q: Expr): Expr { return this.op('and', p, q) }
  either(p: Expr, q: Expr): Expr { return this.op('or', p, q) }
  select(p: Expr, x: Expr | number, y: Expr | number): Expr { return this.op('select', p, x, y) }
  rare(p: Expr, x: Expr | number, y: Expr | number): Expr { return this.op('rare', p, x, y) }
  /** The least number above 0 that arithmetic knows. */
  get smallest(): Const { return this.pattern(1n) }
  /** x as it was rounded, where what was lost is asked for. */
  rounded(x: Expr): Expr { return x }
  letter(letter: Letter, ...xs: readonly (Expr | number)[]): Expr { return this.op(letter, ...xs) }

  /** Against numbers, which targets may have an instruction for; NaN stays. */
  atLeast(x: Expr, low: number): Expr { return this.op('max', x, low) }
  atMost(x: Expr, high: number): Expr { return this.op('min', x, high) }

  bitsAnd(x: Expr | number, y: Expr | number): Expr { return this.op('bitsAnd', x, y) }
  bitsOr(x: Expr | number, y: Expr | number): Expr { return this.op('bitsOr', x, y) }
  bitsXor(x: Expr | number, y: Expr | number): Expr { return this.op('bitsXor', x, y) }
  bitsAdd(x: Expr | number, y: Expr | number): Expr { return this.op('bitsAdd', x, y) }
  bitsSub(x: Expr | number, y: Expr | number): Expr { return this.op('bitsSub', x, y) }
  bitsShl(x: Expr, n: number): Expr { return this.op('bitsShl', x, n) }
  bitsShr(x: Expr, n: number): Expr { return this.op('bitsShr', x, n) }

  /** The sign of x as a bit of its own. */
  sign(x: Expr): Expr { return this.bitsAnd(x, -0) }
  /** y >= 0 (or of the sign of x) with the sign of x. */
  signed(y: Expr, x: Expr): Expr { return this.bitsOr(y, this.sign(x)) }
  /** c[0] + c[1]·x + ... by Horner's rule. */
  poly(x: Expr, c: readonly number[]): Expr {
    return c.slice(0, -1).reduceRight<Expr>((sum, k) => this.madd(sum, x, k), this.num(c[c.length - 1]!))
  }
  /** round(x·y): the whole number as a float, and `bits`, whose low bits are that number (in two's complement). |x·y| < 2^(mantissa - 2). */
  nearest(x: Expr, y: Expr | number): { readonly whole: Expr; readonly bits: Expr } {
    const bits = y === 1 ? this.add(x, this.width.whole) : this.madd(x, y, this.width.whole)
    return { whole: this.sub(bits, this.width.whole), bits }
  }
  /** A whole number, in the low bits. |n| < 2^(mantissa - 2). */
  lowBits(n: Expr): Expr { return this.add(n, this.width.whole) }
  /** 2^n for the whole number n in the low bits of `bits`, where the result is normal. */
  power2(bits: Expr): Expr { return this.bitsAdd(this.bitsShl(bits, this.width.mantissa), 1) }
  /** x - n·(sum of the parts), part by part: exact as long as the products are and the parts cancel. */
  reduce(x: Expr, n: Expr, parts: readonly number[]): Expr { return parts.reduce<Expr>((r, part) => this.madd(n, -part, r), x) }
}

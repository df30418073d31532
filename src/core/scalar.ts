/** The alphabet of scalar operations: what an element can be made of; a target says how to write each letter, all of them. */

/** How many operands each letter takes. The dtype of the operands decides between float, integer and bool meaning. */
export const scalarOps = {
  identity: 1, add: 2, sub: 2, mul: 2, div: 2, rem: 2, pow: 2, max: 2, min: 2, atan2: 2, nextAfter: 2,
  neg: 1, abs: 1, sign: 1, floor: 1, ceil: 1, round: 1, trunc: 1,
  exp: 1, expm1: 1, log: 1, log1p: 1, sqrt: 1, rsqrt: 1, cbrt: 1, logistic: 1,
  sin: 1, cos: 1, tan: 1, asin: 1, acos: 1, atan: 1, sinh: 1, cosh: 1, tanh: 1, asinh: 1, acosh: 1, atanh: 1,
  erf: 1, erfc: 1, erfInv: 1, lgamma: 1, digamma: 1, polygamma: 2,
  eq: 2, ne: 2, lt: 2, le: 2, gt: 2, ge: 2, isFinite: 1,
  and: 2, or: 2, xor: 2, not: 1, shiftLeft: 2, shiftRightLogical: 2, shiftRightArithmetic: 2, populationCount: 1, clz: 1,
  select: 3,
} as const satisfies Record<string, 1 | 2 | 3>

export type ScalarOp = keyof typeof scalarOps
type Operands<N extends number, R> = N extends 1 ? [x: R] : N extends 2 ? [x: R, y: R] : [x: R, y: R, z: R]

/** A total record: a target that forgets a letter, or takes the wrong number of operands, does not compile. */
export type Emitters<R> = { readonly [K in ScalarOp]: (...operands: Operands<(typeof scalarOps)[K], R>) => R } & {
  /** A constant of the operands' dtype. */
  readonly constant: (value: number) => R
  /** The value of another dtype nearest to this one; float to integer truncates and saturates, NaN gives 0. */
  readonly convert: (x: R, from: string, to: string) => R
  /** The same 32 bits read as another dtype. */
  readonly bitcast: (x: R, from: string, to: string) => R
  /** Two words of Threefry-2x32 with 20 rounds (Salmon et al., SC 2011): word 0 or 1 of the block (x0, x1) under the key (k0, k1). */
  readonly threefry: (k0: R, k1: R, x0: R, x1: R, word: 0 | 1) => R
}

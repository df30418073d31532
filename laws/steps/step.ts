/** What a step of a generated program is given and gives: values with intervals that contain them, so that every function is applied inside its domain. */
import { range, type Shape, sameShape, sizeOf } from '../../src/core/aval.js'
import type { Program } from '../../src/core/primitive.js'
import type { Value } from '../../src/core/value.js'
import { add, mul } from '../../src/primitives/arithmetic.js'
import { broadcast, full, sum } from '../../src/primitives/base.js'
import { asinh } from '../../src/primitives/elementary.js'
import { reshape } from '../../src/primitives/structural.js'

/** Plain numbers: which step, which operands, which variant, and the genes of a body. */
export interface Gene { readonly op: number; readonly a: number; readonly b: number; readonly c: number; readonly sub: readonly Gene[] }

/** An f64 array and an interval that contains all its elements. */
export interface Known { readonly value: Value; readonly lo: number; readonly hi: number }

export interface Mode {
  /** Every derivative is the derivative of the value: nothing hides a dependence from the rules (stopGradient, neighbours, noise). */
  readonly honest: boolean
  /** Passages through f32 are allowed; agreement is then to single precision. */
  readonly mixed: boolean
  /** Is shown the programs of bodies whose rows batching would consume. */
  readonly seen: ((p: Program) => void) | null
}
export interface Setting {
  readonly gene: Gene
  readonly mode: Mode
  /** Operand 0 is named by `a`, operand 1 by `b`, counted from the newest value back. */
  readonly pick: (n: 0 | 1) => Known
  /** The newest values, which bodies close over. */
  readonly near: readonly Known[]
  /** The body of the gene: the last value its steps make of what they start with and of the newest values around it. */
  readonly body: (start: readonly Known[], axes?: readonly string[]) => Known
  /** The same, of what it starts with alone. */
  readonly closed: (start: readonly Known[]) => Known
  /** Named axes in scope, innermost last. */
  readonly axes: readonly string[]
}
export type Step = (s: Setting) => readonly Known[]

export const shapeOf = (k: Known): Shape => k.value.aval.shape
export const bound = (k: Known): number => Math.max(Math.abs(k.lo), Math.abs(k.hi))
/** Digit number i of a number in base n: one gene number makes several choices. */
export const digit = (c: number, i: number, n: number): number => Math.floor(c / n ** i) % n

const largest = 40
const mostElements = 36
/** Values beyond the largest bound go through asinh, which never saturates; arrays with too many elements are summed along their first axis. */
export const known = (value: Value, lo: number, hi: number): Known => {
  const n = value.aval.shape[0]
  if (n !== undefined && n > 1 && value.size > mostElements) return known(sum(value, [0]), Math.min(n * lo, lo), Math.max(n * hi, hi))
  return Math.max(Math.abs(lo), Math.abs(hi)) > largest ? { value: asinh(value), lo: Math.asinh(lo), hi: Math.asinh(hi) } : { value, lo, hi }
}
export const one = (value: Value, lo: number, hi: number): readonly Known[] => [known(value, lo, hi)]
/** In [-r, r]. */
export const within = (value: Value, r: number): readonly Known[] => one(value, -r, r)

export const number = (c: number, like: Value): Value => full(c, like.aval)
/** c·x + d. */
export const affine = (k: Known, c: number, d: number): Known => {
  const scaled = c === 1 ? k.value : mul(number(c, k.value), k.value)
  const ends = [c * k.lo + d, c * k.hi + d]
  return { value: d === 0 ? scaled : add(scaled, number(d, k.value)), lo: Math.min(...ends), hi: Math.max(...ends) }
}
/** Brought into an interval by an affine map where it is not inside already. */
export const into = (k: Known, lo: number, hi: number): Known => {
  if (k.lo >= lo && k.hi <= hi) return k
  const c = k.hi > k.lo ? Math.min(1, (hi - lo) / (k.hi - k.lo)) : 1
  const moved = affine(k, c, (lo + hi) / 2 - c * (k.lo + k.hi) / 2)
  return { value: moved.value, lo, hi }
}
/** To any shape: equal sizes reshape, others sum and broadcast. */
export const coerce = (k: Known, shape: Shape): Known => {
  const own = shapeOf(k)
  if (sameShape(own, shape)) return k
  if (k.value.size === sizeOf(shape)) return { ...k, value: reshape(k.value, shape) }
  const n = k.value.size
  const total = known(sum(k.value, range(own.length)), Math.min(n * k.lo, k.lo), Math.max(n * k.hi, k.hi))
  return { ...total, value: broadcast(total.value, shape, []) }
}
/** With at least one axis. */
export const lined = (k: Known): Known => (shapeOf(k).length > 0 ? k : { ...k, value: broadcast(k.value, [2], []) })
/** Operand 1 in the shape of operand 0. */
export const both = (s: Setting): readonly [Known, Known] => {
  const x = s.pick(0)
  return [x, coerce(s.pick(1), shapeOf(x))]
}
export const join = (...ks: readonly Known[]): readonly [number, number] => [Math.min(...ks.map(k => k.lo)), Math.max(...ks.map(k => k.hi))]
/** A subset of the axes, never empty where there are any. */
export const someAxes = (rank: number, c: number): readonly number[] => {
  if (rank === 0) return []
  const chosen = range(rank).filter(i => digit(c, i, 2) === 1)
  return chosen.length > 0 ? chosen : [c % rank]
}
/** A permutation of rank axes. */
export const somePermutation = (rank: number, c: number): readonly number[] => {
  const left = range(rank).slice()
  let rest = c + 1
  const perm: number[] = []
  while (left.length > 0) {
    perm.push(...left.splice(rest % left.length, 1))
    rest = Math.floor(rest / (left.length + 1))
  }
  return perm
}

/** What an expression costs for each element, in additions: the measure by which values are stored or computed again. */
import type { Expr, Letter } from '../kernel/expr.js'
import { argsOf } from '../kernel/expr.js'

const weights: Partial<Record<Letter, number>> = {
  identity: 0, neg: 0, abs: 0, eq: 0, ne: 0, lt: 0, le: 0, gt: 0, ge: 0, and: 0, or: 0, xor: 0, not: 0, select: 0, isFinite: 0,
  add: 1, sub: 1, mul: 1, max: 1, min: 1, madd: 1, sign: 1, floor: 1, ceil: 1, round: 1, trunc: 1,
  shiftLeft: 1, shiftRightLogical: 1, shiftRightArithmetic: 1, populationCount: 1, clz: 2, div: 4, rem: 6, sqrt: 4, rsqrt: 5,
  pow: 24, lgamma: 60, digamma: 60, polygamma: 200, erfInv: 24, erf: 16, erfc: 24, atan2: 16, nextAfter: 8,
}
export const weightOf = (letter: Letter): number => weights[letter] ?? 10

export interface Measure { readonly weight: number; readonly nodes: number }
/** Shared parts count once. */
export const measureAll = (roots: readonly Expr[]): Measure => {
  let weight = 0, nodes = 0
  const seen = new Set<number>()
  const visit = (x: Expr): void => {
    if (seen.has(x.id)) return
    seen.add(x.id)
    nodes++
    if (x.tag === 'apply') weight += weightOf(x.letter)
    for (const a of argsOf(x)) visit(a)
  }
  roots.forEach(visit)
  return { weight, nodes }
}
const known = new WeakMap<Expr, Measure>()
export const measure = (e: Expr): Measure => {
  let made = known.get(e)
  if (made === undefined) known.set(e, made = measureAll([e]))
  return made
}

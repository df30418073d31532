/** A pass over the programs inside an equation: where none changes the equation is the same object. */
import type { Equation, Program } from '../core/primitive.js'

export const inside = (e: Equation, pass: (p: Program) => Program): Equation => {
  const inner = e.prim.programs(e.params)
  if (inner.length === 0) return e
  const next = inner.map(pass)
  return next.every((q, i) => q === inner[i]) ? e : { ...e, params: e.prim.withPrograms(e.params, next) }
}

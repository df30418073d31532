/** The passes over programs, in order: each keeps the meaning, none raises the cost, and a second run changes nothing. */
import type { Program } from '../core/primitive.js'
import { dce } from '../core/program.js'
import { cse } from './cse.js'

export const passes = { cse, dce } as const satisfies Record<string, (p: Program) => Program>

const done = new WeakMap<Program, Program>()
/** Programs inside are optimised first. */
export const optimise = (p: Program): Program => {
  const known = done.get(p)
  if (known) return known
  const eqns = p.eqns.map(e => {
    const inner = e.prim.programs(e.params)
    return inner.length === 0 ? e : { ...e, params: e.prim.withPrograms(e.params, inner.map(optimise)) }
  })
  const result = Object.values(passes).reduce<Program>((q, pass) => pass(q), { ...p, eqns })
  done.set(p, result)
  done.set(result, result)
  return result
}

/** The passes over programs, in order: each keeps the meaning, none raises the cost, and a second run changes nothing. */
import type { Program } from '../core/primitive.js'
import { dce } from '../core/program.js'
import { cse } from './cse.js'
import { dots } from './dots.js'
import { inline } from './inline.js'
import { inside } from './inside.js'

export type Pass = (p: Program) => Program
/** While a function is traced: rows that hold programs stay, since derivatives and batching speak of them. */
export const passes = { cse, dce } as const satisfies Record<string, Pass>
/** Before a program is lowered: no transform follows. */
export const forCompiling = { inline, cse, dots, dce } as const satisfies Record<string, Pass>

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

const prepared = new WeakMap<Program, Program>()
/** The program that is compiled: the passes in order, programs inside first, until none of them changes anything. */
export const prepare = (p: Program): Program => {
  const known = prepared.get(p)
  if (known) return known
  let now = p
  for (;;) {
    const eqns = now.eqns.map(e => inside(e, prepare))
    const start: Program = eqns.every((e, i) => e === now.eqns[i]) ? now : { ...now, eqns }
    const next = Object.values(forCompiling).reduce<Program>((q, pass) => pass(q), start)
    if (next === now) break
    now = next
  }
  prepared.set(p, now)
  prepared.set(now, now)
  return now
}

/** The passes over programs, in order: each keeps the meaning, none raises the cost, and a second run changes nothing. */
import type { Program } from '../core/primitive.js'
import { dce } from '../core/program.js'
import { cse } from './cse.js'
import { dots } from './dots.js'
import { inline } from './inline.js'
import { inside } from './inside.js'
import { pieces } from './pieces.js'

export type Pass = (p: Program) => Program
/** Is told of every pass that has run: its name (`inside`: those over programs inside), the program before it and the one after it. */
export type Watch = (name: string, before: Program, after: Program) => void
const inOrder = (list: Readonly<Record<string, Pass>>, p: Program, watch: Watch | undefined): Program => Object.entries(list).reduce((q, [name, pass]) => {
  const next = pass(q)
  watch?.(name, q, next)
  return next
}, p)
/** While a function is traced: rows that hold programs stay, since derivatives and batching speak of them. */
export const passes = { cse, dce } as const satisfies Record<string, Pass>
/** Before a program is lowered: no transform follows. */
export const forCompiling = { inline, cse, dots, pieces, dce } as const satisfies Record<string, Pass>

const done = new WeakMap<Program, Program>()
/** Programs inside are optimised first. Who watches sees the passes over `p` itself, also when they have run before. */
export const optimise = (p: Program, watch?: Watch): Program => {
  const known = watch ? undefined : done.get(p)
  if (known) return known
  const eqns = p.eqns.map(e => {
    const inner = e.prim.programs(e.params)
    return inner.length === 0 ? e : { ...e, params: e.prim.withPrograms(e.params, inner.map(q => optimise(q))) }
  })
  const start = { ...p, eqns }
  if (eqns.some((e, i) => e !== p.eqns[i])) watch?.('inside', p, start)
  const result = inOrder(passes, start, watch)
  if (!watch) done.set(p, result)
  done.set(result, result)
  return result
}

const prepared = new WeakMap<Program, Program>()
/** The program that is compiled: the passes in order, programs inside first, until none of them changes anything. */
export const prepare = (p: Program, watch?: Watch): Program => {
  const known = watch ? undefined : prepared.get(p)
  if (known) return known
  let now = p
  for (;;) {
    const eqns = now.eqns.map(e => inside(e, q => prepare(q)))
    const start: Program = eqns.every((e, i) => e === now.eqns[i]) ? now : { ...now, eqns }
    if (start !== now) watch?.('inside', now, start)
    const next = inOrder(forCompiling, start, watch)
    if (next === now) break
    now = next
  }
  if (!watch) prepared.set(p, now)
  prepared.set(now, now)
  return now
}

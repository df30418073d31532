/**
 * A law on a backend without f64: it is tried in f64 on the reference, and everything that is computed for it is computed by the backend as well,
 * in f32. What the law says of exact numbers it then says of the backend's, within what rounding explains.
 */
import type { Aval } from '../src/core/aval.js'
import { encode } from '../src/core/encode.js'
import type { Primitive, Program } from '../src/core/primitive.js'
import type { NDArray } from '../src/core/value.js'
import { singles } from '../src/compile/single.js'
import type { Backend } from '../src/runtime/backend.js'
import { onBackend } from '../src/runtime/default.js'
import { reference } from '../backends/reference/index.js'
import { compiledBy } from './compiled.js'
import type { Law, Verdict } from './law.js'
import { type Closed, inNarrow } from './single.js'

/** How much was computed twice; `excused`: programs whose numbers rounding throws from one side of a choice to another, for the reference in f32 as well. */
export interface Witnessed { programs: number; excused: number }

/** Laws are asked whether they hold for this backend, which answers at once. */
export const witness = (backend: Backend): { readonly law: <C>(l: Law<C>) => Law<C>; readonly seen: Witnessed } => {
  const seen: Witnessed = { programs: 0, excused: 0 }
  const agrees = inNarrow(backend, 'f32'), alone = inNarrow(reference, 'f32')
  const judge = (c: Closed): Verdict => {
    seen.programs++
    const verdict = agrees(c)()
    if (verdict === true || alone(c)() === true) return verdict
    seen.excused++
    return true
  }
  return {
    seen,
    law: l => ({
      ...l,
      holds: c => {
        const done: Closed[] = []
        const verdict = onBackend(noting(done), () => compiledBy(backend, () => l.holds(c)))
        if (verdict !== true) return verdict
        // afterwards: within the law some interpreter may be at work
        return onBackend(reference, () => {
          const judged = new Set<string>()
          for (const d of done) {
            const key = `${encode(d.program)} ${d.inputs.map(x => Array.from(x.data).join()).join(';')}`
            if (judged.has(key)) continue
            judged.add(key)
            const said = judge(d)
            if (said !== true) return `on ${backend.name}: ${said}`
          }
          return true
        })
      },
    }),
  }
}
/** The reference, which notes what it was asked. */
const noting = (done: Closed[]): Backend => {
  const programOf = singles()
  const note = (program: Program, inputs: readonly NDArray[]): void => { done.push({ program, inputs }) }
  return {
    name: reference.name,
    execute: (prim: Primitive, ins: readonly NDArray[], params: unknown, outs: readonly Aval[]) => {
      const made = reference.execute(prim, ins, params, outs)
      if (!prim.collective) note(programOf(prim, ins, params, outs), ins)
      return made
    },
    run: (program, ins) => { const made = reference.run(program, ins); note(program, ins); return made },
  }
}

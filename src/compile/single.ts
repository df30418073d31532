/** An operation outside of jit is a program of one equation, kept by what it is applied to. */
import type { Aval } from '../core/aval.js'
import type { Primitive, Program } from '../core/primitive.js'
import type { NDArray } from '../core/value.js'
import { newVar } from '../core/vars.js'

const most = 512

/** Programs of single applications, the oldest of many forgotten. */
export const singles = (): ((prim: Primitive, ins: readonly NDArray[], params: unknown, outs: readonly Aval[]) => Program) => {
  const known = new Map<string, Program>()
  return (prim, ins, params, outs) => {
    const key = `${prim.name} ${params === null ? '' : JSON.stringify(prim.params.encode(params))} ${ins.map(x => `${x.aval.dtype}[${x.aval.shape.join()}]`).join()}`
    let p = known.get(key)
    if (!p) {
      const vars = ins.map(x => newVar(x.aval)), results = outs.map(newVar)
      p = { ins: vars, eqns: [{ prim, params, ins: vars, outs: results, made: null }], outs: results }
      if (known.size >= most) known.delete(known.keys().next().value!)
      known.set(key, p)
    }
    return p
  }
}

/** Common subexpressions are computed once: equal rows with equal parameters on equal operands. */
import type { Atom, Program, Var } from '../core/primitive.js'
import { encodeNumber } from '../core/encode.js'

export const cse = (p: Program): Program => {
  const stands = new Map<number, Atom>()
  const seen = new Map<string, readonly Var[]>()
  const eqns: Program['eqns'][number][] = []
  const resolve = (a: Atom): Atom => (a.kind === 'var' ? stands.get(a.id) ?? a : a)
  const show = (a: Atom): string => (a.kind === 'var' ? `v${a.id}` : `${a.aval.dtype}:${encodeNumber(a.value.data[0]!)}`)
  for (const e of p.eqns) {
    const ins = e.ins.map(resolve)
    // programs inside are large keys, and seldom equal: left alone
    if (e.prim.programs(e.params).length > 0) { eqns.push({ ...e, ins }); continue }
    const key = `${e.prim.name} ${e.params === null ? '' : JSON.stringify(e.prim.params.encode(e.params))} ${ins.map(show).join()}`
    const before = seen.get(key)
    if (before) e.outs.forEach((o, i) => stands.set(o.id, before[i]!))
    else { seen.set(key, e.outs); eqns.push({ ...e, ins }) }
  }
  return stands.size === 0 ? p : { ins: p.ins, eqns, outs: p.outs.map(resolve) }
}

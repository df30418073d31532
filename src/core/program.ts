/** A program runs in whatever interpretation is current; what nobody reads of it can go. */
import { type Aval } from './aval.js'
import { beginReplay, bind, endReplay, replayOf } from './interp.js'
import type { Atom, Equation, Program } from './primitive.js'
import type { Value } from './value.js'

/** The equations that outputs depend on, and the variables they read. */
export const liveEquations = (eqns: readonly Equation[], outs: readonly Atom[]): { eqns: readonly Equation[]; live: Set<number> } => {
  const live = new Set<number>()
  for (const o of outs) if (o.kind === 'var') live.add(o.id)
  const kept: Equation[] = []
  for (let i = eqns.length - 1; i >= 0; i--) {
    const e = eqns[i]!
    if (!e.outs.some(o => live.has(o.id))) continue
    kept.push(e)
    for (const a of e.ins) if (a.kind === 'var') live.add(a.id)
  }
  return { eqns: kept.reverse(), live }
}
/** Dead code elimination: equations whose outputs nobody reads are dropped; inputs stay. */
export const dce = (p: Program): Program => {
  const { eqns } = liveEquations(p.eqns, p.outs)
  return eqns.length === p.eqns.length ? p : { ...p, eqns }
}

/** Runs a program in the current interpretation: this one loop serves evaluation, derivatives, batching and staging. */
export const evalProgram = (p: Program, args: readonly Value[]): readonly Value[] => {
  const env = new Map<number, Value>()
  p.ins.forEach((v, i) => env.set(v.id, args[i]!))
  const read = (a: Atom): Value => (a.kind === 'lit' ? a.value : env.get(a.id)!)
  const before = beginReplay()
  try {
    for (const e of p.eqns) {
      replayOf(e)
      const outs = bind(e.prim, e.ins.map(read), e.params)
      for (let i = 0; i < outs.length; i++) env.set(e.outs[i]!.id, outs[i]!)
    }
  } finally { endReplay(before) }
  return p.outs.map(read)
}

export const outAvals = (p: Program): readonly Aval[] => p.outs.map(o => o.aval)
export const inAvals = (p: Program): readonly Aval[] => p.ins.map(v => v.aval)
/** How many equations a program has, those of the programs inside it included. */
export const countEquations = (p: Program): number =>
  p.eqns.reduce((n, e) => n + 1 + e.prim.programs(e.params).reduce((m, q) => m + countEquations(q), 0), 0)

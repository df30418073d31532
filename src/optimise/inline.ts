/** Rows that are programs become their equations, so that other passes see across what were borders. */
import type { Atom, Equation, Program } from '../core/primitive.js'
import { newVar } from '../core/vars.js'
import { inside } from './inside.js'

/** What a row is instead, once the programs inside it are inlined; null where it stays. */
export type Unfolding = (e: Equation) => Program | null

/** The pass that replaces equations by what they are, and those by what they are in turn, under fresh names. */
export const expanding = (unfolding: Unfolding): ((p: Program) => Program) => {
  const done = new WeakMap<Program, Program>()
  const expand = (p: Program): Program => {
    const eqns: Equation[] = []
    let changed = false
    const emit = (q: Program, names: Map<number, Atom>, fresh: boolean): void => {
      const resolve = (a: Atom): Atom => (a.kind === 'var' ? names.get(a.id) ?? a : a)
      for (const given of q.eqns) {
        const e = inside(given, pass)
        const inner = unfolding(e)
        const ins = e.ins.map(resolve)
        if (inner !== null) {
          changed = true
          const local = new Map<number, Atom>(inner.ins.map((v, i) => [v.id, ins[i]!]))
          emit(inner, local, true)
          inner.outs.forEach((o, i) => names.set(e.outs[i]!.id, o.kind === 'var' ? local.get(o.id)! : o))
        } else if (fresh) {
          const outs = e.outs.map(o => newVar(o.aval))
          e.outs.forEach((o, i) => names.set(o.id, outs[i]!))
          eqns.push({ ...e, ins, outs })
        } else {
          changed ||= e !== given
          eqns.push(ins.every((a, i) => a === e.ins[i]) ? e : { ...e, ins })
        }
      }
    }
    const names = new Map<number, Atom>()
    emit(p, names, false)
    return changed ? { ins: p.ins, eqns, outs: p.outs.map(a => (a.kind === 'var' ? names.get(a.id) ?? a : a)) } : p
  }
  const pass = (p: Program): Program => {
    const known = done.get(p)
    if (known) return known
    const result = expand(p)
    done.set(p, result)
    done.set(result, result)
    return result
  }
  return pass
}

/** Calls, values of custom functions and loops that come apart are their equations. */
export const inline = expanding(e => e.prim.unfold(e.params))

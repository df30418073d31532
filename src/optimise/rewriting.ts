/** A pass made of rules: each looks at an equation and at what its operands come from, and may put something better in its place. */
import type { Aval } from '../core/aval.js'
import type { Atom, Equation, Primitive, Program } from '../core/primitive.js'
import { dce } from '../core/program.js'
import { newVar } from '../core/vars.js'
import { broadcastP } from '../primitives/base.js'

/** The program so far, as a rule sees it. */
export interface Site {
  /** The equation that gives this value, if it is one of this row. */
  readonly from: (a: Atom, prim: Primitive) => Equation | null
  /** Does nobody else read it? */
  readonly single: (a: Atom) => boolean
  readonly put: (prim: Primitive, params: unknown, ins: readonly Atom[], out: Aval) => Atom
}
/** What stands for an equation of its row, or null where nothing better does. */
export type Rule<P = any> = (ins: readonly Atom[], params: P, out: Aval, site: Site) => Atom | null
export type Rules = ReadonlyMap<Primitive, Rule>

/** Is it +0 everywhere? Adding -0 changes nothing either, but adding +0 changes -0. */
export const isZero = (a: Atom, site: Site): boolean => {
  const known = a.kind === 'lit' ? a : site.from(a, broadcastP)?.ins[0]
  return known?.kind === 'lit' && Object.is(known.value.data[0], 0)
}

const once = (p: Program, rules: Rules): Program => {
  const stands = new Map<number, Atom>()
  const makers = new Map<number, Equation>()
  const uses = new Map<number, number>()
  const eqns: Equation[] = []
  const count = (a: Atom, n: number): void => {
    if (a.kind === 'lit') return
    const now = (uses.get(a.id) ?? 0) + n
    uses.set(a.id, now)
    // what nobody reads any more reads nothing itself
    if (now === 0 && n < 0) makers.get(a.id)?.ins.forEach(b => count(b, -1))
  }
  const push = (e: Equation): void => { eqns.push(e); e.outs.forEach(o => makers.set(o.id, e)) }
  const site: Site = {
    from: (a, prim) => { const e = a.kind === 'var' ? makers.get(a.id) : undefined; return e && e.prim === prim ? e : null },
    single: a => a.kind === 'var' && uses.get(a.id) === 1,
    put: (prim, params, ins, out) => {
      const better = rules.get(prim)?.(ins, params, out, site)
      if (better) return better
      const v = newVar(out)
      ins.forEach(a => count(a, 1))
      push({ prim, params, ins, outs: [v], made: null })
      return v
    },
  }
  p.eqns.forEach(e => e.ins.forEach(a => count(a, 1)))
  p.outs.forEach(a => count(a, 1))
  const resolve = (a: Atom): Atom => (a.kind === 'var' ? stands.get(a.id) ?? a : a)
  for (const given of p.eqns) {
    const ins = given.ins.map(resolve)
    const e = ins.every((a, i) => a === given.ins[i]) ? given : { ...given, ins }
    const [out] = e.outs
    const better = rules.get(e.prim)?.(ins, e.params, out!.aval, site)
    if (!better) { push(e); continue }
    stands.set(out!.id, better)
    count(better, uses.get(out!.id) ?? 0)
    ins.forEach(a => count(a, -1))
  }
  return stands.size === 0 ? p : dce({ ins: p.ins, eqns, outs: p.outs.map(resolve) })
}
/** The pass of some rules. It runs as long as something changes: what one rule leaves another may take. */
export const rewriting = (rules: Rules) => (p: Program): Program => {
  let now = dce(p)
  for (;;) {
    const next = once(now, rules)
    if (next === now) return now
    now = next
  }
}

/** What depends on the constants of a loop alone leaves it: computed once, before the first turn. */
import { sizeOf } from '../core/aval.js'
import type { Atom, Equation, Program, Var } from '../core/primitive.js'
import { newVar } from '../core/vars.js'

export const costOf = (e: Equation): number => e.prim.cost(e.ins.map(a => a.aval), e.outs.map(o => o.aval), e.params)
/** How many elements an equation makes. */
export const elementsOf = (e: Equation): number => e.outs.reduce((n, o) => n + sizeOf(o.aval.shape), 0)
/** How often each value is read. */
export const readers = (eqns: readonly Equation[], outs: readonly Atom[]): ReadonlyMap<number, number> => {
  const uses = new Map<number, number>()
  const read = (a: Atom): void => { if (a.kind === 'var') uses.set(a.id, (uses.get(a.id) ?? 0) + 1) }
  for (const e of eqns) e.ins.forEach(read)
  outs.forEach(read)
  return uses
}
export const makersOf = (eqns: readonly Equation[]): ReadonlyMap<number, Equation> => new Map(eqns.flatMap(e => e.outs.map(o => [o.id, e] as const)))

/** Appends the equations of a program over the given operands, under fresh names; answers what its outputs are called. */
export const embed = (p: Program, ins: readonly Atom[], into: Equation[]): readonly Atom[] => {
  const names = new Map<number, Atom>(p.ins.map((v, i) => [v.id, ins[i]!]))
  const resolve = (a: Atom): Atom => (a.kind === 'var' ? names.get(a.id)! : a)
  for (const e of p.eqns) {
    const outs = e.outs.map(o => newVar(o.aval))
    into.push({ ...e, ins: e.ins.map(resolve), outs })
    e.outs.forEach((o, i) => names.set(o.id, outs[i]!))
  }
  return p.outs.map(resolve)
}

export interface Hoisted {
  /** constants -> what crosses */
  readonly before: Program
  /** The equations that stay. */
  readonly body: readonly Equation[]
}
/** Below this many operations for each element a value that grows from few numbers is made again at every turn, instead of being kept and read. */
const light = 4

/** The equations over these constants alone, where some are worth to be computed once. */
export const hoisted = (p: Program, constants: readonly Var[]): Hoisted | null => {
  /** For values over constants: the elements it grows from, and the work for each of its own that is done again if it stays. */
  const known = new Map<number, { readonly source: number; readonly work: number }>(constants.map(v => [v.id, { source: sizeOf(v.aval.shape), work: 0 }]))
  const leaving = new Set<Equation>(), fixed = new Set<Equation>()
  for (const e of p.eqns) {
    if (e.prim.collective || !e.ins.every(a => a.kind === 'lit' || known.has(a.id))) continue
    fixed.add(e)
    const size = elementsOf(e)
    const given = e.ins.flatMap(a => (a.kind === 'var' ? [known.get(a.id)!] : []))
    const source = given.reduce((n, g) => n + g.source, 0), work = given.reduce((n, g) => n + g.work, costOf(e) / Math.max(1, size))
    const grows = source < size && work < light
    if (!grows) leaving.add(e)
    for (const o of e.outs) known.set(o.id, grows ? { source, work } : { source: sizeOf(o.aval.shape), work: 0 })
  }
  if (leaving.size === 0) return null
  const makers = makersOf([...fixed])
  /** What leaves takes along what it is made of: a copy where that costs nothing, else the thing itself. */
  const outside = new Set<Equation>()
  const take = (e: Equation): void => {
    if (outside.has(e)) return
    outside.add(e)
    for (const a of e.ins) {
      const from = a.kind === 'var' ? makers.get(a.id) : undefined
      if (!from) continue
      if (costOf(from) > 0) leaving.add(from)
      take(from)
    }
  }
  for (const e of [...leaving]) take(e)
  const body = p.eqns.filter(e => !leaving.has(e))
  const read = readers(body, p.outs)
  const crossing = p.eqns.flatMap(e => (leaving.has(e) ? e.outs.filter(o => read.has(o.id)) : []))
  return { before: { ins: constants, eqns: p.eqns.filter(e => outside.has(e)), outs: crossing }, body }
}

/** A scan comes apart: what need not be done at every turn is done for all of them at once, before or after the loop. */
import { aval, type Aval, sizeOf } from '../core/aval.js'
import type { Atom, Equation, Primitive, Program, Var } from '../core/primitive.js'
import { newVar } from '../core/vars.js'
import { cost } from '../interpreters/count.js'
import { addP } from '../primitives/arithmetic.js'
import { broadcastP, scalar, sumP } from '../primitives/base.js'
import { dotGeneralP, type DotParams } from '../primitives/contract.js'
import { reshapeP, transposeP } from '../primitives/structural.js'
import { batchProgram } from '../transforms/batching.js'
import { costOf, elementsOf, embed, hoisted } from './hoist.js'
import type { ScanParams } from './holding.js'
import { Split } from './split.js'

/** When it pays to keep all turns of a value at once. */
export interface Thrift {
  /** Operations for each element from which a contraction is worth to be moved. */
  readonly dear: number
  /** Operations moved for each element that is stored for it. */
  readonly worth: number
  /** More elements than these are not stored. */
  readonly most: number
}
export const frugal: Thrift = { dear: 8, worth: 4, most: 2 ** 24 }

const size = (a: Atom): number => sizeOf(a.aval.shape)
const single = (e: Equation): Var => e.outs[0]!
/** Products of two operands that are more than a letter: what a whole stack of is cheaper than one by one. */
const contracts = (e: Equation, t: Thrift): boolean => e.prim.kind === 'multilinear' && e.prim.scalar === null && costOf(e) >= t.dear * elementsOf(e)
const movable = (e: Equation): boolean => e.prim.collective === null && e.prim.programs(e.params).length === 0

// ---- loops that are none ---------------------------------------------------------------------------------------------

/** No turn, or one. */
const written = ({ program, nConst, nCarry, length }: ScanParams): Program => {
  const eqns: Equation[] = []
  const put = (prim: Primitive, params: unknown, ins: readonly Atom[], out: Aval): Var => {
    const v = newVar(out)
    eqns.push({ prim, params, ins, outs: [v], made: null })
    return v
  }
  const stacked = (a: Aval): Aval => aval(a.dtype, [length, ...a.shape])
  const ins = program.ins.map((v, i) => newVar(i < nConst + nCarry ? v.aval : stacked(v.aval)))
  const empty = (a: Aval): Atom => {
    const zero = scalar(0, a.dtype), { shape } = stacked(a)
    return put(broadcastP, { shape, dims: [] }, [{ kind: 'lit', value: zero, aval: zero.aval }], stacked(a))
  }
  if (length === 0) return { ins, eqns, outs: [...ins.slice(nConst, nConst + nCarry), ...program.outs.slice(nCarry).map(o => empty(o.aval))] }
  const rows = ins.map((v, i) => (i < nConst + nCarry ? v : put(reshapeP, { shape: program.ins[i]!.aval.shape }, [v], program.ins[i]!.aval)))
  const outs = embed(program, rows, eqns)
  return { ins, eqns, outs: outs.map((o, i) => (i < nCarry ? o : put(reshapeP, { shape: [1, ...o.aval.shape] }, [o], stacked(o.aval)))) }
}

// ---- what changes nothing --------------------------------------------------------------------------------------------

/** Carries that stay what they are, inputs nobody reads, outputs that are inputs. */
const tidied = (s: Split): Program | null => {
  const uses = s.uses()
  const idle = s.carries.some(c => c.next.kind === 'var' && c.next.id === c.inner.id) || [...s.consts, ...s.xs].some(f => !uses.has(f.inner.id))
    || s.ys.some(({ value }) => value?.kind === 'var' && s.xs.some(x => x.inner.id === value.id))
  return idle ? s.finish() : null
}
const constantsFirst = (s: Split): Program | null => {
  const h = hoisted({ ...s.params.program, eqns: s.body }, s.consts.map(c => c.inner))
  if (!h) return null
  const made = s.embed(h.before, s.consts.map(c => c.outer), 'before')
  s.body = h.body
  s.consts = [...s.consts, ...h.before.outs.map((o, i) => ({ inner: o as Var, outer: made[i]! }))]
  return s.finish()
}

// ---- before the loop -------------------------------------------------------------------------------------------------

/** Equations of the body that these need, constants and scanned inputs being there; null where one of them must stay. */
const ancestors = (roots: readonly Atom[], makers: ReadonlyMap<number, Equation>, level: (a: Atom) => number): ReadonlySet<Equation> | null => {
  const found = new Set<Equation>()
  const visit = (a: Atom): boolean => {
    if (level(a) > 1) return false
    const e = a.kind === 'var' ? makers.get(a.id) : undefined
    if (!e || found.has(e)) return true
    found.add(e)
    return movable(e) && e.ins.every(visit)
  }
  return roots.every(visit) ? found : null
}
interface AtOnce { readonly program: Program; readonly ins: readonly Atom[] }
/** These equations for all turns at once; outputs that depend on no scanned input stay as they are. */
const atOnce = (s: Split, eqns: readonly Equation[], outs: readonly Atom[], level: (a: Atom) => number, stacks: readonly { readonly inner: Var; readonly outer: Atom }[]): AtOnce => {
  const ins = [...s.consts, ...stacks]
  const sub: Program = { ins: ins.map(f => f.inner), eqns, outs }
  const { program } = batchProgram(sub, { size: s.params.length, name: null }, ins.map((_, i) => i >= s.consts.length), outs.map(o => level(o) > 0))
  return { program, ins: ins.map(f => f.outer) }
}
const priceOf = (s: Split, eqns: readonly Equation[], level: (a: Atom) => number): number =>
  eqns.reduce((n, e) => n + costOf(e) * (level(single(e)) > 0 ? s.params.length : 1), 0)

const inputsFirst = (s: Split, t: Thrift): Program | null => {
  const level = s.levels(), makers = s.makers(), { length } = s.params
  const moved = new Set<Equation>()
  let stored = 0
  for (const e of s.body) {
    if (level(single(e)) !== 1 || !contracts(e, t)) continue
    const with_ = ancestors(e.outs, makers, level)
    if (!with_) continue
    let extra = 0
    for (const a of with_) if (costOf(a) > 0 && !moved.has(a)) extra += elementsOf(a) * length
    if (costOf(e) * length < t.worth * extra || stored + extra > t.most) continue
    stored += extra
    with_.forEach(a => moved.add(a))
  }
  if (moved.size === 0) return null
  const leaving = (e: Equation): boolean => moved.has(e) && costOf(e) > 0
  const eqns = s.body.filter(e => moved.has(e)), body = s.body.filter(e => !leaving(e))
  const read = new Set(body.flatMap(e => e.ins).concat(s.outs()).flatMap(a => (a.kind === 'var' ? [a.id] : [])))
  const outs = eqns.filter(leaving).flatMap(e => e.outs.filter(o => read.has(o.id)))
  const all = atOnce(s, eqns, outs, level, s.xs)
  if (cost(all.program) > priceOf(s, eqns, level)) return null
  const made = s.embed(all.program, all.ins, 'before').map((outer, i) => ({ inner: outs[i]!, outer }))
  s.body = body
  s.consts = [...s.consts, ...made.filter(m => level(m.inner) === 0)]
  s.xs = [...s.xs, ...made.filter(m => level(m.inner) > 0)]
  return s.finish()
}

// ---- after the loop --------------------------------------------------------------------------------------------------

/** A product that is added up, and the movements of it on the way. */
interface Term { readonly leaf: Atom; readonly dot: Equation; readonly path: readonly Equation[] }
/** An operand for all turns: its stack, or itself where all turns have the same; and how many elements are stored for it. */
type Operand = { readonly extra: number; readonly take: () => { readonly value: Atom; readonly stacked: boolean } }

const operandOf = (s: Split, a: Atom, level: (a: Atom) => number, makers: ReadonlyMap<number, Equation>): Operand | null => {
  if (a.kind === 'lit') return null
  const constant = s.consts.find(c => c.inner.id === a.id)
  if (constant) return { extra: 0, take: () => ({ value: constant.outer, stacked: false }) }
  const there = s.stacks(a)
  if (there) return { extra: 0, take: () => ({ value: there, stacked: true }) }
  const eqns = ancestors([a], makers, level)
  if (eqns && [...eqns].every(e => costOf(e) === 0)) {
    const take = (): Atom => { const all = atOnce(s, s.body.filter(e => eqns.has(e)), [a], level, s.xs); return s.embed(all.program, all.ins, 'before')[0]! }
    return { extra: 0, take: () => ({ value: take(), stacked: level(a) > 0 }) }
  }
  return level(a) === 0 ? null : { extra: size(a) * s.params.length, take: () => ({ value: s.stack(a), stacked: true }) }
}

/** c + g + h: its terms, if c is one of them once and nothing on the way is read by anybody else. */
const termsOf = (s: Split, c: Split['carries'][number], uses: ReadonlyMap<number, number>, makers: ReadonlyMap<number, Equation>): readonly Atom[] | null => {
  if (uses.get(c.inner.id) !== 1) return null
  const terms: Atom[] = []
  const visit = (a: Atom): void => {
    const e = a.kind === 'var' && uses.get(a.id) === 1 ? makers.get(a.id) : undefined
    if (e && e.prim === addP) e.ins.forEach(visit)
    else terms.push(a)
  }
  visit(c.next)
  return terms.length > 1 && terms.some(a => a.kind === 'var' && a.id === c.inner.id) ? terms : null
}
const productOf = (leaf: Atom, uses: ReadonlyMap<number, number>, makers: ReadonlyMap<number, Equation>): Term | null => {
  const path: Equation[] = []
  for (let a = leaf; ;) {
    const e = a.kind === 'var' && uses.get(a.id) === 1 ? makers.get(a.id) : undefined
    if (e?.prim === dotGeneralP) return { leaf, dot: e, path: path.reverse() }
    if (e?.prim !== transposeP && e?.prim !== reshapeP) return null
    path.push(e!)
    a = e!.ins[0]!
  }
}
/** Σ_t a_t·b_t, contracted over the turns as well; where one side is the same at all turns, that times the sum of the other. */
const total = (s: Split, { dot, path }: Term, operands: readonly { readonly value: Atom; readonly stacked: boolean }[]): Atom => {
  const put = (prim: Primitive, params: unknown, ins: readonly Atom[], out: Aval): Var => {
    const v = newVar(out)
    s.after.push({ prim, params, ins, outs: [v], made: null })
    return v
  }
  const { contract, batch } = dot.params as DotParams
  const out = single(dot).aval
  const shifted = (axes: readonly number[]): readonly number[] => axes.map(d => d + 1)
  const both = operands.every(o => o.stacked)
  const [a, b] = both ? operands.map(o => o.value) : operands.map((o, i) => (o.stacked ? put(sumP, { axes: [0] }, [o.value], dot.ins[i]!.aval) : o.value))
  const params: DotParams = both
    ? { contract: [[0, ...shifted(contract[0])], [0, ...shifted(contract[1])]], batch: [shifted(batch[0]), shifted(batch[1])] } : { contract, batch }
  return path.reduce<Atom>((x, e) => put(e.prim, e.params, [x], single(e).aval), put(dotGeneralP, params, [a!, b!], out))
}

const sumsLast = (s: Split, t: Thrift): Program | null => {
  const level = s.levels(), makers = s.makers(), uses = s.uses()
  let moved = false, stored = 0
  s.carries = s.carries.map(c => {
    const terms = termsOf(s, c, uses, makers)
    const more: Atom[] = []
    const rest = terms?.filter(leaf => {
      const term = productOf(leaf, uses, makers)
      if (!term || level(leaf) === 0 || !contracts(term.dot, t)) return true
      const operands = term.dot.ins.map(a => operandOf(s, a, level, makers))
      const extra = operands.reduce((n, o) => n + (o ? o.extra : Infinity), 0)
      if (!(costOf(term.dot) * s.params.length >= t.worth * extra) || stored + extra > t.most) return true
      stored += extra
      more.push(total(s, term, operands.map(o => o!.take())))
      return false
    })
    if (!rest || more.length === 0) return c
    moved = true
    const next = rest.slice(1).reduce<Atom>((sum, a) => {
      const v = newVar(a.aval)
      s.body = [...s.body, { prim: addP, params: null, ins: [sum, a], outs: [v], made: null }]
      return v
    }, rest[0]!)
    return { ...c, next, more: [...c.more, ...more] }
  })
  return moved ? s.finish() : null
}

/** Equations whose results only stacked outputs come from. */
const lateOf = (s: Split): ReadonlySet<Equation> => {
  const early = new Set<number>()
  const read = (a: Atom): void => { if (a.kind === 'var') early.add(a.id) }
  s.carries.forEach(c => read(c.next))
  const late = new Set<Equation>()
  for (let i = s.body.length - 1; i >= 0; i--) {
    const e = s.body[i]!
    if (movable(e) && e.outs.every(o => !early.has(o.id))) late.add(e)
    else e.ins.forEach(read)
  }
  return late
}
const outputsLast = (s: Split, t: Thrift): Program | null => {
  const level = s.levels(), makers = s.makers(), late = lateOf(s), { length } = s.params
  const moved = new Set<Equation>()
  const reached = new Set<number>()
  let operations = 0, stored = 0
  for (const e of s.body) {
    const follows = e.ins.some(a => a.kind === 'var' && reached.has(a.id))
    const begins = late.has(e) && level(single(e)) > 0 && contracts(e, t)
    if (!follows && !begins) continue
    if (begins) { operations += costOf(e) * length; stored += elementsOf(e) * length }
    moved.add(e)
    e.outs.forEach(o => reached.add(o.id))
  }
  if (moved.size === 0) return null
  // what they need and what costs nothing, or is the same at all turns, is made again
  const copied = new Set<Equation>(), needs = new Map<number, Var>()
  const need = (a: Atom): void => {
    if (a.kind === 'lit' || reached.has(a.id) || level(a) === 0 && !makers.has(a.id)) return
    const eqns = makers.has(a.id) ? ancestors([a], makers, level) : null
    if (eqns && (level(a) === 0 || [...eqns].every(e => costOf(e) === 0))) {
      for (const e of eqns) { if (copied.has(e)) continue; copied.add(e); e.ins.forEach(need) }
    } else needs.set(a.id, a)
  }
  for (const e of moved) e.ins.forEach(need)
  for (const v of needs.values()) if (!s.stacks(v)) stored += size(v) * length
  if (!(operations >= t.worth * stored) || stored > t.most) return null
  const eqns = s.body.filter(e => moved.has(e) || copied.has(e))
  const results = s.ys.filter(y => y.value?.kind === 'var' && reached.has(y.value.id))
  const stacks = [...needs.values()].map(inner => ({ inner, outer: s.stack(inner) }))
  const all = atOnce(s, eqns, results.map(y => y.value!), () => 1, stacks)
  if (cost(all.program) > priceOf(s, [...moved], () => 1)) return null
  const made = s.embed(all.program, all.ins, 'after')
  results.forEach((y, i) => { s.ys[s.ys.indexOf(y)] = { value: null, result: made[i]! } })
  s.body = s.body.filter(e => !moved.has(e))
  return s.finish()
}

/**
 * The same loop in pieces, or null where it is one: constants first; contractions of what is scanned before, over all turns; products that
 * are added up as one product over all turns, and those that are only stacked, after. One step of these: who unfolds asks again.
 */
export const fission = (scan: Primitive<ScanParams>, p: ScanParams, thrift: Thrift = frugal): Program | null => {
  if (p.length <= 1) return written(p)
  const steps = [tidied, constantsFirst, sumsLast, inputsFirst, outputsLast]
  for (const step of steps) {
    const made = step(new Split(scan, p), thrift)
    if (made) return made
  }
  return null
}

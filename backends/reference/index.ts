/** The reference backend runs every primitive in plain TypeScript: it is the oracle, and the default. */
import { raise } from '../../src/core/fault.js'
import { roundToHalf } from '../../src/core/half.js'
import type { Atom, Primitive, Program } from '../../src/core/primitive.js'
import type { ExecutedName } from '../../src/core/vocabulary.js'
import { NDArray } from '../../src/core/value.js'
import type { Aval } from '../../src/core/aval.js'
import type { Backend } from '../../src/runtime/backend.js'
import { contract } from './contract.js'
import { convolve } from './convolve.js'
import { executeElementwise } from './elementwise.js'
import type { Execute } from './execute.js'
import { folds } from './fold.js'
import { higher } from './higher.js'
import { indexing } from './indexing.js'
import { sorting } from './sort.js'
import { structural } from './structural.js'

const executors: Record<ExecutedName, Execute> = { ...structural, ...folds, ...contract, ...convolve, ...indexing, ...sorting, ...higher }
const byName: ReadonlyMap<string, Execute> = new Map(Object.entries(executors))

/**
 * What is computed in f64 lies in a Float32Array, and becomes halves here. Two roundings are one for sums, products, quotients and roots of
 * halves, since 24 >= 2·11 + 2 (Figueroa, When is double rounding innocuous?, 1995), and elsewhere within 2^-14 of one; conversions round once.
 */
const halved = (outs: readonly NDArray[]): readonly NDArray[] => {
  for (const { aval, data } of outs) if (aval.dtype === 'f16') for (let i = 0; i < data.length; i++) data[i] = roundToHalf(data[i]!)
  return outs
}
const execute = (prim: Primitive, ins: readonly NDArray[], params: unknown, outs: readonly Aval[]): readonly NDArray[] => {
  if (prim.scalar) return halved(executeElementwise(prim, ins, params, outs))
  const rule = byName.get(prim.name)
  if (!rule) {
    return raise({ _tag: 'UnboundAxisName', op: prim.name, name: prim.collective?.axisName(params) ?? '', known: [], hint: 'call it inside vmap(f, { axisName }) with that name' })
  }
  const data = rule(ins, params, outs, run)
  return halved(outs.map((a, i) => new NDArray(a, data[i]!)))
}

/** Equations in order; a variable's array is dropped after its last use. */
const run = (program: Program, ins: readonly NDArray[]): readonly NDArray[] => {
  const { slots, lastUse } = layout(program)
  const env = new Array<NDArray | null>(slots.size).fill(null)
  program.ins.forEach((v, i) => { env[slots.get(v.id)!] = ins[i]! })
  const read = (a: Atom): NDArray => (a.kind === 'lit' ? a.value : env[slots.get(a.id)!]!)
  program.eqns.forEach((e, k) => {
    const outs = execute(e.prim, e.ins.map(read), e.params, e.outs.map(v => v.aval))
    for (let i = 0; i < outs.length; i++) env[slots.get(e.outs[i]!.id)!] = outs[i]!
    for (const slot of lastUse[k]!) env[slot] = null
  })
  return program.outs.map(read)
}

interface Layout { readonly slots: ReadonlyMap<number, number>; readonly lastUse: readonly (readonly number[])[] }
const layouts = new WeakMap<Program, Layout>()
const layout = (p: Program): Layout => {
  const known = layouts.get(p)
  if (known) return known
  const slots = new Map<number, number>()
  const slot = (id: number): void => { slots.set(id, slots.size) }
  p.ins.forEach(v => slot(v.id))
  p.eqns.forEach(e => e.outs.forEach(v => slot(v.id)))
  const kept = new Set(p.outs.flatMap(o => (o.kind === 'var' ? [o.id] : [])))
  const seen = new Set<number>()
  const lastUse: number[][] = p.eqns.map(() => [])
  for (let k = p.eqns.length - 1; k >= 0; k--) {
    const e = p.eqns[k]!
    for (const id of [...e.ins.flatMap(a => (a.kind === 'var' ? [a.id] : [])), ...e.outs.map(o => o.id)]) {
      if (kept.has(id) || seen.has(id)) continue
      seen.add(id)
      lastUse[k]!.push(slots.get(id)!)
    }
  }
  const made = { slots, lastUse }
  layouts.set(p, made)
  return made
}

export const reference: Backend = { name: 'reference', execute, run }

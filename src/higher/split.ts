/** A scan while it comes apart: equations before it, its body, equations after it, over one set of names. */
import { type Aval, aval } from '../core/aval.js'
import type { Atom, Equation, Primitive, Program, Var } from '../core/primitive.js'
import { liveEquations } from '../core/program.js'
import { newVar } from '../core/vars.js'
import { addP } from '../primitives/arithmetic.js'
import { embed, makersOf, readers } from './hoist.js'
import type { ScanParams } from './holding.js'

/** An operand of the body, and what feeds it from outside. */
interface Fed { readonly inner: Var; readonly outer: Atom }
interface Carry extends Fed { readonly next: Atom; /** What is added to its last value. */ readonly more: readonly Atom[] }
/** A stacked output: what is stacked (null: the loop does not make it), and the stack. */
interface Stack { readonly value: Atom | null; readonly result: Atom }

const stackedOf = (a: Aval, n: number): Aval => aval(a.dtype, [n, ...a.shape])

export class Split {
  readonly params: ScanParams
  readonly ins: readonly Var[]
  readonly before: Equation[] = []
  readonly after: Equation[] = []
  body: readonly Equation[]
  consts: readonly Fed[]
  carries: Carry[]
  xs: readonly Fed[]
  /** The first are the outputs of the original, in their order. */
  readonly ys: Stack[]
  private readonly scan: Primitive<ScanParams>
  private readonly nYs: number

  constructor(scan: Primitive<ScanParams>, p: ScanParams) {
    const { program, nConst, nCarry, length } = p
    this.scan = scan
    this.params = p
    this.body = program.eqns
    this.ins = program.ins.map((v, i) => newVar(i < nConst + nCarry ? v.aval : stackedOf(v.aval, length)))
    const fed = program.ins.map((inner, i): Fed => ({ inner, outer: this.ins[i]! }))
    this.consts = fed.slice(0, nConst)
    this.carries = fed.slice(nConst, nConst + nCarry).map((f, i) => ({ ...f, next: program.outs[i]!, more: [] }))
    this.xs = fed.slice(nConst + nCarry)
    this.ys = program.outs.slice(nCarry).map(value => ({ value, result: newVar(stackedOf(value.aval, length)) }))
    this.nYs = this.ys.length
  }

  /** 0: over constants alone; 1: over scanned inputs too; 2: over carries. */
  levels(): (a: Atom) => number {
    const known = new Map<number, number>()
    this.consts.forEach(c => known.set(c.inner.id, 0))
    this.xs.forEach(x => known.set(x.inner.id, 1))
    this.carries.forEach(c => known.set(c.inner.id, 2))
    const of = (a: Atom): number => (a.kind === 'lit' ? 0 : known.get(a.id)!)
    for (const e of this.body) { const l = e.ins.reduce((m, a) => Math.max(m, of(a)), 0); for (const o of e.outs) known.set(o.id, l) }
    return of
  }
  outs(): readonly Atom[] { return [...this.carries.map(c => c.next), ...this.ys.flatMap(y => y.value ?? [])] }
  uses(): ReadonlyMap<number, number> { return readers(this.body, this.outs()) }
  makers(): ReadonlyMap<number, Equation> { return makersOf(this.body) }

  /** The stack of a value of the body: a scanned input or an output that is there already, or one more output. */
  stacks(value: Var): Atom | null {
    return this.xs.find(x => x.inner.id === value.id)?.outer ?? this.ys.find(y => y.value?.kind === 'var' && y.value.id === value.id)?.result ?? null
  }
  stack(value: Var): Atom {
    const there = this.stacks(value)
    if (there) return there
    const result = newVar(stackedOf(value.aval, this.params.length))
    this.ys.push({ value, result })
    return result
  }
  embed(p: Program, ins: readonly Atom[], where: 'before' | 'after'): readonly Atom[] { return embed(p, ins, this[where]) }

  /** What is not read is not fed, what does not change is no carry, what is scanned already is not stacked. */
  finish(): Program {
    const still = (c: Carry): boolean => c.next.kind === 'var' && c.next.id === c.inner.id
    const consts = [...this.consts, ...this.carries.filter(still)], carries = this.carries.filter(c => !still(c))
    const passed = new Map(this.xs.map(x => [x.inner.id, x.outer]))
    const through = (y: Stack): Atom | undefined => (y.value?.kind === 'var' ? passed.get(y.value.id) : undefined)
    const results = this.ys.slice(0, this.nYs).map(y => through(y) ?? y.result)
    const needed = new Set([...results, ...this.after.flatMap(e => e.ins), ...this.carries.flatMap(c => c.more)].flatMap(a => (a.kind === 'var' ? [a.id] : [])))
    const ys = this.ys.filter(y => y.value !== null && !through(y) && y.result.kind === 'var' && needed.has(y.result.id))
    const outs = [...carries.map(c => c.next), ...ys.map(y => y.value!)]
    const { eqns, live } = liveEquations(this.body, outs)
    const read = (f: Fed): boolean => live.has(f.inner.id)
    const [fedConsts, fedXs] = [consts.filter(read), this.xs.filter(read)]
    const totals = new Map(carries.map(c => [c, newVar(c.inner.aval)] as const))
    const program: Program = { ins: [...fedConsts, ...carries, ...fedXs].map(f => f.inner), eqns, outs }
    const loop: Equation = {
      prim: this.scan, params: { ...this.params, program, nConst: fedConsts.length, nCarry: carries.length } satisfies ScanParams,
      ins: [...fedConsts, ...carries, ...fedXs].map(f => f.outer), outs: [...totals.values(), ...ys.map(y => y.result as Var)], made: null,
    }
    const sums: Equation[] = []
    const total = (c: Carry): Atom => c.more.reduce<Atom>((sum, a) => {
      const v = newVar(a.aval)
      sums.push({ prim: addP, params: null, ins: [sum, a], outs: [v], made: null })
      return v
    }, totals.get(c) ?? c.outer)
    const last = this.carries.map(total)
    return { ins: this.ins, eqns: [...this.before, ...(loop.outs.length > 0 ? [loop] : []), ...this.after, ...sums], outs: [...last, ...results] }
  }
}

/** Programs are built by staging, and run in whatever interpretation is current. */
import { type Aval } from './aval.js'
import { getOrRaise } from './fault.js'
import { bind, Interp, markHere, under } from './interp.js'
import type { Atom, Equation, Primitive, Program, Var } from './primitive.js'
import type { Mark } from './source.js'
import { NDArray, Tracer, type Value } from './value.js'

let nextId = 0
export const newVar = (aval: Aval): Var => ({ kind: 'var', id: nextId++, aval })

export class StagedTracer extends Tracer {
  readonly variable: Var
  constructor(owner: StageInterp, variable: Var, made: Mark | null) { super(owner, made); this.variable = variable }
  get aval(): Aval { return this.variable.aval }
}

/** Closed over captured values: they are the leading inputs, and `captured` feeds them. */
export interface Staged { readonly program: Program; readonly captured: readonly Value[] }

/** Records equations instead of computing. */
export class StageInterp extends Interp {
  readonly title: string
  readonly eqns: Equation[] = []
  private readonly vars = new Map<Value, Var>()
  /** Tangent programs are staged at every eager derivative: they do without marks. */
  private readonly marks: boolean
  constructor(title: string, marks = true) { super(); this.title = title; this.marks = marks }

  arg(aval: Aval): StagedTracer { return new StagedTracer(this, newVar(aval), this.marks ? markHere() : null) }

  atom(x: Value): Atom {
    if (x instanceof StagedTracer && x.owner === this) return x.variable
    if (x instanceof NDArray && x.aval.shape.length === 0) return { kind: 'lit', value: x, aval: x.aval }
    const seen = this.vars.get(x)
    if (seen) return seen
    const v = newVar(x.aval)
    this.vars.set(x, v)
    return v
  }

  process(prim: Primitive, args: readonly Value[], params: unknown): readonly Value[] {
    const ins = args.map(a => this.atom(a))
    const made = this.marks ? markHere() : null
    const outs = getOrRaise(prim.shape(ins.map(i => i.aval), params)).map(newVar)
    this.eqns.push({ prim, params, ins, outs, made })
    return outs.map(v => new StagedTracer(this, v, made))
  }

  /** Ends the staging. Dead equations and captured values nobody reads are left out. */
  finish(args: readonly StagedTracer[], outs: readonly Value[]): Staged {
    const atoms = outs.map(o => this.atom(o))
    this.alive = false
    const { eqns, live } = liveEquations(this.eqns, atoms)
    const captured: Value[] = []
    const ins: Var[] = []
    for (const [value, v] of this.vars) if (live.has(v.id)) { captured.push(value); ins.push(v) }
    for (const a of args) ins.push(a.variable)
    return { program: { ins, eqns, outs: atoms }, captured }
  }
}

/** The equations that outputs depend on, and the variables they read. */
const liveEquations = (eqns: readonly Equation[], outs: readonly Atom[]): { eqns: readonly Equation[]; live: Set<number> } => {
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
export const dce = (p: Program): Program => ({ ...p, eqns: liveEquations(p.eqns, p.outs).eqns })

/** A function of flat values, as a program over values of the given types. */
export const stage = (f: (...xs: Value[]) => readonly Value[], avals: readonly Aval[], title = 'staging'): Staged => {
  const s = new StageInterp(title)
  const args = avals.map(a => s.arg(a))
  try { return s.finish(args, under(s, () => f(...args))) } finally { s.alive = false }
}

/** Runs a program in the current interpretation: this one loop serves evaluation, derivatives, batching and staging. */
export const evalProgram = (p: Program, args: readonly Value[]): readonly Value[] => {
  const env = new Map<number, Value>()
  p.ins.forEach((v, i) => env.set(v.id, args[i]!))
  const read = (a: Atom): Value => (a.kind === 'lit' ? a.value : env.get(a.id)!)
  for (const e of p.eqns) {
    const outs = bind(e.prim, e.ins.map(read), e.params)
    for (let i = 0; i < outs.length; i++) env.set(e.outs[i]!.id, outs[i]!)
  }
  return p.outs.map(read)
}

export const outAvals = (p: Program): readonly Aval[] => p.outs.map(o => o.aval)
export const inAvals = (p: Program): readonly Aval[] => p.ins.map(v => v.aval)
/** How many equations a program has, those of the programs inside it included. */
export const countEquations = (p: Program): number =>
  p.eqns.reduce((n, e) => n + 1 + e.prim.programs(e.params).reduce((m, q) => m + countEquations(q), 0), 0)

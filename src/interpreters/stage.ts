/** Staging records: what a function does becomes a program over what it was given. */
import { type Aval } from '../core/aval.js'
import { getOrRaise } from '../core/fault.js'
import { Interp, markHere, under } from '../core/interp.js'
import type { Atom, Equation, Primitive, Program, Var } from '../core/primitive.js'
import { liveEquations } from '../core/program.js'
import { newVar } from '../core/vars.js'
import type { Mark } from '../core/source.js'
import { NDArray, Tracer, type Value } from '../core/value.js'

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
    // a number that is on a device cannot be read now
    if (x instanceof NDArray && x.aval.shape.length === 0 && x.residence?.read === undefined) return { kind: 'lit', value: x, aval: x.aval }
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

/**
 * A function of flat values, as a program over values of the given types. Functions of the user are traced with `marks`, so that a
 * fault names their lines; rearrangements of programs do without.
 */
export const stage = (f: (...xs: Value[]) => readonly Value[], avals: readonly Aval[], title = 'staging', marks = false): Staged => {
  const s = new StageInterp(title, marks)
  const args = avals.map(a => s.arg(a))
  try { return s.finish(args, under(s, () => f(...args))) } finally { s.alive = false }
}

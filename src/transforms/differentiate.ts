/** Derivatives of functions over flat lists of values: pushed forward at once, or staged as a linear program. */
import { currentInterp, under } from '../core/interp.js'
import { Linear, type Program, type Tangent } from '../core/primitive.js'
import { evalProgram } from '../core/program.js'
import type { Mark } from '../core/source.js'
import { type Value } from '../core/value.js'
import { StageInterp, type StagedTracer } from '../interpreters/stage.js'
import { TangentInterp } from '../interpreters/tangent.js'
import { hasTangent, instantiate } from '../primitives/base.js'
import { pullBackFully } from './transpose.js'

export type Flat = (...xs: Value[]) => readonly Value[]

/** f at x and D f(x)·t, tangents computed where primals are. Null tangents are zeros, in and out. */
export const pushForward = (f: Flat, primals: readonly Value[], tangents: readonly Tangent[], title = 'jvp', called: Mark | null = null): { outs: readonly Value[]; tangents: readonly Tangent[] } => {
  const here = currentInterp()
  const interp = new TangentInterp(title, here, here, called)
  try {
    const outs = under(interp, () => f(...primals.map((p, i) => interp.join(p, tangents[i]!))))
    return { outs: outs.map(o => interp.primal(o)), tangents: outs.map(o => interp.tangent(o)) }
  } finally { interp.alive = false }
}

export interface LinearizedProgram {
  readonly outs: readonly Value[]
  /** (residuals, active tangents) -> tangents of all float outs, of no others */
  readonly program: Program
  readonly residuals: readonly Value[]
  /** Which outs have a tangent that is not the symbolic zero. */
  readonly outActive: readonly boolean[]
  /** Which outs the program answers for. */
  readonly outFloat: readonly boolean[]
}
/** f at x, and its derivative there as a linear program with its residuals. */
export const linearizeFlat = (f: Flat, primals: readonly Value[], active: readonly boolean[] = primals.map(p => hasTangent(p.aval)), title = 'linearize', called: Mark | null = null): LinearizedProgram => {
  const here = currentInterp()
  const tangents = new StageInterp(title, false)
  const interp = new TangentInterp(title, here, tangents, called)
  try {
    const args = primals.map((p, i) => (active[i] ? tangents.arg(p.aval) : null))
    const traced = under(interp, () => f(...primals.map((p, i) => interp.join(p, args[i]!))))
    const outs = traced.map(o => interp.primal(o))
    const outTangents = traced.map(o => interp.tangent(o))
    const outFloat = outs.map(o => hasTangent(o.aval))
    const answered = under(tangents, () => outTangents.flatMap((t, i) => (outFloat[i] ? [instantiate(t, outs[i]!.aval)] : [])))
    const { program, captured } = tangents.finish(args.filter((t): t is StagedTracer => t !== null), answered)
    return { outs, program, residuals: captured, outActive: outTangents.map(t => t !== null), outFloat }
  } finally {
    interp.alive = false
    tangents.alive = false
  }
}

/** The tangents of float outs only: zero for the others has no place in a float program. */
export const pushLinearized = (l: LinearizedProgram, tangents: readonly Value[]): readonly Tangent[] => {
  const answered = evalProgram(l.program, [...l.residuals, ...tangents])
  let j = 0
  return l.outFloat.map(float => (float ? answered[j++]! : null))
}
/** Cotangents of the active inputs. */
export const pullLinearized = (l: LinearizedProgram, cts: readonly Tangent[]): readonly Value[] => {
  const linear = l.program.ins.slice(l.residuals.length).map(v => new Linear(v.aval))
  return pullBackFully(l.program, [...l.residuals, ...linear], cts.filter((_, i) => l.outFloat[i]))
}

/** Transforms of programs are the transforms of functions, staged: evaluate the program under the interpreter, and record. */
import { under } from '../core/interp.js'
import type { Program } from '../core/primitive.js'
import { evalProgram } from '../core/program.js'
import type { Value } from '../core/value.js'
import { StageInterp, stage } from '../interpreters/stage.js'
import { linearizeFlat, type LinearizedProgram, pushForward } from './differentiate.js'
import { instantiate } from '../primitives/base.js'

export interface Unzipped {
  /** ins -> (outs, residuals) */
  readonly primal: Program
  /** (residuals, active tangents) -> tangents of the active outs */
  readonly tangent: Program
  readonly outActive: readonly boolean[]
  readonly nOuts: number
}
const linearizing = (primal: StageInterp, p: Program, args: readonly Value[], active: readonly boolean[]): LinearizedProgram => {
  try {
    return under(primal, () => linearizeFlat((...xs) => evalProgram(p, xs), args, active))
  } catch (e) {
    primal.alive = false
    throw e
  }
}
const unzipped = new WeakMap<Program, Map<string, Unzipped>>()

/** A program and its derivative, sharing residuals. Outs marked in `force` count as active: a carry may start as a symbolic zero. */
export const linearizeProgram = (p: Program, active: readonly boolean[], force: readonly boolean[] = []): Unzipped => {
  const key = `${active.map(Number).join('')}|${force.map(Number).join('')}`
  let byKey = unzipped.get(p)
  if (!byKey) unzipped.set(p, byKey = new Map())
  const known = byKey.get(key)
  if (known) return known
  const primal = new StageInterp('linearize', false)
  const args = p.ins.map(v => primal.arg(v.aval))
  const l = linearizing(primal, p, args, active)
  const outActive = l.outActive.map((a, i) => (a || force[i] === true) && l.outFloat[i]!)
  const { program } = primal.finish(args, [...l.outs, ...l.residuals])
  let j = 0
  const tangentOuts = l.outFloat.flatMap((float, i) => {
    if (!float) return []
    const atom = l.program.outs[j++]!
    return outActive[i] ? [atom] : []
  })
  const made = { primal: program, tangent: { ...l.program, outs: tangentOuts }, outActive, nOuts: l.outs.length }
  byKey.set(key, made)
  return made
}

/** (ins, active tangents) -> tangents of the active outs, computing what it needs again. */
export const pushProgram = (p: Program, active: readonly boolean[], force: readonly boolean[] = []): { readonly program: Program; readonly outActive: readonly boolean[] } => {
  const n = p.ins.length
  let outActive: readonly boolean[] = []
  const { program } = stage((...xs) => {
    let j = n
    const { outs, tangents } = pushForward((...ys) => evalProgram(p, ys), xs.slice(0, n), p.ins.map((_, i) => (active[i] ? xs[j++]! : null)))
    outActive = tangents.map((t, i) => t !== null || force[i] === true)
    return tangents.flatMap((t, i) => (outActive[i] ? [instantiate(t, outs[i]!.aval)] : []))
  }, [...p.ins.map(v => v.aval), ...p.ins.filter((_, i) => active[i]).map(v => v.aval)], 'jvp')
  return { program, outActive }
}

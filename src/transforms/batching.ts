/** Batching of functions and programs over flat lists of values, the mapped axis always axis 0. */
import { currentInterp, under, withAxis } from '../core/interp.js'
import type { Batched, MappedAxis, Program } from '../core/primitive.js'
import { evalProgram } from '../core/program.js'
import type { Mark } from '../core/source.js'
import { type Value } from '../core/value.js'
import { BatchInterp } from '../interpreters/batch.js'
import { stage } from '../interpreters/stage.js'
import { lead } from '../primitives/base.js'
import type { Flat } from './differentiate.js'

/** f mapped over axis 0 of the batched inputs; outputs that do not depend on it stay as they are. */
export const mapFlat = (f: Flat, axis: MappedAxis, args: readonly Value[], batched: readonly boolean[], called: Mark | null = null): Batched => {
  const interp = new BatchInterp(currentInterp(), axis, called)
  const trace = (): readonly Value[] => under(interp, () => f(...args.map((x, i) => (batched[i] ? interp.wrap(x) : x))))
  try {
    const outs = axis.name === null ? trace() : withAxis({ name: axis.name, size: axis.size }, trace)
    return { values: outs.map(o => (interp.mine(o) ? o.value : o)), batched: outs.map(o => interp.mine(o)) }
  } finally { interp.alive = false }
}

export interface BatchedProgram { readonly program: Program; readonly outBatched: readonly boolean[] }
/** A program over batched inputs. Outputs marked in `force` are batched even where they need not be. */
export const batchProgram = (p: Program, axis: MappedAxis, batched: readonly boolean[], force: readonly boolean[] | 'all' = []): BatchedProgram => {
  const avals = p.ins.map((v, i) => (batched[i] ? { dtype: v.aval.dtype, shape: [axis.size, ...v.aval.shape] } : v.aval))
  let outBatched: readonly boolean[] = []
  const { program } = stage((...xs) => {
    const { values, batched: b } = mapFlat((...ys) => evalProgram(p, ys), axis, xs, batched)
    const forced = values.map((_, i) => force === 'all' || force[i] === true)
    outBatched = b.map((x, i) => x || forced[i]!)
    return values.map((v, i) => (forced[i] && !b[i] ? lead(axis, v, false) : v))
  }, avals, 'vmap')
  return { program, outBatched }
}

/** Dispatch by context: one pointer to the interpreter that gives meaning to primitives now; where there is none, they are computed. */
import { backend } from '../runtime/default.js'
import { type Aval } from './aval.js'
import { describe, getOrRaise, isThenable, raise } from './fault.js'
import type { Primitive } from './primitive.js'
import { type Mark, mark } from './source.js'
import { escaped, NDArray, type Owner, Tracer, type Value } from './value.js'

/** Gives meaning to primitives. `process` runs with the pointer at the interpreter's own parent, restored by who calls it. */
export abstract class Interp implements Owner {
  alive = true
  abstract readonly title: string
  abstract process(prim: Primitive, args: readonly Value[], params: unknown): readonly Value[]
}

class Evaluator extends Interp {
  readonly title = 'evaluation'
  process(prim: Primitive, args: readonly Value[], params: unknown): readonly Value[] {
    const avals = new Array<Aval>(args.length)
    for (let i = 0; i < args.length; i++) {
      const a = args[i]!
      if (!(a instanceof NDArray)) return escaped(prim.name, a as Tracer)
      avals[i] = a.aval
    }
    const outs = getOrRaise(prim.shape(avals, params))
    return backend().execute(prim, args as readonly NDArray[], params, outs)
  }
}
/** The root: computes. */
export const evaluator: Interp = new Evaluator()

let current: Interp = evaluator
export const currentInterp = (): Interp => current

/** Runs a thunk with another interpreter in charge. A promise cannot be traced: it is refused, not awaited. */
export const under = <A>(interp: Interp, thunk: () => A): A => {
  const before = current
  current = interp
  try {
    const result = thunk()
    if (isThenable(result)) refusePromise(interp.title, result)
    return result
  } finally { current = before }
}

export const refusePromise = (op: string, got: unknown, hint = 'await before tracing and pass the results in as arguments'): never => {
  // its failure is beside the point: the call is refused
  if (isThenable(got)) got.then(undefined, () => undefined)
  return raise({ _tag: 'AsyncTrace', op, got: describe(got), hint })
}

/** Applies a primitive in the interpretation that is current. */
export const bind = (prim: Primitive, args: readonly Value[], params: unknown): readonly Value[] => {
  for (let i = 0; i < args.length; i++) {
    const a = args[i]!
    if (a instanceof Tracer && !a.owner.alive) escaped(prim.name, a)
  }
  const before = current
  try { return current.process(prim, args, params) } finally { current = before }
}
export const bind1 = (prim: Primitive, args: readonly Value[], params: unknown): Value => bind(prim, args, params)[0]!

/** Moves the pointer without a closure; only inside `process`, where `bind` restores it. */
export const hand = (interp: Interp): void => { current = interp }

// ---- where traced operations were written ----------------------------------------------------------------------------

let marking = true
/** Equations that are run again: what their rules do counts as written where they were, or, where nobody knows, where the first of them was run. */
interface Replay { made: Mark | null; own: Mark | null }
let replay: Replay | null = null
/** Marks cost microseconds, most of all in code that runs for the first time: staging of tangents goes without them, tracing of programs does not. */
export const markHere = (depth?: number): Mark | null => (!marking ? null : replay === null ? mark(depth) : replay.made ??= replay.own ??= mark(depth))
/**
 * Equations are run again from here on, until `endReplay` with what this answered. No closure: a mark holds the functions of its frames, and
 * through a closure it would hold every value of the run.
 */
export const beginReplay = (): Replay | null => {
  const before = replay
  replay = { made: null, own: null }
  return before
}
export const replayOf = (e: { readonly made: Mark | null }): void => { replay!.made = e.made }
export const endReplay = (before: Replay | null): void => { replay = before }
/**
 * Where the user called a transform, a few frames up. Functions that give functions mark where they were called, not each call of what they
 * give: the stack of optimised code is dear to walk.
 */
export const markCall = (): Mark | null => markHere(6)
export const withoutMarks = <A>(thunk: () => A): A => {
  const before = marking
  marking = false
  try { return thunk() } finally { marking = before }
}

// ---- named axes ------------------------------------------------------------------------------------------------------

export interface NamedAxis { readonly name: string; readonly size: number }
let axes: readonly NamedAxis[] = []
export const withAxis = <A>(axis: NamedAxis, thunk: () => A): A => {
  const before = axes
  axes = [axis, ...axes]
  try { return thunk() } finally { axes = before }
}
/** All mapped axes with a name, the innermost first. */
export const namedAxes = (): readonly NamedAxis[] => axes
/** The innermost mapped axis of that name; a fault where there is none. */
export const namedAxis = (op: string, name: string): NamedAxis =>
  axes.find(a => a.name === name) ?? raise({
    _tag: 'UnboundAxisName', op, name, known: axes.map(a => a.name), hint: 'call it inside vmap(f, { axisName }) with that name',
  })
/** What of the dispatch outlives a transform must be as before it: the law of hygiene compares this. */
export const dispatchState = (): unknown => [current, axes, marking, replay]

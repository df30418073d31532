/** Transposition runs a linear program backwards: cotangents of what it answers become cotangents of what it was given. */
import { raise } from '../core/fault.js'
import { beginReplay, bind, bind1, endReplay, replayOf } from '../core/interp.js'
import { type Atom, type Equation, Linear, type Program, type Tangent } from '../core/primitive.js'
import { sourceOf } from '../core/source.js'
import { type Value } from '../core/value.js'
import { stage } from '../interpreters/stage.js'
import { addP } from '../primitives/arithmetic.js'
import { zeros } from '../primitives/base.js'

/** What flows back while a linear program is run backwards. */
interface Flow { readonly known: Map<number, Value>; readonly linear: Set<number>; readonly cts: Map<number, Value> }
const isLinear = (f: Flow, a: Atom): boolean => a.kind === 'var' && f.linear.has(a.id)
const knownOf = (f: Flow, a: Atom): Value => (a.kind === 'lit' ? a.value : f.known.get(a.id)!)
const accumulate = (f: Flow, a: Atom, c: Tangent): void => {
  if (c === null || a.kind === 'lit' || !f.linear.has(a.id)) return
  const before = f.cts.get(a.id)
  f.cts.set(a.id, before ? bind1(addP, [before, c], null) : c)
}
/** Runs what does not depend on the linear inputs, and answers the other equations. */
const forwards = (p: Program, f: Flow): readonly Equation[] => {
  const backwards: Equation[] = []
  for (const e of p.eqns) {
    if (e.ins.some(a => isLinear(f, a))) {
      backwards.push(e)
      for (const o of e.outs) f.linear.add(o.id)
    } else {
      replayOf(e)
      const outs = bind(e.prim, e.ins.map(a => knownOf(f, a)), e.params)
      for (let i = 0; i < outs.length; i++) f.known.set(e.outs[i]!.id, outs[i]!)
    }
  }
  return backwards
}
const pullEquation = (e: Equation, f: Flow): void => {
  if (e.prim.transpose === 'nonlinear') {
    return raise({
      _tag: 'NotTransposable', op: e.prim.name, problem: 'it is not linear', made: sourceOf(e.made),
      hint: 'linearTranspose takes functions that are linear in every argument; use vjp for the transpose of a derivative',
    })
  }
  replayOf(e)
  const outCts = e.outs.map(o => f.cts.get(o.id) ?? zeros(o.aval))
  const back = e.prim.transpose(outCts, e.ins.map(a => (isLinear(f, a) ? new Linear(a.aval) : knownOf(f, a))), e.params)
  for (let i = 0; i < e.ins.length; i++) accumulate(f, e.ins[i]!, back[i] ?? null)
  for (const o of e.outs) f.cts.delete(o.id)
}

/**
 * Equations that do not depend on the linear inputs are run forwards first; the others are pulled back in reverse order.
 * A null cotangent is the symbolic zero, which costs nothing and reaches nothing. Answers for the inputs marked `Linear`.
 */
export const pullBack = (p: Program, args: readonly (Value | Linear)[], cts: readonly Tangent[]): readonly Tangent[] => {
  const f: Flow = { known: new Map(), linear: new Set(), cts: new Map() }
  p.ins.forEach((v, i) => {
    const a = args[i]!
    if (a instanceof Linear) f.linear.add(v.id)
    else f.known.set(v.id, a)
  })
  const before = beginReplay()
  try {
    const backwards = forwards(p, f)
    for (let i = 0; i < p.outs.length; i++) accumulate(f, p.outs[i]!, cts[i]!)
    for (let k = backwards.length - 1; k >= 0; k--) {
      const e = backwards[k]!
      if (e.outs.some(o => f.cts.has(o.id))) pullEquation(e, f)
    }
  } finally { endReplay(before) }
  return p.ins.flatMap((v, i) => (args[i] instanceof Linear ? [f.cts.get(v.id) ?? null] : []))
}

/** As `pullBack`, with zeros for what nothing reaches. */
export const pullBackFully = (p: Program, args: readonly (Value | Linear)[], cts: readonly Tangent[]): readonly Value[] => {
  const avals = args.flatMap(a => (a instanceof Linear ? [a.aval] : []))
  return pullBack(p, args, cts).map((c, i) => c ?? zeros(avals[i]!))
}

/** Before: (linear and other inputs in their order) -> outs.   After: (other inputs, cotangents of outs) -> cotangents of the linear inputs. */
export const transposeProgram = (p: Program, linear: readonly boolean[]): Program => {
  const others = p.ins.filter((_, i) => !linear[i]).map(v => v.aval)
  const k = others.length
  return stage((...xs) => {
    let j = 0
    return pullBackFully(p, p.ins.map((v, i) => (linear[i] ? new Linear(v.aval) : xs[j++]!)), xs.slice(k))
  }, [...others, ...p.outs.map(o => o.aval)], 'transposition').program
}

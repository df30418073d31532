/** Transposition runs a linear program backwards: cotangents of what it answers become cotangents of what it was given. */
import { raise } from '../core/fault.js'
import { bind, bind1, replaying } from '../core/interp.js'
import { type Atom, type Equation, Linear, type Program, type Tangent } from '../core/primitive.js'
import { sourceOf } from '../core/source.js'
import { type Value } from '../core/value.js'
import { stage } from '../interpreters/stage.js'
import { addP } from '../primitives/arithmetic.js'
import { zeros } from '../primitives/base.js'

/**
 * Equations that do not depend on the linear inputs are run forwards first; the others are pulled back in reverse order.
 * A null cotangent is the symbolic zero, which costs nothing and reaches nothing. Answers for the inputs marked `Linear`.
 */
export const pullBack = (p: Program, args: readonly (Value | Linear)[], cts: readonly Tangent[]): readonly Tangent[] => replaying(at => {
  const env = new Map<number, Value>()
  const linear = new Set<number>()
  p.ins.forEach((v, i) => {
    const a = args[i]!
    if (a instanceof Linear) linear.add(v.id)
    else env.set(v.id, a)
  })
  const isLinear = (a: Atom): boolean => a.kind === 'var' && linear.has(a.id)
  const known = (a: Atom): Value => (a.kind === 'lit' ? a.value : env.get(a.id)!)
  const backwards: Equation[] = []
  for (const e of p.eqns) {
    if (e.ins.some(isLinear)) {
      backwards.push(e)
      for (const o of e.outs) linear.add(o.id)
    } else {
      at(e)
      const outs = bind(e.prim, e.ins.map(known), e.params)
      for (let i = 0; i < outs.length; i++) env.set(e.outs[i]!.id, outs[i]!)
    }
  }
  const ct = new Map<number, Value>()
  const accumulate = (a: Atom, c: Tangent): void => {
    if (c === null || a.kind === 'lit' || !linear.has(a.id)) return
    const before = ct.get(a.id)
    ct.set(a.id, before ? bind1(addP, [before, c], null) : c)
  }
  p.outs.forEach((o, i) => accumulate(o, cts[i]!))
  for (let k = backwards.length - 1; k >= 0; k--) {
    const e = backwards[k]!
    if (!e.outs.some(o => ct.has(o.id))) continue
    if (e.prim.transpose === 'nonlinear') {
      return raise({
        _tag: 'NotTransposable', op: e.prim.name, problem: 'it is not linear', made: sourceOf(e.made),
        hint: 'linearTranspose takes functions that are linear in every argument; use vjp for the transpose of a derivative',
      })
    }
    at(e)
    const outCts = e.outs.map(o => ct.get(o.id) ?? zeros(o.aval))
    const back = e.prim.transpose(outCts, e.ins.map(a => (isLinear(a) ? new Linear(a.aval) : known(a))), e.params)
    for (let i = 0; i < e.ins.length; i++) accumulate(e.ins[i]!, back[i] ?? null)
    for (const o of e.outs) ct.delete(o.id)
  }
  return p.ins.flatMap((v, i) => (args[i] instanceof Linear ? [ct.get(v.id) ?? null] : []))
})

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

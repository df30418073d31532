/** A function with its own derivative, and the linear map that such a derivative is. */
import * as E from '../core/either.js'
import { type Aval, aval, sameAval } from '../core/aval.js'
import { badArgument, raise } from '../core/fault.js'
import { type Form, int, ints, listOf, orNull, record } from '../core/form.js'
import { bind } from '../core/interp.js'
import { Linear, type MappedAxis, type Primitive, type Program, type Tangent } from '../core/primitive.js'
import { evalProgram, inAvals, outAvals } from '../core/program.js'
import { newVar } from '../core/vars.js'
import { type Value } from '../core/value.js'
import { cost } from '../interpreters/count.js'
import { hasTangent, instantiate, lead } from '../primitives/base.js'
import { dtypeForm } from '../primitives/logic.js'
import { general, wrongShape } from '../primitives/row.js'
import { stage } from '../interpreters/stage.js'
import { batchProgram } from '../transforms/batching.js'
import { pushProgram } from '../transforms/onPrograms.js'
import { callP } from './call.js'
import { programForm } from './holding.js'

// ---- the linear map --------------------------------------------------------------------------------------------------

/** Operands: residuals, then the tangents of the float arguments. */
export interface PulledParams {
  readonly nResidual: number
  readonly outs: readonly Aval[]
  /** (residuals, tangents) -> tangents of the float outs; null where only the pull is given */
  readonly push: Program | null
  /** (residuals, cotangents of the float outs) -> cotangents of the float arguments; null where only the push is given */
  readonly pull: Program | null
}
const avalForm = record({ dtype: dtypeForm, shape: ints }) as unknown as Form<Aval>
const sameAvals = (a: readonly Aval[], b: readonly Aval[]): boolean => a.length === b.length && a.every((x, i) => sameAval(x, b[i]!))
const maybe = orNull(programForm)

const noForward = (): never => raise({
  _tag: 'NoForwardRule', op: 'customDerivative', made: null, hint: 'give a push as well, or use reverse mode (grad, vjp, jacrev)',
})

export const pulledP: Primitive<PulledParams> = general<PulledParams>('pulled', {
  params: record({ nResidual: int, outs: listOf(avalForm), push: maybe, pull: maybe }),
  shape: (ins, p) => {
    const fits = (q: Program | null, given: readonly Aval[]): boolean => q === null || (q.ins.length === given.length && q.ins.every((v, i) => sameAval(v.aval, given[i]!)))
    const whole = fits(p.push, ins) && fits(p.pull, [...ins.slice(0, p.nResidual), ...p.outs]) && (p.push === null || sameAvals(outAvals(p.push), p.outs))
    return whole ? E.right(p.outs) : wrongShape('customDerivative', ins, 'the types of its push and pull', 'report this: the library made this call')
  },
  linearize: () => (args, p, active) => (p.push ? callP.linearize(args, { program: p.push }, active) : noForward()),
  transpose: (cts, args, p) => {
    const residuals = args.slice(0, p.nResidual) as readonly Value[]
    const linear = args.slice(p.nResidual)
    if (p.pull) {
      const back = evalProgram(p.pull, [...residuals, ...cts])
      return args.map((a, i) => (i >= p.nResidual && a instanceof Linear ? back[i - p.nResidual]! : null))
    }
    if (callP.transpose === 'nonlinear') return noForward()
    // only a push: its program is linear, so it is transposed; known tangents would be zeros of a partial map
    return callP.transpose(cts, [...residuals, ...linear], { program: p.push! })
  },
  linearIn: (linear, p, zero) => linear.every((l, i) => (i >= p.nResidual ? l || zero?.[i] === true : !l)),
  batch: (axis, args, batched, p) => {
    const all = args.map((a, i) => lead(axis, a, batched[i]!))
    const wide = (q: Program | null): Program | null => q && batchProgram(q, axis, q.ins.map(() => true), 'all').program
    return bind(pulledP, all, { nResidual: p.nResidual, outs: p.outs.map(a => aval(a.dtype, [axis.size, ...a.shape])), push: wide(p.push), pull: wide(p.pull) })
  },
  cost: (_i, _o, p) => (p.push ? cost(p.push) : p.pull ? cost(p.pull) : 0),
  unfold: p => p.push,
  programs: p => [p.push, p.pull].filter((q): q is Program => q !== null),
  withPrograms: (p, programs) => {
    let j = 0
    return { ...p, push: p.push && programs[j++]!, pull: p.pull && programs[j++]! }
  },
})

// ---- the function ----------------------------------------------------------------------------------------------------

/** Operands: closed-over values, then the arguments. */
export interface CustomParams {
  readonly nClosed: number
  /** operands -> outs */
  readonly value: Program
  /** operands -> residuals */
  readonly residuals: Program
  readonly push: Program | null
  readonly pull: Program | null
}
const forwardOver = new WeakMap<CustomParams, CustomParams>()
/**
 * A function with a pull alone, once it has been differentiated: its value is computed again on the way, and forward mode over that
 * (a Hessian, `jvp` of `grad`) pushes through the value as it is computed, since that has a derivative of its own (JAX:
 * `custom_vjp`, whose forward pass is an ordinary function). Reverse mode keeps the pull. Residuals are the pull's, then the operands.
 */
const withOrdinaryPush = (p: CustomParams): CustomParams => {
  if (p.push !== null) return p
  let made = forwardOver.get(p)
  if (!made) {
    const ins = inAvals(p.value)
    const { program } = pushProgram(p.value, ins.map((a, i) => i >= p.nClosed && hasTangent(a)), outAvals(p.value).map(hasTangent))
    const residuals = stage((...xs) => [...evalProgram(p.residuals, xs), ...xs], ins, 'customDerivative').program
    const own = outAvals(p.residuals)
    const pull = p.pull && { ...p.pull, ins: [...p.pull.ins.slice(0, own.length), ...ins.map(newVar), ...p.pull.ins.slice(own.length)] }
    forwardOver.set(p, made = { ...p, residuals, push: { ...program, ins: [...own.map(newVar), ...program.ins] }, pull })
  }
  return made
}
const batchAll = (q: Program | null, axis: MappedAxis): Program | null => q && batchProgram(q, axis, q.ins.map(() => true), 'all').program

export const customP: Primitive<CustomParams> = general<CustomParams>('custom', {
  params: record({ nClosed: int, value: programForm, residuals: programForm, push: maybe, pull: maybe }),
  shape: (ins, p) => (p.value.ins.length === ins.length && p.value.ins.every((v, i) => sameAval(v.aval, ins[i]!))
    ? E.right(outAvals(p.value)) : wrongShape('customDerivative', ins, 'the types of its program', 'report this: the library made this call')),
  linearize: self => (args, p, active) => {
    if (active.slice(0, p.nClosed).some(Boolean)) {
      badArgument('customDerivative', 'the rule', 'a closure over a differentiated value', 'a function of its arguments alone', 'pass the closed-over value as one more argument')
    }
    // outs keep the custom derivative under the outer transform; residuals have their own
    const outs = bind(self, args, withOrdinaryPush(p))
    const residuals = bind(callP, args, { program: p.residuals })
    const floats = outs.filter(o => hasTangent(o.aval)).map(o => o.aval)
    const push = (ts: readonly Tangent[]): readonly Tangent[] => {
      const tangents = args.slice(p.nClosed).flatMap((x, i) => (hasTangent(x.aval) ? [instantiate(ts[i + p.nClosed]!, x.aval)] : []))
      const answers = bind(pulledP, [...residuals, ...tangents], { nResidual: residuals.length, outs: floats, push: p.push, pull: p.pull })
      let j = 0
      return outs.map(o => (hasTangent(o.aval) ? answers[j++]! : null))
    }
    return { outs, push }
  },
  batch: (axis, args, batched, p) => {
    const all = args.map((a, i) => lead(axis, a, batched[i]!))
    return bind(customP, all, {
      nClosed: p.nClosed, value: batchAll(p.value, axis)!, residuals: batchAll(p.residuals, axis)!, push: batchAll(p.push, axis), pull: batchAll(p.pull, axis),
    })
  },
  cost: (_i, _o, p) => cost(p.value),
  unfold: p => p.value,
  programs: p => [p.value, p.residuals, p.push, p.pull].filter((q): q is Program => q !== null),
  withPrograms: (p, [value, residuals, ...more]) => {
    let j = 0
    return { ...p, value: value!, residuals: residuals!, push: p.push && more[j++]!, pull: p.pull && more[j++]! }
  },
})

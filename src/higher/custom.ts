/** customDerivative: the user writes a derivative as a rule of the library is written. */
import { checkLinear } from '../core/check.js'
import { showShape } from '../core/aval.js'
import { describe, isThenable, raise } from '../core/fault.js'
import { bind, currentInterp, evaluator, refusePromise, under } from '../core/interp.js'
import type { Program } from '../core/primitive.js'
import { dce } from '../core/program.js'
import { NDArray, type Value } from '../core/value.js'
import { StageInterp } from '../interpreters/stage.js'
import { hasTangent } from '../primitives/base.js'
import { type TreeDef, unflatten } from '../tree/index.js'
import { type Args, type Arrays, asValue, type FlatTree, flattenValues, isLeaf, matchLeaves, requireFunction, requireOptions } from '../transforms/arguments.js'
import { instantiate } from '../primitives/base.js'
import { customP } from './customRows.js'

/** What a rule answers at a point: the value, and the derivative there as a push, a pull, or both. */
export interface CustomRule<A extends readonly unknown[], R> {
  readonly value: R
  /** Tangents of the arguments to the tangent of the value; linear in them. */
  readonly push?: (...tangents: A) => unknown
  /** A cotangent of the value to the list of cotangents of the arguments (one argument: the list may be left out). */
  readonly pull?: (cotangent: R) => unknown
}
type AnyRule = CustomRule<readonly unknown[], unknown>

const floatsOf = (t: FlatTree): readonly boolean[] => t.leaves.map(x => hasTangent(x.aval))
const runRule = (rule: (...args: never[]) => AnyRule, def: TreeDef, xs: readonly Value[]): AnyRule => {
  const r = (rule as (...args: unknown[]) => AnyRule)(...(unflatten(def, xs) as readonly unknown[]))
  if (isThenable(r)) refusePromise('customDerivative', r)
  if (typeof r !== 'object' || r === null || !('value' in r) || (r.push === undefined && r.pull === undefined)) {
    return raise({ _tag: 'BadArgument', op: 'customDerivative', argument: 'the result of the rule', got: describe(r), want: '{ value, push } or { value, pull } or all three', hint: 'return the value together with its derivative' })
  }
  for (const name of ['push', 'pull'] as const) if (r[name] !== undefined) requireFunction('customDerivative', r[name], name)
  return r
}

const isZero = (x: Value | undefined): boolean => x instanceof NDArray && x.data.every(n => n === 0)
interface Staged { readonly program: Program; readonly residuals: readonly Value[] }
/** A linear function of the rule, staged over what the rule computed: (residuals, given) -> answers. */
const stageLinear = (title: string, types: readonly Value[], run: (xs: readonly Value[]) => readonly Value[], checked = true): Staged => {
  const s = new StageInterp(title)
  const args = types.map(x => s.arg(x.aval))
  try {
    const { program, captured } = s.finish(args, under(s, () => run(args)))
    if (!checked) return { program, residuals: captured }
    const linear = checkLinear(program, program.ins.map((_, i) => i >= captured.length))
    if (linear._tag === 'Left') return raise({ ...linear.left, op: `the ${title} of customDerivative`, hint: `${title} is a linear function of what it is given; what it takes from the rule is held fixed${title === 'pull' ? '; a pull that is none on purpose (clipping gradients) is said with { linearPull: false }' : ''}` })
    linear.right.forEach((yes, i) => {
      const out = program.outs[i]!
      const at = out.kind === 'var' ? program.ins.findIndex(v => v.id === out.id) : -1
      if (!yes && !isZero(captured[at])) {
        raise({ _tag: 'NotLinear', op: `the ${title} of customDerivative`, problem: `answer ${i} does not depend on what ${title} is given`, equation: 'the outputs', made: null, hint: `multiply with what ${title} is given; where the derivative is zero answer np.zerosLike(x)` })
      }
    })
    return { program, residuals: captured }
  } finally { s.alive = false }
}
/** Two staged functions over one list of residuals. */
const shareResiduals = (a: Staged | null, b: Staged | null): { readonly residuals: readonly Value[]; readonly push: Program | null; readonly pull: Program | null } => {
  const residuals = [...new Set([...(a?.residuals ?? []), ...(b?.residuals ?? [])])]
  const widen = (s: Staged | null): Program | null => s && {
    ...s.program,
    ins: [...residuals.map(r => { const i = s.residuals.indexOf(r); return i >= 0 ? s.program.ins[i]! : { kind: 'var' as const, id: -1 - residuals.indexOf(r), aval: r.aval } }), ...s.program.ins.slice(s.residuals.length)],
  }
  return { residuals, push: widen(a), pull: widen(b) }
}

export interface CustomOptions {
  /** False says that the pull is no derivative on purpose, as one that clips cotangents. Default true: it must be linear. */
  readonly linearPull?: boolean
}

/**
 * A function with a derivative of the user's own (JAX: `jax.custom_jvp`, `jax.custom_vjp`). The rule is given the arguments, as trees,
 * and answers `{ value, push?, pull? }`: `push` is a linear function from tangents of the arguments to the tangent of the value,
 * `pull` its transpose, from a cotangent of the value to the list of cotangents of the arguments. With a push alone reverse mode
 * transposes it; with a pull alone forward mode is a fault (`NoForwardRule`); with both each is used where it belongs.
 * Every transform composes with it; `laws.custom` checks that it is lawful. Faults: `NotLinear`, `TreeMismatch`, `BadArgument`.
 *
 * @example
 * const safeSqrt = customDerivative((x: Value) => {
 *   const y = np.sqrt(x)
 *   return { value: y, push: (t: Value) => np.divide(t, np.maximum(np.multiply(2, y), 1e-6)) }
 * })
 */
export const customDerivative = <A extends readonly unknown[], R>(rule: (...args: A) => CustomRule<A, R>, options: CustomOptions = {}) => {
  requireFunction('customDerivative', rule)
  requireOptions('customDerivative', options, ['linearPull'])
  const anyRule = rule as unknown as (...args: never[]) => AnyRule
  return (...args: Args<A>): Arrays<R> => {
    const given = flattenValues('customDerivative', args, 'args')
    if (currentInterp() === evaluator) {
      const { value } = runRule(anyRule, given.def, given.leaves)
      const out = flattenValues('customDerivative', value, 'value')
      return unflatten(out.def, out.leaves) as Arrays<R>
    }
    const body = new StageInterp('customDerivative')
    try {
      const params = given.leaves.map(x => body.arg(x.aval))
      const r = under(body, () => runRule(anyRule, given.def, params))
      const value = flattenValues('customDerivative', r.value, 'value')
      const inFloats = floatsOf(given)
      const outFloats = floatsOf(value)
      const ins = given.leaves.filter((_, i) => inFloats[i])
      const outs = value.leaves.filter((_, i) => outFloats[i])
      const fill = (t: FlatTree, floats: readonly boolean[], xs: readonly Value[]): unknown => {
        let j = 0
        return unflatten(t.def, t.leaves.map((x, i) => (floats[i] ? xs[j++]! : instantiate(null, x.aval))))
      }
      const push = r.push ? stageLinear('push', ins, ts => {
        const answer = r.push!(...(fill(given, inFloats, ts) as readonly unknown[]))
      if (isThenable(answer)) refusePromise('the push of customDerivative', answer)
        return matchLeaves('customDerivative', answer, value.def, value.leaves.map(x => x.aval), 'the result of push', 'a tangent').filter((_, i) => outFloats[i])
      }) : null
      const pull = r.pull ? stageLinear('pull', outs, cts => {
        const answer = r.pull!(fill(value, outFloats, cts))
      if (isThenable(answer)) refusePromise('the pull of customDerivative', answer)
        const listed = args.length === 1 && !(Array.isArray(answer) && answer.length === 1) ? [answer] : answer
        if (!Array.isArray(listed) || listed.length !== args.length) {
          raise({ _tag: 'TreeMismatch', op: 'customDerivative', path: 'the result of pull', left: isLeaf(answer) ? `one array ${showShape(asValue(answer).shape)}` : 'another structure', right: `a list of ${args.length} cotangents`, hint: 'answer [dx, dy, ...], one cotangent for each argument' })
        }
        return matchLeaves('customDerivative', listed, given.def, given.leaves.map(x => x.aval), 'the result of pull', 'a cotangent').filter((_, i) => inFloats[i])
      }, options.linearPull ?? true) : null
      const shared = shareResiduals(push, pull)
      const n = value.leaves.length
      const { program, captured } = body.finish(params, [...value.leaves, ...shared.residuals])
      const only = (from: number, to: number): Program => dce({ ...program, outs: program.outs.slice(from, to) })
      return unflatten(value.def, bind(customP, [...captured, ...given.leaves], {
        nClosed: captured.length, value: only(0, n), residuals: only(n, n + shared.residuals.length), push: shared.push, pull: shared.pull,
      })) as Arrays<R>
    } finally { body.alive = false }
  }
}

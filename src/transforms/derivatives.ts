/** The derivatives users call: jvp, vjp, grad and their kin, over trees of arrays. */
import { type Aval, aval, showAval } from '../core/aval.js'
import { isFloat } from '../core/dtype.js'
import { checkLinear } from '../core/check.js'
import { describe, isThenable, raise } from '../core/fault.js'
import { markCall, refusePromise } from '../core/interp.js'
import type { Mark } from '../core/source.js'
import { Linear } from '../core/primitive.js'
import { isValue, NDArray, type Value } from '../core/value.js'
import { stage } from '../interpreters/stage.js'
import { hasTangent, instantiate, ones } from '../primitives/base.js'
import { paths, type TreeDef, unflatten } from '../tree/index.js'
import {
  type Args, type Arrays, asValue, flattenChosen, flattenValues, isLeaf, type Leaf, mapAux, matchLeaves, normalizeArgnums, overLeaves,
  requireFloats, requireFunction, requireList, requireOptions, requirePair,
} from './arguments.js'
import { linearizeFlat, pullLinearized, pushForward, pushLinearized } from './differentiate.js'
import { pullBackFully } from './transpose.js'

const avalsOf = (xs: readonly Value[]): readonly Aval[] => xs.map(x => x.aval)
type Fn = (...args: never[]) => unknown

// ---- forward ---------------------------------------------------------------------------------------------------------

/**
 * The value of `f` at `primals` and its directional derivative along `tangents` (JAX: `jax.jvp`).
 * `primals` and `tangents` are lists of arguments with the same structure, shapes and dtypes.
 * Faults: `TreeMismatch`, `ShapeMismatch`, `AsyncTrace`.
 *
 * @example
 * const [y, dy] = jvp(x => np.sin(x), [np.array(0)], [np.array(1)])   // 0, 1
 */
export const jvp = <A extends readonly unknown[], R>(f: (...args: A) => R, primals: Args<A>, tangents: Args<A>): [Arrays<R>, Arrays<R>] => {
  requireFunction('jvp', f)
  requireList('jvp', 'primals', primals)
  requireList('jvp', 'tangents', tangents)
  const { leaves, def } = flattenValues('jvp', primals, 'primals')
  const given = matchLeaves('jvp', tangents, def, avalsOf(leaves), 'tangents', 'a tangent')
  const { flat, outDef } = overLeaves('jvp', f as Fn, def)
  const r = pushForward(flat, leaves, given.map((t, i) => (hasTangent(leaves[i]!.aval) ? t : null)), 'jvp', markCall())
  return [unflatten(outDef(), r.outs), unflatten(outDef(), r.tangents.map((t, i) => instantiate(t, r.outs[i]!.aval)))] as [Arrays<R>, Arrays<R>]
}

/**
 * The value of `f` and its derivative there as a function that can be applied again and again (JAX: `jax.linearize`).
 *
 * @example
 * const [y, push] = linearize(x => np.square(x), np.array(3))
 * push(np.array(1))   // 6
 */
export const linearize = <A extends readonly unknown[], R>(f: (...args: A) => R, ...primals: Args<A>): [Arrays<R>, (...tangents: Args<A>) => Arrays<R>] => {
  requireFunction('linearize', f)
  const { leaves, def } = flattenValues('linearize', primals, 'primals')
  const { flat, outDef } = overLeaves('linearize', f as Fn, def)
  const active = leaves.map(x => hasTangent(x.aval))
  const l = linearizeFlat(flat, leaves, active, 'linearize', markCall())
  const types = avalsOf(leaves)
  const push = (...tangents: Args<A>): Arrays<R> => {
    const given = matchLeaves('linearize', tangents, def, types, 'tangents', 'a tangent').filter((_, i) => active[i])
    return unflatten(outDef(), pushLinearized(l, given).map((t, i) => instantiate(t, l.outs[i]!.aval))) as Arrays<R>
  }
  return [unflatten(outDef(), l.outs) as Arrays<R>, push]
}

// ---- reverse ---------------------------------------------------------------------------------------------------------

const pulling = <R>(op: string, l: ReturnType<typeof linearizeFlat>, types: readonly Aval[], def: TreeDef, outDef: TreeDef, nOut: number) => (ct: unknown): R => {
  const outs = avalsOf(l.outs.slice(0, nOut))
  const cts = matchLeaves(op, ct, outDef, outs, 'cotangent', 'a cotangent')
  const pulled = pullLinearized(l, l.outs.map((_, i) => (i < nOut ? cts[i]! : null)))
  let j = 0
  return unflatten(def, types.map(a => (hasTangent(a) ? pulled[j++]! : instantiate(null, a)))) as R
}

/**
 * The value of `f` and its pullback, from a cotangent of the result to cotangents of all arguments (JAX: `jax.vjp`).
 * Integer and bool arguments get zeros.
 *
 * @example
 * const [y, pull] = vjp((x, z) => np.multiply(x, z), np.array(2), np.array(5))
 * const [dx, dz] = pull(np.array(1))   // 5, 2
 */
export const vjp = <A extends readonly unknown[], R>(f: (...args: A) => R, ...primals: Args<A>): [Arrays<R>, (cotangent: Arrays<R> | Leaf) => Arrays<A>] => {
  requireFunction('vjp', f)
  const { leaves, def } = flattenValues('vjp', primals, 'primals')
  const { flat, outDef } = overLeaves('vjp', f as Fn, def)
  const l = linearizeFlat(flat, leaves, undefined, 'vjp', markCall())
  const pull = pulling<Arrays<A>>('vjp', l, avalsOf(leaves), def, outDef(), l.outs.length)
  return [unflatten(outDef(), l.outs) as Arrays<R>, pull]
}

export interface GradOptions {
  /** Which arguments to differentiate: one index, or a list (the result is then a list too). Default 0. */
  readonly argnums?: number | readonly number[]
  /** The function returns `[value, aux]`; aux is passed on unchanged. Default false. */
  readonly hasAux?: boolean
}
type Chosen<A extends readonly unknown[], O> =
  O extends { readonly argnums: infer N } ? (N extends number ? Arrays<A[N]> : N extends readonly number[] ? { -readonly [K in keyof N]: Arrays<A[N[K] & number]> } : never) : Arrays<A[0]>
type AuxOf<R> = R extends readonly [unknown, infer X] ? X : never
type HasAux<O> = O extends { readonly hasAux: true } ? true : false
export type GradResult<A extends readonly unknown[], R, O> = HasAux<O> extends true ? [Chosen<A, O>, AuxOf<R>] : Chosen<A, O>
export type ValueAndGradResult<A extends readonly unknown[], R, O> = HasAux<O> extends true ? [[Value, AuxOf<R>], Chosen<A, O>] : [Value, Chosen<A, O>]

const scalarOf = (op: string, x: unknown): Value => {
  const v = isLeaf(x) ? asValue(x) : null
  if (v && v.shape.length === 0 && isFloat(v.dtype)) return v
  const got = v ? showAval(v.aval) : describe(x)
  const hint = x === undefined ? 'a function with braces answers what it returns: was return forgotten?'
    : 'reduce it (np.sum, np.mean), or use jacrev, jacfwd or vjp; with extra results return [loss, aux] and set hasAux'
  return raise({ _tag: 'NonScalarOutput', op, got, hint })
}

const differentiate = (op: string, f: (...args: never[]) => unknown, options: GradOptions, made: Mark | null, args: readonly unknown[]): { value: Value; aux: unknown; grads: unknown } => {
  const argnums = normalizeArgnums(op, options.argnums ?? 0, args.length)
  const chosen = flattenChosen(op, args, argnums)
  requireFloats(op, chosen, chosen.names)
  let aux: unknown = null
  const auxValues: Value[] = []
  const flat = (...xs: Value[]): readonly Value[] => {
    const trees = unflatten(chosen.def, xs) as readonly unknown[]
    const full = args.slice()
    argnums.forEach((n, k) => { full[n] = trees[k] })
    const result = (f as (...a: unknown[]) => unknown)(...full)
    let out = result
    if (options.hasAux) [out, aux] = requirePair(op, result)
    else if (isThenable(result)) refusePromise(op, result)
    auxValues.length = 0
    if (options.hasAux) mapAux(aux, x => (auxValues.push(x), x))
    return [scalarOf(op, out), ...auxValues]
  }
  const l = linearizeFlat(flat, chosen.leaves, undefined, op, made)
  const value = l.outs[0]!
  const cts = l.outs.map((o, i) => (i === 0 ? ones(aval(o.dtype, [])) : null))
  const trees = unflatten(chosen.def, pullLinearized(l, cts)) as readonly unknown[]
  let j = 1
  const plainAux = options.hasAux ? mapAux(aux, () => l.outs[j++]!) : null
  return { value, aux: plainAux, grads: Array.isArray(options.argnums) ? trees : trees[0] }
}

/**
 * The gradient of a scalar function, with the structure of the differentiated argument (JAX: `jax.grad`).
 * Runs the function for real: on concrete arrays `if (item(x) > 0)` works.
 * Faults: `NonScalarOutput`, `NotDifferentiable` (integer arguments, with their path), `AsyncTrace`, `EscapedTracer`.
 *
 * @example
 * const dloss = grad((p: { w: Value }) => np.sum(np.square(p.w)))
 * dloss({ w: np.array([1, 2]) }).w   // [2, 4]
 */
export const grad = <A extends readonly unknown[], R, const O extends GradOptions = {}>(f: (...args: A) => R, options?: O) => {
  requireFunction('grad', f)
  requireOptions('grad', options, ['argnums', 'hasAux'])
  const made = markCall()
  return (...args: Args<A>): GradResult<A, R, O> => {
    const r = differentiate('grad', f as Fn, options ?? {}, made, args)
    return (options?.hasAux ? [r.grads, r.aux] : r.grads) as GradResult<A, R, O>
  }
}

/**
 * The value of a scalar function together with its gradient, for the cost of the gradient alone (JAX: `jax.value_and_grad`).
 *
 * @example
 * const [loss, g] = valueAndGrad((x: Value) => np.sum(np.square(x)))(np.array([3, 4]))   // 25, [6, 8]
 */
export const valueAndGrad = <A extends readonly unknown[], R, const O extends GradOptions = {}>(f: (...args: A) => R, options?: O) => {
  requireFunction('valueAndGrad', f)
  requireOptions('valueAndGrad', options, ['argnums', 'hasAux'])
  const made = markCall()
  return (...args: Args<A>): ValueAndGradResult<A, R, O> => {
    const r = differentiate('valueAndGrad', f as Fn, options ?? {}, made, args)
    return [options?.hasAux ? [r.value, r.aux] : r.value, r.grads] as ValueAndGradResult<A, R, O>
  }
}

const isZero = (x: Value): boolean => x instanceof NDArray && (x.data as Float64Array).every(n => n === 0)

/**
 * The transpose of a linear function, from a cotangent of its result to cotangents of its arguments (JAX: `jax.linear_transpose`).
 * `examples` give shapes and dtypes only. Faults: `NotTransposable` where the function is not linear, `NotDifferentiable`.
 *
 * @example
 * const t = linearTranspose(x => np.multiply(x, 3), np.array(1))
 * t(np.array(2))   // [6]
 */
export const linearTranspose = <A extends readonly unknown[], R>(f: (...args: A) => R, ...examples: Args<A>) => {
  requireFunction('linearTranspose', f)
  const { leaves, def } = flattenValues('linearTranspose', examples, 'examples')
  requireFloats('linearTranspose', { leaves, def }, () => paths(def, 'examples'))
  const { flat, outDef } = overLeaves('linearTranspose', f as Fn, def)
  const types = avalsOf(leaves)
  const { program, captured } = stage(flat, types, 'linearTranspose', true)
  const hint = 'linearTranspose takes functions that are linear in all arguments together; use vjp for the transpose of a derivative'
  // zeros that are closed over are known to be zeros: the zero map is linear
  const linear = checkLinear(program, program.ins.map((_, i) => i >= captured.length), captured.map(isZero))
  if (linear._tag === 'Left') {
    const { left } = linear
    return raise(left._tag === 'NotLinear' ? { _tag: 'NotTransposable', op: 'linearTranspose', problem: left.problem, made: left.made, hint } : left)
  }
  linear.right.forEach((yes, i) => {
    if (!yes && isFloat(program.outs[i]!.aval.dtype)) {
      raise({ _tag: 'NotTransposable', op: 'linearTranspose', problem: `${paths(outDef(), 'the result')[i]!} does not depend on the arguments, and a constant is not linear`, made: null, hint })
    }
  })
  return (cotangent: Arrays<R> | Leaf): Arrays<A> => {
    const cts = matchLeaves('linearTranspose', cotangent, outDef(), program.outs.map(o => o.aval), 'cotangent', 'a cotangent')
    return unflatten(def, pullBackFully(program, [...captured, ...types.map(a => new Linear(a))], cts)) as Arrays<A>
  }
}

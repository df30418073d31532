/** Jacobians and Hessians: derivatives along every basis direction at once, by batching the linear map. */
import { range, sizeOf } from '../core/aval.js'
import { type Value } from '../core/value.js'
import { convert } from '../primitives/arithmetic.js'
import { hasTangent, instantiate, zeros } from '../primitives/base.js'
import { eq } from '../primitives/logic.js'
import { iota, reshape, transpose } from '../primitives/structural.js'
import { type TreeDef, unflatten } from '../tree/index.js'
import { type Args, type Arrays, flattenChosen, mapAux, normalizeArgnums, overLeaves, requireFloats, requireFunction, requireList, requireOptions, requirePair } from './arguments.js'
import { mapFlat } from './batching.js'
import { grad, jvp } from './derivatives.js'
import { linearizeFlat, type LinearizedProgram, pullLinearized, pushLinearized } from './differentiate.js'

export interface JacobianOptions {
  readonly argnums?: number | readonly number[]
  readonly hasAux?: boolean
}
/** The type of a Jacobian: for every array of the result the tree of the arguments. */
export type Jacobian<R, T> = R extends Value ? Arrays<T> : R extends number ? Arrays<T> : R extends null | undefined ? R : { [K in keyof R]: Jacobian<R[K], T> }
type At<A extends readonly unknown[], O> = O extends { readonly argnums: infer N } ? (N extends number ? A[N] : N extends readonly number[] ? { -readonly [K in keyof N]: A[N[K] & number] } : never) : A[0]
type Result<A extends readonly unknown[], R, O> = O extends { readonly hasAux: true }
  ? R extends readonly [infer Y, infer X] ? [Jacobian<Y, At<A, O>>, X] : never
  : Jacobian<R, At<A, O>>

/** Row k is the k-th basis vector of the given shape: [n, ...shape]. */
const basis = (x: Value): Value => {
  const n = sizeOf(x.shape)
  const ids = (axis: number): Value => iota('i32', [n, n], axis)
  return reshape(convert(eq(ids(0), ids(1)), x.dtype), [n, ...x.shape])
}

type Columns = (l: LinearizedProgram, inputs: readonly Value[], nOut: number) => readonly (readonly Value[])[]
/** One batch of pushes for each input: gives [in, ...out], moved to [...out, ...in]. */
const forwards: Columns = (l, inputs, nOut) => {
  const byInput = inputs.map((x, k) => {
    const n = sizeOf(x.shape)
    const tangents = inputs.map((y, j) => (j === k ? basis(y) : zeros(y.aval)))
    const { values, batched } = mapFlat((...ts) => pushLinearized(l, ts).map((t, i) => instantiate(t, l.outs[i]!.aval)), { size: n, name: null }, tangents, inputs.map((_, j) => j === k))
    return values.slice(0, nOut).map((v, i) => {
      const out = l.outs[i]!.shape
      const full = batched[i] ? v : zeros({ dtype: v.dtype, shape: [n, ...out] })
      return reshape(transpose(full, [...range(out.length).map(d => d + 1), 0]), [...out, ...x.shape])
    })
  })
  return range(nOut).map(i => byInput.map(columns => columns[i]!))
}
/** One batch of pulls for each output: gives [out, ...in]. */
const backwards: Columns = (l, inputs, nOut) => range(nOut).map(i => {
  const out = l.outs[i]!
  if (!hasTangent(out.aval)) return inputs.map(x => zeros({ dtype: x.dtype, shape: [...out.shape, ...x.shape] }))
  const n = sizeOf(out.shape)
  const { values, batched } = mapFlat(ct => pullLinearized(l, l.outs.map((_, j) => (j === i ? ct! : null))), { size: n, name: null }, [basis(out)], [true])
  return values.map((v, k) => (batched[k] ? reshape(v, [...out.shape, ...inputs[k]!.shape]) : zeros({ dtype: v.dtype, shape: [...out.shape, ...inputs[k]!.shape] })))
})

const jacobianBy = (op: string, columns: Columns) => <A extends readonly unknown[], R, const O extends JacobianOptions = {}>(f: (...args: A) => R, options?: O) => {
  requireFunction(op, f)
  requireOptions(op, options, ['argnums', 'hasAux'])
  return (...args: Args<A>): Result<A, R, O> => {
    const argnums = normalizeArgnums(op, options?.argnums ?? 0, args.length)
    const chosen = flattenChosen(op, args, argnums)
    requireFloats(op, chosen, chosen.names)
    const auxValues: Value[] = []
    let aux: unknown = null
    const { flat, outDef } = overLeaves(op, (...given: unknown[]) => {
      const full: unknown[] = [...args]
      argnums.forEach((n, k) => { full[n] = given[k] })
      const result = (f as unknown as (...a: unknown[]) => unknown)(...full)
      if (!options?.hasAux) return result
      const [y, extra] = requirePair(op, result)
      auxValues.length = 0
      aux = mapAux(extra, x => (auxValues.push(x), x))
      return y
    }, chosen.def)
    const l = linearizeFlat((...xs) => { const ys = flat(...xs); return [...ys, ...auxValues] }, chosen.leaves, undefined, op)
    const nOut = outDef().size
    const table = columns(l, chosen.leaves, nOut)
    const tree = (row: readonly Value[]): unknown => {
      const trees = unflatten(chosen.def, row) as readonly unknown[]
      return Array.isArray(options?.argnums) ? trees : trees[0]
    }
    const jac = unflatten(outDef() as TreeDef, table.map(tree))
    let j = nOut
    return (options?.hasAux ? [jac, mapAux(aux, () => l.outs[j++]!)] : jac) as Result<A, R, O>
  }
}

/**
 * The Jacobian by forward mode, best where there are fewer inputs than outputs (JAX: `jax.jacfwd`). For each array of the result
 * and each array of the argument an array of shape [...out, ...in].
 *
 * @example
 * jacfwd((x: Value) => np.square(x))(np.array([1, 2]))   // [[2, 0], [0, 4]]
 */
export const jacfwd = jacobianBy('jacfwd', forwards)
/**
 * The Jacobian by reverse mode, best where there are fewer outputs than inputs (JAX: `jax.jacrev`).
 *
 * @example
 * jacrev((x: Value) => np.sum(np.square(x)))(np.array([1, 2]))   // [2, 4]
 */
export const jacrev = jacobianBy('jacrev', backwards)
/**
 * The Jacobian by reverse mode: another name of `jacrev`, as in JAX.
 *
 * @example
 * jacobian((x: Value) => np.square(x))(np.array([1, 2]))   // [[2, 0], [0, 4]]
 */
export const jacobian = jacrev

/**
 * The second derivatives of a function, forward over reverse (JAX: `jax.hessian`): for a tree a tree of trees.
 *
 * @example
 * hessian((x: Value) => np.sum(np.power(x, 3)))(np.array([1, 2]))   // [[6, 0], [0, 12]]
 */
export const hessian = <A extends readonly unknown[], R, const O extends { readonly argnums?: number | readonly number[] } = {}>(f: (...args: A) => R, options?: O) => {
  requireFunction('hessian', f)
  requireOptions('hessian', options, ['argnums'])
  return jacfwd(jacrev(f, options) as unknown as (...args: A) => Result<A, R, O>, options) as unknown as (...args: Args<A>) => Jacobian<Result<A, R, O>, At<A, O>>
}

/**
 * The Hessian of a scalar function times a vector, without the Hessian: forward over reverse, a small multiple of the cost of `f`.
 * `primals` and `tangents` are lists of arguments as for `jvp`; the result is for the first argument.
 *
 * @example
 * hvp((x: Value) => np.sum(np.power(x, 3)), [np.array([1, 2])], [np.array([1, 0])])   // [6, 0]
 */
export const hvp = <A extends readonly unknown[]>(f: (...args: A) => Value, primals: Args<A>, tangents: Args<A>): Arrays<A[0]> => {
  requireFunction('hvp', f)
  requireList('hvp', 'primals', primals)
  requireList('hvp', 'tangents', tangents)
  return (jvp(grad(f) as unknown as (...args: A) => unknown, primals, tangents) as unknown as readonly [unknown, Arrays<A[0]>])[1]
}

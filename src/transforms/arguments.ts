/** Between functions over trees and functions over flat lists: what a leaf is, and where each one stands. */
import { type Aval, sameShape, showAval } from '../core/aval.js'
import { isFloat } from '../core/dtype.js'
import { describe, raise } from '../core/fault.js'
import { refusePromise } from '../core/interp.js'
import { isValue, type Value } from '../core/value.js'
import { convert } from '../primitives/arithmetic.js'
import { scalar, zeros } from '../primitives/base.js'
import { flatten, type Leaves, paths, type TreeDef, unflatten } from '../tree/index.js'
import type { Flat } from './differentiate.js'

/** A number stands for an f32 scalar, a boolean for a bool one. */
export type Leaf = Value | number | boolean
export const isLeaf = (x: unknown): x is Leaf => isValue(x) || typeof x === 'number' || typeof x === 'boolean'
export const asValue = (x: Leaf): Value => (typeof x === 'number' ? scalar(x, 'f32') : typeof x === 'boolean' ? scalar(x ? 1 : 0, 'bool') : x)

/** What a caller may pass where the function takes `A`: a number for a scalar array. */
export type Args<A extends readonly unknown[]> = { [K in keyof A]: A[K] extends Value ? A[K] | number : A[K] }
/** A tree with arrays for its leaves. */
export type Arrays<T> = Leaves<T, number, Value>

export interface FlatTree { readonly leaves: readonly Value[]; readonly def: TreeDef }
export const flattenValues = (op: string, tree: unknown, root = ''): FlatTree => {
  const { leaves, def } = flatten<Leaf>(tree, isLeaf, { op, root })
  return { leaves: leaves.map(asValue), def }
}

/** f over the leaves of its arguments; the structure of what it answers is known after the call. */
export const overLeaves = (op: string, f: (...args: never[]) => unknown, def: TreeDef): { readonly flat: Flat; readonly outDef: () => TreeDef } => {
  let outDef: TreeDef | null = null
  return {
    flat: (...xs) => {
      const result = (f as (...args: unknown[]) => unknown)(...(unflatten(def, xs) as readonly unknown[]))
      if (result instanceof Promise) refusePromise(op, result)
      const out = flattenValues(op, result, 'the result')
      outDef = out.def
      return out.leaves
    },
    outDef: () => outDef!,
  }
}

export const requireFunction = (op: string, f: unknown): void => {
  if (typeof f !== 'function') raise({ _tag: 'BadArgument', op, argument: 'the first argument', got: describe(f), want: 'a function', hint: `write ${op}(f)(x), not ${op}(f(x))` })
}

/** Every leaf must be a float array: integers have no derivative. */
export const requireFloats = (op: string, { leaves, def }: FlatTree, root: string): void => leaves.forEach((x, i) => {
  if (!isFloat(x.dtype)) {
    raise({ _tag: 'NotDifferentiable', op, path: paths(def, root)[i]!, got: x.aval, hint: 'convert it with np.astype(x, \'f32\'), or leave it out of argnums' })
  }
})

/** Tangents or cotangents for the leaves of a tree: null stands for zero; a number takes the leaf's dtype. */
export const matchLeaves = (op: string, tree: unknown, def: TreeDef, avals: readonly Aval[], root: string, what: string): readonly Value[] => {
  const isTangent = (x: unknown): x is Leaf => isLeaf(x)
  const given = flatten<Leaf>(tree, isTangent, { op, root })
  const names = paths(def, root)
  if (given.def !== def) {
    return raise({ _tag: 'TreeMismatch', op, path: root, left: `${what} with leaves ${paths(given.def, root).join(', ') || 'none'}`, right: `the structure with leaves ${names.join(', ') || 'none'}`, hint: `give one ${what} for each array, of the same shape and dtype` })
  }
  return given.leaves.map((leaf, i) => {
    const want = avals[i]!
    if (typeof leaf === 'number' && want.shape.length === 0) return scalar(leaf, want.dtype)
    const x = asValue(leaf)
    if (!isFloat(want.dtype)) return zeros(want)
    if (!sameShape(x.shape, want.shape) || x.dtype !== want.dtype) {
      return isFloat(x.dtype) && sameShape(x.shape, want.shape) && typeof leaf === 'number' ? convert(x, want.dtype)
        : raise({ _tag: 'ShapeMismatch', op, got: [x.aval], want: `${what} ${names[i] ?? ''} of type ${showAval(want)}`, hint: 'a tangent or cotangent has the shape and dtype of its array' })
    }
    return x
  })
}

/** A result of `hasAux`: a pair. */
export const requirePair = (op: string, result: unknown): readonly [unknown, unknown] => {
  if (result instanceof Promise) refusePromise(op, result)
  return Array.isArray(result) && result.length === 2 ? (result as unknown as readonly [unknown, unknown])
    : raise({ _tag: 'BadArgument', op, argument: 'the result of the function', got: describe(result), want: 'a pair [value, aux], because hasAux is set', hint: 'return [loss, aux]' })
}

const isContainer = (x: unknown): boolean =>
  Array.isArray(x) || (typeof x === 'object' && x !== null && (Object.getPrototypeOf(x) === Object.prototype || Object.getPrototypeOf(x) === null))
/** An auxiliary result may hold anything; its traced values are replaced, the rest stays. */
export const mapAux = (aux: unknown, f: (x: Value) => Value): unknown => {
  const { leaves, def } = flatten(aux, x => x !== null && x !== undefined && !isContainer(x))
  return unflatten(def, leaves.map(x => (isValue(x) ? f(x as Value) : x)))
}

/** Indices of arguments, counted from the end when negative. */
export const normalizeArgnums = (op: string, argnums: number | readonly number[], count: number): readonly number[] => {
  const list = typeof argnums === 'number' ? [argnums] : argnums
  return list.map(n => {
    const k = n < 0 ? n + count : n
    return Number.isInteger(n) && k >= 0 && k < count ? k
      : raise({ _tag: 'BadArgument', op, argument: 'argnums', got: String(n), want: `the index of one of the ${count} arguments`, hint: 'argnums counts from 0' })
  })
}

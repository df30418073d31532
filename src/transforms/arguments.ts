/** Between functions over trees and functions over flat lists: what a leaf is, and where each one stands. */
import { type Aval, sameShape, showAval } from '../core/aval.js'
import { isFloat } from '../core/dtype.js'
import { badArgument, describe, isThenable, raise } from '../core/fault.js'
import { refusePromise } from '../core/interp.js'
import { isValue, type Value } from '../core/value.js'
import { convert } from '../primitives/arithmetic.js'
import { scalar, zeros } from '../primitives/base.js'
import { firstDifference, flatten, type Leaves, listDef, paths, showPath, type TreeDef, unflatten } from '../tree/index.js'
import type { Flat } from './differentiate.js'

/** A number stands for an f32 scalar, a boolean for a bool one. */
export type Leaf = Value | number | boolean
/**
 * Is it a leaf of a tree of arrays?
 *
 * @example
 * tree.isLeaf(np.zeros([2]))   // true
 * tree.isLeaf({ w: 1 })        // false
 */
export const isLeaf = (x: unknown): x is Leaf => isValue(x) || typeof x === 'number' || typeof x === 'boolean'
export const asValue = (x: Leaf): Value => (typeof x === 'number' ? scalar(x, 'f32') : typeof x === 'boolean' ? scalar(x ? 1 : 0, 'bool') : x)

/** What a caller may pass where the function takes `A`: a number for a scalar array. */
export type Args<A extends readonly unknown[]> = { [K in keyof A]: A[K] extends Value ? A[K] | number : A[K] }
/** A tree with arrays for its leaves. */
export type Arrays<T> = Leaves<T, number | boolean, Value, Value>

export interface FlatTree { readonly leaves: readonly Value[]; readonly def: TreeDef }
export const flattenValues = (op: string, tree: unknown, root = ''): FlatTree => {
  const { leaves, def } = flatten<Leaf>(tree, isLeaf, { op, root })
  return { leaves: leaves.map(asValue), def }
}

/**
 * The arguments of a function that runs on tracers alone. A JavaScript boolean among them is refused: as an array it would count as
 * true in every `if`, whatever it holds.
 */
export const flattenTraced = (op: string, args: unknown, root = 'args', wayOut = 'close over the flag'): FlatTree => {
  const { leaves, def } = flatten<Leaf>(args, isLeaf, { op, root })
  return {
    leaves: leaves.map((x, i) => (typeof x === 'boolean' ? raise({
      _tag: 'BadArgument', op, argument: paths(def, root)[i]!, got: `the JavaScript boolean ${x}`, want: 'an array, since inside every array is true in an if',
      hint: `${wayOut}; for data that np.where, cond or lax.select read give np.array(${x})`,
    }) : asValue(x))),
    def,
  }
}

/** f over the leaves of its arguments; the structure of what it answers is known after the call. */
export const overLeaves = (op: string, f: (...args: never[]) => unknown, def: TreeDef): { readonly flat: Flat; readonly outDef: () => TreeDef } => {
  let outDef: TreeDef | null = null
  return {
    flat: (...xs) => {
      const result = (f as (...args: unknown[]) => unknown)(...(unflatten(def, xs) as readonly unknown[]))
      if (isThenable(result)) refusePromise(op, result)
      const out = flattenValues(op, result, 'the result')
      outDef = out.def
      return out.leaves
    },
    outDef: () => outDef!,
  }
}

export const requireFunction = (op: string, f: unknown, argument = 'the first argument'): void => {
  if (typeof f !== 'function') badArgument(op, argument, f, 'a function', `${op} takes functions, not their results: f, not f(x)`)
}
/** Options are a record of known keys: a positional keyword, or a misspelt one, would be lost without a word. */
export const requireOptions = (op: string, options: unknown, known: readonly string[]): void => {
  if (options === undefined) return
  const hint = `keywords go into one record at the end: { ${known.join(', ')} }`
  if (typeof options !== 'object' || options === null || Array.isArray(options) || isValue(options)) return badArgument(op, 'options', options, 'a record', hint)
  for (const key of Object.keys(options)) if (!known.includes(key)) badArgument(op, `options.${key}`, (options as Record<string, unknown>)[key], `one of the keywords ${known.join(', ')}`, hint)
}
/** A list of arguments, as jvp, hvp and jet take them. */
export const requireList = (op: string, argument: string, list: unknown): void => {
  if (!Array.isArray(list)) badArgument(op, argument, list, 'a list with one entry for each argument of the function', `write ${op}(f, [x], [t])`)
}

/** Some of the arguments, each under its own name. */
export interface Chosen extends FlatTree { readonly names: () => readonly string[] }
export const flattenChosen = (op: string, args: readonly unknown[], argnums: readonly number[]): Chosen => {
  const root = (n: number): string => (args.length === 1 ? 'the argument' : `args[${n}]`)
  const trees = argnums.map(n => flattenValues(op, args[n], root(n)))
  return {
    leaves: trees.length === 1 ? trees[0]!.leaves : trees.flatMap(t => t.leaves), def: listDef(trees.map(t => t.def)),
    names: () => trees.flatMap((t, i) => paths(t.def, root(argnums[i]!))),
  }
}
/** Every leaf must be a float array: integers have no derivative. */
export const requireFloats = (op: string, { leaves }: FlatTree, names: () => readonly string[]): void => leaves.forEach((x, i) => {
  if (!isFloat(x.dtype)) {
    raise({ _tag: 'NotDifferentiable', op, path: names()[i]!, got: x.aval, hint: 'convert it with np.astype(x, \'f32\'), or leave it out of argnums' })
  }
})

/** Tangents or cotangents for the leaves of a tree: null stands for zero; a number takes the leaf's dtype. */
export const matchLeaves = (op: string, tree: unknown, def: TreeDef, avals: readonly Aval[], root: string, what: string): readonly Value[] => {
  const given = flatten<Leaf>(tree, isLeaf, { op, root })
  if (given.def !== def) {
    const d = firstDifference(given.def, def)
    return raise({ _tag: 'TreeMismatch', op, path: d ? showPath(d.path, root) : root, left: `${what} has ${d?.left ?? 'another structure'}`, right: d?.right ?? 'the structure asked for', hint: `give one ${what.replace(/^an? /, '')} for each array, of the same shape and dtype` })
  }
  const names = paths(def, root)
  return given.leaves.map((leaf, i) => {
    const want = avals[i]!
    if (typeof leaf === 'number' && want.shape.length === 0) return scalar(leaf, want.dtype)
    const x = asValue(leaf)
    if (!isFloat(want.dtype)) return zeros(want)
    if (!sameShape(x.shape, want.shape) || x.dtype !== want.dtype) {
      return isFloat(x.dtype) && sameShape(x.shape, want.shape) && typeof leaf === 'number' ? convert(x, want.dtype)
        : raise({ _tag: 'ShapeMismatch', op, got: [x.aval], want: `${names[i] === 'cotangent' ? what : names[i]} of type ${showAval(want)}`, hint: 'a tangent or cotangent has the shape and dtype of its array' })
    }
    return x
  })
}

/** A result of `hasAux`: a pair. */
export const requirePair = (op: string, result: unknown): readonly [unknown, unknown] => {
  if (isThenable(result)) refusePromise(op, result)
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

/** Indices of arguments, counted from the end when negative, each once. */
export const normalizeArgnums = (op: string, argnums: number | readonly number[], count: number, keyword = 'argnums'): readonly number[] => {
  const list: readonly unknown[] = Array.isArray(argnums) ? argnums : [argnums]
  const places = list.map(n => {
    const k = typeof n === 'number' && n < 0 ? n + count : n
    return Number.isInteger(k) && (k as number) >= 0 && (k as number) < count ? k as number
      : badArgument(op, keyword, n, count === 0 ? 'the index of an argument, and there is none' : `the index of one of the ${count} arguments`, `${keyword} counts from 0, and from the end when negative; the arguments go to the function that ${op} answers`)
  })
  return new Set(places).size === places.length ? places : badArgument(op, keyword, argnums, 'a list that names each argument once', `${keyword} counts from 0, and from the end when negative`)
}

/** Operations on trees whose leaves are known: everything is a walk over the leaves between a flatten and an unflatten. */
import { raise } from '../core/fault.js'
import { broadcastPrefix, firstDifference, type PrefixOptions, requireSame } from './compare.js'
import { compose, leafDef, nullDef, paths, sameStructure, show, type TreeDef } from './def.js'
import { type Flat, flatten, type IsLeaf, structure, unflatten, type Where } from './flatten.js'
import { register } from './registry.js'
import { type Leaves, showPath } from './types.js'

/** Applies `f` leaf by leaf; further trees must have the structure of the first. Faults: `TreeMismatch` with the path, `BadLeaf`. */
export const mapTree = (f: (...leaves: never[]) => unknown, isLeaf: IsLeaf, tree: unknown, rest: readonly unknown[] = [], where: Where = {}): unknown => {
  const op = where.op ?? 'map'
  const { leaves, def } = flatten(tree, isLeaf, { op, ...where })
  const call = f as (...leaves: unknown[]) => unknown
  if (rest.length === 0) return unflatten(def, leaves.map(leaf => call(leaf)))
  const others = rest.map(other => {
    const flat = flatten(other, isLeaf, { op, ...where })
    requireSame(def, flat.def, { op, ...where })
    return flat.leaves
  })
  return unflatten(def, leaves.map((leaf, i) => call(leaf, ...others.map(other => other[i]))))
}

/**
 * A tree of the structure `outer` whose leaves are trees of the structure `inner`, turned inside out.
 * Faults: `TreeMismatch` with the path where the tree is not `outer` of `inner`.
 *
 * Source: `jax.tree.transpose`.
 */
export const transposeTree = (outer: TreeDef, inner: TreeDef, tree: unknown, isLeaf: IsLeaf, where: Where = {}): unknown => {
  const { leaves, def } = flatten(tree, isLeaf, { op: 'transpose', ...where })
  const found = firstDifference(compose(outer, inner), def)
  if (found) {
    return raise({
      _tag: 'TreeMismatch', op: where.op ?? 'transpose', path: showPath(found.path, where.root), left: found.left, right: found.right,
      hint: 'the tree must be the outer structure with the inner structure at every leaf',
    })
  }
  const row = (i: number): unknown => unflatten(outer, Array.from({ length: outer.size }, (_, o) => leaves[o * inner.size + i]))
  return unflatten(inner, Array.from({ length: inner.size }, (_, i) => row(i)))
}

/** A tree beside a tree of type `T`: the same type, or the same with any leaves. */
type Alike<T, Leaf> = T | Leaves<T, Leaf, Leaf>

/** The operations on trees with leaves of type `Leaf`, under JAX's names (`jax.tree`). */
export interface Trees<Leaf> {
  /** Leaves from left to right, and the structure. */
  readonly flatten: (tree: unknown, where?: Where) => Flat<Leaf>
  /** The tree of a structure with these leaves. */
  readonly unflatten: (def: TreeDef, leaves: readonly unknown[]) => unknown
  readonly leaves: (tree: unknown) => readonly Leaf[]
  readonly structure: (tree: unknown) => TreeDef
  /** The path of every leaf, as written: `params.layers[0].w`. */
  readonly paths: (tree: unknown, root?: string) => readonly string[]
  /** `f` leaf by leaf; further trees must have the structure of the first. */
  // one tree has a signature of its own: there f may have options behind the leaf, as np.zerosLike has
  readonly map: {
    <T, B>(f: (leaf: Leaf) => B, tree: T): Leaves<T, Leaf, B>
    <T, B>(f: (leaf: Leaf, ...rest: Leaf[]) => B, tree: T, ...rest: readonly Alike<NoInfer<T>, Leaf>[]): Leaves<T, Leaf, B>
  }
  /** `map` with the path of the leaf, as written, before the leaves. */
  readonly mapWithPath: <T, B>(f: (path: string, leaf: Leaf, ...rest: Leaf[]) => B, tree: T, ...rest: readonly Alike<NoInfer<T>, Leaf>[]) => Leaves<T, Leaf, B>
  readonly reduce: <B>(f: (accumulated: B, leaf: Leaf) => B, tree: unknown, initial: B) => B
  readonly all: (holds: (leaf: Leaf) => boolean, tree: unknown) => boolean
  readonly any: (holds: (leaf: Leaf) => boolean, tree: unknown) => boolean
  /** A tree of trees turned inside out. */
  readonly transpose: (outer: TreeDef, inner: TreeDef, tree: unknown) => unknown
  /** One entry of a prefix for each leaf of the tree. */
  readonly broadcastPrefix: <P = number | null>(prefix: unknown, tree: unknown, options?: PrefixOptions<P>) => readonly P[]
  readonly isLeaf: (x: unknown) => x is Leaf
  readonly compose: typeof compose
  readonly sameStructure: typeof sameStructure
  readonly show: typeof show
  readonly register: typeof register
  readonly leafDef: TreeDef
  readonly nullDef: TreeDef
}

/**
 * The operations on trees, once it is said what a leaf is.
 *
 * @example
 * const tree = treeOf((x): x is number => typeof x === 'number')
 * tree.map(x => x + 1, { w: 1, layers: [2, null] })   // { layers: [3, null], w: 2 }
 */
export const treeOf = <Leaf>(isLeaf: (x: unknown) => x is Leaf): Trees<Leaf> => {
  const leaves = (tree: unknown, op: string): readonly Leaf[] => flatten<Leaf>(tree, isLeaf, { op }).leaves
  const trees: Trees<Leaf> = {
    flatten: (tree, where) => flatten<Leaf>(tree, isLeaf, where),
    unflatten: (def, given) => unflatten(def, given),
    leaves: tree => leaves(tree, 'leaves'),
    structure: tree => structure(tree, isLeaf, { op: 'structure' }),
    paths: (tree, root) => paths(structure(tree, isLeaf, { op: 'paths' }), root),
    map: (f: (leaf: Leaf, ...rest: Leaf[]) => unknown, tree: unknown, ...rest: readonly unknown[]) => mapTree(f, isLeaf, tree, rest) as never,
    mapWithPath: (f, tree, ...rest) => {
      const written = paths(structure(tree, isLeaf, { op: 'mapWithPath' }))
      let i = 0
      return mapTree((leaf: Leaf, ...others: Leaf[]) => f(written[i++]!, leaf, ...others), isLeaf, tree, rest, { op: 'mapWithPath' }) as never
    },
    reduce: (f, tree, initial) => leaves(tree, 'reduce').reduce(f, initial),
    all: (holds, tree) => leaves(tree, 'all').every(leaf => holds(leaf)),
    any: (holds, tree) => leaves(tree, 'any').some(leaf => holds(leaf)),
    transpose: (outer, inner, tree) => transposeTree(outer, inner, tree, isLeaf),
    broadcastPrefix: (prefix, tree, options) => broadcastPrefix(prefix, structure(tree, isLeaf, { op: 'broadcastPrefix' }), options),
    isLeaf,
    compose, sameStructure, show, register, leafDef, nullDef,
  }
  return trees
}

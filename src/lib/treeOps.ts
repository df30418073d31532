/** `tree`: trees of arrays as containers (JAX: `jax.tree`) and as vectors, whose operations act leaf by leaf. */
import { range } from '../core/aval.js'
import { type DType, inexact, promote } from '../core/dtype.js'
import { isValue, type Value } from '../core/value.js'
import { add as addOf, convert, mul as mulOf, neg as negOf, sub as subOf } from '../primitives/arithmetic.js'
import { full, ones, scalar, sum, zeros } from '../primitives/base.js'
import { sqrt } from '../primitives/elementary.js'
import { mapTree, type Trees, treeOf } from '../tree/index.js'
import { type Arrays, asValue, flattenValues, isLeaf, type Leaf } from '../transforms/arguments.js'
import { align2, toValue } from './arrays.js'

const trees: Trees<Leaf> = treeOf<Leaf>(isLeaf)

type Of<K extends keyof Trees<Leaf>> = Trees<Leaf>[K]
// the types are named: spelled out, the declarations of the package would not end
/**
 * The leaves from left to right (records by sorted keys), and the structure around them (JAX: `jax.tree.flatten`). Leaves of `tree` are
 * arrays, numbers and booleans; `null` and `undefined` are empty. Faults: `BadLeaf` with the path.
 *
 * @example
 * const { leaves, def } = tree.flatten({ w: np.array([1, 2]), b: 3 })
 * leaves           // [3, [1, 2]]
 * tree.show(def)   // '{ b: *, w: * }'
 */
export const flatten: Of<'flatten'> = trees.flatten
/**
 * The tree of a structure with these leaves (JAX: `jax.tree.unflatten`). Faults: `TreeMismatch` where their number differs.
 *
 * @example
 * tree.unflatten(tree.structure({ w: 0, b: 0 }), [1, 2])   // { b: 1, w: 2 }
 */
export const unflatten: Of<'unflatten'> = trees.unflatten
/**
 * The leaves from left to right (JAX: `jax.tree.leaves`).
 *
 * @example
 * tree.leaves({ w: np.array([1, 2]), b: [3, null] })   // [3, [1, 2]]
 */
export const leaves: Of<'leaves'> = trees.leaves
/**
 * The structure without its leaves (JAX: `jax.tree.structure`). Equal structures are one object.
 *
 * @example
 * tree.structure({ w: 1, b: 2 }) === tree.structure({ b: 3, w: 4 })   // true
 */
export const structure: Of<'structure'> = trees.structure
/**
 * The path of every leaf as written in TypeScript.
 *
 * @example
 * tree.paths({ layers: [{ w: 1 }, { w: 2 }] }, 'params')   // ['params.layers[0].w', 'params.layers[1].w']
 */
export const paths: Of<'paths'> = trees.paths
/**
 * `f` leaf by leaf; further trees must have the structure of the first (JAX: `jax.tree.map`). Faults: `TreeMismatch` with the path.
 *
 * @example
 * tree.map(x => np.multiply(x, 2), { w: np.array([1, 2]), b: np.array(3) }).w   // [2, 4]
 */
export const map: Of<'map'> = trees.map
/**
 * `map`, with the path of the leaf before the leaves (JAX: `jax.tree.map_with_path`).
 *
 * @example
 * tree.mapWithPath((path, x) => `${path} = ${x}`, { w: 1, b: 2 }).w   // 'w = 1'
 */
export const mapWithPath: Of<'mapWithPath'> = trees.mapWithPath
/**
 * The leaves folded from left to right (JAX: `jax.tree.reduce`).
 *
 * @example
 * tree.reduce((n, x) => n + np.array(x).size, { w: np.zeros([2, 3]), b: np.zeros([3]) }, 0)   // 9
 */
export const reduce: Of<'reduce'> = trees.reduce
/**
 * Does every leaf satisfy this? (JAX: `jax.tree.all`)
 *
 * @example
 * tree.all(x => np.array(x).dtype === 'f32', { w: np.zeros([2]), b: np.zeros([1]) })   // true
 */
export const all: Of<'all'> = trees.all
/**
 * Does some leaf satisfy this?
 *
 * @example
 * tree.any(x => np.array(x).ndim === 2, { w: np.zeros([2]), b: np.zeros([1]) })   // false
 */
export const any: Of<'any'> = trees.any
/**
 * A tree of structure `outer` whose leaves are trees of structure `inner`, turned inside out (JAX: `jax.tree.transpose`).
 *
 * @example
 * tree.transpose(tree.structure({ a: 0, b: 0 }), tree.structure([0, 0]), { a: [1, 2], b: [3, 4] })   // [{ a: 1, b: 3 }, { a: 2, b: 4 }]
 */
export const transpose: Of<'transpose'> = trees.transpose
/**
 * One entry of a prefix for each leaf of the tree: what stands for a subtree is repeated for its leaves, as in `inAxes`.
 * Faults: `AxesMismatch` with the path where the prefix leaves the tree.
 *
 * @example
 * tree.broadcastPrefix([null, { w: 0 }], [{ a: 1, b: 2 }, { w: 3 }])   // [null, null, 0]
 */
export const broadcastPrefix: Of<'broadcastPrefix'> = trees.broadcastPrefix
/**
 * The structure with another one in place of every leaf: a tree of trees, as the Hessian of a tree is.
 *
 * @example
 * const def = tree.structure({ w: 0 })
 * tree.show(tree.compose(def, def))   // '{ w: { w: * } }'
 */
export const compose: Of<'compose'> = trees.compose
/**
 * Are two structures the same?
 *
 * @example
 * tree.sameStructure(tree.structure([1, 2]), tree.structure([1, null]))   // false
 */
export const sameStructure: Of<'sameStructure'> = trees.sameStructure
/**
 * A structure for readers, leaves as `*`.
 *
 * @example
 * tree.show(tree.structure({ w: 1, layers: [2, null] }))   // '{ layers: [*, null], w: * }'
 */
export const show: Of<'show'> = trees.show
/**
 * Makes instances of a class containers of leaves, in every transform (JAX: `jax.tree_util.register_pytree_node`).
 * Faults: `BadArgument` for a class that is registered already.
 *
 * @example
 * class Linear { constructor(readonly w: Value, readonly bias: boolean) {} }
 * tree.register(Linear, { flatten: layer => [[layer.w], layer.bias], unflatten: ([w], bias) => new Linear(w, bias) })
 * grad((l: Linear) => np.sum(np.square(l.w)))(new Linear(np.array([1, 2]), true)).w   // [2, 4]
 */
export const register: Of<'register'> = trees.register
export { isLeaf }

type Op2 = (x: Value, y: Value) => Value
const lift1 = (op: string, f: (x: Value) => Value) => <T>(x: T): Arrays<T> =>
  mapTree((leaf: Leaf) => f(asValue(leaf)), isLeaf, x, [], { op }) as Arrays<T>
const lift2 = (op: string, f: Op2) => <T>(x: T, y: NoInfer<T> | Arrays<NoInfer<T>>): Arrays<T> =>
  mapTree((a: Leaf, b: Leaf) => f(...align2(op, a, b) as [Value, Value]), isLeaf, x, [y], { op }) as Arrays<T>

/**
 * The sum of two trees of one structure, leaf by leaf. Faults: `TreeMismatch` with the path.
 *
 * @example
 * tree.add({ w: np.array([1, 2]) }, { w: np.array([10, 20]) }).w   // [11, 22]
 */
export const add = lift2('tree.add', addOf)
/**
 * The difference of two trees of one structure, leaf by leaf.
 *
 * @example
 * tree.sub({ w: np.array([1, 2]) }, { w: np.array([10, 20]) }).w   // [-9, -18]
 */
export const sub = lift2('tree.sub', subOf)
/**
 * The product of two trees of one structure, leaf by leaf.
 *
 * @example
 * tree.mul({ w: np.array([1, 2]) }, { w: np.array([10, 20]) }).w   // [10, 40]
 */
export const mul = lift2('tree.mul', mulOf)
/**
 * The negative of a tree.
 *
 * @example
 * tree.neg({ w: np.array([1, -2]) }).w   // [-1, 2]
 */
export const neg = lift1('tree.neg', negOf)

/** A scalar in every place of a leaf, in the leaf's dtype: a factor never changes what it scales. */
const factorFor = (op: string, c: Value | number, x: Value): Value => {
  if (!isValue(c)) return full(Number(c), x.aval)
  return align2(op, convert(toValue(op, c, 'the factor'), x.dtype), x)[0]
}
/**
 * A number (or a scalar array) times a tree.
 *
 * @example
 * tree.scale(2, { w: np.array([1, 2]) }).w   // [2, 4]
 */
export const scale = <T>(c: Value | number, x: T): Arrays<T> => lift1('tree.scale', leaf => mulOf(factorFor('tree.scale', c, leaf), leaf))(x)
/**
 * a·x + y: a number (or a scalar array) times a tree, plus a tree.
 *
 * @example
 * tree.addScaled({ w: np.array([1, 2]) }, -1, { w: np.array([10, 20]) }).w   // [-9, -18]
 */
export const addScaled = <T>(y: T, c: Value | number, x: NoInfer<T> | Arrays<NoInfer<T>>): Arrays<T> =>
  lift2('tree.addScaled', (b, a) => addOf(b, mulOf(factorFor('tree.addScaled', c, a), a)))(y, x)

/**
 * A tree of zeros with the shapes and dtypes of this one.
 *
 * @example
 * tree.zerosLike({ w: np.array([1, 2]) }).w   // [0, 0]
 */
export const zerosLike = lift1('tree.zerosLike', x => zeros(x.aval))
/**
 * A tree of ones with the shapes and dtypes of this one.
 *
 * @example
 * tree.onesLike({ w: np.array([1, 2]) }).w   // [1, 1]
 */
export const onesLike = lift1('tree.onesLike', x => ones(x.aval))
/**
 * Every leaf converted to a dtype.
 *
 * @example
 * tree.astype({ w: np.array([1, 2]) }, 'f64').w.dtype   // 'f64'
 */
export const astype = <T>(x: T, dtype: DType): Arrays<T> => lift1('tree.astype', leaf => convert(leaf, dtype))(x)

/** Sums of all elements of values, in the dtype they meet in. */
const total = (parts: readonly Value[]): Value => {
  const d = parts.reduce<DType>((a, x) => promote(a, x.dtype), 'bool')
  const folded = parts.map(x => convert(sum(x, range(x.ndim)), d))
  return folded.length === 0 ? scalar(0, 'f32') : folded.reduce(addOf)
}
const numeric = (x: Value): Value => (x.dtype === 'bool' ? convert(x, 'i32') : x)

/**
 * The inner product of two trees of one structure: a scalar (JAX: `optax.tree_utils.tree_vdot`).
 *
 * @example
 * tree.vdot({ w: np.array([1, 2]) }, { w: np.array([10, 20]) })   // 50
 */
export const vdot = <T>(x: T, y: NoInfer<T> | Arrays<NoInfer<T>>): Value => {
  const products = mapTree((a: Leaf, b: Leaf) => mulOf(...align2('tree.vdot', numeric(asValue(a)), numeric(asValue(b))) as [Value, Value]), isLeaf, x, [y], { op: 'tree.vdot' })
  return total(flattenValues('tree.vdot', products).leaves)
}
export { vdot as dot }
/**
 * The sum of all elements of all leaves.
 *
 * @example
 * tree.sum({ w: np.array([1, 2]), b: np.array(3) })   // 6
 */
const sumAll = (x: unknown): Value => total(flattenValues('tree.sum', x).leaves.map(numeric))
export { sumAll as sum }
/**
 * The Euclidean norm of a tree as one vector.
 *
 * @example
 * tree.norm({ w: np.array([3, 0]), b: np.array(4) })   // 5
 */
export const norm = (x: unknown): Value => {
  const s = total(flattenValues('tree.norm', x).leaves.map(leaf => { const v = numeric(leaf); return mulOf(v, v) }))
  return sqrt(convert(s, inexact(s.dtype)))
}
/**
 * The number of elements of all leaves.
 *
 * @example
 * tree.size({ w: np.array([1, 2]), b: np.array(3) })   // 3
 */
export const size = (x: unknown): number => flattenValues('tree.size', x).leaves.reduce((n, leaf) => n + leaf.size, 0)

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
/**
 * The containers: `flatten unflatten leaves structure paths map mapWithPath reduce all any transpose broadcastPrefix register ...`
 * with arrays, numbers and booleans for leaves.
 *
 * @example
 * tree.map(x => np.multiply(x, 2), { w: np.array([1, 2]), b: np.array(3) }).w   // [2, 4]
 */
export const flatten: Of<'flatten'> = trees.flatten
// the types are named: spelled out, the declarations of the package would not end
export const unflatten: Of<'unflatten'> = trees.unflatten
export const leaves: Of<'leaves'> = trees.leaves
export const structure: Of<'structure'> = trees.structure
export const paths: Of<'paths'> = trees.paths
export const map: Of<'map'> = trees.map
export const mapWithPath: Of<'mapWithPath'> = trees.mapWithPath
export const reduce: Of<'reduce'> = trees.reduce
export const all: Of<'all'> = trees.all
export const any: Of<'any'> = trees.any
export const transpose: Of<'transpose'> = trees.transpose
export const broadcastPrefix: Of<'broadcastPrefix'> = trees.broadcastPrefix
export const compose: Of<'compose'> = trees.compose
export const sameStructure: Of<'sameStructure'> = trees.sameStructure
export const show: Of<'show'> = trees.show
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

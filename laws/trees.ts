/** Laws of trees: a tree comes apart into leaves and a structure, the two are the tree again, and a structure is one object. */
import * as fc from 'fast-check'
import { broadcastPrefix } from '../src/tree/compare.js'
import { compose, leafPaths, recordDef, type TreeDef } from '../src/tree/def.js'
import { flatten, structure, unflatten } from '../src/tree/flatten.js'
import { mapTree, transposeTree } from '../src/tree/operations.js'
import { and, claim, type Law, law } from './law.js'

type Tree = number | null | readonly Tree[] | { readonly [key: string]: Tree }
const isNumber = (x: unknown): x is number => typeof x === 'number'
const { tree } = fc.letrec<{ tree: Tree }>(tie => ({
  tree: fc.oneof({ maxDepth: 4, depthSize: 'medium' }, fc.nat(99), fc.constant(null), fc.array(tie('tree'), { maxLength: 5 }),
    fc.uniqueArray(fc.constantFrom('b', 'a', 'z', 'y1', 'y', '10', '9'), { maxLength: 4 }).chain(keys => fc.tuple(...keys.map(() => tie('tree'))).map(xs => Object.fromEntries(keys.map((k, i) => [k, xs[i]!]))))),
}))
const trees: fc.Arbitrary<Tree> = fc.oneof(tree, fc.array(tree, { minLength: 1, maxLength: 4 }), fc.record({ w: tree, b: tree, layers: fc.array(fc.record({ w: tree, b: fc.nat(9) }), { maxLength: 3 }) }))

/** The leaves of a tree, said directly. */
const leavesOf = (t: Tree): readonly number[] =>
  t === null ? [] : isNumber(t) ? [t] : Array.isArray(t) ? (t as readonly Tree[]).flatMap(leavesOf) : Object.keys(t).sort().flatMap(k => leavesOf((t as Record<string, Tree>)[k]!))
/** What is left of a tree without its leaves, as text. */
const skeleton = (t: Tree): string =>
  t === null ? 'null' : isNumber(t) ? '*' : Array.isArray(t) ? `[${(t as readonly Tree[]).map(skeleton).join()}]` : `{${Object.keys(t).sort().map(k => `${k}:${skeleton((t as Record<string, Tree>)[k]!)}`).join()}}`
const follow = (t: unknown, path: readonly (string | number)[]): unknown => path.reduce<unknown>((x, k) => (x as Record<string, unknown>)[k], t)
const replaced = (t: Tree, f: (x: number) => Tree): Tree =>
  t === null ? null : isNumber(t) ? f(t) : Array.isArray(t) ? (t as readonly Tree[]).map(u => replaced(u, f)) : Object.fromEntries(Object.entries(t).map(([k, u]) => [k, replaced(u as Tree, f)]))
/** Records by sorted key. */
const text = (t: unknown): string => JSON.stringify(t, (_k, v: unknown) => (typeof v === 'object' && v !== null && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v))
const turned = (t: Tree): Tree =>
  t === null || isNumber(t) ? t : Array.isArray(t) ? (t as readonly Tree[]).map(turned) : Object.fromEntries(Object.entries(t).reverse().map(([k, u]) => [k, turned(u as Tree)]))

export const treeLaws: readonly Law[] = [
  law('flattenThenUnflatten', 'unflatten(flatten t) = t, and flatten(unflatten(d, xs)) = (xs, d)', trees, t => {
    const { leaves, def } = flatten(t, isNumber)
    const again = flatten(unflatten(def, leaves.map(x => (x as number) + 1)), isNumber)
    return and(
      () => claim(text(unflatten(def, leaves)) === text(t), `it becomes ${text(unflatten(def, leaves))}`),
      () => claim(again.def === def && again.leaves.every((x, i) => x === (leaves[i] as number) + 1), 'leaves or structure change'))
  }),
  law('leavesInOrder', 'leaves stand from left to right, records by sorted key, and the path of each leads to it', trees, t => {
    const { leaves, def } = flatten(t, isNumber), paths = leafPaths(def)
    return and(
      () => claim(text(leaves) === text(leavesOf(t)), `leaves ${text(leaves)}`),
      () => claim(def.size === leaves.length && paths.length === leaves.length && paths.every((p, i) => follow(t, p) === leaves[i]), `paths ${text(paths)}`))
  }),
  law('structureIsOne', 'two trees have the same structure object exactly when they differ in leaves alone', fc.tuple(trees, trees), ([s, t]) => and(
    () => claim((structure(s, isNumber) === structure(t, isNumber)) === (skeleton(s) === skeleton(t)), `${skeleton(s)} and ${skeleton(t)}`),
    () => claim(structure(turned(t), isNumber) === structure(t, isNumber), 'the order of keys matters'),
    () => claim(structure(replaced(t, x => x + 1), isNumber) === structure(t, isNumber), 'leaves matter'),
    () => claim((structure(s, isNumber).key === structure(t, isNumber).key) === (structure(s, isNumber) === structure(t, isNumber)), 'the key does not tell'))),
  law('structureOfLists', 'lists are told apart by their length and by the structure of every place', fc.tuple(fc.nat(5), fc.nat(5), trees, trees), ([m, n, s, t]) => {
    const def = (k: number, x: Tree): TreeDef => structure([...Array.from({ length: k }, () => x), t], isNumber)
    return and(
      () => claim((def(m, s) === def(n, s)) === (m === n), `lists of ${m + 1} and of ${n + 1}`),
      () => claim(structure(Array.from({ length: m }, () => s), isNumber) !== structure(Array.from({ length: m + 1 }, () => s), isNumber), 'length is forgotten'))
  }),
  law('absentKeys', 'a key whose value is undefined is no key', trees, t => claim(structure({ a: t, b: undefined }, isNumber) === structure({ a: t }, isNumber), 'it counts')),
  law('mapIsFunctor', 'map id = id, map (g ∘ f) = map g ∘ map f, and further trees are walked together', trees, t => {
    const f = (x: number): number => 3 * x, g = (x: number): number => x - 7
    const over = (h: (...xs: number[]) => number, u: unknown, ...rest: unknown[]): unknown => mapTree(h as never, isNumber, u, rest)
    return and(
      () => claim(text(over(x => x, t)) === text(t), 'id changes it'),
      () => claim(text(over(x => g(f(x)), t)) === text(over(g, over(f, t))), 'it does not compose'),
      () => claim(text(over((x, y) => x - 2 * y, t, over(f, t))) === text(over(x => -5 * x, t)), 'another leaf is taken'))
  }),
  law('treeOfTrees', 'compose(s, t) is the structure of s with t at every leaf, and transposing turns it inside out, twice back', fc.tuple(trees, trees), ([s, t]) => {
    let n = 0
    const nested = replaced(s, () => replaced(t, () => n++))
    const [outer, inner] = [structure(s, isNumber), structure(t, isNumber)]
    const inside = transposeTree(outer, inner, nested, isNumber)
    const at = (u: unknown, p: readonly (string | number)[], q: readonly (string | number)[]): unknown => follow(follow(u, p), q)
    return and(
      () => claim(compose(outer, inner) === structure(nested, isNumber), 'composition is not substitution'),
      () => claim(leafPaths(outer).every(p => leafPaths(inner).every(q => at(nested, p, q) === at(inside, q, p))), 'a leaf is not where it should be'),
      () => claim(outer.size === 0 || inner.size === 0 || text(transposeTree(inner, outer, inside, isNumber)) === text(nested), 'twice is not back'))
  }),
  law('recordOfKeys', 'a record structure is made from its keys in any order', fc.tuple(trees, trees), ([s, t]) => {
    const [a, b] = [structure(s, isNumber), structure(t, isNumber)]
    return claim(recordDef(['z', 'a'], [a, b]) === recordDef(['a', 'z'], [b, a]) && recordDef(['a', 'z'], [b, a]) === structure({ z: s, a: t }, isNumber), 'the order matters')
  }),
  law('prefixCovers', 'a leaf of a prefix stands for all leaves below it', fc.tuple(trees, trees, trees), ([s, t, u]) => {
    const def = structure({ a: s, b: [t, u] }, isNumber)
    const [i, j, k] = [s, t, u].map(x => leavesOf(x).length) as [number, number, number]
    const covered = [...Array.from({ length: i }, () => 0), ...Array.from({ length: j }, () => null), ...Array.from({ length: k }, () => -1)]
    return and(
      () => claim(text(broadcastPrefix({ a: 0, b: [null, -1] }, def)) === text(covered), text(broadcastPrefix({ a: 0, b: [null, -1] }, def))),
      () => claim(text(broadcastPrefix(2, def)) === text(covered.map(() => 2)), 'one axis does not cover all'))
  }),
]

/**
 * A tree as a data type: a leaf, or a node with subtrees, with its fp-ts instances and their laws.
 *
 * Plain nested structures stay what users write; this is the form in which a tree is a lawful `Traversable`.
 */
import type { Applicative } from 'fp-ts/lib/Applicative.js'
import type { Eq } from 'fp-ts/lib/Eq.js'
import type { Foldable1 } from 'fp-ts/lib/Foldable.js'
import type { FoldableWithIndex1 } from 'fp-ts/lib/FoldableWithIndex.js'
import type { Functor1 } from 'fp-ts/lib/Functor.js'
import type { FunctorWithIndex1 } from 'fp-ts/lib/FunctorWithIndex.js'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import type { Show } from 'fp-ts/lib/Show.js'
import type { PipeableTraverse1, Traversable1 } from 'fp-ts/lib/Traversable.js'
import { childAt, customDef, leafDef, listDef, nullDef, recordDef, type TreeDef } from './def.js'
import { flatten, type IsLeaf, unflatten } from './flatten.js'
import type { Registration } from './registry.js'
import { type Path, showWord } from './types.js'

export const URI = 'cotangent/Tree'
export type URI = typeof URI

// The one name of this module that every resolution of types finds; there is no such file to import at run time.
declare module 'fp-ts/HKT.js' {
  interface URItoKind<A> { readonly [URI]: Tree<A> }
}

/** What a node is, apart from its subtrees; the keys of a record are sorted, as `record` makes them. */
export type Form =
  | { readonly kind: 'null' }
  | { readonly kind: 'list' }
  | { readonly kind: 'record'; readonly keys: readonly string[] }
  | { readonly kind: 'custom'; readonly registration: Registration; readonly data: unknown }

export interface Leaf<A> { readonly _tag: 'Leaf'; readonly value: A }
export interface Node<A> { readonly _tag: 'Node'; readonly form: Form; readonly children: readonly Tree<A>[] }
export type Tree<A> = Leaf<A> | Node<A>

// Constructors

export const leaf = <A>(value: A): Tree<A> => ({ _tag: 'Leaf', value })
const node = <A>(form: Form, children: readonly Tree<A>[]): Tree<A> => ({ _tag: 'Node', form, children })

/** The tree without leaves. */
export const empty: Tree<never> = node({ kind: 'null' }, [])
export const list = <A>(children: readonly Tree<A>[]): Tree<A> => node({ kind: 'list' }, children)

/** A record of trees; its leaves are in the order of its sorted keys. */
export const record = <A>(children: Readonly<Record<string, Tree<A>>>): Tree<A> => {
  const keys = Object.keys(children).sort()
  return node({ kind: 'record', keys }, keys.map(key => children[key]!))
}

// Structure and leaves

/** The structure of a tree. */
export const defOf = <A>(tree: Tree<A>): TreeDef => {
  if (tree._tag === 'Leaf') return leafDef
  const children = tree.children.map(defOf)
  switch (tree.form.kind) {
    case 'null': return nullDef
    case 'list': return listDef(children)
    case 'record': return recordDef(tree.form.keys, children)
    case 'custom': return customDef(tree.form.registration, tree.form.data, children[0]!)
    default: return tree.form satisfies never
  }
}

const formOf = (def: TreeDef): Form => {
  switch (def.kind) {
    case 'record': return { kind: 'record', keys: def.keys }
    case 'custom': return { kind: 'custom', registration: def.registration!, data: def.data }
    default: return { kind: def.kind === 'null' ? 'null' : 'list' }
  }
}

/** The tree of a structure with these leaves, which are as many as the structure has places. */
const grow = <A>(def: TreeDef, leaves: readonly A[], from = 0): Tree<A> => {
  if (def.kind === 'leaf') return leaf(leaves[from]!)
  const children: Tree<A>[] = []
  let at = from
  for (let i = 0; i < def.arity; i++) {
    const child = childAt(def, i)
    children.push(grow(child, leaves, at))
    at += child.size
  }
  return node(formOf(def), children)
}

/** The leaves, from left to right. */
export const toLeaves = <A>(tree: Tree<A>): readonly A[] => {
  const leaves: A[] = []
  const walk = (at: Tree<A>): void => { at._tag === 'Leaf' ? leaves.push(at.value) : at.children.forEach(walk) }
  walk(tree)
  return leaves
}

/** A plain nested structure as a tree. Faults: `BadLeaf` with the path. */
export const toTree = <A>(plain: unknown, isLeaf: IsLeaf<A>): Tree<A> => {
  const { leaves, def } = flatten<A>(plain, isLeaf, { op: 'toTree' })
  return grow(def, leaves)
}

/** The plain nested structure of a tree: records, arrays, `null`, instances of registered classes. */
export const fromTree = <A>(tree: Tree<A>): unknown => unflatten(defOf(tree), toLeaves(tree))

// Instances

const step = (form: Form, path: Path, i: number): Path =>
  form.kind === 'record' ? [...path, form.keys[i]!] : form.kind === 'list' ? [...path, i] : path

const mapFrom = <A, B>(tree: Tree<A>, path: Path, f: (path: Path, a: A) => B): Tree<B> =>
  tree._tag === 'Leaf' ? leaf(f(path, tree.value)) : node(tree.form, tree.children.map((child, i) => mapFrom(child, step(tree.form, path, i), f)))

const mapOver = <A, B>(tree: Tree<A>, f: (a: A) => B): Tree<B> =>
  tree._tag === 'Leaf' ? leaf(f(tree.value)) : node(tree.form, tree.children.map(child => mapOver(child, f)))

const entries = <A>(tree: Tree<A>): readonly (readonly [Path, A])[] => toLeaves(mapFrom(tree, [], (path, a) => [path, a] as const))

/** An effect of unknown kind, as fp-ts has it. */
interface HKT<F, A> { readonly _URI: F; readonly _A: A }

/** Results of an effect in order: joining two is one step, so that traversing n leaves takes n joins and log n nesting. */
type Rope<B> = { readonly one: B } | { readonly left: Rope<B>; readonly right: Rope<B> }

const spill = <B>(rope: Rope<B>, into: B[]): B[] => {
  if ('one' in rope) into.push(rope.one)
  else {
    spill(rope.left, into)
    spill(rope.right, into)
  }
  return into
}

const traverseOver = <F>(F: Applicative<F>) => <A, B>(tree: Tree<A>, f: (a: A) => HKT<F, B>): HKT<F, Tree<B>> => {
  const leaves = toLeaves(tree)
  const def = defOf(tree)
  const run = (from: number, to: number): HKT<F, Rope<B>> => {
    if (to - from === 1) return F.map(f(leaves[from]!), one => ({ one }))
    const middle = (from + to) >> 1
    const left = run(from, middle)
    return F.ap(F.map(left, l => (r: Rope<B>): Rope<B> => ({ left: l, right: r })), run(middle, to))
  }
  return leaves.length === 0 ? F.of(grow<B>(def, [])) : F.map(run(0, leaves.length), rope => grow(def, spill(rope, [])))
}

/** Lawful: `map(identity) = identity`, `map(g ∘ f) = map(g) ∘ map(f)`. */
export const Functor: Functor1<URI> = { URI, map: mapOver }

/** The index is the path to the leaf. */
export const FunctorWithIndex: FunctorWithIndex1<URI, Path> = { ...Functor, mapWithIndex: (tree, f) => mapFrom(tree, [], f) }

export const Foldable: Foldable1<URI> = {
  URI,
  reduce: (tree, initial, f) => toLeaves(tree).reduce(f, initial),
  reduceRight: (tree, initial, f) => toLeaves(tree).reduceRight((b, a) => f(a, b), initial),
  foldMap: <M>(M: Monoid<M>) => <A>(tree: Tree<A>, f: (a: A) => M): M => toLeaves(tree).reduce((m, a) => M.concat(m, f(a)), M.empty),
}

export const FoldableWithIndex: FoldableWithIndex1<URI, Path> = {
  ...Foldable,
  reduceWithIndex: (tree, initial, f) => entries(tree).reduce((b, [path, a]) => f(path, b, a), initial),
  reduceRightWithIndex: (tree, initial, f) => entries(tree).reduceRight((b, [path, a]) => f(path, a, b), initial),
  foldMapWithIndex: <M>(M: Monoid<M>) => <A>(tree: Tree<A>, f: (path: Path, a: A) => M): M =>
    entries(tree).reduce((m, [path, a]) => M.concat(m, f(path, a)), M.empty),
}

/** Effects run from left to right; the time is linear in the number of leaves. */
export const Traversable: Traversable1<URI> = {
  ...Functor,
  ...Foldable,
  traverse: traverseOver as Traversable1<URI>['traverse'],
  sequence: (<F>(F: Applicative<F>) => <A>(tree: Tree<HKT<F, A>>) => traverseOver(F)(tree, fa => fa)) as Traversable1<URI>['sequence'],
}

/** Trees are equal when their structures are the same and their leaves equal. */
export const getEq = <A>(E: Eq<A>): Eq<Tree<A>> => ({
  equals: (x, y) => {
    if (x === y) return true
    if (defOf(x) !== defOf(y)) return false
    const others = toLeaves(y)
    return toLeaves(x).every((a, i) => E.equals(a, others[i]!))
  },
})

/** Trees as they are written in JavaScript. */
export const getShow = <A>(S: Show<A>): Show<Tree<A>> => {
  const show = (tree: Tree<A>): string => {
    if (tree._tag === 'Leaf') return S.show(tree.value)
    const parts = tree.children.map(show)
    const { form } = tree
    switch (form.kind) {
      case 'null': return 'null'
      case 'list': return `[${parts.join(', ')}]`
      case 'record': return parts.length === 0 ? '{}' : `{ ${parts.map((part, i) => `${showWord(form.keys[i]!)}: ${part}`).join(', ')} }`
      case 'custom': return `${form.registration.name}(${parts[0]!})`
      default: return form satisfies never
    }
  }
  return { show }
}

// Pipeable: data last

export const map = <A, B>(f: (a: A) => B) => (tree: Tree<A>): Tree<B> => mapOver(tree, f)
export const mapWithIndex = <A, B>(f: (path: Path, a: A) => B) => (tree: Tree<A>): Tree<B> => mapFrom(tree, [], f)
export const reduce = <A, B>(initial: B, f: (b: B, a: A) => B) => (tree: Tree<A>): B => Foldable.reduce(tree, initial, f)
export const reduceRight = <A, B>(initial: B, f: (a: A, b: B) => B) => (tree: Tree<A>): B => Foldable.reduceRight(tree, initial, f)
export const foldMap = <M>(M: Monoid<M>) => <A>(f: (a: A) => M) => (tree: Tree<A>): M => Foldable.foldMap(M)(tree, f)

/**
 * An effect at every leaf, from left to right.
 *
 * @example
 * pipe(toTree({ w: 1 }, isNumber), traverse(O.Applicative)(x => (x > 0 ? O.some(x) : O.none)))
 */
export const traverse: PipeableTraverse1<URI> = (<F>(F: Applicative<F>) => <A, B>(f: (a: A) => HKT<F, B>) => (tree: Tree<A>) =>
  traverseOver(F)(tree, f)) as PipeableTraverse1<URI>

/** The effects that are the leaves, from left to right. */
export const sequence: Traversable1<URI>['sequence'] = Traversable.sequence

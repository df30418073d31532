/** The structure of a tree is an interned value: two trees have the same structure exactly when their structures are the same object. */
import type { Registration, Token } from './registry.js'
import { showTokens, tokensOf } from './registry.js'
import { type Path, showPath, showWord } from './types.js'

/**
 * A structure: what is left of a tree when its leaves are taken out. Compare with `===`.
 * `key` is its canonical text (equal exactly when the structures are), ready to be part of a larger key.
 */
export interface TreeDef {
  readonly kind: 'leaf' | 'null' | 'list' | 'record' | 'custom'
  readonly id: number
  readonly key: string
  /** How many leaves there are below. */
  readonly size: number
  readonly arity: number
  /** The child that all places of a list share; a list of a million leaves costs no more than one of two. */
  readonly same: TreeDef | null
  /** The children, where they are not all `same`. */
  readonly children: readonly TreeDef[]
  /** The sorted keys of a record. */
  readonly keys: readonly string[]
  readonly registration: Registration | null
  /** The static data of a registered class. */
  readonly data: unknown
}

/**
 * Interning walks a trie, one token a step. Words are held strongly, structures and other objects weakly, so that a
 * structure made with static data of an identity (a closure, say) goes when that identity goes.
 */
interface Trie {
  readonly parent: Trie | null
  readonly token: Token | null
  leaf: Trie | null
  words: Map<string, Trie> | null
  objects: WeakMap<object, Trie> | null
  lengths: Map<number, TreeDef> | null
  def: TreeDef | null
}

const trie = (parent: Trie | null, token: Token | null): Trie =>
  ({ parent, token, leaf: null, words: null, objects: null, lengths: null, def: null })

let made = 0

const define = (kind: TreeDef['kind'], key: string, size: number, arity: number, same: TreeDef | null, children: readonly TreeDef[],
  keys: readonly string[], registration: Registration | null, data: unknown): TreeDef =>
  ({ kind, id: made++, key, size, arity, same, children, keys, registration, data })

const none: readonly never[] = []
export const leafDef: TreeDef = define('leaf', '*', 1, 0, null, none, none, null, undefined)
export const nullDef: TreeDef = define('null', 'null', 0, 0, null, none, none, null, undefined)

export const childAt = (def: TreeDef, i: number): TreeDef => def.same ?? def.children[i]!

export const stepWord = (at: Trie, word: string): Trie => {
  const words = (at.words ??= new Map())
  const known = words.get(word)
  if (known) return known
  const fresh = trie(at, word)
  words.set(word, fresh)
  return fresh
}

const stepObject = (at: Trie, object: object): Trie => {
  const objects = (at.objects ??= new WeakMap())
  const known = objects.get(object)
  if (known) return known
  const fresh = trie(at, object)
  objects.set(object, fresh)
  return fresh
}

export const stepDef = (at: Trie, def: TreeDef): Trie =>
  def === leafDef ? (at.leaf ??= trie(at, leafDef)) : stepObject(at, def)

export const lists = trie(null, null)
export const records = trie(null, null)
const uniforms = trie(null, null)
const customs = trie(null, null)

const tokensTo = (end: Trie): Token[] => {
  const tokens: Token[] = []
  for (let at: Trie | null = end; at?.token != null; at = at.parent) tokens.push(at.token)
  return tokens.reverse()
}

const total = (children: readonly TreeDef[]): number => children.reduce((sum, child) => sum + child.size, 0)

/** Short uniform lists are spelled out, long ones counted; the spelling depends on the structure alone, so it stays canonical. */
const listText = (arity: number, text: (i: number) => string, same: boolean, comma: string): string =>
  same && arity > 4 ? `[${arity} x ${text(0)}]` : `[${Array.from({ length: arity }, (_, i) => text(i)).join(comma)}]`

/** The list of `arity` places that all hold `child`. */
export const uniformList = (child: TreeDef, arity: number): TreeDef => {
  const lengths = (stepDef(uniforms, arity === 0 ? leafDef : child).lengths ??= new Map())
  const known = lengths.get(arity)
  if (known) return known
  const same = arity === 0 ? leafDef : child
  const fresh = define('list', listText(arity, () => same.key, true, ','), arity * same.size, arity, same, none, none, null, undefined)
  lengths.set(arity, fresh)
  return fresh
}

/** The list that ends at a node of the trie, at least two of its children being different. */
export const listAt = (end: Trie): TreeDef => {
  if (end.def) return end.def
  const children = tokensTo(end) as TreeDef[]
  return (end.def = define('list', listText(children.length, i => children[i]!.key, false, ','), total(children), children.length, null, children, none, null, undefined))
}

/** The record that ends at a node of the trie: its path is key, child, key, child. */
export const recordAt = (end: Trie): TreeDef => {
  if (end.def) return end.def
  const tokens = tokensTo(end)
  const keys = tokens.filter((_, i) => i % 2 === 0) as string[]
  const children = tokens.filter((_, i) => i % 2 === 1) as TreeDef[]
  const key = `{${keys.map((word, i) => `${showWord(word)}:${children[i]!.key}`).join(',')}}`
  return (end.def = define('record', key, total(children), keys.length, null, children, keys, null, undefined))
}

/** A list, from its children in order. */
export const listDef = (children: readonly TreeDef[]): TreeDef => {
  const first = children[0] ?? leafDef
  if (children.every(child => child === first)) return uniformList(first, children.length)
  return listAt(children.reduce(stepDef, lists))
}

/** A record, from its keys and the children in the same order; the order does not matter. */
export const recordDef = (keys: readonly string[], children: readonly TreeDef[]): TreeDef => {
  const order = keys.map((word, i) => [word, children[i]!] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return recordAt(order.reduce((at, [word, child]) => stepDef(stepWord(at, word), child), records))
}

/** An instance of a registered class, from the structure of its children and its static data. */
export const customDef = (registration: Registration, data: unknown, child: TreeDef): TreeDef => {
  const tokens = tokensOf(data, registration.name)
  const start = stepDef(stepObject(customs, registration), child)
  const end = tokens.reduce<Trie>((at, token) => (typeof token === 'string' ? stepWord(at, token) : stepObject(at, token)), start)
  if (end.def) return end.def
  const key = `${showWord(registration.name)}#${registration.id}(${child.key};${showTokens(tokens)})`
  return (end.def = define('custom', key, child.size, 1, child, none, none, registration, data))
}

/** Are two structures the same? Interning makes this `===`. */
export const sameStructure = (a: TreeDef, b: TreeDef): boolean => a === b

/**
 * A structure for readers, leaves as `*`.
 *
 * @example
 * show(structure({ w: 1, layers: [2, 3] }, isNumber))   // '{ layers: [*, *], w: * }'
 */
export const show = (def: TreeDef): string => {
  switch (def.kind) {
    case 'leaf': return '*'
    case 'null': return 'null'
    case 'list': return listText(def.arity, i => show(childAt(def, i)), def.same !== null, ', ')
    case 'record': return def.arity === 0 ? '{}' : `{ ${def.keys.map((word, i) => `${showWord(word)}: ${show(childAt(def, i))}`).join(', ')} }`
    case 'custom': return `${def.registration!.name}(${show(def.same!)}${def.data === undefined ? '' : `; ${showTokens(tokensOf(def.data, def.registration!.name))}`})`
    default: return def.kind satisfies never
  }
}

/** The path of every leaf, in the order of the leaves. A registered class is transparent: its children's paths are its own. */
export const leafPaths = (def: TreeDef): readonly Path[] => {
  const found: Path[] = []
  const walk = (at: TreeDef, path: Path): void => {
    if (at.kind === 'leaf') found.push(path)
    else if (at.kind === 'custom') walk(at.same!, path)
    else for (let i = 0; i < at.arity; i++) walk(childAt(at, i), [...path, at.kind === 'record' ? at.keys[i]! : i])
  }
  walk(def, [])
  return found
}

/**
 * The path of every leaf as the user would write it, in the order of the leaves.
 *
 * @example
 * paths(structure({ layers: [{ w: 1 }] }, isNumber), 'params')   // ['params.layers[0].w']
 */
export const paths = (def: TreeDef, root = ''): readonly string[] => leafPaths(def).map(path => showPath(path, root))

/** A structure with every leaf replaced by another structure: a tree of trees, as the Hessian of a tree is. */
export const compose = (outer: TreeDef, inner: TreeDef): TreeDef => {
  switch (outer.kind) {
    case 'leaf': return inner
    case 'null': return outer
    case 'list': return outer.same ? uniformList(compose(outer.same, inner), outer.arity) : listDef(outer.children.map(child => compose(child, inner)))
    case 'record': return recordDef(outer.keys, outer.children.map(child => compose(child, inner)))
    case 'custom': return customDef(outer.registration!, outer.data, compose(outer.same!, inner))
    default: return outer.kind satisfies never
  }
}

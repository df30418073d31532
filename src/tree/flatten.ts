/** A tree comes apart into its leaves and its structure, and the two together are the tree again. */
import { describe, raise } from '../core/fault.js'
import { childAt, leafDef, listAt, lists, nullDef, recordAt, records, stepDef, stepWord, customDef, type TreeDef, uniformList } from './def.js'
import { registrationOf } from './registry.js'
import { type Path, showPath } from './types.js'

/** What counts as a leaf; asked first, so it may also stop at a record or an array. */
export type IsLeaf<Leaf = unknown> = ((x: unknown) => x is Leaf) | ((x: unknown) => boolean)

/** Where a tree stands, for messages: the operation that was called, and the argument the tree is. */
export interface Where { readonly op?: string; readonly root?: string }

export interface Flat<Leaf = unknown> { readonly leaves: readonly Leaf[]; readonly def: TreeDef }

/** Deeper nesting is taken for a cycle; no stack overflows below it. */
const deepest = 512

const isSorted = (keys: readonly string[]): boolean => {
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return false
  return true
}

/** The keys of a record in the order of its leaves. */
const sortedKeys = (record: object): readonly string[] => {
  const keys = Object.keys(record)
  return isSorted(keys) ? keys : keys.sort()
}

// The walks give undefined where a tree is none. They carry no path: it is looked for afterwards, when there is something to report.

const walkList = (items: readonly unknown[], isLeaf: IsLeaf, leaves: unknown[], depth: number): TreeDef | undefined => {
  const n = items.length
  if (n === 0) return uniformList(leafDef, 0)
  const first = walk(items[0], isLeaf, leaves, depth)
  if (first === undefined) return undefined
  for (let i = 1; i < n; i++) {
    const child = walk(items[i], isLeaf, leaves, depth)
    if (child === undefined) return undefined
    if (child !== first) return walkMixed(items, i, first, child, isLeaf, leaves, depth)
  }
  return uniformList(first, n)
}

/** Goes on with a list whose places before `i` hold `first`, and whose place `i` holds something else. */
const walkMixed = (items: readonly unknown[], i: number, first: TreeDef, other: TreeDef, isLeaf: IsLeaf, leaves: unknown[], depth: number): TreeDef | undefined => {
  let at = lists
  for (let j = 0; j < i; j++) at = stepDef(at, first)
  at = stepDef(at, other)
  for (let j = i + 1; j < items.length; j++) {
    const child = walk(items[j], isLeaf, leaves, depth)
    if (child === undefined) return undefined
    at = stepDef(at, child)
  }
  return listAt(at)
}

const walkRecord = (record: Readonly<Record<string, unknown>>, isLeaf: IsLeaf, leaves: unknown[], depth: number): TreeDef | undefined => {
  const keys = sortedKeys(record)
  let at = records
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const value = record[key]
    if (value === undefined) continue
    const child = walk(value, isLeaf, leaves, depth)
    if (child === undefined) return undefined
    at = stepDef(stepWord(at, key), child)
  }
  return recordAt(at)
}

const walk = (x: unknown, isLeaf: IsLeaf, leaves: unknown[], depth: number): TreeDef | undefined => {
  if (isLeaf(x)) {
    leaves.push(x)
    return leafDef
  }
  if (x === null) return nullDef
  if (typeof x !== 'object' || depth > deepest) return undefined
  const prototype: object | null = Object.getPrototypeOf(x)
  if (prototype === Array.prototype) return walkList(x as readonly unknown[], isLeaf, leaves, depth + 1)
  if (prototype === Object.prototype || prototype === null) return walkRecord(x as Record<string, unknown>, isLeaf, leaves, depth + 1)
  const registration = registrationOf(prototype)
  if (registration === undefined) return undefined
  const parts: unknown = registration.flatten(x)
  if (!Array.isArray(parts) || parts.length !== 2) return undefined
  const child = walk(parts[0], isLeaf, leaves, depth + 1)
  return child && customDef(registration, parts[1], child)
}

/**
 * The leaves of a tree from left to right (records by sorted key) and its structure.
 *
 * Containers are arrays, plain records, `null` (no leaves), and instances of registered classes. A key whose value is
 * `undefined` is an absent key; symbol keys are no part of a tree. Faults: `BadLeaf` with the path for anything else,
 * for a hole in an array, and for a cycle.
 *
 * Source: `jax.tree.flatten`.
 *
 * @example
 * const { leaves, def } = flatten({ w: 1, layers: [2, null] }, isNumber)
 * leaves      // [2, 1]
 * show(def)   // '{ layers: [*, null], w: * }'
 */
export const flatten = <Leaf = unknown>(tree: unknown, isLeaf: IsLeaf<Leaf>, where?: Where): Flat<Leaf> => {
  const leaves: unknown[] = []
  const def = walk(tree, isLeaf, leaves, 0) ?? refuse(tree, isLeaf, where)
  return { leaves: leaves as Leaf[], def }
}

/** The structure of a tree alone. */
export const structure = (tree: unknown, isLeaf: IsLeaf, where?: Where): TreeDef => flatten(tree, isLeaf, where).def

const assign = (record: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === '__proto__') Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true })
  else record[key] = value
}

const build = (def: TreeDef, leaves: readonly unknown[], from: number): unknown => {
  switch (def.kind) {
    case 'leaf': return leaves[from]
    case 'null': return null
    case 'list': {
      if (def.same === leafDef) return leaves.slice(from, from + def.arity)
      const items: unknown[] = []
      let at = from
      for (let i = 0; i < def.arity; i++) {
        const child = childAt(def, i)
        items.push(build(child, leaves, at))
        at += child.size
      }
      return items
    }
    case 'record': {
      const record: Record<string, unknown> = {}
      let at = from
      for (let i = 0; i < def.arity; i++) {
        const child = def.children[i]!
        assign(record, def.keys[i]!, build(child, leaves, at))
        at += child.size
      }
      return record
    }
    case 'custom': return def.registration!.unflatten(build(def.same!, leaves, from), def.data)
    default: return def.kind satisfies never
  }
}

/**
 * The tree of a structure with these leaves; anything may be a leaf here. Records come back as plain ones with sorted keys.
 * Faults: `TreeMismatch` when the number of leaves is not that of the structure.
 *
 * Source: `jax.tree.unflatten`.
 *
 * @example
 * const { leaves, def } = flatten<number>({ w: 1, layers: [2, null] }, isNumber)
 * unflatten(def, leaves.map(x => x * 2))   // { w: 2, layers: [4, null] }
 */
export const unflatten = (def: TreeDef, leaves: readonly unknown[], where?: Where): unknown =>
  leaves.length === def.size ? build(def, leaves, 0) : raise({
    _tag: 'TreeMismatch', op: where?.op ?? 'unflatten', path: where?.root ?? '',
    left: `a structure of ${def.size} leaves`, right: `${leaves.length} leaves`,
    hint: 'give exactly one leaf for each place of the structure',
  })

// What is wrong with a tree that the walk refused: the same walk once more, slowly, with the path.

interface Complaint { readonly path: Path; readonly got: string; readonly hint: string }

const wayOut = (x: unknown, alone = false): string => {
  if (x === undefined && alone) return 'a function with braces answers what it returns: was return forgotten? null stands for an empty place'
  if (x === undefined) return 'arrays must have no holes: use null for an empty place, or leave the element out'
  if (typeof x === 'string' || typeof x === 'symbol' || typeof x === 'function' || typeof x === 'bigint') {
    return 'keep it out of the tree: close over it, or pass it as a static argument'
  }
  if (x instanceof Promise) return 'await it first: a tree holds what is already there'
  if (x instanceof Map) return 'use a plain record, or make Map a container with tree.register(Map, { flatten, unflatten })'
  if (x instanceof Set) return 'use an array, or make Set a container with tree.register(Set, { flatten, unflatten })'
  if (ArrayBuffer.isView(x)) return 'make it an array of the library first: np.array(x)'
  if (typeof x === 'object' && x !== null) {
    const name = nameOf(x)
    return `use a plain record, or make the class a container with tree.register(${name}, { flatten, unflatten })`
  }
  return 'a leaf here is what the operation says it is'
}

const nameOf = (x: object): string => {
  const name: unknown = (Object.getPrototypeOf(x) as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'TheClass'
}

const complain = (x: unknown, isLeaf: IsLeaf, path: Path, above: readonly unknown[]): Complaint | null => {
  if (isLeaf(x) || x === null) return null
  if (typeof x !== 'object') return { path, got: describe(x), hint: wayOut(x, path.length === 0) }
  if (above.includes(x)) {
    return { path, got: 'a container that contains itself', hint: 'a tree has no cycles: leave the reference out, or keep it in the static data of a registered class' }
  }
  if (above.length > deepest) return { path, got: `nested deeper than ${deepest}`, hint: 'use an array of places instead of a chain of records' }
  const inside = [...above, x]
  const prototype: object | null = Object.getPrototypeOf(x)
  if (prototype === Array.prototype) {
    const items = x as readonly unknown[]
    for (let i = 0; i < items.length; i++) {
      if (!(i in items)) return { path: [...path, i], got: 'a hole', hint: wayOut(undefined) }
      const found = complain(items[i], isLeaf, [...path, i], inside)
      if (found) return found
    }
    return null
  }
  if (prototype === Object.prototype || prototype === null) {
    for (const key of sortedKeys(x)) {
      const value = (x as Record<string, unknown>)[key]
      const found = value === undefined ? null : complain(value, isLeaf, [...path, key], inside)
      if (found) return found
    }
    return null
  }
  const registration = registrationOf(prototype)
  if (registration === undefined) return { path, got: Array.isArray(x) ? `an instance of ${nameOf(x)}` : describe(x), hint: wayOut(x) }
  const parts: unknown = registration.flatten(x)
  if (!Array.isArray(parts) || parts.length !== 2) {
    return { path, got: `an instance of ${registration.name}, whose registered flatten gave ${describe(parts)}`, hint: 'flatten must give [children, data]' }
  }
  return complain(parts[0], isLeaf, path, inside)
}

const refuse = (tree: unknown, isLeaf: IsLeaf, where: Where | undefined): never => {
  const found = complain(tree, isLeaf, [], []) ?? { path: [], got: 'a tree that changed while it was read', hint: 'flatten of a registered class must be pure' }
  return raise({ _tag: 'BadLeaf', op: where?.op ?? 'flatten', path: showPath(found.path, where?.root), got: found.got, hint: found.hint })
}

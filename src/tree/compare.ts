/** Where two trees differ is a path, and so is where a prefix does not cover a tree. */
import { describe, raise } from '../core/fault.js'
import { childAt, show, type TreeDef } from './def.js'
import type { Where } from './flatten.js'
import { registrationOf, showTokens, tokensOf } from './registry.js'
import { type Path, showPath, showWord } from './types.js'

export interface Difference { readonly path: Path; readonly left: string; readonly right: string }

const longest = 60
const brief = (def: TreeDef): string => {
  if (def.kind === 'leaf') return 'a leaf'
  const text = show(def)
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}
const places = (n: number): string => `an array of ${n}`
const tell = (x: unknown): string => (Array.isArray(x) ? places(x.length) : describe(x))

const keysDiffer = (a: TreeDef, b: TreeDef, path: Path): Difference | null => {
  for (const [i, key] of a.keys.entries()) if (!b.keys.includes(key)) return { path: [...path, key], left: brief(childAt(a, i)), right: 'no such key' }
  for (const [i, key] of b.keys.entries()) if (!a.keys.includes(key)) return { path: [...path, key], left: 'no such key', right: brief(childAt(b, i)) }
  return null
}

/** The first place, from left to right, where two structures differ, and what stands there; null where they are the same. */
export const firstDifference = (a: TreeDef, b: TreeDef, path: Path = []): Difference | null => {
  if (a === b) return null
  const here = { path, left: brief(a), right: brief(b) }
  if (a.kind !== b.kind || a.registration !== b.registration) return here
  if (a.kind === 'custom') return firstDifference(a.same!, b.same!, path) ?? here
  if (a.kind === 'list' && a.arity !== b.arity) return { path, left: places(a.arity), right: places(b.arity) }
  const missing = keysDiffer(a, b, path)
  if (missing) return missing
  for (let i = 0; i < a.arity; i++) {
    const found = firstDifference(childAt(a, i), childAt(b, i), [...path, a.kind === 'record' ? a.keys[i]! : i])
    if (found) return found
  }
  return here
}

/** Raises `TreeMismatch` with the path of the first difference, unless the structures are the same. */
export const requireSame = (a: TreeDef, b: TreeDef, where: Where & { readonly hint?: string } = {}): void => {
  if (a === b) return
  const found = firstDifference(a, b)!
  raise({
    _tag: 'TreeMismatch', op: where.op ?? 'map', path: showPath(found.path, where.root), left: found.left, right: found.right,
    hint: where.hint ?? 'all trees of one operation must have the same structure',
  })
}

/** What a prefix holds for vmap: an axis, or null for none. */
export const isAxis = (x: unknown): x is number | null => x === null || typeof x === 'number'

export interface PrefixOptions<P> extends Where { readonly isLeaf?: (x: unknown) => x is P }

/**
 * One entry of a prefix for each leaf of a structure, in the order of the leaves: a leaf of the prefix covers the whole
 * subtree below it. The leaves of a prefix are numbers and null unless `isLeaf` says otherwise.
 * Faults: `AxesMismatch` with the path where the prefix leaves the tree.
 *
 * Source: `in_axes` of `jax.vmap`.
 *
 * @example
 * broadcastPrefix([null, { w: 0 }], structure([{ a: 1, b: 2 }, { w: 3 }], isNumber))   // [null, null, 0]
 */
export const broadcastPrefix = <P = number | null>(prefix: unknown, def: TreeDef, options: PrefixOptions<P> = {}): readonly P[] => {
  const isLeaf = options.isLeaf ?? isAxis
  const out: P[] = []
  const refuse = (path: Path, got: string, want: string, hint: string): never =>
    raise({ _tag: 'AxesMismatch', op: options.op ?? 'broadcastPrefix', path: showPath(path, options.root) || 'the prefix', got, want, hint })

  const cover = (at: unknown, below: TreeDef, path: Path): void => {
    if (isLeaf(at)) {
      for (let i = 0; i < below.size; i++) out.push(at as P)
      return
    }
    if (at === null && below.kind === 'null') return
    if (below.kind === 'leaf' || below.kind === 'null' || typeof at !== 'object' || at === null) {
      return refuse(path, tell(at), `the tree has ${brief(below)} there`, 'a prefix holds an axis or null at a place, or goes down as the tree does')
    }
    const prototype: object | null = Object.getPrototypeOf(at)
    if (prototype === Array.prototype && below.kind === 'list') return coverList(at as readonly unknown[], below, path)
    if ((prototype === Object.prototype || prototype === null) && below.kind === 'record') return coverRecord(at as Record<string, unknown>, below, path)
    const registration = prototype === null ? undefined : registrationOf(prototype)
    if (registration && registration === below.registration) {
      const [children, data] = registration.flatten(at)
      const [mine, theirs] = [data, below.data].map(x => showTokens(tokensOf(x, registration.name)))
      if (mine !== theirs) return refuse(path, `${registration.name} with ${mine}`, `the tree has ${registration.name} with ${theirs} there`, 'static data must agree')
      return cover(children, below.same!, path)
    }
    return refuse(path, tell(at), `the tree has ${brief(below)} there`, 'a prefix goes down as the tree does, or stops with one axis for all that is below')
  }

  const coverList = (items: readonly unknown[], below: TreeDef, path: Path): void => {
    if (items.length !== below.arity) {
      return refuse(path, places(items.length), `the tree has ${places(below.arity)} there`, 'one entry for each place, or one axis for all of them')
    }
    for (let i = 0; i < below.arity; i++) cover(items[i], childAt(below, i), [...path, i])
  }

  const coverRecord = (record: Readonly<Record<string, unknown>>, below: TreeDef, path: Path): void => {
    for (const key of Object.keys(record).sort()) {
      if (record[key] !== undefined && !below.keys.includes(key)) {
        return refuse([...path, key], tell(record[key]), `the tree has no such key: it is ${brief(below)}`, 'name the keys of the tree')
      }
    }
    below.keys.forEach((key, i) => {
      const has = Object.hasOwn(record, key) && record[key] !== undefined
      if (!has) refuse([...path, key], 'absent', `the tree has ${brief(childAt(below, i))} there`, `write ${showWord(key)}: null where nothing is mapped, or one axis for the whole record`)
      cover(record[key], childAt(below, i), [...path, key])
    })
  }

  cover(prefix, def, [])
  return out
}

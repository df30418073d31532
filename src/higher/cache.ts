/** What a function was traced for is found again by structure, shapes, dtypes, static arguments and named axes, all of them compared. */
import { type Aval, sameAval, showAval } from '../core/aval.js'
import type { NamedAxis } from '../core/interp.js'
import type { Value } from '../core/value.js'
import { firstDifference, paths, showPath, type TreeDef } from '../tree/index.js'

/** What one call asks for. */
export interface Asked {
  readonly def: TreeDef
  readonly leaves: readonly Pick<Value, 'aval'>[]
  /** Static arguments as text: equal exactly when they are. */
  readonly statics: readonly string[]
  /** The size of an axis is read while tracing (pmean, allGather, axisSize). */
  readonly axes: readonly NamedAxis[]
}
export interface Entry<T> {
  readonly def: TreeDef
  readonly types: readonly Aval[]
  readonly statics: readonly string[]
  readonly axes: readonly NamedAxis[]
  readonly made: T
}

const fits = <T>({ types, statics, axes }: Entry<T>, asked: Asked): boolean => {
  if (statics.length !== asked.statics.length || axes.length !== asked.axes.length) return false
  for (let i = 0; i < types.length; i++) if (!sameAval(types[i]!, asked.leaves[i]!.aval)) return false
  for (let i = 0; i < statics.length; i++) if (statics[i] !== asked.statics[i]) return false
  for (let i = 0; i < axes.length; i++) if (axes[i]!.name !== asked.axes[i]!.name || axes[i]!.size !== asked.axes[i]!.size) return false
  return true
}
const showAxis = ({ name, size }: NamedAxis): string => `${JSON.stringify(name)}:${size}`
/** Everything but the structure, as text. */
const textOf = ({ leaves, statics, axes }: Asked): string => JSON.stringify([leaves.map(x => showAval(x.aval)), statics, axes.map(showAxis)])

/** So many are compared one by one, the last one used first, before any text is made. */
const few = 4

interface SameStructure<T> { readonly recent: Entry<T>[]; readonly byText: Map<string, Entry<T>> }

export class Cache<T> {
  /** In the order in which they were traced. */
  readonly entries: Entry<T>[] = []
  private readonly byDef = new Map<TreeDef, SameStructure<T>>()

  find(asked: Asked): Entry<T> | null {
    const known = this.byDef.get(asked.def)
    if (known === undefined) return null
    const { recent, byText } = known
    for (let i = 0; i < recent.length; i++) {
      const entry = recent[i]!
      if (!fits(entry, asked)) continue
      if (i > 0) { recent.splice(i, 1); recent.unshift(entry) }
      return entry
    }
    const entry = byText.size > few ? byText.get(textOf(asked)) : undefined
    if (entry === undefined) return null
    recent.pop()
    recent.unshift(entry)
    return entry
  }
  put(asked: Asked, made: T): void {
    let known = this.byDef.get(asked.def)
    if (known === undefined) this.byDef.set(asked.def, known = { recent: [], byText: new Map() })
    const { def, statics, axes } = asked
    const entry: Entry<T> = { def, types: asked.leaves.map(x => x.aval), statics, axes, made }
    this.entries.push(entry)
    known.byText.set(textOf(asked), entry)
    known.recent.unshift(entry)
    if (known.recent.length > few) known.recent.pop()
  }
}

// ---- what keeps two calls apart ----------------------------------------------------------------------------------------

export interface KeyDifference {
  readonly what: 'structure' | 'shape' | 'dtype' | 'static' | 'axes'
  /** The argument: `args[0].w`, `argument 1`. */
  readonly path: string
  readonly before: string
  readonly now: string
}

const absent = 'not there'
/** Lists of `place=text`, compared place by place. */
const staticsOf = (statics: readonly string[]): ReadonlyMap<string, string> => new Map(statics.map(s => { const at = s.indexOf('='); return [s.slice(0, at), s.slice(at + 1)] }))
const showShape = (a: Aval): string => `[${a.shape.join(', ')}]`

/** In what the key of a call differs from one that is known; nothing where it is the same. */
export const differences = <T>(entry: Entry<T>, asked: Asked): readonly KeyDifference[] => {
  const found: KeyDifference[] = []
  const note = (what: KeyDifference['what'], path: string, before: string, now: string): void => { if (before !== now) found.push({ what, path, before, now }) }
  if (entry.def !== asked.def) {
    const d = firstDifference(entry.def, asked.def)!
    found.push({ what: 'structure', path: showPath(d.path, 'args'), before: d.left, now: d.right })
  }
  const names = paths(asked.def, 'args')
  const types = new Map(paths(entry.def, 'args').map((name, i) => [name, entry.types[i]!]))
  asked.leaves.forEach(({ aval }, i) => {
    const before = types.get(names[i]!)
    if (before === undefined) return
    note('shape', names[i]!, showShape(before), showShape(aval))
    note('dtype', names[i]!, before.dtype, aval.dtype)
  })
  const before = staticsOf(entry.statics), now = staticsOf(asked.statics)
  for (const place of new Set([...before.keys(), ...now.keys()])) note('static', `argument ${place}`, before.get(place) ?? absent, now.get(place) ?? absent)
  note('axes', 'named axes around the call', entry.axes.map(showAxis).join(', ') || 'none', asked.axes.map(showAxis).join(', ') || 'none')
  return found
}

/** Another structure is further away than any other difference. */
const distance = (ds: readonly KeyDifference[]): number => ds.reduce((n, d) => n + (d.what === 'structure' ? 1000 : 1), 0)

/** The entry that differs least from a call, the latest of equals, by its place; null where there is none. */
export const closest = <T>(entries: readonly Entry<T>[], asked: Asked): { readonly place: number; readonly differences: readonly KeyDifference[] } | null =>
  entries.map((e, place) => ({ place, differences: differences(e, asked) }))
    .reduce<{ place: number; differences: readonly KeyDifference[] } | null>((best, c) => (best === null || distance(c.differences) <= distance(best.differences) ? c : best), null)

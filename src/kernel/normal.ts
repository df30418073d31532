/** A nest in its plainest form: no axis of one element, neighbouring axes made one, letters of the hardware only, and every fold a real fold. */
import { type DType, highest, lowest } from '../core/dtype.js'
import { type Apply, argsOf, type Expr, type Folded, type Index, type Letter, type Load, Pool } from './expr.js'
import type { Fold, Monoid, Nest, Store } from './kernel.js'
import { along, type View } from './view.js'

export type Expand = (pool: Pool, letter: Letter, of: DType, args: readonly Expr[]) => Expr | null

/** A fold, and for argmax and argmin the place along the reduced axis. */
export interface PlainFold extends Fold { readonly place: Index | null }
/** The spatial axes come first. There is at least one axis, and none is empty. */
export interface Plain {
  readonly buffers: readonly DType[]
  readonly extents: readonly number[]
  readonly spatial: number
  readonly folds: readonly PlainFold[]
  readonly stores: readonly Store[]
}

export const isPlace = (m: Monoid): boolean => m === 'argmax' || m === 'argmin'

/** What folding nothing gives. */
export const unitOf = (monoid: Monoid, dtype: DType): number => {
  switch (monoid) {
    case 'sum': case 'or': case 'argmax': case 'argmin': return 0
    case 'prod': return 1
    case 'and': return dtype === 'bool' ? 1 : dtype === 'u32' ? 4294967295 : -1
    case 'max': return lowest(dtype)
    case 'min': return highest(dtype)
    default: return monoid satisfies never
  }
}

/** Every node below the roots once, operands first. */
export const nodesOf = (roots: readonly Expr[], operands: (e: Expr) => readonly Expr[] = argsOf): readonly Expr[] => {
  const seen = new Set<number>()
  const list: Expr[] = []
  const visit = (e: Expr): void => {
    if (seen.has(e.id)) return
    seen.add(e.id)
    operands(e).forEach(visit)
    list.push(e)
  }
  roots.forEach(visit)
  return list
}

/** What a nest computes at its points, and what it stores after its folds. */
export const rootsOf = (nest: { readonly folds: readonly (Fold & { readonly place?: Index | null })[]; readonly stores: readonly Store[] }): readonly Expr[] =>
  [...nest.folds.flatMap(f => (f.place ? [f.value, f.place] : [f.value])), ...nest.stores.map(s => s.value)]

/** Axis d of the new nest: old axis `from` carries its step, and is walked backwards where that makes strides positive. */
interface Axis { readonly from: number; readonly extent: number; readonly backwards: boolean }

type Strided = readonly number[]
const stridesOf = (nest: Nest): readonly Strided[] => [
  ...nodesOf(rootsOf(nest)).flatMap(e => (e.tag === 'load' ? [e.view.strides] : e.tag === 'index' ? [e.strides] : [])),
  ...nest.stores.map(s => s.view.strides),
]

/** Axes i (outer) and j (inner) are one where a step of i is as long as all of j, for everything that is read and written. */
const merge = (axes: readonly Axis[], strides: readonly Strided[]): readonly Axis[] => {
  for (let i = 0; i < axes.length; i++) {
    for (let j = 0; j < axes.length; j++) {
      const outer = axes[i]!, inner = axes[j]!
      if (i === j || !strides.every(s => s[outer.from] === s[inner.from]! * inner.extent)) continue
      const joined = { ...inner, extent: inner.extent * outer.extent }
      return merge(axes.flatMap((a, k) => (k === i ? [] : k === j ? [joined] : [a])), strides)
    }
  }
  return axes
}

const turned = (axis: Axis, strides: readonly Strided[]): Axis => {
  const signs = strides.reduce((n, s) => n + Math.sign(s[axis.from]!), 0)
  return { ...axis, backwards: signs < 0 }
}

const mapAxes = (axes: readonly Axis[], offset: number, strides: Strided): { offset: number; strides: readonly number[] } => ({
  offset: axes.reduce((at, a) => (a.backwards ? at + (a.extent - 1) * strides[a.from]! : at), offset),
  strides: axes.map(a => (a.backwards ? -1 : 1) * strides[a.from]! + 0),
})

/**
 * The same expression over new leaves, in letters that have no expansion. The letter that a `rare` leaves to the host is not expanded,
 * its operands are. What is made is its own rewriting, so that nothing is gone through twice.
 */
const expander = (pool: Pool, leaf: (e: Load | Index | Folded) => Expr, expand: Expand): ((e: Expr) => Expr) => {
  const done = new Map<Expr, Expr>()
  const of = (e: Expr): Expr => {
    const known = done.get(e)
    if (known) return known
    const made = build(e)
    done.set(e, made)
    done.set(made, made)
    return made
  }
  const build = (e: Expr): Expr => {
    switch (e.tag) {
      case 'load': case 'index': case 'folded': return leaf(e)
      case 'const': return pool.constant(e.dtype, e.value)
      case 'convert': return pool.convert(of(e.args[0]), e.dtype)
      case 'bitcast': return pool.bitcast(of(e.args[0]), e.dtype)
      case 'apply': return apply(e)
      default: return e satisfies never
    }
  }
  const hosted = (e: Expr): Expr => (e.tag === 'apply' ? pool.apply(e.letter, e.args.map(of)) : of(e))
  const apply = (e: Apply): Expr => {
    if (e.letter === 'rare') return pool.apply('rare', [of(e.args[0]!), hosted(e.args[1]!), of(e.args[2]!)])
    const args = e.args.map(of)
    const simpler = expand(pool, e.letter, e.of, args)
    return simpler ? of(simpler) : pool.apply(e.letter, args)
  }
  return of
}

/** A nest with an empty reduced axis, or without reduced axes, folds nothing: its folds are numbers, or the values themselves. */
const unfolded = (nest: Nest): Nest => {
  const spatial = nest.extents.length - nest.reduced
  const empty = nest.extents.slice(spatial).includes(0)
  if (nest.extents.slice(spatial).some(n => n > 1) && !empty) return nest
  const pool = new Pool()
  const keep = (v: View): View => along(v, v.strides.slice(0, spatial))
  const element = (e: Expr): Expr => (e.tag === 'load' ? pool.load(e.dtype, keep(e.view)) : e.tag === 'index' ? pool.index(e.dtype, e.offset, e.strides.slice(0, spatial)) : e.tag === 'const' ? pool.constant(e.dtype, e.value) : e)
  const foldedTo = (f: Fold): Expr =>
    empty || isPlace(f.monoid) ? pool.constant(f.dtype, unitOf(f.monoid, f.dtype)) : pool.rewrite(f.value, element)
  const known = nest.folds.map(foldedTo)
  const stores = nest.stores.filter(s => s.at === 'folded' || !empty).map((s): Store =>
    ({ at: 'element', view: keep(s.view), value: pool.rewrite(s.value, e => (e.tag === 'folded' ? known[e.fold]! : element(e))) }))
  return { ...nest, extents: nest.extents.slice(0, spatial), reduced: 0, folds: [], stores }
}

/** Null where there is nothing to do at all. `turning`: axes may be walked backwards, where that makes strides positive. */
export const normalise = (given: Nest, expand: Expand, turning = true): Plain | null => {
  const nest = unfolded(given)
  const spatial = nest.extents.length - nest.reduced
  if (nest.extents.slice(0, spatial).includes(0)) return null
  const strides = stridesOf(nest)
  const all = nest.extents.map((extent, from): Axis => ({ from, extent, backwards: false })).filter(a => a.extent > 1)
  // the first place must stay the first
  const ordered = nest.folds.some(f => isPlace(f.monoid))
  const outer = merge(all.filter(a => a.from < spatial), strides).map(a => (turning ? turned(a, strides) : a))
  const inner = merge(all.filter(a => a.from >= spatial), strides).map(a => (ordered || !turning ? a : turned(a, strides)))
  const pool = new Pool()
  const axes = [...outer, ...inner]
  // a single point is an axis of one element along which nothing moves
  const pad = axes.length === 0 ? [0] : []
  const moved = (v: View): View => {
    const { offset, strides: to } = mapAxes(axes, v.offset, v.strides)
    return along(v, [...to, ...pad], offset)
  }
  const leaf = (e: Load | Index | Folded): Expr => {
    if (e.tag === 'folded') return pool.folded(e.dtype, e.fold)
    if (e.tag === 'load') return pool.load(e.dtype, moved(e.view))
    const { offset, strides: to } = mapAxes(axes, e.offset, e.strides)
    return pool.index(e.dtype, offset, [...to, ...pad])
  }
  const value = expander(pool, leaf, expand)
  const place = (f: Fold): Index | null => (isPlace(f.monoid) ? pool.index('i32', 0, axes.map((_, d) => (d >= outer.length ? 1 : 0))) : null)
  const number = (e: Expr): Expr => (e.dtype === 'bool' ? pool.convert(e, 'i32') : e)
  return {
    buffers: nest.buffers,
    extents: [...axes.map(a => a.extent), ...pad.map(() => 1)],
    spatial: outer.length + pad.length,
    folds: nest.folds.map(f => ({ ...f, value: isPlace(f.monoid) ? number(value(f.value)) : value(f.value), place: place(f) })),
    stores: nest.stores.map(s => ({ ...s, view: moved(s.view), value: value(s.value) })),
  }
}

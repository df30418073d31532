/** A nest in turns: its axes are halved until what a turn touches fits; folds that are cut leave what they have come to as a state. */
import { type DType, isFloat } from '../../../src/core/dtype.js'
import { type Expr, type Letter, Pool } from '../../../src/kernel/expr.js'
import type { Fold, Nest, Store } from '../../../src/kernel/kernel.js'
import { isPlace, nodesOf, rootsOf, unitOf } from '../../../src/kernel/normal.js'
import { type Start, view, type View } from '../../../src/kernel/view.js'
import { bestAxis, compact, dtypesOf, fits, loadOf, nextState, product, type Run, type Scope, type Setting, type State, turnOf, widestOf, within } from './window.js'

type Leaf = Exclude<Expr, { readonly args: unknown }>
/** The expressions of a nest in a pool of their own, with other leaves; null leaves them. */
const rebuilt = (pool: Pool, leaf: (e: Leaf) => Expr | null): ((e: Expr) => Expr) => {
  const done = new Map<number, Expr>()
  return e => pool.rewrite(e, l => leaf(l) ?? (
    l.tag === 'load' ? pool.load(l.dtype, l.view) : l.tag === 'index' ? pool.index(l.dtype, l.offset, l.strides)
      : l.tag === 'const' ? pool.constant(l.dtype, l.value) : pool.folded(l.dtype, l.fold)), done)
}

/** The points of a nest whose place along an axis is one of `length` from `from` on. */
const part = (nest: Nest, axis: number, from: number, length: number): Nest => {
  const pool = new Pool()
  const seen = (v: View): View => ({ ...v, offset: v.offset + from * v.strides[axis]! })
  const value = rebuilt(pool, e => (e.tag === 'load' ? pool.load(e.dtype, seen(e.view)) : e.tag === 'index' ? pool.index(e.dtype, e.offset + from * (e.strides[axis] ?? 0), e.strides) : null))
  return {
    ...nest, extents: nest.extents.map((n, d) => (d === axis ? length : n)),
    folds: nest.folds.map(f => ({ ...f, value: value(f.value) })), stores: nest.stores.map(s => ({ ...s, view: seen(s.view), value: value(s.value) })),
  }
}
const halves = (nest: Nest, axis: number): readonly Nest[] => {
  const n = nest.extents[axis]!, h = Math.ceil(n / 2)
  return [part(nest, axis, 0, h), part(nest, axis, h, n - h)]
}
/** A nest without folds. */
const plain = (s: Setting, extents: readonly number[], stores: readonly Store[]): Nest => ({ tag: 'nest', buffers: dtypesOf(s), extents, reduced: 0, folds: [], stores })
/** What a nest without folds stores: as a turn that fits as it is, and as turns. */
type Puts = (pool: Pool) => readonly { readonly to: View; readonly value: Expr }[]
export const small = (s: Setting, extents: readonly number[], puts: Puts): Run => turnOf(put(s, extents, puts), s)
export const spread = (s: Setting, extents: readonly number[], puts: Puts): readonly Run[] | null => nestTurns(put(s, extents, puts), s)
const put = (s: Setting, extents: readonly number[], puts: Puts): Nest => plain(s, extents, puts(new Pool()).map(({ to, value }) => ({ view: to, value, at: 'element' })))

/** What a fold leaves: sums and products of halves as f32, rounded once at the end; for places also the extremum there. */
const stateOf = (f: Fold): DType => (f.dtype === 'f16' && (f.monoid === 'sum' || f.monoid === 'prod') ? 'f32' : f.dtype)
const letters: { readonly [M in Fold['monoid']]?: Letter } = { sum: 'add', prod: 'mul', max: 'max', min: 'min', and: 'and', or: 'or' }

/** Folds over ranges of the reduced axes, which states join; null where there is no room for them. */
const folded = (nest: Nest, around: Setting): Scope | null => {
  const spatial = nest.extents.length - nest.reduced, points = nest.extents.slice(0, spatial), count = product(points)
  const keeps = nest.folds.flatMap((f): readonly State[] => [{ dtype: stateOf(f), size: count }, ...(isPlace(f.monoid) ? [{ dtype: f.value.dtype, size: count }] : [])])
  const s = within(around, [...keeps, ...keeps]), first = nextState(around)
  /** The states of a fold: 0 is what there is, 1 what is to be joined. */
  const at = nest.folds.map((_, k) => nest.folds.slice(0, k).reduce((n, f) => n + (isPlace(f.monoid) ? 2 : 1), 0))
  const place = (k: number, which: 0 | 1, extremum: 0 | 1 = 0): number => first + which * keeps.length + at[k]! + extremum
  const here = (buffer: number, extents: readonly number[] = points): View => view(buffer, 0, [...compact(points), ...extents.slice(points.length).map(() => 0)])
  const origins = new Array<number>(nest.extents.length).fill(0)

  /** One range, whose folds are states. */
  const range = (n: Nest, from: readonly number[], which: 0 | 1): Nest => {
    const pool = new Pool(), value = rebuilt(pool, () => null)
    const folds: Fold[] = n.folds.map(f => ({ ...f, dtype: stateOf(f), value: stateOf(f) === f.dtype ? value(f.value) : pool.convert(value(f.value), stateOf(f)) }))
    const stores: Store[] = n.stores.filter(x => x.at === 'element').map(x => ({ ...x, value: value(x.value) }))
    n.folds.forEach((f, k) => {
      const result = pool.folded(folds[k]!.dtype, k)
      const put = (to: number, x: Expr): void => { stores.push({ view: here(to, n.extents), value: x, at: 'folded' }) }
      if (!isPlace(f.monoid)) { put(place(k, which), result); return }
      // a place is along the one reduced axis
      put(place(k, which), pool.apply('add', [result, pool.constant('i32', from[spatial]!)]))
      folds.push({ monoid: f.monoid === 'argmax' ? 'max' : 'min', dtype: f.value.dtype, value: value(f.value) })
      put(place(k, which, 1), pool.folded(f.value.dtype, folds.length - 1))
    })
    return { ...n, buffers: dtypesOf(s), folds, stores }
  }
  const join = (): Run => small(s, points, pool => nest.folds.flatMap((f, k) => {
    const load = (which: 0 | 1, extremum: 0 | 1 = 0): Expr => {
      const buffer = place(k, which, extremum)
      return pool.load(dtypesOf(s)[buffer]!, here(buffer))
    }
    const letter = letters[f.monoid]
    if (letter) return [{ to: here(place(k, 0)), value: pool.apply(letter, [load(0), load(1)]) }]
    const [x, y] = [load(0, 1), load(1, 1)], better = pool.apply(f.monoid === 'argmax' ? 'gt' : 'lt', [y, x])
    const isNaN = pool.apply('and', [pool.apply('ne', [y, y]), pool.apply('eq', [x, x])])
    const take = isFloat(f.value.dtype) ? pool.apply('or', [better, isNaN]) : better
    return [{ to: here(place(k, 0)), value: pool.apply('select', [take, load(1), load(0)]) }, { to: here(place(k, 0, 1)), value: pool.apply('select', [take, y, x]) }]
  }))
  const end = (): Run | null => {
    const pool = new Pool()
    const value = rebuilt(pool, e => {
      if (e.tag === 'folded') return pool.convert(pool.load(stateOf(nest.folds[e.fold]!), here(place(e.fold, 0))), e.dtype)
      return e.tag === 'load' ? pool.load(e.dtype, { ...e.view, strides: e.view.strides.slice(0, spatial) }) : e.tag === 'index' ? pool.index(e.dtype, e.offset, e.strides.slice(0, spatial)) : null
    })
    const stores = nest.stores.flatMap((x): readonly Store[] => (x.at === 'element' ? [] : [{ view: { ...x.view, strides: x.view.strides.slice(0, spatial) }, value: value(x.value), at: 'element' }]))
    const turn = turnOf(plain(s, points, stores), s)
    return fits(turn, s) ? turn : null
  }

  const runs: Run[] = []
  const visit = (n: Nest, from: readonly number[]): boolean => {
    const turn = turnOf(range(n, from, runs.length === 0 ? 0 : 1), s)
    if (fits(turn, s)) { runs.push(turn, ...(runs.length === 0 ? [] : [join()])); return true }
    const best = bestAxis(n.extents, d => d >= spatial, (d, length) => loadOf(turnOf(range(part(n, d, 0, length), from, 1), s), s), loadOf(turn, s))
    // what is read from both ends takes as much until they are apart
    const axis = best >= 0 ? best : widestOf(n.extents, d => d >= spatial)
    if (axis < 0) return false
    const h = Math.ceil(n.extents[axis]! / 2)
    return visit(part(n, axis, 0, h), from) && visit(part(n, axis, h, n.extents[axis]! - h), from.map((x, d) => (d === axis ? x + h : x)))
  }
  if (!visit(nest, origins)) return null
  const last = end()
  return last === null ? null : { tag: 'scope', states: [...keeps, ...keeps], turns: [...runs, last] }
}

/** What may begin in a wide range is taken for each half of that range: what is stored stays as it was where it begins in the other. */
const located = (nest: Nest, around: Setting): Scope | null => {
  const views = [...nodesOf(rootsOf(nest)).flatMap(e => (e.tag === 'load' ? [e.view] : [])), ...nest.stores.map(x => x.view)]
  const widest = views.flatMap(v => v.starts).reduce<Start | null>((a, b) => (b.max > 0 && b.stride !== 0 && (a === null || Math.abs(b.stride) * b.max > Math.abs(a.stride) * a.max) ? b : a), null)
  if (widest === null) return null
  const state: State = { dtype: 'i32', size: 1 }, s = within(around, [state]), number = nextState(around), middle = Math.floor(widest.max / 2)
  const same = (x: Start): boolean => x.buffer === widest.buffer && x.stride === widest.stride && x.max === widest.max
  const turns: Run[] = []
  for (const [from, to] of [[0, middle], [middle + 1, widest.max]] as const) {
    turns.push(small(s, [], pool => {
      const given = pool.apply('max', [pool.apply('min', [pool.load('i32', view(widest.buffer, 0, [])), pool.constant('i32', widest.max)]), pool.constant('i32', 0)])
      return [{ to: view(number, 0, []), value: pool.apply('sub', [given, pool.constant('i32', from)]) }]
    }))
    const pool = new Pool(), begin = pool.load('i32', view(number, 0, nest.extents.map(() => 0)))
    const here = pool.apply('and', [pool.apply('ge', [begin, pool.constant('i32', 0)]), pool.apply('le', [begin, pool.constant('i32', to - from)])])
    const seen = (v: View): View => ({
      ...v, offset: v.starts.reduce((n, x) => (same(x) ? n + from * x.stride : n), v.offset),
      starts: v.starts.map(x => (same(x) ? { buffer: number, stride: x.stride, max: to - from } : x)),
    })
    const value = rebuilt(pool, e => (e.tag === 'load' ? pool.load(e.dtype, seen(e.view)) : null))
    const inner = nestTurns({
      ...nest, buffers: dtypesOf(s), folds: nest.folds.map(f => ({ ...f, value: value(f.value) })),
      stores: nest.stores.map(x => { const to = seen(x.view); return { ...x, view: to, value: pool.apply('select', [here, value(x.value), pool.load(x.value.dtype, to)]) } }),
    }, s)
    if (inner === null) return null
    turns.push(...inner)
  }
  return { tag: 'scope', states: [state], turns }
}

/** Folds of nothing are what they begin with. */
const unfolded = (nest: Nest): Nest => {
  const spatial = nest.extents.length - nest.reduced, pool = new Pool()
  const value = rebuilt(pool, e => {
    if (e.tag === 'folded') return pool.constant(e.dtype, unitOf(nest.folds[e.fold]!.monoid, e.dtype))
    return e.tag === 'load' ? pool.load(e.dtype, { ...e.view, strides: e.view.strides.slice(0, spatial) }) : e.tag === 'index' ? pool.index(e.dtype, e.offset, e.strides.slice(0, spatial)) : null
  })
  const stores = nest.stores.flatMap((x): readonly Store[] => (x.at === 'element' ? [] : [{ view: { ...x.view, strides: x.view.strides.slice(0, spatial) }, value: value(x.value), at: 'element' }]))
  return { ...nest, extents: nest.extents.slice(0, spatial), reduced: 0, folds: [], stores }
}

/** The turns of a nest, in order; null where not even one point fits. */
export const nestTurns = (nest: Nest, s: Setting): readonly Run[] | null => {
  const spatial = nest.extents.length - nest.reduced
  if (product(nest.extents.slice(0, spatial)) === 0) return []
  if (product(nest.extents) === 0) return nestTurns(unfolded(nest), s)
  const turn = turnOf(nest, s), load = loadOf(turn, s)
  if (load <= 1) return [turn]
  const half = (axis: number, length: number): number => loadOf(turnOf(part(nest, axis, 0, length), s), s)
  const cut = (axis: number): readonly Run[] | null => {
    const runs: Run[] = []
    for (const n of halves(nest, axis)) {
      const made = nestTurns(n, s)
      if (made === null) return null
      runs.push(...made)
    }
    return runs
  }
  const best = bestAxis(nest.extents, () => true, half, load)
  if (best >= 0 && best < spatial) return cut(best)
  if (nest.reduced > 0) {
    const scope = folded(nest, s)
    if (scope !== null) return [scope]
  }
  // what is folded takes too much for all points at once
  const next = bestAxis(nest.extents, d => d < spatial, half, load), widest = widestOf(nest.extents, d => d < spatial)
  if (next >= 0) return cut(next)
  const scope = located(nest, s)
  return scope !== null ? [scope] : widest >= 0 ? cut(widest) : null
}

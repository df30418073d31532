/** A fold of very much into very little is done in two steps: many partial folds, which threads can share, and a fold of those. */
import { sizeOf } from '../core/aval.js'
import type { DType } from '../core/dtype.js'
import type { Expr, Pool } from '../kernel/expr.js'
import type { Nest, Store } from '../kernel/kernel.js'
import { along, view, type View } from '../kernel/view.js'
import type { Buffer, KernelStep } from './plan.js'
import { measureAll } from './weight.js'

/** So few results cannot keep threads busy, and so many elements are worth it, or so many additions if elements are dear. */
const fewResults = 16, manyElements = 32768, manyAdditions = 2 ** 17
/** About how many elements one partial fold takes, or how many additions; and how many partial folds there are at most. */
const partElements = 8192, partAdditions = 2 ** 15, mostParts = 256

/** The fold, as steps that follow one another. The parts depend on the extents alone, so the result does not depend on the machine. */
export const split = (pool: Pool, nest: Nest, buffers: readonly Buffer[], allocate: (dtype: DType, size: number) => Buffer): readonly KernelStep[] => {
  const whole: KernelStep = { tag: 'kernel', kernel: nest, buffers }
  const spatial = nest.extents.length - nest.reduced
  const results = sizeOf(nest.extents.slice(0, spatial)), elements = sizeOf(nest.extents.slice(spatial))
  const within = nest.stores.filter(s => s.at === 'element')
  const additions = elements * measureAll([...nest.folds, ...within].map(x => x.value)).weight
  if (nest.reduced === 0 || results > fewResults || results === 0 || (elements < manyElements && additions < manyAdditions) || nest.folds.some(f => f.monoid === 'argmax' || f.monoid === 'argmin')) return [whole]
  // cut is the outermost reduced axis that is long enough, else the longest
  const wanted = Math.max(1, Math.min(mostParts, Math.floor(Math.max(elements / partElements, additions / partAdditions))))
  const longest = nest.extents.reduce((best, n, i) => (i >= spatial && (best < spatial || n > nest.extents[best]!) ? i : best), -1)
  const outermost = nest.extents.findIndex((n, i) => i >= spatial && n >= wanted)
  const cut = outermost < 0 ? longest : outermost, n = nest.extents[cut]!
  const length = Math.ceil(n / Math.min(n, wanted))
  const parts = Math.floor(n / length), rest = n - parts * length
  const slots = parts + (rest > 0 ? 1 : 0)
  const partial = nest.folds.map(f => allocate(f.dtype, results * slots))

  /** The nest over `count` parts of `size` elements each, the first of them part number `first`. */
  const over = (count: number, size: number, first: number): KernelStep => {
    const strides = (s: readonly number[]): readonly number[] => [...s.slice(0, spatial), s[cut]! * length, ...s.slice(spatial)]
    const moved = (v: View): View => along(v, strides(v.strides), v.offset + v.strides[cut]! * length * first)
    const done = new Map<number, Expr>()
    const rewrite = (e: Expr): Expr => pool.rewrite(e, leaf => (leaf.tag === 'load' ? pool.load(leaf.dtype, moved(leaf.view))
      : leaf.tag === 'index' ? pool.index(leaf.dtype, leaf.offset + leaf.strides[cut]! * length * first, strides(leaf.strides)) : leaf), done)
    const places = nest.extents.map((_, i) => (i < spatial ? slots * sizeOf(nest.extents.slice(i + 1, spatial)) : 0))
    const stores: Store[] = [
      ...nest.stores.flatMap(s => (s.at === 'element' ? [{ ...s, value: rewrite(s.value), view: moved(s.view) }] : [])),
      ...nest.folds.map((f, k): Store => ({
        at: 'folded', value: pool.folded(f.dtype, k),
        view: view(nest.buffers.length + k, first, [...places.slice(0, spatial), 1, ...nest.extents.slice(spatial).map(() => 0)]),
      })),
    ]
    const kernel: Nest = {
      tag: 'nest', reduced: nest.reduced, stores, buffers: [...nest.buffers, ...nest.folds.map(f => f.dtype)],
      extents: [...nest.extents.slice(0, spatial), count, ...nest.extents.slice(spatial).map((m, i) => (spatial + i === cut ? size : m))],
      folds: nest.folds.map(f => ({ ...f, value: rewrite(f.value) })),
    }
    return { tag: 'kernel', kernel, buffers: [...buffers, ...partial] }
  }

  const ends = nest.stores.filter(s => s.at === 'folded')
  const short = (v: View): View => along(v, [...v.strides.slice(0, spatial), 0])
  const done = new Map<number, Expr>()
  const last: Nest = {
    tag: 'nest', reduced: 1, buffers: [...nest.buffers, ...nest.folds.map(f => f.dtype)], extents: [...nest.extents.slice(0, spatial), slots],
    folds: nest.folds.map((f, k) => ({
      ...f, value: pool.load(f.dtype, view(nest.buffers.length + k, 0, [...nest.extents.slice(0, spatial).map((_, i) => slots * sizeOf(nest.extents.slice(i + 1, spatial))), 1])),
    })),
    stores: ends.map(s => ({
      ...s, view: short(s.view),
      value: pool.rewrite(s.value, leaf => (leaf.tag === 'load' ? pool.load(leaf.dtype, short(leaf.view))
        : leaf.tag === 'index' ? pool.index(leaf.dtype, leaf.offset, [...leaf.strides.slice(0, spatial), 0]) : leaf), done),
    })),
  }
  return [over(parts, length, 0), ...(rest > 0 ? [over(1, rest, parts)] : []), { tag: 'kernel', kernel: last, buffers: [...buffers, ...partial] }]
}

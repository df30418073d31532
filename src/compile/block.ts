/** A block is the steps of one straight piece of a program, in which definitions over one iteration space join one nest. */
import { sameShape, type Shape, sizeOf, stridesOf } from '../core/aval.js'
import type { DType } from '../core/dtype.js'
import type { Equation } from '../core/primitive.js'
import { argsOf, type Expr, type Load, type Pool } from '../kernel/expr.js'
import type { Fold, Monoid, Nest, Store } from '../kernel/kernel.js'
import { view, type View } from '../kernel/view.js'
import type { Buffer, KernelStep, Step } from './plan.js'
import { rootOf } from './plan.js'
import type { Provenance } from './provenance.js'
import { split } from './split.js'
import { measure } from './weight.js'

interface Definition { readonly buffer: Buffer; readonly view: View; readonly value: Expr; readonly stage: 'element' | 'folded' }
/** A nest that may still grow. `axes` are the reduced ones, null while it folds nothing. */
interface Group {
  readonly tag: 'group'
  readonly extents: Shape
  axes: readonly number[] | null
  readonly folds: { readonly monoid: Monoid; readonly dtype: DType; readonly value: Expr }[]
  readonly stores: Definition[]
  readonly seen: { readonly element: Map<number, Expr>; readonly folded: Map<number, Expr> }
  weight: number
  readonly touched: Set<number>
  readonly loaded: Set<number>
  /** Buffers of which it writes over parts of copies: who reads one of them stands elsewhere, so that the copy need not be made. */
  readonly changed: Set<number>
  /** The equations it comes from, where somebody asks. */
  readonly from: Set<Equation>
}
interface Fixed { readonly tag: 'step'; readonly step: Step; readonly reads: readonly Buffer[]; readonly writes: readonly Buffer[] }

const mostBuffers = 28, mostNodes = 600

const loadsKnown = new WeakMap<Expr, ReadonlyMap<number, Load>>()
/** The loads of an expression, each once. */
export const loadsOf = (e: Expr): ReadonlyMap<number, Load> => {
  const known = loadsKnown.get(e)
  if (known !== undefined) return known
  const loads = new Map<number, Load>(), seen = new Set<number>()
  const visit = (x: Expr): void => {
    if (seen.has(x.id)) return
    seen.add(x.id)
    if (x.tag === 'load') loads.set(x.id, x)
    else for (const a of argsOf(x)) visit(a)
  }
  visit(e)
  loadsKnown.set(e, loads)
  return loads
}
const buffersOf = (v: View): readonly number[] => [v.buffer, ...v.starts.map(s => s.buffer)]
const sameView = (a: View, b: View): boolean => a.buffer === b.buffer && a.offset === b.offset && sameShape(a.strides, b.strides) && a.starts.length === 0 && b.starts.length === 0

/** A fold along leading axes goes down columns: to store every element on the way would jump from row to row. */
const across = (g: Group): boolean => g.axes !== null && g.axes[0]! < g.extents.length - g.axes.length && sizeOf(g.extents) > 1024

export class Block {
  private readonly entries: (Group | Fixed)[] = []
  /** The entry that last wrote a buffer; buffers from outside are not here. */
  private readonly at = new Map<number, number>()
  private readonly pool: Pool
  private readonly buffers: readonly Buffer[]
  private readonly allocate: (dtype: DType, size: number) => Buffer
  private readonly provenance: Provenance | null
  private readonly splits: boolean
  constructor(pool: Pool, buffers: readonly Buffer[], allocate: (dtype: DType, size: number) => Buffer, provenance: Provenance | null = null, splits = true) {
    this.pool = pool
    this.buffers = buffers
    this.allocate = allocate
    this.provenance = provenance
    this.splits = splits
  }

  private placed(buffer: number): number {
    const b = this.buffers[buffer]!
    return Math.max(this.at.get(buffer) ?? -1, 'of' in b.place ? this.placed(b.place.of.id) : -1)
  }
  private note(buffer: Buffer, index: number): void { this.at.set(buffer.id, index) }

  /** Stores `value`, over axes of `extents`, through a view of `buffer`, which holds a copy of the buffer number `copied`. */
  element(buffer: Buffer, extents: Shape, value: Expr, strides: readonly number[] = stridesOf(extents), offset = 0, starts: View['starts'] = [], copied: number | null = null): void {
    const to = view(buffer.id, offset, strides, starts)
    const loads = [...loadsOf(value).values()]
    const at = loads.map(l => Math.max(...buffersOf(l.view).map(b => this.placed(b))))
    // what was written before under the same name comes first
    const own = Math.max(...buffersOf(to).map(b => this.placed(b)))
    const least = Math.max(own + 1, 0, ...at)
    for (let p = this.entries.length - 1; p >= least; p--) {
      const g = this.entries[p]!
      if (g.tag !== 'group') continue
      const stage = this.stageFor(g, extents, loads.filter((_, i) => at[i] === p))
      if (stage === null || !this.fits(g, loads, value) || (copied !== null && g.loaded.has(copied))) continue
      if (copied !== null) g.changed.add(copied)
      this.put(g, { buffer, view: to, value: this.substituted(g, stage, value), stage }, loads)
      this.note(buffer, p)
      return
    }
    const g = this.open(extents)
    if (copied !== null) g.changed.add(copied)
    this.put(g, { buffer, view: to, value, stage: 'element' }, loads)
    this.note(buffer, this.entries.length - 1)
  }

  /** Stores the fold of `value`, over axes of `extents`, along `axes`, contiguous in `buffer`. */
  fold(buffer: Buffer, extents: Shape, axes: readonly number[], monoid: Monoid, value: Expr): void {
    const loads = [...loadsOf(value).values()]
    const at = loads.map(l => Math.max(...buffersOf(l.view).map(b => this.placed(b))))
    const least = Math.max(this.placed(buffer.id) + 1, 0, ...at)
    const trailing = axes.every((a, i) => a === extents.length - axes.length + i)
    let g: Group | null = null
    let index = -1
    for (let p = this.entries.length - 1; p >= least && !g; p--) {
      const c = this.entries[p]!
      if (c.tag !== 'group' || !sameShape(c.extents, extents) || !this.fits(c, loads, value)) continue
      if (c.axes !== null ? !sameShape(c.axes, axes) : !(trailing || c.stores.length === 0)) continue
      // argmax runs element by element: not beside others
      if (c.folds.some(f => f.monoid.startsWith('arg')) || (monoid.startsWith('arg') && c.folds.length + c.stores.length > 0)) continue
      if (this.stageFor({ ...c, axes: null }, extents, loads.filter((_, i) => at[i] === p)) === null) continue
      g = c
      index = p
    }
    if (!g) { g = this.open(extents); index = this.entries.length - 1 }
    const result = extents.filter((_, i) => !axes.includes(i))
    const inner = this.substituted(g, 'element', value)
    g.axes = axes
    const before = g.folds.findIndex(f => f.monoid === monoid && f.dtype === buffer.dtype && f.value === inner)
    if (before < 0) g.folds.push({ monoid, dtype: buffer.dtype, value: inner })
    const number = before < 0 ? g.folds.length - 1 : before
    g.weight += measure(inner).nodes
    this.put(g, { buffer, view: view(buffer.id, 0, stridesOf(result)), value: this.pool.folded(buffer.dtype, number), stage: 'folded' }, loads)
    this.note(buffer, index)
  }

  /** A step that is what it is. */
  step(step: Step, reads: readonly Buffer[], writes: readonly Buffer[]): void {
    this.entries.push({ tag: 'step', step, reads, writes })
    this.provenance?.step(step)
    writes.forEach(b => this.note(b, this.entries.length - 1))
  }

  private open(extents: Shape): Group {
    const g: Group = { tag: 'group', extents, axes: null, folds: [], stores: [], seen: { element: new Map(), folded: new Map() }, weight: 0, touched: new Set(), loaded: new Set(), changed: new Set(), from: new Set() }
    this.entries.push(g)
    return g
  }
  private put(g: Group, d: Definition, loads: readonly Load[]): void {
    g.stores.push(d)
    g.weight += measure(d.value).nodes
    g.touched.add(d.buffer.id)
    this.provenance?.storing(d.buffer.id).forEach(e => g.from.add(e))
    loads.forEach(l => buffersOf(l.view).forEach(b => { g.touched.add(b); g.loaded.add(b) }))
  }
  private fits(g: Group, loads: readonly Load[], value: Expr): boolean {
    if (loads.some(l => g.changed.has(l.view.buffer))) return false
    const buffers = new Set([...g.touched, ...loads.map(l => l.view.buffer)])
    return buffers.size < mostBuffers && g.weight + measure(value).nodes < mostNodes
  }
  /** At which stage of a nest a definition over `extents` can stand that loads `inside` from what the nest itself defines; null: at none. */
  private stageFor(g: Group, extents: Shape, inside: readonly Load[]): 'element' | 'folded' | null {
    const known = (stage: 'element' | 'folded'): boolean => inside.every(l => l.view.starts.length === 0 && g.stores.some(s => s.stage === stage && sameView(s.view, l.view)))
    if (sameShape(g.extents, extents) && known('element') && !across(g)) return 'element'
    if (g.axes === null || inside.length === 0) return null
    const spatial = g.extents.filter((_, i) => !g.axes!.includes(i))
    return sameShape(spatial, extents) && known('folded') ? 'folded' : null
  }
  /** What the nest has just computed is not loaded from memory. */
  private substituted(g: Group, stage: 'element' | 'folded', value: Expr): Expr {
    if (!g.stores.some(s => s.stage === stage)) return value
    return this.pool.rewrite(value, leaf => (leaf.tag === 'load' ? g.stores.find(s => s.stage === stage && sameView(s.view, leaf.view))?.value ?? leaf : leaf), g.seen[stage])
  }

  /** The steps, without the stores that nobody reads. `kept` are read by somebody else. */
  finish(kept: (b: Buffer) => boolean): { readonly steps: readonly Step[]; readonly reads: readonly Buffer[] } {
    const live = new Set<number>()
    const steps: Step[] = []
    const reads = new Map<number, Buffer>()
    const read = (b: Buffer): void => { live.add(b.id); live.add(rootOf(b).id); reads.set(b.id, b) }
    for (let p = this.entries.length - 1; p >= 0; p--) {
      const e = this.entries[p]!
      if (e.tag === 'step') {
        if (!e.writes.some(b => live.has(b.id) || live.has(rootOf(b).id) || kept(b))) continue
        e.reads.forEach(read)
        steps.push(e.step)
        continue
      }
      const stores = e.stores.filter(s => live.has(s.buffer.id) || live.has(rootOf(s.buffer).id) || kept(s.buffer))
      if (stores.length === 0) continue
      const step = this.nest(e, stores)
      step.buffers.forEach(b => { if (!stores.some(s => s.buffer === b)) read(b) })
      // a partial store keeps what was there before
      stores.forEach(s => { if (this.partial(s, e)) read(s.buffer) })
      const parts = this.splits ? split(this.pool, step.kernel as Nest, step.buffers, this.allocate) : [step]
      this.provenance?.split(parts, e.from)
      steps.push(...parts.slice().reverse())
    }
    return { steps: steps.reverse(), reads: [...reads.values()] }
  }
  private partial(s: Definition, e: Group): boolean {
    const extents = s.stage === 'element' ? e.extents : e.extents.filter((_, i) => !e.axes!.includes(i))
    return extents.reduce((n, m) => n * m, 1) < s.buffer.size
  }

  private nest(g: Group, stores: readonly Definition[]): KernelStep {
    const axes = g.axes ?? []
    const order = [...g.extents.keys()].filter(i => !axes.includes(i)).concat(axes)
    const numbers = new Map<number, number>()
    const buffers: Buffer[] = []
    const number = (b: number): number => {
      let n = numbers.get(b)
      if (n === undefined) { numbers.set(b, n = buffers.length); buffers.push(this.buffers[b]!) }
      return n
    }
    const place = (v: View, stage: 'element' | 'folded'): View => view(number(v.buffer), v.offset,
      stage === 'element' ? order.map(i => v.strides[i]!) : [...v.strides, ...axes.map(() => 0)],
      v.starts.map(s => ({ ...s, buffer: number(s.buffer) })))
    const placed = { element: new Map<number, Expr>(), folded: new Map<number, Expr>() }
    const used = new Map<number, number>()
    const folds: Fold[] = []
    const rewrite = (e: Expr, stage: 'element' | 'folded'): Expr => this.pool.rewrite(e, leaf => {
      if (leaf.tag === 'load') return this.pool.load(leaf.dtype, place(leaf.view, stage))
      if (leaf.tag === 'index') return this.pool.index(leaf.dtype, leaf.offset, stage === 'element' ? order.map(i => leaf.strides[i]!) : [...leaf.strides, ...axes.map(() => 0)])
      if (leaf.tag === 'folded') {
        let n = used.get(leaf.fold)
        if (n === undefined) {
          const f = g.folds[leaf.fold]!
          used.set(leaf.fold, n = folds.length)
          folds.push(null as never)
          folds[n] = { monoid: f.monoid, dtype: f.dtype, value: rewrite(f.value, 'element') }
        }
        return this.pool.folded(leaf.dtype, n)
      }
      return leaf
    }, placed[stage])
    const made: Store[] = stores.map(s => ({ value: rewrite(s.value, s.stage), view: place(s.view, s.stage), at: s.stage }))
    const reduced = folds.length > 0 ? axes.length : 0
    const nest: Nest = {
      tag: 'nest', buffers: buffers.map(b => b.dtype), extents: order.map(i => g.extents[i]!), reduced, folds,
      stores: made,
    }
    return { tag: 'kernel', kernel: nest, buffers }
  }
}

/** What a step reads and writes, and which of its stores are mere copies: whether two buffers may share their memory is decided by this alone. */
import { sizeOf } from '../core/aval.js'
import { type Contract, type Kernel, type Nest, type Store, writesOf } from '../kernel/kernel.js'
import type { View } from '../kernel/view.js'
import { loadsOf } from './block.js'
import { type Buffer, type HostStep, type KernelStep, rootOf, type Step } from './plan.js'

/** The buffer whose memory this one shows a part of; the halves of a carry stand for themselves. */
export const baseOf = (b: Buffer): Buffer => (b.place.tag === 'row' || b.place.tag === 'part' ? baseOf(b.place.of) : b)

/** The whole of one buffer becomes the whole of another, every element at its place. */
export interface Copy { readonly store: number; readonly from: Buffer; readonly to: Buffer }
export interface Access {
  /** By anything but the copies. */
  readonly reads: readonly Buffer[]
  /** By anything but the copies. `whole`: nothing is left of what was there before. */
  readonly writes: readonly { readonly base: Buffer; readonly whole: boolean }[]
  readonly copies: readonly Copy[]
}
/** A step does not change, so what it does is found out once. */
const once = <S extends object, A>(of: (step: S) => A): ((step: S) => A) => {
  const known = new WeakMap<S, A>()
  return step => {
    let found = known.get(step)
    if (found === undefined) known.set(step, found = of(step))
    return found
  }
}

const pointsOf = (nest: Nest, s: Store): number => sizeOf(s.at === 'element' ? nest.extents : nest.extents.slice(0, nest.extents.length - nest.reduced))
/** A store at every point of as many points as there are elements leaves none out. */
const covers = (step: KernelStep, nest: Nest, s: Store): boolean => {
  const b = step.buffers[s.view.buffer]!
  return baseOf(b) === b && s.view.starts.length === 0 && pointsOf(nest, s) === b.size
}
/** Strides along an axis of one place say nothing. */
const samePlace = (nest: Nest, a: View, b: View): boolean =>
  a.starts.length === 0 && b.starts.length === 0 && a.offset === b.offset && nest.extents.every((n, i) => n === 1 || a.strides[i] === b.strides[i])

const copyAt = (step: KernelStep, nest: Nest, s: Store, store: number): readonly Copy[] => {
  if (s.value.tag !== 'load') return []
  const to = step.buffers[s.view.buffer]!, from = step.buffers[s.value.view.buffer]!
  const whole = covers(step, nest, s) && from !== to && baseOf(from) === from && from.size === to.size && from.dtype === to.dtype
  return whole && to.size > 0 && samePlace(nest, s.value.view, s.view) ? [{ store, from, to }] : []
}

const ofNest = (step: KernelStep, nest: Nest): Access => {
  const copies = nest.stores.flatMap((s, i) => copyAt(step, nest, s, i))
  const others = nest.stores.filter((_, i) => !copies.some(c => c.store === i))
  const base = (n: number): Buffer => baseOf(step.buffers[n]!)
  const loads = new Map<number, { readonly view: View }>()
  others.forEach(s => loadsOf(s.value).forEach((l, id) => loads.set(id, l)))
  nest.folds.forEach(f => loadsOf(f.value).forEach((l, id) => loads.set(id, l)))
  const views = [...loads.values()].map(l => l.view)
  return {
    reads: [...views.map(v => base(v.buffer)), ...[...views, ...others.map(s => s.view)].flatMap(v => v.starts.map(p => base(p.buffer)))],
    writes: others.map(s => ({ base: base(s.view.buffer), whole: covers(step, nest, s) })),
    copies,
  }
}
/** A contraction, and what follows on each part of it: what it has written itself is no memory that it reads. */
const ofContract = (step: KernelStep, { left, right, out, into, then }: Contract): Access => {
  const base = (n: number): Buffer => baseOf(step.buffers[n]!)
  const own = { base: base(out), whole: !into && base(out) === step.buffers[out] }
  const after = then === null ? null : ofNest(step, then)
  const copies = after?.copies.map(c => ({ base: c.to, whole: true })) ?? []
  return {
    reads: [base(left.buffer), base(right.buffer), ...into ? [own.base] : [], ...[...after?.reads ?? [], ...after?.copies.map(c => c.from) ?? []].filter(b => b !== own.base)],
    writes: [own, ...after?.writes ?? [], ...copies],
    copies: [],
  }
}
/** Those that write without a look at what was there, over all of it. */
const overwrites = (k: Kernel): boolean => k.tag !== 'scatter'

export const accessOf = once((step: KernelStep | HostStep): Access => {
  if (step.tag === 'host') {
    return { reads: step.ins.map(x => baseOf(x.buffer)), writes: step.outs.map(x => ({ base: baseOf(x.buffer), whole: baseOf(x.buffer) === x.buffer })), copies: [] }
  }
  const { kernel, buffers } = step
  if (kernel.tag === 'nest') return ofNest(step, kernel)
  if (kernel.tag === 'contract') return ofContract(step, kernel)
  const outs = new Set(writesOf(kernel)), afresh = overwrites(kernel)
  return {
    reads: buffers.filter((_, i) => !outs.has(i) || !afresh).map(baseOf),
    writes: [...outs].map(i => ({ base: baseOf(buffers[i]!), whole: afresh && baseOf(buffers[i]!) === buffers[i] })),
    copies: [],
  }
})
/** Everything that `accessOf` tells of. */
export const basesOf = once((step: KernelStep | HostStep): ReadonlySet<Buffer> => {
  const { reads, writes, copies } = accessOf(step)
  return new Set([...reads, ...writes.map(w => w.base), ...copies.flatMap(c => [c.from, c.to])])
})

/**
 * Whether a step that reads `from` and writes `to` means the same when both are one: a nest that reads an element of `from` only at the
 * point that writes this very element of `to`. Points may be worked on in any order, so nothing less will do. The same goes for a nest that
 * follows a contraction, if neither is what the contraction itself reads or writes.
 */
export const inPlace = (step: KernelStep | HostStep, from: (b: Buffer) => boolean, to: (b: Buffer) => boolean): boolean => {
  if (step.tag === 'host') return false
  const { kernel, buffers } = step
  const nest = kernel.tag === 'nest' ? kernel : kernel.tag === 'contract' ? kernel.then : null
  if (nest === null) return false
  if (kernel.tag === 'contract' && [kernel.left.buffer, kernel.right.buffer, kernel.out].map(n => baseOf(buffers[n]!)).some(b => from(b) || to(b))) return false
  const touches = (v: View): boolean => from(baseOf(buffers[v.buffer]!))
  const stores = nest.stores.filter(s => to(baseOf(buffers[s.view.buffer]!)))
  const fits = (at: Store['at']) => (v: View): boolean => !v.starts.some(p => from(baseOf(buffers[p.buffer]!)))
    && (!touches(v) || (baseOf(buffers[v.buffer]!) === buffers[v.buffer] && stores.some(s => s.at === at && samePlace(nest, s.view, v))))
  const loads = (at: Store['at']): readonly View[] => [
    ...nest.stores.flatMap(s => (s.at === at ? [...loadsOf(s.value).values()] : [])),
    ...(at === 'element' ? nest.folds.flatMap(f => [...loadsOf(f.value).values()]) : []),
  ].map(l => l.view)
  return stores.every(s => baseOf(buffers[s.view.buffer]!) === buffers[s.view.buffer] && s.view.starts.length === 0)
    && nest.stores.every(s => !s.view.starts.some(p => from(baseOf(buffers[p.buffer]!))))
    && loads('element').every(fits('element')) && loads('folded').every(fits('folded'))
}

/** Memory that steps read and write, by the allocation that holds it. */
export interface Touched { readonly reads: ReadonlySet<Buffer>; readonly writes: ReadonlySet<Buffer> }

export const touchedBy: (s: Step) => Touched = once((s: Step): Touched => {
  if (s.tag === 'kernel' || s.tag === 'host') {
    const { reads, writes, copies } = accessOf(s)
    return { reads: new Set([...reads, ...copies.map(c => c.from)].map(rootOf)), writes: new Set([...writes.map(w => w.base), ...copies.map(c => c.to)].map(rootOf)) }
  }
  const list = s.tag === 'branch' ? s.branches.flat() : s.tag === 'while' ? [...s.cond, ...s.body] : s.body
  const inner = list.map(touchedBy)
  const asked = s.tag === 'branch' ? [rootOf(s.index)] : s.tag === 'while' ? [rootOf(s.holds)] : []
  return { reads: new Set([...asked, ...inner.flatMap(t => [...t.reads])]), writes: new Set(inner.flatMap(t => [...t.writes])) }
})

/** A nest that reads a contraction element by element follows it part by part, while what was summed is still in the cache. */
import { sizeOf } from '../core/aval.js'
import { type Const, type Expr, type Folded, type Index, type Load, Pool } from '../kernel/expr.js'
import type { Contract, Follows, Nest, Store } from '../kernel/kernel.js'
import type { View } from '../kernel/view.js'
import { touchedBy, type Touched } from './access.js'
import { loadsOf } from './block.js'
import type { Buffer, KernelStep, Step } from './plan.js'
import { rootOf } from './plan.js'

/** Is told of the steps whose place another takes. */
type Joined = (before: readonly Step[], after: Step) => void

const meet = (a: ReadonlySet<Buffer>, b: ReadonlySet<Buffer>): boolean => [...a].some(x => b.has(x))

/** The axes of a nest in which the strides of a buffer that it goes through element by element fall; null where they are not those of its elements in order. */
const orderOf = (extents: readonly number[], v: View): readonly number[] | null => {
  if (v.offset !== 0 || v.starts.length > 0) return null
  const order = [...extents.keys()].sort((a, b) => v.strides[b]! - v.strides[a]! || extents[a]! - extents[b]!)
  let inner = 1
  for (const a of [...order].reverse()) {
    if (extents[a] !== 1 && v.strides[a] !== inner) return null
    inner *= extents[a]!
  }
  return order
}
const sameOrder = (v: View, w: View, extents: readonly number[]): boolean =>
  v.offset === w.offset && v.starts.length === 0 && w.starts.length === 0 && extents.every((n, a) => n === 1 || v.strides[a] === w.strides[a])

interface Pair { readonly order: readonly number[]; /** The store that may lie where the sums lie, if nobody else wants them. */ readonly instead: Store | null }
/** How a nest goes through the sums of a contraction, if that can be done part by part. */
const pairOf = (c: KernelStep & { readonly kernel: Contract }, n: KernelStep & { readonly kernel: Nest }): Pair | null => {
  const { kernel: { left, right, out }, buffers } = c
  const { kernel: nest } = n
  const sums = buffers[out]!, root = rootOf(sums)
  if (nest.folds.length > 0 || sizeOf(nest.extents) !== sums.size) return null
  const loads = nest.stores.flatMap(s => [...loadsOf(s.value).values()].map(l => l.view))
  const views = [...loads, ...nest.stores.map(s => s.view)]
  if (views.some(v => v.starts.length > 0 || v.strides.some(s => s < 0))) return null
  const own = views.filter(v => rootOf(n.buffers[v.buffer]!) === root)
  const [first] = own
  if (!first || own.some(v => n.buffers[v.buffer] !== sums || !sameOrder(v, first, nest.extents))) return null
  const order = orderOf(nest.extents, first)
  const operands = [left, right].map(o => rootOf(buffers[o.buffer]!))
  if (order === null || nest.stores.some(s => operands.includes(rootOf(n.buffers[s.view.buffer]!)))) return null
  const instead = nest.stores.find(({ view: v }) => {
    const b = n.buffers[v.buffer]!
    return b !== sums && b.size === sums.size && b.dtype === sums.dtype && !loads.some(l => rootOf(n.buffers[l.buffer]!) === rootOf(b)) && sameOrder(v, first, nest.extents)
  })
  return { order, instead: instead ?? null }
}

const joined = (c: KernelStep & { readonly kernel: Contract }, n: KernelStep & { readonly kernel: Nest }, { order, instead }: Pair, alone: boolean): KernelStep & { readonly kernel: Contract } => {
  const { kernel: nest } = n
  const sums = c.buffers[c.kernel.out]!
  const lies = alone && instead ? n.buffers[instead.view.buffer]! : sums
  const buffers = c.buffers.map(b => (b === sums ? lies : b))
  const number = (b: Buffer): number => {
    const of = b === sums ? lies : b, at = buffers.indexOf(of)
    return at < 0 ? buffers.push(of) - 1 : at
  }
  const pool = new Pool()
  const moved = (v: View): View => ({ ...v, buffer: number(n.buffers[v.buffer]!), strides: order.map(a => v.strides[a]!) })
  const leaf = (e: Load | Index | Const | Folded): Expr => {
    switch (e.tag) {
      case 'load': return pool.load(e.dtype, moved(e.view))
      case 'index': return pool.index(e.dtype, e.offset, order.map(a => e.strides[a]!))
      case 'const': return pool.constant(e.dtype, e.value)
      default: return e
    }
  }
  const known = new Map<number, Expr>()
  const stores = nest.stores.map((s): Store => ({
    ...s, view: moved(s.view),
    value: pool.rewrite(s.value, leaf, known),
  }))
  const then: Nest = { tag: 'nest', buffers: buffers.map(b => b.dtype), extents: order.map(a => nest.extents[a]!), reduced: 0, folds: [], stores }
  return { tag: 'kernel', kernel: { ...c.kernel, then }, buffers }
}

const isContract = (s: Step): s is KernelStep & { readonly kernel: Contract } => s.tag === 'kernel' && s.kernel.tag === 'contract'
const isNest = (s: Step): s is KernelStep & { readonly kernel: Nest } => s.tag === 'kernel' && s.kernel.tag === 'nest'

/** How many steps touch each allocation. */
const usesOf = (steps: readonly Step[]): ReadonlyMap<Buffer, number> => {
  const uses = new Map<Buffer, number>()
  const walk = (s: Step): void => {
    if (s.tag === 'kernel' || s.tag === 'host') {
      const { reads, writes } = touchedBy(s)
      new Set([...reads, ...writes]).forEach(b => uses.set(b, (uses.get(b) ?? 0) + 1))
      return
    }
    if (s.tag === 'branch') uses.set(rootOf(s.index), Infinity)
    else if (s.tag === 'while') { uses.set(rootOf(s.holds), Infinity); s.cond.forEach(walk) }
    ;(s.tag === 'branch' ? s.branches.flat() : s.body).forEach(walk)
  }
  steps.forEach(walk)
  return uses
}

/** Every contraction takes the nest along that is the first to read it, where one of the two can be moved to the other and the target gains. */
export const followed = (steps: readonly Step[], follows: Follows, replaced: Joined = () => undefined): readonly Step[] => {
  const uses = usesOf(steps)
  const list = (given: readonly Step[]): readonly Step[] => {
    const steps = given.map(inside)
    const touched = new Map(steps.map(s => [s, touchedBy(s)]))
    for (let i = 0; i < steps.length; i++) {
      const c = steps[i]!
      if (!isContract(c) || c.kernel.then !== null || c.kernel.into || sizeOf(c.kernel.depth) === 0) continue
      const sums = c.buffers[c.kernel.out]!, root = rootOf(sums)
      if (sums.size === 0) continue
      const j = steps.findIndex((s, k) => k > i && (touched.get(s)!.reads.has(root) || touched.get(s)!.writes.has(root)))
      const n = steps[j]
      if (!n || !isNest(n)) continue
      const pair = pairOf(c, n)
      if (!pair || !follows(c.kernel, n.kernel)) continue
      const between = steps.slice(i + 1, j).map(s => touched.get(s)!)
      const { reads } = touched.get(c)!, own = touched.get(n)!
      const later = !between.some(t => meet(reads, t.writes))
      if (!later && between.some(t => meet(own.reads, t.writes) || meet(own.writes, t.reads) || meet(own.writes, t.writes))) continue
      const made = joined(c, n, pair, sums.place.tag === 'arena' && uses.get(root) === 2)
      replaced([c, n], made)
      touched.set(made, touchedBy(made))
      steps.splice(j, 1, ...later ? [made] : [])
      steps.splice(i, 1, ...later ? [] : [made])
      i--
    }
    return steps
  }
  const inside = (s: Step): Step => {
    if (s.tag === 'kernel' || s.tag === 'host') return s
    const made = s.tag === 'branch' ? { ...s, branches: s.branches.map(list) } : s.tag === 'while' ? { ...s, cond: list(s.cond), body: list(s.body) } : { ...s, body: list(s.body) }
    replaced([s], made)
    return made
  }
  return list(steps)
}

/** A plan is run on names instead of numbers: every byte knows whose it is, and whoever reads it must be its owner. */
import { sizeOf } from '../src/core/aval.js'
import { dtypes } from '../src/core/dtype.js'
import { loadsOf } from '../src/compile/block.js'
import type { Buffer, HostStep, KernelStep, Plan, Step } from '../src/compile/plan.js'
import { rootOf } from '../src/compile/plan.js'
import type { Nest } from '../src/kernel/kernel.js'
import { type Strided } from '../src/kernel/special.js'
import type { View } from '../src/kernel/view.js'

/** Nobody. */
const none = -1
/** Loops of data are run so often. */
const turns = 3
const entry = 'entry'

interface Place { readonly space: string; readonly at: number }
/** All index vectors below the extents. */
const points = (extents: readonly number[]): readonly (readonly number[])[] =>
  extents.reduce<readonly (readonly number[])[]>((all, n) => all.flatMap(p => Array.from({ length: n }, (_, i) => [...p, i])), [[]])
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)

class Bad extends Error {}

class Tenancy {
  private readonly spaces = new Map<string, Int32Array>()
  private readonly counters = new Map<number, number>()
  private choices: number
  /** What the kernel that runs now has read, where it may not write. */
  private reading: Set<string> | null = null
  /** What the contraction that runs now has read. */
  private sealed: ReadonlySet<string> | null = null
  private readonly plan: Plan
  private readonly given: readonly boolean[]
  constructor(plan: Plan, given: readonly boolean[], choices: number) {
    this.plan = plan
    this.given = given
    this.choices = choices
    this.spaces.set('arena', new Int32Array(plan.arena).fill(none))
    for (const b of plan.inputs) this.spaces.set(`input ${b.id}`, new Int32Array(b.size * dtypes[b.dtype].bytes).fill(b.id))
    for (const b of plan.outputs) if (b.place.tag === 'output') this.spaces.set(`output ${b.id}`, new Int32Array(b.size * dtypes[b.dtype].bytes).fill(none))
  }

  private locate(b: Buffer): Place {
    const { place } = b
    if (place.tag === 'arena') return { space: 'arena', at: place.offset }
    if (place.tag === 'input' || place.tag === 'output') return { space: `${place.tag} ${b.id}`, at: 0 }
    const { space, at } = this.locate(place.of)
    if (place.tag === 'part') return { space, at: at + place.offset }
    const turn = this.counters.get(place.loop) ?? 0
    return place.tag === 'parity' ? { space, at: at + ((turn + place.phase) & 1) * place.bytes }
      : { space, at: at + place.offset + place.step * (place.last === null ? turn : place.last - turn) }
  }
  private bytes(b: Buffer, element: number): { readonly owners: Int32Array; readonly from: number; readonly to: number; readonly name: string } {
    const { space, at } = this.locate(b), { bytes } = dtypes[b.dtype]
    const owners = this.spaces.get(space), from = at + element * bytes
    if (!owners) throw new Bad(`buffer ${b.id} lies in ${space}, which is not there`)
    const frame = space === 'arena' ? 4 * (this.plan.inputs.length + this.plan.outputs.length) : 0
    if (from < frame || from + bytes > owners.length) throw new Bad(`element ${element} of buffer ${b.id} lies outside of its memory`)
    return { owners, from, to: from + bytes, name: `${space} ${from}` }
  }
  private read(b: Buffer, element: number): string {
    const { owners, from, to, name } = this.bytes(b, element), own = rootOf(b).id
    for (let i = from; i < to; i++) {
      if (owners[i] !== own) throw new Bad(`element ${element} of buffer ${b.id} is read where ${owners[i] === none ? 'nobody wrote' : `buffer ${owners[i]} has written`}`)
    }
    this.reading?.add(name)
    return name
  }
  private write(b: Buffer, element: number): void {
    const root = rootOf(b)
    if (root.place.tag === 'input' && !this.given[root.place.index]) throw new Bad(`input ${root.place.index} is written, and was not given`)
    const { owners, from, to, name } = this.bytes(b, element)
    if (this.reading?.has(name) || this.sealed?.has(name)) throw new Bad(`element ${element} of buffer ${b.id} is written by a kernel that reads it in another order`)
    owners.fill(root.id, from, to)
  }
  private readAll(b: Buffer): void { for (let i = 0; i < b.size; i++) this.read(b, i) }
  private writeAll(b: Buffer): void { for (let i = 0; i < b.size; i++) this.write(b, i) }

  /** Positions that are data are at one end of their range or at the other. */
  private elementOf(v: View, point: readonly number[]): number {
    return v.offset + dot(point, v.strides) + v.starts.reduce((n, s) => n + s.stride * (this.choices % 2 === 0 ? 0 : s.max), 0)
  }
  /** Points may be worked on in any order: what one of them writes, no other may read or write. */
  private nest(nest: Nest, buffers: readonly Buffer[]): void {
    const readers = new Map<string, Set<string>>(), writers = new Map<string, string>()
    const pending: (() => void)[] = []
    const reading = (name: string, by: string): void => { let s = readers.get(name); if (!s) readers.set(name, s = new Set()); s.add(by) }
    const starts = (v: View): void => v.starts.forEach(s => reading(this.read(buffers[s.buffer]!, 0), entry))
    const stage = (at: 'element' | 'folded'): void => {
      const stores = nest.stores.filter(s => s.at === at)
      const values = [...stores.map(s => s.value), ...(at === 'element' ? nest.folds.map(f => f.value) : [])]
      const loads = [...new Map(values.flatMap(v => [...loadsOf(v)])).values()]
      const reach = at === 'element' ? nest.extents : nest.extents.slice(0, nest.extents.length - nest.reduced)
      if (sizeOf(reach) > 0) [...loads, ...stores].forEach(x => starts(x.view))
      for (const p of points(reach)) {
        const here = `${at} ${p.join()}`
        for (const l of loads) reading(this.read(buffers[l.view.buffer]!, this.elementOf(l.view, p)), here)
        for (const s of stores) {
          const b = buffers[s.view.buffer]!, element = this.elementOf(s.view, p), { name } = this.bytes(b, element)
          if (writers.has(name)) throw new Bad(`element ${element} of buffer ${b.id} is written at two points`)
          writers.set(name, here)
          pending.push(() => this.write(b, element))
        }
      }
    }
    stage('element')
    stage('folded')
    for (const [name, by] of writers) for (const r of readers.get(name) ?? []) if (r !== by) throw new Bad(`${name} is written at ${by} and read at ${r} of one nest`)
    pending.forEach(w => w())
  }
  /** What follows part by part may write nothing that other parts still read, and reads of the sums what was summed at its own point. */
  private follows(then: Nest, buffers: readonly Buffer[], sums: number): void {
    const operands = this.reading
    for (const l of then.stores.flatMap(s => [...loadsOf(s.value).values()])) {
      const at = rootOf(buffers[l.view.buffer]!) === rootOf(buffers[sums]!) ? points(then.extents).findIndex((p, i) => this.elementOf(l.view, p) !== i || l.view.buffer !== sums) : -1
      if (at >= 0) throw new Bad(`point ${at} of what follows a contraction reads another of its sums`)
    }
    this.reading = null
    this.sealed = operands
    this.nest(then, buffers)
    this.sealed = null
  }
  private strided(buffers: readonly Buffer[], s: Strided, extents: readonly number[], skipFirst = false): void {
    for (const p of points(extents)) if (!skipFirst || p[p.length - 1] !== 0) this.read(buffers[s.buffer]!, s.offset + dot(p, s.strides))
  }
  private kernel({ kernel: k, buffers }: KernelStep): void {
    switch (k.tag) {
      case 'nest': return this.nest(k, buffers)
      case 'contract':
        for (const [o, own] of [[k.left, k.rows], [k.right, k.cols]] as const) {
          for (const p of points([...k.batch, ...own, ...k.depth])) this.read(buffers[o.buffer]!, o.offset + dot(p, [...o.batch, ...o.own, ...o.depth]))
        }
        if (k.into) this.readAll(buffers[k.out]!)
        this.writeAll(buffers[k.out]!)
        return k.then === null ? undefined : this.follows(k.then, buffers, k.out)
      case 'cumulative':
        k.ins.forEach((x, i) => this.strided(buffers, x, [...k.lines, k.length], k.kind === 'recurrence' && i === 0))
        return this.writeAll(buffers[k.out.buffer]!)
      case 'sort':
        k.ins.forEach(x => this.strided(buffers, x, [...k.lines, k.length]))
        if (k.room !== null) this.writeAll(buffers[k.room]!)
        return k.outs.forEach(x => this.writeAll(buffers[x.buffer]!))
      case 'gather': case 'scatter': {
        this.strided(buffers, k.indices, k.batch)
        this.readAll(buffers[k.array.buffer]!)
        if (k.tag === 'gather' && 'buffer' in k.filler) this.read(buffers[k.filler.buffer]!, 0)
        if (k.tag === 'scatter') this.strided(buffers, k.packed, [...k.batch, ...k.window])
        return this.writeAll(buffers[k.tag === 'gather' ? k.packed.buffer : k.array.buffer]!)
      }
      default: return k satisfies never
    }
  }
  private host(s: HostStep): void {
    s.ins.forEach(x => this.readAll(x.buffer))
    s.outs.forEach(x => this.writeAll(x.buffer))
  }
  private steps(list: readonly Step[]): void {
    for (const s of list) {
      this.choices++
      if (s.tag === 'kernel') {
        this.reading = s.kernel.tag === 'nest' || s.kernel.tag === 'scatter' ? null : new Set()
        this.kernel(s)
        this.reading = null
      }
      else if (s.tag === 'host') this.host(s)
      else if (s.tag === 'branch') {
        this.read(s.index, 0)
        this.steps(s.branches[this.choices % s.branches.length]!)
      } else if (s.tag === 'loop') {
        for (let k = 0; k < s.length; k++) { this.counters.set(s.loop, k); this.steps(s.body) }
        this.counters.set(s.loop, s.length)
      } else {
        const most = Math.min(turns, s.maxSteps ?? turns)
        for (let k = 0; k <= most; k++) {
          this.counters.set(s.loop, k)
          this.steps(s.cond)
          this.read(s.holds, 0)
          if (k < most) this.steps(s.body)
        }
      }
    }
  }
  run(): void {
    const { steps, outputs } = this.plan
    this.steps(steps)
    if (new Set(outputs).size < outputs.length) throw new Bad('two outputs are one buffer')
    const kept = outputs.find(({ place }) => place.tag === 'input' && !this.given[place.index])
    if (kept) throw new Bad('a result lies in an input that was not given')
    outputs.forEach(b => this.readAll(b))
    this.plan.inputs.forEach((b, i) => { if (!this.given[i]) this.readAll(b) })
  }
}

/** What is wrong with the memory of a plan, or null. `given`: the inputs that may be written. */
export const misread = (plan: Plan, given: readonly boolean[] = []): string | null => {
  try {
    for (const choices of [0, 1]) new Tenancy(plan, given, choices).run()
    return null
  } catch (e) {
    if (e instanceof Bad) return e.message
    throw e
  }
}

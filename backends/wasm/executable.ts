/** An executable is a program ready to run: its module, and where inputs and outputs go. */
import { type Aval, sizeOf } from '../../src/core/aval.js'
import { type Data, type DType, dtypes } from '../../src/core/dtype.js'
import type { Program } from '../../src/core/primitive.js'
import { type NDArray, NDArray as Concrete } from '../../src/core/value.js'
import type { Given } from '../../src/runtime/backend.js'
import type { Follows } from '../../src/kernel/kernel.js'
import { lower } from '../../src/compile/lower.js'
import { type Answer, answersOf } from '../../src/compile/outputs.js'
import type { HostStep } from '../../src/compile/plan.js'
import type { Assembled } from './assemble.js'
import type { Heap } from './heap.js'
import { argumentsAt } from './layout.js'
import type { Residency } from './residency.js'

/** The memory as elements of each dtype; made again when the memory grows. */
export class Views {
  private readonly heap: Heap
  private buffer: ArrayBufferLike | null = null
  f32!: Float32Array; f64!: Float64Array; i32!: Int32Array; u32!: Uint32Array; u8!: Uint8Array
  constructor(heap: Heap) { this.heap = heap; this.refresh() }
  refresh(): this {
    const { buffer } = this.heap
    if (buffer === this.buffer) return this
    this.buffer = buffer
    this.f32 = new Float32Array(buffer); this.f64 = new Float64Array(buffer); this.i32 = new Int32Array(buffer); this.u32 = new Uint32Array(buffer); this.u8 = new Uint8Array(buffer)
    return this
  }
  of(d: DType): Data { return d === 'f32' ? this.f32 : d === 'f64' ? this.f64 : d === 'i32' ? this.i32 : d === 'u32' ? this.u32 : this.u8 }
}

/** What executables share. */
export interface Runtime {
  readonly heap: Heap
  readonly residency: Residency
  readonly views: Views
  readonly follows: Follows
  readonly assemble: (plan: ReturnType<typeof lower>, program: number) => Assembled
  readonly instantiate: (assembled: Assembled, program: number, host: (step: number) => void) => (base: number) => void
  /** A step without a kernel: typed arrays in, typed arrays out. */
  readonly onHost: (step: HostStep, ins: readonly NDArray[]) => readonly NDArray[]
}

interface Slot { readonly aval: Aval; readonly bytes: number; readonly shift: number; readonly n: number; offset: number }

const shiftOf = (d: DType): number => (dtypes[d].bytes === 8 ? 3 : dtypes[d].bytes === 4 ? 2 : 0)
const slotOf = (a: Aval): Slot => ({ aval: a, bytes: sizeOf(a.shape) * dtypes[a.dtype].bytes, shift: shiftOf(a.dtype), n: sizeOf(a.shape), offset: 0 })

export class Executable {
  readonly assembled: Assembled
  private readonly runtime: Runtime
  private readonly ins: readonly Slot[]
  private readonly made: readonly Slot[]
  private readonly outs: readonly Answer[]
  /** For each input the result that lies in its memory, or -1; for each result the input. */
  private readonly holds: readonly number[]
  private readonly liesIn: readonly number[]
  private readonly arena: number
  private readonly runs: (base: number) => void

  /** `given`: the inputs whose memory may be written. */
  constructor(program: Program, id: number, runtime: Runtime, given: readonly boolean[] = []) {
    this.runtime = runtime
    const { answers, made } = answersOf(program)
    this.outs = answers
    const free = program.ins.map((_, i) => (given[i] ?? false) && !this.outs.some(o => o.tag === 'input' && o.index === i))
    const plan = lower(made, null, free, runtime.follows)
    this.liesIn = plan.outputs.map(({ place }) => (place.tag === 'input' ? place.index : -1))
    this.holds = program.ins.map((_, i) => this.liesIn.indexOf(i))
    this.ins = program.ins.map(v => slotOf(v.aval))
    this.made = made.outs.map(o => slotOf(o.aval))
    this.assembled = runtime.assemble(plan, id)
    let top = Math.ceil(this.assembled.arena / 64) * 64
    for (const s of [...this.ins, ...this.made]) {
      if (s.bytes >= runtime.residency.threshold) continue
      s.offset = top
      top += Math.ceil((s.bytes + 16) / 64) * 64
    }
    this.arena = top
    this.runs = made.outs.length === 0 ? () => undefined : runtime.instantiate(this.assembled, id, k => this.host(k))
  }

  private host(k: number): void {
    const { views, onHost } = this.runtime
    const step = this.assembled.hosts[k]!
    const { i32 } = views.refresh()
    const places = [...step.ins, ...step.outs].map((_, i) => i32[argumentsAt / 4 + i]! >>> 0)
    const ins = step.ins.map(({ aval }, i) => {
      const from = places[i]! >>> shiftOf(aval.dtype)
      return new Concrete(aval, views.of(aval.dtype).slice(from, from + sizeOf(aval.shape)))
    })
    const outs = onHost(step, ins)
    views.refresh()
    step.outs.forEach(({ aval }, i) => { views.of(aval.dtype).set(outs[i]!.data, places[ins.length + i]! >>> shiftOf(aval.dtype)) })
  }

  run(ins: readonly NDArray[], given: Given | null = null): readonly NDArray[] {
    const { runtime, made, holds, liesIn } = this
    const { heap, residency, views } = runtime
    const base = heap.arena(this.arena)
    const n = this.ins.length
    const places = new Array<number>(n + made.length)
    let held = false
    const owned: number[] = []
    let begun = false
    try {
      for (let i = 0; i < n; i++) {
        const s = this.ins[i]!
        const x = ins[i]!
        const known = x.residence === null ? null : residency.addressOf(x)
        if (holds[i]! >= 0 && s.bytes >= residency.threshold && residency.soleAddressOf(x) === null) {
          // what may not be written lends its elements, not its memory
          if (!held) { residency.hold(ins); held = true }
          const to = heap.allocate(s.bytes)
          owned.push(to)
          views.refresh().of(s.aval.dtype).set(x.data, to >>> s.shift)
          places[i] = to
        } else if (known !== null) places[i] = known
        else if (s.bytes >= residency.threshold) {
          if (!held) { residency.hold(ins); held = true }
          places[i] = residency.bring(x)
        } else {
          const to = base + s.offset
          places[i] = to
          const view = views.refresh().of(s.aval.dtype)
          if (s.n === 1) view[to >>> s.shift] = x.data[0]!
          else view.set(x.data, to >>> s.shift)
        }
      }
      for (let i = 0; i < made.length; i++) {
        const s = made[i]!
        if (liesIn[i]! >= 0) { places[n + i] = places[liesIn[i]!]!; continue }
        if (s.bytes < residency.threshold) { places[n + i] = base + s.offset; continue }
        if (!held) { residency.hold(ins); held = true }
        const to = heap.allocate(s.bytes)
        owned.push(to)
        places[n + i] = to
      }
      const { i32 } = views.refresh()
      const frame = base >>> 2
      for (let i = 0; i < places.length; i++) i32[frame + i] = places[i]!
      begun = true
      this.runs(base)
    } catch (e) {
      for (const a of owned) heap.free(a)
      if (begun && given !== null) ins.forEach((x, i) => { if (holds[i]! >= 0) residency.release(x, given.spender) })
      throw e
    } finally { if (held) residency.hold([]) }
    const results = new Array<NDArray>(made.length)
    views.refresh()
    for (let i = 0; i < made.length; i++) {
      const s = made[i]!
      const from = places[n + i]!
      const lender = liesIn[i]! < 0 ? null : ins[liesIn[i]!]!
      if (lender !== null && s.bytes >= residency.threshold && residency.addressOf(lender) === from) results[i] = residency.pass(lender, given!.spender, s.aval)
      else if (s.bytes >= residency.threshold) results[i] = residency.adopt(from, s.aval)
      else results[i] = new Concrete(s.aval, views.of(s.aval.dtype).slice(from >>> s.shift, (from >>> s.shift) + s.n))
    }
    return this.outs.map(o => (o.tag === 'made' ? results[o.index]! : o.tag === 'input' ? ins[o.index]! : o.value))
  }
}

/** Addresses and positions that move with the axes are locals: each view has a base, and one local more for every loop in which it moves. */
import { dtypes } from '../../../src/core/dtype.js'
import type { Index } from '../../../src/kernel/expr.js'
import type { View } from '../../../src/kernel/view.js'
import type { Code } from '../encode.js'
import { i32 } from '../opcodes.js'
import { nodesOf, type Plain, rootsOf } from '../../../src/kernel/normal.js'

/** Views that move alike share a stream; each lies at its own constant distance from the lowest. */
interface Stream { readonly view: View | null; readonly steps: readonly number[]; low: number; current: number }
export interface Place { readonly stream: number; readonly bytes: number; readonly steps: readonly number[] }

const keyOf = (v: View): string => `${v.buffer} ${v.strides.join()} ${v.starts.map(s => `${s.buffer}:${s.stride}:${s.max}`).join()}`

export class Streams {
  private readonly known = new Map<string, number>()
  private readonly streams: Stream[] = []
  private readonly code: Code
  private readonly bytes: (buffer: number) => number
  constructor(code: Code, plain: Plain) {
    this.code = code
    this.bytes = buffer => dtypes[plain.buffers[buffer]!].bytes
    for (const e of nodesOf(rootsOf(plain))) {
      if (e.tag === 'load') this.add(keyOf(e.view), e.view, e.view.strides.map(s => s * this.bytes(e.view.buffer)), e.view.offset)
      else if (e.tag === 'index' && e.strides.some(s => s !== 0)) this.add(`index ${e.strides.join()}`, null, e.strides, 0)
    }
    for (const s of plain.stores) this.add(keyOf(s.view), s.view, s.view.strides.map(n => n * this.bytes(s.view.buffer)), s.view.offset)
    for (const s of this.streams) s.current = this.base(s)
  }
  private add(key: string, view: View | null, steps: readonly number[], offset: number): void {
    const at = this.known.get(key)
    if (at === undefined) { this.known.set(key, this.streams.length); this.streams.push({ view, steps, low: offset, current: -1 }) }
    else this.streams[at]!.low = Math.min(this.streams[at]!.low, offset)
  }
  /** The local of a stream at the origin of the nest, set at the entry of the function. */
  private base({ view, low }: Stream): number {
    const { code } = this
    const local = code.local('i32')
    code.entry(() => {
      if (!view) { code.i32(0).set(local); return }
      const size = this.bytes(view.buffer)
      code.get(0).mem('i32Load', 4 * view.buffer)
      if (low !== 0) code.i32((low * size) | 0).op(i32.add)
      for (const s of view.starts) {
        const at = code.local('i32')
        // at = max(at, 0), then min(at, max)
        code.get(0).mem('i32Load', 4 * s.buffer).mem('i32Load').tee(at).i32(0).get(at).i32(0).op(i32.gtS).select().tee(at)
        code.i32(s.max).get(at).i32(s.max).op(i32.ltS).select().i32((s.stride * size) | 0).op(i32.mul).op(i32.add)
      }
      code.set(local)
    })
    return local
  }
  place(v: View): Place {
    const stream = this.known.get(keyOf(v))!
    const { steps, low } = this.streams[stream]!
    return { stream, steps, bytes: (v.offset - low) * this.bytes(v.buffer) }
  }
  /** The local of Σ strides·axes, or null where it is 0 throughout. */
  index(e: Index): { readonly local: number; readonly steps: readonly number[] } | null {
    const at = this.known.get(`index ${e.strides.join()}`)
    return at === undefined ? null : { local: this.streams[at]!.current, steps: this.streams[at]!.steps }
  }
  /** Bytes of an element. */
  size(v: View): number { return this.bytes(v.buffer) }
  local(p: Place): number { return this.streams[p.stream]!.current }

  /** Inside `body` every stream that moves along one of the axes has a local of its own, which starts where it is. */
  fork(axes: readonly number[], body: (forked: readonly number[]) => void, start?: (stream: number) => void): void {
    const before = this.streams.map(s => s.current)
    const forked: number[] = []
    this.streams.forEach((s, k) => {
      if (!axes.some(a => s.steps[a] !== 0)) return
      const local = this.code.local('i32')
      this.code.get(s.current)
      if (start) start(k)
      this.code.set(local)
      s.current = local
      forked.push(k)
    })
    body(forked)
    this.streams.forEach((s, k) => { s.current = before[k]! })
  }
  /** Adds to the address on the stack what `places` positions (a local) along an axis are. */
  offset(stream: number, axis: number, places: number, times = 1): void {
    const step = (this.streams[stream]!.steps[axis]! * times) | 0
    if (step !== 0) this.code.get(places).i32(step).op(i32.mul).op(i32.add)
  }
  /** All streams that move along an axis go `places` further. */
  advance(axis: number, places: number): void {
    for (const { steps, current } of this.streams) {
      const step = steps[axis]! * places
      if (step !== 0) this.code.get(current).i32(step | 0).op(i32.add).set(current)
    }
  }
}

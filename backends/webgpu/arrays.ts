/** Arrays on a device: each holds a buffer, which goes back to the pool of its size when the array is gone. */
/// <reference types="@webgpu/types" />
import { type Aval, showAval, sizeOf } from '../../src/core/aval.js'
import type { Data } from '../../src/core/dtype.js'
import { type LargeArray, raise, showBytes } from '../../src/core/fault.js'
import { NDArray, type Residence } from '../../src/core/value.js'
import type { MemoryReport, Spender } from '../../src/runtime/backend.js'
import { spent } from '../../src/runtime/spent.js'
import { packHalves, unpackHalves, wordCount } from './halves.js'
import type { Queue } from './queue.js'
import type { Runner } from './runner.js'
import { typeOf } from './wgsl.js'

/** A run, which may still wait, and may fail: then what it was to make does not exist. */
export interface Filling { waits: boolean; failed: unknown }
/** What is known of a buffer. `filling`: the run that fills it. */
interface Held { readonly array: WeakRef<NDArray>; readonly mirror: boolean; buffer: GPUBuffer | null; readonly aval: Aval; readonly bytes: number; readonly born: number; readonly filling: Filling | null }

export const wordsOf = (x: NDArray): Uint32Array<ArrayBuffer> => {
  const { data } = x
  if (x.dtype === 'f16') return packHalves(data)
  return x.dtype === 'bool' ? Uint32Array.from(data) : new Uint32Array(data.slice().buffer as ArrayBuffer)
}
/** In a buffer of its own, which whoever reads it may transfer. */
export const arrayOf = (a: Aval, words: Uint32Array): Data => {
  switch (a.dtype) {
    case 'f16': return unpackHalves(words, sizeOf(a.shape))
    case 'bool': return Uint8Array.from(words)
    case 'f32': return new Float32Array(words.slice().buffer)
    case 'i32': return new Int32Array(words.slice().buffer)
    default: return words.slice()
  }
}
const bytesOf = (a: Aval): number => Math.max(16, Math.ceil(wordCount(sizeOf(a.shape), a.dtype) / 4) * 16)
/** Buffers of few sizes are found again more often. */
const rounded = (bytes: number): number => { const step = 2 ** Math.max(4, Math.floor(Math.log2(bytes)) - 3); return Math.ceil(bytes / step) * step }

/** What is alive before the collector is run for the first time: less is not worth its time. */
const least = (budget: number): number => Math.max(2 ** 22, budget / 16)

export class Arrays {
  private readonly held = new Map<number, Held>()
  private readonly of = new WeakMap<NDArray, Held>()
  private readonly free = new Map<number, GPUBuffer[]>()
  private readonly registry: FinalizationRegistry<number>
  private next = 0
  private live = 0
  private idle = 0
  private peak = 0
  private budget: number
  private collections = 0
  /** Where the collector is run the next time: it does not see the device, and would let everything fill up. */
  private soft: number
  /** Bytes of what programs need on their way. */
  private working = 0
  constructor(private readonly runner: Runner, private readonly queue: Queue, private readonly device: string, budget: number, private readonly collectNow: () => boolean, /** Raises what the device complained of. */ private readonly check: () => void, /** Raises where the device is gone. */ private readonly present: () => void) {
    this.budget = budget
    this.soft = least(budget)
    this.registry = new FinalizationRegistry(id => this.drop(id))
  }

  private drop(id: number): void {
    const h = this.held.get(id)
    if (!h) return
    this.held.delete(id)
    if (h.buffer === null) return
    this.live -= h.bytes
    this.put(h.buffer, h.bytes)
    h.buffer = null
  }
  /** Whoever gets it next comes behind all runs that were asked for, also behind those that wait. */
  private put(buffer: GPUBuffer, bytes: number): void {
    // what nobody needs soon goes back to the device, but not while runs wait: those behind them would ask for more of it
    if (this.idle + bytes > (this.queue.waits ? this.budget : this.budget / 4)) { void this.queue.push(() => { buffer.destroy(); return null }); return }
    this.idle += bytes
    const list = this.free.get(bytes)
    if (list) list.push(buffer)
    else this.free.set(bytes, [buffer])
  }
  private require(bytes: number): void {
    const over = (): boolean => this.live + this.working + this.queue.held + bytes > this.budget
    if (over()) this.collect()
    if (over()) {
      raise({
        _tag: 'OutOfMemory', op: 'webgpu', asked: bytes, live: this.live + this.working + this.queue.held, budget: this.budget, largest: this.largest(),
        hint: 'let go of arrays that are not needed (the collector frees them between turns of the event loop), or raise the budget of the device',
      })
    }
  }
  /** The memory that a program needs on its way: that of one serves the next. */
  work(bytes: number): void {
    if (bytes <= this.working) return
    this.require(bytes - this.working)
    this.working = bytes
    this.seen()
  }
  private seen(): void { this.peak = Math.max(this.peak, this.live + this.idle + this.working) }
  /** A buffer for an array of this type: what lies in it is whatever was there. */
  buffer(a: Aval): GPUBuffer {
    const bytes = rounded(bytesOf(a)), most = this.runner.device.limits.maxBufferSize
    if (bytes > most) {
      raise({ _tag: 'BadArgument', op: 'webgpu', argument: 'an array', got: `${showAval(a)}, ${showBytes(bytes)} there`, want: `at most ${showBytes(most)}, which is what the adapter has`, hint: 'compute it in parts, in a scan for instance, or on the CPU' })
    }
    this.require(bytes)
    const known = this.free.get(bytes)?.pop()
    this.live += bytes
    if (known) { this.idle -= bytes; return known }
    if (this.live > this.soft) {
      this.collect()
      this.soft = Math.max(least(this.budget), 2 * this.live)
      const found = this.free.get(bytes)?.pop()
      if (found) { this.idle -= bytes; return found }
    }
    this.seen()
    return this.runner.storage(bytes / 4)
  }
  /** Gives a buffer back that no array has taken. */
  giveBack(a: Aval, buffer: GPUBuffer): void {
    const bytes = rounded(bytesOf(a))
    this.live -= bytes
    this.put(buffer, bytes)
  }

  /** The array whose elements a buffer holds, or will hold. */
  adopt(a: Aval, buffer: GPUBuffer, filling: Filling | null): NDArray {
    const { device } = this
    const made = new NDArray(a, new Uint8Array(0))
    const held = this.keep(made, a, buffer, filling, false)
    const read = async (): Promise<Data> => {
      const from = held.buffer ?? spent(a, this.spenders.get(held)!, null)
      let words: Promise<Uint32Array> | null = null
      await this.queue.push(() => {
        if (filling?.failed) throw filling.failed
        words = this.runner.read(from, wordCount(sizeOf(a.shape), a.dtype))
        words.catch(() => undefined)
        return null
      })
      const got = await words!
      this.check()
      return arrayOf(a, got)
    }
    const { spenders, present } = this
    const residence: Residence = {
      get data(): Data {
        const spender = spenders.get(held)
        if (spender) return spent(a, spender, null)
        present()
        return raise({
          _tag: 'OnDevice', op: 'array', got: a, device,
          hint: 'compute with it under onDevice; await read(x) gives the elements, and await deviceGet(tree) arrays here, which item, toNested, readSync, JSON.stringify and operators need',
        })
      },
      read,
    }
    made.resideIn(residence, {})
    return made
  }
  private readonly spenders = new WeakMap<Held, Spender>()
  private keep(x: NDArray, a: Aval, buffer: GPUBuffer, filling: Filling | null, mirror: boolean): Held {
    const id = this.next++
    const held: Held = { array: new WeakRef(x), mirror, buffer, aval: a, bytes: rounded(bytesOf(a)), born: id, filling }
    this.held.set(id, held)
    this.of.set(x, held)
    this.registry.register(x, id)
    return held
  }
  /** The run that fills an array, where it waits or has failed. */
  fillingOf(x: NDArray): Filling | null { const f = this.of.get(x)?.filling ?? null; return f !== null && (f.waits || f.failed !== null) ? f : null }
  /** Is it an array of this device? */
  has(x: NDArray): boolean { const known = this.of.get(x); return known !== undefined && !known.mirror }
  private write(buffer: GPUBuffer, words: Uint32Array<ArrayBuffer>): void {
    if (words.length > 0) void this.queue.push(() => { this.runner.device.queue.writeBuffer(buffer, 0, words); return null }, null, words.byteLength)
  }
  /** An array of this device with the elements of another. */
  bring(x: NDArray): NDArray {
    typeOf(x.dtype)
    const words = wordsOf(x), buffer = this.buffer(x.aval)
    this.write(buffer, words)
    return this.adopt(x.aval, buffer, null)
  }
  /** The buffer of an array; one that is elsewhere is brought here, once. */
  bufferOf(x: NDArray): GPUBuffer {
    const known = this.of.get(x)
    if (known?.buffer) return known.buffer
    if (known && !known.mirror) return spent(x.aval, this.spenders.get(known)!, null)
    const words = wordsOf(x), buffer = this.buffer(x.aval)
    this.write(buffer, words)
    this.keep(x, x.aval, buffer, null, true)
    return buffer
  }

  // ---- BackendMemory ---------------------------------------------------------------------------------------------------

  private largest(): readonly LargeArray[] {
    return [...this.held.values()].sort((a, b) => b.bytes - a.bytes).slice(0, 5).map(h => ({ aval: h.aval, bytes: h.bytes, made: null }))
  }
  readonly report = (): MemoryReport => ({
    live: this.live, arrays: this.held.size, working: this.working, peak: this.peak, budget: this.budget, size: this.live + this.idle + this.working,
    collections: this.collections, spills: 0, largest: this.largest(),
  })
  readonly setBudget = (bytes: number): void => { this.budget = bytes; this.soft = least(bytes) }
  readonly collect = (): boolean => {
    this.collections++
    const collected = this.collectNow()
    // the registry is told in a later turn: what is gone is seen now
    if (collected) for (const [id, h] of this.held) if (h.array.deref() === undefined) this.drop(id)
    return collected
  }
  readonly now = (): number => this.next
  readonly freeSince = (mark: number, kept: ReadonlySet<NDArray>, spender: Spender): void => {
    const spared = new Set([...kept].flatMap(x => this.of.get(x) ?? []))
    for (const h of this.held.values()) if (h.born >= mark && !spared.has(h) && h.buffer !== null) this.spend(h, spender)
  }
  readonly pass = (x: NDArray, spender: Spender): NDArray => {
    const known = this.of.get(x), buffer = known?.buffer ?? null
    if (known === undefined || known.mirror || buffer === null) return x
    known.buffer = null
    this.spenders.set(known, spender)
    return this.adopt(x.aval, buffer, known.filling)
  }
  readonly release = (x: NDArray, spender: Spender): void => {
    const known = this.of.get(x)
    if (known && known.buffer !== null) this.spend(known, spender)
  }
  private spend(h: Held, spender: Spender): void {
    if (!h.mirror) this.spenders.set(h, spender)
    this.live -= h.bytes
    this.put(h.buffer!, h.bytes)
    h.buffer = null
  }
}

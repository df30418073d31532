/** Arrays on a device: each holds a buffer, which goes back to the pool of its size when the array is gone. */
/// <reference types="@webgpu/types" />
import { type Aval, showAval, sizeOf } from '../../src/core/aval.js'
import { allocate, type Data } from '../../src/core/dtype.js'
import { type LargeArray, raise, showBytes } from '../../src/core/fault.js'
import { NDArray, type Residence } from '../../src/core/value.js'
import type { MemoryReport, Spender } from '../../src/runtime/backend.js'
import { spent } from '../../src/runtime/spent.js'
import type { Runner } from './runner.js'

/** What is known of a buffer. `ready`: the run that fills it, where it is not submitted yet. */
interface Held { readonly mirror: boolean; buffer: GPUBuffer | null; readonly aval: Aval; readonly bytes: number; readonly born: number; ready: Promise<void> | null }

export const wordsOf = (x: NDArray): Uint32Array<ArrayBuffer> => {
  const { data } = x
  return x.dtype === 'bool' ? Uint32Array.from(data) : new Uint32Array(data.slice().buffer as ArrayBuffer)
}
export const arrayOf = (a: Aval, words: Uint32Array): Data => {
  const data = allocate(a.dtype, words.length)
  if (a.dtype === 'bool') data.set(words)
  else new Uint32Array(data.buffer, data.byteOffset, words.length).set(words)
  return data
}
const bytesOf = (a: Aval): number => Math.max(16, Math.ceil(sizeOf(a.shape) / 4) * 16)
/** Buffers of few sizes are found again more often. */
const rounded = (bytes: number): number => { const step = 2 ** Math.max(4, Math.floor(Math.log2(bytes)) - 3); return Math.ceil(bytes / step) * step }

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
  constructor(private readonly runner: Runner, private readonly device: string, budget: number, private readonly collectNow: () => boolean, /** The runs that are not submitted yet. */ private readonly pending: () => Promise<void> | null) {
    this.budget = budget
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
  private put(buffer: GPUBuffer, bytes: number): void {
    // a run that waits may still read it, and what is written by the host would come before
    const wait = this.pending()
    if (wait) { void wait.then(() => this.put(buffer, bytes)); return }
    // what nobody needs soon goes back to the device
    if (this.idle + bytes > this.budget / 4) { buffer.destroy(); return }
    this.idle += bytes
    const list = this.free.get(bytes)
    if (list) list.push(buffer)
    else this.free.set(bytes, [buffer])
  }
  /** A buffer for an array of this type: what lies in it is whatever was there. */
  buffer(a: Aval): GPUBuffer {
    const bytes = rounded(bytesOf(a)), most = this.runner.device.limits.maxBufferSize
    if (bytes > most) {
      raise({ _tag: 'BadArgument', op: 'webgpu', argument: 'an array', got: `${showAval(a)}, ${showBytes(bytes)} there`, want: `at most ${showBytes(most)}, which is what the adapter has`, hint: 'compute it in parts, in a scan for instance, or on the CPU' })
    }
    if (this.live + bytes > this.budget) this.collect()
    if (this.live + bytes > this.budget) {
      raise({
        _tag: 'OutOfMemory', op: 'webgpu', asked: bytes, live: this.live, budget: this.budget, largest: this.largest(),
        hint: 'let go of arrays that are not needed (the collector frees them between turns of the event loop), or raise the budget of the device',
      })
    }
    const known = this.free.get(bytes)?.pop()
    this.live += bytes
    this.peak = Math.max(this.peak, this.live + this.idle)
    if (known) { this.idle -= bytes; return known }
    return this.runner.storage(bytes / 4)
  }
  /** Gives a buffer back that no array has taken. */
  giveBack(a: Aval, buffer: GPUBuffer): void {
    const bytes = rounded(bytesOf(a))
    this.live -= bytes
    this.put(buffer, bytes)
  }

  /** The array whose elements a buffer holds, or will hold. */
  adopt(a: Aval, buffer: GPUBuffer, ready: Promise<void> | null): NDArray {
    const { device } = this
    const made = new NDArray(a, new Uint8Array(0))
    const held = this.keep(made, a, buffer, ready, false)
    const read = async (): Promise<Data> => {
      if (held.ready) await held.ready
      if (held.buffer === null) return spent(a, this.spenders.get(held)!, null)
      const words = await this.runner.read(held.buffer, sizeOf(a.shape)).catch((e: unknown) => raise({
        _tag: 'DeviceLost', op: 'read', cause: e instanceof Error && e.message !== '' ? e.message : 'it was closed, or went away', hint: 'acquire the device again; arrays that were on it are lost',
      }))
      return arrayOf(a, words)
    }
    const spenders = this.spenders
    const residence: Residence = {
      get data(): Data {
        const spender = spenders.get(held)
        return spender ? spent(a, spender, null) : raise({
          _tag: 'OnDevice', op: 'array', got: a, device, hint: 'await read(x) gives the elements; item, toNested, readSync and operators need them here at once',
        })
      },
      read,
    }
    made.resideIn(residence, {})
    return made
  }
  private readonly spenders = new WeakMap<Held, Spender>()
  private keep(x: NDArray, a: Aval, buffer: GPUBuffer, ready: Promise<void> | null, mirror: boolean): Held {
    const id = this.next++
    const held: Held = { mirror, buffer, aval: a, bytes: rounded(bytesOf(a)), born: id, ready }
    ready?.then(() => { held.ready = null }, () => undefined)
    this.held.set(id, held)
    this.of.set(x, held)
    this.registry.register(x, id)
    return held
  }
  /** Is it an array of this device? */
  has(x: NDArray): boolean { const known = this.of.get(x); return known !== undefined && !known.mirror }
  /** The buffer of an array; one that is elsewhere is brought here, once. */
  bufferOf(x: NDArray): GPUBuffer {
    const known = this.of.get(x)
    if (known?.buffer) return known.buffer
    if (known && !known.mirror) return spent(x.aval, this.spenders.get(known)!, null)
    const words = wordsOf(x), buffer = this.buffer(x.aval)
    if (words.length > 0) this.runner.device.queue.writeBuffer(buffer, 0, words)
    this.keep(x, x.aval, buffer, null, true)
    return buffer
  }

  // ---- BackendMemory ---------------------------------------------------------------------------------------------------

  private largest(): readonly LargeArray[] {
    return [...this.held.values()].sort((a, b) => b.bytes - a.bytes).slice(0, 5).map(h => ({ aval: h.aval, bytes: h.bytes, made: null }))
  }
  readonly report = (): MemoryReport => ({
    live: this.live, arrays: this.held.size, working: this.idle, peak: this.peak, budget: this.budget, size: this.live + this.idle,
    collections: this.collections, spills: 0, largest: this.largest(),
  })
  readonly setBudget = (bytes: number): void => { this.budget = bytes }
  readonly collect = (): boolean => { this.collections++; return this.collectNow() }
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
    return this.adopt(x.aval, buffer, known.ready)
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

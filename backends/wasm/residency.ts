/** Large arrays reside in the memory of the kernels: each owns its allocation, which goes when the array can no longer be reached. */
import { type Aval, sizeOf } from '../../src/core/aval.js'
import { packed } from '../../src/compile/plan.js'
import type { Data, DType } from '../../src/core/dtype.js'
import type { LargeArray } from '../../src/core/fault.js'
import { mark, type Source, sourceOf } from '../../src/core/source.js'
import { NDArray, type Residence } from '../../src/core/value.js'
import type { BackendMemory, MemoryReport, Spender } from '../../src/runtime/backend.js'
import { spent } from '../../src/runtime/spent.js'
import { canCollect, collectNow } from '../../src/runtime/collect.js'
import type { Heap, Relief } from './heap.js'

export interface ResidencyOptions {
  /** Arrays of fewer bytes are on the JavaScript heap. */
  readonly threshold?: number
  /** Whether the collector may be run when memory is short; where it cannot, arrays are moved out instead. */
  readonly collects?: boolean
}

/** An allocation, and how many arrays show it. */
interface Owned { readonly address: number; readonly bytes: number; users: number }

/**
 * The residence of one array. The memory holds it strongly, the array holds it, and it knows nothing of the array: a WeakRef keeps its
 * target alive until the job ends, so what it points at must be a mere token, or nothing would die in a loop without pauses.
 */
class Resident implements Residence {
  readonly home: object
  readonly aval: Aval
  readonly token: WeakRef<object>
  readonly made: Source | null
  /** Places in time, by which scopes tell what was made inside them. */
  serial: number
  /** null once the array has moved to the JavaScript heap, or is spent. */
  owned: Owned | null
  address: number
  elements: Data | null
  spender: Spender | null = null
  constructor(home: object, x: NDArray, token: object, address: number, elements: Data, owned: Owned, serial: number, made: Source | null) {
    this.home = home
    this.aval = x.aval
    this.token = new WeakRef(token)
    this.made = made
    this.serial = serial
    this.owned = owned
    this.address = address
    this.elements = elements
  }
  get data(): Data { return this.elements ?? spent(this.aval, this.spender!, this.made) }
}

/** So many frames reach from the making of an array to the line of the user, as a rule. */
const frames = 32
/**
 * A line costs a twentieth of a millisecond or more, and cannot be left for later: a stack holds the receivers of its calls, and these may
 * hold arrays. So the first arrays have theirs, and then one in so many bytes, or in fewer when half of the budget is in use.
 */
const firstMarked = 16
const unmarked = 32 * 2 ** 20
const unmarkedWhenFull = (budget: number): number => Math.min(4 * 2 ** 20, budget / 64)
const listed = 5

const viewOf = (buffer: ArrayBufferLike, dtype: DType, address: number, n: number): Data => {
  switch (dtype) {
    case 'f16': case 'f32': return new Float32Array(buffer, address, n)
    case 'f64': return new Float64Array(buffer, address, n)
    case 'i32': return new Int32Array(buffer, address, n)
    case 'u32': return new Uint32Array(buffer, address, n)
    case 'bool': return new Uint8Array(buffer, address, n)
    default: return dtype satisfies never
  }
}
/** How many bytes the elements of an array take. */
export const bytesOf = (a: Aval): number => sizeOf(a.shape) * packed[a.dtype]

export class Residency implements BackendMemory, Relief {
  readonly threshold: number
  private readonly heap: Heap
  private readonly collects: boolean
  /** In the order in which they came. */
  private readonly residents = new Set<Resident>()
  /** Tokens of arrays that have moved out, and their bytes. */
  private readonly elsewhere = new Map<WeakRef<object>, number>()
  private outsideBytes = 0
  private serial = 0
  private live = 0
  private collections = 0
  private spills = 0
  private held: readonly NDArray[] = []
  private marked = 0
  private sinceMarked = 0
  /** Its object dies at the next large collection, and so tells of it: one registration serves all arrays. */
  private readonly collection = new FinalizationRegistry<null>(() => { this.sweep(); this.await() })

  constructor(heap: Heap, options: ResidencyOptions = {}) {
    this.heap = heap
    this.threshold = options.threshold ?? 65536
    this.collects = options.collects ?? true
    heap.relief = this
    this.await()
  }
  /** The address of an array that resides in this memory; null for one that is elsewhere. */
  addressOf(x: NDArray): number | null {
    const residence = x.residence as Resident | null
    return residence !== null && residence.home === this && residence.owned ? residence.address : null
  }
  private await(): void { this.collection.register({}, null) }

  /** An array of what stands at an address that `allocate` gave; it owns the allocation from now on. */
  adopt(address: number, aval: Aval): NDArray {
    const view = this.view(address, aval)
    const x = new NDArray(aval, view)
    this.settle(x, address, view, this.own(address, bytesOf(aval)), ++this.serial)
    return x
  }
  /** An array of the elements at an address, which stays the caller's: resident if it is large, on the JavaScript heap otherwise. */
  copy(address: number, aval: Aval): NDArray {
    const bytes = bytesOf(aval)
    if (bytes < this.threshold) return new NDArray(aval, this.view(address, aval).slice())
    const to = this.heap.allocate(bytes)
    new Uint8Array(this.heap.buffer).copyWithin(to, address, address + bytes)
    return this.adopt(to, aval)
  }
  /**
   * Moves an array of the JavaScript heap into the memory; it stays the same array. Unless it is fresh, it was there before any scope.
   * Bringing one array in may move another out, unless that one is held.
   */
  bring(x: NDArray, fresh = false): number {
    const known = this.addressOf(x)
    if (known !== null) return known
    const { data } = x
    const address = this.heap.allocate(data.byteLength)
    const view = this.view(address, x.aval)
    view.set(data)
    if ((x.residence as Resident | null)?.home === this) this.forget((x.residence as Resident).token)
    this.settle(x, address, view, this.own(address, data.byteLength), fresh ? ++this.serial : 0)
    return address
  }
  /**
   * Arrays that were computed on the JavaScript side from `ins` may show their data: such an array shares the allocation if it is
   * large, and is a copy otherwise.
   */
  share(outs: readonly NDArray[], ins: readonly NDArray[]): readonly NDArray[] {
    if (!ins.some(x => this.addressOf(x) !== null)) return outs
    return outs.map(out => {
      const { data } = out
      if (this.addressOf(out) !== null || data.buffer !== this.heap.buffer) return out
      const address = data.byteOffset
      const owned = ins.filter(x => this.addressOf(x) !== null).map(x => (x.residence as Resident).owned).find(o => o && address >= o.address && address < o.address + o.bytes)
      if (!owned || data.byteLength < this.threshold) return new NDArray(out.aval, data.slice())
      owned.users++
      this.settle(out, address, data, owned, ++this.serial)
      return out
    })
  }
  /** Keeps arrays alive and in place until the next call: their addresses are about to be used. */
  hold(xs: readonly NDArray[]): void { this.held = xs }

  /** The address of an array in whose memory no other lies; null where there is none, or it lies elsewhere. */
  soleAddressOf(x: NDArray): number | null {
    const address = this.addressOf(x)
    return address !== null && (x.residence as Resident).owned!.users === 1 ? address : null
  }
  /** The memory of an array as another array, of as many elements of the same dtype: from now on it is spent. */
  pass(x: NDArray, spender: Spender, aval: Aval = x.aval): NDArray {
    if (this.addressOf(x) === null) {
      const next = new NDArray(aval, x.data)
      this.release(x, spender)
      return next
    }
    const known = x.residence as Resident, owned = known.owned!
    const view = viewOf(this.heap.buffer, aval.dtype, known.address, sizeOf(aval.shape))
    const next = new NDArray(aval, view)
    owned.users++
    this.settle(next, known.address, view, owned, ++this.serial)
    this.spend(known, spender)
    return next
  }

  /** Gives back the memory of an array, whoever still knows it. */
  release(x: NDArray, spender: Spender): void {
    const known = x.residence as Resident | null
    if (known?.home === this) {
      this.forget(known.token)
      this.spend(known, spender)
    } else x.resideIn({ get data(): never { return spent(x.aval, spender, null) } }, {})
  }

  private view(address: number, aval: Aval): Data { return viewOf(this.heap.buffer, aval.dtype, address, sizeOf(aval.shape)) }
  private own(address: number, bytes: number): Owned {
    this.live += bytes
    return { address, bytes, users: 1 }
  }
  private settle(x: NDArray, address: number, elements: Data, owned: Owned, serial: number): void {
    const token = {}
    const resident = new Resident(this, x, token, address, elements, owned, serial, this.lineFor(elements.byteLength))
    x.resideIn(resident, token)
    this.residents.add(resident)
  }
  private lineFor(bytes: number): Source | null {
    this.sinceMarked += bytes
    const { used, budget } = this.heap
    const due = 2 * used > budget ? unmarkedWhenFull(budget) : unmarked
    if (this.marked >= firstMarked && this.sinceMarked < due) return null
    this.marked++
    // steps that repeat would meet the same one of their arrays each time: the distances vary, by the golden ratio
    this.sinceMarked = due / 2 * ((this.marked * 0.6180339887498949) % 1)
    return sourceOf(mark(frames))
  }
  /** The array is not here any more: its allocation goes with the last one that shows it. */
  private vacate(resident: Resident): void {
    const { owned } = resident
    if (!owned) return
    this.residents.delete(resident)
    resident.owned = null
    if (--owned.users > 0) return
    this.live -= owned.bytes
    this.heap.free(owned.address)
  }
  private spend(resident: Resident, spender: Spender): void {
    this.vacate(resident)
    resident.elements = null
    resident.spender = spender
  }

  // ---- pressure ------------------------------------------------------------------------------------------------------

  sweep(): void {
    for (const resident of this.residents) if (resident.token.deref() === undefined) this.vacate(resident)
    for (const token of this.elsewhere.keys()) if (token.deref() === undefined) this.forget(token)
  }
  collect(): boolean {
    if (!this.collects || !collectNow()) return false
    this.collections++
    this.sweep()
    return true
  }
  /** The oldest goes first. Whoever wants it in the memory again brings it back. */
  spill(): boolean {
    for (const resident of this.residents) {
      if (this.held.some(x => x.residence === resident)) continue
      resident.elements = resident.elements!.slice()
      // where the collector tells what is dead, what is outside is counted
      if (this.tells()) {
        this.elsewhere.set(resident.token, resident.elements.byteLength)
        this.outsideBytes += resident.elements.byteLength
      }
      this.spills++
      this.vacate(resident)
      return true
    }
    return false
  }
  outside(): number { return this.outsideBytes }
  tells(): boolean { return this.collects && canCollect() }
  private forget(token: WeakRef<object>): void {
    this.outsideBytes -= this.elsewhere.get(token) ?? 0
    this.elsewhere.delete(token)
  }
  grown(): void {
    for (const resident of this.residents) resident.elements = this.view(resident.address, resident.aval)
  }
  largest(): readonly LargeArray[] {
    const bytes = (r: Resident): number => bytesOf(r.aval)
    return [...this.residents].sort((a, b) => bytes(b) - bytes(a) || Number(b.made !== null) - Number(a.made !== null)).slice(0, listed).map(r => ({ aval: r.aval, bytes: bytes(r), made: r.made }))
  }

  // ---- for users -----------------------------------------------------------------------------------------------------

  report(): MemoryReport {
    const { working, peak, budget, size } = this.heap
    return { live: this.live, arrays: this.residents.size, working, peak, budget, size, collections: this.collections, spills: this.spills, largest: this.largest() }
  }
  setBudget(bytes: number): void { this.heap.budget = bytes }
  now(): number { return this.serial }
  freeSince(mark: number, kept: ReadonlySet<NDArray>, spender: Spender): void {
    const stay = new Set([...kept].map(x => x.residence))
    for (const resident of this.residents) if (resident.serial > mark && !stay.has(resident)) this.spend(resident, spender)
  }
}

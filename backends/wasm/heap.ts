/** One memory holds all that kernels touch: the control block, scratch for each thread, the arena of programs, and the arrays. */
import type { LargeArray } from '../../src/core/fault.js'
import { raise, showBytes } from '../../src/core/fault.js'
import { Blocks, grain } from './blocks.js'
import type { MemoryType } from './encode.js'
import { defaultBudget } from './platform.js'
import { heapAt, line, lineOf, mostThreads } from './layout.js'

const page = 65536
const mostPages = 65536
const mebi = 2 ** 20
/** A vector load may begin at the last element: so many bytes behind every block are inside the memory, and nobody else's concern. */
const overRead = 16
/** The first target of the bytes in use. */
const firstTarget = 256 * mebi
/** The target does not grow for the sake of time alone beyond this. */
const spaciousTarget = 512 * mebi

/** How memory is won back, from whoever knows what is still needed. */
export interface Relief {
  /** Frees what is known to be unreachable. Costs little. */
  readonly sweep: () => void
  /** Finds out what is unreachable and frees it; false where that cannot be done at once. */
  readonly collect: () => boolean
  /** Moves one array out of this memory; false when none is left. */
  readonly spill: () => boolean
  /** Bytes of what was moved out and is still needed. */
  readonly outside: () => number
  /** Whether it can be told what is still needed: otherwise `outside` is 0. */
  readonly tells: () => boolean
  /** All views of the memory are void. */
  readonly grown: () => void
  readonly largest: () => readonly LargeArray[]
}

export interface HeapOptions {
  /** Whether threads can share the memory. Shared where the platform has it. */
  readonly shared?: boolean
  /** The most bytes the memory may grow to: 4 GiB at most, less where the platform gives less. */
  readonly maximum?: number
  /** The most bytes that may be in use: by default most of what the machine has. */
  readonly budget?: number
  /** How many threads have scratch memory. */
  readonly threads?: number
}

/** A memory as large as the platform gives: its maximum is halved until it does. */
const construct = (shared: boolean, maximum: number): { memory: WebAssembly.Memory; type: MemoryType } => {
  const initial = 16
  for (let most = Math.max(initial, Math.min(mostPages, Math.floor(maximum / page)));; most = Math.max(initial, most >>> 1)) {
    try {
      return { memory: new WebAssembly.Memory({ initial, maximum: most, shared }), type: { initial, maximum: most, shared } }
    } catch (e) {
      if (most > initial) continue
      if (shared) return construct(false, maximum)
      return raise({ _tag: 'OutOfMemory', op: 'memory', asked: initial * page, live: 0, budget: 0, largest: [], hint: `the platform gives no memory: ${String(e)}` })
    }
  }
}

const round = (bytes: number): number => Math.ceil((bytes + overRead) / grain) * grain

export class Heap {
  readonly memory: WebAssembly.Memory
  /** What modules that import the memory declare. */
  readonly type: MemoryType
  readonly threads: number
  /** The bytes of the memory; another object after every growth. */
  buffer: ArrayBufferLike
  /** How memory is won back under pressure. */
  relief: Relief | null = null
  /** The most bytes that were ever in use. */
  peak = 0
  private readonly blocks = new Blocks(heapAt)
  private most: number
  /** Beyond this, what is dead is looked for before more memory is used. */
  private target: number
  private arenaAt = 0
  private arenaBytes = 0
  private scratchAt = 0
  private scratchBytes = 0
  /** The platform refused the last growth. */
  private refused = false
  private lastCollection = 0
  /** About how many milliseconds a collection takes. */
  private collecting = Infinity

  constructor(options: HeapOptions = {}) {
    const { memory, type } = construct(options.shared ?? true, options.maximum ?? Infinity)
    this.memory = memory
    this.type = type
    this.buffer = memory.buffer
    this.threads = Math.max(1, Math.min(mostThreads, options.threads ?? 1))
    this.most = this.target = 0
    this.budget = options.budget ?? defaultBudget()
  }

  /** The most bytes that may be in use: arrays, those that were moved out too, the arena of programs and scratch together. */
  get budget(): number { return this.most }
  set budget(bytes: number) {
    this.most = bytes
    this.target = Math.min(this.most, firstTarget)
  }
  get used(): number { return this.blocks.used }
  /** Of those in use, what the arena and the scratch memory take. */
  get working(): number { return this.arenaBytes + this.scratchBytes * this.threads }
  /** How large the memory has grown. */
  get size(): number { return this.buffer.byteLength }

  /** The address of that many bytes, a multiple of 64. What stands there is arbitrary. */
  allocate(bytes: number): number {
    const size = round(bytes)
    let address = this.within(size, Math.min(this.target, this.room()))
    if (address < 0) address = this.underPressure(bytes, size)
    if (this.blocks.used > this.peak) this.peak = this.blocks.used
    return address
  }
  /** Gives back what `allocate` gave. */
  free(address: number): void {
    if (!this.blocks.give(address)) {
      raise({ _tag: 'BadArgument', op: 'free', argument: 'the address', got: String(address), want: 'one that allocate gave, and that was not freed yet', hint: 'whoever frees an address forgets it' })
    }
  }

  /** The address of the arena: room for what a program computes on its way. Its contents last until the next call. */
  arena(bytes: number): number {
    if (bytes <= this.arenaBytes) return this.arenaAt
    if (this.arenaBytes > 0) this.blocks.give(this.arenaAt)
    const before = this.arenaBytes
    this.arenaBytes = 0
    // programs of one kind come in many sizes: half as much again saves the next moves
    const wanted = before > 0 ? Math.max(bytes, Math.min(before * 1.5, before + 64 * mebi)) : bytes
    this.arenaAt = this.allocate(wanted)
    this.arenaBytes = wanted
    return this.arenaAt
  }

  /** The address of the main thread's scratch memory; every thread gets as much, and finds the address in its line. */
  scratchFor(bytes: number): number {
    if (bytes <= this.scratchBytes) return this.scratchAt
    if (this.scratchBytes > 0) this.blocks.give(this.scratchAt)
    this.scratchBytes = 0
    const each = round(bytes)
    this.scratchAt = this.allocate(each * this.threads)
    this.scratchBytes = each - overRead
    const words = new Int32Array(this.buffer, 0, heapAt / 4)
    for (let t = 0; t < this.threads; t++) words[(lineOf(t) + line.scratch) / 4] = this.scratchAt + t * each
    return this.scratchAt
  }

  /** What of the budget is left for this memory. */
  private room(): number { return this.most - (this.relief?.outside() ?? 0) }
  private within(size: number, limit: number): number {
    if (this.blocks.used + size > limit) return -1
    const address = this.blocks.take(size, this.buffer.byteLength)
    return address >= 0 || !this.grow(this.blocks.reach + size) ? address : this.blocks.take(size, this.buffer.byteLength)
  }
  private grow(end: number): boolean {
    const now = this.buffer.byteLength
    const pages = Math.ceil((end - now) / page)
    const room = this.type.maximum - now / page
    if (pages > room) return false
    // pages that nobody touches cost nothing, growing does
    for (const step of [Math.min(room, Math.max(pages, Math.min(now, 64 * mebi) / page)), pages]) {
      try {
        this.memory.grow(step)
        this.refused = false
        this.buffer = this.memory.buffer
        if (!this.type.shared) this.relief?.grown()
        return true
      } catch { /* the platform refuses: try less, then do without */ }
    }
    this.refused = true
    return false
  }

  /** The order of means: what is known to be dead, what the collector finds, more memory up to the budget, moving out, the fault. */
  private underPressure(bytes: number, size: number): number {
    const relief = this.relief
    relief?.sweep()
    let address = this.within(size, Math.min(this.target, this.room()))
    if (address >= 0) return address
    if (this.collected()) {
      // at least half of the target is free after a collection, or the next one comes too soon
      if (this.blocks.used + size > this.target / 2) this.target = Math.min(this.most, 2 * (this.blocks.used + size))
    } else this.target = Math.min(this.most, Math.max(2 * this.target, 2 * size))
    address = this.within(size, this.room())
    // what is known to be alive counts wherever it is: moving it out makes room in the memory, and none in the budget
    while (address < 0 && relief && (!relief.tells() || this.used + size <= this.room()) && relief.spill()) address = this.within(size, this.room())
    if (address >= 0) return address
    const allowed = this.used + size <= this.room()
    return raise({
      _tag: 'OutOfMemory', op: 'memory', asked: bytes, live: this.used + this.most - this.room(), budget: this.most, largest: relief?.largest() ?? [],
      hint: allowed
        ? `the platform gives this memory no more than ${showBytes(this.refused ? this.size : this.type.maximum * page)}: work on smaller batches, use checkpoint or scan, or let go of arrays that are no longer needed`
        : 'work on smaller batches, use checkpoint or scan, let go of arrays that are no longer needed, or raise the budget: memory({ budget: bytes })',
    })
  }
  private collected(): boolean {
    const begin = performance.now()
    if (!this.relief?.collect()) return false
    const end = performance.now()
    // one collection may have been interrupted: the shortest of the last ones tells what they take
    this.collecting = Math.min(end - begin, 1.25 * this.collecting)
    // where that is more than an eighth of the time, space is the cheaper good
    if (this.collecting > (begin - this.lastCollection) / 7) this.target = Math.max(this.target, Math.min(2 * this.target, this.most, spaciousTarget))
    this.lastCollection = end
    return true
  }
}

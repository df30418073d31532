/** Threads that take part in large kernels: started when there is first need, asleep when there is none, and never missed when they are gone. */
import { raise } from '../../src/core/fault.js'
import { trouble } from './dispatch.js'
import type { Heap } from './heap.js'
import { control, heapAt, line, lineOf, wordsAt } from './layout.js'
import { builtin } from '../../src/runtime/node.js'
import { type Mail, type Modules, nodeWorker, type Start, webWorker } from './worker.js'

/** What a thread of either platform can do. */
interface Thread {
  readonly post: (mail: Mail) => void
  readonly end: () => unknown
  /** Whether it is known, at this very moment, to be gone. */
  readonly isGone: () => boolean
}

export interface PoolOptions {
  /** JavaScript for an expression, the functions `{ math, host }` that kernels import: by default they are refused to threads. */
  readonly environment?: string
  /** So many looks at the gate before a thread sleeps. */
  readonly looks?: number
  /** A thread that has not finished a range for so many milliseconds counts as gone, unless the range is known to be a long one. */
  readonly stall?: number
  /** Whether threads read messages at once, as they can in Node, or between jobs, as in browsers. */
  readonly reads?: boolean
}

interface NodeWorker {
  readonly postMessage: (mail: Mail) => void
  readonly terminate: () => unknown
  readonly unref: () => void
  readonly on: (event: 'online' | 'exit' | 'error', then: () => void) => void
  readonly performance: { readonly eventLoopUtilization: () => { readonly idle: number } }
}
interface Threads { readonly Worker: new (code: string, options: object) => NodeWorker }

/** A range may take so many times as long as it is thought to take. */
const slack = 30

interface Known { readonly modules: Modules; readonly costOf: (kernel: number) => number }

const mayBlock = (words: Int32Array): boolean => {
  try { return Atomics.wait(words, control.patient / 4, -1, 0) === 'not-equal' } catch { return false }
}

export class Pool {
  private readonly heap: Heap
  private readonly words: Int32Array
  private readonly options: Required<PoolOptions>
  private readonly programs = new Map<number, Known>()
  private readonly threads = new Map<number, Thread>()
  private readonly owners = new FinalizationRegistry<number>(id => this.dropProgram(id))
  private started = false
  /** The claims of each thread that is being waited for, and for how long there were no new ones. */
  private readonly seen = new Map<number, { beats: number; waited: number; looked: number }>()

  constructor(heap: Heap, options: PoolOptions = {}) {
    this.heap = heap
    this.words = new Int32Array(heap.buffer, 0, heapAt / 4)
    const { environment = '', looks = 4000, stall = 10_000, reads = true } = options
    this.options = { environment, looks, stall, reads }
    this.put(control.ready, 1)
    this.put(control.lines, heap.threads)
    if (heap.type.shared) this.put(control.patient, mayBlock(this.words) ? 1 : 0)
  }

  /** How many threads there are now, the main thread counted. */
  get ready(): number { return this.get(control.ready) }

  /** Starts the threads, unless they were started before. It returns at once: until they are there, the main thread works alone. */
  start(): void {
    if (this.started) return
    this.started = true
    if (this.heap.threads === 1 || !this.heap.type.shared) return
    // the platform may refuse: fewer threads, or none
    try {
      const make = this.maker()
      for (let t = 1; make && t < this.heap.threads; t++) this.threads.set(t, make(t))
    } catch { /* the main thread works alone, or with those that are there */ }
  }
  /**
   * Tells the threads of a program; its module was written with `emitDispatch` under that number, which is never given to another. When
   * the owner dies, they forget it. `costOf` tells about how many nanoseconds a unit of the kernel at a place of its table takes.
   */
  addProgram(id: number, modules: Modules, owner?: object, costOf: (kernel: number) => number = () => 0): void {
    this.programs.set(id, { modules, costOf })
    if (owner) this.owners.register(owner, id)
    this.tell({ id, modules })
  }
  /** The threads forget a program. */
  dropProgram(id: number): void {
    if (this.programs.delete(id)) this.tell({ id, modules: null })
  }
  /** Runs a program that has jobs. */
  during(run: () => void): void {
    this.put(control.running, 1)
    try { run() } finally { this.put(control.running, 0) }
  }
  /** What modules import as `env.trouble`. */
  readonly trouble = (reason: number): void => {
    if (reason === trouble.waiting) this.lookAfter()
    else if (reason === trouble.unfinished) this.settle()
    else this.complain()
  }
  /** Waits until no thread is inside a job. After a run that was broken off this comes before anything it used is freed. */
  settle(): void {
    if (this.get(control.gate) % 2 !== 0) Atomics.add(this.words, control.gate / 4, 1)
    for (const t of this.threads.keys()) {
      const at = (lineOf(t) + line.inside) / 4
      for (let looks = 1; Atomics.load(this.words, at) === 1; looks++) {
        if (this.get(control.patient) === 1) Atomics.wait(this.words, at, 1, 1)
        if (looks % 50 === 0) this.lookAfter()
      }
    }
    this.put(control.failed, 0)
  }
  /** Ends all threads; the main thread works on alone. */
  close(): void {
    this.settle()
    for (const t of [...this.threads.keys()]) this.lose(t)
  }

  private get(at: number): number { return Atomics.load(this.words, at / 4) }
  private put(at: number, value: number): void { Atomics.store(this.words, at / 4, value) }

  private maker(): ((thread: number) => Thread) | null {
    const node = builtin<Threads>('node:worker_threads')
    const startOf = (thread: number, reads: boolean): Start => ({
      memory: this.heap.memory, thread, environment: this.options.environment, looks: this.options.looks, programs: [...this.programs].map(([id, { modules }]) => [id, modules] as const), mail: this.get(control.mail), reads,
    })
    if (node) {
      return t => {
        const worker = new node.Worker(nodeWorker, { eval: true, workerData: startOf(t, this.options.reads), execArgv: [], env: {} })
        worker.unref()
        const idle = (): number => worker.performance.eventLoopUtilization().idle
        // asked once while it lives, it tells by a negative time when it has ended, at once and not at the next turn of the event loop
        worker.on('online', idle)
        worker.on('error', () => this.lose(t))
        worker.on('exit', () => this.lose(t))
        return { post: mail => worker.postMessage(mail), end: () => worker.terminate(), isGone: () => idle() < 0 }
      }
    }
    if (typeof Worker !== 'function' || (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== true) return null
    const url = URL.createObjectURL(new Blob([webWorker], { type: 'text/javascript' }))
    return t => {
      const worker = new Worker(url)
      worker.onerror = () => this.lose(t)
      try { worker.postMessage(startOf(t, false)) } catch (e) {
        worker.terminate()
        throw e
      }
      return { post: mail => worker.postMessage(mail), end: () => worker.terminate(), isGone: () => false }
    }
  }

  private tell(mail: Mail): void {
    if (this.threads.size === 0) return
    for (const [t, thread] of [...this.threads]) {
      try { thread.post(mail) } catch { this.lose(t) }
    }
    Atomics.add(this.words, control.mail / 4, 1)
    // the gate moves on without opening: who sleeps looks for mail
    if (this.get(control.gate) % 2 === 0) {
      Atomics.add(this.words, control.gate / 4, 2)
      Atomics.notify(this.words, control.gate / 4)
    }
  }

  /** A thread is gone: nobody waits for it any longer. */
  private lose(t: number): void {
    const thread = this.threads.get(t)
    if (!thread) return
    this.threads.delete(t)
    thread.end()
    if (Atomics.exchange(this.words, (lineOf(t) + line.state) / 4, 0) === 1) Atomics.sub(this.words, control.ready / 4, 1)
    this.put(lineOf(t) + line.inside, 0)
  }

  /** The main thread has waited for a while: are all it waits for still alive? */
  private lookAfter(): void {
    const now = performance.now()
    const expected = (this.programs.get(this.get(control.program))?.costOf(this.get(control.kernel)) ?? 0) * this.get(control.grain) / 1e6
    const stall = Math.max(this.options.stall, slack * expected)
    for (const [t, thread] of [...this.threads]) {
      if (this.get(lineOf(t) + line.inside) === 0) { this.seen.delete(t); continue }
      const beats = this.get(lineOf(t) + line.beats)
      const before = this.seen.get(t)
      const gone = thread.isGone()
      if (!gone && before?.beats !== beats) { this.seen.set(t, { beats, waited: 0, looked: now }); continue }
      if (!gone && before) {
        // a machine that slept did not wait
        before.waited += Math.min(now - before.looked, 1000)
        before.looked = now
        if (before.waited <= stall) continue
      }
      this.seen.delete(t)
      this.lose(t)
      this.write(gone ? 'it ended in the middle of a kernel' : `it has not finished a range of a kernel for ${Math.round(stall)} ms`)
    }
  }
  private write(cause: string): void {
    const text = new TextEncoder().encode(cause)
    new Uint8Array(this.heap.buffer, wordsAt, text.length).set(text)
    this.put(control.words, text.length)
    this.put(control.failed, 1)
  }
  private complain(): never {
    const cause = new TextDecoder().decode(new Uint8Array(this.heap.buffer, wordsAt, this.get(control.words)).slice())
    this.settle()
    return raise({
      _tag: 'ThreadFailed', op: 'jit', cause, threads: this.ready,
      hint: 'the result of this call is lost, everything else is as it was: call again, and report it if it happens again; COTANGENT_THREADS=1 goes without threads',
    })
  }
}

/** The WASM backend: programs become modules of SIMD kernels over one memory; what is small or rare runs on the reference backend. */
import { encode } from '../../src/core/encode.js'
import { type Aval, sizeOf } from '../../src/core/aval.js'
import type { Program } from '../../src/core/primitive.js'
import { badArgument } from '../../src/core/fault.js'
import { mentions } from '../../src/core/mentions.js'
import { type ScalarOp, scalarOps } from '../../src/core/scalar.js'
import type { NDArray } from '../../src/core/value.js'
import type { Backend } from '../../src/runtime/backend.js'
import { assemble, type Assembled } from './assemble.js'
import { compiledOf } from './describe.js'
import { emitDispatch } from './dispatch.js'
import { Executable, type Runtime, Views } from './executable.js'
import { Heap } from './heap.js'
import { failed, instantiate } from './instance.js'
import { canShare, threadCount } from './platform.js'
import { Pool } from './pool.js'
import { hasSimd, probe } from './probe.js'
import { Residency } from './residency.js'
import { residing } from './residing.js'
import { followsAt } from './contract/follow.js'
import { worthAhead } from './contract/plan.js'
import { singles } from '../../src/compile/single.js'
import { prepared } from '../../src/runtime/passes.js'
import { choice, count } from '../../src/runtime/settings.js'
import type { Level } from './target.js'
import type { Follows } from '../../src/kernel/kernel.js'

/** What runs outside of WASM. */
export interface Host {
  /** Runs single rows that have no kernel, and what is too small to be worth a module. */
  readonly backend: Backend
  /** A letter of the scalar alphabet in f64. */
  readonly letter: (op: ScalarOp, x: number, y: number) => number
}
export interface WasmOptions {
  readonly level?: Level
  /** How many threads share large kernels; 1 does without (COTANGENT_THREADS; default: the cores there are, at most 8). */
  readonly threads?: number
  /** Kernels that take at least so many nanoseconds are shared out among the threads. */
  readonly worth?: number
  /** Operands of products are packed once for all of their units where those take at least so many nanoseconds (default 200,000); Infinity: never, nor before a loop. */
  readonly ahead?: number
  /** What is computed from a product element by element follows it part by part where that takes at most so many times as long (default 1). */
  readonly follows?: number
  /** Operations of fewer elements run on the JavaScript heap when they are not inside jit (COTANGENT_WASM_SMALL). */
  readonly small?: number
  /** Arrays of at least this many bytes reside in the memory of the kernels. */
  readonly threshold?: number
  /** Is told after every kernel, for a profile. */
  readonly tick?: (assembled: Assembled, kernel: number) => void
}
export interface WasmBackend extends Backend {
  /** What a program was compiled to. */
  readonly executable: (program: Program, given?: readonly boolean[]) => Executable
  /** How many threads take part now, the main thread counted: they come a little after the first program that has work for them. */
  readonly threads: () => number
  /** Ends the threads; the backend works on without them. */
  readonly close: () => void
}

const levels: readonly Level[] = ['baseline', 'relaxed', 'wide']
/** COTANGENT_WASM_LEVEL, where it names a level. */
const wished = (): Level | undefined => choice('COTANGENT_WASM_LEVEL', levels)

/** Nanoseconds a unit, by entry of the table; apart, so that it keeps nothing else alive. */
const costsOf = ({ costs }: Assembled): ((entry: number) => number) => k => costs[k] ?? 0

/** A single number has no memory that is worth giving: with it or without it there is one program. */
const worthGiving = (program: Program, given: readonly boolean[]): readonly boolean[] => (given.includes(true) ? program.ins.map((v, i) => given[i]! && sizeOf(v.aval.shape) > 1) : given)
/** Which inputs are given away, a letter for each; empty where none is. */
const maskOf = (given: readonly boolean[]): string => (given.includes(true) ? `${given.map(g => (g ? 'g' : '-')).join('')} ` : '')

/** A row of so many operations is sure to be shared out among threads. */
const surelyShared = 4e6
const isLarge = (p: Program): boolean => p.eqns.some(e => {
  const inside = e.prim.programs(e.params)
  return inside.length > 0 ? inside.some(isLarge) : e.prim.cost(e.ins.map(a => a.aval), e.outs.map(o => o.aval), e.params) >= surelyShared
})

const letters = Object.keys(scalarOps) as ScalarOp[]
const mostPrograms = 512

/** What programs run on: the memory, the threads and the level. */
interface Machine { readonly level: Level; readonly threads: number; readonly pool: Pool | null; readonly residency: Residency; readonly runtime: Runtime; readonly follows: Follows; readonly aheadFrom: number }

const machineOf = (host: Host, options: WasmOptions): Machine => {
  const wanted = threadCount(options.threads)
  const heap = new Heap({ threads: wanted, shared: wanted > 1 && canShare() })
  const pool = heap.type.shared ? new Pool(heap) : null
  const threads = pool ? heap.threads : 1
  const residency = new Residency(heap, options.threshold === undefined ? {} : { threshold: options.threshold })
  const views = new Views(heap)
  const level = probe(options.level ?? wished())
  const follows = followsAt(level, options.follows)
  const aheadFrom = options.ahead ?? worthAhead
  const math = (letter: number, x: number, y: number): number => host.letter(letters[letter]!, x, y)

  const runtime: Runtime = {
    heap, residency, views, follows,
    assemble: (plan, program) => assemble(plan, { level, memory: heap.type, dispatch: pool ? emitDispatch : null, threads, program, aheadFrom, profile: options.tick !== undefined, ...(options.worth === undefined ? {} : { worth: options.worth }) }),
    instantiate: (assembled, program, step) => {
      const scratch = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
      const { module, apart, instance } = instantiate(assembled.bytes, {
        memory: heap.memory, scratch, math, host: step, ...(pool ? { trouble: pool.trouble } : {}), tick: (k: number) => options.tick!(assembled, k),
      }, assembled.apart)
      // taken now: once the addresses of a run are known, nothing is allocated any more, since that could move its operands
      heap.scratchFor(assembled.scratch)
      const run = instance.exports['run'] as (base: number) => void
      const call = (base: number): void => {
        if (assembled.scratch > 0) scratch.value = heap.scratchFor(assembled.scratch)
        try {
          if (pool && assembled.parallel) pool.during(() => run(base))
          else run(base)
        } catch (e) {
          pool?.settle()
          return failed(e)
        }
      }
      if (pool && assembled.parallel) {
        pool.addProgram(program, { module, apart }, call, costsOf(assembled))
        pool.start()
      }
      return call
    },
    onHost: (step, ins) => host.backend.execute(step.prim, ins, step.params, step.outs.map(o => o.aval)),
  }
  return { level, threads, pool, residency, runtime, follows, aheadFrom }
}

/** A single operation on more operands than these is no kernel. */
const manyOperands = 64
/** Null where the platform has no WebAssembly with SIMD. */
export const createWasm = (host: Host, options: WasmOptions = {}): WasmBackend | null => {
  if (!hasSimd()) return null
  const small = options.small ?? count('COTANGENT_WASM_SMALL', 0) ?? 4096
  let started: Machine | null = null
  /** Started by what needs it first: a process that only computes what is small never asks for memory and threads. */
  const machine = (): Machine => (started ??= machineOf(host, options))

  let nextProgram = 0
  /** Programs whose inputs stay their callers', and by the letters of `maskOf` those of which some are given away; null for those that the host runs. */
  const known = new WeakMap<Program, Executable | null>(), taking = new WeakMap<Program, Map<string, Executable>>()
  const byText = new Map<string, Executable>()
  const found = (program: Program, offered: readonly boolean[] = []): Executable | null => {
    const given = worthGiving(program, offered)
    const mask = maskOf(given)
    const before = mask === '' ? known.get(program) : taking.get(program)?.get(mask)
    if (before !== undefined) return before
    if (mentions(program, 'f16')) { known.set(program, null); return null }
    const ready = prepared(program)
    const text = mask + encode(ready)
    let e = byText.get(text)
    if (!e) {
      // they come while the program is compiled
      if (isLarge(ready)) machine().pool?.start()
      e = new Executable(ready, nextProgram++, machine().runtime, given)
      if (byText.size >= mostPrograms) byText.delete(byText.keys().next().value!)
      byText.set(text, e)
    }
    if (mask === '') known.set(program, e)
    else {
      let masks = taking.get(program)
      if (!masks) taking.set(program, masks = new Map())
      masks.set(mask, e)
    }
    return e
  }

  const programOf = singles()
  const large = (xs: readonly { readonly size: number }[]): boolean => { for (const x of xs) if (x.size >= small) return true; return false }

  const execute: Backend['execute'] = (prim, ins, params, outs) => {
    if (prim.collective) return host.backend.execute(prim, ins, params, outs)
    const whole = prim.jitted(params)
    if (whole) return run(whole, ins)
    const cost = (): number => prim.cost(ins.map(x => x.aval), outs, params)
    // what only moves elements reads as many as it writes, however large what it takes them from; a list of operands would be as much code
    const worth = prim.programs(params).length > 0 ? cost() >= 8 * small : outs.some(o => sizeOf(o.shape) >= small) ? ins.length <= manyOperands : large(ins) && cost() > 0
    return worth ? run(programOf(prim, ins, params, outs), ins) : host.backend.execute(prim, ins, params, outs)
  }
  /** There are no kernels of halves: programs that hold some run equation by equation. */
  const apart = (): Backend => residing(host.backend, machine().residency)
  const run: Backend['run'] = (program, ins, given) => {
    const e = given ? found(program, given.inputs) : found(program)
    return e === null ? apart().run(program, ins) : e.run(ins, given)
  }
  const executable: WasmBackend['executable'] = (program, given) =>
    found(program, given) ?? badArgument('wasm', 'the program', 'a program that holds f16', 'one without', 'it runs equation by equation')

  return {
    get name() { return `wasm (${machine().level})` },
    get memory() { return machine().residency },
    execute, run, executable,
    compiled: (p, given = []) => {
      const e = found(p, given)
      return e && compiledOf(p, worthGiving(p, given), e.assembled, machine())
    },
    threads: () => started?.pool?.ready ?? 1,
    close: () => started?.pool?.close(),
  }
}

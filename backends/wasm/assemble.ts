/** A plan becomes one module: kernels are its functions, and `run` calls them in order, loops and choices included. */
import { raise } from '../../src/core/fault.js'
import type { Buffer, HostStep, KernelStep, Plan, Step } from '../../src/compile/plan.js'
import { keyOf } from '../../src/kernel/key.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { Code, type MemoryType, ModuleBuilder } from './encode.js'
import { worthAhead } from './contract/plan.js'
import { stillIn } from './hoist.js'
import { emit } from './kernels.js'
import { argumentsAt, argumentsBytes } from './layout.js'
import { i32 } from './opcodes.js'
import { aheadBefore, type Context, type Emitted, type Level } from './target.js'

/** Writes the function (kernel, args, units, grain) that shares a kernel out among threads. */
export type EmitDispatch = (module: ModuleBuilder, program: number) => number

export interface Assembled {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The module that this one imports as `apart`, to be compiled by `widened`. */
  readonly apart: Uint8Array<ArrayBuffer> | null
  /** Bytes of the arena, what is done ahead counted in; of that alone; and of the scratch memory of a thread. */
  readonly arena: number
  readonly ahead: number
  readonly scratch: number
  /** The steps that `env.host` is asked for, by number. */
  readonly hosts: readonly HostStep[]
  readonly kernels: readonly { readonly kernel: Kernel; readonly emitted: Emitted; readonly bytes: number; calls: number; /** Some call of it is shared out among threads. */ shared: boolean }[]
  /** Nanoseconds that a unit takes, for each entry of the module's table. */
  readonly costs: readonly number[]
  /** Some kernel is worth sharing out. */
  readonly parallel: boolean
}

/** A kernel shorter than this is not shared out, and a range of units takes about this long. In nanoseconds. */
const worthSharing = 40_000
const rangeLasts = 20_000
/** A kernel is called in pieces of about this length, so that the code its first pieces ran in is soon replaced by optimised code. */
const pieceLasts = 200_000

export interface AssembleOptions { readonly level: Level; readonly memory: MemoryType; readonly dispatch: EmitDispatch | null; readonly program: number; /** Calls `env.tick(kernel)` after each kernel. */ readonly profile?: boolean; /** Kernels of at least so many nanoseconds are shared out. */ readonly worth?: number; readonly threads?: number; /** Operands are packed for all units of kernels that take at least so many nanoseconds; Infinity: nothing is done ahead. */ readonly aheadFrom?: number }

/** A function of the module, its entry in the table, and what its units are. */
interface Units { readonly index: number; readonly place: number; readonly units: number; readonly cost: number; readonly repeats?: boolean | undefined }
interface Function extends Units { readonly scratch: number; readonly ahead: (Units & { readonly bytes: number }) | null; readonly record: { calls: number; shared: boolean; readonly asks: boolean; readonly number: number } }

/** Functions of a module of their own: first they are collected, then they are what the other module imports. */
interface Apart { readonly bytes: Uint8Array<ArrayBuffer>; readonly names: ReadonlyMap<string, Code> }
const asModule = (memory: MemoryType, names: ReadonlyMap<string, Code>): Apart => {
  const module = new ModuleBuilder()
  module.importMemory('env', 'memory', memory)
  for (const [name, code] of names) module.export(name, 'function', module.function(code))
  return { bytes: module.encode(), names }
}

/** Imports come before functions, so at level `wide` the plan is written twice: for what it asks for apart, and with it. */
export const assemble = (plan: Plan, options: AssembleOptions): Assembled => {
  if (options.level !== 'wide') return written(plan, options, null)
  const names = new Map<string, Code>()
  const without = written(plan, options, (name, make) => { if (!names.has(name)) names.set(name, make()); return 0 })
  return names.size === 0 ? without : written(plan, options, asModule(options.memory, names))
}

/** `run(base)`: base is the address of the arena, whose first words are the addresses of inputs and outputs. */
const written = (plan: Plan, { level, memory, dispatch, program, profile = false, worth = worthSharing, threads = 1, aheadFrom = worthAhead }: AssembleOptions, apart: Apart | Context['apart'] | null): Assembled => {
  const module = new ModuleBuilder()
  module.importMemory('env', 'memory', memory)
  const scratch = module.importGlobal('env', 'scratch', 'i32', true)
  const math = module.importFunction('env', 'math', ['i32', 'f64', 'f64'], ['f64'])
  const host = module.importFunction('env', 'host', ['i32'], [])
  const tick = profile ? module.importFunction('env', 'tick', ['i32'], []) : null
  const imported = new Map(apart === null || typeof apart === 'function' ? [] : [...apart.names].map(([name, code]) => [name, module.importFunction('apart', name, code.params, code.results)] as const))
  let asks = false
  const helpers = new Map<string, number>()
  const shared: Context['shared'] = (name, make) => {
    let f = helpers.get(name)
    if (f === undefined) helpers.set(name, f = module.function(make()))
    return f
  }
  const contextOf = (ahead: Context['ahead']): Context => ({
    level, module, scratch,
    // what asks the host stays on the thread of the host
    get math() { asks = true; return math },
    shared,
    apart: typeof apart === 'function' ? apart : (name, make) => imported.get(name) ?? shared(name, make),
    ahead: aheadFrom < Infinity ? ahead : 'nothing', aheadFrom,
  })
  const alone = contextOf('units'), inTurn = contextOf('turns')
  const share = dispatch ? dispatch(module, program) : null
  const functions = new Map<string, Function>()
  const table: number[] = [], costs: number[] = []
  const kernels: (Assembled['kernels'][number] & Function['record'])[] = []
  const unitsOf = ({ code, units, cost }: { readonly code: Code; readonly units: number; readonly cost: number }): Units => {
    const index = module.function(code)
    costs.push(cost)
    return { index, place: table.push(index) - 1, units, cost }
  }
  const functionOf = (kernel: Kernel, inTurns: boolean): Function => {
    const key = `${inTurns ? 'turns ' : ''}${keyOf(kernel)}`
    let f = functions.get(key)
    if (!f) {
      asks = false
      const emitted = emit(kernel, inTurns ? inTurn : alone)
      const ahead = emitted.ahead ? { ...unitsOf(emitted.ahead), bytes: emitted.ahead.bytes } : null
      const record = { kernel, emitted, bytes: emitted.code.size, calls: 0, shared: false, asks, number: kernels.length }
      kernels.push(record)
      functions.set(key, f = { ...unitsOf(emitted), repeats: emitted.repeats, scratch: emitted.scratch, ahead, record })
      // what turns do not share, units do not share either
      if (inTurns && ahead === null) functions.set(keyOf(kernel), f)
    }
    return f
  }

  // where what is done ahead lies, behind the arena: of products in turns for as long as the loop runs, of all others until the next
  const behind = Math.ceil(plan.arena / 64) * 64
  let top = behind
  const hoisted = new Map<KernelStep, number>(), before = new Map<Step, readonly KernelStep[]>()
  let common = 0
  const survey = (steps: readonly Step[]): void => steps.forEach(s => {
    if (s.tag === 'kernel') { if (!hoisted.has(s)) common = Math.max(common, functionOf(s.kernel, false).ahead?.bytes ?? 0); return }
    if (s.tag === 'branch') { s.branches.forEach(survey); return }
    if (s.tag === 'host') return
    const still = stillIn(s).filter(k => !hoisted.has(k) && functionOf(k.kernel, true).ahead !== null)
    before.set(s, still)
    for (const k of still) {
      hoisted.set(k, top)
      top += Math.ceil(functionOf(k.kernel, true).ahead!.bytes / 64) * 64
    }
    if (s.tag === 'while') survey(s.cond)
    survey(s.body)
  })
  survey(plan.steps)
  const commonAt = top
  top += Math.ceil(common / 64) * 64

  const run = new Code(['i32'])
  const counters = new Map<number, number>()
  const counter = (loop: number): number => {
    let l = counters.get(loop)
    if (l === undefined) counters.set(loop, l = run.local('i32'))
    return l
  }
  const pieceBegin = run.local('i32')
  const hosts: HostStep[] = []

  /** Leaves the byte address of a buffer. */
  const address = (b: Buffer): void => {
    const { place } = b
    if (place.tag === 'input') run.get(0).mem('i32Load', 4 * place.index)
    else if (place.tag === 'output') run.get(0).mem('i32Load', 4 * (plan.inputs.length + place.index))
    else if (place.tag === 'arena') run.get(0).i32(place.offset).op(i32.add)
    else if (place.tag === 'part') { address(place.of); run.i32(place.offset).op(i32.add) }
    else if (place.tag === 'row') {
      address(place.of)
      if (place.last !== null) run.i32(place.last).get(counter(place.loop)).op(i32.sub)
      else run.get(counter(place.loop))
      run.i32(place.step).op(i32.mul).i32(place.offset).op(i32.add).op(i32.add)
    } else if (place.tag === 'parity') {
      address(place.of)
      run.get(counter(place.loop))
      if (place.phase === 1) run.i32(1).op(i32.add)
      run.i32(1).op(i32.and).i32(place.bytes).op(i32.mul).op(i32.add)
    }
  }
  const operands = (buffers: readonly Buffer[]): void => {
    if (4 * buffers.length > argumentsBytes) {
      raise({
        _tag: 'BadArgument', op: 'jit', argument: 'the operands of one operation', got: String(buffers.length), want: `at most ${argumentsBytes / 4}`,
        hint: 'join the arrays first, in parts',
      })
    }
    buffers.forEach((b, i) => { run.i32(argumentsAt); address(b); run.mem('i32Store', 4 * i) })
  }

  let parallel = false
  let scratchBytes = 0
  const kernelStep = (s: KernelStep): void => {
    const at = hoisted.get(s), f = functionOf(s.kernel, at !== undefined)
    f.record.calls++
    if (f.units === 0) return
    operands(s.buffers)
    if (f.ahead) {
      lies(at ?? commonAt)
      if (at === undefined) called(f, f.ahead)
    }
    called(f, f)
    if (tick !== null) run.i32(f.record.number).call(tick)
  }
  const aheadOf = (s: KernelStep): void => {
    const f = functionOf(s.kernel, true)
    operands(s.buffers)
    lies(hoisted.get(s)!)
    called(f, f.ahead!)
    if (tick !== null) run.i32(f.record.number).call(tick)
  }
  const lies = (offset: number): void => { run.i32(argumentsAt - aheadBefore).get(0).i32(offset).op(i32.add).mem('i32Store') }
  const called = (f: Function, part: Units): void => {
    const { units, cost, repeats = false } = part
    scratchBytes = Math.max(scratchBytes, f.scratch)
    const total = units * cost
    if (share !== null && total >= worth && units > 1 && !f.record.asks) {
      parallel = f.record.shared = true
      const grain = repeats ? Math.ceil(units / threads) : Math.max(1, Math.round(rangeLasts / cost))
      run.i32(part.place).i32(argumentsAt).i32(units).i32(grain).call(share)
      return
    }
    const piece = repeats ? units : Math.max(1, Math.round(pieceLasts / cost))
    if (piece >= units) { run.i32(argumentsAt).i32(0).i32(units).call(part.index); return }
    const end = run.local('i32')
    run.i32(units).set(end).i32(0)
    run.count(pieceBegin, end, piece, () => {
      run.i32(argumentsAt).get(pieceBegin).get(pieceBegin).i32(piece).op(i32.add).get(end)
      run.get(pieceBegin).i32(piece).op(i32.add).get(end).op(i32.ltS).select()
      run.call(part.index)
    })
  }

  const steps = (list: readonly Step[]): void => list.forEach(step)
  const step = (s: Step): void => {
    if (s.tag === 'kernel') kernelStep(s)
    else if (s.tag === 'host') {
      operands([...s.ins, ...s.outs].map(x => x.buffer))
      run.i32(hosts.push(s) - 1).call(host)
    } else if (s.tag === 'loop') {
      before.get(s)?.forEach(aheadOf)
      const end = run.local('i32')
      run.i32(s.length).set(end).i32(0)
      run.count(counter(s.loop), end, 1, () => steps(s.body))
    } else if (s.tag === 'while') {
      before.get(s)?.forEach(aheadOf)
      const k = counter(s.loop)
      run.i32(0).set(k).block().loop()
      if (s.maxSteps !== null) run.get(k).i32(s.maxSteps).op(i32.geS).brIf(1)
      steps(s.cond)
      address(s.holds)
      run.mem('i32Load8U').op(i32.eqz).brIf(1)
      steps(s.body)
      run.get(k).i32(1).op(i32.add).set(k).br(0).end().end()
    } else {
      // one block around each branch, all of them inside one that is left when a branch is done
      const n = s.branches.length
      run.block()
      for (let i = 0; i < n; i++) run.block()
      const index = run.local('i32')
      address(s.index)
      run.mem('i32Load').set(index)
      // an index below 0 is the first branch, one above all is the last
      run.get(index).i32(0).get(index).i32(0).op(i32.gtS).select()
      run.brTable(Array.from({ length: n - 1 }, (_, i) => i), n - 1)
      for (let i = 0; i < n; i++) {
        run.end()
        steps(s.branches[i]!)
        run.br(n - 1 - i)
      }
      run.end()
    }
  }
  steps(plan.steps)
  module.export('run', 'function', module.function(run))
  module.table(table)
  if (table.length > 0) module.export('table', 'table', 0)
  return { bytes: module.encode(), apart: apart === null || typeof apart === 'function' ? null : apart.bytes, arena: top, ahead: top - behind, scratch: scratchBytes, hosts, kernels, costs, parallel }
}

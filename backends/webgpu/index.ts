/** The WebGPU backend: programs become command buffers, arrays stay on the device, and reading them is a promise. */
/// <reference types="@webgpu/types" />
import { type Answer, answersOf } from '../../src/compile/outputs.js'
import type { HostStep } from '../../src/compile/plan.js'
import { type Aval, sizeOf } from '../../src/core/aval.js'
import { encode } from '../../src/core/encode.js'
import * as E from '../../src/core/either.js'
import { type Fault, raise } from '../../src/core/fault.js'
import type { Program } from '../../src/core/primitive.js'
import { mentions } from '../../src/core/mentions.js'
import { NDArray } from '../../src/core/value.js'
import type { Backend, BackendMemory, Given } from '../../src/runtime/backend.js'
import { singles } from '../../src/compile/single.js'
import { prepared } from '../../src/runtime/passes.js'
import { spent } from '../../src/runtime/spent.js'
import { arrayOf, Arrays, type Filling, wordsOf } from './arrays.js'
import { acquire } from './device.js'
import type { AdapterInfo, DeviceOptions, KernelTime, Profiled } from './public.js'
import { Queue } from './queue.js'
import { type Host, type Prepared, Runner } from './runner.js'
import { compiledOf } from './describe.js'
import { Profile } from './profile.js'
import { inputsOf, planOf, type Scripted, scriptOf } from './script.js'

export interface WebGpuBackend extends Backend {
  readonly adapter: AdapterInfo
  readonly device: GPUDevice
  /** Resolves with the reason once the device is lost: acquire another then. */
  readonly lost: Promise<string>
  /** Resolves when everything that was asked for is done. */
  readonly settled: () => Promise<void>
  /** What a call answers, and what its kernels took. */
  readonly profile: <A>(f: () => A) => Promise<Profiled<A>>
  /** Gives the device back. */
  readonly close: () => void
}

/** `used`: the inputs that its kernels read. */
interface Ready { readonly text: string; readonly used: ReadonlySet<number>; gone: boolean; readonly prepared: Prepared; readonly scripted: Scripted; readonly answers: readonly Answer[]; readonly outs: readonly Aval[]; readonly work: Program }
const mostPrograms = 512

export const createWebGpu = async (host: Backend, options: DeviceOptions, collectNow: () => boolean): Promise<E.Either<Fault, WebGpuBackend>> => {
  const acquired = await acquire(options)
  if (acquired._tag === 'Left') return acquired
  const { device, info, limits } = acquired.right
  const runner = new Runner(device, e => raise({
    _tag: 'DeviceLost', op: 'read', cause: e instanceof Error && e.message !== '' ? e.message : 'it was closed, or went away', hint: 'acquire the device again; arrays that were on it are lost',
  }))
  const queue = new Queue(runner.flight)
  const arrays = new Arrays(runner, queue, `webgpu (${info.name})`, options.budget ?? 2 ** 30, collectNow, () => check(), () => present())
  const small = options.small ?? 4096
  let gone: string | null = null
  const lost = device.lost.then(({ reason, message }) => (gone = `${reason}: ${message}`))
  const complaints: GPUError[] = []
  device.addEventListener('uncapturederror', e => { complaints.push((e as GPUUncapturedErrorEvent).error) })
  const present = (): void => { if (gone !== null) raise({ _tag: 'DeviceLost', op: 'webgpu', cause: gone, hint: 'acquire the device again; arrays that were on it are lost' }) }
  const check = (): void => {
    present()
    const said = complaints.splice(0)
    if (said.length === 0) return
    const full = said.some(e => e.constructor.name === 'GPUOutOfMemoryError')
    raise({
      _tag: 'KernelFailed', op: 'webgpu', cause: said.map(e => e.message).join('; '),
      hint: full ? 'the device has no memory left: let go of arrays, or set a lower budget, beyond which arrays are freed in time' : 'report it with the function that was called; the CPU backend does without the device',
    })
  }
  /** What is raised where shaders did not compile. */
  const refuse = (p: Prepared): void => {
    present()
    const cause = runner.failure(p)
    if (cause !== null) raise({ _tag: 'CompileFailed', op: 'webgpu', cause, bytes: p.script.shaders.reduce((n, s) => n + s.code.length, 0), hint: 'report it with the function that was called; the CPU backend does without the device' })
  }
  /** What went wrong in a run that waited, and was not told yet. */
  let failure: unknown = null

  const refuseHalves = (got: Aval): never =>
    raise({ _tag: 'DTypeMismatch', op: 'webgpu', got: [got], want: `f32, i32, u32 or bool: ${info.name} has no shader-f16`, hint: 'convert with np.astype(x, "f32"), or leave this to the CPU backend' })

  const known = new WeakMap<Program, Ready>(), byText = new Map<string, Ready>()
  const readyOf = (program: Program): Ready => {
    const before = known.get(program)
    if (before && !before.gone) {
      // the programs that are asked for stay
      byText.delete(before.text)
      byText.set(before.text, before)
      return before
    }
    if (!limits.halves && mentions(program, 'f16')) refuseHalves({ dtype: 'f16', shape: [] })
    const ready = prepared(program), text = encode(ready)
    let made = byText.get(text)
    if (!made) {
      const { answers, made: work } = answersOf(ready)
      const scripted = scriptOf(planOf(work), limits)
      made = { text, used: inputsOf(scripted.script), gone: false, prepared: runner.prepare(scripted.script), scripted, answers, outs: work.outs.map(o => o.aval), work }
      if (byText.size >= mostPrograms) {
        const [oldest, r] = byText.entries().next().value!
        byText.delete(oldest)
        r.gone = true
        void queue.push(() => { runner.release(r.prepared); return null })
      }
      byText.set(text, made)
    }
    known.set(program, made)
    return made
  }

  const onHost = (steps: readonly HostStep[]): Host => (step, words) => {
    const s = steps[step]!
    const made = host.execute(s.prim, words.map((w, i) => new NDArray(s.ins[i]!.aval, arrayOf(s.ins[i]!.aval, w))), s.params, s.outs.map(o => o.aval))
    return made.map(wordsOf)
  }
  /** A run that waits keeps its buffers, and no array: memory of what nobody reaches goes to runs behind it. */
  const begin = (p: Prepared, hosts: readonly HostStep[], inputs: readonly (GPUBuffer | null)[], outputs: readonly GPUBuffer[], needs: readonly Filling[], filling: Filling): void => {
    // what fails at once is told at once
    let later = false
    const fails = (e: unknown): never => {
      if (later) failure ??= e
      filling.failed = e
      throw e
    }
    const done = queue.push(() => {
      try {
        const failed = needs.find(n => n.failed !== null)
        if (failed) throw failed.failed
        refuse(p)
        return runner.run(p, inputs, outputs, onHost(hosts))?.catch(fails) ?? null
      } catch (e) { return fails(e) }
    }, p.ready)
    later = true
    if (done === null) return
    filling.waits = true
    const ends = (): void => { filling.waits = false }
    done.then(ends, ends)
  }

  const run = (program: Program, ins: readonly NDArray[], given?: Given): readonly NDArray[] => {
    check()
    const { prepared: p, scripted, answers, outs, used } = readyOf(program)
    if (p.ready === null) refuse(p)
    arrays.work(4 * scripted.script.arena)
    const inputs = ins.map((x, i) => (used.has(i) ? arrays.bufferOf(x) : null))
    const outputs: GPUBuffer[] = []
    const needs = ins.flatMap((x, i) => (used.has(i) ? arrays.fillingOf(x) ?? [] : []))
    const filling: Filling = { waits: false, failed: null }
    try {
      for (const a of outs) outputs.push(arrays.buffer(a))
      begin(p, scripted.hosts, inputs, outputs, needs, filling)
    } catch (e) {
      outputs.forEach((b, i) => arrays.giveBack(outs[i]!, b))
      throw e
    }
    const made = outs.map((a, i) => arrays.adopt(a, outputs[i]!, filling))
    // what is given away and answered is handed on
    const handed = new Map<NDArray, NDArray>()
    if (given) {
      for (const a of answers) if (a.tag === 'input' && given.inputs[a.index] && !handed.has(ins[a.index]!)) handed.set(ins[a.index]!, pass(ins[a.index]!, given.spender))
      ins.forEach((x, i) => { if (given.inputs[i] && arrays.has(x) && !handed.has(x)) arrays.release(x, given.spender) })
    }
    return answers.map(a => (a.tag === 'made' ? made[a.index]! : a.tag === 'input' ? handed.get(ins[a.index]!) ?? ins[a.index]! : a.value))
  }

  /** What was brought here from the CPU is given away there too: a program that works on one of them works on both. */
  const release: BackendMemory['release'] = (x, spender) => {
    const own = arrays.has(x)
    arrays.release(x, spender)
    if (own) return
    if (host.memory) host.memory.release(x, spender)
    else x.resideIn({ get data(): never { return spent(x.aval, spender, null) } }, {})
  }
  const pass: BackendMemory['pass'] = (x, spender) => {
    if (arrays.has(x)) return arrays.pass(x, spender)
    const next = host.memory ? host.memory.pass(x, spender) : new NDArray(x.aval, x.data)
    release(x, spender)
    return next
  }

  const programOf = singles()
  const execute: Backend['execute'] = (prim, ins, params, outs) => {
    if (prim.collective) return host.execute(prim, ins, params, outs)
    const whole = prim.jitted(params)
    if (whole) return run(whole, ins)
    const worth = ins.some(x => arrays.has(x) || x.size >= small) || outs.some(o => sizeOf(o.shape) >= small)
    return worth ? run(programOf(prim, ins, params, outs), ins) : host.execute(prim, ins, params, outs)
  }
  const settled = async (): Promise<void> => {
    await queue.settled()
    await device.queue.onSubmittedWorkDone()
    check()
    const failed = failure
    failure = null
    if (failed !== null) throw failed
  }
  const profiled = async <A>(f: () => A): Promise<Profiled<A>> => {
    if (!device.features.has('timestamp-query')) raise({ _tag: 'NoDevice', op: 'profile', cause: `${info.name} has no timestamps`, hint: 'measure the time until settled() resolves instead' })
    await settled()
    const noted = runner.profile = new Profile(device)
    try {
      const answer = f()
      await settled()
      return { answer, kernels: await noted.times() }
    } finally { runner.profile = null }
  }
  /** One at a time: what runs is noted in one place. */
  let profiling: Promise<unknown> = Promise.resolve()
  const profile = <A>(f: () => A): Promise<Profiled<A>> => {
    const mine = profiling.then(() => profiled(f))
    profiling = mine.catch(() => undefined)
    return mine
  }
  return E.right({
    name: `webgpu (${info.name})`, adapter: info, device, lost, execute, run,
    put: x => {
      check()
      if (arrays.has(x)) return x
      if (!limits.halves && x.dtype === 'f16') refuseHalves(x.aval)
      return arrays.bring(x)
    },
    memory: {
      report: arrays.report, setBudget: arrays.setBudget, collect: arrays.collect, now: arrays.now, release, freeSince: arrays.freeSince, pass,
    },
    compiled: p => { const { work, scripted } = readyOf(p); return compiledOf(work, scripted.script, limits.target) },
    settled, profile,
    close: () => device.destroy(),
  })
}

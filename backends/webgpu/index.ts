/** The WebGPU backend: programs become command buffers, arrays stay on the device, and reading them is a promise. */
/// <reference types="@webgpu/types" />
import { type Answer, answersOf } from '../../src/compile/outputs.js'
import { type Aval, sizeOf } from '../../src/core/aval.js'
import { encode } from '../../src/core/encode.js'
import * as E from '../../src/core/either.js'
import { type Fault, raise } from '../../src/core/fault.js'
import type { Program } from '../../src/core/primitive.js'
import { NDArray } from '../../src/core/value.js'
import type { Backend, Given } from '../../src/runtime/backend.js'
import { singles } from '../../src/compile/single.js'
import { prepared } from '../../src/runtime/passes.js'
import { arrayOf, Arrays, wordsOf } from './arrays.js'
import { acquire } from './device.js'
import type { AdapterInfo, DeviceOptions } from './public.js'
import { type Prepared, Runner } from './runner.js'
import { inputsOf, planOf, type Scripted, scriptOf } from './script.js'

export interface WebGpuBackend extends Backend {
  readonly adapter: AdapterInfo
  readonly device: GPUDevice
  /** Resolves with the reason once the device is lost: acquire another then. */
  readonly lost: Promise<string>
  /** Resolves when everything that was asked for is done. */
  readonly settled: () => Promise<void>
  /** Gives the device back. */
  readonly close: () => void
}

/** `used`: the inputs that its kernels read. */
interface Ready { readonly text: string; readonly used: ReadonlySet<number>; gone: boolean; readonly prepared: Prepared; readonly scripted: Scripted; readonly answers: readonly Answer[]; readonly outs: readonly Aval[] }
const mostPrograms = 512

export const createWebGpu = async (host: Backend, options: DeviceOptions, collectNow: () => boolean): Promise<E.Either<Fault, WebGpuBackend>> => {
  const acquired = await acquire(options)
  if (acquired._tag === 'Left') return acquired
  const { device, info, limits } = acquired.right
  const runner = new Runner(device)
  /** Runs come one after the other: a run that waits for what it reads holds back those behind it. */
  let tail: Promise<void> | null = null
  const arrays = new Arrays(runner, `webgpu (${info.name})`, options.budget ?? 2 ** 30, collectNow, () => tail)
  const small = options.small ?? 4096
  let gone: string | null = null
  const lost = device.lost.then(({ reason, message }) => (gone = `${reason}: ${message}`))
  const complaints: string[] = []
  device.addEventListener('uncapturederror', e => { complaints.push((e as GPUUncapturedErrorEvent).error.message) })
  const check = (): void => {
    if (gone !== null) raise({ _tag: 'DeviceLost', op: 'webgpu', cause: gone, hint: 'acquire the device again; arrays that were on it are lost' })
    const said = complaints.splice(0)
    if (said.length > 0) raise({ _tag: 'KernelFailed', op: 'webgpu', cause: said.join('; '), hint: 'report it with the function that was called; the CPU backend does without the device' })
  }

  const known = new WeakMap<Program, Ready>(), byText = new Map<string, Ready>()
  const readyOf = (program: Program): Ready => {
    const before = known.get(program)
    if (before && !before.gone) {
      // the programs that are asked for stay
      byText.delete(before.text)
      byText.set(before.text, before)
      return before
    }
    const ready = prepared(program), text = encode(ready)
    let made = byText.get(text)
    if (!made) {
      const { answers, made: work } = answersOf(ready)
      const scripted = scriptOf(planOf(work), limits)
      made = { text, used: inputsOf(scripted.script), gone: false, prepared: runner.prepare(scripted.script), scripted, answers, outs: work.outs.map(o => o.aval) }
      if (byText.size >= mostPrograms) {
        const [oldest, r] = byText.entries().next().value!
        byText.delete(oldest)
        r.gone = true
        if (tail) void tail.then(() => runner.release(r.prepared))
        else runner.release(r.prepared)
      }
      byText.set(text, made)
    }
    known.set(program, made)
    return made
  }

  const run = (program: Program, ins: readonly NDArray[], given?: Given): readonly NDArray[] => {
    check()
    const { prepared: p, scripted, answers, outs, used } = readyOf(program)
    const inputs = ins.map((x, i) => (used.has(i) ? arrays.bufferOf(x) : p.arena))
    const outputs: GPUBuffer[] = []
    try { for (const a of outs) outputs.push(arrays.buffer(a)) } catch (e) {
      outputs.forEach((b, i) => arrays.giveBack(outs[i]!, b))
      throw e
    }
    const onHost = (step: number, words: readonly Uint32Array[]): readonly Uint32Array[] => {
      const s = scripted.hosts[step]!
      const made = host.execute(s.prim, words.map((w, i) => new NDArray(s.ins[i]!.aval, arrayOf(s.ins[i]!.aval, w))), s.params, s.outs.map(o => o.aval))
      return made.map(wordsOf)
    }
    const start = (): Promise<void> | null => runner.run(p, inputs, outputs, onHost)
    const done = tail === null ? start() : tail.then(start).then(() => undefined)
    const made = outs.map((a, i) => arrays.adopt(a, outputs[i]!, done))
    if (done !== null) {
      // until then the buffers of these arrays may not be given to others
      const held = [...ins, ...made]
      const mine: Promise<void> = done.then(() => undefined, () => undefined).then(() => { if (held.length >= 0 && tail === mine) tail = null })
      tail = mine
    }
    // what is given away and answered is handed on
    const handed = new Map<NDArray, NDArray>()
    if (given) {
      for (const a of answers) if (a.tag === 'input' && given.inputs[a.index] && !handed.has(ins[a.index]!)) handed.set(ins[a.index]!, arrays.pass(ins[a.index]!, given.spender))
      ins.forEach((x, i) => { if (given.inputs[i] && arrays.has(x) && !handed.has(x)) arrays.release(x, given.spender) })
    }
    return answers.map(a => (a.tag === 'made' ? made[a.index]! : a.tag === 'input' ? handed.get(ins[a.index]!) ?? ins[a.index]! : a.value))
  }

  const programOf = singles()
  const execute: Backend['execute'] = (prim, ins, params, outs) => {
    if (prim.collective) return host.execute(prim, ins, params, outs)
    const whole = prim.jitted(params)
    if (whole) return run(whole, ins)
    const worth = ins.some(x => arrays.has(x) || x.size >= small) || outs.some(o => sizeOf(o.shape) >= small)
    return worth ? run(programOf(prim, ins, params, outs), ins) : host.execute(prim, ins, params, outs)
  }
  return E.right({
    name: `webgpu (${info.name})`, adapter: info, device, lost, execute, run,
    memory: {
      report: arrays.report, setBudget: arrays.setBudget, collect: arrays.collect, now: arrays.now, release: arrays.release,
      freeSince: arrays.freeSince, pass: arrays.pass,
    },
    settled: async () => { while (tail) await tail; await device.queue.onSubmittedWorkDone(); check() },
    close: () => device.destroy(),
  })
}

/** A backend on WebGPU that answers at once: the device is on another thread, and this one waits. So laws run on it as on any other. */
import { reference } from '../../backends/reference/index.js'
import type { Choose } from '../../backends/webgpu/choose.js'
import { arrayOf as dataOf, wordsOf } from '../../backends/webgpu/arrays.js'
import type { Limits } from '../../backends/webgpu/parts.js'
import { planOf, type Scripted, scriptOf } from '../../backends/webgpu/script.js'
import { type Answer as From, answersOf } from '../../src/compile/outputs.js'
import { singles } from '../../src/compile/single.js'
import { encode } from '../../src/core/encode.js'
import type { Aval } from '../../src/core/aval.js'
import { mentions } from '../../src/core/mentions.js'
import type { Primitive, Program } from '../../src/core/primitive.js'
import { NDArray } from '../../src/core/value.js'
import type { Backend } from '../../src/runtime/backend.js'
import { prepared } from '../../src/runtime/passes.js'
import type { About, Answer, Request } from './protocol.js'

const arrayOf = (a: Aval, elements: Uint32Array): NDArray => new NDArray(a, dataOf(a, elements))

export interface SyncGpu extends Backend {
  readonly adapter: string
  readonly limits: Limits
  readonly shaders: () => number
  /** The same device, as if it had less, or were another; with other schedules. */
  readonly narrowed: (limits: Partial<Limits>, chosen?: Choose) => SyncGpu
  readonly close: () => unknown
}
interface Known { readonly id: number; readonly scripted: Scripted; readonly answers: readonly From[] }

let next = 0
/** Everything in f64 is left to the reference: WebGPU has no such numbers; that in f16 as well, where the adapter has none. */
export const facade = (about: About, asking: (r: Request) => Answer, close: () => unknown, chosen?: Choose): SyncGpu => {
  let shaders = 0
  const known = new Map<string, Known>()
  const programOf = (program: Program): Known => {
    const ready = prepared(program), key = encode(ready)
    let made = known.get(key)
    if (!made) {
      const { answers, made: work } = answersOf(ready)
      const scripted = scriptOf(planOf(work), about.limits, chosen)
      // a device that is narrowed would bind more than its limits say
      const most = Math.max(0, ...scripted.script.reaches.map(r => r.pieces.length + 1))
      if (most > about.limits.storageBuffers) throw new Error(`a kernel binds ${most} buffers of ${about.limits.storageBuffers}`)
      shaders += scripted.script.shaders.length
      const id = next++
      const answer = asking({ tag: 'prepare', id, script: scripted.script })
      if (answer.tag === 'refused') throw new Error(`${answer.why}\n${scripted.script.shaders.map(s => s.code).join('\n----\n')}`)
      known.set(key, made = { id, scripted, answers })
    }
    return made
  }
  const run: Backend['run'] = (program, ins) => {
    if (mentions(program, 'f64') || (!about.limits.halves && mentions(program, 'f16'))) return reference.run(program, ins)
    const { id, scripted, answers } = programOf(program)
    let answer = asking({ tag: 'run', id, ins: ins.map(wordsOf) })
    while (answer.tag === 'host') {
      const step = scripted.hosts[answer.step]!, { arrays } = answer
      const given = step.ins.map((x, i) => arrayOf(x.aval, arrays[i]!))
      const outs = reference.execute(step.prim, given, step.params, step.outs.map(o => o.aval))
      answer = asking({ tag: 'answer', outs: outs.map(wordsOf) })
    }
    if (answer.tag !== 'done') throw new Error(`webgpu: ${answer.why}`)
    const { arrays } = answer
    return answers.map((a, i) => (a.tag === 'made' ? arrayOf(program.outs[i]!.aval, arrays[a.index]!) : a.tag === 'input' ? ins[a.index]! : a.value))
  }
  const programOfOne = singles()
  const execute = (prim: Primitive, ins: readonly NDArray[], params: unknown, outs: readonly Aval[]): readonly NDArray[] => {
    if (prim.collective || [...ins.map(x => x.aval), ...outs].some(a => a.dtype === 'f64' || (a.dtype === 'f16' && !about.limits.halves))) return reference.execute(prim, ins, params, outs)
    return run(programOfOne(prim, ins, params, outs), ins)
  }
  return { name: `webgpu (${about.name})`, adapter: about.name, limits: about.limits, execute, run, shaders: () => shaders, close, narrowed: (limits, by) => facade({ ...about, limits: { ...about.limits, ...limits } }, asking, close, by) }
}

/** The thread that has the device: it answers one request after the other, while whoever asked waits. */
import { limitsOf, wantedOf } from '../../backends/webgpu/device.js'
import { Runner, type Prepared } from '../../backends/webgpu/runner.js'
import type { Script } from '../../backends/webgpu/script.js'
import { type About, type Answer, put, type Request } from './protocol.js'

/** Answers requests that are handed to `take`; null where there is no adapter. */
export const serve = async (gpu: GPU, box: SharedArrayBuffer): Promise<{ readonly about: About; readonly take: (r: Request) => void } | null> => {
  const adapter = await gpu.requestAdapter()
  if (!adapter) return null
  const device = await adapter.requestDevice(wantedOf(adapter))
  const complaints: string[] = []
  device.addEventListener('uncapturederror', e => { complaints.push((e as GPUUncapturedErrorEvent).error.message) })
  const limits = await limitsOf(device, adapter.info)
  const runner = new Runner(device), programs = new Map<number, Prepared>()
  let answered: ((words: readonly Uint32Array[]) => void) | null = null

  const prepare = async (id: number, script: Script): Promise<Answer> => {
    const made = runner.prepare(script)
    programs.set(id, made)
    await made.ready
    const why = runner.failure(made)
    return why !== null ? { tag: 'refused', why } : { tag: 'done', arrays: [] }
  }
  const run = async (id: number, ins: readonly Uint32Array[]): Promise<Answer> => {
    const p = programs.get(id)!
    const inputs = ins.map(w => runner.upload(w)), outputs = p.script.outputs.map(n => runner.storage(n))
    await runner.run(p, inputs, outputs, (step, given) => new Promise(done => { answered = done; put(box, { tag: 'host', step, arrays: given }) }))
    const arrays = await Promise.all(outputs.map((o, i) => runner.read(o, p.script.outputs[i]!)))
    for (const b of [...inputs, ...outputs]) b.destroy()
    return complaints.length > 0 ? { tag: 'refused', why: complaints.splice(0).join('\n') } : { tag: 'done', arrays }
  }
  const { vendor, architecture, description } = adapter.info
  return {
    about: { name: `${description} ${vendor} ${architecture}`.trim(), limits },
    take: r => {
      if (r.tag === 'answer') { answered?.(r.outs); return }
      (r.tag === 'prepare' ? prepare(r.id, r.script as Script) : run(r.id, r.ins)).then(a => put(box, a), (e: unknown) => put(box, { tag: 'refused', why: String((e as Error).stack ?? e) }))
    },
  }
}

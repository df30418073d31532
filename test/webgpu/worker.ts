/** The thread that has the device: it answers one request after the other, while whoever asked waits. Bundled when it is started. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { Runner, type Prepared } from '../../backends/webgpu/runner.js'
import type { Script } from '../../backends/webgpu/script.js'
import type { Answer, Request } from './sync.js'

interface Data { readonly webgpu: string; readonly options: readonly string[]; readonly gate: Int32Array; readonly out: MessagePort }
const { webgpu, options, gate, out } = workerData as Data
const port = parentPort!

const started = (async () => {
  const { create, globals } = await import(webgpu) as { create: (o: readonly string[]) => GPU; globals: object }
  Object.assign(globalThis, globals)
  // the instance must outlive everything that came from it
  const gpu = (globalThis as unknown as { cotangentGpu?: GPU }).cotangentGpu = create(options)
  const adapter = await gpu.requestAdapter()
  if (!adapter) return null
  const { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize, maxBufferSize } = adapter.limits
  const device = await adapter.requestDevice({ requiredLimits: { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize, maxBufferSize } })
  const complaints: string[] = []
  device.addEventListener('uncapturederror', e => { complaints.push((e as GPUUncapturedErrorEvent).error.message) })
  return { adapter, device, runner: new Runner(device), complaints }
})()
const programs = new Map<number, Prepared>()
let answered: ((words: readonly Uint32Array[]) => void) | null = null
const answer = (a: Answer): void => {
  out.postMessage(a)
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
}
const handle = async (r: Request): Promise<Answer> => {
  const s = await started
  if (!s) return { tag: 'refused', why: 'no adapter' }
  const { device, runner, complaints } = s
  if (r.tag === 'about') {
    const { vendor, architecture, description } = s.adapter.info
    return { tag: 'about', name: `${description} ${vendor} ${architecture}`.trim(), storageBuffers: device.limits.maxStorageBuffersPerShaderStage }
  }
  if (r.tag === 'prepare') {
    device.pushErrorScope('validation')
    programs.set(r.id, runner.prepare(r.script as Script))
    const error = await device.popErrorScope()
    if (error) runner.forget(r.script as Script)
    return error ? { tag: 'refused', why: error.message } : { tag: 'done', outs: [] }
  }
  if (r.tag === 'run') {
    const p = programs.get(r.id)!
    const inputs = r.ins.map(w => runner.upload(w)), outputs = p.script.outputs.map(n => runner.storage(n))
    await runner.run(p, inputs, outputs, (step, ins) => new Promise(done => { answered = done; answer({ tag: 'host', step, ins }) }))
    const outs: Uint32Array[] = []
    for (const [i, o] of outputs.entries()) outs.push(await runner.read(o, p.script.outputs[i]!))
    for (const b of [...inputs, ...outputs]) b.destroy()
    return complaints.length > 0 ? { tag: 'refused', why: complaints.splice(0).join('\n') } : { tag: 'done', outs }
  }
  return { tag: 'refused', why: 'unknown request' }
}
port.on('message', (r: Request) => {
  if (r.tag === 'answer') { answered?.(r.outs); return }
  handle(r).then(answer, (e: unknown) => answer({ tag: 'refused', why: String((e as Error).stack ?? e) }))
})

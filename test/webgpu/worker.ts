/** A worker thread of Node with a device: it says which, and then answers. */
import { parentPort, workerData } from 'node:worker_threads'
import type { WorkerData } from './connect.js'
import type { Request } from './protocol.js'
import { serve } from './serve.js'

const { webgpu, options, box } = workerData as WorkerData
const port = parentPort!
const started = (async () => {
  const { create, globals } = await import(webgpu) as { create: (o: readonly string[]) => GPU; globals: object }
  Object.assign(globalThis, globals)
  // the instance must outlive everything that came from it
  return serve((globalThis as unknown as { cotangentGpu?: GPU }).cotangentGpu = create(options), box)
})()
started.then(s => port.postMessage(s?.about ?? null), (e: unknown) => { throw e })
port.on('message', (r: Request) => { void started.then(s => s?.take(r)) })

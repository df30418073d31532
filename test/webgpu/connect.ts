/** In Node the thread with the device is a worker thread. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { facade, type SyncGpu } from './facade.js'
import { type About, ask, mailbox } from './protocol.js'

export interface WorkerData { readonly webgpu: string; readonly options: readonly string[]; readonly box: SharedArrayBuffer }
/** Null where there is no adapter. `from`: a place from which the package webgpu is found. */
export const connect = async (start: (data: WorkerData) => Worker, from: string, options: readonly string[] = ['backend=vulkan']): Promise<SyncGpu | null> => {
  const webgpu = pathToFileURL(createRequire(from).resolve('webgpu')).href, box = mailbox()
  const worker = start({ webgpu, options, box })
  const about = await new Promise<About | null>((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject) })
  worker.unref()
  if (about === null) { await worker.terminate(); return null }
  return facade(about, r => ask(box, () => worker.postMessage(r)), () => worker.terminate())
}

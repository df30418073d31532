/** In Node the thread with the device is a worker thread; its code is bundled when it is started. */
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { facade, type SyncGpu } from './facade.js'
import { type About, ask, mailbox } from './protocol.js'

export type { SyncGpu } from './facade.js'

/** Null where there is no adapter. */
export const syncGpu = async (options: readonly string[] = ['backend=vulkan']): Promise<SyncGpu | null> => {
  const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL('./worker.ts', import.meta.url))], bundle: true, write: false, platform: 'node', format: 'cjs', logLevel: 'error' })
  const webgpu = pathToFileURL(createRequire(import.meta.url).resolve('webgpu')).href, box = mailbox()
  const worker = new Worker(outputFiles[0]!.text, { eval: true, workerData: { webgpu, options, box } })
  const about = await new Promise<About | null>((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject) })
  worker.unref()
  if (about === null) { await worker.terminate(); return null }
  return facade(about, r => ask(box, () => worker.postMessage(r)), () => worker.terminate())
}

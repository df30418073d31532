/** A device for tests: the code of its thread is bundled when it is started. */
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { connect } from './connect.js'
import type { SyncGpu } from './facade.js'

export type { SyncGpu } from './facade.js'

/** Null where there is no adapter. */
export const syncGpu = async (options?: readonly string[]): Promise<SyncGpu | null> => {
  const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL('./worker.ts', import.meta.url))], bundle: true, write: false, platform: 'node', format: 'cjs', logLevel: 'error' })
  return connect(workerData => new Worker(outputFiles[0]!.text, { eval: true, workerData }), import.meta.url, options)
}

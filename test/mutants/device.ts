/** Judges sources of the WebGPU backend: the same file is the thread of the laws, and the one with the device. */
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker } from 'node:worker_threads'
import { witness } from '../../laws/witness.js'
import { connect } from '../webgpu/connect.js'
import { judge } from './judge.js'

export const judgeOnDevice = async (modules: readonly object[], root: string): Promise<void> => {
  if (!isMainThread) { await import('../webgpu/worker.js'); return }
  const gpu = await connect(workerData => new Worker(fileURLToPath(import.meta.url), { workerData }), root)
  if (gpu === null) throw new Error('there is no adapter for WebGPU')
  judge(modules, witness(gpu).law)
  await gpu.close()
}

/** `cotangent/webgpu`: devices of WebGPU, in browsers and, with the package `webgpu`, in Node. */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Fault, getOrRaise } from '../../src/core/fault.js'
import { collectNow } from '../../src/runtime/collect.js'
import { cpu } from '../../src/runtime/default.js'
import { createWebGpu } from './index.js'
import type { AdapterInfo, DeviceOptions } from './public.js'

export type { AdapterInfo, DeviceOptions } from './public.js'

/** A device: `onDevice(gpu, f)` and `setDefaultDevice(gpu)` run programs on it; `await read(x)` and `await deviceGet(tree)` bring arrays back. */
export interface WebGpuDevice {
  readonly name: string
  readonly adapter: AdapterInfo
  /** Resolves with the reason once the device is lost: acquire another then. */
  readonly lost: Promise<string>
  /** Resolves when everything that was asked for is done; fails with what went wrong meanwhile. */
  readonly settled: () => Promise<void>
  /** Gives the device back: its arrays go with it. */
  readonly close: () => void
}

const tryDevice = (options: DeviceOptions = {}): TaskEither<Fault, WebGpuDevice> => () => createWebGpu(cpu(), options, collectNow)

export const webgpu = {
  /**
   * A device of the adapter that there is; programs run on it in f32, i32, u32 and bool, and in f16 where it has `shader-f16`. Faults, as rejections: NoDevice.
   * @example const gpu = await webgpu.device(); const y = onDevice(gpu, () => jit(f)(x)); await read(y)
   */
  device: async (options: DeviceOptions = {}): Promise<WebGpuDevice> => getOrRaise(await tryDevice(options)()),
  /** The same as a task, which answers a fault instead of failing with it. */
  tryDevice,
}

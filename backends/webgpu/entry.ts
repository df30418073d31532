/** `cotangent/webgpu`: devices of WebGPU, in browsers and, with the package `webgpu`, in Node. */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as E from '../../src/core/either.js'
import { attempt, type Fault, getOrRaise } from '../../src/core/fault.js'
import { collectNow } from '../../src/runtime/collect.js'
import { cpu, onBackend } from '../../src/runtime/default.js'
import { requireOptions } from '../../src/transforms/arguments.js'
import { createWebGpu, type WebGpuBackend } from './index.js'
import type { AdapterInfo, DeviceOptions, Profiled } from './public.js'

export type { AdapterInfo, DeviceOptions, KernelTime, Profiled } from './public.js'

/** A device: `onDevice(gpu, f)` and `setDefaultDevice(gpu)` run programs on it; `await read(x)` and `await deviceGet(tree)` bring arrays back. */
export interface WebGpuDevice {
  readonly name: string
  readonly adapter: AdapterInfo
  /** Resolves with the reason once the device is lost: acquire another then. */
  readonly lost: Promise<string>
  /** Resolves when everything that was asked for is done; fails with what went wrong meanwhile. */
  readonly settled: () => Promise<void>
  /**
   * Calls `f` with programs running on the device, and answers what it answers, once all is done, with the microseconds that each kernel took on the
   * device by its own clock (browsers round it to 100). Every dispatch has a pass of its own meanwhile, so that the whole takes longer than
   * otherwise. Faults: NoDevice where the adapter has no timestamps, and those of `f`.
   * @example const { kernels } = await gpu.profile(() => jit(f)(x))   // [{ kernel: 'product [512] x [512] x [512]', dispatches: 1, microseconds: 310 }]
   */
  readonly profile: <A>(f: () => A) => Promise<Profiled<A>>
  /** Gives the device back: its arrays go with it. */
  readonly close: () => void
}

const tryDevice = (options: DeviceOptions = {}): TaskEither<Fault, WebGpuDevice> => async () => {
  const known = attempt(() => requireOptions('webgpu.device', options, ['gpu', 'powerPreference', 'dawn', 'budget', 'small']))
  if (known._tag === 'Left') return known
  const made = await createWebGpu(cpu(), options, collectNow)
  if (made._tag === 'Left') return made
  const device: WebGpuBackend = { ...made.right, profile: f => made.right.profile(() => onBackend(device, f)) }
  return E.right(device)
}

export const webgpu = {
  /**
   * A device of the adapter that there is; programs run on it in f32, i32, u32 and bool, and in f16 where it has `shader-f16`. Faults, as rejections: NoDevice,
   * BadArgument for options that there are not.
   * @example const gpu = await webgpu.device(); const y = onDevice(gpu, () => jit(f)(x)); await read(y)
   */
  device: async (options: DeviceOptions = {}): Promise<WebGpuDevice> => getOrRaise(await tryDevice(options)()),
  /** The same as a task, which answers a fault instead of failing with it. */
  tryDevice,
}

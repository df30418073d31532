/** `cotangent/webgpu`: devices of WebGPU, in browsers and, with the package `webgpu`, in Node. */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as E from '../../src/core/either.js'
import { attempt, badArgument, type Fault, getOrRaise, isThenable } from '../../src/core/fault.js'
import { refusePromise } from '../../src/core/interp.js'
import { collectNow } from '../../src/runtime/collect.js'
import { cpu, onBackend } from '../../src/runtime/default.js'
import { requireFunction, requireOptions } from '../../src/transforms/arguments.js'
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
   * otherwise. One profile is taken at a time: another waits for it. Faults: NoDevice where the adapter has no timestamps, BadArgument, AsyncTrace for a
   * promise, and those of `f`.
   * @example const { kernels } = await gpu.profile(() => jit(f)(x))   // [{ kernel: 'product [512] x [512] x [512]', dispatches: 1, microseconds: 310 }]
   */
  readonly profile: <A>(f: () => A) => Promise<Profiled<A>>
  /** Gives the device back: its arrays go with it. */
  readonly close: () => void
}

/** What an option cannot be would otherwise be found out by what is computed, or not at all: no number is more than a budget that is none. */
const requireUsable = (options: DeviceOptions): void => {
  const op = 'webgpu.device'
  requireOptions(op, options, ['gpu', 'powerPreference', 'dawn', 'budget', 'small'])
  const { gpu, powerPreference, dawn, budget, small } = options
  if (gpu !== undefined && typeof (gpu as { requestAdapter?: unknown } | null)?.requestAdapter !== 'function') badArgument(op, 'options.gpu', gpu, 'an object like navigator.gpu', 'without it that of the browser is taken, in Node the package webgpu')
  if (powerPreference !== undefined && powerPreference !== 'low-power' && powerPreference !== 'high-performance') badArgument(op, 'options.powerPreference', powerPreference, "'low-power' or 'high-performance'", 'without it the browser or the driver chooses')
  if (dawn !== undefined && !(Array.isArray(dawn) && dawn.every(x => typeof x === 'string'))) badArgument(op, 'options.dawn', dawn, 'a list of strings', "webgpu.device({ dawn: ['backend=vulkan'] })")
  if (budget !== undefined && !(typeof budget === 'number' && budget > 0)) badArgument(op, 'options.budget', budget, 'a positive number of bytes', 'webgpu.device({ budget: 2 ** 30 }) allows one GiB')
  if (small !== undefined && !(typeof small === 'number' && small >= 0)) badArgument(op, 'options.small', small, 'a number of elements from 0 on', 'with 0 every operation runs on the device')
}

const tryDevice = (options: DeviceOptions = {}): TaskEither<Fault, WebGpuDevice> => async () => {
  const usable = attempt(() => requireUsable(options))
  if (usable._tag === 'Left') return usable
  const made = await createWebGpu(cpu(), options, collectNow)
  if (made._tag === 'Left') return made
  const device: WebGpuBackend = {
    ...made.right,
    profile: async f => {
      requireFunction('profile', f)
      return made.right.profile(() => {
        const answer = onBackend(device, f)
        if (isThenable(answer)) refusePromise('profile', answer, 'await outside: what runs once the function has answered is not in the profile')
        return answer
      })
    },
  }
  return E.right(device)
}

export const webgpu = {
  /**
   * A device of the adapter that there is; programs run on it in f32, i32, u32 and bool, and in f16 where it has `shader-f16`. Faults, as rejections: NoDevice,
   * BadArgument for options that there are not, or that cannot be what they are.
   * @example const gpu = await webgpu.device(); const y = onDevice(gpu, () => jit(f)(x)); await read(y)
   */
  device: async (options: DeviceOptions = {}): Promise<WebGpuDevice> => getOrRaise(await tryDevice(options)()),
  /**
   * The same as a task (a `TaskEither` of fp-ts), which answers a fault instead of failing with it, and does so when it is called.
   * @example const found = await webgpu.tryDevice()(); const device = E.isRight(found) ? found.right : null
   */
  tryDevice,
}

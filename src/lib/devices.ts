/** Where programs run: on the CPU, or on a device that was acquired, for a while or from now on. */
import { badArgument, isThenable } from '../core/fault.js'
import { refusePromise } from '../core/interp.js'
import { isValue, NDArray } from '../core/value.js'
import type { Backend } from '../runtime/backend.js'
import { backend, cpu, onBackend, useBackend } from '../runtime/default.js'
import { requireFunction } from '../transforms/arguments.js'
import { flatten, unflatten } from '../tree/index.js'

/** What computes and keeps arrays: the CPU, or what `cotangent/webgpu` gives. */
export interface Device { readonly name: string }

const asBackend = (op: string, device: Device | null): Backend => {
  if (device === null) return cpu()
  return typeof device === 'object' && typeof (device as Backend).run === 'function' && typeof (device as Backend).execute === 'function'
    ? device as Backend : badArgument(op, 'device', device, 'a device, or null for the CPU', "await webgpu.device() of 'cotangent/webgpu' gives one")
}

/**
 * What runs programs now.
 * @example defaultDevice().name.length > 0   // true
 */
export const defaultDevice = (): Device => backend()
/**
 * From now on programs run on this device; null is the CPU. Arrays stay where they are, and are brought to the device by the program that
 * needs them there. Faults: BadArgument. (jax.config.update("jax_default_device"))
 * @example setDefaultDevice(null)
 */
export const setDefaultDevice = (device: Device | null): void => useBackend(asBackend('setDefaultDevice', device))
/**
 * Calls `f` while programs run on this device (null: the CPU), and answers what it answers. Faults: BadArgument, AsyncTrace for a promise:
 * await outside. (jax.default_device)
 * @example onDevice(null, () => np.sum(np.ones([3])))   // 3
 */
export const onDevice = <A>(device: Device | null, f: () => A): A => {
  requireFunction('onDevice', f)
  return onBackend(asBackend('onDevice', device), () => {
    const result = f()
    if (isThenable(result)) refusePromise('onDevice', result, 'await outside: the device is chosen only while the function runs')
    return result
  })
}
/**
 * The same tree, with its arrays on a device, to which programs then need not bring them; null: the CPU, where what is on a device comes by
 * `deviceGet`. What is traced, and numbers, stay. Faults: BadArgument, BadLeaf, DTypeMismatch for f64 on WebGPU and f16 where the adapter has none, OutOfMemory, OnDevice for an
 * array of another device. (jax.device_put)
 * @example devicePut({ w: np.ones([2]) }, null)   // { w: [1, 1] }
 */
export const devicePut = <T>(tree: T, device: Device | null): T => {
  const to = asBackend('devicePut', device)
  const { leaves, def } = flatten(tree, isPlain, { op: 'devicePut', root: 'the argument' })
  const there = (x: NDArray): NDArray => {
    if (to.put) return to.put(x)
    // asking for its elements refuses what is on a device
    if (x.residence?.read) void x.data
    return x
  }
  return unflatten(def, leaves.map(x => (x instanceof NDArray ? there(x) : x))) as T
}
/**
 * The same tree, with its arrays on the CPU, where they can be read at once. (jax.device_get)
 * @example await deviceGet({ w: np.ones([2]) })   // { w: [1, 1] }
 */
export const deviceGet = async <T>(tree: T): Promise<T> => {
  const { leaves, def } = flatten(tree, isPlain, { op: 'deviceGet', root: 'the argument' })
  const brought = await Promise.all(leaves.map(async x => {
    const bring = x instanceof NDArray ? x.residence?.read : undefined
    return x instanceof NDArray && bring ? new NDArray(x.aval, await bring()) : x
  }))
  return unflatten(def, brought) as T
}
const isPlain = (x: unknown): boolean => isValue(x) || (typeof x !== 'object' && typeof x !== 'function')

/** A device is acquired once: in browsers from `navigator.gpu`, in Node from the optional package `webgpu`. */
/// <reference types="@webgpu/types" />
import * as E from '../../src/core/either.js'
import type { Fault } from '../../src/core/fault.js'
import { matrixFeature, matrixOf } from './matrixTrial.js'
import type { Limits } from './parts.js'
import type { AdapterInfo, DeviceOptions } from './public.js'
import { subgroupOf } from './subgroups.js'

export interface Acquired { readonly device: GPUDevice; readonly info: AdapterInfo; readonly limits: Limits }

interface Kept { cotangentGpu?: Map<string, GPU> }
const noDevice = (cause: string, hint: string): E.Either<Fault, never> => E.left({ _tag: 'NoDevice', op: 'webgpu', cause, hint })
const said = (e: unknown): string => (e instanceof Error ? e.message : String(e))

const isNode = (): boolean => typeof (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node === 'string'
/** The instance is kept for the life of the process: what came from it breaks when it is collected. */
const fromPackage = async (options: readonly string[]): Promise<E.Either<Fault, GPU>> => {
  const kept = (globalThis as Kept).cotangentGpu ??= new Map()
  const key = options.join(' ')
  const known = kept.get(key)
  if (known) return E.right(known)
  const name = 'webgpu'
  try {
    const { create, globals } = await import(/* @vite-ignore */ /* webpackIgnore: true */ name) as { create: (options: readonly string[]) => GPU; globals: object }
    Object.assign(globalThis, globals)
    const gpu = create(options)
    kept.set(key, gpu)
    return E.right(gpu)
  } catch (e) {
    return noDevice(`the package webgpu cannot be loaded (${said(e)})`, 'npm install webgpu@0.6.2 beside this package; without it programs run on the CPU')
  }
}
const found = async ({ gpu, dawn = [] }: DeviceOptions): Promise<E.Either<Fault, GPU>> => {
  if (gpu) return E.right(gpu as GPU)
  const here = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu
  if (here && dawn.length === 0) return E.right(here)
  return isNode() ? fromPackage(dawn) : noDevice('this browser has no WebGPU', 'it needs a secure context (https or localhost) and a browser that has it; without it programs run on the CPU')
}

/** More than the least is asked for where the adapter has more: longer bindings, more of them, halves, subgroups and their matrices, and timestamps. */
export const wantedOf = (adapter: GPUAdapter): GPUDeviceDescriptor => {
  const { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize, maxBufferSize } = adapter.limits
  return {
    requiredLimits: { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize, maxBufferSize },
    requiredFeatures: (['shader-f16', 'subgroups', matrixFeature, 'timestamp-query'] as GPUFeatureName[]).filter(f => adapter.features.has(f)),
  }
}
export const acquire = async (options: DeviceOptions): Promise<E.Either<Fault, Acquired>> => {
  const gpu = await found(options)
  if (gpu._tag === 'Left') return gpu
  try {
    const adapter = await gpu.right.requestAdapter(options.powerPreference ? { powerPreference: options.powerPreference } : {})
    if (!adapter) return noDevice('there is no adapter', 'a machine without a GPU needs a software adapter (SwiftShader, or Mesa lavapipe 25 and later); without one programs run on the CPU')
    const device = await adapter.requestDevice(wantedOf(adapter))
    const { vendor, architecture, description } = adapter.info
    const limits = await limitsOf(device, adapter.info)
    return E.right({ device, limits, info: { name: [description, vendor, architecture].filter(s => s !== '').join(', '), vendor, architecture, software: limits.target.software } })
  } catch (e) { return noDevice(`the adapter gives no device (${said(e)})`, 'try again, or run programs on the CPU') }
}
/** What programs for this device depend on. */
export const limitsOf = async (device: GPUDevice, info: GPUAdapterInfo): Promise<Limits> => {
  const { limits, features } = device, subgroup = await subgroupOf(device, info), matrix = await matrixOf(device, info, subgroup)
  return {
    storageBuffers: limits.maxStorageBuffersPerShaderStage, groups: limits.maxComputeWorkgroupsPerDimension, uniformAlignment: limits.minUniformBufferOffsetAlignment,
    binding: limits.maxStorageBufferBindingSize, buffer: limits.maxBufferSize, halves: features.has('shader-f16'),
    target: { software: (info as { readonly isFallbackAdapter?: boolean }).isFallbackAdapter ?? false, invocations: Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX), storage: limits.maxComputeWorkgroupStorageSize, subgroup, matrix },
  }
}

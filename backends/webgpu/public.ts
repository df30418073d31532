/** What users see of WebGPU: a device to compute on, and how to ask for one. No type here needs types of WebGPU. */

export interface DeviceOptions {
  /** Where adapters come from: an object like `navigator.gpu`. Default: that of the browser, in Node the package `webgpu`. */
  readonly gpu?: object
  readonly powerPreference?: 'low-power' | 'high-performance'
  /** In Node: options of Dawn, such as `backend=vulkan`. */
  readonly dawn?: readonly string[]
  /** Bytes that arrays may take on the device. Default: 1 GiB. */
  readonly budget?: number
  /** Operations of fewer elements whose operands are all on the CPU run there, when they are not inside jit. Default: 4096. */
  readonly small?: number
}
/** `software`: it computes on the CPU. */
export interface AdapterInfo { readonly name: string; readonly vendor: string; readonly architecture: string; readonly software: boolean }
/** What all dispatches of a kernel took together. */
export interface KernelTime { readonly kernel: string; readonly dispatches: number; readonly microseconds: number }
export interface Profiled<A> { readonly answer: A; /** The dearest first. */ readonly kernels: readonly KernelTime[] }

/** Lanes of a workgroup join by subgroups only where a trial on the device has shown that subgroups are what the shaders take them for. */
/// <reference types="@webgpu/types" />
import { usage } from './runner.js'

/** A workgroup of the trial: a multiple of every subgroup that is used. */
const lanes = 128
/** Each lane notes which lane it hears from at each distance. */
const trial = (distances: readonly number[]): string => `enable subgroups;
@group(0) @binding(0) var<storage, read_write> heard: array<u32>;
@compute @workgroup_size(${lanes}) fn main(@builtin(local_invocation_index) local: u32) {
${distances.map((d, k) => `  heard[${k * lanes}u + local] = subgroupShuffleXor(local, ${d}u);`).join('\n')}
}`

/**
 * The size of the subgroups of a device: a power of two up to 128 that is the same in every shader, whose lanes are neighbours in
 * `local_invocation_index`; 1 where the device has no such subgroups. WGSL promises none of it, so the device is asked,
 * by one workgroup of 128: smaller and larger ones are taken to be laid out alike.
 */
export const subgroupOf = async (device: GPUDevice, { subgroupMinSize: size, subgroupMaxSize: most }: GPUAdapterInfo): Promise<number> => {
  if (!device.features.has('subgroups') || size === undefined || size !== most || size < 2 || size > lanes || (size & (size - 1)) !== 0) return 1
  const distances = Array.from({ length: Math.log2(size) }, (_, k) => 2 ** k), got = await tried(device, trial(distances), lanes * distances.length)
  return got !== null && distances.every((d, k) => Array.from({ length: lanes }, (_, l) => got[k * lanes + l] === (l ^ d)).every(Boolean)) ? size : 1
}

/** The words that one workgroup of a shader leaves in its only binding; null where the device cannot run it: such a device does without. */
export const tried = async (device: GPUDevice, code: string, words: number): Promise<Uint32Array | null> => {
  device.pushErrorScope('validation')
  const left = device.createBuffer({ size: 4 * words, usage: usage.storage | usage.copySource }), reader = device.createBuffer({ size: 4 * words, usage: usage.mapRead | usage.copyTarget })
  try {
    const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module: device.createShaderModule({ code }), entryPoint: 'main' } })
    const encoder = device.createCommandEncoder(), pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: left } }] }))
    pass.dispatchWorkgroups(1)
    pass.end()
    encoder.copyBufferToBuffer(left, 0, reader, 0, 4 * words)
    device.queue.submit([encoder.finish()])
    await reader.mapAsync(1)
    return new Uint32Array(reader.getMappedRange().slice(0))
  } catch {
    return null
  } finally {
    await device.popErrorScope().catch(() => null)
    left.destroy()
    reader.destroy()
  }
}

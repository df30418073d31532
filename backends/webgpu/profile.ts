/** What kernels take: the device notes when each dispatch begins and ends, each in a pass of its own. */
/// <reference types="@webgpu/types" />
import type { KernelTime } from './public.js'

const perSet = 2048, usage = { mapRead: 0x0001, copySource: 0x0004, copyTarget: 0x0008, resolved: 0x0200 } as const

export class Profile {
  private readonly sets: GPUQuerySet[] = []
  private readonly names: string[] = []
  constructor(private readonly device: GPUDevice) {}
  /** For the pass of one dispatch. */
  next(name: string): GPUComputePassTimestampWrites {
    const at = this.names.push(name) - 1, place = 2 * (at % perSet)
    if (place === 0) this.sets.push(this.device.createQuerySet({ type: 'timestamp', count: 2 * perSet }))
    return { querySet: this.sets[this.sets.length - 1]!, beginningOfPassWriteIndex: place, endOfPassWriteIndex: place + 1 }
  }
  /** By kernel, the dearest first. Everything that was noted must be done. */
  async times(): Promise<readonly KernelTime[]> {
    const { device } = this, by = new Map<string, { dispatches: number; microseconds: number }>()
    for (const [s, set] of this.sets.entries()) {
      const count = Math.min(perSet, this.names.length - s * perSet), bytes = 16 * count
      const resolved = device.createBuffer({ size: bytes, usage: usage.resolved | usage.copySource }), reader = device.createBuffer({ size: bytes, usage: usage.copyTarget | usage.mapRead })
      const encoder = device.createCommandEncoder()
      encoder.resolveQuerySet(set, 0, 2 * count, resolved, 0)
      encoder.copyBufferToBuffer(resolved, 0, reader, 0, bytes)
      device.queue.submit([encoder.finish()])
      await reader.mapAsync(1)
      const stamps = new BigUint64Array(reader.getMappedRange())
      for (let k = 0; k < count; k++) {
        const name = this.names[s * perSet + k]!
        let known = by.get(name)
        if (!known) by.set(name, known = { dispatches: 0, microseconds: 0 })
        known.dispatches++
        // clocks may be set back between two stamps
        known.microseconds += Math.max(0, Number(stamps[2 * k + 1]! - stamps[2 * k]!)) / 1000
      }
      reader.destroy()
      resolved.destroy()
      set.destroy()
    }
    return [...by].map(([kernel, t]) => ({ kernel, ...t })).sort((a, b) => b.microseconds - a.microseconds)
  }
}

/** Runs scripts on a device: pipelines and bind groups are made once, and a program is one command buffer. */
/// <reference types="@webgpu/types" />
import type { Root } from './bindings.js'
import type { Act, Script } from './script.js'

const usage = { mapRead: 0x0001, copySource: 0x0004, copyTarget: 0x0008, uniform: 0x0040, storage: 0x0080 } as const
const compute = 0x4
const padded = (words: number): number => Math.max(16, Math.ceil(words / 4) * 16)

/** How often an open loop runs before somebody looks whether it goes on. */
const patience = 32

export interface Prepared {
  readonly script: Script
  readonly pipelines: readonly GPUComputePipeline[]
  readonly layouts: readonly GPUBindGroupLayout[]
  readonly parameters: GPUBuffer
  readonly arena: GPUBuffer
  /** By number of the reach, for those that touch the arena alone. */
  readonly groups: Map<number, GPUBindGroup>
}
/** Answers a step that has no kernel: elements in, elements out, as words. */
export type Host = (step: number, ins: readonly Uint32Array[]) => readonly Uint32Array[] | Promise<readonly Uint32Array[]>

export class Runner {
  readonly device: GPUDevice
  private readonly layouts = new Map<string, { readonly group: GPUBindGroupLayout; readonly pipeline: GPUPipelineLayout }>()
  private readonly pipelines = new Map<string, GPUComputePipeline>()
  constructor(device: GPUDevice) { this.device = device }

  /** Storage for so many words; it begins as zeros. */
  storage(words: number): GPUBuffer { return this.device.createBuffer({ size: padded(words), usage: usage.storage | usage.copySource | usage.copyTarget }) }
  upload(words: Uint32Array): GPUBuffer {
    const buffer = this.device.createBuffer({ size: padded(words.length), usage: usage.storage | usage.copySource | usage.copyTarget, mappedAtCreation: true })
    new Uint32Array(buffer.getMappedRange()).set(words)
    buffer.unmap()
    return buffer
  }

  private layout(written: readonly boolean[]): { readonly group: GPUBindGroupLayout; readonly pipeline: GPUPipelineLayout } {
    const key = written.map(w => (w ? 'w' : 'r')).join('')
    let made = this.layouts.get(key)
    if (!made) {
      const storage = (binding: number, w: boolean): GPUBindGroupLayoutEntry => ({ binding, visibility: compute, buffer: { type: w ? 'storage' : 'read-only-storage' } })
      const group = this.device.createBindGroupLayout({
        entries: [{ binding: 0, visibility: compute, buffer: { type: 'uniform', hasDynamicOffset: true } }, storage(1, true), ...written.map((w, i) => storage(i + 2, w))],
      })
      this.layouts.set(key, made = { group, pipeline: this.device.createPipelineLayout({ bindGroupLayouts: [group] }) })
    }
    return made
  }
  prepare(script: Script): Prepared {
    const layouts = script.shaders.map(s => this.layout(s.written))
    const pipelines = script.shaders.map(({ code }, i) => {
      let made = this.pipelines.get(code)
      if (!made) this.pipelines.set(code, made = this.device.createComputePipeline({ layout: layouts[i]!.pipeline, compute: { module: this.device.createShaderModule({ code }) } }))
      return made
    })
    const parameters = this.device.createBuffer({ size: Math.max(256, script.parameters.byteLength), usage: usage.uniform | usage.copyTarget })
    this.device.queue.writeBuffer(parameters, 0, script.parameters as Int32Array<ArrayBuffer>)
    return { script, pipelines, layouts: layouts.map(l => l.group), parameters, arena: this.storage(script.arena), groups: new Map() }
  }
  /** What did not compile is not kept. */
  forget(script: Script): void { for (const { code } of script.shaders) this.pipelines.delete(code) }
  release(p: Prepared): void {
    p.parameters.destroy()
    p.arena.destroy()
  }

  private group(p: Prepared, reach: number, bufferOf: (root: Root | null) => GPUBuffer): GPUBindGroup {
    const known = p.groups.get(reach)
    if (known) return known
    const { script } = p, { shader, pieces } = script.reaches[reach]!, bytes = 4 * script.part
    const bound = (buffer: GPUBuffer, part: number): GPUBufferBinding => ({ buffer, offset: bytes * part, size: Math.min(bytes, buffer.size - bytes * part) })
    const made = this.device.createBindGroup({
      layout: p.layouts[shader]!,
      entries: [
        { binding: 0, resource: { buffer: p.parameters, size: 16 * Math.ceil(script.shaders[shader]!.parameters / 4) } },
        { binding: 1, resource: bound(p.arena, 0) },
        ...pieces.map(({ root, part }, i) => ({ binding: i + 2, resource: bound(bufferOf(root), part) })),
      ],
    })
    if (pieces.every(x => x.root === null)) p.groups.set(reach, made)
    return made
  }

  /** One command buffer, submitted when this returns null; a promise where something is read on the way. */
  run(p: Prepared, inputs: readonly GPUBuffer[], outputs: readonly GPUBuffer[], host: Host): Promise<void> | null {
    const { script } = p
    let encoder = this.device.createCommandEncoder()
    let pass: GPUComputePassEncoder | null = null
    const groups: GPUBindGroup[] = []
    const end = (): void => { pass?.end(); pass = null }
    const submit = (): void => {
      end()
      this.device.queue.submit([encoder.finish()])
      encoder = this.device.createCommandEncoder()
    }
    const bufferOf = (root: Root | null): GPUBuffer => (root === null ? p.arena : (root.tag === 'input' ? inputs : outputs)[root.index]!)
    for (const c of script.copyIn) encoder.copyBufferToBuffer(inputs[c.index]!, 0, p.arena, 4 * c.to, 4 * c.words)
    const straight = (acts: readonly Act[]): boolean => acts.every(a => a.tag === 'dispatch' || (a.tag === 'repeat' && straight(a.body)) || (a.tag === 'until' && a.most !== null && a.most <= 4096 && straight(a.body)))
    const encode = (acts: readonly Act[]): void => {
      for (const a of acts) {
        if (a.tag === 'repeat') { for (let i = 0; i < a.times; i++) encode(a.body) } else if (a.tag === 'until') { for (let i = 0; i < a.most!; i++) encode(a.body) } else if (a.tag === 'dispatch') {
          pass ??= encoder.beginComputePass()
          const group = groups[a.reach] ??= this.group(p, a.reach, bufferOf)
          pass.setPipeline(p.pipelines[script.reaches[a.reach]!.shader]!)
          pass.setBindGroup(0, group, [a.parameters])
          pass.dispatchWorkgroups(a.groups[0], a.groups[1])
        }
      }
    }
    const word = async (at: number): Promise<number> => (await this.read(p.arena, 1, 4 * at))[0]!
    const follow = async (acts: readonly Act[]): Promise<void> => {
      for (const a of acts) {
        if (straight([a])) encode([a])
        else if (a.tag === 'repeat') for (let i = 0; i < a.times; i++) await follow(a.body)
        else if (a.tag === 'until') {
          for (let done = 0; a.most === null || done < a.most;) {
            const turns = straight(a.body) ? Math.min(patience, (a.most ?? Infinity) - done) : 1
            for (let i = 0; i < turns; i++) await follow(a.body)
            done += turns
            submit()
            if (await word(a.alive) === 0) break
          }
        } else if (a.tag === 'host') {
          submit()
          if (a.guard !== null && await word(a.guard) === 0) continue
          const { ins, outs } = script.hosts[a.step]!
          const place = async (x: typeof ins[number]): Promise<number> => {
            let at = x.base
            for (const t of x.terms) { const n = await word(t.counter); at += t.factor * (t.mode === 'row' ? n : (n + t.phase) & 1) }
            return at
          }
          const given: Uint32Array[] = []
          for (const x of ins) given.push(await this.read(bufferOf(x.root), x.words, 4 * await place(x)))
          const made = await host(a.step, given)
          for (const [i, x] of outs.entries()) if (made[i]!.length > 0) this.device.queue.writeBuffer(bufferOf(x.root), 4 * await place(x), made[i]! as Uint32Array<ArrayBuffer>)
        }
      }
    }
    const finish = (): void => {
      end()
      for (const c of script.copyOut) encoder.copyBufferToBuffer(p.arena, 4 * c.to, outputs[c.index]!, 0, 4 * c.words)
      submit()
    }
    if (!straight(script.acts)) return follow(script.acts).then(finish)
    encode(script.acts)
    finish()
    return null
  }

  /** The words of a buffer. */
  async read(buffer: GPUBuffer, words: number, from = 0): Promise<Uint32Array> {
    if (words === 0) return new Uint32Array(0)
    const staging = this.device.createBuffer({ size: 4 * words, usage: usage.mapRead | usage.copyTarget })
    const encoder = this.device.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, from, staging, 0, 4 * words)
    this.device.queue.submit([encoder.finish()])
    await staging.mapAsync(1)
    const result = new Uint32Array(staging.getMappedRange().slice(0))
    staging.unmap()
    staging.destroy()
    return result
  }
}

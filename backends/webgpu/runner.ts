/** Runs scripts on a device: pipelines and bind groups are made once, and a program is one command buffer. */
/// <reference types="@webgpu/types" />
import type { Root } from './bindings.js'
import type { Copy } from './parts.js'
import { packHalves, unpackHalves } from './halves.js'
import type { Profile } from './profile.js'
import { Flight } from './queue.js'
import type { Act, HostPlace, Script } from './script.js'
import { Storage, type Stretch } from './storage.js'

export const usage = { mapRead: 0x0001, copySource: 0x0004, copyTarget: 0x0008, uniform: 0x0040, storage: 0x0080 } as const
const compute = 0x4
const padded = (words: number): number => Math.max(16, Math.ceil(words / 4) * 16)

/** How often an open loop runs before somebody looks whether it goes on. */
const patience = 32

/** Dispatches of one command buffer: drivers keep all of it until it is done, and stop what takes too long. */
const longest = 65_536
/** Bytes of buffers for reading that are kept to be used again. */
const kept = 2 ** 25

/** A shader as it is compiled: `error` tells why it was not. */
interface Compiled { pipeline: GPUComputePipeline | null; error: string | null; done: Promise<void> | null }
/** Where temporaries lie: words, and halves where there are any. */
interface Arenas { readonly words: Storage | null; readonly halves: Storage | null }
export interface Prepared {
  readonly script: Script
  readonly compiled: readonly Compiled[]
  readonly layouts: readonly GPUBindGroupLayout[]
  readonly parameters: GPUBuffer
  /** Where one command buffer holds a run. */
  readonly whole: boolean
  /** By number of the reach, for those that touch the arenas alone, as long as they are these arenas. */
  readonly groups: Map<number, GPUBindGroup>
  arenas: Arenas | null
  /** Resolves when all shaders are compiled, or not; null where they are. */
  ready: Promise<void> | null
}
/** Answers a step that has no kernel: elements in, elements out, as words. */
export type Host = (step: number, ins: readonly Uint32Array[]) => readonly Uint32Array[] | Promise<readonly Uint32Array[]>

export class Runner {
  private readonly layouts = new Map<string, { readonly group: GPUBindGroupLayout; readonly pipeline: GPUPipelineLayout }>()
  private readonly pipelines = new Map<string, Compiled>()
  /** Of all programs: they run one after the other. */
  private arenas: Arenas = { words: null, halves: null }
  /** Buffers for reading, by size. */
  private readonly readers = new Map<number, GPUBuffer[]>()
  private idle = 0
  readonly flight: Flight
  /** Where times are asked for. */
  profile: Profile | null = null
  /** `unread`: raises what is told where a buffer cannot be read. */
  constructor(readonly device: GPUDevice, private readonly unread: (e: unknown) => never = e => { throw e }) { this.flight = new Flight(device) }

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
  private compile(code: string, layout: GPUPipelineLayout, label: string): Compiled {
    const { device } = this
    // what is wrong with a text is told by the module, not by the pipeline
    device.pushErrorScope('validation')
    const module = device.createShaderModule({ code, label })
    const said = device.popErrorScope()
    const made: Compiled = { pipeline: null, error: null, done: null }
    const refused = async (e: unknown): Promise<void> => {
      const why = await said.catch(() => null)
      made.error = `${label}: ${why?.message ?? (e instanceof Error ? e.message : String(e))}`
      this.pipelines.delete(code)
    }
    made.done = device.createComputePipelineAsync({ layout, label, compute: { module } }).then(p => { made.pipeline = p }, refused).then(() => { made.done = null })
    return made
  }
  /** Begins to compile what is not compiled yet, all of it at once. */
  prepare(script: Script): Prepared {
    const layouts = script.shaders.map(s => this.layout(s.written))
    const compiled = script.shaders.map(({ code, name }, i) => {
      let made = this.pipelines.get(code)
      if (!made) this.pipelines.set(code, made = this.compile(code, layouts[i]!.pipeline, name))
      return made
    })
    const parameters = this.device.createBuffer({ size: Math.max(256, script.parameters.byteLength), usage: usage.uniform | usage.copyTarget })
    this.device.queue.writeBuffer(parameters, 0, script.parameters as Int32Array<ArrayBuffer>)
    const open = compiled.flatMap(c => c.done ?? [])
    const made: Prepared = { script, compiled, layouts: layouts.map(l => l.group), parameters, whole: lengthOf(script.acts) <= longest, groups: new Map(), arenas: null, ready: null }
    if (open.length > 0) made.ready = Promise.all(open).then(() => { made.ready = null })
    return made
  }
  /** What did not compile of a program. */
  failure({ compiled }: Prepared): string | null { return compiled.find(c => c.error !== null)?.error ?? null }
  release(p: Prepared): void { p.parameters.destroy() }
  /** The arenas, for a program that needs so many words of each. */
  private arenasOf({ arena, halves, segment }: Script): Arenas {
    const large = (known: Storage | null, words: number): boolean => words === 0 || (known !== null && known.segment === segment && known.words >= words)
    const grown = (known: Storage | null, words: number): Storage | null => {
      if (large(known, words)) return known
      known?.destroy()
      return new Storage(Array.from({ length: Math.ceil(words / segment) }, (_, k) => this.storage(Math.min(segment, words - k * segment))), segment)
    }
    if (!large(this.arenas.words, arena) || !large(this.arenas.halves, halves)) this.arenas = { words: grown(this.arenas.words, arena), halves: grown(this.arenas.halves, halves) }
    return this.arenas
  }

  private group(p: Prepared, reach: number, storageOf: (root: Root | null) => Storage): GPUBindGroup {
    const known = p.groups.get(reach)
    if (known) return known
    const { script } = p, { shader, pieces } = script.reaches[reach]!, bytes = 4 * script.part
    const bound = (storage: Storage, part: number): GPUBufferBinding => {
      const { buffer, word, words } = storage.at(script.part * part)
      return { buffer, offset: 4 * word, size: Math.min(bytes, 4 * words) }
    }
    const made = this.device.createBindGroup({
      layout: p.layouts[shader]!,
      entries: [
        { binding: 0, resource: { buffer: p.parameters, size: 16 * Math.ceil(script.shaders[shader]!.parameters / 4) } },
        { binding: 1, resource: bound(p.arenas!.words!, 0) },
        ...pieces.map(({ root, part }, i) => ({ binding: i + 2, resource: bound(storageOf(root), part) })),
      ],
    })
    if (pieces.every(x => x.root === null || x.root.tag === 'halves')) p.groups.set(reach, made)
    return made
  }

  /** One command buffer, submitted when this returns null; a promise where something is read on the way, or where it is too long. */
  run(p: Prepared, inputs: readonly (GPUBuffer | null)[], outputs: readonly GPUBuffer[], host: Host): Promise<void> | null {
    const { script } = p, arenas = this.arenasOf(script), arena = arenas.words!
    if (p.arenas !== arenas) { p.groups.clear(); p.arenas = arenas }
    let encoder = this.device.createCommandEncoder()
    let pass: GPUComputePassEncoder | null = null, length = 0
    const groups: GPUBindGroup[] = []
    const end = (): void => { pass?.end(); pass = null }
    const submit = (): void => {
      end()
      this.flight.submit(encoder.finish())
      encoder = this.device.createCommandEncoder()
      length = 0
    }
    const storageOf = (root: Root | null): Storage => (root === null ? arena : root.tag === 'halves' ? arenas.halves! : new Storage([(root.tag === 'input' ? inputs : outputs)[root.index]!]))
    const copy = (c: Copy, act: (x: Stretch, from: number) => void): void => {
      let from = 0
      for (const x of storageOf(c.root).stretches(c.to, c.words)) { act(x, from); from += x.words }
    }
    for (const c of script.copyIn) copy(c, (x, from) => encoder.copyBufferToBuffer(inputs[c.index]!, 4 * from, x.buffer, 4 * x.word, 4 * x.words))
    const encode = (acts: readonly Act[]): void => {
      for (const a of acts) {
        if (a.tag === 'repeat') { for (let i = 0; i < a.times; i++) encode(a.body) } else if (a.tag === 'until') { for (let i = 0; i < a.most!; i++) encode(a.body) } else if (a.tag === 'dispatch') {
          const { shader } = script.reaches[a.reach]!
          pass ??= encoder.beginComputePass(this.profile ? { timestampWrites: this.profile.next(script.shaders[shader]!.name) } : {})
          length++
          const group = groups[a.reach] ??= this.group(p, a.reach, storageOf)
          pass.setPipeline(p.compiled[shader]!.pipeline!)
          pass.setBindGroup(0, group, [a.parameters])
          pass.dispatchWorkgroups(a.groups[0], a.groups[1])
          if (this.profile) end()
        }
      }
    }
    const word = async (at: number): Promise<number> => (await this.wordsOf(arena, 1, at))[0]!
    const follow = async (acts: readonly Act[]): Promise<void> => {
      for (const a of acts) {
        const n = lengthOf([a])
        if (n <= longest) {
          if (length + n > longest) {
            submit()
            if (!this.flight.room) await this.flight.landing()
          }
          encode([a])
        } else if (a.tag === 'repeat') for (let i = 0; i < a.times; i++) await follow(a.body)
        else if (a.tag === 'until') {
          for (let done = 0; a.most === null || done < a.most;) {
            const turns = lengthOf(a.body) * patience <= longest ? Math.min(patience, (a.most ?? Infinity) - done) : 1
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
          for (const x of ins) given.push(await this.elements(storageOf(x.root), x, await place(x)))
          const made = await host(a.step, given)
          for (const [i, x] of outs.entries()) if (made[i]!.length > 0) await this.put(storageOf(x.root), x, await place(x), made[i]!)
        }
      }
    }
    const finish = (): void => {
      end()
      for (const c of script.copyOut) copy(c, (x, from) => encoder.copyBufferToBuffer(x.buffer, 4 * x.word, outputs[c.index]!, 4 * from, 4 * x.words))
      submit()
    }
    if (!p.whole) return follow(script.acts).then(finish)
    encode(script.acts)
    finish()
    return null
  }

  private async wordsOf(storage: Storage, words: number, from: number): Promise<Uint32Array> {
    const parts: Uint32Array[] = []
    for (const x of storage.stretches(from, words)) parts.push(await this.read(x.buffer, x.words, 4 * x.word))
    if (parts.length === 1) return parts[0]!
    const all = new Uint32Array(words)
    parts.reduce((at, p) => { all.set(p, at); return at + p.length }, 0)
    return all
  }
  /** The elements from a place on, as words: halves may begin within one. */
  private async elements(storage: Storage, { half, size }: HostPlace, at: number): Promise<Uint32Array> {
    if (!half) return this.wordsOf(storage, size, at)
    const words = await this.wordsOf(storage, ((at + size + 1) >> 1) - (at >> 1), at >> 1)
    return at % 2 === 0 ? words : packHalves(unpackHalves(words, size, 1))
  }
  private async put(storage: Storage, x: HostPlace, at: number, made: Uint32Array): Promise<void> {
    const write = (word: number, words: Uint32Array): void => {
      let from = 0
      for (const s of storage.stretches(word, words.length)) {
        this.device.queue.writeBuffer(s.buffer, 4 * s.word, words as Uint32Array<ArrayBuffer>, from, s.words)
        from += s.words
      }
    }
    if (!x.half) { write(at, made); return }
    // what shares a word with it stays
    const first = at >> 1, around = await this.wordsOf(storage, ((at + x.size + 1) >> 1) - first, first)
    const all = unpackHalves(around, 2 * around.length)
    all.set(unpackHalves(made, x.size), at % 2)
    write(first, packHalves(all))
  }

  /** The words of a buffer. */
  async read(buffer: GPUBuffer, words: number, from = 0): Promise<Uint32Array> {
    if (words === 0) return new Uint32Array(0)
    const size = 2 ** Math.ceil(Math.log2(Math.max(256, 4 * words)))
    const known = this.readers.get(size)?.pop()
    if (known) this.idle -= size
    const reader = known ?? this.device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget })
    const encoder = this.device.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, from, reader, 0, 4 * words)
    this.flight.submit(encoder.finish())
    await reader.mapAsync(1, 0, 4 * words).catch(this.unread)
    const result = new Uint32Array(reader.getMappedRange(0, 4 * words).slice(0))
    reader.unmap()
    if (this.idle + size > kept) reader.destroy()
    else {
      this.idle += size
      const list = this.readers.get(size)
      if (list) list.push(reader)
      else this.readers.set(size, [reader])
    }
    return result
  }
}
/** How many dispatches acts are; Infinity where something is read on the way. */
const lengthOf = (acts: readonly Act[]): number => acts.reduce((n, a) => n + (
  a.tag === 'dispatch' ? 1
  : a.tag === 'repeat' ? times(a.times, lengthOf(a.body))
  : a.tag === 'until' && a.most !== null && a.most <= 4096 ? times(a.most, lengthOf(a.body)) : Infinity), 0)
const times = (n: number, length: number): number => (n === 0 ? 0 : n * length)

/** How a kernel reaches its buffers: which binding each lies in, and at which word, which loops may move. */
import { raise } from '../../src/core/fault.js'
import type { DType } from '../../src/core/dtype.js'
import type { Buffer } from '../../src/compile/plan.js'
import { fromWord, Text, toWord } from './wgsl.js'

/** The storage that a program was given, or makes, and that of temporaries that are halves, of which 0 is the only one: all else lies in the arena. */
export type Root = { readonly tag: 'halves'; readonly index: 0 } | { readonly tag: 'input'; readonly index: number } | { readonly tag: 'output'; readonly index: number }
/** An element's place, in elements, is base + Σ terms: factor times a counter, or times (counter + phase) mod 2. */
export interface Term { readonly mode: 'row' | 'parity'; readonly loop: number; readonly factor: number; readonly phase: number }
export interface Address { readonly root: Root | null; readonly base: number; readonly terms: readonly Term[] }

/** Where a buffer lies, counted in its elements. */
export const addressOf = (b: Buffer): Address => {
  const { place, bytes } = b
  switch (place.tag) {
    case 'input': case 'output': return { root: { tag: place.tag, index: place.index }, base: 0, terms: [] }
    case 'arena': return { root: b.dtype === 'f16' ? { tag: 'halves', index: 0 } : null, base: place.offset / bytes, terms: [] }
    case 'part': { const a = addressOf(place.of); return { ...a, base: a.base + place.offset / bytes } }
    case 'row': {
      const a = addressOf(place.of), step = place.step / bytes
      return {
        ...a, base: a.base + place.offset / bytes + (place.last === null ? 0 : place.last * step),
        terms: [...a.terms, { mode: 'row', loop: place.loop, factor: place.last === null ? step : -step, phase: 0 }],
      }
    }
    case 'parity': { const a = addressOf(place.of); return { ...a, terms: [...a.terms, { mode: 'parity', loop: place.loop, factor: place.bytes / bytes, phase: place.phase }] } }
    default: return place satisfies never
  }
}
export const sameRoot = (a: Root | null, b: Root | null): boolean => a === b || (a !== null && b !== null && a.tag === b.tag && a.index === b.index)

/** What of the addresses is part of the code: bindings, the modes of terms, and whether there is a guard. Bases, factors and counters are data. */
export interface Layout {
  /** For each buffer of the kernel the bindings of its parts, 0 being the first of the arena, and the modes of its terms. */
  readonly buffers: readonly { readonly bindings: readonly number[]; readonly modes: readonly Term['mode'][] }[]
  /** Whether each binding behind the first part of the arena is written, and whether it holds halves. */
  readonly written: readonly boolean[]
  readonly halves: readonly boolean[]
  readonly guarded: boolean
  /** Words of a part: the same for all programs of a device. */
  readonly part: number
}
export const keyOfLayout = (l: Layout): string => `${l.buffers.map(b => b.bindings.join('+') + b.modes.map(m => m[0]).join('')).join()} ${l.written.map((w, i) => (w ? 'w' : 'r') + (l.halves[i] ? 'h' : '')).join('')}${l.guarded ? ' g' : ''}`

/** One dispatch of a kernel: so many workgroups of so many invocations. `values`: parameters beside the addresses. */
export interface Stage { readonly text: Text; readonly groups: number; readonly threads: number; readonly values: readonly number[] }

/** Invocations of a workgroup whose invocations have nothing to do with each other. */
const threads = 64

const parameterAt = (k: number): string => `p[${k >> 2}][${k & 3}]`
/** The words of parameters, in order: the counters' word, the guard's word, then for each buffer its base and for each term factor, counter and phase. */
export const parameterCount = (l: Layout): number => 1 + l.buffers.reduce((n, b) => n + 1 + 3 * b.modes.length, 0)

/** The head of a module, and how its buffers are read and written. */
export class Bindings {
  private readonly bases: string[] = []
  private readonly dtypes: readonly DType[]
  private values = 0
  constructor(private readonly layout: Layout, dtypes: readonly DType[]) { this.dtypes = dtypes }
  /** The buffer of words that stages of a kernel leave to those behind them, where there are several: the last. */
  get scratch(): number { return this.dtypes.length - 1 }
  /** The words of its parameters, once all stages are written. */
  get parameters(): number { return parameterCount(this.layout) + this.values }
  get head(): string {
    const words = Math.ceil(this.parameters / 4)
    const { written, halves } = this.layout
    return [
      ...(halves.includes(true) ? ['enable f16;'] : []),
      `@group(0) @binding(0) var<uniform> p: array<vec4<i32>, ${words}>;`,
      '@group(0) @binding(1) var<storage, read_write> b0: array<u32>;',
      ...written.map((w, i) => `@group(0) @binding(${i + 2}) var<storage, ${w ? 'read_write' : 'read'}> b${i + 1}: array<${halves[i] ? 'f16' : 'u32'}>;`),
      ...this.parted(),
    ].join('\n')
  }
  /** How what lies in several parts is read and written: the word says in which part it is. */
  private parted(): readonly string[] {
    const { buffers, written, halves } = this.layout
    const lists = new Map(buffers.filter(b => b.bindings.length > 1).map(b => [b.bindings.join('_'), b.bindings]))
    return [...lists].flatMap(([name, bindings]) => {
      const cases = (act: (b: number) => string): string => bindings.map((b, i) => `${i === bindings.length - 1 ? 'default' : `case ${i}u`}: { ${act(b)} }`).join(' ')
      const half = halves[bindings[0]! - 1] ?? false, part = this.layout.part * (half ? 2 : 1), type = half ? 'f16' : 'u32'
      const load = `fn load${name}(w: u32) -> ${type} { switch (w / ${part}u) { ${cases(b => `return b${b}[w % ${part}u];`)} } }`
      const writable = bindings.every(b => b === 0 || written[b - 1])
      return writable ? [load, `fn store${name}(w: u32, x: ${type}) { switch (w / ${part}u) { ${cases(b => `b${b}[w % ${part}u] = x;`)} } }`] : [load]
    })
  }
  /** A parameter beside the addresses. */
  value(k: number): string {
    this.values = Math.max(this.values, k + 1)
    return parameterAt(parameterCount(this.layout) + k)
  }
  /** Declares where each buffer begins; leaves at once where the guard does not hold: all of a workgroup, where its invocations wait for each other. */
  begin(text: Text, together = false): void {
    let at = 0
    const parameter = (): string => parameterAt(at++)
    const guard = parameter()
    if (this.layout.guarded && together) {
      const running = text.shared('u32')
      text.line(`if (local == 0u) { ${running} = b0[u32(${guard})]; }`)
      text.line(`if (workgroupUniformLoad(&${running}) == 0u) { return; }`)
    } else if (this.layout.guarded) text.line(`if (b0[u32(${guard})] == 0u) { return; }`)
    this.layout.buffers.forEach((b, k) => {
      const sum = [parameter(), ...b.modes.map(mode => {
        const factor = parameter(), counter = `i32(b0[u32(${parameter()})])`, phase = parameter()
        return mode === 'row' ? `${factor} * ${counter}` : `${factor} * ((${counter} + ${phase}) & 1)`
      })]
      text.line(`let base${k} = ${sum.join(' + ')};`)
      this.bases[k] = `base${k}`
    })
  }
  /** The word of an element, from the first part on that is bound. */
  word(buffer: number, index: string): string { return `u32(${this.bases[buffer]} + ${index})` }
  /** An element as it lies in memory: a word, or a half. */
  raw(buffer: number, index: string): string {
    const { bindings } = this.layout.buffers[buffer]!, word = this.word(buffer, index)
    return bindings.length === 1 ? `b${bindings[0]!}[${word}]` : `load${bindings.join('_')}(${word})`
  }
  load(buffer: number, index: string): string { return fromWord(this.raw(buffer, index), this.dtypes[buffer]!) }
  store(text: Text, buffer: number, index: string, value: string): void {
    const { bindings } = this.layout.buffers[buffer]!, word = this.word(buffer, index), x = toWord(value, this.dtypes[buffer]!)
    text.line(bindings.length === 1 ? `b${bindings[0]!}[${word}] = ${x};` : `store${bindings.join('_')}(${word}, ${x});`)
  }
}

/** So many workgroups along two dimensions, where one does not hold them. */
export const groupsOf = (groups: number, most: number): readonly [number, number] => {
  if (groups <= most) return [groups, 1]
  const rows = Math.ceil(groups / most)
  if (rows > most) {
    return raise({ _tag: 'BadArgument', op: 'webgpu', argument: 'a kernel', got: `${groups} workgroups`, want: `at most ${most * most}`, hint: 'compute it in parts' })
  }
  return [Math.ceil(groups / rows), rows]
}
/** The number of this invocation, in `id`; those beyond `units` leave. */
export const unit = (text: Text, units: number): Stage => {
  text.line(`let id = i32((group.y * groups.x + group.x) * ${threads}u + local);`)
  text.line(`if (id >= ${units}) { return; }`)
  return { text, groups: Math.ceil(units / threads), threads, values: [] }
}
/** The number of this workgroup, in `id`, and of the invocation in it, in `lane`; all of those beyond `groups` leave. */
export const together = (text: Text, groups: number, lanes: number): Stage => {
  text.line('let id = i32(group.y * groups.x + group.x);')
  text.line('let lane = i32(local);')
  text.line(`if (id >= ${groups}) { return; }`)
  return { text, groups, threads: lanes, values: [] }
}
/** Declared by what needs it: a word that is 0, which no compiler knows. */
export const unknownZero = 'nought = group.z;'
export const entry = (threads: number): string => `@compute @workgroup_size(${threads}) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32)`

/** offset + Σ strides·axes as text; `i32` throughout. */
export const affine = (offset: number | string, strides: readonly number[], axes: readonly string[]): string => {
  const terms = strides.flatMap((s, d) => (s === 0 || axes[d] === '0' ? [] : [s === 1 ? axes[d]! : `${s} * ${axes[d]}`]))
  const start = offset === 0 && terms.length > 0 ? [] : [String(offset)]
  return [...start, ...terms].join(' + ').replaceAll('+ -', '- ')
}
/** Names for the coordinates of a number, row major. */
export const coordinates = (text: Text, number: string, extents: readonly number[], prefix: string): readonly string[] => {
  let inner = 1
  const names: string[] = new Array<string>(extents.length)
  for (let d = extents.length - 1; d >= 0; d--) {
    const quotient = inner === 1 ? number : `${number} / ${inner}`
    names[d] = extents[d] === 1 ? '0' : `${prefix}${d}`
    if (extents[d] !== 1) text.line(`let ${prefix}${d} = ${d === 0 || extents.slice(0, d).every(n => n === 1) ? quotient : `(${quotient}) % ${extents[d]}`};`)
    inner *= extents[d]!
  }
  return names
}

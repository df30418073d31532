/** A plan as a script: shaders, and the dispatches that run them, in order, with their parameters. Plain data, which another thread may run. */
import { lower } from '../../src/compile/lower.js'
import { type Buffer, type HostStep, type KernelStep, type Plan, type Step, words as widths } from '../../src/compile/plan.js'
import type { DType } from '../../src/core/dtype.js'
import { showBytes } from '../../src/core/fault.js'
import type { Program } from '../../src/core/primitive.js'
import { type Kernel, writesOf } from '../../src/kernel/kernel.js'
import { keyOf } from '../../src/kernel/key.js'
import { Bindings, entry, groupsOf, keyOfLayout, type Layout, type Root, sameRoot, type Stage, unknownZero } from './bindings.js'
import { choose, type Choose, type Schedule } from './choose.js'
import { inSingles, wordCount } from './halves.js'
import { type Copy, type Limits, partOf, type Piece, Places, type Reached, segmentOf } from './parts.js'
import { type Run, turnsOf } from './ranges/index.js'
import { copyText, scratchOf, stagesOf, withScratch } from './stages.js'
import { helpersOf } from './wgsl.js'

export interface Shader {
  /** What it does, for people. */
  readonly name: string
  readonly code: string
  /** Whether each binding behind the arena is written. */
  readonly written: readonly boolean[]
  /** Words of its parameters. */
  readonly parameters: number
}
/** A shader with what it binds behind the first part of the arena. */
export interface Reach { readonly shader: number; readonly pieces: readonly Piece[] }
export interface Dispatch { readonly tag: 'dispatch'; readonly reach: number; readonly parameters: number; readonly groups: readonly [number, number] }
export interface Repeat { readonly tag: 'repeat'; readonly times: number; readonly body: readonly Act[] }
/** Repeats until the word of state at `alive` is 0; where nobody knows how often, it is read from time to time. */
export interface Until { readonly tag: 'until'; readonly alive: number; readonly most: number | null; readonly body: readonly Act[] }
export interface HostAct { readonly tag: 'host'; readonly step: number; readonly guard: number | null }
export type Act = Dispatch | Repeat | Until | HostAct

export interface Script {
  readonly shaders: readonly Shader[]
  readonly reaches: readonly Reach[]
  /** Words of a part, and of a buffer of an arena. */
  readonly part: number
  readonly segment: number
  readonly acts: readonly Act[]
  /** All parameters, one after the other, aligned as the adapter wants. */
  readonly parameters: Int32Array
  /** Words of the arena, state included, and of that of halves; of inputs and of outputs. */
  readonly arena: number
  readonly halves: number
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** Inputs and outputs that lie in an arena while the program runs, from this word on. */
  readonly copyIn: readonly Copy[]
  readonly copyOut: readonly Copy[]
  readonly hosts: readonly { readonly ins: readonly HostPlace[]; readonly outs: readonly HostPlace[] }[]
}
/** Elements that the host reads or writes: from base + Σ terms on, a counter being a word of the arena. */
export interface HostPlace { readonly root: Root | null; readonly half: boolean; readonly base: number; readonly size: number; readonly terms: readonly { readonly mode: 'row' | 'parity'; readonly factor: number; readonly phase: number; readonly counter: number }[] }
export interface Scripted { readonly script: Script; readonly hosts: readonly HostStep[] }

/** How programs are lowered for a device. */
export const lowering = { follows: () => false, widths, splits: false } as const
/** The plan of a program for a device: elements are words, nothing follows a contraction, and long folds are whole. */
export const planOf = (program: Program): Plan => lower(program, null, [], lowering.follows, lowering.widths, lowering.splits)

/** A kernel as profiles and explanations call it. */
export const nameOf = (k: Kernel): string => {
  const sizes = (xs: readonly number[]): string => `[${xs.join(', ')}]`
  switch (k.tag) {
    case 'nest': return `${k.reduced > 0 ? `${[...new Set(k.folds.map(f => f.monoid))].join(', ')} over ${sizes(k.extents.slice(k.extents.length - k.reduced))} of ` : 'elements of '}${sizes(k.extents)}`
    case 'contract': return `product ${sizes([...k.batch, ...k.rows])} x ${sizes(k.depth)} x ${sizes(k.cols)}`
    case 'cumulative': return `cumulative ${k.kind} along ${k.length}`
    case 'sort': return `sort along ${k.length}`
    default: return `${k.tag} ${sizes([...k.batch, ...k.window])}`
  }
}
/**
 * Words of the arena hold the state of a program: counters of loops, and flags of parts that are to run. One invocation sets a word, counts,
 * compares. Parameters: the flag that lets it run or -1, the word, and what it needs.
 */
const controls = {
  set: 'b0[u32(p[0][1])] = bitcast<u32>(p[0][2]);',
  count: 'b0[u32(p[0][1])] = b0[u32(p[0][1])] + 1u;',
  // whether the index in a word is this one, once it is clamped; the flag around it
  same: `let index = clamp(bitcast<i32>(b0[u32(p[0][3])]), 0, p[1][1]);
  let around = select(b0[u32(max(p[1][0], 0))], 1u, p[1][0] < 0);
  b0[u32(p[0][1])] = select(0u, 1u, index == p[0][2] && around != 0u);`,
  // as long as the condition in a word holds
  holds: 'b0[u32(p[0][1])] = select(0u, b0[u32(p[0][1])], b0[u32(p[0][3])] != 0u);',
} as const
const controlCode = (what: keyof typeof controls): string => `@group(0) @binding(0) var<uniform> p: array<vec4<i32>, 2>;
@group(0) @binding(1) var<storage, read_write> b0: array<u32>;
@compute @workgroup_size(1) fn main() {
  if (p[0][0] >= 0 && b0[u32(max(p[0][0], 0))] == 0u) { return; }
  ${controls[what]}
}`

/** A shader, and how many workgroups of it: with such parameters beside the addresses. */
interface Made { readonly shader: number; readonly groups: number; readonly values: readonly number[] }
/** `chosen` may answer schedules of its own. */
export const scriptOf = (given: Plan, limits: Limits, chosen: Choose = choose): Scripted => {
  const scheduleOf = (k: Kernel): Schedule => chosen(k, limits.target)
  /** Kernels that are run in turns, and which step of the plan the step of a kernel with its scratch is. */
  const inTurns = new Set<KernelStep>(), origin = new Map<KernelStep, KernelStep>()
  const turned = (s: KernelStep): boolean => inTurns.has(origin.get(s) ?? s)
  const placed = (): { readonly plan: Plan; readonly places: Places } => {
    for (;;) {
      const plan = withScratch(given, scheduleOf, turned, (made, from) => { origin.set(made, from) }), places = new Places(plan, limits, turned)
      if (places.excess.length === 0) return { plan, places }
      places.excess.forEach(s => inTurns.add(origin.get(s) ?? s))
    }
  }
  const { plan, places } = placed()
  const shaders: Shader[] = []
  const known = new Map<string, readonly Made[]>()
  const byCode = new Map<string, number>()
  const words: number[] = []
  const perRecord = limits.uniformAlignment / 4
  const record = (values: readonly number[]): number => {
    const from = words.length
    words.push(...values)
    while (words.length % perRecord !== 0) words.push(0)
    return from * 4
  }
  const part = partOf(limits)
  let states = 0
  const state = (): number => states++
  const counters = new Map<number, number>()
  const counter = (loop: number): number => {
    let c = counters.get(loop)
    if (c === undefined) counters.set(loop, c = state())
    return c
  }
  const hosts: HostStep[] = []
  const hostPlace = ({ buffer }: { readonly buffer: Buffer }): HostPlace => {
    const { root, base, terms } = places.at(buffer)
    return { root, half: buffer.dtype === 'f16', base, size: buffer.size, terms: terms.map(t => ({ mode: t.mode, factor: t.factor, phase: t.phase, counter: counter(t.loop) })) }
  }

  const reaches: Reach[] = [], reachOf = new Map<string, number>()
  const reach = (shader: number, pieces: readonly Piece[]): number => {
    const key = `${shader} ${pieces.map(p => `${p.root === null ? 'a' : p.root.tag[0]! + p.root.index}.${p.part}`).join()}`
    let made = reachOf.get(key)
    if (made === undefined) reachOf.set(key, made = reaches.push({ shader, pieces }) - 1)
    return made
  }

  const dispatch = (s: KernelStep, guard: number | null): readonly Act[] =>
    (turned(s) ? inTurnsOf(s, guard) : dispatched(keyOf(s.kernel), s.buffers.map(b => places.reached(b)), new Set(writesOf(s.kernel)), guard, layout => compile(s, layout)))
  const dispatched = (kernel: string, reached: readonly Reached[], writes: ReadonlySet<number>, guard: number | null, make: (l: Layout) => readonly Made[]): readonly Act[] => {
    const addresses = reached.map(r => r.address), pieces = places.boundOf(reached)
    const layout: Layout = {
      halves: pieces.map(p => places.holdsHalves(p.root)),
      buffers: reached.map(r => ({ bindings: r.pieces.map(p => places.bindingOf(pieces, p)), modes: r.address.terms.map(t => t.mode) })),
      // parts of one buffer are all written or none
      written: pieces.map(p => p.root === null || addresses.some((a, k) => sameRoot(a.root, p.root) && writes.has(k))),
      guarded: guard !== null, part,
    }
    const key = `${kernel} ${keyOfLayout(layout)}`
    let made = known.get(key)
    if (made === undefined) known.set(key, made = make(layout))
    const common = [guard ?? -1, ...addresses.flatMap(a => [a.base, ...a.terms.flatMap(t => [t.factor, counter(t.loop), t.phase])])]
    const records = new Map<string, number>()
    return made.map(({ shader, groups, values }): Dispatch => {
      let parameters = records.get(values.join())
      if (parameters === undefined) records.set(values.join(), parameters = record([...common, ...values]))
      return { tag: 'dispatch', reach: reach(shader, pieces), parameters, groups: groupsOf(groups, limits.groups) }
    })
  }
  const compile = (s: KernelStep, layout: Layout): readonly Made[] => {
    const bindings = new Bindings(layout, s.buffers.map(b => b.dtype))
    return compiled(nameOf(s.kernel), stagesOf(inSingles(s.kernel), scheduleOf(s.kernel), bindings), bindings, layout)
  }
  const compiled = (name: string, stages: readonly Stage[], bindings: Bindings, layout: Layout): readonly Made[] =>
    stages.filter(stage => stage.groups > 0).map(({ text, groups, threads, values }): Made => {
      const body = text.toString(), functions = helpersOf(body)
      // helpers call helpers: what they need is in front of them
      const code = [...text.enabled, bindings.head, ...text.declarations, functions, `${entry(threads)} {`, ...(functions.includes('nought') ? [`  ${unknownZero}`] : []), body, '}'].filter(t => t !== '').join('\n')
      let shader = byCode.get(code)
      if (shader === undefined) byCode.set(code, shader = shaders.push({ name, code, written: layout.written, parameters: bindings.parameters }) - 1)
      return { shader, groups, values }
    })
  /** Brings elements from one buffer to another, of which one may have more parts than can be bound: then those of some parts at a time. */
  const copied = (from: Buffer, to: Buffer, guard: number | null): readonly Act[] => {
    const half = from.dtype === 'f16', dtype: DType = half ? 'f16' : 'u32', ends = [places.reached(from), places.reached(to)] as const
    const copy = (reached: readonly Reached[], bounded: number | null, count: number): readonly Act[] =>
      dispatched(`copy ${from.size} ${bounded} ${count}`, reached, new Set([1]), guard, layout => {
        const bindings = new Bindings(layout, [dtype, dtype])
        return compiled(`window of ${from.size}`, [copyText(from.size, bindings, bounded === null ? null : { buffer: bounded, words: count * part * (half ? 2 : 1) })], bindings, layout)
      })
    if (places.boundOf(ends).length + 1 <= limits.storageBuffers) return copy(ends, null, 0)
    const large = ends[0].pieces.length > ends[1].pieces.length ? 0 : 1, { pieces, address } = ends[large]
    const many = limits.storageBuffers - 1 - ends[1 - large]!.pieces.length
    return Array.from({ length: Math.ceil(pieces.length / many) }, (_, i) => {
      const some: Reached = { pieces: pieces.slice(i * many, (i + 1) * many), address: { ...address, base: address.base - i * many * part * (half ? 2 : 1) } }
      return copy(large === 0 ? [some, ends[1]] : [ends[0], some], large, some.pieces.length)
    }).flat()
  }
  /** A kernel whose arrays cannot all be bound, on windows of them that are brought to one place and back. */
  const inTurnsOf = (s: KernelStep, guard: number | null): readonly Act[] => {
    const { room } = places.staging, count = s.buffers.length
    const runs = turnsOf(s.kernel, { dtypes: s.buffers.map(b => b.dtype), room, scratch: k => scratchOf(k, scheduleOf(k)), states: [] })
    if (runs === null) return places.tooMuch('a kernel', `${count} arrays, of which one result needs more than ${showBytes(4 * room.words)}`, 4 * room.words)
    const piece = (of: Buffer, from: number, size: number): Buffer => ({ ...of, id: -1, size, place: { tag: 'part', of, offset: from * of.bytes } })
    /** Places behind each other, of words and of halves. */
    const tops = { words: 0, halves: 0 }
    const held = (dtype: DType, size: number): Buffer => {
      const kind = dtype === 'f16' ? 'halves' : 'words', bytes = widths[dtype], at = tops[kind]
      tops[kind] += size
      return { id: -1, dtype, size, bytes, place: { tag: 'arena', offset: places.staging[kind] + at * bytes }, loops: [] }
    }
    /** What of a window lies in each part of the arena, of either end. */
    const stretches = (inside: Buffer): readonly ((b: Buffer) => Buffer)[] => {
      const length = inside.dtype === 'f16' ? 2 * part : part, list: ((b: Buffer) => Buffer)[] = []
      for (let from = 0, at = places.at(inside).base; from < inside.size;) {
        const begin = from, size = Math.min(inside.size - from, length - (at + from) % length)
        list.push(b => piece(b, begin, size))
        from += size
      }
      return list
    }
    const acts: Act[] = []
    const walk = (run: Run, states: readonly Buffer[]): void => {
      const before = { ...tops }
      if (run.tag === 'scope') {
        const inner = [...states, ...run.states.map(x => held(x.dtype, x.size))]
        for (const r of run.turns) walk(r, inner)
      } else {
        const windows = run.windows.map(w => {
          const state = w.buffer < count ? null : states[w.buffer - count]!
          return state === null ? { outside: piece(s.buffers[w.buffer]!, w.from, w.size), inside: held(s.buffers[w.buffer]!.dtype, w.size) } : { outside: null, inside: piece(state, w.from, w.size) }
        })
        const words = scratchOf(run.kernel, scheduleOf(run.kernel)), writes = new Set(writesOf(run.kernel))
        acts.push(
          ...windows.flatMap(w => (w.outside === null ? [] : stretches(w.inside).flatMap(x => copied(x(w.outside), x(w.inside), guard)))),
          ...dispatch({ tag: 'kernel', kernel: run.kernel, buffers: [...windows.map(w => w.inside), ...(words === 0 ? [] : [held('u32', words)])] }, guard),
          ...windows.flatMap((w, i) => (w.outside === null || !writes.has(i) ? [] : stretches(w.inside).flatMap(x => copied(x(w.inside), x(w.outside), guard)))),
        )
      }
      Object.assign(tops, before)
    }
    for (const r of runs) walk(r, [])
    return acts
  }
  const control = (what: keyof typeof controls, values: readonly number[]): Dispatch => {
    const key = `control ${what}`
    let made = known.get(key)
    if (!made) known.set(key, made = [{ shader: shaders.push({ name: `control: ${what}`, code: controlCode(what), written: [], parameters: 8 }) - 1, groups: 1, values: [] }])
    return { tag: 'dispatch', parameters: record([...values, ...Array.from({ length: 8 - values.length }, () => 0)]), reach: reach(made[0]!.shader, []), groups: [1, 1] }
  }
  /** Brings a number that decides into a word of state: where it lies may move with a loop, through more parts than can be bound. */
  const brought = (b: Buffer, guard: number | null): { readonly word: number; readonly acts: readonly Act[] } => {
    const word = state()
    const to: Buffer = { id: -1, dtype: b.dtype, size: 1, bytes: 4, place: { tag: 'arena', offset: 4 * (word - places.front) }, loops: [] }
    return { word, acts: copied(b, to, guard) }
  }

  const acts = (steps: readonly Step[], guard: number | null): readonly Act[] => steps.flatMap((s): readonly Act[] => {
    switch (s.tag) {
      case 'kernel': return dispatch(s, guard)
      case 'host': return [{ tag: 'host', step: hosts.push(s) - 1, guard }]
      case 'loop': {
        const c = counter(s.loop)
        return [control('set', [guard ?? -1, c, 0]), { tag: 'repeat', times: s.length, body: [...acts(s.body, guard), control('count', [guard ?? -1, c])] }]
      }
      case 'while': {
        const c = counter(s.loop), alive = state()
        const condition = brought(s.holds, alive)
        return [
          control('set', [-1, c, 0]), control('set', [-1, alive, 0]), control('set', [guard ?? -1, alive, 1]),
          { tag: 'until', alive, most: s.maxSteps, body: [
            ...acts(s.cond, alive), ...condition.acts, control('holds', [alive, alive, 0, condition.word]), ...acts(s.body, alive), control('count', [alive, c]),
          ] },
        ]
      }
      case 'branch': {
        const index = brought(s.index, guard), last = s.branches.length - 1
        return [...index.acts, ...s.branches.flatMap((branch, i) => {
          const flag = state()
          return [control('same', [-1, flag, i, index.word, guard ?? -1, last]), ...acts(branch, flag)]
        })]
      }
      default: return s satisfies never
    }
  })
  const main = acts(plan.steps, null), atHost = hosts.map(h => ({ ins: h.ins.map(hostPlace), outs: h.outs.map(hostPlace) }))
  const script: Script = {
    shaders, reaches, part, segment: segmentOf(limits), acts: main, parameters: Int32Array.from(words.length === 0 ? new Array<number>(perRecord).fill(0) : words), arena: places.arena, halves: places.halves / 2, hosts: atHost,
    inputs: plan.inputs.map(b => wordCount(b.size, b.dtype)), outputs: plan.outputs.map(b => wordCount(b.size, b.dtype)),
    copyIn: places.copies('input'), copyOut: places.copies('output'),
  }
  return { script, hosts }
}

/** The inputs that some act reads. */
export const inputsOf = (s: Script): ReadonlySet<number> => {
  const used = new Set<number>(s.copyIn.map(c => c.index))
  const see = (r: Root | null): void => { if (r?.tag === 'input') used.add(r.index) }
  for (const r of s.reaches) r.pieces.forEach(p => see(p.root))
  for (const h of s.hosts) [...h.ins, ...h.outs].forEach(p => see(p.root))
  return used
}

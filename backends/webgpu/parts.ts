/** Where a program's buffers lie and what a kernel binds: storage larger than a binding is bound in parts, and what is too much for a kernel lies in the arena. */
import { raise, showBytes } from '../../src/core/fault.js'
import { type Buffer, type HostStep, type KernelStep, type Plan, rootOf, type Step } from '../../src/compile/plan.js'
import { type Address, addressOf, type Root, sameRoot } from './bindings.js'
import type { Target } from './choose.js'
import { wordCount } from './halves.js'
import type { Room } from './ranges/index.js'

/** What of an adapter scripts depend on. `binding`, `buffer`: bytes of the largest of each. `halves`: whether shaders may hold any. */
export interface Limits { readonly storageBuffers: number; readonly groups: number; readonly uniformAlignment: number; readonly binding: number; readonly buffer: number; readonly halves: boolean; readonly target: Target }

/** A part of what a program was given, or makes, or of the arena (null). */
export interface Piece { readonly root: Root | null; readonly part: number }
const samePiece = (a: Piece, b: Piece): boolean => a.part === b.part && sameRoot(a.root, b.root)
/** A buffer as a kernel reaches it: the parts that hold it, and its address from the first of them on. */
export interface Reached { readonly pieces: readonly Piece[]; readonly address: Address }
/** Between an input or an output and words of an arena. */
export interface Copy { readonly index: number; readonly root: Root | null; readonly to: number; readonly words: number }

/** Offsets of bindings are multiples of 256 bytes. */
export const partOf = (limits: Limits): number => 64 * Math.floor(Math.min(limits.binding, limits.buffer, 2 ** 32) / 256)
/** Words of the buffers that make up an arena: whole parts. */
export const segmentOf = (limits: Limits): number => partOf(limits) * Math.floor(limits.buffer / (4 * partOf(limits)))

/** Words of state that steps need: counters of loops, whether a loop goes on and what decides it, which branch is taken. */
const statesOf = (steps: readonly Step[]): number => steps.reduce((n, s) => n + (
  s.tag === 'loop' ? 1 + statesOf(s.body)
  : s.tag === 'while' ? 3 + statesOf(s.cond) + statesOf(s.body)
  : s.tag === 'branch' ? 1 + s.branches.reduce((m, b) => m + 1 + statesOf(b), 0) : 0), 0)

const walk = (steps: readonly Step[], see: (s: KernelStep | HostStep) => void): void => steps.forEach(s => {
  if (s.tag === 'kernel' || s.tag === 'host') see(s)
  else if (s.tag === 'loop') walk(s.body, see)
  else if (s.tag === 'while') { walk(s.cond, see); walk(s.body, see) }
  else if (s.tag === 'branch') s.branches.forEach(b => walk(b, see))
})
/** Whether steps touch halves of the arena, or any halves where `any` says so. */
const holdsHalves = (steps: readonly Step[], any: (s: KernelStep | HostStep) => boolean = () => false): boolean => {
  let found = false
  walk(steps, s => (s.tag === 'kernel' ? s.buffers : [...s.ins, ...s.outs].map(x => x.buffer)).forEach(b => { found ||= b.dtype === 'f16' && (rootOf(b).place.tag === 'arena' || any(s)) }))
  return found
}
const aligned = (words: number): number => Math.ceil(words / 64) * 64

/** Where kernels in turns have their windows, in either arena: bytes from the first temporary on, and the elements there is room for. */
export interface Staging { readonly words: number; readonly halves: number; readonly room: Room }
/** Windows lie in so many parts at most: more would be memory that others need. */
const mostParts = 4

/** The arena begins with the words of state: its first part is bound by every kernel. */
export class Places {
  private readonly moved = new Map<string, { readonly root: Root; readonly within: Root | null; readonly to: number }>()
  private readonly part: number
  /** Where the temporaries of the plan begin: buffers at offsets below 0 are words of state. */
  readonly front: number
  /** Words of the arena; elements of that of halves. */
  arena: number
  halves: number
  /** Kernels that need more bindings than there are. */
  readonly excess: KernelStep[] = []
  /** Where kernels in turns have their windows. */
  readonly staging: Staging
  /** `inTurns` tells which kernels are run in turns. */
  constructor(private readonly plan: Plan, private readonly limits: Limits, inTurns: (s: KernelStep) => boolean) {
    this.part = partOf(limits)
    this.front = aligned(statesOf(plan.steps))
    this.arena = Math.max(4, this.front + Math.ceil(plan.arena / 4))
    this.halves = holdsHalves(plan.steps) ? 2 * Math.ceil(plan.arena / 4) : 0
    if (this.front > this.part) this.tooMuch('a program', `${showBytes(4 * this.front)} of counters and flags`, limits.binding)
    let turns = false
    walk(plan.steps, s => { turns ||= s.tag === 'kernel' && inTurns(s) })
    // what is moved makes the arena larger, which may take more parts of kernels that were looked at
    for (let before = -1; before !== this.moved.size && this.excess.length === 0;) {
      before = this.moved.size
      walk(plan.steps, s => { if (s.tag === 'kernel' && !inTurns(s)) this.fit(s) })
    }
    // a kernel binds the first part of the arena, and all of the room
    const free = limits.storageBuffers - 1, half = turns && holdsHalves(plan.steps, s => s.tag === 'kernel' && inTurns(s)) ? Math.max(1, Math.min(mostParts, free >> 1)) : 0
    const room: Room = { words: this.part * Math.min(mostParts, free - half), halves: 2 * this.part * half }
    const begin = (end: number, part: number): number => Math.ceil(end / part) * part
    const windows = begin(this.arena, this.part), halves = begin(this.halves, 2 * this.part)
    this.staging = { words: 4 * (windows - this.front), halves: 2 * halves, room }
    if (turns) {
      this.arena = windows + room.words
      if (half > 0) this.halves = halves + room.halves
    }
  }
  tooMuch(argument: string, got: string, most: number): never {
    return raise({ _tag: 'BadArgument', op: 'webgpu', argument, got, want: `at most ${showBytes(most)}, which is what the adapter has`, hint: 'compute it in parts, in a scan for instance, or on the CPU' })
  }
  private given(r: Root & { readonly tag: 'input' | 'output' }): Buffer { return (r.tag === 'input' ? this.plan.inputs : this.plan.outputs)[r.index]! }
  /** Elements. */
  private sizeOf(r: Root | null): number { return r === null ? this.arena : r.tag === 'halves' ? this.halves : this.given(r).size }
  holdsHalves(r: Root | null): boolean { return r !== null && (r.tag === 'halves' || this.given(r).dtype === 'f16') }
  /** Elements of a part. */
  private partOf(r: Root | null): number { return this.holdsHalves(r) ? 2 * this.part : this.part }
  /** Moves the smallest inputs and outputs of a kernel into the arena until it has bindings enough; where it never has, nothing is moved. */
  private fit(s: KernelStep): void {
    const before = { moved: [...this.moved], arena: this.arena, halves: this.halves }
    for (;;) {
      const pieces = this.bound(s.buffers)
      if (pieces.length + 1 <= this.limits.storageBuffers) return
      const roots = pieces.flatMap(({ root }) => (root === null || root.tag === 'halves' ? [] : root))
      if (roots.length === 0 || 4 * this.arena > this.limits.buffer) {
        this.excess.push(s)
        this.moved.clear()
        before.moved.forEach(([key, m]) => this.moved.set(key, m))
        this.arena = before.arena
        this.halves = before.halves
        return
      }
      const root = roots.reduce((a, b) => (this.sizeOf(b) < this.sizeOf(a) ? b : a)), size = this.sizeOf(root)
      const within: Root | null = this.holdsHalves(root) ? { tag: 'halves', index: 0 } : null, part = this.partOf(within)
      const next = aligned(this.sizeOf(within))
      // in one part, where it fits in one
      const to = next % part + size > part && size <= part ? Math.ceil(next / part) * part : next
      this.moved.set(`${root.tag} ${root.index}`, { root, within, to })
      if (within === null) this.arena = to + size
      else this.halves = to + size
    }
  }

  at(b: Buffer): Address {
    const a = addressOf(b), moved = a.root === null ? { within: null, to: this.front } : this.moved.get(`${a.root.tag} ${a.root.index}`)
    return moved ? { ...a, root: moved.within, base: a.base + moved.to } : a
  }
  reached(b: Buffer): Reached {
    const address = this.at(b), { root } = address
    // what moves with a loop may be anywhere in what it is a part of
    const whole = address.terms.length > 0 ? rootOf(b) : b, from = this.at(whole).base
    const part = this.partOf(root), last = Math.max(0, Math.ceil(this.sizeOf(root) / part) - 1)
    const [first, end] = [from, from + Math.max(1, whole.size) - 1].map(w => Math.min(last, Math.floor(w / part))) as [number, number]
    return {
      pieces: Array.from({ length: end - first + 1 }, (_, i) => ({ root, part: first + i })),
      address: { ...address, base: address.base - first * part },
    }
  }
  /** What a kernel binds behind the first part of the arena. */
  bound(buffers: readonly Buffer[]): readonly Piece[] { return this.boundOf(buffers.map(b => this.reached(b))) }
  boundOf(reached: readonly Reached[]): readonly Piece[] {
    return reached.flatMap(r => r.pieces).reduce<Piece[]>((list, p) =>
      ((p.root === null && p.part === 0) || list.some(q => samePiece(p, q)) ? list : [...list, p]), [])
  }
  /** The binding of a piece, 0 being the first part of the arena. */
  bindingOf(bound: readonly Piece[], p: Piece): number { return bound.findIndex(q => samePiece(p, q)) + 1 }
  copies(tag: Root['tag']): readonly Copy[] {
    return [...this.moved.values()].flatMap(({ root, within, to }) => (root.tag !== tag ? [] : [within === null
      ? { index: root.index, root: within, to, words: this.sizeOf(root) } : { index: root.index, root: within, to: to / 2, words: wordCount(this.sizeOf(root), 'f16') }]))
  }
}

/** Where a program's buffers lie and what a kernel binds: storage larger than a binding is bound in parts, and what is too much for a kernel lies in the arena. */
import { raise, showBytes } from '../../src/core/fault.js'
import { type Buffer, type KernelStep, type Plan, rootOf, type Step } from '../../src/compile/plan.js'
import { type Address, addressOf, type Root, sameRoot } from './bindings.js'
import type { Target } from './choose.js'

/** What of an adapter scripts depend on. `binding`, `buffer`: bytes of the largest of each. */
export interface Limits { readonly storageBuffers: number; readonly groups: number; readonly uniformAlignment: number; readonly binding: number; readonly buffer: number; readonly target: Target }

/** A part of what a program was given, or makes, or of the arena (null). */
export interface Piece { readonly root: Root | null; readonly part: number }
const samePiece = (a: Piece, b: Piece): boolean => a.part === b.part && sameRoot(a.root, b.root)
/** A buffer as a kernel reaches it: the parts that hold it, and its address from the first of them on. */
export interface Reached { readonly pieces: readonly Piece[]; readonly address: Address }
export interface Copy { readonly index: number; readonly to: number; readonly words: number }

/** Offsets of bindings are multiples of 256 bytes. */
export const partOf = (limits: Limits): number => 64 * Math.floor(Math.min(limits.binding, 2 ** 32) / 256)

/** Words of state that steps need: counters of loops, whether a loop goes on and what decides it, which branch is taken. */
const statesOf = (steps: readonly Step[]): number => steps.reduce((n, s) => n + (
  s.tag === 'loop' ? 1 + statesOf(s.body)
  : s.tag === 'while' ? 3 + statesOf(s.cond) + statesOf(s.body)
  : s.tag === 'branch' ? 1 + s.branches.reduce((m, b) => m + 1 + statesOf(b), 0) : 0), 0)

const walk = (steps: readonly Step[], see: (s: KernelStep) => void): void => steps.forEach(s => {
  if (s.tag === 'kernel') see(s)
  else if (s.tag === 'loop') walk(s.body, see)
  else if (s.tag === 'while') { walk(s.cond, see); walk(s.body, see) }
  else if (s.tag === 'branch') s.branches.forEach(b => walk(b, see))
})
const aligned = (words: number): number => Math.ceil(words / 64) * 64

/** The arena begins with the words of state: its first part is bound by every kernel. */
export class Places {
  private readonly moved = new Map<string, { readonly root: Root; readonly to: number }>()
  private readonly part: number
  /** Where the temporaries of the plan begin: buffers at offsets below 0 are words of state. */
  readonly front: number
  /** Words of the arena. */
  arena: number
  constructor(private readonly plan: Plan, private readonly limits: Limits) {
    this.part = partOf(limits)
    this.front = aligned(statesOf(plan.steps))
    this.arena = Math.max(4, this.front + Math.ceil(plan.arena / 4))
    if (this.front > this.part) this.tooMuch('a program', `${showBytes(4 * this.front)} of counters and flags`, limits.binding)
    // what is moved makes the arena larger, which may take more parts of kernels that were looked at
    for (let before = -1; before !== this.moved.size;) {
      before = this.moved.size
      walk(plan.steps, s => this.fit(s))
    }
    if (4 * this.arena > limits.buffer) this.tooMuch('a program', `${showBytes(4 * this.arena)} of temporaries`, limits.buffer)
  }
  private tooMuch(argument: string, got: string, most: number): never {
    return raise({ _tag: 'BadArgument', op: 'webgpu', argument, got, want: `at most ${showBytes(most)}, which is what the adapter has`, hint: 'compute it in parts, in a scan for instance, or on the CPU' })
  }
  private sizeOf(r: Root | null): number { return r === null ? this.arena : (r.tag === 'input' ? this.plan.inputs : this.plan.outputs)[r.index]!.size }
  /** Moves the smallest inputs and outputs of a kernel into the arena until it has bindings enough. */
  private fit(s: KernelStep): void {
    for (;;) {
      const pieces = this.bound(s.buffers)
      if (pieces.length + 1 <= this.limits.storageBuffers) return
      const roots = pieces.flatMap(({ root }) => root ?? [])
      if (roots.length === 0) this.tooMuch('a kernel', `arrays in ${pieces.length + 1} parts of ${showBytes(4 * this.part)}`, 4 * this.part * this.limits.storageBuffers)
      const root = roots.reduce((a, b) => (this.sizeOf(b) < this.sizeOf(a) ? b : a)), size = this.sizeOf(root)
      const next = aligned(this.arena)
      // in one part, where it fits in one
      const to = next % this.part + size > this.part && size <= this.part ? Math.ceil(next / this.part) * this.part : next
      this.moved.set(`${root.tag} ${root.index}`, { root, to })
      this.arena = to + size
    }
  }

  at(b: Buffer): Address {
    const a = addressOf(b), to = a.root === null ? { to: this.front } : this.moved.get(`${a.root.tag} ${a.root.index}`)
    return to ? { ...a, root: null, base: a.base + to.to } : a
  }
  reached(b: Buffer): Reached {
    const address = this.at(b), { root } = address
    // what moves with a loop may be anywhere in what it is a part of
    const whole = address.terms.length > 0 ? rootOf(b) : b, from = this.at(whole).base
    const last = Math.max(0, Math.ceil(this.sizeOf(root) / this.part) - 1)
    const [first, end] = [from, from + Math.max(1, whole.size) - 1].map(w => Math.min(last, Math.floor(w / this.part))) as [number, number]
    return {
      pieces: Array.from({ length: end - first + 1 }, (_, i) => ({ root, part: first + i })),
      address: { ...address, base: address.base - first * this.part },
    }
  }
  /** What a kernel binds behind the first part of the arena. */
  bound(buffers: readonly Buffer[]): readonly Piece[] {
    return buffers.flatMap(b => this.reached(b).pieces).reduce<Piece[]>((list, p) =>
      ((p.root === null && p.part === 0) || list.some(q => samePiece(p, q)) ? list : [...list, p]), [])
  }
  /** The binding of a piece, 0 being the first part of the arena. */
  bindingOf(bound: readonly Piece[], p: Piece): number { return bound.findIndex(q => samePiece(p, q)) + 1 }
  copies(tag: Root['tag']): readonly Copy[] {
    return [...this.moved.values()].flatMap(({ root, to }) => (root.tag === tag ? [{ index: root.index, to, words: this.sizeOf(root) }] : []))
  }
}

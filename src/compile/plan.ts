/** A plan is a program as a target runs it: steps over buffers, every buffer with its place. Plain data. */
import type { Aval } from '../core/aval.js'
import type { DType } from '../core/dtype.js'
import type { Primitive } from '../core/primitive.js'
import type { Kernel } from '../kernel/kernel.js'

/**
 * Where a buffer lies. `row`: in `of`, `step` bytes further for each index of a loop (which counts downwards if `reverse`). `parity`: in one
 * of the two halves of `of`, in turns: the half is that of (how often the loop has run + phase) mod 2.
 */
export type Place =
  | { readonly tag: 'input'; readonly index: number }
  | { readonly tag: 'output'; readonly index: number }
  | { readonly tag: 'arena'; offset: number }
  | { readonly tag: 'row'; readonly of: Buffer; readonly loop: number; readonly step: number; readonly offset: number; readonly last: number | null }
  | { readonly tag: 'parity'; readonly of: Buffer; readonly loop: number; readonly phase: 0 | 1; readonly bytes: number }
  | { readonly tag: 'part'; readonly of: Buffer; readonly offset: number }

/** Bytes that an element of each dtype takes in memory. */
export type Widths = Readonly<Record<DType, number>>
/** As arrays of JavaScript have them. */
export const packed: Widths = { f16: 4, f32: 4, f64: 8, i32: 4, u32: 4, bool: 1 }
/** For memories that are made of words, and of halves of them. */
export const words: Widths = { ...packed, bool: 4, f16: 2 }

/** `bytes`: of an element. */
export interface Buffer { readonly id: number; readonly dtype: DType; readonly size: number; readonly bytes: number; readonly place: Place; /** The loops around the place where it was made. */ readonly loops: readonly number[] }

export interface KernelStep { readonly tag: 'kernel'; readonly kernel: Kernel; readonly buffers: readonly Buffer[] }
/** A row that has no kernel: it runs on the host, on the same memory. */
export interface HostStep {
  readonly tag: 'host'
  readonly prim: Primitive
  readonly params: unknown
  readonly ins: readonly { readonly buffer: Buffer; readonly aval: Aval }[]
  readonly outs: readonly { readonly buffer: Buffer; readonly aval: Aval }[]
}
/** The body, `length` times. */
export interface LoopStep { readonly tag: 'loop'; readonly loop: number; readonly length: number; readonly body: readonly Step[] }
/** As long as the condition leaves true in `holds`, at most `maxSteps` times. */
export interface WhileStep { readonly tag: 'while'; readonly loop: number; readonly maxSteps: number | null; readonly cond: readonly Step[]; readonly holds: Buffer; readonly body: readonly Step[] }
/** One of the branches: the i32 in `index`, clamped to those there are. */
export interface BranchStep { readonly tag: 'branch'; readonly index: Buffer; readonly branches: readonly (readonly Step[])[] }
export type Step = KernelStep | HostStep | LoopStep | WhileStep | BranchStep

export interface Plan {
  readonly inputs: readonly Buffer[]
  readonly outputs: readonly Buffer[]
  readonly steps: readonly Step[]
  /** Bytes of the arena in which all temporaries lie. */
  readonly arena: number
}

/** The buffer in whose memory this one lies. */
export const rootOf = (b: Buffer): Buffer => ('of' in b.place ? rootOf(b.place.of) : b)

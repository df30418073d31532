/** A backend computes: one application of a primitive, or a whole program, on concrete arrays. */
import type { Aval } from '../core/aval.js'
import type { LargeArray } from '../core/fault.js'
import type { Primitive, Program } from '../core/primitive.js'
import type { Mark } from '../core/source.js'
import type { NDArray } from '../core/value.js'
import type { DType } from '../core/dtype.js'
import type { Follows, Kernel } from '../kernel/kernel.js'

export interface Backend {
  readonly name: string
  /** The outputs of one primitive, whose abstract values the caller has already worked out. */
  readonly execute: (prim: Primitive, ins: readonly NDArray[], params: unknown, outs: readonly Aval[]) => readonly NDArray[]
  /** The outputs of a closed, checked program. */
  readonly run: (program: Program, ins: readonly NDArray[], given?: Given) => readonly NDArray[]
  /** The memory of its own in which it keeps arrays; absent where all arrays are on the JavaScript heap. */
  readonly memory?: BackendMemory
  /** The array in the memory of a device; absent where programs take arrays wherever they are. */
  readonly put?: (x: NDArray) => NDArray
  /** What a program is compiled to; absent, or null, where programs are run equation by equation. */
  readonly compiled?: (program: Program, given?: readonly boolean[]) => Compiled | null
}

/**
 * The inputs that nobody reads afterwards: results may lie in their memory, each of which is told here once. The caller spends them; a run
 * that fails has spent those in which it had begun to write.
 */
export interface Given { readonly inputs: readonly boolean[]; readonly spender: Spender }

/** What a backend made of a program. */
export interface Compiled {
  /** The program that was lowered, after all passes. */
  readonly program: Program
  /** The inputs whose memory may be written. */
  readonly given: readonly boolean[]
  /** Which nests it runs behind contractions. */
  readonly follows: Follows
  /** How a kernel of it is run; null for one that it does not have. */
  readonly schedule: (kernel: Kernel) => Schedule | null
  readonly threads: number
  /** Bytes of code, and of the scratch memory that each thread needs. */
  readonly code: number
  readonly scratch: number
  /** Bytes of what is done once, ahead of the units of kernels or of the turns of loops. */
  readonly ahead: number
  /** What elements take in its memory, and whether long folds are cut in plans. */
  readonly widths: Readonly<Record<DType, number>>
  readonly splits: boolean
}
/** How a kernel is run. */
export interface Schedule {
  /** In words: the lanes of vectors, tiles and blocks. */
  readonly how: string
  /** In how many pieces, which may be done in any order. */
  readonly units: number
  /** Whether threads share them. */
  readonly shared: boolean
  /** Bytes of code. */
  readonly code: number
}

/** What a memory holds. All sizes in bytes. */
export interface MemoryReport {
  /** In arrays that are alive, or were when they were last seen. */
  readonly live: number
  readonly arrays: number
  /** In what programs need on their way. */
  readonly working: number
  /** The most that was ever in use. */
  readonly peak: number
  /** The most that may be in use. */
  readonly budget: number
  /** What the memory has grown to. It never shrinks; what is not in use is used again. */
  readonly size: number
  /** How often the collector was run because memory was short, and how many arrays were moved to the JavaScript heap. */
  readonly collections: number
  readonly spills: number
  readonly largest: readonly LargeArray[]
}

/** Who took the memory of an array, and where. */
export interface Spender { readonly by: string; readonly at: Mark | null }

export interface BackendMemory {
  readonly report: () => MemoryReport
  readonly setBudget: (bytes: number) => void
  /** Frees what cannot be reached any more; false where the platform cannot tell at once. */
  readonly collect: () => boolean
  /** A mark in time: `freeSince` frees the arrays made after it, but for those that are kept. */
  readonly now: () => number
  readonly freeSince: (mark: number, kept: ReadonlySet<NDArray>, spender: Spender) => void
  /** An array with the elements of another, in its memory: the other one is spent. */
  readonly pass: (x: NDArray, spender: Spender) => NDArray
  /** Gives back the memory of an array at once; using the array from then on is a fault that names the spender. */
  readonly release: (x: NDArray, spender: Spender) => void
}

/** What an emitter of kernels is given and what it answers. */
import { type DType, dtypes } from '../../src/core/dtype.js'
import { raise } from '../../src/core/fault.js'
import type { Code, ModuleBuilder } from './encode.js'

/** Chosen by a probe: plain SIMD; relaxed SIMD, where madd is one instruction; the same, and pairs of vectors become wider ones in matrix products. */
export type Level = 'baseline' | 'relaxed' | 'wide'

/** The dtypes that kernels compute in: programs that hold others are run by the host. */
export type Computed = Exclude<DType, 'f16'>
export const computed = (d: DType): Computed => (d === 'f16'
  ? raise({ _tag: 'DTypeMismatch', op: 'wasm', got: [{ dtype: d, shape: [] }], want: 'f32, f64, i32, u32 or bool', hint: 'run programs of halves equation by equation' })
  : d)
export const widthOf = (d: DType): 1 | 4 | 8 => dtypes[computed(d)].bytes

/** The module that is being written. */
export interface Context {
  readonly level: Level
  readonly module: ModuleBuilder
  /** The mutable i32 global that holds the address of this thread's scratch memory (16-aligned). */
  readonly scratch: number
  /** The imported function (letter: i32, x: f64, y: f64) -> f64. */
  readonly math: number
  /** A function that several kernels of the module share, made at its first use. */
  readonly shared: (name: string, make: () => Code) => number
  /** The same, for one that calls no other: at level `wide` it is compiled apart, and pairs of vectors become wider ones in it alone. */
  readonly apart: (name: string, make: () => Code) => number
  /** What may be done once, before the units of a kernel: nothing, what several of them share, or all that the turns of a loop share. */
  readonly ahead: 'nothing' | 'units' | 'turns'
  /** What units share is done ahead where they take so many nanoseconds. */
  readonly aheadFrom: number
}

/** What the word before the arguments of a kernel holds: the address of what was done ahead. */
export const aheadBefore = 4
/** A function (args, begin, end) over units of its own, to be run before those of its kernel; `bytes`: what it leaves behind. */
export interface Ahead { readonly code: Code; readonly units: number; readonly cost: number; readonly bytes: number }

/** A kernel as code: a function (args: i32, begin: i32, end: i32) over a range of its units. */
export interface Emitted {
  readonly code: Code
  /** How many units there are: any split of 0..units into ranges gives the same bits. */
  readonly units: number
  /** About how many nanoseconds one unit takes on one core: below some 20 µs in all a kernel is not worth sharing out. */
  readonly cost: number
  /** Bytes of scratch memory that a thread needs. */
  readonly scratch: number
  readonly ahead?: Ahead
  /** Every range of units does some work anew: there should be as few as there are threads. */
  readonly repeats?: boolean
}

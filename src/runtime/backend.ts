/** A backend computes: one application of a primitive, or a whole program, on concrete arrays. */
import type { Aval } from '../core/aval.js'
import type { Primitive, Program } from '../core/primitive.js'
import type { NDArray } from '../core/value.js'

export interface Backend {
  readonly name: string
  /** The outputs of one primitive, whose abstract values the caller has already worked out. */
  readonly execute: (prim: Primitive, ins: readonly NDArray[], params: unknown, outs: readonly Aval[]) => readonly NDArray[]
  /** The outputs of a closed, checked program. */
  readonly run: (program: Program, ins: readonly NDArray[]) => readonly NDArray[]
}

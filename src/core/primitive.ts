/** A primitive is one row: its type, its value, its derivative, its transpose and its batching; programs are equations between rows. */
import type { Either } from 'fp-ts/lib/Either.js'
import type { Aval } from './aval.js'
import type { Fault } from './fault.js'
import type { Form } from './form.js'
import type { Mark } from './source.js'
import type { NDArray, Value } from './value.js'
import type { Emitters } from './scalar.js'

// ---- derivatives -----------------------------------------------------------------------------------------------------

/** A tangent is a value or the symbolic zero: staged never, computed never. */
export type Tangent = Value | null
/** D f : a -> (b, a ⊸ b). What is computed before `push` is returned is primal, what is computed inside it is tangent. */
export interface Linearized { readonly outs: readonly Value[]; readonly push: (ts: readonly Tangent[]) => readonly Tangent[] }
export type LinearizeRule<P> = (args: readonly Value[], params: P, active: readonly boolean[]) => Linearized

/** Marks an input in which the map to be transposed is linear. */
export class Linear { readonly aval: Aval; constructor(aval: Aval) { this.aval = aval } }
/** Given cotangents of the outputs, the cotangent of each input marked `Linear` (null: zero; for other inputs always null). */
export type TransposeRule<P> = (cts: readonly Value[], args: readonly (Value | Linear)[], params: P) => readonly Tangent[]

// ---- batching --------------------------------------------------------------------------------------------------------

/** The axis that vmap maps: always axis 0 of a batched value. */
export interface MappedAxis { readonly size: number; readonly name: string | null }
export interface Batched { readonly values: readonly Value[]; readonly batched: readonly boolean[] }
/** Batched inputs carry the mapped axis first. Answering a list says that every output carries it first too. */
export type BatchRule<P> = (axis: MappedAxis, args: readonly Value[], batched: readonly boolean[], params: P) => readonly Value[] | Batched

// ---- rows ------------------------------------------------------------------------------------------------------------

export type Kind = 'pointwise' | 'linear' | 'multilinear' | 'constant' | 'general'
export type ShapeRule<P> = (ins: readonly Aval[], params: P) => Either<Fault, readonly Aval[]>
/** The value of an elementwise row, one expression per output over any alphabet of scalars. */
export type ScalarRule<P> = <R>(k: Emitters<R>, xs: readonly R[], params: P, ins: readonly Aval[]) => readonly R[]

/** Taylor coefficients x_0, x_1, ..., x_K of one value; null is zero. */
export type Series = readonly Tangent[]

export interface Primitive<P = any> {
  readonly name: string
  readonly kind: Kind
  /** Parameters are canonical data of a form: what is encoded is what is compared. */
  readonly params: Form<P>
  readonly shape: ShapeRule<P>
  readonly scalar: ScalarRule<P> | null
  readonly linearize: LinearizeRule<P>
  readonly transpose: TransposeRule<P> | 'nonlinear'
  /** Operands that are parameters in all but name (indices, predicates): they have no tangent, the rest is what the kind speaks of. */
  readonly fixed: readonly number[]
  /**
   * Is the map linear in exactly these inputs together, the others held fixed? Inputs marked in `zero` are known to be zero, so that
   * they may stand on either side: rows that hold programs ask those programs.
   */
  readonly linearIn: (linear: readonly boolean[], params: P, zero?: readonly boolean[]) => boolean
  readonly batch: BatchRule<P>
  /** Rows about a named axis: what they do where that axis is mapped. */
  readonly collective: { readonly axisName: (params: P) => string; readonly apply: BatchRule<P> } | null
  /** Rows that hold programs run them on Taylor series; others follow from their kind. */
  readonly jet: ((args: readonly Series[], params: P, order: number) => readonly Series[]) | null
  /** Operations on elements that one application costs; moving data is free under fusion. */
  readonly cost: (ins: readonly Aval[], outs: readonly Aval[], params: P) => number
  /** The programs a row holds in its parameters, and the same parameters with others in their place. */
  readonly programs: (params: P) => readonly Program[]
  readonly withPrograms: (params: P, programs: readonly Program[]) => P
  /** The program that this row is, where running that instead costs no more; null where the row stays. */
  readonly unfold: (params: P) => Program | null
  /** The program that was asked to be compiled; null for rows that were not asked for as one. */
  readonly jitted: (params: P) => Program | null
}

// ---- programs --------------------------------------------------------------------------------------------------------

export interface Var { readonly kind: 'var'; readonly id: number; readonly aval: Aval }
/** A scalar constant. */
export interface Lit { readonly kind: 'lit'; readonly value: NDArray; readonly aval: Aval }
export type Atom = Var | Lit
export interface Equation {
  readonly prim: Primitive
  readonly params: unknown
  readonly ins: readonly Atom[]
  readonly outs: readonly Var[]
  readonly made: Mark | null
}
/** Equations in an order in which every variable is bound before it is used. Equations hold names, so a program is plain data. */
export interface Program { readonly ins: readonly Var[]; readonly eqns: readonly Equation[]; readonly outs: readonly Atom[] }

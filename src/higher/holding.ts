/** What rows that hold programs share: the form of a program, its cost, and the lists their rules cut and join. */
import { encodeProgram } from '../core/encode.js'
import { type Form, record } from '../core/form.js'
import type { Primitive, Program, Tangent } from '../core/primitive.js'
import { Linear } from '../core/primitive.js'
import type { Value } from '../core/value.js'
import { cost } from '../interpreters/count.js'

/** A program in parameters is encoded whole: what it does is what is compared. */
export const programForm: Form<Program> = { told: { tag: 'program' }, encode: encodeProgram }

/** Operands: consts, carry, stacked inputs; results: carry, stacked outputs. */
export interface ScanParams { readonly program: Program; readonly nConst: number; readonly nCarry: number; readonly length: number; readonly reverse: boolean }

export interface Body { readonly program: Program }
export const bodyForm: Form<Body> = record({ program: programForm })
export const bodyCost: Primitive<Body>['cost'] = (_i, _o, { program }) => cost(program)
export const bodyPrograms = { programs: ({ program }: Body) => [program], withPrograms: (_p: Body, [program]: readonly Program[]): Body => ({ program: program! }) }

export const present = (ts: readonly Tangent[]): readonly Value[] => ts.filter((t): t is Value => t !== null)
export const isLinear = (args: readonly (Value | Linear)[]): readonly boolean[] => args.map(a => a instanceof Linear)
export const knownOf = (args: readonly (Value | Linear)[]): readonly Value[] => args.filter((a): a is Value => !(a instanceof Linear))
/** Puts answers for the marked places back among nulls. */
export const spread = <A>(marked: readonly boolean[], answers: readonly A[]): readonly (A | null)[] => {
  let j = 0
  return marked.map(m => (m ? answers[j++]! : null))
}
/** A list cut into pieces of the given lengths. */
export const cut = <A>(xs: readonly A[], lengths: readonly number[]): readonly (readonly A[])[] => {
  let at = 0
  return lengths.map(n => xs.slice(at, at += n))
}
export const where = <A>(xs: readonly A[], marked: readonly boolean[]): readonly A[] => xs.filter((_, i) => marked[i])
export const unless = <A>(xs: readonly A[], marked: readonly boolean[]): readonly A[] => xs.filter((_, i) => !marked[i])

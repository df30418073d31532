/** An elementwise row is a scalar expression: its type and its batching follow, and for a pointwise one its derivative from its partials. */
import * as E from '../core/either.js'
import { type Aval, aval, sameShape } from '../core/aval.js'
import { type DType, dtypes } from '../core/dtype.js'
import type { Fault } from '../core/fault.js'
import { type Form, none } from '../core/form.js'
import { bind, bind1 } from '../core/interp.js'
import { type Primitive, type ScalarRule, type ShapeRule, type Tangent, type TransposeRule } from '../core/primitive.js'
import { type Value } from '../core/value.js'
import { lead, zeros } from './base.js'
import { constant, linear, multilinear, plus, weighing, wrongDType, wrongShape } from './row.js'

/** Which dtypes the operands may have; they all have the same one. */
export type Domain = 'float' | 'number' | 'int' | 'integral' | 'any'
const holds: Record<Domain, (d: DType) => boolean> = {
  float: d => dtypes[d].kind === 'float',
  number: d => dtypes[d].kind !== 'bool',
  int: d => dtypes[d].kind === 'int',
  integral: d => dtypes[d].kind !== 'float',
  any: () => true,
}
const words: Record<Domain, string> = { float: 'floats', number: 'numbers', int: 'integers', integral: 'integers or bools', any: 'arrays' }

export const sameShapes = (name: string, ins: readonly Aval[]): E.Either<Fault, null> => {
  for (let i = 1; i < ins.length; i++) {
    if (!sameShape(ins[0]!.shape, ins[i]!.shape)) return wrongShape(name, ins, 'operands of equal shape', 'lax functions do not broadcast; the np functions do')
  }
  return E.right(null)
}


const shapeRule = (name: string, domain: Domain, out: DType | 'same'): ShapeRule<unknown> => ins => {
  const first = ins[0]!
  for (let i = 1; i < ins.length; i++) {
    const other = ins[i]!
    if (other === first) continue
    if (other.dtype !== first.dtype) return wrongDType(name, ins, 'operands of one dtype', 'the np functions promote; lax functions do not')
    if (!sameShape(other.shape, first.shape)) return wrongShape(name, ins, 'operands of equal shape', 'the np functions broadcast; lax functions do not')
  }
  if (!holds[domain](first.dtype)) return wrongDType(name, ins, words[domain])
  return E.right([out === 'same' || out === first.dtype ? first : aval(out, first.shape)])
}

export interface Elementwise<P> {
  readonly scalar: ScalarRule<P>
  readonly domain: Domain
  readonly out?: DType | 'same'
  readonly params?: Form<P>
  readonly shape?: ShapeRule<P>
  /** What one element costs, in additions. Default 1. */
  readonly weight?: number
}
const common = <P>(name: string, e: Elementwise<P>, self: () => Primitive<P>) => ({
  params: e.params ?? (none as unknown as Form<P>),
  shape: e.shape ?? (shapeRule(name, e.domain, e.out ?? 'same') as ShapeRule<P>),
  scalar: e.scalar,
  batch: (axis: { size: number; name: string | null }, args: readonly Value[], batched: readonly boolean[], params: P): readonly Value[] =>
    bind(self(), args.map((a, i) => lead(axis, a, batched[i]!)), params),
})

/**
 * The derivative in one operand, given operands and result: a factor for the tangent, or 'zero' where there is none.
 * A bool factor says where the tangent passes: elsewhere it is zero even if it is NaN.
 */
export type Partial<P> = 'zero' | ((args: readonly Value[], out: Value, params: P) => Value)

/** D f(x)(t) = Σ_i partial_i(x) · t_i */
export const pointwise = <P = null>(name: string, e: Elementwise<P> & {
  readonly partials: readonly Partial<P>[]
  readonly rows: () => { readonly add: Primitive; readonly mul: Primitive; readonly select: Primitive }
  /** Where the function is linear in one operand while the others are held. */
  readonly transpose?: { readonly in: number; readonly rule: TransposeRule<P> }
}): Primitive<P> => {
  const self: Primitive<P> = {
    ...common(name, e, () => self), name, kind: 'pointwise', fixed: [], cost: weighing(e.weight ?? 1), collective: null, jet: null,
    programs: () => [], withPrograms: p => p, unfold: () => null, jitted: () => null,
    linearize: (args, params, active) => {
      const { add, mul, select } = e.rows()
      const out = bind1(self, args, params)
      const factors = e.partials.map((d, i) => (active[i] && d !== 'zero' ? d(args, out, params) : null))
      const push = (ts: readonly Tangent[]): readonly Tangent[] => {
        let acc: Tangent = null
        for (let i = 0; i < factors.length; i++) {
          const t = ts[i], factor = factors[i]
          if (t && factor) acc = plus(add, acc, factor.dtype === 'bool' ? bind1(select, [factor, t, zeros(t.aval)], null) : bind1(mul, [factor, t], null))
        }
        return [acc]
      }
      return { outs: [out], push }
    },
    transpose: e.transpose?.rule ?? 'nonlinear',
    linearIn: e.transpose ? flags => flags.every((l, i) => l === (i === e.transpose!.in)) : () => false,
  }
  return self
}

export const pointwiseLinear = <P = null>(name: string, e: Elementwise<P> & {
  readonly transpose: TransposeRule<P>; readonly fixed?: readonly number[]
}): Primitive<P> => {
  const self: Primitive<P> = linear<P>(name, {
    ...common(name, e, () => self), transpose: e.transpose, zeros, cost: weighing(e.weight ?? 1), ...(e.fixed ? { fixed: e.fixed } : {}),
  })
  return self
}
export const pointwiseMultilinear = <P = null>(name: string, e: Elementwise<P> & { readonly transpose: TransposeRule<P>; readonly add: () => Primitive }): Primitive<P> => {
  const self: Primitive<P> = multilinear<P>(name, { ...common(name, e, () => self), transpose: e.transpose, add: e.add })
  return self
}
export const pointwiseConstant = <P = null>(name: string, e: Elementwise<P>): Primitive<P> => {
  const self: Primitive<P> = constant<P>(name, { ...common(name, e, () => self), cost: weighing(e.weight ?? 0) })
  return self
}

/** One constructor per kind of row: it asks for what the kind cannot derive, so a missing rule does not compile. */
import * as E from '../core/either.js'
import { type Aval, sizeOf } from '../core/aval.js'
import { type Fault } from '../core/fault.js'
import type { Form } from '../core/form.js'
import { bind, bind1 } from '../core/interp.js'
import {
  type BatchRule, type LinearizeRule, type Primitive, type ScalarRule, type Series, type ShapeRule, type Tangent, type TransposeRule,
} from '../core/primitive.js'
import { type Value } from '../core/value.js'

// ---- faults of shape rules -------------------------------------------------------------------------------------------

export const wrongShape = (op: string, got: readonly Aval[], want: string, hint: string): E.Either<Fault, never> =>
  E.left({ _tag: 'ShapeMismatch', op, got, want, hint })
export const wrongDType = (op: string, got: readonly Aval[], want: string, hint = 'convert with np.astype'): E.Either<Fault, never> =>
  E.left({ _tag: 'DTypeMismatch', op, got, want, hint })

// ---- kinds -----------------------------------------------------------------------------------------------------------

type Cost<P> = (ins: readonly Aval[], outs: readonly Aval[], params: P) => number
interface Common<P> {
  readonly params: Form<P>
  readonly shape: ShapeRule<P>
  readonly batch: BatchRule<P>
  readonly scalar?: ScalarRule<P>
  readonly cost?: Cost<P>
  readonly collective?: Primitive<P>['collective']
}
/**
 * Costs are in additions per element, as a vectorised kernel spends them: an elementary function counts 8, a division or a root 4,
 * a power 16. Moving data is free under fusion, and so are comparing and choosing, which no multiplication depends on.
 */
export const free: Cost<unknown> = () => 0
export const perOutput: Cost<unknown> = (_ins, outs) => outs.reduce((n, o) => n + sizeOf(o.shape), 0)
export const weighing = (weight: number): Cost<unknown> => (weight === 0 ? free : (ins, outs, params) => weight * perOutput(ins, outs, params))
export const perInput: Cost<unknown> = ins => ins.reduce((n, a) => n + sizeOf(a.shape), 0)

const noPrograms = (): readonly [] => []
const same = <P>(params: P): P => params
const stays = (): null => null
const rest = <P>(c: Common<P>): Pick<Primitive<P>, 'params' | 'shape' | 'batch' | 'scalar' | 'cost' | 'collective' | 'programs' | 'withPrograms' | 'unfold' | 'jitted' | 'jet'> => ({
  params: c.params, shape: c.shape, batch: c.batch, scalar: c.scalar ?? null, cost: c.cost ?? perOutput, collective: c.collective ?? null,
  programs: noPrograms, withPrograms: same, unfold: stays, jitted: stays, jet: null,
})

export const plus = (add: Primitive, a: Tangent, b: Tangent): Tangent => (a && b ? bind1(add, [a, b], null) : a ?? b)

/** Linear in all operands together, save the fixed ones: the tangent map is the primitive itself. */
export const linear = <P>(name: string, c: Common<P> & {
  readonly transpose: TransposeRule<P>
  readonly fixed?: readonly number[]
  /** Zeros of a type, for the operands whose tangent is the symbolic zero. */
  readonly zeros: (a: Aval) => Value
}): Primitive<P> => {
  const fixed = c.fixed ?? []
  const self: Primitive<P> = {
    ...rest(c), name, kind: 'linear', fixed,
    linearize: (args, params) => {
      const outs = bind(self, args, params)
      const push = (ts: readonly Tangent[]): readonly Tangent[] => {
        let some = false
        for (let i = 0; i < ts.length; i++) if (ts[i] && !fixed.includes(i)) some = true
        if (!some) return outs.map(() => null)
        return bind(self, args.map((a, i) => (fixed.includes(i) ? a : ts[i] ?? c.zeros(a.aval))), params)
      }
      return { outs, push }
    },
    transpose: c.transpose,
    linearIn: flags => flags.every((l, i) => l !== fixed.includes(i)),
  }
  return self
}

/** Linear in each of two operands while the other is held: D f(x, y)(tx, ty) = f(tx, y) + f(x, ty). */
export const multilinear = <P>(name: string, c: Common<P> & { readonly transpose: TransposeRule<P>; readonly add: () => Primitive }): Primitive<P> => {
  const self: Primitive<P> = {
    ...rest(c), name, kind: 'multilinear', fixed: [],
    linearize: ([x, y], params) => ({
      outs: bind(self, [x!, y!], params),
      push: ([tx, ty]) => [plus(c.add(), tx ? bind1(self, [tx, y!], params) : null, ty ? bind1(self, [x!, ty], params) : null)],
    }),
    transpose: c.transpose,
    linearIn: flags => flags.filter(Boolean).length === 1,
  }
  return self
}

/** Has no derivative: comparisons, rounding, random bits. */
export const constant = <P>(name: string, c: Common<P>): Primitive<P> => {
  const self: Primitive<P> = {
    ...rest(c), name, kind: 'constant', fixed: [],
    linearize: (args, params) => {
      const outs = bind(self, args, params)
      return { outs, push: () => outs.map(() => null) }
    },
    transpose: 'nonlinear',
    linearIn: () => false,
  }
  return self
}

/** Gives its own derivative. */
export const general = <P>(name: string, c: Common<P> & {
  readonly linearize: (self: Primitive<P>) => LinearizeRule<P>
  readonly transpose?: TransposeRule<P>
  readonly linearIn?: Primitive<P>['linearIn']
  readonly programs?: Primitive<P>['programs']
  readonly withPrograms?: Primitive<P>['withPrograms']
  readonly unfold?: Primitive<P>['unfold']
  readonly jitted?: Primitive<P>['jitted']
  readonly jet?: (args: readonly Series[], params: P, order: number) => readonly Series[]
}): Primitive<P> => {
  const self: Primitive<P> = {
    ...rest(c), name, kind: 'general', fixed: [],
    linearize: (args, params, active) => c.linearize(self)(args, params, active),
    transpose: c.transpose ?? 'nonlinear',
    linearIn: c.linearIn ?? (() => false),
    ...(c.programs ? { programs: c.programs } : {}),
    ...(c.withPrograms ? { withPrograms: c.withPrograms } : {}),
    ...(c.unfold ? { unfold: c.unfold } : {}),
    ...(c.jitted ? { jitted: c.jitted } : {}),
    ...(c.jet ? { jet: c.jet } : {}),
  }
  return self
}

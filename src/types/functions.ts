/** The types that functions of one or two arrays share, data first and data last. */
import type { DType } from '../core/dtype.js'
import type { Value } from '../core/value.js'
import type { Arg, CountingOf, DTypeOf, InexactOf, Promoted, PromotedCounting, PromotedInexact } from './dtype.js'

/** Keeps the dtype. */
export type Unary = <X extends Arg>(x: X) => Value<DTypeOf<X>>
/** Answers floats. */
export type UnaryFloat = <X extends Arg>(x: X) => Value<InexactOf<X>>
/** Truth values become integers. */
export type UnaryCounting = <X extends Arg>(x: X) => Value<CountingOf<X>>
/** Answers truth values. */
export type Predicate = (x: Arg) => Value<'bool'>

/**
 * `f(x, y)`, or `f(y)` for the function x => f(x, y). The form of two arguments stands last: it is the one that TypeScript infers from
 * where the function itself is handed on, as in `tree.map(np.add, a, b)` and `vmap(np.multiply)`.
 */
export interface Binary {
  <Y extends Arg>(y: Y): <X extends Arg>(x: X) => Value<Promoted<X, Y>>
  <X extends Arg, Y extends Arg>(x: X, y: Y): Value<Promoted<X, Y>>
}
export interface BinaryFloat {
  <Y extends Arg>(y: Y): <X extends Arg>(x: X) => Value<PromotedInexact<X, Y>>
  <X extends Arg, Y extends Arg>(x: X, y: Y): Value<PromotedInexact<X, Y>>
}
export interface BinaryCounting {
  <Y extends Arg>(y: Y): <X extends Arg>(x: X) => Value<PromotedCounting<X, Y>>
  <X extends Arg, Y extends Arg>(x: X, y: Y): Value<PromotedCounting<X, Y>>
}
export interface Comparison {
  (y: Arg): (x: Arg) => Value<'bool'>
  (x: Arg, y: Arg): Value<'bool'>
}
/** `f(x, a)`, or `f(a)` for the function x => f(x, a); keeps the dtype. */
export interface With<A> {
  <X extends Arg>(x: X, a: A): Value<DTypeOf<X>>
  (a: A): <X extends Arg>(x: X) => Value<DTypeOf<X>>
}
/** The same with options, which may follow in both forms. */
export interface WithOptions<A, O> {
  <X extends Arg>(x: X, a: A, options?: O): Value<DTypeOf<X>>
  (a: A, options?: O): <X extends Arg>(x: X) => Value<DTypeOf<X>>
}

/** A number, a list of them, or all axes. */
export type Axes = number | readonly number[] | null | undefined
export interface DTypeOption<D extends DType = DType> { readonly dtype?: D | undefined }

/** Dtypes of results, worked out by the compiler: the promotion table, weak numbers, and what each kind of function answers. */
import type { Shape } from '../core/aval.js'
import type { DType, FloatDType, promotion } from '../core/dtype.js'
import type { Value } from '../core/value.js'

/** What an array function accepts: an array, a tracer, a number or a boolean. */
export type Arg = Value | number | boolean

/**
 * A number is weak: it takes the dtype of its partner. Beside integers a whole number keeps them and a fraction gives f32,
 * which a literal tells, and the type `number` leaves open.
 */
export type Weak = 'number' | 'whole' | 'fraction'
type Kind = DType | Weak

/** A record with one field rather than the dtype itself: an unresolved index is assignable to its constraint and from it, an unresolved conditional is not. */
interface Of<D extends DType> { d: D }

type Table = typeof promotion
interface BesideNumber { f16: 'f16'; f32: 'f32'; f64: 'f64'; i32: 'i32' | 'f32'; u32: 'u32' | 'f32'; bool: 'i32' | 'f32' }
interface BesideWhole { f16: 'f16'; f32: 'f32'; f64: 'f64'; i32: 'i32'; u32: 'u32'; bool: 'i32' }
interface BesideFraction { f16: 'f16'; f32: 'f32'; f64: 'f64'; i32: 'f32'; u32: 'f32'; bool: 'f32' }
type Beside<D extends DType, W extends Weak> = W extends 'whole' ? BesideWhole[D] : W extends 'fraction' ? BesideFraction[D] : BesideNumber[D]

type Join<A extends Kind, B extends Kind> =
  [DType] extends [A] ? Of<DType> : [DType] extends [B] ? Of<DType>
    : A extends Weak ? (B extends Weak ? Of<'f32'> : B extends DType ? Of<Beside<B, A>> : never)
    : B extends Weak ? (A extends DType ? Of<Beside<A, B>> : never)
    : A extends DType ? (B extends DType ? Of<Table[A][B]> : never) : never

/** The dtype of an argument, or how weak it is. Matching on the value distributes over unions and never defers. */
export type KindOf<X> =
  X extends Value<infer D, infer _S> ? D
    : X extends boolean ? 'bool'
    : X extends number ? (number extends X ? 'number' : `${X}` extends `${string}.${string}` | `${string}e-${string}` ? 'fraction' : 'whole')
    : DType
/** The dtype that two arguments meet in. */
export type Promoted<X, Y> = Join<KindOf<X>, KindOf<Y>>['d']
/** The dtype that all arguments of a list meet in. */
export type PromotedAll<Xs> =
  Xs extends readonly [infer X] ? DTypeOf<X>
    : Xs extends readonly [infer X, infer Y, ...infer R] ? (R extends readonly [] ? Promoted<X, Y> : PromotedAll<readonly [Value<Promoted<X, Y>>, ...R]>)
    : Xs extends readonly (infer X)[] ? ([DTypeOf<X>] extends [infer D] ? (IsUnion<D> extends true ? DType : D & DType) : DType)
    : DType
type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never

interface Alone { number: 'f32'; whole: 'f32'; fraction: 'f32'; f16: 'f16'; f32: 'f32'; f64: 'f64'; i32: 'i32'; u32: 'u32'; bool: 'bool' }
interface Inexact { number: 'f32'; whole: 'f32'; fraction: 'f32'; f16: 'f16'; f32: 'f32'; f64: 'f64'; i32: 'f32'; u32: 'f32'; bool: 'f32' }
interface Counting { number: 'f32'; whole: 'f32'; fraction: 'f32'; f16: 'f16'; f32: 'f32'; f64: 'f64'; i32: 'i32'; u32: 'u32'; bool: 'i32' }
type Lookup<T extends Record<Kind, DType>, K extends Kind> = [DType] extends [K] ? Of<DType> : K extends Kind ? Of<T[K]> : never

/** The dtype of an argument alone: a number is f32. */
export type DTypeOf<X> = Lookup<Alone, KindOf<X>>['d']
/** The dtype in which functions of real numbers answer. */
export type InexactOf<X> = Lookup<Inexact, KindOf<X>>['d']
/** The dtype of sums and products: truth values are counted. */
export type CountingOf<X> = Lookup<Counting, KindOf<X>>['d']
type Through<T extends Record<Kind, DType>, R> = R extends Of<infer D> ? ([DType] extends [D] ? Of<DType> : Of<T[D]>) : never
/** The dtype in which real functions of two arguments answer. */
export type PromotedInexact<X, Y> = Through<Inexact, Join<KindOf<X>, KindOf<Y>>>['d']
/** The dtype in which functions of two arguments answer that count truth values. */
export type PromotedCounting<X, Y> = Through<Counting, Join<KindOf<X>, KindOf<Y>>>['d']

export type { DType, FloatDType, Shape }

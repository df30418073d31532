/** What is known of an array without its numbers, and the constants of arithmetic. */
import { type Shape, showShape, sizeOf } from '../../core/aval.js'
import { type DType, dtypes, type FloatDType, type IntDType, isFloat, isInt, limits } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { requireDType, toValue } from '../arrays.js'
import { dual } from '../dual.js'
import type { Arg, DTypeOf } from '../../types/dtype.js'
import type { Given, Sym } from '../../types/shape.js'

// ---- shapes ----------------------------------------------------------------------------------------------------------

/**
 * The sizes of the axes. `x.shape` is the same without its type. (jax.numpy.shape)
 * @example np.shape(np.zeros([2, 3]))   // [2, 3]
 */
export const shape = <X extends Arg>(x: X): X extends Value<infer _D, infer S> ? Given<S> : [] =>
  toValue('shape', x).aval.shape as X extends Value<infer _D, infer S> ? Given<S> : []
/**
 * The number of axes. (jax.numpy.ndim)
 * @example np.ndim(np.zeros([2, 3]))   // 2
 */
export const ndim = (x: Arg): number => toValue('ndim', x).aval.shape.length
/**
 * The number of elements, of all or along one axis. (jax.numpy.size)
 * @example np.size(np.zeros([2, 3]))   // 6
 */
export const size = (x: Arg, axis?: number): number => {
  const sizes = toValue('size', x).aval.shape
  if (axis === undefined) return sizeOf(sizes)
  const n = sizes[axis < 0 ? axis + sizes.length : axis]
  return n ?? raise({ _tag: 'AxisOutOfRange', op: 'size', axis, shape: sizes, hint: `axes are from ${-sizes.length} to ${sizes.length - 1}` })
}
/**
 * A size with a name, which types carry along: two sizes of different names do not fit together.
 * @example np.dim('batch', 32)   // 32
 */
export const dim = <const N extends string>(name: N, n: number): Sym<N> =>
  Number.isInteger(n) && n >= 0 ? n as Sym<N> : badArgument('dim', `the size '${name}'`, n, 'a whole number >= 0', "np.dim('batch', 32)")
export interface Assume {
  <X extends Value, const S extends Shape>(x: X, shape: S): Value<DTypeOf<X>, Given<S>>
  <const S extends Shape>(shape: S): <X extends Value>(x: X) => Value<DTypeOf<X>, Given<S>>
}
/**
 * The array itself, whose type has the given shape from here on. The shape is compared when it runs: ShapeMismatch.
 * @example np.shape(np.assume(np.zeros([2, 3]), [2, 3]))   // [2, 3]
 */
export const assume: Assume = dual((x: Value, wanted: Shape) => {
  const v = toValue('assume', x)
  const own = v.aval.shape
  return own.length === wanted.length && own.every((n, i) => n === wanted[i]) ? v
    : raise({ _tag: 'ShapeMismatch', op: 'assume', got: [v.aval], want: `shape ${showShape(wanted)}`, hint: 'np.reshape changes a shape' })
})
/**
 * The array itself, with a type that says nothing of its shape.
 * @example np.unshaped(np.array([1, 2]))   // [1, 2]
 */
export const unshaped = <X extends Value>(x: X): Value<DTypeOf<X>> => toValue('unshaped', x)

// ---- numbers ---------------------------------------------------------------------------------------------------------

export const pi = Math.PI
export const e = Math.E
export const inf = Infinity
export const nan = NaN
/** γ, the limit of 1 + 1/2 + ... + 1/n - log n. */
export const eulerGamma = 0.5772156649015329
/** A new axis of size 1 in an index. */
export const newaxis = null

export interface FloatInfo { readonly dtype: FloatDType; readonly bits: number; readonly eps: number; readonly max: number; readonly min: number; readonly tiny: number; readonly smallestSubnormal: number }
export interface IntInfo { readonly dtype: IntDType; readonly bits: number; readonly max: number; readonly min: number }
const named = (op: string, of: DType | Value): DType => (typeof of === 'string' ? requireDType(op, of) : toValue(op, of).aval.dtype)
/**
 * The limits of a float dtype: the distance from 1 to the next number, the greatest, the least normal one. (jax.numpy.finfo)
 * @example np.finfo('f64').eps   // 2.220446049250313e-16
 */
export const finfo = (of: DType | Value): FloatInfo => {
  const dtype = named('finfo', of)
  if (!isFloat(dtype)) return badArgument('finfo', 'dtype', dtype, 'a float dtype', 'np.iinfo tells the limits of integers')
  const { eps, greatest, tiny, smallestSubnormal } = limits[dtype]
  return { dtype, bits: dtypes[dtype].bits, eps, max: greatest, min: -greatest, tiny, smallestSubnormal }
}
/**
 * The limits of an integer dtype. (jax.numpy.iinfo)
 * @example np.iinfo('i32').max   // 2147483647
 */
export const iinfo = (of: DType | Value): IntInfo => {
  const dtype = named('iinfo', of)
  if (!isInt(dtype)) return badArgument('iinfo', 'dtype', dtype, 'an integer dtype', 'np.finfo tells the limits of floats')
  const { bits, signed } = dtypes[dtype]
  return signed ? { dtype, bits, max: 2 ** (bits - 1) - 1, min: -(2 ** (bits - 1)) } : { dtype, bits, max: 2 ** bits - 1, min: 0 }
}

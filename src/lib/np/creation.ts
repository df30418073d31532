/** Arrays from JavaScript data, and arrays of one number. */
import { aval, type Shape, showShape, sizeOf } from '../../core/aval.js'
import { allocate, type Data, dataOf, type DType, dtypeOfData, highest, isFloat, isInt, lowest } from '../../core/dtype.js'
import { badArgument, describe, raise } from '../../core/fault.js'
import { isValue, NDArray, type Value } from '../../core/value.js'
import { convert } from '../../primitives/arithmetic.js'
import { full as fullOf } from '../../primitives/base.js'
import { concatenate, reshape } from '../../primitives/structural.js'
import { elementOf, inDType, meet, optionsOf, requireDType, shapeOf, spread, toValue } from '../arrays.js'
import { truthOf } from './logic.js'
import type { Arg, DTypeOf } from '../../types/dtype.js'
import type { DTypeOption } from '../../types/functions.js'

export type Nested = Arg | readonly Nested[]
/** What platforms that have it call Float16Array. */
interface HalfData extends ArrayLike<number> { readonly [Symbol.toStringTag]: 'Float16Array' }
type TypedData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array | HalfData
/** The dtype of nested data: all booleans give bool, arrays their own, everything else f32. Lists are read eight levels deep. */
export type NestedDType<T, L extends readonly unknown[] = [1, 1, 1, 1, 1, 1, 1, 1]> =
  T extends HalfData ? 'f16' : T extends Float64Array ? 'f64' : T extends Int32Array ? 'i32' : T extends Uint32Array ? 'u32' : T extends Uint8Array ? 'bool' : T extends Float32Array ? 'f32'
    : T extends readonly (infer U)[] ? (L extends readonly [unknown, ...infer R] ? NestedDType<U, R> : DType)
    : T extends boolean ? 'bool' : T extends number ? 'f32' : T extends Value<infer D> ? D : DType
export interface ArrayOptions<D extends DType = DType> extends DTypeOption<D> { readonly shape?: Shape }

const isTyped = (x: unknown): x is TypedData => ArrayBuffer.isView(x) && !(x instanceof DataView)

const isHalves = (x: TypedData): x is HalfData => Object.prototype.toString.call(x) === '[object Float16Array]'

const fromTyped = (op: string, data: TypedData, { dtype, shape }: ArrayOptions): Value => {
  const halves = isHalves(data)
  const known = halves || data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array || data instanceof Uint32Array || data instanceof Uint8Array
  if (!known) return badArgument(op, 'the data', data, 'a Float16Array, Float32Array, Float64Array, Int32Array, Uint32Array or Uint8Array', 'copy it into one of these first')
  const sizes = shape === undefined ? [data.length] : shapeOf(op, shape)
  if (sizeOf(sizes) !== data.length) badArgument(op, 'shape', showShape(sizes), `a shape of ${data.length} elements`, 'the product of the sizes is the length of the data')
  const own = halves ? 'f16' : dtypeOfData(data)
  const d = dtype === undefined ? own : requireDType(op, dtype)
  if (dtype === undefined && own === 'bool' && Array.prototype.some.call(data, n => n > 1)) {
    badArgument(op, 'the data', data, 'a Uint8Array of 0 and 1, which is bool', "bytes that are numbers need a dtype: { dtype: 'f32' }")
  }
  return new NDArray(aval(d, sizes), measured(d, data, isFloat(own)))
}
/** A copy in a dtype, by the rules of astype: to bool what is not zero is true; floats beyond an integer dtype become its bounds, NaN 0. */
const measured = (d: DType, numbers: ArrayLike<number>, floats: boolean): Data => {
  if (isFloat(d)) return dataOf(d, numbers)
  const data = allocate(d, numbers.length)
  if (d === 'bool') for (let i = 0; i < numbers.length; i++) data[i] = numbers[i] === 0 ? 0 : 1
  else if (isInt(d) && floats) {
    const low = lowest(d), high = highest(d)
    for (let i = 0; i < numbers.length; i++) data[i] = Math.min(Math.max(numbers[i]!, low), high)
  } else data.set(numbers)
  return data
}
/** A copy of a list of numbers in a dtype: each was written on purpose, so all must fit. */
const listed = (op: string, d: DType, numbers: readonly (number | boolean)[]): Data => {
  const data = allocate(d, numbers.length)
  for (let i = 0; i < numbers.length; i++) data[i] = elementOf(op, Number(numbers[i]), d)
  return data
}

/** Every list of one level has the same length, which the first of them says. */
const nestedShape = (op: string, x: unknown): Shape => {
  const shape: number[] = []
  let at = x
  while (Array.isArray(at)) {
    shape.push(at.length)
    at = at[0]
  }
  return isValue(at) ? [...shape, ...at.aval.shape] : shape
}
const raggedAt = (op: string, path: string, got: string, want: string): never =>
  raise({ _tag: 'BadLeaf', op, path, got: `${got} where ${want} is expected`, hint: 'nested lists must be rectangular: every row as long as the first' })

interface Leaves { readonly items: Arg[]; readonly values: boolean; readonly bools: boolean }
const collect = (op: string, x: unknown, shape: Shape): Leaves => {
  const items: Arg[] = []
  let values = false, bools = true
  const visit = (at: unknown, depth: number, path: string): void => {
    if (Array.isArray(at)) {
      if (depth >= shape.length || at.length !== shape[depth]) raggedAt(op, path, `a list of ${at.length}`, depth >= shape.length ? 'a number' : `a list of ${shape[depth]}`)
      for (let i = 0; i < at.length; i++) visit(at[i], depth + 1, `${path}[${i}]`)
      return
    }
    if (isValue(at)) {
      const rest = shape.slice(depth)
      if (at.aval.shape.length !== rest.length || at.aval.shape.some((n, i) => n !== rest[i])) raggedAt(op, path, `an array of shape ${showShape(at.aval.shape)}`, `one of shape ${showShape(rest)}`)
      values = true
    } else {
      if (typeof at !== 'number' && typeof at !== 'boolean') raise({ _tag: 'BadLeaf', op, path, got: describe(at), hint: 'nested lists hold numbers, booleans and arrays' })
      if (depth !== shape.length) raggedAt(op, path, describe(at), `a list of ${shape[depth]}`)
    }
    if (typeof at !== 'boolean') bools = false
    items.push(at as Arg)
  }
  visit(x, 0, 'data')
  return { items, values, bools }
}

const make = (op: string, x: unknown, options: ArrayOptions): Value => {
  const { dtype, shape: given } = options
  const d = dtype === undefined ? undefined : requireDType(op, dtype)
  if (isValue(x)) {
    const v: Value = given === undefined ? x : reshape(x, shapeOf(op, given))
    return d === undefined ? v : d === 'bool' ? truthOf(v) : convert(v, d)
  }
  if (isTyped(x)) return fromTyped(op, x, options)
  const shape = nestedShape(op, x)
  const { items, values, bools } = collect(op, x, shape)
  const sizes = given === undefined ? shape : shapeOf(op, given)
  if (!values) {
    const into = d ?? (bools && items.length > 0 ? 'bool' : 'f32')
    if (sizeOf(sizes) !== items.length) badArgument(op, 'shape', showShape(sizes), `a shape of ${items.length} elements`, 'the product of the sizes is the number of elements')
    return new NDArray(aval(into, sizes), listed(op, into, items as readonly (number | boolean)[]))
  }
  const into = d ?? meet(op, items)
  const parts = items.map(item => {
    const v = inDType(op, item, into)
    return reshape(v, [v.size])
  })
  return reshape(concatenate(parts, 0), sizes)
}

/**
 * An array from nested numbers and booleans, from arrays and lists of arrays, or (copied) from a typed array with
 * `{ shape }`. Numbers give f32, whole ones too; only booleans give bool; arrays keep the dtype they meet in; a Uint8Array
 * of 0 and 1 is bool, other bytes need a dtype. A fraction with dtype i32 or u32 is cut off, as by astype. Faults: BadLeaf with the
 * path where a list is ragged, BadArgument for a number in a list that the dtype does not hold.
 * (jax.numpy.array)
 * @example np.array([[1, 2], [3, 4]])   // [[1, 2], [3, 4]]
 */
export const array = <const T extends Nested | TypedData, D extends DType = NestedDType<T>>(data: T, options?: ArrayOptions<D>): Value<D> =>
  make('array', data, optionsOf('array', options, ['dtype', 'shape']))
/**
 * As array; an array that has the dtype already comes back as it is. (jax.numpy.asarray)
 * @example np.asarray(2)   // 2
 */
export const asarray = <const T extends Nested | TypedData, D extends DType = NestedDType<T>>(data: T, options?: ArrayOptions<D>): Value<D> =>
  make('asarray', data, optionsOf('asarray', options, ['dtype', 'shape']))
/**
 * The same numbers in memory of their own, so that one of the two can be given away by `donateArgnums`; nothing else tells them
 * apart. (jax.numpy.copy)
 * @example np.copy(np.array([1, 2]))   // [1, 2]
 */
export const copy = <X extends Arg>(x: X): Value<DTypeOf<X>> => {
  const v = toValue('copy', x)
  return v instanceof NDArray ? new NDArray(v.aval, v.data.slice()) as Value as Value<DTypeOf<X>> : v
}

const filled = (op: string, x: number, shape: number | Shape, dtype: DType | undefined): Value =>
  fullOf(x, aval(dtype === undefined ? 'f32' : requireDType(op, dtype), shapeOf(op, shape)))
/**
 * Zeros of a shape; f32 unless `dtype` says otherwise. (jax.numpy.zeros)
 * @example np.zeros([2, 2])   // [[0, 0], [0, 0]]
 */
export const zeros = <D extends DType = 'f32'>(shape: number | Shape, options?: DTypeOption<D>): Value<D> => filled('zeros', 0, shape, optionsOf('zeros', options, ['dtype']).dtype)
/**
 * Ones of a shape. (jax.numpy.ones)
 * @example np.ones([3])   // [1, 1, 1]
 */
export const ones = <D extends DType = 'f32'>(shape: number | Shape, options?: DTypeOption<D>): Value<D> => filled('ones', 1, shape, optionsOf('ones', options, ['dtype']).dtype)
/**
 * The same as zeros: there is no uninitialised memory here. (jax.numpy.empty)
 * @example np.empty([2])   // [0, 0]
 */
export const empty = <D extends DType = 'f32'>(shape: number | Shape, options?: DTypeOption<D>): Value<D> => filled('empty', 0, shape, optionsOf('empty', options, ['dtype']).dtype)

const repeated = (op: string, value: Arg, shape: Shape, dtype: DType | undefined): Value => {
  const d = dtype === undefined ? toValue(op, value).aval.dtype : requireDType(op, dtype)
  const into = d === 'bool' && typeof value !== 'number' ? truthOf(toValue(op, value)) : inDType(op, value, d)
  return into.aval.shape.length > shape.length || into.aval.shape.some((n, i) => n !== 1 && n !== shape[shape.length - into.aval.shape.length + i])
    ? raise({ _tag: 'ShapeMismatch', op, got: [into.aval], want: `a value that broadcasts to ${showShape(shape)}`, hint: 'sizes are compared from the last axis, and must be equal or 1' })
    : spread(into, shape)
}
/**
 * One value in every place; an array is broadcast. The dtype is that of the value (a number is f32) unless given. (jax.numpy.full)
 * @example np.full([2, 2], 7)   // [[7, 7], [7, 7]]
 */
export const full = <V extends Arg, D extends DType = DTypeOf<V>>(shape: number | Shape, value: V, options?: DTypeOption<D>): Value<D> =>
  repeated('full', value, shapeOf('full', shape), optionsOf('full', options, ['dtype']).dtype)

export interface LikeOptions<D extends DType> extends DTypeOption<D> { readonly shape?: Shape }
const like = (op: string, value: Arg, x: Arg, options: LikeOptions<DType> | undefined): Value => {
  const v = toValue(op, x)
  const { dtype, shape } = optionsOf(op, options, ['dtype', 'shape'])
  return repeated(op, value, shape === undefined ? v.aval.shape : shapeOf(op, shape), dtype ?? v.aval.dtype)
}
/**
 * Zeros with the shape and dtype of x, unless options say otherwise. (jax.numpy.zeros_like)
 * @example np.zerosLike(np.array([1, 2]))   // [0, 0]
 */
export const zerosLike = <X extends Arg, D extends DType = DTypeOf<X>>(x: X, options?: LikeOptions<D>): Value<D> => like('zerosLike', 0, x, options)
/**
 * Ones with the shape and dtype of x. (jax.numpy.ones_like)
 * @example np.onesLike(np.array([1, 2]))   // [1, 1]
 */
export const onesLike = <X extends Arg, D extends DType = DTypeOf<X>>(x: X, options?: LikeOptions<D>): Value<D> => like('onesLike', 1, x, options)
/**
 * The same as zerosLike. (jax.numpy.empty_like)
 * @example np.emptyLike(np.array([1, 2]))   // [0, 0]
 */
export const emptyLike = <X extends Arg, D extends DType = DTypeOf<X>>(x: X, options?: LikeOptions<D>): Value<D> => like('emptyLike', 0, x, options)
/**
 * One value with the shape and dtype of x. (jax.numpy.full_like)
 * @example np.fullLike(np.array([1, 2]), 7)   // [7, 7]
 */
export const fullLike = <X extends Arg, D extends DType = DTypeOf<X>>(x: X, value: Arg, options?: LikeOptions<D>): Value<D> => like('fullLike', value, x, options)

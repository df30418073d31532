/** From arrays back to JavaScript: numbers, nested lists and typed arrays. Traced values have none yet, which is a fault. */
import type { Data, DType } from '../core/dtype.js'
import { concreteOf, nested, numberOf, type Value } from '../core/value.js'
import { badArgument } from '../core/fault.js'
import { isValue } from '../core/value.js'
import type { KindOf } from '../types/dtype.js'

/** The typed array that holds a dtype; halves are numbers of f32. */
export interface DataOf { f16: Float32Array; f32: Float32Array; f64: Float64Array; i32: Int32Array; u32: Uint32Array; bool: Uint8Array }
type Read<X> = KindOf<X> extends infer D ? (D extends DType ? DataOf[D] : never) : never
export type NestedNumbers = number | boolean | readonly NestedNumbers[]

const required = (op: string, x: unknown): Value => (isValue(x) ? x as Value : badArgument(op, 'the argument', x, 'an array', 'tree.map(toNested, t) reads every array of a tree'))

/**
 * Nested lists of numbers, of booleans for bool; a number for a scalar. Faults: NotConcrete while tracing. (numpy.ndarray.tolist)
 * @example toNested(np.array([[1, 2], [3, 4]]))   // [[1, 2], [3, 4]]
 */
export const toNested = (x: Value): any => nested(concreteOf(required('toNested', x), 'toNested'))
/**
 * The number of an array of one element; a boolean for bool. Faults: NotConcrete, ShapeMismatch. (numpy.ndarray.item)
 * @example item(np.sum(np.array([1, 2])))   // 3
 */
export const item = <X extends Value>(x: X): KindOf<X> extends 'bool' ? boolean : number => {
  const n = numberOf(required('item', x), 'item')
  return (x.dtype === 'bool' ? n === 1 : n) as KindOf<X> extends 'bool' ? boolean : number
}
/**
 * A copy of the elements, row by row, as a typed array of the dtype; bool is 0 and 1.
 * @example Array.from(readSync(np.array([[1, 2], [3, 4]])))   // [1, 2, 3, 4]
 */
export const readSync = <X extends Value>(x: X): Read<X> => concreteOf(required('readSync', x), 'readSync').data.slice() as Data as Read<X>
/**
 * The same as readSync, for arrays that may live on another device.
 * @example await read(np.array([1, 2]))
 */
export const read = async <X extends Value>(x: X): Promise<Read<X>> => {
  const bring = concreteOf(required('read', x), 'read').residence?.read
  return bring ? await bring() as Read<X> : readSync(x)
}

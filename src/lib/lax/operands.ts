/** What lax-level functions accept: arrays of one shape and dtype, and plain numbers, which take both from the array beside them. */
import { type Aval, sameShape, type Shape, showShape } from '../../core/aval.js'
import { dtypes, highest, lowest } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import { isValue, type Value } from '../../core/value.js'
import { convert } from '../../primitives/arithmetic.js'
import { full } from '../../primitives/base.js'
import { spread, toValue } from '../arrays.js'

/** An array, or a number (a boolean) that stands for one. */
export type Operand = Value | number | boolean

/** A number as an array of the given type; a fault where the dtype does not hold it. */
export const numberAs = (op: string, x: number | boolean, like: Aval): Value => {
  const { kind } = dtypes[like.dtype]
  const fits = kind === 'bool' ? typeof x === 'boolean' : typeof x === 'number' && (kind === 'float' || (Number.isInteger(x) && x >= lowest(like.dtype) && x <= highest(like.dtype)))
  return fits ? full(Number(x), like)
    : raise({ _tag: 'DTypeMismatch', op, got: [like], want: `an array that can hold ${String(x)}`, hint: 'convert the array first: lax.convertElementType(x, \'f32\')' })
}

/** Operands as arrays: a number takes the type of the first array there is, and is f32 where there is none. */
export const operands = (op: string, xs: readonly Operand[]): readonly Value[] => {
  const first = xs.find(isValue) as Value | undefined
  return xs.map((x, i) => {
    const isNumber = typeof x === 'number' || typeof x === 'boolean'
    return first !== undefined && isNumber ? numberAs(op, x, first.aval) : toValue(op, x, `operand ${i}`)
  })
}
/** The one array of a unary function. */
export const operand = (op: string, x: Operand): Value => toValue(op, x)

/** NumPy's broadcasting of one array to a shape: axes are matched from the last, those of size 1 are repeated. */
export const broadcastTo = (op: string, x: Value, shape: Shape): Value => {
  if (sameShape(x.shape, shape)) return x
  const offset = shape.length - x.ndim
  return offset >= 0 && x.shape.every((n, i) => n === 1 || n === shape[i + offset]) ? spread(x, shape)
    : raise({ _tag: 'ShapeMismatch', op, got: [x.aval], want: `a shape that broadcasts to ${showShape(shape)}`, hint: 'axes are matched from the last; sizes are equal or 1' })
}
/** A value, converted, in every place of a type. */
export const everywhere = (op: string, x: Operand, a: Aval): Value =>
  isValue(x) ? broadcastTo(op, convert(x as Value, a.dtype), a.shape) : numberAs(op, x as number, a)

/** A whole number that fits an axis: an array index as an i32 scalar. */
export const indexOf = (op: string, i: Operand): Value => {
  if (typeof i === 'number') return Number.isInteger(i) ? full(Math.min(Math.max(i, lowest('i32')), highest('i32')), { shape: [], dtype: 'i32' }) : badArgument(op, 'an index', i, 'a whole number or an integer scalar', 'round it first')
  const v = toValue(op, i, 'an index')
  if (v.ndim > 0) return raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: 'a scalar index', hint: 'lax.gather and np.take read many places at once' })
  return v.dtype === 'i32' || v.dtype === 'u32' ? convert(v, 'i32')
    : raise({ _tag: 'DTypeMismatch', op, got: [v.aval], want: 'an integer index', hint: 'convert it with np.astype(x, \'i32\')' })
}

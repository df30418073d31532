/** Arguments of library functions become arrays here: numbers take a dtype, dtypes meet, shapes broadcast, axes are counted. */
import { type Aval, sameShape, type Shape, showShape } from '../core/aval.js'
import { dtypes, type DType, foreseen, highest, inexact, isDType, isFloat, lowest, promote } from '../core/dtype.js'
import { roundToHalf } from '../core/half.js'
import { badArgument, raise } from '../core/fault.js'
import { isValue, type Value } from '../core/value.js'
import { convert } from '../primitives/arithmetic.js'
import { broadcast, full, scalar } from '../primitives/base.js'
import { reshape } from '../primitives/structural.js'
import { requireOptions } from '../transforms/arguments.js'
import type { Arg } from '../types/dtype.js'

// ---- one argument ----------------------------------------------------------------------------------------------------

/** An array as it is; a number is an f32 scalar, a boolean a bool one. */
export const toValue = (op: string, x: Arg, argument = 'the operand'): Value =>
  isValue(x) ? x as Value : typeof x === 'number' ? scalar(x, 'f32') : typeof x === 'boolean' ? scalar(x ? 1 : 0, 'bool') : notAnArray(op, x, argument)

const notAnArray = (op: string, x: unknown, argument: string): never =>
  badArgument(op, argument, x, 'an array, a number or a boolean', Array.isArray(x) || ArrayBuffer.isView(x) ? 'make it an array first: np.array(...)' : 'trees are mapped over with tree.map')

/** An argument as floats. */
export const toFloat = (op: string, x: Arg): Value => {
  const value = toValue(op, x)
  return isFloat(value.aval.dtype) ? value : convert(value, 'f32')
}
/** An argument as numbers: truth values become i32. */
export const toNumber = (op: string, x: Arg): Value => {
  const value = toValue(op, x)
  return value.aval.dtype === 'bool' ? convert(value, 'i32') : value
}
/** Sums and counts that would not fit into halves are taken in f32, as JAX takes them. */
export const roomy = (x: Value, f: (wide: Value) => Value): Value => (x.aval.dtype === 'f16' ? convert(f(convert(x, 'f32')), 'f16') : f(x))
export const refuseDType = (op: string, got: readonly Value[], want: string, hint = 'convert with np.astype'): never =>
  raise({ _tag: 'DTypeMismatch', op, got: got.map(x => x.aval), want, hint })

/** A dtype by name; those foreseen are refused by name. */
export const requireDType = (op: string, d: unknown): DType =>
  isDType(d) ? d
    : typeof d === 'string' && Object.hasOwn(foreseen, d)
      ? raise({ _tag: 'ForeseenDType', op, dtype: d, what: foreseen[d as keyof typeof foreseen], hint: `there are ${Object.keys(dtypes).join(', ')}` })
      : badArgument(op, 'dtype', d, `one of ${Object.keys(dtypes).join(', ')}`, 'f32 is the default')

// ---- numbers beside arrays -------------------------------------------------------------------------------------------

/** The dtype in which a number meets a dtype: a fraction is never truncated, a whole number stays whole. */
export const besideNumber = (op: string, d: DType, x: number): DType => {
  if (isFloat(d)) return d
  if (!Number.isInteger(x)) return 'f32'
  const into = d === 'bool' ? 'i32' : d
  if (into === 'i32' ? x >= -2147483648 && x <= 2147483647 : x >= 0 && x <= 4294967295) return into
  return badArgument(op, 'the number', x, `a whole number that ${into} holds`, 'convert the array first: np.astype(x, \'f32\')')
}

/** A number as an element of a dtype: for integers the fraction is cut off, and they must hold the rest; true is what is not zero. */
export const elementOf = (op: string, x: number, d: DType): number => {
  if (d === 'bool') return x === 0 ? 0 : 1
  if (isFloat(d)) return d === 'f16' ? roundToHalf(x) : x
  const whole = Math.trunc(x)
  return whole >= lowest(d) && whole <= highest(d) ? whole : badArgument(op, 'the number', x, `a number that ${d} holds`, 'ask for f32 or f64')
}
/** An argument in a dtype: a number is written in it at once, since f32 on the way would round it. */
export const inDType = (op: string, x: Arg, d: DType, argument?: string): Value =>
  typeof x === 'number' ? scalar(elementOf(op, x, d), d) : convert(toValue(op, x, argument), d)

const isArg = (x: unknown): x is Arg => isValue(x) || typeof x === 'number' || typeof x === 'boolean'

/** Two arguments as arrays of the dtype they meet in, not yet of one shape. */
export const promote2 = (op: string, x: Arg, y: Arg): readonly [Value, Value] => {
  if (!isArg(x)) notAnArray(op, x, 'the first operand')
  if (!isArg(y)) notAnArray(op, y, 'the second operand')
  if (typeof x === 'number') {
    if (typeof y === 'number') return [scalar(x, 'f32'), scalar(y, 'f32')]
    const b = toValue(op, y)
    const d = besideNumber(op, b.aval.dtype, x)
    return [scalar(x, d), convert(b, d)]
  }
  const a = toValue(op, x)
  if (typeof y === 'number') {
    const d = besideNumber(op, a.aval.dtype, y)
    return [convert(a, d), scalar(y, d)]
  }
  const b = toValue(op, y)
  const d = promote(a.aval.dtype, b.aval.dtype)
  return [convert(a, d), convert(b, d)]
}

/** Any number of arguments as arrays of the dtype they meet in; numbers are weak beside arrays. */
export const promoteAll = (op: string, xs: readonly Arg[]): readonly Value[] => {
  const d = meet(op, xs)
  return xs.map(x => (typeof x === 'number' ? scalar(x, d) : convert(toValue(op, x), d)))
}
/** The dtype in which arguments meet. */
export const meet = (op: string, xs: readonly Arg[]): DType => {
  let d: DType | null = null
  for (const x of xs) {
    if (typeof x === 'number') continue
    const own = toValue(op, x).aval.dtype
    d = d === null ? own : promote(d, own)
  }
  if (d === null) return 'f32'
  for (const x of xs) if (typeof x === 'number') d = besideNumber(op, d, x)
  return d
}

// ---- broadcasting ----------------------------------------------------------------------------------------------------

const refuseShapes = (op: string, a: Aval, b: Aval): never => raise({
  _tag: 'ShapeMismatch', op, got: [a, b], want: 'shapes that broadcast',
  hint: `shapes ${showShape(a.shape)} and ${showShape(b.shape)} do not broadcast: from the last axis on, sizes must be equal or 1`,
})

/** The shape that two arrays broadcast to. */
export const broadcastShape2 = (op: string, x: Aval, y: Aval): Shape => {
  const a = x.shape, b = y.shape
  if (b.length === 0) return a
  if (a.length === 0 || a === b) return b
  const rank = Math.max(a.length, b.length)
  const shape = new Array<number>(rank)
  for (let i = 1; i <= rank; i++) {
    const m = i <= a.length ? a[a.length - i]! : 1, n = i <= b.length ? b[b.length - i]! : 1
    shape[rank - i] = m === n || n === 1 ? m : m === 1 ? n : refuseShapes(op, x, y)
  }
  return shape
}
export const broadcastShapeAll = (op: string, xs: readonly Value[]): Shape =>
  xs.reduce<Shape>((shape, x) => broadcastShape2(op, { shape, dtype: x.aval.dtype }, x.aval), [])

/** Repeats axes of size 1 and puts new ones in front; the caller knows that the shapes fit. */
export const spread = (x: Value, shape: Shape): Value => {
  const own = x.aval.shape
  if (sameShape(own, shape)) return x
  const lead = shape.length - own.length
  const dims: number[] = []
  for (let i = 0; i < own.length; i++) if (own[i] === shape[lead + i]) dims.push(lead + i)
  return broadcast(dims.length === own.length ? x : reshape(x, dims.map(d => shape[d]!)), shape, dims)
}

const pair = (op: string, a: Value, b: Value): readonly [Value, Value] => {
  const shape = broadcastShape2(op, a.aval, b.aval)
  return [spread(a, shape), spread(b, shape)]
}
/** A number in every place of an array's shape, in the dtype they meet in. */
const fill = (x: number, dtype: DType, like: Value): Value =>
  like.aval.shape.length === 0 ? scalar(x, dtype) : full(x, dtype === like.aval.dtype ? like.aval : { shape: like.aval.shape, dtype })

/** Two arguments as arrays of one dtype and one shape. */
export const align2 = (op: string, x: Arg, y: Arg): readonly [Value, Value] => {
  if (isValue(x)) {
    const a: Value = x
    if (typeof y === 'number') {
      const d = besideNumber(op, a.aval.dtype, y)
      return [convert(a, d), fill(y, d, a)]
    }
    if (isValue(y)) {
      const b: Value = y
      if (a.aval === b.aval) return [a, b]
      const p = a.aval.dtype, q = b.aval.dtype
      if (p === q) return sameShape(a.aval.shape, b.aval.shape) ? [a, b] : pair(op, a, b)
      const d = promote(p, q)
      return pair(op, convert(a, d), convert(b, d))
    }
  } else if (typeof x === 'number' && isValue(y)) {
    const d = besideNumber(op, y.aval.dtype, x)
    return [fill(x, d, y), convert(y, d)]
  }
  const [a, b] = promote2(op, x, y)
  return pair(op, a, b)
}
/** The same in floats. */
export const alignFloat2 = (op: string, x: Arg, y: Arg): readonly [Value, Value] => {
  const both = align2(op, x, y)
  const d = inexact(both[0].aval.dtype)
  return d === both[0].aval.dtype ? both : [convert(both[0], d), convert(both[1], d)]
}
/** Any number of arguments as arrays of one dtype and one shape. */
export const alignAll = (op: string, xs: readonly Arg[]): readonly Value[] => {
  const values = promoteAll(op, xs)
  const shape = broadcastShapeAll(op, values)
  return values.map(x => spread(x, shape))
}

// ---- axes and sizes --------------------------------------------------------------------------------------------------

const isOption = (x: unknown): boolean => typeof x === 'object' && x !== null && 'axis' in x
/** An axis, counted from the end where negative. */
export const axisOf = (op: string, axis: number, shape: Shape, rank = shape.length): number => {
  if (typeof axis !== 'number') return badArgument(op, 'axis', axis, 'a whole number', isOption(axis) ? 'the axis comes by itself here, not in a record' : 'axis: 0, axis: -1')
  const a = axis < 0 ? axis + rank : axis
  return Number.isInteger(axis) && a >= 0 && a < rank ? a
    : raise({ _tag: 'AxisOutOfRange', op, axis, shape, hint: rank === 0 ? 'a scalar has no axes' : `axes are from ${-rank} to ${rank - 1}` })
}
/** Axes, in the order given, each once. */
export const axesOf = (op: string, axes: number | readonly number[], shape: Shape, rank = shape.length): readonly number[] => {
  if (typeof axes === 'number') return [axisOf(op, axes, shape, rank)]
  if (!Array.isArray(axes)) return badArgument(op, 'axis', axes, 'a whole number or a list of them', 'axis: 0, axis: -1, axis: [0, 2]')
  const list = (axes as readonly number[]).map(a => axisOf(op, a, shape, rank))
  return new Set(list).size === list.length ? list : badArgument(op, 'axis', axes, 'a list that names each axis once', 'negative axes count from the end')
}
/** Axes to fold over, ascending; absent or null means all. */
export const foldAxes = (op: string, axis: number | readonly number[] | null | undefined, shape: Shape): readonly number[] => {
  if (axis === undefined || axis === null) return shape.map((_, i) => i)
  const axes = axesOf(op, axis, shape)
  return axes.length < 2 ? axes : [...axes].sort((a, b) => a - b)
}

/** A list of sizes; a number is a list of one. */
export const shapeOf = (op: string, shape: number | readonly number[]): Shape => {
  const sizes = typeof shape === 'number' ? [shape] : shape
  return Array.isArray(sizes) && sizes.every(n => Number.isInteger(n) && n >= 0) ? sizes.slice()
    : badArgument(op, 'shape', shape, 'a list of whole numbers >= 0', isValue(shape) ? 'sizes are JavaScript numbers' : 'an array of 2 rows and 3 columns has shape [2, 3]')
}
export const wholeNumber = (op: string, argument: string, n: unknown, hint = 'sizes and counts are JavaScript numbers, known before the function runs'): number =>
  Number.isInteger(n) ? (n as number) : badArgument(op, argument, n, 'a whole number', hint)

/** The options of a call: a record of known keywords, or nothing. A misspelt or positional one would be lost without a word. */
export const optionsOf = <O extends object>(op: string, options: O | undefined, known: readonly string[]): O => {
  if (options === undefined) return nothing as O
  requireOptions(op, options, known)
  return options
}
const nothing = Object.freeze({})


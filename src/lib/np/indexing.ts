/** Reading x[ix], and arrays that differ from x at the places x[ix]: nothing is written, every update answers a new array. */
import { type Shape, showShape } from '../../core/aval.js'
import { isFloat, promote } from '../../core/dtype.js'
import { raise } from '../../core/fault.js'
import { NDArray, type Value } from '../../core/value.js'
import { add, convert, div, maximum, minimum, mul, select } from '../../primitives/arithmetic.js'
import { ones, scalar, zeros } from '../../primitives/base.js'
import { gather, scatter, type ScatterKind } from '../../primitives/gather.js'
import { dynamicUpdateSlice } from '../../primitives/indexing.js'
import { bitAnd, bitOr } from '../../primitives/logic.js'
import { pad, reshape, reverse, slice } from '../../primitives/structural.js'
import { besideNumber, optionsOf, refuseDType, spread, toFloat, toValue } from '../arrays.js'
import { dual, dual3 } from '../dual.js'
import { type Indices, planOf, type Plan, regionOf } from './indices.js'
import { requirePlace } from './take.js'
import type { Arg, DTypeOf } from '../../types/dtype.js'

const read = (x: Value, plan: Plan): Value => {
  const part = regionOf(x, plan)
  if (!plan.gathered) return reshape(part, plan.shape)
  const { vectors, dims, sliceSizes, shape } = plan.gathered
  if (shape.includes(0)) return zeros({ dtype: x.aval.dtype, shape: plan.shape })
  return reshape(gather(part, vectors, { ...dims, sliceSizes, mode: 'clip' }), plan.shape)
}

export interface At {
  <X extends Arg>(x: X, ix: Indices): Value<DTypeOf<X>>
  (ix: Indices): <X extends Arg>(x: X) => Value<DTypeOf<X>>
}
/**
 * x[ix]. `ix` is one index or a list of them, one for each axis: a whole number (negative from the end); a slice
 * [from, to] or [from, to, step] with null for open ends, clamped; ':' for all; null for a new axis; '...' for the axes not
 * named; an integer array, whose axes replace the indexed one (several broadcast together); or a concrete bool mask.
 * A JavaScript number out of range is an IndexOutOfRange; of arrays, places beyond the ends are clamped. The derivative
 * costs as much as the part that is read. Inside a transformation a mask is a NotConcrete. (NumPy indexing; JAX: x[ix])
 * @example np.at(np.array([[1, 2, 3], [4, 5, 6]]), [1, [0, 2]])   // [4, 5]
 */
export const at: At = dual((x: Arg, ix: Indices) => {
  const v = toValue('at', x)
  return readPlaces(v, ix) ?? read(v, planOf('at', v.aval.shape, ix))
})
/** The frequent case, without a plan: places of the first axes, and nothing else. */
const readPlaces = (x: Value, ix: Indices): Value | null => {
  const { shape } = x.aval
  const one = typeof ix === 'number'
  const count = one ? 1 : Array.isArray(ix) ? ix.length : 0
  if (count === 0 || count > shape.length) return null
  const start = new Array<number>(shape.length), limit = shape.slice(), strides = new Array<number>(shape.length)
  for (let a = 0; a < shape.length; a++) {
    const i: unknown = one ? (a === 0 ? ix : null) : a < count ? (ix as readonly unknown[])[a] : null
    if (a < count) {
      if (typeof i !== 'number') return null
      start[a] = requirePlace('at', i, shape[a]!, a)
      limit[a] = start[a]! + 1
    } else start[a] = 0
    strides[a] = 1
  }
  return reshape(slice(x, start, limit, strides), shape.slice(count))
}

// ---- updates ---------------------------------------------------------------------------------------------------------

/** An update in the dtype of the array, where it loses nothing but bits of precision. */
const fitting = (op: string, x: Value, update: Arg): Value => {
  const d = x.aval.dtype
  if (typeof update === 'number') {
    if (besideNumber(op, d, update) !== d) refuseDType(op, [x, scalar(update, 'f32')], `an update that ${d} holds`, 'convert the array first: np.astype(x, \'f32\')')
    return scalar(update, d)
  }
  const v = toValue(op, update, 'the update')
  if (promote(d, v.aval.dtype) !== d && !(isFloat(d) && isFloat(v.aval.dtype))) refuseDType(op, [x, v], `an update that ${d} holds`, `np.astype(update, '${d}') converts on purpose`)
  return convert(v, d)
}
const broadcastInto = (op: string, update: Value, shape: Shape): Value => {
  const own = update.aval.shape
  const extra = own.length - shape.length
  const trimmed = extra > 0 && own.slice(0, extra).every(n => n === 1) ? reshape(update, own.slice(extra)) : update
  const fits = trimmed.aval.shape.length <= shape.length && trimmed.aval.shape.every((n, i) => n === 1 || n === shape[shape.length - trimmed.aval.shape.length + i])
  return fits ? spread(trimmed, shape) : raise({
    _tag: 'ShapeMismatch', op, got: [update.aval], want: `an update that broadcasts to ${showShape(shape)}`, hint: `the indices choose an array of shape ${showShape(shape)}`,
  })
}

/** x with its region replaced by `part`, which has the sizes of the region without its axes at one place. */
const replace = (x: Value, part: Value, { region }: Plan): Value => {
  if (region.whole) return reshape(part, x.aval.shape)
  const { start, limit, strides } = region
  const sizes = start.map((s, a) => Math.ceil((limit[a]! - s) / strides[a]!))
  if (sizes.includes(0)) return x
  const block = reverse(reshape(part, sizes), region.reversed)
  if (strides.every((s, a) => s === 1 || sizes[a] === 1)) return dynamicUpdateSlice(x, block, start.map(s => scalar(s, 'i32')))
  const config = start.map((s, a) => [s, x.aval.shape[a]! - limit[a]!, strides[a]! - 1])
  const inside = pad(ones({ dtype: 'bool', shape: sizes }), scalar(0, 'bool'), config)
  return select(inside, pad(block, scalar(0, x.aval.dtype), config), x)
}

const joins: Readonly<Record<ScatterKind, (x: Value, u: Value) => Value>> = { set: (_x, u) => u, add, mul, min: minimum, max: maximum }
const joinsOfBools: Readonly<Record<ScatterKind, (x: Value, u: Value) => Value>> = { ...joins, add: bitOr, mul: bitAnd }

export interface UpdateOptions {
  /** A promise that no element is named twice; it makes products differentiable in their factors. */
  readonly uniqueIndices?: boolean
}
/** Known index vectors that name no place twice. */
const provablyUnique = (vectors: Value): boolean => {
  if (!(vectors instanceof NDArray)) return false
  const k = vectors.aval.shape[vectors.aval.shape.length - 1]!
  const seen = new Set<string>()
  for (let i = 0; i < vectors.data.length; i += k) seen.add(vectors.data.subarray(i, i + k).join())
  return seen.size * k === vectors.data.length
}
const updated = (op: string, kind: ScatterKind, x: Arg, ix: Indices, update: Arg, options: UpdateOptions | undefined): Value => {
  const v = toValue(op, x)
  const plan = planOf(op, v.aval.shape, ix)
  const u = broadcastInto(op, fitting(op, v, update), plan.shape)
  const join = (v.aval.dtype === 'bool' ? joinsOfBools : joins)[kind]
  if (!plan.gathered) {
    const part = reshape(u, plan.kept)
    return replace(v, kind === 'set' ? part : join(regionOf(v, plan), part), plan)
  }
  const { vectors, dims, shape, unique } = plan.gathered
  if (shape.includes(0)) return v
  const { uniqueIndices = unique || (kind === 'mul' && provablyUnique(vectors)) } = optionsOf(op, options, ['uniqueIndices'])
  const part = regionOf(v, plan)
  const params = { ...dims, kind, mode: 'fill' as const, uniqueIndices }
  const asNumbers = v.aval.dtype === 'bool' && (kind === 'add' || kind === 'mul')
  // among bools a sum is the greatest and a product the least
  const out = scatter(part, vectors, reshape(u, shape), asNumbers ? { ...params, kind: kind === 'add' ? 'max' : 'min' } : params)
  return replace(v, out, plan)
}

export interface Update {
  <X extends Arg>(x: X, ix: Indices, update: Arg, options?: UpdateOptions): Value<DTypeOf<X>>
  (ix: Indices, update: Arg): <X extends Arg>(x: X) => Value<DTypeOf<X>>
}
const update = (op: string, kind: ScatterKind): Update => {
  function call(x: unknown, ix: unknown, u: unknown, options: unknown): unknown {
    if (arguments.length === 2) return (first: Arg) => updated(op, kind, first, x as Indices, ix as Arg, undefined)
    return updated(op, kind, x as Arg, ix as Indices, u as Arg, options as UpdateOptions | undefined)
  }
  return call as unknown as Update
}
/**
 * x with x[ix] replaced by the update, which broadcasts and takes the dtype of x; a fraction for integers is a
 * DTypeMismatch. Indices as in `at`; places of arrays beyond the ends are dropped; named twice, the last stays. (JAX: x.at[ix].set)
 * @example np.set(np.array([1, 2, 3]), 1, 9)   // [1, 9, 3]
 */
export const set: Update = update('set', 'set')
/**
 * x with the update added at x[ix]; what is named twice is added twice. (JAX: x.at[ix].add)
 * @example np.addAt(np.array([1, 2, 3]), [np.array([0, 0], { dtype: 'i32' })], 10)   // [21, 2, 3]
 */
export const addAt: Update = update('addAt', 'add')
/**
 * x with x[ix] multiplied by the update. (JAX: x.at[ix].multiply)
 * @example np.multiplyAt(np.array([1, 2, 3]), [[1, null]], 10)   // [1, 20, 30]
 */
export const multiplyAt: Update = update('multiplyAt', 'mul')
/**
 * The same as multiplyAt. (JAX: x.at[ix].mul)
 * @example np.mulAt(np.array([1, 2, 3]), 0, 10)   // [10, 2, 3]
 */
export const mulAt: Update = update('mulAt', 'mul')
/**
 * x with the lesser of x[ix] and the update there. (JAX: x.at[ix].min)
 * @example np.minAt(np.array([1, 5]), ':', 3)   // [1, 3]
 */
export const minAt: Update = update('minAt', 'min')
/**
 * x with the greater of x[ix] and the update there. (JAX: x.at[ix].max)
 * @example np.maxAt(np.array([1, 5]), ':', 3)   // [3, 5]
 */
export const maxAt: Update = update('maxAt', 'max')
/**
 * x with x[ix] divided by the update, in floats. (JAX: x.at[ix].divide)
 * @example np.divideAt(np.array([1, 4]), 1, 2)   // [1, 2]
 */
export const divideAt = <X extends Arg>(x: X, ix: Indices, by: Arg, options?: UpdateOptions): Value<DTypeOf<X>> => {
  const v = toFloat('divideAt', x)
  return div(v, updated('divideAt', 'mul', ones(v.aval), ix, by, options))
}
export interface ApplyAt {
  <X extends Arg>(x: X, ix: Indices, f: (part: Value<DTypeOf<X>>) => Arg): Value<DTypeOf<X>>
  (ix: Indices, f: (part: Value) => Arg): <X extends Arg>(x: X) => Value<DTypeOf<X>>
}
/**
 * x with x[ix] replaced by f(x[ix]); f is applied once to the part as a whole, also where an element is named twice. (JAX: x.at[ix].apply)
 * @example np.applyAt(np.array([1, 4, 9]), [[1, 3]], np.sqrt)   // [1, 2, 3]
 */
export const applyAt: ApplyAt = dual3((x: Arg, ix: Indices, f: (part: Value) => Arg) => {
  const v = toValue('applyAt', x)
  return updated('applyAt', 'set', v, ix, f(read(v, planOf('applyAt', v.aval.shape, ix))), undefined)
})

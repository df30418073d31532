/** Broadcast and sum, each the transpose of the other, and the constants that rules are made of. */
import * as E from '../core/either.js'
import { type Aval, aval, range, sameShape, showShape, withoutAxes } from '../core/aval.js'
import { dataOf, type DType, isFloat } from '../core/dtype.js'
import { ints, record } from '../core/form.js'
import { bind1 } from '../core/interp.js'
import { type MappedAxis, type Primitive } from '../core/primitive.js'
import { NDArray, type Value } from '../core/value.js'
import { free, linear, perInput, wrongDType, wrongShape } from './row.js'

/** `dims[i]` is the axis of the result that operand axis i becomes; the other axes of `shape` are new. */
export interface BroadcastParams { readonly shape: readonly number[]; readonly dims: readonly number[] }

export const broadcastP: Primitive<BroadcastParams> = linear<BroadcastParams>('broadcast', {
  params: record({ shape: ints, dims: ints }),
  shape: ([x], { shape, dims }) => {
    const ascending = dims.every((d, i) => Number.isInteger(d) && d >= 0 && d < shape.length && (i === 0 || d > dims[i - 1]!))
    return ascending && sameShape(dims.map(d => shape[d]!), x!.shape) && shape.every(n => Number.isInteger(n) && n >= 0)
      ? E.right([aval(x!.dtype, shape)])
      : wrongShape('broadcast', [x!], `a shape that fits into ${showShape(shape)} at axes ${showShape(dims)}`, 'np.broadcastTo inserts axes and repeats those of size 1')
  },
  batch: (axis, [x], _b, { shape, dims }) => [broadcast(x!, [axis.size, ...shape], [0, ...dims.map(d => d + 1)])],
  transpose: ([ct], _args, { shape, dims }) => [sum(ct!, range(shape.length).filter(d => !dims.includes(d)))],
  cost: free,
  zeros: a => zeros(a),
})

export interface AxesParams { readonly axes: readonly number[] }
/** Ascending, in range, without repetition. */
export const axesFit = (axes: readonly number[], rank: number): boolean =>
  axes.every((a, i) => Number.isInteger(a) && a >= 0 && a < rank && (i === 0 || a > axes[i - 1]!))

export const sumP: Primitive<AxesParams> = linear<AxesParams>('sum', {
  params: record({ axes: ints }),
  shape: ([x], { axes }) => x!.dtype === 'bool' ? wrongDType('sum', [x!], 'numbers')
    : axesFit(axes, x!.shape.length) ? E.right([aval(x!.dtype, withoutAxes(x!.shape, axes))])
    : wrongShape('sum', [x!], `axes within rank ${x!.shape.length}, ascending; the axes are ${showShape(axes)}`, 'give each axis once'),
  batch: (_axis, [x], _b, { axes }) => [sum(x!, axes.map(a => a + 1))],
  transpose: ([ct], [x], { axes }) => [broadcast(ct!, x!.aval.shape, range(x!.aval.shape.length).filter(d => !axes.includes(d)))],
  cost: perInput,
  zeros: a => zeros(a),
})

export const broadcast = (x: Value, shape: readonly number[], dims: readonly number[]): Value =>
  shape.length === x.aval.shape.length ? (sameShape(shape, x.aval.shape) ? x : bind1(broadcastP, [x], { shape, dims })) : bind1(broadcastP, [x], { shape, dims })
/** Sums over the given axes (ascending). */
export const sum = (x: Value, axes: readonly number[]): Value => (axes.length === 0 ? x : bind1(sumP, [x], { axes }))

const scalars = new Map<DType, Map<number, NDArray>>()
const everybodys = new WeakSet<Value>()
/** Whether an array is a literal that others hold as well, so that nobody may give it away. */
export const isShared = (x: Value): boolean => everybodys.has(x)
/** A scalar array; small whole numbers are shared, so that equal literals are one. */
export const scalar = (x: number, dtype: DType): NDArray => {
  const small = Number.isInteger(x) && Math.abs(x) <= 16 && !Object.is(x, -0)
  let shared = scalars.get(dtype)
  if (!shared) scalars.set(dtype, shared = new Map())
  const known = small ? shared.get(x) : undefined
  if (known) return known
  const made = new NDArray(aval(dtype, []), dataOf(dtype, [x]))
  if (small) { shared.set(x, made); everybodys.add(made) }
  return made
}
/** One number in every place. */
export const full = (x: number, a: Aval): Value => (a.shape.length === 0 ? scalar(x, a.dtype) : bind1(broadcastP, [scalar(x, a.dtype)], { shape: a.shape, dims: [] }))
export const zeros = (a: Aval): Value => full(0, a)
export const ones = (a: Aval): Value => full(1, a)
export const instantiate = (tangent: Value | null, a: Aval): Value => tangent ?? zeros(a)

/** An operand with the mapped axis in front, repeated along it where it had none. */
export const lead = (axis: MappedAxis, x: Value, batched: boolean): Value =>
  batched ? x : bind1(broadcastP, [x], { shape: [axis.size, ...x.aval.shape], dims: range(x.aval.shape.length).map(d => d + 1) })

export const hasTangent = (a: Aval): boolean => isFloat(a.dtype)

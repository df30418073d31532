/** Products of vectors, matrices and stacks of them: each is one contraction of paired axes. */
import { range, type Shape, showShape } from '../../core/aval.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { convert, mul, sub } from '../../primitives/arithmetic.js'
import { broadcast, sum } from '../../primitives/base.js'
import { dotGeneral } from '../../primitives/contract.js'
import { concatenate, reshape, sliceInAxis, transpose } from '../../primitives/structural.js'
import { align2, axisOf, axesOf, broadcastShape2, optionsOf, promote2, spread } from '../arrays.js'
import { dual, dualWithOptions } from '../dual.js'
import { truthOf } from './logic.js'
import type { Arg, Promoted } from '../../types/dtype.js'
import type { Binary } from '../../types/functions.js'

interface Pairs { readonly contract: readonly [readonly number[], readonly number[]]; readonly batch: readonly [readonly number[], readonly number[]] }
/** A contraction; of truth values, whether any pair is true in both. */
export const contract = (x: Value, y: Value, pairs: Pairs): Value =>
  x.aval.dtype === 'bool' ? truthOf(dotGeneral(convert(x, 'i32'), convert(y, 'i32'), pairs)) : dotGeneral(x, y, pairs)

const refuseInner = (op: string, x: Value, y: Value, m: number, n: number): never => raise({
  _tag: 'ShapeMismatch', op, got: [x.aval, y.aval], want: 'equal inner dimensions', hint: `inner dimensions ${m} and ${n} differ`,
})
const refuseScalar = (op: string, x: Value, y: Value): never => raise({
  _tag: 'ShapeMismatch', op, got: [x.aval, y.aval], want: 'operands with at least one axis', hint: 'np.multiply takes scalars',
})

/** [..., m, k] by [..., k, n]: the batch axes broadcast; those of size 1 on one side are free there and put in place after. */
const matrixProduct = (op: string, x: Value, y: Value): Value => {
  const a = x.aval.shape, b = y.aval.shape
  const k = a[a.length - 1]!, l = b[b.length - 2]!
  if (k !== l) refuseInner(op, x, y, k, l)
  if (a.length === 2 && b.length === 2) return contract(x, y, { contract: [[1], [0]], batch: [[], []] })
  // a stack by one matrix is one product of a tall matrix
  if (b.length === 2) return contract(x, y, { contract: [[a.length - 1], [0]], batch: [[], []] })
  const lead = broadcastShape2(op, { dtype: x.aval.dtype, shape: a.slice(0, -2) }, { dtype: y.aval.dtype, shape: b.slice(0, -2) })
  const rank = lead.length
  const left = placed(x, rank), right = placed(y, rank)
  const shared = range(rank).filter(i => left.sizes[i] === right.sizes[i] && left.sizes[i] !== undefined)
  const inLeft = shared.map(i => left.axes.indexOf(i)), inRight = shared.map(i => right.axes.indexOf(i))
  const out = contract(left.value, right.value, { contract: [[left.axes.length + 1], [right.axes.length]], batch: [inLeft, inRight] })
  const ofLeft = left.axes.filter(i => !shared.includes(i)), ofRight = right.axes.filter(i => !shared.includes(i))
  const order = [...shared, ...ofLeft, -2, ...ofRight, -1]
  const places = range(rank).filter(i => order.includes(i))
  const sorted = transpose(out, [...places, -2, -1].map(i => order.indexOf(i)))
  return reshape(sorted, [...lead, a[a.length - 2]!, b[b.length - 1]!])
}
/** The batch axes of an operand that are more than 1 long (or empty), by their place among `rank`; the others are dropped. */
const placed = (x: Value, rank: number): { readonly value: Value; readonly axes: readonly number[]; readonly sizes: readonly (number | undefined)[] } => {
  const { shape } = x.aval
  const skip = rank - (shape.length - 2)
  const sizes = range(rank).map(i => (i < skip || shape[i - skip] === 1 ? undefined : shape[i - skip]!))
  const axes = range(rank).filter(i => sizes[i] !== undefined)
  return { value: reshape(x, [...axes.map(i => sizes[i]!), ...shape.slice(-2)]), axes, sizes }
}

/**
 * The matrix product: [..., m, k] by [..., k, n] gives [..., m, n], where the leading axes broadcast. A vector counts as a
 * row on the left and as a column on the right. Dtypes meet; bools give bool. Data last, `np.matmul(w)` is x => x·w.
 * Faults: ShapeMismatch. (jax.numpy.matmul)
 * @example np.matmul(np.array([[1, 2], [3, 4]]), np.array([1, 1]))   // [3, 7]
 */
export const matmul: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = promote2('matmul', x, y)
  const m = a.aval.shape.length, n = b.aval.shape.length
  if (m === 0 || n === 0) return refuseScalar('matmul', a, b)
  if (m > 1 && n > 1) return matrixProduct('matmul', a, b)
  // a vector is summed away: what is left of the other operand is the result
  const last = m - 1, other = n === 1 ? 0 : n - 2
  if (a.aval.shape[last] !== b.aval.shape[other]) return refuseInner('matmul', a, b, a.aval.shape[last]!, b.aval.shape[other]!)
  return contract(a, b, { contract: [[last], [other]], batch: [[], []] })
})
/**
 * The product over the last axis of x and the last but one of y; a scalar multiplies. Unlike matmul, stacks are combined
 * each with each: [..., m, k] by [__, k, n] gives [..., m, __, n]. (jax.numpy.dot)
 * @example np.dot(np.array([1, 2]), np.array([3, 4]))   // 11
 */
export const dot: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = promote2('dot', x, y)
  const m = a.aval.shape.length, n = b.aval.shape.length
  if (m === 0 || n === 0) return scaled('dot', a, b)
  const own = a.aval.shape[m - 1]!, other = n === 1 ? 0 : n - 2
  if (own !== b.aval.shape[other]) refuseInner('dot', a, b, own, b.aval.shape[other]!)
  return contract(a, b, { contract: [[m - 1], [other]], batch: [[], []] })
})
const scaled = (op: string, a: Value, b: Value): Value => {
  const [x, y] = align2(op, a, b)
  return x.aval.dtype === 'bool' ? truthOf(mul(convert(x, 'i32'), convert(y, 'i32'))) : mul(x, y)
}
/**
 * The product over the last axis of both: [..., k] and [__, k] give [..., __]. (jax.numpy.inner)
 * @example np.inner(np.array([[1, 2], [3, 4]]), np.array([1, 1]))   // [3, 7]
 */
export const inner: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = promote2('inner', x, y)
  const m = a.aval.shape.length, n = b.aval.shape.length
  if (m === 0 || n === 0) return scaled('inner', a, b)
  if (a.aval.shape[m - 1] !== b.aval.shape[n - 1]) refuseInner('inner', a, b, a.aval.shape[m - 1]!, b.aval.shape[n - 1]!)
  return contract(a, b, { contract: [[m - 1], [n - 1]], batch: [[], []] })
})
const flat = (x: Value): Value => reshape(x, [x.size])
/**
 * All products x_i·y_j, both flattened first. (jax.numpy.outer)
 * @example np.outer(np.array([1, 2]), np.array([3, 4]))   // [[3, 4], [6, 8]]
 */
export const outer: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = promote2('outer', x, y)
  return outerProduct(flat(a), flat(b))
})
/** Every element of one times every element of the other, under both shapes, signs of zeros included. */
const outerProduct = (a: Value, b: Value): Value => {
  const m = a.aval.shape.length, shape = [...a.aval.shape, ...b.aval.shape]
  return scaled('outer', broadcast(a, shape, range(m)), broadcast(b, shape, range(shape.length - m).map(i => m + i)))
}
/**
 * The inner product of both, flattened. (jax.numpy.vdot)
 * @example np.vdot(np.array([[1, 2]]), np.array([[3, 4]]))   // 11
 */
export const vdot: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = promote2('vdot', x, y)
  if (a.size !== b.size) refuseInner('vdot', a, b, a.size, b.size)
  return contract(flat(a), flat(b), { contract: [[0], [0]], batch: [[], []] })
})
export interface VecDot {
  <Y extends Arg>(y: Y, options?: { readonly axis?: number }): <X extends Arg>(x: X) => Value<Promoted<X, Y>>
  <X extends Arg, Y extends Arg>(x: X, y: Y, options?: { readonly axis?: number }): Value<Promoted<X, Y>>
}
/**
 * Inner products along one axis (the last), over which the others broadcast. (jax.numpy.vecdot)
 * @example np.vecdot(np.array([[1, 2], [3, 4]]), np.array([1, 1]))   // [3, 7]
 */
export const vecdot: VecDot = dualWithOptions((x: Arg, y: Arg, options?: { readonly axis?: number }) => {
  const { axis = -1 } = optionsOf('vecdot', options, ['axis'])
  const last = (v: Value): Value => {
    if (v.aval.shape.length === 0) refuseScalar('vecdot', v, v)
    const a = axisOf('vecdot', axis, v.aval.shape)
    return transpose(v, [...range(v.aval.shape.length).filter(i => i !== a), a])
  }
  const [a, b] = promote2('vecdot', x, y).map(last) as [Value, Value]
  const k = a.aval.shape[a.aval.shape.length - 1]!, l = b.aval.shape[b.aval.shape.length - 1]!
  if (k !== l) refuseInner('vecdot', a, b, k, l)
  const shape = broadcastShape2('vecdot', a.aval, b.aval)
  const batch = range(shape.length - 1)
  return contract(spread(a, shape), spread(b, shape), { contract: [[shape.length - 1], [shape.length - 1]], batch: [batch, batch] })
})
/**
 * Matrices by vectors: [..., m, k] and [..., k] give [..., m]. (jax.numpy.matvec)
 * @example np.matvec(np.array([[1, 2], [3, 4]]), np.array([1, 1]))   // [3, 7]
 */
export const matvec: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = promote2('matvec', x, y)
  if (a.aval.shape.length < 2 || b.aval.shape.length < 1) refuseScalar('matvec', a, b)
  const out = matrixProduct('matvec', a, reshape(b, [...b.aval.shape, 1]))
  return reshape(out, out.aval.shape.slice(0, -1))
})
/**
 * Vectors by matrices: [..., k] and [..., k, n] give [..., n]. (jax.numpy.vecmat)
 * @example np.vecmat(np.array([1, 1]), np.array([[1, 2], [3, 4]]))   // [4, 6]
 */
export const vecmat: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = promote2('vecmat', x, y)
  if (a.aval.shape.length < 1 || b.aval.shape.length < 2) refuseScalar('vecmat', a, b)
  const out = matrixProduct('vecmat', reshape(a, [...a.aval.shape.slice(0, -1), 1, a.aval.shape[a.aval.shape.length - 1]!]), b)
  return reshape(out, out.aval.shape.filter((_, i, s) => i !== s.length - 2))
})

// ---- several axes at once --------------------------------------------------------------------------------------------

/** How many axes go together (the last of x with the first of y), or which. */
export type TensorAxes = number | readonly [number | readonly number[], number | readonly number[]]
/**
 * The product over several axes: over the last n of x and the first n of y, or over the pairs [of x, of y]. The result has
 * the other axes of x, then those of y. (jax.numpy.tensordot)
 * @example np.tensordot(np.array([[1, 2], [3, 4]]), np.array([[1, 0], [0, 1]]), [[0], [1]])   // [[1, 3], [2, 4]]
 */
export const tensordot = <X extends Arg, Y extends Arg>(x: X, y: Y, axes: TensorAxes = 2): Value<Promoted<X, Y>> => {
  const [a, b] = promote2('tensordot', x, y)
  const m = a.aval.shape.length, n = b.aval.shape.length
  if (typeof axes === 'number' && !(Number.isInteger(axes) && axes >= 0 && axes <= Math.min(m, n))) {
    badArgument('tensordot', 'axes', axes, `a count from 0 to ${Math.min(m, n)}, or a pair of lists`, `the operands are of rank ${m} and ${n}`)
  }
  const left = typeof axes === 'number' ? range(axes).map(i => m - axes + i) : axesOf('tensordot', axes[0], a.aval.shape)
  const right = typeof axes === 'number' ? range(axes) : axesOf('tensordot', axes[1], b.aval.shape)
  if (left.length !== right.length) badArgument('tensordot', 'axes', axes, 'two lists of one length', 'they are paired in order')
  left.forEach((l, i) => {
    if (a.aval.shape[l] !== b.aval.shape[right[i]!]) {
      raise({
        _tag: 'ShapeMismatch', op: 'tensordot', got: [a.aval, b.aval], want: `equal sizes on axes ${showShape(left)} and ${showShape(right)}`,
        hint: `axis ${l} of ${showShape(a.aval.shape)} and axis ${right[i]} of ${showShape(b.aval.shape)} differ`,
      })
    }
  })
  return contract(a, b, { contract: [left, right], batch: [[], []] })
}
const padded = (shape: Shape, rank: number): Shape => [...range(rank - shape.length).map(() => 1), ...shape]
/**
 * The Kronecker product: every element of x times a whole y, put together as one array. (jax.numpy.kron)
 * @example np.kron(np.array([1, 10]), np.array([1, 2]))   // [1, 2, 10, 20]
 */
export const kron: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = promote2('kron', x, y)
  const rank = Math.max(a.aval.shape.length, b.aval.shape.length)
  const p = padded(a.aval.shape, rank), q = padded(b.aval.shape, rank)
  const product = outerProduct(reshape(a, p), reshape(b, q))
  return reshape(transpose(product, range(rank).flatMap(i => [i, rank + i])), p.map((n, i) => n * q[i]!))
})
/**
 * The cross product of vectors of 3 along the last axis; of vectors of 2, its third component alone. (jax.numpy.cross)
 * @example np.cross(np.array([1, 0, 0]), np.array([0, 1, 0]))   // [0, 0, 1]
 */
export const cross: VecDot = dualWithOptions((x: Arg, y: Arg, options?: { readonly axis?: number }) => {
  const { axis = -1 } = optionsOf('cross', options, ['axis'])
  const toLast = (v: Value): Value => {
    const a = axisOf('cross', axis, v.aval.shape)
    return transpose(v, [...range(v.aval.shape.length).filter(i => i !== a), a])
  }
  const [a, b] = promote2('cross', x, y).map(toLast) as [Value, Value]
  const part = (v: Value, i: number): Value => sliceInAxis(v, i, i + 1, v.aval.shape.length - 1)
  const size = a.aval.shape[a.aval.shape.length - 1]!
  if (size !== b.aval.shape[b.aval.shape.length - 1] || (size !== 2 && size !== 3)) {
    raise({ _tag: 'ShapeMismatch', op: 'cross', got: [a.aval, b.aval], want: 'vectors of 3, or both of 2', hint: 'the axis of the vectors is the last, or { axis }' })
  }
  const component = (i: number, j: number): Value => {
    const [p, q] = align2('cross', part(a, i), part(b, j)), [r, s] = align2('cross', part(a, j), part(b, i))
    return sub(mul(p, q), mul(r, s))
  }
  const third = component(0, 1)
  const rank = third.aval.shape.length
  if (size === 2) return sum(third, [rank - 1])
  const out = concatenate([component(1, 2), component(2, 0), third], rank - 1)
  const back = axisOf('cross', axis, out.aval.shape)
  const order = range(rank - 1)
  return transpose(out, [...order.slice(0, back), rank - 1, ...order.slice(back)])
})

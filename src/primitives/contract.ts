/** Contraction: sums of products over paired axes, linear in each operand, closed under its own transpose and batching. */
import * as E from '../core/either.js'
import { type Aval, aval, range, type Shape, showShape, sizeOf } from '../core/aval.js'
import { ints, pairOf, record } from '../core/form.js'
import { bind1 } from '../core/interp.js'
import { Linear, type Primitive } from '../core/primitive.js'
import { type Value } from '../core/value.js'
import { addP } from './arithmetic.js'
import { multilinear, wrongDType, wrongShape } from './row.js'
import { transpose } from './structural.js'

/** Pairs of lists, left and right: axes of equal place in the two lists go together. */
export interface DotParams {
  readonly contract: readonly [readonly number[], readonly number[]]
  readonly batch: readonly [readonly number[], readonly number[]]
}
const pair = pairOf(ints)

/** Axes neither contracted nor batched, ascending. */
const freeAxes = (rank: number, contract: readonly number[], batch: readonly number[]): readonly number[] =>
  range(rank).filter(i => !contract.includes(i) && !batch.includes(i))

const withinOnce = (axes: readonly number[], rank: number): boolean =>
  axes.every(a => Number.isInteger(a) && a >= 0 && a < rank) && new Set(axes).size === axes.length
const sizesAt = (shape: Shape, axes: readonly number[]): readonly number[] => axes.map(a => shape[a]!)

/** Why the axes do not fit the operands, or null. */
const misfit = (x: Aval, y: Aval, { contract, batch }: DotParams): string | null => {
  if (contract[0].length !== contract[1].length || batch[0].length !== batch[1].length) {
    return `axes in pairs, got contract ${contract.map(showShape).join(' and ')}, batch ${batch.map(showShape).join(' and ')}`
  }
  const left = [...contract[0], ...batch[0]], right = [...contract[1], ...batch[1]]
  if (!withinOnce(left, x.shape.length)) return `a left operand that has the axes ${showShape(left)}, each once`
  if (!withinOnce(right, y.shape.length)) return `a right operand that has the axes ${showShape(right)}, each once`
  const differ = (axes: DotParams['contract']): boolean => axes[0].some((a, i) => x.shape[a] !== y.shape[axes[1][i]!])
  const sizes = ([l, r]: DotParams['contract']): string =>
    `sizes ${showShape(sizesAt(x.shape, l))} at axes ${showShape(l)} against ${showShape(sizesAt(y.shape, r))} at axes ${showShape(r)}`
  if (differ(contract)) return `contracted axes of equal size, not ${sizes(contract)}`
  return differ(batch) ? `batch axes of equal size, not ${sizes(batch)}` : null
}

/**
 * The cotangent of the operand `own` of a product with `other`: the result's cotangent contracted with `other` over the axes that
 * `other` alone brought in, its axes then put where `own` has them.
 */
const pullBack = (ct: Value, own: Aval, other: Value, first: boolean, { contract, batch }: DotParams): Value => {
  const [mine, theirs] = first ? [0, 1] as const : [1, 0] as const
  const b = batch[0].length
  const ownFree = freeAxes(own.shape.length, contract[mine], batch[mine])
  const otherFree = freeAxes(other.aval.shape.length, contract[theirs], batch[theirs])
  const brought = range(otherFree.length).map(i => b + (first ? ownFree.length : 0) + i)
  const product = dotGeneral(ct, other, { contract: [brought, otherFree], batch: [range(b), batch[theirs]] })
  const partners = [...contract[theirs].keys()].sort((i, j) => contract[theirs][i]! - contract[theirs][j]!).map(i => contract[mine][i]!)
  const axes = [...batch[mine], ...ownFree, ...partners]
  return transpose(product, range(axes.length).map(d => axes.indexOf(d)))
}

const shifted = (axes: readonly number[], by: boolean): readonly number[] => (by ? axes.map(a => a + 1) : axes)
const toFront = (x: Value, axis: number): Value => transpose(x, [axis, ...range(x.aval.shape.length).filter(i => i !== axis)])

/** Result axes: batch, free of the left, free of the right (StableHLO: dot_general). */
export const dotGeneralP: Primitive<DotParams> = multilinear<DotParams>('dotGeneral', {
  add: () => addP,
  params: record({ contract: pair, batch: pair }),
  shape: ([x, y], params) => {
    const a = x!, b = y!
    if (a.dtype !== b.dtype) {
      return wrongDType('dotGeneral', [a, b], 'operands of one dtype', 'np.matmul and np.tensordot promote; lax functions do not')
    }
    if (a.dtype === 'bool') return wrongDType('dotGeneral', [a, b], 'numbers')
    const { contract, batch } = params
    const why = misfit(a, b, params)
    if (why) return wrongShape('dotGeneral', [a, b], why, 'contract and batch are pairs of lists of axes, of the left operand and of the right')
    return E.right([aval(a.dtype, [
      ...sizesAt(a.shape, batch[0]),
      ...sizesAt(a.shape, freeAxes(a.shape.length, contract[0], batch[0])),
      ...sizesAt(b.shape, freeAxes(b.shape.length, contract[1], batch[1])),
    ])])
  },
  transpose: ([ct], [x, y], params) => [
    x instanceof Linear ? pullBack(ct!, x.aval, y as Value, true, params) : null,
    y instanceof Linear ? pullBack(ct!, y.aval, x as Value, false, params) : null,
  ],
  batch: (_axis, [x, y], [left, right], { contract, batch }) => {
    const c = [shifted(contract[0], left!), shifted(contract[1], right!)] as const
    const b = [shifted(batch[0], left!), shifted(batch[1], right!)] as const
    if (left && right) return [dotGeneral(x!, y!, { contract: c, batch: [[0, ...b[0]], [0, ...b[1]]] })]
    const place = batch[0].length + (left ? 0 : freeAxes(x!.aval.shape.length, contract[0], batch[0]).length)
    return [toFront(dotGeneral(x!, y!, { contract: c, batch: b }), place)]
  },
  cost: ([x], [o], { contract }) => 2 * sizeOf(o!.shape) * sizeOf(sizesAt(x!.shape, contract[0])),
})

/**
 * Sums of products over the paired axes `contract`, for each place of the paired axes `batch` (JAX: lax.dot_general).
 * The result has the batch axes, then the remaining axes of `x`, then those of `y`. Both operands have one dtype, which is
 * f32, f64, i32 or u32; integers wrap.
 * @example dotGeneral(np.array([[1, 2]]), np.array([[3], [4]]), { contract: [[1], [0]], batch: [[], []] })   // [[11]]
 */
export const dotGeneral = (x: Value, y: Value, { contract, batch }: DotParams): Value => bind1(dotGeneralP, [x, y], { contract, batch })

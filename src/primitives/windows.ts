/** Dimension numbers say which axes of an array, of its indices and of the windows taken from it belong together; gather and scatter share them. */
import * as E from '../core/either.js'
import { type Aval, range, sameShape, type Shape, showShape } from '../core/aval.js'
import type { Fault } from '../core/fault.js'
import { ints, oneOf } from '../core/form.js'
import { wrongDType, wrongShape } from './row.js'

/**
 * A window that does not lie inside the operand: 'fill' gives the filler and drops updates, 'clip' moves it inside,
 * 'promise' says that there is none (what happens otherwise is not said).
 */
export type IndexMode = 'fill' | 'clip' | 'promise'

/**
 * As in StableHLO's gather and JAX's GatherDimensionNumbers. The last axis of the indices holds one position for each axis in
 * `startIndexMap`; the others, in order, are the batch axes of the result.
 */
export interface WindowDims {
  /** Axes of the result (or of the updates) that run through a window. */
  readonly offsetDims: readonly number[]
  /** Axes of the operand that a window has with size 1 and the result has not. */
  readonly collapsedSliceDims: readonly number[]
  /** Axes of the operand, and of the indices, that are walked together. */
  readonly operandBatchingDims: readonly number[]
  readonly startIndicesBatchingDims: readonly number[]
  /** The axis of the operand that each component of an index vector moves along. */
  readonly startIndexMap: readonly number[]
  readonly mode: IndexMode
}
export const windowFields = {
  offsetDims: ints, collapsedSliceDims: ints, operandBatchingDims: ints, startIndicesBatchingDims: ints, startIndexMap: ints,
  mode: oneOf(['fill', 'clip', 'promise']),
}

/** The axes of the operand that appear in the result as `offsetDims`, in order. */
export const windowAxes = (rank: number, dims: WindowDims): readonly number[] =>
  range(rank).filter(a => !dims.collapsedSliceDims.includes(a) && !dims.operandBatchingDims.includes(a))
/** The axes of the result (or of the updates) that are not `offsetDims`, in order. */
export const batchAxes = (rank: number, dims: WindowDims): readonly number[] => range(rank).filter(a => !dims.offsetDims.includes(a))

const ascending = (axes: readonly number[], rank: number): boolean => axes.every((a, i) => a >= 0 && a < rank && (i === 0 || a > axes[i - 1]!))
const distinct = (axes: readonly number[], rank: number): boolean => new Set(axes).size === axes.length && axes.every(a => a >= 0 && a < rank)
const shares = (a: readonly number[], b: readonly number[]): boolean => a.some(x => b.includes(x))

/** Do the numbers fit an operand, its indices and the size of a window? Answers the shape of the result. */
export const windowed = (op: string, x: Aval, indices: Aval, dims: WindowDims, sliceSizes: Shape): E.Either<Fault, Shape> => {
  const rank = x.shape.length, indexRank = indices.shape.length
  const { offsetDims, collapsedSliceDims, operandBatchingDims, startIndicesBatchingDims, startIndexMap, mode } = dims
  const bad = (want: string, hint: string): E.Either<Fault, never> => wrongShape(op, [x, indices], want, hint)
  if (indices.dtype !== 'i32') return wrongDType(op, [indices], 'indices of dtype i32')
  if (indexRank === 0 || indices.shape[indexRank - 1] !== startIndexMap.length) {
    return bad(`indices whose last axis has size ${startIndexMap.length}, one for each axis of startIndexMap`, 'a single component still needs its axis of size 1')
  }
  if (!ascending(collapsedSliceDims, rank) || !ascending(operandBatchingDims, rank) || shares(collapsedSliceDims, operandBatchingDims)) {
    return bad(`collapsedSliceDims ${showShape(collapsedSliceDims)} and operandBatchingDims ${showShape(operandBatchingDims)} within rank ${rank}`, 'ascending, and no axis in both')
  }
  if (!distinct(startIndexMap, rank) || shares(startIndexMap, operandBatchingDims)) {
    return bad(`a startIndexMap of axes within rank ${rank}, it is ${showShape(startIndexMap)}`, 'each axis once, and no batching axis')
  }
  const paired = operandBatchingDims.length === startIndicesBatchingDims.length && distinct(startIndicesBatchingDims, indexRank - 1)
    && operandBatchingDims.every((a, i) => x.shape[a] === indices.shape[startIndicesBatchingDims[i]!])
  if (!paired) {
    return bad(`operandBatchingDims ${showShape(operandBatchingDims)} and startIndicesBatchingDims ${showShape(startIndicesBatchingDims)} of equal sizes`, 'they are paired in order')
  }
  // on a collapsed axis of size 0 every position is outside: that has a meaning where outside has one, or where there is no position
  const anywhere = mode === 'fill' || indices.shape.slice(0, -1).includes(0)
  const sized = sliceSizes.length === rank && x.shape.every((n, a) => {
    const s = sliceSizes[a]!
    if (collapsedSliceDims.includes(a)) return s === 1 && (n > 0 || anywhere)
    return Number.isInteger(s) && s >= 0 && s <= n && (!operandBatchingDims.includes(a) || s === Math.min(1, n))
  })
  if (!sized) return bad(`windows of size ${showShape(sliceSizes)} that fit into the array`, 'sizes lie between 0 and the size of the axis; collapsed and batching axes have size 1')
  const axes = windowAxes(rank, dims), outRank = indexRank - 1 + axes.length
  if (offsetDims.length !== axes.length || !ascending(offsetDims, outRank)) {
    return bad(`${axes.length} offsetDims within rank ${outRank}, they are ${showShape(offsetDims)}`, 'ascending, one for each axis that is neither collapsed nor batching')
  }
  const shape = new Array<number>(outRank)
  offsetDims.forEach((d, i) => { shape[d] = sliceSizes[axes[i]!]! })
  batchAxes(outRank, dims).forEach((d, i) => { shape[d] = indices.shape[i]! })
  return E.right(shape)
}

/** The size of the windows that updates of this shape are. */
export const windowSizes = (x: Shape, updates: Shape, dims: WindowDims): Shape => {
  const sizes = x.map((n, a) => (dims.operandBatchingDims.includes(a) ? Math.min(1, n) : 1))
  windowAxes(x.length, dims).forEach((a, i) => { sizes[a] = updates[dims.offsetDims[i]!] ?? -1 })
  return sizes
}

export const updatesFit = (op: string, x: Aval, indices: Aval, updates: Aval, dims: WindowDims): E.Either<Fault, null> => {
  if (updates.dtype !== x.dtype) return wrongDType(op, [x, updates], 'an array and updates of one dtype')
  const shape = windowed(op, x, indices, dims, windowSizes(x.shape, updates.shape, dims))
  if (shape._tag === 'Left') return shape
  return sameShape(shape.right, updates.shape) ? E.right(null) : wrongShape(op, [x, indices, updates], `updates of shape ${showShape(shape.right)}`, 'batch axes of the updates are those of the indices')
}

const up = (axes: readonly number[]): readonly number[] => axes.map(a => a + 1)
/** The numbers with a mapped axis in front of the indices, of the operand, or of both. The result has it in front, too. */
export const mappedDims = (dims: WindowDims, operand: boolean, indices: boolean): WindowDims => {
  const { offsetDims, collapsedSliceDims, operandBatchingDims, startIndicesBatchingDims, startIndexMap, mode } = dims
  const both = operand && indices
  return {
    offsetDims: indices ? up(offsetDims) : [0, ...up(offsetDims)],
    collapsedSliceDims: operand ? up(collapsedSliceDims) : collapsedSliceDims,
    operandBatchingDims: both ? [0, ...up(operandBatchingDims)] : operand ? up(operandBatchingDims) : operandBatchingDims,
    startIndicesBatchingDims: both ? [0, ...up(startIndicesBatchingDims)] : indices ? up(startIndicesBatchingDims) : startIndicesBatchingDims,
    startIndexMap: operand ? up(startIndexMap) : startIndexMap,
    mode,
  }
}

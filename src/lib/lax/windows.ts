/** Folds of windows that move along axes: a view of the padded array, folded. */
import { range } from '../../core/aval.js'
import { type DType, highest, lowest } from '../../core/dtype.js'
import { badArgument } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { scalar, sum } from '../../primitives/base.js'
import { reduceMaxFirst, reduceMinFirst, reduceProd } from '../../primitives/fold.js'
import { windows } from '../../primitives/pooling.js'
import { pad } from '../../primitives/structural.js'
import type { DTypeOf } from '../../types/dtype.js'
import { optionsOf } from '../arrays.js'
import { type Operand, operand } from './operands.js'
import { naturals, type Padding, padsOf, spans } from './padding.js'

export type WindowFold = 'sum' | 'prod' | 'max' | 'min'
interface Folding { readonly unit: (d: DType) => number; readonly over: (x: Value, axes: readonly number[]) => Value }
const folds: Readonly<Record<WindowFold, Folding>> = {
  sum: { unit: () => 0, over: sum }, prod: { unit: () => 1, over: reduceProd },
  max: { unit: lowest, over: reduceMaxFirst }, min: { unit: highest, over: reduceMinFirst },
}

export interface ReduceWindowOptions {
  /** The size of a window on every axis; 1 where it does not extend. */
  readonly windowDimensions: readonly number[]
  /** From one window to the next. Default ones. */
  readonly windowStrides?: readonly number[]
  /** Padded with the unit of the fold: 0, 1, the lowest or the highest number. Default 'VALID'. */
  readonly padding?: Padding
  /** The elements of the array this far apart, with units between. Default ones. */
  readonly baseDilation?: readonly number[]
  /** The elements of a window this far apart. Default ones. */
  readonly windowDilation?: readonly number[]
}
/**
 * The fold of every window: sums, products, or extrema, whose derivative goes to the first place that attains them.
 * Faults: BadArgument, ShapeMismatch. (jax.lax.reduce_window)
 * @example lax.reduceWindow(np.array([1, 3, 2, 5]), 'max', { windowDimensions: [2] })   // [3, 3, 5]
 */
export const reduceWindow = <X extends Operand>(x: X, fold: WindowFold, options: ReduceWindowOptions): Value<DTypeOf<X>> => {
  const op = 'lax.reduceWindow'
  return folded(op, operand(op, x), fold, optionsOf(op, options, ['windowDimensions', 'windowStrides', 'padding', 'baseDilation', 'windowDilation'])) as Value<DTypeOf<X>>
}

export const folded = (op: string, x: Value, fold: WindowFold, options: ReduceWindowOptions): Value => {
  if (!Object.hasOwn(folds, fold)) return badArgument(op, 'the fold', fold, `one of ${Object.keys(folds).join(', ')}`, 'these are the folds that have a unit and a derivative')
  const { unit, over } = folds[fold], n = x.ndim
  if (options.windowDimensions === undefined) return badArgument(op, 'windowDimensions', undefined, 'the size of a window on every axis', `write { windowDimensions: [${new Array(n).fill(2).join(', ')}] }`)
  const sizes = naturals(op, 'windowDimensions', options.windowDimensions, n), strides = naturals(op, 'windowStrides', options.windowStrides, n)
  const between = naturals(op, 'baseDilation', options.baseDilation, n), dilation = naturals(op, 'windowDilation', options.windowDilation, n)
  const pads = padsOf(op, options.padding ?? 'VALID', x.shape, spans(sizes, dilation), strides)
  const padded = pad(x, scalar(unit(x.dtype), x.dtype), pads.map(([low, high], a) => [low!, high!, between[a]! - 1]))
  const axes = range(n).filter(a => sizes[a]! > 1 || strides[a]! > 1)
  const of = (list: readonly number[]): readonly number[] => axes.map(a => list[a]!)
  return over(windows(padded, { axes, sizes: of(sizes), strides: of(strides), dilation: of(dilation) }), axes.map((_, i) => n + i))
}

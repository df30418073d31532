/** Pooling: the greatest, the least and the mean of windows that move along the spatial axes. */
import { aval, range, sizeOf } from '../../core/aval.js'
import { badArgument } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { div } from '../../primitives/arithmetic.js'
import { full, ones } from '../../primitives/base.js'
import { axisOf, optionsOf, shapeOf, toFloat, toValue } from '../arrays.js'
import type { Operand } from '../lax/operands.js'
import { naturals, type Padding } from '../lax/padding.js'
import { folded, type WindowFold } from '../lax/windows.js'
import type { DTypeOf, InexactOf } from '../../types/dtype.js'

export interface PoolOptions {
  /** The size of a window on each spatial axis. */
  readonly windowShape: readonly number[]
  /** From one window to the next. Default ones. */
  readonly strides?: readonly number[]
  /** Default 'VALID'. */
  readonly padding?: Padding
  /** The axis of features; spatial axes are the last of the others. Null: there is none. Default -1. */
  readonly channelAxis?: number | null
}
export interface AvgPoolOptions extends PoolOptions {
  /** Padding counts as elements that are 0; otherwise windows are divided by the number of their elements. Default true. */
  readonly countIncludePad?: boolean
}
const keywords = ['windowShape', 'strides', 'padding', 'channelAxis']

/** The fold of windows over the spatial axes. */
const pooled = (op: string, x: Value, fold: WindowFold, { windowShape, strides, padding = 'VALID', channelAxis = -1 }: PoolOptions): Value => {
  if (!Array.isArray(windowShape)) return badArgument(op, 'windowShape', windowShape, 'a list with the size of a window on each spatial axis', 'write { windowShape: [2, 2], strides: [2, 2] }')
  const sizes = shapeOf(op, windowShape), n = sizes.length
  const channel = channelAxis === null ? null : axisOf(op, channelAxis, x.shape)
  const others = range(x.ndim).filter(a => a !== channel)
  if (n > others.length) return badArgument(op, 'windowShape', windowShape, `at most ${others.length} sizes, as many as there are axes`, 'channelAxis: null says that there is no axis of features')
  const spatial = others.slice(others.length - n)
  const everywhere = <A>(list: readonly A[], elsewhere: A): readonly A[] => range(x.ndim).map(a => (spatial.includes(a) ? list[spatial.indexOf(a)]! : elsewhere))
  const pads = typeof padding === 'string' ? padding
    : Array.isArray(padding) && padding.length === n ? everywhere<readonly number[]>(padding, [0, 0])
      : badArgument(op, 'padding', padding, `'VALID', 'SAME', 'SAME_LOWER' or ${n} pairs [before, after]`, 'one pair for each spatial axis')
  return folded(op, x, fold, {
    windowDimensions: everywhere(naturals(op, 'windowShape', sizes, n), 1), windowStrides: everywhere(naturals(op, 'strides', strides, n), 1), padding: pads,
  })
}

/**
 * The greatest of each window; its derivative goes to the first place that attains it. Features are the last axis unless `channelAxis`
 * says otherwise. Faults: BadArgument, AxisOutOfRange. (flax.linen.max_pool, haiku.max_pool)
 * @example nn.maxPool(np.array([[1], [3], [2], [5]]), { windowShape: [2], strides: [2] })   // [[3], [5]]
 */
export const maxPool = <X extends Operand>(x: X, options: PoolOptions): Value<DTypeOf<X>> =>
  pooled('nn.maxPool', toValue('nn.maxPool', x), 'max', optionsOf('nn.maxPool', options, keywords)) as Value<DTypeOf<X>>
/**
 * The least of each window; its derivative goes to the first place that attains it. (flax.linen.min_pool)
 * @example nn.minPool(np.array([[1], [3], [2], [5]]), { windowShape: [2], strides: [2] })   // [[1], [2]]
 */
export const minPool = <X extends Operand>(x: X, options: PoolOptions): Value<DTypeOf<X>> =>
  pooled('nn.minPool', toValue('nn.minPool', x), 'min', optionsOf('nn.minPool', options, keywords)) as Value<DTypeOf<X>>
/**
 * The mean of each window. (flax.linen.avg_pool)
 * @example nn.avgPool(np.array([[1], [3], [2], [5]]), { windowShape: [2], strides: [2] })   // [[2], [3.5]]
 */
export const avgPool = <X extends Operand>(x: X, options: AvgPoolOptions): Value<InexactOf<X>> => {
  const op = 'nn.avgPool', { countIncludePad = true, ...rest } = optionsOf(op, options, [...keywords, 'countIncludePad'])
  const v = toFloat(op, x), total = pooled(op, v, 'sum', rest)
  const count = countIncludePad ? full(sizeOf(rest.windowShape), total.aval) : pooled(op, ones(aval(v.dtype, v.shape)), 'sum', rest)
  return div(total, count) as Value<InexactOf<X>>
}

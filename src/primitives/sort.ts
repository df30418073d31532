/** Sorting is a permutation that depends on the keys alone: its derivative applies the same permutation to the tangents. */
import * as E from '../core/either.js'
import { sizeOf } from '../core/aval.js'
import { bool, int, record } from '../core/form.js'
import { bind } from '../core/interp.js'
import type { Primitive } from '../core/primitive.js'
import type { Value } from '../core/value.js'
import { lead } from './base.js'
import { sameShapes } from './elementwise.js'
import { takeAlongAxis } from './gather.js'
import { general } from './row.js'
import { iota } from './structural.js'

export interface SortParams {
  readonly axis: number
  /** The first operands are keys, the first of them the most significant. */
  readonly numKeys: number
  readonly descending: boolean
}

/**
 * Sorts all operands along an axis by the keys among them, stably. -0 and 0 are equal; all NaNs are equal and greater than
 * any number, so they come last, and first when descending (lax.sort; numpy.sort of JAX).
 */
export const sortP: Primitive<SortParams> = general<SortParams>('sort', {
  params: record({ axis: int, numKeys: int, descending: bool }),
  shape: (xs, { axis, numKeys }) => {
    const first = xs[0]
    if (!first || numKeys < 1 || numKeys > xs.length) {
      return E.left({ _tag: 'BadArgument', op: 'sort', argument: 'numKeys', got: `${numKeys} with ${xs.length} operands`, want: 'from 1 to the number of operands', hint: 'the keys are the first operands' })
    }
    if (!(axis >= 0 && axis < first.shape.length)) return E.left({ _tag: 'AxisOutOfRange', op: 'sort', axis, shape: first.shape, hint: 'np.sort counts negative axes from the end' })
    const shapes = sameShapes('sort', xs)
    return shapes._tag === 'Left' ? shapes : E.right(xs)
  },
  batch: (mapped, xs, batched, params) => bind(sortP, xs.map((x, i) => lead(mapped, x, batched[i]!)), { ...params, axis: params.axis + 1 }),
  linearize: self => (xs, params, active) => {
    if (!active.some(Boolean)) return { outs: bind(self, xs, params), push: () => xs.map(() => null) }
    const sorted = bind(self, [...xs, positions(xs[0]!, params.axis)], params)
    const order = sorted[xs.length]!
    return {
      outs: sorted.slice(0, xs.length),
      push: ts => ts.map(tangent => (tangent ? takeAlongAxis(tangent, order, params.axis, 'promise') : null)),
    }
  },
  cost: ([x], outs, { axis }) => outs.length * sizeOf(x!.shape) * Math.ceil(Math.log2(Math.max(2, x!.shape[axis]!))),
})

const positions = (x: Value, axis: number): Value => iota('i32', x.aval.shape, axis)

/** All operands sorted along an axis by the first `numKeys` of them. */
export const sort = (xs: readonly Value[], { axis, numKeys = 1, descending = false }: { readonly axis: number; readonly numKeys?: number; readonly descending?: boolean }): readonly Value[] =>
  bind(sortP, xs, { axis, numKeys, descending })
/** The stable permutation that sorts `x` along an axis. */
export const argsort = (x: Value, axis: number, descending = false): Value =>
  bind(sortP, [x, positions(x, axis)], { axis, numKeys: 1, descending })[1]!

/** vmap maps a function over an axis of its arguments, without a loop. */
import { range, showAval } from '../core/aval.js'
import { badArgument, describe, raise } from '../core/fault.js'
import { markCall } from '../core/interp.js'
import { type Value } from '../core/value.js'
import { lead } from '../primitives/base.js'
import { transpose } from '../primitives/structural.js'
import { broadcastPrefix, paths, unflatten } from '../tree/index.js'
import { type Args, flattenTraced, overLeaves, requireFunction, requireOptions } from './arguments.js'
import { mapFlat } from './batching.js'

/** An axis for every array below a place of a tree; null where nothing is mapped. A prefix may stop anywhere. */
export type AxisTree = number | null | readonly AxisTree[] | { readonly [key: string]: AxisTree }
export interface VmapOptions {
  /** One axis for all arguments, or one prefix per argument. Default 0. */
  readonly inAxes?: AxisTree
  /** Where the mapped axis stands in the results. Default 0; null for a result that is the same everywhere. */
  readonly outAxes?: AxisTree
  /** The name by which psum, pmean, pmax, axisIndex, allGather and ppermute find the axis. */
  readonly axisName?: string
  /** The size of the axis, where no argument tells. */
  readonly axisSize?: number
}

const moveToFront = (x: Value, axis: number): Value => (axis === 0 ? x : transpose(x, [axis, ...range(x.ndim).filter(d => d !== axis)]))
const moveFromFront = (x: Value, axis: number): Value => {
  if (axis === 0) return x
  const perm = [...range(x.ndim).slice(1)]
  perm.splice(axis, 0, 0)
  return transpose(x, perm)
}

const mismatch = (path: string, got: string, want: string, hint: string): never => raise({ _tag: 'AxesMismatch', op: 'vmap', path, got, want, hint })
const axesHint = 'axes count from 0; negative ones from the end; null leaves an argument unmapped'
const outHint = 'axes count from 0; negative ones from the end; null is for what does not depend on the mapped axis'
const sizesHint = 'all mapped arguments have one size along their axes; null in inAxes shares an argument with all of them'

/**
 * Maps `f` over one axis of its arguments (JAX: `jax.vmap`). Leaves with axis null are shared; results that do not depend on
 * mapped ones are repeated. Derivatives, jit and further vmaps compose with it in any order.
 * Faults: `AxesMismatch` with the path in the tree, `BadArgument`.
 *
 * @example
 * vmap((w: Value, x: Value) => np.dot(w, x), { inAxes: [null, 0] })(np.ones([3]), np.ones([5, 3]))   // shape [5]
 */
export const vmap = <A extends readonly unknown[], R>(f: (...args: A) => R, options: VmapOptions = {}) => {
  requireFunction('vmap', f)
  requireOptions('vmap', options, ['inAxes', 'outAxes', 'axisName', 'axisSize'])
  const { inAxes = 0, outAxes = 0, axisName = null, axisSize } = options
  if (axisName !== null && typeof axisName !== 'string') badArgument('vmap', 'axisName', axisName, 'a string', 'psum(x, \'batch\') finds the axis of vmap(f, { axisName: \'batch\' })')
  if (axisSize !== undefined && !(Number.isInteger(axisSize) && axisSize >= 0)) badArgument('vmap', 'axisSize', axisSize, 'a whole number', 'leave it out: the mapped arguments tell')
  const made = markCall()
  return (...args: Args<A>): R => {
    const { leaves, def } = flattenTraced('vmap', args)
    const axes = broadcastPrefix(inAxes, def, { op: 'vmap', root: 'inAxes' })
    const names = paths(def, 'args')
    let size = axisSize ?? -1
    let sizedBy = 'axisSize'
    const moved = leaves.map((x, i) => {
      const axis = axes[i]!
      if (axis === null) return x
      const at = axis < 0 ? axis + x.ndim : axis
      if (!Number.isInteger(axis) || at < 0 || at >= x.ndim) {
        return mismatch(names[i]!, `mapped along axis ${describe(axis)}`, `${showAval(x.aval)} has ${x.ndim} axes`, axesHint)
      }
      const n = x.shape[at]!
      if (size === -1) { size = n; sizedBy = names[i]! }
      else if (n !== size) return mismatch(names[i]!, `of size ${n} along axis ${axis}`, `${sizedBy} says ${size}`, sizesHint)
      return moveToFront(x, at)
    })
    if (size === -1) return raise({ _tag: 'BadArgument', op: 'vmap', argument: 'inAxes', got: 'no mapped argument', want: 'at least one axis to map', hint: 'map an argument, or give { axisSize }' })
    const axis = { size, name: axisName }
    const { flat, outDef } = overLeaves('vmap', f as (...a: never[]) => unknown, def)
    const { values, batched } = mapFlat(flat, axis, moved, axes.map(a => a !== null), made)
    const outAt = broadcastPrefix(outAxes, outDef(), { op: 'vmap', root: 'outAxes' })
    const outNames = paths(outDef(), 'the result')
    const outs = values.map((v, i) => {
      const at = outAt[i]!
      if (at === null) return batched[i] ? mismatch(outNames[i]!, 'null in outAxes', 'it depends on the mapped axis, so it needs an out axis', outHint) : v
      const full = lead(axis, v, batched[i]!)
      const place = at < 0 ? at + full.ndim : at
      if (Number.isInteger(at) && place >= 0 && place < full.ndim) return moveFromFront(full, place)
      return mismatch(outNames[i]!, `${describe(at)} in outAxes`, `the mapped result has ${full.ndim} axes`, outHint)
    })
    return unflatten(outDef(), outs) as R
  }
}

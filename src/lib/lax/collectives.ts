/** Functions across a mapped axis, by its name: inside `vmap(f, { axisName })` every example may see the others. All work on trees. */
import { isFloat } from '../../core/dtype.js'
import type { Value } from '../../core/value.js'
import { convert, neg } from '../../primitives/arithmetic.js'
import { allGatherOf, axisIndexOf, axisSizeOf, pmaxOf, pmeanOf, ppermuteOf, psumOf } from '../../primitives/collective.js'
import { bitNot } from '../../primitives/logic.js'
import { range } from '../../core/aval.js'
import { reshape, transpose } from '../../primitives/structural.js'
import { type Arrays, asValue, isLeaf, type Leaf } from '../../transforms/arguments.js'
import { mapTree } from '../../tree/index.js'
import { axisOf, optionsOf, toFloat } from '../arrays.js'

const each = <T>(op: string, f: (x: Value) => Value, tree: T): Arrays<T> => mapTree((leaf: Leaf) => f(asValue(leaf)), isLeaf, tree, [], { op }) as Arrays<T>

/**
 * The sum over the axis, the same everywhere. (jax.lax.psum)
 * @example vmap(x => lax.psum(x, 'i'), { axisName: 'i' })(np.array([1, 2]))   // [3, 3]
 */
export const psum = <T>(x: T, axisName: string): Arrays<T> => each('lax.psum', v => psumOf(v.dtype === 'bool' ? convert(v, 'i32') : v, axisName), x)
/**
 * The mean over the axis, in floats. (jax.lax.pmean)
 * @example vmap(x => lax.pmean(x, 'i'), { axisName: 'i' })(np.array([1, 3]))   // [2, 2]
 */
export const pmean = <T>(x: T, axisName: string): Arrays<T> => each('lax.pmean', v => pmeanOf(toFloat('lax.pmean', v), axisName), x)
/**
 * The greatest over the axis. (jax.lax.pmax)
 * @example vmap(x => lax.pmax(x, 'i'), { axisName: 'i' })(np.array([1, 3]))   // [3, 3]
 */
export const pmax = <T>(x: T, axisName: string): Arrays<T> => each('lax.pmax', v => pmaxOf(v, axisName), x)
/**
 * The least over the axis: the greatest in the opposite order, which negation reverses on floats, and `not` on integers and bools.
 * (jax.lax.pmin)
 * @example vmap(x => lax.pmin(x, 'i'), { axisName: 'i' })(np.array([1, 3]))   // [1, 1]
 */
export const pmin = <T>(x: T, axisName: string): Arrays<T> =>
  each('lax.pmin', v => { const opposite = isFloat(v.dtype) ? neg : bitNot; return opposite(pmaxOf(opposite(v), axisName)) }, x)
/**
 * One's own place on the axis: an i32 scalar. (jax.lax.axis_index)
 * @example vmap((x: Value) => np.add(x, lax.axisIndex('i')), { axisName: 'i' })(np.array([10, 10]))   // [10, 11]
 */
export const axisIndex = (axisName: string): Value<'i32'> => axisIndexOf(axisName) as Value<'i32'>
/**
 * The size of the axis, a JavaScript number. (jax.lax.axis_size)
 * @example vmap((x: Value) => np.divide(x, lax.axisSize('i')), { axisName: 'i' })(np.array([10, 20]))   // [5, 10]
 */
export const axisSize = (axisName: string): number => axisSizeOf(axisName)

export interface AllGatherOptions {
  /** Where the axis of all stands in the result. Default 0. */
  readonly axis?: number
  /** Joined to that axis instead of a new one. Default false. */
  readonly tiled?: boolean
}
/**
 * The values of all, stacked, the same everywhere. (jax.lax.all_gather)
 * @example vmap(x => lax.allGather(x, 'i'), { axisName: 'i' })(np.array([1, 2]))   // [[1, 2], [1, 2]]
 */
export const allGather = <T>(x: T, axisName: string, options?: AllGatherOptions): Arrays<T> => {
  const op = 'lax.allGather', { axis = 0, tiled = false } = optionsOf(op, options, ['axis', 'tiled'])
  return each(op, v => {
    const all = allGatherOf(v, axisName)
    const a = axisOf(op, axis, v.shape, tiled ? v.ndim : v.ndim + 1)
    const others = range(all.ndim).slice(1)
    const moved = transpose(all, [...others.slice(0, a), 0, ...others.slice(a)])
    return tiled ? reshape(moved, v.shape.map((n, i) => (i === a ? n * all.shape[0]! : n))) : moved
  }, x)
}
/**
 * The value of `source` for each pair [source, destination]; zero where nothing is sent. (jax.lax.ppermute)
 * @example vmap(x => lax.ppermute(x, 'i', [[0, 1], [1, 0]]), { axisName: 'i' })(np.array([1, 2]))   // [2, 1]
 */
export const ppermute = <T>(x: T, axisName: string, perm: readonly (readonly [number, number])[]): Arrays<T> => each('lax.ppermute', v => ppermuteOf(v, axisName, perm), x)

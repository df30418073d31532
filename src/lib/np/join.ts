/** Putting arrays together along an axis, and cutting them apart. */
import { range, type Shape } from '../../core/aval.js'
import { badArgument, describe, raise } from '../../core/fault.js'
import { isValue, type Value } from '../../core/value.js'
import { concatenate as joined, reshape, sliceInAxis } from '../../primitives/structural.js'
import { axisOf, optionsOf, promoteAll, toValue, wholeNumber } from '../arrays.js'
import { ravel } from './reshape.js'
import type { Arg, DTypeOf, Promoted, PromotedAll } from '../../types/dtype.js'

export interface AxisOption { readonly axis?: number | null }
const axisFrom = (op: string, axis: number | AxisOption | null | undefined, otherwise: number | null): number | null => {
  if (axis === null || typeof axis === 'number') return axis
  const chosen = optionsOf(op, axis, ['axis']).axis
  return chosen === undefined ? otherwise : chosen
}
/** The operands as arrays of one dtype. An array stands for the list of its rows. */
const listOf = (op: string, xs: readonly Arg[] | Value): readonly Value[] => {
  const list = isValue(xs) ? rows(op, xs, 0) : xs
  return Array.isArray(list) && list.length > 0 ? promoteAll(op, list)
    : badArgument(op, 'the first argument', describe(xs), 'a list of at least one array', `write np.${op}([x, y])`)
}

const join = (op: string, values: readonly Value[], axis: number): Value => {
  const first = values[0]!.aval
  const a = axisOf(op, axis, first.shape)
  for (const v of values) {
    const fits = v.aval.shape.length === first.shape.length && v.aval.shape.every((n, i) => i === a || n === first.shape[i])
    if (!fits) raise({ _tag: 'ShapeMismatch', op, got: [first, v.aval], want: `equal shapes outside axis ${a}`, hint: 'np.stack joins arrays of equal shape along a new axis' })
  }
  return joined(values, a)
}
/**
 * Arrays one after the other along an axis (0; null flattens them first). Dtypes meet. The axis may be given plainly or as
 * `{ axis }`. Faults: ShapeMismatch, AxisOutOfRange. (jax.numpy.concatenate)
 * @example np.concatenate([np.array([1, 2]), np.array([3])])   // [1, 2, 3]
 */
export const concatenate = <const Xs extends readonly Arg[] | Value>(xs: Xs, axis?: number | AxisOption | null): Value<PromotedAll<Xs>> => {
  const values = listOf('concatenate', xs)
  const a = axisFrom('concatenate', axis, 0)
  return join('concatenate', a === null ? values.map(v => ravel(v)) : values, a ?? 0)
}
const stacked = (op: string, values: readonly Value[], axis: number): Value => {
  const { shape } = values[0]!.aval
  const a = axisOf(op, axis, shape, shape.length + 1)
  for (const v of values) {
    const same = v.aval.shape.length === shape.length && v.aval.shape.every((n, i) => n === shape[i])
    if (!same) raise({ _tag: 'ShapeMismatch', op, got: [values[0]!.aval, v.aval], want: 'arrays of equal shape', hint: 'np.concatenate joins arrays of different sizes along an axis that is there' })
  }
  return joined(values.map(v => reshape(v, [...shape.slice(0, a), 1, ...shape.slice(a)])), a)
}
/**
 * Arrays of equal shape along a new axis (0). (jax.numpy.stack)
 * @example np.stack([np.array([1, 2]), np.array([3, 4])], 1)   // [[1, 3], [2, 4]]
 */
export const stack = <const Xs extends readonly Arg[] | Value>(xs: Xs, axis?: number | AxisOption): Value<PromotedAll<Xs>> =>
  stacked('stack', listOf('stack', xs), axisFrom('stack', axis, 0) ?? 0)

const toRank = (v: Value, shape: (s: Shape) => Shape): Value => reshape(v, shape(v.aval.shape))
const asRow = (s: Shape): Shape => (s.length === 0 ? [1, 1] : s.length === 1 ? [1, s[0]!] : s)
/**
 * One above the other: vectors count as rows. (jax.numpy.vstack)
 * @example np.vstack([np.array([1, 2]), np.array([3, 4])])   // [[1, 2], [3, 4]]
 */
export const vstack = <const Xs extends readonly Arg[] | Value>(xs: Xs): Value<PromotedAll<Xs>> => join('vstack', listOf('vstack', xs).map(v => toRank(v, asRow)), 0)
/**
 * Side by side: along axis 1, vectors along their only axis. (jax.numpy.hstack)
 * @example np.hstack([np.array([1, 2]), np.array([3, 4])])   // [1, 2, 3, 4]
 */
export const hstack = <const Xs extends readonly Arg[] | Value>(xs: Xs): Value<PromotedAll<Xs>> => {
  const values = listOf('hstack', xs).map(v => toRank(v, s => (s.length === 0 ? [1] : s)))
  return join('hstack', values, values[0]!.aval.shape.length === 1 ? 0 : 1)
}
/**
 * One behind the other, along axis 2. (jax.numpy.dstack)
 * @example np.dstack([np.array([1, 2]), np.array([3, 4])])   // [[[1, 3], [2, 4]]]
 */
export const dstack = <const Xs extends readonly Arg[] | Value>(xs: Xs): Value<PromotedAll<Xs>> =>
  join('dstack', listOf('dstack', xs).map(v => toRank(v, s => (s.length === 0 ? [1, 1, 1] : s.length === 1 ? [1, s[0]!, 1] : s.length === 2 ? [...s, 1] : s))), 2)
/**
 * Vectors as the columns of a matrix. (jax.numpy.column_stack)
 * @example np.columnStack([np.array([1, 2]), np.array([3, 4])])   // [[1, 3], [2, 4]]
 */
export const columnStack = <const Xs extends readonly Arg[] | Value>(xs: Xs): Value<PromotedAll<Xs>> =>
  join('columnStack', listOf('columnStack', xs).map(v => toRank(v, s => (s.length === 0 ? [1, 1] : s.length === 1 ? [s[0]!, 1] : s))), 1)
/**
 * y after x along an axis; both flattened without one. (jax.numpy.append)
 * @example np.append(np.array([1, 2]), 3)   // [1, 2, 3]
 */
export const append = <X extends Arg, Y extends Arg>(x: X, y: Y, options?: AxisOption): Value<Promoted<X, Y>> => {
  const values = promoteAll('append', [x, y])
  const { axis } = optionsOf('append', options, ['axis'])
  return axis === undefined || axis === null ? join('append', values.map(v => reshape(v, [v.size])), 0) : join('append', values, axis)
}
/**
 * Blocks put together from nested lists: the innermost along the last axis, the next along the one before. (jax.numpy.block)
 * @example np.block([[np.ones([1, 1]), np.zeros([1, 2])]])   // [[1, 0, 0]]
 */
export const block = (blocks: Blocks): Value => {
  const depthOf = (b: Blocks): number => (Array.isArray(b) ? 1 + Math.max(0, ...(b as readonly Blocks[]).map(depthOf)) : 0)
  const depth = depthOf(blocks)
  const rankOf = (b: Blocks): number => (Array.isArray(b) ? Math.max(0, ...(b as readonly Blocks[]).map(rankOf)) : toValue('block', b as Arg).aval.shape.length)
  const rank = Math.max(depth, rankOf(blocks))
  const build = (b: Blocks, level: number): Value => {
    if (!Array.isArray(b)) {
      const v = toValue('block', b as Arg)
      return reshape(v, [...range(rank - v.aval.shape.length).map(() => 1), ...v.aval.shape])
    }
    if (b.length === 0) return badArgument('block', 'a list of blocks', '[]', 'at least one block', 'every level holds blocks')
    return join('block', promoteAll('block', (b as readonly Blocks[]).map(inner => build(inner, level + 1))), rank - depth + level)
  }
  return build(blocks, 0)
}
export type Blocks = Arg | readonly Blocks[]

// ---- apart -----------------------------------------------------------------------------------------------------------

const rows = (op: string, v: Value, axis: number): readonly Value[] => {
  const { shape } = v.aval
  const a = axisOf(op, axis, shape)
  return range(shape[a]!).map(i => reshape(sliceInAxis(v, i, i + 1, a), shape.filter((_, k) => k !== a)))
}
/**
 * The arrays along an axis (0), as a list: what a JavaScript loop can run over. (jax.numpy.unstack)
 * @example np.unstack(np.array([[1, 2], [3, 4]]))   // [[1, 2], [3, 4]]
 */
export const unstack = <X extends Arg>(x: X, options?: AxisOption | number): readonly Value<DTypeOf<X>>[] =>
  rows('unstack', toValue('unstack', x), axisFrom('unstack', options, 0) ?? 0)

/** A number of equal parts, or the places to cut at. */
export type Cuts = number | readonly number[]
const cut = (op: string, x: Arg, cuts: Cuts, axis: number, uneven: boolean): readonly Value[] => {
  const v = toValue(op, x)
  const a = axisOf(op, axis, v.aval.shape)
  const n = v.aval.shape[a]!
  const from = (places: readonly number[]): readonly Value[] => {
    const ends = [...places.map(p => Math.min(Math.max(wholeNumber(op, 'a place to cut', p) < 0 ? p + n : p, 0), n)), n]
    return ends.map((end, i) => { const start = i === 0 ? 0 : ends[i - 1]!; return sliceInAxis(v, Math.min(start, end), end, a) })
  }
  if (typeof cuts !== 'number') return from(cuts)
  if (!(Number.isInteger(cuts) && cuts > 0)) badArgument(op, 'the number of parts', cuts, 'a whole number > 0', 'a list gives the places to cut at')
  if (n % cuts !== 0 && !uneven) {
    raise({ _tag: 'ShapeMismatch', op, got: [v.aval], want: `a size on axis ${a} that ${cuts} divides`, hint: 'np.arraySplit makes parts of unequal size' })
  }
  const base = Math.floor(n / cuts), longer = n % cuts
  return from(range(cuts - 1).map(i => (i + 1) * base + Math.min(i + 1, longer)))
}
/**
 * A list of equal parts along an axis (0), or the parts between the given places. Parts that do not come out even are a
 * ShapeMismatch. (jax.numpy.split)
 * @example np.split(np.array([1, 2, 3, 4]), 2)   // [[1, 2], [3, 4]]
 */
export const split = <X extends Arg>(x: X, cuts: Cuts, axis?: number | AxisOption): readonly Value<DTypeOf<X>>[] => cut('split', x, cuts, axisFrom('split', axis, 0) ?? 0, false)
/**
 * As split, where the first parts may be one longer. (jax.numpy.array_split)
 * @example np.arraySplit(np.array([1, 2, 3]), 2)   // [[1, 2], [3]]
 */
export const arraySplit = <X extends Arg>(x: X, cuts: Cuts, axis?: number | AxisOption): readonly Value<DTypeOf<X>>[] => cut('arraySplit', x, cuts, axisFrom('arraySplit', axis, 0) ?? 0, true)
/**
 * Split along axis 0. (jax.numpy.vsplit)
 * @example np.vsplit(np.array([[1], [2]]), 2)   // [[[1]], [[2]]]
 */
export const vsplit = <X extends Arg>(x: X, cuts: Cuts): readonly Value<DTypeOf<X>>[] => cut('vsplit', x, cuts, 0, false)
/**
 * Split along axis 1, vectors along their only axis. (jax.numpy.hsplit)
 * @example np.hsplit(np.array([[1, 2]]), 2)   // [[[1]], [[2]]]
 */
export const hsplit = <X extends Arg>(x: X, cuts: Cuts): readonly Value<DTypeOf<X>>[] => {
  const v = toValue('hsplit', x)
  return cut('hsplit', v, cuts, v.aval.shape.length === 1 ? 0 : 1, false)
}
/**
 * Split along axis 2. (jax.numpy.dsplit)
 * @example np.dsplit(np.array([[[1, 2]]]), 2)   // [[[[1]]], [[[2]]]]
 */
export const dsplit = <X extends Arg>(x: X, cuts: Cuts): readonly Value<DTypeOf<X>>[] => cut('dsplit', x, cuts, 2, false)

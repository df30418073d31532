/** What stands between the brackets of x[...]: parsed, counted against the axes, and taken apart into slices and gathered axes. */
import { range, type Shape, showShape } from '../../core/aval.js'
import { isInt } from '../../core/dtype.js'
import { badArgument, describe, raise } from '../../core/fault.js'
import { isValue, type NDArray, Tracer, type Value } from '../../core/value.js'
import { convert } from '../../primitives/arithmetic.js'
import { concatenate, reshape, reverse, slice as sliceOf } from '../../primitives/structural.js'
import type { WindowDims } from '../../primitives/windows.js'
import { broadcastShapeAll, refuseDType, spread } from '../arrays.js'
import { asPlaces, fromTheEnd, requirePlace } from './take.js'

/** from ≤ i < to by step, clamped as in NumPy; null is open. */
export interface Slice { readonly _tag: 'Slice'; readonly from: number | null; readonly to: number | null; readonly step: number | null }
type Bound = number | null
/** One index: a place, a slice, everything (':'), a new axis (null), the axes not named ('...'), an integer array, or a mask. */
export type Index = number | null | ':' | '...' | readonly [Bound, Bound] | readonly [Bound, Bound, Bound] | Slice | Value
export type Indices = Index | readonly Index[]

/**
 * A slice object, for places where [from, to] would be read as two indices. (Python's slice)
 * @example np.at(np.array([1, 2, 3]), np.slice(1))   // [2, 3]
 */
export const slice = (from: Bound = null, to: Bound = null, step: Bound = null): Slice => ({ _tag: 'Slice', from, to, step })

// ---- one index -------------------------------------------------------------------------------------------------------

type Entry =
  | { readonly kind: 'place'; readonly index: number }
  | { readonly kind: 'slice'; readonly slice: Slice }
  | { readonly kind: 'new' }
  | { readonly kind: 'rest' }
  | { readonly kind: 'array'; readonly array: Value; readonly unique: boolean }

const everything = slice()
const isSlice = (x: unknown): x is Slice => typeof x === 'object' && x !== null && (x as { _tag?: unknown })._tag === 'Slice'
const bound = (op: string, x: unknown): Bound =>
  x === null || x === undefined ? null : Number.isInteger(x) ? x as number
    : badArgument(op, 'a bound of a slice', x, 'a whole number or null', isValue(x) ? 'a window at a position that is data is lax.dynamicSlice' : '[1, 3], [1, null], [null, null, -1]')

/** The places where a mask is true, one array for each of its axes. The mask must be concrete, because it says how many there are. */
const places = (op: string, mask: Value, size: Shape): readonly Value[] => {
  const array = mask instanceof Tracer ? mask.concrete() : mask as NDArray
  if (!array) {
    const tracer = mask as unknown as Tracer
    return raise({ _tag: 'NotConcrete', op, got: mask.aval, owner: tracer.owner.title, made: null, hint: 'how many elements a mask chooses is not known here: use np.where, or np.nonzero with a size' })
  }
  const { shape } = mask.aval
  if (shape.some((n, i) => n !== size[i])) {
    raise({ _tag: 'ShapeMismatch', op, got: [mask.aval], want: `a mask of shape ${showShape(size)}`, hint: 'a mask has the sizes of the axes that it stands for' })
  }
  const chosen: number[] = []
  array.data.forEach((b, i) => { if (b === 1) chosen.push(i) })
  let below = array.data.length
  return shape.map(n => {
    below /= n
    const step = below
    return asPlaces(op, chosen.map(i => Math.floor(i / step) % n), n, 0, false)
  })
}

const entriesOf = (op: string, x: Shape, ix: Indices): readonly Entry[] => {
  const list: readonly unknown[] = Array.isArray(ix) ? ix : [ix]
  const entries: Entry[] = []
  let axis = 0
  const width = (i: unknown): number => (i === null || i === '...' ? 0 : isValue(i) && i.aval.dtype === 'bool' ? i.aval.shape.length : 1)
  const total = list.reduce<number>((n, i) => n + width(i), 0)
  if (total > x.length) badArgument(op, 'the index', describe(list), `at most ${x.length} indices`, `the array has shape ${showShape(x)}`)
  for (const i of list) {
    if (i === null) entries.push({ kind: 'new' })
    else if (i === '...') {
      if (entries.some(e => e.kind === 'rest')) badArgument(op, 'the index', describe(list), "at most one '...'", "'...' stands for all axes that are not named")
      entries.push({ kind: 'rest' })
      axis += x.length - total
      continue
    } else if (i === ':') entries.push({ kind: 'slice', slice: everything })
    else if (typeof i === 'number') entries.push({ kind: 'place', index: requirePlace(op, i, x[axis]!, axis) })
    else if (isSlice(i)) entries.push({ kind: 'slice', slice: slice(bound(op, i.from), bound(op, i.to), bound(op, i.step)) })
    else if (Array.isArray(i)) {
      if (i.length < 2 || i.length > 3) badArgument(op, 'an index', i, '[from, to] or [from, to, step]', 'places are an integer array: np.array([0, 2], { dtype: \'i32\' })')
      entries.push({ kind: 'slice', slice: slice(bound(op, i[0]), bound(op, i[1]), bound(op, i[2])) })
    } else if (isValue(i)) {
      const v: Value = i
      if (v.aval.dtype === 'bool') {
        const size = x.slice(axis, axis + v.aval.shape.length)
        for (const array of places(op, v, size)) entries.push({ kind: 'array', array, unique: true })
        axis += v.aval.shape.length
        continue
      }
      if (!isInt(v.aval.dtype)) refuseDType(op, [v], 'indices that are integers or bools', 'np.astype(indices, \'i32\')')
      entries.push({ kind: 'array', array: v, unique: v.size <= 1 })
    } else badArgument(op, 'an index', i, "a whole number, [from, to, step], ':', '...', null, or an integer or bool array", 'np.slice(from, to, step) is a slice, too')
    axis += width(i)
  }
  return entries
}

// ---- all of them -----------------------------------------------------------------------------------------------------

/** Which part of an array indices choose without data: one entry for each axis. */
interface Region {
  readonly start: readonly number[]
  readonly limit: readonly number[]
  readonly strides: readonly number[]
  /** Axes that are walked backwards. */
  readonly reversed: readonly number[]
  /** Is it the whole array as it stands? */
  readonly whole: boolean
}
/** Integer arrays over some axes of the region, all of one shape. */
interface Gathered {
  readonly vectors: Value
  readonly dims: Omit<WindowDims, 'mode'>
  readonly sliceSizes: Shape
  readonly unique: boolean
  /** The shape of the gathered axes, and of the result before axes of size 1 are put in. */
  readonly shape: Shape
}
/** x[ix] is the region, without its axes at one place, gathered where there are arrays, under the shape of the result. */
export interface Plan { readonly region: Region; readonly kept: Shape; readonly gathered: Gathered | null; readonly shape: Shape }

/** Start, limit and stride of a slice counted from the lower end, its length, and whether it is walked backwards. */
const clamped = (op: string, { from, to, step }: Slice, n: number): { start: number; limit: number; stride: number; length: number; backwards: boolean } => {
  const by = step ?? 1
  if (by === 0) return badArgument(op, 'the step of a slice', by, 'not 0', 'a negative step walks backwards')
  const inside = (i: number, low: number, high: number): number => Math.min(Math.max(i < 0 ? i + n : i, low), high)
  if (by > 0) {
    const start = from === null ? 0 : inside(from, 0, n), end = to === null ? n : inside(to, 0, n)
    const length = Math.max(0, Math.ceil((end - start) / by))
    return { start: length === 0 ? 0 : start, limit: length === 0 ? 0 : start + (length - 1) * by + 1, stride: by, length, backwards: false }
  }
  const start = from === null ? n - 1 : inside(from, -1, n - 1), end = to === null ? -1 : inside(to, -1, n - 1)
  const length = Math.max(0, Math.ceil((end - start) / by))
  const last = start + (length - 1) * by
  return length === 0 ? { start: 0, limit: 0, stride: 1, length, backwards: false } : { start: last, limit: start + 1, stride: -by, length, backwards: length > 1 }
}

export const planOf = (op: string, x: Shape, ix: Indices): Plan => {
  const given = entriesOf(op, x, ix)
  const named = given.filter(e => e.kind !== 'new' && e.kind !== 'rest').length
  const rest: readonly Entry[] = range(x.length - named).map(() => ({ kind: 'slice', slice: everything }))
  const entries = given.some(e => e.kind === 'rest') ? given.flatMap(e => (e.kind === 'rest' ? rest : [e])) : [...given, ...rest]

  const start: number[] = [], limit: number[] = [], strides: number[] = [], reversed: number[] = []
  // the axes of the region that stay, each with its size, and with its array where it is gathered
  const kept: number[] = []
  const arrays: { readonly axis: number; readonly array: Value; readonly unique: boolean; readonly size: number }[] = []
  // the result, in order: new axes, kept axes that are not gathered, and the marks of advanced indices
  const layout: ('new' | 'array' | number)[] = []
  const hasArrays = entries.some(e => e.kind === 'array')
  for (const e of entries) {
    const axis = start.length
    switch (e.kind) {
      case 'new': layout.push('new'); break
      case 'place':
        start.push(e.index); limit.push(e.index + 1); strides.push(1)
        if (hasArrays) layout.push('array')
        break
      case 'slice': {
        const c = clamped(op, e.slice, x[axis]!)
        start.push(c.start); limit.push(c.limit); strides.push(c.stride)
        if (c.backwards) reversed.push(axis)
        layout.push(kept.length)
        kept.push(c.length)
        break
      }
      case 'array':
        start.push(0); limit.push(x[axis]!); strides.push(1)
        arrays.push({ axis: kept.length, array: e.array, unique: e.unique, size: x[axis]! })
        layout.push('array')
        kept.push(x[axis]!)
        break
      default: break
    }
  }
  const region: Region = { start, limit, strides, reversed, whole: reversed.length === 0 && start.every((s, a) => s === 0 && limit[a] === x[a] && strides[a] === 1) }
  if (!hasArrays) return { region, kept, gathered: null, shape: layout.map(l => (l === 'new' ? 1 : kept[l as number]!)) }

  const empty = arrays.find(a => a.size === 0 && a.array.size > 0)
  if (empty) raise({ _tag: 'IndexOutOfRange', op, index: 0, size: 0, axis: empty.axis, hint: 'there is nothing to take from an empty axis' })
  const vectors = arrays.map(a => fromTheEnd(convert(a.array, 'i32'), a.size))
  const common = broadcastShapeAll(op, vectors)
  // arrays side by side leave their axes where the first of them stands, arrays apart in front (NumPy: combining advanced and basic indexing)
  const first = layout.indexOf('array'), last = layout.lastIndexOf('array')
  const together = layout.slice(first, last + 1).every(l => l === 'array')
  const others = layout.filter(l => l !== 'array')
  const before = together ? layout.slice(0, first) : []
  const after = together ? layout.slice(last + 1) : others
  const sizes = (list: readonly ('new' | 'array' | number)[]): Shape => list.filter(l => l !== 'new').map(l => kept[l as number]!)
  const place = sizes(before).length
  const axes = arrays.map(a => a.axis)
  const windows = kept.length - axes.length
  return {
    region, kept,
    gathered: {
      vectors: concatenate(vectors.map(v => reshape(spread(v, common), [...common, 1])), common.length),
      dims: {
        offsetDims: range(windows).map(i => (i < place ? i : i + common.length)),
        collapsedSliceDims: axes, operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: axes,
      },
      sliceSizes: kept.map((n, a) => (axes.includes(a) ? Math.min(1, n) : n)),
      unique: arrays.some(a => a.unique && a.array.size === common.reduce((p, n) => p * n, 1)) && arrays.every(a => a.unique),
      shape: [...sizes(before), ...common, ...sizes(after)],
    },
    shape: [...before.map(l => (l === 'new' ? 1 : kept[l as number]!)), ...common, ...after.map(l => (l === 'new' ? 1 : kept[l as number]!))],
  }
}

/** The region of an array, without its axes at one place. */
export const regionOf = (x: Value, { region, kept }: Plan): Value =>
  reshape(region.whole ? x : reverse(sliceOf(x, region.start, region.limit, region.strides), region.reversed), kept)

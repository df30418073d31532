/** Repeating, rotating and framing arrays. */
import { aval, range, type Shape } from '../../core/aval.js'
import { badArgument, raise } from '../../core/fault.js'
import { concreteOf, isValue, NDArray, type Value } from '../../core/value.js'
import { convert } from '../../primitives/arithmetic.js'
import { broadcast } from '../../primitives/base.js'
import { cumsum } from '../../primitives/cumulative.js'
import { concatenate, pad as padOf, reshape, reverse, sliceInAxis } from '../../primitives/structural.js'
import { axisOf, inDType, optionsOf, toValue, wholeNumber } from '../arrays.js'
import { dualWithOptions, dual } from '../dual.js'
import { takeAlong } from './take.js'
import { searchsorted } from './search.js'
import type { Arg } from '../../types/dtype.js'
import type { With, WithOptions } from '../../types/functions.js'

/**
 * The whole array repeated along its axes, new ones in front. (jax.numpy.tile)
 * @example np.tile(np.array([1, 2]), 2)   // [1, 2, 1, 2]
 */
export const tile: With<number | readonly number[]> = dual((x: Arg, reps: number | readonly number[]) => {
  const v = toValue('tile', x)
  const given = typeof reps === 'number' ? [reps] : reps
  given.forEach(r => { if (!(Number.isInteger(r) && r >= 0)) badArgument('tile', 'reps', r, 'whole numbers >= 0', 'one for each axis, counted from the last') })
  const rank = Math.max(given.length, v.aval.shape.length)
  const own = [...range(rank - v.aval.shape.length).map(() => 1), ...v.aval.shape]
  const times = [...range(rank - given.length).map(() => 1), ...given]
  const between = own.flatMap((n, i) => [times[i]!, n])
  return reshape(broadcast(reshape(v, own), between, range(rank).map(i => 2 * i + 1)), own.map((n, i) => n * times[i]!))
})

export interface RepeatOptions { readonly axis?: number | null; readonly totalRepeatLength?: number }
/**
 * Every element so many times in a row, along an axis or flattened. An array of counts, one for each element, needs
 * `totalRepeatLength` inside a transformation: results are cut or filled with the last element to it. (jax.numpy.repeat)
 * @example np.repeat(np.array([1, 2]), 2)   // [1, 1, 2, 2]
 */
export const repeat: WithOptions<number | readonly number[] | Value, RepeatOptions> = dualWithOptions((x: Arg, repeats: number | readonly number[] | Value, options?: RepeatOptions) => {
  const { axis, totalRepeatLength } = optionsOf('repeat', options, ['axis', 'totalRepeatLength'])
  const v = toValue('repeat', x)
  const line = axis === undefined || axis === null ? reshape(v, [v.size]) : v
  const { shape } = line.aval
  const a = axis === undefined || axis === null ? 0 : axisOf('repeat', axis, shape)
  const n = shape[a]!
  if (typeof repeats === 'number' && totalRepeatLength === undefined) {
    if (!(Number.isInteger(repeats) && repeats >= 0)) badArgument('repeat', 'repeats', repeats, 'a whole number >= 0', 'a list gives one count for each element')
    const apart = [...shape.slice(0, a + 1), repeats, ...shape.slice(a + 1)]
    return reshape(broadcast(line, apart, range(shape.length).map(i => (i <= a ? i : i + 1))), shape.map((m, i) => (i === a ? m * repeats : m)))
  }
  const counts = convert(isValue(repeats) ? repeats : new NDArray(aval('i32', typeof repeats === 'number' ? [] : [(repeats as readonly number[]).length]), Int32Array.from(typeof repeats === 'number' ? [repeats] : repeats as readonly number[])), 'i32')
  const each = counts.size === 1 ? broadcast(reshape(counts, []), [n], []) : counts
  if (each.aval.shape.length !== 1 || each.aval.shape[0] !== n) {
    raise({ _tag: 'ShapeMismatch', op: 'repeat', got: [line.aval, counts.aval], want: `one count for each of the ${n} elements on axis ${a}`, hint: 'or one number for all' })
  }
  const total = totalRepeatLength ?? Array.from(concreteOf(each, 'repeat').data).reduce((sum, c) => sum + c, 0)
  if (n === 0 || total === 0) return sliceInAxis(line, 0, 0, a)
  const ends = cumsum(each, { axis: 0, reverse: false })
  const places = searchsorted(ends, range32(wholeNumber('repeat', 'totalRepeatLength', total)), { side: 'right' })
  return takeAlong('repeat', line, places, a, 'clip')
})
const range32 = (n: number): Value => new NDArray(aval('i32', [n]), Int32Array.from({ length: n }, (_, i) => i))

export interface RollOptions { readonly axis?: number | readonly number[] | null }
/**
 * Elements moved along an axis by `shift` places, those that leave at one end coming back at the other; flattened without
 * an axis. (jax.numpy.roll)
 * @example np.roll(np.array([1, 2, 3]), 1)   // [3, 1, 2]
 */
export const roll: WithOptions<number | readonly number[], RollOptions> = dualWithOptions((x: Arg, shift: number | readonly number[], options?: RollOptions) => {
  const { axis } = optionsOf('roll', options, ['axis'])
  const v = toValue('roll', x)
  const one = (y: Value, s: number, a: number): Value => {
    const n = y.aval.shape[a]!
    if (n < 2) return y
    const k = ((wholeNumber('roll', 'shift', s) % n) + n) % n
    return k === 0 ? y : concatenate([sliceInAxis(y, n - k, n, a), sliceInAxis(y, 0, n - k, a)], a)
  }
  if (axis === undefined || axis === null) {
    const shifts = typeof shift === 'number' ? [shift] : shift
    return reshape(one(reshape(v, [v.size]), shifts.reduce((s, k) => s + k, 0), 0), v.aval.shape)
  }
  const axes = typeof axis === 'number' ? [axis] : axis
  const count = typeof shift === 'number' ? axes.length : Math.max(axes.length, shift.length)
  if (axes.length !== count && axes.length !== 1) badArgument('roll', 'shift', shift, 'as many shifts as axes', 'one number serves all axes')
  return range(count).reduce((y, i) => one(y, typeof shift === 'number' ? shift : shift.length === 1 ? shift[0]! : shift[i]!, axisOf('roll', axes.length === 1 ? axes[0]! : axes[i]!, v.aval.shape)), v)
})

// ---- frames ----------------------------------------------------------------------------------------------------------

/** One number for all sides, [before, after] for all axes, or one of these for each axis. */
export type Widths = number | readonly (number | readonly number[])[]
export interface PadOptions {
  readonly mode?: 'constant' | 'edge' | 'reflect' | 'symmetric' | 'wrap'
  readonly constantValues?: Arg | readonly [Arg, Arg]
}
const sides = (op: string, widths: Widths, shape: Shape): readonly (readonly [number, number])[] => {
  const pairOf = (w: unknown): readonly [number, number] => {
    const list = Array.isArray(w) ? w as readonly unknown[] : [w, w]
    const [before, after] = list.length === 1 ? [list[0], list[0]] : list
    return list.length <= 2 && Number.isInteger(before) && Number.isInteger(after) && (before as number) >= 0 && (after as number) >= 0 ? [before as number, after as number]
      : badArgument(op, 'the widths', w, '[before, after], whole numbers >= 0', 'lax.pad also cuts and pads between elements')
  }
  if (Array.isArray(widths) && widths.some(w => Array.isArray(w))) {
    const each = widths.map(pairOf)
    if (each.length === 1) return shape.map(() => each[0]!)
    return each.length === shape.length ? each : badArgument(op, 'the widths', widths, `one pair for each of ${shape.length} axes`, 'one pair serves all axes')
  }
  const all = pairOf(widths)
  return shape.map(() => all)
}
/** What stands before and after along one axis, made from the array itself. */
const framed = (v: Value, mode: string, a: number, before: number, after: number): Value => {
  const n = v.aval.shape[a]!
  if (before === 0 && after === 0) return v
  if (n === 0) return raise({ _tag: 'ShapeMismatch', op: 'pad', got: [v.aval], want: `at least one element on axis ${a} to pad with`, hint: 'constant padding takes empty axes' })
  if (mode === 'edge') {
    const many = (start: number, count: number): Value => broadcast(reshape(sliceInAxis(v, start, start + 1, a), v.aval.shape.filter((_, i) => i !== a)),
      v.aval.shape.map((m, i) => (i === a ? count : m)), range(v.aval.shape.length).filter(i => i !== a))
    return concatenate([...(before > 0 ? [many(0, before)] : []), v, ...(after > 0 ? [many(n - 1, after)] : [])], a)
  }
  // one period of the endless pattern, then as many as are needed on each side
  const mirrored = mode === 'reflect' ? (n > 1 ? reverse(sliceInAxis(v, 1, n - 1, a), [a]) : null) : mode === 'symmetric' ? reverse(v, [a]) : null
  const period = mirrored && mirrored.aval.shape[a]! > 0 ? concatenate([v, mirrored], a) : v
  const p = period.aval.shape[a]!
  const left = Math.ceil(before / p), right = Math.ceil(Math.max(0, after + n - p) / p)
  const line = concatenate(range(left + 1 + right).map(() => period), a)
  return sliceInAxis(line, left * p - before, left * p + n + after, a)
}
/**
 * With elements put before and after along every axis: a constant (0), the edge, a reflection without ('reflect') or with
 * ('symmetric') the edge itself, or the other end ('wrap'). `constantValues` is one value or [before, after]. (jax.numpy.pad)
 * @example np.pad(np.array([1, 2, 3]), [1, 2], { mode: 'reflect' })   // [2, 1, 2, 3, 2, 1]
 */
export const pad: WithOptions<Widths, PadOptions> = dualWithOptions((x: Arg, widths: Widths, options?: PadOptions) => {
  const { mode = 'constant', constantValues = 0 } = optionsOf('pad', options, ['mode', 'constantValues'])
  const v = toValue('pad', x)
  const each = sides('pad', widths, v.aval.shape)
  if (mode === 'constant') {
    const given = (Array.isArray(constantValues) ? constantValues : [constantValues, constantValues]) as readonly Arg[]
    const [lo, hi] = given.map(c => inDType('pad', c, v.aval.dtype))
    if (lo === hi) return padOf(v, lo!, each.map(([b, a]) => [b, a, 0]))
    return padOf(padOf(v, lo!, each.map(([b]) => [b, 0, 0])), hi!, each.map(([, a]) => [0, a, 0]))
  }
  if (!['edge', 'reflect', 'symmetric', 'wrap'].includes(mode)) badArgument('pad', 'mode', mode, "one of 'constant', 'edge', 'reflect', 'symmetric', 'wrap'", 'the default is constant')
  return each.reduce((y, [b, a], axis) => framed(y, mode, axis, b, a), v)
})

/** Cumulative folds along an axis; the derivative of each is a first-order linear recurrence. */
import * as E from '../core/either.js'
import { type Aval, aval } from '../core/aval.js'
import { dtypes, type FloatDType, limits } from '../core/dtype.js'
import { bool, type Form, int, record } from '../core/form.js'
import { bind1 } from '../core/interp.js'
import { type Primitive, type ShapeRule } from '../core/primitive.js'
import { type Value } from '../core/value.js'
import { add, convert, constantLike, div, maximum, minimum, mul, select, sub } from './arithmetic.js'
import { hasTangent, ones, scalar, zeros } from './base.js'
import { exp } from './elementary.js'
import { eq } from './logic.js'
import { general, linear, perOutput, wrongDType } from './row.js'
import { linearRecurrence } from './recurrence.js'
import { concatenate, pad, reverse as flip, sliceInAxis } from './structural.js'

export interface CumulativeParams { readonly axis: number; readonly reverse: boolean }
const cumulativeParams: Form<CumulativeParams> = record({ axis: int, reverse: bool })

const shapeOf = (name: string, words: string, kinds: readonly string[]): ShapeRule<CumulativeParams> => ([x], { axis }) =>
  !kinds.includes(dtypes[x!.dtype].kind) ? wrongDType(name, [x!], words)
    : Number.isInteger(axis) && axis >= 0 && axis < x!.shape.length ? E.right([x!])
    : E.left({ _tag: 'AxisOutOfRange', op: name, axis, shape: x!.shape, hint: 'np functions count negative axes from the end' })
const along = (name: string, self: () => Primitive<CumulativeParams>, words = 'numbers', kinds: readonly string[] = ['float', 'int']) => ({
  params: cumulativeParams,
  shape: shapeOf(name, words, kinds),
  batch: (_axis: unknown, [x]: readonly Value[], _b: readonly boolean[], { axis, reverse }: CumulativeParams): readonly Value[] =>
    [bind1(self(), [x!], { axis: axis + 1, reverse })],
})

// ---- derivatives that are linear recurrences ---------------------------------------------------------------------------

/** Moved one place on along an axis, 0 in front, so that n elements remain. */
const delayed = (x: Value, axis: number, n: number): Value =>
  pad(x, scalar(0, x.dtype), x.aval.shape.map((m, i) => (i === axis ? [1, n - 1 - m, 0] : [0, 0, 0])))
/** The first place has no predecessor: its factor is 0. */
const factors = (fromSecond: Value, axis: number): Value => delayed(fromSecond, axis, fromSecond.aval.shape[axis]! + 1)
const butFirst = (x: Value, axis: number): Value => sliceInAxis(x, 1, x.aval.shape[axis]!, axis)
const butLast = (x: Value, axis: number): Value => sliceInAxis(x, 0, x.aval.shape[axis]! - 1, axis)

/** A row whose derivative is known for folds from the left, over axes with two elements or more. */
const cumulative = (name: string, c: {
  readonly words?: string
  readonly kinds?: readonly string[]
  readonly cost?: (outs: readonly Aval[]) => number
  readonly push: (x: Value, y: Value, axis: number) => (tx: Value) => Value
}): Primitive<CumulativeParams> => {
  const row: Primitive<CumulativeParams> = general<CumulativeParams>(name, {
    ...along(name, () => row, c.words, c.kinds),
    cost: (ins, outs, params) => (c.cost ? c.cost(outs) : perOutput(ins, outs, params)),
    linearize: self => ([x], params, [active]) => {
      const y = bind1(self, [x!], params)
      if (!active || !hasTangent(x!.aval)) return { outs: [y], push: () => [null] }
      const { axis, reverse } = params
      if (x!.aval.shape[axis]! < 2) return { outs: [y], push: ([tx]) => [tx ?? null] }
      const turn = (v: Value): Value => (reverse ? flip(v, [axis]) : v)
      const push = c.push(turn(x!), turn(y), axis)
      return { outs: [y], push: ([tx]) => [tx ? turn(push(turn(tx))) : null] }
    },
  })
  return row
}

// ---- rows ------------------------------------------------------------------------------------------------------------

/** The transpose sums from the other end. */
export const cumsumP: Primitive<CumulativeParams> = linear<CumulativeParams>('cumsum', {
  ...along('cumsum', () => cumsumP),
  transpose: ([ct], _args, { axis, reverse }) => [cumsum(ct!, { axis, reverse: !reverse })],
  zeros,
})

/** ẏ_j = x_j·ẏ_(j-1) + y_(j-1)·ẋ_j: no division, so zeros are right, in every order of derivative. */
export const cumprodP: Primitive<CumulativeParams> = cumulative('cumprod', {
  push: (x, y, axis) => {
    const a = factors(butFirst(x, axis), axis)
    const first = ones(aval(y.dtype, y.aval.shape.map((m, i) => (i === axis ? 1 : m))))
    const before = concatenate([first, butLast(y, axis)], axis)
    return tx => linearRecurrence(a, mul(before, tx), axis)
  },
})

/**
 * ẏ_j is the mean of ẋ over the places up to j that attain y_j: s_j = [y_j = y_(j-1)]·s_(j-1) + [x_j = y_j]·ẋ_j, divided by
 * the same recurrence for the number of places. This is the derivative of max over those places; JAX halves at each
 * comparison of its tree instead, which is the same for two places. Where a NaN came in there is none.
 */
const extrema = (name: 'cummax' | 'cummin'): Primitive<CumulativeParams> => cumulative(name, {
  push: (x, y, axis) => {
    const attained = eq(x, y)
    const a = factors(convert(eq(butFirst(y, axis), butLast(y, axis)), x.dtype), axis)
    const share = div(ones(x.aval), maximum(linearRecurrence(a, convert(attained, x.dtype), axis), ones(x.aval)))
    return tx => mul(linearRecurrence(a, select(attained, tx, zeros(tx.aval)), axis), share)
  },
})
export const cummaxP: Primitive<CumulativeParams> = extrema('cummax')
export const cumminP: Primitive<CumulativeParams> = extrema('cummin')

/**
 * ẏ_j = e^(y_(j-1) - y_j)·ẏ_(j-1) + e^(x_j - y_j)·ẋ_j, where no exponential exceeds 1. The differences are taken within the
 * finite numbers: a sum of nothing but zeros (y_j = -Infinity) has derivative 0, and infinities do not spoil what follows.
 */
export const cumlogsumexpP: Primitive<CumulativeParams> = cumulative('cumlogsumexp', {
  words: 'floats', kinds: ['float'],
  cost: outs => 17 * perOutput([], outs, null),
  push: (x, y, axis) => {
    const { greatest } = limits[y.dtype as FloatDType]
    const top = constantLike(y, greatest), bottom = constantLike(y, -greatest)
    const below = minimum(y, top)
    const finite = maximum(below, bottom)
    const a = factors(exp(sub(butLast(below, axis), butFirst(finite, axis))), axis)
    const share = exp(sub(minimum(x, top), finite))
    return tx => linearRecurrence(a, mul(share, tx), axis)
  },
})

// ---- as functions ----------------------------------------------------------------------------------------------------

const of = (row: Primitive<CumulativeParams>) => (x: Value, { axis, reverse }: CumulativeParams): Value => bind1(row, [x], { axis, reverse })
/** Sums, products, extrema and log Σ exp of the elements up to each place of an axis, or from it on where `reverse` (JAX: lax.cumsum). */
export const cumsum = of(cumsumP), cumprod = of(cumprodP), cummax = of(cummaxP), cummin = of(cumminP), cumlogsumexp = of(cumlogsumexpP)

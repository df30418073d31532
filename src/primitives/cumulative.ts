/** Cumulative folds along an axis; the derivative of each is a first-order linear recurrence, solved in O(n). */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { type Aval, aval } from '../core/aval.js'
import { type DType, dtypes } from '../core/dtype.js'
import { bind1 } from '../core/interp.js'
import { type Primitive, type ShapeRule } from '../core/primitive.js'
import { type Value } from '../core/value.js'
import { add, convert, constantLike, div, maximum, minimum, mul, select, sub } from './arithmetic.js'
import { hasTangent, ones, scalar, zeros } from './base.js'
import { exp } from './elementary.js'
import { eq } from './logic.js'
import { general, int, linear, perOutput, wrongDType } from './row.js'
import { concatenate, pad, reshape, reverse as flip, slice, sliceInAxis } from './structural.js'

export interface CumulativeParams { readonly axis: number; readonly reverse: boolean }
const cumulativeParams: t.Type<CumulativeParams, unknown> = t.readonly(t.type({ axis: int, reverse: t.boolean }))

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

// ---- linear recurrences ----------------------------------------------------------------------------------------------

/** Every other element of an axis, from `start` on. */
const alternate = (x: Value, axis: number, start: number): Value => {
  const { shape } = x.aval
  return slice(x, shape.map((_, i) => (i === axis ? start : 0)), shape, shape.map((_, i) => (i === axis ? 2 : 1)))
}
/** x_0 y_0 x_1 y_1 ...; x has as many elements as y, or one more. */
const interleave = (x: Value, y: Value, axis: number): Value => {
  const n = x.aval.shape[axis]!, h = y.aval.shape[axis]!
  const apart = (v: Value): Value => reshape(v, v.aval.shape.flatMap((m, i) => (i === axis ? [m, 1] : [m])))
  const pairs = concatenate([apart(sliceInAxis(x, 0, h, axis)), apart(y)], axis + 1)
  const joined = reshape(pairs, y.aval.shape.map((m, i) => (i === axis ? 2 * m : m)))
  return n === h ? joined : concatenate([joined, sliceInAxis(x, h, n, axis)], axis)
}
/** Moved one place on along an axis of n elements, 0 in front, and the end cut or filled so that n remain. */
const delayed = (x: Value, axis: number, n: number): Value =>
  pad(x, scalar(0, x.dtype), x.aval.shape.map((m, i) => (i === axis ? [1, n - 1 - m, 0] : [0, 0, 0])))

/**
 * y_j = a_j·y_(j-1) + b_j, y_0 = b_0, as a linear map of b: neighbours are joined, the recurrence of half the length is
 * solved, and the places between are filled in (Blelloch, "Prefix sums and their applications", 1990). The map takes fewer
 * than 4n operations, its transpose fewer than 6n, and the products of the factors, made once, fewer than n.
 */
const recurrence = (a: Value, axis: number): ((b: Value) => Value) => {
  const n = a.aval.shape[axis]!
  if (n < 2) return b => b
  const aEven = alternate(a, axis, 0), aOdd = alternate(a, axis, 1)
  const m = aEven.aval.shape[axis]!, h = aOdd.aval.shape[axis]!
  const half = recurrence(mul(aOdd, sliceInAxis(aEven, 0, h, axis)), axis)
  const between = m > 1 ? sliceInAxis(aEven, 1, m, axis) : null
  return b => {
    const bEven = alternate(b, axis, 0)
    const odd = half(add(mul(aOdd, sliceInAxis(bEven, 0, h, axis)), alternate(b, axis, 1)))
    const even = between ? add(delayed(mul(between, sliceInAxis(odd, 0, m - 1, axis)), axis, m), bEven) : bEven
    return interleave(even, odd, axis)
  }
}

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
    const solve = recurrence(factors(butFirst(x, axis), axis), axis)
    const first = ones(aval(y.dtype, y.aval.shape.map((m, i) => (i === axis ? 1 : m))))
    const before = concatenate([first, butLast(y, axis)], axis)
    return tx => solve(mul(before, tx))
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
    const solve = recurrence(factors(convert(eq(butFirst(y, axis), butLast(y, axis)), x.dtype), axis), axis)
    const count = maximum(solve(convert(attained, x.dtype)), ones(x.aval))
    return tx => div(solve(select(attained, tx, zeros(tx.aval))), count)
  },
})
export const cummaxP: Primitive<CumulativeParams> = extrema('cummax')
export const cumminP: Primitive<CumulativeParams> = extrema('cummin')

const greatest = (d: DType): number => (d === 'f64' ? Number.MAX_VALUE : 3.4028234663852886e38)
/**
 * ẏ_j = e^(y_(j-1) - y_j)·ẏ_(j-1) + e^(x_j - y_j)·ẋ_j, where no exponential exceeds 1. The differences are taken within the
 * finite numbers: a sum of nothing but zeros (y_j = -Infinity) has derivative 0, and infinities do not spoil what follows.
 */
export const cumlogsumexpP: Primitive<CumulativeParams> = cumulative('cumlogsumexp', {
  words: 'floats', kinds: ['float'],
  cost: outs => 5 * perOutput([], outs, null),
  push: (x, y, axis) => {
    const top = constantLike(y, greatest(y.dtype)), bottom = constantLike(y, -greatest(y.dtype))
    const below = minimum(y, top)
    const finite = maximum(below, bottom)
    const solve = recurrence(factors(exp(sub(butLast(below, axis), butFirst(finite, axis))), axis), axis)
    const share = exp(sub(minimum(x, top), finite))
    return tx => solve(mul(share, tx))
  },
})

// ---- as functions ----------------------------------------------------------------------------------------------------

const of = (row: Primitive<CumulativeParams>) => (x: Value, { axis, reverse }: CumulativeParams): Value => bind1(row, [x], { axis, reverse })
/** Sums, products, extrema and log Σ exp of the elements up to each place of an axis, or from it on where `reverse` (JAX: lax.cumsum). */
export const cumsum = of(cumsumP), cumprod = of(cumprodP), cummax = of(cummaxP), cummin = of(cumminP), cumlogsumexp = of(cumlogsumexpP)

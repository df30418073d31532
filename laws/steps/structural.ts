/** Steps that move elements, fold them and contract them. */
import { range, sizeOf } from '../../src/core/aval.js'
import type { Value } from '../../src/core/value.js'
import { convert, mul } from '../../src/primitives/arithmetic.js'
import { broadcast, sum } from '../../src/primitives/base.js'
import { dotGeneral } from '../../src/primitives/contract.js'
import { convolution } from '../../src/primitives/convolve.js'
import * as C from '../../src/primitives/cumulative.js'
import * as R from '../../src/primitives/fold.js'
import { gt } from '../../src/primitives/logic.js'
import { windows } from '../../src/primitives/pooling.js'
import { linearRecurrence } from '../../src/primitives/recurrence.js'
import * as S from '../../src/primitives/structural.js'
import { affine, both, bound, coerce, digit, into, join, type Known, known, lined, one, type Setting, shapeOf, someAxes, somePermutation, type Step, within } from './step.js'

const same = (k: Known, value: Value): readonly Known[] => one(value, k.lo, k.hi)
/** Of rank three at most, for steps that add an axis. */
const roomy = (k: Known): Known => (shapeOf(k).length < 3 ? k : { ...k, value: S.reshape(k.value, [k.value.size]) })

export const structural: Readonly<Record<string, Step>> = {
  reshape: s => {
    const x = s.pick(0), n = x.value.size
    const shapes = [[n], [1, n], [n, 1], ...(n % 2 === 0 ? [[2, n / 2], [n / 2, 2]] : []), ...(n % 3 === 0 ? [[3, n / 3]] : [])]
    return same(x, S.reshape(x.value, shapes[s.gene.c % shapes.length]!))
  },
  broadcast: s => {
    const x = roomy(s.pick(0)), shape = shapeOf(x).slice(), at = s.gene.c % (shape.length + 1)
    shape.splice(at, 0, 2 + digit(s.gene.c, 1, 4) % 2)
    return same(x, broadcast(x.value, shape, range(shape.length).filter(d => d !== at)))
  },
  transpose: s => {
    const k = s.pick(0), x = shapeOf(k).length > 1 ? k : coerce(k, [2, 3])
    return same(x, S.transpose(x.value, somePermutation(shapeOf(x).length, s.gene.c)))
  },
  reverse: s => { const x = lined(s.pick(0)); return same(x, S.reverse(x.value, someAxes(shapeOf(x).length, s.gene.c))) },
  slice: s => {
    const x = lined(s.pick(0)), shape = shapeOf(x)
    const start = shape.map((n, i) => Math.min(n - 1, digit(s.gene.c, i, 3)))
    const limit = shape.map((n, i) => Math.max(start[i]! + 1, n - digit(s.gene.c, i + 1, 2)))
    return same(x, S.slice(x.value, start, limit, shape.map((_, i) => 1 + digit(s.gene.c, i + 2, 2))))
  },
  pad: s => {
    const x = lined(s.pick(0)), shape = shapeOf(x)
    const v = s.gene.c % 3 === 0 ? { value: affine(coerce(s.pick(1), []), 0, 0.5).value, lo: 0.5, hi: 0.5 } : coerce(s.pick(1), [])
    const config = shape.map((n, i) => {
      const choice = digit(s.gene.c, i, 5)
      return [[1, 0, 0], [-1, 2, 0], [0, 1, 1], [1, -1, 1], [0, 0, 0]][n > 1 ? choice : 0]!
    })
    return one(S.pad(x.value, v.value, config), ...join(x, v))
  },
  concatenate: s => {
    const [x, y] = both(s), k = lined(x), l = coerce(y, shapeOf(k))
    const axis = s.gene.c % shapeOf(k).length
    return one(S.concatenate(s.gene.c % 5 === 0 ? [k.value, l.value, k.value] : [l.value, k.value], axis), ...join(k, l))
  },
  windows: s => {
    const x = roomy(lined(s.pick(0))), shape = shapeOf(x), axis = s.gene.c % shape.length
    const size = Math.min(shape[axis]!, 1 + digit(s.gene.c, 1, 3)), stride = 1 + digit(s.gene.c, 2, 2)
    const dilation = 2 * size - 1 <= shape[axis]! && digit(s.gene.c, 3, 2) === 1 ? 2 : 1
    return same(x, windows(x.value, { axes: [axis], sizes: [size], strides: [stride], dilation: [dilation] }))
  },
}

// ---- folds -----------------------------------------------------------------------------------------------------------

const fold = (f: (x: Value, axes: readonly number[]) => Value): Step => s => {
  const x = lined(s.pick(0))
  return same(x, f(x.value, someAxes(shapeOf(x).length, s.gene.c)))
}
const cumulative = (f: (x: Value, p: C.CumulativeParams) => Value, fit: (k: Known) => Known, image: (k: Known, n: number) => readonly [number, number]): Step => s => {
  const x = fit(lined(s.pick(0))), axis = s.gene.c % shapeOf(x).length
  return one(f(x.value, { axis, reverse: digit(s.gene.c, 2, 4) % 2 === 1 }), ...image(x, shapeOf(x)[axis]!))
}
/** The place of an extremum, and whether all or any are positive, as factors. */
const factor = (s: Setting, f: (x: Value, axis: number) => Value): readonly Known[] => {
  const x = lined(s.pick(0)), shape = shapeOf(x), axis = s.gene.c % shape.length
  const places = convert(f(affine(x, 1, 0.0117).value, axis), 'f64')
  const spread = broadcast(places, shape, range(shape.length).filter(d => d !== axis))
  return within(mul(spread, x.value), bound(x) * shape[axis]!)
}

export const folds: Readonly<Record<string, Step>> = {
  sum: s => {
    const x = lined(s.pick(0)), axes = someAxes(shapeOf(x).length, s.gene.c), n = sizeOf(axes.map(a => shapeOf(x)[a]!))
    return one(sum(x.value, axes), n * x.lo, n * x.hi)
  },
  max: fold(R.reduceMax), min: fold(R.reduceMin), maxFirst: fold(R.reduceMaxFirst), minFirst: fold(R.reduceMinFirst),
  prod: s => {
    const x = into(lined(s.pick(0)), -1.2, 1.2), axes = someAxes(shapeOf(x).length, s.gene.c), n = sizeOf(axes.map(a => shapeOf(x)[a]!))
    return within(R.reduceProd(x.value, axes), 1.2 ** n)
  },
  cumsum: cumulative(C.cumsum, k => k, (k, n) => [Math.min(k.lo, n * k.lo), Math.max(k.hi, n * k.hi)]),
  cumprod: cumulative(C.cumprod, k => into(k, -1.2, 1.2), (_k, n) => [-(1.2 ** n), 1.2 ** n]),
  cummax: cumulative(C.cummax, k => k, k => [k.lo, k.hi]),
  cummin: cumulative(C.cummin, k => k, k => [k.lo, k.hi]),
  cumlogsumexp: cumulative(C.cumlogsumexp, k => into(k, -3, 3), (_k, n) => [-3, 3 + Math.log(n)]),
  linearRecurrence: s => {
    const [x, y] = both(s), a = into(lined(x), -0.9, 0.9), b = coerce(y, shapeOf(a)), axis = s.gene.c % shapeOf(a).length
    return within(linearRecurrence(a.value, b.value, axis, digit(s.gene.c, 2, 4) % 2 === 1), shapeOf(a)[axis]! * bound(b))
  },
  argmax: s => factor(s, R.argmax), argmin: s => factor(s, R.argmin),
  and: s => factor(s, (x, axis) => R.reduceAnd(gt(x, mul(x, x)), [axis])),
  or: s => factor(s, (x, axis) => R.reduceOr(gt(x, mul(x, x)), [axis])),
}

// ---- contractions ----------------------------------------------------------------------------------------------------

interface Contraction { readonly x: readonly number[]; readonly y: readonly number[]; readonly contract: [number[], number[]]; readonly batch: [number[], number[]]; readonly terms: number }
const contractions: readonly Contraction[] = [
  { x: [3], y: [3], contract: [[0], [0]], batch: [[], []], terms: 3 },
  { x: [2, 3], y: [3, 2], contract: [[1], [0]], batch: [[], []], terms: 3 },
  { x: [3, 2], y: [3], contract: [[0], [0]], batch: [[], []], terms: 3 },
  { x: [2, 3], y: [2, 3], contract: [[0, 1], [0, 1]], batch: [[], []], terms: 6 },
  { x: [2, 3], y: [3, 2], contract: [[0, 1], [1, 0]], batch: [[], []], terms: 6 },
  { x: [2, 2, 3], y: [2, 3], contract: [[2], [1]], batch: [[0], [0]], terms: 3 },
  { x: [2, 3, 2], y: [2, 2, 3], contract: [[1], [2]], batch: [[2, 0], [1, 0]], terms: 3 },
  { x: [2], y: [3], contract: [[], []], batch: [[], []], terms: 1 },
  { x: [3, 2], y: [3, 2], contract: [[], []], batch: [[0, 1], [0, 1]], terms: 1 },
]
/** Operand, kernel, and for each spatial axis the stride, the padding, and the dilations of operand and kernel; negative groups are of the batch. */
type Axis = readonly [stride: number, low: number, high: number, left: number, right: number]
const convolutions: readonly (readonly [x: readonly number[], w: readonly number[], axes: readonly Axis[], groups?: number])[] = [
  [[1, 1, 4], [1, 1, 2], [[1, 0, 0, 1, 1]]],
  [[2, 2, 3], [2, 2, 2], [[2, 1, 1, 1, 1]]],
  [[1, 2, 2, 3], [2, 2, 2, 2], [[1, 1, 0, 1, 1], [1, 0, 1, 1, 1]]],
  [[1, 4, 3], [2, 2, 2], [[1, 0, 1, 2, 1]], 2],
  [[2, 1, 4], [2, 1, 2], [[1, -1, 2, 1, 2]], -2],
  [[2, 3], [2, 3], []],
]
export const contraction: Readonly<Record<string, Step>> = {
  convolution: s => {
    const [x, w, axes, groups = 1] = convolutions[s.gene.c % convolutions.length]!
    const k = coerce(s.pick(0), x), l = coerce(s.pick(1), w)
    return within(convolution(k.value, l.value, {
      windowStrides: axes.map(a => a[0]), padding: axes.map(a => [a[1], a[2]]), lhsDilation: axes.map(a => a[3]), rhsDilation: axes.map(a => a[4]),
      featureGroupCount: Math.max(groups, 1), batchGroupCount: Math.max(-groups, 1),
    }), sizeOf(w.slice(1)) * bound(k) * bound(l))
  },
  dotGeneral: s => {
    const { x, y, contract, batch, terms } = contractions[s.gene.c % contractions.length]!
    const k = coerce(s.pick(0), x), l = coerce(s.pick(1), y)
    return [known(dotGeneral(k.value, l.value, { contract, batch }), -terms * bound(k) * bound(l), terms * bound(k) * bound(l))]
  },
}

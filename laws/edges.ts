/** Values and derivatives where smooth laws say nothing: ties, zeros, kinks, infinities, empty axes. The conventions are JAX's. */
import type { Value } from '../src/core/value.js'
import { abs, clamp, convert, div, integerPow, log, maximum, minimum, mul, pow, rem, select } from '../src/primitives/arithmetic.js'
import { full, sum } from '../src/primitives/base.js'
import { dotGeneral } from '../src/primitives/contract.js'
import { convolution } from '../src/primitives/convolve.js'
import { cumlogsumexp, cummax, cumprod, cumsum } from '../src/primitives/cumulative.js'
import { atan2, exp, sqrt } from '../src/primitives/elementary.js'
import { argmax, reduceMax, reduceMaxFirst, reduceMin, reduceMinFirst, reduceProd } from '../src/primitives/fold.js'
import { gather, scatter } from '../src/primitives/gather.js'
import { gt, shiftLeft, shiftRightArithmetic, shiftRightLogical, sign, stopGradientOf } from '../src/primitives/logic.js'
import { sort } from '../src/primitives/sort.js'
import { concatenate, pad, slice } from '../src/primitives/structural.js'
import { grad, jvp, vjp } from '../src/transforms/derivatives.js'
import { vmap } from '../src/transforms/vectorize.js'
import { claim, fact, type Law } from './law.js'
import { array, dataOf, f64, near, scalar64 } from './numbers.js'

/** What is computed, and what JAX gives. */
interface Row { readonly what: string; readonly got: () => readonly number[]; readonly want: readonly number[] }
const numbers = (x: Value): readonly number[] => Array.from(dataOf(x))
const v = (...xs: number[]): Value => f64([xs.length], xs)
const s = scalar64
const c = (x: number, like: Value): Value => full(x, like.aval)
const gradient = (f: (...xs: Value[]) => Value, ...at: Value[]): readonly number[] => {
  const out = vjp((...xs: Value[]) => f(...xs), ...at)
  return (out[1](full(1, (out[0] as Value).aval) as never) as readonly Value[]).flatMap(numbers)
}
const pushedBy = (f: (...xs: Value[]) => Value, at: readonly Value[], t: readonly Value[]): readonly number[] => numbers(jvp(f, at as Value[], t as Value[])[1] as Value)
const table = (name: string, statement: string, rows: readonly Row[]): Law => fact(name, statement, () => {
  const wrong = rows.flatMap(({ what, got, want }) => {
    const g = got()
    return g.length === want.length && g.every((x, i) => (Number.isNaN(want[i]!) ? Number.isNaN(x) : near(x, want[i]!, 1e-12))) ? [] : [`${what}: ${JSON.stringify(g.map(String))} against ${JSON.stringify(want.map(String))}`]
  })
  return claim(wrong.length === 0, wrong.join('\n'))
})
const relu = (x: Value): Value => maximum(x, c(0, x))
const rows1 = { offsetDims: [], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0] }
const at = (...ks: number[]): Value => array('i32', [ks.length, 1], ks)
const empty = f64([0], [])
const conv = (x: Value, w: Value): Value => convolution(x, w, { windowStrides: [1], padding: [[0, 0]], lhsDilation: [1], rhsDilation: [1], featureGroupCount: 1, batchGroupCount: 1 })

export const edges: readonly Law[] = [
  table('ties', 'a tie shares the derivative equally among those that tie', [
    { what: 'maximum(2, 2)', got: () => gradient(maximum, s(2), s(2)), want: [0.5, 0.5] },
    { what: 'minimum(2, 2)', got: () => gradient(minimum, s(2), s(2)), want: [0.5, 0.5] },
    { what: 'max of [1, 3, 3, 3]', got: () => gradient(x => reduceMax(x, [0]), v(1, 3, 3, 3)), want: [0, 1 / 3, 1 / 3, 1 / 3] },
    { what: 'min of [1, 1, 3]', got: () => gradient(x => reduceMin(x, [0]), v(1, 1, 3)), want: [0.5, 0.5, 0] },
    { what: 'extrema of windows go to the first instead', got: () => [...gradient(x => reduceMaxFirst(x, [0]), v(1, 3, 3, 3)), ...gradient(x => reduceMinFirst(x, [0]), v(2, 1, 1))], want: [0, 1, 0, 0, 0, 1, 0] },
    { what: 'the first in the order of the axes', got: () => gradient(x => reduceMaxFirst(x, [0, 1]), f64([2, 3], [1, 2, 5, 5, 2, 5])), want: [0, 0, 1, 0, 0, 0] },
    { what: 'relu at 0', got: () => gradient(relu, s(0)), want: [0.5] },
    { what: 'abs at 0 goes the way of positive numbers', got: () => gradient(abs, s(0)), want: [1] },
    { what: 'sign at 0', got: () => [...numbers(sign(s(0))), ...gradient(sign, s(0))], want: [0, 0] },
    { what: 'clamp at its bounds', got: () => [...gradient(x => clamp(s(-1), x, s(1)), s(-1)), ...gradient(x => clamp(s(-1), x, s(1)), s(1))], want: [0, 0] },
    { what: 'argmax takes the first', got: () => numbers(argmax(v(1, 3, 3), 0)), want: [1] },
    { what: 'cummax of [2, 2] splits the second place', got: () => pushedBy(x => cummax(x, { axis: 0, reverse: false }), [v(2, 2)], [v(1, 0)]), want: [1, 0.5] },
    { what: 'sort is stable: equal keys keep their payloads', got: () => numbers(sort([v(1, 0, 1, 0), v(1, 2, 3, 4)], { axis: 0 })[1]!), want: [2, 4, 1, 3] },
    { what: 'scatter max of equal values shares', got: () => gradient(x => sum(scatter(x, at(0), v(3), { ...rows1, mode: 'clip', kind: 'max', uniqueIndices: true }), [0]), v(3, 1)), want: [0.5, 1] },
  ]),
  table('powers', 'powers at zero and of negative bases', [
    { what: '0^0', got: () => numbers(pow(s(0), s(0))), want: [1] },
    { what: 'd 0^0', got: () => gradient(pow, s(0), s(0)), want: [0, 0] },
    { what: 'd 0^1', got: () => gradient(pow, s(0), s(1)), want: [1, 0] },
    { what: 'd 0^2', got: () => gradient(pow, s(0), s(2)), want: [0, 0] },
    { what: 'd 0^3 in its exponent', got: () => gradient(y => pow(s(0), y), s(3)), want: [0] },
    { what: '(-2)^3 in its base', got: () => gradient(x => pow(x, s(3)), s(-2)), want: [12] },
    { what: 'x^0 is constant, at 0 too', got: () => [...numbers(integerPow(s(0), 0)), ...gradient(x => integerPow(x, 0), s(0))], want: [1, 0] },
    { what: 'x² at 0, twice', got: () => [...gradient(x => integerPow(x, 2), s(0)), ...gradient(x => grad((y: Value) => integerPow(y, 2))(x) as Value, s(0))], want: [0, 2] },
    { what: 'x³ at 0, three times', got: () => gradient(x => grad((y: Value) => grad((z: Value) => integerPow(z, 3))(y) as Value)(x) as Value, s(0)), want: [6] },
    { what: 'x·x at 0', got: () => gradient(x => mul(x, x), s(0)), want: [0] },
    { what: 'sqrt at 0', got: () => gradient(sqrt, s(0)), want: [Infinity] },
    { what: 'rem(-5, 3) has the sign of the dividend', got: () => [...numbers(rem(s(-5), s(3))), ...gradient(rem, s(-5), s(3))], want: [-2, 1, 1] },
  ]),
  table('products', 'products with zeros, forwards and backwards, in every order', [
    { what: 'prod with one zero', got: () => gradient(x => reduceProd(x, [0]), v(2, 0, 3)), want: [0, 6, 0] },
    { what: 'prod with two zeros', got: () => gradient(x => reduceProd(x, [0]), v(2, 0, 0)), want: [0, 0, 0] },
    { what: 'prod twice', got: () => gradient(x => sum(grad((y: Value) => reduceProd(y, [0]))(x) as Value, [0]), v(0, 0, 3)), want: [3, 3, 0] },
    { what: 'cumprod with a zero', got: () => gradient(x => cumprod(x, { axis: 0, reverse: false }), v(2, 0, 3)), want: [1, 8, 0] },
    { what: 'cumprod of cumprod', got: () => pushedBy(x => cumprod(x, { axis: 0, reverse: true }), [v(0, 2)], [v(1, 1)]), want: [2, 1] },
  ]),
  table('branches', 'what is not taken leaves no trace, be it NaN', [
    { what: 'select with NaN in the untaken branch', got: () => gradient(x => select(gt(x, c(0, x)), x, c(NaN, x)), s(2)), want: [1] },
    { what: 'the where trick: log of a safe argument', got: () => gradient(x => { const ok = gt(x, c(0, x)); return select(ok, log(select(ok, x, c(1, x))), c(0, x)) }, s(-1)), want: [0] },
    { what: 'without it the untaken branch poisons, as in JAX', got: () => gradient(x => select(gt(x, c(0, x)), sqrt(x), c(0, x)), s(-1)), want: [NaN] },
    { what: 'stopGradient', got: () => gradient(x => mul(x, stopGradientOf(x)), s(3)), want: [3] },
  ]),
  table('empty', 'empty axes: units of folds, zeros of derivatives', [
    { what: 'sum of nothing', got: () => numbers(sum(empty, [0])), want: [0] },
    { what: 'prod of nothing', got: () => numbers(reduceProd(empty, [0])), want: [1] },
    { what: 'max of nothing', got: () => numbers(reduceMax(empty, [0])), want: [-Infinity] },
    { what: 'min of nothing', got: () => numbers(reduceMin(empty, [0])), want: [Infinity] },
    { what: 'gradients of those', got: () => [sum, reduceProd, reduceMax, reduceMaxFirst].flatMap(f => gradient(x => f(x, [0]), empty)), want: [] },
    { what: 'max over a full axis of an array with an empty one', got: () => numbers(reduceMax(f64([2, 0], []), [0])), want: [] },
    { what: 'cumsum of nothing', got: () => numbers(cumsum(empty, { axis: 0, reverse: true })), want: [] },
    { what: 'a contraction over nothing is zero', got: () => numbers(dotGeneral(f64([2, 0], []), f64([0, 3], []), { contract: [[1], [0]], batch: [[], []] })), want: [0, 0, 0, 0, 0, 0] },
    { what: 'a convolution over no place, and over no feature', got: () => [...numbers(conv(f64([1, 1, 0], []), f64([1, 1, 1], [3]))), ...numbers(conv(f64([1, 0, 2], []), f64([1, 0, 2], [])))], want: [0] },
    { what: 'its gradients', got: () => [...gradient(conv, f64([1, 1, 0], []), f64([1, 1, 1], [3])), ...gradient(conv, f64([1, 1, 2], [1, 2]), f64([1, 1, 3], [1, 2, 3]))], want: [0, 0, 0, 0, 0, 0] },
    { what: 'concatenate with nothing', got: () => gradient(x => concatenate([x, empty], 0), v(1, 2)), want: [1, 1] },
    { what: 'a slice of nothing', got: () => gradient(x => slice(x, [1], [1]), v(1, 2)), want: [0, 0] },
    { what: 'pad of nothing', got: () => numbers(pad(empty, s(7), [[1, 1, 3]])), want: [7, 7] },
    { what: 'sort of nothing', got: () => numbers(sort([empty], { axis: 0 })[0]!), want: [] },
    { what: 'a scatter of no updates', got: () => gradient(x => scatter(x, array('i32', [0, 1], []), empty, { ...rows1, mode: 'clip', kind: 'add', uniqueIndices: false }), v(1, 2)), want: [1, 1] },
    { what: 'vmap over nothing', got: () => numbers(vmap((x: Value) => mul(x, x))(empty)), want: [] },
  ]),
  table('infinities', 'infinities and NaN as IEEE 754 and JAX have them', [
    { what: 'max with NaN is NaN', got: () => [...numbers(maximum(s(NaN), s(1))), ...numbers(reduceMax(v(1, NaN), [0]))], want: [NaN, NaN] },
    { what: 'a NaN is the extremum of its window', got: () => [...numbers(reduceMaxFirst(v(1, NaN), [0])), ...gradient(x => reduceMinFirst(x, [0]), v(1, NaN, NaN))], want: [NaN, 0, 1, 0] },
    { what: '1/0 and 0/0', got: () => numbers(div(v(1, -1, 0), v(0, 0, 0))), want: [Infinity, -Infinity, NaN] },
    { what: 'log 0 and log -1', got: () => numbers(log(v(0, -1))), want: [-Infinity, NaN] },
    { what: 'exp of infinities', got: () => numbers(exp(v(Infinity, -Infinity))), want: [Infinity, 0] },
    { what: 'NaN sorts last', got: () => numbers(sort([v(NaN, 1, -Infinity, Infinity)], { axis: 0 })[0]!), want: [-Infinity, 1, Infinity, NaN] },
    { what: 'cumlogsumexp that starts at zero', got: () => numbers(cumlogsumexp(v(-Infinity, 0, 0), { axis: 0, reverse: false })), want: [-Infinity, 0, Math.LN2] },
    { what: 'its gradient', got: () => gradient(x => cumlogsumexp(x, { axis: 0, reverse: false }), v(-Infinity, 0)), want: [0, 1] },
    { what: 'atan2 on the axes', got: () => numbers(atan2(v(0, 1, 0, -1), v(1, 0, -1, 0))), want: [0, Math.PI / 2, Math.PI, -Math.PI / 2] },
  ]),
  table('outOfBounds', 'positions outside of an array: filled, dropped or moved inside, with the same said of derivatives', [
    { what: 'gather fills with NaN', got: () => numbers(gather(v(1, 2), at(0, 5), { ...rows1, sliceSizes: [1], mode: 'fill' })), want: [1, NaN] },
    { what: 'gather clips', got: () => numbers(gather(v(1, 2), at(-3, 5), { ...rows1, sliceSizes: [1], mode: 'clip' })), want: [1, 2] },
    { what: 'no gradient from outside', got: () => gradient(x => gather(x, at(0, 5), { ...rows1, sliceSizes: [1], mode: 'fill' }, s(0)), v(1, 2)), want: [1, 0] },
    { what: 'a dropped update', got: () => [...numbers(scatter(v(1, 2), at(5), v(9), { ...rows1, mode: 'fill', kind: 'set', uniqueIndices: true })), ...gradient(u => scatter(v(1, 2), at(5), u, { ...rows1, mode: 'fill', kind: 'set', uniqueIndices: true }), v(9))], want: [1, 2, 0] },
    { what: 'repeated updates add', got: () => numbers(scatter(v(1, 2), at(0, 0), v(3, 4), { ...rows1, mode: 'clip', kind: 'add', uniqueIndices: false })), want: [8, 2] },
    { what: 'the last of repeated replacements stays, and has the gradient', got: () => gradient(u => scatter(v(1, 2), at(0, 0), u, { ...rows1, mode: 'clip', kind: 'set', uniqueIndices: false }), v(3, 4)), want: [0, 1] },
  ]),
  table('integers', 'integers wrap and truncate', [
    { what: 'i32 overflow', got: () => numbers(mul(array('i32', [1], [65536]), array('i32', [1], [65537]))), want: [65536] },
    { what: 'i32 division truncates', got: () => numbers(div(array('i32', [2], [-7, 7]), array('i32', [2], [2, -2]))), want: [-3, -3] },
    { what: 'a division by zero is -1, and leaves what was divided', got: () => [div, rem].flatMap(f => numbers(f(array('i32', [2], [7, -7]), array('i32', [2], [0, 0])))), want: [-1, -1, 7, -7] },
    { what: 'the least i32 by -1 is itself', got: () => [div, rem].flatMap(f => numbers(f(array('i32', [1], [-2147483648]), array('i32', [1], [-1])))), want: [-2147483648, 0] },
    { what: 'u32 by zero', got: () => [div, rem].flatMap(f => numbers(f(array('u32', [1], [7]), array('u32', [1], [0])))), want: [4294967295, 7] },
    { what: 'shifts beyond 31 leave nothing, or the sign', got: () => [shiftLeft, shiftRightLogical, shiftRightArithmetic].flatMap(f => numbers(f(array('i32', [3], [-7, 7, -7]), array('i32', [3], [32, 33, 31])))), want: [0, 0, -2147483648, 0, 0, 1, -1, 0, -1] },
    { what: 'conversions to whole numbers saturate, and NaN is 0', got: () => [...numbers(convert(v(3e9, -3e9, NaN, 2.9, -2.9), 'i32')), ...numbers(convert(v(5e9, -1, NaN, 2.9), 'u32'))], want: [2147483647, -2147483648, 0, 2, -2, 4294967295, 0, 0, 2] },
    { what: 'bool max is or', got: () => numbers(reduceMax(array('bool', [2], [0, 1]), [0])), want: [1] },
    { what: 'u32 sum wraps', got: () => numbers(sum(array('u32', [2], [4294967295, 2]), [0])), want: [1] },
    { what: 'max of no i32', got: () => numbers(reduceMax(array('i32', [0], []), [0])), want: [-2147483648] },
  ]),
]

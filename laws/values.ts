/** What rows compute, said once more in plain JavaScript: derivatives and programs may agree with each other about a wrong value. */
import { aval, range, type Shape } from '../src/core/aval.js'
import type { DType } from '../src/core/dtype.js'
import { NDArray, type Value } from '../src/core/value.js'
import * as A from '../src/primitives/arithmetic.js'
import * as B from '../src/primitives/base.js'
import * as C from '../src/primitives/cumulative.js'
import { dotGeneral } from '../src/primitives/contract.js'
import { convolution } from '../src/primitives/convolve.js'
import * as F from '../src/primitives/elementary.js'
import * as R from '../src/primitives/fold.js'
import { gather, scatter, type ScatterKind, takeAlongAxis } from '../src/primitives/gather.js'
import { dynamicSlice, dynamicUpdateSlice } from '../src/primitives/indexing.js'
import * as L from '../src/primitives/logic.js'
import { windows } from '../src/primitives/pooling.js'
import { linearRecurrence } from '../src/primitives/recurrence.js'
import { argsort, sort } from '../src/primitives/sort.js'
import * as S from '../src/primitives/structural.js'
import { vector } from './genome.js'
import { claim, fact, type Law, type Verdict } from './law.js'
import { array, dataOf, f64 } from './numbers.js'

/** Equal shapes and numbers; NaN is NaN, 0 is -0 unless `signs`. */
const same = (got: Value, shape: Shape, want: ArrayLike<number>, tolerance = 1e-12, signs = false): Verdict => {
  if (got.shape.join() !== shape.join()) return `shape [${got.shape.join()}] instead of [${shape.join()}]`
  const xs = dataOf(got)
  for (let i = 0; i < want.length; i++) {
    const x = xs[i]!, y = want[i]!
    const near = Object.is(x, y) || (x === y && !signs) || Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y))
    if (!near) return `element ${i} is ${x} instead of ${y}`
  }
  return true
}
const value = (name: string, statement: string, holds: () => Verdict): Law => fact(`value_${name}`, statement, holds)
const every = (checks: readonly (() => Verdict)[]): Verdict => checks.reduce<Verdict>((v, check) => (v === true ? check() : v), true)

// ---- elements --------------------------------------------------------------------------------------------------------

const mid = [-2.5, -1.5, -1, -0.5, -0.25, 0, 0.125, 0.5, 0.75, 1, 1.5, 2.5]
const inside = [-0.9, -0.5, -0.25, 0, 0.125, 0.5, 0.875]
const above = [0.125, 0.5, 1, 1.25, 2, 7.5]
const one = (name: string, f: (x: Value) => Value, g: (x: number) => number, xs: readonly number[] = mid, tolerance = 1e-12): Law =>
  value(name, `${name}, element by element`, () => same(f(f64([xs.length], xs)), [xs.length], xs.map(g), tolerance))

/** Σ (-1)^n x^(2n+1) / (n!(2n+1)) · 2/√π */
const erfSeries = (x: number): number => {
  let term = x, sum = x
  for (let n = 1; n < 80; n++) { term *= -x * x / n; sum += term / (2 * n + 1) }
  return 2 / Math.sqrt(Math.PI) * sum
}
const euler = 0.5772156649015329
const harmonic = (n: number, power = 1): number => range(n).reduce((s, k) => s + (k + 1) ** -power, 0)
const whole = [1, 2, 3, 5, 8]
const functions: readonly Law[] = [
  one('exp', F.exp, Math.exp), one('expm1', F.expm1, Math.expm1), one('log', A.log, Math.log, above), one('log1p', F.log1p, Math.log1p, inside),
  one('sqrt', F.sqrt, Math.sqrt, above), one('rsqrt', F.rsqrt, x => 1 / Math.sqrt(x), above), one('cbrt', F.cbrt, Math.cbrt), one('logistic', F.logistic, x => 1 / (1 + Math.exp(-x))),
  one('sin', F.sin, Math.sin), one('cos', F.cos, Math.cos), one('tan', F.tan, Math.tan), one('asin', F.asin, Math.asin, inside), one('acos', F.acos, Math.acos, inside), one('atan', F.atan, Math.atan),
  one('sinh', F.sinh, Math.sinh), one('cosh', F.cosh, Math.cosh), one('tanh', F.tanh, Math.tanh), one('asinh', F.asinh, Math.asinh), one('acosh', F.acosh, Math.acosh, [1, 1.25, 2, 7.5]), one('atanh', F.atanh, Math.atanh, inside),
  one('erf', F.erf, erfSeries), one('erfc', F.erfc, x => 1 - erfSeries(x)), one('erfInv', x => F.erf(F.erfInv(x)), x => x, inside),
  one('lgamma', F.lgamma, n => Math.log(range(n - 1).reduce((p, k) => p * (k + 1), 1)), whole), one('digamma', F.digamma, n => harmonic(n - 1) - euler, whole),
  one('polygamma', x => F.polygamma(1, x), n => Math.PI ** 2 / 6 - harmonic(n - 1, 2), whole), one('polygamma2', x => F.polygamma(2, x), n => -2 * (1.2020569031595942 - harmonic(n - 1, 3)), whole),
  one('neg', A.neg, x => -x), one('abs', A.abs, Math.abs), one('sign', L.sign, Math.sign), one('floor', L.floor, Math.floor), one('ceil', L.ceil, Math.ceil), one('trunc', L.trunc, Math.trunc),
  one('round', L.round, x => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))),
  one('stopGradient', L.stopGradientOf, x => x), one('scale', x => A.scale(-1, x), x => -x),
  ...[-2, -1, 0, 1, 2, 3].map(n => one(`integerPow${n}`, x => A.integerPow(x, n), x => x ** n, [-2, -1.5, 0.5, 3])),
  one('isFinite', L.isFinite, x => (Number.isFinite(x) ? 1 : 0), [0, 1, -Infinity, Infinity, NaN]),
]

const pairs: readonly (readonly [number, number])[] = [[1.5, 2.5], [2.5, 1.5], [2, 2], [-1.5, 0.75], [0.75, -1.5], [-3.25, -0.5], [7.75, 2], [0.5, 3]]
const special: readonly (readonly [number, number])[] = [...pairs, [NaN, 1], [1, NaN], [NaN, NaN], [Infinity, 1], [0, -0]]
const two = (name: string, f: (x: Value, y: Value) => Value, g: (x: number, y: number) => number, cases = pairs): Law =>
  value(name, `${name}, element by element`, () => same(f(f64([cases.length], cases.map(p => p[0])), f64([cases.length], cases.map(p => p[1]))), [cases.length], cases.map(([x, y]) => g(x, y))))
const bit = (p: boolean): number => (p ? 1 : 0)
const binary: readonly Law[] = [
  two('add', A.add, (x, y) => x + y), two('sub', A.sub, (x, y) => x - y), two('mul', A.mul, (x, y) => x * y), two('div', A.div, (x, y) => x / y), two('rem', A.rem, (x, y) => x % y),
  two('pow', A.pow, (x, y) => x ** y, [[1.5, 2.5], [2.5, 1.5], [0.75, -1.5], [2, 0], [0, 2], [0, 0], [7.75, 2]]), two('atan2', F.atan2, Math.atan2),
  two('maximum', A.maximum, Math.max, special), two('minimum', A.minimum, Math.min, special),
  two('eq', L.eq, (x, y) => bit(x === y), special), two('ne', L.ne, (x, y) => bit(x !== y), special), two('lt', L.lt, (x, y) => bit(x < y), special),
  two('le', L.le, (x, y) => bit(x <= y), special), two('gt', L.gt, (x, y) => bit(x > y), special), two('ge', L.ge, (x, y) => bit(x >= y), special),
  two('select', (x, y) => A.select(L.lt(x, y), x, y), (x, y) => (x < y ? x : y)),
  two('clamp', (x, y) => A.clamp(A.constantLike(x, -1), A.add(x, y), A.constantLike(x, 2)), (x, y) => Math.min(Math.max(x + y, -1), 2)),
]

const words = [0, 1, 2, 5, 255, 256, 65535, 0x7fffffff, 0x80000000, 0xdeadbeef, 0xffffffff]
const ints = (dtype: DType, xs: readonly number[]): Value => array(dtype, [xs.length], xs)
const bits = (name: string, f: (x: Value, y: Value) => Value, g: (x: number, y: number) => number, ys: readonly number[]): Law =>
  value(name, `${name} on words, signed and not`, () => every(ys.flatMap(y => (['u32', 'i32'] as const).map(d => () => {
    const xs = words.map(w => (d === 'i32' ? w | 0 : w))
    const got = f(ints(d, xs), ints(d, xs.map(() => (d === 'i32' ? y | 0 : y))))
    return same(got, [words.length], xs.map(x => { const r = g(x, y); return d === 'i32' ? r | 0 : r >>> 0 }))
  }))))
const ones = (x: number): number => { let n = 0; for (let w = x >>> 0; w > 0; w = Math.floor(w / 2)) n += w % 2; return n }
const integers: readonly Law[] = [
  bits('bitAnd', L.bitAnd, (x, y) => x & y, [0x0f0f1234, 0xffffffff]), bits('bitOr', L.bitOr, (x, y) => x | y, [0x0f0f1234, 0]), bits('bitXor', L.bitXor, (x, y) => x ^ y, [0x0f0f1234, 0xffffffff]),
  bits('bitNot', x => L.bitNot(x), x => ~x, [0]), bits('shiftLeft', L.shiftLeft, (x, y) => x << y, [0, 1, 7, 31]), bits('shiftRightLogical', L.shiftRightLogical, (x, y) => x >>> y, [0, 1, 7, 31]),
  ...([['add', A.add, (x, y) => x + y], ['sub', A.sub, (x, y) => x - y], ['mul', A.mul, Math.imul], ['rem', A.rem, (x, y) => x % y], ['maximum', A.maximum, Math.max], ['minimum', A.minimum, Math.min],
    ['div', A.div, (x, y) => Math.trunc(x / y)]] as readonly (readonly [string, (x: Value, y: Value) => Value, (x: number, y: number) => number])[]).map(([name, f, g]) =>
    value(`${name}OfIntegers`, `${name} on whole numbers`, () => every([[17, 5], [-17, 5], [0, -3], [123456, 7]].map(([x, y]) => () => same(f(ints('i32', [x!]), ints('i32', [y!])), [1], [g(x!, y!)]))))),
  value('negOfIntegers', 'neg on whole numbers', () => same(A.neg(ints('i32', [3, -4])), [2], [-3, 4])),
  value('shiftRightArithmetic', 'an arithmetic shift repeats the sign', () => same(L.shiftRightArithmetic(ints('i32', [-8, -1, 8, 7]), ints('i32', [1, 5, 2, 1])), [4], [-4, -1, 2, 3])),
  bits('populationCount', x => L.populationCount(x), ones, [0]), bits('clz', x => L.clz(x), x => Math.clz32(x), [0]),
  value('bitcast', 'bits read as another dtype are the same bits', () => every([
    () => same(L.bitcast(array('f32', [3], [1, -2, 0.5]), 'u32'), [3], [0x3f800000, 0xc0000000, 0x3f000000]),
    () => same(L.bitcast(array('u32', [2], [0x3f800000, 0xc0000000]), 'f32'), [2], [1, -2]),
    () => same(L.bitcast(array('u32', [1], [0xffffffff]), 'i32'), [1], [-1])])),
  value('convert', 'conversion to integers truncates, to bool asks for 0', () => every([
    () => same(A.convert(f64([4], [1.75, -1.75, 0, 3]), 'i32'), [4], [1, -1, 0, 3]),
    () => same(A.convert(f64([3], [0.5, 0, -2]), 'bool'), [3], [1, 0, 1]),
    () => same(A.convert(f64([1], [0.1]), 'f32'), [1], [Math.fround(0.1)], 0)])),
  value('nextAfter', 'the neighbour of x towards y', () => same(L.nextAfter(f64([3], [1, 1, 0]), f64([3], [2, 0, 1])), [3], [1 + 2 ** -52, 1 - 2 ** -53, 5e-324], 0)),
  value('negativeZero', 'a scalar -0 is -0, and 0 is 0', () => every([-0, 0, -0].map(z => () => same(B.scalar(z, 'f64'), [], [z], 0, true)))),
  /** Known answers of the authors of Random123. */
  value('threefry', 'Threefry-2x32 gives the known answers', () => every(([
    [[0, 0], [0, 0], [0x6b200159, 0x99ba4efe]], [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
    [[0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], [0xc4923a9c, 0x483df7a0]],
  ] as const).flatMap(([k, c, want]) => {
    const u = (x: number): Value => array('u32', [], [x])
    const out = L.threefry2x32(u(k[0]), u(k[1]), u(c[0]), u(c[1]))
    return [0, 1].map(i => () => same(out[i]!, [], [want[i]!]))
  }))),
]

// ---- moving elements -------------------------------------------------------------------------------------------------

const places = (shape: Shape): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>((all, n) => all.flatMap(at => range(n).map(i => [...at, i])), [[]])
const at = (x: Value, place: readonly number[]): number => dataOf(x)[place.reduce((n, i, d) => n * x.shape[d]! + i, 0)]!
const x234 = vector([2, 3, 4], 5), x33 = vector([3, 3], 9)
/** Each element of the result is said to be some element, or a number. */
const moved = (name: string, f: () => Value, shape: Shape, from: (place: readonly number[]) => number): Law =>
  value(name, `${name}, place by place`, () => same(f(), shape, places(shape).map(from)))
const between = (k: number, step: number, n: number): boolean => k >= 0 && k % step === 0 && k / step < n
const moves: readonly Law[] = [
  moved('reshape', () => S.reshape(x234, [4, 6]), [4, 6], ([i, j]) => dataOf(x234)[6 * i! + j!]!),
  moved('transpose', () => S.transpose(x234, [2, 0, 1]), [4, 2, 3], ([i, j, k]) => at(x234, [j!, k!, i!])),
  moved('reverse', () => S.reverse(x234, [0, 2]), [2, 3, 4], ([i, j, k]) => at(x234, [1 - i!, j!, 3 - k!])),
  moved('broadcast', () => B.broadcast(x33, [3, 2, 3], [0, 2]), [3, 2, 3], ([i, , k]) => at(x33, [i!, k!])),
  moved('slice', () => S.slice(x234, [0, 1, 0], [2, 3, 4], [1, 1, 3]), [2, 2, 2], ([i, j, k]) => at(x234, [i!, j! + 1, 3 * k!])),
  moved('pad', () => S.pad(x33, B.scalar(9, 'f64'), [[1, 0, 1], [-1, 2, 0]]), [6, 4], ([i, j]) => (between(i! - 1, 2, 3) && j! + 1 < 3 ? at(x33, [(i! - 1) / 2, j! + 1]) : 9)),
  moved('concatenate', () => S.concatenate([x33, S.reverse(x33, [0])], 1), [3, 6], ([i, j]) => (j! < 3 ? at(x33, [i!, j!]) : at(x33, [2 - i!, j! - 3]))),
  moved('iota', () => S.iota('f64', [3, 4], 1), [3, 4], ([, j]) => j!),
  moved('iotaFirst', () => S.iota('i32', [3, 4], 0), [3, 4], ([i]) => i!),
  moved('windows', () => windows(x234, { axes: [0, 2], sizes: [1, 2], strides: [1, 1], dilation: [1, 2] }), [2, 3, 2, 1, 2], ([i, j, k, , n]) => at(x234, [i!, j!, k! + 2 * n!])),
  moved('windowsApart', () => windows(x234, { axes: [1], sizes: [2], strides: [1], dilation: [1] }), [2, 2, 4, 2], ([i, j, k, n]) => at(x234, [i!, j! + n!, k!])),
  moved('dynamicSlice', () => dynamicSlice(x234, [1, 2, -1].map(n => B.scalar(n, 'i32')), [1, 2, 2]), [1, 2, 2], ([, j, k]) => at(x234, [1, j! + 1, k!])),
  moved('dynamicUpdateSlice', () => dynamicUpdateSlice(x33, f64([2, 1], [7, 8]), [2, 1].map(n => B.scalar(n, 'i32'))), [3, 3], ([i, j]) => (j === 1 && i! > 0 ? 6 + i! : at(x33, [i!, j!]))),
  moved('takeAlongAxis', () => takeAlongAxis(x234, array('i32', [2, 3, 2], [3, 0, 1, 1, 2, 0, 0, 3, 2, 2, 1, 0]), 2), [2, 3, 2],
    ([i, j, k]) => at(x234, [i!, j!, [3, 0, 1, 1, 2, 0, 0, 3, 2, 2, 1, 0][6 * i! + 2 * j! + k!]!])),
]

const rows = (mode: 'fill' | 'clip') => ({ offsetDims: [1], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], mode })
const indices = [2, 0, 2, 5], column = (): Value => array('i32', [4, 1], indices)
const updates = vector([4, 3], 77)
const combined: Record<ScatterKind, (old: number, u: number) => number> = { set: (_x, u) => u, add: (x, u) => x + u, mul: (x, u) => x * u, min: Math.min, max: Math.max }
const positions: readonly Law[] = [
  ...(['fill', 'clip'] as const).map(mode => moved(`gather_${mode}`, () => gather(x33, column(), { ...rows(mode), sliceSizes: [1, 3] }, B.scalar(4, 'f64')), [4, 3],
    ([i, j]) => (indices[i!]! < 3 ? at(x33, [indices[i!]!, j!]) : mode === 'fill' ? 4 : at(x33, [2, j!])))),
  ...(Object.keys(combined) as ScatterKind[]).map(kind => moved(`scatter_${kind}`, () => scatter(x33, column(), updates, { ...rows('fill'), kind, uniqueIndices: false }), [3, 3],
    ([i, j]) => indices.reduce((old, target, k) => (target === i ? combined[kind](old, at(updates, [k, j!])) : old), at(x33, [i!, j!])))),
]

// ---- folds -----------------------------------------------------------------------------------------------------------

const line = (x: Value, axis: number, place: readonly number[]): readonly number[] => range(x.shape[axis]!).map(k => at(x, [...place.slice(0, axis), k, ...place.slice(axis)]))
const fold = (name: string, f: (x: Value, axes: readonly number[]) => Value, g: (xs: readonly number[]) => number): Law =>
  value(name, `${name} over one axis, over two that are apart, over all`, () => every([
    () => same(f(x234, [1]), [2, 4], places([2, 4]).map(p => g(line(x234, 1, p)))),
    () => same(f(x234, [0, 2]), [3], range(3).map(j => g(places([2, 4]).map(([i, k]) => at(x234, [i!, j, k!]))))),
    () => same(f(x234, [0, 1, 2]), [], [g(Array.from(dataOf(x234)))])]))
const running = (name: string, f: (x: Value, p: C.CumulativeParams) => Value, g: (xs: readonly number[]) => number): Law =>
  value(name, `${name} from either end`, () => every([false, true].map(reverse => () =>
    same(f(x234, { axis: 1, reverse }), [2, 3, 4], places([2, 3, 4]).map(([i, j, k]) => { const xs = line(x234, 1, [i!, k!]); return g(reverse ? xs.slice(j!) : xs.slice(0, j! + 1)) })))))
const total = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)
const product = (xs: readonly number[]): number => xs.reduce((a, b) => a * b, 1)
const signs = (x: Value): Value => L.gt(x, B.full(-1, x.aval))
const firstAt = (best: (...xs: number[]) => number) => (xs: readonly number[]): number => xs.indexOf(best(...xs))
const ties = f64([2, 4], [1, 3, 3, 2, 0, -1, 5, -1])
const folds: readonly Law[] = [
  fold('sum', B.sum, total), fold('prod', R.reduceProd, product), fold('max', R.reduceMax, xs => Math.max(...xs)), fold('min', R.reduceMin, xs => Math.min(...xs)),
  fold('maxFirst', R.reduceMaxFirst, xs => Math.max(...xs)), fold('minFirst', R.reduceMinFirst, xs => Math.min(...xs)),
  fold('and', (x, axes) => R.reduceAnd(signs(x), axes), xs => bit(xs.every(x => x > -1))), fold('or', (x, axes) => R.reduceOr(signs(A.neg(x)), axes), xs => bit(xs.some(x => -x > -1))),
  value('argmax', 'the first of the greatest', () => every([() => same(R.argmax(ties, 1), [2], [1, 2]), () => same(R.argmax(x234, 1), [2, 4], places([2, 4]).map(p => firstAt(Math.max)(line(x234, 1, p))))])),
  value('argmin', 'the first of the least', () => every([() => same(R.argmin(ties, 1), [2], [0, 1]), () => same(R.argmin(x234, 1), [2, 4], places([2, 4]).map(p => firstAt(Math.min)(line(x234, 1, p))))])),
  running('cumsum', C.cumsum, total), running('cumprod', C.cumprod, product), running('cummax', C.cummax, xs => Math.max(...xs)), running('cummin', C.cummin, xs => Math.min(...xs)),
  running('cumlogsumexp', C.cumlogsumexp, xs => Math.log(total(xs.map(Math.exp)))),
  value('linearRecurrence', 'h_j = a_j·h_(j-1) + b_j from either end, the first factor not read', () => {
    const a = [NaN, 2, -1, 0.5], b = [1, 3, 4, -2], back = [2, -1, 0.5, NaN]
    const h = b.reduce<number[]>((hs, t, j) => [...hs, j === 0 ? t : a[j]! * hs[j - 1]! + t], [])
    const r = b.reduceRight<number[]>((hs, t, j) => [j === 3 ? t : back[j]! * hs[0]! + t, ...hs], [])
    return every([() => same(linearRecurrence(f64([4], a), f64([4], b), 0), [4], h), () => same(linearRecurrence(f64([4], back), f64([4], b), 0, true), [4], r)])
  }),
  value('dotGeneral', 'sums of products over paired axes, batch axes first', () => {
    const x = vector([2, 3, 4], 3), y = vector([4, 2, 5], 4)
    return same(dotGeneral(x, y, { contract: [[2], [0]], batch: [[0], [1]] }), [2, 3, 5], places([2, 3, 5]).map(([b, i, j]) => total(range(4).map(k => at(x, [b!, i!, k]) * at(y, [k, b!, j!])))))
  }),
  value('convolution', 'sums of products where windows meet elements, in groups of features or of batches', () => {
    const x = vector([4, 2, 5], 3), w = vector([6, 2, 3], 4), grouped = vector([6, 1, 3], 4)
    const p = { windowStrides: [2], padding: [[1, 2]], lhsDilation: [3], rhsDilation: [2], featureGroupCount: 1, batchGroupCount: 1 }
    // element i stands at 3i + 1, window p begins at 2p, its place k is 2k further
    const element = (b: number, c: number, at0: number): number => (between(at0 - 1, 3, 5) ? at(x, [b, c, (at0 - 1) / 3]) : 0)
    const sum = (kernel: Value, b: number, o: number, q: number, c0: number): number =>
      total(places(kernel.shape.slice(1)).map(([c, k]) => element(b, c0 + c!, 2 * q + 2 * k!) * at(kernel, [o, c!, k!])))
    return every([
      () => same(convolution(x, w, p), [4, 6, 6], places([4, 6, 6]).map(([b, o, q]) => sum(w, b!, o!, q!, 0))),
      () => same(convolution(x, grouped, { ...p, featureGroupCount: 2 }), [4, 6, 6], places([4, 6, 6]).map(([b, o, q]) => sum(grouped, b!, o!, q!, o! < 3 ? 0 : 1))),
      () => same(convolution(x, w, { ...p, batchGroupCount: 2 }), [2, 6, 6], places([2, 6, 6]).map(([b, o, q]) => sum(w, o! < 3 ? b! : 2 + b!, o!, q!, 0)))])
  }),
]

const keys = [2, 1, 2, 0, 1], load = [10, 11, 12, 13, 14]
const by = (sign: number): readonly number[] => range(5).slice().sort((i, j) => sign * (keys[i]! - keys[j]!))
const sorting: readonly Law[] = [false, true].map(descending => value(`sort${descending ? 'Descending' : ''}`, 'rows in the order of their keys, equal keys in the order of arrival', () => {
  const order = by(descending ? -1 : 1), xs = f64([5], keys), ys = f64([5], load)
  const [k, v] = sort([xs, ys], { axis: 0, descending })
  const deep = sort([S.transpose(B.broadcast(xs, [2, 5], [1]), [1, 0])], { axis: 0, descending })[0]!
  return every([
    () => same(k!, [5], order.map(i => keys[i]!)), () => same(v!, [5], order.map(i => load[i]!)), () => same(argsort(xs, 0, descending), [5], order),
    () => same(deep, [5, 2], order.flatMap(i => [keys[i]!, keys[i]!])),
    () => same(argsort(f64([2, 3], [3, 1, 2, 1, 2, 3]), 1, descending), [2, 3], descending ? [0, 2, 1, 2, 1, 0] : [1, 2, 0, 0, 1, 2])])
}))

const empty: Law = value('empty', 'a fold over nothing is its unit', () => {
  const none = new NDArray(aval('f64', [0, 2]), new Float64Array(0))
  return every([() => same(B.sum(none, [0]), [2], [0, 0]), () => same(R.reduceProd(none, [0]), [2], [1, 1]), () => claim(dataOf(R.reduceMax(none, [0]))[0]! === -Infinity, 'max of nothing is not the lowest value')])
})

export const values: readonly Law[] = [...functions, ...binary, ...integers, ...moves, ...positions, ...folds, ...sorting, empty]

/** Every row alone, at fixed inputs, keeps the laws that generated programs keep: a wrong rule is found by the one law that names its row. */
import { range } from '../src/core/aval.js'
import type { Value } from '../src/core/value.js'
import * as A from '../src/primitives/arithmetic.js'
import { broadcast, full, scalar, sum } from '../src/primitives/base.js'
import * as N from '../src/primitives/collective.js'
import * as C from '../src/primitives/cumulative.js'
import { dotGeneral } from '../src/primitives/contract.js'
import { convolution, type ConvolutionParams } from '../src/primitives/convolve.js'
import * as F from '../src/primitives/elementary.js'
import * as R from '../src/primitives/fold.js'
import { gather, scatter, type ScatterKind, takeAlongAxis } from '../src/primitives/gather.js'
import { dynamicSlice, dynamicUpdateSlice } from '../src/primitives/indexing.js'
import * as L from '../src/primitives/logic.js'
import { windows } from '../src/primitives/pooling.js'
import { linearRecurrence } from '../src/primitives/recurrence.js'
import { sort } from '../src/primitives/sort.js'
import * as S from '../src/primitives/structural.js'
import { jet } from '../src/transforms/taylor.js'
import { vmap } from '../src/transforms/vectorize.js'
import { pulling, pushed, pushing, vjpOf } from './cases.js'
import { type Flat, vector } from './genome.js'
import { and, fact, type Law, type Verdict } from './law.js'
import { agree, array, combine, element, f64, inner, near, stackAll } from './numbers.js'

interface Sample { readonly name: string; readonly f: Flat; readonly xs: readonly Value[] }
const at = (xs: readonly Value[], seed: number): readonly Value[] => xs.map((x, i) => vector(x.shape, seed + 7 * i, 0.4))
type Listed = (...xs: Value[]) => Value[]

/** The slope along v of f at x by differences of two widths, without their common error (Richardson). */
const slope = (f: Flat, xs: readonly Value[], v: readonly Value[]): readonly Value[] => {
  const quotient = (h: number): readonly Value[] => combine(1 / (2 * h), f(...combine(1, xs, h, v)), -1 / (2 * h), f(...combine(1, xs, -h, v)))
  return combine(4 / 3, quotient(5e-4), -1 / 3, quotient(1e-3))
}
const subsets = (n: number): readonly (readonly boolean[])[] => range(2 ** n - 1).map(k => range(n).map(i => Math.floor((k + 1) / 2 ** i) % 2 === 1))
/** vmap over some operands is the stack of single applications, wherever the mapped axis stands. */
const mapped = (f: Flat, xs: readonly Value[]): Verdict => and(...subsets(xs.length).flatMap(marks => [0, -1].map(axis => (): Verdict => {
  const others = at(xs, 991), moved = combine(1, xs, 0.05, others)
  const both = stackAll([xs, moved])
  const lead = (x: Value): Value => (axis === 0 ? x : S.transpose(x, [...range(x.ndim).slice(1), 0]))
  const got = vmap(f as Listed, { inAxes: marks.map(m => (m ? axis : null)) })(...xs.map((x, i) => (marks[i] ? lead(both[i]!) : x)))
  const want = stackAll([0, 1].map(k => f(...xs.map((x, i) => (marks[i] ? element(both[i]!, k) : x)))))
  const told = agree(got, want, 1e-9)
  return told === true ? true : `mapped over ${marks.map(Number).join('')} from axis ${axis}: ${told}`
})))
const named = (what: string, v: Verdict): Verdict => (v === true ? true : `${what}: ${v}`)

const holds = ({ f, xs }: Sample): Verdict => {
  const n = xs.length, v = at(xs, 11), ys = f(...xs), w = at(ys, 57), bend = at(xs, 23)
  const alongEach = (g: Flat, ws: readonly Value[]): Verdict => and(...[v, ...xs.map((_, i) => v.map((t, j) => (i === j ? t : full(0, t.aval))))].map(t => () => agree(pushed(g, ws, t), slope(g, ws, t), 1e-6)))
  const back = (...a: Value[]): readonly Value[] => vjpOf(f, a)[1](w)
  return and(
    () => named('derivative', alongEach(f, xs)),
    () => named('transpose', near(inner(pushed(f, xs, v), w), inner(v, back(...xs)), 1e-10) || 'it is not adjoint'),
    () => named('gradient', and(...xs.map((_, i) => () => {
      const t = v.map((u, j) => (i === j ? u : full(0, u.aval)))
      return near(inner(slope(f, xs, t), w), inner(t, back(...xs)), 1e-6) || `operand ${i}`
    }))),
    () => named('second derivative', alongEach(back, xs)),
    () => named('batching', mapped(f, xs)),
    () => named('batching of the derivative', mapped(pushing(f, n), [...xs, ...v])),
    () => named('batching of the gradient', mapped(pulling(f, n), [...xs, ...w])),
    () => named('series', agree(jet(f as Listed, xs as Value[], v.map((t, i) => [t, bend[i]!]))[1][1]!, combine(1, slope((...a) => pushed(f, a, v), xs, v), 1, pushed(f, xs, bend)), 1e-5)))
}

const sample = (name: string, f: (...xs: Value[]) => Value | readonly Value[], ...xs: readonly Value[]): Sample =>
  ({ name, f: (...a) => { const y = f(...a); return Array.isArray(y) ? y as readonly Value[] : [y as Value] }, xs })
const low = f64([4], [-0.8, -0.31, 0.23, 0.7]), high = f64([4], [0.37, 0.81, 1.43, 2.9]), large = f64([4], [1.2, 1.7, 2.6, 5.3]), wide = f64([4], [-2.3, -0.6, 0.4, 1.7])
const x234 = f64([2, 3, 2], [0.31, -0.72, 0.93, 1.14, -0.25, 0.56, 0.87, -0.48, 0.19, 1.41, -1.02, 0.63]), x33 = vector([3, 3], 9)
const i32 = (...xs: number[]): readonly Value[] => xs.map(x => scalar(x, 'i32'))
const rows = (mode: 'fill' | 'clip') => ({ offsetDims: [1], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], mode })
const column = array('i32', [4, 1], [2, 0, 2, 5]), once = array('i32', [2, 1], [2, 0])
/** Along one axis after another: stride, padding, dilations of operand and kernel. */
const conv = (axes: readonly (readonly [stride: number, low: number, high: number, left: number, right: number])[], groups: Partial<ConvolutionParams> = {}): ConvolutionParams => ({
  windowStrides: axes.map(a => a[0]), padding: axes.map(a => [a[1], a[2]]), lhsDilation: axes.map(a => a[3]), rhsDilation: axes.map(a => a[4]), featureGroupCount: 1, batchGroupCount: 1, ...groups,
})
const convolutions: Readonly<Record<string, readonly [x: readonly number[], w: readonly number[], p: ConvolutionParams]>> = {
  convolution: [[2, 2, 4], [3, 2, 3], conv([[1, 0, 0, 1, 1]])],
  convolutionStrided: [[1, 2, 5, 4], [2, 2, 3, 2], conv([[2, 1, 1, 1, 1], [3, 0, 1, 1, 1]])],
  convolutionDilated: [[1, 1, 3, 5], [2, 1, 2, 2], conv([[1, 2, 0, 3, 1], [2, 1, 1, 1, 2]])],
  convolutionCut: [[2, 1, 6], [1, 1, 2], conv([[2, -1, -1, 1, 2]])],
  convolutionFeatureGroups: [[2, 4, 3], [4, 2, 2], conv([[1, 1, 0, 2, 1]], { featureGroupCount: 2 })],
  convolutionBatchGroups: [[4, 2, 3], [4, 2, 2], conv([[2, 1, 1, 1, 1]], { batchGroupCount: 2 })],
  convolutionOfNothing: [[2, 1, 2], [1, 1, 4], conv([[1, 0, 1, 1, 1]])],
  convolutionPointwise: [[2, 3], [2, 3], conv([])],
}
const cumulatives = { cumsum: C.cumsum, cumprod: C.cumprod, cummax: C.cummax, cummin: C.cummin, cumlogsumexp: C.cumlogsumexp }
const folds = { sum, prod: R.reduceProd, max: R.reduceMax, min: R.reduceMin, maxFirst: R.reduceMaxFirst, minFirst: R.reduceMinFirst }
/** The place of a value decides what is read: positions that depend on data. */
const places = (x: Value, n: number): Value => S.reshape(A.convert(A.add(A.mul(x, full(0, x.aval)), full(1, x.aval)), 'i32'), [n, 1])

const samples: readonly Sample[] = [
  ...Object.entries({
    exp: F.exp, expm1: F.expm1, logistic: F.logistic, sin: F.sin, cos: F.cos, tan: F.tan, asin: F.asin, acos: F.acos, atan: F.atan, sinh: F.sinh, cosh: F.cosh, tanh: F.tanh,
    asinh: F.asinh, atanh: F.atanh, erf: F.erf, erfc: F.erfc, erfInv: F.erfInv, log1p: F.log1p, neg: A.neg, abs: A.abs,
    floor: (x: Value) => A.mul(x, L.floor(A.scale(3, x))), stopGradient: (x: Value) => A.mul(x, L.stopGradientOf(A.convert(L.gt(x, full(0, x.aval)), 'f64'))),
  } as Record<string, (x: Value) => Value>).map(([name, f]) => sample(name, f, low)),
  ...Object.entries({ log: A.log, sqrt: F.sqrt, rsqrt: F.rsqrt, cbrt: F.cbrt, lgamma: F.lgamma, digamma: F.digamma, polygamma: (x: Value) => F.polygamma(1, x) }).map(([name, f]) => sample(name, f, high)),
  sample('acosh', F.acosh, large),
  ...[-2, -1, 0, 1, 2, 3].map(n => sample(`integerPow${n}`, x => A.integerPow(x!, n), wide)),
  ...Object.entries({ add: A.add, sub: A.sub, mul: A.mul, maximum: A.maximum, minimum: A.minimum, select: (x: Value, y: Value) => A.select(L.gt(x, full(0, x.aval)), x, y) }).map(([name, f]) => sample(name, (x, y) => f(x!, y!), wide, low)),
  sample('div', (x, y) => A.div(x!, y!), wide, high), sample('rem', (x, y) => A.rem(x!, y!), large, high), sample('pow', (x, y) => A.pow(x!, y!), high, wide), sample('atan2', (y, x) => F.atan2(y!, x!), low, wide),
  sample('clamp', (lo, x, hi) => A.clamp(lo!, x!, hi!), f64([4], [-1, -0.2, -0.5, 0.1]), wide, f64([4], [0.5, 0.9, 1.1, 1.2])),
  sample('convert', x => A.convert(A.add(A.convert(A.convert(A.scale(3, x!), 'i32'), 'f64'), x!), 'f64'), low),
  sample('broadcast', x => broadcast(x!, [3, 2, 3], [0, 2]), x33), sample('reshape', x => S.reshape(x!, [4, 3]), x234), sample('transpose', x => S.transpose(x!, [2, 0, 1]), x234),
  sample('reverse', x => S.reverse(x!, [0, 2]), x234), sample('slice', x => S.slice(x!, [0, 1, 0], [2, 3, 1], [1, 1, 1]), x234), sample('sliceStrided', x => S.slice(x!, [0, 0], [3, 2], [2, 1]), x33),
  sample('pad', (x, v) => S.pad(x!, v!, [[1, 0, 1], [-1, 2, 0]]), x33, f64([], [0.3])), sample('concatenate', (x, y) => S.concatenate([x!, y!, x!], 1), x33, vector([3, 1], 4)),
  ...Object.entries({ windows: [2, 2, 1], windowsOverlapping: [3, 2, 1], windowsEverywhere: [2, 1, 1], windowsApart: [1, 3, 1], windowsDilated: [3, 1, 2] } as Record<string, readonly [number, number, number]>).map(([name, [size, stride, dilation]]) =>
    sample(name, x => windows(x!, { axes: [1], sizes: [size], strides: [stride], dilation: [dilation] }), vector([2, 5, 2], 6))),
  sample('windowsOfTwoAxes', x => windows(x!, { axes: [0, 2], sizes: [2, 2], strides: [1, 2], dilation: [1, 1] }), vector([3, 2, 4], 6)),
  sample('windowsOverlappingTwice', x => windows(x!, { axes: [0, 2], sizes: [2, 3], strides: [1, 2], dilation: [1, 1] }), vector([3, 2, 5], 6)),
  sample('iota', x => A.mul(x!, S.iota('f64', [3, 3], 1)), x33),
  sample('dotGeneral', (x, y) => dotGeneral(x!, y!, { contract: [[2], [0]], batch: [[0], [1]] }), vector([2, 2, 3], 3), vector([3, 2, 2], 4)),
  sample('dotGeneralTwo', (x, y) => dotGeneral(x!, y!, { contract: [[0, 2], [1, 0]], batch: [[], []] }), vector([2, 3, 3], 3), vector([3, 2, 2], 4)),
  sample('dotGeneralBatches', (x, y) => dotGeneral(x!, y!, { contract: [[1], [2]], batch: [[2, 0], [1, 0]] }), vector([2, 3, 2], 5), vector([2, 2, 3], 6)),
  ...Object.entries(convolutions).map(([name, [x, w, p]]) => sample(name, (a, b) => convolution(a!, b!, p), vector(x, 3), vector(w, 4))),
  ...Object.entries(folds).flatMap(([name, f]) => [[1], [0, 2], [0, 1, 2]].map(axes => sample(`${name}_${axes.join('')}`, x => f(x!, axes), x234))),
  sample('prodWithZero', x => R.reduceProd(x!, [1]), f64([2, 3], [0, 2, 3, 0, 0, 4])),
  sample('argmax', x => A.mul(sum(x!, [1]), A.convert(R.argmax(x!, 1), 'f64')), x234), sample('argmin', x => A.mul(sum(x!, [1]), A.convert(R.argmin(x!, 1), 'f64')), x234),
  sample('andOr', x => A.mul(sum(x!, [1]), A.convert(L.bitOr(R.reduceAnd(L.lt(x!, full(1, x!.aval)), [1]), R.reduceOr(L.lt(x!, full(-1, x!.aval)), [1])), 'f64')), x234),
  ...Object.entries(cumulatives).flatMap(([name, f]) => [false, true].map(reverse => sample(`${name}${reverse ? '_reverse' : ''}`, x => f(x!, { axis: 1, reverse }), x234))),
  sample('cumprodWithZero', x => C.cumprod(x!, { axis: 0, reverse: false }), f64([4], [2, 0, 3, 0])),
  ...[false, true].map(reverse => sample(`linearRecurrence${reverse ? '_reverse' : ''}`, (a, b) => linearRecurrence(a!, b!, 1, reverse), x33, vector([3, 3], 12))),
  sample('sort', (x, y) => sort([x!, y!], { axis: 1 }), x33, vector([3, 3], 12)), sample('sortDescending', x => sort([x!], { axis: 0, descending: true })[0]!, x33),
  sample('dynamicSlice', x => dynamicSlice(x!, i32(1, 2, -1), [1, 2, 1]), x234), sample('dynamicUpdateSlice', (x, u) => dynamicUpdateSlice(x!, u!, i32(2, 1)), x33, f64([2, 1], [0.7, 0.8])),
  sample('dynamicSliceFromData', (x, s) => dynamicSlice(x!, [A.convert(A.add(A.scale(20, s!), scalar(1.5, 'f64')), 'i32'), scalar(0, 'i32')], [2, 2]), x33, f64([], [0.01])),
  sample('dynamicUpdateSliceFromData', (x, u, s) => dynamicUpdateSlice(x!, u!, [A.convert(A.add(A.scale(20, s!), scalar(2.5, 'f64')), 'i32'), scalar(0, 'i32')]), x33, f64([2, 1], [0.7, 0.8]), f64([], [0.01])),
  ...(['fill', 'clip'] as const).map(mode => sample(`gather_${mode}`, (x, v) => gather(x!, column, { ...rows(mode), sliceSizes: [1, 3] }, v!), x33, f64([], [0.3]))),
  sample('gatherFromData', (x, p) => gather(x!, places(p!, 2), { ...rows('fill'), sliceSizes: [1, 3] }), x33, f64([2], [0.2, 0.3])),
  ...(['set', 'add', 'min', 'max'] as readonly ScatterKind[]).map(kind => sample(`scatter_${kind}`, (x, u) => scatter(x!, column, u!, { ...rows('fill'), kind, uniqueIndices: false }), x33, vector([4, 3], 77))),
  sample('scatter_unique', (x, u) => scatter(x!, once, u!, { ...rows('clip'), kind: 'set', uniqueIndices: true }), x33, vector([2, 3], 77)),
  sample('scatter_mul', (x, u) => scatter(x!, once, u!, { ...rows('clip'), kind: 'mul', uniqueIndices: true }), x33, vector([2, 3], 77)),
  sample('scatterFromData', (x, u, p) => scatter(x!, places(p!, 2), u!, { ...rows('fill'), kind: 'add', uniqueIndices: false }), x33, vector([2, 3], 77), f64([2], [0.2, 0.3])),
  ...Object.entries({
    psum: (u: Value) => A.mul(F.sin(u), N.psumOf(u, 'i')), pmax: (u: Value) => A.mul(u, N.pmaxOf(u, 'i')), ppermute: (u: Value) => A.mul(u, N.ppermuteOf(F.sin(u), 'i', [[0, 1], [1, 2], [2, 0]])),
    allGather: (u: Value) => sum(A.mul(S.iota('f64', [3, 3], 0), A.mul(N.allGatherOf(F.sin(u), 'i'), broadcast(u, [3, 3], [1]))), [0]),
    axisIndex: (u: Value) => A.mul(F.sin(u), broadcast(A.convert(N.axisIndexOf('i'), 'f64'), [3], [])),
  } as Record<string, (u: Value) => Value>).map(([name, f]) => sample(name, x => vmap(f, { axisName: 'i' })(x!), x33)),
  sample('psumUnmapped', (x, c) => vmap((u: Value) => A.mul(u, N.psumOf(F.sin(c!), 'i')), { axisName: 'i' })(x!), x33, vector([3], 8)),
  sample('takeAlongAxis', x => takeAlongAxis(x!, array('i32', [2, 3, 2], [1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0]), 2), x234),
]

export const rowLaws: readonly Law[] = samples.map(s => fact(`row_${s.name}`,
  `${s.name} alone: its derivative is its slope, in both modes and twice; its transpose is adjoint; vmap maps it over any operands; its series is that of its derivatives`, () => holds(s)))

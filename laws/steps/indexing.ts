/** Steps with positions that are data, constants that are integers or bits, and sorting. */
import { aval, range, type Shape, sizeOf } from '../../src/core/aval.js'
import type { Value } from '../../src/core/value.js'
import { add, convert, maximum, mul } from '../../src/primitives/arithmetic.js'
import { broadcast, full, scalar, sum } from '../../src/primitives/base.js'
import { gather, scatter, type ScatterKind, takeAlongAxis } from '../../src/primitives/gather.js'
import { dynamicSlice, dynamicUpdateSlice } from '../../src/primitives/indexing.js'
import * as L from '../../src/primitives/logic.js'
import { argsort, sort } from '../../src/primitives/sort.js'
import { concatenate, iota, reshape, reverse, sliceInAxis } from '../../src/primitives/structural.js'
import type { IndexMode } from '../../src/primitives/windows.js'
import { affine, both, bound, coerce, digit, into, join, type Known, known, lined, number, one, type Setting, shapeOf, type Step, within } from './step.js'

/** A position between -1 and 4, from data or from a constant. */
const position = (k: Known, c: number): Value =>
  c % 3 === 0 ? scalar(c % 5 - 1, 'i32') : convert(affine(into(coerce(k, []), -1, 1), 2.4, 1.6).value, 'i32')
/** As many positions as asked for, from data or from a constant; `distinct` ones are a permutation. */
const positions = (k: Known, n: number, c: number, distinct: boolean): Value => {
  const data = coerce(k, [n])
  if (distinct) return c % 2 ? argsort(data.value, 0) : reverse(iota('i32', [n], 0), [0])
  return c % 3 === 0 ? iota('i32', [n], 0) : convert(affine(into(data, -1, 1), 2.1, 1.3).value, 'i32')
}
const modes: readonly IndexMode[] = ['clip', 'fill']
const rows = (mode: IndexMode, rank: number) => ({
  offsetDims: range(rank).slice(1), collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], mode,
})
const window = (shape: Shape, c: number): Shape => shape.map((n, i) => Math.max(1, n - digit(c, i, 2)))

const scattering = (kind: ScatterKind): Step => s => {
  const product = kind === 'mul'
  const x = into(lined(s.pick(0)), product ? -3 : -40, product ? 3 : 40), shape = shapeOf(x), n = product ? shape[0]! : 3
  const u = into(coerce(s.pick(1), [n, ...shape.slice(1)]), product ? -3 : -40, product ? 3 : 40)
  const at = reshape(positions(s.near[0] ?? x, n, s.gene.c, product), [n, 1])
  const value = scatter(x.value, at, u.value, { ...rows(modes[s.gene.c % 2]!, shape.length), kind, uniqueIndices: product })
  const [lo, hi] = join(x, u)
  return product ? within(value, 9) : kind === 'add' ? within(value, bound(x) + n * bound(u)) : one(value, lo, hi)
}

export const indexing: Readonly<Record<string, Step>> = {
  sort: s => {
    const [a, b] = both(s), x = lined(a), y = coerce(b, shapeOf(x)), axis = s.gene.c % shapeOf(x).length
    const descending = digit(s.gene.c, 2, 4) % 2 === 1
    if (s.gene.c % 3 === 0) return one(sort([x.value], { axis, descending })[0]!, x.lo, x.hi)
    // whole numbers as first keys tie: the second key, or the order of arrival, decides
    const whole = L.floor(affine(into(y, -1, 1), 1.7, 0.311).value)
    const [, p, q] = sort([whole, x.value, y.value], { axis, numKeys: 1 + s.gene.c % 2, descending })
    return [known(p!, x.lo, x.hi), known(q!, y.lo, y.hi)]
  },
  dynamicSlice: s => {
    const x = lined(s.pick(0)), shape = shapeOf(x)
    return one(dynamicSlice(x.value, shape.map((_, i) => position(s.pick(1), s.gene.c + i)), window(shape, s.gene.c)), x.lo, x.hi)
  },
  dynamicUpdateSlice: s => {
    const x = lined(s.pick(0)), shape = shapeOf(x), u = coerce(s.pick(1), window(shape, s.gene.c))
    return one(dynamicUpdateSlice(x.value, u.value, shape.map((_, i) => position(s.near[0] ?? x, s.gene.c + i))), ...join(x, u))
  },
  gather: s => {
    const x = lined(s.pick(0)), shape = shapeOf(x)
    if (s.gene.c % 4 === 3) return one(takeAlongAxis(x.value, argsort(coerce(s.pick(1), shape).value, 0), 0, 'promise'), x.lo, x.hi)
    const mode = modes[s.gene.c % 2]!, filler = coerce(s.near[0] ?? x, [])
    const at = reshape(positions(s.pick(1), 3, s.gene.c, false), [3, 1])
    return one(gather(x.value, at, { ...rows(mode, shape.length), sliceSizes: [1, ...shape.slice(1)] }, filler.value), ...join(x, filler))
  },
  scatterSet: scattering('set'), scatterAdd: scattering('add'), scatterMul: scattering('mul'), scatterMin: scattering('min'), scatterMax: scattering('max'),
}

// ---- integers and bits -----------------------------------------------------------------------------------------------

/** Words that depend on x, save where derivatives are to be honest, or on positions alone. */
const words = (s: Setting, x: Known): Value => {
  const shape = shapeOf(x)
  const counted = reshape(iota('u32', [x.value.size], 0), shape)
  return s.gene.c % 3 === 0 || s.mode.honest ? L.threefry2x32(full(7, counted.aval), full(s.gene.c, counted.aval), counted, counted)[s.gene.a % 2]! : L.bitcast(convert(x.value, 'f32'), 'u32')
}
type Two = (x: Value, y: Value) => Value
const twos: readonly Two[] = [
  L.bitAnd, L.bitOr, L.bitXor, L.shiftLeft, L.shiftRightLogical, (x, y) => L.bitcast(L.shiftRightArithmetic(L.bitcast(x, 'i32'), L.bitcast(y, 'i32')), 'u32'),
  (x, y) => L.threefry2x32(y, x, x, y)[0]!, x => L.bitNot(x), x => L.clz(x), x => L.populationCount(x),
]
/** Words as numbers in [0, 1). */
const asNumbers = (w: Value): Value => {
  // eleven bits in which every one of w has a part: halves hold them
  const down = (by: number): Value => L.shiftRightLogical(w, full(by, w.aval))
  const mixed = L.bitAnd(L.bitXor(L.bitXor(w, down(11)), down(22)), full(2047, w.aval))
  return mul(convert(mixed, 'f64'), full(2 ** -11, aval('f64', w.shape)))
}

export const constants: Readonly<Record<string, Step>> = {
  iota: s => {
    const x = lined(s.pick(0)), shape = shapeOf(x), axis = s.gene.c % shape.length
    return one(add(x.value, convert(iota(s.gene.c % 2 ? 'i32' : 'u32', shape, axis), 'f64')), x.lo, x.hi + shape[axis]!)
  },
  literal: s => { const x = s.pick(0); return one(add(mul(number(-0.75, x.value), x.value), number(0.5, x.value)), ...sorted(-0.75 * x.lo + 0.5, -0.75 * x.hi + 0.5)) },
  bits: s => {
    const x = s.pick(0), w = words(s, x)
    const small = L.bitAnd(w, full(7, w.aval))
    const chain = range(8).map(i => twos[(s.gene.c + i * [1, 3, 7, 9][s.gene.a % 4]!) % twos.length]!)
    const mixed = chain.reduce((v, f) => f(v, small), w)
    return one(add(x.value, asNumbers(mixed)), x.lo - 1, x.hi + 1)
  },
  integers: s => {
    const x = s.pick(0), w = L.bitcast(L.shiftRightLogical(words(s, x), full(16, aval('u32', shapeOf(x)))), 'i32')
    const f: readonly Two[] = [L.bitAnd, L.bitOr, L.bitXor, (a, b) => maximum(a, b)]
    const mixed = f[s.gene.c % 4]!(w, L.bitNot(full(s.gene.b, w.aval)))
    return one(add(x.value, mul(convert(mixed, 'f64'), number(2 ** -17, x.value))), x.lo - 1, x.hi + 1)
  },
  /** Integer sums and contractions ride along with a float. */
  counts: s => {
    const x = lined(s.pick(0)), shape = shapeOf(x)
    const hit = convert(L.gt(affine(x, 1, 0.0117).value, number(0, x.value)), 'i32')
    const total = sum(hit, range(shape.length))
    const first = sliceInAxis(hit, 0, 1, 0)
    const joined = concatenate([sliceInAxis(hit, 0, shape[0]! - 1, 0), first], 0)
    return within(mul(x.value, convert(add(joined, broadcast(total, shape, [])), 'f64')), bound(x) * (1 + sizeOf(shape)))
  },
}
const sorted = (a: number, b: number): readonly [number, number] => [Math.min(a, b), Math.max(a, b)]

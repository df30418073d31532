/** Windows at positions that are data: against their definition element by element, over generated dimension numbers. */
import { describe, expect, test } from 'vitest'
import { aval, range, sizeOf } from '../../src/core/aval.js'
import { allocate, type DType } from '../../src/core/dtype.js'
import { NDArray, type Value } from '../../src/core/value.js'
import { linearizeFlat } from '../../src/transforms/differentiate.js'
import { cost } from '../../src/interpreters/count.js'
import { mul } from '../../src/primitives/arithmetic.js'
import { scalar } from '../../src/primitives/base.js'
import { gather, type GatherParams, scatter, type ScatterKind, type ScatterParams, takeAlongAxis } from '../../src/primitives/gather.js'
import { dynamicSlice, dynamicUpdateSlice } from '../../src/primitives/indexing.js'
import { transposeProgram } from '../../src/transforms/transpose.js'
import { batchAxes, type IndexMode, windowAxes } from '../../src/primitives/windows.js'
import {
  at, counting, expectArray, expectBatching, expectDerivative, expectFault, expectSame, expectSecondDerivative, f64, generator, i32, indices, nd, pull, random,
} from './moved.js'

const modes: readonly IndexMode[] = ['fill', 'clip', 'promise']
const kinds: readonly ScatterKind[] = ['set', 'add', 'mul', 'min', 'max']

// ---- generated dimension numbers -------------------------------------------------------------------------------------

interface Case { readonly x: readonly number[]; readonly ix: readonly number[]; readonly params: GatherParams; readonly out: readonly number[] }
const someCase = (next: () => number, mode: IndexMode): Case => {
  const pick = (n: number): number => Math.floor(next() * n)
  const roles = range(1 + pick(4)).map(() => ['collapsed', 'batching', 'window', 'window'][pick(4)]!)
  const x = roles.map(r => (r === 'window' ? 1 + pick(5) : 1 + pick(4)))
  const axesOf = (role: string): number[] => range(x.length).filter(a => roles[a] === role)
  const operandBatchingDims = axesOf('batching')
  const startIndexMap = range(x.length).filter(a => roles[a] !== 'batching' && pick(3) > 0)
  if (pick(2)) startIndexMap.reverse()
  const free = range(pick(3)).map(() => pick(5))
  // the batching axes of the indices stand anywhere among the others, in any order
  const batch = [...free], startIndicesBatchingDims: number[] = []
  operandBatchingDims.forEach(a => {
    const place = pick(batch.length + 1)
    batch.splice(place, 0, x[a]!)
    startIndicesBatchingDims.forEach((d, i) => { if (d >= place) startIndicesBatchingDims[i] = d + 1 })
    startIndicesBatchingDims.push(place)
  })
  const sliceSizes = x.map((n, a) => (roles[a] === 'window' ? pick(n + 1) || n : 1))
  const windows = axesOf('window')
  const rank = batch.length + windows.length
  const places = [...range(rank)]
  while (places.length > windows.length) places.splice(pick(places.length), 1)
  const out = new Array<number>(rank)
  places.forEach((d, i) => { out[d] = sliceSizes[windows[i]!]! })
  range(rank).filter(d => !places.includes(d)).forEach((d, i) => { out[d] = batch[i]! })
  return {
    x, ix: [...batch, startIndexMap.length], out,
    params: { offsetDims: places, collapsedSliceDims: axesOf('collapsed'), operandBatchingDims, startIndicesBatchingDims, startIndexMap, sliceSizes, mode },
  }
}
/** Positions inside and, unless they are promised inside, outside. */
const positions = (next: () => number, { x, ix, params }: Case): NDArray =>
  i32(ix, indices(ix).map(i => {
    const axis = params.startIndexMap[i[i.length - 1]!]!
    const last = x[axis]! - params.sliceSizes[axis]!
    return params.mode === 'promise' ? Math.floor(next() * (last + 1)) : Math.floor(next() * (last + 4)) - 2
  }))

/** Where in the operand the element `o` of the result lies; null outside. */
const sourceOf = ({ x, ix, params, out }: Case, where: NDArray, o: readonly number[]): readonly number[] | null => {
  const batch = batchAxes(out.length, params).map(d => o[d]!)
  const index = x.map(() => 0)
  let inside = true
  params.startIndexMap.forEach((a, k) => {
    const last = x[a]! - params.sliceSizes[a]!
    const i = at(where, [...batch, k])
    if (i < 0 || i > last) inside = false
    index[a] = Math.max(0, Math.min(i, last))
  })
  if (!inside && params.mode === 'fill') return null
  params.operandBatchingDims.forEach((a, i) => { index[a] = batch[params.startIndicesBatchingDims[i]!]! })
  windowAxes(x.length, params).forEach((a, i) => { index[a] = index[a]! + o[params.offsetDims[i]!]! })
  expect(ix.length).toBe(batch.length + 1)
  return index
}
const flat = (shape: readonly number[], ix: readonly number[]): number => ix.reduce((sum, i, a) => sum * shape[a]! + i, 0)

const combineTwo: Readonly<Record<ScatterKind, (a: number, b: number) => number>> = {
  set: (_a, b) => b, add: (a, b) => a + b, mul: (a, b) => a * b, min: Math.min, max: Math.max,
}
const scatterParams = (c: Case, kind: ScatterKind, uniqueIndices = false): ScatterParams => {
  const { sliceSizes: _sizes, ...dims } = c.params
  return { ...dims, kind, uniqueIndices }
}
/** Windows in the order of the indices, elements of a window in theirs. */
const scatterByHand = (c: Case, kind: ScatterKind, x: NDArray, where: NDArray, u: NDArray): NDArray => {
  const data = x.data.slice()
  const order = indices(c.out).map(o => ({ o, batch: flat(c.ix.slice(0, -1), batchAxes(c.out.length, c.params).map(d => o[d]!)) }))
  for (const { o } of [...order].sort((a, b) => a.batch - b.batch)) {
    const to = sourceOf(c, where, o)
    if (to) data[flat(c.x, to)] = combineTwo[kind](data[flat(c.x, to)]!, at(u, o))
  }
  return new NDArray(x.aval, data)
}
const eachCase = (n: number, seed: number, check: (c: Case, next: () => number) => void): void => {
  const next = generator(seed)
  for (let i = 0; i < n; i++) check(someCase(next, modes[i % 3]!), next)
}
/** Distinct floats: no ties among them. */
const distinct = (next: () => number, dtype: DType, shape: readonly number[]): NDArray => {
  const data = allocate(dtype, sizeOf(shape))
  for (let i = 0; i < data.length; i++) data[i] = next() * 4 - 2
  return new NDArray(aval(dtype, shape), data)
}

// ---- gather and scatter ----------------------------------------------------------------------------------------------

describe('gather', () => {
  test('is its definition', () => eachCase(900, 1, (c, next) => {
    const dtype = (['f32', 'i32', 'u32', 'bool', 'f64'] as const)[Math.floor(next() * 5)]!
    const x = random(next, aval(dtype, c.x)), where = positions(next, c)
    const fill = dtype === 'f32' || dtype === 'f64' ? NaN : dtype === 'i32' ? -2147483648 : dtype === 'u32' ? 4294967295 : 1
    expectArray(gather(x, where, c.params), dtype, c.out, indices(c.out).map(o => { const from = sourceOf(c, where, o); return from ? at(x, from) : fill }))
  }))
  test('has its derivative, in the array and in the filler', () => eachCase(60, 2, (c, next) => {
    const x = distinct(next, 'f64', c.x), where = positions(next, c)
    expectDerivative((a, filler) => [gather(a!, where, c.params, filler!)], [x, f64([], [3])])
    if (c.params.mode !== 'fill') expectSecondDerivative(a => [gather(mul(a!, a!), where, c.params)], [x])
  }))
  test('outside, the default filler is NaN and its tangent is 0', () => {
    const params: GatherParams = {
      offsetDims: [], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], sliceSizes: [1], mode: 'fill',
    }
    const take = (x?: Value): readonly Value[] => [gather(x!, i32([3, 1], [1, 5, -1]), params)]
    expectArray(take(f64([2], [7, 8]))[0], 'f64', [3], [8, NaN, NaN])
    expectSame(pull(take, [f64([2], [7, 8])], [f64([3], [1, 10, 100])])[0]!, f64([2], [0, 1]))
    expectArray(gather(f64([0], []), i32([2, 1], [0, 0]), params), 'f64', [2], [NaN, NaN])
    expectArray(gather(f64([0], []), i32([0, 1], []), { ...params, mode: 'clip' }), 'f64', [0], [])
    expectFault('ShapeMismatch', () => gather(f64([0], []), i32([2, 1], [0, 0]), { ...params, mode: 'clip' }))
    expectSame(pull(x => [gather(x!, i32([2, 1], [0, 0]), params)], [f64([0], [])], [f64([2], [1, 2])])[0]!, f64([0], []))
    expectArray(gather(f64([0], []), i32([2, 1], [0, 0]), { ...params, sliceSizes: [0], collapsedSliceDims: [], offsetDims: [1] }), 'f64', [2, 0], [])
  })
  test('vmap is map, whatever is mapped', () => eachCase(45, 3, (c, next) => expectBatching(
    (x, where, filler) => [gather(x!, where!, c.params, filler!)],
    [() => random(next, aval('f32', c.x)), () => positions(next, c), () => random(next, aval('f32', []))])))
  test('vmap of vmap is map of map', () => eachCase(20, 4, (c, next) => {
    const inner = (x?: Value, where?: Value): readonly Value[] => [gather(x!, where!, { ...c.params, ...plusOne(c) })]
    expectBatching(inner, [() => random(next, aval('f32', [2, ...c.x])), () => positions(next, { ...c, ix: [2, ...c.ix] })])
  }))
  /** The numbers of a case with a shared axis of size 2 in front of array and indices. */
  const plusOne = ({ params: p }: Case): Partial<GatherParams> => {
    const up = (axes: readonly number[]): readonly number[] => axes.map(a => a + 1)
    return {
      offsetDims: up(p.offsetDims), collapsedSliceDims: up(p.collapsedSliceDims), operandBatchingDims: [0, ...up(p.operandBatchingDims)],
      startIndicesBatchingDims: [0, ...up(p.startIndicesBatchingDims)], startIndexMap: up(p.startIndexMap), sliceSizes: [1, ...p.sliceSizes],
    }
  }
  test('the gradient of indexing costs as much as the index, not as the array', () => {
    const params: GatherParams = {
      offsetDims: [1], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], sliceSizes: [1, 3], mode: 'fill',
    }
    const x = counting('f64', [1000, 3])
    const l = linearizeFlat(a => [gather(a!, i32([2, 1], [5, 900]), params)], [x])
    const back = transposeProgram(l.program, l.program.ins.map((_, i) => i >= l.residuals.length))
    expect(cost(l.program)).toBe(6)
    expect(cost(back)).toBe(6)
  })
})

describe('scatter', () => {
  test.each(kinds)('%s is its definition, with windows that overlap', kind => eachCase(450, 5, (c, next) => {
    const dtype = (['f32', 'i32', 'u32', 'f64'] as const)[Math.floor(next() * 4)]!
    const x = random(next, aval(dtype, c.x)), u = random(next, aval(dtype, c.out)), where = positions(next, c)
    expectSame(scatter(x, where, u, scatterParams(c, kind)), scatterByHand(c, kind, x, where, u))
  }))
  test.each(['set', 'add', 'min', 'max'] as const)('%s has its derivatives, with windows that overlap', kind => eachCase(45, 6, (c, next) => {
    const x = distinct(next, 'f64', c.x), u = distinct(next, 'f64', c.out), where = positions(next, c)
    const f = (a?: Value, b?: Value): readonly Value[] => [scatter(a!, where, b!, scatterParams(c, kind))]
    expectDerivative(f, [x, u])
    expectDerivative(a => f(a, u), [x])
    expectDerivative(b => f(x, b), [u])
    expectSecondDerivative((a, b) => f(mul(a!, a!), mul(b!, b!)), [x, u])
  }))
  const rows: ScatterParams = {
    offsetDims: [], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], mode: 'fill', kind: 'set', uniqueIndices: false,
  }
  const twice = i32([4, 1], [1, 0, 1, 9])
  test('set: the last window stays, and exactly it gets the cotangent; what is dropped gets none', () => {
    const f = (x?: Value, u?: Value): readonly Value[] => [scatter(x!, twice, u!, rows)]
    const x = f64([3], [1, 2, 3]), u = f64([4], [10, 20, 30, 40])
    expectSame(f(x, u)[0]!, f64([3], [20, 30, 3]))
    const [toX, toU] = pull(f, [x, u], [f64([3], [5, 6, 7])])
    expectSame(toX!, f64([3], [0, 0, 7]))
    expectSame(toU!, f64([4], [0, 5, 6, 0]))
  })
  test('max: equal candidates share the cotangent, and a NaN takes none', () => {
    const f = (x?: Value, u?: Value): readonly Value[] => [scatter(x!, twice, u!, { ...rows, kind: 'max' })]
    const [toX, toU] = pull(f, [f64([3], [1, 2, 3]), f64([4], [2, 1, 2, 9])], [f64([3], [4, 6, 7])])
    expectSame(toX!, f64([3], [2, 2, 7]))
    expectSame(toU!, f64([4], [2, 2, 2, 0]))
    expectSame(pull(f, [f64([3], [4, NaN, 3]), f64([4], [2, 1, 2, 9])], [f64([3], [1, 1, 1])])[0]!, f64([3], [1, 0, 1]))
  })
  test('mul: in the array always; in the factors where none is applied twice', () => {
    const once = i32([3, 1], [2, 0, -1])
    const f = (unique: boolean) => (x?: Value, u?: Value): readonly Value[] => [scatter(x!, once, u!, { ...rows, kind: 'mul', uniqueIndices: unique })]
    const x = f64([4], [1.5, 0, -3, 2]), u = f64([3], [0, 2, 5])
    expectDerivative(f(true), [x, u])
    expectSecondDerivative(f(true), [x, u])
    expectDerivative(a => [scatter(a!, twice, f64([4], [2, 0, 3, 4]), { ...rows, kind: 'mul' })], [x])
    expectFault('BadArgument', () => linearizeFlat(f(false), [x, u]), /uniqueIndices: true/)
  })
  test('integers wrap as 32-bit words', () => {
    const p = { ...rows, kind: 'mul' as const }
    expectArray(scatter(i32([2], [2147483647, 1]), i32([2, 1], [0, 0]), i32([2], [2147483647, 3]), p), 'i32', [2], [3, 1])
    expectArray(scatter(nd('u32', [1], [4294967295]), i32([1, 1], [0]), nd('u32', [1], [2]), { ...p, kind: 'add' }), 'u32', [1], [1])
    expectArray(scatter(nd('u32', [1], [4294967295]), i32([1, 1], [0]), nd('u32', [1], [2]), { ...p, kind: 'min' }), 'u32', [1], [2])
  })
  test.each(kinds)('%s: vmap is map, whatever is mapped', kind => eachCase(20, 7, (c, next) => expectBatching(
    (x, where, u) => [scatter(x!, where!, u!, scatterParams(c, kind))],
    [() => random(next, aval('f32', c.x)), () => positions(next, c), () => random(next, aval('f32', c.out))])))
})

test('takeAlongAxis walks the other axes together', () => {
  const x = counting('f64', [2, 3, 2]), ix = i32([2, 2, 2], [2, 0, 1, 1, 0, 2, 0, 2])
  expectArray(takeAlongAxis(x, ix, 1), 'f64', [2, 2, 2], indices([2, 2, 2]).map(([a, b, c]) => at(x, [a!, at(ix, [a!, b!, c!]), c!])))
  expectDerivative(a => [takeAlongAxis(a!, ix, 1)], [x])
})

// ---- one window ------------------------------------------------------------------------------------------------------

describe('dynamic windows', () => {
  const next = generator(9)
  const start = (n: number): Value => scalar(n, 'i32')
  const clamp = (i: number, last: number): number => Math.max(0, Math.min(i, last))
  const starts: readonly (readonly number[])[] = [[0, 0, 0], [1, 2, 1], [-3, 9, 1], [2, -1, 100]]
  const shape = [3, 4, 2], sizes = [2, 3, 1]
  test.each(starts)('read and replaced at %i %i %i, moved inside', (...at3) => {
    const x = counting('f32', shape), u = counting('f32', sizes, 100)
    const from = at3.map((s, a) => clamp(s, shape[a]! - sizes[a]!))
    expectArray(dynamicSlice(x, at3.map(start), sizes), 'f32', sizes, indices(sizes).map(ix => at(x, ix.map((i, a) => i + from[a]!))))
    expectArray(dynamicUpdateSlice(x, u, at3.map(start)), 'f32', shape, indices(shape).map(ix => {
      const inner = ix.map((i, a) => i - from[a]!)
      return inner.every((i, a) => i >= 0 && i < sizes[a]!) ? at(u, inner) : at(x, ix)
    }))
    const xs = [random(next, aval('f64', shape)), random(next, aval('f64', sizes))]
    expectDerivative(a => [dynamicSlice(a!, at3.map(start), sizes)], xs.slice(0, 1))
    expectDerivative((a, b) => [dynamicUpdateSlice(a!, b!, at3.map(start))], xs)
    expectSecondDerivative((a, b) => [dynamicUpdateSlice(mul(a!, a!), mul(b!, b!), at3.map(start))], xs)
  })
  test('vmap is map, whatever is mapped', () => {
    const array = () => random(next, aval('f32', [3, 4])), anyStart = () => start(Math.floor(next() * 6) - 1)
    expectBatching((x, i, j) => [dynamicSlice(x!, [i!, j!], [2, 3])], [array, anyStart, anyStart])
    expectBatching((x, u, i, j) => [dynamicUpdateSlice(x!, u!, [i!, j!])], [array, () => random(next, aval('f32', [2, 3])), anyStart, anyStart])
    expectBatching((x, u) => [dynamicSlice(x!, [], []), dynamicUpdateSlice(x!, u!, [])], [() => random(next, aval('f32', [])), () => random(next, aval('f32', []))])
  })
  test('the derivative of a mapped window is the mapped derivative', () => {
    const i = () => start(Math.floor(next() * 4))
    expectBatching((x, k, ct) => pull(a => [dynamicSlice(mul(a!, a!), [k!], [2])], [x!], [ct!]), [() => random(next, aval('f64', [4])), i, () => random(next, aval('f64', [2]))])
    expectBatching((x, u, k, ct) => pull((a, b) => [dynamicUpdateSlice(a!, b!, [k!])], [x!, u!], [ct!]),
      [() => random(next, aval('f64', [4])), () => random(next, aval('f64', [2])), i, () => random(next, aval('f64', [4]))])
  })
  test('empty windows and arrays', () => {
    expectArray(dynamicSlice(counting('f32', [3]), [start(2)], [0]), 'f32', [0], [])
    expectArray(dynamicSlice(counting('f32', [0, 2]), [start(1), start(1)], [0, 1]), 'f32', [0, 1], [])
    expectArray(dynamicUpdateSlice(counting('f32', [3]), counting('f32', [0]), [start(1)]), 'f32', [3], [1, 2, 3])
  })
})

test('wrong operands and numbers are faults', () => {
  const x = counting('f32', [3, 4]), ix = i32([2, 1], [0, 1])
  const good: GatherParams = { offsetDims: [1], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], sliceSizes: [1, 4], mode: 'clip' }
  const wrong = (change: Partial<GatherParams>, says: RegExp, where: Value = ix): void => expectFault('ShapeMismatch', () => gather(x, where, { ...good, ...change }), says)
  expect(gather(x, ix, good).shape).toEqual([2, 4])
  wrong({ startIndexMap: [0, 1] }, /last axis has size 2/)
  wrong({}, /last axis/, i32([], [0]))
  wrong({ startIndexMap: [2] }, /startIndexMap/)
  wrong({ startIndexMap: [0, 0] }, /startIndexMap/, i32([1, 2], [0, 0]))
  wrong({ collapsedSliceDims: [1, 0] }, /collapsedSliceDims/)
  wrong({ operandBatchingDims: [0], startIndicesBatchingDims: [0] }, /collapsedSliceDims/)
  wrong({ collapsedSliceDims: [], operandBatchingDims: [0], startIndicesBatchingDims: [0] }, /no batching axis|startIndexMap/)
  wrong({ collapsedSliceDims: [], operandBatchingDims: [0], startIndicesBatchingDims: [0], startIndexMap: [1] }, /equal sizes/)
  wrong({ sliceSizes: [2, 4] }, /windows of size/)
  wrong({ sliceSizes: [1, 5] }, /windows of size/)
  wrong({ sliceSizes: [1] }, /windows of size/)
  wrong({ offsetDims: [2] }, /offsetDims/)
  wrong({ offsetDims: [] }, /offsetDims/)
  expectFault('DTypeMismatch', () => gather(x, counting('f32', [2, 1]), good), /i32/)
  expectFault('DTypeMismatch', () => gather(x, ix, { ...good, mode: 'fill' }, scalar(0, 'i32')))
  expectFault('ShapeMismatch', () => gather(x, ix, { ...good, mode: 'fill' }, counting('f32', [1])))
  const { sliceSizes: _s, ...dims } = good
  const put: ScatterParams = { ...dims, kind: 'add', uniqueIndices: false }
  expectFault('ShapeMismatch', () => scatter(x, ix, counting('f32', [3, 4]), put), /updates of shape \[2, 4\]/)
  expectFault('ShapeMismatch', () => scatter(x, ix, counting('f32', [2, 5]), put))
  expectFault('ShapeMismatch', () => scatter(x, ix, counting('f32', [2]), put))
  expectFault('DTypeMismatch', () => scatter(x, ix, counting('i32', [2, 4]), put))
  expectFault('DTypeMismatch', () => scatter(nd('bool', [3, 4], new Array<number>(12).fill(1)), ix, nd('bool', [2, 4], new Array<number>(8).fill(1)), put))
  const s = scalar(0, 'i32')
  expectFault('ShapeMismatch', () => dynamicSlice(x, [s], [1, 1]), /one start for each of 2 axes/)
  expectFault('ShapeMismatch', () => dynamicSlice(x, [s, s], [1, 5]))
  expectFault('ShapeMismatch', () => dynamicSlice(x, [s, ix], [1, 1]), /scalar/)
  expectFault('DTypeMismatch', () => dynamicSlice(x, [s, scalar(0, 'f32')], [1, 1]), /i32/)
  expectFault('ShapeMismatch', () => dynamicUpdateSlice(x, counting('f32', [4, 1]), [s, s]))
  expectFault('DTypeMismatch', () => dynamicUpdateSlice(x, counting('i32', [1, 1]), [s, s]))
  expectFault('ShapeMismatch', () => dynamicUpdateSlice(x, counting('f32', [1, 1]), [s, s, s]))
})

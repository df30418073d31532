/** Kernels in turns on windows of their buffers come to what they come to as a whole. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Room, type Run, turnsOf } from '../../backends/webgpu/ranges/index.js'
import { allocate, type Data, type DType, isFloat } from '../../src/core/dtype.js'
import { type Kernel, type Nest, writesOf } from '../../src/kernel/kernel.js'
import type { Cumulative, Gather, Scatter, Sort } from '../../src/kernel/special.js'
import { Pool } from '../../src/kernel/expr.js'
import { view } from '../../src/kernel/view.js'
import { build, nests, same } from '../wasm/arbitrary.js'
import { evaluate } from '../wasm/evaluate.js'
import { runKernel } from '../wasm/run.js'

const run = (k: Kernel, buffers: readonly Data[]): readonly Data[] => {
  if (k.tag !== 'nest') return runKernel(k, buffers).buffers
  const made = buffers.map(b => b.slice())
  evaluate(k, made)
  return made
}
interface Ran { readonly buffers: readonly Data[]; readonly turns: number; /** Elements of the fullest turn, states included. */ readonly most: number }
/** What the buffers hold afterwards; null where a turn does not fit. */
const inTurns = (k: Kernel, dtypes: readonly DType[], given: readonly Data[], room: Room): Ran | null => {
  const runs = turnsOf(k, { dtypes, room, scratch: () => 0, states: [] })
  if (runs === null) return null
  const buffers = given.map(b => b.slice())
  let turns = 0, most = 0
  const walk = (r: Run, states: readonly Data[]): void => {
    if (r.tag === 'scope') {
      const inner = [...states, ...r.states.map(s => allocate(s.dtype, s.size).fill(77))]
      r.turns.forEach(x => walk(x, inner))
      return
    }
    turns++
    most = Math.max(most, r.windows.reduce((n, w) => (w.buffer < dtypes.length ? n + w.size : n), states.reduce((n, s) => n + s.length, 0)))
    const of = (buffer: number): Data => buffers[buffer] ?? states[buffer - dtypes.length]!
    const got = run(r.kernel, r.windows.map(w => { expect(w.from >= 0 && w.from + w.size <= of(w.buffer).length).toBe(true); return of(w.buffer).slice(w.from, w.from + w.size) }))
    for (const i of writesOf(r.kernel)) of(r.windows[i]!.buffer).set(got[i]! as never, r.windows[i]!.from)
  }
  runs.forEach(r => walk(r, []))
  return { buffers, turns, most }
}
const agree = (k: Kernel, dtypes: readonly DType[], given: readonly Data[], words: number, close = same): Ran | null => {
  const ran = inTurns(k, dtypes, given, { words, halves: words })
  if (ran === null) return null
  expect(ran.most).toBeLessThanOrEqual(words)
  const want = run(k, given)
  for (const i of new Set(writesOf(k))) {
    const at = Array.from(ran.buffers[i]!).findIndex((x, j) => !close(dtypes[i]!, x, want[i]![j]!))
    if (at >= 0) expect({ buffer: i, at, got: ran.buffers[i]![at] }).toEqual({ buffer: i, at, got: want[i]![at] })
  }
  return ran
}

test('random nests, in rooms that hold little', () => {
  let several = 0
  fc.assert(fc.property(nests, fc.integer({ min: 24, max: 300 }), (words, room) => {
    const { nest, buffers } = build(words)
    const ran = agree(nest, nest.buffers, buffers, room)
    if (ran !== null && ran.turns > 1) several++
  }), { numRuns: 50 })
  expect(several).toBeGreaterThan(12)
})

test('a buffer that is seen from both ends has a window at each: elements, and folds of one line', () => {
  for (const reduced of [0, 1]) {
    const p = new Pool(), n = 101, product = p.apply('mul', [p.load('f32', view(0, 0, [1])), p.load('f32', view(0, n - 1, [-1]))])
    const nest: Nest = {
      tag: 'nest', buffers: ['f32', 'f32'], extents: [n], reduced, folds: reduced === 0 ? [] : [{ monoid: 'max', dtype: 'f32', value: product }],
      stores: [{ view: view(1, 0, [1 - reduced]), value: reduced === 0 ? product : p.folded('f32', 0), at: reduced === 0 ? 'element' : 'folded' }],
    }
    const ran = agree(nest, nest.buffers, [Float32Array.from({ length: n }, (_, i) => Math.sin(i)), new Float32Array(n)], 40)
    expect(ran === null || ran.turns < 3).toBe(false)
  }
})

/** Draws whole numbers below n. */
const drawing = (seed: number): ((n: number) => number) => {
  let s = seed >>> 0
  return n => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return Math.floor((s / 4294967296) * n) }
}
const data = (dtype: DType, n: number, d: (n: number) => number): Data => {
  const x = allocate(dtype, n)
  for (let i = 0; i < n; i++) x[i] = dtype === 'bool' ? d(2) : isFloat(dtype) ? d(41) / 4 - 5 : d(41) - (dtype === 'u32' ? 0 : 20)
  return x
}
const seeds = fc.nat(2 ** 31)
const many = (run: (d: (n: number) => number) => Ran | null, numRuns = 30): void => {
  let several = 0
  fc.assert(fc.property(seeds, seed => { const ran = run(drawing(seed)); if (ran !== null && ran.turns > 2) several++ }), { numRuns, endOnFailure: true })
  expect(several).toBeGreaterThan(numRuns / 5)
}
const close = (dtype: DType, x: number, y: number): boolean => Object.is(x, y) || (isFloat(dtype) && Math.abs(x - y) <= 1e-5 * Math.max(1, Math.abs(y)))

test('places of extrema: the first of equal ones, and NaN', () => many(d => {
  const rows = 1 + d(3), n = 1 + d(150), p = new Pool(), dtype = (['f32', 'i32', 'bool'] as const)[d(3)]!, x = data(dtype, rows * n, d), across = d(2) === 0
  if (dtype === 'f32') for (let k = d(3); k > 0; k--) x[d(x.length)] = NaN
  const nest: Nest = {
    tag: 'nest', buffers: [dtype, 'i32'], extents: [rows, n], reduced: 1, folds: [{ monoid: d(2) === 0 ? 'argmax' : 'argmin', dtype: 'i32', value: p.load(dtype, view(0, 0, across ? [1, rows] : [n, 1])) }],
    stores: [{ view: view(1, 0, [1, 0]), value: p.folded('i32', 0), at: 'folded' }],
  }
  return agree(nest, nest.buffers, [x, new Int32Array(rows)], 30 + d(40))
}))
test('what begins anywhere in a wide range is read there, and written there', () => many(d => {
  const p = new Pool(), n = 1 + d(20), most = 20 + d(200), stride = 1 + d(2), reads = d(2) === 0, start = [{ buffer: 0, stride, max: most }]
  const load = p.load('f32', view(1, 0, [1], reads ? start : [])), sum = d(3) === 0
  const nest: Nest = {
    tag: 'nest', buffers: ['i32', 'f32', 'f32'], extents: [n], reduced: sum ? 1 : 0, folds: sum ? [{ monoid: 'max', dtype: 'f32', value: load }] : [],
    stores: [{ view: view(2, 0, [sum ? 0 : 1], reads ? [] : start), value: sum ? p.folded('f32', 0) : load, at: sum ? 'folded' : 'element' }],
  }
  const wide = n + stride * most
  return agree(nest, nest.buffers, [Int32Array.of(d(most + 9) - 4), data('f32', reads ? wide : n, d), data('f32', reads ? n : wide, d)], 60 + d(40))
}))
test('products: every axis may be cut, and sums go on in what is there', () => many(d => {
  const [b, m, n, k] = [1 + d(3), 1 + d(12), 1 + d(12), 1 + d(60)], dtype = (['f32', 'i32'] as const)[d(2)]!
  const left = d(2) === 0, into = d(2) === 0
  const c: Kernel = {
    tag: 'contract', dtype, batch: [b], rows: [m], cols: [n], depth: [k], out: 2, into, then: null,
    left: { buffer: 0, offset: d(3), batch: [m * k], own: [left ? k : 1], depth: [left ? 1 : m] }, right: { buffer: 1, offset: 0, batch: [0], own: [1], depth: [n] },
  }
  return agree(c, [dtype, dtype, dtype], [data(dtype, b * m * k + 3, d), data(dtype, k * n, d), data(dtype, b * m * n, d)], 40 + d(120), close)
}))
test('cumulative folds and recurrences', () => many(d => {
  const kind = (['sum', 'prod', 'max', 'min', 'recurrence'] as const)[d(5)]!, dtype = kind === 'recurrence' ? 'f32' : (['f32', 'i32'] as const)[d(2)]!
  const lines = 1 + d(4), length = 1 + d(90), across = d(2) === 0
  const strided = (buffer: number, back: boolean): Cumulative['out'] => (across
    ? { buffer, offset: back ? (length - 1) * lines : 0, strides: [1, back ? -lines : lines] } : { buffer, offset: back ? length - 1 : 0, strides: [length, back ? -1 : 1] })
  const back = d(2) === 0, ins = kind === 'recurrence' ? [strided(0, back), strided(1, back)] : [strided(0, back)]
  const k: Cumulative = { tag: 'cumulative', kind, dtype, lines: [lines], length, ins, out: strided(ins.length, back) }
  const given = [...ins.map(() => data(dtype, lines * length, d)), data(dtype, lines * length, d)]
  // products stay near 1
  if (dtype === 'f32' && kind !== 'sum') for (const x of given.slice(0, 1)) x.forEach((v, i) => { x[i] = kind === 'recurrence' ? v / 10 : 1 + v / 100 })
  return agree(k, given.map(() => dtype), given, 30 + d(100), close)
}))
test('sorts, stable ones, of long lines and of many', () => many(d => {
  const operands = 1 + d(3), keys = 1 + d(operands), lines = 1 + d(3), length = 1 + d(50)
  const dtypes = Array.from({ length: operands }, () => (['f32', 'i32', 'bool', 'u32'] as const)[d(4)]!)
  const at = (buffer: number): Sort['ins'][number] => ({ buffer, offset: 0, strides: [length, 1] })
  const k: Sort = { tag: 'sort', lines: [lines], length, keys, descending: d(2) === 0, dtypes, ins: dtypes.map((_, i) => at(i)), outs: dtypes.map((_, i) => at(operands + i)), room: null }
  const given = [...dtypes, ...dtypes].map(t => data(t, lines * length, d))
  return agree(k, [...dtypes, ...dtypes], given, 16 * operands + d(100))
}, 12))
describe('windows that follow data', () => {
  const windows = (d: (n: number) => number) => {
    const rows = 2 + d(40), cols = 1 + d(12), vectors = 1 + d(14), height = 1 + d(Math.min(3, rows)), width = 1 + d(cols), two = d(2) === 0
    const drops = d(2) === 0, last = two ? [rows - height, cols - width] : [rows - height]
    return {
      rows, cols, vectors, count: vectors * height * width, last,
      indices: Int32Array.from({ length: vectors * last.length }, (_, i) => { const top = last[i % last.length]!; return drops || d(4) === 0 ? d(top + 3) - 1 : d(top + 1) }),
      common: {
        batch: [vectors], window: [height, width], moving: [true, two], indices: { buffer: 1, offset: 0, strides: [last.length] }, between: 1, strides: two ? [cols, 1] : [cols], last, drops,
        array: { buffer: 0, offset: 0, strides: [0, cols, 1] }, packed: { buffer: 2, offset: 0, strides: [height * width, width, 1] },
      },
    }
  }
  test('gathers', () => many(d => {
    const w = windows(d), dtype = (['f32', 'i32', 'bool'] as const)[d(3)]!
    const g: Gather = { tag: 'gather', dtype, ...w.common, filler: { value: 1 } }
    return agree(g, [dtype, 'i32', dtype], [data(dtype, w.rows * w.cols, d), w.indices, data(dtype, w.count, d)], 60 + d(160))
  }))
  test('scatters, in order where windows meet', () => many(d => {
    const w = windows(d), dtype = (['f32', 'i32'] as const)[d(2)]!, kind = (['set', 'add', 'mul', 'min', 'max'] as const)[d(5)]!
    const s: Scatter = { tag: 'scatter', dtype, ...w.common, kind, unique: false }
    return agree(s, [dtype, 'i32', dtype], [data(dtype, w.rows * w.cols, d), w.indices, data(dtype, w.count, d)], 40 + d(160), close)
  }))
})
test('what one result needs is more than the room: there are no turns', () => {
  const p = new Pool(), sum = Array.from({ length: 20 }, (_, i) => p.load('f32', view(i, 0, [1]))).reduce<ReturnType<Pool['apply']>>((a, b) => p.apply('add', [a, b]), p.constant('f32', 0.5))
  const nest: Kernel = { tag: 'nest', buffers: new Array<DType>(21).fill('f32'), extents: [4], reduced: 0, folds: [], stores: [{ view: view(20, 0, [1]), value: sum, at: 'element' }] }
  const given = nest.buffers.map(() => new Float32Array(4))
  expect(inTurns(nest, nest.buffers, given, { words: 20, halves: 0 })).toBe(null)
  expect(agree(nest, nest.buffers, given, 21)?.turns).toBe(4)
})

/** The contractions of the WASM backend agree with their definition, whatever the strides, the sizes and the split of the units. */
import fc from 'fast-check'
import { setFlagsFromString } from 'node:v8'
import { describe, expect, test } from 'vitest'
import type { Level } from '../../backends/wasm/target.js'
import { allocate, type Data, dtypes } from '../../src/core/dtype.js'
import type { Contract } from '../../src/kernel/kernel.js'
import { plain, reach, ready, runRanges } from './contract.js'

// in Node 20 relaxed SIMD is behind a flag, and later the flag is gone
if (Number(process.versions.node.split('.')[0]) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd')

type DType = 'f32' | 'f64' | 'i32' | 'u32'
const levels: readonly Level[] = ['baseline', 'relaxed', 'wide']
const kinds: readonly DType[] = ['f32', 'f64', 'i32', 'u32']

const random = (seed: number): (() => number) => {
  let s = seed >>> 0
  return () => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return s / 4294967296 }
}
const filled = (dtype: DType, n: number, next: () => number): Data => {
  const data = allocate(dtype, n)
  for (let i = 0; i < n; i++) data[i] = dtype === 'f32' || dtype === 'f64' ? next() * 2 - 1 : next() * 4294967296
  return data
}
const product = (xs: readonly number[]): number => xs.reduce((n, x) => n * x, 1)

/** Ranges that cover 0..units, in some order. */
const split = (units: number, next: () => number): readonly (readonly [number, number])[] => {
  const cuts = [0, units]
  for (let i = 0; i < 4; i++) cuts.push(Math.floor(next() * (units + 1)))
  cuts.sort((x, y) => x - y)
  return cuts.slice(1).map((e, i) => [cuts[i]!, e] as const).map(r => [next(), r] as const).sort(([x], [y]) => x - y).map(([, r]) => r)
}

const aheads = { units: 0, turns: 0, left: 0, alone: 0 }
/** The whole check of one contraction: its value within the bound of its rounding, and the bits of another split. */
const check = (c: Contract, level: Level, seed: number): void => {
  const next = random(seed)
  const { bytes } = dtypes[c.dtype]
  const dtype = c.dtype as DType
  const elements = product([...c.batch, ...c.rows, ...c.cols])
  const room = (side: 'left' | 'right'): number => reach(c[side], c, side)[1] + 1
  const left = filled(dtype, room('left'), next)
  const right = filled(dtype, room('right'), next)
  const out = filled(dtype, elements, next)
  const pages = Math.ceil((1 << 20) / 65536 + (left.length + right.length + out.length) * bytes / 65536) + 1
  const r = ready(c, level, pages)
  expect(r.heap + (left.length + right.length + out.length) * bytes + 256).toBeLessThan(pages * 65536)
  const whole = runRanges(r, c, left, right, out, [[0, r.emitted.units]])
  expect(whole.length).toBe(elements)
  const parts = runRanges(r, c, left, right, out, split(r.emitted.units, next))
  const [some, all] = [parts, whole].map(x => Buffer.from(x.buffer, x.byteOffset, x.byteLength)) as [Buffer, Buffer]
  expect(Buffer.compare(some, all)).toBe(0)
  // packed ahead: the same bits
  for (const may of ['units', 'turns'] as const) {
    const other = ready(c, level, pages + Math.ceil((left.length + right.length + 64) * bytes * 8 / 65536), may)
    if (!other.emitted.ahead) continue
    const got = runRanges(other, c, left, right, out, split(other.emitted.units, next))
    expect(Buffer.compare(Buffer.from(got.buffer, got.byteOffset, got.byteLength), all)).toBe(0)
    aheads[may]++
    if (other.emitted.ahead.bytes === product([...c.batch, ...c.depth, ...c.rows]) * bytes) aheads.alone++
    if (other.emitted.ahead.bytes > product([...c.batch, ...c.depth]) * Math.ceil(product(c.cols) / (16 / bytes)) * 16) aheads.left++
  }
  const want = plain(c, left, right, out)
  const u = dtype === 'f32' ? 2 ** -24 : 2 ** -53
  const k = product(c.depth) + 2
  want.values.forEach((w, i) => {
    const bound = dtype === 'i32' || dtype === 'u32' ? 0 : k * 1.01 * u * want.sizes[i]! + 1e-300
    if (!(Math.abs(whole[i]! - w) <= bound)) expect.fail(`element ${i}: ${whole[i]} for ${w}`)
  })
}

const matrix = (dtype: DType, m: number, k: number, n: number, form: string, batch = 1, into = false): Contract => ({
  tag: 'contract', dtype, batch: [batch], rows: [m], cols: [n], depth: [k], out: 2, into, then: null,
  left: { buffer: 0, offset: 0, batch: [m * k], own: [form[0] === 'N' ? k : 1], depth: [form[0] === 'N' ? 1 : m] },
  right: { buffer: 1, offset: 0, batch: [k * n], own: [form[1] === 'N' ? 1 : k], depth: [form[1] === 'N' ? n : 1] },
})

describe.each(levels)('at level %s', level => {
  test.each(kinds)('%s: small matrices of every size', dtype => {
    let seed = 1
    const forms = ['NN', 'NT', 'TN']
    for (let m = 1; m <= 9; m++) for (let n = 1; n <= 9; n++) {
      if (dtype !== 'f32' && (m + 2 * n) % 3 > 0) continue
      check(matrix(dtype, m, 1 + (seed % 7), n, forms[seed % 3]!, 1 + (seed % 4), seed % 2 === 0), level, seed++)
      if (Math.min(m, n) <= 5) check(matrix(dtype, m, 8 + (seed % 40), n, 'NT', 1 + (seed % 4), seed % 2 === 0), level, seed++)
    }
    for (const n of [1, 2, 3, 150]) for (const form of ['NN', 'NT', 'TN']) {
      check(matrix(dtype, 150, 9, n, form, 2), level, n)
      check(matrix(dtype, n, 9, 150, form, 2, true), level, n)
    }
    check(matrix(dtype, 1, 9000, 1, 'NT'), level, 1)
    check(matrix(dtype, 3, 1100, 90, 'NT', 1, true), level, 1)
  })
  test.each(kinds)('%s: every transpose, sizes about the edges of tiles and blocks', dtype => {
    for (const form of ['NN', 'TN', 'NT', 'TT']) {
      for (const [m, k, n] of [[1, 700, 33], [33, 700, 1], [7, 65, 129], [61, 330, 47], [130, 9, 70], [25, 26, 600], [12, 1, 40], [1, 1, 1], [3, 3, 3]] as const) {
        for (const into of [false, true]) check(matrix(dtype, m, k, n, form, 1, into), level, m + n)
      }
    }
  })
  test('axes of no extent: nothing, zeros, or what was there', () => {
    for (const dtype of kinds) for (const into of [false, true]) {
      for (const [m, k, n, b] of [[0, 3, 4, 2], [3, 0, 4, 2], [3, 4, 0, 2], [3, 4, 5, 0], [0, 0, 0, 1]] as const) check(matrix(dtype, m, k, n, 'NN', b, into), level, 7)
    }
  })
  test('large enough for many units', () => {
    check(matrix('f32', 150, 340, 210, 'NN'), level, 3)
    for (const into of [false, true]) check(matrix('f32', 1, 103, 1403, 'NN', 2, into), level, 6)
    for (const into of [false, true]) check(matrix('f64', 301, 301, 1, 'TN', 1, into), level, 8)
    check(matrix('i32', 1, 301, 507, 'NN'), level, 9)
    check(matrix('f32', 300, 70, 120, 'TN'), level, 4)
    check(matrix('f64', 120, 300, 250, 'NT', 2), level, 5)
  })
  test('large enough to be packed ahead, the left operand too where several blocks of columns read it', () => {
    const before = aheads.left
    for (const [i, form] of ['NN', 'NT', 'TN', 'TT'].entries()) check(matrix('f32', 131, 400, 213, form), level, 20 + i)
    check(matrix('f32', 128, 650, 256, 'TN', 1, true), level, 30)
    check(matrix('f64', 91, 170, 210, 'TN', 2), level, 31)
    check(matrix('i32', 100, 250, 250, 'TN'), level, 32)
    expect(aheads.left - before).toBeGreaterThan(3)
  })
  test('a short left operand beside a long right one is packed ahead alone', () => {
    const before = aheads.alone
    for (const [i, form] of ['NN', 'NT', 'TN', 'TT'].entries()) check(matrix('f32', 21, 900, 610, form, 1, i % 2 > 0), level, 40 + i)
    check(matrix('f64', 20, 900, 301, 'TN', 2), level, 44)
    check(matrix('i32', 19, 900, 603, 'TN'), level, 45)
    expect(aheads.alone - before).toBe(6)
  })
  test('convolutions: overlapping windows, both layouts, and the gradient of the weights', () => {
    const [batch, h, w, ci, co, kh, kw, s] = [2, 9, 11, 3, 10, 3, 2, 2]
    const oh = Math.floor((h - kh) / s) + 1
    const ow = Math.floor((w - kw) / s) + 1
    for (const dtype of kinds) for (const into of [false, true]) {
      const rest = { tag: 'contract', dtype, batch: [], out: 2, into, then: null } as const
      check({ ...rest, rows: [batch, oh, ow], cols: [co], depth: [kh, kw, ci],
        left: { buffer: 0, offset: 0, batch: [], own: [h * w * ci, s * w * ci, s * ci], depth: [w * ci, ci, 1] },
        right: { buffer: 1, offset: 0, batch: [], own: [1], depth: [kw * ci * co, ci * co, co] } }, level, 11)
      check({ ...rest, rows: [co], cols: [batch, oh, ow], depth: [ci, kh, kw],
        left: { buffer: 0, offset: 0, batch: [], own: [ci * kh * kw], depth: [kh * kw, kw, 1] },
        right: { buffer: 1, offset: 0, batch: [], own: [h * w * ci, s * w, s], depth: [h * w, w, 1] } }, level, 12)
      check({ ...rest, rows: [co], cols: [batch, h - kh + 1, w - kw + 1], depth: [ci, kh, kw],
        left: { buffer: 0, offset: 0, batch: [], own: [ci * kh * kw], depth: [kh * kw, kw, 1] },
        right: { buffer: 1, offset: 0, batch: [], own: [h * w * ci, w, 1], depth: [h * w, w, 1] } }, level, 13)
      check({ ...rest, rows: [kh, kw, ci], cols: [co], depth: [batch, oh, ow],
        left: { buffer: 0, offset: 0, batch: [], own: [w * ci, ci, 1], depth: [h * w * ci, s * w * ci, s * ci] },
        right: { buffer: 1, offset: 0, batch: [], own: [1], depth: [oh * ow * co, ow * co, co] } }, level, 14)
    }
  })
  test('NaN and infinities go where IEEE 754 sends them', () => {
    for (const [m, k, n] of [[3, 4, 5], [64, 64, 64], [40, 2, 9]] as const) {
      for (const form of ['NN', 'NT', 'TN']) {
        const c = matrix('f32', m, k, n, form)
        const left = filled('f32', m * k, random(1)).map(Math.abs)
        const right = filled('f32', k * n, random(2)).map(Math.abs)
        left[0] = NaN
        right[right.length - 1] = Infinity
        left[left.length - 1] = -Infinity
        const out = allocate('f32', m * n)
        const r = ready(c, level, 64)
        const got = runRanges(r, c, left, right, out, [[0, r.emitted.units]])
        plain(c, left, right, out).values.forEach((w, i) => { if (!Number.isFinite(w)) expect(got[i]).toBe(w); else expect(Number.isFinite(got[i]!)).toBe(true) })
      }
    }
  })
  test('some operands were packed ahead', () => { expect(Math.min(aheads.units, aheads.turns)).toBeGreaterThan(5) })
  test('any axes and any strides', () => {
    const group = (max: number): fc.Arbitrary<readonly number[]> => fc.array(fc.integer({ min: 0, max }).map(x => (x === 0 ? 1 : x)), { maxLength: 3 })
    const stride = fc.oneof(fc.integer({ min: -3, max: 12 }), fc.constantFrom(0, 1, 1, 1, -1))
    const strides = fc.array(stride, { minLength: 3, maxLength: 3 })
    const shape = fc.record({
      dtype: fc.constantFrom(...kinds), batch: group(3), rows: group(9), cols: group(9), depth: group(7), into: fc.boolean(),
      lb: strides, lo: strides, ld: strides, rb: strides, ro: strides, rd: strides, seed: fc.nat(), dense: fc.boolean(),
    })
    fc.assert(fc.property(shape, s => {
      const take = (xs: readonly number[], extents: readonly number[]): readonly number[] => extents.map((_, d) => xs[d]!)
      // row major, the group order chosen by the seed
      const packed = (first: readonly number[], second: readonly number[], turned: boolean): readonly [readonly number[], readonly number[]] => {
        const extents = turned ? [...second, ...first] : [...first, ...second]
        const all = extents.map((_, d) => product(extents.slice(d + 1)))
        return turned ? [all.slice(second.length), all.slice(0, second.length)] : [all.slice(0, first.length), all.slice(first.length)]
      }
      const [lo, ld] = s.dense ? packed(s.rows, s.depth, s.seed % 2 === 0) : [take(s.lo, s.rows), take(s.ld, s.depth)]
      const [ro, rd] = s.dense ? packed(s.cols, s.depth, s.seed % 3 === 0) : [take(s.ro, s.cols), take(s.rd, s.depth)]
      const c: Contract = {
        tag: 'contract', dtype: s.dtype, batch: s.batch, rows: s.rows, cols: s.cols, depth: s.depth, out: 2, into: s.into, then: null,
        left: { buffer: 0, offset: 0, batch: take(s.lb, s.batch), own: lo, depth: ld },
        right: { buffer: 1, offset: 0, batch: take(s.rb, s.batch), own: ro, depth: rd },
      }
      const lift = (side: 'left' | 'right'): Contract['left'] => ({ ...c[side], offset: -reach(c[side], c, side)[0] })
      check({ ...c, left: lift('left'), right: lift('right') }, level, s.seed)
    }), { numRuns: 150 })
  })
})

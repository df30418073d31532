/** Schedules that only real GPUs are given, forced upon a software adapter: whatever the schedule, the numbers are the same within rounding, and the same twice. */
import { afterAll, describe, expect, test } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { choose, type Choose, type FoldSchedule, type MatrixSchedule, type Schedule, type Target } from '../../backends/webgpu/choose.js'
import { matrixFeature, matrixOf } from '../../backends/webgpu/matrixTrial.js'
import { subgroupOf } from '../../backends/webgpu/subgroups.js'
import { backendLaws } from '../../laws/backends.js'
import { tryLaw } from '../../laws/law.js'
import { runs, seed } from '../../laws/runs.js'
import type { DType } from '../../src/core/dtype.js'
import { NDArray, type Value } from '../../src/core/value.js'
import { cond, grad, jit, lax, np, readSync, scan, whileLoop } from '../../src/index.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { linearRecurrence } from '../../src/primitives/recurrence.js'
import { onBackend } from '../../src/runtime/default.js'
import { syncGpu } from './sync.js'

const real: Target = { software: false, invocations: 256, storage: 32768, subgroup: 1, matrix: null }
const software: Target = { software: true, invocations: 256, storage: 32768, subgroup: 1, matrix: null }

/** Folds by one schedule, contractions by another; lines are cut small. */
const folding = (s: FoldSchedule, t: Schedule = { tag: 'inner', by: s }): Choose => k =>
  (k.tag === 'nest' ? s : k.tag === 'contract' ? t : k.tag === 'sort' ? { tag: 'merges', run: 4 } : k.tag === 'cumulative' ? { tag: 'blocks', length: 5 } : { tag: 'alone' })
const found = await syncGpu()
if (found === null) console.warn('SKIPPED: there is no adapter for WebGPU here, not even SwiftShader out of @sparticuz/chromium: no schedule is run')
afterAll(() => found?.close())
const subgroup = found?.limits.target.subgroup ?? 1
const forced: Readonly<Record<string, Choose | undefined>> = {
  'what a GPU is given': undefined,
  'workgroups, tiles': folding({ tag: 'workgroup', lanes: 8, subgroup: 1 }, { tag: 'tiles', rows: 8, cols: 8, depth: 4, height: 4, width: 4, parts: 1 }),
  'parts by single invocations': folding({ tag: 'parts', count: 5, lanes: 1, rest: 1, subgroup: 1 }),
  'parts by workgroups, tiles in parts': folding({ tag: 'parts', count: 3, lanes: 4, rest: 2, subgroup: 1 }, { tag: 'tiles', rows: 8, cols: 16, depth: 8, height: 8, width: 4, parts: 3 }),
  // a subgroup, one of some lanes more than there are subgroups in a subgroup, and several rounds of them
  'workgroups of one subgroup': folding({ tag: 'workgroup', lanes: subgroup, subgroup }),
  'workgroups of subgroups': folding({ tag: 'workgroup', lanes: 2 * subgroup ** 2, subgroup }),
  'parts by workgroups of subgroups': folding({ tag: 'parts', count: 7, lanes: 2 * subgroup, rest: subgroup, subgroup }),
}

const array = (shape: readonly number[], f: (i: number) => number, dtype: DType = 'f32'): Value => np.astype(np.reshape(np.array(Array.from({ length: shape.reduce((n, m) => n * m, 1) }, (_, i) => f(i))), [...shape]), dtype)
const noise = (i: number): number => Math.fround(Math.sin(i * 12.9898) * 3)

describe.each(Object.keys(forced))('%s', name => {
  const gpu = found && found.narrowed({ target: { ...real, subgroup } }, forced[name])
  const both = (f: (...xs: Value[]) => Value, ...xs: readonly Value[]): { readonly got: readonly number[]; readonly want: readonly number[] } => {
    const once = onBackend(gpu!, () => readSync(jit(f)(...xs))), twice = onBackend(gpu!, () => readSync(jit(f)(...xs)))
    expect(Array.from(twice)).toEqual(Array.from(once))
    return { got: Array.from(once), want: Array.from(onBackend(reference, () => readSync(f(...xs.map(x => (x.dtype === 'f32' ? np.astype(x, 'f64') : x)))))) }
  }
  const near = (f: (...xs: Value[]) => Value, ...xs: readonly Value[]): void => {
    const { got, want } = both(f, ...xs)
    expect(got.length).toBe(want.length)
    got.forEach((g, i) => {
      const w = want[i]!
      if (Number.isFinite(w)) expect(Math.abs(g - w), `element ${i}: ${g} instead of ${w}`).toBeLessThanOrEqual(2e-5 * Math.max(1, Math.abs(w)))
      else expect(g).toBe(w)
    })
  }
  const same = (f: (...xs: Value[]) => Value, ...xs: readonly Value[]): void => { const { got, want } = both(f, ...xs); expect(got).toEqual(want) }

  // what schedules have in common is not run under each of them
  const products = !name.includes('subgroup'), lines = name === 'what a GPU is given' || name === 'workgroups, tiles'
  describe.skipIf(gpu === null)('on WebGPU', () => {
    test('agrees in single precision on programs, their pushes and their pulls', () => {
      const [, agrees] = backendLaws('gpu', () => gpu!)
      expect(tryLaw(agrees!, { runs: Math.ceil(runs() / 100), seed: seed() })).toBeNull()
    }, 120_000 + 3000 * runs())

    test.each([...products ? [[1], [2]] : [], [67], [8191], ...name === 'what a GPU is given' ? [[70_000]] : []])('folds of %i numbers', n => {
      const x = array([n], noise)
      near(v => np.sum(v), x)
      same(v => np.prod(v), array([n], i => (i === 0 ? 3 : noise(i) > 2.5 ? -1 : 1)))
      same(v => np.max(v), x)
      same(v => np.min(v), x)
      same(v => np.argmax(v), x)
      same(v => np.argmin(v), x)
      same(v => np.any(np.greater(v, 2.99)), x)
      same(v => np.all(np.less(v, 2.99)), x)
      same(v => np.sum(np.astype(np.multiply(v, 1e3), 'i32')), x)
      // several folds, what is stored on the way, and what follows them
      near(v => np.divide(np.subtract(v, np.mean(v)), np.sqrt(np.add(np.var(v), 1))), x)
      near(v => np.log(np.sum(np.exp(np.subtract(v, np.max(v))))), x)
    })
    test.each([...products ? [[[5, 700]], [[700, 5]], [[2, 3, 4, 5]]] : [], [[3, 40, 50]]])('folds along axes of %j', shape => {
      const x = array(shape, noise)
      for (let axis = 0; axis < shape.length; axis++) {
        near(v => np.sum(v, { axis }), x)
        same(v => np.max(v, { axis }), x)
        same(v => np.argmin(v, { axis }), x)
        near(v => np.cumsum(v, { axis }), x)
      }
      near(v => np.sum(v, { axis: [0, shape.length - 1] }), x)
      near(v => np.sum(np.transpose(v), { axis: 0 }), x)
      same(v => np.max(np.flip(v, 0), { axis: [0, 1] }), x)
    })
    test('NaN wins, wherever it is, and the first of equals', () => {
      const n = 1000
      for (const at of [[0], [999], [500, 20], [3, 4, 5]]) {
        const x = array([n], i => (at.includes(i) ? NaN : noise(i)))
        same(v => np.max(v), x)
        same(v => np.min(v), x)
        same(v => np.argmax(v), x)
        same(v => np.argmin(v), x)
      }
      const ties = array([n], i => [2, 1, 2, 0, 0][i % 5]!)
      same(v => np.argmax(v), ties)
      same(v => np.argmin(v), ties)
      same(v => np.argmax(np.greater(v, 1)), ties)
      same(v => np.argmax(v), array([n], () => -Infinity))
      same(v => np.max(v), array([n], () => -Infinity))
    })
    if (products) {
      test.each([[1, 1, 1], [3, 5, 7], [33, 17, 65], [1, 40, 300], [70, 66, 129], [5, 9, 1500], [0, 3, 4], [3, 4, 0]])('products of %i by %i, %i deep', (m, n, k) => {
        const a = array([m, k], noise), b = array([k, n], i => noise(i + 7)), ta = array([k, m], noise), tb = array([n, k], noise)
        const product = (x: Value, y: Value): Value => np.divide(np.matmul(x, y), Math.max(1, k))
        near(product, a, b)
        near((x, y) => product(np.transpose(x), y!), ta, b)
        near((x, y) => product(x, np.transpose(y!)), a, tb)
        near((x, y) => product(np.transpose(x), np.transpose(y!)), ta, tb)
        same((x, y) => np.matmul(np.astype(np.multiply(x, 9), 'i32'), np.astype(np.multiply(y!, 9), 'i32')), a, b)
      })
      test('products of batches, strided, broadcast and summed over several axes', () => {
        const a = array([3, 10, 14], noise), b = array([3, 14, 9], i => noise(i + 3)), c = array([2, 3, 10, 14], noise)
        near((x, y) => np.matmul(x, y!), a, b)
        near((x, y) => np.matmul(x, y!), c, b)
        near((x, y) => np.einsum('bij,bjk->ikb', x, y!), a, b)
        near((x, y) => np.einsum('abij,bij->a', x, y!), c, a)
        near((x, y) => np.einsum('abij,bjk->aik', x, y!), c, b)
        near((x, y) => np.matmul(lax.slice(x, [0, 0], [12, 20], [1, 2]), np.flip(y!, 1)), array([12, 20], noise), array([10, 11], noise))
      })
      test('convolutions and their gradients', () => {
        const x = array([2, 3, 9, 10], noise), w = array([5, 3, 3, 3], i => noise(i) / 9)
        const conv = (a: Value, b: Value): Value => lax.conv(a, b, { windowStrides: [2, 1], padding: [[1, 1], [0, 2]] })
        near(conv, x, w)
        near((a, b) => grad((v: Value) => np.sum(np.square(conv(v, b!))))(a) as Value, x, w)
        near((a, b) => grad((v: Value) => np.sum(np.square(conv(a, v))))(b!) as Value, x, w)
      })
    }
    test('sums that grow with a loop', () => {
      const w = array([12, 12], i => noise(i) / 9), xs = array([6, 4, 12], noise)
      near((v, all) => grad((u: Value) => np.sum(scan((c: Value, x: Value): [Value, Value] => [np.tanh(np.matmul(np.add(c, x), u)), np.sum(c)], np.zeros([4, 12], { dtype: u.dtype }), all!)[0] as Value))(v) as Value, w, xs)
    })
    if (lines) {
      test.each([[1], [4], [5], [37], [1000], [4099]])('sorts of %i elements', n => {
        const x = array([n], i => [noise(i), noise(i % 17), NaN, -0, 0, Infinity, -Infinity][i % 11] ?? noise(i))
        same(v => np.sort(v), x)
        same(v => np.argsort(v), x)
        same(v => np.sort(v, { descending: true }), x)
        same(v => np.argsort(v, { descending: true }), x)
        // equals stay in their order
        same(v => np.argsort(np.floor(v)), array([n], noise))
        same(v => lax.sort([np.astype(np.floor(v), 'i32'), np.greater(v, 0), np.arange(n, { dtype: 'u32' })], { numKeys: 2 })[2]!, array([n], noise))
      })
      test('sorts of lines along any axis', () => {
        for (const axis of [0, 1, 2]) same(v => np.argsort(v, { axis }), array([5, 33, 7], i => Math.round(noise(i))))
      })
      test.each([[1], [4], [5], [130], [1027], [5000]])('cumulative folds of %i elements', n => {
        const x = array([n], noise), near1 = array([n], i => 1 + noise(i) / 100)
        near(v => np.divide(np.cumsum(v), Math.sqrt(n)), x)
        near(v => np.divide(lax.cumsum(v, { reverse: true }), Math.sqrt(n)), x)
        near(v => lax.cumlogsumexp(v), x)
        same(v => lax.cummax(v), x)
        same(v => lax.cummin(v), array([n], i => (i === 40 ? NaN : noise(i))))
        same(v => np.cumsum(np.astype(np.multiply(v, 100), 'i32')), x)
        same(v => np.cumprod(np.astype(v, 'i32')), array([n], i => [1, -1, 3, 2][i % 4]!))
        near((a, b) => linearRecurrence(a, b!, 0, false) as Value, array([n], i => Math.sin(i) * 0.9), x)
        near((a, b) => linearRecurrence(a, b!, 0, true) as Value, near1, array([n], () => 0.01))
        same(v => np.cumprod(v), array([n], i => [2, 0.5, -1, 1][i % 4]!))
      })
      test('products that leave the range of floats within a block are those of the whole line', () => {
        const n = 200, block = (i: number): number => Math.floor(i / 5)
        same(v => np.cumprod(v), array([n], i => (i % 10 < 5 ? 2 ** -20 : 2 ** 20)))
        same(v => np.cumprod(v), array([n], i => (i % 10 < 5 ? 2 ** 20 : 2 ** -20)))
        // from 2^-120 up to 2^120 and down again: each block for itself overflows, or vanishes
        same(v => np.cumprod(v), array([n], i => 2 ** (block(i) === 0 ? -24 : block(i) % 2 === 0 ? -48 : 48)))
        near(v => np.cumprod(v), array([n], i => (i === 77 ? 0 : 1.5 - (i % 2))))
        // what was infinite or nothing on the way stays so, though the block leads back
        for (const s of [1, -1]) {
          const up = array([n], i => (i === 11 ? 2 ** (60 * s) : i === 12 ? 2 ** (-60 * s) : 1)), first = array([n], i => (i === 0 ? 2 ** (100 * s) : 0))
          const end = s > 0 ? Infinity : 0
          expect(both(v => np.cumprod(v), np.where(np.greater(first, 0), first, up)).got.slice(11).filter(y => y !== end)).toEqual([])
          expect(both((a, b) => linearRecurrence(a, b!, 0, false) as Value, up, first).got.slice(11).filter(y => y !== end)).toEqual([])
        }
        near((a, b) => linearRecurrence(a, b!, 0, false) as Value, array([n], i => (i % 10 < 5 ? 2 ** -30 : 2 ** 30)), array([n], i => (i === 0 ? 1 : 0)))
        near((a, b) => linearRecurrence(a, b!, 0, false) as Value, array([n], i => (i > 30 && i < 90 ? 0 : 0.5)), array([n], noise))
        // y_0 = x_0
        expect(both(v => np.cumsum(v), array([n], () => -0)).got.every(y => Object.is(y, -0))).toBe(true)
      })
    }
    test('inside of loops and choices', () => {
      const x = array([500], noise)
      near(v => whileLoop((a: Value) => np.less(np.sum(np.abs(a)), 5000), (a: Value) => np.add(a, np.max(a)), v, { maxSteps: 40 }) as Value, x)
      near(v => scan((c: Value, s: Value): [Value, Value] => [np.multiply(np.divide(c, np.max(np.abs(c))), s), np.sum(c)], v, np.array([1, 2, 3]))[1] as Value, x)
      for (const p of [0, 1]) near(v => cond(p === 1, (a: Value) => np.sum(a), (a: Value) => np.max(a), v), x)
    })
    test('zeros keep their signs, and folds of nothing are units', () => {
      same(v => np.max(v), array([300], i => (i === 217 ? 0 : -0)))
      same(v => np.min(v), array([300], i => (i === 217 ? -0 : 0)))
      same(v => np.sum(v), array([0], noise))
      same(v => np.prod(v, { axis: 1 }), array([4, 0], noise))
      same(v => np.sum(v, { axis: 1 }), array([0, 500], noise))
    })
  })
})

describe.skipIf(found === null)('tiles as large as GPUs are given them', () => {
  const shapes = [[128, 128, 8, 8, 8], [64, 64, 16, 4, 4], [32, 32, 16, 4, 4], [16, 64, 16, 4, 4], [64, 16, 16, 4, 4]] as const
  test.each(shapes.flatMap(s => [1, 2].map(parts => [...s, parts] as const)))('%i by %i, %i deep, by %i by %i registers, in %i parts', (rows, cols, depth, height, width, parts) => {
    const gpu = found!.narrowed({ target: real }, () => ({ tag: 'tiles', rows, cols, depth, height, width, parts }))
    // whole numbers: exact in any order
    const a = array([131, 300], i => Math.round(noise(i))), b = array([141, 300], i => Math.round(noise(i + 5)))
    const product = (x: Value, y: Value): Value => np.matmul(x, np.transpose(y))
    expect(Array.from(onBackend(gpu, () => readSync(jit(product)(a, b))))).toEqual(Array.from(onBackend(reference, () => readSync(product(a, b)))))
  })
})

/** A device on which every shader leaves the same bytes. */
const deviceThatLeaves = (bytes: ArrayBuffer): object => {
  const buffer = { destroy: () => undefined, mapAsync: async () => undefined, getMappedRange: () => bytes }
  const pass = { setPipeline: () => undefined, setBindGroup: () => undefined, dispatchWorkgroups: () => undefined, end: () => undefined }
  return {
    pushErrorScope: () => undefined, popErrorScope: async () => null, createBuffer: () => buffer, createShaderModule: () => ({}), createBindGroup: () => ({}), queue: { submit: () => undefined },
    createComputePipelineAsync: async () => ({ getBindGroupLayout: () => ({}) }),
    createCommandEncoder: () => ({ beginComputePass: () => pass, copyBufferToBuffer: () => undefined, finish: () => ({}) }),
  }
}
describe('subgroups', () => {
  test.skipIf(found === null || process.env['COTANGENT_ADAPTER'] === 'system')('of SwiftShader are four lanes, side by side', () => { expect(subgroup).toBe(4) })
  const refused = new Proxy({}, { get: (_, name) => { if (name === 'features') return new Set(['subgroups']); throw new Error('not to be asked') } }) as GPUDevice
  const sizes = (least?: number, most = least): GPUAdapterInfo => ({ subgroupMinSize: least, subgroupMaxSize: most }) as unknown as GPUAdapterInfo
  test('are none where the device has none, their size may vary, or it is no power of two', async () => {
    expect(await subgroupOf({ features: new Set() } as unknown as GPUDevice, sizes(32))).toBe(1)
    for (const info of [sizes(), sizes(1), sizes(8, 32), sizes(24), sizes(256)]) expect(await subgroupOf(refused, info)).toBe(1)
  })
  test('are none where lanes hear from others than those expected, and where the trial fails', async () => {
    const heard = (from: (lane: number, distance: number) => number): GPUDevice => {
      const words = new Uint32Array(128 * 2).map((_, i) => from(i % 128, i < 128 ? 1 : 2))
      return { ...deviceThatLeaves(words.buffer), features: new Set(['subgroups']) } as unknown as GPUDevice
    }
    expect(await subgroupOf(heard((lane, d) => lane ^ d), sizes(4))).toBe(4)
    // every other lane belongs to one subgroup
    expect(await subgroupOf(heard((lane, d) => lane ^ (2 * d)), sizes(4))).toBe(1)
    expect(await subgroupOf(heard((lane, d) => (lane === 77 ? 0 : lane ^ d)), sizes(4))).toBe(1)
    expect(await subgroupOf({ ...heard(l => l), createComputePipelineAsync: () => Promise.reject(new Error('no subgroups after all')) } as unknown as GPUDevice, sizes(4))).toBe(1)
  })
})

describe('matrices of subgroups', () => {
  const info = { subgroupMatrixConfigs: [{ componentType: 'f16', resultComponentType: 'f32', M: 8, N: 8, K: 8 }, { componentType: 'f16', resultComponentType: 'f16', M: 16, N: 16, K: 16 }] } as unknown as GPUAdapterInfo
  const features = new Set(['subgroups', 'shader-f16', matrixFeature])
  /** A device that leaves these numbers, whatever it is asked. */
  const answering = (numbers: Float32Array<ArrayBuffer>): GPUDevice => ({ ...deviceThatLeaves(numbers.buffer), features }) as unknown as GPUDevice
  /** What the trial expects: twice the products of what it fills in. */
  const entry = (which: number, s: number, place: number): number => (place * (3 + which) + 5 * s + which) % 13 - 6
  const right = Float32Array.from({ length: 128 }, (_, e) => 2 * Array.from({ length: 8 }, (_, d) => entry(0, e >> 6, 8 * ((e >> 3) % 8) + d) * entry(1, e >> 6, 8 * d + e % 8)).reduce((a, b) => a + b, 0))
  test('are those that come out right, and none where they do not, or the device lacks what they need', async () => {
    expect(await matrixOf(answering(right), info, 8)).toEqual({ m: 8, n: 8, k: 8 })
    expect(await matrixOf(answering(right.map((x, i) => (i === 100 ? x + 1 : x))), info, 8)).toBeNull()
    // each matrix transposed
    expect(await matrixOf(answering(right.map((_, e) => right[e - e % 64 + 8 * (e % 8) + ((e >> 3) % 8)]!)), info, 8)).toBeNull()
    expect(await matrixOf(answering(right), {} as GPUAdapterInfo, 8)).toBeNull()
    expect(await matrixOf(answering(right), info, 1)).toBeNull()
    expect(await matrixOf({ ...answering(right), features: new Set(['subgroups', 'shader-f16']) } as unknown as GPUDevice, info, 8)).toBeNull()
    expect(await matrixOf({ ...answering(right), createComputePipelineAsync: () => Promise.reject(new Error('an older spelling')) } as unknown as GPUDevice, info, 8)).toBeNull()
  })
})

test.skipIf(found === null)('folds that fill the memory of a workgroup leave room for the flag of a choice', () => {
  const gpu = found!.narrowed({ target: { ...real, storage: 16384 } }), x = array([1500], noise)
  const sums = (v: Value): Value => np.stack(Array.from({ length: 16 }, (_, k) => np.sum(np.floor(np.multiply(v, k + 1)))))
  const f = jit((p: Value, v: Value) => cond(p, sums, (u: Value) => np.zeros([16]), v) as Value)
  expect(Array.from(onBackend(gpu, () => readSync(f(np.array(true), x))))).toEqual(Array.from(onBackend(reference, () => readSync(sums(x)))))
})
test.skipIf(found === null)('products of great factors and small ones are gone through in order', () => {
  const gpu = found!.narrowed({ target: real }), x = array([3, 256], i => (i % 2 ? 2 ** 10 : 2 ** -10))
  expect(Array.from(onBackend(gpu, () => readSync(jit((v: Value) => np.prod(v, { axis: 1 }))(x))))).toEqual([1, 1, 1])
})

describe('the choice', () => {
  const nest = (spatial: readonly number[], reduced: readonly number[], strides: readonly number[], folds = 1): Kernel => ({
    tag: 'nest', buffers: ['f32', 'f32'], extents: [...spatial, ...reduced], reduced: reduced.length,
    folds: Array.from({ length: folds }, () => ({ monoid: 'sum' as const, dtype: 'f32' as const, value: { tag: 'load' as const, id: 0, dtype: 'f32' as const, view: { buffer: 0, offset: 0, strides, starts: [] } } })), stores: [],
  })
  const chosen = (k: Kernel, t: Target): Schedule => choose(k, t)
  test('one result of very much is folded in parts, everywhere', () => {
    expect(chosen(nest([], [2 ** 20], [1]), real)).toEqual({ tag: 'parts', count: 512, lanes: 256, rest: 128, subgroup: 1 })
    expect(chosen(nest([], [2 ** 20], [1]), software)).toEqual({ tag: 'parts', count: 1024, lanes: 1, rest: 1, subgroup: 1 })
  })
  test('rows are folded by workgroups on a GPU, and one by one without', () => {
    expect(chosen(nest([4096], [4096], [4096, 1]), real)).toEqual({ tag: 'workgroup', lanes: 256, subgroup: 1 })
    expect(chosen(nest([4096], [256], [256, 1]), real)).toEqual({ tag: 'workgroup', lanes: 64, subgroup: 1 })
    expect(chosen(nest([4096], [4096], [4096, 1]), software)).toEqual({ tag: 'alone' })
  })
  test('lanes join by subgroups where there are any', () => {
    expect(chosen(nest([4096], [4096], [4096, 1]), { ...real, subgroup: 32 })).toEqual({ tag: 'workgroup', lanes: 256, subgroup: 32 })
    expect(chosen(nest([], [2 ** 20], [1]), { ...real, subgroup: 32 })).toEqual({ tag: 'parts', count: 512, lanes: 256, rest: 128, subgroup: 32 })
  })
  test('columns lie beside each other: invocations go down, in parts where they are few', () => {
    expect(chosen(nest([100_000], [256], [1, 100_000]), real)).toEqual({ tag: 'alone' })
    expect(chosen(nest([4096], [4096], [1, 4096]), real)).toEqual({ tag: 'parts', count: 16, lanes: 1, rest: 1, subgroup: 1 })
  })
  test('little is folded by one invocation', () => {
    expect(chosen(nest([10], [20], [20, 1]), real)).toEqual({ tag: 'alone' })
    expect(chosen(nest([10], [0], [0, 1]), real)).toEqual({ tag: 'alone' })
    expect(chosen(nest([], [2 ** 20], [1]), { ...real, invocations: 1 })).toEqual({ tag: 'alone' })
  })
  const product = (m: number, n: number, k: number, batch: readonly number[] = []): Kernel => ({
    tag: 'contract', dtype: 'f32', batch, rows: [m], cols: [n], depth: [k], out: 2, into: false, then: null,
    left: { buffer: 0, offset: 0, batch: batch.map(() => m * k), own: [k], depth: [1] }, right: { buffer: 1, offset: 0, batch: batch.map(() => k * n), own: [1], depth: [n] },
  })
  test('products are tiles on a GPU, as large as leaves enough of them', () => {
    const tiles = (rows: number, cols: number, registers: number, depth: number, parts = 1): Schedule => ({ tag: 'tiles', rows, cols, depth, height: registers, width: registers, parts })
    expect(chosen(product(4096, 4096, 4096), real)).toEqual(tiles(128, 128, 8, 8))
    expect(chosen(product(1024, 1024, 1024), real)).toEqual(tiles(64, 64, 4, 16))
    expect(chosen(product(256, 256, 256), real)).toEqual(tiles(32, 32, 4, 16))
    expect(chosen(product(64, 64, 64, [512]), real)).toEqual(tiles(64, 64, 4, 16))
    expect(chosen(product(8, 4096, 4096), real)).toEqual(tiles(16, 64, 4, 16))
    expect(chosen(product(64, 64, 65536), real)).toEqual(tiles(64, 64, 4, 16, 128))
    expect(chosen(product(4096, 4096, 4096), { ...real, invocations: 128 })).toEqual(tiles(32, 32, 4, 16))
    expect(chosen(product(4096, 4096, 4096), { ...real, storage: 1024 })).toEqual({ tag: 'registers' })
  })
  test('little products, and all on software adapters, are registers', () => {
    expect(chosen(product(20, 20, 64), real)).toEqual({ tag: 'registers' })
    expect(chosen(product(512, 512, 8), real)).toEqual({ tag: 'registers' })
    expect(chosen(product(1024, 1024, 1024), software)).toEqual({ tag: 'registers' })
  })
  test('products of halves go by matrices of subgroups where the tiles are filled, and nothing else does', () => {
    const gpu: Target = { ...real, storage: 16384, subgroup: 32, matrix: { m: 16, n: 16, k: 16 } }
    const halves = (m: number, n: number, k: number): Kernel => ({ ...product(m, n, k), dtype: 'f16' } as Kernel)
    expect(chosen(halves(512, 512, 512), gpu)).toMatchObject({ tag: 'matrices', rows: 64, cols: 64, depth: 32, subgroup: 32 })
    // all of the GPU has work, and no sum is of more than 2,048 matrices
    const partsOf = (m: number, n: number, k: number): unknown => (chosen(halves(m, n, k), gpu) as MatrixSchedule).parts
    expect([partsOf(512, 512, 512), partsOf(64, 64, 65536), partsOf(4096, 4096, 4096), partsOf(4096, 4096, 65536)]).toEqual([1, 128, 1, 2])
    expect(chosen(product(512, 512, 512), gpu).tag).toBe('tiles')
    expect(chosen(halves(512, 512, 512), { ...gpu, matrix: null }).tag).toBe('tiles')
    expect(chosen(halves(512, 512, 512), { ...gpu, storage: 8192 }).tag).toBe('tiles')
    expect(chosen(halves(512, 512, 512), { ...gpu, invocations: 64 }).tag).not.toBe('matrices')
    expect(chosen(halves(512, 512, 16), gpu).tag).not.toBe('matrices')
    expect(chosen(halves(512, 512, 512), { ...gpu, software: true }).tag).toBe('registers')
  })
  test('products of vectors are folds', () => {
    expect(chosen(product(1, 1, 2 ** 20), software)).toEqual({ tag: 'inner', by: { tag: 'parts', count: 1024, lanes: 1, rest: 1, subgroup: 1 } })
    expect(chosen(product(1, 1, 2 ** 20), real)).toEqual({ tag: 'inner', by: { tag: 'parts', count: 512, lanes: 256, rest: 128, subgroup: 1 } })
    expect(chosen(product(4096, 1, 4096), real)).toEqual({ tag: 'inner', by: { tag: 'workgroup', lanes: 256, subgroup: 1 } })
    // the matrix lies along its columns
    expect(chosen(product(1, 4096, 4096), real)).toEqual({ tag: 'inner', by: { tag: 'parts', count: 16, lanes: 1, rest: 1, subgroup: 1 } })
  })
  test('long lines are sorted in runs, and accumulated in blocks where they are few', () => {
    const sort = (length: number): Kernel => ({ tag: 'sort', lines: [3], length, keys: 1, descending: false, dtypes: ['f32'], ins: [], outs: [], room: null })
    expect(chosen(sort(100), real)).toEqual({ tag: 'alone' })
    expect(chosen(sort(10_000), real)).toEqual({ tag: 'merges', run: 16 })
    const sums = (lines: number, length: number): Kernel => ({ tag: 'cumulative', kind: 'sum', dtype: 'f32', lines: [lines], length, ins: [], out: { buffer: 1, offset: 0, strides: [] } })
    expect(chosen(sums(1, 2 ** 20), software)).toEqual({ tag: 'blocks', length: 1024 })
    expect(chosen(sums(20, 2 ** 14), software)).toEqual({ tag: 'alone' })
    expect(chosen(sums(1000, 2 ** 12), real)).toEqual({ tag: 'blocks', length: 64 })
    expect(chosen(sums(1000, 500), real)).toEqual({ tag: 'alone' })
  })
  test('lanes are as many as there is memory for', () => {
    expect(chosen(nest([4096], [4096], [4096, 1], 20), { ...real, storage: 16384 })).toEqual({ tag: 'workgroup', lanes: 128, subgroup: 1 })
  })
})

/** Halves on a device that has them: sixteen bits there, and the same numbers. */
import { afterAll, describe, expect, test } from 'vitest'
import { reference } from '../../../backends/reference/index.js'
import { choose } from '../../../backends/webgpu/choose.js'
import { createWebGpu, type WebGpuBackend } from '../../../backends/webgpu/index.js'
import { compiledBy } from '../../../laws/compiled.js'
import { families } from '../../../laws/index.js'
import { tryLaw } from '../../../laws/law.js'
import { array } from '../../../laws/numbers.js'
import { runs, seed } from '../../../laws/runs.js'
import { halfOfBits } from '../../../src/core/half.js'
import { cond, grad, jit, np, random, read, readSync, scan, whileLoop, type Value } from '../../../src/index.js'
import { collectNow } from '../../../src/runtime/collect.js'
import { onBackend } from '../../../src/runtime/default.js'
import { syncGpu } from '../sync.js'

const found = await syncGpu()
if (found === null) console.warn('SKIPPED: there is no adapter for WebGPU here: halves are not tested')
else if (!found.limits.halves) console.warn(`SKIPPED: ${found.adapter} has no shader-f16: halves are not computed with`)

const all = Array.from({ length: 65536 }, (_, bits) => halfOfBits(bits))
const row = (h: Value, x: Value): [Value, Value] => { const next = np.tanh(np.add(np.multiply(h, 0.5), x)); return [next, np.multiply(next, x)] }

describe.skipIf(!found?.limits.halves)('on an adapter with halves', () => {
  afterAll(() => found?.close())
  /** Number by number what the reference answers, in all dtypes: products and sums here are exact in f32. */
  const same = (f: (...xs: Value[]) => Value, ...xs: Value[]): void => {
    const got = onBackend(found!, () => jit(f)(...xs)), want = onBackend(reference, () => f(...xs))
    expect(got.dtype).toBe(want.dtype)
    expect(Array.from(readSync(got))).toEqual(Array.from(readSync(want)))
  }
  const near = (f: (...xs: Value[]) => Value, ...xs: Value[]): void => {
    const got = onBackend(found!, () => jit(f)(...xs)), want = onBackend(reference, () => Array.from(readSync(f(...xs)))), size = Math.max(...want.map(Math.abs))
    expect(got.dtype).toBe('f16')
    expect(Array.from(readSync(got)).reduce((m, x, i) => Math.max(m, Math.abs(x - want[i]!)), 0)).toBeLessThanOrEqual(2 ** -10 * size)
  }
  const halves = array('f16', [65536], all)
  test('every half goes there and comes back, and is what it is in other dtypes', () => {
    same(x => np.negative(x), halves)
    same(x => np.astype(x, 'f32'), halves)
    same(x => np.astype(x, 'i32'), halves)
    same(x => np.nextafter(x, Infinity), halves)
    same(x => np.nextafter(x, -Infinity), halves)
    same((x, y) => np.add(np.multiply(x, 3), y!), halves, np.flip(halves))
  })
  test('what is rounded goes to the nearest half, halfway to the even one, and too far to infinity', () => {
    const positive = all.slice(0, 0x7c00), middles = positive.map((x, k) => (x + (positive[k + 1] ?? 65536)) / 2)
    const xs = middles.flatMap(m => [m, m * (1 + 2 ** -23), m * (1 - 2 ** -23), -m])
    same(x => np.astype(x, 'f16'), array('f32', [xs.length], xs.map(Math.fround)))
    same(x => np.astype(np.multiply(x, x), 'f16'), array('f32', [1000], Array.from({ length: 1000 }, (_, i) => Math.fround(i * 0.37))))
    same(x => np.astype(x, 'f16'), np.arange(70000))
  })
  test('arrays of odd sizes, parts of them, loops and choices', () => {
    const x = random.normal(random.key(1), [7, 3], { dtype: 'f16' })
    same(v => np.concatenate([v, np.flip(v), np.multiply(v, 2)], 1), x)
    same(v => np.sort(np.reshape(v, [21])), x)
    same(v => np.take(v, np.array([6, 0, 3], { dtype: 'i32' }), { axis: 0 }), x)
    same(v => np.argmax(v, { axis: 1 }), x)
    near(v => scan(row, np.zeros([3], { dtype: 'f16' }), v)[1] as Value, x)
    near(v => cond(np.greater(np.sum(v), 100), (u: Value) => u, (u: Value) => np.sin(u), v) as Value, x)
    near(v => (whileLoop(([i]: readonly Value[]) => np.less(i!, 5), ([i, u]: readonly Value[]) => [np.add(i!, 1), np.multiply(np.tanh(u!), 1.5)] as const, [np.array(0, { dtype: 'i32' }), v] as readonly Value[], { maxSteps: 9 }) as readonly Value[])[1]!, x)
    near(v => grad((u: Value) => np.sum(np.max(np.multiply(u, np.tanh(u)), { axis: 1 })))(v) as Value, x)
    near(v => np.mean(np.add(v, 60000)), x)
  })
  test('products, also by tiles in shared memory, and long sums by workgroups', () => {
    const a = random.normal(random.key(1), [70, 130], { dtype: 'f16' }), b = random.normal(random.key(2), [130, 50], { dtype: 'f16' })
    near((x, y) => np.matmul(x, y!), a, b)
    const gpu = found!.narrowed({}, (k, t) => choose(k, { ...t, software: false }))
    const got = onBackend(gpu, () => Array.from(readSync(jit((x: Value, y: Value) => np.matmul(x, y))(a, b)))), want = onBackend(reference, () => Array.from(readSync(np.matmul(a, b))))
    expect(got.reduce((m, x, i) => Math.max(m, Math.abs(x - want[i]!)), 0)).toBeLessThanOrEqual(2 ** -10 * Math.max(...want.map(Math.abs)))
    expect(onBackend(gpu, () => Array.from(readSync(jit((x: Value) => np.sum(x))(np.ones([50_000], { dtype: 'f16' })))))).toEqual([49_984])
  })
  test('laws of halves, with bindings enough and with few and short ones', () => {
    for (const gpu of [found!, found!.narrowed({ storageBuffers: 4 }), found!.narrowed({ binding: 1024, storageBuffers: 4 })]) {
      for (const l of families.halves.laws.filter(l => l.share > 0)) expect(compiledBy(gpu, () => tryLaw({ ...l, share: 1 }, { runs: Math.ceil(runs() / 40), seed: seed() }))).toBeNull()
    }
  }, 240_000 + 3000 * runs())
})

const acquired = found === null ? null : await createWebGpu(reference, { small: 0, dawn: ['backend=vulkan'] }, collectNow)
describe.skipIf(acquired === null || acquired._tag === 'Left')('the backend', () => {
  const gpu = (acquired as { readonly right: WebGpuBackend } | null)?.right
  afterAll(async () => { await gpu?.settled(); gpu?.close() })
  const f = jit((x: Value) => np.add(np.multiply(x, 2), 1))
  test.skipIf(!found?.limits.halves)('halves take two bytes on the device', async () => {
    const before = gpu!.memory!.report().live, y = onBackend(gpu!, () => f(np.ones([2 ** 16], { dtype: 'f16' })))
    // the argument and the result, and little else
    expect(gpu!.memory!.report().live - before).toBeGreaterThanOrEqual(2 * 2 * 2 ** 16)
    expect(gpu!.memory!.report().live - before).toBeLessThan(2 * 2 * 2 ** 16 + 1024)
    expect(await read(y)).toEqual(new Float32Array(2 ** 16).fill(3))
  })
})

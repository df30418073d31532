/** Products of halves by the matrices of subgroups, forced upon a software adapter that has them: the same numbers within rounding, whatever the shapes. */
import { afterAll, describe, expect, test } from 'vitest'
import { reference } from '../../../backends/reference/index.js'
import { choose, type MatrixSchedule } from '../../../backends/webgpu/choose.js'
import type { Limits } from '../../../backends/webgpu/parts.js'
import { compiledBy } from '../../../laws/compiled.js'
import { families } from '../../../laws/index.js'
import { tryLaw } from '../../../laws/law.js'
import { runs, seed } from '../../../laws/runs.js'
import { cond, grad, jit, lax, np, random, readSync, scan, type Value } from '../../../src/index.js'
import { onBackend } from '../../../src/runtime/default.js'
import { syncGpu } from '../sync.js'

// Dawn gives the matrices where experiments are allowed
const found = await syncGpu(['enable-dawn-features=allow_unsafe_apis'])
const shape = found?.limits.target.matrix ?? null
if (found === null) console.warn('SKIPPED: there is no adapter for WebGPU here: matrices of subgroups are not tested')
else if (shape === null) console.warn(`SKIPPED: the subgroups of ${found.adapter} multiply no matrices: products by them are not tested`)

describe.skipIf(shape === null)('on an adapter whose subgroups multiply matrices', () => {
  afterAll(() => found?.close())
  const forced = (limits: Partial<Limits> = {}, change: (s: MatrixSchedule) => MatrixSchedule = s => s) => found!.narrowed(limits, k => {
    if (k.tag !== 'contract' || k.dtype !== 'f16') return { tag: 'alone' }
    const s = shape!, { subgroup } = found!.limits.target
    return change({ tag: 'matrices', rows: 4 * s.m, cols: 4 * s.n, depth: 2 * s.k, down: 2, across: 2, subgroup, shape: s })
  })
  const draw = (key: number, shape: readonly number[]): Value => random.normal(random.key(key), shape, { dtype: 'f16' })
  const near = (f: (...xs: Value[]) => Value, xs: readonly Value[], gpu = forced()): void => {
    const got = onBackend(gpu, () => jit(f)(...xs)), numbers = Array.from(readSync(got))
    const want = onBackend(reference, () => Array.from(readSync(f(...xs.map(x => np.astype(x, 'f64')))))), size = Math.max(...want.filter(Number.isFinite).map(Math.abs), 1)
    expect(got.dtype).toBe('f16')
    numbers.forEach((x, i) => {
      const w = want[i]!
      if (Number.isFinite(w)) expect(Math.abs(x - w), `element ${i}: ${x} instead of ${w}`).toBeLessThanOrEqual(2 ** -10 * size)
      else expect(x).toBe(w)
    })
  }
  const matmul = (x: Value, y?: Value): Value => np.matmul(x, y!)
  test('it is chosen for large products of halves on GPUs that have the matrices, and for nothing else', () => {
    const product = (dtype: 'f16' | 'f32', m: number, n: number, k: number) => ({
      tag: 'contract', dtype, batch: [], rows: [m], cols: [n], depth: [k], out: 2, into: false, then: null,
      left: { buffer: 0, offset: 0, batch: [], own: [k], depth: [1] }, right: { buffer: 1, offset: 0, batch: [], own: [1], depth: [n] },
    } as const)
    const gpu = { software: false, invocations: 256, storage: 16384, subgroup: 32, matrix: { m: 16, n: 16, k: 16 } }
    expect(choose(product('f16', 512, 512, 512), gpu)).toMatchObject({ tag: 'matrices', rows: 64, cols: 64, depth: 32, subgroup: 32 })
    expect(choose(product('f32', 512, 512, 512), gpu).tag).toBe('tiles')
    expect(choose(product('f16', 512, 512, 512), { ...gpu, matrix: null }).tag).toBe('tiles')
    expect(choose(product('f16', 512, 512, 512), { ...gpu, storage: 8192 }).tag).toBe('tiles')
    expect(choose(product('f16', 512, 512, 512), { ...gpu, invocations: 64 }).tag).not.toBe('matrices')
    expect(choose(product('f16', 512, 512, 16), gpu).tag).not.toBe('matrices')
    expect(choose(product('f16', 512, 512, 512), { ...gpu, software: true }).tag).toBe('registers')
  })
  test('sizes that fill no tile, and such as do', () => {
    for (const [m, k, n] of [[1, 1, 1], [3, 5, 2], [32, 16, 32], [33, 17, 31], [70, 130, 50], [5, 257, 40]] as const) near(matmul, [draw(m, [m, k]), draw(n, [k, n])])
  })
  test('batches, transposes, windows of convolutions, rows that are the same', () => {
    near((x, y) => np.einsum('bij,bkj->bik', x, y!), [draw(1, [3, 20, 30]), draw(2, [3, 12, 30])])
    near((x, y) => np.matmul(np.transpose(x), y!), [draw(3, [40, 23]), draw(4, [40, 19])])
    near((x, y) => lax.conv(x, y!, { padding: 'SAME' }), [draw(5, [2, 3, 10, 11]), draw(6, [9, 3, 3, 3])])
    near((x, y) => np.matmul(np.broadcastTo(x, [4, 20, 24]), y!), [draw(7, [24]), draw(8, [4, 24, 10])])
    near((x, y) => grad((v: Value) => np.sum(np.tanh(np.matmul(v, y!))))(x) as Value, [draw(9, [33, 20]), np.multiply(draw(10, [20, 35]), 0.3)])
  })
  test('infinities and NaN stay in their rows and columns', () => {
    const x = np.set(np.set(draw(11, [40, 50]), [3, 7], Infinity), [20, 49], NaN), y = draw(12, [50, 37])
    near(matmul, [x, np.add(np.abs(y), 0.5)])
  })
  test('in loops and choices, with bindings that are short and few, and in turns', () => {
    near((x, y) => scan((c: Value, row: Value): [Value, Value] => { const next = np.tanh(np.matmul(row, c)); return [next, next] }, y!, x)[1] as Value, [np.multiply(draw(13, [4, 20, 20]), 0.2), draw(14, [20, 20])])
    near((x, y) => cond(np.greater(np.sum(x), 1e4), (v: Value) => np.multiply(v, 0), (v: Value) => np.matmul(v, y!), x) as Value, [draw(15, [40, 40]), draw(16, [40, 40])])
    for (const limits of [{ binding: 1024 }, { storageBuffers: 4 }, { binding: 1024, storageBuffers: 4 }]) near(matmul, [draw(17, [40, 60]), draw(18, [60, 44])], forced(limits))
  })
  test('other tiles: one subgroup, one step of the depth', () => {
    const s = shape!
    near(matmul, [draw(19, [45, 70]), draw(20, [70, 37])], forced({}, x => ({ ...x, rows: s.m, cols: 3 * s.n, depth: s.k, down: 1, across: 1 })))
    near(matmul, [draw(19, [45, 70]), draw(20, [70, 37])], forced({}, x => ({ ...x, rows: 2 * s.m, cols: 4 * s.n, depth: 3 * s.k, down: 1, across: 4 })))
  })
  test('laws of halves', () => {
    for (const l of families.halves.laws.filter(l => l.share > 0)) expect(compiledBy(forced(), () => tryLaw({ ...l, share: 1 }, { runs: Math.ceil(runs() / 200), seed: seed() }))).toBeNull()
  }, 240_000 + 3000 * runs())
})

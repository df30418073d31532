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
  /** Few matrices: each that a shader names takes lavapipe half a second to compile. */
  const s = shape ?? { m: 8, n: 8, k: 8 }, subgroup = found?.limits.target.subgroup ?? 1
  const schedule: MatrixSchedule = { tag: 'matrices', rows: 2 * s.m, cols: 2 * s.n, depth: 2 * s.k, down: 2, across: 2, subgroup, shape: s, parts: 1 }
  const forced = (limits: Partial<Limits> = {}, change: Partial<MatrixSchedule> = {}) =>
    found!.narrowed(limits, k => (k.tag === 'contract' && k.dtype === 'f16' ? { ...schedule, ...change } : { tag: 'alone' }))
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
  /** Whole numbers whose sums are halves: no order of the sums, and no rounding, changes them. */
  const whole = (shape: readonly number[], from: number): Value => np.astype(np.reshape(np.array(Array.from({ length: shape.reduce((n, m) => n * m, 1) }, (_, i) => (i * 11 + from + (i >> 4)) % 7 - 3)), [...shape]), 'f16')
  const same = (f: (...xs: Value[]) => Value, xs: readonly Value[], gpu = forced()): void =>
    expect(Array.from(readSync(onBackend(gpu, () => jit(f)(...xs))))).toEqual(Array.from(onBackend(reference, () => readSync(f(...xs)))))
  const matmul = (x: Value, y?: Value): Value => np.matmul(x, y!)
  test('whole numbers are exact, the depth in one part or in several, and however the operands lie', () => {
    for (const [m, k, n] of [[1, 1, 1], [32, 16, 32], [33, 17, 31], [70, 130, 50]] as const) same(matmul, [whole([m, k], 0), whole([k, n], 2)])
    for (const parts of [1, 3]) {
      const gpu = forced({}, { parts })
      same((x, y) => np.matmul(np.transpose(x), np.transpose(y!)), [whole([100, 8], 0), whole([35, 100], 2)], gpu)
      same((x, y) => np.einsum('bij,bkj->bik', x, y!), [whole([3, 20, 50], 1), whole([3, 12, 50], 4)], gpu)
    }
    // parts of which some have nothing
    same(matmul, [whole([5, 20], 0), whole([20, 9], 2)], forced({}, { parts: 5 }))
    same((x, y) => lax.conv(x, y!, { padding: 'SAME', windowStrides: [2, 1] }), [whole([2, 3, 10, 11], 1), whole([9, 3, 3, 3], 4)])
    same((x, y) => np.matmul(np.broadcastTo(x, [4, 20, 24]), y!), [whole([24], 1), whole([4, 24, 10], 2)])
  })
  test('a product is as far from the exact one as its rounding and that of its sums', () => {
    const x = draw(1, [70, 130]), y = draw(2, [130, 50]), exact = (f: (v: Value) => Value): readonly number[] => onBackend(reference, () => Array.from(readSync(matmul(f(np.astype(x, 'f64')), f(np.astype(y, 'f64'))))))
    const want = exact(v => v), sizes = exact(np.abs), got = Array.from(readSync(onBackend(forced(), () => jit(matmul)(x, y))))
    got.forEach((g, i) => expect(Math.abs(g - want[i]!), `element ${i}`).toBeLessThanOrEqual(2 ** -11 * Math.abs(want[i]!) + 2 ** -25 + 130 * 2 ** -23 * sizes[i]!))
  })
  test('gradients', () => {
    near((x, y) => grad((v: Value) => np.sum(np.tanh(np.matmul(v, y!))))(x) as Value, [draw(9, [33, 20]), np.multiply(draw(10, [20, 35]), 0.3)])
  })
  test('halves below the least normal one count', () => {
    const tiny = np.multiply(whole([40, 30], 0), 2 ** -24)
    expect(Array.from(readSync(tiny)).some(x => x !== 0)).toBe(true)
    same(matmul, [tiny, np.multiply(whole([30, 35], 3), 1024)])
    same((x, y) => np.matmul(x, np.transpose(y!)), [np.multiply(whole([40, 30], 3), 512), np.multiply(whole([35, 30], 3), 2 ** -24)])
  })
  test('ranges of the depth are added to what those before them left', () => {
    for (const parts of [1, 2]) {
      let into = 0
      // what takes more parts than there are bindings is computed in turns
      const gpu = found!.narrowed({ binding: 1024, storageBuffers: 4 }, k => {
        if (k.tag !== 'contract') return { tag: 'alone' }
        if (k.into) into++
        return { ...schedule, parts }
      })
      same(matmul, [whole([6, 600], 1), whole([600, 7], 3)], gpu)
      expect(into).toBeGreaterThan(0)
    }
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
  test('other tiles: one subgroup, one step of the depth, several matrices to a subgroup', () => {
    const operands = [whole([45, 70], 1), whole([70, 37], 2)]
    same(matmul, operands, forced({}, { rows: s.m, cols: 3 * s.n, depth: s.k, down: 1, across: 1 }))
    same(matmul, operands, forced({}, { rows: 2 * s.m, cols: 4 * s.n, depth: 3 * s.k, down: 1, across: 4 }))
    // what a GPU is given
    same(matmul, operands, found!.narrowed({}, (k, t) => choose(k, { ...t, software: false })))
  })
  test('laws of halves', () => {
    for (const l of families.halves.laws.filter(l => l.share > 0)) expect(compiledBy(forced(), () => tryLaw({ ...l, share: 1 }, { runs: Math.ceil(runs() / 200), seed: seed() }))).toBeNull()
  }, 240_000 + 3000 * runs())
})

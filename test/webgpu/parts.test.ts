/** Adapters that have less: what is larger than a binding is bound in parts, and what is too much is a fault. */
import { afterAll, describe, expect, test } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import type { Limits } from '../../backends/webgpu/parts.js'
import { backendLaws } from '../../laws/backends.js'
import { tryLaw } from '../../laws/law.js'
import { runs, seed } from '../../laws/runs.js'
import { associativeScan, cond, grad, jit, lax, np, random, readSync, scan, switchCase, type Value, whileLoop } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'
import { syncGpu } from './sync.js'

const found = await syncGpu()
if (found === null) console.warn('SKIPPED: there is no adapter for WebGPU here: limits of adapters are not tested')

describe.skipIf(found === null)('on an adapter with', () => {
  afterAll(() => found?.close())
  test.each([[12], [4]])('bindings of 1,024 bytes, %i at a time, programs agree with the reference', storageBuffers => {
    const law = backendLaws('webgpu', () => found!.narrowed({ binding: 1024, storageBuffers }))[1]!
    expect(tryLaw({ ...law, share: 1 }, { runs: Math.ceil(runs() / 20), seed: seed() })).toBeNull()
  }, 120_000 + 3000 * runs())
  const agrees = (f: (...xs: Value[]) => Value, xs: readonly Value[], limits: Partial<Limits> = { binding: 1024 }): void => {
    const small = found!.narrowed(limits), wide = xs.map(x => (x.dtype === 'f32' ? np.astype(x, 'f64') : x))
    const got = onBackend(small, () => Array.from(readSync(jit(f)(...xs)))), want = onBackend(reference, () => Array.from(readSync(f(...wide))))
    const finite = want.filter(Number.isFinite), size = Math.max(0, ...finite.map(Math.abs))
    expect(got.length).toBe(want.length)
    expect(got.filter((x, i) => !Number.isFinite(want[i]!) && !Object.is(x, want[i]))).toEqual([])
    expect(got.reduce((m, x, i) => (Number.isFinite(want[i]!) ? Math.max(m, Math.abs(x - want[i]!)) : m), 0)).toBeLessThanOrEqual(1e-5 * size)
  }
  const draw = (key: number, shape: readonly number[]): Value => random.normal(random.key(key), shape)
  test('bindings of 1,024 bytes arrays may be larger: 700 numbers take three of them', () => {
    const x = draw(1, [700]), y = draw(2, [700])
    agrees((a, b) => np.add(np.multiply(a, 3), b!), [x, y])
    agrees(a => np.flip(np.cumsum(np.sin(a))), [x])
    agrees(a => np.sort(np.tanh(a)), [draw(3, [100])])
    agrees(a => lax.dynamicUpdateSlice(np.concatenate([a, np.exp(a)]), np.ones([300], { dtype: a.dtype }), [450]), [draw(3, [400])])
  })
  test('bindings of 1,024 bytes products, their gradients and scans reach into several parts', () => {
    const w = draw(4, [20, 30]), x = draw(5, [30, 20])
    agrees((a, b) => np.matmul(np.tanh(a), b!), [w, x])
    agrees(a => grad((v: Value) => np.sum(np.square(np.tanh(np.matmul(v, x.dtype === a.dtype ? x : np.astype(x, a.dtype))))))(a) as Value, [w])
    agrees(a => scan((c: Value, row: Value): [Value, Value] => { const next = np.tanh(np.add(np.multiply(c, 0.5), row)); return [next, next] }, np.zeros([30], { dtype: a.dtype }), a)[1] as Value, [draw(6, [40, 30])])
  })
  describe('bindings of 1,024 bytes, four at a time, what needs more is computed in turns:', () => {
    const few = { binding: 1024, storageBuffers: 4 }
    const inTurns = (f: (...xs: Value[]) => Value, ...xs: Value[]): void => agrees(f, xs, few)
    const y = draw(2, [1800]), x = draw(1, [1800]), wide = draw(3, [60, 70]), square = draw(4, [40, 40])
    test('elements, also in another order', () => {
      inTurns((a, b) => np.add(a, b!), x, y)
      inTurns(a => np.add(np.transpose(a), np.multiply(np.arange(60, { dtype: a.dtype }), 2)), wide)
      inTurns(a => np.flip(np.concatenate([a, np.exp(a)])), x)
    })
    test('one array that is seen from two ends, or transposed', () => {
      inTurns(a => np.add(a, np.flip(a)), x)
      inTurns(a => np.sum(np.multiply(a, np.flip(a))), x)
      inTurns(a => np.subtract(a, np.transpose(a)), square)
    })
    test('folds of one long line, of rows and of columns, and with what follows them', () => {
      inTurns(a => np.sum(np.tanh(a)), x)
      inTurns(a => np.sum(a, { axis: 0 }), wide)
      inTurns(a => np.subtract(a, np.max(a, { axis: 1, keepdims: true })), wide)
      inTurns((a, b) => np.stack([np.prod(np.add(np.multiply(a, 1e-3), 1)), np.min(a), np.max(np.multiply(a, b!))]), x, y)
      inTurns(a => np.any(np.greater(a, 3)), x)
    })
    test('places of extrema, where there are equal ones and NaN', () => {
      inTurns(a => np.stack([np.argmax(a), np.argmin(a)]), x)
      inTurns(a => np.argmax(np.floor(a), { axis: 0 }), wide)
      inTurns(a => np.argmin(np.where(np.equal(np.arange(1800), 1111), np.nan, a)), x)
      inTurns(a => np.argmax(np.greater(a, 2)), x)
    })
    test('products: long ones, wide ones, batches, convolutions, into what is there', () => {
      inTurns((a, b) => np.dot(a, b!), x, y)
      inTurns((a, b) => np.matmul(a, b!), wide, draw(7, [70, 50]))
      inTurns(a => np.matmul(np.transpose(a), a), draw(8, [300, 3]))
      inTurns((a, b) => np.einsum('bij,bjk->bik', a, b!), draw(9, [4, 10, 12]), draw(10, [4, 12, 11]))
      inTurns((a, b) => lax.conv(a, b!, { padding: 'SAME' }), draw(11, [2, 3, 12, 14]), draw(12, [5, 3, 3, 3]))
      inTurns((a, b) => grad((v: Value) => np.sum(np.square(np.matmul(np.matmul(v, v), b!))))(a) as Value, square, draw(13, [40, 5]))
    })
    test('cumulative folds, recurrences and sorts of lines that are long or many', () => {
      inTurns(a => np.cumsum(a), x)
      inTurns(a => lax.cummax(a, { axis: 0, reverse: true }), wide)
      inTurns(a => associativeScan((p: Value, q: Value) => np.maximum(p, q), a) as Value, draw(14, [700]))
      inTurns(a => np.sort(a), draw(20, [900]))
      inTurns(a => np.argsort(np.floor(np.multiply(a, 3))), draw(15, [600]))
      inTurns(a => np.sort(a, { axis: 0 }), wide)
    })
    test('windows that follow data, in arrays that are large: gathered, scattered, moved inside or left out', () => {
      const rows = np.array([3, 299, 0, 41, 3, 300, -1], { dtype: 'i32' })
      const table = draw(16, [300, 5])
      inTurns(a => np.take(a, rows, { axis: 0 }), table)
      inTurns(a => np.take(a, rows, { axis: 0, mode: 'clip' }), table)
      inTurns(a => np.take(a, np.astype(np.mod(np.arange(300), 1111), 'i32')), x)
      inTurns(a => grad((v: Value) => np.sum(np.square(np.take(v, np.array([3, 299, 0, 41, 3], { dtype: 'i32' }), { axis: 0 }))))(a) as Value, table)
      inTurns((a, b) => np.addAt(a, np.astype(np.mod(np.multiply(np.arange(300), 7), 1799), 'i32'), lax.slice(b!, [0], [300])), x, y)
      inTurns(a => lax.dynamicSlice(a, [np.array(1021, { dtype: 'i32' })], [700]), x)
      inTurns(a => lax.dynamicUpdateSlice(a, np.full([600], 3, { dtype: a.dtype }), [np.array(1100, { dtype: 'i32' })]), x)
    })
    test('in loops and choices: rows of what is large, and what nobody takes', () => {
      inTurns(a => scan((c: Value, row: Value): [Value, Value] => { const next = np.add(np.multiply(c, 0.5), row); return [next, np.cumsum(next)] }, np.zeros([500], { dtype: a.dtype }), a)[1] as Value, draw(17, [12, 500]))
      inTurns((a, i) => scan((c: Value, [row, k]: readonly Value[]): [Value, Value] => {
        const next = switchCase(k!, [(v: Value) => np.add(v, row!), (v: Value) => np.multiply(v, 0.5)], c) as Value
        return [next, next]
      }, np.zeros([], { dtype: a.dtype }), [a, i!] as const)[1] as Value, draw(21, [900]), np.astype(np.mod(np.arange(900), 3), 'i32'))
      inTurns(a => cond(np.less(np.sum(a), 1e9), (v: Value) => np.multiply(v, 2), (v: Value) => np.flip(v), a) as Value, x)
      inTurns(a => whileLoop((c: readonly Value[]) => np.less(c[0]!, 3), (c: readonly Value[]) => [np.add(c[0]!, 1), np.sin(c[1]!)], [np.array(0, { dtype: 'i32' }), a])[1]!, x)
    })
  })
  test('buffers of 64 KiB a program may have larger temporaries: they lie in several', () => {
    agrees(a => np.sum(np.cumsum(np.exp(np.cumsum(np.multiply(a, 1e-3))))), [draw(18, [15_000])], { buffer: 65536 })
    agrees(a => np.sum(np.sort(np.stack([a, np.sin(a), np.cos(a)]), { axis: 0 }), { axis: 1 }), [draw(19, [15_000])], { buffer: 65536, binding: 16384 })

  })
})

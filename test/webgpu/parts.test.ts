/** Adapters that have less: what is larger than a binding is bound in parts, and what is too much is a fault. */
import { afterAll, describe, expect, test } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { backendLaws } from '../../laws/backends.js'
import { tryLaw, type Verdict } from '../../laws/law.js'
import { runs, seed } from '../../laws/runs.js'
import { FaultError } from '../../src/core/fault.js'
import { attempt, lax, grad, jit, np, random, readSync, scan, type Value } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'
import { syncGpu } from './sync.js'

const found = await syncGpu()
if (found === null) console.warn('SKIPPED: there is no adapter for WebGPU here: limits of adapters are not tested')

describe.skipIf(found === null)('on an adapter with', () => {
  afterAll(() => found?.close())
  test('bindings of 1,024 bytes programs agree with the reference', () => {
    const law = backendLaws('webgpu', () => found!.narrowed({ binding: 1024 }))[1]!
    let tried = 0, refused = 0
    const holds = (c: unknown): Verdict => {
      tried++
      try { return law.holds(c) } catch (e) {
        // twelve such parts for all arrays of a kernel are sometimes too few
        if (!(e instanceof FaultError && e.message.includes('parts of 1 KiB'))) throw e
        refused++
        return true
      }
    }
    expect(tryLaw({ ...law, share: 1, holds }, { runs: Math.ceil(runs() / 10), seed: seed() })).toBeNull()
    expect(refused).toBeLessThanOrEqual(Math.max(1, tried / 5))
  }, 120_000 + 3000 * runs())
  const agrees = (f: (...xs: Value[]) => Value, ...xs: Value[]): void => {
    const small = found!.narrowed({ binding: 1024 }), wide = xs.map(x => (x.dtype === 'f32' ? np.astype(x, 'f64') : x))
    const got = onBackend(small, () => Array.from(readSync(jit(f)(...xs)))), want = onBackend(reference, () => Array.from(readSync(f(...wide))))
    const size = Math.max(...want.map(Math.abs))
    expect(got.length).toBe(want.length)
    expect(got.reduce((m, x, i) => Math.max(m, Math.abs(x - want[i]!)), 0)).toBeLessThan(1e-5 * size)
  }
  const draw = (key: number, shape: readonly number[]): Value => random.normal(random.key(key), shape)
  test('bindings of 1,024 bytes arrays may be larger: 700 numbers take three of them', () => {
    const x = draw(1, [700]), y = draw(2, [700])
    agrees((a, b) => np.add(np.multiply(a, 3), b!), x, y!)
    agrees(a => np.flip(np.cumsum(np.sin(a))), x)
    agrees(a => np.sort(np.tanh(a)), draw(3, [100]))
    agrees(a => lax.dynamicUpdateSlice(np.concatenate([a, np.exp(a)]), np.ones([300], { dtype: a.dtype }), [450]), draw(3, [400]))
  })
  test('bindings of 1,024 bytes products, their gradients and scans reach into several parts', () => {
    const w = draw(4, [20, 30]), x = draw(5, [30, 20])
    agrees((a, b) => np.matmul(np.tanh(a), b!), w, x)
    agrees(a => grad((v: Value) => np.sum(np.square(np.tanh(np.matmul(v, x.dtype === a.dtype ? x : np.astype(x, a.dtype))))))(a) as Value, w)
    agrees(a => scan((c: Value, row: Value): [Value, Value] => { const next = np.tanh(np.add(np.multiply(c, 0.5), row)); return [next, next] }, np.zeros([30], { dtype: a.dtype }), a)[1] as Value, draw(6, [40, 30]))
  })
  test('bindings of 1,024 bytes a kernel that needs more than there are is refused, with the sizes', () => {
    const refused = attempt(() => onBackend(found!.narrowed({ binding: 1024, storageBuffers: 8 }), () => jit((a: Value, b: Value) => np.add(a, b))(draw(1, [5000]), draw(2, [5000]))))
    expect(refused).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument', got: expect.stringContaining('parts of 1 KiB'), want: expect.stringContaining('8 KiB') } })
  })
  test('buffers of 64 KiB a program with larger temporaries is refused, with the sizes', () => {
    const refused = attempt(() => onBackend(found!.narrowed({ buffer: 65536 }), () => jit((a: Value) => np.sum(np.cumsum(np.exp(np.cumsum(a)))))(draw(1, [20_000]))))
    expect(refused).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument', got: expect.stringContaining('of temporaries'), want: expect.stringContaining('64 KiB') } })
  })
})

/** Where an adapter has no halves they are refused by name; what is computed with them where it has is tested on lavapipe. */
import { expect, test } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { createWebGpu } from '../../backends/webgpu/index.js'
import { attempt } from '../../src/core/fault.js'
import { jit, np, type Value } from '../../src/index.js'
import { collectNow } from '../../src/runtime/collect.js'
import { onBackend } from '../../src/runtime/default.js'

const acquired = await createWebGpu(reference, { small: 0, dawn: ['backend=vulkan'] }, collectNow)
const gpu = acquired._tag === 'Right' ? acquired.right : null
const has = gpu?.device.features.has('shader-f16') ?? false
if (gpu === null || has) console.warn('SKIPPED: there is no adapter for WebGPU here that lacks halves: their refusal is not tested')

test.skipIf(gpu === null || has)('halves are refused where the adapter has none, with a way out', () => {
  const f = jit((x: Value) => np.add(np.multiply(x, 2), 1))
  const refused = attempt(() => onBackend(gpu!, () => f(np.ones([3], { dtype: 'f16' }))))
  expect(refused).toMatchObject({ _tag: 'Left', left: { _tag: 'DTypeMismatch', want: expect.stringContaining(`${gpu!.adapter.name} has no shader-f16`), hint: expect.stringContaining('f32') } })
  expect(attempt(() => onBackend(gpu!, () => jit((x: Value) => np.astype(np.astype(x, 'f16'), 'f32'))(np.ones([3]))))).toMatchObject({ _tag: 'Left', left: { _tag: 'DTypeMismatch' } })
  gpu!.close()
})

/** Devices as users meet them: asked for, chosen for a while or from now on, and left again. */
import { expect, test } from 'vitest'
import { webgpu, type WebGpuDevice } from '../../backends/webgpu/entry.js'
import type { WebGpuBackend } from '../../backends/webgpu/index.js'
import { attempt, defaultDevice, deviceGet, devicePut, explain, item, jit, np, onDevice, read, setDefaultDevice, toNested, type Value } from '../../src/index.js'

const asked = await webgpu.tryDevice({ dawn: ['backend=vulkan'] })()
const gpu: WebGpuDevice | null = asked._tag === 'Right' ? asked.right : null
if (gpu === null) console.warn('SKIPPED: there is no adapter for WebGPU here: devices are not tested')

test.skipIf(gpu === null)('a device is chosen for a call, or from now on', async () => {
  const f = jit((x: Value) => np.sum(np.square(x)))
  const there = onDevice(gpu, () => f(np.array([1, 2, 3])))
  expect(attempt(() => item(there))).toMatchObject({ _tag: 'Left', left: { _tag: 'OnDevice' } })
  expect(Array.from(await read(there))).toEqual([14])
  expect(defaultDevice().name).not.toBe(gpu!.name)
  setDefaultDevice(gpu)
  try {
    expect(defaultDevice().name).toBe(gpu!.name)
    expect(await deviceGet({ a: f(np.array([2])), b: 1 })).toMatchObject({ b: 1 })
  } finally { setDefaultDevice(null) }
  expect(item(f(np.array([2])))).toBe(4)
})
test.skipIf(gpu === null)('trees come back as they were, and what is on the CPU stays', async () => {
  const here = np.array([7])
  const tree = onDevice(gpu, () => jit((x: Value) => ({ p: [np.add(x, 1), np.greater(x, 1)], n: null as null }))(np.array([1, 2])))
  const back = await deviceGet({ tree, here })
  expect(back.tree.p.map(x => toNested(x))).toEqual([[2, 3], [false, true]])
  expect(back.here).toBe(here)
})
test.skipIf(gpu === null)('what is read has a buffer of its own, which may be transferred', async () => {
  for (const dtype of ['f32', 'i32', 'u32', 'bool'] as const) {
    const x = onDevice(gpu, () => jit((v: Value) => np.add(v, np.ones([50], { dtype })))(np.zeros([50], { dtype })))
    const elements = await read(x)
    expect([elements.byteOffset, elements.buffer.byteLength]).toEqual([0, elements.byteLength])
    structuredClone(elements, { transfer: [elements.buffer as ArrayBuffer] })
    expect(Array.from(await read(x))).toEqual(new Array(50).fill(1))
    expect(item(np.sum(np.add(np.zeros([50]), 1)))).toBe(50)
  }
})
test.skipIf(gpu === null)('what is on the device is no argument of a program on the CPU, and the fault says so', () => {
  const there = onDevice(gpu, () => jit((x: Value) => np.add(x, 1))(np.ones([5000])))
  expect(attempt(() => jit((x: Value) => np.sum(x))(there))).toMatchObject({ _tag: 'Left', left: { _tag: 'OnDevice' } })
})
test.skipIf(gpu === null)('trees are put on a device, and come back', async () => {
  const tree = { w: np.array([1, 2]), flags: [np.array([true, false])], n: 3 }
  const there = devicePut(tree, gpu)
  expect(attempt(() => JSON.stringify(there))).toMatchObject({ _tag: 'Left', left: { _tag: 'OnDevice', hint: expect.stringContaining('deviceGet') } })
  expect(JSON.parse(JSON.stringify(await deviceGet(there)))).toEqual({ w: [1, 2], flags: [[true, false]], n: 3 })
  expect(devicePut(there, gpu).w).toBe(there.w)
  expect(toNested(await deviceGet(onDevice(gpu, () => jit((x: Value) => np.multiply(x, 3))(there.w))))).toEqual([3, 6])
  expect(devicePut(tree, null).w).toBe(tree.w)
  expect(attempt(() => devicePut(there, null))).toMatchObject({ _tag: 'Left', left: { _tag: 'OnDevice' } })
  expect(attempt(() => devicePut(np.array([1], { dtype: 'f64' }), gpu))).toMatchObject({ _tag: 'Left', left: { _tag: 'DTypeMismatch' } })
  const halves = np.array([1], { dtype: 'f16' })
  if ((gpu as WebGpuBackend).device.features.has('shader-f16')) expect(toNested(await deviceGet(devicePut(halves, gpu)))).toEqual([1])
  else expect(attempt(() => devicePut(halves, gpu))).toMatchObject({ _tag: 'Left', left: { _tag: 'DTypeMismatch', got: [{ dtype: 'f16', shape: [1] }] } })
  expect(attempt(() => devicePut(tree, 'gpu' as never))).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument' } })
})
test.skipIf(gpu === null)('a device that is lost is told by what was on it, by calls and by lost; another computes', async () => {
  const f = jit((x: Value) => np.add(x, 1)), first = await webgpu.device({ dawn: ['backend=vulkan'], small: 0 })
  const there = onDevice(first, () => f(np.array([1])))
  expect(Array.from(await read(there))).toEqual([2])
  first.close()
  expect(await first.lost).toContain('destroyed')
  await expect(read(there)).rejects.toMatchObject({ fault: { _tag: 'DeviceLost' } })
  // an array says what has become of it, wherever it is asked
  expect(attempt(() => item(there))).toMatchObject({ _tag: 'Left', left: { _tag: 'DeviceLost' } })
  expect(attempt(() => onDevice(gpu, () => f(there)))).toMatchObject({ _tag: 'Left', left: { _tag: 'DeviceLost' } })
  await expect(first.settled()).rejects.toMatchObject({ fault: { _tag: 'DeviceLost' } })
  expect(attempt(() => onDevice(first, () => f(np.array([1]))))).toMatchObject({ _tag: 'Left', left: { _tag: 'DeviceLost' } })
  expect(attempt(() => devicePut(np.array([1]), first))).toMatchObject({ _tag: 'Left', left: { _tag: 'DeviceLost' } })
  const second = await webgpu.device({ dawn: ['backend=vulkan'], small: 0 })
  expect(Array.from(await read(onDevice(second, () => f(np.array([4])))))).toEqual([5])
  second.close()
})
test('where there is no adapter the answer is a fault', async () => {
  const none = { requestAdapter: async () => null }
  expect(await webgpu.tryDevice({ gpu: none })()).toMatchObject({ _tag: 'Left', left: { _tag: 'NoDevice' } })
  await expect(webgpu.device({ gpu: none })).rejects.toMatchObject({ fault: { _tag: 'NoDevice' } })
  const broken = { requestAdapter: async () => { throw new Error('no') } }
  expect(await webgpu.tryDevice({ gpu: broken })()).toMatchObject({ _tag: 'Left', left: { _tag: 'NoDevice', cause: expect.stringContaining('no') } })
})
test('a promise is refused, and what is no device', () => {
  expect(attempt(() => onDevice(null, async () => 1))).toMatchObject({ _tag: 'Left', left: { _tag: 'AsyncTrace', hint: expect.stringContaining('await outside') } })
  expect(attempt(() => setDefaultDevice({ name: 'gpu' }))).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument' } })
})

test.skipIf(gpu === null)('a profile tells what each kernel took on the device', async () => {
  const f = jit((x: Value, y: Value) => np.sum(np.exp(np.matmul(x, y))))
  const x = np.ones([64, 64])
  const { answer, kernels } = await gpu!.profile(() => [f(x, x), f(x, x)])
  expect((await read(answer[1]!))[0]).toBeGreaterThan(0)
  expect(kernels.map(k => k.kernel)).toEqual(expect.arrayContaining([expect.stringMatching(/^product \[64\] x \[64\] x \[64\]$/), expect.stringMatching(/^sum over/)]))
  for (const k of kernels) expect(k).toMatchObject({ dispatches: expect.any(Number), microseconds: expect.any(Number) })
  expect(kernels.find(k => k.kernel.startsWith('product'))).toMatchObject({ dispatches: 2 })
  expect(kernels.reduce((n, k) => n + k.microseconds, 0)).toBeGreaterThan(0)
  // one after the other, each has its own kernels
  const both = await Promise.all([gpu!.profile(() => f(x, x)), gpu!.profile(() => f(x, x))])
  for (const one of both) expect(one.kernels.find(k => k.kernel.startsWith('product'))).toMatchObject({ dispatches: 1 })
  await expect(gpu!.profile(async () => { await null; return f(x, x) })).rejects.toMatchObject({ fault: { _tag: 'AsyncTrace' } })
  await expect(gpu!.profile(3 as never)).rejects.toMatchObject({ fault: { _tag: 'BadArgument' } })
  // afterwards a run is one pass again, and nothing is noted
  expect((await gpu!.profile(() => null)).kernels).toEqual([])
  await expect(gpu!.profile(() => { throw new RangeError('mine') })).rejects.toThrow('mine')
  expect(toNested(await deviceGet(onDevice(gpu, () => jit((v: Value) => np.add(v, 1))(np.array([1])))))).toEqual([2])
})
test.skipIf(gpu === null)('an explanation tells how the device runs a program', () => {
  const told = onDevice(gpu, () => explain(jit((x: Value) => np.sum(np.matmul(x, x))))(np.ones([64, 64])))
  expect(told.backend).toBe(gpu!.name)
  expect(told.plan!.kernels.map(k => k.schedule!.how)).toEqual(expect.arrayContaining(['an invocation for each block of results']))
  expect(told.plan!.code).toBeGreaterThan(0)
  expect(String(told)).toMatch(/kernels?, .* of code/)
})
test('options that there are not, or that cannot be what they are, are refused by name', async () => {
  expect(await webgpu.tryDevice({ budgt: 1 } as never)()).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument', argument: 'options.budgt' } })
  expect(await webgpu.tryDevice(null as never)()).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument', argument: 'options' } })
  const unusable = { budget: [0, -1, '1', NaN, null], small: [-1, '0', NaN], dawn: ['backend=vulkan', [1]], gpu: [3, null, {}], powerPreference: ['high', null] }
  for (const [name, values] of Object.entries(unusable)) {
    for (const value of values) expect(await webgpu.tryDevice({ [name]: value } as never)()).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument', argument: `options.${name}` } })
  }
})

/** Time on a device: first calls do not block, calls follow each other, what fails is told and stays with what it made, and drivers are not flooded. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { createWebGpu, type WebGpuBackend } from '../../backends/webgpu/index.js'
import { attempt } from '../../src/core/fault.js'
import { collectNow } from '../../src/runtime/collect.js'
import { jit, np, read, readSync, scan, type Value, whileLoop } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'

const acquired = await createWebGpu(reference, { small: 0, dawn: ['backend=vulkan'] }, collectNow)
if (acquired._tag === 'Left') console.warn(`SKIPPED: ${acquired.left._tag === 'NoDevice' ? acquired.left.cause : acquired.left._tag}: the runtime of WebGPU is not tested`)

describe.skipIf(acquired._tag === 'Left')('a WebGPU device', () => {
  let gpu: WebGpuBackend, device: GPUDevice
  let submissions = 0, pipelines = 0, blocking = 0
  beforeAll(() => {
    if (acquired._tag === 'Right') gpu = acquired.right
    device = gpu.device
    const { queue } = device, submit = queue.submit.bind(queue), slow = device.createComputePipeline.bind(device), later = device.createComputePipelineAsync.bind(device)
    queue.submit = buffers => { submissions++; submit(buffers) }
    device.createComputePipeline = d => { blocking++; return slow(d) }
    device.createComputePipelineAsync = d => { pipelines++; return later(d) }
  })
  beforeEach(async () => { await gpu.settled(); submissions = pipelines = blocking = 0 })
  afterAll(async () => { await gpu?.settled(); gpu?.close() })
  const here = <A>(f: () => A): A => onBackend(gpu, f)
  const numbers = async (x: Value): Promise<readonly number[]> => Array.from(await read(x))
  /** While a shader is made of a text that is no WGSL. */
  const broken = <A>(f: () => A): A => {
    const make = device.createShaderModule.bind(device)
    device.createShaderModule = d => make({ ...d, code: `${d.code}\nno WGSL` })
    try { return f() } finally { device.createShaderModule = make }
  }

  test('the first call compiles all kernels at once and returns before they are there; the second submits', async () => {
    const f = jit((x: Value) => np.sum(np.matmul(np.cumsum(np.exp(x), { axis: 0 }), np.transpose(x))))
    const x = np.multiply(0.1, np.ones([8, 8]))
    const y = here(() => f(x))
    expect(submissions).toBe(0)
    expect(blocking).toBe(0)
    expect(pipelines).toBeGreaterThan(1)
    const want = onBackend(reference, () => readSync(f(x)))[0]!
    expect(Math.abs((await numbers(y))[0]! - want)).toBeLessThan(1e-5 * Math.abs(want))
    await gpu.settled()
    const [before, compiled] = [submissions, pipelines]
    here(() => f(x))
    expect([submissions - before, pipelines - compiled]).toEqual([1, 0])
  })
  test('calls behind a first call come behind it, though they are compiled', async () => {
    const add = jit((x: Value) => np.add(x, 1))
    await numbers(here(() => add(np.array([0]))))
    const first = jit((x: Value) => np.multiply(np.add(x, 3), 7))
    const y = here(() => add(add(first(add(np.array([1]))))))
    expect(await numbers(y)).toEqual([37])
  })
  test('a shader that does not compile is the fault of what it was to make, of what comes of that, and of the next call', async () => {
    const f = jit((x: Value) => np.sum(np.multiply(np.sin(x), 0.123)))
    const add = jit((x: Value) => np.add(x, 1)), x = np.array([1, 2, 3])
    const [y, z] = here(() => broken(() => { const made = f(x); return [made, add(made)] as const }))
    await expect(read(y)).rejects.toMatchObject({ fault: { _tag: 'CompileFailed', cause: expect.stringMatching(/^sum over \[3\].*no WGSL|^sum over \[3\].*error/s) } })
    await expect(read(z)).rejects.toMatchObject({ fault: { _tag: 'CompileFailed' } })
    await expect(gpu.settled()).rejects.toMatchObject({ fault: { _tag: 'CompileFailed' } })
    await gpu.settled()
    expect(attempt(() => here(() => f(x)))).toMatchObject({ _tag: 'Left', left: { _tag: 'CompileFailed' } })
    expect(await numbers(here(() => add(x)))).toEqual([2, 3, 4])
  })
  test('a call that fails at once takes no memory, and is told once', async () => {
    const f = jit((x: Value) => np.multiply(np.cos(x), 0.321)), add = jit((x: Value) => np.add(x, 1)), x = np.ones([50_000])
    await numbers(here(() => add(x)))
    const y = here(() => broken(() => f(x)))
    await expect(gpu.settled()).rejects.toMatchObject({ fault: { _tag: 'CompileFailed' } })
    const { live } = gpu.memory!.report()
    for (let i = 0; i < 3; i++) expect(attempt(() => here(() => add(y)))).toMatchObject({ _tag: 'Left', left: { _tag: 'CompileFailed' } })
    expect(gpu.memory!.report().live).toBe(live)
    await gpu.settled()
  })
  test('a device that is lost while a loop is looked at is the fault of what it was to make', async () => {
    const own = await createWebGpu(reference, { small: 0, dawn: ['backend=vulkan'] }, collectNow)
    if (own._tag === 'Left') throw new Error('there is no second device')
    const endless = jit((x: Value) => whileLoop((a: Value) => np.less(np.sum(a), 1e9), (a: Value) => np.multiply(a, 1), x) as Value)
    const y = onBackend(own.right, () => endless(np.ones([8]))), seen = read(y).then(() => null, (e: unknown) => e)
    await new Promise(resolve => { setTimeout(resolve, 200) })
    own.right.close()
    expect(await seen).toMatchObject({ fault: { _tag: 'DeviceLost' } })
  })
  test('what the device complains of is the fault of the next call, or of the next read, and it works on', async () => {
    const add = jit((x: Value) => np.add(x, 2)), x = np.array([1, 2, 3])
    const y = here(() => add(x))
    await gpu.settled()
    device.createBuffer({ size: 16, usage: 0xffff })
    await expect(read(y)).rejects.toMatchObject({ fault: { _tag: 'KernelFailed' } })
    expect(await numbers(y)).toEqual([3, 4, 5])
    device.createBuffer({ size: 16, usage: 0xffff })
    await device.queue.onSubmittedWorkDone()
    expect(attempt(() => here(() => add(x)))).toMatchObject({ _tag: 'Left', left: { _tag: 'KernelFailed' } })
    expect(await numbers(here(() => add(x)))).toEqual([3, 4, 5])
  })
  test('a loop that never waits has a bounded number of submissions on its way, and its memory is used again', async () => {
    const { setBudget, report } = gpu.memory!, { budget } = report()
    const step = jit((x: Value, y: Value) => np.add(x, np.sum(y)))
    let x: Value = np.zeros([64, 64])
    await numbers(here(() => step(x, np.zeros([16]))))
    let made = 0
    const create = device.createBuffer.bind(device)
    device.createBuffer = d => { made += d.size; return create(d) }
    submissions = 0
    setBudget(2 ** 20)
    try {
      // every step brings numbers of its own, in memory that held those of another
      for (let i = 0; i < 1000; i++) x = here(() => step(x, np.array(new Float32Array(16).fill(i))))
      expect(submissions).toBeLessThanOrEqual(64)
      expect(gpu.memory!.report().live).toBeLessThanOrEqual(2 ** 20)
      await gpu.settled()
    } finally { device.createBuffer = create; setBudget(budget) }
    expect(submissions).toBe(1000)
    // all that was computed would be 16 MB
    expect(made).toBeLessThan(4 * 2 ** 20)
    expect(new Set(await numbers(x))).toEqual(new Set([16 * (1000 * 999 / 2)]))
  })
  test('an LSTM of 1,000 steps is one submission', async () => {
    const n = 4
    const w = np.multiply(0.3, np.sin(np.reshape(np.arange(2 * n * 4 * n, { dtype: 'f32' }), [2 * n, 4 * n])))
    const sigmoid = (x: Value): Value => np.divide(1, np.add(1, np.exp(np.negative(x))))
    const cell = ([h, c]: readonly [Value, Value], x: Value): [readonly [Value, Value], Value] => {
      const gates = np.matmul(np.concatenate([h, x]), w)
      const [i, f, g, o] = np.split(gates, 4) as unknown as [Value, Value, Value, Value]
      const next = np.add(np.multiply(sigmoid(f), c), np.multiply(sigmoid(i), np.tanh(g))), out = np.multiply(sigmoid(o), np.tanh(next))
      return [[out, next], out]
    }
    const f = jit((xs: Value) => scan(cell as never, [np.zeros([n]), np.zeros([n])] as never, xs)[1] as Value)
    const xs = np.cos(np.reshape(np.arange(1000 * n, { dtype: 'f32' }), [1000, n]))
    here(() => f(xs))
    await gpu.settled()
    submissions = 0
    const ys = here(() => f(xs))
    expect(submissions).toBe(1)
    const want = onBackend(reference, () => readSync(f(xs)))
    expect((await numbers(ys)).reduce((m, y, i) => Math.max(m, Math.abs(y - want[i]!)), 0)).toBeLessThan(1e-4)
  })
  test('a scan of 35,000 turns, 70,002 dispatches, is two submissions', async () => {
    const f = jit((x: Value) => scan((c: Value, _: Value): [Value, Value] => [np.add(c, 1), c], x, np.zeros([35_000]))[0] as Value)
    const y = here(() => f(np.array(5)))
    await gpu.settled()
    expect(submissions).toBe(2)
    expect(await numbers(y)).toEqual([35_005])
  })
})

/** The backend as users have it: arrays stay on the device, reading is a promise, loops do not wait, and memory does not grow. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { createWebGpu, type WebGpuBackend } from '../../backends/webgpu/index.js'
import { collectNow } from '../../src/runtime/collect.js'
import { attempt } from '../../src/core/fault.js'
import type { Value } from '../../src/core/value.js'
import { cond, grad, jit, np, read, readSync, scan, scope, toNested, tree, valueAndGrad, whileLoop } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'

const acquired = await createWebGpu(reference, { small: 0, dawn: ['backend=vulkan'] }, collectNow)
if (acquired._tag === 'Left') console.warn(`SKIPPED: ${acquired.left._tag === 'NoDevice' ? acquired.left.cause : acquired.left._tag}: the WebGPU backend is not tested`)

describe.skipIf(acquired._tag === 'Left')('the WebGPU backend', () => {
  let gpu: WebGpuBackend
  let submissions = 0
  beforeAll(() => {
    if (acquired._tag === 'Right') gpu = acquired.right
    const { queue } = gpu.device, submit = queue.submit.bind(queue)
    queue.submit = buffers => { submissions++; submit(buffers) }
  })
  afterAll(async () => { await gpu?.settled(); gpu?.close() })
  const here = <A>(f: () => A): A => onBackend(gpu, f)
  const numbers = async (x: Value): Promise<readonly number[]> => Array.from(await read(x))
  const far = (a: readonly number[], b: ArrayLike<number>): number => a.reduce((m, x, i) => Math.max(m, Math.abs(x - b[i]!)), 0)

  test('results stay there, and are read by a promise', async () => {
    const y = here(() => jit((x: Value) => np.multiply(x, 2))(np.array([1, 2, 3])))
    expect(await numbers(y)).toEqual([2, 4, 6])
    const refused = attempt(() => readSync(y))
    expect(refused._tag === 'Left' && refused.left._tag).toBe('OnDevice')
    expect(String(y)).toBe('f32[3] (on a device: await read(x))')
    expect(await numbers(here(() => np.add(y, y)))).toEqual([4, 8, 12])
    const flags = here(() => np.greater(y, np.array([3, 3, 3])))
    expect(await numbers(flags)).toEqual([0, 1, 1])
  })
  test('f64 is refused, with a way out', () => {
    const refused = attempt(() => here(() => jit((x: Value) => np.sin(x))(np.array([1], { dtype: 'f64' }))))
    expect(refused._tag === 'Left' && refused.left._tag).toBe('DTypeMismatch')
    expect(refused._tag === 'Left' && refused.left.hint).toContain('CPU backend')
  })
  test('a scan of 1,000 turns is one submission', async () => {
    const step = (h: Value, x: Value): [Value, Value] => { const next = np.tanh(np.add(np.multiply(h, 0.9), x)); return [next, next] }
    const f = jit((xs: Value) => scan(step, np.zeros([4]), xs)[1] as Value)
    const xs = np.reshape(np.sin(np.arange(4000, { dtype: 'f32' })), [1000, 4])
    here(() => f(xs))
    await gpu.settled()
    const before = submissions
    const ys = here(() => f(xs))
    expect(submissions - before).toBe(1)
    expect(far(await numbers(ys), onBackend(reference, () => readSync(f(xs))))).toBeLessThan(1e-5)
  })
  test('choices and loops, bounded and not, nested in each other', async () => {
    const collatz = (n: Value, maxSteps?: number): Value => {
      const [, steps] = whileLoop(
        ([k]: readonly Value[]) => np.greater(k!, 1),
        ([k, s]: readonly Value[]) => [cond(np.equal(np.mod(k!, 2), 0), (m: Value) => np.floorDivide(m, 2), (m: Value) => np.add(np.multiply(3, m), 1), k!), np.add(s!, 1)] as const,
        [n, np.array(0, { dtype: 'i32' })] as readonly Value[], maxSteps === undefined ? {} : { maxSteps }) as readonly Value[]
      return steps!
    }
    const ns = np.array([1, 2, 3, 6, 7, 27], { dtype: 'i32' })
    const each = (maxSteps?: number) => jit((all: Value) => scan((c: Value, n: Value): [Value, Value] => [c, collatz(n, maxSteps)], np.zeros([]), all)[1] as Value)
    expect(await numbers(here(() => each()(ns)))).toEqual([0, 1, 7, 8, 16, 111])
    expect(await numbers(here(() => each(120)(ns)))).toEqual([0, 1, 7, 8, 16, 111])
  })
  test('programs follow each other in order, also behind one that waits for what it reads', async () => {
    const open = jit((x: Value) => whileLoop((v: Value) => np.less(v, 1000), (v: Value) => np.multiply(v, 2), x) as Value)
    const y = here(() => open(np.array(1)))
    const z = here(() => jit((v: Value) => np.add(v, 1))(y))
    expect(await numbers(z)).toEqual([1025])
  })
  test('ten training steps are those of the CPU', async () => {
    const params = { w: np.multiply(0.1, np.sin(np.reshape(np.arange(48, { dtype: 'f32' }), [6, 8]))), v: np.multiply(0.1, np.cos(np.reshape(np.arange(8, { dtype: 'f32' }), [8, 1]))) }
    const xs = np.cos(np.reshape(np.arange(120, { dtype: 'f32' }), [20, 6])), ys = np.sin(np.reshape(np.arange(20, { dtype: 'f32' }), [20, 1]))
    type Params = typeof params
    const loss = (p: Params): Value => np.mean(np.square(np.subtract(np.matmul(np.tanh(np.matmul(xs, p.w)), p.v), ys)))
    const step = jit((p: Params) => {
      const [l, g] = valueAndGrad(loss)(p) as unknown as [Value, Params]
      return [l, tree.map((a, b) => np.subtract(a, np.multiply(0.1, b!)), p, g)] as unknown as [Value, Params]
    })
    const train = (): readonly Value[] => {
      const losses: Value[] = []
      let p = params
      for (let i = 0; i < 10; i++) { const [l, next] = step(p) as unknown as [Value, Params]; losses.push(l); p = next }
      return losses
    }
    const got = (await Promise.all(here(train).map(numbers))).flat(), want = onBackend(reference, () => train().map(l => readSync(l)[0]!))
    expect(far(got, want)).toBeLessThan(1e-6)
    expect(got[9]!).toBeLessThan(got[0]!)
  })
  test('a program with more inputs than there are bindings runs', async () => {
    const xs = Array.from({ length: 40 }, (_, i) => np.full([3], i))
    const sum = jit((all: readonly Value[]) => all.reduce((a, b) => np.add(a, b)))
    expect(await numbers(here(() => sum(xs)))).toEqual([780, 780, 780])
    expect(await numbers(here(() => grad((all: readonly Value[]) => np.sum(np.square(sum(all))))(xs) as unknown as Value[])[39]!)).toEqual([1560, 1560, 1560])
  })
  test('empty arrays, and single numbers', async () => {
    expect(await numbers(here(() => jit((x: Value) => np.multiply(x, 2))(np.zeros([0, 3]))))).toEqual([])
    expect(await numbers(here(() => jit((x: Value) => np.sum(x))(np.zeros([0]))))).toEqual([0])
    expect(await numbers(here(() => jit((x: Value) => np.matmul(x, np.transpose(x)))(np.zeros([2, 0]))))).toEqual([0, 0, 0, 0])
    expect(await numbers(here(() => jit((x: Value, y: Value) => np.matmul(x, y))(np.zeros([0, 3]), np.zeros([3, 2]))))).toEqual([])
    expect(await numbers(here(() => jit((x: Value, y: Value) => np.matmul(x, y))(np.zeros([2, 3]), np.zeros([3, 0]))))).toEqual([])
    expect(await numbers(here(() => jit((x: Value) => np.exp(x))(np.array(0))))).toEqual([1])
  })
  test('what is given away while a run waits is not overwritten before that run', async () => {
    const open = jit((x: Value) => whileLoop((v: Value) => np.less(v, 1000), (v: Value) => np.add(v, 1), x) as Value)
    const same = jit((x: Value) => np.add(x, 0)), twice = jit((x: Value) => np.multiply(x, 2), { donateArgnums: [0] })
    const a = here(() => same(np.full([1000], 5)))
    await gpu.settled()
    here(() => open(np.array(1)))
    const z = here(() => twice(a))
    const hundred = here(() => same(np.full([1000], 100)))
    expect((await numbers(z))[0]).toBe(10)
    expect((await numbers(hundred))[0]).toBe(100)
  })
  test('a scope spends what was made inside, not what was brought to the device there', async () => {
    const x = np.array([1, 2, 3]), f = jit((v: Value) => np.multiply(v, 2))
    here(() => scope(() => { f(x) }))
    expect(await numbers(here(() => f(x)))).toEqual([2, 4, 6])
    let inside: Value | null = null
    here(() => scope(() => { inside = f(x) }))
    await expect(read(inside!)).rejects.toMatchObject({ fault: { _tag: 'SpentArray' } })
  })
  test('an argument that is given away and answered is handed on', async () => {
    const x = here(() => jit((v: Value) => np.add(v, 1))(np.array([1, 2])))
    const [y, z] = here(() => jit((v: Value) => [v, np.add(v, 1)], { donateArgnums: [0] })(x)) as unknown as readonly [Value, Value]
    expect([await numbers(y), await numbers(z)]).toEqual([[2, 3], [3, 4]])
    await expect(read(x)).rejects.toMatchObject({ fault: { _tag: 'SpentArray' } })
  })
  test('what is given away is spent where it came from the CPU too', async () => {
    const both = jit((v: Value, w: Value) => [np.add(v, 1), w], { donateArgnums: [0, 1] }), x = np.array([1, 2]), handed = np.array([3, 4])
    const [y, z] = here(() => both(x, handed)) as unknown as readonly [Value, Value]
    expect([await numbers(y), await numbers(z)]).toEqual([[2, 3], [3, 4]])
    for (const gone of [x, handed]) {
      expect(attempt(() => toNested(gone))).toMatchObject({ _tag: 'Left', left: { _tag: 'SpentArray' } })
      expect(attempt(() => here(() => both(gone, np.array([5, 6]))))).toMatchObject({ _tag: 'Left', left: { _tag: 'SpentArray' } })
    }
  })
  test('numbers on the device are captured as arrays are', async () => {
    const rate = here(() => jit((v: Value) => np.multiply(v, 2))(np.array(0.25)))
    expect(await numbers(here(() => jit((x: Value) => np.multiply(x, rate))(np.array([1, 2]))))).toEqual([0.5, 1])
    const [last] = here(() => scan((c: Value, x: Value): [Value, Value] => [np.add(np.multiply(c, rate), x), c], np.array(0), np.array([1, 2, 3]))) as readonly [Value, Value]
    expect(await numbers(last)).toEqual([4.25])
  })
  test('arguments that nothing computes with are of any dtype', async () => {
    const wide = np.array(new Float64Array(100))
    const [same, y] = here(() => jit((v: Value, w: Value) => [v, np.add(w, 1)])(wide, np.array([1]))) as unknown as readonly [Value, Value]
    expect(same.dtype).toBe('f64')
    expect(await numbers(y)).toEqual([2])
  })
  test('more programs than are kept: the first is made again', async () => {
    const x = np.array([1, 2]), first = jit((v: Value) => np.multiply(v, 2))
    here(() => first(x))
    for (let i = 0; i < 515; i++) here(() => jit((v: Value) => np.add(v, i + 0.5))(x))
    expect(await numbers(here(() => first(x)))).toEqual([2, 4])
  })
  test('memory does not grow over 3,000 steps, and what is out of reach is used again', async () => {
    const step = jit((x: Value) => np.add(np.multiply(x, 0.5), 1))
    let x: Value = np.zeros([64, 64])
    let after = 0
    for (let i = 0; i < 3000; i++) {
      x = here(() => step(x))
      if (i % 100 === 99) {
        await gpu.settled()
        await new Promise(done => setTimeout(done, 0))
        collectNow()
        await new Promise(done => setTimeout(done, 0))
        const { live, size } = gpu.memory!.report()
        if (i < 1000) after = Math.max(after, size)
        expect(live).toBeLessThan(8 * 2 ** 20)
      }
    }
    expect((await numbers(x))[0]).toBeCloseTo(2, 5)
    // all of them would be 48 MiB
    expect(gpu.memory!.report().size).toBeLessThanOrEqual(after + 4 * 2 ** 20)
  })
  test('more than the budget is a fault, and the device works on', async () => {
    const { setBudget, report } = gpu.memory!, { budget } = report()
    setBudget(2 ** 20)
    try {
      const refused = attempt(() => here(() => jit((x: Value) => np.add(x, 1))(np.zeros([1024, 1024]))))
      expect(refused._tag === 'Left' && refused.left._tag).toBe('OutOfMemory')
      const several = jit((x: Value) => [np.multiply(x, 2), np.tile(x, [20])])
      for (let i = 0; i < 3; i++) expect(attempt(() => here(() => several(np.ones([40_000]))))._tag).toBe('Left')
      collectNow()
      expect(report().live).toBeLessThan(2 ** 20)
    } finally { setBudget(budget) }
    expect(await numbers(here(() => jit((x: Value) => np.add(x, 1))(np.zeros([2]))))).toEqual([1, 1])
  })
  test('a lost device is a fault, and another can be had', async () => {
    const other = await createWebGpu(reference, { small: 0, dawn: ['backend=vulkan'] }, collectNow)
    if (other._tag === 'Left') throw new Error('no second device')
    const f = jit((x: Value) => np.add(x, 1))
    expect(await numbers(onBackend(other.right, () => f(np.array([1]))))).toEqual([2])
    const kept = onBackend(other.right, () => f(np.array([5])))
    other.right.close()
    await expect(read(kept)).rejects.toMatchObject({ fault: { _tag: 'DeviceLost' } })
    await other.right.lost
    const refused = attempt(() => onBackend(other.right, () => f(np.array([1]))))
    expect(refused._tag === 'Left' && refused.left._tag).toBe('DeviceLost')
    expect(await numbers(here(() => f(np.array([1]))))).toEqual([2])
  })
})

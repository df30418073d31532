/** Digits are learnt on WebGPU as on the CPU: the first losses within what rounding explains, then the same accuracy. */
import { afterAll, describe, expect, test } from 'vitest'
import { createWebGpu } from '../../backends/webgpu/index.js'
import { reference } from '../../backends/reference/index.js'
import { init, judge, trainer } from '../../docs/examples/mnist/model.js'
import { pixels, splitDigits } from '../../docs/examples/mnist/data.js'
import { readDigits } from '../../docs/examples/mnist/files.js'
import { narrowOf } from '../../laws/single.js'
import { evaluated, precisionOf, roundingBound } from '../../laws/tolerance.js'
import { NDArray, type Value } from '../../src/core/value.js'
import { np, optim, random, read, tree } from '../../src/index.js'
import { stage } from '../../src/interpreters/stage.js'
import { optimise } from '../../src/optimise/pipeline.js'
import { cpu, onBackend } from '../../src/runtime/default.js'
import type { Backend } from '../../src/runtime/backend.js'
import { collectNow } from '../../src/runtime/collect.js'
import { syncGpu } from './sync.js'

const gpu = await syncGpu()
if (gpu === null) console.warn('SKIPPED: there is no adapter for WebGPU here: no digits are learnt on it')
afterAll(() => gpu?.close())

describe.skipIf(gpu === null)('digits on WebGPU', () => {
  const { train, test: held } = splitDigits(readDigits(), 0, 2000)

  test('the first ten losses of 16 digits a step agree with those of the CPU within the derived bound', () => {
    const batch = 16, steps = 10
    // without epsRoot a derivative of exactly 0 has a root whose slope is infinite
    const optimizer = optim.adam(3e-3, { epsRoot: 1e-8 }), step = trainer(optimizer, batch)
    const { leaves, def } = tree.flatten(tree.map(x => np.astype(x as Value, 'f64'), init(0)))
    const images = new NDArray({ dtype: 'f64', shape: [batch * steps, pixels] }, Float64Array.from(train.images.subarray(0, batch * steps * pixels)))
    const labels = np.array(train.labels.slice(0, batch * steps)), order = np.arange(batch * steps, { dtype: 'i32' }), key = random.key(5)
    const losses = (...xs: Value[]): readonly Value[] => {
      let params = tree.unflatten(def, xs.slice(0, leaves.length)) as ReturnType<typeof init>, state = optimizer.init(params)
      return Array.from({ length: steps }, (_, k) => {
        const next = step(params, state, xs[leaves.length]!, labels, order, np.array(k, { dtype: 'i32' }), key)
        params = next.params
        state = next.state
        return next.loss
      })
    }
    const inputs = [...leaves as NDArray[], images], { program, captured } = stage(losses, inputs.map(x => x.aval))
    const closed = { program: optimise(program), inputs: [...captured as NDArray[], ...inputs] }, single = narrowOf(closed, 'f32')
    const [want, onGpu, onCpu] = [reference.run(closed.program, closed.inputs), gpu!.run(single.program, single.inputs), cpu().run(single.program, single.inputs)].map(xs => xs.map(x => x.data[0]!))
    expect(want![9]).toBeLessThan(want![0]!)
    want!.forEach((w, k) => {
      // two sides that round, sums in another order, functions of a few units: as in laws/single.ts
      const bound = 64 * roundingBound(evaluated(closed.program), closed.inputs, k, 0, precisionOf('f32'))
      for (const got of [onGpu!, onCpu!]) expect(Math.abs(got[k]! - w), `loss ${k + 1}: ${got[k]} instead of ${w}`).toBeLessThanOrEqual(bound)
    })
  }, 240_000)

  test('learning reaches the accuracy of the CPU', async () => {
    const device = await createWebGpu(cpu(), { dawn: ['backend=vulkan'] }, collectNow)
    if (device._tag === 'Left') throw new Error(device.left._tag)
    const batch = 50, steps = 200, most = 2000
    const learn = async (backend: Backend): Promise<readonly number[]> => {
      const optimizer = optim.adam(optim.cosineDecay(3e-3, steps)), step = trainer(optimizer, batch)
      const images = np.array(train.images, { shape: [train.count, pixels] }), labels = np.array(train.labels)
      const { order, key } = onBackend(cpu(), () => ({ order: random.permutation(random.key(1), train.count), key: random.key(2) }))
      let params = onBackend(cpu(), () => init(0)), state = onBackend(cpu(), () => optimizer.init(params)), loss: Value | null = null
      for (let k = 0; k < steps; k++) {
        const next = onBackend(backend, () => step(params, state, images, labels, order, np.array(k % Math.floor(train.count / batch), { dtype: 'i32' }), random.foldIn(key, k)))
        params = next.params
        state = next.state
        loss = next.loss
        if (k % 10 === 9) expect((await read(loss))[0]).toBeGreaterThan(0)
      }
      const { answers } = onBackend(backend, () => judge(params, np.array(held.images.slice(0, most * pixels), { shape: [most, pixels] }), np.array(held.labels.slice(0, most))))
      return Array.from(await read(answers))
    }
    const accuracy = (answers: readonly number[]): number => answers.filter((a, i) => a === held.labels[i]).length / most
    const [onGpu, onCpu] = [accuracy(await learn(device.right)), accuracy(await learn(cpu()))]
    device.right.close()
    expect(onCpu).toBeGreaterThan(0.9)
    // three standard deviations of what 2,000 digits tell
    expect(Math.abs(onGpu - onCpu)).toBeLessThanOrEqual(3 * Math.sqrt(onCpu * (1 - onCpu) / most))
  }, 240_000)
})

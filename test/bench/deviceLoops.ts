/** Loops on a device that never clean up, each a step at a time. */
import { webgpu, type WebGpuDevice } from '../../backends/webgpu/entry.js'
import { attempt, explain, jit, np, onDevice, read, tree, type Value, valueAndGrad } from '../../src/index.js'

type Step = (i: number) => Promise<void> | void
interface Params { readonly w: Value; readonly v: Value }
const training = (): ((p: Params) => readonly [Value, Params]) => {
  const xs = np.reshape(np.cos(np.arange(32 * 16, { dtype: 'f32' })), [32, 16]), ys = np.reshape(np.sin(np.arange(32, { dtype: 'f32' })), [32, 1])
  const loss = (p: Params): Value => np.mean(np.square(np.subtract(np.matmul(np.tanh(np.matmul(xs, p.w)), p.v), ys)))
  return jit((p: Params) => {
    const [l, g] = valueAndGrad(loss)(p) as unknown as readonly [Value, Params]
    return [l, tree.map((a, b) => np.subtract(a, np.multiply(0.1, b!)), p, g)] as unknown as [Value, Params]
  }) as unknown as (p: Params) => readonly [Value, Params]
}
const turn = (): Promise<void> => new Promise(done => setImmediate(done))
const params = (): Params => ({ w: np.full([16, 256], 0.01), v: np.full([256, 1], 0.1) })

/** Each makes 16 kB a step, or more. */
export const deviceLoops: Readonly<Record<string, (gpu: WebGpuDevice) => Step>> = {
  'operations one by one, settled every 100': gpu => {
    let x: Value = np.ones([64, 64])
    return async i => {
      x = onDevice(gpu, () => np.add(np.multiply(x, 0.5), 1))
      if (i % 100 === 0) await gpu.settled()
    }
  },
  'training steps, awaited every 100': gpu => {
    const step = training()
    let p = params()
    return async i => {
      const [l, next] = onDevice(gpu, () => step(p))
      p = next
      if (i % 100 === 0) await read(l)
    }
  },
  'training steps, settled every 500': gpu => {
    const step = training()
    let p = params()
    return i => {
      p = onDevice(gpu, () => step(p))[1]
      return i % 500 === 0 ? gpu.settled() : undefined
    }
  },
  'steps that throw, settled every 100': gpu => {
    const step = jit((x: Value) => np.add(x, 1))
    let x: Value = np.zeros([64, 64])
    return async i => {
      const failed = attempt(() => onDevice(gpu, () => { x = step(x); return np.add(x, np.ones([3])) }))
      if (failed._tag === 'Right') throw new Error('it was to throw')
      if (i % 100 === 0) await gpu.settled()
    }
  },
  'fresh numbers brought there': gpu => {
    const sum = jit((x: Value) => np.sum(x))
    return async i => {
      const s = onDevice(gpu, () => sum(np.array(new Float32Array(4096).fill(i))))
      if (i % 100 === 0 && (await read(s))[0] !== 4096 * i) throw new Error('wrong')
    }
  },
  'results that are read': gpu => {
    const step = jit((x: Value) => np.add(x, 1))
    let x: Value = np.zeros([64, 64])
    return async i => {
      x = onDevice(gpu, () => step(x))
      if ((await read(x))[7] !== i) throw new Error('wrong')
    }
  },
}

/** What they hold over so many steps, as lines of a table. */
export const deviceTable = async (steps: number): Promise<void> => {
  const found = await webgpu.tryDevice({ small: 0 })()
  if (found._tag === 'Left') {
    console.error(explain(found.left))
    process.exit(2)
  }
  const gpu = found.right
  const { memory } = gpu as unknown as { readonly memory: { readonly collect: () => boolean; readonly report: () => { readonly live: number; readonly size: number; readonly arrays: number } } }
  const mebi = (bytes: number): string => (bytes / 2 ** 20).toFixed(2)
  for (const [name, make] of Object.entries(deviceLoops)) {
    const step = make(gpu)
    for (let i = 1; i <= steps; i++) {
      await step(i)
      if (i !== steps / 10 && i !== steps) continue
      await gpu.settled()
      for (let k = 0; k < 3; k++) { await turn(); memory.collect() }
      const { live, size, arrays } = memory.report()
      console.log(`${gpu.name}, ${name}: ${i} steps, ${arrays} arrays, live ${mebi(live)} MiB, on the device ${mebi(size)} MiB, RSS ${mebi(process.memoryUsage().rss)} MiB`)
    }
  }
  gpu.close()
}

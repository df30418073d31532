/** What a page computes on WebGPU, beside what the reference computes there. */
import { reference } from '../../backends/reference/index.js'
import { createWebGpu } from '../../backends/webgpu/index.js'
import type { Value } from '../../src/core/value.js'
import { cond, jit, nn, np, random, read, scan, tree, valueAndGrad } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'
import type { Backend } from '../../src/runtime/backend.js'

interface Layer { readonly w: Value; readonly b: Value }
const loss = (network: readonly Layer[], x: Value, y: Value): Value => {
  const scores = network.reduce((h: Value, { w, b }, i) => np.add(np.matmul(i === 0 ? h : np.tanh(h), w), b), x)
  return np.mean(nn.losses.softmaxCrossEntropyWithIntegerLabels(scores, y))
}
const step = jit((network: readonly Layer[], x: Value, y: Value) => {
  const [value, slopes] = valueAndGrad(loss)(network, x, y) as unknown as readonly [Value, readonly Layer[]]
  return [value, tree.map((p, g) => np.subtract(p, np.multiply(0.5, g!)), network, slopes)] as unknown as readonly [Value, readonly Layer[]]
})

/** Ten steps of training, a scan with a choice inside, a sort, random bits. */
const compute = (): Readonly<Record<string, readonly Value[]>> => {
  const key = random.key(3)
  const draw = (shape: readonly number[], n: number): Value => random.normal(random.foldIn(key, n), shape)
  let network: readonly Layer[] = [[20, 16], [16, 4]].map(([n, m], i) => ({ w: np.multiply(draw([n!, m!], i), 0.3), b: np.zeros([m!]) }))
  const x = draw([24, 20], 7), y = np.mod(np.arange(24, { dtype: 'i32' }), 4)
  const losses: Value[] = []
  for (let k = 0; k < 10; k++) {
    const [value, next] = step(network, x, y)
    losses.push(value)
    network = next
  }
  const turn = (c: Value, v: Value): readonly [Value, Value] => {
    const next = cond(np.greater(np.sum(v), 0), (a: Value) => np.tanh(a), (a: Value) => np.multiply(a, 0.5), np.add(c, v)) as Value
    return [next, np.sum(next)]
  }
  const [carry, sums] = jit((c: Value, vs: Value) => scan(turn, c, vs))(draw([8], 8), draw([50, 8], 9))
  return { losses, loop: [carry, sums] as unknown as readonly Value[], sorted: [jit((v: Value) => np.sort(v))(draw([300], 10))], bits: [jit((k: Value) => random.bits(k, [100]))(key)] }
}
const numbers = async (backend: Backend): Promise<Readonly<Record<string, readonly number[]>>> => {
  const made = Object.entries(onBackend(backend, compute))
  const list = await Promise.all(made.map(async ([name, values]) => [name, (await Promise.all(values.map(async v => Array.from(await read(v))))).flat()] as const))
  return Object.fromEntries(list)
}

/** The adapter, and both answers; a reason where there is no device. */
export const onWebGpu = async (): Promise<{ readonly adapter: string; readonly got: Readonly<Record<string, readonly number[]>>; readonly want: Readonly<Record<string, readonly number[]>> } | { readonly none: string }> => {
  const gpu = await createWebGpu(reference, { small: 0 }, () => false)
  if (gpu._tag === 'Left') return { none: gpu.left._tag === 'NoDevice' ? gpu.left.cause : gpu.left._tag }
  const got = await numbers(gpu.right), want = await numbers(reference)
  gpu.right.close()
  return { adapter: gpu.right.adapter.name, got, want }
}

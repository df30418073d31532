/** What a page and Node compute alike: each answer is its type and a hash of its bits. */
import { createWasm, type WasmBackend, type WasmOptions } from '../../backends/wasm/index.js'
import { reference } from '../../backends/reference/index.js'
import { meaning } from '../../backends/reference/scalars.js'
import type { Data } from '../../src/core/dtype.js'
import type { NDArray, Value } from '../../src/core/value.js'
import { jit, lax, nn, np, readSync, scan, valueAndGrad } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'

/** Numbers in [-1, 1) that no engine rounds in another way: multiples of 2^-20 of a linear congruence. */
const noise = (n: number, seed: number): Float32Array<ArrayBuffer> => {
  const data = new Float32Array(n)
  let state = seed >>> 0
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    data[i] = (state >>> 11) / 2 ** 20 - 1
  }
  return data
}
const array = (shape: readonly number[], seed: number): Value => np.reshape(np.array(noise(shape.reduce((a, b) => a * b, 1), seed)), shape)

/** FNV-1a over the bytes of an array. */
const hash = (data: Data): string => {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  let h = 0x811c9dc5
  for (const b of bytes) h = Math.imul(h ^ b, 0x01000193)
  return (h >>> 0).toString(16).padStart(8, '0')
}
const told = (x: Value): string => `${x.dtype}[${x.shape.join()}] ${hash(readSync(x))}`

interface Layer { readonly w: Value; readonly b: Value }
const loss = (network: readonly Layer[], x: Value, y: Value): Value => {
  const scores = network.reduce((h: Value, { w, b }, i) => np.add(np.matmul(i === 0 ? h : np.tanh(h), w), b), x)
  return np.mean(nn.losses.softmaxCrossEntropyWithIntegerLabels(scores, y))
}

type Answers = Readonly<Record<string, string>>
/** Large enough for several threads, each of them. */
const compute = (): Answers => {
  const a = array([200, 300], 1), b = array([300, 250], 2)
  const network = [[196, 96], [96, 10]].map(([n, m], i): Layer => ({ w: np.multiply(array([n!, m!], 10 + i), 0.25), b: array([m!], 20 + i) }))
  const x = array([64, 196], 3)
  const y = np.array(Int32Array.from({ length: 64 }, (_, i) => (7 * i) % 10))
  const turn = (c: Value, v: Value): readonly [Value, Value] => {
    const next = np.tanh(np.add(np.matmul(c, np.multiply(b, 0.05)), v))
    return [lax.slice(np.concatenate([next, next], { axis: 1 }), [0, 0], [40, 300]), np.sum(next, { axis: 1 })]
  }
  const [carry, sums] = jit((c: Value, vs: Value) => scan(turn, c, vs))(array([40, 300], 4), array([12, 40, 250], 5))
  const long = array([1 << 18], 6)
  const [value, slopes] = jit(valueAndGrad(loss))(network, x, y)
  return {
    'a product of matrices': told(jit((l: Value, r: Value) => np.matmul(l, r))(a, b)),
    'the loss of a network': told(value),
    'its gradient by the first weights': told(slopes[0]!.w),
    'its gradient by the last biases': told(slopes[1]!.b),
    'the carry of a scan': told(carry),
    'what a scan stacks': told(sums),
    'a long sum': told(np.sum(long)),
    'an eager operation': told(np.add(np.exp(long), np.multiply(long, long))),
    'a sort': told(np.sort(long)),
    'a running sum in f64': told(np.cumsum(np.astype(long, 'f64'))),
  }
}

export interface Outcome {
  readonly backend: string
  /** How many threads there were at the second time. */
  readonly threads: number
  readonly shared: boolean
  /** The answers on the main thread alone, before others have come, and when they are there. */
  readonly first: Answers
  readonly second: Answers
}
const create = (options: WasmOptions): WasmBackend => {
  const backend = createWasm({ backend: reference, letter: (op, x, y) => meaning(op, 'f64')(x, y) }, options)
  if (!backend) throw new Error('there is no WebAssembly with SIMD')
  return backend
}
/** Computes on a backend of its own; then again, when as many threads are there as are to be expected. */
export const outcome = async (options: WasmOptions, expected: number): Promise<Outcome> => {
  const backend = create(options)
  const first = onBackend(backend, compute)
  for (let i = 0; backend.threads() !== expected && i < 1000; i++) await new Promise(resolve => setTimeout(resolve, 10))
  const threads = backend.threads()
  const second = onBackend(backend, compute)
  const shared = onBackend(backend, () => !((np.add(np.ones([1 << 18]), 1) as NDArray).data.buffer instanceof ArrayBuffer))
  backend.close()
  return { backend: backend.name, threads, shared, first, second }
}

/** A loop without pauses that makes more than there may be at any time; how large the memory has grown. */
export const loop = (steps: number, mebibytes: number): { readonly size: number; readonly last: number } => {
  const backend = create({ threads: 1 })
  return onBackend(backend, () => {
    backend.memory!.setBudget(mebibytes * 2 ** 20)
    let x = np.zeros([100_000])
    for (let i = 0; i < steps; i++) x = np.add(x, 1)
    return { size: backend.memory!.report().size, last: readSync(x)[99_999]! }
  })
}

/** What a cached call of a jitted function costs beside its work, which is next to nothing here: microseconds a call, the median and the best of samples of at least 10 ms. */
import { jit, np, tree, type Value } from '../../src/index.js'

const quantile = (xs: readonly number[], p: number): number => [...xs].sort((a, b) => a - b)[Math.floor((xs.length - 1) * p)]!
/** Microseconds of the processor a call, in order: other processes on the machine do not count. */
const measure = (f: () => unknown, samples = 25): readonly number[] => {
  const batch = (n: number): number => {
    const start = process.cpuUsage()
    for (let i = 0; i < n; i++) f()
    const { user, system } = process.cpuUsage(start)
    return user + system
  }
  let n = 100
  while (batch(n) < 10_000) n *= 2
  for (let i = 0; i < 10; i++) batch(n)
  return Array.from({ length: samples }, () => batch(n) / n).sort((a, b) => a - b)
}

const x = np.array([1, 2, 3]), y = np.array([4, 5, 6]), matrix = np.ones([8, 8]), large = np.ones([256, 256])
interface Layer { readonly w: Value; readonly b: Value }
const network: readonly Layer[] = [[3, 4], [4, 4], [4, 2]].map(([n, m]) => ({ w: np.ones([n!, m!]), b: np.ones([m!]) }))
const record = { w1: np.ones([3, 4]), b1: np.ones([4]), w2: np.ones([4, 2]), b2: np.ones([2]) }

const add = jit((a: Value, b: Value) => np.add(a, b))
const increment = jit((a: Value) => np.add(a, 1))
const scaled = jit((a: Value, n: number) => np.multiply(a, n), { staticArgnums: 1 })
const first = jit((a: Value) => np.sum(a))
const sizes = jit((a: Value) => np.add(a, 1))
const shorter = np.array([1, 2])
const total = jit((p: typeof record, batch: Value) => Object.values(p).reduce((s, v) => np.add(s, np.sum(v)), np.sum(batch)))
const decayed = jit((p: typeof record, batch: Value) => tree.scale(np.sum(batch), p))
const stepped = jit((layers: readonly Layer[], batch: Value) => tree.scale(np.sum(batch), layers))

let turn = 0
const cases: readonly (readonly [string, string, () => unknown])[] = [
  ['flat', 'add(x, y), 3 elements', () => add(x, y)],
  ['flat', 'increment(x)', () => increment(x)],
  ['flat', 'increment(1), a number', () => increment(1)],
  ['flat', 'sum of 8×8', () => first(matrix)],
  ['flat', 'sum of 256×256, which stays in the memory of the kernels', () => first(large)],
  ['flat', 'two shapes in turns', () => sizes(turn++ % 2 === 0 ? x : shorter)],
  ['flat', 'a static number', () => scaled(x, 2)],
  ['tree', 'record of 4 and a batch, to a scalar', () => total(record, x)],
  ['tree', 'record of 4 and a batch, to a record of 4', () => decayed(record, x)],
  ['tree', '3 layers and a batch, to 3 layers', () => stepped(network, x)],
]

console.log(`cached calls, node ${process.versions.node}; microseconds: best, median`)
for (const [kind, name, f] of cases) {
  const times = measure(f)
  console.log(`  ${kind}  ${name.padEnd(60)} ${times[0]!.toFixed(2).padStart(6)} ${quantile(times, 0.5).toFixed(2).padStart(6)}`)
}

/** Prints the time of flattening and unflattening small trees; run it with `npx tsx test/tree/measure.ts`. */
import { flatten, unflatten } from '../../src/tree/index.js'

class Box { constructor(readonly id: number) {} }
const isLeaf = (x: unknown): boolean => x instanceof Box || typeof x === 'number' || typeof x === 'boolean'
const box = (n: number): Box => new Box(n)

const trees: Readonly<Record<string, unknown>> = {
  'arguments, 2 leaves': [box(0), box(1)],
  'record, 4 leaves': { b1: box(0), b2: box(1), w1: box(2), w2: box(3) },
  'record, 4 leaves, keys unsorted': { w1: box(0), b1: box(1), w2: box(2), b2: box(3) },
  'arguments (params, x, y), 6 leaves': [{ b1: box(0), b2: box(1), w1: box(2), w2: box(3) }, box(4), box(5)],
  '12 layers of 4, 48 leaves': Array.from({ length: 12 }, (_, i) => ({ b: box(i), g: box(i), k: box(i), w: box(i) })),
  'array, 1000 leaves': Array.from({ length: 1000 }, (_, i) => i),
}

const nanoseconds = (f: () => unknown): number => {
  const rounds = 200_000
  let best = Infinity
  for (let batch = 0; batch < 7; batch++) {
    const n = batch === 0 ? 2_000 : Math.max(200, Math.floor(rounds / 20))
    const start = process.hrtime.bigint()
    for (let i = 0; i < n; i++) f()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / n)
  }
  return best
}

for (const [name, tree] of Object.entries(trees)) {
  const { def, leaves } = flatten(tree, isLeaf)
  const down = nanoseconds(() => flatten(tree, isLeaf))
  const up = nanoseconds(() => unflatten(def, leaves))
  console.log(`${name.padEnd(36)} flatten ${down.toFixed(0).padStart(6)} ns   unflatten ${up.toFixed(0).padStart(6)} ns`)
}

/** What one eager operation costs, and Rosenbrock's value and gradient (workload W6): each figure the median of samples of at least 10 ms. */
import { grad, jit, lax, np, type Value, valueAndGrad } from '../../src/index.js'

const median = (xs: readonly number[]): number => [...xs].sort((a, b) => a - b)[xs.length >> 1]!
/** Microseconds a call. */
const measure = (f: () => unknown, samples = 15): number => {
  const batch = (n: number): number => {
    const start = performance.now()
    for (let i = 0; i < n; i++) f()
    return performance.now() - start
  }
  let n = 1
  for (let ms = batch(n); ms < 10; ms = batch(n)) n *= ms < 1 ? 10 : 2
  // engines optimise what a gradient runs only after a second of it
  for (const warm = performance.now() + 1500; performance.now() < warm;) batch(n)
  return median(Array.from({ length: samples }, () => batch(n) / n)) * 1000
}

const x = np.array([1, 2, 3]), y = np.array([4, 5, 6])
const operations: Readonly<Record<string, () => unknown>> = {
  'np.add(x, y)': () => np.add(x, y),
  'np.multiply(x, 2)': () => np.multiply(x, 2),
  'np.sin(x)': () => np.sin(x),
  'np.where(x > y, x, y)': () => np.where(np.greater(x, y), x, y),
  'np.sum(x)': () => np.sum(x),
  'np.dot(x, y)': () => np.dot(x, y),
  'np.reshape(x, [3, 1])': () => np.reshape(x, [3, 1]),
}

/** Σ 100·(x_{i+1} - x_i²)² + (1 - x_i)² */
const rosenbrock = (n: number) => (x: Value): Value => {
  const a = lax.slice(x, [0], [n - 1]), b = lax.slice(x, [1], [n])
  return np.sum(np.add(np.multiply(100, np.square(np.subtract(b, np.square(a)))), np.square(np.subtract(1, a))))
}
const point = (n: number): Value => np.array(Float64Array.from({ length: n }, (_, i) => Math.sin(600 + i)), { dtype: 'f64' })

console.log('eager operations on 3 elements')
for (const [name, f] of Object.entries(operations)) console.log(`  ${name.padEnd(24)} ${measure(f).toFixed(2)} us`)
console.log('Rosenbrock, f64')
for (const n of [2, 100]) {
  const p = point(n)
  const eager = grad(rosenbrock(n)), both = valueAndGrad(rosenbrock(n)), compiled = jit(valueAndGrad(rosenbrock(n)))
  const rows: readonly (readonly [string, () => unknown])[] = [['grad', () => eager(p)], ['valueAndGrad', () => both(p)], ['jit(valueAndGrad)', () => compiled(p)]]
  for (const [name, f] of rows) console.log(`  n=${String(n).padEnd(4)} ${name.padEnd(18)} ${Math.round(1e6 / measure(f)).toLocaleString('en')} evaluations/s`)
}

/** W6, Rosenbrock's value and gradient, and W7, its Hessian and the derivatives of high order of a function of one number. */
import { grad, hessian, item, jet, jit, np, readSync, type Value, valueAndGrad } from '../../../src/index.js'
import type { Inputs } from '../data.js'
import { absSum, type Case, sum } from '../measure.js'
import { array } from './arrays.js'

const dtypes = ['f64', 'f32'] as const

/** Σ 100·(x_{i+1} - x_i²)² + (1 - x_i)² */
const rosenbrock = (x: Value): Value => {
  const a = np.at(x, [[null, -1]]), b = np.at(x, [[1, null]])
  return np.sum(np.add(np.multiply(100, np.square(np.subtract(b, np.square(a)))), np.square(np.subtract(1, a))))
}

export function* W6(sizes: Inputs['W6']): Iterable<Case> {
  for (const draw of sizes) {
    for (const dtype of dtypes) {
      const { n, ...data } = draw(), x = array(data.x, dtype)
      for (const [variant, vg] of [['jit', jit(valueAndGrad(rosenbrock))], ['eager', valueAndGrad(rosenbrock)]] as const) {
        yield {
          metric: 'rosenbrock_vg', variant, params: { n, dtype }, unit: 'evals/s', short: true, ms: 1000, run: () => item(vg(x)[0]),
          checks: () => { const [loss, g] = vg(x), slopes = readSync(g); return { loss: item(loss), gabs: absSum(slopes), g0: slopes[0]! } },
        }
      }
    }
  }
}

const wave = (x: Value): Value => np.multiply(np.tanh(x), np.exp(np.sin(x)))
const nested = (k: number): ((x: Value) => Value) => (k === 0 ? wave : grad(nested(k - 1)))
/** The k-th derivative from one Taylor expansion along x + t. */
const expanded = (k: number) => (x: Value): Value => jet(wave, [x], [Array.from({ length: k }, (_, i) => (i === 0 ? 1 : 0))])[1][k - 1]!

export function* W7(draw: Inputs['W7']): Iterable<Case> {
  const { n, x0, orders, ...data } = draw()
  // the highest first: its first call is that of a fresh process
  const point = np.array(x0, { dtype: 'f64' })
  for (const k of [...orders].reverse()) {
    const ways = [['jit grad^k', jit(nested(k))], ['eager grad^k', nested(k)], ['jit jet', jit(expanded(k))], ['eager jet', expanded(k)]] as const
    for (const [variant, f] of ways) {
      yield {
        metric: 'derivative', variant, params: { k, dtype: 'f64' }, unit: 'ms', short: true, ms: 300, run: () => item(f(point)),
        checks: () => ({ value: item(f(point)) }),
      }
    }
  }
  for (const dtype of dtypes) {
    const x = array(data.x, dtype)
    for (const [variant, h] of [['jit', jit(hessian(rosenbrock))], ['eager', hessian(rosenbrock)]] as const) {
      yield {
        metric: 'hessian', variant, params: { n, dtype }, unit: 'Hessians/s', run: () => h(x),
        checks: () => { const m = readSync(h(x) as Value); return { hsum: sum(m), habs: absSum(m), h00: m[0]!, h01: m[1]! } },
      }
    }
  }
}

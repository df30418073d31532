/** W1, products of square matrices, and W2, a chain of elementwise functions under a sum. */
import { item, jit, nn, np, readSync, type Value, valueAndGrad } from '../../../src/index.js'
import type { Inputs } from '../data.js'
import { absSum, type Case, sum } from '../measure.js'
import { array } from './arrays.js'

const forms: Readonly<Record<string, (a: Value, b: Value) => Value>> = {
  AB: (a, b) => np.matmul(a, b),
  AtB: (a, b) => np.matmul(np.transpose(a), b),
  ABt: (a, b) => np.matmul(a, np.transpose(b)),
}

export function* W1(sizes: Inputs['W1']): Iterable<Case> {
  for (const draw of sizes) {
    const { N, ...data } = draw(), a = array(data.a), b = array(data.b)
    for (const [form, product] of Object.entries(forms)) {
      for (const [variant, multiply] of [['jit', jit(product)], ['eager', product]] as const) {
        if (variant === 'eager' && form !== 'AB') continue
        yield {
          metric: 'matmul', variant, params: { N, form }, unit: 'GFLOP/s', work: 2 * N ** 3 / 1e9, short: N <= 256, ms: 600,
          run: () => multiply(a, b),
          checks: () => { const c = readSync(multiply(a, b)); return { sum: sum(c), c00: c[0]!, clast: c[c.length - 1]! } },
        }
      }
    }
  }
}

/** Σ tanh(1.3x + 0.1)·σ(x) + exp(-x²) */
const chain = (x: Value): Value =>
  np.sum(np.add(np.multiply(np.tanh(np.add(np.multiply(x, 1.3), 0.1)), nn.sigmoid(x)), np.exp(np.negative(np.square(x)))))

export function* W2(draw: Inputs['W2']): Iterable<Case> {
  const x = array(draw().x)
  const both = valueAndGrad(chain)
  for (const [variant, vg] of [['jit', jit(both)], ['eager', both]] as const) {
    yield {
      metric: 'value_and_grad', variant, unit: 'ms', run: () => item(vg(x)[0]),
      checks: () => { const [loss, g] = vg(x), slopes = readSync(g); return { loss: item(loss), gsum: sum(slopes), gabs: absSum(slopes) } },
    }
  }
  for (const [variant, f] of [['jit', jit(chain)], ['eager', chain]] as const) {
    yield { metric: 'value', variant, unit: 'ms', run: () => item(f(x)), checks: () => ({ loss: item(f(x)) }) }
  }
}

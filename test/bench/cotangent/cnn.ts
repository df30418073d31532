/** W4, a training step of a network of two convolutions (batch, channel, height, width) by gradient descent with momentum. */
import { item, jit, lax, nn, np, optim, type Value, valueAndGrad } from '../../../src/index.js'
import type { Inputs } from '../data.js'
import type { Case } from '../measure.js'
import { array, arrays, gradientChecks } from './arrays.js'

interface Network { readonly k1: Value; readonly b1: Value; readonly k2: Value; readonly b2: Value; readonly w: Value; readonly b: Value }

const layer = (x: Value, kernel: Value, bias: Value): Value => {
  const h = np.add(lax.convGeneralDilated(x, kernel, { padding: 'SAME' }), np.expandDims(bias, [1, 2]))
  return nn.maxPool(nn.relu(h), { windowShape: [2, 2], strides: [2, 2], channelAxis: 1 })
}
const loss = (p: Network, x: Value, y: Value): Value => {
  const features = layer(layer(x, p.k1, p.b1), p.k2, p.b2)
  const logits = np.add(np.matmul(np.reshape(features, [x.shape[0]!, -1]), p.w), p.b)
  return np.mean(nn.losses.softmaxCrossEntropyWithIntegerLabels(logits, y))
}

export function* W4(draw: Inputs['W4']): Iterable<Case> {
  const { learningRate, momentum, params, ...data } = draw(), start: Network = arrays(params), x = array(data.x), y = array(data.y)
  const optimizer = optim.momentum(learningRate, momentum)
  const step = (network: Network, state: optim.State, x: Value, y: Value) => {
    const [value, g] = valueAndGrad(loss)(network, x, y)
    const [updates, next] = optimizer.update(g, state, network)
    return [value, optim.applyUpdates(network, updates), next] as const
  }
  for (const [variant, run, vg] of [['jit', jit(step, { donateArgnums: [0, 1] }), jit(valueAndGrad(loss))], ['eager', step, valueAndGrad(loss)]] as const) {
    let network: Network = arrays(params), state = optimizer.init(network), value: Value
    yield {
      metric: 'train_step', variant, unit: 'steps/s', trains: true,
      run: () => { [value, network, state] = run(network, state, x, y); return item(value) },
      checks: () => { const [value, { k1, b1, k2, w }] = vg(start, x, y); return { loss: item(value), ...gradientChecks({ k1, b1, k2, w }) } },
    }
  }
}

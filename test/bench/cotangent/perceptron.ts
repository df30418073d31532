/** W3, a training step of a perceptron by Adam; W8, the gradient of every example by itself; W12, the memory of many steps. */
import { grad, item, jit, nn, np, optim, readSync, type Value, valueAndGrad, vmap } from '../../../src/index.js'
import type { Inputs } from '../data.js'
import { absSum, type Case } from '../measure.js'
import { array, arrays, gradientChecks } from './arrays.js'

interface Layer { readonly w: Value; readonly b: Value }
type Network = readonly Layer[]

const scores = (network: Network, x: Value): Value =>
  network.reduce((h, { w, b }, i) => np.add(np.matmul(i === 0 ? h : nn.relu(h), w), b), x)
const meanLoss = (network: Network, x: Value, y: Value): Value =>
  np.mean(nn.losses.softmaxCrossEntropyWithIntegerLabels(scores(network, x), y))

const trainer = (learningRate: number) => {
  const optimizer = optim.adam(learningRate)
  const step = (network: Network, state: optim.State, x: Value, y: Value) => {
    const [loss, g] = valueAndGrad(meanLoss)(network, x, y)
    const [updates, next] = optimizer.update(g, state, network)
    return [loss, optim.applyUpdates(network, updates), next] as const
  }
  return { optimizer, step }
}
/** A call a step, with the parameters and the optimizer's state kept from one to the next. */
const training = (draw: Inputs['W3'], compiled: boolean): (() => number) => {
  const { learningRate, layers, ...data } = draw()
  const { optimizer, step } = trainer(learningRate), run = compiled ? jit(step, { donateArgnums: [0, 1] }) : step
  const x = array(data.x), y = array(data.y)
  let network: Network = arrays(layers), state = optimizer.init(network), loss: Value
  return () => {
    [loss, network, state] = run(network, state, x, y)
    return item(loss)
  }
}

export function* W3(draw: Inputs['W3']): Iterable<Case> {
  const { layers, ...data } = draw(), network = arrays(layers), x = array(data.x), y = array(data.y)
  for (const [variant, vg] of [['jit', jit(valueAndGrad(meanLoss))], ['eager', valueAndGrad(meanLoss)]] as const) {
    yield {
      metric: 'train_step', variant, unit: 'steps/s', trains: true, run: training(draw, variant === 'jit'),
      checks: () => {
        const [loss, [g1, g2, g3]] = vg(network, x, y)
        return { loss: item(loss), ...gradientChecks({ W1: g1!.w, W2: g2!.w, W3: g3!.w, b1: g1!.b }) }
      },
    }
  }
}

export function* W12(draw: Inputs['W3']): Iterable<Case> {
  yield { metric: 'rss_growth', variant: 'jit', unit: 'MiB', steps: 2000, run: training(draw, true) }
  yield { metric: 'rss_growth', variant: 'eager', unit: 'MiB', steps: 300, run: training(draw, false) }
}

export function* W8(draw: Inputs['W8']): Iterable<Case> {
  const { layers, classes, ...data } = draw(), network = arrays(layers), x = array(data.x), y = nn.oneHot(array(data.y), classes)
  const loss = (network: Network, x: Value, y: Value): Value => nn.losses.softmaxCrossEntropy(scores(network, x), y)
  const perExample = vmap(grad(loss), { inAxes: [null, 0, 0] })
  const [inputs, hidden] = data.x.shape.slice(1).concat(layers[0]!.w.shape.slice(1)) as [number, number]
  for (const [variant, gradients] of [['jit', jit(perExample)], ['eager', perExample]] as const) {
    yield {
      metric: 'per_example_grads', variant: `${variant} vmap(grad)`, unit: 'ms', run: () => gradients(network, x, y),
      checks: () => {
        const [g1, g2] = gradients(network, x, y), w1 = readSync(g1!.w), one = inputs * hidden
        return { ...gradientChecks({ W1: g1!.w, W2: g2!.w, b1: g1!.b, b2: g2!.b }), w1_example5: absSum(w1.subarray(5 * one, 6 * one)) }
      },
    }
  }
}

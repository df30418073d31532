/** W9, the logarithm of the posterior of a Gaussian mixture (ADBench), and its gradient by all parameters. */
import { item, jit, nn, np, type Value, valueAndGrad } from '../../../src/index.js'
import type { Inputs } from '../data.js'
import type { Case } from '../measure.js'
import { array, gradientChecks } from './arrays.js'

/** Weights, means, and the inverse factors as the logarithm of the diagonal and what is below it. */
interface Mixture { readonly alphas: Value; readonly means: Value; readonly logDiagonal: Value; readonly lower: Value }

export function* W9(draw: Inputs['W9']): Iterable<Case> {
  const { D, K, N, gamma, m, constant, ...data } = draw()
  const objective = ({ alphas, means, logDiagonal, lower }: Mixture, x: Value, place: Value): Value => {
    const factor = np.reshape(np.matmul(lower, place), [K, D, D])
    const centred = np.subtract(np.expandDims(x, 0), np.expandDims(means, 1))
    const diagonal = np.exp(logDiagonal)
    const z = np.add(np.multiply(np.expandDims(diagonal, 1), centred), np.matmul(centred, np.swapaxes(factor, 1, 2)))
    const weights = np.add(alphas, np.sum(logDiagonal, { axis: 1 }))
    const each = np.subtract(np.expandDims(weights, 1), np.multiply(0.5, np.sum(np.square(z), { axis: 2 })))
    const likelihood = np.subtract(np.sum(nn.logsumexp(each, { axis: 0 })), np.multiply(N, nn.logsumexp(alphas)))
    const spread = np.multiply(0.5 * gamma ** 2, np.add(np.sum(np.square(diagonal)), np.sum(np.square(lower))))
    return np.subtract(np.add(np.add(likelihood, constant), spread), np.multiply(m, np.sum(logDiagonal)))
  }
  for (const dtype of ['f64', 'f32'] as const) {
    const mixture: Mixture = {
      alphas: array(data.alphas, dtype), means: array(data.means, dtype), logDiagonal: array(data.logDiagonal, dtype), lower: array(data.lower, dtype),
    }
    const x = array(data.x, dtype), place = array(data.place, dtype), params = { N, dtype }
    for (const [variant, f, vg] of [['jit', jit(objective), jit(valueAndGrad(objective))], ['eager', objective, valueAndGrad(objective)]] as const) {
      yield { metric: 'objective', variant, params, unit: 'ms', run: () => item(f(mixture, x, place)), checks: () => ({ loss: item(f(mixture, x, place)) }) }
      yield {
        metric: 'gradient', variant, params, unit: 'ms', run: () => item(vg(mixture, x, place)[0]),
        checks: () => { const [loss, g] = vg(mixture, x, place); return { loss: item(loss), ...gradientChecks({ ...g }) } },
      }
    }
  }
}

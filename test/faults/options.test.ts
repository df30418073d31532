/** Keywords go into one record of known names: a misspelt or positional one is a fault everywhere, and never lost without a word. */
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/core/fault.js'
import * as lax from '../../src/lib/lax/index.js'
import * as nn from '../../src/lib/nn/index.js'
import * as np from '../../src/lib/np/index.js'
import * as optim from '../../src/lib/optim/index.js'
import * as random from '../../src/lib/random/index.js'
import { anything } from './refuses.js'

const x = np.ones([2, 3]), v = np.ones([3]), key = random.key(0)
const none = anything({ typo: 1 }), positional = anything(0)

const calls: Readonly<Record<string, (o: never) => unknown>> = {
  'np.array': o => np.array([1], o), 'np.zeros': o => np.zeros([1], o), 'np.full': o => np.full([1], 1, o), 'np.zerosLike': o => np.zerosLike(x, o),
  'np.linspace': o => np.linspace(0, 1, 2, o), 'np.logspace': o => np.logspace(0, 1, 2, o), 'np.geomspace': o => np.geomspace(1, 2, 2, o),
  'np.identity': o => np.identity(2, o), 'np.tril': o => np.tril(x, o), 'np.trace': o => np.trace(x, o), 'np.diag': o => np.diag(v, o), 'np.vander': o => np.vander(v, o),
  'np.sum': o => np.sum(x, o), 'np.prod': o => np.prod(x, o), 'np.max': o => np.max(x, o), 'np.mean': o => np.mean(x, o), 'np.std': o => np.std(x, o),
  'np.any': o => np.any(x, o), 'np.argmax': o => np.argmax(x, o), 'np.median': o => np.median(x, o), 'np.average': o => np.average(x, o),
  'np.nanmean': o => np.nanmean(x, o), 'np.nanvar': o => np.nanvar(x, o), 'np.cov': o => np.cov(x, o), 'np.quantile': o => np.quantile(x, 0.5, o),
  'np.cumsum': o => np.cumsum(x, o), 'np.diff': o => np.diff(x, o), 'np.gradient': o => np.gradient(v, o), 'np.interp': o => np.interp(v, v, v, o),
  'np.sort': o => np.sort(x, o), 'np.argsort': o => np.argsort(x, o), 'np.searchsorted': o => np.searchsorted(v, 1, o), 'np.pad': o => np.pad(x, 1, o),
  'np.repeat': o => np.repeat(x, 2, o), 'np.take': o => np.take(x, np.array([0], { dtype: 'i32' }), o), 'np.nanToNum': o => np.nanToNum(x, o), 'np.isclose': o => np.isclose(x, x, o),
  'lax.cumsum': o => lax.cumsum(x, o), 'lax.sort': o => lax.sort(x, o), 'lax.sortKeyVal': o => lax.sortKeyVal(x, x, o),
  'nn.softmax': o => nn.softmax(x, o), 'nn.logSoftmax': o => nn.logSoftmax(x, o), 'nn.logsumexp': o => nn.logsumexp(x, o), 'nn.standardize': o => nn.standardize(x, o),
  'nn.layerNorm': o => nn.layerNorm(x, o), 'nn.gelu': o => nn.gelu(x, o), 'nn.oneHot': o => nn.oneHot(np.array([0], { dtype: 'i32' }), 2, o),
  'random.split': o => random.split(key, 2, o), 'random.bits': o => random.bits(key, [2], o), 'random.uniform': o => random.uniform(key, [2], o), 'random.normal': o => random.normal(key, [2], o),
  'random.truncatedNormal': o => random.truncatedNormal(key, -1, 1, [2], o), 'random.exponential': o => random.exponential(key, [2], o), 'random.gumbel': o => random.gumbel(key, [2], o),
  'random.laplace': o => random.laplace(key, [2], o), 'random.logistic': o => random.logistic(key, [2], o), 'random.cauchy': o => random.cauchy(key, [2], o),
  'random.bernoulli': o => random.bernoulli(key, 0.5, [2], o), 'random.rademacher': o => random.rademacher(key, [2], o), 'random.randint': o => random.randint(key, [2], 0, 5, o),
  'random.categorical': o => random.categorical(key, v, o), 'random.permutation': o => random.permutation(key, 3, o), 'random.choice': o => random.choice(key, 3, [1], o),
  'optim.sgd': o => optim.sgd(0.1, o), 'optim.momentum': o => optim.momentum(0.1, 0.9, o), 'optim.adam': o => optim.adam(0.1, o), 'optim.adamw': o => optim.adamw(0.1, o),
  'optim.rmsprop': o => optim.rmsprop(0.1, o), 'optim.adagrad': o => optim.adagrad(0.1, o), 'optim.lion': o => optim.lion(0.1, o),
  'optim.trace': o => optim.trace(0.9, o), 'optim.scaleByAdam': o => optim.scaleByAdam(o), 'optim.scaleByRms': o => optim.scaleByRms(0.9, o), 'optim.scaleByRss': o => optim.scaleByRss(o), 'optim.scaleByLion': o => optim.scaleByLion(o), 'optim.linear': o => optim.linear(1, 0, 10, o), 'optim.exponentialDecay': o => optim.exponentialDecay(1, 10, 0.5, o), 'optim.cosineDecay': o => optim.cosineDecay(1, 10, o),
}
const everyCall = (given: never, argument: string): void => {
  for (const [name, call] of Object.entries(calls)) {
    it(name, () => expect(attempt(() => call(given))).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument', op: expect.stringMatching(name.replace(/^np\./, '')), argument } }))
  }
}
describe('a keyword that there is not', () => everyCall(none, 'options.typo'))
describe('a keyword without its name', () => everyCall(positional, 'options'))

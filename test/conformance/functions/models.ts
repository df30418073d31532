/** Small models, an optimiser step, custom rules: as in generate/functions.py. */
import { checkpoint, customDerivative, grad, jit, lax, nn, np, scan, tree, type Value } from '../../../src/index.js'
import { add, div, type Fn, mul, pow, sub, vector } from './words.js'

interface Layer { readonly w: Value, readonly b: Value }
interface Mlp { readonly first: Layer, readonly second: Layer }

const dense = ({ w, b }: Layer, x: Value): Value => add(np.matmul(x, w), b)
const mlp = (p: Mlp, x: Value): Value => dense(p.second, np.tanh(dense(p.first, x)))
const mlpLoss = (p: Mlp, x: Value, y: Value): Value => np.mean(pow(sub(mlp(p, x), y), 2))
const classifierLoss = (p: Mlp, x: Value, y: Value): Value =>
  np.negative(np.mean(np.sum(mul(nn.logSoftmax(mlp(p, x)), nn.oneHot(y, 2, { dtype: 'f64' })), { axis: -1 })))

const attention = (q: Value, k: Value, v: Value): Value => {
  const scores = div(np.einsum('bqd,bkd->bqk', q, k), Math.sqrt(q.shape.at(-1)!))
  return np.einsum('bqk,bkd->bqd', nn.softmax(scores, { axis: -1 }), v)
}

const causalAttention = (q: Value, k: Value, v: Value): Value => {
  const mask = np.tril(np.ones([q.shape[1]!, k.shape[1]!], { dtype: 'bool' }))
  const scores = np.where(mask, np.einsum('bqd,bkd->bqk', q, k), -1e9)
  return np.einsum('bqk,bkd->bqd', nn.softmax(scores, { axis: -1 }), v)
}

const layerNorm = (p: { readonly scale: Value, readonly shift: Value }, x: Value): Value => {
  const centred = sub(x, np.mean(x, { axis: -1, keepdims: true }))
  const variance = np.mean(mul(centred, centred), { axis: -1, keepdims: true })
  return add(div(mul(p.scale, centred), np.sqrt(add(variance, 1e-5))), p.shift)
}

const lstmCell = (p: Layer, [h, c]: readonly [Value, Value], x: Value): [[Value, Value], Value] => {
  const [i, f, g, o] = np.split(add(np.matmul(np.concatenate([x, h]), p.w), p.b), 4) as readonly [Value, Value, Value, Value]
  const c2 = add(mul(nn.sigmoid(f), c), mul(nn.sigmoid(i), np.tanh(g)))
  const h2 = mul(nn.sigmoid(o), np.tanh(c2))
  return [[h2, c2], h2]
}

const lstm = (p: Layer, xs: Value): [Value, Value, Value] => {
  const zero = np.zeros([2], { dtype: 'f64' })
  const [[h, c], hs] = scan((carry: [Value, Value], x: Value) => lstmCell(p, carry, x), [zero, zero] as [Value, Value], xs)
  return [h, c, hs]
}

const lstmLoss = (p: Layer, xs: Value): Value => {
  const [h, c, hs] = lstm(p, xs)
  return add(np.sum(mul(h, h)), np.mean(mul(hs, c)))
}

const adamStep = (p: Mlp, m: Mlp, v: Mlp, x: Value, y: Value): Mlp[] => {
  const t = 3
  const g = grad(mlpLoss)(p, x, y)
  const zip = (f: Fn, first: Mlp, ...rest: readonly unknown[]): Mlp => (tree.map as Fn)(f, first, ...rest)
  const m2 = zip((a, b) => add(mul(0.9, a), mul(0.1, b)), m, g)
  const v2 = zip((a, b) => add(mul(0.999, a), mul(0.001, mul(b, b))), v, g)
  const p2 = zip((a, b, c) => sub(a, div(mul(0.01, div(b, 1 - 0.9 ** t)), add(np.sqrt(div(c, 1 - 0.999 ** t)), 1e-8))), p, m2, v2)
  return [p2, m2, v2]
}

// Derivatives that are wrong on purpose, so that a rule that is not used is noticed.
const cubeByPush = customDerivative((x: Value) => ({ value: mul(mul(x, x), x), push: (t: Value) => mul(mul(30, mul(x, x)), t) }))
const sevenfoldGradient = customDerivative((x: Value) => ({ value: mul(x, x), pull: (ct: Value) => mul(mul(7, x), ct) }))
const log1pexp = customDerivative((x: Value) => ({ value: np.log(add(1, np.exp(x))), push: (t: Value) => mul(nn.sigmoid(x), t) }))

export const models: Readonly<Record<string, Fn>> = {
  mlp, 'mlp loss': mlpLoss, 'classifier loss': classifierLoss, attention, 'causal attention': causalAttention,
  'layer norm': layerNorm, lstm, 'lstm loss': lstmLoss, 'adam step': adamStep,
  'checkpointed mlp loss': checkpoint(mlpLoss),
  'checkpointed sine chain': x => np.sum(mul(checkpoint((z: Value) => np.sin(mul(np.sin(z), z)))(x), x)),
  'jitted mlp loss': jit(mlpLoss),
  'custom push': x => np.sum(np.sin(cubeByPush(x))),
  'custom pull': x => np.sum(mul(sevenfoldGradient(x), vector([1, -2, 3]))),
  'custom stable softplus': x => np.sum(log1pexp(x)),
  'psum normalise': x => div(x, lax.psum(x, 'i')),
  'psum of square': x => mul(lax.psum(mul(x, x), 'i'), x),
  'psum of one': x => mul(x, lax.psum(1, 'i')),
  'pmean centre': x => sub(x, lax.pmean(x, 'i')),
  'pmax shift': x => np.exp(sub(x, lax.pmax(x, 'i'))),
  'pmin shift': x => sub(x, lax.pmin(x, 'i')),
  axisIndex: x => mul(x, lax.axisIndex('i')),
  allGather: x => lax.allGather(x, 'i'),
  'allGather weighted': x => np.sum(mul(lax.allGather(x, 'i'), x)),
  'ppermute ring': x => lax.ppermute(x, 'i', [[0, 1], [1, 2], [2, 0]]),
  'batch norm': x => {
    const centred = sub(x, lax.pmean(x, 'i'))
    return div(centred, np.sqrt(add(lax.pmean(pow(centred, 2), 'i'), 1e-5)))
  },
}

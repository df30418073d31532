/** W5, a training step of a small transformer (layer norms first, causal attention) by plain gradient descent. */
import { item, jit, nn, np, tree, type Value, valueAndGrad } from '../../../src/index.js'
import type { Inputs } from '../data.js'
import type { Case } from '../measure.js'
import { array, arrays, gradientChecks } from './arrays.js'

interface Block {
  readonly g1: Value; readonly h1: Value; readonly wqkv: Value; readonly bqkv: Value; readonly wo: Value; readonly bo: Value
  readonly g2: Value; readonly h2: Value; readonly wi: Value; readonly bi: Value; readonly wp: Value; readonly bp: Value
}
interface Gpt { readonly wte: Value; readonly wpe: Value; readonly layers: readonly Block[]; readonly gf: Value; readonly hf: Value; readonly head: Value }
/** From queries, keys and values [batch, places, heads, size] to the same shape. */
type Attention = (q: Value, k: Value, v: Value) => Value

const dense = (x: Value, w: Value, b: Value): Value => np.add(np.matmul(x, w), b)

export function* W5(draw: Inputs['W5']): Iterable<Case> {
  const { D, H, T, B, learningRate, params, ...data } = draw(), start: Gpt = arrays(params)
  const tokens = array(data.inputs), targets = array(data.targets)
  const mask = np.multiply(np.triu(np.ones([T, T]), { k: 1 }), -1e9)

  const written: Attention = (q, k, v) => {
    const [qs, ks, vs] = [q, k, v].map(t => np.swapaxes(t, 1, 2)) as [Value, Value, Value]
    const logits = np.add(np.multiply(np.matmul(qs, np.swapaxes(ks, 2, 3)), 1 / Math.sqrt(D / H)), mask)
    return np.swapaxes(np.matmul(nn.softmax(logits), vs), 1, 2)
  }
  const fromLibrary: Attention = (q, k, v) => nn.dotProductAttention(q, k, v, { isCausal: true })

  const loss = (attention: Attention) => (p: Gpt): Value => {
    const block = (x: Value, q: Block): Value => {
      const qkv = np.reshape(dense(nn.layerNorm(x, { scale: q.g1, bias: q.h1 }), q.wqkv, q.bqkv), [B, T, 3, H, D / H])
      const attended = attention(np.at(qkv, [':', ':', 0]), np.at(qkv, [':', ':', 1]), np.at(qkv, [':', ':', 2]))
      const mixed = np.add(x, dense(np.reshape(attended, [B, T, D]), q.wo, q.bo))
      return np.add(mixed, dense(nn.gelu(dense(nn.layerNorm(mixed, { scale: q.g2, bias: q.h2 }), q.wi, q.bi)), q.wp, q.bp))
    }
    const x = p.layers.reduce(block, np.add(np.take(p.wte, tokens, { axis: 0 }), p.wpe))
    const logits = np.matmul(nn.layerNorm(x, { scale: p.gf, bias: p.hf }), p.head)
    return np.mean(nn.losses.softmaxCrossEntropyWithIntegerLabels(logits, targets))
  }

  const ways = [['jit', written, true], ['jit, nn.dotProductAttention', fromLibrary, true], ['eager', written, false]] as const
  for (const [variant, attention, compiled] of ways) {
    const vg = valueAndGrad(loss(attention))
    const step = (p: Gpt) => { const [l, g] = vg(p); return [l, tree.addScaled(p, -learningRate, g)] as const }
    const run = compiled ? jit(step, { donateArgnums: 0 }) : step
    let now: Gpt = arrays(params), value: Value
    yield {
      metric: 'train_step', variant, unit: 'tokens/s', work: B * T, trains: true, ms: 4000,
      run: () => { [value, now] = run(now); return item(value) },
      checks: () => {
        const [l, g] = (compiled ? jit(vg) : vg)(start)
        return { loss: item(l), ...gradientChecks({ wte: g.wte, Wqkv0: g.layers[0]!.wqkv, head: g.head }) }
      },
    }
  }
}

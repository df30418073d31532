/** jax-js on its WASM device, as Node runs it: one thread. A use consumes an array, `.ref` keeps it for another. */
import { readFileSync } from 'node:fs'
import { defaultDevice, blockUntilReady, grad, hessian, init, jit, lax, nn, numpy as np, tree, valueAndGrad, vmap } from '@jax-js/jax'
import { runWork } from '../child.ts'
import { inputs, oneHot } from '../data.ts'
import { absSum, sum } from '../measure.ts'

const [name, work, size, how] = process.argv.slice(2)
const draw = inputs(size, new URL('../gmm.txt', import.meta.url))

const array = ({ data, shape }) => np.array(data, { shape })
const arrayOf = ({ data, shape }, dtype) => (dtype === 'f64' ? np.array(data, { shape, dtype: np.float64 }) : np.array(Float32Array.from(data), { shape }))
const arrays = t => (ArrayBuffer.isView(t.data) ? array(t) : Array.isArray(t) ? t.map(arrays) : Object.fromEntries(Object.entries(t).map(([k, v]) => [k, arrays(v)])))
const wait = async t => { await blockUntilReady(t) }
const number = async a => (await a.data())[0]
const gradientChecks = async named => {
  const checks = {}
  for (const [key, g] of Object.entries(named)) checks[`gabs_${key}`] = absSum(await g.data())
  return checks
}
/** The value; the gradients are waited for and let go. */
const valueOf = async ([value, g]) => {
  await wait(g)
  tree.dispose(g)
  return number(value)
}

function* W1() {
  const forms = { AB: (a, b) => np.matmul(a, b), AtB: (a, b) => np.matmul(np.transpose(a), b), ABt: (a, b) => np.matmul(a, np.transpose(b)) }
  for (const of of draw.W1) {
    const { N, ...data } = of(), a = array(data.a), b = array(data.b)
    for (const [form, product] of Object.entries(forms)) {
      yield {
        metric: 'matmul', variant: 'eager', params: { N, form }, unit: 'GFLOP/s', work: 2 * N ** 3 / 1e9, short: N <= 256, ms: 600,
        run: async () => { const c = product(a.ref, b.ref); await c.blockUntilReady(); c.dispose() },
        checks: async () => { const c = await product(a.ref, b.ref).data(); return { sum: sum(c), c00: c[0], clast: c[c.length - 1] } },
      }
    }
  }
}

function* W2() {
  const x = array(draw.W2().x)
  const chain = x => np.tanh(x.ref.mul(1.3).add(0.1)).mul(nn.sigmoid(x.ref)).add(np.exp(x.ref.mul(x).neg())).sum()
  for (const [variant, vg] of [['jit', jit(valueAndGrad(chain))], ['eager', valueAndGrad(chain)]]) {
    yield {
      metric: 'value_and_grad', variant, unit: 'ms', run: () => valueOf(vg(x.ref)),
      checks: async () => { const [value, g] = vg(x.ref), slopes = await g.data(); return { loss: await number(value), gsum: sum(slopes), gabs: absSum(slopes) } },
    }
  }
  for (const [variant, f] of [['jit', jit(chain)], ['eager', chain]]) {
    yield { metric: 'value', variant, unit: 'ms', run: () => number(f(x.ref)), checks: async () => ({ loss: await number(f(x.ref)) }) }
  }
}

const scores = (layers, x) => layers.reduce((h, { w, b }, i) => np.matmul(i === 0 ? h : nn.relu(h), w).add(b), x)
const crossEntropy = (logits, y, n) => nn.logSoftmax(logits, -1).mul(y).sum().mul(-1 / n)

/** A call a step; `step` answers the loss and the next state. */
const training = (step, start, rest) => {
  let state = start
  return async () => {
    const [loss, ...next] = step(...state, ...rest.map(x => x.ref))
    state = next
    await wait(state)
    return number(loss)
  }
}
const zerosLike = t => tree.map(a => np.zeros(a.shape), t)
const perceptron = (d, compiled) => {
  const vg = valueAndGrad((layers, x, y) => crossEntropy(scores(layers, x), y, d.batch))
  const step = (p, m, v, t, x, y) => {
    const [loss, g] = vg(tree.ref(p), x, y)
    const now = t.add(1), c1 = np.subtract(1, np.power(0.9, now.ref)), c2 = np.subtract(1, np.power(0.999, now.ref))
    const m2 = tree.map((m, g) => m.mul(0.9).add(g.mul(0.1)), m, tree.ref(g))
    const v2 = tree.map((v, g) => v.mul(0.999).add(g.ref.mul(g).mul(0.001)), v, g)
    const next = tree.map((p, m, v) => p.sub(m.ref.div(c1.ref).mul(d.learningRate).div(np.sqrt(v.ref.div(c2.ref)).add(1e-8))), p, tree.ref(m2), tree.ref(v2))
    c1.dispose()
    c2.dispose()
    return [loss, next, m2, v2, now]
  }
  return training(compiled ? jit(step) : step, [arrays(d.layers), zerosLike(arrays(d.layers)), zerosLike(arrays(d.layers)), np.array(0)], [array(d.x), array(oneHot(d.y, d.classes))])
}

function* W3() {
  const d = draw.W3(), vg = valueAndGrad((layers, x, y) => crossEntropy(scores(layers, x), y, d.batch))
  const checks = async () => {
    const [loss, [g1, g2, g3]] = vg(arrays(d.layers), array(d.x), array(oneHot(d.y, d.classes)))
    g2.b.dispose()
    g3.b.dispose()
    return { loss: await number(loss), ...await gradientChecks({ W1: g1.w, W2: g2.w, W3: g3.w, b1: g1.b }) }
  }
  yield { metric: 'train_step', variant: 'jit', unit: 'steps/s', trains: true, run: perceptron(d, true), checks }
  yield { metric: 'train_step', variant: 'eager', unit: 'steps/s', trains: true, run: perceptron(d, false), checks }
}

function* W12() {
  yield { metric: 'rss_growth', variant: 'jit, every array consumed', unit: 'MiB', steps: 2000, run: perceptron(draw.W3(), true) }
}

function* W4() {
  const d = draw.W4(), x = array(d.x), y = array(oneHot(d.y, d.classes))
  const pool = h => { const [n, c, a, b] = h.shape; return np.max(h.reshape([n, c, a / 2, 2, b / 2, 2]), [3, 5]) }
  const layer = (h, k, b) => pool(nn.relu(lax.convGeneralDilated(h, k, [1, 1], 'SAME').add(b.reshape([b.shape[0], 1, 1]))))
  const vg = valueAndGrad((p, x, y) => crossEntropy(np.matmul(layer(layer(x, p.k1, p.b1), p.k2, p.b2).reshape([d.batch, d.features]), p.w).add(p.b), y, d.batch))
  const step = (p, v, x, y) => {
    const [loss, g] = vg(tree.ref(p), x, y)
    const next = tree.map((v, g) => v.mul(d.momentum).add(g), v, g)
    return [loss, tree.map((p, v) => p.sub(v.mul(d.learningRate)), p, tree.ref(next)), next]
  }
  const checks = async () => {
    const [loss, { k1, b1, k2, w, b2, b }] = vg(arrays(d.params), x.ref, y.ref)
    tree.dispose([b2, b])
    return { loss: await number(loss), ...await gradientChecks({ k1, b1, k2, w }) }
  }
  for (const [variant, run] of [['eager', step], ['jit', jit(step)]]) {
    yield { metric: 'train_step', variant, unit: 'steps/s', trains: true, checks, run: training(run, [arrays(d.params), zerosLike(arrays(d.params))], [x, y]) }
  }
}

function* W5() {
  const d = draw.W5(), { B, T, H, D, V } = d
  const tokens = np.array(d.inputs.data, { shape: [B, T] }), rows = oneHot(d.targets, V)
  const targets = np.array(rows.data, { shape: [B, T, V] }), hot = np.array(oneHot(d.inputs, V).data, { shape: [B, T, V] })
  const mask = np.array(Float32Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? -1e9 : 0)), { shape: [T, T] })
  const norm = (x, g, b) => {
    const c = x.ref.sub(np.mean(x, -1, { keepdims: true })), variance = np.mean(c.ref.mul(c.ref), -1, { keepdims: true })
    return c.div(np.sqrt(variance.add(1e-5))).mul(g).add(b)
  }
  const gelu = x => x.ref.mul(0.5).mul(np.tanh(x.ref.add(x.ref.mul(x.ref).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI))).add(1))
  const lossOf = embed => (p, tokens, targets, mask) => {
    let x = embed(p.wte, tokens).add(p.wpe)
    for (const q of p.layers) {
      const qkv = np.matmul(norm(x.ref, q.g1, q.h1), q.wqkv).add(q.bqkv).reshape([B, T, 3, H, D / H]).transpose([2, 0, 3, 1, 4])
      const [qs, ks, vs] = [0, 1, 2].map(i => qkv.ref.slice(i))
      qkv.dispose()
      const weights = nn.softmax(np.matmul(qs, ks.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(D / H)).add(mask.ref), -1)
      x = x.add(np.matmul(np.matmul(weights, vs).transpose([0, 2, 1, 3]).reshape([B, T, D]), q.wo).add(q.bo))
      x = x.ref.add(np.matmul(gelu(np.matmul(norm(x, q.g2, q.h2), q.wi).add(q.bi)), q.wp).add(q.bp))
    }
    mask.dispose()
    return crossEntropy(np.matmul(norm(x, p.gf, p.hf), p.head), targets, B * T)
  }
  const ways = [['jit, one-hot embedding', (w, t) => np.matmul(t, w), hot], ['jit, np.take', (w, t) => np.take(w, t, 0), tokens]]
  for (const [variant, embed, given] of ways) {
    const vg = valueAndGrad(lossOf(embed))
    const step = jit((p, tokens, targets, mask) => {
      const [loss, g] = vg(tree.ref(p), tokens, targets, mask)
      return [loss, tree.map((p, g) => p.sub(g.mul(d.learningRate)), p, g)]
    })
    yield {
      metric: 'train_step', variant, unit: 'tokens/s', work: B * T, trains: true, ms: 4000, run: training(step, [arrays(d.params)], [given, targets, mask]),
      checks: async () => {
        const [loss, g] = jit(vg)(arrays(d.params), given.ref, targets.ref, mask.ref)
        const checks = await gradientChecks({ wte: g.wte.ref, Wqkv0: g.layers[0].wqkv.ref, head: g.head.ref })
        tree.dispose(g)
        return { loss: await number(loss), ...checks }
      },
    }
  }
}

const rosenbrock = n => x => {
  const a = x.ref.slice([0, n - 1]), b = x.slice([1, n])
  return np.square(b.sub(np.square(a.ref))).mul(100).add(np.square(np.subtract(1, a))).sum()
}
const dtypes = ['f64', 'f32']

function* W6() {
  for (const of of draw.W6) {
    for (const dtype of dtypes) {
      const d = of(), x = arrayOf(d.x, dtype), f = valueAndGrad(rosenbrock(d.n))
      for (const [variant, vg] of [['jit', jit(f)], ['eager', f]]) {
        yield {
          metric: 'rosenbrock_vg', variant, params: { n: d.n, dtype }, unit: 'evals/s', short: true, ms: 1000, run: () => valueOf(vg(x.ref)),
          checks: async () => { const [loss, g] = vg(x.ref), slopes = await g.data(); return { loss: await number(loss), gabs: absSum(slopes), g0: slopes[0] } },
        }
      }
    }
  }
}

function* W7() {
  const d = draw.W7()
  for (const dtype of dtypes) {
    const x = arrayOf(d.x, dtype)
    for (const [variant, h] of [['jit', jit(hessian(rosenbrock(d.n)))], ['eager', hessian(rosenbrock(d.n))]]) {
      yield {
        metric: 'hessian', variant, params: { n: d.n, dtype }, unit: 'Hessians/s', run: async () => { const m = h(x.ref); await wait(m); m.dispose() },
        checks: async () => { const m = await h(x.ref).data(); return { hsum: sum(m), habs: absSum(m), h00: m[0], h01: m[1] } },
      }
    }
  }
  const wave = x => np.tanh(x.ref).mul(np.exp(np.sin(x)))
  for (const k of d.orders) {
    const nested = Array.from({ length: k }).reduce(f => grad(f), wave), at = () => np.array(d.x0, { dtype: np.float64 })
    for (const [variant, f] of [['jit grad^k', jit(nested)], ['eager grad^k', nested]]) {
      yield { metric: 'derivative', variant, params: { k, dtype: 'f64' }, unit: 'ms', short: true, ms: 300, run: () => number(f(at())), checks: async () => ({ value: await number(f(at())) }) }
    }
  }
}

function* W8() {
  const d = draw.W8(), layers = arrays(d.layers), x = array(d.x), y = array(oneHot(d.y, d.classes)), n = d.layers[0].w.data.length
  const perExample = vmap(grad((layers, x, y) => nn.logSoftmax(scores(layers, x), -1).mul(y).sum().neg()), [null, 0, 0])
  for (const [variant, f] of [['jit vmap(grad)', jit(perExample)], ['eager vmap(grad)', perExample]]) {
    const call = () => f(tree.ref(layers), x.ref, y.ref)
    yield {
      metric: 'per_example_grads', variant, unit: 'ms', run: async () => { const g = call(); await wait(g); tree.dispose(g) },
      checks: async () => {
        const [g1, g2] = call(), w1 = await g1.w.ref.data()
        return { ...await gradientChecks({ W1: g1.w, W2: g2.w, b1: g1.b, b2: g2.b }), w1_example5: absSum(w1.subarray(5 * n, 6 * n)) }
      },
    }
  }
}

function* W9() {
  const { D, K, N, gamma, m, constant, ...data } = draw.W9()
  const objective = (alphas, means, logDiagonal, lower, x, place) => {
    const factor = np.matmul(lower.ref, place).reshape([K, D, D]), centred = x.reshape([1, N, D]).sub(means.reshape([K, 1, D])), diagonal = np.exp(logDiagonal.ref)
    const z = diagonal.ref.reshape([K, 1, D]).mul(centred.ref).add(np.matmul(centred, factor.transpose([0, 2, 1])))
    const each = alphas.ref.add(logDiagonal.ref.sum(1)).reshape([K, 1]).sub(np.square(z).sum(2).mul(0.5))
    const likelihood = nn.logsumexp(each, 0).sum().sub(nn.logsumexp(alphas).mul(N))
    return likelihood.add(constant).add(np.square(diagonal).sum().add(np.square(lower).sum()).mul(0.5 * gamma ** 2)).sub(logDiagonal.sum().mul(m))
  }
  for (const dtype of dtypes) {
    const [base, x, place] = [[data.alphas, data.means, data.logDiagonal, data.lower].map(a => arrayOf(a, dtype)), arrayOf(data.x, dtype), arrayOf(data.place, dtype)]
    const both = valueAndGrad(objective, { argnums: [0, 1, 2, 3] })
    for (const [variant, f, vg] of [['jit', jit(objective), jit(both)], ['eager', objective, both]]) {
      const given = () => [...tree.ref(base), x.ref, place.ref], at = { variant, params: { N, dtype }, unit: 'ms' }
      yield { metric: 'objective', ...at, run: () => number(f(...given())), checks: async () => ({ loss: await number(f(...given())) }) }
      yield {
        metric: 'gradient', ...at, run: () => valueOf(vg(...given())),
        checks: async () => {
          const [loss, [alphas, means, logDiagonal, lower]] = vg(...given())
          return { loss: await number(loss), ...await gradientChecks({ alphas, means, logDiagonal, lower }) }
        },
      }
    }
  }
}

function* W10() {
  const d = draw.W10(), { T, B, H } = d, x = array(d.x), cell = arrays(d.params)
  const unrolled = (p, x) => {
    let h = np.zeros([B, H]), c = np.zeros([B, H]), total = np.array(0)
    for (let t = 0; t < T; t++) {
      const z = np.matmul(x.ref.slice(t), p.wx.ref).add(np.matmul(h, p.wh.ref)).add(p.b.ref)
      const [i, f, g, o] = [0, 1, 2, 3].map(k => z.ref.slice([], [k * H, (k + 1) * H]))
      z.dispose()
      c = nn.sigmoid(f).mul(c).add(nn.sigmoid(i).mul(np.tanh(g)))
      h = nn.sigmoid(o).mul(np.tanh(c.ref))
      total = total.add(np.mean(h.ref.mul(h.ref)))
    }
    tree.dispose([h, c, x, p])
    return total.mul(1 / T)
  }
  const vg = jit(valueAndGrad(unrolled))
  yield {
    metric: 'value_and_grad', variant: 'jit, unrolled (it has no scan)', unit: 'ms', run: () => valueOf(vg(tree.ref(cell), x.ref)),
    checks: async () => { const [loss, g] = vg(tree.ref(cell), x.ref); return { loss: await number(loss), ...await gradientChecks({ Wx: g.wx, Wh: g.wh, b: g.b }) } },
  }
  yield { metric: 'value_and_grad', variant: 'eager, unrolled', error: 'not run: it takes minutes a call' }
}

const { version } = JSON.parse(readFileSync(new URL('../.peers/node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8'))
await init('wasm')
defaultDevice('wasm')
await runWork(name, () => ({ version, threads: 1, works: { W1, W2, W3, W4, W5, W6, W7, W8, W9, W10, W12 } }), work, how)
process.exit(0)

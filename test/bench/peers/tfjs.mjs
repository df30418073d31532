/** TensorFlow.js on its WASM backend (one thread in Node): f32 alone, no jit, vmap or jvp; tf.tidy around every call. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { runWork } from '../child.ts'
import { inputs, oneHot } from '../data.ts'
import { absSum, sum } from '../measure.ts'

const [name, work, size, how] = process.argv.slice(2)
const draw = inputs(size, new URL('../gmm.txt', import.meta.url))

const tensor = ({ data, shape }) => tf.tensor(Float32Array.from(data), shape, 'float32')
const each = (f, t) => (ArrayBuffer.isView(t.data) ? f(t) : Array.isArray(t) ? t.map(u => each(f, u)) : Object.fromEntries(Object.entries(t).map(([k, v]) => [k, each(f, v)])))
const variables = t => each(x => tf.variable(tensor(x)), t)
const leaves = t => (t instanceof tf.Tensor ? [t] : Object.values(t).flatMap(leaves))
const number = t => t.dataSync()[0]
const kept = f => () => tf.tidy(f)
/** Log-softmax written out: the backend lacks kernels that the gradients of tf.logSoftmax would need. */
const logSoftmax = x => { const c = tf.sub(x, tf.max(x, -1, true)); return tf.sub(c, tf.log(tf.sum(tf.exp(c), -1, true))) }
const crossEntropy = (logits, y, n) => tf.mul(tf.sum(tf.mul(logSoftmax(logits), y)), -1 / n)
const training = (loss, parameters, optimizer) => kept(() => number(optimizer.minimize(loss, true, leaves(parameters))))
const gradientChecks = (loss, named) => kept(() => {
  const { value, grads } = tf.variableGrads(loss, Object.values(named))
  return { loss: number(value), ...Object.fromEntries(Object.entries(named).map(([key, v]) => [`gabs_${key}`, absSum(grads[v.name].dataSync())])) }
})

function* W1() {
  const forms = { AB: [false, false], AtB: [true, false], ABt: [false, true] }
  for (const of of draw.W1) {
    const { N, ...data } = of(), a = tensor(data.a), b = tensor(data.b)
    for (const [form, [ta, tb]] of Object.entries(forms)) {
      // transposed operands leave the fast path: 20 seconds a product at N = 2048
      if (form !== 'AB' && N > 512) continue
      yield {
        metric: 'matmul', variant: 'eager', params: { N, form }, unit: 'GFLOP/s', work: 2 * N ** 3 / 1e9, short: N <= 256, ms: 600,
        run: () => tf.matMul(a, b, ta, tb).dispose(),
        checks: kept(() => { const c = tf.matMul(a, b, ta, tb).dataSync(); return { sum: sum(c), c00: c[0], clast: c[c.length - 1] } }),
      }
    }
  }
}

function* W2() {
  const x = tensor(draw.W2().x)
  const chain = x => tf.sum(tf.add(tf.mul(tf.tanh(tf.add(tf.mul(x, 1.3), 0.1)), tf.sigmoid(x)), tf.exp(tf.neg(tf.mul(x, x)))))
  const vg = tf.valueAndGrad(chain)
  yield {
    metric: 'value_and_grad', variant: 'eager', unit: 'ms', run: kept(() => number(vg(x).value)),
    checks: kept(() => { const { value, grad } = vg(x), g = grad.dataSync(); return { loss: number(value), gsum: sum(g), gabs: absSum(g) } }),
  }
  yield { metric: 'value', variant: 'eager', unit: 'ms', run: kept(() => number(chain(x))), checks: kept(() => ({ loss: number(chain(x)) })) }
}

const scores = (layers, x) => layers.reduce((h, { w, b }, i) => tf.add(tf.matMul(i === 0 ? h : tf.relu(h), w), b), x)
const perceptron = d => {
  const layers = variables(d.layers), x = tensor(d.x), y = tensor(oneHot(d.y, d.classes))
  return training(() => crossEntropy(scores(layers, x), y, d.batch), layers, tf.train.adam(d.learningRate, 0.9, 0.999, 1e-8))
}
function* W3() {
  const d = draw.W3(), layers = variables(d.layers), x = tensor(d.x), y = tensor(oneHot(d.y, d.classes)), [l1, l2, l3] = layers
  yield {
    metric: 'train_step', variant: 'eager', unit: 'steps/s', trains: true, run: perceptron(d),
    checks: gradientChecks(() => crossEntropy(scores(layers, x), y, d.batch), { W1: l1.w, W2: l2.w, W3: l3.w, b1: l1.b }),
  }
}
function* W12() {
  yield { metric: 'rss_growth', variant: 'eager, tf.tidy', unit: 'MiB', steps: 300, run: perceptron(draw.W3()) }
}

function* W4() {
  const d = draw.W4(), x = tf.transpose(tensor(d.x), [0, 2, 3, 1]), y = tensor(oneHot(d.y, d.classes)), c = d.params.b2.shape[0], side = d.side / 4
  /** Channels last: kernels [height, width, in, out], and the dense rows by height, width, channel. */
  const parameters = () => {
    const { w, k1, k2, ...rest } = d.params
    const rows = tf.reshape(tf.transpose(tf.reshape(tensor(w), [c, side, side, 10]), [1, 2, 0, 3]), [-1, 10])
    const [a, b] = [k1, k2].map(k => tf.variable(tf.transpose(tensor(k), [2, 3, 1, 0])))
    return { ...variables(rest), w: tf.variable(rows), k1: a, k2: b }
  }
  // the backend has no gradient of conv2d by its kernel: a product with the nine shifted images
  const conv = (x, k) => {
    const [n, h, w, c] = x.shape, framed = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    const shifted = [0, 1, 2].flatMap(i => [0, 1, 2].map(j => tf.slice(framed, [0, i, j, 0], [n, h, w, c])))
    return tf.reshape(tf.matMul(tf.reshape(tf.concat(shifted, 3), [n * h * w, 9 * c]), tf.reshape(k, [9 * c, -1])), [n, h, w, -1])
  }
  const pool = h => { const [n, a, b, c] = h.shape; return tf.max(tf.reshape(tf.max(tf.reshape(h, [n, a / 2, 2, (b / 2) * 2 * c]), 2), [n, a / 2, b / 2, 2, c]), 3) }
  const layer = (h, k, b) => pool(tf.relu(tf.add(conv(h, k), b)))
  const loss = p => () => crossEntropy(tf.add(tf.matMul(tf.reshape(layer(layer(x, p.k1, p.b1), p.k2, p.b2), [d.batch, d.features]), p.w), p.b), y, d.batch)
  const p = parameters(), still = parameters()
  yield {
    metric: 'train_step', variant: 'eager, convolution as a product', unit: 'steps/s', trains: true, run: training(loss(p), p, tf.train.momentum(d.learningRate, d.momentum)),
    checks: gradientChecks(loss(still), { k1: still.k1, b1: still.b1, k2: still.k2, w: still.w }),
  }
}

function* W5() {
  const d = draw.W5(), { B, T, H, D, V } = d
  const flat = y => tensor(oneHot(y, V)), hot = flat(d.inputs), targets = flat(d.targets)
  const mask = tf.tensor(Float32Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? -1e9 : 0)), [T, T])
  const norm = (x, g, b) => { const c = tf.sub(x, tf.mean(x, -1, true)); return tf.add(tf.mul(tf.div(c, tf.sqrt(tf.add(tf.mean(tf.mul(c, c), -1, true), 1e-5))), g), b) }
  const gelu = x => tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1))
  const dense = (x, w, b) => tf.add(tf.matMul(x, w), b)
  const loss = p => () => {
    let x = tf.reshape(tf.add(tf.reshape(tf.matMul(hot, p.wte), [B, T, D]), p.wpe), [B * T, D])
    for (const q of p.layers) {
      const qkv = tf.transpose(tf.reshape(dense(norm(x, q.g1, q.h1), q.wqkv, q.bqkv), [B, T, 3, H, D / H]), [2, 0, 3, 1, 4])
      const [qs, ks, vs] = tf.unstack(qkv).map(t => tf.reshape(t, [B * H, T, D / H]))
      const weights = tf.softmax(tf.add(tf.mul(tf.matMul(qs, ks, false, true), 1 / Math.sqrt(D / H)), mask))
      const o = tf.reshape(tf.transpose(tf.reshape(tf.matMul(weights, vs), [B, H, T, D / H]), [0, 2, 1, 3]), [B * T, D])
      x = tf.add(x, dense(o, q.wo, q.bo))
      x = tf.add(x, dense(gelu(dense(norm(x, q.g2, q.h2), q.wi, q.bi)), q.wp, q.bp))
    }
    return crossEntropy(tf.matMul(norm(x, p.gf, p.hf), p.head), targets, B * T)
  }
  const p = variables(d.params), still = variables(d.params)
  yield {
    metric: 'train_step', variant: 'eager, one-hot embedding', unit: 'tokens/s', work: B * T, trains: true, ms: 4000, run: training(loss(p), p, tf.train.sgd(d.learningRate)),
    checks: gradientChecks(loss(still), { wte: still.wte, Wqkv0: still.layers[0].wqkv, head: still.head }),
  }
}

const rosenbrock = n => x => {
  const a = tf.slice(x, 0, n - 1), b = tf.slice(x, 1, n - 1)
  return tf.sum(tf.add(tf.mul(tf.square(tf.sub(b, tf.square(a))), 100), tf.square(tf.sub(1, a))))
}
function* W6() {
  for (const of of draw.W6) {
    const d = of(), x = tensor(d.x), vg = tf.valueAndGrad(rosenbrock(d.n))
    yield { metric: 'rosenbrock_vg', variant: 'eager', params: { n: d.n, dtype: 'f64' }, error: 'it has no f64' }
    yield {
      metric: 'rosenbrock_vg', variant: 'eager', params: { n: d.n, dtype: 'f32' }, unit: 'evals/s', short: true, ms: 1000, run: kept(() => number(vg(x).value)),
      checks: kept(() => { const { value, grad } = vg(x), g = grad.dataSync(); return { loss: number(value), gabs: absSum(g), g0: g[0] } }),
    }
  }
}

function* W7() {
  const d = draw.W7(), x = tensor(d.x), g = tf.grad(rosenbrock(d.n))
  const units = tf.unstack(tf.eye(d.n)), h = kept(() => tf.stack(units.map(e => tf.grad(x => tf.sum(tf.mul(g(x), e)))(x))))
  yield {
    metric: 'hessian', variant: 'eager, a row at a time', params: { n: d.n, dtype: 'f32' }, unit: 'Hessians/s', run: () => h().dispose(),
    checks: () => { const m = h().dataSync(); return { hsum: sum(m), habs: absSum(m), h00: m[0], h01: m[1] } },
  }
  const wave = x => tf.mul(tf.tanh(x), tf.exp(tf.sin(x))), x0 = tf.scalar(d.x0)
  for (const k of d.orders) {
    const nested = Array.from({ length: k }).reduce(f => tf.grad(f), wave), value = kept(() => number(nested(x0)))
    yield { metric: 'derivative', variant: 'eager grad^k', params: { k, dtype: 'f32' }, unit: 'ms', short: true, ms: 300, run: value, checks: () => ({ value: value() }) }
  }
}

function* W8() {
  const d = draw.W8(), p = each(tensor, d.layers), n = d.layers[0].w.data.length
  const rows = tf.unstack(tensor(d.x)).map(row => row.reshape([1, -1])), ys = tf.unstack(tensor(oneHot(d.y, d.classes)))
  const loss = (x, y) => (w1, b1, w2, b2) => tf.neg(tf.sum(tf.mul(logSoftmax(scores([{ w: w1, b: b1 }, { w: w2, b: b2 }], x)), y)))
  const all = kept(() => {
    const each = rows.map((x, i) => tf.grads(loss(x, ys[i]))([p[0].w, p[0].b, p[1].w, p[1].b]))
    return [0, 1, 2, 3].map(j => tf.stack(each.map(g => g[j])))
  })
  yield {
    metric: 'per_example_grads', variant: 'eager loop (it has no vmap)', unit: 'ms', run: () => all().forEach(t => t.dispose()),
    checks: () => {
      const [w1, b1, w2, b2] = all().map(t => t.dataSync())
      return { gabs_W1: absSum(w1), gabs_W2: absSum(w2), gabs_b1: absSum(b1), gabs_b2: absSum(b2), w1_example5: absSum(w1.subarray(5 * n, 6 * n)) }
    },
  }
}

function* W9() {
  const { D, K, N, gamma, m, constant, ...data } = draw.W9(), place = tensor(data.place), x = tf.reshape(tensor(data.x), [1, N, D])
  const logsumexp = (x, axis) => { const top = tf.max(x, axis, true); return tf.add(tf.squeeze(top, [axis]), tf.log(tf.sum(tf.exp(tf.sub(x, top)), axis))) }
  const objective = (alphas, means, logDiagonal, lower) => {
    const factor = tf.reshape(tf.matMul(lower, place), [K, D, D]), centred = tf.sub(x, tf.reshape(means, [K, 1, D])), diagonal = tf.exp(logDiagonal)
    const z = tf.add(tf.mul(tf.reshape(diagonal, [K, 1, D]), centred), tf.matMul(centred, factor, false, true))
    const each = tf.sub(tf.reshape(tf.add(alphas, tf.sum(logDiagonal, 1)), [K, 1]), tf.mul(tf.sum(tf.mul(z, z), 2), 0.5))
    const likelihood = tf.sub(tf.sum(logsumexp(each, 0)), tf.mul(logsumexp(alphas, 0), N))
    const spread = tf.mul(tf.add(tf.sum(tf.square(diagonal)), tf.sum(tf.square(lower))), 0.5 * gamma ** 2)
    return tf.sub(tf.add(tf.add(likelihood, constant), spread), tf.mul(tf.sum(logDiagonal), m))
  }
  const given = [data.alphas, data.means, data.logDiagonal, data.lower].map(tensor), vg = tf.valueAndGrads(objective), params = { N, dtype: 'f32' }
  yield { metric: 'objective', variant: 'eager', params, unit: 'ms', run: kept(() => number(objective(...given))), checks: kept(() => ({ loss: number(objective(...given)) })) }
  yield {
    metric: 'gradient', variant: 'eager', params, unit: 'ms', run: kept(() => number(vg(given).value)),
    checks: kept(() => {
      const { value, grads } = vg(given), [alphas, means, logDiagonal, lower] = grads.map(g => absSum(g.dataSync()))
      return { loss: number(value), gabs_alphas: alphas, gabs_means: means, gabs_logDiagonal: logDiagonal, gabs_lower: lower }
    }),
  }
}

function* W10() {
  const d = draw.W10(), { T, B, H } = d, rows = tf.unstack(tensor(d.x)), cell = [d.params.wx, d.params.wh, d.params.b].map(tensor)
  const unrolled = (wx, wh, b) => {
    let h = tf.zeros([B, H]), c = tf.zeros([B, H]), total = tf.scalar(0)
    for (const row of rows) {
      const [i, f, g, o] = tf.split(tf.add(tf.add(tf.matMul(row, wx), tf.matMul(h, wh)), b), 4, 1)
      c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)))
      h = tf.mul(tf.sigmoid(o), tf.tanh(c))
      total = tf.add(total, tf.mean(tf.mul(h, h)))
    }
    return tf.mul(total, 1 / T)
  }
  const vg = tf.valueAndGrads(unrolled)
  yield {
    metric: 'value_and_grad', variant: 'eager, unrolled', unit: 'ms', run: kept(() => number(vg(cell).value)),
    checks: kept(() => {
      const { value, grads } = vg(cell), [wx, wh, b] = grads.map(g => absSum(g.dataSync()))
      return { loss: number(value), gabs_Wx: wx, gabs_Wh: wh, gabs_b: b }
    }),
  }
}

setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`)
await tf.setBackend('wasm')
await tf.ready()
await runWork(name, () => ({ version: tf.version_core, threads: 1, works: { W1, W2, W3, W4, W5, W6, W7, W8, W9, W10, W12 } }), work, how)
process.exit(0)

/** nn agrees with its definitions and with JAX, at kinks, at infinities, in its derivatives. */
import { describe, expect, test } from 'vitest'
import { attempt } from '../../src/core/fault.js'
import { concreteOf, nested, type Value } from '../../src/core/value.js'
import * as nn from '../../src/lib/nn/index.js'
import * as np from '../../src/lib/np/index.js'
import * as random from '../../src/lib/random/index.js'
import * as special from '../../src/lib/special/index.js'
import { grad, vjp } from '../../src/transforms/derivatives.js'
import { jit } from '../../src/higher/jit.js'
import { vmap } from '../../src/transforms/vectorize.js'

const f64 = (xs: unknown): Value => np.array(xs as number[], { dtype: 'f64' })
const ints = (xs: unknown): Value => np.array(xs as number[], { dtype: 'i32' })
const show = (x: Value): unknown => nested(concreteOf(x, 'test'))
const flat = (x: Value): number[] => Array.from(concreteOf(x, 'test').data)
const tagOf = (thunk: () => unknown): string | null => { const e = attempt(thunk); return e._tag === 'Left' ? e.left._tag : null }
const near = (got: Value, want: readonly number[], tolerance = 1e-14): void => {
  const xs = flat(got)
  expect(xs.length).toBe(want.length)
  xs.forEach((x, i) => Object.is(x, want[i]) || expect(Math.abs(x - want[i]!), `${x} against ${want[i]}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(want[i]!))))
}
const slope = (f: (x: Value) => Value, at: number): number => flat(grad(f)(np.array(at, { dtype: 'f64' })) as Value)[0]!
const curvature = (f: (x: Value) => Value, at: number): number => slope(grad(f) as (x: Value) => Value, at)

describe('activations', () => {
  const xs = [-30, -3, -1, -0.25, 0, 0.5, 1, 3, 6, 30]
  const cases: Record<string, readonly [(x: Value) => Value, (x: number) => number]> = {
    relu: [nn.relu, x => Math.max(x, 0)],
    relu6: [nn.relu6, x => Math.min(Math.max(x, 0), 6)],
    sigmoid: [nn.sigmoid, x => 1 / (1 + Math.exp(-x))],
    softplus: [nn.softplus, x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
    logSigmoid: [nn.logSigmoid, x => -Math.max(-x, 0) - Math.log1p(Math.exp(-Math.abs(x)))],
    softSign: [nn.softSign, x => x / (1 + Math.abs(x))],
    silu: [nn.silu, x => x / (1 + Math.exp(-x))],
    gelu: [nn.gelu, x => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
    elu: [nn.elu, x => (x > 0 ? x : Math.expm1(x))],
    selu: [nn.selu, x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
    celu: [x => nn.celu(x, 2), x => (x > 0 ? x : 2 * Math.expm1(x / 2))],
    leakyRelu: [nn.leakyRelu, x => (x < 0 ? 0.01 * x : x)],
    hardTanh: [nn.hardTanh, x => Math.min(Math.max(x, -1), 1)],
    hardSigmoid: [nn.hardSigmoid, x => Math.min(Math.max(x + 3, 0), 6) / 6],
    hardSwish: [nn.hardSwish, x => x * Math.min(Math.max(x + 3, 0), 6) / 6],
    mish: [nn.mish, x => x * Math.tanh(Math.log1p(Math.exp(x)))],
    squareplus: [nn.squareplus, x => (x + Math.sqrt(x * x + 4)) / 2],
    tanh: [nn.tanh, Math.tanh],
  }
  for (const [name, [f, g]] of Object.entries(cases)) {
    test(`${name} is its formula, and its derivative is the slope of the formula`, () => {
      near(f(f64(xs)), xs.map(g), 1e-14)
      for (const x of [-2.3, -0.4, 0.3, 2.1]) expect(slope(f, x)).toBeCloseTo((g(x + 1e-6) - g(x - 1e-6)) / 2e-6, 7)
    })
  }
  test('derivatives at kinks are those of JAX', () => {
    expect([slope(nn.relu, 0), slope(nn.relu6, 0), slope(nn.relu6, 6)]).toEqual([0, 0, 0])
    expect([slope(nn.elu, 0), slope(nn.leakyRelu, 0), slope(nn.hardTanh, 1), slope(nn.softplus, 0)]).toEqual([1, 1, 1, 0.5])
  })
  test('softplus and sigmoid are right in their second derivatives, everywhere', () => {
    expect(curvature(nn.softplus, 0)).toBe(0.25)
    for (const x of [-800, -3, 2, 800]) {
      const s = 1 / (1 + Math.exp(-x))
      expect(curvature(nn.softplus, x)).toBeCloseTo(s * (1 - s), 14)
    }
    expect([slope(nn.softplus, -800), slope(nn.softplus, 800), slope(nn.logSigmoid, -800)]).toEqual([0, 1, 1])
  })
  test('infinities and NaN', () => {
    near(nn.relu(f64([-Infinity, Infinity, NaN])), [0, Infinity, NaN])
    near(nn.elu(f64([-Infinity, Infinity])), [-1, Infinity])
    near(nn.softplus(f64([-Infinity, Infinity])), [0, Infinity])
  })
  test('relu keeps integers', () => expect([nn.relu(ints([-1, 2])).dtype, show(nn.relu(ints([-1, 2])))]).toEqual(['i32', [0, 2]]))
  test('exact gelu is x times the normal distribution', () => {
    const x = f64([-3, -0.5, 0, 2])
    near(nn.gelu(x, { approximate: false }), flat(np.multiply(x, special.ndtr(x))))
  })
  test('glu halves an axis', () => {
    near(nn.glu(f64([[1, 2], [0, 800]]), 0), [0.5, 2])
    expect(tagOf(() => nn.glu(f64([1, 2, 3])))).toBe('ShapeMismatch')
  })
})

describe('normalisation', () => {
  const x = f64([[1, 2, 3], [1000, 0, -1000]])
  const exps = [1, 2, 3].map(v => Math.exp(v - 3)), total = exps.reduce((a, b) => a + b)
  test('softmax and its logarithm', () => {
    near(nn.softmax(x), [...exps.map(e => e / total), 1, 0, 0])
    near(nn.logSoftmax(x), [...[1, 2, 3].map(v => v - 3 - Math.log(total)), 0, -1000, -2000])
    near(np.sum(nn.softmax(x, { axis: null })), [1])
    near(np.sum(nn.softmax(x, { axis: 0 }), { axis: 0 }), [1, 1, 1])
  })
  test('what is masked has no probability and no derivative', () => {
    const mask = np.array([true, false, true])
    near(nn.softmax(f64([1, 9, 1]), { where: mask }), [0.5, 0, 0.5])
    near(nn.logSoftmax(f64([1, 9, 1]), { where: mask }), [-Math.LN2, -Infinity, -Math.LN2])
    const [, pull] = vjp((v: Value) => nn.softmax(v, { where: mask }), f64([1, 9, 1]))
    near((pull(f64([1, 5, 0])) as unknown as Value[])[0]!, [0.25, 0, -0.25])
    expect(tagOf(() => nn.softmax(x, { where: ints([1, 0, 1]) as never }))).toBe('DTypeMismatch')
  })
  test('the pullback of softmax is p·(c - Σ p c)', () => {
    const c = [0.3, -1, 2], p = flat(nn.softmax(f64([0.1, 0.7, -0.4]))), dot = p.reduce((s, v, i) => s + v * c[i]!, 0)
    const [, pull] = vjp((v: Value) => nn.softmax(v), f64([0.1, 0.7, -0.4]))
    near((pull(f64(c)) as unknown as Value[])[0]!, p.map((v, i) => v * (c[i]! - dot)))
  })
  test('logsumexp: what is no normal number next to the greatest is nothing, and nothing else is', () => {
    const f32 = (xs: readonly number[]): Value => np.array([...xs], { dtype: 'f32' })
    const weights = (x: Value): Value => grad((v: Value) => nn.logsumexp(v))(x) as Value
    expect(flat(weights(f32([0, -87, -88, -100, -Infinity])))).toEqual([1, Math.fround(Math.exp(-87)), 0, 0, 0].map(x => (x > 0 && x < 1 ? expect.closeTo(x, 44) as unknown as number : x)))
    near(weights(f64([0, -88, -708, -709, -745])), [1, Math.exp(-88), Math.exp(-708), 0, 0])
    expect(flat(grad((v: Value) => np.sum(np.square(weights(v))))(f32([0, -90])) as Value)).toEqual([0, 0])
    expect(flat(nn.logsumexp(f32([0, -90, NaN])))).toEqual([NaN])
    // a factor as great as its exponential is small
    expect(flat(nn.logsumexp(f32([0, -90]), { b: f32([1, 1e38]) }))[0]).toBeCloseTo(Math.log1p(1e38 * Math.exp(-90)), 4)
    // many halves, each of them no normal one next to the greatest
    expect(flat(nn.logsumexp(np.array([0, ...new Array<number>(1000).fill(-11)], { dtype: 'f16' })))[0]).toBeCloseTo(Math.log1p(1000 * Math.exp(-11)), 3)
  })
  test('logsumexp: large, empty, weighted, masked', () => {
    near(nn.logsumexp(f64([1000, 1000])), [1000 + Math.LN2])
    near(nn.logsumexp(f64([[-Infinity, -Infinity], [-Infinity, 3]]), { axis: 1 }), [-Infinity, 3])
    near(nn.logsumexp(f64([1, Infinity])), [Infinity])
    near(nn.logsumexp(f64([0, Math.log(2)]), { b: f64([3, 1]) }), [Math.log(5)])
    near(nn.logsumexp(f64([0, 0]), { b: f64([1, -1]) }), [-Infinity])
    near(nn.logsumexp(f64([0, 0]), { b: f64([1, -2]) }), [NaN])
    near(nn.logsumexp(f64([5000, 0]), { b: f64([0, 1]) }), [0])
    near(nn.logsumexp(f64([7, 0]), { where: np.array([false, true]) }), [0])
    expect(nn.logsumexp(x, { axis: 1, keepdims: true }).shape).toEqual([2, 1])
    near(nn.logsumexp(f64([])), [-Infinity])
  })
  test('the gradient of logsumexp is softmax, and 0 where nothing is added', () => {
    near(grad((v: Value) => nn.logsumexp(v))(f64([-Infinity, 1, 2])) as Value, flat(nn.softmax(f64([-Infinity, 1, 2]))))
    near(grad((v: Value) => nn.logsumexp(v))(f64([-Infinity, -Infinity])) as Value, [0, 0])
  })
  test('standardized lines have mean 0 and variance 1; layer norm scales and shifts them', () => {
    const y = nn.standardize(f64([[1, 2, 6], [-4, 0, 9]]), { epsilon: 0 })
    near(np.mean(y, { axis: 1 }), [0, 0])
    near(np.mean(np.square(y), { axis: 1 }), [1, 1])
    near(nn.layerNorm(f64([[1, 2, 6]]), { epsilon: 0, scale: f64([1, 2, 3]), bias: 1 }), flat(np.add(np.multiply(nn.standardize(f64([1, 2, 6]), { epsilon: 0 }), f64([1, 2, 3])), 1)))
    expect(tagOf(() => nn.layerNorm(x, { scale: f64([1, 2]) }))).toBe('ShapeMismatch')
    expect(tagOf(() => nn.standardize(x, { axis: 2 }))).toBe('AxisOutOfRange')
  })
})

describe('encodings and attention', () => {
  test('one-hot vectors', () => {
    expect(show(nn.oneHot(ints([0, 2, -1, 3]), 3))).toEqual([[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]])
    expect(show(nn.oneHot(ints([0, 1]), 3, { axis: 0, dtype: 'bool' }))).toEqual([[true, false], [false, true], [false, false]])
    expect(tagOf(() => nn.oneHot(ints([0]), 2.5))).toBe('BadArgument')
  })
  const q = np.reshape(np.sin(np.arange(24, { dtype: 'f64' })), [1, 3, 4, 2]), k = np.reshape(np.cos(np.arange(12, { dtype: 'f64' })), [1, 3, 2, 2])
  const v = np.reshape(np.arange(12, { dtype: 'f64' }), [1, 3, 2, 2])
  test('attention is that of JAX, with shared heads and causal masks', () => {
    near(f64(flat(nn.dotProductAttention(q, k, v)).slice(0, 6)), [2.985331853111943, 3.985331853111943, 2.6617049947347406, 3.6617049947347406, 5.191202512987109, 6.191202512987109])
    near(f64(flat(nn.dotProductAttention(q, k, v, { isCausal: true })).slice(-6)), [4.468025293267781, 5.468025293267781, 6.161277227885557, 7.161277227885557, 5.060059731433501, 6.060059731433501])
  })
  test('the first place of causal attention sees only itself; one that sees nothing gets the mean', () => {
    const first = flat(nn.dotProductAttention(q, k, v, { isCausal: true })).slice(0, 8)
    expect(first).toEqual([0, 1, 0, 1, 2, 3, 2, 3])
    const blind = nn.dotProductAttention(q, k, v, { mask: np.array([[[[false, false, false]]]]) })
    near(f64(flat(blind).slice(0, 4)), [4, 5, 4, 5])
  })
  test('without a batch axis there is none in the result; jit and vmap change nothing', () => {
    const one = (a: Value): Value => np.reshape(a, a.shape.slice(1))
    const plain = nn.dotProductAttention(one(q), one(k), one(v))
    expect(plain.shape).toEqual([3, 4, 2])
    near(plain, flat(nn.dotProductAttention(q, k, v)))
    near(jit((a: Value) => nn.dotProductAttention(a, k, v))(q), flat(nn.dotProductAttention(q, k, v)))
    near(vmap((a: Value, b: Value, c: Value) => nn.dotProductAttention(a, b, c))(q, k, v), flat(plain))
  })
  test('faults', () => {
    expect(tagOf(() => nn.dotProductAttention(q, v, np.reshape(v, [3, 2, 2])))).toBe('ShapeMismatch')
    expect(tagOf(() => nn.dotProductAttention(q, np.astype(k, 'f32'), v))).toBe('DTypeMismatch')
    expect(tagOf(() => nn.dotProductAttention(q, k, v, { mask: f64([1, 1, 1]) }))).toBe('DTypeMismatch')
  })
})

describe('initializers', () => {
  const { initializers } = nn, key = random.key(7)
  const first3 = (f: nn.Initializer): number[] => flat(f(key, [2, 3, 2], 'f64')).slice(0, 3)
  test('give the numbers of JAX', () => {
    const golden: readonly (readonly [nn.Initializer, readonly number[]])[] = [
      [initializers.glorotUniform(), [0.5330881870473051, -0.7042437948799766, -0.4260519858570305]],
      [initializers.glorotNormal(), [0.48200542798762624, -0.7654219502312116, -0.36319753638133595]],
      [initializers.heUniform(), [0.6882138901647057, -0.9091748297466871, -0.5500307486142924]],
      [initializers.heNormal(), [0.6222663317925516, -0.9881554886890285, -0.46888600326282553]],
      [initializers.lecunUniform(), [0.48664070864223724, -0.6428836873980073, -0.38893047220627935]],
      [initializers.lecunNormal(), [0.4400087429145914, -0.6987314469187188, -0.3315524725106016]],
      [initializers.normal(0.1), [0.10114813355590867, -0.16910609087906375, -0.07554662899926429]],
      [initializers.uniform(0.1), [0.0844106945082353, 0.004541258512665647, 0.022498462569285383]],
      [initializers.truncatedNormal(0.1), [0.09480578128259237, -0.15055105562914622, -0.07143742413919303]],
    ]
    for (const [f, want] of golden) near(f64(first3(f)), want, 1e-13)
  })
  test('constants ignore the key; faults', () => {
    expect([show(initializers.zeros(key, [2])), show(initializers.ones(key, [2], 'i32')), show(initializers.constant(3)(key, []))]).toEqual([[0, 0], [1, 1], 3])
    expect(tagOf(() => initializers.heNormal()(key, [3]))).toBe('ShapeMismatch')
    expect(tagOf(() => initializers.varianceScaling({ scale: 1, mode: 'fan' as never, distribution: 'normal' })(key, [3, 3]))).toBe('BadArgument')
  })
})

describe('losses', () => {
  const logits = f64([[2, -1, 0.5], [0, 800, -800]])
  test('cross entropies agree with each other and with their formulas', () => {
    const labels = ints([0, 2])
    const dense = nn.losses.softmaxCrossEntropy(logits, nn.oneHot(labels, 3, { dtype: 'f64' }))
    near(nn.losses.softmaxCrossEntropyWithIntegerLabels(logits, labels), flat(dense))
    near(dense, [Math.log(Math.exp(2) + Math.exp(-1) + Math.exp(0.5)) - 2, 1600])
    near(nn.losses.sigmoidBinaryCrossEntropy(f64([0, 800, -800, 3]), f64([0.5, 0, 1, 1])), [Math.LN2, 800, 800, Math.log1p(Math.exp(-3))])
    near(grad((x: Value) => np.sum(nn.losses.softmaxCrossEntropyWithIntegerLabels(x, labels)))(logits) as Value, flat(np.subtract(nn.softmax(logits), nn.oneHot(labels, 3, { dtype: 'f64' }))))
  })
  test('distances', () => {
    near(nn.losses.huberLoss(f64([0.5, -3]), 0, { delta: 2 }), [0.125, 4])
    near(nn.losses.l2Loss(f64([3]), f64([1])), [2])
    near(nn.losses.squaredError(f64([3]), 1), [4])
  })
  test('faults', () => {
    expect(tagOf(() => nn.losses.softmaxCrossEntropyWithIntegerLabels(logits, f64([0, 1])))).toBe('DTypeMismatch')
    expect(tagOf(() => nn.losses.softmaxCrossEntropyWithIntegerLabels(logits, ints([0, 1, 2])))).toBe('ShapeMismatch')
  })
})

describe('special functions', () => {
  test('betaln keeps its digits for large arguments', () => {
    const [a, b] = [f64([0.5, 3, 1e-3, 1e6, 1, 7.5]), f64([0.5, 20, 100, 2e6, 1e10, 8.5])]
    const want = [1.14472988584940017414, -8.4381499840757845339, 6.90257871850604909752, -1909548.2909685329565, -23.02585092994045684, -10.815639889781160899]
    near(special.betaln(a, b), want, 2e-15)
    near(special.betaln(b, a), want, 2e-15)
    near(grad((x: Value) => special.betaln(x, f64(20)))(f64(3)) as Value, flat(np.subtract(special.digamma(f64(3)), special.digamma(f64(23)))), 1e-13)
  })
  test('x log y is 0 where x is 0, with its derivative', () => {
    near(special.xlogy(f64([0, 0, 2, 0]), f64([0, Infinity, 3, 5])), [0, 0, 2 * Math.log(3), 0])
    near(special.xlog1py(f64([0, 2]), f64([-1, 3])), [0, 2 * Math.log(4)])
    expect(slope(x => special.xlogy(x, f64(5)), 0)).toBe(Math.log(5))
    expect(slope(x => special.xlogy(f64(0), x), 0)).toBe(0)
  })
  test('entropies, logits, normal distribution', () => {
    near(special.entr(f64([0, 0.5, -1])), [0, 0.5 * Math.LN2, -Infinity])
    near(special.relEntr(f64([0, 0.5, 1, -1]), f64([0, 0.25, 0, 1])), [0, 0.5 * Math.LN2, Infinity, Infinity])
    near(special.expit(special.logit(f64([0.001, 0.3, 0.9]))), [0.001, 0.3, 0.9])
    near(special.ndtr(special.ndtri(f64([0.001, 0.3, 0.9]))), [0.001, 0.3, 0.9], 1e-13)
    near(special.polygamma(0, f64([2.5])), flat(special.digamma(f64([2.5]))))
    near(special.polygamma(1, f64([1])), [Math.PI ** 2 / 6])
  })
})

/** Laws of the library's algebra: random keys, optimizers as a monoid, and what the types of numbers promise. */
import * as fc from 'fast-check'
import { isFloat } from '../src/core/dtype.js'
import { range } from '../src/core/aval.js'
import type { Value } from '../src/core/value.js'
import { jit } from '../src/higher/jit.js'
import * as optim from '../src/lib/optim/index.js'
import * as random from '../src/lib/random/index.js'
import { vmap } from '../src/transforms/vectorize.js'
import { seeds } from './arbitrary.js'
import { type Case, caseOf, type Point, points, pushed, showPoint, vjpOf, linearizeOf } from './cases.js'
import { type Flat, mixed, vector } from './genome.js'
import { and, claim, type Law, law, type Verdict } from './law.js'
import { agree, dataOf, element, inner, near, stack, stackAll } from './numbers.js'

const listOf = (x: Value): string => Array.from(dataOf(x)).join()
const draws: Readonly<Record<string, (k: Value) => Value>> = {
  bits: k => random.bits(k, [3]), uniform: k => random.uniform(k, [3]), normal: k => random.normal(k, [3]), split: k => random.split(k, 3),
  randint: k => random.randint(k, [3], 0, 10), bernoulli: k => random.bernoulli(k, 0.5, [3]), permutation: k => random.permutation(k, 4) as Value, foldIn: k => random.foldIn(k, 5),
}

export const randomness: readonly Law[] = [
  law('streamsDiffer', 'keys made by split and foldIn differ from each other and from their parent, and so do their bits', seeds, seed => {
    const parent = random.key(seed)
    const children = [...random.keys(parent, 4), ...range(4).map(i => random.foldIn(parent, i))] as readonly Value[]
    // split is the block cipher at 0, 1, ..., and so is foldIn: equal counters give equal keys, in JAX as here
    const distinct = new Set([listOf(parent), ...children.slice(0, 4).map(listOf)])
    const streams = new Set(children.slice(0, 4).map(k => listOf(random.bits(k, [4]))))
    return claim(distinct.size === 5 && streams.size === 4 && new Set(children.slice(4).map(listOf)).size === 4, 'two keys are equal')
  }),
  law('sameKeySameBits', 'a draw is a function of its key: twice the same bit for bit; under jit the same integers, and the same floats up to rounding', seeds, seed => {
    const key = random.key(seed)
    return and(...Object.entries(draws).map(([name, draw]) => (): Verdict => {
      const x = draw(key)
      const again = agree([draw(key)], [x], 0), traced = agree([jit(draw as (k: Value) => Value)(key) as Value], [x], isFloat(x.dtype) ? 2e-6 : 0)
      return again === true && traced === true ? true : `${name}: ${String(again)} ${String(traced)}`
    }))
  }),
  law('vmapOverKeys', 'vmap of a draw over keys = the draw of each key, bit for bit', seeds, seed => {
    const keys = random.split(random.key(seed), 3)
    return and(...Object.entries(draws).map(([name, draw]) => (): Verdict => {
      const batched = vmap(draw as (k: Value) => Value)(keys)
      const each = stack(range(3).map(i => draw(element(keys, i))))
      const r = agree([batched], [each], 0)
      return r === true ? true : `${name}: ${r}`
    }))
  }),
  law('uniformIsUniform', 'uniform draws lie in [0, 1) and spread', seeds, seed => {
    const xs = Array.from(dataOf(random.uniform(random.key(seed), [256])))
    const mean = xs.reduce((a, b) => a + b, 0) / xs.length
    return claim(xs.every(x => x >= 0 && x < 1) && Math.abs(mean - 0.5) < 0.12, `mean ${mean}`)
  }),
]

// ---- optimizers ------------------------------------------------------------------------------------------------------

const parts: readonly (() => optim.GradientTransform)[] = [
  () => optim.identity, () => optim.scale(-0.1), () => optim.trace(0.9), () => optim.clip(0.5), () => optim.scaleByAdam(), () => optim.clipByGlobalNorm(1), () => optim.addDecayedWeights(0.01),
]
const three = fc.record({ a: fc.nat(parts.length - 1), b: fc.nat(parts.length - 1), c: fc.nat(parts.length - 1), seed: seeds })
/** Three steps of a transform: all updates, and the last state. */
const run = (t: optim.GradientTransform, seed: number): readonly Value[] => {
  const params = { w: vector([2, 2], seed), b: vector([2], seed + 1) }
  let state = t.init(params)
  const outs: Value[] = []
  for (let i = 0; i < 3; i++) {
    const [updates, next] = t.update({ w: vector([2, 2], seed + 10 * i), b: vector([2], seed + 10 * i + 1) }, state, params)
    outs.push(updates.w, updates.b)
    state = next
  }
  return outs
}
export const optimizers: readonly Law[] = [
  law('optimizersAreAMonoid', '(a ∘ b) ∘ c = a ∘ (b ∘ c) and id ∘ a = a = a ∘ id, in updates and in the number of states, bit for bit', three, ({ a, b, c, seed }) => {
    const [x, y, z] = [parts[a]!(), parts[b]!(), parts[c]!()]
    const { concat, empty } = optim.Monoid
    return and(
      () => agree(run(concat(concat(x, y), z), seed), run(concat(x, concat(y, z)), seed), 0),
      () => agree(run(concat(empty, x), seed), run(x, seed), 0),
      () => agree(run(concat(x, empty), seed), run(x, seed), 0),
      () => agree(run(optim.chain([x, y, z]), seed), run(concat(x, concat(y, z)), seed), 0),
      () => claim(concat(x, y).parts === x.parts + y.parts, 'parts do not add up'))
  }),
]

// ---- mixed precision -------------------------------------------------------------------------------------------------

const single = 2e-4
const mixedLaw = (name: string, statement: string, holds: (c: Case) => Verdict): Law<Point> =>
  law(name, `${statement}, through f32 and back`, points, p => holds(caseOf(p, mixed)), { show: showPoint })
export const mixedPrecision: readonly Law[] = [
  mixedLaw('mixedLinearize', 'push_x(v) ≈ J_f(x) v', ({ f, xs, v }) => agree(linearizeOf(f, xs)[1](...v), pushed(f, xs, v), single)),
  mixedLaw('mixedAdjointness', '<J_f(x) v, w> ≈ <v, J_f(x)ᵀ w>', ({ f, xs, v, w }) => {
    const ys = pushed(f, xs, v), c = w(ys)
    const scale = 1 + Math.sqrt(inner(ys, ys) * inner(c, c))
    return claim(near(inner(ys, c) / scale, inner(v, vjpOf(f, xs)[1](c)) / scale, single), 'push and pull are not adjoint')
  }),
  mixedLaw('mixedVmap', '(vmap f X)_i ≈ f(X_i)', ({ f, xs, u }) => {
    const ys = vmap(f as (...a: Value[]) => Value[])(...stackAll([xs, u]))
    return and(...[xs, u].map((r, k) => () => agree(ys.map(y => element(y, k)), f(...r), single)))
  }),
  mixedLaw('mixedJit', 'jit f = f, with the gradient', ({ f, xs, w }) => {
    const g: Flat = (...a) => jit(f as (...b: Value[]) => Value[])(...a)
    const c = w(f(...xs))
    return and(() => agree(g(...xs), f(...xs), single), () => agree(vjpOf(g, xs)[1](c), vjpOf(f, xs)[1](c), single))
  }),
]

/** Optimizers follow their published formulas step by step, form a monoid, converge, and live inside jit and scan. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attempt } from '../../src/core/fault.js'
import { concreteOf, nested, type Value } from '../../src/core/value.js'
import * as np from '../../src/lib/np/index.js'
import * as optim from '../../src/lib/optim/index.js'
import * as tree from '../../src/lib/treeOps.js'
import { jit } from '../../src/higher/jit.js'
import { scan } from '../../src/higher/loops.js'
import { grad } from '../../src/transforms/derivatives.js'

const f64 = (xs: unknown): Value => np.array(xs as number[], { dtype: 'f64' })
const show = (x: Value): unknown => nested(concreteOf(x, 'test'))
const flat = (x: Value): number[] => Array.from(concreteOf(x, 'test').data)
const tagOf = (thunk: () => unknown): string | null => { const e = attempt(thunk); return e._tag === 'Left' ? e.left._tag : null }
const near = (got: Value, want: readonly number[], tolerance = 1e-13): void =>
  flat(got).forEach((x, i) => expect(Math.abs(x - want[i]!), `${x} against ${want[i]}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(want[i]!))))

const gradients = [[1, -2, 0.5], [0.3, 4, -1], [-2, 0.1, 0], [0.7, -0.7, 3], [1, 1, 1]]
/** The updates of a transform for the gradients above, with parameters that stay. */
const updatesOf = (t: optim.GradientTransform, params: { w: Value } = { w: f64([1, 2, -3]) }): number[][] => {
  let state = t.init(params)
  return gradients.map(g => {
    const [updates, next] = t.update({ w: f64(g) }, state, params)
    state = next
    return flat(updates.w)
  })
}
/** The same element by element: a step from (gradient, parameter, memory, step from 1) to (update, memory). */
const byHand = <M>(memory: M, step: (g: number, p: number, m: M, n: number) => readonly [number, M]): number[][] => {
  const memories = [0, 1, 2].map(() => memory)
  return gradients.map((gs, n) => gs.map((g, i) => {
    const [u, m] = step(g, [1, 2, -3][i]!, memories[i]!, n + 1)
    memories[i] = m
    return u
  }))
}
const agree = (got: number[][], want: number[][]): void => got.forEach((row, i) => near(f64(row), want[i]!))

describe('formulas', () => {
  test('sgd, with momentum and Nesterov\'s', () => {
    agree(updatesOf(optim.sgd(0.1)), byHand(0, g => [-0.1 * g, 0]))
    agree(updatesOf(optim.momentum(0.1, 0.9)), byHand(0, (g, _p, m) => [-0.1 * (g + 0.9 * m), g + 0.9 * m]))
    agree(updatesOf(optim.sgd(0.1, { momentum: 0.9, nesterov: true })), byHand(0, (g, _p, m) => { const n = g + 0.9 * m; return [-0.1 * (g + 0.9 * n), n] }))
  })
  type Two = readonly [number, number]
  const adam = (weightDecay = 0, nesterov = false) => (g: number, p: number, [m0, v0]: Two, n: number): readonly [number, Two] => {
    const m = 0.9 * m0 + 0.1 * g, v = 0.999 * v0 + 0.001 * g * g
    const mean = nesterov ? 0.9 * m / (1 - 0.9 ** (n + 1)) + 0.1 * g / (1 - 0.9 ** n) : m / (1 - 0.9 ** n)
    return [-0.01 * (mean / (Math.sqrt(v / (1 - 0.999 ** n)) + 1e-8) + weightDecay * p), [m, v]]
  }
  test('adam, adamw, nadam', () => {
    agree(updatesOf(optim.adam(0.01)), byHand([0, 0] as Two, adam()))
    agree(updatesOf(optim.adamw(0.01, { weightDecay: 0.3 })), byHand([0, 0] as Two, adam(0.3)))
    agree(updatesOf(optim.adam(0.01, { nesterov: true })), byHand([0, 0] as Two, adam(0, true)))
  })
  test('the first step of adam is the learning rate to the last digit of f32, also where b2 is near 1', () => {
    for (const b2 of [0.999, 0.99999]) {
      const opt = optim.adam(1, { b2, eps: 0 }), params = { w: np.array([1, 1]) }
      near(opt.update({ w: np.array([3, -1e-3]) }, opt.init(params))[0].w, [-1, 1], 3e-7)
    }
  })
  test('rmsprop, adagrad, lion', () => {
    agree(updatesOf(optim.rmsprop(0.01, { decay: 0.8 })), byHand(0, (g, _p, v0) => { const v = 0.8 * v0 + 0.2 * g * g; return [-0.01 * g / Math.sqrt(v + 1e-8), v] }))
    agree(updatesOf(optim.rmsprop(0.01, { decay: 0.8, centered: true, initialScale: 1 })), byHand<Two>([0, 1], (g, _p, [m0, v0]) => {
      const m = 0.8 * m0 + 0.2 * g, v = 0.8 * v0 + 0.2 * g * g
      return [-0.01 * g / Math.sqrt(v - m * m + 1e-8), [m, v]]
    }))
    agree(updatesOf(optim.rmsprop(0.01, { decay: 0.8, momentum: 0.5 })), byHand<Two>([0, 0], (g, _p, [v0, t0]) => {
      const v = 0.8 * v0 + 0.2 * g * g, t = -0.01 * g / Math.sqrt(v + 1e-8) + 0.5 * t0
      return [t, [v, t]]
    }))
    agree(updatesOf(optim.adagrad(0.01)), byHand(0.1, (g, _p, s0) => { const s = s0 + g * g; return [-0.01 * g / Math.sqrt(s + 1e-7), s] }))
    agree(updatesOf(optim.lion(0.01, { weightDecay: 0.5 })), byHand(0, (g, p, m) => [-0.01 * (Math.sign(0.9 * m + 0.1 * g) + 0.5 * p), 0.99 * m + 0.01 * g]))
  })
  test('clipping', () => {
    const [clipped] = optim.clip(1).update({ w: f64([-5, 0.5]) }, [])
    expect(show(clipped.w)).toEqual([-1, 0.5])
    const g = { a: f64([3]), b: [f64([[4]]), null] }
    near(optim.globalNorm(g), [5])
    const [small] = optim.clipByGlobalNorm(1).update(g, [])
    near(small.a, [0.6])
    near(optim.globalNorm(small), [1])
    expect(show(optim.clipByGlobalNorm(10).update(g, [])[0].a)).toEqual([3])
  })
  test('weights decay where the mask says so', () => {
    const params = { w: f64([10]), b: f64([10]) }, g = { w: f64([0]), b: f64([0]) }
    for (const mask of [{ w: true, b: false }, (p: object) => tree.map(x => (x as Value) === params.w, p)]) {
      const [u] = optim.addDecayedWeights(0.1, mask).update(g, [], params)
      expect([show(u.w), show(u.b)]).toEqual([[1], [0]])
    }
  })
})

describe('schedules', () => {
  const values = (s: optim.Schedule, steps: readonly number[]): number[] => steps.map(n => flat(s(f64(n)))[0]!)
  test('follow their formulas', () => {
    near(f64(values(optim.linear(1, 0.5, 10, { transitionBegin: 5 }), [0, 5, 10, 15, 99])), [1, 1, 0.75, 0.5, 0.5])
    near(f64(values(optim.linear(1, 0, 10, { power: 2 }), [0, 5, 10])), [1, 0.25, 0])
    near(f64(values(optim.exponentialDecay(2, 10, 0.5), [0, 5, 10, 20])), [2, 2 * Math.SQRT1_2, 1, 0.5])
    near(f64(values(optim.exponentialDecay(2, 10, 0.5, { staircase: true, endValue: 0.8 }), [9, 10, 19, 25])), [2, 1, 1, 0.8])
    near(f64(values(optim.cosineDecay(2, 10, { alpha: 0.1 }), [0, 5, 10, 50])), [2, 1.1, 0.2, 0.2])
    near(f64(values(optim.warmupCosineDecay(0, 1, 10, 110, { endValue: 0.2 }), [0, 5, 10, 60, 110, 999])), [0, 0.5, 1, 0.6, 0.2, 0.2])
    near(f64(values(optim.piecewiseConstant(1, { 20: 0.5, 10: 0.1 }), [9, 10, 19, 20])), [1, 0.1, 0.1, 0.05])
    near(f64(values(optim.joinSchedules([optim.constant(1), optim.linear(5, 0, 5)], [3]), [2, 3, 4])), [1, 5, 4])
  })
  test('count the steps of their transform', () => {
    const t = optim.sgd(optim.linear(1, 0, 4)), params = { w: f64([0]) }
    let state = t.init(params)
    const seen = [0, 1, 2, 3, 4].map(() => { const [u, next] = t.update({ w: f64([1]) }, state); state = next; return flat(u.w)[0]! })
    expect(seen.map(x => x + 0)).toEqual([-1, -0.75, -0.5, -0.25, 0])
  })
})

describe('the monoid of transforms', () => {
  const part = fc.oneof(
    fc.constant(optim.identity), fc.double({ min: -2, max: 2, noNaN: true }).map(optim.scale), fc.double({ min: 0.1, max: 2, noNaN: true }).map(optim.clip),
    fc.double({ min: 0, max: 0.9, noNaN: true }).map(d => optim.trace(d)), fc.constant(optim.scaleByAdam()), fc.constant(optim.scaleBySchedule(optim.linear(1, 0, 3))),
    fc.constant(optim.addDecayedWeights(0.1)), fc.constant(optim.adagrad(0.1)),
  )
  const states = (t: optim.GradientTransform): unknown => {
    const params = { w: f64([1, 2, -3]) }
    let state = t.init(params)
    for (const g of gradients) state = t.update({ w: f64(g) }, state, params)[1]
    return [t.parts, tree.leaves(state).map(x => flat(x as Value))]
  }
  const { concat, empty } = optim.Monoid
  test('is associative, in updates and in states', () => fc.assert(fc.property(part, part, part, (a, b, c) => {
    const left = concat(concat(a, b), c), right = concat(a, concat(b, c))
    expect(updatesOf(left)).toEqual(updatesOf(right))
    expect(states(left)).toEqual(states(right))
    expect(states(optim.chain([a, b, c]))).toEqual(states(left))
  }), { numRuns: 50 }))
  test('has a unit on both sides', () => fc.assert(fc.property(part, a => {
    expect(updatesOf(concat(a, empty))).toEqual(updatesOf(a))
    expect(states(concat(empty, a))).toEqual(states(a))
  }), { numRuns: 30 }))
  test('applies the first transform first', () => {
    near(optim.chain([optim.scale(10), optim.clip(1)]).update({ w: f64([0.5]) }, [])[0].w, [1])
    near(optim.chain([optim.clip(1), optim.scale(10)]).update({ w: f64([0.5]) }, [])[0].w, [5])
  })
})

describe('training', () => {
  const start = { layers: [{ w: f64([[3, -2], [1, 4]]), b: f64([1, 1]) }], none: null }
  const loss = (p: typeof start): Value => np.add(np.sum(np.square(np.subtract(p.layers[0]!.w, 1))), np.sum(np.square(p.layers[0]!.b)))
  const optimizers: Record<string, optim.GradientTransform> = {
    sgd: optim.sgd(0.2), momentum: optim.momentum(0.05), nesterov: optim.momentum(0.05, 0.9, { nesterov: true }), adam: optim.adam(optim.cosineDecay(0.3, 300)),
    adamw: optim.adamw(optim.cosineDecay(0.3, 300), { weightDecay: 0 }), rmsprop: optim.rmsprop(optim.linear(0.1, 0, 300)), adagrad: optim.adagrad(2), lion: optim.lion(optim.linear(0.2, 0, 300), { weightDecay: 0 }),
    clipped: optim.chain([optim.clipByGlobalNorm(1), optim.adam(optim.cosineDecay(0.3, 300))]),
  }
  for (const [name, opt] of Object.entries(optimizers)) {
    test(`${name} reaches the minimum`, () => {
      const step = jit((params: typeof start, state: optim.State) => {
        const [updates, next] = opt.update(grad(loss)(params) as typeof start, state, params)
        return [optim.applyUpdates(params, updates), next] as const
      })
      let params = start, state = opt.init(start)
      for (let i = 0; i < 300; i++) { const [p, s] = step(params, state); params = p as typeof start; state = s as optim.State }
      expect(flat(loss(params))[0]).toBeLessThan(1e-3)
    })
  }
  test('a whole run inside scan is the same run', () => {
    const opt = optim.adam(0.1)
    const step = (params: typeof start, state: optim.State): readonly [typeof start, optim.State] => {
      const [updates, next] = opt.update(grad(loss)(params) as typeof start, state, params)
      return [optim.applyUpdates(params, updates), next]
    }
    let params = start, state = opt.init(start)
    for (let i = 0; i < 20; i++) [params, state] = step(params, state)
    const [[last]] = scan(([p, s]: readonly [typeof start, optim.State]) => [step(p, s), null], [start, opt.init(start)] as const, null, { length: 20 }) as unknown as [[typeof start, unknown], unknown]
    near(last.layers[0]!.w, flat(params.layers[0]!.w))
  })
  test('parameters keep their dtype, and f32 stays f32 throughout', () => {
    const params = { w: np.array([1, 2]) }, opt = optim.adam(optim.constant(0.1))
    const [updates, state] = opt.update({ w: np.array([1, 1]) }, opt.init(params))
    expect(updates.w.dtype).toBe('f32')
    expect(optim.applyUpdates(params, { w: f64([1, 1]) }).w.dtype).toBe('f32')
    expect(tree.leaves(state).map(x => (x as Value).dtype)).toEqual(['i32', 'f32', 'f32', 'i32'])
  })
})

describe('tree', () => {
  const x = { a: f64([1, 2]), b: [f64(3), null] as const }, y = { a: f64([10, 20]), b: [f64(30), null] as const }
  test('is a vector space with an inner product', () => {
    expect([show(tree.add(x, y).a), show(tree.sub(x, y).b[0]), show(tree.mul(x, y).a), show(tree.neg(x).a), show(tree.scale(2, x).b[0])]).toEqual([[11, 22], -27, [10, 40], [-1, -2], 6])
    expect([show(tree.vdot(x, y)), show(tree.sum(x)), show(tree.norm(x)), tree.size(x)]).toEqual([140, 6, Math.sqrt(14), 3])
    expect([show(tree.addScaled(y, -2, x).a), show(tree.scale(f64(0.5), y).a), show(tree.zerosLike(x).a), show(tree.onesLike(x).b[0])]).toEqual([[8, 16], [5, 10], [0, 0], 1])
    expect([tree.astype(x, 'f32').a.dtype, show(tree.norm({})), show(tree.sum([true, 2]))]).toEqual(['f32', 0, 3])
  })
  test('maps over leaves, numbers among them', () => {
    expect(show(tree.map((v, w) => np.add(v, w), x, y).a)).toEqual([11, 22])
    expect(tree.leaves({ b: 1, a: [true, null] })).toEqual([true, 1])
    expect(tree.paths(x)).toEqual(['a', 'b[0]'])
  })
  test('refuses trees of another structure, with the path', () => {
    expect(attempt(() => tree.add(x, { a: f64([1, 2]) } as never))).toMatchObject({ left: { _tag: 'TreeMismatch' } })
    expect(tagOf(() => tree.add({ a: 'no' as never }, { a: 'no' as never }))).toBe('BadLeaf')
  })
})

describe('faults', () => {
  const params = { w: f64([1]) }, grads = { w: f64([1]) }
  test('say what is missing or does not fit', () => {
    expect(tagOf(() => optim.adam(0.1).update(grads, []))).toBe('BadArgument')
    expect(tagOf(() => optim.chain([optim.adam(0.1), optim.trace(0.9)]).update(grads, optim.adam(0.1).init(params)))).toBe('BadArgument')
    expect(tagOf(() => optim.adamw(0.1).update(grads, optim.adamw(0.1).init(params)))).toBe('BadArgument')
    expect(tagOf(() => optim.adam(0.1).update({ v: f64([1]) }, optim.adam(0.1).init(params)))).toBe('TreeMismatch')
    expect(tagOf(() => optim.adam(0.1).init({ w: np.array([1], { dtype: 'i32' }) }))).toBe('DTypeMismatch')
    expect(tagOf(() => optim.applyUpdates(params, { w: f64([[1]]), v: 1 } as never))).toBe('TreeMismatch')
    expect(tagOf(() => optim.sgd(NaN))).toBe('BadArgument')
    expect(tagOf(() => optim.linear(1, 0, 0))).toBe('BadArgument')
    expect(tagOf(() => optim.joinSchedules([optim.constant(1)], [3]))).toBe('BadArgument')
    expect(tagOf(() => optim.addDecayedWeights(0.1, { w: 1 }).update(grads, [], params))).toBe('BadArgument')
  })
})

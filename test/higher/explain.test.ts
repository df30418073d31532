/** An explanation says what is there: why a program is traced, what the passes leave, what every kernel does, and nothing is run or kept for it. */
import { describe, expect, it } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { attempt, type Fault } from '../../src/core/fault.js'
import type { Value } from '../../src/core/value.js'
import { cond } from '../../src/higher/choice.js'
import { explain } from '../../src/higher/explain.js'
import type { Explanation } from '../../src/higher/explained.js'
import { jit } from '../../src/higher/jit.js'
import { scan, whileLoop } from '../../src/higher/loops.js'
import * as lax from '../../src/lib/lax/index.js'
import * as np from '../../src/lib/np/index.js'
import { onBackend } from '../../src/runtime/default.js'
import { valueAndGrad } from '../../src/transforms/derivatives.js'
import { vmap } from '../../src/transforms/vectorize.js'

const names = (k: { readonly equations: readonly { readonly prim: { readonly name: string } }[] }): readonly string[] => k.equations.map(e => e.prim.name)
const planOf = (e: Explanation): NonNullable<Explanation['plan']> => e.plan!

describe('the cache', () => {
  const scaled = jit((p: { readonly a: Value; readonly b: Value }, n: number) => np.multiply(np.add(p.a, p.b), n), { staticArgnums: 1 })
  const f3 = np.zeros([3])
  scaled({ a: f3, b: f3 }, 2)
  scaled({ a: f3, b: np.zeros([4, 1]) }, 2)

  it('the first program has none before it', () => {
    const f = jit((x: Value) => np.sin(x))
    expect(explain(f)(f3).cache).toEqual({ hit: false, program: 1, closest: null })
    expect(String(explain(f)(f3))).toContain('it is the first of this function')
  })
  it('a call that is known, and what set it apart when it came', () => {
    expect(explain(scaled)({ a: f3, b: f3 }, 2).cache).toEqual({ hit: true, program: 1, closest: null })
    expect(explain(scaled)({ a: f3, b: np.zeros([4, 1]) }, 2).cache)
      .toEqual({ hit: true, program: 2, closest: { program: 1, differences: [{ what: 'shape', path: 'args[0].b', before: '[3]', now: '[4, 1]' }] } })
  })
  it.each<[string, () => Explanation, object]>([
    ['a static argument', () => explain(scaled)({ a: f3, b: f3 }, 5), { program: 1, differences: [{ what: 'static', path: 'argument 1', before: '2', now: '5' }] }],
    ['a dtype', () => explain(scaled)({ a: f3, b: np.zeros([3], { dtype: 'i32' }) }, 2), { program: 1, differences: [{ what: 'dtype', path: 'args[0].b', before: 'f32', now: 'i32' }] }],
    ['a shape, nearest to the second', () => explain(scaled)({ a: np.zeros([1]), b: np.zeros([4, 1]) }, 2), { program: 2, differences: [{ what: 'shape', path: 'args[0].a', before: '[3]', now: '[1]' }] }],
  ])('%s', (_what, ask, closest) => {
    expect(ask().cache).toEqual({ hit: false, program: 3, closest })
  })
  it('the structure', () => {
    const total = jit((xs: readonly Value[]) => xs.reduce((a, b) => np.add(a, b)))
    total([f3, f3])
    expect(explain(total)([f3, f3, f3]).cache.closest).toEqual({ program: 1, differences: [{ what: 'structure', path: 'args[0]', before: 'an array of 2', now: 'an array of 3' }] })
  })
  it('a named axis around the call', () => {
    const mean = jit((x: Value) => lax.pmean(x, 'i'))
    const asked: Explanation[] = []
    const over = (n: number): void => { vmap((x: Value) => { asked.push(explain(mean)(x)); return mean(x) }, { axisName: 'i' })(np.zeros([n])) }
    over(2)
    over(4)
    expect(asked[1]!.cache).toEqual({ hit: false, program: 2, closest: { program: 1, differences: [{ what: 'axes', path: 'named axes around the call', before: '"i":2', now: '"i":4' }] } })
  })
  it('more programs of one structure than are compared one by one', () => {
    const f = jit((x: Value) => np.sin(x))
    for (let n = 1; n <= 9; n++) f(np.zeros([n]))
    for (let n = 1; n <= 9; n++) f(np.zeros([n]))
    expect(f.traces()).toBe(9)
    expect(explain(f)(np.zeros([3])).cache).toMatchObject({ hit: true, program: 3 })
    expect(explain(f)(np.zeros([10])).cache).toMatchObject({ hit: false, program: 10, closest: { program: 9 } })
  })
  it('to ask changes nothing', () => {
    const f = jit((x: Value) => np.cos(x))
    explain(f)(f3)
    expect(f.traces()).toBe(0)
    expect(explain(f)(f3).cache.hit).toBe(false)
  })
})

describe('the passes', () => {
  it('tell what they leave', () => {
    const f = jit((x: Value) => np.add(np.multiply(np.sin(x), np.sin(x)), 1))
    const { passes, program } = explain(f)(np.zeros([8]))
    expect(passes.slice(0, 2)).toEqual([{ pass: 'cse', when: 'traced', before: 5, after: 4 }, { pass: 'dce', when: 'traced', before: 4, after: 4 }])
    expect(passes[passes.length - 1]).toEqual({ pass: 'dce', when: 'compiled', before: 4, after: 4 })
    expect(program.eqns.length).toBe(4)
    passes.slice(1).forEach((p, i) => { expect(p.before).toBe(passes[i]!.after) })
  })
  it('count what is inside: a call becomes its equations', () => {
    const inner = jit((x: Value) => np.exp(np.sin(x)))
    const { passes } = explain(jit((x: Value) => np.add(inner(x), inner(x))))(np.zeros([8]))
    expect(passes[0]!.before).toBe(7)
    expect(passes.find(p => p.pass === 'inline')!.before - passes.find(p => p.pass === 'inline')!.after).toBe(2)
    expect(passes[passes.length - 1]!.after).toBe(3)
  })
})

describe('the plan', () => {
  it('a product of matrices: operations, bytes, tiles', () => {
    const plan = planOf(explain(jit((x: Value, w: Value) => np.matmul(x, w)))(np.zeros([64, 128]), np.zeros([128, 32])))
    expect(plan.kernels).toHaveLength(1)
    const [k] = plan.kernels
    expect(k).toMatchObject({ kind: 'contract', extents: [64, 32, 128], times: 1, once: { flops: 2 * 64 * 32 * 128, functions: 0, read: 4 * (64 * 128 + 128 * 32), written: 4 * 64 * 32 } })
    expect(k!.moves).toEqual([{ move: 'fold', monoids: ['sum'], extents: [128] }])
    expect(k!.schedule!.how).toMatch(/^64×32, sums of 128: tiles of/)
    expect(plan).toMatchObject({ exact: true, inputs: 4 * (64 * 128 + 128 * 32), outputs: 4 * 64 * 32, total: k!.once })
    expect(plan.peak).toBe(plan.arena + plan.inputs + plan.outputs + plan.threads * plan.scratch)
  })
  it('operands that are packed once for all who read them are part of the memory of a call', () => {
    const told = explain(jit((x: Value, w: Value) => np.matmul(x, w)))(np.zeros([512, 256]), np.zeros([256, 256])), plan = planOf(told)
    expect(plan.ahead).toBe(4 * 256 * 256)
    expect(plan.peak).toBe(plan.arena + plan.ahead + plan.inputs + plan.outputs + plan.threads * plan.scratch)
    expect(String(told)).toMatch(/right packed ahead[^]*packed operands 256 KiB/)
  })
  it('one nest of many equations: each function and each element once', () => {
    const plan = planOf(explain(jit((x: Value) => np.sum(np.exp(np.multiply(np.subtract(x, 1), x)))))(np.zeros([1000])))
    expect(plan.kernels).toHaveLength(1)
    const [k] = plan.kernels
    expect(names(k!)).toEqual(['sub', 'mul', 'exp', 'sum'])
    expect(k!.moves).toEqual([{ move: 'fuse', equations: 4 }, { move: 'fold', monoids: ['sum'], extents: [1000] }])
    expect(k!.once).toEqual({ flops: 3000, functions: 1000, read: 4000, written: 4 })
  })
  it('what is computed once for a row is counted once for a row', () => {
    const plan = planOf(explain(jit((x: Value, b: Value) => np.add(x, np.square(b))))(np.zeros([100, 7]), np.zeros([7])))
    expect(plan.total.flops).toBe(100 * 7 + 7)
  })
  it('a long fold comes in parts', () => {
    const { kernels } = planOf(explain(jit((x: Value) => np.sum(np.square(x))))(np.zeros([100_000])))
    expect(kernels.map(k => k.moves.find(m => m.move === 'split'))).toEqual([1, 2, 3].map(part => ({ move: 'split', part, parts: 3 })))
    expect(kernels.reduce((n, k) => n + k.once.read, 0)).toBeGreaterThanOrEqual(400_000)
  })
  it('every equation of a derivative is in some kernel, and every kernel is one that was compiled', () => {
    const loss = (w: Value, x: Value): Value => np.mean(np.square(np.tanh(np.matmul(x, w))))
    const told = explain(jit(valueAndGrad(loss)))(np.zeros([32, 8]), np.zeros([64, 32]))
    const plan = planOf(told)
    const inKernels = new Set(plan.kernels.flatMap(k => k.equations))
    // a constant that is broadcast stays that constant
    expect(told.program.eqns.filter(e => !inKernels.has(e) && e.prim.name !== 'broadcast').map(e => e.prim.name)).toEqual([])
    expect(plan.kernels.filter(k => k.schedule === null)).toEqual([])
    expect(plan.kernels.filter(k => k.kind === 'contract').map(names)).toEqual([['dotGeneral'], ['dotGeneral']])
  })
  it('a loop runs its kernels as often as it turns', () => {
    const plan = planOf(explain(jit((xs: Value) => scan((c: Value, x: Value) => { const y = np.tanh(np.add(c, x)); return [y, np.sum(y)] }, np.zeros([8]), xs)))(np.zeros([50, 8])))
    const inside = plan.kernels.find(k => names(k).includes('tanh'))!
    expect(inside.times).toBe(50)
    expect(inside.moves).toContainEqual({ move: 'repeat', loop: 'loop', times: 50 })
    expect(plan.total.functions).toBe(400)
    expect(plan.exact).toBe(true)
  })
  it('where data decides, one run and the dearest branch are counted', () => {
    const f = (x: Value): Value => cond(np.greater(np.sum(x), 0), (y: Value) => np.exp(y), (y: Value) => np.add(y, 1), whileLoop((c: Value) => np.less(np.sum(c), 10), (c: Value) => np.add(np.sin(c), 1), x))
    const plan = planOf(explain(jit(f))(np.zeros([100])))
    expect(plan.exact).toBe(false)
    expect(plan.total.functions).toBe(200)
    expect(plan.kernels.find(k => names(k).includes('sin'))).toMatchObject({ times: null })
    expect(plan.kernels.flatMap(k => k.moves.filter(m => m.move === 'choose').map(m => (m.move === 'choose' ? m.branch : 0)))).toEqual([1, 2])
  })
  it('kernels that follow data', () => {
    const plan = planOf(explain(jit((x: Value, i: Value) => np.sort(np.cumsum(np.take(x, i, { axis: 0 })))))(np.zeros([50]), np.zeros([20], { dtype: 'i32' })))
    expect(plan.kernels.map(k => k.kind)).toEqual(expect.arrayContaining(['gather', 'cumulative', 'sort']))
    expect(plan.kernels.find(k => k.kind === 'gather')!.once).toEqual({ flops: 0, functions: 0, read: 4 * 40, written: 4 * 20 })
    expect(plan.kernels.find(k => k.kind === 'sort')!.once).toMatchObject({ read: 80, written: 80 })
  })
  it('results that lie in what is given away need no memory', () => {
    const f = jit((w: Value, g: Value) => np.subtract(w, np.multiply(0.1, g)), { donateArgnums: 0 })
    const plan = planOf(explain(f)(np.zeros([100, 300]), np.ones([100, 300])))
    expect(plan).toMatchObject({ inputs: 240_000, outputs: 0, inPlace: 120_000 })
    expect(plan.peak).toBe(plan.arena + 240_000 + plan.threads * plan.scratch)
    expect(planOf(explain(jit((w: Value) => np.sin(w)))(np.zeros([10])))).toMatchObject({ outputs: 40, inPlace: 0 })
  })
  it('the reference backend has none', () => {
    const told = onBackend(reference, () => explain(jit((x: Value) => np.sin(x)))(np.zeros([3])))
    expect(told.plan).toBe(null)
    expect(told.passes.map(p => p.when)).not.toContain('compiled')
    expect(String(told)).toContain('backend reference: runs the program equation by equation, there is no plan')
  })
})

describe('as text', () => {
  it('a report', () => {
    const f = jit(function loss(x: Value): Value { return np.sum(np.sin(x)) })
    f(np.zeros([10]))
    const lines = String(explain(f)(np.zeros([20]))).split('\n')
    expect(lines.slice(0, 4)).toEqual(['jit of loss: program 2, not traced before', '  it differs from program 1 in', '    args[0]: shape [10] there, [20] here', 'passes that changed something (equations before and after)'])
    expect(lines).toContain('  1. nest [20]  sin, sum')
    expect(lines).toContain('       fused from 2 equations; folds sum over [20]')
    expect(lines).toContain('       20 flops, 20 functions, reads 80 bytes, writes 4 bytes')
    expect(lines[lines.length - 1]).toMatch(/^memory .* at most: temporaries 64 bytes, inputs 80 bytes, results 4 bytes$/)
  })
  it('of a fault the message', () => {
    const fault: Fault = { _tag: 'StaticArgument', op: 'jit', argument: 'argument 1', got: 'NaN', hint: 'pass it as an array' }
    expect(explain(fault)).toContain('jit: static argument 1 is NaN')
  })
  it.each<[string, unknown]>([['a function that jit did not make', (x: Value) => x], ['a number', 3], ['null', null]])('refuses %s', (_what, given) => {
    const asked = attempt(() => { const told: unknown = (explain as (x: unknown) => unknown)(given); return typeof told === 'function' ? (told as (x: Value) => unknown)(np.zeros([2])) : told })
    expect(asked).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument', op: 'explain', argument: 'the argument' } })
  })
})

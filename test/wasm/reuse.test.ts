/** What is written in place, and what is not: read off the plans of programs in which each case comes up. */
import { describe, expect, it } from 'vitest'
import { accessOf } from '../../src/compile/access.js'
import { lower } from '../../src/compile/lower.js'
import type { Buffer, KernelStep, Plan, Step } from '../../src/compile/plan.js'
import { rootOf } from '../../src/compile/plan.js'
import type { Value } from '../../src/core/value.js'
import { cond, lax, makeProgram, np, scan, whileLoop } from '../../src/index.js'
import { prepare } from '../../src/optimise/pipeline.js'

const n = 6, m = 4
const planOf = (f: (...xs: Value[]) => unknown, xs: readonly Value[], given: readonly boolean[] = []): Plan => {
  const { program } = makeProgram(f)(...xs)
  return lower(prepare(program), null, given)
}
const kernels = (steps: readonly Step[]): readonly KernelStep[] => steps.flatMap(s => (s.tag === 'kernel' ? [s] : s.tag === 'branch' ? s.branches.flatMap(kernels)
  : s.tag === 'loop' ? kernels(s.body) : s.tag === 'while' ? [...kernels(s.cond), ...kernels(s.body)] : []))
const inLoops = (steps: readonly Step[]): readonly KernelStep[] => steps.flatMap(s => (s.tag === 'loop' || s.tag === 'while' ? kernels(s.body) : s.tag === 'branch' ? s.branches.flatMap(inLoops) : []))
/** Stores that cover a whole matrix. */
const wholes = (steps: readonly KernelStep[]): number => steps.reduce((k, s) => {
  const { writes, copies } = accessOf(s)
  return k + copies.filter(c => c.to.size === n * m).length + writes.filter(w => w.whole && w.base.size === n * m).length
}, 0)
const isHalf = (b: Buffer): boolean => b.place.tag === 'parity' ? b.size === n * m : 'of' in b.place && isHalf(b.place.of)
const doubled = (plan: Plan): boolean => kernels(plan.steps).some(s => s.buffers.some(isHalf))

const row = (x: Value, i: Value | number): Value => lax.dynamicSlice(x, [i, 0], [1, m])
const put = (x: Value, r: Value, i: Value | number): Value => lax.dynamicUpdateSlice(x, r, [i, 0])
const zero = (): Value => np.array(0, { dtype: 'i32' })
const x = np.zeros([n, m]), rows = np.ones([n, m])
type State = readonly [Value, Value]
const scanning = (body: (c: Value, i: Value, r: Value) => readonly [Value, Value | null]) => (a: Value, rs: Value): readonly unknown[] => {
  const [[c], ys] = scan(([c, i]: State, r: Value) => {
    const [next, y] = body(c, i, np.reshape(r, [1, m]))
    return [[next, np.add(i, 1)] as const, y] as const
  }, [a, zero()] as const, rs)
  return ys === null ? [c] : [c, ys]
}

describe('a loop that writes a row a turn', () => {
  const touchesRows = (body: Parameters<typeof scanning>[0]): Plan => {
    const plan = planOf(scanning(body) as never, [x, rows])
    expect(doubled(plan)).toBe(false)
    expect(wholes(inLoops(plan.steps))).toBe(0)
    return plan
  }
  it('copies what it starts from once, and is done where its result lies', () => {
    const plan = touchesRows((c, i, r) => [put(c, r, i), null])
    expect(wholes(kernels(plan.steps))).toBe(1)
    expect(kernels(plan.steps).some(s => s.buffers.some(b => rootOf(b).place.tag === 'arena' && b.size === n * m))).toBe(false)
  })
  it('of a row that it reads before', () => { touchesRows((c, i, r) => [put(c, np.add(row(c, i), r), i), null]) })
  it('and answers the row that was there', () => { touchesRows((c, i, r) => { const old = row(c, i); return [put(c, np.multiply(old, r), i), old] }) })
  it('and answers another that was there, looked for after the update', () => { touchesRows((c, i, r) => { const d = put(c, r, i); return [d, np.sum(row(c, 2))] }) })
  it('twice', () => { touchesRows((c, i, r) => [put(put(c, r, i), np.negative(r), 0), null]) })
  it('by adding to those that data name', () => {
    touchesRows((c, i, r) => [lax.scatterAdd(c, np.reshape(i, [1, 1]), r, { offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0] }), null])
  })
  it('in one branch of a choice', () => { touchesRows((c, i, r) => [cond(np.greater(i, 2), (a: Value) => put(a, r, i), (a: Value) => a, c), null]) })
  it('as long as a condition holds', () => {
    const plan = planOf(((a: Value) => whileLoop(([c, i]: State) => np.less(np.sum(row(c, i)), 3), ([c, i]: State) => [put(c, np.ones([1, m]), i), np.add(i, 1)] as const, [a, zero()] as const)[0]) as never, [x])
    expect(doubled(plan)).toBe(false)
    expect(wholes(inLoops(plan.steps))).toBe(0)
  })
  it('in a loop inside of it', () => {
    touchesRows((c, i, r) => [scan(([d, j]: State, _: Value) => [[put(d, np.add(r, i), j), np.add(j, 1)] as const, null] as const, [c, zero()] as const, np.zeros([3]))[0][0], null])
  })
})

describe('what is still needed is not written', () => {
  const copies = (body: Parameters<typeof scanning>[0]): void => { expect(wholes(inLoops(planOf(scanning(body) as never, [x, rows]).steps))).toBeGreaterThan(0) }
  it('a state whose sum, with the new row in it, is taken of what was there', () => { copies((c, i, r) => { const d = put(c, r, i); return [d, np.sum(np.multiply(c, d))] }) })
  it('a state that turns on its head', () => { copies((c, i, r) => [np.flip(put(c, r, i), 0), null]) })
  it('states that a product reads', () => { copies((c, i, r) => [np.matmul(c, np.outer(np.reshape(r, [m]), np.reshape(r, [m]))), null]) })
  it('inputs, unless they are given', () => {
    const f = (a: Value): Value => put(a, np.ones([1, m]), 1)
    expect(wholes(kernels(planOf(f as never, [x]).steps))).toBe(1)
    const given = planOf(f as never, [x], [true])
    expect(wholes(kernels(given.steps))).toBe(0)
    expect(given.outputs[0]).toBe(given.inputs[0])
  })
  it('an input that is given, where two results are made of it', () => {
    const plan = planOf(((a: Value) => [put(a, np.ones([1, m]), 1), put(a, np.ones([1, m]), 2)]) as never, [x], [true])
    expect(wholes(kernels(plan.steps))).toBe(1)
    expect(new Set(plan.outputs).size).toBe(2)
  })
})

describe('element by element', () => {
  it('a state lies once', () => { expect(doubled(planOf(scanning((c, _, r) => [np.tanh(np.add(c, r)), null]) as never, [x, rows]))).toBe(false) })
  it('a result takes the place of what it is made of', () => {
    const big = np.zeros([64, 64])
    // each is folded over all of the one before, so none can join it
    const step = (a: Value): Value => np.tanh(np.add(a, np.matmul(a, a)))
    const plan = planOf(((a: Value) => step(step(step(a)))) as never, [big])
    expect(plan.arena).toBeLessThan(3 * 64 * 64 * 4)
  })
  it('parameters that are given hold what they become', () => {
    const plan = planOf(((w: Value, v: Value, g: Value) => { const u = np.add(np.multiply(v, 0.9), g); return [np.subtract(w, u), u] }) as never, [x, x, rows], [true, true, false])
    expect(plan.outputs.map(b => b.place)).toEqual([{ tag: 'input', index: 0 }, { tag: 'input', index: 1 }])
  })
})

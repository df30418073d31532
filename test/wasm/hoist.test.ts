/** What the turns of a loop share is packed before the loop if no turn changes it, and only then: the numbers are those of the reference. */
import { afterAll, describe, expect, it } from 'vitest'
import { meaning } from '../../backends/reference/scalars.js'
import { reference } from '../../backends/reference/index.js'
import { createWasm, type WasmBackend } from '../../backends/wasm/index.js'
import { stillIn } from '../../backends/wasm/hoist.js'
import { lower } from '../../src/compile/lower.js'
import type { Step } from '../../src/compile/plan.js'
import { cond, foriLoop, grad, jit, lax, makeProgram, np, scan, toNested, type Value, whileLoop } from '../../src/index.js'
import { prepare } from '../../src/optimise/pipeline.js'
import { onBackend } from '../../src/runtime/default.js'
import { expectNear } from '../near.js'

const n = 72, m = 40
const noise = (shape: readonly number[], seed: number): Value =>
  np.reshape(np.array(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + 12.9898 * i) / 6)), shape)
const h0 = noise([m, n], 1), w0 = noise([n, n], 2), ws = noise([3, n, n], 3)
const turns = (body: (h: Value) => Value, h: Value): Value => foriLoop(0, 3, (_: Value, c: Value) => body(c), h)
const product = (h: Value, w: Value): Value => np.tanh(np.matmul(h, w))

/** Products that are packed before a loop, by how deep it lies. */
const hoisted = (f: (...xs: Value[]) => unknown, xs: readonly Value[]): readonly number[] => {
  const { program } = makeProgram(f)(...xs)
  const found: number[] = []
  const look = (steps: readonly Step[], depth: number, done: ReadonlySet<Step>): void => steps.forEach(s => {
    if (s.tag === 'branch') s.branches.forEach(b => look(b, depth, done))
    if (s.tag !== 'loop' && s.tag !== 'while') return
    const here = stillIn(s).filter(k => !done.has(k))
    found.push(...here.map(() => depth))
    look(s.body, depth + 1, new Set([...done, ...here]))
  })
  look(lower(prepare(program), null, []).steps, 0, new Set())
  return found
}

const backends = [1, 2].map(threads => createWasm({ backend: reference, letter: (op, x, y) => meaning(op, 'f64')(x, y) }, { threads, worth: 1 })!)
afterAll(() => backends.forEach((b: WasmBackend) => b.close()))

type Case = readonly [string, (h: Value, w: Value, ws: Value) => Value, readonly number[]]
const cases: readonly Case[] = [
  ['weights that stand still', (h, w) => turns(c => product(c, w), h), [0]],
  ['weights turned about', (h, w) => turns(c => product(c, np.transpose(w)), h), [0]],
  ['both', (h, w) => turns(c => product(product(c, w), np.transpose(w)), h), [0, 0]],
  ['weights that change', (h, w) => scan(([c, v]: readonly [Value, Value]) => [[product(c, v), np.multiply(v, 0.9)] as const, null] as const, [h, w] as const, null, { length: 3 })[0][0], []],
  ['weights that change in one row', (h, w) => scan(([c, v]: readonly [Value, Value]) => [[product(c, v), lax.dynamicUpdateSlice(v, np.ones([1, n]), [1, 0])] as const, null] as const, [h, w] as const, null, { length: 3 })[0][0], []],
  ['weights by turns', (h, w) => scan(([c, a, b]: readonly [Value, Value, Value]) => [[product(c, a), b, a] as const, null] as const, [h, w, np.multiply(w, 0.5)] as const, null, { length: 3 })[0][0], []],
  ['weights of each turn', (h, _, all) => scan((c: Value, v: Value) => [product(c, v), null] as const, h, all)[0], []],
  ['a loop in a loop', (h, w) => turns(c => turns(d => product(d, w), c), h), [0]],
  ['a loop in a loop, with weights of each outer turn', (h, _, all) => scan((c: Value, v: Value) => [turns(d => product(d, v), c), null] as const, h, all)[0], [1]],
  ['in a while', (h, w) => whileLoop(([i]: readonly [Value, Value]) => np.less(i, 3), ([i, c]: readonly [Value, Value]) => [np.add(i, 1), product(c, w)] as const, [np.array(0, { dtype: 'i32' }), h] as const, { maxSteps: 5 })[1], [0]],
  ['in a branch, which may never be taken', (h, w) => turns(c => cond(np.greater(np.sum(c), 0), (d: Value) => product(d, w), (d: Value) => np.add(d, 1), c), h), []],
  ['no turn at all', (h, w) => foriLoop(0, 0, (_: Value, c: Value) => product(c, w), h), []],
]

describe('packed ahead', () => {
  it.each(cases)('%s', (_, f, depths) => {
    expect(hoisted(f as never, [h0, w0, ws])).toEqual(depths)
    const want = onBackend(reference, () => toNested(jit(f as never)(h0, w0, ws) as never))
    for (const b of backends) onBackend(b, () => { expectNear(toNested(jit(f as never)(h0, w0, ws) as never), want, 1e-5) })
  })
  it('gradients through a loop pack the weights and their transpose once each', () => {
    const slope = grad((w: Value, h: Value) => np.sum(scan((c: Value) => [product(c, w), np.sum(c)] as const, h, null, { length: 4 })[1]))
    expect(hoisted(slope as never, [w0, h0])).toEqual([0, 0])
    const want = onBackend(reference, () => toNested(jit(slope)(w0, h0)))
    for (const b of backends) onBackend(b, () => { expectNear(toNested(jit(slope)(w0, h0)), want, 2e-5) })
  })
  it('what is packed has memory of its own, for every product in the loop', () => {
    const f = (h: Value, w: Value): Value => turns(c => product(product(c, w), np.transpose(w)), h)
    const { program } = makeProgram(f)(h0, w0)
    const [first] = backends
    const { assembled } = onBackend(first!, () => first!.executable(program))
    const ahead = assembled.kernels.flatMap(k => (k.emitted.ahead ? [k.emitted.ahead.bytes] : []))
    expect(ahead).toEqual([n * n * 4, n * n * 4])
    expect(assembled.arena).toBeGreaterThanOrEqual(lower(prepare(program), null, []).arena + 2 * n * n * 4)
  })
})

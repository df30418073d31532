/** On the WASM backend live bytes are after N steps what they were before: eager, jitted, scanned, thrown, awaited, on one thread or two. */
import { describe, expect, it } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { meaning } from '../../backends/reference/scalars.js'
import { createWasm } from '../../backends/wasm/index.js'
import { attempt } from '../../src/core/fault.js'
import type { Value } from '../../src/core/value.js'
import { foriLoop, grad, item, jit, memory, np, scan, scope, valueAndGrad } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'

const mebi = 2 ** 20
const n = 40_000
const backendOf = (threads: number): ReturnType<typeof createWasm> & object =>
  createWasm({ backend: reference, letter: (op, x, y) => meaning(op, 'f64')(x, y) }, { threads })!

/** Runs a step so often, under a budget that holds a few dozen arrays; live bytes and the size of the memory stay. */
const stays = (steps: number, step: () => unknown): void => {
  for (let i = 0; i < steps / 2; i++) step()
  const half = memory({ collect: true })
  for (let i = 0; i < steps / 2; i++) step()
  const whole = memory({ collect: true })
  // what a collection finds depends a little on what the engine still holds in its registers; it does not grow with the steps
  expect(whole.arrays).toBeLessThanOrEqual(half.arrays + 8)
  expect(whole.size).toBe(half.size)
  expect(whole.peak).toBeLessThanOrEqual(whole.budget)
  expect(whole.spills).toBe(0)
}

describe.each([1, 2])('with %i threads', threads => {
  const backend = backendOf(threads)
  const on = <A>(thunk: () => A): A => onBackend(backend, () => { memory({ budget: 32 * mebi }); return thunk() })
  const body = (x: Value): Value => np.add(np.multiply(np.sin(x), 0.5), 1)
  const loss = (x: Value): Value => np.sum(np.square(body(x)))

  it('eager steps', () => on(() => {
    let x: Value = np.full([n], 0.5)
    stays(600, () => { x = body(x) })
    expect(item(np.max(x))).toBeLessThan(2)
  }))

  it('eager gradients', () => on(() => {
    let x: Value = np.full([n], 0.5)
    const slope = grad(loss)
    stays(120, () => { x = np.subtract(x, np.multiply(slope(x), 0.01)) })
  }))

  it('jitted steps', () => on(() => {
    let x: Value = np.full([n], 0.5)
    const step = jit((v: Value) => { const [l, g] = valueAndGrad(loss)(v); return [l, np.subtract(v, np.multiply(g, 0.01))] as const })
    stays(1000, () => { x = step(x)[1] })
  }))

  it('scans and loops', () => on(() => {
    const x = np.full([n], 0.5)
    const step = jit((v: Value) => [scan((c: Value) => [body(c), np.sum(c)] as const, v, null, { length: 3 }), foriLoop(0, 3, (_: Value, c: Value) => body(c), v)] as const)
    stays(400, () => step(x))
  }))

  it('steps that throw, eager or while they are traced', () => on(() => {
    const x = np.full([n], 0.5)
    const wrong = (v: Value): Value => np.add(body(v), np.ones([n - 1]))
    const jitted = jit(wrong)
    stays(100, () => [attempt(() => wrong(x)), attempt(() => jitted(x)), attempt(() => grad((v: Value) => np.sum(wrong(v)))(x))])
  }))

  it('scopes, at once', () => on(() => {
    const x = np.full([n], 0.5)
    const before = memory({ collect: true })
    for (let i = 0; i < 100; i++) item(scope(() => loss(x)))
    expect(memory().collections).toBe(before.collections)
    expect(memory().live).toBeLessThanOrEqual(before.live + 4 * n)
  }))

  it('arrays that no program needs any more, after an await too', async () => {
    const slope = jit(grad(loss))
    const start = on(() => np.full([n], 0.5))
    let x: Value = start
    const live: number[] = []
    for (let i = 0; i < 400; i++) {
      x = on(() => slope(x))
      await new Promise(resolve => setImmediate(resolve))
      if (i === 199 || i === 399) live.push(on(() => memory({ collect: true }).live))
    }
    expect(live[1]).toBe(live[0])
  })
})

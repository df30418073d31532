/** Where more is needed than the budget allows, the fault lists the largest arrays that are alive, the largest first, each with the line that made it. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { meaning } from '../../backends/reference/scalars.js'
import { createWasm } from '../../backends/wasm/index.js'
import { attempt } from '../../src/core/fault.js'
import type { Value } from '../../src/core/value.js'
import { grad, jit, memory, np, readSync, scan, valueAndGrad, vmap } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'

const mebi = 2 ** 20
const here = fileURLToPath(import.meta.url)
const lines = readFileSync(here, 'utf8').split('\n')

const leak = (make: () => unknown) => (): unknown => {
  const kept: unknown[] = []
  for (;;) kept.push(make())
}
const x = (n = 300_000): Value => np.full([n], 0.5)
const loss = (v: Value): Value => np.sum(np.tanh(np.square(np.multiply(v, 2))))
const makers: Readonly<Record<string, (v: Value) => () => unknown>> = {
  'eager operations': v => () => np.sin(v),
  'gradients': v => () => grad(loss)(v),
  'values and gradients of jit': v => { const f = jit(valueAndGrad(loss)); return () => f(v) },
  'what a scan stacks': v => () => scan((c: Value) => [np.multiply(c, 2), c] as const, v, null, { length: 3 })[1],
  'gradients by example': v => () => vmap(grad((r: Value) => np.sum(np.square(r))))(np.reshape(v, [3, 100_000])),
}

describe('the fault of a full memory', () => {
  it.each(Object.entries(makers))('tells of %s that are kept', async (name, make) => {
    const backend = createWasm({ backend: reference, letter: (op, a, b) => meaning(op, 'f64')(a, b) }, { threads: 1 })!
    const v = onBackend(backend, () => {
      const v = x()
      memory({ budget: 60 * mebi })
      const r = attempt(leak(make(v)))
      if (r._tag === 'Right' || r.left._tag !== 'OutOfMemory') throw new Error('the memory is never full')
      const { asked, live, budget, largest } = r.left
      expect([budget, asked + live > 0.97 * budget]).toEqual([60 * mebi, true])
      expect(largest.length).toBe(5)
      expect(largest.map(a => a.bytes)).toEqual(largest.map(a => a.bytes).sort((a, b) => b - a))
      expect(largest.map(a => a.made?.file)).toEqual(largest.map(() => here))
      // all but the argument of all calls, which is as large as some of the results
      const own = largest.map(a => lines[a.made!.line - 1]!).filter(line => line.includes(name))
      expect(own.length).toBeGreaterThanOrEqual(4)
      return v
    })
    // nothing holds them any longer, but for the engine, while it still optimises what ran
    const live = (): number => onBackend(backend, () => memory({ collect: true }).live)
    for (let tries = 0; tries < 100 && live() !== 4 * v.size; tries++) await new Promise(done => setTimeout(done, 20))
    expect(live()).toBe(4 * v.size)
    expect(onBackend(backend, () => readSync(np.add(v, 1)).every(e => e === 1.5))).toBe(true)
  })
})

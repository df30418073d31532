/** What a jitted call is given away is spent afterwards, its memory holds results where it can, and no answer changes. */
import { describe, expect, it } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { meaning } from '../../backends/reference/scalars.js'
import { createWasm } from '../../backends/wasm/index.js'
import { attempt } from '../../src/core/fault.js'
import type { NDArray, Value } from '../../src/core/value.js'
import { explain, grad, item, jit, lax, memory, np, optim, scan, scope, toNested, vmap } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'

const wasm = (threshold?: number): ReturnType<typeof createWasm> & object =>
  createWasm({ backend: reference, letter: (op, x, y) => meaning(op, 'f64')(x, y) }, { threads: 1, small: 0, ...(threshold === undefined ? {} : { threshold }) })!
const backends = [['reference', reference], ['wasm, small arrays outside', wasm()], ['wasm, all arrays inside', wasm(4)]] as const
const isSpent = (x: Value): boolean => { const e = attempt(() => (x as NDArray).data.length); return e._tag === 'Left' && e.left._tag === 'SpentArray' }
const list = (n: number, from = 0): Value => np.array(Array.from({ length: n }, (_, i) => i + from))

describe.each(backends)('on %s', (_, backend) => {
  const on = (name: string, body: () => void): void => { it(name, () => onBackend(backend, body)) }
  const axpy = (x: Value, y: Value): Value => np.add(np.multiply(x, 2), y)

  on('the answer is the same, and what was given is spent', () => {
    const x = list(6), y = list(6, 1)
    expect(toNested(jit(axpy, { donateArgnums: 0 })(x, y))).toEqual(toNested(axpy(list(6), list(6, 1))))
    expect([isSpent(x), isSpent(y)]).toEqual([true, false])
    expect(toNested(y)).toEqual([1, 2, 3, 4, 5, 6])
  })
  on('a copy outlives what it is a copy of', () => {
    const x = list(6), kept = np.copy(x)
    jit((v: Value) => np.add(v, 1), { donateArgnums: 0 })(x)
    expect(toNested(kept)).toEqual([0, 1, 2, 3, 4, 5])
  })
  on('a literal is everybody\'s: giving it away takes nothing from the others', () => {
    const f = jit((n: Value, x: Value) => [np.add(n, 1), np.multiply(x, n), n] as const, { donateArgnums: [0, 1] })
    const zero = (): Value => np.zeros([], { dtype: 'i32' })
    for (let i = 0; i < 3; i++) {
      const [more, , same] = f(zero(), list(3))
      expect([item(more), item(same), item(np.add(zero(), 2)), item(np.zeros([], { dtype: 'i32' }))]).toEqual([1, 0, 2, 0])
    }
    scope(() => zero())
    expect(item(np.add(zero(), 0))).toBe(0)
  })
  on('results of a call can be given to the next, for as long as one likes', () => {
    const step = jit((p: { w: Value; v: Value }, x: Value) => ({ w: np.add(p.w, p.v), v: np.multiply(p.v, x) }), { donateArgnums: [0] })
    const plain = jit((p: { w: Value; v: Value }, x: Value) => ({ w: np.add(p.w, p.v), v: np.multiply(p.v, x) }))
    let p = { w: list(5), v: list(5, 2) } as { w: Value; v: Value }, q = { w: list(5), v: list(5, 2) } as { w: Value; v: Value }
    for (let i = 0; i < 5; i++) { p = step(p, 0.5); q = plain(q, 0.5) }
    expect(toNested(p.w)).toEqual(toNested(q.w))
    expect(toNested(p.v)).toEqual(toNested(q.v))
  })
  on('arrays that trade places', () => {
    const swap = jit((a: Value, b: Value) => [np.multiply(b, 3), np.add(a, 1)] as const, { donateArgnums: [0, 1] })
    let [a, b] = swap(list(4), list(4, 10))
    ;[a, b] = swap(a, b)
    expect([toNested(a), toNested(b)]).toEqual([[3, 6, 9, 12], [31, 34, 37, 40]])
  })
  on('what is handed through lives on in the result', () => {
    const x = list(6)
    const [same, more, again] = jit((v: Value) => [v, np.add(v, 1), v] as const, { donateArgnums: 0 })(x)
    expect([toNested(same), toNested(more), toNested(again)]).toEqual([[0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5]])
    expect(isSpent(x)).toBe(true)
  })
  on('an array that stands twice, given away at one place or at both', () => {
    const x = list(6), y = list(6)
    expect(toNested(jit(axpy, { donateArgnums: 0 })(x, x))).toEqual([0, 3, 6, 9, 12, 15])
    expect(toNested(jit(axpy, { donateArgnums: [0, 1] })(y, y))).toEqual([0, 3, 6, 9, 12, 15])
    expect([isSpent(x), isSpent(y)]).toEqual([true, true])
  })
  on('a closed-over array that is given away too is spent for the next call', () => {
    const k = list(6)
    const f = jit((x: Value) => np.add(x, np.multiply(k, 10)), { donateArgnums: 0 })
    expect(toNested(f(k))).toEqual([0, 11, 22, 33, 44, 55])
    expect(attempt(() => f(list(6)))).toMatchObject({ _tag: 'Left', left: { _tag: 'SpentArray' } })
    // one that is not given away stays
    const c = list(6), g = jit((x: Value) => np.add(x, c), { donateArgnums: 0 })
    g(list(6))
    expect(toNested(g(list(6)))).toEqual([0, 2, 4, 6, 8, 10])
  })
  on('inside a trace nothing is given away', () => {
    const f = jit((x: Value) => np.sum(np.square(x)), { donateArgnums: 0 })
    const x = list(4)
    expect(toNested(grad(f)(x))).toEqual([0, 2, 4, 6])
    expect(toNested(vmap(f)(np.reshape(x, [2, 2])))).toEqual([1, 13])
    expect(item(jit((v: Value) => np.add(f(v), np.sum(v)))(x))).toBe(20)
    expect(isSpent(x)).toBe(false)
    f(x)
    expect(isSpent(x)).toBe(true)
  })
  on('places are counted beside static ones, and from the end', () => {
    const f = jit((k: number, x: Value, y: Value) => np.add(np.multiply(x, k), y), { staticArgnums: 0, donateArgnums: -1 })
    const x = list(3), y = list(3)
    expect(toNested(f(2, x, y))).toEqual([0, 3, 6])
    expect([isSpent(x), isSpent(y)]).toEqual([false, true])
    expect(attempt(() => jit(axpy, { donateArgnums: 2 })(list(3), list(3)))).toMatchObject({ left: { _tag: 'BadArgument' } })
    const both = jit((k: number, v: Value) => np.multiply(v, k), { staticArgnums: 0, donateArgnums: 0 })
    expect(attempt(() => both(2, list(3)))).toMatchObject({ left: { _tag: 'BadArgument' } })
  })
  on('a call that is refused takes nothing', () => {
    const x = list(3)
    expect(attempt(() => jit((v: Value) => np.add(v, np.ones([4])), { donateArgnums: 0 })(x))._tag).toBe('Left')
    expect(isSpent(x)).toBe(false)
  })
  on('a scan that writes rows of what it is given', () => {
    const f = jit((x: Value, rows: Value) => scan(([c, i]: readonly [Value, Value], r: Value) =>
      [[lax.dynamicUpdateSlice(c, np.reshape(r, [1, 2]), [i, 0]), np.add(i, 1)] as const, null] as const, [x, np.array(0, { dtype: 'i32' })] as const, rows)[0][0], { donateArgnums: 0 })
    const x = np.zeros([3, 2])
    expect(toNested(f(x, np.array([[1, 2], [3, 4]])))).toEqual([[1, 2], [3, 4], [0, 0]])
    expect(isSpent(x)).toBe(true)
  })
  on('inside a scope what is returned stays', () => {
    const f = jit((x: Value) => np.add(x, 1), { donateArgnums: 0 })
    expect(toNested(scope(() => f(f(list(4)))))).toEqual([2, 3, 4, 5])
  })
})

it('the fault names the call, and the line that used the array', () => {
  const x = np.ones([1000, 100])
  const f = jit((v: Value) => np.multiply(v, 2), { donateArgnums: 0 })
  f(x)
  const e = attempt(() => np.sum(x))
  if (e._tag === 'Right' || e.left._tag !== 'SpentArray') throw new TypeError('no fault')
  expect(e.left.at?.file).toContain('donate.test.ts')
  const said = explain(e.left)
  expect(said).toMatch(/f32\[1000,100\] is no longer there: its memory was released by jit with donateArgnums at .*donate\.test\.ts/)
})

it('arrays of another backend lend their elements', () => {
  const here = wasm(4), there = wasm(4)
  const x = onBackend(there, () => jit((v: Value) => np.add(v, 1))(list(6)))
  const y = onBackend(here, () => jit((v: Value) => np.multiply(v, 2), { donateArgnums: 0 })(x))
  expect(toNested(y)).toEqual([2, 4, 6, 8, 10, 12])
  expect(isSpent(x)).toBe(true)
  // its own memory was not written: what else lies there is as it was
  expect(onBackend(there, () => memory({ collect: true }).arrays)).toBeLessThanOrEqual(1)
})

it('the first step of Adam and all others run one program: its two means are arrays of their own, and that its count is at first everybody\'s says nothing', () => {
  const { Module } = WebAssembly
  let made = 0
  const counting = new Proxy(Module, { construct: (target, args: [BufferSource]) => { made++; return Reflect.construct(target, args) as object } })
  onBackend(wasm(4), () => {
    const adam = optim.adam(0.1), slope = grad((w: Value) => np.sum(np.square(w)))
    const step = jit((w: Value, s: optim.State) => { const [u, next] = adam.update(slope(w), s, w); return [optim.applyUpdates(w, u), next] as const }, { donateArgnums: [0, 1] })
    let w: Value = np.add(list(6), 0.5), s = adam.init(w)
    const counts: number[] = []
    WebAssembly.Module = counting
    try {
      for (let i = 0; i < 3; i++) { [w, s] = step(w, s); counts.push(made) }
    } finally { WebAssembly.Module = Module }
    expect(counts[0]).toBeGreaterThan(0)
    expect(counts).toEqual(counts.map(() => counts[0]))
  })
})

describe('memory', () => {
  const n = 200_000
  const loss = (p: { w: Value; b: Value }, x: Value): Value => np.sum(np.square(np.subtract(np.multiply(p.w, x), p.b)))
  const train = (p: { w: Value; b: Value }, x: Value): { w: Value; b: Value } => {
    const g = grad(loss)(p, x)
    return { w: np.subtract(p.w, np.multiply(g.w, 0.01)), b: np.subtract(p.b, np.multiply(g.b, 0.01)) }
  }
  const peakOf = (donate: boolean): { readonly peak: number; readonly sum: number } => onBackend(wasm(), () => {
    const step = jit(train, donate ? { donateArgnums: 0 } : {})
    const x = np.full([n], 0.5)
    let p = { w: np.full([n], 1), b: np.full([n], 2) } as { w: Value; b: Value }
    for (let i = 0; i < 8; i++) p = step(p, x)
    return { peak: memory().peak, sum: item(np.sum(p.w)) }
  })
  it('a step of training that is given its parameters needs no second copy of them', () => {
    const given = peakOf(true), kept = peakOf(false)
    expect(given.sum).toBe(kept.sum)
    // the parameters, the input, and those that are there at first and were not in the memory of the kernels
    expect(kept.peak).toBeGreaterThan(8 * 2 * 4 * n)
    expect(given.peak).toBeLessThan(6 * 4 * n)
  })
  it('what is given and fits no result is freed at once', () => onBackend(wasm(), () => {
    const total = jit((x: Value) => np.sum(x), { donateArgnums: 0 })
    const x = jit((v: Value) => np.add(v, 1))(np.zeros([n]))
    const before = memory({ collect: true }).live
    expect(item(total(x))).toBe(n)
    expect(memory().live).toBe(before - 4 * n)
  }))
})

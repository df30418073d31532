/** Products agree with sums over loops, for every rank and for generated equations; so do their derivatives. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FaultError } from '../../src/core/fault.js'
import type { Value } from '../../src/core/value.js'
import { grad, jit, vmap } from '../../src/index.js'
import { readSync, toNested } from '../../src/lib/read.js'
import * as np from '../../src/lib/np/index.js'
import { expectNear } from '../near.js'

const volume = (shape: readonly number[]): number => shape.reduce((n, m) => n * m, 1)
const strides = (shape: readonly number[]): readonly number[] => shape.map((_, i) => volume(shape.slice(i + 1)))
const numbers = (shape: readonly number[], seed: number): Value => np.reshape(np.array(Float64Array.from({ length: volume(shape) }, (_, i) => ((i * 7 + seed * 3) % 11) - 5)), shape)
const fault = (f: () => unknown): string => {
  try { f() } catch (e) { if (e instanceof FaultError) return e.message }
  return 'no fault'
}

// ---- einsum by loops -------------------------------------------------------------------------------------------------

const letters = 'abcd'
interface Sum { readonly inputs: readonly string[]; readonly output: string; readonly sizes: Readonly<Record<string, number>>; readonly narrow: readonly (readonly boolean[])[] }
const sum: fc.Arbitrary<Sum> = fc.record({
  inputs: fc.array(fc.array(fc.constantFrom(...letters), { maxLength: 3 }).map(l => l.join('')), { minLength: 1, maxLength: 4 }),
  sizes: fc.record({ a: fc.integer({ min: 1, max: 3 }), b: fc.integer({ min: 1, max: 3 }), c: fc.integer({ min: 0, max: 2 }), d: fc.constant(2) }),
  seed: fc.array(fc.nat(9), { minLength: 12, maxLength: 12 }),
}).map(({ inputs, sizes, seed }) => {
  const used = [...new Set(inputs.join(''))]
  const output = used.filter((_, i) => seed[i]! > 4).sort((x, y) => seed[letters.indexOf(x)]! - seed[letters.indexOf(y)]!).join('')
  // a size 1 in one operand broadcasts against the same letter elsewhere, if the letter is long there and not repeated
  const narrow = inputs.map((t, i) => [...t].map((l, k) => seed[(i * 3 + k) % 12]! > 7 && t.split(l).length === 2 && inputs.some((u, j) => j < i && u.includes(l) && u.split(l).length > 1 && j === 0)))
  return { inputs, output, sizes, narrow }
})
const operandShapes = (s: Sum): readonly (readonly number[])[] => s.inputs.map((t, i) => [...t].map((l, k) => (s.narrow[i]![k] ? 1 : s.sizes[l]!)))
const byLoops = (s: Sum, xs: readonly Value[]): readonly number[] => {
  const shapes = operandShapes(s), data = xs.map(x => readSync(x) as unknown as Float64Array)
  const all = [...new Set(s.inputs.join(''))]
  const inner = all.filter(l => !s.output.includes(l))
  const order = [...s.output, ...inner], extents = order.map(l => s.sizes[l]!)
  const st = strides(extents), split = volume(inner.map(l => s.sizes[l]!))
  const out = new Array<number>(volume([...s.output].map(l => s.sizes[l]!))).fill(0)
  for (let flat = 0; flat < volume(extents); flat++) {
    const at = (l: string): number => { const a = order.indexOf(l); return Math.floor(flat / st[a]!) % extents[a]! }
    const product = s.inputs.reduce((p, t, i) => p * data[i]![[...t].reduce((o, l, k) => o + strides(shapes[i]!)[k]! * (shapes[i]![k] === 1 ? 0 : at(l)), 0)]!, 1)
    out[Math.floor(flat / split)] = out[Math.floor(flat / split)]! + product
  }
  return out
}

describe('einsum', () => {
  it('is the sum over loops', () => {
    fc.assert(fc.property(sum, s => {
      const xs = operandShapes(s).map((shape, i) => numbers(shape, i))
      const got = np.einsum(`${s.inputs.join(',')}->${s.output}`, ...xs)
      expect(got.shape).toEqual([...s.output].map(l => s.sizes[l]!))
      expect(Array.from(readSync(got), x => Number(x) + 0)).toEqual(byLoops(s, xs).map(x => x + 0))
    }), { numRuns: 500 })
  })

  it('has the gradient of a multilinear map, and means the same under jit and vmap', () => {
    fc.assert(fc.property(sum, s => {
      const xs = operandShapes(s).map((shape, i) => numbers(shape, i))
      const f = (x: Value): Value => np.sum(np.einsum(`${s.inputs.join(',')}->${s.output}`, x, ...xs.slice(1)))
      // the sum is linear in its first operand, so <gradient, x> is its value
      const g = grad(f)(xs[0]!) as Value
      expect(g.shape).toEqual(xs[0]!.shape)
      expect(Number(np.sum(np.multiply(g, xs[0]!)))).toBeCloseTo(Number(f(xs[0]!)), 6)
      expectNear(toNested(jit(f)(xs[0]!)), toNested(f(xs[0]!)))
      expect(toNested(vmap(f)(np.stack([xs[0]!, xs[0]!])))).toEqual([toNested(f(xs[0]!)), toNested(f(xs[0]!))])
    }), { numRuns: 100 })
  })

  it('finds the implied result, and axes under dots', () => {
    const m = numbers([2, 3], 1), b = numbers([4, 3, 2], 2)
    expect(toNested(np.einsum('ba', m))).toEqual(toNested(np.transpose(m)))
    expect(toNested(np.einsum('ij,kji', m, b))).toEqual(toNested(np.einsum('ij,kji->k', m, b)))
    expect(toNested(np.einsum('...ij,jk->...ik', b, m.shape[0] === 2 ? m : b))).toEqual(toNested(np.matmul(b, m)))
    expect(toNested(np.einsum('...,...', numbers([2, 1], 1), numbers([3], 2)))).toEqual(toNested(np.multiply(numbers([2, 1], 1), numbers([3], 2))))
    expect(toNested(np.einsum('i j -> j i', m))).toEqual(toNested(np.transpose(m)))
  })

  it('says what is wrong with an equation', () => {
    const m = np.zeros([2, 3]), v = np.zeros([3])
    for (const [equation, xs, words] of [
      ['ij->ijk', [m], 'output index k appears in no operand'], ['ij->ii', [m], 'output index i appears twice'], ['ij,j', [m], 'names 2 operand(s), 1 are given'],
      ['i', [m], 'operand 0 names 1 axes, and [2, 3] has 2'], ['i1', [m], "'1' is not a letter"], ['ij->i->j', [m], 'more than once'], ['ij,ij', [m, np.transpose(m)], 'index i is both 2 and 3'],
      ['ii', [m], 'index i is both 2 and 3'], ['...j->j', [m], 'the result must name them'], ['i,i', [v, np.zeros([4])], 'index i is both 3 and 4'], ['......', [m], 'more than one'],
    ] as const) expect(fault(() => np.einsum(equation, ...xs))).toContain(words)
  })

  it('multiplies the cheapest pair first', () => {
    // (v·A)·B, not v·(A·B): the shapes would need 10^9 multiplications otherwise
    const v = np.ones([1000]), a = np.ones([1000, 1000])
    const began = Date.now()
    expect(toNested(np.einsum('ij,jk,k->i', a, a, v)) as readonly number[]).toContain(1e6)
    expect(Date.now() - began).toBeLessThan(5_000)
  })
})

// ---- matmul and its kin ----------------------------------------------------------------------------------------------

const matmulByLoops = (x: Value, y: Value): { shape: readonly number[]; data: readonly number[] } => {
  const a = x.ndim === 1 ? [1, ...x.shape] : x.shape, b = y.ndim === 1 ? [...y.shape, 1] : y.shape
  const rank = Math.max(a.length, b.length)
  const p = [...Array.from({ length: rank - a.length }, () => 1), ...a], q = [...Array.from({ length: rank - b.length }, () => 1), ...b]
  const lead = p.slice(0, -2).map((n, i) => Math.max(n, q[i]!) * Math.min(1, n, q[i]!))
  const m = p[rank - 2]!, k = p[rank - 1]!, n = q[rank - 1]!
  const dx = readSync(x) as unknown as Float64Array, dy = readSync(y) as unknown as Float64Array
  const full = [...lead, m, n], out: number[] = []
  for (let flat = 0; flat < volume(full); flat++) {
    const at = strides(full).map((s, i) => Math.floor(flat / s) % full[i]!)
    let total = 0
    for (let l = 0; l < k; l++) {
      const i = [...at.slice(0, -1), l].reduce((o, c, d) => o + strides(p)[d]! * (p[d] === 1 ? 0 : c), 0)
      const j = [...at.slice(0, -2), l, at[rank - 1]!].reduce((o, c, d) => o + strides(q)[d]! * (q[d] === 1 ? 0 : c), 0)
      total += dx[i]! * dy[j]!
    }
    out.push(total)
  }
  return { shape: full.filter((_, i) => !(x.ndim === 1 && i === rank - 2) && !(y.ndim === 1 && i === rank - 1)), data: out }
}
const size = fc.integer({ min: 1, max: 3 })
const operands = fc.record({ lead: fc.array(size, { maxLength: 3 }), m: size, k: fc.integer({ min: 0, max: 3 }), n: size, cut: fc.tuple(fc.nat(3), fc.nat(3)), ones: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), vector: fc.tuple(fc.nat(4), fc.nat(4)) })
  .map(({ lead, m, k, n, cut, ones, vector }) => {
    const left = lead.slice(Math.min(cut[0], lead.length)).map((s, i) => (ones[i] ? 1 : s)), right = lead.slice(Math.min(cut[1], lead.length)).map((s, i) => (ones[3 + i] ? 1 : s))
    return [vector[0] === 0 ? [k] : [...left, m, k], vector[1] === 0 ? [k] : [...right, k, n]] as const
  })

describe('matmul', () => {
  it('is the sum over loops at every rank', () => {
    fc.assert(fc.property(operands, ([a, b]) => {
      const x = numbers(a, 1), y = numbers(b, 2)
      const want = matmulByLoops(x, y), got = np.matmul(x, y)
      expect(got.shape).toEqual(want.shape)
      expect(Array.from(readSync(got), v => Number(v) + 0)).toEqual(want.data.map(v => v + 0))
    }), { numRuns: 400 })
  })
  it('agrees with its kin', () => {
    const a = numbers([2, 3], 1), b = numbers([3, 4], 2), v = numbers([3], 3), s = numbers([5, 2, 3], 4)
    expect(toNested(np.dot(a, b))).toEqual(toNested(np.matmul(a, b)))
    expect(toNested(np.tensordot(s, b, 1))).toEqual(toNested(np.matmul(s, b)))
    expect(toNested(np.inner(a, v))).toEqual(toNested(np.matmul(a, v)))
    expect(toNested(np.vecdot(s, v))).toEqual(toNested(np.matmul(s, v)))
    expect(toNested(np.matvec(s, v))).toEqual(toNested(np.matmul(s, v)))
    expect(toNested(np.outer(v, v))).toEqual(toNested(np.multiply(np.expandDims(v, 1), v)))
    expect(toNested(np.vdot(a, a))).toEqual(toNested(np.sum(np.square(a))))
    expect(np.dot(s, np.stack([b, b])).shape).toEqual([5, 2, 2, 4])
    expect(toNested(np.matmul(b)(a))).toEqual(toNested(np.matmul(a, b)))
    expect(np.kron(a, b).shape).toEqual([6, 12])
    expect(toNested(np.cross(np.array([1, 2, 3]), np.array([[4, 5, 6]])))).toEqual([[-3, 6, -3]])
    expect(toNested(np.cross(np.array([1, 2]), np.array([3, 4])))).toEqual(-2)
    expect(toNested(np.matmul(np.array([[true, false]]), np.array([[false], [true]])))).toEqual([[false]])
  })
  it('says which dimensions differ', () => {
    expect(fault(() => np.matmul(np.zeros([32, 784]), np.zeros([768, 10])))).toContain('inner dimensions 784 and 768 differ')
    expect(fault(() => np.matmul(np.zeros([2, 3]), np.zeros([2])))).toContain('inner dimensions 3 and 2 differ')
    expect(fault(() => np.matmul(np.zeros([2, 2, 3]), np.zeros([3, 3, 4])))).toContain('do not broadcast')
    expect(fault(() => np.matmul(np.zeros([2]), 3))).toContain('np.multiply takes scalars')
    expect(fault(() => np.dot(np.zeros([2, 3]), np.zeros([2, 3])))).toContain('dot: wanted equal inner dimensions')
    expect(fault(() => np.tensordot(np.zeros([2, 3]), np.zeros([2, 3]), 1))).toContain('axis 1 of [2, 3] and axis 0 of [2, 3] differ')
    expect(fault(() => np.tensordot(np.zeros([2]), np.zeros([2]), 2))).toContain('a count from 0 to 1')
  })
})

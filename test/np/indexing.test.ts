/** Reading and updating by index agree with an element-by-element NumPy, over generated arrays and indices. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FaultError } from '../../src/core/fault.js'
import type { Value } from '../../src/core/value.js'
import { cost, grad, jit, jvp, makeProgram, vmap, vjp } from '../../src/index.js'
import { readSync, toNested } from '../../src/lib/read.js'
import * as np from '../../src/lib/np/index.js'
import type { Index } from '../../src/lib/np/index.js'

// ---- a NumPy of lists ------------------------------------------------------------------------------------------------

type Plain = number | null | ':' | '...' | readonly [number | null, number | null, number | null] | { readonly shape: readonly number[]; readonly places: readonly number[] }
interface Chosen { readonly shape: readonly number[]; readonly places: readonly number[] }

const strides = (shape: readonly number[]): readonly number[] => shape.map((_, i) => shape.slice(i + 1).reduce((n, m) => n * m, 1))
const unravel = (shape: readonly number[], i: number): readonly number[] => strides(shape).map((s, a) => Math.floor(i / s) % shape[a]!)
const volume = (shape: readonly number[]): number => shape.reduce((n, m) => n * m, 1)
const sliced = (n: number, [from, to, step]: readonly [number | null, number | null, number | null]): readonly number[] => {
  const by = step ?? 1, out: number[] = []
  const inside = (i: number | null, otherwise: number): number => (i === null ? otherwise : Math.min(Math.max(i < 0 ? i + n : i, by > 0 ? 0 : -1), by > 0 ? n : n - 1))
  const end = inside(to, by > 0 ? n : -1)
  for (let i = inside(from, by > 0 ? 0 : n - 1); by > 0 ? i < end : i > end; i += by) out.push(i)
  return out
}
/** The places of x[ix] in the flattened x, by the definition: first all single axes, then the arrays broadcast together. */
const choose = (shape: readonly number[], ix: readonly Plain[]): Chosen => {
  const named = ix.filter(i => i !== null && i !== '...').length
  const full = ix.includes('...') ? ix.flatMap((i): readonly Plain[] => (i === '...' ? Array.from({ length: shape.length - named }, () => ':' as const) : [i])) : [...ix, ...Array.from({ length: shape.length - named }, () => ':' as const)]
  const advanced = full.map(i => typeof i === 'object' && i !== null && 'places' in i)
  const any = advanced.some(Boolean)
  const counts = full.map((i, k) => advanced[k] || (any && typeof i === 'number'))
  const common = full.reduce<readonly number[]>((s, i, k) => {
    if (!advanced[k]) return s
    const own = (i as Chosen).shape, rank = Math.max(s.length, own.length)
    return Array.from({ length: rank }, (_, a) => Math.max(s[a - rank + s.length] ?? 1, own[a - rank + own.length] ?? 1))
  }, [])
  let axis = 0
  const axes = full.map(i => (i === null ? -1 : axis++))
  const lists = full.map((i, k) => (i === null ? [0] : i === ':' ? sliced(shape[axes[k]!]!, [null, null, null]) : Array.isArray(i) ? sliced(shape[axes[k]!]!, i as never) : typeof i === 'number' ? [i < 0 ? i + shape[axes[k]!]! : i] : null))
  const first = counts.indexOf(true), last = counts.lastIndexOf(true)
  const together = any && counts.slice(first, last + 1).every(Boolean)
  const dims: { readonly size: number; readonly entry: number }[] = []
  const arraysHere = (): void => common.forEach((size, c) => dims.push({ size, entry: -1 - c }))
  if (any && !together) arraysHere()
  full.forEach((i, k) => {
    if (any && together && k === first) arraysHere()
    if (!counts[k] && typeof i !== 'number') dims.push({ size: lists[k]!.length, entry: k })
  })
  const out = dims.map(d => d.size)
  const st = strides(shape)
  return {
    shape: out,
    places: Array.from({ length: volume(out) }, (_, flat) => {
      const at = unravel(out, flat)
      const ofArrays = common.map((_, c) => at[dims.findIndex(d => d.entry === -1 - c)]!)
      return full.reduce<number>((sum, i, k) => {
        if (i === null) return sum
        const n = shape[axes[k]!]!
        let place: number
        if (advanced[k]) {
          const own = i as Chosen
          const offset = common.length - own.shape.length
          const flatPlace = strides(own.shape).reduce((p, s, a) => p + s * (own.shape[a] === 1 ? 0 : ofArrays[a + offset]!), 0)
          const raw = own.places[flatPlace]!
          place = raw < 0 ? raw + n : raw
        } else place = typeof i === 'number' ? lists[k]![0]! : lists[k]![at[dims.findIndex(d => d.entry === k)]!]!
        return sum + st[axes[k]!]! * place
      }, 0)
    }),
  }
}

// ---- generated cases -------------------------------------------------------------------------------------------------

interface Case { readonly shape: readonly number[]; readonly ix: readonly Plain[] }
const bound = fc.option(fc.integer({ min: -6, max: 6 }), { nil: null })
const caseOf: fc.Arbitrary<Case> = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain(shape => {
  const one = (n: number): fc.Arbitrary<Plain> => fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: -n, max: n - 1 }) },
    { weight: 3, arbitrary: fc.tuple(bound, bound, fc.constantFrom(null, 1, 2, 3, -1, -2)) },
    { weight: 1, arbitrary: fc.constant(':' as const) },
    { weight: 2, arbitrary: fc.constantFrom([], [1], [2], [2, 1], [1, 2], [2, 2]).chain(s => fc.array(fc.integer({ min: -n, max: n - 1 }), { minLength: volume(s), maxLength: volume(s) }).map(places => ({ shape: s, places }))) },
  )
  return fc.integer({ min: 0, max: shape.length }).chain(count => fc.tuple(...shape.slice(0, count).map(one)).chain(list =>
    fc.array(fc.integer({ min: 0, max: count }), { maxLength: 2 }).map(news => {
      const ix: Plain[] = [...list]
      for (const at of news) ix.splice(at, 0, null)
      return { shape, ix }
    })))
})
const dotted: fc.Arbitrary<Case> = caseOf.chain(c => fc.integer({ min: 0, max: c.ix.length }).map(at => {
  // indices behind the dots speak of the last axes: only those that fit every size are kept
  const ix: Plain[] = c.ix.map((i, k) => (k >= at && (typeof i === 'number' || (typeof i === 'object' && i !== null && 'places' in i)) ? ':' : i))
  ix.splice(at, 0, '...')
  return { shape: c.shape, ix }
}))
const cases = fc.oneof(caseOf, dotted)

const counted = (shape: readonly number[], dtype: 'f64' | 'i32' = 'f64'): Value => np.reshape(np.arange(volume(shape), { dtype }), shape)
const indexOf = (i: Plain): Index => (typeof i === 'object' && i !== null && 'places' in i ? np.array(Int32Array.from(i.places), { shape: i.shape }) : i)
const indicesOf = (c: Case): readonly Index[] => c.ix.map(indexOf)
const repeats = (places: readonly number[]): boolean => new Set(places).size !== places.length

describe('at', () => {
  it('is NumPy indexing', () => {
    fc.assert(fc.property(cases, c => {
      const want = choose(c.shape, c.ix)
      const got = np.at(counted(c.shape), indicesOf(c))
      expect(got.shape).toEqual(want.shape)
      expect(Array.from(readSync(got))).toEqual(want.places)
    }), { numRuns: 600 })
  })

  it('has the derivative that puts the cotangent back, at the cost of the part that is read', () => {
    fc.assert(fc.property(cases, c => {
      const { shape, places } = choose(c.shape, c.ix)
      const x = counted(c.shape), ct = np.add(counted(shape), 1)
      const [, pull] = vjp((v: Value) => np.at(v, indicesOf(c)), x)
      const want = new Array<number>(volume(c.shape)).fill(0)
      places.forEach((p, i) => { want[p] = want[p]! + i + 1 })
      expect(Array.from(readSync((pull as (ct: Value) => readonly [Value])(ct)[0]))).toEqual(want)
    }), { numRuns: 150 })
    const long = np.zeros([10_000])
    const places = np.array([3, 5], { dtype: 'i32' })
    for (const ix of [[places], [[2, 4]], [7]] as const) {
      expect(cost(makeProgram(grad((x: Value) => np.sum(np.at(x, ix))))(long).program)).toBeLessThan(100)
    }
  })

  it('means the same under jit and vmap', () => {
    fc.assert(fc.property(cases, c => {
      const f = (v: Value): Value => np.at(v, indicesOf(c))
      const x = counted(c.shape), batch = np.stack([x, np.negative(x)])
      expect(toNested(jit(f)(x))).toEqual(toNested(f(x)))
      expect(toNested(vmap(f)(batch))).toEqual(toNested(np.stack([f(x), f(np.negative(x))])))
    }), { numRuns: 100 })
    const rows = np.array([[2, 0], [1, 1]], { dtype: 'i32' })
    const x = np.array([10, 20, 30])
    expect(toNested(vmap((i: Value) => np.at(x, [i]))(rows))).toEqual([[30, 10], [20, 20]])
  })

  it('takes masks where they are concrete', () => {
    const m = np.array([[1, 2], [3, 4]])
    expect(toNested(np.at(m, np.greater(m, 1)))).toEqual([2, 3, 4])
    expect(toNested(np.at(m, [':', np.array([false, true])]))).toEqual([[2], [4]])
    expect(toNested(np.at(m, [np.array([false, false])]))).toEqual([])
    const [, t] = jvp((x: Value) => np.at(x, np.greater(m, 1)), [m], [np.ones([2, 2])])
    expect(toNested(t as Value)).toEqual([1, 1, 1])
    expect(() => jit((x: Value) => np.at(x, np.greater(x, 1)))(m)).toThrow(/np.where/)
  })

  it('clamps arrays and refuses numbers beyond the ends', () => {
    const v = np.array([10, 20, 30])
    expect(toNested(np.at(v, [np.array([7, -9], { dtype: 'i32' })]))).toEqual([30, 10])
    for (const [f, tag] of [
      [() => np.at(v, 3), 'IndexOutOfRange'], [() => np.at(v, -4), 'IndexOutOfRange'], [() => np.at(v, [0, 0]), 'BadArgument'], [() => np.at(v, 1.5), 'BadArgument'],
      [() => np.at(v, ['...', '...'] as never), 'BadArgument'], [() => np.at(v, [[0, 1, 0]]), 'BadArgument'], [() => np.at(v, [np.array([1, 2])]), 'DTypeMismatch'],
      [() => np.at(v, np.array([true, false])), 'ShapeMismatch'], [() => np.at(np.zeros([0]), [np.array([0], { dtype: 'i32' })]), 'IndexOutOfRange'],
    ] as const) {
      expect(fault(f)).toBe(tag)
    }
  })
})
const fault = (f: () => unknown): string => {
  try { f() } catch (e) { if (e instanceof FaultError) return e.fault._tag }
  return 'no fault'
}

describe('updates', () => {
  const combine = { set: (_a: number, u: number) => u, addAt: (a: number, u: number) => a + u, mulAt: (a: number, u: number) => a * u, minAt: Math.min, maxAt: Math.max } as const
  const names = Object.keys(combine) as (keyof typeof combine)[]

  it('write where reading reads', () => {
    fc.assert(fc.property(cases, fc.constantFrom(...names), (c, name) => {
      const { shape, places } = choose(c.shape, c.ix)
      if (name === 'set' && repeats(places)) return
      const u = np.subtract(np.multiply(counted(shape), 3), 5)
      const want = Array.from({ length: volume(c.shape) }, (_, i) => i)
      places.forEach((p, i) => { want[p] = combine[name](want[p]!, 3 * i - 5) })
      expect(Array.from(readSync(np[name](counted(c.shape), indicesOf(c), u)), x => x + 0)).toEqual(want.map(x => x + 0))
    }), { numRuns: 500 })
  })

  it('are dual to reading: <set(x, ix, u), w> has the gradient w outside and w[ix] inside', () => {
    fc.assert(fc.property(cases, c => {
      const { shape, places } = choose(c.shape, c.ix)
      if (repeats(places)) return
      const w = np.add(counted(c.shape), 1)
      const [gx, gu] = grad((x: Value, u: Value) => np.sum(np.multiply(np.set(x, indicesOf(c), u), w)), { argnums: [0, 1] })(counted(c.shape), np.zeros(shape, { dtype: 'f64' })) as readonly [Value, Value]
      expect(toNested(gu)).toEqual(toNested(np.at(w, indicesOf(c))))
      expect(toNested(gx)).toEqual(toNested(np.set(w, indicesOf(c), 0)))
    }), { numRuns: 100 })
  })

  it('broadcast, keep the dtype, and refuse to truncate', () => {
    const i = np.array([1, 2, 3], { dtype: 'i32' })
    expect(np.set(i, 0, 7).dtype).toBe('i32')
    expect(toNested(np.addAt(np.zeros([2, 2]), [':', 0], np.array([1, 2])))).toEqual([[1, 0], [2, 0]])
    expect(toNested(np.set(np.array([true, true]), 0, false))).toEqual([false, true])
    expect(toNested(np.addAt(np.array([false, false]), [np.array([0], { dtype: 'i32' })], true))).toEqual([true, false])
    expect(fault(() => np.set(i, 0, 0.5))).toBe('DTypeMismatch')
    expect(fault(() => np.set(i, 0, np.array(0.5)))).toBe('DTypeMismatch')
    expect(fault(() => np.set(i, [[0, 2]], np.array([1, 2, 3], { dtype: 'i32' })))).toBe('ShapeMismatch')
    expect(toNested(np.set(i, [np.array([9], { dtype: 'i32' })], 5))).toEqual([1, 2, 3])
    expect(toNested(np.applyAt(np.array([1, 4, 9]), [[null, null, 2]], np.sqrt))).toEqual([1, 4, 3])
    expect(toNested(np.set(1, 5)(np.array([1, 2])))).toEqual([1, 5])
  })

  it('multiply differentiably in the factors where no place is named twice', () => {
    const x = np.array([1, 2, 3], { dtype: 'f64' }), u = np.array([4, 5], { dtype: 'f64' })
    const places = np.array([2, 0], { dtype: 'i32' })
    expect(toNested(grad((f: Value) => np.sum(np.mulAt(x, [places], f)))(u) as Value)).toEqual([3, 1])
    expect(() => grad((f: Value) => np.sum(np.mulAt(x, [np.array([0, 0], { dtype: 'i32' })], f)))(u)).toThrow(/uniqueIndices/)
  })
})

describe('take', () => {
  const m = counted([3, 4]), v = np.array([10, 20, 30])
  it('replaces an axis by the axes of the places', () => {
    expect(toNested(np.take(m, np.array([[2, 0]], { dtype: 'i32' }), { axis: 1 }))).toEqual([[[2, 0]], [[6, 4]], [[10, 8]]])
    expect(toNested(np.take(m, -1))).toEqual(11)
    expect(toNested(np.take(m, [1, 5]))).toEqual([1, 5])
    expect(toNested(np.take(v, [], { axis: 0 }))).toEqual([])
  })
  it('fills, clips and wraps', () => {
    const far = np.array([-4, -1, 3, 7], { dtype: 'i32' })
    expect(toNested(np.take(v, far, { axis: 0 }))).toEqual([NaN, 30, NaN, NaN])
    expect(toNested(np.take(v, far, { axis: 0, mode: 'clip' }))).toEqual([10, 10, 30, 30])
    expect(toNested(np.take(v, far, { axis: 0, mode: 'wrap' }))).toEqual([30, 30, 10, 20])
    expect(fault(() => np.take(v, 3))).toBe('IndexOutOfRange')
    expect(fault(() => np.take(np.zeros([0]), np.array([0], { dtype: 'i32' })))).toBe('ShapeMismatch')
  })
  it('undoes argsort, and putAlongAxis undoes takeAlongAxis', () => {
    const x = np.array([[3, 1, 2], [9, 7, 8]])
    const order = np.argsort(x)
    const sorted = np.takeAlongAxis(x, order)
    expect(toNested(sorted)).toEqual(toNested(np.sort(x)))
    expect(toNested(np.putAlongAxis(np.zerosLike(x), order, sorted))).toEqual(toNested(x))
  })
  it('records no more equations for a longer array', () => {
    const equations = (n: number): number => makeProgram((x: Value) => np.take(x, np.array([0, 1], { dtype: 'i32' }), { axis: 0 }))(np.zeros([n])).program.eqns.length
    expect(equations(1000)).toBe(equations(2))
  })
})

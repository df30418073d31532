/** Kernels for rows whose work depends on data agree with the reference, bit for bit where nothing is rounded. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aval, range, type Shape } from '../../src/core/aval.js'
import type { DType } from '../../src/core/dtype.js'
import { NDArray } from '../../src/core/value.js'
import { cumlogsumexpP, cummaxP, cumminP, cumprodP, cumsumP } from '../../src/primitives/cumulative.js'
import { gatherP, type GatherParams, scatterP, type ScatterKind } from '../../src/primitives/gather.js'
import { linearRecurrenceP } from '../../src/primitives/recurrence.js'
import { sortP } from '../../src/primitives/sort.js'
import { apply, type Closed, differences, Draw, dtypes, elements, hasKernels, splits, wasm } from './programs.js'

const words = fc.array(fc.nat(100_000), { minLength: 8, maxLength: 60 })
const check = (make: (d: Draw) => Closed, numRuns: number, close?: Parameters<typeof differences>[1]): void => {
  fc.assert(fc.property(words, w => {
    const d = new Draw(w)
    const c = make(d)
    expect(hasKernels(c)).toBe(true)
    expect(differences(c, close)).toBe(null)
  }), { numRuns })
  fc.assert(fc.property(words, w => { const d = new Draw(w); expect(splits(d, make(d))).toBe(null) }), { numRuns: Math.ceil(numRuns / 4) })
}

// ---- gather and scatter ----------------------------------------------------------------------------------------------

interface Windows { readonly params: GatherParams; readonly x: Shape; readonly indices: Shape; readonly out: Shape; readonly most: number }
const windows = (d: Draw): Windows => {
  const rank = d.below(5)
  const roles = range(rank).map(() => d.of(['batch', 'collapsed', 'window', 'window'] as const))
  const x = range(rank).map(a => (d.below(25) === 0 ? 0 : roles[a] === 'window' && d.below(4) === 0 ? d.of([17, 33, 70]) : 1 + d.below(5)))
  const operandBatchingDims = range(rank).filter(a => roles[a] === 'batch')
  const vectors = d.shuffled([...operandBatchingDims.map(a => ({ a, n: x[a]! })), ...range(d.below(3)).map(() => ({ a: -1, n: d.below(20) === 0 ? 0 : 1 + d.below(9) }))])
  const startIndexMap = d.shuffled(range(rank).filter(a => roles[a] !== 'batch' && d.often(3)))
  const collapsedSliceDims = range(rank).filter(a => roles[a] === 'collapsed')
  const own = range(rank).filter(a => roles[a] === 'window')
  const sliceSizes = range(rank).map(a => (roles[a] === 'window' ? (d.often(2) ? x[a]! : d.below(x[a]! + 1)) : roles[a] === 'batch' ? Math.min(1, x[a]!) : 1))
  const batch = vectors.map(v => v.n), outRank = batch.length + own.length
  const offsetDims = d.shuffled(range(outRank)).slice(0, own.length).sort((a, b) => a - b)
  const out = new Array<number>(outRank)
  offsetDims.forEach((o, i) => { out[o] = sliceSizes[own[i]!]! })
  range(outRank).filter(o => !offsetDims.includes(o)).forEach((o, i) => { out[o] = batch[i]! })
  // only there has a place outside a meaning on an axis without places
  const nowhere = collapsedSliceDims.some(a => x[a] === 0) && !batch.includes(0)
  return {
    x, indices: [...batch, startIndexMap.length], out, most: Math.max(0, ...x),
    params: {
      offsetDims, collapsedSliceDims, operandBatchingDims, startIndicesBatchingDims: operandBatchingDims.map(a => vectors.findIndex(v => v.a === a)),
      startIndexMap, sliceSizes, mode: nowhere ? 'fill' : d.of(['fill', 'clip', 'promise'] as const),
    },
  }
}
/** Mostly inside, but for those that are promised to be. */
const positions = (d: Draw, w: Windows): NDArray => {
  const a = aval('i32', w.indices), { startIndexMap, sliceSizes, mode } = w.params
  const out = new NDArray(a, new Int32Array(a.shape.reduce((n, m) => n * m, 1)))
  out.data.forEach((_, i) => {
    const axis = startIndexMap[i % startIndexMap.length]!, last = w.x[axis]! - sliceSizes[axis]!
    out.data[i] = mode !== 'promise' && d.below(5) === 0 ? d.of([-1, last + 1, -5, 1000, -2147483648, 2147483647]) : d.below(Math.max(1, last + 1))
  })
  return out
}

describe('gather', () => {
  const make = (d: Draw, dtype: DType = d.of(dtypes)): Closed => {
    const w = windows(d)
    const filler = w.params.mode === 'fill' ? [elements(d, aval(dtype, []))] : []
    return apply(d, gatherP, w.params, [elements(d, aval(dtype, w.x)), positions(d, w), ...filler])
  }
  it('gives what the reference gives, in every mode and along any axes', () => check(make, 120))
  it.each(dtypes)('copies rows of every length: %s', dtype => {
    for (const n of [1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255, 300, 1100, 4099]) {
      const d = new Draw([n, 3, 11, 29])
      const params: GatherParams = { offsetDims: [1], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], sliceSizes: [1, n], mode: 'fill' }
      const c = apply(d, gatherP, params, [elements(d, aval(dtype, [5, n])), new NDArray(aval('i32', [6, 1]), Int32Array.of(4, 0, 5, 2, -1, 2)), elements(d, aval(dtype, []))], false)
      expect(differences(c)).toBe(null)
      expect(splits(d, c)).toBe(null)
    }
  })
  it('cuts a few large windows into units', () => {
    const d = new Draw([1, 2, 3, 5, 8])
    const params: GatherParams = { offsetDims: [0], collapsedSliceDims: [], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], sliceSizes: [40000], mode: 'clip' }
    const c = apply(d, gatherP, params, [elements(d, aval('f32', [50001])), new NDArray(aval('i32', [1]), Int32Array.of(777))], false)
    expect(differences(c)).toBe(null)
    expect(splits(d, c)).toBe(null)
  })
})

describe('scatter', () => {
  const make = (d: Draw): Closed => {
    const dtype = d.of(dtypes), w = windows(d)
    const kind = d.of((dtype === 'bool' ? ['set', 'min', 'max'] : ['set', 'add', 'mul', 'min', 'max']) as readonly ScatterKind[])
    const { sliceSizes: _, ...dims } = w.params
    return apply(d, scatterP, { ...dims, kind, uniqueIndices: false }, [elements(d, aval(dtype, w.x)), positions(d, w), elements(d, aval(dtype, w.out))])
  }
  it('gives what the reference gives, of every kind, in every mode and along any axes; what is written twice is written in order', () => check(make, 120))
  it.each(dtypes)('adds, multiplies or chooses in rows of every length: %s', dtype => {
    for (const n of [1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 64, 65, 128, 255, 300, 1100]) {
      for (const kind of (dtype === 'bool' ? ['set', 'min', 'max'] : ['set', 'add', 'mul', 'min', 'max']) as readonly ScatterKind[]) {
        const d = new Draw([n, 3, 11, 29, 5])
        const dims = { offsetDims: [1], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], mode: 'fill' as const }
        // enough to be cut into units
        const rows = n === 300 && kind === 'add' ? 1200 : 6
        const at = Int32Array.from({ length: rows }, (_, i) => [4, 0, 5, 2, -1, 2][i % 6]!)
        const c = apply(d, scatterP, { ...dims, kind, uniqueIndices: false }, [elements(d, aval(dtype, [5, n])), new NDArray(aval('i32', [rows, 1]), at), elements(d, aval(dtype, [rows, n]), [0, -0, 1, -1, 2, 0.5])], false)
        expect(differences(c)).toBe(null)
        if (rows > 6) expect(splits(d, c)).toBe(null)
      }
    }
  })
  it('leaves the array that it changes as it was', () => {
    const dims = { offsetDims: [], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], mode: 'fill' as const }
    const x = new NDArray(aval('f32', [3]), Float32Array.of(1, 2, 3))
    const c = apply(new Draw([1]), scatterP, { ...dims, kind: 'add', uniqueIndices: false }, [x, new NDArray(aval('i32', [2, 1]), Int32Array.of(1, 1)), new NDArray(aval('f32', [2]), Float32Array.of(10, 5))], false)
    expect(differences(c)).toBe(null)
    expect(Array.from(x.data)).toEqual([1, 2, 3])
  })
})

// ---- cumulative folds ------------------------------------------------------------------------------------------------

const sizes = [1, 1, 2, 3, 4, 5, 7, 16, 17, 33]
const small = [0, -0, 1, -1, 0.5, -1.5, 2, 3, 0.25, -0.75]
const shapeWith = (d: Draw): { readonly shape: Shape; readonly axis: number } => {
  const shape = range(1 + d.below(4)).map((_, a) => (d.below(30) === 0 ? 0 : a < 2 ? d.of(sizes) : 1 + d.below(5)))
  return { shape: d.shuffled(shape), axis: d.below(shape.length) }
}
/** Within a few units of the dtype, relative to the greatest number on the way. */
const near = (units: number) => (got: number, want: number, a: { readonly dtype: DType }): boolean =>
  Object.is(got, want) || Math.abs(got - want) <= units * (a.dtype === 'f64' ? 2 ** -52 : 2 ** -23) * Math.max(1, Math.abs(want))
const rows = { cumsum: cumsumP, cumprod: cumprodP, cummax: cummaxP, cummin: cumminP } as const

describe('cumulative folds', () => {
  const numeric: readonly DType[] = ['f32', 'f64', 'i32', 'u32']
  it.each(Object.keys(rows) as (keyof typeof rows)[])('%s gives what the reference gives, along any axis, either way', name => check(d => {
    const { shape, axis } = shapeWith(d)
    return apply(d, rows[name], { axis, reverse: d.below(2) === 0 }, [elements(d, aval(d.of(numeric), shape), small)])
  }, 100))
  it('linearRecurrence too', () => check(d => {
    const { shape, axis } = shapeWith(d)
    const a = aval(d.of(['f32', 'f64']), shape)
    return apply(d, linearRecurrenceP, { axis, reverse: d.below(2) === 0 }, [elements(d, a, small), elements(d, a, small)])
  }, 100))
  it('cumlogsumexp too, where nothing was added and where infinities were', () => check(d => {
    const { shape, axis } = shapeWith(d)
    return apply(d, cumlogsumexpP, { axis, reverse: d.below(2) === 0 }, [elements(d, aval(d.of(['f32', 'f64']), shape), [0, -0, 1, -1, 3, -20, 700, -700, -Infinity, -Infinity])])
  }, 100, near(8)))
  it('sums of a million tenths lose nothing on the way', () => {
    const n = 1 << 20
    const c = apply(new Draw([1]), cumsumP, { axis: 0, reverse: false }, [new NDArray(aval('f32', [n]), new Float32Array(n).fill(0.1))], false)
    expect(Math.abs(wasm.run(c.program, c.ins)[0]!.data[n - 1]! / (n * Math.fround(0.1)) - 1)).toBeLessThan(1e-7)
  })
})

// ---- sorting ---------------------------------------------------------------------------------------------------------

describe('sort', () => {
  it('gives what the reference gives, for any operands and keys: stably, NaN last, zeros in their order', () => check(d => {
    const { shape, axis } = shapeWith(d)
    const xs = range(1 + d.below(4)).map(() => elements(d, aval(d.of(dtypes), shape), d.of([small, [1, 2, 3], [0, -0]])))
    return apply(d, sortP, { axis, numKeys: 1 + d.below(xs.length), descending: d.below(2) === 0 }, xs)
  }, 100))
  it.each(dtypes)('long lines too: %s', dtype => {
    const d = new Draw([3, 1, 4, 15, 92, 653, 5897])
    let state = 1
    const any = (a: ReturnType<typeof aval>): NDArray => {
      const x = elements(d, a)
      for (let i = 0; i < x.data.length; i++) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0
        if (d.below(8) > 0) x.data[i] = dtype === 'bool' ? state >>> 31 : dtype === 'u32' ? state : (state | 0) / (dtype === 'i32' ? 1 : 2 ** (state % 40))
      }
      return x
    }
    for (const shape of [[49], [300], [5, 1000], [1000, 3], [20, 100]]) {
      for (const descending of [false, true]) {
        const a = aval(dtype, shape), axis = shape[0] === 1000 ? 0 : shape.length - 1
        const order = new NDArray(aval('i32', shape), Int32Array.from(any(a).data, (_, i) => i))
        const c = apply(d, sortP, { axis, numKeys: 1, descending }, [any(a), order], false)
        expect(differences(c)).toBe(null)
        const e = apply(d, sortP, { axis, numKeys: 2, descending }, [elements(d, aval('bool', shape)), any(a), order])
        expect(differences(e)).toBe(null)
        if (shape[0] === 20) expect(splits(d, e)).toBe(null)
      }
    }
  })
  it('leaves what is sorted as it is', () => {
    const n = 1000
    const c = apply(new Draw([1]), sortP, { axis: 0, numKeys: 1, descending: false }, [new NDArray(aval('f32', [n]), Float32Array.from({ length: n }, (_, i) => Math.floor(i / 3)))], false)
    expect(differences(c)).toBe(null)
  })
})

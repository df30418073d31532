/** Emitted nests compute what their definition says, point by point. */
import type { Computed } from '../../backends/wasm/target.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocate, type Data, type DType, isFloat } from '../../src/core/dtype.js'
import { type ScalarOp, scalarOps } from '../../src/core/scalar.js'
import { type Expr, type Letter, Pool, resultOf } from '../../src/kernel/expr.js'
import type { Monoid, Nest, Store } from '../../src/kernel/kernel.js'
import { view } from '../../src/kernel/view.js'
import { meaning } from '../../backends/reference/scalars.js'
import { build, nests, same } from './arbitrary.js'
import { evaluate } from './evaluate.js'
import { runNest } from './run.js'

const check = (nest: Nest, given: readonly Data[], pieces = 1, close = same): void => {
  const want = given.map(b => b.slice())
  evaluate(nest, want)
  const { buffers, stray } = runNest(nest, given, 'baseline', pieces)
  expect(stray).toBe(false)
  buffers.forEach((b, k) => b.forEach((x, i) => {
    if (!close(nest.buffers[k]!, x, want[k]![i]!)) expect({ buffer: k, at: i, got: x }).toEqual({ buffer: k, at: i, got: want[k]![i]! })
  }))
}
const elementwise = (buffers: readonly DType[], n: number, value: Expr, extents: readonly number[] = [n]): Nest =>
  ({ tag: 'nest', buffers, extents, reduced: 0, folds: [], stores: [{ view: view(buffers.length - 1, 0, [1]), value, at: 'element' }] })

const edges: Readonly<Record<Computed, readonly number[]>> = {
  f32: [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 7.25, -9, 100, 0.1, 1e-40, -1e-45, 1.17549435e-38, 3.4028234663852886e38, -3.4028234663852886e38, Infinity, -Infinity, NaN, 8388609, 16777217, 2147483648, 4294967296, -2147483904, 1e10, 0.99999994],
  f64: [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 7.25, -9, 100, 0.1, 1e-40, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, Infinity, -Infinity, NaN, 4503599627370497, 2147483647.5, 4294967295.5, -2147483648.5, 1e10],
  i32: [0, 1, -1, 2, 3, -3, 7, 31, 32, 33, -31, 255, 65536, 1000003, 2147483647, -2147483648, -2147483647],
  u32: [0, 1, 2, 3, 7, 31, 32, 33, 255, 65536, 1000003, 2147483647, 2147483648, 4294967295, 4294967294],
  bool: [0, 1],
}
const dtypeNames = Object.keys(edges) as Computed[]
/** All pairs of edge values. */
const pairs = (dtype: Computed): { readonly x: Data; readonly y: Data; readonly n: number } => {
  const list = edges[dtype], n = list.length ** 2
  const x = allocate(dtype, n), y = allocate(dtype, n)
  for (let i = 0; i < n; i++) { x[i] = list[i % list.length]!; y[i] = list[Math.floor(i / list.length)]! }
  return { x, y, n }
}
const exists = (op: ScalarOp, dtype: DType): boolean => { try { meaning(op, dtype)(1, 1, 1); return true } catch { return false } }
const exact: ReadonlySet<Letter> = new Set<Letter>(['identity', 'add', 'sub', 'mul', 'div', 'rem', 'max', 'min', 'nextAfter', 'neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'sqrt', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'isFinite', 'select'])
/** Elementary functions have their own tests; here they must be close, and special where the reference is. */
const near = (dtype: DType, x: number, y: number): boolean => {
  if (Object.is(x, y) || (x !== x && y !== y) || (x === y && isFloat(dtype))) return true
  const normal = dtype === 'f32' ? 1.1754943508222875e-38 : 2.2250738585072014e-308
  return isFloat(dtype) && Math.abs(x - y) <= Math.max((dtype === 'f32' ? 2 ** -20 : 2 ** -48) * Math.abs(y), normal * 2 ** -16)
}

describe('letters', () => {
  for (const op of Object.keys(scalarOps) as ScalarOp[]) {
    for (const dtype of dtypeNames) {
      if (!exists(op, dtype) || op === 'identity') continue
      it(`${op} of ${dtype}`, () => {
        const { x, y, n } = pairs(dtype)
        // the order of a polygamma is a small whole number
        if (op === 'polygamma') for (let i = 0; i < n; i++) x[i] = i % 5
        const p = new Pool()
        const loads = [p.load(dtype, view(0, 0, [1])), p.load(dtype, view(1, 0, [1]))]
        const even = p.load('bool', view(2, 0, [1]))
        const args = op === 'select' ? [even, ...loads] : loads.slice(0, scalarOps[op])
        const flags = Uint8Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 1 : 0))
        const result = resultOf(op, dtype)
        check(elementwise([dtype, dtype, 'bool', result], n, p.apply(op, args)), [x, y, flags, allocate(result, n)], 2, !isFloat(dtype) || exact.has(op) ? (_, a, b) => Object.is(a, b) || (a !== a && b !== b) : near)
      })
    }
  }
  for (const from of dtypeNames) {
    for (const to of dtypeNames) {
      it(`${from} as ${to}`, () => {
        const x = allocate(from, edges[from].length)
        x.set(edges[from])
        const p = new Pool()
        check(elementwise([from, to], x.length, p.convert(p.load(from, view(0, 0, [1])), to)), [x, allocate(to, x.length)])
      })
    }
  }
  for (const [from, to] of [['f32', 'i32'], ['f32', 'u32'], ['i32', 'f32'], ['u32', 'f32'], ['i32', 'u32']] as const) {
    it(`the bits of ${from} as ${to}`, () => {
      const values = edges[from].filter(v => v === v)
      const x = allocate(from, values.length)
      x.set(values)
      const p = new Pool()
      check(elementwise([from, to], x.length, p.bitcast(p.load(from, view(0, 0, [1])), to)), [x, allocate(to, x.length)])
    })
  }
  for (const dtype of ['f32', 'f64'] as const) {
    for (const letter of ['madd', 'bitsAnd', 'bitsOr', 'bitsXor', 'bitsAdd', 'bitsSub', 'bitsShl', 'bitsShr'] as const) {
      it(`${letter} of ${dtype}`, () => {
        const values = [1, -2, 3.5, 100.25, -0.75, 1e-3, 6, 9, 17, -1e10]
        const n = values.length ** 2
        const x = allocate(dtype, n), y = allocate(dtype, n)
        for (let i = 0; i < n; i++) { x[i] = values[i % 10]!; y[i] = values[Math.floor(i / 10)]! }
        const p = new Pool()
        const [a, b] = [p.load(dtype, view(0, 0, [1])), p.load(dtype, view(1, 0, [1]))]
        const args = letter === 'madd' ? [a!, b!, a!] : letter === 'bitsShl' || letter === 'bitsShr' ? [a!, p.constant(dtype, 7)] : [a!, b!]
        check(elementwise([dtype, dtype, dtype], n, p.apply(letter, args)), [x, y, allocate(dtype, n)], 1, letter === 'madd' ? near : same)
      })
    }
  }
  it('shifts by one number for all lanes', () => {
    for (const op of ['shiftLeft', 'shiftRightLogical', 'shiftRightArithmetic'] as const) {
      for (const dtype of ['i32', 'u32'] as const) {
        for (const by of [0, 1, 31, 32, 40, -1]) {
          const x = allocate(dtype, edges[dtype].length), count = allocate(dtype, 1)
          x.set(edges[dtype])
          count[0] = by
          const p = new Pool()
          const load = p.load(dtype, view(0, 0, [1]))
          check(elementwise([dtype, dtype, dtype], x.length, p.apply(op, [load, p.load(dtype, view(1, 0, [0]))])), [x, count, allocate(dtype, x.length)])
          check(elementwise([dtype, dtype], x.length, p.apply(op, [load, p.constant(dtype, count[0]!)])), [x, allocate(dtype, x.length)])
        }
      }
    }
  })
})

const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 1000]
const ramp = (dtype: DType, n: number): Data => {
  const data = allocate(dtype, n)
  for (let i = 0; i < n; i++) data[i] = dtype === 'bool' ? (i * 7) % 3 === 0 ? 1 : 0 : dtype === 'u32' ? (i * 37) % 101 : ((i * 37) % 101) - 50
  return data
}

describe('elementwise', () => {
  it('axes that are cut into blocks', () => {
    for (const n of [20_000, 20_003]) {
      const p = new Pool()
      const [x, y] = [p.load('f32', view(0, 0, [n, 1])), p.load('i32', view(1, 0, [0, 1]))]
      const nest: Nest = {
        tag: 'nest', buffers: ['f32', 'i32', 'f32', 'bool'], extents: [3, n], reduced: 0, folds: [],
        stores: [
          { view: view(2, 0, [n, 1]), value: p.apply('mul', [x, p.convert(p.index('i32', 5, [1, 3]), 'f32')]), at: 'element' },
          { view: view(3, 0, [n, 1]), value: p.apply('lt', [x, p.convert(y, 'f32')]), at: 'element' },
        ],
      }
      check(nest, [ramp('f32', 3 * n), ramp('i32', n), new Float32Array(3 * n), new Uint8Array(3 * n)], 3)
    }
  })
  for (const dtype of dtypeNames) {
    it(`every size and stride of ${dtype}`, () => {
      for (const n of sizes) {
        for (const stride of [0, 1, 2, -1, -2, 3]) {
          for (const into of [1, 2, -1]) {
            const p = new Pool()
            const reach = (s: number): number => (s < 0 && n > 0 ? -s * (n - 1) : 0)
            const nest: Nest = {
              tag: 'nest', buffers: [dtype, dtype], extents: [n], reduced: 0, folds: [],
              stores: [{ view: view(1, reach(into), [into]), value: p.load(dtype, view(0, reach(stride), [stride])), at: 'element' }],
            }
            check(nest, [ramp(dtype, Math.max(1, n * Math.abs(stride))), allocate(dtype, n * Math.abs(into))], 2)
          }
        }
      }
    })
    it(`transposes of ${dtype} with what changes along each axis`, () => {
      for (const [r, c] of [[4, 4], [6, 11], [70, 37]] as const) {
        const p = new Pool()
        const x = p.load(dtype, view(0, 0, [1, c])), row = p.load(dtype, view(1, 0, [1, 0])), column = p.load(dtype, view(2, 0, [0, 1]))
        const place = p.index('i32', 2, [100, 1])
        const nest: Nest = {
          tag: 'nest', buffers: [dtype, dtype, dtype, dtype, 'i32'], extents: [c, r], reduced: 0, folds: [],
          stores: [
            { view: view(3, 0, [r, 1]), value: p.apply('max', [p.apply('min', [x, row]), column]), at: 'element' },
            { view: view(4, 0, [r, 1]), value: p.apply('add', [place, p.convert(x, 'i32')]), at: 'element' },
          ],
        }
        check(nest, [ramp(dtype, r * c), ramp(dtype, c), ramp(dtype, r), allocate(dtype, r * c), new Int32Array(r * c)], 2)
      }
    })
    it(`transposes of ${dtype}`, () => {
      for (const [r, c] of [[1, 7], [3, 5], [8, 9], [40, 33]] as const) {
        const p = new Pool()
        const nest: Nest = {
          tag: 'nest', buffers: [dtype, dtype], extents: [c, r], reduced: 0, folds: [],
          stores: [{ view: view(1, 0, [r, 1]), value: p.load(dtype, view(0, 0, [1, c])), at: 'element' }],
        }
        check(nest, [ramp(dtype, r * c), allocate(dtype, r * c)], 3)
      }
    })
  }
})

describe('folds', () => {
  const monoids: readonly Monoid[] = ['sum', 'prod', 'max', 'min', 'and', 'or', 'argmax', 'argmin']
  const suits = (m: Monoid, d: DType): boolean =>
    m === 'and' || m === 'or' ? !isFloat(d) : m === 'sum' || m === 'prod' ? d !== 'bool' : true
  const small = (dtype: DType, n: number, prod: boolean): Data => {
    const data = ramp(dtype, n)
    // factors near 1 keep products finite
    if (prod && isFloat(dtype)) for (let i = 0; i < n; i++) data[i] = 1 + (((i * 37) % 101) - 50) / 10000
    return data
  }
  for (const monoid of monoids) {
    for (const dtype of dtypeNames.filter(d => suits(monoid, d))) {
      const answer: DType = monoid === 'argmax' || monoid === 'argmin' ? 'i32' : dtype
      const nestOf = (r: number, c: number, inner: boolean): Nest => {
        const p = new Pool()
        const x = p.load(dtype, view(0, 0, inner ? [c, 1] : [1, r]))
        const cancels = monoid === 'sum' && isFloat(dtype)
        return {
          tag: 'nest', buffers: [dtype, answer], extents: [r, c], reduced: 1, folds: [{ monoid, dtype: answer, value: cancels ? p.apply('abs', [x]) : x }],
          stores: [{ view: view(1, 0, [1, 0]), value: p.folded(answer, 0), at: 'folded' }],
        }
      }
      it(`${monoid} of ${dtype}`, () => {
        for (const [r, c] of [[1, 0], [3, 0], [1, 1], [5, 1], [1, 2], [7, 3], [4, 4], [2, 5], [3, 7], [9, 8], [5, 9], [6, 17], [17, 6], [2, 1000], [100, 50]] as const) {
          if (c === 0 && answer !== dtype) continue
          for (const inner of [true, false]) check(nestOf(r, c, inner), [small(dtype, r * c, monoid === 'prod'), allocate(answer, r)], 2)
        }
      })
      if (isFloat(dtype)) {
        it(`${monoid} of ${dtype} with NaN, infinities and zeros`, () => {
          for (const special of [NaN, Infinity, -Infinity, -0]) {
            for (const inner of [true, false]) {
              const data = small(dtype, 5 * 21, monoid === 'prod')
              for (const k of [0, 30, 47, 88, 90]) data[k] = special
              check(nestOf(5, 21, inner), [data, allocate(answer, 5)])
              check(nestOf(5, 21, inner), [allocate(dtype, 105).fill(special), allocate(answer, 5)])
            }
          }
        })
      }
    }
  }
  for (const dtype of ['f32', 'f64', 'i32'] as const) {
    it(`columns of ${dtype} that take turns`, () => {
      for (const [r, c] of [[260, 303], [131, 517]] as const) {
        const p = new Pool()
        const x = p.load(dtype, view(0, 0, [1, c]))
        const scaled = p.apply('mul', [x, p.load(dtype, view(1, 0, [1, 0]))])
        const kinds = [['sum', p.apply('abs', [x])], ['max', scaled], ['prod', p.load(dtype, view(5, 0, [1, c]))], ['argmin', scaled]] as const
        const folds = kinds.map(([monoid, value]) => ({ monoid, dtype: monoid === 'argmin' ? 'i32' as const : dtype, value }))
        const nest: Nest = {
          tag: 'nest', buffers: [dtype, dtype, dtype, dtype, 'i32', dtype, dtype, dtype], extents: [c, r], reduced: 1, folds,
          stores: [
            { view: view(2, 0, [1, c]), value: p.apply('neg', [scaled]), at: 'element' },
            ...[3, 6, 7].map((b, k): Store => ({ view: view(b, 0, [1, 0]), value: p.folded(dtype, k), at: 'folded' })),
            { view: view(4, 0, [1, 0]), value: p.folded('i32', 3), at: 'folded' },
          ],
        }
        const out = (t: DType): Data => allocate(t, c)
        check(nest, [ramp(dtype, r * c), ramp(dtype, c), allocate(dtype, r * c), out(dtype), out('i32'), small(dtype, r * c, true), out(dtype), out(dtype)], 3)
      }
    })
  }
  it('2^22 tenths in f32 sum to within 1e-6 of the truth', () => {
    const n = 2 ** 22
    for (const shape of [[1, n], [1024, 256], [4, 2 ** 16]] as const) {
      for (const inner of [true, false]) {
        const [r, c] = shape
        const p = new Pool()
        const nest: Nest = {
          tag: 'nest', buffers: ['f32', 'f32'], extents: [r, c], reduced: 1, folds: [{ monoid: 'sum', dtype: 'f32', value: p.load('f32', view(0, 0, inner ? [c, 1] : [1, r])) }],
          stores: [{ view: view(1, 0, [1, 0]), value: p.folded('f32', 0), at: 'folded' }],
        }
        const got = runNest(nest, [new Float32Array(r * c).fill(0.1), new Float32Array(r)]).buffers[1]!
        for (const x of got) expect(Math.abs(x / (Math.fround(0.1) * c) - 1)).toBeLessThan(1e-6)
      }
    }
  })
})

describe('starts', () => {
  it('are clamped and move the view', () => {
    for (const at of [-5, 0, 2, 3, 9]) {
      const p = new Pool()
      const nest: Nest = {
        tag: 'nest', buffers: ['i32', 'f32', 'f32'], extents: [4], reduced: 0, folds: [],
        stores: [{ view: view(2, 1, [1]), value: p.load('f32', view(1, 0, [1], [{ buffer: 0, stride: 2, max: 3 }])), at: 'element' } satisfies Store],
      }
      check(nest, [Int32Array.of(at), ramp('f32', 10), new Float32Array(6)])
    }
  })
})

it('a rare value that is the same in all lanes is computed whichever lane asks for it', () => {
  const p = new Pool()
  const [asked, x, y] = [p.load('bool', view(0, 0, [1])), p.load('f32', view(1, 0, [0])), p.load('f32', view(2, 0, [1]))]
  for (let n = 1; n <= 9; n++) {
    for (let only = 0; only < n; only++) {
      const flags = Uint8Array.from({ length: n }, (_, k) => (k === only ? 1 : 0))
      check(elementwise(['bool', 'f32', 'f32', 'f32'], n, p.apply('rare', [asked, p.apply('rem', [x, x]), y])), [flags, Float32Array.of(0), ramp('f32', n), new Float32Array(n)])
    }
  }
})

describe('random nests', () => {
  it('compute what they say', () => {
    fc.assert(fc.property(nests, fc.integer({ min: 1, max: 3 }), (words, pieces) => {
      const { nest, buffers } = build(words)
      check(nest, buffers, pieces)
    }), { numRuns: 40000 })
  })
})

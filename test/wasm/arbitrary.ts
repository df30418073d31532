/** Random well-typed nests with buffers that fit them: any strides, dtypes, folds and stores, over letters whose results are exact. */
import fc from 'fast-check'
import { allocate, type Data, type DType, dtypes, isFloat } from '../../src/core/dtype.js'
import { type Expr, type Letter, Pool } from '../../src/kernel/expr.js'
import type { Fold, Monoid, Nest, Store } from '../../src/kernel/kernel.js'
import { type Start, view, type View } from '../../src/kernel/view.js'

export interface Case { readonly nest: Nest; readonly buffers: readonly Data[] }

const all: readonly DType[] = ['f32', 'f64', 'i32', 'u32', 'bool']
const floats: readonly Letter[] = ['add', 'sub', 'mul', 'div', 'max', 'min', 'rem', 'nextAfter', 'neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'sqrt']
const integers: readonly Letter[] = ['add', 'sub', 'mul', 'div', 'rem', 'pow', 'max', 'min', 'neg', 'abs', 'sign', 'and', 'or', 'xor', 'not', 'shiftLeft', 'shiftRightLogical', 'shiftRightArithmetic', 'populationCount', 'clz']
const truths: readonly Letter[] = ['and', 'or', 'xor', 'not', 'max', 'min', 'eq', 'ne', 'lt', 'le', 'gt', 'ge']
const comparisons: readonly Letter[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge']
const unary: ReadonlySet<Letter> = new Set<Letter>(['neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'sqrt', 'not', 'populationCount', 'clz'])

/** Draws from a stream of random numbers that fast-check shrinks towards 0. */
class Draw {
  private at = 0
  private readonly words: readonly number[]
  constructor(words: readonly number[]) { this.words = words }
  below(n: number): number { return (this.words[this.at++ % this.words.length]! + this.at * 7) % n }
  of<T>(xs: readonly T[]): T { return xs[this.below(xs.length)]! }
}

const numbers: readonly number[] = [0, 1, -1, 2, 3, -7, 0.5, -2.5, 100, -0, 1e-3, 7, 31, 32, 33, 12345, -0.75]
const elements = (d: Draw, dtype: DType, n: number): Data => {
  const data = allocate(dtype, n)
  for (let i = 0; i < n; i++) data[i] = dtype === 'bool' ? d.below(2) : d.below(40) === 0 && isFloat(dtype) ? d.of([NaN, Infinity, -Infinity]) : d.of(numbers)
  return data
}
/** Strides that stay within the elements: dense in some order of the axes, spread out, broadcast and turned round here and there. */
const strided = (d: Draw, extents: readonly number[], loose: boolean): { strides: number[]; offset: number; size: number } => {
  const order = extents.map((_, a) => a)
  for (let k = order.length - 1; k > 0; k--) { const j = d.below(3) === 0 ? d.below(k + 1) : k; [order[k], order[j]] = [order[j]!, order[k]!] }
  const strides = extents.map(() => 0)
  let step = d.below(6) === 0 ? 2 : 1
  for (const a of order.reverse()) {
    strides[a] = loose && d.below(5) === 0 ? 0 : step
    step *= Math.max(1, extents[a]!) + (d.below(8) === 0 ? 1 : 0)
  }
  let offset = d.below(4) === 0 ? 1 + d.below(3) : 0
  extents.forEach((n, a) => { if (d.below(6) === 0 && n > 0) { offset += (n - 1) * strides[a]!; strides[a] = -strides[a]! } })
  return { strides, offset, size: offset + step + d.below(2) }
}

export const build = (words: readonly number[]): Case => {
  const d = new Draw(words)
  const pool = new Pool()
  const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 17, 33]
  const few = [1, 2, 3, 5]
  const spatial = d.below(4), reduced = d.below(3)
  const long = d.below(4)
  const extents = Array.from({ length: spatial + reduced }, (_, k) => (d.below(30) === 0 ? 0 : k === long || k === spatial + reduced - 1 ? d.of(sizes) : d.of(few)))
  const dtypesHere = d.below(2) === 0 ? all.filter(t => t !== 'f64') : all
  const buffers: DType[] = []
  const data: Data[] = []
  const buffer = (dtype: DType, size: number): number => { buffers.push(dtype); data.push(elements(d, dtype, size)); return buffers.length - 1 }
  const views = new Map<string, View>()
  const load = (dtype: DType, axes: number): Expr => {
    const key = `${dtype} ${axes} ${d.below(2)}`
    let v = views.get(key)
    if (!v) {
      const { strides, offset, size } = strided(d, extents.slice(0, axes), true)
      const starts: Start[] = []
      let room = 0
      if (d.below(8) === 0) {
        const max = d.below(3), at = buffer('i32', 1)
        data[at]![0] = d.below(6) - 2
        starts.push({ buffer: at, stride: 2, max })
        room = 2 * max
      }
      v = view(buffer(dtype, size + room), offset, [...strides, ...extents.slice(axes).map(() => 0)], starts)
      views.set(key, v)
    }
    return pool.load(dtype, v)
  }
  const expr = (dtype: DType, depth: number, axes: number): Expr => {
    const k = d.below(12)
    if (depth === 0 || k < 2) {
      if (k === 0) return pool.constant(dtype, dtype === 'bool' ? 1 : dtype === 'f32' || dtype === 'f64' ? 2.5 : 3)
      if (k === 1 && dtype !== 'bool') return pool.index(dtype, d.below(3), extents.map((_, a) => (a < axes ? d.of([0, 1, 5, -2]) : 0)))
      return load(dtype, axes)
    }
    const sub = (t: DType): Expr => expr(t, depth - 1, axes)
    if (k === 2) return pool.convert(sub(d.of(dtypesHere)), dtype)
    if (k === 3) return pool.apply('select', [sub('bool'), sub(dtype), sub(dtype)])
    if (k === 4) return pool.apply('rare', [sub('bool'), sub(dtype), sub(dtype)])
    if (dtype === 'bool') {
      const of = d.of(dtypesHere)
      if (isFloat(of) && k === 5) return pool.apply('isFinite', [sub(of)])
      const letter = d.of(of === 'bool' ? truths : comparisons)
      return pool.apply(letter, unary.has(letter) ? [sub(of)] : [sub(of), sub(of)])
    }
    const letter = d.of(isFloat(dtype) ? floats : integers)
    return pool.apply(letter, unary.has(letter) ? [sub(dtype)] : [sub(dtype), sub(dtype)])
  }
  const out = (dtype: DType, over: readonly number[], total: number): View => {
    const { strides, offset, size } = strided(d, over, false)
    return view(buffer(dtype, size), offset, [...strides, ...Array.from({ length: total - over.length }, () => 0)])
  }
  const rank = spatial + reduced
  const empty = extents.slice(spatial).includes(0)
  const monoids: readonly Monoid[] = ['sum', 'prod', 'max', 'min', 'and', 'or', 'argmax', 'argmin']
  const fold = (): Fold => {
    const monoid = d.of(monoids)
    if (monoid === 'argmax' || monoid === 'argmin') {
      if (reduced === 1 && !empty) return { monoid, dtype: 'i32', value: expr(d.of(dtypesHere), 2, rank) }
      return { monoid: 'max', dtype: 'i32', value: expr('i32', 2, rank) }
    }
    if (monoid === 'and' || monoid === 'or') { const t = d.of(['bool', 'i32', 'u32'] as const); return { monoid, dtype: t, value: expr(t, 2, rank) } }
    const t = d.of(dtypesHere)
    if (t === 'bool') return { monoid: 'max', dtype: t, value: expr(t, 2, rank) }
    // sums without cancellation can be compared by their relative error
    if (isFloat(t) && monoid === 'sum') return { monoid, dtype: t, value: pool.apply('abs', [load(t, rank)]) }
    // great factors and small ones, in another order, are infinite times 0
    if (isFloat(t) && monoid === 'prod') return { monoid, dtype: t, value: pool.apply('min', [pool.apply('abs', [load(t, rank)]), pool.constant(t, 1)]) }
    return { monoid, dtype: t, value: expr(t, 2, rank) }
  }
  const folds = reduced === 0 ? [] : Array.from({ length: 1 + d.below(3) }, fold)
  const stores: Store[] = folds.map((f, k): Store => {
    const folded = pool.folded(f.dtype, k)
    const rounded = isFloat(f.dtype) && (f.monoid === 'sum' || f.monoid === 'prod')
    const value = d.below(2) === 0 ? folded
      : rounded ? pool.apply('mul', [folded, load(f.dtype, spatial)])
        : pool.apply('select', [expr('bool', 1, spatial), folded, expr(f.dtype, 2, spatial)])
    return { view: out(f.dtype, extents.slice(0, spatial), rank), value, at: 'folded' }
  })
  const elementwise = (reduced === 0 ? 1 : 0) + d.below(2)
  for (let k = 0; k < elementwise; k++) { const t = d.of(dtypesHere); stores.push({ view: out(t, extents, rank), value: expr(t, 3, rank), at: 'element' }) }
  return { nest: { tag: 'nest', buffers, extents, reduced, folds, stores }, buffers: data }
}

export const nests: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(1 << 16), { minLength: 8, maxLength: 80 })

/** Equal; floats to within a few roundings of a blocked sum or product. */
export const same = (dtype: DType, x: number, y: number): boolean =>
  Object.is(x, y) || (x !== x && y !== y) || (isFloat(dtype) && Math.abs(x - y) <= (dtype === 'f32' ? 4e-6 : 1e-13) * Math.abs(y) + (dtype === 'f32' ? 1e-44 : 1e-321))
export const bytesOf = (dtype: DType): number => dtypes[dtype].bytes

/** Halves are f32 numbers in kernels: only buffers hold sixteen bits, and what is computed is rounded where a half would be. */
import { type DType } from '../../src/core/dtype.js'
import { bitsOfHalf, halfOfBits } from '../../src/core/half.js'
import { type Expr, type Letter, Pool } from '../../src/kernel/expr.js'
import type { Kernel, Nest } from '../../src/kernel/kernel.js'

const wide = (d: DType): DType => (d === 'f16' ? 'f32' : d)

/** What these answer of halves is a half. */
const exact: ReadonlySet<Letter> = new Set<Letter>(['neg', 'abs', 'sign', 'max', 'min', 'select', 'floor', 'ceil', 'round', 'trunc', 'rem', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'isFinite'])

/**
 * Every letter is rounded by itself, as arrays of halves would be: so one expression has the same numbers in all kernels that compute it, and a
 * maximum is found among them again.
 */
const wideNest = (k: Nest): Nest => {
  const pool = new Pool(), done = new Map<Expr, Expr>()
  const half = (x: Expr): Expr => pool.apply('half', [x])
  const visit = (e: Expr): Expr => {
    let made = done.get(e)
    if (!made) done.set(e, made = widened(e))
    return made
  }
  const widened = (e: Expr): Expr => {
    const narrow = e.dtype === 'f16', d = wide(e.dtype)
    switch (e.tag) {
      case 'load': return pool.load(d, e.view)
      case 'const': return pool.constant(d, e.value)
      case 'index': return narrow ? half(pool.index(d, e.offset, e.strides)) : pool.index(d, e.offset, e.strides)
      case 'folded': return narrow ? half(pool.folded(d, e.fold)) : pool.folded(d, e.fold)
      case 'convert': {
        const x = pool.convert(visit(e.args[0]), d)
        return narrow && e.args[0].dtype !== 'bool' ? half(x) : x
      }
      case 'bitcast': return pool.bitcast(visit(e.args[0]), d)
      case 'apply': {
        const args = e.args.map(visit)
        if (e.of !== 'f16') return pool.apply(e.letter, args)
        if (e.letter === 'nextAfter') return pool.apply('nextHalf', args)
        return exact.has(e.letter) ? pool.apply(e.letter, args) : half(pool.apply(e.letter, args))
      }
      default: return e satisfies never
    }
  }
  return {
    ...k,
    folds: k.folds.map(f => ({ ...f, dtype: wide(f.dtype), value: visit(f.value) })),
    stores: k.stores.map(s => ({ ...s, value: visit(s.value) })),
  }
}
/** The same kernel between f32 numbers; the dtypes of its buffers stay. */
export const inSingles = (k: Kernel): Kernel =>
  (k.tag === 'nest' ? wideNest(k) : k.tag === 'sort' ? { ...k, dtypes: k.dtypes.map(wide) } : { ...k, dtype: wide(k.dtype) })

// ---- on the host -----------------------------------------------------------------------------------------------------

/** Words that so many elements take. */
export const wordCount = (n: number, d: DType): number => (d === 'f16' ? Math.ceil(n / 2) : n)
/** Halves as words, two in each, the first in the low bits. */
export const packHalves = (numbers: ArrayLike<number>): Uint32Array<ArrayBuffer> => {
  const words = new Uint32Array(wordCount(numbers.length, 'f16'))
  for (let i = 0; i < numbers.length; i++) words[i >> 1]! |= bitsOfHalf(numbers[i]!) << 16 * (i & 1)
  return words
}
/** So many halves of words, from the first on or from the second. */
export const unpackHalves = (words: Uint32Array, n: number, from: 0 | 1 = 0): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n }, (_, i) => halfOfBits(words[i + from >> 1]! >>> 16 * (i + from & 1) & 0xffff))

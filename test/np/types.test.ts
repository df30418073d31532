/** Dtypes of results, as the compiler sees them: every assertion here is an exact equality, and agrees with what runs. */
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { dtypes, type DType, promotion } from '../../src/core/dtype.js'
import type { Bool, F16, F32, F64, I32, U32, Value } from '../../src/core/value.js'
import { item, readSync } from '../../src/lib/read.js'
import * as np from '../../src/lib/np/index.js'
import * as tree from '../../src/lib/treeOps.js'
import { grad } from '../../src/transforms/derivatives.js'
import { vmap } from '../../src/transforms/vectorize.js'
import type { Promoted } from '../../src/types/dtype.js'
import type { Sym } from '../../src/types/shape.js'

type Equal<X, Y> = (<G>() => G extends X ? 1 : 2) extends (<G>() => G extends Y ? 1 : 2) ? true : false
/** The value has this dtype when it runs, and exactly the type that `is` names. */
const typed = <X>(x: X, dtype: DType | null): { is: <W>(...proof: Equal<X, W> extends true ? [] : ['the types differ', X, W]) => void } => {
  if (dtype !== null) expect((x as Value).dtype).toBe(dtype)
  return { is: () => undefined }
}

const f32: F32 = np.ones([2]), f64: F64 = np.ones([2], { dtype: 'f64' }), i32: I32 = np.ones([2], { dtype: 'i32' })
const u32: U32 = np.ones([2], { dtype: 'u32' }), bool: Bool = np.array([true, false])
const unknown = np.ones([2]) as Value

describe('promotion', () => {
  it('is the table', () => {
    typed(np.add(f32, f64), 'f64').is<F64>()
    const f16: F16 = np.ones([2], { dtype: 'f16' })
    typed(np.add(f16, i32), 'f16').is<F16>()
    typed(np.multiply(f16, 0.5), 'f16').is<F16>()
    typed(np.mean(f16), 'f16').is<F16<[]>>()
    typed(np.matmul(f16, f32), 'f32').is<F32>()
    typed(np.add(f32, i32), 'f32').is<F32>()
    typed(np.add(i32, u32), 'i32').is<I32>()
    typed(np.add(bool, i32), 'i32').is<I32>()
    typed(np.add(bool, bool), 'bool').is<Bool>()
    typed(np.where(bool, i32, f64), 'f64').is<F64>()
    typed(np.matmul(f32, f64), 'f64').is<F64>()
    type Table = { [A in DType]: { [B in DType]: Promoted<Value<A>, Value<B>> } }
    const exact: Equal<Table, { -readonly [A in DType]: { -readonly [B in DType]: (typeof promotion)[A][B] } }> = true
    expect(exact).toBe(true)
    for (const a of Object.keys(dtypes) as DType[]) for (const b of Object.keys(dtypes) as DType[]) {
      expect(np.maximum(np.ones([1], { dtype: a }), np.ones([1], { dtype: b })).dtype).toBe(promotion[a][b])
    }
  })

  it('knows that numbers are weak, and fractions are not integers', () => {
    typed(np.add(f32, 1), 'f32').is<F32>()
    typed(np.multiply(2.5, f64), 'f64').is<F64>()
    typed(np.add(i32, 1), 'i32').is<I32>()
    typed(np.add(i32, 1.5), 'f32').is<F32>()
    typed(np.add(bool, 2), 'i32').is<I32>()
    typed(np.add(u32, 2), 'u32').is<U32>()
    typed(np.add(u32, 1e-3), 'f32').is<F32>()
    typed(np.add(i32, Math.random() + 0.1), 'f32').is<Value<'i32' | 'f32'>>()
    typed(np.add(1, 2), 'f32').is<F32>()
    typed(np.add(true, i32), 'i32').is<I32>()
    typed(np.sin(1), 'f32').is<F32>()
  })

  it('stays unknown where it is', () => {
    typed(np.add(unknown, f64), 'f64').is<Value>()
    typed(np.sin(unknown), 'f32').is<Value>()
    typed(np.add(unknown, 1), 'f32').is<Value>()
    const known: F32 = unknown, back: Value = f32
    expect([known.dtype, back.dtype]).toEqual(['f32', 'f32'])
  })
})

describe('results', () => {
  it('have the dtype of their kind', () => {
    typed(np.exp(i32), 'f32').is<F32>()
    typed(np.exp(f64), 'f64').is<F64>()
    typed(np.divide(i32, i32), 'f32').is<F32>()
    typed(np.arctan2(i32, f64), 'f64').is<F64>()
    typed(np.less(f32, i32), 'bool').is<Bool>()
    typed(np.isnan(f64), 'bool').is<Bool>()
    typed(np.floorDivide(bool, bool), 'i32').is<I32>()
    typed(np.square(bool), 'i32').is<I32>()
    typed(np.astype(i32, 'f64'), 'f64').is<F64>()
    typed(np.argsort(f64), 'i32').is<I32>()
    typed(np.concatenate([f32, f64]), 'f64').is<F64>()
    typed(np.stack([f32, i32, bool]), 'f32').is<F32>()
    typed(np.einsum('i,i->', f32, f64), 'f64').is<F64>()
    typed(np.reshape(i32, [2, 1]), 'i32').is<I32>()
    typed(np.at(u32, [[0, 1]]), 'u32').is<U32>()
    typed(np.set(f32, 0, 1), 'f32').is<F32>()
    typed(np.cumsum(bool), 'i32').is<I32>()
    typed(np.cumsum(bool, { dtype: 'f64' }), 'f64').is<F64>()
  })

  it('are scalars where everything is folded', () => {
    typed(np.sum(f32), 'f32').is<F32<[]>>()
    typed(np.sum(bool), 'i32').is<I32<[]>>()
    typed(np.sum(f32, { axis: 0 }), 'f32').is<F32>()
    typed(np.sum(f32, { keepdims: true }), 'f32').is<F32>()
    typed(np.sum(i32, { dtype: 'f64' }), 'f64').is<F64<[]>>()
    typed(np.mean(i32), 'f32').is<F32<[]>>()
    typed(np.var(f64), 'f64').is<F64<[]>>()
    typed(np.argmax(f32), 'i32').is<I32<[]>>()
    typed(np.argmax(f32, { axis: 0 }), 'i32').is<I32>()
    typed(np.all(f32), 'bool').is<Bool<[]>>()
    typed(np.max(f32), 'f32').is<F32<[]>>()
  })

  it('are made as asked', () => {
    typed(np.array([[1, 2], [3, 4]]), 'f32').is<F32>()
    typed(np.array([true, false]), 'bool').is<Bool>()
    typed(np.array([1, 2], { dtype: 'f64' }), 'f64').is<F64>()
    typed(np.array(new Int32Array([1])), 'i32').is<I32>()
    typed(np.array([f64, f64]), 'f64').is<F64>()
    typed(np.zeros([2]), 'f32').is<F32>()
    typed(np.zeros([2], { dtype: 'i32' }), 'i32').is<I32>()
    typed(np.zerosLike(i32), 'i32').is<I32>()
    typed(np.arange(3, { dtype: 'u32' }), 'u32').is<U32>()
    typed(np.eye(2, { dtype: 'f64' }), 'f64').is<F64>()
    typed(np.full([2], f64), 'f64').is<F64>()
  })

  it('come back as numbers', () => {
    const n: number = item(np.sum(f32)), b: boolean = item(np.all(f32)), data: Int32Array = readSync(i32)
    expect([n, b, Array.from(data)]).toEqual([2, true, [1, 1]])
    const batch: Sym<'batch'> = np.dim('batch', 2)
    typed(np.assume(np.ones([2, 3]) as F32, [batch, 3]), 'f32').is<Value<'f32', [Sym<'batch'>, 3]>>()
    typed(np.shape(np.assume(np.ones([2, 3]), [2, 3])), null).is<[2, 3]>()
  })
})

describe('data last', () => {
  it('awaits the array', () => {
    typed(pipe(f32, np.subtract(1), np.multiply(i32)), 'f32').is<F32>()
    typed(pipe(i32, np.add(f64), np.reshape([1, 2])), 'f64').is<F64>()
    typed(pipe(f32, np.less(1)), 'bool').is<Bool>()
    typed(pipe(i32, np.astype('f64')), 'f64').is<F64>()
    typed(pipe(i32, np.take(np.array([0], { dtype: 'i32' }), { axis: 0 })), 'i32').is<I32>()
    expect(readSync(pipe(f32, np.subtract(3)))).toEqual(new Float32Array([-2, -2]))
  })
})

/** Helpers that do not know the dtype compile without a cast. */
const halved = <D extends DType>(x: Value<D>): Value => np.multiply(x, 0.5)
const twice = <D extends DType>(x: Value<D>): Value<D> => np.add(x, x)
const shifted = <D extends DType>(x: Value<D>): Value<D> => np.add(x, 1)
const scaled = <X extends Value>(x: X): Value => np.divide(np.subtract(x, np.mean(x)), np.std(x))

describe('helpers', () => {
  it('pass dtypes on', () => {
    typed(twice(i32), 'i32').is<I32>()
    typed(shifted(f64), 'f64').is<F64>()
    expect(halved(f32).dtype).toBe('f32')
    expect(scaled(np.array([1, 2])).dtype).toBe('f32')
  })

  it('refuse what has no meaning', () => {
    // @ts-expect-error a string is no operand
    expect(() => np.add(f32, 'one')).toThrow(/should be an array/)
    // @ts-expect-error nested lists are made arrays first
    expect(() => np.sum([1, 2])).toThrow(/np.array/)
    // @ts-expect-error there is no such dtype
    expect(() => np.zeros([2], { dtype: 'bf16' })).toThrow(/foreseen/)
    // @ts-expect-error f64 is not f32
    const wrong: F32 = np.add(f32, f64)
    // @ts-expect-error comparisons are bools
    const mask: F32 = np.less(f32, 1)
    // @ts-expect-error an index is a whole number, a slice, null, '...', ':' or an array
    expect(() => np.at(f32, [{}])).toThrow(/an index/)
    expect([wrong.dtype, mask.dtype]).toEqual(['f64', 'bool'])
  })
})

describe('functions handed on', () => {
  it('are the ones of two arguments, or of an array and its options', () => {
    const twice: { w: Value } = tree.map(np.add, { w: f32 }, { w: f32 })
    const zeros: { w: Value } = tree.map(np.zerosLike, { w: f32 })
    const more: { w: Value } = tree.map(np.add(1), { w: f32 })
    const mapped: Value = vmap(np.multiply)(f32, f32)
    const greater: Value = vmap(np.greater)(f32, f32)
    const slope: Value = grad(np.multiply)(np.array(2), np.array(3))
    expect([twice.w, zeros.w, more.w, mapped, greater, slope].map(v => [...readSync(v)])).toEqual([[2, 2], [0, 0], [2, 2], [1, 1], [0, 0], [3]])
  })
})

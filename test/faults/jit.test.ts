/** What jit, checkpoint, makeProgram, evalShape and closureConvert refuse; a refused call leaves the cache right. */
import { describe, expect, it } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import { nested, NDArray, type Value } from '../../src/core/value.js'
import { checkpoint, closureConvert, evalShape, jit, makeProgram } from '../../src/higher/jit.js'
import { grad } from '../../src/transforms/derivatives.js'
import { anything, faultOf, refuses } from './refuses.js'

const x = np.array([1, 2])
const read = (v: unknown): unknown => nested(v as NDArray)
const first = (v: Value, _s: unknown): Value => v
const withStatic = jit(first, { staticArgnums: 1 })

describe('jit', () => {
  refuses('no function', 'BadArgument', () => jit(anything(x)), 'jit: the first argument')
  refuses('options that are no record', 'BadArgument', () => jit(first, anything(1)), 'options')
  refuses('a misspelt option', 'BadArgument', () => jit(first, anything({ staticArgs: 1 })), 'options.staticArgs')
  refuses('staticArgnums out of range', 'BadArgument', () => jit(first, { staticArgnums: 2 })(x, x), 'staticArgnums should be the index of one of the 2 arguments')
  refuses('NaN as a static value', 'StaticArgument', () => withStatic(x, NaN), 'argument 1 is NaN')
  refuses('NaN below', 'StaticArgument', () => withStatic(x, { rates: [1, NaN] }), 'argument 1.rates[1] is NaN')
  refuses('an array as a static value', 'StaticArgument', () => withStatic(x, x), 'argument 1 is f32[2]', 'staticArgnums')
  refuses('an array below', 'StaticArgument', () => withStatic(x, { w: x }), 'argument 1.w is f32[2]')
  refuses('a tracer as a static value', 'StaticArgument', () => grad((v: Value) => np.sum(withStatic(v, v)))(x), 'f32[2]')
  refuses('a symbol', 'StaticArgument', () => withStatic(x, Symbol('s')), 'a symbol', 'use a string')
  refuses('a cycle', 'StaticArgument', () => { const a: unknown[] = []; a.push(a); return withStatic(x, a) }, 'nested deeper than 64')
  refuses('a string that is not static', 'BadLeaf', () => jit(first)(x, 'a'), "args[1] is the string 'a'", 'static argument')
  refuses('an async function', 'AsyncTrace', () => jit(anything(async (v: Value) => v))(x), 'jit: the function returned a promise')
  refuses('a promise in the result', 'BadLeaf', () => jit(anything((v: Value) => ({ v, later: Promise.resolve(1) })))(x), 'the result.later is a promise')
  refuses('a result that is a function', 'BadLeaf', () => jit(anything(() => () => x))(x), 'the result is a function')
  refuses('no result', 'BadLeaf', () => jit(anything(() => undefined))(x), 'the result is undefined', 'return forgotten')
  refuses('a recursion without end', 'BadArgument', () => { const f: (v: Value) => Value = jit(function again(v: Value): Value { return f(v) }); return f(x) }, 'jit: again should be a function whose recursion ends', 'whileLoop')
})

describe('static values are told apart', () => {
  it('-0, 0, Infinity, strings, null, undefined, bigints, lists with holes', () => {
    const f = jit((v: Value, s: unknown) => np.multiply(v, typeof s === 'number' && (s > 1 || Object.is(s, -0)) ? 2 : 1), { staticArgnums: 1 })
    const values: unknown[] = [0, -0, Infinity, -Infinity, 'Infinity', '0', null, undefined, 'null', 0n, true, 'true', [], [undefined], [[]], [0, 1], ['0,1'], { a: 1 }, { b: 1 }, [1, [2]], [[1], 2], {}]
    values.forEach((s, n) => {
      expect(read(f(np.array(1), s))).toBe(Object.is(s, -0) || s === Infinity ? 2 : 1)
      expect(f.traces()).toBe(n + 1)
    })
    for (const s of values) f(np.array(1), s)
    expect(f.traces()).toBe(values.length)
    // eslint-disable-next-line no-sparse-arrays
    f(np.array(1), [,])
    expect(f.traces()).toBe(values.length)
  })
  it('equal data by content, functions by identity', () => {
    const f = jit(first, { staticArgnums: 1 })
    f(x, { a: [1, 'b'], c: 2 })
    f(x, { c: 2, a: [1, 'b'] })
    expect(f.traces()).toBe(1)
    f(x, () => 1)
    f(x, () => 1)
    expect(f.traces()).toBe(3)
  })
})

describe('a refused call leaves the cache right', () => {
  it('a function that fails once is traced again', () => {
    let broken = true
    const f = jit((v: Value): Value => { if (broken) np.add(v, np.ones([5])); return np.multiply(v, 2) })
    expect(faultOf(() => f(x)).fault._tag).toBe('ShapeMismatch')
    broken = false
    expect(read(f(x))).toEqual([2, 4])
    broken = true
    expect(read(f(x))).toEqual([2, 4])
  })
  it('a failure at one shape, dtype or static value is none of another', () => {
    const f = jit((v: Value, s: number) => (s === 1 ? np.add(v, np.ones([2])) : np.multiply(v, s)), { staticArgnums: 1 })
    expect(read(f(x, 1))).toEqual([2, 3])
    expect(faultOf(() => f(np.ones([3]), 1)).fault._tag).toBe('ShapeMismatch')
    expect(faultOf(() => f(x, NaN)).fault._tag).toBe('StaticArgument')
    expect(faultOf(() => f(anything('a'), 1)).fault._tag).toBe('BadLeaf')
    expect(read(f(np.ones([3]), 3))).toEqual([3, 3, 3])
    expect(read(f(x, 1))).toEqual([2, 3])
    expect((f(np.array([1, 2], { dtype: 'f64' }), 3) as Value).dtype).toBe('f64')
  })
  it('a closure over a tracer is not kept', () => {
    let scale: Value = np.array(10)
    const f = jit((v: Value) => np.multiply(v, scale))
    expect(read(grad((s: Value) => { scale = s; return np.sum(f(x)) })(np.array(5)))).toBe(3)
    scale = np.array(7)
    expect(read(f(x))).toEqual([7, 14])
  })
})

describe('other ways to a program', () => {
  refuses('checkpoint: no function', 'BadArgument', () => checkpoint(anything(1)), 'checkpoint: the first argument')
  refuses('checkpoint: an async function', 'AsyncTrace', () => checkpoint(anything(async (v: Value) => v))(x), 'checkpoint')
  refuses('checkpoint: a string', 'BadLeaf', () => checkpoint(anything(first))('a'), 'args[0]')
  refuses('makeProgram: no function', 'BadArgument', () => makeProgram(anything(1)), 'makeProgram: the first argument')
  refuses('makeProgram: an async function', 'AsyncTrace', () => makeProgram(async (v: Value) => v)(x), 'makeProgram')
  refuses('evalShape: no function', 'BadArgument', () => evalShape(anything(1), x), 'evalShape: the first argument')
  refuses('evalShape: a wrong shape', 'ShapeMismatch', () => evalShape((v: Value) => np.matmul(v, np.ones([3])), x), '3')
  refuses('closureConvert: no function', 'BadArgument', () => closureConvert(anything(1), x), 'closureConvert: the first argument')
  refuses('closureConvert: without the values', 'BadArgument', () => closureConvert((v: Value) => np.add(v, x), x)[0](x), '1 arrays', '...consts')
  refuses('closureConvert: another structure', 'TreeMismatch', () => closureConvert((v: Value) => np.multiply(v, 2), x)[0]({ x }), 'args[0]')
  refuses('closureConvert: another shape', 'ShapeMismatch', () => closureConvert((v: Value) => np.multiply(v, 2), x)[0](np.ones([3])), 'f32[3]')
})

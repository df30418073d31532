/** Where JavaScript asks a traced value for a number it is refused, never answered with a number that would lose the derivative. */
import { describe, expect, it } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import { concreteOf, nested, numberOf, type Value } from '../../src/core/value.js'
import { checkpoint, evalShape, jit, makeProgram } from '../../src/higher/jit.js'
import { scan } from '../../src/higher/loops.js'
import { grad, jvp, linearTranspose } from '../../src/transforms/derivatives.js'
import { jet } from '../../src/transforms/taylor.js'
import { vmap } from '../../src/transforms/vectorize.js'
import { anything, refuses } from './refuses.js'

const x = np.array(3)
const untyped = (f: (v: any) => unknown): ((v: Value) => Value) => f as never

describe('under jit, vmap, scan and the like', () => {
  refuses('an if', 'NotConcrete', () => jit(untyped(v => (v > 0 ? v : 0)))(x), 'a traced f32[] of jit', 'np.where')
  refuses('an equality', 'NotConcrete', () => jit(untyped(v => (v == 3 ? v : 0)))(x), 'jit')
  refuses('arithmetic', 'NotConcrete', () => jit(untyped(v => v + 1))(x), 'np.add(x, 1)')
  refuses('negation', 'NotConcrete', () => jit(untyped(v => -v))(x), 'jit')
  refuses('Math', 'NotConcrete', () => jit(untyped(v => Math.sin(v)))(x), 'jit')
  refuses('item', 'NotConcrete', () => jit(untyped(v => numberOf(v, 'item')))(x), 'item: a traced f32[] of jit', 'cond')
  refuses('JSON', 'NotConcrete', () => jit(untyped(v => JSON.stringify({ v })))(x), 'JSON: a traced')
  refuses('reading elements', 'NotConcrete', () => jit(untyped(v => nested(concreteOf(v, 'toNested'))))(x), 'toNested: a traced')
  refuses('a loop over rows', 'BadArgument', () => jit(untyped(v => { for (const row of v) return row }))(x), 'scan')
  refuses('spreading', 'BadArgument', () => jit(untyped(v => [...v]))(x), 'iterable')
  refuses('vmap', 'NotConcrete', () => vmap(untyped(v => (numberOf(v, 'item') > 0 ? v : 0)))(np.ones([2])), 'a traced f32[] of vmap')
  refuses('checkpoint', 'NotConcrete', () => checkpoint(untyped(v => (v > 0 ? v : 0)))(x), 'of checkpoint')
  refuses('makeProgram', 'NotConcrete', () => makeProgram(untyped(v => (v > 0 ? v : 0)))(x), 'of makeProgram')
  refuses('evalShape', 'NotConcrete', () => evalShape(untyped(v => (v > 0 ? v : 0)), x), 'of evalShape')
  refuses('linearTranspose', 'NotConcrete', () => linearTranspose(untyped(v => (v > 0 ? v : 0)), x), 'of linearTranspose')
  refuses('scan', 'NotConcrete', () => scan(anything((c: number) => [c > 0 ? c : 0, null]), x, null, { length: 2 }), 'of scan')
  refuses('grad inside jit', 'NotConcrete', () => jit(grad(untyped(v => (numberOf(v, 'item') > 0 ? v : 0))))(x), 'item: a traced f32[] of grad')
  refuses('grad around jit', 'NotConcrete', () => grad(jit(untyped(v => (numberOf(v, 'item') > 0 ? v : 0))))(x), 'of jit')
})

describe('under a derivative of concrete arrays', () => {
  const relu = (v: Value): Value => (numberOf(v, 'item') > 0 ? v : np.array(0))
  it('item gives the number', () => {
    expect(nested(concreteOf(grad(relu)(x), 'test'))).toBe(1)
    expect(nested(concreteOf(grad(relu)(np.array(-3)), 'test'))).toBe(0)
    expect(jvp(relu, [x], [np.array(2)]).map(String)).toEqual(['f32[] 3', 'f32[] 2'])
    expect(String(jet(relu, [x], [[x, x]])[1][0])).toBe('f32[] 3')
  })
  refuses('arithmetic would lose the derivative', 'NotConcrete', () => grad(untyped(v => v * 2))(x), 'is not a JavaScript number', 'item(x) reads it as a constant')
  refuses('so would a sum', 'NotConcrete', () => grad(untyped(v => v + 1))(x), 'np.add(x, 1)')
  refuses('and a comparison looks like arithmetic', 'NotConcrete', () => jvp(untyped(v => (v > 0 ? v : 0)), [x], [x]), 'of jvp')
  refuses('item of several', 'ShapeMismatch', () => grad(untyped(v => numberOf(v, 'item')))(np.ones([2])), 'an array of one element, got f32[2]')
})

describe('concrete arrays', () => {
  it('a scalar is its number, and anything as text', () => {
    expect(anything(x) + 1).toBe(4)
    expect(anything(x) > 2).toBe(true)
    expect(`${x}`).toBe('f32[] 3')
    expect(JSON.stringify({ x, b: np.array([true]) })).toBe('{"x":3,"b":[true]}')
  })
  refuses('several in a comparison', 'ShapeMismatch', () => anything(np.ones([2])) > 0, 'an array of one element', 'np.all')
  refuses('several in arithmetic', 'ShapeMismatch', () => anything(np.ones([2])) + 1, 'np.sum')
  refuses('none in a comparison', 'ShapeMismatch', () => anything(np.ones([0])) > 0, 'f32[0]')
  it('a traced value as text says that it is traced', () => {
    let text = ''
    jit((v: Value) => { text = `${v}`; return v })(x)
    expect(text).toBe('Traced<f32[]>')
  })
})

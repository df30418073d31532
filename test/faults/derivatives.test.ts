/** What grad, valueAndGrad, jvp, vjp, linearize, linearTranspose, the Jacobians, hvp and jet refuse. */
import { describe, expect, it } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import type { Value } from '../../src/core/value.js'
import { grad, jvp, linearize, linearTranspose, valueAndGrad, vjp } from '../../src/transforms/derivatives.js'
import { hessian, hvp, jacfwd, jacrev } from '../../src/transforms/jacobian.js'
import { jet } from '../../src/transforms/taylor.js'
import { anything, faultOf, refuses } from './refuses.js'

const x = np.array([1, 2, 3])
const i = np.array([1, 2, 3], { dtype: 'i32' })
const total = (v: Value): Value => np.sum(v)
const totalOf = (p: { w: Value }): Value => np.sum(p.w)
class Box { constructor(readonly w: unknown) {} }

describe.each([['grad', grad], ['valueAndGrad', valueAndGrad]] as const)('%s', (name, d) => {
  refuses('no function', 'BadArgument', () => d(anything(total(x))), `${name}: the first argument should be a function, got f32[]`)
  refuses('options that are no record', 'BadArgument', () => d(total, anything(1)), 'options should be a record, got 1')
  refuses('a misspelt option', 'BadArgument', () => d(total, anything({ argNums: 1 })), 'options.argNums')
  refuses('a loss that is no scalar', 'NonScalarOutput', () => d((v: Value) => np.multiply(v, 2))(x), 'it returns f32[3]', 'hasAux')
  refuses('an integer loss', 'NonScalarOutput', () => d((v: Value) => np.astype(np.sum(v), 'i32'))(x), 'it returns i32[]')
  refuses('a loss that is a record', 'NonScalarOutput', () => d(anything((v: Value) => ({ loss: np.sum(v) })))(x), 'a record { loss }')
  refuses('no result', 'NonScalarOutput', () => d(anything(() => undefined))(x), 'it returns undefined', 'return forgotten')
  refuses('a pair without hasAux', 'NonScalarOutput', () => d(anything((v: Value) => [np.sum(v), 1]))(x), 'set hasAux')
  refuses('hasAux without a pair', 'BadArgument', () => d(total, { hasAux: true })(x), 'a pair [value, aux]')
  refuses('an integer argument', 'NotDifferentiable', () => d(total)(i), 'the argument is i32[3]', 'argnums')
  refuses('an integer below', 'NotDifferentiable', () => d(anything(totalOf))({ w: x, layers: [{ n: i }] }), 'the argument.layers[0].n is i32[3]')
  refuses('an integer among several', 'NotDifferentiable', () => d((a: Value, _b: Value) => np.sum(a), { argnums: [0, 1] })(x, i), 'args[1] is i32[3]')
  refuses('a bool argument', 'NotDifferentiable', () => d(anything(total))(true), 'the argument is bool[]')
  refuses('argnums out of range', 'BadArgument', () => d(total, { argnums: 1 as 0 })(x), 'argnums should be the index of one of the 1 arguments, got 1')
  refuses('a fractional argnums', 'BadArgument', () => d(total, { argnums: 0.5 as 0 })(x), 'got 0.5')
  refuses('NaN for argnums', 'BadArgument', () => d(total, { argnums: NaN as 0 })(x), 'got NaN')
  refuses('a string for argnums', 'BadArgument', () => d(total, { argnums: anything('0') })(x), "got the string '0'")
  refuses('argnums twice the same', 'BadArgument', () => d(total, { argnums: [0, -1] })(x), 'each argument once')
  refuses('no arguments', 'BadArgument', () => d(anything(total))(), 'there is none')
  refuses('undefined', 'BadLeaf', () => d(anything(total))(undefined), 'the argument is undefined')
  refuses('a bigint', 'BadLeaf', () => d(anything(total))(10n), 'the bigint 10n')
  refuses('a string below', 'BadLeaf', () => d(anything(totalOf))({ w: x, name: 'dense' }), "the argument.name is the string 'dense'")
  refuses('a typed array', 'BadLeaf', () => d(anything(total))(new Float32Array(3)), 'an instance of Float32Array', 'np.array(x)')
  refuses('an instance of a class', 'BadLeaf', () => d(anything(totalOf))({ w: x, box: new Box(x) }), 'the argument.box', 'register(Box')
  refuses('a Map', 'BadLeaf', () => d(anything(totalOf))({ w: x, more: new Map() }), 'register(Map')
  refuses('a hole', 'BadLeaf', () => d(anything((xs: Value[]) => np.sum(xs[0]!)))([x, , x]), 'the argument[1] is a hole')
  refuses('a cycle', 'BadLeaf', () => { const a: unknown[] = [x]; a.push(a); return d(anything((xs: Value[]) => np.sum(xs[0]!)))(a) }, 'the argument[1] is a container that contains itself')
  refuses('a promise for an argument', 'BadLeaf', () => d(anything(total))(Promise.resolve(x)), 'a promise', 'await')
  refuses('an async function', 'AsyncTrace', () => d(anything(async (v: Value) => np.sum(v)))(x), 'a promise', 'await before tracing')
  refuses('a thenable', 'AsyncTrace', () => d(anything((v: Value) => ({ then: () => v })))(x), 'a promise')
  refuses('an async function with aux', 'AsyncTrace', () => d(anything(async (v: Value) => [np.sum(v), 1]), { hasAux: true })(x), 'a promise')
})

describe('the tree that is refused is the one of the call', () => {
  it('an error of the user passes through as it is', () => {
    const own = new TypeError('mine')
    let met: unknown
    try { grad(() => { throw own })() } catch (e) { met = e }
    expect((met as { fault?: unknown }).fault).toBeDefined()
    try { grad((_: Value): Value => { throw own })(x) } catch (e) { met = e }
    expect(met).toBe(own)
  })
  it('a failure inside an async body is nobody\'s unhandled rejection', async () => {
    expect(faultOf(() => grad(anything(async () => { throw new TypeError('late') }))(x as never)).fault._tag).toBe('AsyncTrace')
    await new Promise(done => setTimeout(done, 5))
  })
})

describe('jvp', () => {
  refuses('no function', 'BadArgument', () => jvp(anything(3), [x], [x]), 'jvp: the first argument')
  refuses('primals that are no list', 'BadArgument', () => jvp(total, anything(x), [x]), 'primals should be a list', 'jvp(f, [x], [t])')
  refuses('tangents that are no list', 'BadArgument', () => jvp(total, [x], anything(x)), 'tangents should be a list')
  refuses('one tangent too few', 'TreeMismatch', () => jvp((a: Value, b: Value) => np.add(a, b), [x, x], anything([x])), 'an array of 1 against an array of 2')
  refuses('a tangent of another shape', 'ShapeMismatch', () => jvp(total, [x], [np.array([1, 2])]), 'tangents[0] of type f32[3], got f32[2]')
  refuses('a tangent of another dtype', 'ShapeMismatch', () => jvp(total, [x], [np.array([1, 2, 3], { dtype: 'f64' })]), 'got f64[3]')
  refuses('another structure below', 'TreeMismatch', () => jvp(totalOf, [{ w: x }], anything([{ v: x }])), 'trees differ at tangents[0].v')
  refuses('an async function', 'AsyncTrace', () => jvp(anything(async (v: Value) => v), [x], [x]), 'jvp')
  refuses('a result that is no tree of arrays', 'BadLeaf', () => jvp(anything((v: Value) => ({ y: v, name: 'a' })), [x], [x]), 'the result.name')
})

describe('linearize and vjp', () => {
  refuses('linearize: no function', 'BadArgument', () => linearize(anything(null), x), 'got null')
  refuses('linearize: push of another shape', 'ShapeMismatch', () => linearize(total, x)[1](np.array([1])), 'tangents[0] of type f32[3]')
  refuses('linearize: push of too many', 'TreeMismatch', () => (linearize as unknown as (...a: unknown[]) => any)(total, x)[1](x, x), 'an array of 2 against an array of 1')
  refuses('linearize: an async function', 'AsyncTrace', () => linearize(anything(async (v: Value) => v), x), 'linearize')
  refuses('vjp: no function', 'BadArgument', () => vjp(anything({}), x), 'a record {  }')
  refuses('vjp: a cotangent of another shape', 'ShapeMismatch', () => vjp(total, x)[1](x), 'cotangent of type f32[], got f32[3]')
  refuses('vjp: a cotangent of another structure', 'TreeMismatch', () => vjp((v: Value) => ({ a: v, b: v }), x)[1](anything({ a: x })), 'trees differ at cotangent.b')
  refuses('vjp: an async function', 'AsyncTrace', () => vjp(anything(async (v: Value) => v), x), 'vjp')
})

describe('linearTranspose', () => {
  refuses('no function', 'BadArgument', () => linearTranspose(anything(1), x), 'a function')
  refuses('an integer argument', 'NotDifferentiable', () => linearTranspose((v: Value) => v, i), 'examples[0] is i32[3]')
  refuses('a function that is not linear', 'NotTransposable', () => linearTranspose((v: Value) => np.sin(v), x), 'sin is not linear in operands 0', 'use vjp')
  refuses('a square', 'NotTransposable', () => linearTranspose((v: Value) => np.multiply(v, v), x), 'mul is not linear in operands 0, 1')
  refuses('an affine function', 'NotTransposable', () => linearTranspose((v: Value) => np.add(v, 1), x), 'add')
  refuses('a constant function', 'NotTransposable', () => linearTranspose((_v: Value) => np.ones([2]), x), 'the result')
  refuses('a cotangent of another shape', 'ShapeMismatch', () => linearTranspose((v: Value) => np.multiply(v, 2), x)(np.array(1)), 'cotangent of type f32[3]')
  refuses('an async function', 'AsyncTrace', () => linearTranspose(anything(async (v: Value) => v), x), 'linearTranspose')
})

describe.each([['jacfwd', jacfwd], ['jacrev', jacrev]] as const)('%s', (name, d) => {
  refuses('no function', 'BadArgument', () => d(anything(x)), `${name}: the first argument`)
  refuses('an integer argument', 'NotDifferentiable', () => d((v: Value) => v)(i), 'the argument is i32[3]')
  refuses('argnums out of range', 'BadArgument', () => d((v: Value) => v, { argnums: -2 as 0 })(x), 'got -2')
  refuses('hasAux without a pair', 'BadArgument', () => d(anything((v: Value) => v), { hasAux: true })(x), 'a pair')
  refuses('an async function', 'AsyncTrace', () => d(anything(async (v: Value) => v))(x), name)
  refuses('a misspelt option', 'BadArgument', () => d(total, anything({ hasaux: true })), 'hasaux')
})

describe('hessian, hvp and jet', () => {
  refuses('hessian: no function', 'BadArgument', () => hessian(anything(1)), 'hessian: the first argument')
  refuses('hessian: an integer argument', 'NotDifferentiable', () => hessian(total)(i), 'i32[3]')
  refuses('hessian: hasAux', 'BadArgument', () => hessian(total, anything({ hasAux: true })), 'options.hasAux')
  refuses('hvp: no function', 'BadArgument', () => hvp(anything(1), [x], [x]), 'hvp: the first argument')
  refuses('hvp: primals that are no list', 'BadArgument', () => hvp(total, anything(x), [x]), 'hvp: primals')
  refuses('hvp: not a scalar', 'NonScalarOutput', () => hvp(v => np.multiply(v as Value, 2), [x], [x]), 'f32[3]')
  refuses('jet: no function', 'BadArgument', () => jet(anything(1), [x], [[x]]), 'jet: the first argument')
  refuses('jet: primals that are no list', 'BadArgument', () => jet(total, anything(x), [[x]]), 'jet: primals')
  refuses('jet: series that is no list', 'BadArgument', () => jet(total, [x], anything(x)), 'jet: series')
  refuses('jet: a series that is no list', 'BadArgument', () => jet(total, [x], anything([x])), 'series[0]')
  refuses('jet: no orders', 'BadArgument', () => jet(total, [x], [[]]), 'all of one length')
  refuses('jet: series of two lengths', 'BadArgument', () => jet((a: Value, b: Value) => np.add(a, b), [x, x], [[x, x], [x]]), 'all of one length')
  refuses('jet: a derivative of another shape', 'ShapeMismatch', () => jet(total, [x], [[np.array(1)]]), 'f32[]')
  refuses('jet: an async function', 'AsyncTrace', () => jet(anything(async (v: Value) => v), [x], [[x]]), 'jet')
})

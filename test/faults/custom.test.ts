/** What customDerivative refuses of a rule. */
import { describe, expect, it } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import type { Value } from '../../src/core/value.js'
import { customDerivative } from '../../src/higher/custom.js'
import { jit } from '../../src/higher/jit.js'
import { grad, jvp, vjp } from '../../src/transforms/derivatives.js'
import { jacfwd } from '../../src/transforms/jacobian.js'
import { anything, refuses } from './refuses.js'

const x = np.array(3)
const rule = (more: object) => customDerivative(anything((v: Value) => ({ value: np.multiply(v, v), ...more }))) as (v: Value) => Value
const twoPull = customDerivative((a: Value, b: Value) => ({ value: np.multiply(a, b), pull: (_: Value) => anything(a) }))

describe('customDerivative', () => {
  refuses('no function', 'BadArgument', () => customDerivative(anything(1)), 'customDerivative: the first argument')
  refuses('a rule that answers an array', 'BadArgument', () => customDerivative(anything((v: Value) => v))(x), '{ value, push }')
  refuses('no push and no pull', 'BadArgument', () => rule({})(x), 'got a record { value }')
  refuses('no value', 'BadArgument', () => customDerivative(anything(() => ({ push: (t: Value) => t })))(x), 'a record { push }')
  refuses('a push that is no function', 'BadArgument', () => rule({ push: 2 })(x), 'push should be a function, got 2')
  refuses('a pull that is no function', 'BadArgument', () => rule({ pull: x })(x), 'pull should be a function')
  refuses('an async rule', 'AsyncTrace', () => customDerivative(anything(async (v: Value) => ({ value: v, push: (t: Value) => t })))(x), 'a promise')
  refuses('an async rule under grad', 'AsyncTrace', () => grad(anything(customDerivative(anything(async (v: Value) => ({ value: v })))))(x), 'a promise')
  refuses('an async push', 'AsyncTrace', () => jvp(rule({ push: async (t: Value) => t }), [x], [x]), 'a promise')
  refuses('a value that is a string', 'BadLeaf', () => customDerivative(anything(() => ({ value: 'a', push: (t: Value) => t })))(x), "value is the string 'a'")
  refuses('a push that is not linear', 'NotLinear', () => jvp(rule({ push: (t: Value) => np.square(t) }), [x], [x]), 'the push of customDerivative')
  refuses('a push that is affine', 'NotLinear', () => jvp(rule({ push: (t: Value) => np.add(t, 1) }), [x], [x]), 'held fixed')
  refuses('a push that is constant', 'NotLinear', () => jvp(rule({ push: () => np.array(2) }), [x], [x]), 'does not depend on what push is given')
  refuses('a pull that is not linear', 'NotLinear', () => grad(rule({ pull: (c: Value) => np.exp(c) }))(x), 'the pull of customDerivative')
  refuses('a push of another shape', 'ShapeMismatch', () => jvp(rule({ push: (t: Value) => np.stack([t, t]) }), [x], [x]), 'the result of push of type f32[], got f32[2]')
  refuses('a push of another structure', 'TreeMismatch', () => jvp(rule({ push: (t: Value) => [t] }), [x], [x]), 'the result of push')
  refuses('a pull of another shape', 'ShapeMismatch', () => grad(rule({ pull: (c: Value) => np.stack([c, c]) }))(x), 'the result of pull[0] of type f32[], got f32[2]')
  refuses('a pull for one of two', 'TreeMismatch', () => vjp(twoPull, x, x), 'a list of 2 cotangents', '[dx, dy, ...]')
  refuses('forward mode of a pull', 'NoForwardRule', () => jvp(rule({ pull: (c: Value) => np.multiply(c, 2) }), [x], [x]), 'only a pull', 'give a push')
  refuses('jacfwd of a pull', 'NoForwardRule', () => jacfwd(rule({ pull: (c: Value) => np.multiply(c, 2) }))(x), 'only a pull')
  refuses('a closure over a differentiated value', 'BadArgument', () => grad((s: Value) => customDerivative((v: Value) => ({ value: np.multiply(v, s), push: (t: Value) => np.multiply(t, s) }))(x))(x), 'a function of its arguments alone', 'one more argument')
  refuses('a JavaScript condition under jit', 'NotConcrete', () => jit(customDerivative(anything((v: number) => ({ value: v > 0 ? v : 0, push: (t: Value) => t }))))(x), 'a traced f32[]')
  it('a zero is linear', () => {
    expect(jvp(rule({ push: (t: Value) => np.zerosLike(t) }), [x], [x])).toBeDefined()
    expect(String(grad(rule({ pull: () => np.array(0) }))(x))).toBe('f32[] 0')
    expect(String(grad(rule({ pull: () => 0 }))(x))).toBe('f32[] 0')
  })
})

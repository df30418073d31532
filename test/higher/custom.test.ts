/** A custom derivative with a pull alone may be differentiated forwards once it has been differentiated in reverse. */
import { describe, expect, it } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import { item, toNested } from '../../src/lib/read.js'
import type { Value } from '../../src/core/value.js'
import { customDerivative } from '../../src/higher/custom.js'
import { jit } from '../../src/higher/jit.js'
import { grad, jvp, valueAndGrad } from '../../src/transforms/derivatives.js'
import { hessian, hvp } from '../../src/transforms/jacobian.js'
import { jet } from '../../src/transforms/taylor.js'
import { vmap } from '../../src/transforms/vectorize.js'
import { refuses } from '../faults/refuses.js'

/** |x|² with three halves of its gradient: whose rule was used can be seen. */
const square = customDerivative((x: Value) => ({ value: np.sum(np.square(x)), pull: (ct: Value) => np.multiply(ct, np.multiply(3, x)) }))
const x = np.array([1, 2]), e = np.array([1, 0])

describe('a pull alone', () => {
  it('gives Hessians, their products and jvp of grad, also through jit and vmap', () => {
    const H = [[3, 0], [0, 3]]
    expect(toNested(hessian(square)(x))).toEqual(H)
    expect(toNested(hessian(jit(square))(x))).toEqual(H)
    expect(toNested(jit(hessian(square))(x))).toEqual(H)
    expect(toNested(hvp(square, [x], [e]))).toEqual([3, 0])
    expect(toNested(hvp(jit(square), [x], [e]))).toEqual([3, 0])
    expect(toNested(vmap((v: Value) => hvp(square, [v], [e]))(np.stack([x, x])))).toEqual([[3, 0], [3, 0]])
  })
  it('is kept by reverse mode over reverse mode', () => {
    expect(toNested(grad((v: Value) => valueAndGrad(square)(v)[0])(x))).toEqual([3, 6])
  })
  it('composes with itself as the function it is', () => {
    const wave = customDerivative((a: Value, b: Value) => ({
      value: np.multiply(np.sin(a), b), pull: (ct: Value) => [np.multiply(np.multiply(np.cos(a), b), ct), np.multiply(np.sin(a), ct)],
    }))
    const f = (v: Value): Value => wave(wave(v, np.exp(v)), v)
    const g = (v: Value): Value => np.multiply(np.sin(np.multiply(np.sin(v), np.exp(v))), v)
    const at = np.array(0.4, { dtype: 'f64' }), one = np.array(1, { dtype: 'f64' })
    const third = item(grad(grad(grad(g)))(at)) as number
    expect(item(jvp((v: Value) => jvp(grad(f), [v], [one])[1], [at], [one])[1])).toBeCloseTo(third, 10)
    expect(item(jvp(grad(grad(f)), [at], [one])[1])).toBeCloseTo(third, 10)
    expect(item(jet(grad(f), [at], [[one, np.array(0, { dtype: 'f64' })]])[1][1]!)).toBeCloseTo(third, 10)
  })
  refuses('forward mode of the function itself', 'NoForwardRule', () => jvp(square, [x], [e]), 'give a push as well')
  refuses('forward mode through jit', 'NoForwardRule', () => jvp(jit(square), [x], [e]), 'give a push as well')
})

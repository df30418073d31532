/** A pull that is no derivative on purpose: cotangents are clipped on their way back. */
import { expect, it } from 'vitest'
import { customDerivative, grad, jit, np, toNested, type Value, vmap } from '../../src/index.js'

const clipped = customDerivative((x: Value) => ({ value: x, pull: (ct: Value) => np.clip(ct, -1, 1) }), { linearPull: false })
const f = (x: Value): Value => np.sum(np.multiply(5, np.multiply(clipped(x), np.array([0.1, 1, -3]))))

it('is allowed by name, and used wherever the pull is', () => {
  const x = np.array([1, 2, 3])
  expect(toNested(grad(f)(x))).toEqual([0.5, 1, -1])
  expect(toNested(jit(grad(f))(x))).toEqual([0.5, 1, -1])
  expect(toNested(vmap(grad(f))(np.stack([x, x])))).toEqual([[0.5, 1, -1], [0.5, 1, -1]])
})
it('the refusal of one that was not named tells the name', () => {
  const strict = customDerivative((x: Value) => ({ value: x, pull: (ct: Value) => np.clip(ct, -1, 1) }))
  expect(() => grad((x: Value) => np.sum(strict(x)))(np.array([1]))).toThrow('{ linearPull: false }')
})

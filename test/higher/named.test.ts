/** A named axis reaches into every program that a function holds, also where nothing else tells its rows apart. */
import { expect, it } from 'vitest'
import * as lax from '../../src/lib/lax/index.js'
import * as np from '../../src/lib/np/index.js'
import * as random from '../../src/lib/random/index.js'
import { toNested } from '../../src/lib/read.js'
import type { Value } from '../../src/core/value.js'
import { cond } from '../../src/higher/choice.js'
import { customDerivative } from '../../src/higher/custom.js'
import { checkpoint, jit } from '../../src/higher/jit.js'
import { foriLoop, scan, whileLoop } from '../../src/higher/loops.js'
import { grad } from '../../src/transforms/derivatives.js'
import { vmap } from '../../src/transforms/vectorize.js'
import { expectNear } from '../near.js'

const i32 = { dtype: 'i32' } as const
const place = (): Value => np.astype(lax.axisIndex('i'), 'f32')
const along = (f: () => Value): unknown => toNested(vmap((_x: Value) => f(), { axisName: 'i' })(np.zeros([3])))

it('one’s own place is known inside jit, checkpoint, scan, foriLoop, whileLoop, cond and a custom rule', () => {
  expect(along(() => jit(place)())).toEqual([0, 1, 2])
  expect(along(() => jit(() => jit(place)())())).toEqual([0, 1, 2])
  expect(along(() => checkpoint(place)())).toEqual([0, 1, 2])
  expect(along(() => scan((c: Value) => [np.add(c, place()), null] as const, np.array(0), null, { length: 2 })[0])).toEqual([0, 2, 4])
  expect(along(() => foriLoop(0, 2, (_i, c: Value) => np.add(c, place()), np.array(1)))).toEqual([1, 3, 5])
  expect(along(() => whileLoop((c: Value) => np.less(c, place()), (c: Value) => np.add(c, 1), np.array(0)))).toEqual([0, 1, 2])
  expect(along(() => cond(true, place, () => np.array(0)))).toEqual([0, 1, 2])
  expect(along(() => customDerivative((y: Value) => ({ value: np.multiply(y, place()), push: (t: Value) => np.multiply(t, place()) }))(np.array(2)))).toEqual([0, 2, 4])
})
it('the inner of two axes of one name is meant', () => {
  const inner = vmap((_x: Value) => jit(() => lax.axisIndex('i'))(), { axisName: 'i' })
  expect(toNested(vmap((row: Value) => inner(row), { axisName: 'i' })(np.zeros([2, 3])))).toEqual([[0, 1, 2], [0, 1, 2]])
})
it('sums over it count rows that are alike', () => {
  expect(along(() => jit(() => lax.psum(np.array(2), 'i'))())).toEqual([6, 6, 6])
  expect(along(() => grad((y: Value) => jit((z: Value) => np.multiply(z, place()))(y))(np.array(1)))).toEqual([0, 1, 2])
})
it('so keys are folded apart inside jit', () => {
  const draw = jit((key: Value) => random.normal(random.foldIn(key, lax.axisIndex('i')), []))
  const key = random.key(0)
  const each = [0, 1, 2].map(i => toNested(random.normal(random.foldIn(key, np.array(i, i32)), [])))
  expectNear(toNested(vmap((_x: Value) => draw(key), { axisName: 'i' })(np.zeros([3]))), each)
})

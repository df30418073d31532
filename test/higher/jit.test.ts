/** A jitted function answers as the function itself, whatever was traced before. */
import { expect, it } from 'vitest'
import * as lax from '../../src/lib/lax/index.js'
import * as np from '../../src/lib/np/index.js'
import { toNested } from '../../src/lib/read.js'
import { attempt } from '../../src/core/fault.js'
import type { Value } from '../../src/core/value.js'
import { jit } from '../../src/higher/jit.js'
import { vmap } from '../../src/transforms/vectorize.js'

const mean = jit((x: Value) => lax.pmean(x, 'i'))

it('the size of a named axis belongs to the trace', () => {
  const f = jit((x: Value) => lax.pmean(x, 'i'))
  const over = (xs: readonly number[]): unknown => toNested(vmap((x: Value) => f(x), { axisName: 'i' })(np.array(xs as number[])))
  expect(over([1, 3])).toEqual([2, 2])
  expect(over([1, 2, 3, 6])).toEqual([3, 3, 3, 3])
  expect(over([5, 7])).toEqual([6, 6])
  expect(f.traces()).toBe(2)
})
it('so does its name', () => {
  const f = jit((x: Value) => np.multiply(x, lax.axisSize('i')))
  const g = vmap((row: Value) => vmap((x: Value) => f(x), { axisName: 'i' })(row), { axisName: 'j' })
  const h = vmap((row: Value) => vmap((x: Value) => f(x), { axisName: 'j' })(row), { axisName: 'i' })
  expect(toNested(g(np.ones([2, 3])))).toEqual([[3, 3, 3], [3, 3, 3]])
  expect(toNested(h(np.ones([2, 3])))).toEqual([[2, 2, 2], [2, 2, 2]])
})
it('an axis that was there when it was traced is not there afterwards', () => {
  expect(toNested(vmap((x: Value) => mean(x), { axisName: 'i' })(np.array([1, 3])))).toEqual([2, 2])
  expect(attempt(() => mean(np.array(1)))).toMatchObject({ _tag: 'Left', left: { _tag: 'UnboundAxisName', name: 'i' } })
})

/** Bounds and indices beyond i32 are clamped or refused, and a bound on the steps of a loop holds however its limits are given. */
import { expect, it } from 'vitest'
import * as lax from '../../src/lib/lax/index.js'
import * as np from '../../src/lib/np/index.js'
import { toNested } from '../../src/lib/read.js'
import type { Value } from '../../src/core/value.js'
import { attempt } from '../../src/core/fault.js'
import { switchCase } from '../../src/higher/choice.js'
import { foriLoop } from '../../src/higher/loops.js'

const i32 = { dtype: 'i32' } as const
const count = (_i: Value, c: Value): Value => np.add(c, 1)

it('foriLoop stops at maxSteps with numbers and with arrays for bounds', () => {
  for (const upper of [10, np.array(10, i32)]) {
    expect(toNested(foriLoop(0, upper, count, np.array(0), { maxSteps: 3 }))).toBe(3)
    expect(toNested(foriLoop(0, upper, count, np.array(0), { maxSteps: 30 }))).toBe(10)
    expect(toNested(foriLoop(0, upper, count, np.array(0), { maxSteps: 0 }))).toBe(0)
    expect(attempt(() => foriLoop(0, upper, count, np.array(0), { maxSteps: 2.5 }))).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument', argument: 'maxSteps' } })
  }
})
it('foriLoop refuses bounds that i32 does not hold', () => {
  expect(attempt(() => foriLoop(2 ** 40, 2 ** 40 + 2, count, np.array(0)))).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument', argument: 'lower' } })
})
it('switchCase clamps any whole number', () => {
  const branches = [() => np.array(0), () => np.array(1), () => np.array(2)]
  expect([2 ** 40, 3, 2, -1, -(2 ** 40) - 1].map(i => toNested(switchCase(i, branches)))).toEqual([2, 2, 2, 0, 0])
})
it('lax refuses numbers that the dtype beside them does not hold, and clamps starts', () => {
  const calls: readonly (() => unknown)[] = [() => lax.mul(np.array([1], i32), 2 ** 31), () => lax.add(np.array([1], { dtype: 'u32' }), -1)]
  for (const call of calls) {
    expect(attempt(call)).toMatchObject({ _tag: 'Left', left: { _tag: 'DTypeMismatch' } })
  }
  expect(toNested(lax.dynamicSlice(np.array([1, 2, 3]), [2 ** 32], [2]))).toEqual([2, 3])
})
it('np.pad refuses a value that the dtype does not hold', () => {
  expect(attempt(() => np.pad(np.array([1], i32), 1, { constantValues: 2 ** 31 }))).toMatchObject({ _tag: 'Left', left: { _tag: 'BadArgument' } })
  expect(toNested(np.pad(np.array([1], i32), 1, { constantValues: 16777217 }))).toEqual([16777217, 1, 16777217])
})

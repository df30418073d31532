/** Equations carry the user's line: what a derivative makes of an operation counts as written where the operation was. */
import { expect, test } from 'vitest'
import { aval } from '../../src/core/aval.js'
import type { Program } from '../../src/core/primitive.js'
import { evalProgram } from '../../src/core/program.js'
import { sourceOf } from '../../src/core/source.js'
import type { Value } from '../../src/core/value.js'
import { stage } from '../../src/interpreters/stage.js'
import { mul } from '../../src/primitives/arithmetic.js'
import { scalar } from '../../src/primitives/base.js'
import { sin } from '../../src/primitives/elementary.js'
import { grad } from '../../src/transforms/derivatives.js'

const lineOf = (): number => Number(/marks\.test\.ts:(\d+)/.exec(new Error().stack!.split('\n')[2]!)![1])
let first = 0, second = 0
const f = (x: Value): Value => {
  first = lineOf() + 1
  const s = sin(x)
  second = lineOf() + 1
  return mul(s, s)
}
const x = aval('f64', [])
const lines = (p: Program): readonly number[] => p.eqns.map(e => sourceOf(e.made)?.line ?? 0)

test('a traced function has the lines of its operations', () => {
  const { program } = stage(y => [f(y!)], [x], 'a test', true)
  expect(lines(program)).toEqual([first, second])
})
test('a program that is run again keeps them', () => {
  const { program } = stage(y => [f(y!)], [x], 'a test', true)
  const again = stage(y => evalProgram(program, [y!]), [x], 'a test', true).program
  expect(lines(again)).toEqual([first, second])
})
test('what a derivative makes has a line of the user, and one mark serves all that has none', () => {
  const { program } = stage(y => [grad(f)(y!) as Value], [x], 'a test', true)
  expect(program.eqns.length).toBeGreaterThan(3)
  expect(program.eqns.every(e => sourceOf(e.made)?.file.endsWith('marks.test.ts'))).toBe(true)
  expect(new Set(program.eqns.map(e => e.made)).size).toBeLessThan(program.eqns.length)
})
test('a program that is broken off leaves no line behind', () => {
  const broken = stage(y => [f(y!)], [x], 'a test', true).program
  const fails: Program = { ...broken, eqns: broken.eqns.map(e => ({ ...e, params: { nonsense: true }, ins: [] })) }
  expect(() => evalProgram(fails, [scalar(1, 'f64')])).toThrow()
  expect(lines(stage(y => [f(y!)], [x], 'a test', true).program)).toEqual([first, second])
})

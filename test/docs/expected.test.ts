/** What counts as a claim, and when a result departs from one. */
import { describe, expect, test } from 'vitest'
import { np } from '../../src/index.js'
import { departsFrom, parseClaims } from './expected.js'
import { runCode } from './run.js'

const departs = (comment: string, value: unknown): string | null => {
  const claims = parseClaims(comment)
  if (!claims) throw new RangeError(`prose: ${comment}`)
  return departsFrom(claims, value)
}

describe('claims', () => {
  test.each(['1', '[1, 2]', '[[1.5, -2], [NaN, Infinity]]', '6, [1, 3, 6]', "{ shape: [3], dtype: 'f32' }", "'text'", 'true', '[]', 'null', '1e-5'])('%s is a claim', c => {
    expect(parseClaims(c)).not.toBeNull()
  })
  test.each(['one', '1 + 2', '[1, 2', 'g(x) = 3', '3rd', '2 of them', '[1, 2] and more', '', '1.2.3', '{ a, b }'])('%s is prose', c => {
    expect(parseClaims(c)).toBeNull()
  })
})

describe('comparison', () => {
  test('fewer than three decimals mean the number itself', () => {
    expect(departs('0.1', np.array(0.1))).toBeNull()
    expect(departs('0.33', np.array(1 / 3))).not.toBeNull()
    expect(departs('3', np.array(3.001))).not.toBeNull()
  })
  test('three decimals or more are rounded digits', () => {
    expect(departs('0.333', np.array(1 / 3))).toBeNull()
    expect(departs('0.334', np.array(1 / 3))).not.toBeNull()
    expect(departs('1.2e-5', np.array(1.23e-5))).toBeNull()
    expect(departs('1.3e-5', np.array(1.23e-5))).not.toBeNull()
  })
  test('shapes, signs of zero, names and kinds count', () => {
    expect(departs('[1, 2]', np.array([1, 2, 3]))).not.toBeNull()
    expect(departs('[[1, 2]]', np.array([1, 2]))).not.toBeNull()
    expect(departs('0', np.array(-0))).toBeNull()
    expect(departs('-0', np.array(0))).not.toBeNull()
    expect(departs('-0', np.array(-0))).toBeNull()
    expect(departs('NaN', np.array(NaN))).toBeNull()
    expect(departs('0', np.array(NaN))).not.toBeNull()
    expect(departs('true', np.array(true))).toBeNull()
    expect(departs('1', np.array(true))).not.toBeNull()
    expect(departs('{ w: 1 }', { w: np.array(1), b: np.array(2) })).not.toBeNull()
    expect(departs('1, 2', [np.array(1), np.array(2)])).toBeNull()
    expect(departs('1, 2', [np.array(2), np.array(1)])).not.toBeNull()
  })
})

describe('running', () => {
  test('a wrong claim is a failure with its line', async () => {
    const { failures, compared } = await runCode('const x = 1   // 1\nx + 1   // 3\nconst y = [x, 5]   // 1, 5', 10)
    expect(compared).toBe(3)
    expect(failures).toEqual([{ line: 11, problem: 'the result should be 3, is 2' }])
  })
  test('patterns are claimed by their names', async () => {
    expect((await runCode('const [a, [b, c]] = [1, [2, 3]]   // 1, [2, 3]\nconst { d } = { d: 4 }   // { d: 4 }')).failures).toEqual([])
    expect((await runCode('const [a, [b, c]] = [1, [2, 3]]   // 1, [2, 4]')).failures).toHaveLength(1)
  })
  test('what throws is a failure, and what is printed is kept', async () => {
    const { failures, printed } = await runCode('console.log(\'a\\nb\')\nnull.x')
    expect(printed).toEqual(['a', 'b'])
    expect(failures).toHaveLength(1)
    expect(failures[0]!.line).toBe(2)
  })
})

/** The tour runs from its first block to its last, and answers and prints what it says. */
import { expect, test } from 'vitest'
import { blocksOf, printedOf, read, sourceOf } from './markdown.js'
import { runCode } from './run.js'

const page = read('docs/tour.md')

test('the tour answers what its comments say and prints what its text blocks say', async () => {
  const { failures, compared, printed } = await runCode(sourceOf(page))
  expect(failures.map(f => `docs/tour.md:${f.line} ${f.problem}`)).toEqual([])
  expect(printed).toEqual(printedOf(page))
  expect(compared).toBeGreaterThanOrEqual(55)
  expect(blocksOf(page).every(b => b.lang === 'ts' || b.lang === 'text')).toBe(true)
})

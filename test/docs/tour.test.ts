/** The tour and its companion run from their first block to their last, and answer and print what they say. */
import { expect, test } from 'vitest'
import { blocksOf, printedOf, read, sourceOf } from './markdown.js'
import { runCode } from './run.js'

test.each([['docs/tour.md', 60], ['docs/from-scratch.md', 8]] as const)('%s answers what its comments say and prints what its text blocks say', async (name, claims) => {
  const page = read(name)
  const { failures, compared, printed } = await runCode(sourceOf(page))
  expect(failures.map(f => `${name}:${f.line} ${f.problem}`)).toEqual([])
  expect(printed).toEqual(printedOf(page))
  expect(compared).toBeGreaterThanOrEqual(claims)
  expect(blocksOf(page).every(b => b.lang === 'ts' || b.lang === 'text')).toBe(true)
})

/** Every @example of the sources runs, and what it claims is so. */
import { expect, test } from 'vitest'
import { examples } from './docstrings.js'
import { runCode } from './run.js'
import { scopeOf } from './scope.js'

test('examples of docstrings run and answer what they say', async () => {
  const failures: string[] = []
  let compared = 0
  for (const { file, line, code } of examples) {
    const report = await runCode(code, line, await scopeOf(file))
    compared += report.compared
    failures.push(...report.failures.map(f => `${file}:${f.line} ${f.problem}`))
  }
  console.log(`${examples.length} examples ran, ${compared} results compared`)
  expect(failures).toEqual([])
  expect(examples.length).toBeGreaterThanOrEqual(540)
  expect(compared).toBeGreaterThanOrEqual(530)
})

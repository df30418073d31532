/** Every small example runs and prints what its last lines say. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as cotangent from '../../src/index.js'
import { read, root } from './markdown.js'
import { runCode } from './run.js'

const names = readdirSync(new URL('docs/examples/', root)).filter(f => f.endsWith('.ts'))

test('there are examples', () => { expect(names.length).toBeGreaterThanOrEqual(4) })

test.each(names)('%s prints what it says', async name => {
  const code = read(`docs/examples/${name}`)
  const said = [...code.matchAll(/^\/\/ prints: (.*)$/gm)].map(m => m[1])
  const { failures, printed } = await runCode(code, 1, {}, { '../../src/index.js': cotangent })
  expect(failures).toEqual([])
  expect(printed).toEqual(said)
  expect(said.length).toBeGreaterThan(0)
})

/** Every public function of np is documented with an example, which the tests of the documentation run. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import * as np from '../../src/lib/np/index.js'

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../src/lib/np')
const documented: ReadonlyMap<string, string> = new Map(readdirSync(folder).flatMap(file =>
  [...readFileSync(join(folder, file), 'utf8').matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:export )?const (\w+)/g)].map(m => [m[2]!, m[1]!] as const)))
const spelt: Readonly<Record<string, string>> = { var: 'var_' }

test('every function has a sentence and an example with its answer', () => {
  const functions = Object.entries(np).filter(([, f]) => typeof f === 'function').map(([name]) => name)
  const lacking = functions.filter(name => !/@example np\..*   \/\/ /.test(documented.get(spelt[name] ?? name) ?? ''))
  expect(lacking).toEqual([])
  expect(functions.length).toBeGreaterThan(220)
})

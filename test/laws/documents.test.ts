/** The generated documents are those of the tables as they are, and every law has a name and a statement of its own. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { families, laws } from '../../laws/index.js'
import { lawsDocument, primitivesDocument } from '../../laws/matrix.js'

const docs = join(dirname(fileURLToPath(import.meta.url)), '../../docs')
const read = (name: string): string => readFileSync(join(docs, name), 'utf8')

test('docs/primitives.md is up to date (npm run docs:generate)', () => { expect(read('primitives.md')).toBe(primitivesDocument()) })
test('docs/laws.md is up to date (npm run docs:generate)', () => { expect(read('laws.md')).toBe(lawsDocument()) })
test('laws have names and statements of their own, and are all listed', () => {
  expect(new Set(laws.map(l => l.name)).size).toBe(laws.length)
  for (const l of laws) expect(l.statement.length, l.name).toBeGreaterThan(4)
  expect(laws.length).toBe(Object.values(families).reduce((n, f) => n + f.laws.length, 0))
  expect(laws.length).toBeGreaterThan(150)
})

test('every family of laws is held by some test', () => {
  const here = dirname(fileURLToPath(import.meta.url))
  const held = new Set(readdirSync(here).flatMap(f => [...readFileSync(join(here, f), 'utf8').matchAll(/hold\('(\w+)'/g)].map(m => m[1])))
  expect(Object.keys(families).filter(name => !held.has(name))).toEqual([])
})

/** The list of mutants fits the sources, and every row has two that must die. */
import { expect, test } from 'vitest'
import { rowNames } from '../src/higher/table.js'
import { mutants } from './mutants/list/index.js'
import { mutate } from './mutants/mutant.js'

test('every mutant applies to its file', () => {
  expect(mutants.flatMap(m => { const r = mutate(m); return 'problem' in r ? [r.problem] : [] })).toEqual([])
})
test('each has a name of its own', () => {
  const ids = mutants.map(m => m.id)
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
})
test('every row has two that must die, named after it', () => {
  const few = rowNames.filter(n => mutants.filter(m => m.equivalent === null && m.id.toLowerCase().startsWith(`${n.toLowerCase()}-`)).length < 2)
  expect(few).toEqual([])
})

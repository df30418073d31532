/** Every piece of code in the documentation is valid under the strict compiler, and every public function has some. */
import { expect, test } from 'vitest'
import { examples } from './docstrings.js'
import { pages } from './pages.js'
import { read, sourceOf } from './markdown.js'
import { headOf } from './scope.js'
import { checked, freeNames, type Virtual } from './typecheck.js'

const docstrings = await Promise.all(examples.map(async ({ file, line, code }): Promise<Virtual> => {
  const head = await headOf(file, freeNames(code))
  return { name: file, code: `${'\n'.repeat(line - 1)}${head}${code}\nexport {}` }
}))
const { errors, withoutExample } = checked([...pages.map(name => ({ name, code: `${sourceOf(read(name))}\nexport {}` })), ...docstrings])

test('the code of pages and docstrings type-checks', () => {
  expect(errors).toEqual([])
})

test('every public function has an example', () => {
  expect(withoutExample).toEqual([])
})

/** Every piece of code in the documentation is valid under the strict compiler. */
import { expect, test } from 'vitest'
import { examples } from './docstrings.js'
import { pages } from './pages.js'
import { read, sourceOf } from './markdown.js'
import { headOf } from './scope.js'
import { freeNames, typeErrors, type Virtual } from './typecheck.js'

test('the code of pages and docstrings type-checks', () => {
  const docstrings = examples.map(({ file, line, code }): Virtual => {
    const head = headOf(file, freeNames(code))
    return { name: file, code: `${'\n'.repeat(line - 1)}${head}${code}\nexport {}` }
  })
  expect(typeErrors([...pages.map(name => ({ name, code: `${sourceOf(read(name))}\nexport {}` })), ...docstrings])).toEqual([])
})

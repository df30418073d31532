/** What the example of a docstring finds in scope: the public names; inside the library also the names of its own folder. */
import * as either from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as option from 'fp-ts/lib/Option.js'
import * as state from 'fp-ts/lib/State.js'
import * as cotangent from '../../src/index.js'
import * as contract from '../../src/primitives/contract.js'
import * as fpTree from '../../src/tree/fpTree.js'
import * as trees from '../../src/tree/index.js'

const isNumber = (x: unknown): x is number => typeof x === 'number'
export const publicScope: Readonly<Record<string, unknown>> = { ...cotangent, pipe, State: state, E: either }

/** Folders whose functions are not public, and what their examples may name. */
const inside: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'src/tree/': { ...trees, traverse: fpTree.traverse, isNumber, O: option },
  'src/primitives/contract.ts': contract,
}
export const scopeOf = (file: string): Readonly<Record<string, unknown>> =>
  Object.entries(inside).reduce((scope, [folder, names]) => (file.startsWith(folder) ? { ...scope, ...names } : scope), publicScope)

/** The same as imports, for the compiler. */
export const headOf = (file: string, free: ReadonlySet<string>): string => {
  const from = (names: Iterable<string>, module: string): string => {
    const used = [...names].filter(n => free.has(n))
    return used.length ? `import { ${used.join(', ')} } from '${module}'; ` : ''
  }
  const head = [
    from(['pipe'], 'fp-ts/lib/function.js'),
    free.has('State') ? "import * as State from 'fp-ts/lib/State.js'; " : '',
    free.has('E') ? "import * as E from 'fp-ts/lib/Either.js'; " : '',
  ]
  if (file.startsWith('src/tree/')) {
    const own = Object.keys(trees)
    head.push(from(own, '#src/tree/index.ts'), from(['traverse'], '#src/tree/fpTree.ts'), from(['np', 'Value'], 'cotangent'), from(['Leaves'], '#src/tree/types.ts'),
      free.has('O') ? "import * as O from 'fp-ts/lib/Option.js'; " : '', free.has('isNumber') ? "const isNumber = (x: unknown): x is number => typeof x === 'number'; " : '')
  } else if (file === 'src/primitives/contract.ts') head.push(from(Object.keys(contract), '#src/primitives/contract.ts'), from(['np'], 'cotangent'))
  else {
    head.push(from([...Object.keys(cotangent), 'Value'], 'cotangent'))
    for (const n of ['lax', 'special']) if (free.has(n) && !(n in cotangent)) head.push(`import * as ${n} from 'cotangent/${n}'; `)
  }
  return head.join('')
}

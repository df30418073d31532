/** What the example of a docstring finds in scope: the public names; in folders that are not public also the names of its own file. */
import * as either from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as option from 'fp-ts/lib/Option.js'
import * as state from 'fp-ts/lib/State.js'
import * as cotangent from '../../src/index.js'
import { root } from './markdown.js'

type Names = Readonly<Record<string, unknown>>

const isNumber = (x: unknown): x is number => typeof x === 'number'
const publicScope: Names = { ...cotangent, pipe, State: state, E: either }

/** Folders whose functions users do not call, and what else their examples may name. */
const inside: Readonly<Record<string, readonly string[]>> = {
  'src/tree/': ['src/tree/index.ts'], 'src/primitives/': [], 'src/codec/': [], 'src/optimise/': [],
}
const sourcesFor = (file: string): readonly string[] => {
  const folder = Object.keys(inside).find(f => file.startsWith(f))
  return folder === undefined ? [] : [file, ...inside[folder]!]
}
const load = async (file: string): Promise<Names> => await import(new URL(file, root).href) as Names

export const scopeOf = async (file: string): Promise<Names> => {
  if (file.startsWith('laws/')) return { ...publicScope, laws: await load('laws/index.ts') }
  const own = await Promise.all(sourcesFor(file).map(load))
  return Object.assign({}, publicScope, own.length ? { isNumber, O: option } : {}, ...own) as Names
}

/** The same as imports, for the compiler: what is free in the code, each name from the nearest place. */
export const headOf = async (file: string, free: ReadonlySet<string>): Promise<string> => {
  const left = new Set(free)
  const from = (names: Iterable<string>, module: string): string => {
    const used = [...names].filter(n => left.delete(n))
    return used.length ? `import { ${used.join(', ')} } from '${module}'; ` : ''
  }
  const all = (name: string, module: string): string => (left.delete(name) ? `import * as ${name} from '${module}'; ` : '')
  const own = await Promise.all(sourcesFor(file).map(async f => from(Object.keys(await load(f)), `#${f}`)))
  return [
    ...own,
    file.startsWith('src/tree/') ? from(['Leaves'], '#src/tree/types.ts') : '',
    own.length && left.delete('isNumber') ? 'const isNumber = (x: unknown): x is number => typeof x === \'number\'; ' : '',
    from([...Object.keys(cotangent), 'Value'], 'cotangent'),
    from(['pipe'], 'fp-ts/lib/function.js'), all('State', 'fp-ts/lib/State.js'), all('E', 'fp-ts/lib/Either.js'), all('O', 'fp-ts/lib/Option.js'), all('laws', 'cotangent/laws'),
  ].join('')
}

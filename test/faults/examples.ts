/** The examples of docs/errors.md, each run as a file of a user's own. */
import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import * as library from '../../src/index.js'
import { reference } from '../../backends/reference/index.js'
import { Heap } from '../../backends/wasm/heap.js'
import { Residency } from '../../backends/wasm/residency.js'
import { residing } from '../../backends/wasm/residing.js'
import { onBackend } from '../../src/runtime/default.js'
import { FaultError } from '../../src/core/fault.js'

export const page = new URL('../../docs/errors.md', import.meta.url)

export interface Section { readonly tag: string; readonly example: string; readonly message: string | null; readonly wayOut: boolean }
export const sections = (): readonly Section[] => readFileSync(page, 'utf8').split(/^## /m).slice(1).map(text => ({
  tag: text.slice(0, text.indexOf('\n')),
  example: /```js\n([\s\S]*?)```/.exec(text)?.[1] ?? '',
  message: /```text\n([\s\S]*?)\n```/.exec(text)?.[1] ?? null,
  wayOut: text.includes('**Way out.**'),
}))

/** Runs an example as `example.js`, whose first line is line 1, in a memory of its own. */
export const run = (example: string): FaultError => {
  const names = Object.keys(library)
  try {
    const call = compileFunction(example, names, { filename: 'example.js' })
    onBackend(residing(reference, new Residency(new Heap())), () => call(...names.map(name => (library as Record<string, unknown>)[name])))
  } catch (e) {
    if (e instanceof FaultError) return e
    throw e
  }
  throw new Error('nothing was refused')
}

/** Variables are numbered as programs are made: a message shows them from v0 on, in order of appearance. */
export const renumbered = (message: string): string => {
  const names = new Map<string, string>()
  return message.replace(/\bv\d+\b/g, v => { if (!names.has(v)) names.set(v, `v${names.size}`); return names.get(v)! })
}

/** A mutant is our own source with one piece of text replaced: a bug that a law must find. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Mutant {
  readonly id: string
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** What is wrong now. */
  readonly why: string
  /** Why no law can tell it from the original, where none can. */
  readonly equivalent: string | null
}
type Planted = readonly [id: string, find: string, replace: string, why: string, equivalent?: string]
export const plant = (file: string, planted: readonly Planted[]): readonly Mutant[] =>
  planted.map(([id, find, replace, why, equivalent]) => ({ id, file, find, replace, why, equivalent: equivalent ?? null }))

/** Is it found by what a device computes? */
export const onDevice = (m: Mutant): boolean => m.file.startsWith('backends/webgpu/')
export const pathOf = (m: Mutant): string => join(root, m.file)
/** The mutated text, or why the mutant does not fit its file. */
export const mutate = (m: Mutant): { readonly text: string } | { readonly problem: string } => {
  const source = readFileSync(pathOf(m), 'utf8')
  const pieces = source.split(m.find)
  if (pieces.length !== 2) return { problem: `${m.id}: its text stands ${pieces.length - 1} times in ${m.file}, it must stand there once:\n  ${m.find}` }
  if (m.find === m.replace) return { problem: `${m.id}: nothing is replaced` }
  return { text: pieces.join(m.replace) }
}

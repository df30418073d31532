/** Every example of a docstring, with where it stands and whose it is. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { root } from './markdown.js'

export interface Example { readonly file: string; readonly line: number; readonly code: string }

const sources = (folder: string): readonly string[] => readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
  .filter(f => f.endsWith('.ts')).map(f => `${folder}${f.replaceAll('\\', '/')}`).sort()

const examplesIn = (file: string): readonly Example[] => {
  const lines = readFileSync(fileURLToPath(new URL(file, root)), 'utf8').split('\n')
  const found: Example[] = []
  for (let i = 0; i < lines.length; i++) {
    const tag = /^(\s*\*\s|\s*\/\*\*\s*)@example(.*)$/.exec(lines[i]!)
    if (!tag) continue
    const line = i + 1
    const body = [tag[2]!.replace(/\*\/\s*$/, '').replace(/^ /, '')]
    if (!/\*\/\s*$/.test(tag[2]!)) {
      while (++i < lines.length && !/^\s*\*\//.test(lines[i]!) && !/^\s*\*\s@/.test(lines[i]!)) body.push(lines[i]!.replace(/^\s*\* ?/, '').replace(/\*\/\s*$/, ''))
      i--
    }
    found.push({ file, line, code: body.filter(l => !/^```/.test(l)).join('\n') })
  }
  return found
}

export const examples: readonly Example[] = ['src/', 'laws/'].flatMap(f => sources(f)).flatMap(examplesIn)

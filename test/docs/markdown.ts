/** A page of documentation is one program: its `ts` blocks in order share a scope, a `text` block says what the block before it printed. */
import { readFileSync } from 'node:fs'

export interface Block { readonly lang: string; readonly code: string; readonly line: number }

export const root = new URL('../../', import.meta.url)
export const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

export const blocksOf = (markdown: string): readonly Block[] => {
  const blocks: Block[] = []
  const lines = markdown.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const open = /^```(\w*)\s*$/.exec(lines[i]!)
    if (!open) continue
    const from = i + 1
    while (++i < lines.length && lines[i] !== '```');
    blocks.push({ lang: open[1]!, code: lines.slice(from, i).join('\n'), line: from + 1 })
  }
  return blocks
}

/** All `ts` blocks as one source whose line numbers are the page's. */
export const sourceOf = (markdown: string): string => {
  const out: string[] = []
  for (const { lang, code, line } of blocksOf(markdown)) {
    if (lang !== 'ts') continue
    while (out.length < line - 1) out.push('')
    out.push(...code.split('\n'))
  }
  return out.join('\n')
}

/** What the page says its blocks print, one line after the other. */
export const printedOf = (markdown: string): readonly string[] =>
  blocksOf(markdown).filter(b => b.lang === 'text').flatMap(b => b.code.split('\n'))

/** Targets of relative links. */
export const linksOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(m => m[1]!).filter(l => !/^[a-z]+:/.test(l))

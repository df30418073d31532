/** docs/errors.md has a section for every tag, whose example gives that fault, with that message, on that line. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dispatchState } from '../../src/core/interp.js'
import { page, renumbered, run, sections } from './examples.js'

const tags = [...readFileSync(new URL('../../src/core/fault.ts', import.meta.url), 'utf8').matchAll(/On<'(\w+)'>/g)].map(m => m[1]!)
const all = sections()

describe('docs/errors.md', () => {
  it('has a section for every tag of fault.ts, and no other', () => {
    expect(tags.length).toBeGreaterThan(20)
    expect(all.map(s => s.tag).sort()).toEqual([...tags].sort())
  })
  it('lists every section in its table', () => {
    const text = readFileSync(page, 'utf8')
    for (const tag of tags) expect(text).toContain(`[${tag}](#${tag.toLowerCase()})`)
  })
  it.each(all)('$tag', ({ tag, example, message, wayOut }) => {
    const before = dispatchState() as readonly unknown[]
    const e = run(example)
    expect(e.fault._tag).toBe(tag)
    expect(e.at!.file).toBe('example.js')
    expect(e.message).toContain(`  at example.js:${e.at!.line}:`)
    expect(renumbered(e.message)).toBe(message)
    expect(e.message).toContain(`docs/errors.md#${tag.toLowerCase()}`)
    expect(wayOut).toBe(true)
    ;(dispatchState() as readonly unknown[]).forEach((s, i) => expect(s).toBe(before[i]))
  })
})

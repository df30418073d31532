/** docs/errors.md has a section for every tag, whose example gives that fault, with that message, on that line. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dispatchState } from '../../src/core/interp.js'
import { userFrame } from '../../src/core/source.js'
import { page, renumbered, run, sections } from './examples.js'

const tags = [...readFileSync(new URL('../../src/core/fault.ts', import.meta.url), 'utf8').matchAll(/On<'(\w+)'>/g)].map(m => m[1]!)
const all = sections()

it('a frame that was come back to after an await is a line of a file like any other', () => {
  const own = new URL('../../src/core/fault.ts', import.meta.url).href
  for (const [frame, name] of [['at async file:///a/b.mjs:3:7', ''], ['at async main (file:///a/b.mjs:3:7)', 'main'], ['at main (file:///a/b.mjs:3:7)', 'main']] as const) {
    expect(userFrame(`    at async ${own}:1:1\n    ${frame}`)).toEqual({ name, file: '/a/b.mjs', line: 3, column: 7 })
  }
})

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

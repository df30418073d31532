/** The table of rows is closed: its keys are the names of its rows, and every row that any module makes is in it. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Primitive } from '../../src/core/primitive.js'
import { type RowName, primitives, rowNames } from '../../src/higher/table.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const isRow = (x: unknown): x is Primitive => typeof x === 'object' && x !== null && 'linearize' in x && 'batch' in x && 'shape' in x

describe('the table of rows', () => {
  test('its keys are the names', () => {
    for (const n of rowNames) expect((primitives[n] as Primitive).name).toBe(n)
    expect(new Set(rowNames.map(n => (primitives[n] as Primitive).name)).size).toBe(rowNames.length)
  })
  test('every row of every module is in it', async () => {
    const known = new Set<unknown>(Object.values(primitives))
    const missing: string[] = []
    let found = 0
    for (const folder of ['src/primitives', 'src/higher']) {
      for (const file of readdirSync(join(root, folder)).filter(f => f.endsWith('.ts'))) {
        const module = (await import(join(root, folder, file))) as Record<string, unknown>
        for (const [name, x] of Object.entries(module)) {
          if (!isRow(x)) continue
          found++
          if (!known.has(x)) missing.push(`${folder}/${file}: ${name}`)
        }
      }
    }
    expect(missing).toEqual([])
    expect(found).toBeGreaterThanOrEqual(rowNames.length)
  })
  test('every row has what its kind promises', () => {
    for (const n of rowNames) {
      const row: Primitive = primitives[n as RowName]
      if (row.kind === 'linear' || row.kind === 'multilinear') expect(row.transpose, n).not.toBe('nonlinear')
      if (row.kind === 'constant') expect(row.transpose, n).toBe('nonlinear')
      if (row.kind === 'pointwise') expect(row.scalar, n).not.toBeNull()
    }
  })
})

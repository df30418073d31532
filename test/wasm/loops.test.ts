/** Loops of 10,000 steps that clean nothing up hold at their end what they held at a tenth of the way; so do shorter ones whose small arrays are in the memory too. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Held } from '../bench/memory.js'

const mebi = 2 ** 20
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'loops-'))
  buildSync({ entryPoints: [fileURLToPath(new URL('../bench/memory.ts', import.meta.url))], bundle: true, format: 'esm', platform: 'node', outfile: join(folder, 'memory.mjs'), logLevel: 'error' })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const cases: readonly (readonly [string, number, string])[] = [
  ...['eager', 'jit', 'scan', 'async'].map(name => [name, 10_000, '4096'] as const),
  ...['eager gradient', 'throwing', 'training, jit'].map(name => [name, 2000, '4096'] as const),
  ...['eager', 'eager gradient', 'jit', 'scan', 'throwing', 'async', 'training, jit'].map(name => [name, 1000, '0'] as const),
  ['training, eager', 200, '4096'],
]
it.each(cases)('%s: %i steps, COTANGENT_WASM_SMALL=%s', async (name, steps, small) => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', join(folder, 'memory.mjs'), String(steps), name, 'json'], { env: { ...process.env, COTANGENT_WASM_SMALL: small } })
  const { backend, rows } = JSON.parse(stdout) as { readonly backend: string; readonly rows: readonly Held[] }
  expect(backend).toMatch(/^wasm/)
  const [first, last] = [rows[0]!, rows[rows.length - 1]!]
  expect([last.steps, rows.map(r => r.live), rows.map(r => r.arrays)]).toEqual([steps, rows.map(() => first.live), rows.map(() => first.arrays)])
  expect(first.arrays).toBeLessThan(8)
  expect(last.spills).toBe(0)
  // the memory stays within what is collected together, and the heap of the engine does not fill up with what is known of arrays
  expect(last.size).toBeLessThanOrEqual(640 * mebi)
  expect(last.heap).toBeLessThan(first.heap + 6 * mebi)
})

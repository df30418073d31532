/** Families of laws as tests on WebGPU: whatever a law computes is computed there as well. */
import { afterAll, describe, expect, test } from 'vitest'
import { families, type FamilyName } from '../../laws/index.js'
import { tryLaw } from '../../laws/law.js'
import { runs, seed } from '../../laws/runs.js'
import { witness } from '../../laws/witness.js'
import { syncGpu } from './sync.js'

/** A shader takes a hundred times as long to compile as a module of WASM: a two-hundredth of the cases. */
export const part = (): number => Math.ceil(runs() / 200)

const found = await syncGpu()
if (found === null) console.warn('SKIPPED: there is no adapter for WebGPU here, not even SwiftShader out of @sparticuz/chromium: no law is held on WebGPU')

export const hold = (...names: readonly FamilyName[]): void => {
  const { law, seen } = found === null ? { law: null, seen: { programs: 0, excused: 0 } } : witness(found)
  afterAll(() => found?.close())
  describe.skipIf(law === null)('on WebGPU', () => {
    for (const name of names) {
      describe(families[name].title, () => {
        for (const l of families[name].laws) test(l.name, () => { expect(tryLaw(law!(l), { runs: part(), seed: seed() })).toBeNull() }, 120_000 + 3000 * runs())
      })
    }
    test('hardly a program is excused', () => {
      expect(seen.programs).toBeGreaterThan(0)
      expect(seen.excused).toBeLessThanOrEqual(seen.programs / 100)
    })
  })
}

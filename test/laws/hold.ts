/** Each law of a family as a test, at as many cases as the environment asks for. */
import { describe, expect, test } from 'vitest'
import type { Law } from '../../laws/law.js'
import { tryLaw } from '../../laws/law.js'
import { families, type FamilyName } from '../../laws/index.js'
import { runs, seed } from '../../laws/runs.js'

/** Minutes are for thousands of cases; hundreds take seconds. */
const limit = 120_000 + 150 * runs()
export const hold = (name: FamilyName, part: (laws: readonly Law[]) => readonly Law[] = all => all): void => {
  const { title, laws } = families[name]
  describe(title, () => {
    for (const l of part(laws)) test(l.name, () => { expect(tryLaw(l, { runs: runs(), seed: seed() })).toBeNull() }, limit)
  })
}

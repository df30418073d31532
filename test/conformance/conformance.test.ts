/** cotangent agrees with JAX on every golden case, in values, dtypes and shapes. */
import { describe, expect, test } from 'vitest'
import { differences } from './differences.js'
import { type Case, casesOf, families, faultOf } from './golden.js'

const byGroup = (cases: readonly Case[]): ReadonlyMap<string, readonly Case[]> => {
  const groups = new Map<string, Case[]>()
  for (const c of cases) {
    const group = c.fn ?? c.program!
    groups.set(group, [...groups.get(group) ?? [], c])
  }
  return groups
}

const all = families.map(family => ({ family, cases: casesOf(family) }))
const ids = all.flatMap(({ cases }) => cases.map(c => c.id))

for (const { family, cases } of all) {
  describe(family, () => {
    for (const [group, members] of byGroup(cases)) {
      test(`${group} (${members.length})`, { timeout: 60_000 }, () => {
        const faults = members.flatMap(c => {
          const fault = faultOf(c, differences[c.id]?.ours)
          return fault === null ? [] : [`${c.id}: ${fault}`]
        })
        expect(faults).toEqual([])
      })
    }
  })
}

describe('the suite', () => {
  test('has at least a thousand cases, each with its own id', () => {
    expect(ids.length).toBeGreaterThanOrEqual(1000)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('lists as different only what there is, and what does differ', () => {
    const byId = new Map(all.flatMap(({ cases }) => cases.map(c => [c.id, c] as const)))
    const stale = Object.keys(differences).filter(id => !byId.has(id) || faultOf(byId.get(id)!) === null)
    expect(stale).toEqual([])
  })
})

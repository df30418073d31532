/** Golden tables are read from JSON and compared point by point, the worst point named in the message. */

import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** Arguments followed by the expected value. */
export type Row = readonly number[]

/** The tables of one JSON file; NaN and infinities are written there as strings. */
export const readTables = (name: string): Readonly<Record<string, readonly Row[]>> => {
  const raw = JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Record<string, (number | string)[][]>
  return Object.fromEntries(Object.entries(raw).map(([key, rows]) => [key, rows.map(row => row.map(Number))]))
}

/** Error allowed at a point: `relative` times the expected size, or `absolute`, whichever is larger. */
export interface Tolerance {
  readonly relative: number
  readonly absolute?: number | ((row: Row) => number)
}

/** Asserts f(...arguments) against every row; zeros and non-finite values must be the very same. */
export const expectTable = (rows: readonly Row[], f: (...xs: number[]) => number, { relative, absolute = 0 }: Tolerance): void => {
  expect(rows.length).toBeGreaterThan(0)
  const misses = rows.flatMap(row => {
    const got = f(...row.slice(0, -1))
    const want = row[row.length - 1]!
    if (Object.is(got, want)) return []
    const slack = typeof absolute === 'function' ? absolute(row) : absolute
    // half a unit of the smallest denormal is the finest any result can be
    const allowed = Math.max(relative * Math.abs(want), slack, 2 ** -1074)
    const fine = (want !== 0 || slack > 0) && Number.isFinite(want) && Math.abs(got - want) <= allowed
    return fine ? [] : [`f(${row.slice(0, -1).join(', ')}) = ${got}, expected ${want}`]
  })
  expect(misses).toEqual([])
}

/** Asserts [arguments..., value] rows exactly, signs of zeros included. */
export const expectExactly = (f: (...xs: number[]) => number, rows: readonly Row[]): void => {
  for (const row of rows) {
    expect(f(...row.slice(0, -1)), `f(${row.slice(0, -1).map(x => (Object.is(x, -0) ? '-0' : x)).join(', ')})`).toBe(row[row.length - 1]!)
  }
}

/** Nested numbers that are equal up to rounding: a program that is compiled rounds elsewhere than one that is run operation by operation. */
import { expect } from 'vitest'

const flat = (x: unknown): readonly unknown[] => (Array.isArray(x) ? x.flatMap(flat) : [x])
const shape = (x: unknown): unknown => (Array.isArray(x) ? x.map(shape) : typeof x)

/** Relative to the largest number beside; NaN and infinities are the same, booleans too. */
export const expectNear = (got: unknown, want: unknown, tolerance = 2e-6): void => {
  expect(shape(got)).toEqual(shape(want))
  const wanted = flat(want), scale = Math.max(1, ...wanted.map(x => (Number.isFinite(x) ? Math.abs(x as number) : 0)))
  flat(got).forEach((x, i) => {
    const y = wanted[i]
    if (typeof x !== 'number' || !Number.isFinite(y)) expect(x).toEqual(y)
    else expect(Math.abs(x - (y as number))).toBeLessThanOrEqual(tolerance * scale)
  })
}

/** A single operation becomes a module of kernels only where that is worth more than doing it at once. */
import { describe, expect, it, vi } from 'vitest'
import { grad, np, readSync, type Value } from '../../src/index.js'

const modules = (run: () => unknown): number => {
  const compiled = vi.spyOn(WebAssembly, 'Module')
  try { run(); return compiled.mock.calls.length } finally { compiled.mockRestore() }
}

describe('a single operation', () => {
  const long = np.reshape(np.arange(20_000), [2000, 10]), wide = np.reshape(long, [10, 2000])
  it('of many elements is compiled', () => {
    readSync(np.exp(long))   // what the platform can do is asked once
    expect(modules(() => readSync(np.tanh(long)))).toBe(1)
  })
  it('that folds many elements is compiled, however few it leaves', () => { expect(modules(() => readSync(np.max(wide, { axis: 1 })))).toBe(1) })
  it('that takes few elements of many is not', () => {
    const rows: Value[] = []
    expect(modules(() => { for (let i = 0; i < 50; i++) rows.push(np.at(long, i), np.at(long, [[i, i + 3]])) })).toBe(0)
    expect(Array.from(readSync(rows[98]!))).toEqual(Array.from({ length: 10 }, (_, j) => 490 + j))
    expect(Array.from(readSync(rows[99]!))).toEqual(Array.from({ length: 30 }, (_, j) => 490 + j))
  })
  it('on thousands of operands is not, nor is its derivative', () => {
    const xs = Array.from({ length: 5000 }, (_, i) => np.array(i))
    let stacked: Value | undefined, slopes: readonly Value[] = []
    expect(modules(() => { stacked = np.stack(xs) })).toBe(0)
    expect(modules(() => { slopes = grad((all: readonly Value[]) => np.at(np.stack(all), 4321))(xs) as readonly Value[] })).toBe(1)   // the row of zeros with one in it
    expect(Array.from(readSync(stacked!))).toEqual(Array.from({ length: 5000 }, (_, i) => i))
    expect(slopes.flatMap((s, i) => (readSync(s)[0] === 0 ? [] : [i]))).toEqual([4321])
  })
})

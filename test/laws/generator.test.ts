/** The generator: every genome decodes to a well-typed program, shrinking never leaves that set and never grows, and every row is covered. */
import * as fc from 'fast-check'
import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/core/check.js'
import { rowNames } from '../../src/higher/table.js'
import { genomes } from '../../laws/arbitrary.js'
import { coverage } from '../../laws/coverage.js'
import { decodeGenome, type Gene, type Genome, honest, mixed, plain, programOf, showGenome, sizeOfGenome, vector } from '../../laws/genome.js'
import { dataOf } from '../../laws/numbers.js'
import { runs, seed } from '../../laws/runs.js'
import { steps } from '../../laws/steps/index.js'

const programs = 2000
const sampled = fc.sample(genomes, { numRuns: programs, seed: seed() })

describe('the generator', () => {
  test.each([['plain', plain], ['honest', honest], ['mixed', mixed]] as const)('every genome decodes to a well-typed program with finite values: %s', (_name, mode) => {
    for (const g of fc.sample(genomes, { numRuns: Math.min(runs(), 1000), seed: seed() + 1 })) {
      const d = decodeGenome(g, mode)
      expect(isRight(check(programOf(d))), showGenome(g, mode)).toBe(true)
      for (const y of d.f(...d.shapes.map((s, i) => vector(s, i + 3)))) {
        expect(y.dtype).toBe('f64')
        expect(Array.from(dataOf(y)).every(Number.isFinite), showGenome(g, mode)).toBe(true)
      }
    }
  })

  test('values stay within the intervals that the steps claim', () => {
    // a step applied outside its domain would give NaN or leave its interval: the largest bound plus the width of a step
    for (const g of sampled.slice(0, 300)) {
      const d = decodeGenome(g)
      for (const y of d.f(...d.shapes.map((s, i) => vector(s, i + 3)))) expect(Math.max(0, ...Array.from(dataOf(y), Math.abs))).toBeLessThanOrEqual(40 + 1e-9)
    }
  })

  test('a smaller genome is a smaller program: shrinking never adds a gene or raises a number', () => {
    const weight = (genes: readonly Gene[]): number => genes.reduce((n, g) => n + g.op + g.a + g.b + g.c + weight(g.sub), 0)
    const measure = (g: Genome): readonly [number, number] => [sizeOfGenome(g), weight(g.genes) + g.outs + g.shapes.reduce((a, b) => a + b, 0)]
    let tried = 0
    for (const g of fc.sample(genomes, { numRuns: 60, seed: seed() + 2 })) {
      const [size, total] = measure(g)
      const tree = genomes.shrink(g, undefined)
      let k = 0
      for (const smaller of tree) {
        if (k++ > 30) break
        const [s, t] = measure(smaller.value)
        expect(s <= size && t <= total).toBe(true)
        expect(isRight(check(programOf(decodeGenome(smaller.value))))).toBe(true)
        tried++
      }
    }
    expect(tried).toBeGreaterThan(200)
  })

  test('a genome is printed with its steps and its program', () => {
    const text = showGenome({ shapes: [1], genes: [{ op: 4, a: 0, b: 0, c: 0, sub: [] }], outs: 0 })
    expect(text).toContain('genome {"shapes":[1]')
    expect(text).toContain('steps  mul')
    expect(text).toContain('= mul a a')
  })
})

describe(`coverage by ${programs} programs`, () => {
  const c = coverage(sampled)
  /** Enough for a law at 200 programs to meet the row several times in expectation. */
  const floor = 40
  test.each(rowNames.map(n => [n]))('%s', name => {
    const { programs: n, reached, unreached } = c.rows[name]
    expect(n).toBeGreaterThanOrEqual(floor)
    // rows without operands reach from nothing; the linear map of a custom rule exists for what is differentiated
    if (name !== 'iota' && name !== 'axisIndex') expect(reached).toBeGreaterThanOrEqual(floor / 4)
    if (name !== 'pulled') expect(unreached).toBeGreaterThanOrEqual(name === 'psum' || name === 'pmax' || name === 'allGather' || name === 'ppermute' ? 0 : floor / 6)
  })
  test.each(steps.map(([n]) => [n]))('step %s', name => { expect(c.steps[name]).toBeGreaterThanOrEqual(floor) })
})

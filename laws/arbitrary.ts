/** Genomes for fast-check: numbers and lists of them, so that shrinking a genome is shrinking numbers and lists. */
import * as fc from 'fast-check'
import type { Gene, Genome } from './genome.js'
import { steps } from './steps/index.js'

const choice = fc.noBias(fc.nat(63))
const gene: fc.Arbitrary<Gene> = fc.letrec<{ gene: Gene; body: readonly Gene[] }>(tie => ({
  gene: fc.record({
    op: fc.noBias(fc.nat(steps.length - 1)), a: fc.noBias(fc.nat(7)), b: fc.noBias(fc.nat(7)), c: choice,
    sub: fc.oneof({ maxDepth: 2, depthSize: 'small' }, fc.constant<readonly Gene[]>([]), tie('body')),
  }),
  body: fc.array(tie('gene'), { minLength: 1, maxLength: 3 }),
})).gene

export const genes = (maxLength: number, minLength = 0): fc.Arbitrary<readonly Gene[]> => fc.array(gene, { minLength, maxLength, size: 'max' })
export const genomes: fc.Arbitrary<Genome> = fc.record({
  shapes: fc.array(fc.noBias(fc.nat(8)), { minLength: 1, maxLength: 3, size: 'max' }), genes: fc.oneof({ withCrossShrink: true }, genes(4), genes(11, 5)), outs: fc.nat(3),
})
export const seeds: fc.Arbitrary<number> = fc.noBias(fc.integer({ min: 1, max: 1 << 20 }))

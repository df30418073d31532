/** What follows a product gives the same bits whichever way the product's units are shared out, and writes nothing outside its buffers. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { product, productProgram } from '../../laws/products.js'
import { optimise, prepare } from '../../src/optimise/pipeline.js'
import { Draw, splits } from './programs.js'

it('splits into any ranges of units', () => {
  fc.assert(fc.property(product, fc.array(fc.nat(1000), { minLength: 8, maxLength: 8 }), (p, words) => {
    expect(splits(new Draw(words), { program: prepare(optimise(productProgram(p))), ins: [] })).toBeNull()
  }), { numRuns: 150 })
}, 120_000)

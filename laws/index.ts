/** The laws of the library, named, with their statements; and the means to hold a user's own rules and programs against them. */
import { aheadLaws } from './ahead.js'
import { mixedPrecision, optimizers, randomness } from './algebra.js'
import { anchors } from './anchors.js'
import { argumentLaws } from './arguments.js'
import { backends } from './backends.js'
import { control } from './control.js'
import { costs } from './cost.js'
import { customs } from './customRules.js'
import { differential } from './differential.js'
import { dispatchLaws } from './dispatch.js'
import { edges } from './edges.js'
import { loopsApart } from './fission.js'
import { halves } from './half.js'
import { higherOrder } from './higherOrder.js'
import { hygiene } from './hygiene.js'
import { keyLaws } from './keys.js'
import type { Law } from './law.js'
import { masks } from './masks.js'
import { passes } from './passes.js'
import { sumsOfPads } from './pieces.js'
import { planLaws } from './plans.js'
import { prices } from './prices.js'
import { productLaws } from './products.js'
import { refusals } from './refusals.js'
import { rewriting } from './rewriting.js'
import { rowLaws } from './rows.js'
import { staging } from './staging.js'
import { treeLaws } from './trees.js'
import { updateLaws } from './updates.js'
import { values } from './values.js'
import { namedAxes, perExample, vectorize } from './vectorize.js'

export { genes, genomes, seeds } from './arbitrary.js'
export { custom, type CustomFailure, type CustomOptions, type CustomReport } from './customRules.js'
export { type Decoded, decodeGenome, type Flat, type Gene, type Genome, programOf, showGenome, vector } from './genome.js'
export { type Law, tryLaw, type Trial, type Verdict } from './law.js'
export { roundingBound } from './tolerance.js'
export { steps } from './steps/index.js'

/** A family of laws and the file that states them. */
export interface Family { readonly title: string; readonly file: string; readonly laws: readonly Law[] }
/** All laws by family. */
export const families = {
  differential: { title: 'First derivatives', file: 'laws/differential.ts', laws: differential },
  higherOrder: { title: 'Derivatives of derivatives', file: 'laws/higherOrder.ts', laws: higherOrder },
  vectorize: { title: 'Batching', file: 'laws/vectorize.ts', laws: [...vectorize, ...perExample] },
  namedAxes: { title: 'Named axes', file: 'laws/vectorize.ts', laws: namedAxes },
  staging: { title: 'Tracing', file: 'laws/staging.ts', laws: staging },
  control: { title: 'Control flow', file: 'laws/control.ts', laws: control },
  customs: { title: 'Custom derivatives', file: 'laws/customRules.ts', laws: customs },
  passes: { title: 'Passes and encodings', file: 'laws/passes.ts', laws: passes },
  rewriting: { title: 'What is compiled', file: 'laws/rewriting.ts', laws: rewriting },
  sumsOfPads: { title: 'Sums of padded arrays', file: 'laws/pieces.ts', laws: sumsOfPads },
  loopsApart: { title: 'Loops that come apart', file: 'laws/fission.ts', laws: loopsApart },
  costs: { title: 'Cost', file: 'laws/cost.ts', laws: costs },
  hygiene: { title: 'Hygiene', file: 'laws/hygiene.ts', laws: hygiene },
  mixedPrecision: { title: 'Mixed precision', file: 'laws/algebra.ts', laws: mixedPrecision },
  halves: { title: 'Half precision', file: 'laws/half.ts', laws: halves },
  randomness: { title: 'Random keys', file: 'laws/algebra.ts', laws: randomness },
  optimizers: { title: 'Optimizers', file: 'laws/algebra.ts', laws: optimizers },
  anchors: { title: 'Anchors', file: 'laws/anchors.ts', laws: anchors },
  edges: { title: 'Edge values', file: 'laws/edges.ts', laws: edges },
  values: { title: 'What rows compute', file: 'laws/values.ts', laws: values },
  rows: { title: 'Every row alone', file: 'laws/rows.ts', laws: rowLaws },
  masks: { title: 'What is masked', file: 'laws/masks.ts', laws: masks },
  places: { title: 'Arguments and results', file: 'laws/arguments.ts', laws: argumentLaws },
  dispatch: { title: 'Dispatch inside functions', file: 'laws/dispatch.ts', laws: dispatchLaws },
  refusals: { title: 'Checking and naming', file: 'laws/refusals.ts', laws: refusals },
  prices: { title: 'Prices', file: 'laws/prices.ts', laws: prices },
  trees: { title: 'Trees', file: 'laws/trees.ts', laws: treeLaws },
  plans: { title: 'Plans', file: 'laws/plans.ts', laws: planLaws },
  updates: { title: 'Updates in place', file: 'laws/updates.ts', laws: updateLaws },
  products: { title: 'Products and what follows', file: 'laws/products.ts', laws: productLaws },
  ahead: { title: 'What is packed ahead', file: 'laws/ahead.ts', laws: aheadLaws },
  backends: { title: 'Backends agree', file: 'laws/backends.ts', laws: backends },
  keys: { title: 'Making keys', file: 'laws/keys.ts', laws: keyLaws },
} as const satisfies Record<string, Family>
export type FamilyName = keyof typeof families
/** Every law. */
export const laws: readonly Law[] = Object.values(families).flatMap(f => f.laws)

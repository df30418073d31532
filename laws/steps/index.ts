/** All steps, from plain to elaborate: a smaller number names a simpler one. */
import { arithmetic, pointwise } from './pointwise.js'
import { collective } from './collective.js'
import { control } from './control.js'
import { constants, indexing } from './indexing.js'
import type { Step } from './step.js'
import { contraction, folds, structural } from './structural.js'
import { transforms } from './transforms.js'

const groups: readonly Readonly<Record<string, Step>>[] = [
  arithmetic, structural, pointwise, folds, contraction, constants, indexing, transforms, control, collective,
]
/** Named, in the order that genes count. */
export const steps: readonly (readonly [string, Step])[] = [['skip', () => []], ...groups.flatMap(g => Object.entries(g))]

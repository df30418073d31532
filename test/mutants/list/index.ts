/** All mutants: two at least for every row, and some for everything that rows are run by. */
import type { Mutant } from '../mutant.js'
import { arithmetic } from './arithmetic.js'
import { compile } from './compile.js'
import { core } from './core.js'
import { elementary } from './elementary.js'
import { folds } from './folds.js'
import { half } from './half.js'
import { higher } from './higher.js'
import { indexing } from './indexing.js'
import { interpreters } from './interpreters.js'
import { kinds } from './kinds.js'
import { optimise } from './optimise.js'
import { structural } from './structural.js'
import { transforms } from './transforms.js'
import { trees } from './trees.js'
import { wasm } from './wasm.js'
import { webgpu } from './webgpu.js'

export const mutants: readonly Mutant[] = [
  ...kinds, ...arithmetic, ...elementary, ...structural, ...folds, ...indexing, ...core, ...optimise, ...compile, ...interpreters, ...transforms, ...higher, ...trees, ...half, ...wasm, ...webgpu,
]

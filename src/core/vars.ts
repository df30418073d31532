/** Variables are told apart by their numbers, which are never given twice. */
import type { Aval } from './aval.js'
import type { Var } from './primitive.js'

let nextId = 0
export const newVar = (aval: Aval): Var => ({ kind: 'var', id: nextId++, aval })

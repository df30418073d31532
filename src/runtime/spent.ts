/** An array that is given away has no elements any more: asking for them is a fault that names who took them. */
import type { Aval } from '../core/aval.js'
import { raise } from '../core/fault.js'
import { type Source, sourceOf } from '../core/source.js'
import type { Spender } from './backend.js'

export const spent = (got: Aval, { by, at }: Spender, made: Source | null): never => raise({
  _tag: 'SpentArray', op: 'array', got, by, at: sourceOf(at), made,
  hint: by === 'scope' ? 'return from the scope what is needed after it' : 'use what the call returned instead, or leave the argument out of donateArgnums',
})

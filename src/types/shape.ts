/** Sizes and shapes in types: nothing typed in, nothing typed out. */
import type { Shape } from '../core/aval.js'

/** A named size: a number whose identity is its name. */
export type Sym<Name extends string = string> = number & { readonly dim: Name }

/** A shape as the user wrote it, mutable so that it prints without `readonly`; unknown where its rank is. */
export type Given<S extends Shape> = number extends S['length'] ? Shape : { -readonly [K in keyof S]: S[K] }

/** How one row is executed: typed arrays in, typed arrays out. */
import type { Aval } from '../../src/core/aval.js'
import type { Data } from '../../src/core/dtype.js'
import type { Program } from '../../src/core/primitive.js'
import type { NDArray } from '../../src/core/value.js'

export type Run = (program: Program, ins: readonly NDArray[]) => readonly NDArray[]
/** `outs` are the types the row's shape rule gives; the data answered has their dtypes and sizes, row major. */
export type Execute<P = any> = (ins: readonly NDArray[], params: P, outs: readonly Aval[], run: Run) => readonly Data[]

/** Which dtypes a program is made of. */
import type { Aval } from './aval.js'
import type { DType } from './dtype.js'
import type { Program } from './primitive.js'

/** Whether values of this dtype occur in a program, or in the programs inside it. */
export const mentions = (p: Program, dtype: DType): boolean => {
  const of = ({ aval }: { readonly aval: Aval }): boolean => aval.dtype === dtype
  return p.ins.some(of) || p.outs.some(of) || p.eqns.some(e => e.ins.some(of) || e.outs.some(of) || e.prim.programs(e.params).some(q => mentions(q, dtype)))
}

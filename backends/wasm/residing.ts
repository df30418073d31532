/** Any backend that computes on the JavaScript side becomes one whose large results reside in the memory of the kernels. */
import type { NDArray } from '../../src/core/value.js'
import type { Backend } from '../../src/runtime/backend.js'
import { bytesOf, type Residency } from './residency.js'

export const residing = (inner: Backend, residency: Residency): Backend => {
  /** Results that show the memory share their allocation, the other large ones move in. */
  const settled = (outs: readonly NDArray[], ins: readonly NDArray[]): readonly NDArray[] => {
    const shared = residency.share(outs, ins)
    for (const x of shared) if (bytesOf(x.aval) >= residency.threshold) residency.bring(x, !ins.includes(x))
    return shared
  }
  return {
    name: `${inner.name} in the memory of the kernels`,
    execute: (prim, ins, params, outs) => settled(inner.execute(prim, ins, params, outs), ins),
    run: (program, ins) => settled(inner.run(program, ins), ins),
    memory: residency,
  }
}

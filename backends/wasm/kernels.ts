/** Every kind of kernel has its emitter. */
import type { Kernel } from '../../src/kernel/kernel.js'
import { emitContract } from './contract.js'
import { emitNest } from './nest.js'
import { emitCumulative } from './special/cumulative.js'
import { emitGather } from './special/gather.js'
import { emitScatter } from './special/scatter.js'
import { emitSort } from './special/sort.js'
import type { Context, Emitted } from './target.js'

type Of<T extends Kernel['tag']> = Extract<Kernel, { readonly tag: T }>
const emitters: { readonly [T in Kernel['tag']]: (kernel: Of<T>, context: Context) => Emitted } = {
  nest: emitNest, contract: emitContract, gather: emitGather, scatter: emitScatter, cumulative: emitCumulative, sort: emitSort,
}
/** Writes the function (args, begin, end) of a kernel. */
export const emit = <T extends Kernel['tag']>(kernel: Of<T>, context: Context): Emitted =>
  (emitters[kernel.tag as T] as (k: Of<T>, c: Context) => Emitted)(kernel, context)

/** Nobody frees arrays: the collector does. Here is what there is, how much there may be, and how to be done with intermediate results sooner. */
import { badArgument, isThenable } from '../core/fault.js'
import { currentInterp, evaluator, refusePromise } from '../core/interp.js'
import { mark } from '../core/source.js'
import { isValue, NDArray } from '../core/value.js'
import type { MemoryReport } from '../runtime/backend.js'
import { backend } from '../runtime/default.js'
import { requireFunction, requireOptions } from '../transforms/arguments.js'
import { flatten } from '../tree/index.js'

export interface MemoryOptions {
  /** The most bytes that large arrays and running programs may take from now on; more is the fault OutOfMemory. */
  readonly budget?: number
  /** First find out which arrays cannot be reached any more, where the platform can tell at once (Node can). */
  readonly collect?: boolean
}

const nothing: MemoryReport = { live: 0, arrays: 0, working: 0, peak: 0, budget: Infinity, size: 0, collections: 0, spills: 0, largest: [] }

/**
 * What the memory of the backend holds, in bytes: large arrays (`live`, `arrays`, and the `largest` with the lines where they were made),
 * what programs need while they run (`working`), the most that was in use and may be in use (`peak`, `budget`). Small arrays are on the
 * JavaScript heap, as is everything on a backend without a memory of its own. Faults: BadArgument. (Compare jax.live_arrays.)
 * @example
 * const step = () => { np.exp(np.zeros([100, 1000])) }
 * const before = memory({ collect: true }).live
 * for (let i = 0; i < 5; i++) step()
 * memory({ collect: true }).live - before   // 0
 */
export const memory = (options: MemoryOptions = {}): MemoryReport => {
  requireOptions('memory', options, ['budget', 'collect'])
  const { budget, collect } = options
  const here = backend().memory
  if (budget !== undefined) {
    if (typeof budget !== 'number' || !(budget > 0)) badArgument('memory', 'options.budget', budget, 'a positive number of bytes', 'memory({ budget: 2 ** 30 }) allows one GiB')
    here?.setBudget(budget)
  }
  if (!here) return nothing
  if (collect) here.collect()
  return here.report()
}

/**
 * Calls `f`, and then frees the large arrays that were made inside and are not in the tree that it returns: sooner than the collector
 * would. Using one of them later is a fault that names the scope. Inside a transform nothing is freed, since derivatives may need it.
 * Faults: BadArgument, BadLeaf where the result is no tree of arrays and plain data, AsyncTrace for a promise. (Compare TensorFlow.js: tidy.)
 * @example scope(() => np.sum(np.square(np.ones([300, 300]))))   // 90000
 */
export const scope = <A>(f: () => A): A => {
  requireFunction('scope', f)
  const here = backend().memory
  if (!here || currentInterp() !== evaluator) return f()
  const spender = { by: 'scope', at: mark() }
  const begin = here.now()
  const kept = new Set<NDArray>()
  try {
    const result = f()
    if (isThenable(result)) refusePromise('scope', result, 'await outside: arrays that are made after the function has answered are not in the scope')
    for (const x of flatten(result, isPlain, { op: 'scope', root: 'the result' }).leaves) if (x instanceof NDArray) kept.add(x)
    return result
  } finally { here.freeSince(begin, kept, spender) }
}
/** Functions are none: they may hold arrays that nobody sees. */
const isPlain = (x: unknown): boolean => isValue(x) || (typeof x !== 'object' && typeof x !== 'function')

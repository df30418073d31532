/** What the platform tells of itself, asked for at run time: a bundle for browsers meets no module of Node. */
import { builtin } from '../../src/runtime/node.js'
import { count } from '../../src/runtime/settings.js'
import { mostThreads } from './layout.js'

interface Global {
  readonly process?: { readonly constrainedMemory?: () => number }
  readonly navigator?: { readonly hardwareConcurrency?: number; readonly deviceMemory?: number }
  readonly crossOriginIsolated?: boolean
  readonly SharedArrayBuffer?: unknown
  readonly Worker?: unknown
}
interface Os { readonly availableParallelism: () => number; readonly totalmem: () => number }

const here = globalThis as Global

const cores = (): number => builtin<Os>('node:os')?.availableParallelism() ?? here.navigator?.hardwareConcurrency ?? 1
const gibi = 2 ** 30

/** Three quarters of the memory that this process may have; in browsers, which tell less and share more, an eighth of what they tell. */
export const defaultBudget = (): number => {
  const os = builtin<Os>('node:os')
  if (!os) return (here.navigator?.deviceMemory ?? 8) / 8 * gibi
  const constrained = here.process?.constrainedMemory?.() ?? 0
  const total = os.totalmem()
  return 3 / 4 * (constrained > 0 && constrained < total ? constrained : total)
}

/** Whether a memory can be shared with threads: in Node, and in pages that are isolated from other origins. */
export const canShare = (): boolean =>
  typeof here.SharedArrayBuffer === 'function' && (builtin('node:worker_threads') !== null || (here.crossOriginIsolated === true && typeof here.Worker === 'function'))

const mostByDefault = 8
/** How many threads there should be, the main thread counted: as asked, else COTANGENT_THREADS, else as many as there are cores, up to 8. */
export const threadCount = (asked: number | undefined = count('COTANGENT_THREADS', 1)): number =>
  Math.max(1, Math.min(mostThreads, Math.floor(asked ?? Math.min(cores(), mostByDefault)) || 1))

/** What runs in a page and in its worker: it answers what it is asked by name. */
import { backend } from '../../src/runtime/default.js'
import { attempt, explain, item, jit, memory, np } from '../../src/index.js'
import { onWebGpu } from './gpu.js'
import { loop, outcome } from './programs.js'
import { failing } from './threads.js'

const asked = {
  outcome, loop, failing, onWebGpu,
  /** The default backend, as a user meets it who sets nothing. */
  plain: () => ({ backend: backend().name, sum: item(jit((n: number) => np.sum(np.multiply(np.ones([100_000]), n)))(2)), live: memory().live }),
  /** A fault as it is shown in a browser. */
  fault: () => { const r = attempt(() => np.add(np.ones([2]), np.ones([3]))); return r._tag === 'Left' ? explain(r.left) : '' },
  isolated: () => globalThis.crossOriginIsolated,
}
export type Asked = typeof asked
interface Question { readonly name: keyof Asked; readonly args: readonly unknown[] }

const answer = async ({ name, args }: Question): Promise<unknown> => (asked[name] as (...args: readonly unknown[]) => unknown)(...args)

if (typeof document === 'object') {
  /** Asks the page itself, or a worker of it. */
  Object.assign(globalThis, {
    ask: (question: Question, inWorker: boolean): Promise<unknown> => {
      if (!inWorker) return answer(question)
      const worker = new Worker(import.meta.url, { type: 'module' })
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => { resolve(data); worker.terminate() }
        worker.onerror = e => reject(new Error(e.message))
        worker.onmessageerror = () => reject(new Error('an answer that cannot be sent'))
        worker.postMessage(question)
      })
    },
  })
} else {
  // a thread of its own is started from text, and never comes here
  globalThis.onmessage = ({ data }: MessageEvent<Question>) => void answer(data).then(a => postMessage(a), e => { setTimeout(() => { throw e }) })
}

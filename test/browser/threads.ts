/** Threads of a page that trap or never come back, as a page meets them. */
import { Heap } from '../../backends/wasm/heap.js'
import { argumentsAt, line, lineOf } from '../../backends/wasm/layout.js'
import { Pool } from '../../backends/wasm/pool.js'
import { attempt, type Fault } from '../../src/core/fault.js'
import { asking, type Dispatch, lingering, moduleOf, trapping } from '../wasm/sharing.js'

const units = 200
export interface Failure {
  readonly fault: Fault | null
  /** How many threads were there before, and how often every unit was done by twenty jobs afterwards. */
  readonly before: number
  readonly done: readonly number[]
}
/** Runs jobs until the other thread fails in one, and then jobs that nobody fails. */
export const failing = async (how: 'trap' | 'stall'): Promise<Failure> => {
  const heap = new Heap({ threads: 2, maximum: 64 * 2 ** 20 })
  const main = heap.scratchFor(1024)
  const pool = new Pool(heap, { environment: '{ math: () => { for (;;) ; } }', stall: 300 })
  const module = moduleOf(heap, 1, 1)
  pool.addProgram(1, { module, apart: null })
  const env = { memory: heap.memory, scratch: new WebAssembly.Global({ value: 'i32', mutable: true }, main), trouble: pool.trouble, math: () => 0 }
  const dispatch = new WebAssembly.Instance(module, { env }).exports['dispatch'] as Dispatch
  pool.start()
  for (let i = 0; pool.ready !== 2 && i < 1000; i++) await new Promise(resolve => setTimeout(resolve, 10))
  const before = pool.ready
  const at = heap.allocate(4 * units)
  const words = new Int32Array(heap.buffer)
  words[argumentsAt / 4] = at
  const claims = (): number => Atomics.load(words, (lineOf(1) + line.beats) / 4)
  const none = claims()
  const r = attempt(() => { for (let i = 0; claims() === none && i < 500; i++) dispatch(how === 'trap' ? trapping : asking, argumentsAt, units, 1) })
  words.fill(0, at / 4, at / 4 + units)
  for (let i = 0; i < 20; i++) dispatch(lingering, argumentsAt, units, 5)
  const done = [...new Set(words.subarray(at / 4, at / 4 + units))]
  pool.close()
  return { fault: r._tag === 'Left' ? r.left : null, before, done }
}

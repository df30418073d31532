/** Arguments that are given away: results may lie in their memory, and whoever uses them afterwards is told who took it. */
import { currentInterp, evaluator } from '../core/interp.js'
import type { Program } from '../core/primitive.js'
import { mark } from '../core/source.js'
import { NDArray, type Value } from '../core/value.js'
import type { Spender } from '../runtime/backend.js'
import { isShared } from '../primitives/base.js'
import { backend } from '../runtime/default.js'
import { spent } from '../runtime/spent.js'

/** From now on the array has no elements, on whatever backend. */
const spend = (x: NDArray, spender: Spender): void => {
  const here = backend().memory
  if (here) here.release(x, spender)
  else x.resideIn({ get data(): never { return spent(x.aval, spender, null) } }, {})
}
/** An array with the elements of another, which is spent. */
const pass = (x: NDArray, spender: Spender): NDArray => {
  const here = backend().memory
  if (here) return here.pass(x, spender)
  const next = new NDArray(x.aval, x.data)
  spend(x, spender)
  return next
}

/** Of the inputs that are given away those whose memory may be written: an array that stands twice is read at its other place, and literals are everybody's. */
export const writable = (ins: readonly Value[], donated: readonly boolean[]): readonly boolean[] => {
  const times = new Map<Value, number>()
  for (const x of ins) times.set(x, (times.get(x) ?? 0) + 1)
  return ins.map((x, i) => donated[i]! && times.get(x) === 1 && !isShared(x))
}

/** What a program answers where it is computed, or null where it is traced: there nothing is given away. */
export const giving = (program: Program, ins: readonly Value[], donated: readonly boolean[]): readonly Value[] | null => {
  if (currentInterp() !== evaluator || !ins.every(x => x instanceof NDArray)) return null
  const spender = { by: 'jit with donateArgnums', at: mark() }
  const outs = backend().run(program, ins, { inputs: writable(ins, donated), spender })
  const gone = new Set(ins.filter((x, i) => donated[i] && !isShared(x)))
  const successors = new Map<NDArray, NDArray>()
  // what is handed through lives on as another array
  const results = outs.map(x => {
    if (!gone.has(x)) return x
    let next = successors.get(x)
    if (!next) successors.set(x, next = pass(x, spender))
    return next
  })
  for (const x of gone) if (!successors.has(x)) spend(x, spender)
  return results
}

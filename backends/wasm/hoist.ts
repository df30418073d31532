/** What the turns of a loop share is done once, before the first of them: an operand that stands still is packed there. */
import { touchedBy } from '../../src/compile/access.js'
import { type Buffer, type KernelStep, type LoopStep, rootOf, type Step, type WhileStep } from '../../src/compile/plan.js'
import { packedOperand } from './contract.js'

type Loop = LoopStep | WhileStep
const stepsOf = (s: Loop): readonly Step[] => (s.tag === 'loop' ? s.body : [...s.cond, ...s.body])
const isLoop = (s: Step): s is Loop => s.tag === 'loop' || s.tag === 'while'

const loopsIn = (s: Loop): readonly number[] => [s.loop, ...stepsOf(s).filter(isLoop).flatMap(loopsIn)]
/** Steps that every turn runs; what a branch holds may never be asked for. */
const everyTurn = (s: Loop): readonly KernelStep[] =>
  stepsOf(s).flatMap(x => (x.tag === 'kernel' ? [x] : isLoop(x) ? everyTurn(x) : []))
const movesWith = (b: Buffer, loops: readonly number[]): boolean =>
  'of' in b.place && (('loop' in b.place && loops.includes(b.place.loop)) || movesWith(b.place.of, loops))

/** The products in a loop whose packed operand no turn writes, and which lies at one place in all of them. */
export const stillIn = (loop: Loop): readonly KernelStep[] => {
  const { writes } = touchedBy(loop), loops = loopsIn(loop)
  const sameMemory = (a: Buffer, b: Buffer): boolean => {
    if (a === b || a.place.tag !== b.place.tag) return a === b
    if (a.place.tag === 'arena' && b.place.tag === 'arena') return a.place.offset < b.place.offset + b.size * b.bytes && b.place.offset < a.place.offset + a.size * a.bytes
    return 'index' in a.place && 'index' in b.place && a.place.index === b.place.index
  }
  return everyTurn(loop).filter(({ kernel, buffers }) => {
    if (kernel.tag !== 'contract') return false
    const operand = buffers[packedOperand(kernel)]!, root = rootOf(operand)
    return !movesWith(operand, loops) && ![...writes].some(w => sameMemory(w, root))
  })
}

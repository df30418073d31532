/** How sums reach the result of a contraction: at once, or, where the depth is cut in parts, by a stage that adds what the parts leave. */
import type { Contract } from '../../src/kernel/kernel.js'
import { size, spaceOf } from '../../src/kernel/space.js'
import { type Bindings, type Stage, unit } from './bindings.js'
import { fromWord, literal, Text, toWord, typeOf } from './wgsl.js'

const countOf = (c: Contract): number => { const { batch, m, n } = spaceOf(c); return size(batch) * m * n }
/** Words that parts of the sums leave for the stage that adds them. */
export const scratchOfParts = (c: Contract, parts: number): number => (parts > 1 ? parts * countOf(c) : 0)

export interface Sums {
  /** Stores a sum of a part at an index of the result. */
  readonly store: (text: Text, part: string, index: string, sum: string) => void
  /** What comes behind the stage that sums. */
  readonly rest: () => readonly Stage[]
}
export const sumsOf = (c: Contract, parts: number, bindings: Bindings): Sums => {
  const count = countOf(c)
  const finish = (text: Text, index: string, sum: string): void =>
    bindings.store(text, c.out, index, c.into ? `${bindings.load(c.out, index)} + ${sum}` : sum)
  if (parts === 1) return { store: (text, _, index, sum) => finish(text, index, sum), rest: () => [] }
  return {
    store: (text, part, index, sum) => bindings.store(text, bindings.scratch, `${part} * ${count} + ${index}`, toWord(sum, c.dtype)),
    rest: () => {
      const text = new Text()
      bindings.begin(text)
      const stage = unit(text, count)
      const sum = text.variable(typeOf(c.dtype), literal(0, c.dtype))
      text.within(`for (var p = 0; p < ${parts}; p++)`, () => {
        const x = fromWord(bindings.load(bindings.scratch, `p * ${count} + id`), c.dtype)
        text.line(`${sum} = ${sum} + ${x};`)
      })
      finish(text, 'id', sum)
      return [stage]
    },
  }
}

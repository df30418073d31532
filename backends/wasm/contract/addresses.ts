/** Where the operands of a contraction lie, for a batch, as integers that its code works out. */
import type { Contract } from '../../../src/kernel/kernel.js'
import type { Axis, Side } from '../../../src/kernel/space.js'
import type { Code } from '../encode.js'
import { held, type Int, quotient, remainder, sum, times } from './ints.js'

/** The bytes by which an operand of one batch lies behind that of the first. */
export const batchOffset = (axes: readonly Axis[], batch: Int, side: Side, bytes: number): Int => {
  let inner = 1
  return sum(...[...axes].reverse().map((axis, i) => {
    const place = quotient(batch, inner)
    inner *= axis.extent
    return times(i === axes.length - 1 ? place : remainder(place, axis.extent), axis[side] * bytes)
  }))
}

/** Where the operands and the result begin: their addresses are the arguments of the kernel, whose first parameter tells where those lie. */
export const addresses = (code: Code, c: Contract, bytes: number): { readonly left: Int; readonly right: Int; readonly out: Int } => {
  const of = (buffer: number, offset: number): Int => held(code, sum(x => x.get(0).mem('i32Load', 4 * buffer), offset * bytes))
  return { left: of(c.left.buffer, c.left.offset), right: of(c.right.buffer, c.right.offset), out: of(c.out, 0) }
}

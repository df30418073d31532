/** A contraction as code: one routine for every transpose, batch, broadcast and convolution, chosen among a few by shapes and strides alone. */
import type { Contract } from '../../src/kernel/kernel.js'
import { alongDepth, dot } from './contract/dot.js'
import { push, sum, times } from './contract/ints.js'
import { nestTime } from './contract/follow.js'
import { type Lanes, lanesOf } from './contract/lanes.js'
import { outer, shallow } from './contract/outer.js'
import { planOf, timeOf } from './contract/plan.js'
import { type Space, spaceOf } from '../../src/kernel/space.js'
import { stream, streaming } from './contract/stream.js'
import { tiled } from './contract/tiled.js'
import { Code } from './encode.js'
import type { Context, Emitted } from './target.js'

/** A sum over nothing: the result is zero, or stays as it was. */
const empty = (c: Contract, elements: number, bytes: number): Emitted => {
  const code = new Code(['i32', 'i32', 'i32'])
  if (elements === 0 || c.into) return { code, units: 0, cost: 0, scratch: 0 }
  push(code, sum(x => x.get(0).mem('i32Load', 4 * c.out), times(x => x.get(1), bytes))).i32(0).get(2).get(1)
  code.op(0x6b).i32(bytes).op(0x6c).fill()
  return { code, units: elements, cost: bytes / 10, scratch: 0 }
}

/** The contraction as it is computed: a column is a row of the transposed problem, whose result lies side by side. */
export const lyingDown = (c: Contract, { m, n }: Space): Contract => (n === 1 && m > 1 ? { ...c, rows: c.cols, cols: c.rows, left: c.right, right: c.left } : c)

/** The number of the buffer that is packed, if one is. */
export const packedOperand = (c: Contract): number => lyingDown(c, spaceOf(c)).right.buffer

export const emitContract = (c: Contract, context: Context): Emitted => {
  const t = lanesOf(c.dtype, context.level)
  const given = spaceOf(c)
  const elements = given.batches * given.m * given.n
  if (elements === 0 || given.k === 0) return empty(c, elements, t.bytes)
  const lying = lyingDown(c, given)
  const space = lying === c ? given : spaceOf(lying)
  const cost = timeOf(space, t, context.level)
  const emitted = written(lying, space, t, cost, context)
  return c.then === null ? emitted : { ...emitted, cost: emitted.cost + nestTime(c.then) / emitted.units }
}
const written = (lying: Contract, space: Space, t: Lanes, cost: number, context: Context): Emitted => {
  if (shallow(space)) return outer(lying, space, cost, t, context)
  if (alongDepth(space)) return dot(lying, space, cost, t, context)
  if (streaming(space, t)) return stream(lying, space, cost, t, context)
  return tiled(lying, space, planOf(space, t, context.level, context), t, context)
}

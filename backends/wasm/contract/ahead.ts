/** The right operand of a product, packed once for all that read it: strips of columns, each over the whole depth. */
import type { Contract } from '../../../src/kernel/kernel.js'
import { type Axis, runOf, type Space } from '../../../src/kernel/space.js'
import { Code } from '../encode.js'
import { i32 } from '../opcodes.js'
import { type Ahead, aheadBefore, type Context } from '../target.js'
import { addresses, batchOffset } from './addresses.js'
import { at, each, held, type Int, push, quotient, remainder, sum, times } from './ints.js'
import type { Lanes } from './lanes.js'
import { offsets, packer } from './pack.js'
import { aheadBytes } from './plan.js'

/** Where it lies, for a kernel whose arguments begin at its first parameter. */
export const ready = (code: Code): Int => held(code, x => x.get(0).i32(aheadBefore).op(i32.sub).mem('i32Load'))

/** Nanoseconds that an element takes, about. */
const perElement = 0.3

/** A unit is a strip of a batch. Scratch memory holds the offsets of a strip's columns, and those of the depth. */
export const panelsAhead = (c: Contract, space: Space, tileCols: number, t: Lanes, context: Context): Ahead & { readonly scratch: number } => {
  const { n, k, batches } = space, { bytes } = t
  const code = new Code(['i32', 'i32', 'i32'])
  const [begin, end] = [1, 2] as const
  const strips = Math.ceil(n / tileCols), tail = n % tileCols
  const padded = (cols: number): number => Math.ceil(cols / t.count) * t.count
  const depthAt = Math.ceil(tileCols / 4) * 16
  const { right } = addresses(code, c, bytes)
  const to = ready(code)
  const scratch = held(code, x => x.globalGet(context.scratch))
  const depth = held(code, sum(scratch, depthAt))
  const fill = (table: Int, axes: readonly Axis[], first: Int, count: number): void => {
    push(push(push(code, table), first), count).call(offsets(context, axes, 'right', bytes))
  }
  fill(depth, space.depth, 0, k)
  each(code, at(begin), at(end), 1, unit => {
    const batch = held(code, batches === 1 ? 0 : quotient(unit, strips))
    const strip = held(code, remainder(unit, strips))
    const from = held(code, sum(right, batchOffset(space.batch, batch, 'right', bytes)))
    const panel = held(code, sum(to, times(batch, aheadBytes({ ...space, batches: 1 }, t)), times(strip, tileCols * k * bytes)))
    const pack = (valid: number): void => {
      fill(scratch, space.cols, times(strip, tileCols), valid)
      const fn = packer(context, t, { width: padded(valid), valid, across: runOf(space.cols, 'right') > 1, run: runOf(space.depth, 'right') })
      push(push(push(code, panel), from), scratch)
      push(code, depth).i32(k).i32(0).call(fn)
    }
    if (strips === 1) { pack(n); return }
    if (tail === 0) { pack(tileCols); return }
    push(code, strip).i32(strips - 1).op(i32.eq).if()
    pack(tail)
    code.else()
    pack(tileCols)
    code.end()
  })
  return { code, units: batches * strips, cost: tileCols * k * perElement, bytes: aheadBytes(space, t), scratch: depthAt + 4 * k }
}

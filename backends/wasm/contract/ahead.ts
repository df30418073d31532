/** Operands of a product, packed once for all that read them: the right one in strips of columns, the left one in tiles of rows, each over the whole depth. */
import type { Contract } from '../../../src/kernel/kernel.js'
import { type Axis, runOf, type Side, type Space } from '../../../src/kernel/space.js'
import { Code } from '../encode.js'
import { i32 } from '../opcodes.js'
import { type Ahead, aheadBefore, type Context } from '../target.js'
import { addresses, batchOffset } from './addresses.js'
import { at, each, held, type Int, least, minus, most, push, quotient, remainder, sum, times } from './ints.js'
import type { Lanes } from './lanes.js'
import { offsets, packer } from './pack.js'
import { leftBytes, type Plan, rightBytes } from './plan.js'

/** Where they lie, for a kernel whose arguments begin at its first parameter: the right one first. */
export const ready = (code: Code): Int => held(code, x => x.get(0).i32(aheadBefore).op(i32.sub).mem('i32Load'))

/** Nanoseconds that an element takes, about. */
const perElement = 0.3

/** A unit is a strip, or behind all of those a tile, of a batch. Scratch memory holds the offsets of its columns or rows, and those of the depth. */
export const panelsAhead = (c: Contract, space: Space, plan: Plan, t: Lanes, context: Context): Ahead & { readonly scratch: number } => {
  const { n, k, batches } = space, { bytes } = t, { tileRows, tileCols, rowTiles, taller, rightAhead, leftAhead } = plan
  const code = new Code(['i32', 'i32', 'i32'])
  const [begin, end] = [1, 2] as const
  const strips = Math.ceil(n / tileCols), tail = n % tileCols
  const wholes = rightAhead ? batches * strips : 0, units = wholes + (leftAhead ? batches * rowTiles : 0)
  const padded = (cols: number): number => Math.ceil(cols / t.count) * t.count
  const one = { ...space, batches: 1 }
  const depthAt = Math.ceil(Math.max(tileCols, tileRows) / 4) * 16
  const all = addresses(code, c, bytes)
  const to = ready(code)
  const scratch = held(code, x => x.globalGet(context.scratch))
  const depth = held(code, sum(scratch, depthAt))
  const fill = (table: Int, axes: readonly Axis[], side: Side, first: Int, count: number): void => {
    push(push(push(code, table), first), count).call(offsets(context, axes, side, bytes))
  }
  const pack = (side: Side, valid: number, panel: Int, from: Int, first: Int): void => {
    const own = side === 'left' ? space.rows : space.cols
    fill(scratch, own, side, first, valid)
    const fn = packer(context, t, { width: side === 'left' ? valid : padded(valid), valid, across: runOf(own, side) > 1, run: runOf(space.depth, side) })
    push(push(push(code, panel), from), scratch)
    push(code, depth).i32(k).i32(0).call(fn)
  }
  /** One of two widths: the usual one, or the other where `other` says so. */
  const eitherWidth = (other: Int | null, usual: number, rest: number, body: (width: number) => void): void => {
    if (other === null) { body(usual); return }
    push(code, other).if()
    body(rest)
    code.else()
    body(usual)
    code.end()
  }
  const range = (from: Int, to: Int, side: Side, body: (unit: Int) => void): void => {
    fill(depth, space.depth, side, 0, k)
    each(code, from, to, 1, body)
  }
  const place = (unit: Int, of: number, side: Side): { readonly batch: Int; readonly index: Int; readonly from: Int } => {
    const batch = held(code, batches === 1 ? 0 : quotient(unit, of))
    return { batch, index: held(code, remainder(unit, of)), from: held(code, sum(all[side], batchOffset(space.batch, batch, side, bytes))) }
  }
  const rightSize = rightAhead ? rightBytes(space, t) : 0
  if (rightAhead) range(at(begin), held(code, least(at(end), wholes)), 'right', unit => {
    const { batch, index, from } = place(unit, strips, 'right')
    const panel = held(code, sum(to, times(batch, rightBytes(one, t)), times(index, tileCols * k * bytes)))
    const last: Int | null = strips > 1 && tail > 0 ? x => push(x, index).i32(strips - 1).op(i32.eq) : null
    eitherWidth(last, strips === 1 ? n : tileCols, tail, width => pack('right', width, panel, from, times(index, tileCols)))
  })
  if (leftAhead) {
    const first = held(code, most(at(begin), wholes))
    range(held(code, minus(first, wholes)), held(code, minus(at(end), wholes)), 'left', unit => {
      const { batch, index, from } = place(unit, rowTiles, 'left')
      // the first `taller` tiles have tileRows rows, the others one less
      const row = held(code, taller === rowTiles ? times(index, tileRows) : minus(times(index, tileRows), held(code, most(0, held(code, sum(index, -taller))))))
      const panel = held(code, sum(to, rightSize, times(batch, leftBytes(one, t)), times(row, k * bytes)))
      const lower: Int | null = taller < rowTiles ? x => push(x, index).i32(taller).op(i32.geS) : null
      eitherWidth(lower, tileRows, tileRows - 1, height => pack('left', height, panel, from, row))
    })
  }
  return { code, units, cost: (rightAhead ? tileCols : tileRows) * k * perElement, bytes: rightSize + (leftAhead ? leftBytes(space, t) : 0), scratch: depthAt + 4 * k }
}

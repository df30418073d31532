/** The general contraction: blocks of the operands are packed into panels, and tiles of the result are summed over them. */
import type { Contract } from '../../../src/kernel/kernel.js'
import { Code } from '../encode.js'
import { i32 } from '../opcodes.js'
import type { Context, Emitted } from '../target.js'
import { following } from './follow.js'
import { at, each, held, type Int, least, minus, most, push, quotient, remainder, sum, times } from './ints.js'
import type { Lanes } from './lanes.js'
import { micro } from './micro.js'
import { offsets, packer } from './pack.js'
import { panelsAhead, ready } from './ahead.js'
import { leftBytes, type Plan, rightBytes } from './plan.js'
import { runOf, type Space, stepOf } from '../../../src/kernel/space.js'
import { addresses, batchOffset } from './addresses.js'

const aligned = (n: number): number => Math.ceil(n / 64) * 64

export const tiled = (c: Contract, space: Space, plan: Plan, t: Lanes, context: Context): Emitted => {
  const { m, n, k, batches } = space
  const { tileRows, tileCols, rowTiles, taller, blockTiles, rowBlocks, blockCols, colBlocks, blockDepth, packRight, rightAhead, leftAhead, together } = plan
  const packHere = packRight && !rightAhead, ahead = rightAhead || leftAhead
  const packLeft = plan.left === 'packed' && !leftAhead
  const leftTables = packLeft || plan.left === 'table'
  const { bytes } = t
  const code = new Code(['i32', 'i32', 'i32'])
  const [begin, end] = [1, 2] as const
  const tail = n % tileCols
  const padded = (cols: number): number => Math.ceil(cols / t.count) * t.count
  const evenly = taller === rowTiles
  const follow = following(c, space, context)

  // scratch: tables of offsets, then panels
  let used = 0
  const room = (size: number): number => { const place = used; used = aligned(used + size); return place }
  const blockRows = Math.min(m, blockTiles * tileRows)
  const places = {
    colTable: packHere ? room(4 * Math.min(blockCols, n)) : 0,
    rightDepth: packHere ? room(4 * blockDepth) : 0,
    rowTable: leftTables ? room(4 * blockRows) : 0,
    leftDepth: leftTables ? room(4 * blockDepth) : 0,
    right: packHere ? room(padded(Math.min(blockCols, n)) * blockDepth * bytes) : 0,
    left: packLeft ? room(blockRows * blockDepth * bytes) : 0,
  }
  const scratch = used > 0 ? held(code, x => x.globalGet(context.scratch)) : 0
  const inScratch = (place: number): Int => sum(scratch, place)

  const all = addresses(code, c, bytes)
  const leftRowStep = (stepOf(space.rows, 'left') ?? 0) * bytes
  const leftStep = (stepOf(space.depth, 'left') ?? 0) * bytes
  const rightStep = (stepOf(space.depth, 'right') ?? 0) * bytes

  /** body(first tile, end, rows of each, the first one's row less tile·rows) for the taller tiles of a range, then for the others. */
  const tileRanges = (from: Int, to: Int, body: (from: Int, to: Int, rows: number, shift: number) => void): void => {
    body(from, evenly ? to : held(code, least(to, taller)), tileRows, 0)
    if (!evenly && tileRows > 1) body(held(code, most(from, taller)), to, tileRows - 1, taller)
  }
  const rowOf = (tile: Int): Int => (evenly ? times(tile, tileRows) : minus(times(tile, tileRows), most(0, sum(tile, -taller))))

  const fill = (table: number, axes: Space['rows'], side: 'left' | 'right', first: Int, count: Int): void => {
    push(push(push(code, inScratch(table)), first), count).call(offsets(context, axes, side, bytes))
  }
  const pack = (side: 'left' | 'right', width: number, valid: number, to: Int, base: Int, table: Int, first: Int, steps: Int): void => {
    const own = side === 'left' ? space.rows : space.cols
    const run = runOf(space.depth, side)
    const fn = packer(context, t, { width, valid, across: runOf(own, side) > 1, run })
    push(push(push(code, to), base), table)
    push(push(push(code, inScratch(side === 'left' ? places.leftDepth : places.rightDepth)), steps), remainder(first, run)).call(fn)
  }

  /** The first block of the depth sets the result, unless there is one already; the others add to it. */
  const into = (first: Int): Int => (c.into ? 1 : typeof first === 'number' ? 0 : first)
  // a piece is a block of rows × a block of columns of one batch; pieces that differ in their rows alone follow one another
  const pieces = batches * colBlocks * rowBlocks
  const piece = code.local('i32')
  const stop = code.local('i32')
  push(code, times(at(begin), together)).set(piece)
  push(code, times(at(end), together)).set(stop)
  if (together > 1) push(code, least(at(stop), pieces)).set(stop)
  code.block().loop().get(piece).get(stop).op(i32.geS).brIf(1)
  const group = held(code, quotient(at(piece), rowBlocks))
  const firstBlock = held(code, remainder(at(piece), rowBlocks))
  const lastBlock = rowBlocks === 1 ? 1 : held(code, least(rowBlocks, sum(firstBlock, minus(at(stop), at(piece)))))
  const colBlock = held(code, remainder(group, colBlocks))
  const batch = held(code, batches === 1 ? 0 : quotient(group, colBlocks))
  const col = held(code, times(colBlock, blockCols))
  const cols = colBlocks === 1 ? n : held(code, least(blockCols, minus(n, col)))
  /** The last columns, fewer than a tile, belong to the last block of columns. */
  const whereTail = (body: () => void): void => {
    if (colBlocks > 1) push(code, colBlock).i32(colBlocks - 1).op(i32.eq).if()
    body()
    if (colBlocks > 1) code.end()
  }
  const left = held(code, sum(all.left, batchOffset(space.batch, batch, 'left', bytes)))
  const right = held(code, sum(all.right, batchOffset(space.batch, batch, 'right', bytes), packRight ? 0 : times(col, bytes)))
  const packed = ahead ? ready(code) : 0, one = { ...space, batches: 1 }
  const panels = rightAhead ? held(code, sum(packed, times(batch, rightBytes(one, t)), times(col, k * bytes))) : 0
  const leftPanels = leftAhead ? held(code, sum(packed, rightAhead ? rightBytes(space, t) : 0, times(batch, leftBytes(one, t)))) : 0
  const out = held(code, sum(all.out, times(batch, m * n * bytes), times(col, bytes)))
  if (packHere) fill(places.colTable, space.cols, 'right', col, cols)

  each(code, 0, k, blockDepth, first => {
    const steps = k <= blockDepth ? k : held(code, least(blockDepth, minus(k, first)))
    if (packHere) {
      fill(places.rightDepth, space.depth, 'right', first, steps)
      const bytesOfPanel = held(code, times(steps, tileCols * bytes))
      const packCols = (valid: number, j: Int): void => {
        const to = sum(inScratch(places.right), times(j, bytesOfPanel))
        pack('right', padded(valid), valid, to, right, sum(inScratch(places.colTable), times(j, tileCols * 4)), first, steps)
      }
      each(code, 0, quotient(cols, tileCols), 1, j => packCols(tileCols, j))
      if (tail > 0) whereTail(() => packCols(tail, quotient(cols, tileCols)))
    }
    if (leftTables) fill(places.leftDepth, space.depth, 'left', first, steps)
    each(code, firstBlock, lastBlock, 1, block => {
      // blocks of rows differ by one tile at most
      const from = held(code, quotient(times(block, rowTiles), rowBlocks))
      const to = held(code, quotient(times(sum(block, 1), rowTiles), rowBlocks))
      const row = held(code, rowOf(from))
      if (leftTables) fill(places.rowTable, space.rows, 'left', row, minus(held(code, rowOf(to)), row))
      if (packLeft) {
        tileRanges(from, to, (a, b, rows, shift) => each(code, a, b, 1, tile => {
          const above = held(code, minus(sum(times(tile, rows), shift), row))
          const to = sum(inScratch(places.left), times(above, times(steps, bytes)))
          pack('left', rows, rows, to, left, sum(inScratch(places.rowTable), times(above, 4)), first, steps)
        }))
      }
      const strip = (valid: number, j: Int): void => {
        const b = held(code, rightAhead ? sum(panels, times(j, k * tileCols * bytes), times(first, padded(valid) * bytes))
          : packRight ? sum(inScratch(places.right), times(j, times(steps, tileCols * bytes)))
          : sum(right, times(first, rightStep), times(j, tileCols * bytes)))
        const c = held(code, sum(out, times(j, tileCols * bytes)))
        tileRanges(from, to, (f, l, rows, shift) => {
          const kind = { left: plan.left === 'packed' ? 'panel' : plan.left, right: packRight ? 'padded' : 'exact' } as const
          const known = plan.left === 'packed' ? rows * bytes : plan.left === 'strided' && leftStep === bytes ? bytes : null
          const fn = micro(context, t, { rows, cols: valid, ...kind, leftStep: known })
          each(code, f, l, 1, tile => {
            const r = held(code, sum(times(tile, rows), shift))
            const below = minus(r, row)
            const [a, rowStep, step] = leftAhead ? [sum(leftPanels, times(r, k * bytes), times(first, rows * bytes)), 0, rows * bytes] as const
              : packLeft ? [sum(inScratch(places.left), times(below, times(steps, bytes))), 0, rows * bytes] as const
              : leftTables ? [left, sum(inScratch(places.rowTable), times(below, 4)), inScratch(places.leftDepth)] as const
                : [sum(left, times(first, leftStep), times(r, leftRowStep)), leftRowStep, leftStep] as const
            push(push(push(code, a), rowStep), step)
            push(push(code, b), packRight ? padded(valid) * bytes : rightStep)
            push(push(code, sum(c, times(r, n * bytes))), n * bytes)
            push(push(code, steps), into(first)).call(fn)
          })
        })
      }
      each(code, 0, quotient(cols, tileCols), 1, j => strip(tileCols, j))
      if (tail > 0) whereTail(() => strip(tail, quotient(cols, tileCols)))
      if (follow) {
        // the last block of the depth ends the sums
        if (k > blockDepth) push(push(code, sum(first, steps)), k).op(i32.geS).if()
        follow(code, sum(times(sum(times(batch, m), row), n), col), cols, minus(held(code, rowOf(to)), row))
        if (k > blockDepth) code.end()
      }
    })
  })
  push(code, sum(at(piece), minus(lastBlock, firstBlock))).set(piece)
  code.br(0).end().end()
  const units = Math.ceil(pieces / together)
  const before = ahead ? panelsAhead(c, space, plan, t, context) : null
  return { code, units, cost: plan.cost / units, scratch: Math.max(used, before?.scratch ?? 0), repeats: packHere && rowBlocks > 1, ...(before ? { ahead: before } : {}) }
}

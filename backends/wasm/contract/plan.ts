/** How a contraction is cut into tiles, blocks and units: a choice made of shapes and strides alone, never of the number of threads. */
import type { Context, Level } from '../target.js'
import type { Lanes } from './lanes.js'
import { type Left, shapeOf } from './micro.js'
import { runOf, type Space, stepOf } from '../../../src/kernel/space.js'

export interface Plan {
  /** The first `taller` tiles have tileRows rows, the others one less: no tile is a sliver. */
  readonly tileRows: number
  readonly rowTiles: number
  readonly taller: number
  readonly tileCols: number
  /** At most so many tiles of rows in a block; columns in a block, steps of depth in a block. */
  readonly blockTiles: number
  readonly rowBlocks: number
  readonly blockCols: number
  readonly colBlocks: number
  readonly blockDepth: number
  readonly left: 'packed' | Left
  readonly packRight: boolean
  /** The right operand is packed once, before all units, and not by each of those that read it. */
  readonly rightAhead: boolean
  /** The left operand too, behind it, or alone: several blocks of columns would each pack it anew. */
  readonly leftAhead: boolean
  /** So many small batches are one unit. */
  readonly together: number
  /** Nanoseconds that the whole takes, about. */
  readonly cost: number
}

/** An operand in panels, all of it. */
export const rightBytes = ({ batches, n, k }: Space, t: Lanes): number => batches * k * Math.ceil(n / t.count) * t.count * t.bytes
export const leftBytes = ({ batches, m, k }: Space, t: Lanes): number => batches * k * m * t.bytes

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high)

/** Elements of the result that a nanosecond sees summed by one step, and bytes moved. */
const rate = (t: Lanes, level: Level): number =>
  (t.bytes === 8 ? 0.5 : 1) * (t.type === 'i32' ? 15 : level === 'wide' ? 50 : level === 'relaxed' ? 25 : 20)
const bytesPerNanosecond = 12

export const timeOf = (space: Space, t: Lanes, level: Level): number => {
  const { m, n, k, batches } = space
  return 20 + batches * (m * n * k / rate(t, level) + (m * n + m * k + k * n) * t.bytes / bytesPerNanosecond)
}

/** Packing ahead is worth a function and a job of its own where the product takes so many nanoseconds; so many bytes may be taken for it. */
export const worthAhead = 200_000
const mostAhead = 2 ** 25, deepestAhead = 8192
/** Bytes of an operand that stay near the processor from when it is packed to when it is read. */
const near = 2 ** 21

export const planOf = (space: Space, t: Lanes, level: Level, { ahead: may, aheadFrom }: Pick<Context, 'ahead' | 'aheadFrom'>): Plan => {
  const { m, n, k, batches } = space
  const shape = shapeOf(t, level, m, n)
  const rowTiles = Math.ceil(m / shape.rows)
  const tileRows = Math.ceil(m / rowTiles)
  const taller = m - rowTiles * (tileRows - 1)
  const tileCols = shape.vectors * t.count
  const cost = timeOf(space, t, level)

  const rightDirect = (n === 1 || stepOf(space.cols, 'right') === 1) && stepOf(space.depth, 'right') !== null
  const packRight = !rightDirect || (rowTiles > 4 && k * n > 4096)
  const rowStep = stepOf(space.rows, 'left')
  const leftEven = rowStep !== null && stepOf(space.depth, 'left') !== null

  // a power of two is shared evenly by two, four or eight threads
  const wanted = cost < 20000 ? 1 : clamp(2 ** Math.ceil(Math.log2(cost / 20000)), 2, 32)
  const each = Math.ceil(wanted / batches)
  // of a long operand beside a short one, packing ahead would go through memory: units are strips of columns, which pack them for themselves into what is near
  const long = may === 'units' && cost >= aheadFrom && m <= 256 && n >= 2 * m && rightBytes({ ...space, batches: 1 }, t) > near
  const widest = Math.max(1, Math.floor(2048 / t.bytes / tileCols)) * tileCols
  const colTiles = Math.ceil(n / tileCols)
  const most = Math.ceil(n / widest)
  const parts = each > 1 && m <= 256 ? clamp(Math.min(each, Math.floor(n / (long ? 32 : 64))), most, colTiles) : most
  const blockCols = Math.ceil(colTiles / parts) * tileCols
  const colBlocks = Math.ceil(n / blockCols)
  // rows that run along the depth are read where they are, unless that is done very often;
  // others touch a line of the cache for each element
  const packLeft = (long ? n : Math.min(n, blockCols)) > (runOf(space.depth, 'left') < Math.min(k, 8) ? 4 : 24) * tileCols
  const left = packLeft ? 'packed' : !leftEven ? 'table' : rowStep === 1 ? 'panel' : 'strided'

  const blocks128 = Math.ceil(m / 128)
  const rowParts = long ? 1 : clamp(Math.max(Math.ceil(each / colBlocks), blocks128), 1, m > 256 ? Math.max(blocks128, Math.floor(rowTiles / 4)) : rowTiles)
  const shared = may === 'units' ? rowParts > 1 && cost >= aheadFrom : may === 'turns'
  const rightAhead = packRight && shared && !long && k <= deepestAhead && rightBytes(space, t) <= mostAhead
  const leftAhead = (rightAhead || long) && may === 'units' && packLeft && colBlocks > 1 && k <= deepestAhead && leftBytes(space, t) <= mostAhead
  const deepest = t.bytes === 8 ? 256 : 320
  const blockDepth = Math.ceil(k / Math.ceil(k / deepest))
  const together = rowParts * colBlocks === 1 ? Math.ceil(batches / Math.min(batches, wanted)) : 1
  return {
    tileRows, rowTiles, taller, tileCols, blockTiles: Math.ceil(rowTiles / rowParts), rowBlocks: rowParts, blockCols, colBlocks, blockDepth,
    left, packRight, rightAhead, leftAhead, together, cost,
  }
}

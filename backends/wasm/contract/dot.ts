/** A contraction with few rows or few columns, both operands running along the depth: sums of products of vectors along it, nothing is packed. */
import type { Contract } from '../../../src/kernel/kernel.js'
import { Code } from '../encode.js'
import { i32 } from '../opcodes.js'
import type { Context, Emitted } from '../target.js'
import { following } from './follow.js'
import { at, each, held, type Int, least, minus, push, quotient, remainder, sum, times } from './ints.js'
import { accumulate, type Lanes } from './lanes.js'
import { type Space, stepOf } from '../../../src/kernel/space.js'
import { addresses, batchOffset } from './addresses.js'

const few = 4
export const alongDepth = (space: Space): boolean =>
  space.k >= 8 && Math.min(space.m, space.n) <= few && stepOf(space.depth, 'left') === 1 && stepOf(space.depth, 'right') === 1
  && stepOf(space.rows, 'left') !== null && stepOf(space.cols, 'right') !== null

/** Rows, columns and vectors a turn, of which about eight sums run side by side. */
const shapeOf = (m: number, n: number): { readonly rows: number; readonly cols: number; readonly vectors: number } => {
  const other = (n: number): number => [8, 4, 4, 3, 2][n]!
  const small = Math.min(m, n, few)
  const large = Math.min(Math.max(m, n), other(small))
  return { rows: m <= n ? small : large, cols: m <= n ? large : small, vectors: Math.max(1, Math.floor(8 / (small * large))) }
}

/** (left, bytes between rows, right, bytes between columns, out, bytes between rows, steps > 0, add?) */
const dots = (context: Context, t: Lanes, rows: number, cols: number, vectors: number): number =>
  context.shared(`dots ${t.dtype} ${rows}x${cols}x${vectors}`, () => {
    const code = new Code(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'])
    const [a, aRow, b, bCol, out, outRow, depth, add] = [0, 1, 2, 3, 4, 5, 6, 7] as const
    const streams = (first: number, step: number, n: number): readonly number[] => {
      const list = [first]
      while (list.length < n) {
        const next = code.local('i32')
        code.get(list[list.length - 1]!).get(step).op(i32.add).set(next)
        list.push(next)
      }
      return list
    }
    const as = streams(a, aRow, rows)
    const bs = streams(b, bCol, cols)
    const acc = Array.from({ length: rows * cols * vectors }, () => code.local('v128'))
    const xs = as.map(() => code.local('v128'))
    const y = code.local('v128')
    const turns = (vectors: number): void => {
      const stride = vectors * t.count
      code.block().loop().get(depth).i32(stride).op(i32.ltS).brIf(1)
      for (let v = 0; v < vectors; v++) {
        as.forEach((s, r) => code.get(s).vec('load', 16 * v).set(xs[r]!))
        bs.forEach((s, c) => {
          code.get(s).vec('load', 16 * v).set(y)
          xs.forEach((x, r) => accumulate(code, t, acc[(v * rows + r) * cols + c]!, x, y))
        })
      }
      for (const s of [...as, ...bs]) code.get(s).i32(16 * vectors).op(i32.add).set(s)
      code.get(depth).i32(stride).op(i32.sub).set(depth).br(0).end().end()
    }
    turns(vectors)
    for (let v = vectors - 1; v > 0; v--) {
      for (let i = 0; i < rows * cols; i++) code.get(acc[i]!).get(acc[v * rows * cols + i]!).simd(t.add).set(acc[i]!)
    }
    if (vectors > 1) turns(1)
    const totals = Array.from({ length: rows * cols }, (_, i) => {
      const total = code.local(t.type)
      if (t.count === 4) {
        code.get(acc[i]!).get(acc[i]!).get(acc[i]!).shuffle([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]).simd(t.add).set(acc[i]!)
      }
      code.get(acc[i]!).lane(t.extract, 0).get(acc[i]!).lane(t.extract, 1).op(t.scalar.add).set(total)
      return total
    })
    code.block().loop().get(depth).op(i32.eqz).brIf(1)
    as.forEach((s, r) => bs.forEach((u, c) => {
      const total = totals[r * cols + c]!
      code.get(s).mem(t.load).get(u).mem(t.load).op(t.scalar.mul).get(total).op(t.scalar.add).set(total)
    }))
    for (const s of [...as, ...bs]) code.get(s).i32(t.bytes).op(i32.add).set(s)
    code.get(depth).i32(1).op(i32.sub).set(depth).br(0).end().end()
    const o = code.local('i32')
    code.get(out).set(o)
    for (let r = 0; r < rows; r++) {
      code.get(add).if()
      for (let c = 0; c < cols; c++) code.get(o).mem(t.load, c * t.bytes).get(totals[r * cols + c]!).op(t.scalar.add).set(totals[r * cols + c]!)
      code.end()
      for (let c = 0; c < cols; c++) code.get(o).get(totals[r * cols + c]!).mem(t.store, c * t.bytes)
      if (r + 1 < rows) code.get(o).get(outRow).op(i32.add).set(o)
    }
    return code
  })

export const dot = (c: Contract, space: Space, cost: number, t: Lanes, context: Context): Emitted => {
  const { m, n, k, batches } = space
  const { bytes } = t
  const { rows, cols, vectors } = shapeOf(m, n)
  const code = new Code(['i32', 'i32', 'i32'])
  const [begin, end] = [1, 2] as const
  const rowStep = stepOf(space.rows, 'left')! * bytes
  const colStep = stepOf(space.cols, 'right')! * bytes
  // a unit is some tiles along the longer side, or some batches
  const byRows = m > n
  const follow = following(c, space, context, !byRows)
  const tiles = Math.ceil(byRows ? m / rows : n / cols)
  const wanted = Math.min(Math.max(Math.ceil(cost / 20000), 1), 32)
  const tilesEach = Math.max(1, Math.ceil(tiles * Math.min(1, batches / wanted)))
  const blocks = Math.ceil(tiles / tilesEach)
  const together = blocks > 1 ? 1 : Math.max(1, Math.floor(batches / wanted))
  const pieces = batches * blocks
  const deepest = 256 * t.count * vectors

  const all = addresses(code, c, bytes)
  const stop = held(code, together === 1 ? at(end) : least(times(at(end), together), pieces))
  each(code, times(at(begin), together), stop, 1, piece => {
    const batch = held(code, quotient(piece, blocks))
    const left = held(code, sum(all.left, batchOffset(space.batch, batch, 'left', bytes)))
    const right = held(code, sum(all.right, batchOffset(space.batch, batch, 'right', bytes)))
    const out = held(code, sum(all.out, times(batch, m * n * bytes)))
    const long = byRows ? m : n
    const tile = byRows ? rows : cols
    const from = held(code, times(remainder(piece, blocks), tilesEach * tile))
    const to = blocks === 1 ? long : held(code, least(long, sum(from, tilesEach * tile)))
    const call = (i: Int, height: number, j: Int, width: number): void => {
      const fn = dots(context, t, height, width, vectors)
      const a = held(code, sum(left, times(i, rowStep)))
      const b = held(code, sum(right, times(j, colStep)))
      const o = held(code, sum(out, times(i, n * bytes), times(j, bytes)))
      each(code, 0, k, deepest, first => {
        push(push(code, sum(a, times(first, bytes))), rowStep)
        push(push(code, sum(b, times(first, bytes))), colStep)
        push(push(code, o), n * bytes)
        push(code, k <= deepest ? k : least(deepest, sum(k, times(first, -1))))
        push(code, c.into ? 1 : first).call(fn)
      })
    }
    const short = (i: Int, size: number): void => (byRows ? call(i, size, 0, n) : call(0, m, i, size))
    // the last tile of all may be smaller
    const rest = long % tile
    const whole = rest === 0 ? to : held(code, least(to, long - rest))
    each(code, from, whole, tile, i => short(i, tile))
    if (rest > 0) {
      if (blocks > 1) push(code, to).i32(long).op(i32.eq).if()
      short(long - rest, rest)
      if (blocks > 1) code.end()
    }
    if (byRows) follow?.(code, times(sum(times(batch, m), from), n), n, minus(to, from))
    else follow?.(code, sum(times(batch, m * n), from), minus(to, from), m)
  })
  const units = Math.ceil(pieces / together)
  return { code, units, cost: cost / units, scratch: 0 }
}

/** A contraction of little depth moves more than it computes: the result is written row after row, once, and nothing is packed. */
import type { Contract } from '../../../src/kernel/kernel.js'
import { Code } from '../encode.js'
import type { Context, Emitted } from '../target.js'
import { following } from './follow.js'
import { at, each, held, type Int, least, minus, push, quotient, remainder, sum, times } from './ints.js'
import { accumulate, type Lanes, loadFirst, storeFirst } from './lanes.js'
import { type Axis, type Side, type Space, stepOf } from '../../../src/kernel/space.js'
import { addresses, batchOffset } from './addresses.js'

/** Depths for which this is the way; the columns must lie side by side. */
export const shallow = (space: Space): boolean =>
  space.k <= 4 && stepOf(space.rows, 'left') !== null && (space.n === 1 || stepOf(space.cols, 'right') === 1)

/** Where the steps of depth lie: all are known here. */
const steps = (axes: readonly Axis[], side: Side): readonly number[] =>
  axes.reduce<readonly number[]>((all, a) => all.flatMap(p => Array.from({ length: a.extent }, (_, i) => p + i * a[side])), [0])

export const outer = (c: Contract, space: Space, cost: number, t: Lanes, context: Context): Emitted => {
  const { m, n, k, batches } = space
  const { bytes, count } = t
  const code = new Code(['i32', 'i32', 'i32'])
  const [begin, end] = [1, 2] as const
  const [lefts, rights] = [steps(space.depth, 'left'), steps(space.depth, 'right')]
  const rowStep = (stepOf(space.rows, 'left') ?? 0) * bytes

  // a unit is some rows of one batch, or some batches of few rows
  const wanted = Math.min(Math.max(Math.ceil(cost / 20000), 1), 64)
  const rowsEach = Math.max(1, Math.ceil(m * Math.min(1, batches / wanted)))
  const rowBlocks = Math.ceil(m / rowsEach)
  const together = rowBlocks > 1 ? 1 : Math.max(1, Math.floor(batches / wanted))
  const pieces = batches * rowBlocks
  const follow = following(c, space, context)
  const all = addresses(code, c, bytes)

  const xs = lefts.map(() => code.local('v128'))
  const group = 4
  const ys = Array.from({ length: group }, () => code.local('v128'))
  const acc = Array.from({ length: group }, () => code.local('v128'))
  const stop = held(code, together === 1 ? at(end) : least(times(at(end), together), pieces))
  each(code, times(at(begin), together), stop, 1, piece => {
    const batch = held(code, quotient(piece, rowBlocks))
    const from = held(code, times(remainder(piece, rowBlocks), rowsEach))
    const to = rowBlocks === 1 ? m : held(code, least(m, sum(from, rowsEach)))
    const left = held(code, sum(all.left, batchOffset(space.batch, batch, 'left', bytes)))
    const right = held(code, sum(all.right, batchOffset(space.batch, batch, 'right', bytes)))
    const out = held(code, sum(all.out, times(batch, m * n * bytes)))
    each(code, from, to, 1, row => {
      const a = held(code, sum(left, times(row, rowStep)))
      const o = held(code, sum(out, times(row, n * bytes)))
      lefts.forEach((l, i) => push(code, sum(a, l * bytes)).vec(t.splat).set(xs[i]!))
      const b = code.local('i32')
      const target = code.local('i32')
      /** Some vectors from byte `from` of the row on; the last has `last` elements. */
      const vectorsAt = (fromByte: Int, vectors: number, last: number): void => {
        const sizes = Array.from({ length: vectors }, (_, v) => (v === vectors - 1 ? last : count))
        push(code, sum(o, fromByte)).set(target)
        rights.forEach((r, i) => {
          push(code, sum(right, fromByte, r * bytes)).set(b)
          sizes.forEach((s, v) => loadFirst(code, t, s, b, 16 * v).set(ys[v]!))
          sizes.forEach((_, v) => {
            if (i === 0) code.get(xs[0]!).get(ys[v]!).simd(t.mul).set(acc[v]!)
            else accumulate(code, t, acc[v]!, xs[i]!, ys[v]!)
          })
        })
        if (c.into) sizes.forEach((s, v) => loadFirst(code, t, s, target, 16 * v).get(acc[v]!).simd(t.add).set(acc[v]!))
        sizes.forEach((s, v) => storeFirst(code, t, s, target, acc[v]!, 16 * v))
      }
      const whole = Math.floor(n / (group * count)) * group * count
      each(code, 0, whole * bytes, group * count * bytes, byte => vectorsAt(byte, group, count))
      const rest = n - whole
      if (rest > 0) vectorsAt(whole * bytes, Math.ceil(rest / count), rest - (Math.ceil(rest / count) - 1) * count)
    })
    follow?.(code, times(sum(times(batch, m), from), n), n, minus(to, from))
  })
  const units = Math.ceil(pieces / together)
  return { code, units, cost: cost / units, scratch: 0 }
}

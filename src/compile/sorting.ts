/** A sort is one kernel for all its operands: lines along an axis, each on its own. */
import { sizeOf, stridesOf } from '../core/aval.js'
import { roomOf, type Sort, type Strided } from '../kernel/special.js'
import { settled } from './indexing.js'
import type { Rule } from './lowering.js'

/** So few lines have a place of their own for what is sorted: threads would need as much, each of them. */
const fewLines = 8

export const sortR: Rule<{ readonly axis: number; readonly numKeys: number; readonly descending: boolean }> = (l, ins, { axis, numKeys, descending }, outs, dests) => {
  const made = outs.map((a, i) => dests[i] ?? l.bufferFor(a))
  const results = made.map((b, i) => l.held(b, outs[i]!))
  const { shape } = outs[0]!
  if (sizeOf(shape) === 0) return results
  const xs = ins.map(v => settled(l, v))
  const strided = (buffer: number, offset: number, strides: readonly number[]): Strided =>
    ({ buffer, offset, strides: [...strides.filter((_, a) => a !== axis), strides[axis]!] })
  const lines = shape.filter((_, a) => a !== axis), length = shape[axis]!
  const room = sizeOf(lines) <= fewLines ? [l.buffer('u32', sizeOf(lines) * roomOf(length))] : []
  const kernel: Sort = {
    tag: 'sort', lines, length, keys: numKeys, descending, dtypes: outs.map(o => o.dtype),
    ins: xs.map((x, k) => strided(k, x.offset, x.strides)), outs: made.map((_, k) => strided(xs.length + k, 0, stridesOf(shape))),
    room: room.length > 0 ? 2 * xs.length : null,
  }
  const from = xs.map(x => x.buffer), to = [...made, ...room]
  l.block.step({ tag: 'kernel', kernel, buffers: [...from, ...to] }, from, to)
  return results
}

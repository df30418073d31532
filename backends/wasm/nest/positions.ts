/** The units of a nest: runs of positions, a position being a place along the outermost axes and, where the vector axis is cut, one of its blocks. */
import type { Code } from '../encode.js'
import { i32 } from '../opcodes.js'
import type { Schedule } from './choose.js'
import type { Plain } from '../../../src/kernel/normal.js'
import type { Streams } from './streams.js'

/** Goes through the positions of units begin..end. `body` is given a local that is 1 in the last block of the vector axis, or null without blocks. */
export const units = (code: Code, plain: Plain, s: Schedule, streams: Streams, body: (last: number | null) => void): void => {
  const axes = s.outer.slice(0, s.unitAxes)
  const blocks = s.block > 0 ? Math.ceil(plain.extents[s.vector]! / s.block) : 1
  const positions = axes.reduce((n, a) => n * plain.extents[a]!, blocks)
  const at = code.local('i32'), end = code.local('i32')
  code.get(1).i32(s.chunk).op(i32.mul).set(at)
  code.get(2).i32(s.chunk).op(i32.mul).tee(end).i32(positions).get(end).i32(positions).op(i32.ltS).select().set(end)
  const each = (position: () => void): void => {
    code.get(at).get(end).op(i32.ltS).if().loop()
    position()
    code.get(at).i32(1).op(i32.add).tee(at).get(end).op(i32.ltS).brIf(0).end().end()
  }
  const [only] = axes
  if (axes.length === 1 && blocks === 1) {
    streams.fork([only!], () => each(() => { body(null); streams.advance(only!, 1) }), k => streams.offset(k, only!, at))
    return
  }
  each(() => {
    const rest = code.local('i32')
    code.get(at).set(rest)
    const digit = (extent: number): number => {
      const local = code.local('i32')
      code.get(rest).i32(extent).op(i32.remU).set(local).get(rest).i32(extent).op(i32.divU).set(rest)
      return local
    }
    const block = blocks > 1 ? digit(blocks) : null
    const places = new Map([...axes].reverse().map(a => [a, digit(plain.extents[a]!)]))
    const last = block === null ? null : code.local('i32')
    if (block !== null) code.get(block).i32(blocks - 1).op(i32.eq).set(last!)
    streams.fork(block === null ? axes : [...axes, s.vector], () => body(last), k => {
      places.forEach((local, a) => streams.offset(k, a, local))
      if (block !== null) streams.offset(k, s.vector, block, s.block)
    })
  })
}

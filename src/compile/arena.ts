/** Temporaries that are never alive together share memory: each gets the lowest place that is free during its life. */
import { dtypes } from '../core/dtype.js'
import type { Buffer, Step } from './plan.js'
import { rootOf } from './plan.js'

interface Life { from: number; to: number }
const alignment = 64
/** Vector loads may read past the end of what they need. */
const padding = 16

export const bytesOf = (b: Buffer): number => b.size * dtypes[b.dtype].bytes
export const aligned = (bytes: number): number => Math.ceil((bytes + padding) / alignment) * alignment

/** When each temporary is alive. What is made outside of a loop and used inside lives as long as the loop. */
export const livesOf = (steps: readonly Step[]): ReadonlyMap<Buffer, Life> => {
  const lives = new Map<Buffer, Life>()
  const spans = new Map<number, Life>()
  const within: { buffer: Buffer; loop: number }[] = []
  let now = 0
  const touch = (b: Buffer, around: readonly number[]): void => {
    const root = rootOf(b)
    if ('of' in b.place && b.place.tag !== 'part') touchCounter(b, around)
    if (root.place.tag !== 'arena') return
    const life = lives.get(root)
    if (life) life.to = now
    else lives.set(root, { from: now, to: now })
    const outermost = around.find(l => !root.loops.includes(l))
    if (outermost !== undefined) within.push({ buffer: root, loop: outermost })
  }
  const touchCounter = (b: Buffer, around: readonly number[]): void => { if ('of' in b.place) touch(b.place.of, around) }
  const walk = (list: readonly Step[], around: readonly number[]): void => {
    for (const s of list) {
      now++
      if (s.tag === 'kernel') s.buffers.forEach(b => touch(b, around))
      else if (s.tag === 'host') { s.ins.forEach(x => touch(x.buffer, around)); s.outs.forEach(x => touch(x.buffer, around)) }
      else if (s.tag === 'branch') { touch(s.index, around); s.branches.forEach(b => walk(b, around)); now++ }
      else {
        const from = now
        const inside = [...around, s.loop]
        if (s.tag === 'while') { walk(s.cond, inside); touch(s.holds, inside) }
        walk(s.body, inside)
        now++
        spans.set(s.loop, { from, to: now })
      }
    }
  }
  walk(steps, [])
  for (const { buffer, loop } of within) {
    const life = lives.get(buffer)!, span = spans.get(loop)!
    life.from = Math.min(life.from, span.from)
    life.to = Math.max(life.to, span.to)
  }
  return lives
}

/** Gives every temporary its offset; answers the bytes needed. First fit, the largest first among those that begin together. */
export const place = (steps: readonly Step[], start: number): number => {
  const lives = [...livesOf(steps)].sort(([a, x], [b, y]) => x.from - y.from || bytesOf(b) - bytesOf(a))
  const active: { from: number; to: number; offset: number; bytes: number }[] = []
  let top = start
  for (const [buffer, life] of lives) {
    const bytes = aligned(bytesOf(buffer))
    const busy = active.filter(a => a.to >= life.from).sort((a, b) => a.offset - b.offset)
    active.splice(0, active.length, ...busy)
    let offset = start
    for (const a of busy) {
      if (a.offset - offset >= bytes) break
      offset = Math.max(offset, a.offset + a.bytes)
    }
    active.push({ ...life, offset, bytes })
    if (buffer.place.tag === 'arena') buffer.place.offset = offset
    top = Math.max(top, offset + bytes)
  }
  return top
}

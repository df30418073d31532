/** Temporaries that are never alive together share memory: each gets the place of one that it replaces element by element, or the lowest that is free. */
import { accessOf, inPlace } from './access.js'
import type { Buffer, Step } from './plan.js'
import { rootOf } from './plan.js'

/** From when to when, and the steps of its beginning and its end, where these are not those of a loop. */
interface Life { from: number; to: number; first: Step | null; last: Step | null }
const alignment = 64
/** Vector loads may read past the end of what they need. */
const padding = 16

export const bytesOf = (b: Buffer): number => b.size * b.bytes
export const aligned = (bytes: number): number => Math.ceil((bytes + padding) / alignment) * alignment

/** When each temporary is alive. What is made outside of a loop and used inside lives as long as the loop. */
export const livesOf = (steps: readonly Step[]): ReadonlyMap<Buffer, Life> => {
  const lives = new Map<Buffer, Life>()
  const spans = new Map<number, { readonly from: number; readonly to: number }>()
  const within: { buffer: Buffer; loop: number }[] = []
  let now = 0
  let at: Step | null = null
  const touch = (b: Buffer, around: readonly number[]): void => {
    const root = rootOf(b)
    if ('of' in b.place && b.place.tag !== 'part') touchCounter(b, around)
    if (root.place.tag !== 'arena') return
    const life = lives.get(root)
    if (life) { life.to = now; life.last = at } else lives.set(root, { from: now, to: now, first: at, last: at })
    const outermost = around.find(l => !root.loops.includes(l))
    if (outermost !== undefined) within.push({ buffer: root, loop: outermost })
  }
  const touchCounter = (b: Buffer, around: readonly number[]): void => { if ('of' in b.place) touch(b.place.of, around) }
  const walk = (list: readonly Step[], around: readonly number[]): void => {
    for (const s of list) {
      now++
      at = s
      if (s.tag === 'kernel') s.buffers.forEach(b => touch(b, around))
      else if (s.tag === 'host') { s.ins.forEach(x => touch(x.buffer, around)); s.outs.forEach(x => touch(x.buffer, around)) }
      else if (s.tag === 'branch') { touch(s.index, around); s.branches.forEach(b => walk(b, around)); now++ }
      else {
        const from = now
        const inside = [...around, s.loop]
        if (s.tag === 'while') {
          walk(s.cond, inside)
          now++
          at = s
          touch(s.holds, inside)
        }
        walk(s.body, inside)
        now++
        spans.set(s.loop, { from, to: now })
      }
    }
  }
  walk(steps, [])
  for (const { buffer, loop } of within) {
    const life = lives.get(buffer)!, span = spans.get(loop)!
    if (span.from < life.from) { life.from = span.from; life.first = null }
    if (span.to > life.to) { life.to = span.to; life.last = null }
  }
  return lives
}

/** `b` begins in the step that ends `a`, and each element of it at the point that last reads the one of `a`. */
const replaces = (b: Buffer, born: Life, a: Buffer, dies: Life): boolean => {
  const step = born.first
  if (step === null || step !== dies.last || bytesOf(a) !== bytesOf(b) || a.bytes !== b.bytes) return false
  if (step.tag !== 'kernel') return false
  // a half of a carry does not lie where its elements would have to be
  if (step.buffers.some(v => v !== a && v !== b && (rootOf(v) === a || rootOf(v) === b))) return false
  const { writes, copies } = accessOf(step)
  if (writes.some(w => w.base === a) || copies.some(c => c.to === a)) return false
  return inPlace(step, x => x === a, x => x === b)
}

/** Gives every temporary its offset; answers the bytes needed. First fit, the largest first among those that begin together. */
export const place = (steps: readonly Step[], start: number): number => {
  const lives = [...livesOf(steps)].sort(([a, x], [b, y]) => x.from - y.from || bytesOf(b) - bytesOf(a))
  const active: { readonly buffer: Buffer; readonly life: Life; readonly offset: number; readonly bytes: number }[] = []
  let top = start
  for (const [buffer, life] of lives) {
    const bytes = aligned(bytesOf(buffer))
    const busy = active.filter(a => a.life.to >= life.from).sort((a, b) => a.offset - b.offset)
    active.splice(0, active.length, ...busy)
    const former = busy.find(a => replaces(buffer, life, a.buffer, a.life)
      && !busy.some(other => other !== a && other.offset < a.offset + bytes && a.offset < other.offset + other.bytes))
    let offset = start
    if (former) offset = former.offset
    else {
      for (const a of busy) {
        if (a.offset - offset >= bytes) break
        offset = Math.max(offset, a.offset + a.bytes)
      }
    }
    active.push({ buffer, life, offset, bytes })
    if (buffer.place.tag === 'arena') buffer.place.offset = offset
    top = Math.max(top, offset + bytes)
  }
  return top
}

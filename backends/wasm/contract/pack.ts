/** A panel is a strip of an operand in the order in which the inner kernel reads it: step after step of depth, `width` elements each. */
import { Code } from '../encode.js'
import { i32 } from '../opcodes.js'
import type { Context } from '../target.js'
import { type Lanes, loadFirst } from './lanes.js'
import type { Axis, Side } from '../../../src/kernel/space.js'

/** (table, first, count): the byte offsets of `count` positions of a group of axes from position `first` on. */
export const offsets = (context: Context, axes: readonly Axis[], side: Side, bytes: number): number => {
  const steps = axes.map(a => a[side] * bytes)
  const extents = axes.map(a => a.extent)
  return context.shared(`offsets ${extents.join()} ${steps.join()}`, () => {
    const code = new Code(['i32', 'i32', 'i32'])
    const [table, first, count] = [0, 1, 2] as const
    const here = code.local('i32')
    const end = code.local('i32')
    const counters = axes.map(() => code.local('i32'))
    code.get(table).get(count).i32(2).op(i32.shl).op(i32.add).set(end)
    for (let d = axes.length - 1; d >= 0; d--) {
      code.get(first)
      if (d > 0) code.i32(extents[d]!).op(i32.remU)
      code.tee(counters[d]!).i32(steps[d]!).op(i32.mul).get(here).op(i32.add).set(here)
      if (d > 0) code.get(first).i32(extents[d]!).op(i32.divU).set(first)
    }
    // an odometer: the inner counter runs, and carries into the outer ones
    const turn = (d: number): void => {
      code.get(here).i32(steps[d]!).op(i32.add).set(here)
      if (d === 0) return
      code.get(counters[d]!).i32(1).op(i32.add).tee(counters[d]!).i32(extents[d]!).op(i32.eq).if()
      code.i32(0).set(counters[d]!).get(here).i32(steps[d]! * extents[d]!).op(i32.sub).set(here)
      turn(d - 1)
      code.end()
    }
    code.block().loop().get(table).get(end).op(i32.geU).brIf(1)
    code.get(table).get(here).mem('i32Store')
    if (axes.length > 0) turn(axes.length - 1)
    code.get(table).i32(4).op(i32.add).set(table).br(0).end().end()
    return code
  })
}

export interface Panel {
  /** Elements of one step, and how many of them are there: the others, to fill the last vector, are zero. */
  readonly width: number
  readonly valid: number
  /** Neighbours may lie side by side along the width: then they are copied as vectors. */
  readonly across: boolean
  /** Neighbours lie side by side along the depth, in runs of so many: then they are turned as squares. 1: they do not. */
  readonly run: number
}

/** Pieces of a step that one store writes: vectors, then what is left of the width. */
interface Piece { readonly from: number; readonly lanes: number }
const pieces = (t: Lanes, width: number): readonly Piece[] => {
  const list: Piece[] = []
  for (let from = 0; from < width;) {
    const lanes = width - from >= t.count ? t.count : t.bytes === 4 && width - from >= 2 ? 2 : 1
    list.push({ from, lanes })
    from += lanes
  }
  return list
}

/** (panel, base, offsets across, offsets of depth, steps > 0, place of the first step in its run) */
export const packer = (context: Context, t: Lanes, panel: Panel): number => {
  const { width, valid, across, run } = panel
  return context.shared(`pack ${t.bytes} ${width} ${valid} ${across ? 'across' : ''} ${run}`, () => {
    const code = new Code(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'])
    const [to, base, table, depth, steps, place] = [0, 1, 2, 3, 4, 5] as const
    const lanes = Array.from({ length: valid }, () => code.local('i32'))
    const off = code.local('i32')
    const x = code.local('v128')
    lanes.forEach((l, i) => code.get(base).get(table).mem('i32Load', 4 * i).op(i32.add).set(l))
    const parts = pieces(t, width)
    const there = (p: Piece): number => Math.min(p.lanes, valid - p.from)
    const put = (p: Piece, value: number, offset: number): void => {
      code.get(to).get(value)
      if (p.lanes === t.count) code.vec('store', offset)
      else code.vecLane(p.lanes * t.bytes === 8 ? 'store64' : 'store32', 0, offset)
    }
    /** One step of a piece, its elements gathered one by one at lane + off. */
    const gather = (p: Piece): void => {
      for (let i = 0; i < there(p); i++) {
        code.get(lanes[p.from + i]!).get(off).op(i32.add)
        if (i === 0) code.vec(t.bytes === 4 ? 'zero32' : 'zero64')
        else code.get(x).vecLane(t.bytes === 4 ? 'load32' : 'load64', i)
        code.set(x)
      }
      put(p, x, p.from * t.bytes)
    }
    const from = code.local('i32')
    /** One step of a piece whose lanes lie side by side behind those of `first`. */
    const copy = (p: Piece, first: number): void => {
      const o = (p.from - first) * t.bytes
      loadFirst(code, t, there(p), from, o).set(x)
      put(p, x, p.from * t.bytes)
    }
    const nextOffset = (): void => { code.get(depth).mem('i32Load').set(off).get(depth).i32(4).op(i32.add).set(depth) }
    const forward = (turns: number): void => { code.get(to).i32(width * t.bytes * turns).op(i32.add).set(to) }
    const everyStep = (body: () => void): void => {
      code.loop()
      nextOffset()
      body()
      forward(1)
      code.get(steps).i32(1).op(i32.sub).tee(steps).brIf(0).end()
    }
    if (across && valid > 1) {
      code.block()
      for (let i = 1; i < valid; i++) code.get(lanes[i]!).get(lanes[0]!).op(i32.sub).i32(i * t.bytes).op(i32.ne).brIf(0)
      everyStep(() => {
        code.get(lanes[0]!).get(off).op(i32.add).set(from)
        for (const p of parts) copy(p, 0)
      })
      code.return().end()
    }
    if (run >= t.count) {
      turned(code, t, panel, { to, depth, steps, place, off, lanes, forward, gather: () => parts.forEach(gather), put })
      return code
    }
    if (!across || parts.length === 1) {
      everyStep(() => parts.forEach(gather))
      return code
    }
    // a jump lies within one piece: the others are still copied
    const whole = parts.map(p => {
      const flag = code.local('i32')
      code.i32(1)
      for (let i = 1; i < there(p); i++) code.get(lanes[p.from + i]!).get(lanes[p.from]!).op(i32.sub).i32(i * t.bytes).op(i32.eq).op(i32.and)
      code.set(flag)
      return flag
    })
    everyStep(() => parts.forEach((p, i) => {
      code.get(whole[i]!).if().get(lanes[p.from]!).get(off).op(i32.add).set(from)
      copy(p, p.from)
      code.else()
      gather(p)
      code.end()
    }))
    return code
  })
}

interface Turning {
  readonly to: number
  readonly depth: number
  readonly steps: number
  readonly place: number
  readonly off: number
  readonly lanes: readonly number[]
  readonly forward: (turns: number) => void
  readonly gather: () => void
  readonly put: (p: Piece, value: number, offset: number) => void
}
/** The lanes are streams along the depth: squares of them are transposed, run after run. */
const turned = (code: Code, t: Lanes, { width, valid, run }: Panel, p: Turning): void => {
  const { depth, steps, place, off } = p
  const left = code.local('i32')
  const rows = Array.from({ length: t.count }, () => code.local('v128'))
  const halves = Array.from({ length: t.count }, () => code.local('v128'))
  code.loop()
  // the rest of this run, or of the panel
  code.i32(run).get(place).op(i32.sub).tee(left).get(steps).get(left).get(steps).op(i32.ltS).select().set(left)
  code.i32(0).set(place)
  code.get(steps).get(left).op(i32.sub).set(steps)
  code.get(depth).mem('i32Load').set(off)
  code.get(depth).get(left).i32(2).op(i32.shl).op(i32.add).set(depth)
  code.block().loop().get(left).i32(t.count).op(i32.ltS).brIf(1)
  for (const piece of pieces(t, width)) {
    const n = Math.min(piece.lanes, valid - piece.from)
    for (let i = 0; i < n; i++) code.get(p.lanes[piece.from + i]!).get(off).op(i32.add).vec('load').set(rows[i]!)
    for (let i = n; i < t.count; i++) code.v128(new Uint8Array(16)).set(rows[i]!)
    turnSquare(code, t, rows, halves)
    rows.forEach((r, i) => p.put(piece, r, (i * width + piece.from) * t.bytes))
  }
  p.forward(t.count)
  code.get(off).i32(16).op(i32.add).set(off)
  code.get(left).i32(t.count).op(i32.sub).set(left).br(0).end().end()
  code.block().loop().get(left).op(i32.eqz).brIf(1)
  p.gather()
  p.forward(1)
  code.get(off).i32(t.bytes).op(i32.add).set(off)
  code.get(left).i32(1).op(i32.sub).set(left).br(0).end().end()
  code.get(steps).brIf(0).end()
}

const bytesOf = (lanes: readonly number[], bytes: number): number[] => lanes.flatMap(l => Array.from({ length: bytes }, (_, i) => l * bytes + i))

/** The transpose of a square of 4×4 or 2×2 elements, in place. */
const turnSquare = (code: Code, t: Lanes, rows: readonly number[], halves: readonly number[]): void => {
  const mix = (to: number, x: number, y: number, lanes: readonly number[]): void => { code.get(x).get(y).shuffle(bytesOf(lanes, t.bytes)).set(to) }
  const [r0, r1] = [rows[0]!, rows[1]!]
  if (t.count === 2) {
    mix(halves[0]!, r0, r1, [0, 2])
    mix(r1, r0, r1, [1, 3])
    code.get(halves[0]!).set(r0)
    return
  }
  const [r2, r3] = [rows[2]!, rows[3]!]
  mix(halves[0]!, r0, r1, [0, 4, 1, 5])
  mix(halves[1]!, r2, r3, [0, 4, 1, 5])
  mix(halves[2]!, r0, r1, [2, 6, 3, 7])
  mix(halves[3]!, r2, r3, [2, 6, 3, 7])
  mix(r0, halves[0]!, halves[1]!, [0, 1, 4, 5])
  mix(r1, halves[0]!, halves[1]!, [2, 3, 6, 7])
  mix(r2, halves[2]!, halves[3]!, [0, 1, 4, 5])
  mix(r3, halves[2]!, halves[3]!, [2, 3, 6, 7])
}

/** A panel is a strip of an operand in the order in which the inner kernel reads it: step after step of depth, `width` elements each. */
import { Code } from '../encode.js'
import { i32, v128 } from '../opcodes.js'
import type { Context } from '../target.js'
import type { Lanes } from './lanes.js'
import type { Axis, Side } from './space.js'

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
  /** Elements of one step, and how many of them are there: the others are zero. */
  readonly width: number
  readonly valid: number
  /** Neighbours may lie side by side along the width: then they are copied as vectors. */
  readonly across: boolean
  /** Neighbours lie side by side along the depth, in runs of so many: then they are turned as squares. 1: they do not. */
  readonly run: number
}

/** Pieces of a step that one store writes: vectors, then what is left of the width. */
const pieces = (t: Lanes, width: number): readonly { readonly from: number; readonly lanes: number }[] => {
  const list: { from: number; lanes: number }[] = []
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
    const parts = pieces(t, width).filter(p => p.from < valid)
    const there = (p: { from: number; lanes: number }): number => Math.min(p.lanes, valid - p.from)
    const zeros = (): void => {
      const done = parts.reduce((n, p) => Math.max(n, p.from + p.lanes), 0)
      for (let i = done; i < width; i += t.count) code.get(to).v128(new Uint8Array(16)).vec('store', i * t.bytes)
    }
    const laneOp = (kind: 'load' | 'store'): 'load32' | 'load64' | 'store32' | 'store64' => `${kind}${t.bytes === 4 ? '32' : '64'}`
    const storePart = (p: { from: number; lanes: number }): void => {
      code.get(to).get(x)
      if (p.lanes === t.count) code.vec('store', p.from * t.bytes)
      else code.vecLane(p.lanes * t.bytes === 8 ? 'store64' : 'store32', 0, p.from * t.bytes)
    }
    /** One step of depth, its elements gathered one by one at lane + off. */
    const gather = (): void => {
      for (const p of parts) {
        for (let i = 0; i < there(p); i++) {
          code.get(lanes[p.from + i]!).get(off).op(i32.add)
          if (i === 0) code.vec(t.bytes === 4 ? 'zero32' : 'zero64')
          else code.get(x).vecLane(laneOp('load'), i)
          code.set(x)
        }
        storePart(p)
      }
      zeros()
      code.get(to).i32(width * t.bytes).op(i32.add).set(to)
    }
    const nextOffset = (): void => { code.get(depth).mem('i32Load').set(off).get(depth).i32(4).op(i32.add).set(depth) }
    const countDown = (): Code => code.get(steps).i32(1).op(i32.sub).tee(steps)

    if (across && valid > 1) {
      // all lanes one element apart?
      code.block()
      for (let i = 1; i < valid; i++) code.get(lanes[i]!).get(lanes[0]!).op(i32.sub).i32(i * t.bytes).op(i32.ne).brIf(0)
      const from = code.local('i32')
      code.loop()
      nextOffset()
      code.get(lanes[0]!).get(off).op(i32.add).set(from)
      for (const p of parts) {
        const n = there(p) * t.bytes
        const o = p.from * t.bytes
        if (n === 12) code.get(from).get(from).vec('zero64', o).vecLane('load32', 2, o + 8).set(x)
        else code.get(from).vec(n === 16 ? 'load' : n === 8 ? 'zero64' : 'zero32', o).set(x)
        storePart(p)
      }
      zeros()
      code.get(to).i32(width * t.bytes).op(i32.add).set(to)
      countDown().brIf(0).end().return().end()
    }
    if (run >= t.count) {
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
      for (const p of parts) {
        for (let i = 0; i < there(p); i++) code.get(lanes[p.from + i]!).get(off).op(i32.add).vec('load').set(rows[i]!)
        for (let i = there(p); i < t.count; i++) code.get(rows[0]!).set(rows[i]!)
        turnSquare(code, t, rows, halves)
        for (let i = 0; i < t.count; i++) {
          if (there(p) < p.lanes) code.get(rows[i]!).v128(mask(t, there(p))).simd(v128.and).set(rows[i]!)
          code.get(to).get(rows[i]!)
          const o = (i * width + p.from) * t.bytes
          if (p.lanes === t.count) code.vec('store', o)
          else code.vecLane(p.lanes * t.bytes === 8 ? 'store64' : 'store32', 0, o)
        }
      }
      for (let i = 0; i < t.count; i++) {
        const done = parts.reduce((n, p) => Math.max(n, p.from + p.lanes), 0)
        for (let z = done; z < width; z += t.count) code.get(to).v128(new Uint8Array(16)).vec('store', (i * width + z) * t.bytes)
      }
      code.get(to).i32(width * t.bytes * t.count).op(i32.add).set(to)
      code.get(off).i32(16).op(i32.add).set(off)
      code.get(left).i32(t.count).op(i32.sub).set(left).br(0).end().end()
      code.block().loop().get(left).op(i32.eqz).brIf(1)
      gather()
      code.get(off).i32(t.bytes).op(i32.add).set(off)
      code.get(left).i32(1).op(i32.sub).set(left).br(0).end().end()
      code.get(steps).brIf(0).end()
      return code
    }
    code.loop()
    nextOffset()
    gather()
    countDown().brIf(0).end()
    return code
  })
}

const mask = (t: Lanes, n: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, i) => (i < n * t.bytes ? 255 : 0))

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

/** The inner kernels: a tile of rows × columns of the result is kept in registers while the depth runs by, one step a turn. */
import { Code } from '../encode.js'
import { i32 } from '../opcodes.js'
import { keepsOrder } from '../probe.js'
import type { Context } from '../target.js'
import { accumulate, type Lanes, loadFirst, storeFirst } from './lanes.js'

/**
 * `panel`: the rows of one step of depth lie side by side; `strided`: each row is a stream of its own;
 * `table`: the places of the rows, and those of the steps, are read from tables of byte offsets.
 */
export type Left = 'panel' | 'strided' | 'table'
/** `padded`: whole vectors may be read beyond the last column; `exact`: they may not. */
export type Right = 'padded' | 'exact'
export interface Tile {
  readonly rows: number
  readonly cols: number
  readonly left: Left
  readonly right: Right
  /** Bytes that a step of depth takes in the left operand, if they are to be part of the code. */
  readonly leftStep: number | null
}

/**
 * How many rows by how many vectors, so that the accumulators, the vectors of the right operand and the element of the left one
 * (and a product, where there is no fused multiplication) fill 15 registers, and hide the latency of the sums.
 */
export const shapeOf = (t: Lanes, level: Context['level'], rows: number, cols: number): { readonly rows: number; readonly vectors: number } => {
  const vectors = Math.ceil(cols / t.count)
  const wide = level === 'wide' && t.madd !== null
  if (rows === 1) return { rows: 1, vectors: Math.min(vectors, 8) }
  if (rows === 2) return { rows: 2, vectors: Math.min(vectors, wide ? 6 : 4) }
  if (wide && vectors === 1) return { rows: Math.min(rows, 8), vectors }
  if (wide && vectors !== 3) return { rows: Math.min(rows, 6), vectors: Math.min(vectors, 4) }
  if (vectors === 1) return { rows: Math.min(rows, t.madd === null ? 6 : 8), vectors: 1 }
  if (vectors === 3 || rows === 3) return { rows: 3, vectors: Math.min(vectors, 3) }
  return { rows: Math.min(rows, t.madd === null ? 5 : 6), vectors: 2 }
}

/**
 * (left, bytes between rows or their table, bytes a step or the steps' table, right, bytes a step, out, bytes between rows, steps > 0, add?):
 * out = Σ left·right, or out += it.
 * The sum starts from zero even where it is added: a block is rounded by itself.
 *
 * Beside its products a step should cost few instructions: cores that share their front end with a second thread are bound by it. So a turn
 * of the loop takes two steps, and four where the bytes between them are known: then they are offsets. And pointers are moved before they are read:
 * an engine knows that a sum has no upper half, but must clear that of a parameter.
 */
export const micro = (context: Context, t: Lanes, tile: Tile): number => {
  const { rows, cols, left, right, leftStep } = tile
  const vectors = Math.ceil(cols / t.count)
  const inVector = (v: number): number => Math.min(t.count, cols - v * t.count)
  return context.apart(`tile ${t.dtype} ${rows}x${cols} ${left} ${right} ${leftStep ?? ''}`, () => {
    const code = new Code(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'])
    const [a, aRow, aStep, b, bStep, out, outRow, depth, add] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const
    const streams = left === 'panel' ? [] : Array.from({ length: rows - 1 }, () => code.local('i32'))
    const outs = Array.from({ length: rows - 1 }, () => code.local('i32'))
    const acc = Array.from({ length: rows * vectors }, () => code.local('v128'))
    const bs = Array.from({ length: vectors }, () => code.local('v128'))
    const x = code.local('v128')
    const off = code.local('i32'), rest = code.local('i32')
    const knownRight = right === 'padded' ? vectors * t.count * t.bytes : null
    const ordered = keepsOrder()
    /** Pointers, how far a step takes each, and whether that is known. */
    const moving: readonly { readonly pointer: number; readonly known: number | null; readonly step: number }[] = [
      ...(left === 'table' ? [{ pointer: aStep, known: 4, step: 0 }] : [a, ...streams].map(pointer => ({ pointer, known: leftStep, step: aStep }))),
      { pointer: b, known: knownRight, step: bStep },
    ]
    const onward = (p: typeof moving[number], steps: number): void => {
      if (p.known === null) code.get(p.pointer).get(p.step).op(steps < 0 ? i32.sub : i32.add).set(p.pointer)
      else code.get(p.pointer).i32(steps * p.known).op(i32.add).set(p.pointer)
    }
    // never taken: compilers that move all loads of a straight piece of code to its top would run out of registers
    let barriers = 0
    const barrier = (): void => { if (!ordered) code.get(depth).i32(-++barriers).op(i32.eq).brIf(1) }
    const step = (ahead: number): void => {
      const leftAt = ahead * (leftStep ?? 0)
      const rightAt = ahead * (knownRight ?? 0)
      const loadRight = (v: number): void => {
        if (right === 'padded') code.get(b).vec('load', rightAt + 16 * v).set(bs[v]!)
        else loadFirst(code, t, inVector(v), b, 16 * v).set(bs[v]!)
      }
      if (left === 'table') code.get(aStep).mem('i32Load', 4 * ahead).set(off)
      if (rows > 1) bs.forEach((_, v) => loadRight(v))
      for (let r = 0; r < rows; r++) {
        if (left === 'panel') code.get(a).vec(t.splat, leftAt + r * t.bytes).set(x)
        else if (left === 'strided') code.get(r === 0 ? a : streams[r - 1]!).vec(t.splat, leftAt).set(x)
        else code.get(r === 0 ? a : streams[r - 1]!).get(off).op(i32.add).vec(t.splat).set(x)
        bs.forEach((s, v) => {
          if (rows === 1) loadRight(v)
          accumulate(code, t, acc[r * vectors + v]!, x, s)
          if (rows === 1 && v % 2 === 1) barrier()
        })
        if (r + 1 < rows) barrier()
      }
    }
    // a is the last to change, the others start from it
    if (left === 'table') for (let r = rows - 1; r >= 0; r--) code.get(a).get(aRow).mem('i32Load', 4 * r).op(i32.add).set([a, ...streams][r]!)
    else streams.forEach((s, r) => code.get(r === 0 ? a : streams[r - 1]!).get(aRow).op(i32.add).set(s))
    const steps = moving.every(p => p.known !== null) ? 4 : 2
    // what is left over goes first, step by step
    code.get(depth).i32(steps - 1).op(i32.and).tee(rest).if().loop()
    step(0)
    for (const p of moving) onward(p, 1)
    code.get(rest).i32(1).op(i32.sub).tee(rest).brIf(0).end().end()
    code.get(depth).i32(Math.log2(steps)).op(i32.shrU).tee(depth).if()
    for (const p of moving) onward(p, p.known === null ? -1 : -steps)
    code.block().loop()
    for (const p of moving) onward(p, p.known === null ? 1 : steps)
    for (let k = 0; k < steps; k++) {
      if (k > 0) { barrier(); for (const p of moving) if (p.known === null) onward(p, 1) }
      step(k)
    }
    code.get(depth).i32(1).op(i32.sub).tee(depth).brIf(0).end().end().end()
    outs.forEach((o, r) => code.get(r === 0 ? out : outs[r - 1]!).get(outRow).op(i32.add).set(o))
    const rowsOut = [out, ...outs]
    code.get(add).if()
    rowsOut.forEach((o, r) => bs.forEach((_, v) => {
      const s = acc[r * vectors + v]!
      loadFirst(code, t, inVector(v), o, 16 * v).get(s).simd(t.add).set(s)
    }))
    code.end()
    rowsOut.forEach((o, r) => bs.forEach((_, v) => storeFirst(code, t, inVector(v), o, acc[r * vectors + v]!, 16 * v)))
    return code
  })
}

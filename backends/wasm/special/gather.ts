/** Windows of an array are copied side by side: rows as vectors, single elements one by one; units are index vectors. */
import type { Gather } from '../../../src/kernel/special.js'
import { Code } from '../encode.js'
import { i32, i32x4, i64x2, i8x16 } from '../opcodes.js'
import { type Context, type Emitted, widthOf } from '../target.js'
import { bits, run } from './run.js'
import { type Axis, cut, nested, Odometer, partsOf, placesOf } from './walk.js'
import { base, batchOf, locate, windowOf } from './windows.js'

/** Few windows are cut, so that threads can share them: into parts of about so many bytes. */
const fewWindows = 64, partBytes = 16384
/** From so many bytes on the engine's own copy is faster. */
const longCopy = 4096

const splat = { 1: i8x16.splat, 4: i32x4.splat, 8: i64x2.splat } as const

/** Copies, or fills, a window whose innermost axis may lie side by side. `piece` handles so many bytes. */
const overWindow = (code: Code, axes: readonly Axis[], bytes: number, places: readonly number[], inner: readonly number[],
  whole: ((places: readonly number[], bytes: number) => void) | null, piece: (places: readonly number[], bytes: number, offset: number) => void): void => {
  const last = axes[axes.length - 1]
  const dense = last !== undefined && inner.every(k => last.steps[k] === bytes)
  nested(code, dense ? axes.slice(0, -1) : axes, places, at => {
    const length = dense ? last.size * bytes : bytes
    if (whole && length >= longCopy) whole(at, length)
    else run(code, length, bytes, at, true, piece)
  })
}

export const emitGather = (g: Gather, _context: Context): Emitted => {
  const code = new Code(['i32', 'i32', 'i32'])
  const bytes = widthOf(g.dtype)
  const axes = { batch: batchOf(g), window: windowOf(g) }
  const vectors = placesOf(axes.batch), elements = placesOf(axes.window)
  if (vectors * elements === 0) return { code, units: 0, cost: 0, scratch: 0 }
  const [outer, ...rest] = axes.window
  const parts = outer && vectors < fewWindows ? partsOf(outer.size, Math.floor(elements * bytes / partBytes), 1) : 1
  // a part of a window is a window of its own
  const [between, within] = outer && parts > 1 ? cut(outer, parts) : [null, outer]
  const batch: readonly Axis[] = between ? [...axes.batch, { size: between.size, steps: [0, ...between.steps] }] : axes.batch
  const window = within ? [within, ...rest] : rest

  const indices = base(code, g.indices, 4), packed = base(code, g.packed, bytes), array = base(code, g.array, bytes)
  const walk = new Odometer(code, batch, [indices, packed, array])
  const at = code.local('i32'), unit = code.local('i32')
  const value = code.local(bytes === 8 ? 'i64' : 'i32'), vector = code.local('v128')
  if (g.drops) {
    if ('buffer' in g.filler) bits(code.get(0).mem('i32Load', 4 * g.filler.buffer), 'load', bytes)
    else if (g.dtype === 'f64') code.f64(g.filler.value).op(0xbd)
    else if (g.dtype === 'f32') code.f32(g.filler.value).op(i32.reinterpretF32)
    else code.i32(g.filler.value)
    code.tee(value).simd(splat[bytes]).set(vector)
  }
  walk.start(1)
  code.get(1).count(unit, 2, 1, () => {
    code.block().block()
    locate(code, g, indices, array, at)
    overWindow(code, window, bytes, [packed, at], [0, 1], ([to, from], n) => { code.get(to!).get(from!).i32(n).copy() },
      ([to, from], n, offset) => { bits(bits(code.get(to!).get(from!), 'load', n, offset), 'store', n, offset) })
    code.br(1).end()
    if (g.drops) {
      overWindow(code, window, bytes, [packed, at], [0], null,
        ([to], n, offset) => { bits(code.get(to!).get(n === 16 ? vector : value), 'store', n, offset) })
    }
    code.end()
    walk.next()
  })
  return { code, units: vectors * parts, cost: 1 + g.strides.length + elements / parts * (outer && rest.length === 0 && outer.steps[1] === bytes ? bytes / 20 : 1), scratch: 0 }
}

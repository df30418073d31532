/** Windows enter an array one after the other, in the order of their indices: units are parts of windows that never meet. */
import { dtypes } from '../../../src/core/dtype.js'
import type { Scatter } from '../../../src/kernel/special.js'
import { Code } from '../encode.js'
import { f32, f32x4, f64, f64x2, i32, i32x4, v128 } from '../opcodes.js'
import { type Computed, computed, type Context, type Emitted } from '../target.js'
import { bits, element, run } from './run.js'
import { type Axis, cut, joined, nested, Odometer, partsOf, placesOf } from './walk.js'
import { base, batchOf, locate, windowOf } from './windows.js'

type Change = Exclude<Scatter['kind'], 'set'>
interface Letters { readonly vector: Readonly<Record<Change, number>>; readonly scalar: Readonly<Record<Change, number>> | null }
const int = (min: number, max: number): Letters => ({ vector: { add: i32x4.add, mul: i32x4.mul, min, max }, scalar: null })
const letters: Readonly<Record<Computed, Letters>> = {
  f32: { vector: { add: f32x4.add, mul: f32x4.mul, min: f32x4.min, max: f32x4.max }, scalar: { add: f32.add, mul: f32.mul, min: f32.min, max: f32.max } },
  f64: { vector: { add: f64x2.add, mul: f64x2.mul, min: f64x2.min, max: f64x2.max }, scalar: { add: f64.add, mul: f64.mul, min: f64.min, max: f64.max } },
  i32: int(i32x4.minS, i32x4.maxS),
  u32: int(i32x4.minU, i32x4.maxU),
  bool: { vector: { add: v128.or, mul: v128.and, min: v128.and, max: v128.or }, scalar: { add: i32.or, mul: i32.and, min: i32.and, max: i32.or } },
}

/** The element at `to` and the one at `from` become one at `to`. */
const combine = (code: Code, s: Scatter, to: number, from: number, bytes: number, offset: number): void => {
  const { kind, dtype } = s
  code.get(to)
  if (kind === 'set') { bits(bits(code.get(from), 'load', bytes, offset), 'store', bytes, offset); return }
  const { vector, scalar } = letters[computed(dtype)]
  if (bytes === 16) { code.get(to).vec('load', offset).get(from).vec('load', offset).simd(vector[kind]).vec('store', offset); return }
  element(code.get(to), 'load', dtype, offset)
  element(code.get(from), 'load', dtype, offset)
  if (scalar) code.op(scalar[kind])
  else if (kind === 'add' || kind === 'mul') code.op(kind === 'add' ? i32.add : i32.mul)
  else {
    const x = code.local('i32'), y = code.local('i32')
    const less = dtype === 'i32' ? i32.ltS : i32.ltU
    code.set(y).tee(x).get(y)
    if (kind === 'min') code.get(x).get(y).op(less).select()
    else code.get(y).get(x).op(less).select()
  }
  element(code, 'store', dtype, offset)
}

/** So many units are wished for where there is more work than this (in nanoseconds), and a part of a row has so many bytes at least. */
const wished = 4, muchWork = 60_000, rowBytes = 64

export const emitScatter = (s: Scatter, _context: Context): Emitted => {
  const code = new Code(['i32', 'i32', 'i32'])
  const { bytes } = dtypes[s.dtype]
  const batch = batchOf(s), vectors = placesOf(batch), elements = s.window.reduce((n, m) => n * m, 1)
  if (vectors * elements === 0) return { code, units: 0, cost: 0, scratch: 0 }
  const apart = batch.filter(a => s.unique || a.steps[2] !== 0), inOrder = batch.filter(a => !apart.includes(a))
  // the elements of one window are all different: its axes may be walked in any order
  const still = windowOf(s, a => !s.moving[a]), moving = windowOf(s, a => s.moving[a]!)
  const runs = (axes: readonly Axis[]): boolean => axes.length > 0 && axes[axes.length - 1]!.steps.every(step => step === bytes)
  const stillInside = runs(still) || !runs(moving)
  const dense = runs(still) || runs(moving)
  const time = 3 + s.strides.length + elements * (dense ? bytes / 20 : 1.5)
  // windows that lie alike along an axis never meet in different parts of it
  const few = vectors * time > muchWork ? wished / placesOf(apart) : 1
  const [outer, ...rest] = still
  const parts = outer && few > 1 ? partsOf(outer.size, few, runs(still) && rest.length === 0 ? Math.ceil(rowBytes / bytes) : 1) : 1
  const [between, within] = outer && parts > 1 ? cut(outer, parts) : [null, outer]
  const left = within ? [within, ...rest] : rest
  const window = stillInside ? [...moving, ...left] : [...left, ...moving]
  const unitAxes: readonly Axis[] = between ? [...apart, { size: between.size, steps: [0, ...between.steps] }] : apart

  const starts = [base(code, s.indices, 4), base(code, s.packed, bytes), base(code, s.array, bytes)]
  const units = new Odometer(code, unitAxes, starts)
  const here = joined(inOrder).length > 0 ? starts.map(() => code.local('i32')) : starts
  const order = new Odometer(code, inOrder, here)
  const [indices, packed, array] = here as [number, number, number]
  const at = code.local('i32'), unit = code.local('i32'), turns = code.local('i32')
  units.start(1)
  code.get(1).count(unit, 2, 1, () => {
    if (here !== starts) here.forEach((p, k) => code.get(starts[k]!).set(p))
    order.start(null)
    code.i32(placesOf(inOrder)).set(turns).loop()
    code.block()
    locate(code, s, indices, array, at)
    nested(code, dense ? window.slice(0, -1) : window, [packed, at], places => {
      run(code, dense ? window[window.length - 1]!.size * bytes : bytes, bytes, places, s.kind === 'set',
        ([from, to], n, offset) => combine(code, s, to!, from!, n, offset))
    })
    code.end()
    order.next()
    code.get(turns).i32(1).op(i32.sub).tee(turns).brIf(0).end()
    units.next()
  })
  return { code, units: placesOf(apart) * parts, cost: vectors * time / (placesOf(apart) * parts), scratch: 0 }
}

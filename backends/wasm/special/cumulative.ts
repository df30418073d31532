/** Folds that keep every partial result: some lines at a time, as vectors where they lie beside each other; units are such groups of lines. */
import type { DType } from '../../../src/core/dtype.js'
import { dtypes, isFloat } from '../../../src/core/dtype.js'
import type { Cumulative } from '../../../src/kernel/special.js'
import { Code, type ValType } from '../encode.js'
import { f32, f32x4, f64, f64x2, i32, i32x4, v128 } from '../opcodes.js'
import type { Computed, Context, Emitted } from '../target.js'
import { element } from './run.js'
import { type Axis, joined, Odometer, placesOf } from './walk.js'
import { base } from './windows.js'

/** So many bytes of neighbouring lines, or so many lines apart, go together: they keep the additions busy. */
const stripBytes = 64, linesApart = 4

type Letter = 'add' | 'sub' | 'mul' | 'min' | 'max'
const vector = {
  f32: { add: f32x4.add, sub: f32x4.sub, mul: f32x4.mul, min: f32x4.min, max: f32x4.max },
  f64: { add: f64x2.add, sub: f64x2.sub, mul: f64x2.mul, min: f64x2.min, max: f64x2.max },
  i32: { add: i32x4.add, sub: i32x4.sub, mul: i32x4.mul, min: i32x4.minS, max: i32x4.maxS },
  u32: { add: i32x4.add, sub: i32x4.sub, mul: i32x4.mul, min: i32x4.minU, max: i32x4.maxU },
} as const
const scalar = {
  f32: { add: f32.add, sub: f32.sub, mul: f32.mul, min: f32.min, max: f32.max },
  f64: { add: f64.add, sub: f64.sub, mul: f64.mul, min: f64.min, max: f64.max },
} as const

/** What lines are computed in: `across` beside each other in a vector; `wide`: f32 in f64, two lines to a vector. */
interface Kind { readonly dtype: Exclude<Computed, 'bool'>; readonly state: 'f32' | 'f64' | 'i32' | 'u32'; readonly across: boolean; readonly wide: boolean }
/** The lines of a cell begin `offsets[k]` bytes behind address k. */
interface Cell { readonly kind: Kind; readonly offsets: readonly number[]; readonly states: readonly number[] }

const typeOf = (k: Kind): ValType => (k.across ? 'v128' : k.state === 'u32' ? 'i32' : k.state)
const apply = (code: Code, k: Kind, letter: Letter): void => {
  if (k.across) { code.simd(vector[k.state][letter]); return }
  if (k.state === 'f32' || k.state === 'f64') { code.op(scalar[k.state][letter]); return }
  if (letter === 'add' || letter === 'sub' || letter === 'mul') { code.op(i32[letter]); return }
  const x = code.local('i32'), y = code.local('i32')
  const less = k.state === 'i32' ? i32.ltS : i32.ltU
  code.set(y).tee(x).get(y)
  if (letter === 'min') code.get(x).get(y).op(less).select()
  else code.get(y).get(x).op(less).select()
}
const load = (code: Code, k: Kind, place: number, offset: number): void => {
  code.get(place)
  if (!k.across) { element(code, 'load', k.dtype, offset); if (k.wide) code.op(f64.promoteF32) }
  else if (k.wide) code.vec('zero64', offset).simd(f64x2.promoteLowF32x4)
  else code.vec('load', offset)
}
/** The address is below the value on the stack. */
const store = (code: Code, k: Kind, offset: number): void => {
  if (!k.across) { if (k.wide) code.op(f32.demoteF64); element(code, 'store', k.dtype, offset) }
  else if (k.wide) code.simd(f32x4.demoteF64x2Zero).vecLane('store64', 0, offset)
  else code.vec('store', offset)
}

/** One place of the lines of a cell. */
const step = (code: Code, c: Cumulative, { kind, offsets, states }: Cell, places: readonly number[], first: boolean): void => {
  const [state, low] = states as [number, number]
  const out = places.length - 1
  const x = (k: number): void => load(code, kind, places[k]!, offsets[k]!)
  const constant = (n: number): void => { if (kind.across) code.v128(new Uint8Array(new Float64Array([n, n]).buffer)); else code.f64(n) }
  const compensated = states.length === 2
  if (compensated) {
    // what rounding takes away is kept (two-sum: Knuth, TAOCP 2, 4.2.2); where the sum is not finite there is nothing to keep
    const type = typeOf(kind)
    const v = code.local(type), s = code.local(type), back = code.local(type)
    if (first) { constant(0); code.set(state); constant(0); code.set(low) }
    x(0)
    code.tee(v).get(state)
    apply(code, kind, 'add')
    code.tee(s).get(state)
    apply(code, kind, 'sub')
    code.set(back)
    code.get(state).get(s).get(back)
    apply(code, kind, 'sub')
    apply(code, kind, 'sub')
    code.get(v).get(back)
    apply(code, kind, 'sub')
    apply(code, kind, 'add')
    code.get(low)
    apply(code, kind, 'add')
    code.set(low).get(s).set(state)
    code.get(places[out]!).get(state).get(low)
    apply(code, kind, 'add')
    code.get(state).get(low).get(low)
    if (kind.across) code.simd(f64x2.eq).simd(v128.bitselect)
    else code.op(f64.eq).select()
    store(code, kind, offsets[out]!)
    return
  }
  const float = isFloat(c.dtype)
  code.get(places[out]!)
  if (c.kind === 'recurrence') {
    if (!first) { x(0); code.get(state); apply(code, kind, 'mul') }
    x(1)
    if (!first) apply(code, kind, 'add')
  } else {
    x(0)
    // 0 + -0 is 0
    if (first && c.kind === 'sum' && float) { constant(0); apply(code, kind, 'add') }
    if (!first) { code.get(state); apply(code, kind, c.kind === 'sum' ? 'add' : c.kind === 'prod' ? 'mul' : c.kind) }
  }
  code.tee(state)
  store(code, kind, offsets[out]!)
}

export const emitCumulative = (c: Cumulative, _context: Context): Emitted => {
  const code = new Code(['i32', 'i32', 'i32'])
  const dtype = c.dtype as Kind['dtype'], { bytes } = dtypes[dtype]
  const operands = [...c.ins, c.out], rank = c.lines.length
  if (c.length === 0 || c.lines.includes(0)) return { code, units: 0, cost: 0, scratch: 0 }
  const axes = joined(c.lines.map((size, a) => ({ size, steps: operands.map(o => o.strides[a]! * bytes) })))
  const none: Axis = { size: 1, steps: operands.map(() => 0) }
  const lines = axes[axes.length - 1] ?? none, outer = axes.slice(0, -1)
  const across = lines.size > 1 && lines.steps.every(s => s === bytes)
  const wide = dtype === 'f32' && c.kind !== 'max' && c.kind !== 'min'
  const state = wide ? 'f64' : dtype
  const states = dtype === 'f64' && c.kind === 'sum' ? 2 : 1
  const lanes = wide ? 2 : 16 / bytes
  // addresses that fall with the lines cannot be told by what is added to them
  const strip = across ? stripBytes / bytes : lines.steps.every(s => s >= 0 && s < 2 ** 28) ? Math.min(lines.size, linesApart) : 1
  const full = Math.floor(lines.size / strip), rest = lines.size % strip
  const strips = full + (rest > 0 ? 1 : 0)

  const starts = operands.map(o => base(code, o, bytes))
  const walk = new Odometer(code, [...outer, { size: strips, steps: lines.steps.map(s => s * strip) }], starts)
  const steps = operands.map(o => (o.strides[rank]! * bytes) | 0)
  const here = starts.map(() => code.local('i32')), left = code.local('i32'), unit = code.local('i32')
  /** The lines of a strip, all along. */
  const run = (count: number): void => {
    const cells: Cell[] = []
    for (let at = 0; at < count;) {
      const together = across && count - at >= lanes
      const kind: Kind = { dtype, state, across: together, wide }
      cells.push({ kind, offsets: lines.steps.map(s => s * at), states: Array.from({ length: states }, () => code.local(typeOf(kind))) })
      at += together ? lanes : 1
    }
    here.forEach((p, k) => code.get(starts[k]!).set(p))
    for (const cell of cells) step(code, c, cell, here, true)
    if (c.length === 1) return
    code.i32(c.length - 1).set(left).loop()
    here.forEach((p, k) => { if (steps[k] !== 0) code.get(p).i32(steps[k]!).op(i32.add).set(p) })
    for (const cell of cells) step(code, c, cell, here, false)
    code.get(left).i32(1).op(i32.sub).tee(left).brIf(0).end()
  }
  walk.start(1)
  code.get(1).count(unit, 2, 1, () => {
    if (full > 0 && rest > 0) {
      code.get(unit).i32(strips).op(i32.remU).i32(full).op(i32.eq).if()
      run(rest)
      code.else()
      run(strip)
      code.end()
    } else run(full > 0 ? strip : rest)
    walk.next()
  })
  const elements = Math.min(strip, lines.size) * c.length
  return { code, units: placesOf(outer) * strips, cost: elements * (across ? 0.4 : 1) * c.ins.length * states, scratch: 0 }
}

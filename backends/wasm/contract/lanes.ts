/** What the contractions need to know of an element type: its size, its lanes, its product and sum. */
import { type DType, dtypes } from '../../../src/core/dtype.js'
import { badArgument } from '../../../src/core/fault.js'
import type { Code } from '../encode.js'
import { f32, f32x4, f64, f64x2, i32, i32x4, relaxed } from '../opcodes.js'
import { computed, type Level } from '../target.js'

export interface Lanes {
  readonly dtype: Exclude<DType, 'bool'>
  readonly type: 'f32' | 'f64' | 'i32'
  readonly bytes: number
  readonly count: number
  readonly add: number
  readonly mul: number
  /** x·y + z as one instruction. */
  readonly madd: number | null
  readonly splat: 'splat32' | 'splat64'
  readonly extract: number
  readonly load: 'f32Load' | 'f64Load' | 'i32Load'
  readonly store: 'f32Store' | 'f64Store' | 'i32Store'
  readonly scalar: { readonly add: number; readonly mul: number }
}

const single = { bytes: 4, count: 4, splat: 'splat32' } as const
const integer = {
  ...single, type: 'i32', add: i32x4.add, mul: i32x4.mul, madd: null, extract: i32x4.extractLane, load: 'i32Load', store: 'i32Store',
  scalar: { add: i32.add, mul: i32.mul },
} as const

export const lanesOf = (of: DType, level: Level): Lanes => {
  const dtype = computed(of)
  const fused = level !== 'baseline'
  switch (dtype) {
    case 'f32': return {
      ...single, dtype, type: 'f32', add: f32x4.add, mul: f32x4.mul, madd: fused ? relaxed.maddF32x4 : null, extract: f32x4.extractLane,
      load: 'f32Load', store: 'f32Store', scalar: { add: f32.add, mul: f32.mul },
    }
    case 'f64': return {
      bytes: 8, count: 2, splat: 'splat64', dtype, type: 'f64', add: f64x2.add, mul: f64x2.mul, madd: fused ? relaxed.maddF64x2 : null,
      extract: f64x2.extractLane, load: 'f64Load', store: 'f64Store', scalar: { add: f64.add, mul: f64.mul },
    }
    case 'i32': return { ...integer, dtype }
    case 'u32': return { ...integer, dtype }
    case 'bool': return badArgument('contract', 'dtype', dtype, 'f32, f64, i32 or u32', 'convert the operands before they are multiplied')
    default: return dtype satisfies never
  }
}

/** acc = x·y + acc */
export const accumulate = (code: Code, t: Lanes, acc: number, x: number, y: number): Code =>
  t.madd === null ? code.get(x).get(y).simd(t.mul).get(acc).simd(t.add).set(acc)
    : code.get(x).get(y).get(acc).simd(t.madd).set(acc)

/** Pushes a vector of the first n elements at the address on the stack; nothing beyond them is read. */
export const loadFirst = (code: Code, t: Lanes, n: number, address: number, offset: number): Code => {
  if (n === t.count) return code.get(address).vec('load', offset)
  if (t.bytes === 8) return code.get(address).vec('zero64', offset)
  if (n === 1) return code.get(address).vec('zero32', offset)
  if (n === 2) return code.get(address).vec('zero64', offset)
  return code.get(address).get(address).vec('zero64', offset).vecLane('load32', 2, offset + 8)
}
/** Stores the first n elements of a vector; nothing beyond them is written. */
export const storeFirst = (code: Code, t: Lanes, n: number, address: number, value: number, offset: number): Code => {
  if (n === t.count) return code.get(address).get(value).vec('store', offset)
  if (t.bytes === 8) return code.get(address).get(value).vecLane('store64', 0, offset)
  if (n === 1) return code.get(address).get(value).vecLane('store32', 0, offset)
  code.get(address).get(value).vecLane('store64', 0, offset)
  return n === 2 ? code : code.get(address).get(value).vecLane('store32', 2, offset + 8)
}

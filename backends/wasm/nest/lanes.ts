/** Elements of memory come into the lanes of a vector and go back, whole or in part, at any stride. */
import type { DType } from '../../../src/core/dtype.js'
import { dtypes } from '../../../src/core/dtype.js'
import { widthOf } from '../target.js'
import type { View } from '../../../src/kernel/view.js'
import type { Code } from '../encode.js'
import { f32x4, i16x8, i32, i32x4, i64x2, i8x16, v128 } from '../opcodes.js'

/** Bits of a lane; a bool is a mask of lanes as wide as what it is compared or selected with. */
export type Width = 32 | 64
/** `lanes` elements from `bytes` behind the address on, `stride` elements apart. */
export interface Span { readonly pointer: number; readonly bytes: number; readonly stride: number; readonly lanes: number }
/** How many lanes a whole vector has: 4, or 2 where elements of 8 bytes take part (elements of 4 bytes then lie in the two low lanes). */
export type Lanes = 2 | 4

const words = (...order: readonly number[]): number[] => order.flatMap(w => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3])
export const lanesOf = { words }
/** The address of lane k, and what is left for the immediate, which has no sign. */
const at = (code: Code, { pointer, bytes }: Span, more: number): number => {
  const offset = bytes + more
  code.get(pointer)
  if (offset >= 0) return offset
  code.i32(offset).op(i32.add)
  return 0
}

/** Words that follow each other along `beside`, and lie further apart along `vector` than one or two vectors reach. */
export const squares = (v: View, dtype: DType, vector: number, beside: number): boolean =>
  dtypes[dtype].bytes === 4 && v.strides[beside] === 1 && Math.abs(v.strides[vector]!) > 3

const load32 = (code: Code, s: Span, lanes: Lanes): void => {
  if (s.stride === 0) { code.vec('splat32', at(code, s, 0)); return }
  if (s.stride === 1 && s.lanes === 4) { code.vec('load', at(code, s, 0)); return }
  if (s.stride === 1 && s.lanes >= 2) {
    if (s.lanes === 2) { code.vec('zero64', at(code, s, 0)); return }
    const rest = at(code, s, 8)
    code.vec('zero64', at(code, s, 0)).vecLane('load32', 2, rest)
    return
  }
  if (s.stride === -1 && s.lanes === lanes) {
    if (lanes === 4) code.vec('load', at(code, s, -12))
    else code.vec('zero64', at(code, s, -4))
    const x = code.local('v128')
    code.tee(x).get(x).shuffle(lanes === 4 ? words(3, 2, 1, 0) : words(1, 0, 1, 0))
    return
  }
  // lanes 0, 2, 4, 6 or 0, 3, 6, 9 lie in two vectors that reach no further than they do
  if ((s.stride === 2 || s.stride === 3) && s.lanes === 4) {
    code.vec('load', at(code, s, 0)).vec('load', at(code, s, s.stride === 2 ? 12 : 24)).shuffle(s.stride === 2 ? words(0, 2, 5, 7) : words(0, 3, 4, 7))
    return
  }
  gather(code, s, 4)
}
const load64 = (code: Code, s: Span): void => {
  if (s.stride === 0) code.vec('splat64', at(code, s, 0))
  else if (s.stride === 1 && s.lanes === 2) code.vec('load', at(code, s, 0))
  else gather(code, s, 8)
}
const laneLoads = { 1: 'load8', 4: 'load32', 8: 'load64' } as const
const laneStores = { 1: 'store8', 4: 'store32', 8: 'store64' } as const
/** Lane by lane; the first load clears the others. The addresses lie below the vector on the stack, so they are written last lane first. */
const gather = (code: Code, s: Span, size: 1 | 4 | 8): void => {
  const offsets: number[] = []
  for (let k = s.lanes - 1; k >= 1; k--) offsets[k] = at(code, s, k * s.stride * size)
  const first = at(code, s, 0)
  if (size === 1) code.mem('i32Load8U', first).simd(i32x4.splat)
  else code.vec(size === 4 ? 'zero32' : 'zero64', first)
  for (let k = 1; k < s.lanes; k++) code.vecLane(laneLoads[size], k, offsets[k]!)
}
/** Bytes 0 and 1 become lanes of zeros and ones. */
const loadBool = (code: Code, s: Span, width: Width): void => {
  if (s.stride === 0) {
    const zero = code.local('v128')
    code.vec('splat8', at(code, s, 0)).get(zero).simd(i8x16.ne)
    return
  }
  if (s.stride === 1 && s.lanes === 4) code.vec('zero32', at(code, s, 0))
  else if (s.stride === 1 && s.lanes === 2) code.vec('splat16', at(code, s, 0))
  else gather(code, s, 1)
  code.simd(i16x8.extendLowI8x16U).simd(i32x4.extendLowI16x8U)
  if (width === 64) code.simd(i64x2.extendLowI32x4U).simd(i64x2.neg)
  else code.simd(i32x4.neg)
}

/** Pushes a vector; lanes beyond those of the span hold anything. A stride of 0 fills all lanes. */
export const loadLanes = (code: Code, dtype: DType, span: Span, lanes: Lanes, width: Width): void => {
  if (dtype === 'bool') loadBool(code, span, width)
  else if (dtypes[dtype].bytes === 8) load64(code, span)
  else load32(code, span, lanes)
}

/** The mask of one width as a mask of the other. */
export const remask = (code: Code, from: Width, to: Width): void => {
  if (from === to) return
  if (to === 64) { code.simd(i64x2.extendLowI32x4S); return }
  const x = code.local('v128')
  code.tee(x).get(x).shuffle(words(0, 2, 0, 2))
}

/** Stores the lanes of a vector that lies in a local; a bool is a mask of 32 bits. */
export const storeLanes = (code: Code, dtype: DType, span: Span, lanes: Lanes, given: number): void => {
  const { stride, lanes: n } = span
  const size = widthOf(dtype)
  const value = dtype === 'bool' ? code.local('v128') : given
  const put = (k: number, more: number): void => {
    const offset = at(code, span, more)
    code.get(value).vecLane(laneStores[size], k, offset)
  }
  if (dtype === 'bool') {
    // masks are 0 and -1: saturating narrows keep them, and 0 - mask is 0 or 1
    const zero = code.local('v128')
    code.get(zero).get(given).get(zero).simd(i16x8.narrowI32x4S).get(zero).simd(i8x16.narrowI16x8S).simd(i8x16.sub).set(value)
    if (stride === 1 && (n === 4 || n === 2)) {
      const offset = at(code, span, 0)
      code.get(value).vecLane(n === 4 ? 'store32' : 'store16', 0, offset)
      return
    }
  } else if (size === 4 && stride === 1 && n === 4 || size === 8 && stride === 1 && n === 2) {
    const offset = at(code, span, 0)
    code.get(value).vec('store', offset)
    return
  } else if (size === 4 && stride === -1 && n === 4 && lanes === 4) {
    const offset = at(code, span, -12)
    code.get(value).get(value).shuffle(words(3, 2, 1, 0)).vec('store', offset)
    return
  } else if (size === 4 && stride === 1 && n >= 2) {
    const offset = at(code, span, 0)
    code.get(value).vecLane('store64', 0, offset)
    if (n === 3) put(2, 8)
    return
  }
  for (let k = 0; k < n; k++) put(k, k * stride * size)
}

/** Pushes lane k as a scalar. */
export const extract = (code: Code, dtype: DType, k: number): void => {
  if (dtype === 'f64') code.lane(0x21, k)
  else code.lane(dtype === 'f32' ? f32x4.extractLane : i32x4.extractLane, k)
}
export const blend = (code: Code): void => { code.simd(v128.bitselect) }

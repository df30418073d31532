/** The instructions of WebAssembly that the emitters use, by name (WebAssembly core specification 2.0; relaxed SIMD; threads). */

export const i32 = {
  eqz: 0x45, eq: 0x46, ne: 0x47, ltS: 0x48, ltU: 0x49, gtS: 0x4a, gtU: 0x4b, leS: 0x4c, leU: 0x4d, geS: 0x4e, geU: 0x4f,
  clz: 0x67, ctz: 0x68, popcnt: 0x69, add: 0x6a, sub: 0x6b, mul: 0x6c, divS: 0x6d, divU: 0x6e, remS: 0x6f, remU: 0x70,
  and: 0x71, or: 0x72, xor: 0x73, shl: 0x74, shrS: 0x75, shrU: 0x76, rotl: 0x77, rotr: 0x78,
  wrapI64: 0xa7, reinterpretF32: 0xbc, extend8S: 0xc0, extend16S: 0xc1,
} as const
export const i64 = {
  eqz: 0x50, eq: 0x51, ne: 0x52, ltS: 0x53, ltU: 0x54, gtS: 0x55, gtU: 0x56, leS: 0x57, leU: 0x58, geS: 0x59, geU: 0x5a,
  clz: 0x79, ctz: 0x7a, popcnt: 0x7b, add: 0x7c, sub: 0x7d, mul: 0x7e, divS: 0x7f, divU: 0x80, remS: 0x81, remU: 0x82,
  and: 0x83, or: 0x84, xor: 0x85, shl: 0x86, shrS: 0x87, shrU: 0x88, rotl: 0x89, rotr: 0x8a,
  extendI32S: 0xac, extendI32U: 0xad, reinterpretF64: 0xbd,
} as const
export const f32 = {
  eq: 0x5b, ne: 0x5c, lt: 0x5d, gt: 0x5e, le: 0x5f, ge: 0x60,
  abs: 0x8b, neg: 0x8c, ceil: 0x8d, floor: 0x8e, trunc: 0x8f, nearest: 0x90, sqrt: 0x91, add: 0x92, sub: 0x93, mul: 0x94, div: 0x95,
  min: 0x96, max: 0x97, copysign: 0x98, convertI32S: 0xb2, convertI32U: 0xb3, demoteF64: 0xb6, reinterpretI32: 0xbe,
} as const
export const f64 = {
  eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64, le: 0x65, ge: 0x66,
  abs: 0x99, neg: 0x9a, ceil: 0x9b, floor: 0x9c, trunc: 0x9d, nearest: 0x9e, sqrt: 0x9f, add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3,
  min: 0xa4, max: 0xa5, copysign: 0xa6, convertI32S: 0xb7, convertI32U: 0xb8, convertI64S: 0xb9, promoteF32: 0xbb, reinterpretI64: 0xbf,
} as const
/** Behind the prefix 0xfc. */
export const saturating = { i32F32S: 0, i32F32U: 1, i32F64S: 2, i32F64U: 3, memoryCopy: 10, memoryFill: 11 } as const

/** [opcode, log2 of the natural alignment] */
export const memory = {
  i32Load: [0x28, 2], i64Load: [0x29, 3], f32Load: [0x2a, 2], f64Load: [0x2b, 3], i32Load8S: [0x2c, 0], i32Load8U: [0x2d, 0], i32Load16U: [0x2f, 1],
  i32Store: [0x36, 2], i64Store: [0x37, 3], f32Store: [0x38, 2], f64Store: [0x39, 3], i32Store8: [0x3a, 0], i32Store16: [0x3b, 1],
} as const
/** Behind the prefix 0xfd: [opcode, log2 of the natural alignment]. */
export const vectorMemory = {
  load: [0, 4], load8x8S: [1, 3], load8x8U: [2, 3], load16x4S: [3, 3], load16x4U: [4, 3], load32x2S: [5, 3], load32x2U: [6, 3],
  splat8: [7, 0], splat16: [8, 1], splat32: [9, 2], splat64: [10, 3], store: [11, 4], zero32: [92, 2], zero64: [93, 3],
} as const
/** Behind the prefix 0xfd, with a lane: [opcode, log2 of the natural alignment]. */
export const laneMemory = { load8: [84, 0], load16: [85, 1], load32: [86, 2], load64: [87, 3], store8: [88, 0], store16: [89, 1], store32: [90, 2], store64: [91, 3] } as const
/** Behind the prefix 0xfe: [opcode, log2 of the natural alignment]. */
export const atomic = {
  notify: [0x00, 2], wait32: [0x01, 2], load: [0x10, 2], store: [0x17, 2], add: [0x1e, 2], sub: [0x25, 2], exchange: [0x41, 2], compareExchange: [0x48, 2],
} as const

/** Behind the prefix 0xfd. */
export const v128 = {
  const: 12, shuffle: 13, swizzle: 14, not: 77, and: 78, andnot: 79, or: 80, xor: 81, bitselect: 82, anyTrue: 83,
} as const
export const i8x16 = {
  splat: 15, extractLaneS: 21, extractLaneU: 22, replaceLane: 23, eq: 35, ne: 36, popcnt: 98, allTrue: 99, bitmask: 100, narrowI16x8S: 101, narrowI16x8U: 102, add: 110, sub: 113,
} as const
export const i16x8 = { splat: 16, extractLaneS: 24, extractLaneU: 25, replaceLane: 26, eq: 45, ne: 46, narrowI32x4S: 133, narrowI32x4U: 134, extendLowI8x16S: 135, extendLowI8x16U: 137, extaddPairwiseI8x16U: 125 } as const
export const i32x4 = {
  splat: 17, extractLane: 27, replaceLane: 28, eq: 55, ne: 56, ltS: 57, ltU: 58, gtS: 59, gtU: 60, leS: 61, leU: 62, geS: 63, geU: 64,
  abs: 160, neg: 161, allTrue: 163, bitmask: 164, extendLowI16x8S: 167, extendHighI16x8S: 168, extendLowI16x8U: 169, extendHighI16x8U: 170,
  shl: 171, shrS: 172, shrU: 173, add: 174, sub: 177, mul: 181, minS: 182, minU: 183, maxS: 184, maxU: 185, extaddPairwiseI16x8U: 127,
  truncSatF32x4S: 248, truncSatF32x4U: 249, truncSatF64x2SZero: 252, truncSatF64x2UZero: 253,
} as const
export const i64x2 = {
  splat: 18, extractLane: 29, replaceLane: 30, abs: 192, neg: 193, allTrue: 195, bitmask: 196, extendLowI32x4S: 199, extendHighI32x4S: 200, extendLowI32x4U: 201, extendHighI32x4U: 202,
  shl: 203, shrS: 204, shrU: 205, add: 206, sub: 209, mul: 213, eq: 214, ne: 215, ltS: 216, gtS: 217, leS: 218, geS: 219,
} as const
export const f32x4 = {
  splat: 19, extractLane: 31, replaceLane: 32, eq: 65, ne: 66, lt: 67, gt: 68, le: 69, ge: 70,
  demoteF64x2Zero: 94, ceil: 103, floor: 104, trunc: 105, nearest: 106, abs: 224, neg: 225, sqrt: 227, add: 228, sub: 229, mul: 230, div: 231, min: 232, max: 233, pmin: 234, pmax: 235,
  convertI32x4S: 250, convertI32x4U: 251,
} as const
export const f64x2 = {
  splat: 20, extractLane: 33, replaceLane: 34, eq: 71, ne: 72, lt: 73, gt: 74, le: 75, ge: 76,
  promoteLowF32x4: 95, ceil: 116, floor: 117, trunc: 122, nearest: 148, abs: 236, neg: 237, sqrt: 239, add: 240, sub: 241, mul: 242, div: 243, min: 244, max: 245, pmin: 246, pmax: 247,
  convertLowI32x4S: 254, convertLowI32x4U: 255,
} as const
/** Relaxed SIMD, behind the prefix 0xfd: not everywhere; a probe tells. */
export const relaxed = { maddF32x4: 261, nmaddF32x4: 262, maddF64x2: 263, nmaddF64x2: 264, laneselectI32x4: 267, laneselectI64x2: 268, minF32x4: 269, maxF32x4: 270, minF64x2: 271, maxF64x2: 272 } as const

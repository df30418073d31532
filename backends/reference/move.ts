/** Moving elements is one loop nest over two strided views; neighbouring axes that both views walk alike are one axis, and runs are copied whole. */
import type { Data } from '../../src/core/dtype.js'

/** Element (i_0, ..., i_k) lies at offset + Σ i_a · strides[a]; a stride may be 0 or negative. */
export interface View { readonly data: Data; readonly offset: number; readonly strides: readonly number[] }

/** Shorter runs cost less as a loop than as a call. */
const longRun = 24
/** Tiles of this side keep both views of a transposed matrix in the cache. */
const tile = 32

/** The axes of two views after neighbours have been joined; an empty list is one element, a size 0 is none. */
export interface Fused { readonly sizes: readonly number[]; readonly from: readonly number[]; readonly to: readonly number[] }
export const fuse = (shape: readonly number[], from: readonly number[], to: readonly number[]): Fused => {
  const sizes: number[] = [], ss: number[] = [], ds: number[] = []
  for (let a = 0; a < shape.length; a++) {
    const n = shape[a]!
    if (n === 0) return { sizes: [0], from: [0], to: [0] }
    if (n === 1) continue
    const s = from[a]!, d = to[a]!, last = sizes.length - 1
    if (last >= 0 && ss[last] === s * n && ds[last] === d * n) { sizes[last] = sizes[last]! * n; ss[last] = s; ds[last] = d }
    else { sizes.push(n); ss.push(s); ds.push(d) }
  }
  return { sizes, from: ss, to: ds }
}
/** Copies one window whose first elements lie at the two offsets. */
export const walk = (form: Fused, src: Data, from: number, dst: Data, to: number): void => nest(src, from, form.from, dst, to, form.to, form.sizes, 0)

/** to[i] = from[i] for every index i of the shape. */
export const move = (from: View, to: View, shape: readonly number[]): void =>
  walk(fuse(shape, from.strides, to.strides), words(from.data), from.offset, words(to.data), to.offset)
/** An engine compiles a loop for at most four kinds of array: unsigned words travel as signed ones, bit for bit. */
export const words = (x: Data): Data => (x instanceof Uint32Array ? new Int32Array(x.buffer, x.byteOffset, x.length) : x)

const nest = (
  src: Data, so: number, ss: readonly number[], dst: Data, to: number, ds: readonly number[], sizes: readonly number[], axis: number,
): void => {
  const left = sizes.length - axis
  if (left === 0) { dst[to] = src[so]!; return }
  const n = sizes[axis]!, s = ss[axis]!, d = ds[axis]!
  if (left === 1) { run(src, so, s, dst, to, d, n); return }
  if (left === 2) {
    const n1 = sizes[axis + 1]!, s1 = ss[axis + 1]!, d1 = ds[axis + 1]!
    if (n1 < longRun || !(d1 === 1 && (s1 === 1 || s1 === 0))) { plane(src, so, s, s1, dst, to, d, d1, n, n1); return }
  }
  for (let i = 0; i < n; i++) nest(src, so + i * s, ss, dst, to + i * d, ds, sizes, axis + 1)
}

const run = (src: Data, so: number, s: number, dst: Data, to: number, d: number, n: number): void => {
  if (n === 0) return
  if (d === 1 && n >= longRun) {
    if (s === 1) { dst.set(so === 0 && n === src.length ? src : src.subarray(so, so + n), to); return }
    if (s === 0) { dst.fill(src[so]!, to, to + n); return }
  }
  for (let i = 0; i < n; i++) { dst[to] = src[so]!; so += s; to += d }
}

const plane = (
  src: Data, so: number, s0: number, s1: number, dst: Data, to: number, d0: number, d1: number, n0: number, n1: number,
): void => {
  if (n0 <= tile || n1 <= tile) { block(src, so, s0, s1, dst, to, d0, d1, n0, n1); return }
  for (let i = 0; i < n0; i += tile) {
    const h = Math.min(tile, n0 - i)
    for (let j = 0; j < n1; j += tile) block(src, so + i * s0 + j * s1, s0, s1, dst, to + i * d0 + j * d1, d0, d1, h, Math.min(tile, n1 - j))
  }
}

const block = (
  src: Data, so: number, s0: number, s1: number, dst: Data, to: number, d0: number, d1: number, n0: number, n1: number,
): void => {
  for (let i = 0; i < n0; i++) {
    let s = so + i * s0, d = to + i * d0
    for (let j = 0; j < n1; j++) { dst[d] = src[s]!; s += s1; d += d1 }
  }
}

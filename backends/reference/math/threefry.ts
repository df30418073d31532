/** Threefry-2x32 with 20 rounds, the counter-based generator whose bits are JAX's. */

/*
 * Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
 * A round adds, rotates by 13 15 26 6 17 29 16 24 in turn, and mixes; after every fourth round i = 1..5 the key words
 * k_i, k_(i+1) and the number i are added, where k_2 = k_0 ^ k_1 ^ 0x1bd11bda and indices run modulo 3.
 */
const parity = 0x1bd11bda

/**
 * Encrypts the counter (x0, x1) under the key (k0, k1) and leaves the two u32 words in `out`, which it returns; exact.
 * Any 32-bit integers come in, signed or not.
 * @example threefry2x32(0, 0, 0, 0, new Uint32Array(2)) // 0x6b200159, 0x99ba4efe
 */
export const threefry2x32 = (k0: number, k1: number, x0: number, x1: number, out: Uint32Array): Uint32Array => {
  const k2 = k0 ^ k1 ^ parity
  let a = (x0 + k0) | 0
  let b = (x1 + k1) | 0
  // the pair of keys of the injection to come, and the one after
  let now = k1
  let next = k2
  let last = k0
  for (let i = 1; i <= 5; i++) {
    if (i % 2 === 1) {
      a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a
      a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a
      a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a
      a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a
    } else {
      a = (a + b) | 0; b = ((b << 17) | (b >>> 15)) ^ a
      a = (a + b) | 0; b = ((b << 29) | (b >>> 3)) ^ a
      a = (a + b) | 0; b = ((b << 16) | (b >>> 16)) ^ a
      a = (a + b) | 0; b = ((b << 24) | (b >>> 8)) ^ a
    }
    a = (a + now) | 0
    b = (b + next + i) | 0
    const spent = now
    now = next
    next = last
    last = spent
  }
  out[0] = a
  out[1] = b
  return out
}

const pair = new Uint32Array(2)

/**
 * Encrypts counter (x0[i], x1[i]) under the key (k0, k1) into (y0[i], y1[i]) for every i; the outputs may be the inputs.
 * All four arrays are as long as y0.
 * @example threefry2x32Array(k0, k1, counts0, counts1, high, low)
 */
export const threefry2x32Array = (
  k0: number, k1: number, x0: Uint32Array, x1: Uint32Array, y0: Uint32Array, y1: Uint32Array,
): void => {
  for (let i = 0; i < y0.length; i++) {
    threefry2x32(k0, k1, x0[i]!, x1[i]!, pair)
    y0[i] = pair[0]!
    y1[i] = pair[1]!
  }
}

/** Handwritten digits, in an order that only the seed decides, split once into training and held-out rows. */

export const side = 28
export const pixels = side * side
export const classes = 10

/** `images` holds one row of 784 grey values in [0, 1] per example; `labels` the digit that each row shows. */
export interface Digits { readonly images: Float32Array; readonly labels: Int32Array; readonly count: number }
export interface Split { readonly train: Digits; readonly test: Digits }

/** Mulberry32: 32 bits of state, enough to shuffle by, the same on every machine. */
export const uniforms = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 15), z | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A permutation of 0 .. n-1, each as likely as another (Fisher and Yates). */
export const shuffled = (n: number, uniform: () => number): Int32Array => {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    const held = order[i]!
    order[i] = order[j]!
    order[j] = held
  }
  return order
}

/** The examples at the given rows, in the given order. */
export const pick = (digits: Digits, rows: ArrayLike<number>): Digits => {
  const images = new Float32Array(rows.length * pixels)
  const labels = new Int32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    images.set(digits.images.subarray(row * pixels, (row + 1) * pixels), i * pixels)
    labels[i] = digits.labels[row]!
  }
  return { images, labels, count: rows.length }
}

/** The last `held` rows of the shuffled digits are for testing and are never trained on. */
export const splitDigits = (digits: Digits, seed: number, held: number): Split => {
  const order = shuffled(digits.count, uniforms(seed))
  return {
    train: pick(digits, order.subarray(0, digits.count - held)),
    test: pick(digits, order.subarray(digits.count - held)),
  }
}

/** The inputs of the workloads, drawn from one linear congruential generator: peers/common.py draws the same numbers. */
import { readFileSync } from 'node:fs'

export type Size = 'full' | 'small'
export interface Data<T extends Float32Array | Float64Array | Int32Array = Float32Array> { readonly data: T; readonly shape: readonly number[] }

/** The sizes of every workload, and those at which the tests hold its numbers. */
const sizes = {
  full: {
    W1: [128, 256, 512, 1024, 2048], W2: 1 << 20, W3: { batch: 128, widths: [784, 512, 512, 10] },
    W4: { batch: 64, side: 28, channels: [16, 32] }, W5: { D: 128, L: 4, H: 4, T: 128, B: 8, V: 96 },
    W6: [2, 100], W7: { n: 100, orders: [1, 2, 3, 4, 5, 6] }, W8: { batch: 128, widths: [784, 128, 10] }, W9: 1000, W10: { T: 100, B: 32, H: 128, I: 128 },
  },
  small: {
    W1: [7, 32], W2: 1000, W3: { batch: 8, widths: [20, 16, 16, 10] },
    W4: { batch: 4, side: 8, channels: [2, 3] }, W5: { D: 8, L: 1, H: 2, T: 6, B: 2, V: 11 },
    W6: [2, 100], W7: { n: 10, orders: [1, 2, 3, 4] }, W8: { batch: 6, widths: [12, 8, 10] }, W9: 40, W10: { T: 5, B: 2, H: 4, I: 3 },
  },
} as const

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** s₀ = 2654435761·seed, sₙ₊₁ = 1664525·sₙ + 1013904223 (mod 2³²); lo + (hi - lo)·sₙ/2³² for n ≥ 1. */
export const uniform = (seed: number, n: number, lo: number, hi: number): Float64Array => {
  let s = Math.imul(seed, 2654435761) >>> 0
  return Float64Array.from({ length: n }, () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0
    return lo + (hi - lo) * (s / 4294967296)
  })
}
const floats = (seed: number, shape: readonly number[], lo: number, hi: number): Data =>
  ({ data: Float32Array.from(uniform(seed, product(shape), lo, hi)), shape })
const filled = (x: number, ...shape: readonly number[]): Data => ({ data: new Float32Array(product(shape)).fill(x), shape })
const labels = (seed: number, n: number, classes: number): Data<Int32Array> => ({ data: Int32Array.from(uniform(seed, n, 0, classes), Math.floor), shape: [n] })
/** A dense layer's matrix: uniform within ±1/√inputs. */
const dense = (seed: number, inputs: number, outputs: number): Data =>
  floats(seed, [inputs, outputs], -1 / Math.sqrt(inputs), 1 / Math.sqrt(inputs))
const kernel = (seed: number, outputs: number, inputs: number): Data =>
  floats(seed, [outputs, inputs, 3, 3], -1 / Math.sqrt(9 * inputs), 1 / Math.sqrt(9 * inputs))

/** Rows of a one for the label's class and zeros, for peers whose losses want them. */
export const oneHot = ({ data }: Data<Int32Array>, classes: number): Data => {
  const rows = new Float32Array(data.length * classes)
  data.forEach((label, i) => { rows[i * classes + label] = 1 })
  return { data: rows, shape: [data.length, classes] }
}

// ---- the Gaussian mixture of ADBench -----------------------------------------------------------------------------------

/** log Γ by Lanczos' series with g = 7. */
const logGamma = (x: number): number => {
  const series = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ]
  const w = x + 6.5
  const sum = series.reduce((s, c, i) => s + (i === 0 ? c : c / (x - 1 + i)), 0)
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(w) - w + Math.log(sum)
}

/** The file gmm_d10_K25.txt of ADBench's 1k set (MIT licence): d, K, N, then weights, means, inverse factors, points, and the prior. */
const mixture = (file: URL, points: number) => {
  const numbers = readFileSync(file, 'utf8').trim().split(/\s+/).map(Number)
  let at = 0
  const take = (...shape: readonly number[]): Data<Float64Array> =>
    ({ data: Float64Array.from(numbers.slice(at, at += product(shape))), shape })
  const [D, K, all] = take(3).data as unknown as [number, number, number]
  const below = (D * (D - 1)) / 2
  const alphas = take(K), means = take(K, D), factors = take(K, D + below), every = take(all, D)
  const [gamma, m] = take(2).data as unknown as [number, number]
  const columns = (from: number, to: number): Data<Float64Array> => ({
    data: Float64Array.from({ length: K * (to - from) }, (_, i) => factors.data[Math.floor(i / (to - from)) * (D + below) + from + i % (to - from)]!),
    shape: [K, to - from],
  })
  // 0 and 1: takes the part below the diagonal, given column by column, to a matrix row by row
  const place = new Float64Array(below * D * D)
  let row = 0
  for (let c = 0; c < D; c++) for (let r = c + 1; r < D; r++) place[row++ * D * D + r * D + c] = 1
  const n = D + m + 1
  const logMultiGamma = (D * (D - 1) / 4) * Math.log(Math.PI) + Array.from({ length: D }, (_, j) => logGamma((n - j) / 2)).reduce((a, b) => a + b)
  return {
    D, K, N: points, gamma, m, alphas, means, logDiagonal: columns(0, D), lower: columns(D, D + below),
    x: { data: every.data.slice(0, points * D), shape: [points, D] } satisfies Data<Float64Array>,
    place: { data: place, shape: [below, D * D] } satisfies Data<Float64Array>,
    constant: -points * D * 0.5 * Math.log(2 * Math.PI) - K * (n * D * Math.log(gamma / Math.SQRT2) - logMultiGamma),
  }
}

// ---- all of them -------------------------------------------------------------------------------------------------------

/** What each workload starts from. Nothing is drawn before it is asked for. */
export const inputs = (size: Size, mixtureFile: URL) => {
  const at = sizes[size]
  const perceptron = ({ batch, widths }: { readonly batch: number; readonly widths: readonly number[] }, seed: number, layerSeed: number) => ({
    batch, classes: 10,
    x: floats(seed, [batch, widths[0]!], 0, 1), y: labels(seed + 1, batch, 10),
    layers: widths.slice(1).map((width, i) => ({ w: dense(layerSeed + i, widths[i]!, width), b: filled(0, width) })),
  })
  return {
    W1: at.W1.map(N => (): { readonly N: number; readonly a: Data; readonly b: Data } => ({ N, a: floats(1, [N, N], -1, 1), b: floats(2, [N, N], -1, 1) })),
    W2: () => ({ x: floats(3, [at.W2], -2, 2) }),
    W3: () => ({ learningRate: 1e-3, ...perceptron(at.W3, 301, 311) }),
    W4: () => {
      const { batch, side, channels: [c1, c2] } = at.W4
      return {
        batch, side, features: c2 * (side / 4) ** 2, learningRate: 0.01, momentum: 0.9, classes: 10,
        x: floats(401, [batch, 1, side, side], 0, 1), y: labels(402, batch, 10),
        params: { k1: kernel(411, c1, 1), b1: filled(0, c1), k2: kernel(412, c2, c1), b2: filled(0, c2), w: dense(413, c2 * (side / 4) ** 2, 10), b: filled(0, 10) },
      }
    },
    W5: () => {
      const { D, L, H, T, B, V } = at.W5
      const text = labels(501, B * (T + 1), V).data
      const tokens = (shift: number): Data<Int32Array> => ({ data: Int32Array.from({ length: B * T }, (_, i) => text[Math.floor(i / T) * (T + 1) + i % T + shift]!), shape: [B, T] })
      const layers = Array.from({ length: L }, (_, l) => {
        const seed = 520 + 10 * l
        return {
          g1: filled(1, D), h1: filled(0, D), wqkv: dense(seed, D, 3 * D), bqkv: filled(0, 3 * D), wo: dense(seed + 1, D, D), bo: filled(0, D),
          g2: filled(1, D), h2: filled(0, D), wi: dense(seed + 2, D, 4 * D), bi: filled(0, 4 * D), wp: dense(seed + 3, 4 * D, D), bp: filled(0, D),
        }
      })
      return {
        ...at.W5, learningRate: 0.1, inputs: tokens(0), targets: tokens(1),
        params: { wte: floats(511, [V, D], -0.1, 0.1), wpe: floats(512, [T, D], -0.1, 0.1), layers, gf: filled(1, D), hf: filled(0, D), head: dense(513, D, V) },
      }
    },
    W6: at.W6.map(n => () => ({ n, x: { data: uniform(600 + n, n, -1, 1), shape: [n] } satisfies Data<Float64Array> })),
    W7: () => ({ ...at.W7, x: { data: uniform(700, at.W7.n, -1, 1), shape: [at.W7.n] } satisfies Data<Float64Array>, x0: 0.7 }),
    W8: () => perceptron(at.W8, 801, 811),
    W9: () => mixture(mixtureFile, at.W9),
    W10: () => {
      const { T, B, H, I } = at.W10
      return { ...at.W10, x: floats(1001, [T, B, I], -1, 1), params: { wx: dense(1002, I, 4 * H), wh: dense(1003, H, 4 * H), b: filled(0, 4 * H) } }
    },
  }
}
export type Inputs = ReturnType<typeof inputs>

/** A convolution is a product of matrices: the kernel by the windows of the padded operand, some rows of places at a time. */
import { sizeOf, stridesOf } from '../../src/core/aval.js'
import { allocate, type Data, isFloat } from '../../src/core/dtype.js'
import type { ConvolveName } from '../../src/core/vocabulary.js'
import { NDArray } from '../../src/core/value.js'
import { block, depth } from './contract.js'
import type { Execute, Run } from './execute.js'
import { fuse, walk } from './move.js'
import { structural } from './structural.js'

interface Params {
  readonly windowStrides: readonly number[]
  readonly padding: readonly (readonly number[])[]
  readonly lhsDilation: readonly number[]
  readonly rhsDilation: readonly number[]
  readonly featureGroupCount: number
  readonly batchGroupCount: number
}
type Words = Float64Array | Int32Array
/** c[m, n] += a[m, k] · b[n, k]ᵀ, with the rows of a from `at`. */
type Product = (a: Words, at: number, b: Words, c: Words, m: number, n: number, k: number) => void

const floats: Product = (a, at, b, c, m, n, k) => {
  for (let lo = 0; lo < k; lo += depth) block(a as Float64Array, b as Float64Array, c as Float64Array, at, 0, 0, m, n, k, lo, Math.min(lo + depth, k))
}
const integers: Product = (a, at, b, c, m, n, k) => {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let s = 0
      for (let q = 0; q < k; q++) s = (s + Math.imul(a[at + i * k + q]!, b[j * k + q]!)) | 0
      c[i * n + j] = s
    }
  }
}

/** Elements of windows that are laid out at once. */
const most = 1 << 19
const wordsOf = (float: boolean, x: Data | number): Words => {
  if (typeof x === 'number') return float ? new Float64Array(x) : new Int32Array(x)
  if (float) return x instanceof Float64Array ? x : new Float64Array(x)
  return x instanceof Uint32Array ? new Int32Array(x.buffer, x.byteOffset, x.length) : new Int32Array(x)
}
const padded = (x: NDArray, { padding, lhsDilation }: Params, run: Run): NDArray => {
  const config = [[0, 0, 0], [0, 0, 0], ...padding.map(([lo, hi], a) => [lo!, hi!, lhsDilation[a]! - 1])]
  const { dtype } = x.aval
  const shape = x.aval.shape.map((n, a) => n + Math.max(n - 1, 0) * config[a]![2]! + config[a]![0]! + config[a]![1]!)
  return new NDArray({ dtype, shape }, structural.pad([x, new NDArray({ dtype, shape: [] }, allocate(dtype, 1))], { config }, [{ dtype, shape }], run)[0]!)
}

const convolution: Execute<Params> = ([x, w], params, [o], run) => {
  const { windowStrides, rhsDilation, featureGroupCount, batchGroupCount } = params
  const out = allocate(o!.dtype, sizeOf(o!.shape))
  const [, features, ...window] = w!.aval.shape as readonly [number, number, ...number[]]
  const [batch, outFeatures, ...places] = o!.shape as readonly [number, number, ...number[]]
  const k = features * sizeOf(window)
  if (out.length === 0 || k === 0) return [out]
  const float = isFloat(o!.dtype)
  const source = padded(x!, params, run)
  const from = wordsOf(float, source.data), kernel = wordsOf(float, w!.data)
  const own = stridesOf(source.aval.shape)
  const groups = featureGroupCount * batchGroupCount, m = outFeatures / groups
  const all = sizeOf(places), line = all / (places[0] ?? 1)
  const rows = Math.max(1, Math.min(places[0] ?? 1, Math.floor(most / (line * k))))
  const windows = wordsOf(float, rows * line * k), product = wordsOf(float, m * rows * line)
  // the windows of one image and one group: places, then features, then places of the window
  const shape = [0, ...places.slice(1), features, ...window]
  const steps = [...(places.length > 0 ? windowStrides : [0]).map((s, a) => s * (own[a + 2] ?? 0)), own[1]!, ...rhsDilation.map((d, a) => d * own[a + 2]!)]
  for (let b = 0; b < batch; b++) {
    for (let g = 0; g < groups; g++) {
      const image = (batchGroupCount > 1 ? g * batch + b : b) * own[0]! + (featureGroupCount > 1 ? g * features * own[1]! : 0)
      for (let first = 0; first < (places[0] ?? 1); first += rows) {
        const some = Math.min(rows, (places[0] ?? 1) - first), n = some * line
        const sizes = [some, ...shape.slice(1)]
        walk(fuse(sizes, steps, stridesOf(sizes)), from, image + first * steps[0]!, windows, 0)
        product.fill(0, 0, m * n)
        ;(float ? floats : integers)(kernel, g * m * k, windows, product, m, n, k)
        for (let i = 0; i < m; i++) out.set(product.subarray(i * n, (i + 1) * n), (b * outFeatures + g * m + i) * all + first * line)
      }
    }
  }
  return [out]
}

export const convolve: Record<ConvolveName, Execute> = { convolution }

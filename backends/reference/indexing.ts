/** Windows at positions that are data: a position is read once, checked or moved inside, and its window is copied or combined whole. */
import { sizeOf, stridesOf } from '../../src/core/aval.js'
import { allocate, type Data } from '../../src/core/dtype.js'
import type { NDArray } from '../../src/core/value.js'
import type { IndexingName } from '../../src/core/vocabulary.js'
import { combine, type Combination } from './combine.js'
import type { Execute } from './execute.js'
import { fuse, type Fused, move, walk } from './move.js'

// ---- one window ------------------------------------------------------------------------------------------------------

/** Where the window begins after it has been moved inside. */
const origin = (shape: readonly number[], strides: readonly number[], sizes: readonly number[], starts: readonly NDArray[]): number => {
  let at = 0
  for (let a = 0; a < shape.length; a++) at += Math.max(0, Math.min(starts[a]!.data[0]!, shape[a]! - sizes[a]!)) * strides[a]!
  return at
}

const dynamicSlice: Execute<{ readonly sizes: readonly number[] }> = ([x, ...starts], { sizes }, [out]) => {
  const strides = stridesOf(x!.aval.shape)
  const to = allocate(out!.dtype, sizeOf(sizes))
  move({ data: x!.data, offset: origin(x!.aval.shape, strides, sizes, starts), strides }, { data: to, offset: 0, strides: stridesOf(sizes) }, sizes)
  return [to]
}

const dynamicUpdateSlice: Execute<null> = ([x, update, ...starts]) => {
  const { shape } = x!.aval, sizes = update!.aval.shape
  const strides = stridesOf(shape)
  const to = x!.data.slice()
  move({ data: update!.data, offset: 0, strides: stridesOf(sizes) }, { data: to, offset: origin(shape, strides, sizes, starts), strides }, sizes)
  return [to]
}

// ---- many windows ----------------------------------------------------------------------------------------------------

interface Dims {
  readonly offsetDims: readonly number[]
  readonly collapsedSliceDims: readonly number[]
  readonly operandBatchingDims: readonly number[]
  readonly startIndicesBatchingDims: readonly number[]
  readonly startIndexMap: readonly number[]
  readonly mode: 'fill' | 'clip' | 'promise'
}
/** For each window where it begins in the array (-1: it is dropped or filled) and where in the packed array of windows; all have one form. */
interface Windows { readonly inArray: Int32Array; readonly inPacked: Int32Array; readonly form: Fused; readonly size: number }

/** Σ i_a · strides[a] for every index of the shape, row major. */
const offsets = (shape: readonly number[], strides: readonly number[]): Int32Array => {
  let all = new Int32Array(1)
  for (let a = 0; a < shape.length; a++) {
    const n = shape[a]!, s = strides[a]!
    const next = new Int32Array(all.length * n)
    for (let i = 0, k = 0; i < all.length; i++) for (let j = 0; j < n; j++) next[k++] = all[i]! + j * s
    all = next
  }
  return all
}

const windowsOf = (x: readonly number[], indices: NDArray, packed: readonly number[], dims: Dims): Windows => {
  const { offsetDims, collapsedSliceDims, operandBatchingDims, startIndicesBatchingDims, startIndexMap, mode } = dims
  const xs = stridesOf(x), ps = stridesOf(packed)
  const batchShape = indices.aval.shape.slice(0, -1)
  const axes = x.map((_, a) => a).filter(a => !collapsedSliceDims.includes(a) && !operandBatchingDims.includes(a))
  const sizes = offsetDims.map(d => packed[d]!)
  const inPacked = offsets(batchShape, ps.filter((_, d) => !offsetDims.includes(d)))
  const walked = batchShape.map(() => 0)
  operandBatchingDims.forEach((a, i) => { walked[startIndicesBatchingDims[i]!] = xs[a]! })
  const inArray = operandBatchingDims.length > 0 ? offsets(batchShape, walked) : new Int32Array(sizeOf(batchShape))
  // an axis without places has none inside
  if (sizeOf(x) === 0) inArray.fill(-1)
  const ix = indices.data, width = startIndexMap.length
  for (let k = 0; k < width; k++) {
    const axis = startIndexMap[k]!, step = xs[axis]!, place = axes.indexOf(axis)
    const last = x[axis]! - (place < 0 ? 1 : sizes[place]!)
    for (let b = 0, at = k; b < inArray.length; b++, at += width) {
      const i = ix[at]!
      if (i >= 0 && i <= last) { if (inArray[b]! >= 0) inArray[b] = inArray[b]! + i * step }
      else if (mode === 'fill') inArray[b] = -1
      else if (i > last) inArray[b] = inArray[b]! + last * step
    }
  }
  return { inArray, inPacked, form: fuse(sizes, axes.map(a => xs[a]!), offsetDims.map(d => ps[d]!)), size: sizeOf(sizes) }
}

const gather: Execute<Dims> = ([x, indices, filler], dims, [out]) => {
  const to = allocate(out!.dtype, sizeOf(out!.shape))
  if (to.length === 0) return [to]
  const { inArray, inPacked, form, size } = windowsOf(x!.aval.shape, indices!, out!.shape, dims)
  const from = x!.data
  const fill = filler ? filler.data[0]! : 0
  if (size === 1) {
    for (let b = 0; b < inArray.length; b++) {
      const at = inArray[b]!
      to[inPacked[b]!] = at < 0 ? fill : from[at]!
    }
    return [to]
  }
  const filled: Data = allocate(out!.dtype, 1).fill(fill)
  const still: Fused = { ...form, from: form.from.map(() => 0) }
  for (let b = 0; b < inArray.length; b++) {
    const at = inArray[b]!
    if (at >= 0) walk(form, from, at, to, inPacked[b]!)
    else if (!Object.is(fill, 0)) walk(still, filled, 0, to, inPacked[b]!)
  }
  return [to]
}

const scatter: Execute<Dims & { readonly kind: Combination }> = ([x, indices, updates], params) => {
  const to = x!.data.slice()
  if (updates!.data.length === 0) return [to]
  const { inArray, inPacked, form } = windowsOf(x!.aval.shape, indices!, updates!.aval.shape, params)
  combine(params.kind, to, inArray, form.from, updates!.data, inPacked, form.to, form.sizes)
  return [to]
}

export const indexing: Record<IndexingName, Execute> = { dynamicSlice, dynamicUpdateSlice, gather, scatter }

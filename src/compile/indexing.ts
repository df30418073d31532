/** Gather and scatter as kernels: dimension numbers become the strides of two views over the same axes. */
import { range, type Shape, sizeOf, stridesOf } from '../core/aval.js'
import type { Gather, Scatter, Strided, Windows } from '../kernel/special.js'
import { moved } from './affine.js'
import type { Lowering, Rule, Val } from './lowering.js'
import type { Buffer } from './plan.js'

interface Dims {
  readonly offsetDims: readonly number[]
  readonly collapsedSliceDims: readonly number[]
  readonly operandBatchingDims: readonly number[]
  readonly startIndicesBatchingDims: readonly number[]
  readonly startIndexMap: readonly number[]
  readonly mode: 'fill' | 'clip' | 'promise'
}

/** The value in memory, through a view whose place is known. */
export const settled = (l: Lowering, v: Val): { readonly buffer: Buffer; readonly offset: number; readonly strides: readonly number[] } => {
  const seen = l.viewed(v).load.view
  const { view } = seen.starts.length === 0 ? { view: seen } : l.loaded(l.storedIn(l.bufferFor(v.aval), v))!
  return { buffer: l.buffers[view.buffer]!, offset: view.offset, strides: view.strides }
}

interface Lying { readonly shape: Shape; readonly offset: number; readonly strides: readonly number[] }
/** Buffers: 0 the array, 1 the indices, 2 the windows side by side. */
const windowsOf = (x: Lying, indices: Lying, packed: Lying, dims: Dims): Omit<Windows, 'dtype'> => {
  const { offsetDims, collapsedSliceDims, operandBatchingDims, startIndicesBatchingDims, startIndexMap, mode } = dims
  const vectors = indices.shape.length - 1
  const own = range(x.shape.length).filter(a => !collapsedSliceDims.includes(a) && !operandBatchingDims.includes(a))
  const others = range(packed.shape.length).filter(d => !offsetDims.includes(d))
  const walked = range(vectors).map(d => { const i = startIndicesBatchingDims.indexOf(d); return i < 0 ? 0 : x.strides[operandBatchingDims[i]!]! })
  const strided = (buffer: number, v: Lying, strides: readonly number[]): Strided => ({ buffer, offset: v.offset, strides })
  const window = offsetDims.map(d => packed.shape[d]!)
  return {
    batch: indices.shape.slice(0, vectors), window, moving: own.map((a, i) => startIndexMap.includes(a) && window[i]! < x.shape[a]!),
    indices: strided(1, indices, indices.strides.slice(0, vectors)), between: indices.strides[vectors]!,
    strides: startIndexMap.map(a => x.strides[a]!),
    last: startIndexMap.map(a => { const w = own.indexOf(a); return x.shape[a]! - (w < 0 ? 1 : packed.shape[offsetDims[w]!]!) }),
    drops: mode === 'fill',
    array: strided(0, x, [...walked, ...own.map(a => x.strides[a]!)]),
    packed: strided(2, packed, [...others, ...offsetDims].map(d => packed.strides[d]!)),
  }
}
const contiguous = (shape: Shape): Lying => ({ shape, offset: 0, strides: stridesOf(shape) })

export const gatherR: Rule<Dims> = (l, [x, indices, filler], dims, [out], [dest]) => {
  // an axis without places has none inside
  if (filler && sizeOf(x!.aval.shape) === 0) return [{ aval: out!, expr: moved(l.pool, filler.expr, out!.shape.length, []) }]
  const b = dest ?? l.bufferFor(out!)
  if (sizeOf(out!.shape) === 0) return [l.held(b, out!)]
  const from = settled(l, x!), at = settled(l, indices!)
  const known = filler?.expr.tag === 'const' ? filler.expr.value : null
  const ins = [from.buffer, at.buffer, ...(filler && known === null ? [l.bufferOf(filler)] : [])]
  const kernel: Gather = {
    tag: 'gather', dtype: out!.dtype, filler: filler && known === null ? { buffer: 3 } : { value: known ?? 0 },
    ...windowsOf({ ...from, shape: x!.aval.shape }, { ...at, shape: indices!.aval.shape }, contiguous(out!.shape), dims),
  }
  l.block.step({ tag: 'kernel', kernel, buffers: [ins[0]!, ins[1]!, b, ...ins.slice(2)] }, ins, [b])
  return [l.held(b, out!)]
}

export const scatterR: Rule<Dims & { readonly kind: Scatter['kind']; readonly uniqueIndices: boolean }> = (l, [x, indices, updates], params, [out], [dest]) => {
  if (sizeOf(updates!.aval.shape) === 0 || sizeOf(x!.aval.shape) === 0) return [x!]
  const b = dest ?? l.bufferFor(out!)
  const at = settled(l, indices!), from = settled(l, updates!)
  l.block.element(b, out!.shape, x!.expr)
  const kernel: Scatter = {
    tag: 'scatter', dtype: out!.dtype, kind: params.kind, unique: params.uniqueIndices,
    ...windowsOf(contiguous(out!.shape), { ...at, shape: indices!.aval.shape }, { ...from, shape: updates!.aval.shape }, params),
  }
  const buffers = [b, at.buffer, from.buffer]
  l.block.step({ tag: 'kernel', kernel, buffers }, buffers, [b])
  return [l.held(b, out!)]
}

/** A convolution is a contraction over a view of overlapping windows: nothing is copied but the padding. */
import { aval, range, sizeOf } from '../core/aval.js'
import type { Contract } from '../kernel/kernel.js'
import { axis, moved } from './affine.js'
import type { Lowering, Rule, Val } from './lowering.js'

interface Params {
  readonly windowStrides: readonly number[]
  readonly padding: readonly (readonly number[])[]
  readonly lhsDilation: readonly number[]
  readonly rhsDilation: readonly number[]
  readonly featureGroupCount: number
  readonly batchGroupCount: number
}
/** So few places beside each other leave the columns of a tile empty: examples join them. */
const narrow = 64

const padded = (pad: Rule, l: Lowering, x: Val, { padding, lhsDilation }: Params): Val => {
  const config = [[0, 0, 0], [0, 0, 0], ...padding.map(([low, high], i) => [low!, high!, lhsDilation[i]! - 1])]
  if (config.every(c => c.every(n => n === 0))) return x
  const shape = x.aval.shape.map((n, i) => n + Math.max(n - 1, 0) * config[i]![2]! + config[i]![0]! + config[i]![1]!)
  const zero: Val = { aval: aval(x.aval.dtype, []), expr: l.pool.constant(x.aval.dtype, 0) }
  return pad(l, [x, zero], { config }, [aval(x.aval.dtype, shape)], [null])[0]!
}

/** Operand [batch, feature, ...], kernel [out feature, in feature, ...], result [batch, out feature, ...]. */
export const convolvedBy = (pad: Rule): Rule<Params> => (l, [x, w], p, [out], [dest]) => {
  const { featureGroupCount: groups, batchGroupCount: batches, windowStrides, rhsDilation } = p
  const fresh = (v: Val): Val => (l.viewed(v).load.view.starts.length > 0 ? l.storedIn(l.bufferFor(v.aval), v) : v)
  const input = fresh(padded(pad, l, x!, p)), kernel = fresh(w!)
  const a = l.viewed(input).load.view, b = l.viewed(kernel).load.view
  const spatial = range(out!.shape.length - 2)
  const [n, features] = out!.shape as readonly [number, number]
  const parts = groups * batches, own = features / parts, depth = kernel.aval.shape[1]!
  const places = out!.shape.slice(2), sizes = kernel.aval.shape.slice(2)
  // the examples of a group of the batch follow one another, and so do the features of a group of features
  const apart = batches > 1 ? a.strides[0]! * n : a.strides[1]! * depth
  const step = spatial.map(i => a.strides[2 + i]! * windowStrides[i]!)
  const within = spatial.map(i => a.strides[2 + i]! * rhsDilation[i]!)
  const joined = parts === 1 && n > 1 && sizeOf(places) < narrow
  const dtype = out!.dtype
  const contract: Contract = {
    tag: 'contract', dtype, batch: joined ? [] : [n, parts], rows: [own], cols: joined ? [n, ...places] : places, depth: [depth, ...sizes],
    left: { buffer: 0, offset: b.offset, batch: joined ? [] : [0, b.strides[0]! * own], own: [b.strides[0]!], depth: b.strides.slice(1) },
    right: { buffer: 1, offset: a.offset, batch: joined ? [] : [a.strides[0]!, apart], own: joined ? [a.strides[0]!, ...step] : step, depth: [a.strides[1]!, ...within] },
    out: 2, into: false, then: null,
  }
  const to = joined || !dest ? l.buffer(dtype, sizeOf(out!.shape)) : dest
  const buffers = [l.buffers[b.buffer]!, l.buffers[a.buffer]!, to]
  l.block.step({ tag: 'kernel', kernel: contract, buffers }, buffers.slice(0, 2), [to])
  if (!joined) return [l.held(to, out!)]
  const made = l.held(to, aval(dtype, [own, n, ...places]))
  return [{ aval: out!, expr: moved(l.pool, made.expr, out!.shape.length, [axis(1), axis(0), ...spatial.map(i => axis(2 + i))]) }]
}

/** How the rows that are more than a scalar expression become views, nests, contractions and loops. A row without a rule runs on the host. */
import type { Aval } from '../core/aval.js'
import { range, sizeOf, stridesOf, withoutAxes } from '../core/aval.js'
import { raise } from '../core/fault.js'
import type { Program } from '../core/primitive.js'
import type { ExecutedName } from '../core/vocabulary.js'
import type { Contract, Monoid, Operand } from '../kernel/kernel.js'
import { along, type Start } from '../kernel/view.js'
import { axis, type Axis, moved, reshapedExpr } from './affine.js'
import { branches, repeat, scanned } from './control.js'
import { convolvedBy } from './convolve.js'
import { cumulativeR, logSumsR } from './cumulative.js'
import { gatherR, scatterR } from './indexing.js'
import type { Lowering, Rule, Val } from './lowering.js'
import { sortR } from './sorting.js'
import { measure } from './weight.js'

// ---- views -----------------------------------------------------------------------------------------------------------

const view = (f: (v: Val, params: any, out: Aval) => readonly Axis[]): Rule => (l, [x], params, [out]) =>
  [{ aval: out!, expr: moved(l.pool, x!.expr, out!.shape.length, f(x!, params, out!)) }]

const broadcastR: Rule<{ readonly dims: readonly number[] }> = (l, [x], { dims }, [out]) => {
  // repeated, it would be computed again for each repetition
  const larger = sizeOf(out!.shape) > sizeOf(x!.aval.shape)
  const v = larger && measure(x!.expr).weight > 0 ? l.stored(x!) : x!
  return [{ aval: out!, expr: moved(l.pool, v.expr, out!.shape.length, dims.map(d => axis(d))) }]
}
const reshapeR: Rule = (l, [x], _p, [out]) => {
  const there = reshapedExpr(l.pool, x!.expr, x!.aval.shape, out!.shape)
  if (there) return [{ aval: out!, expr: there }]
  return [{ aval: out!, expr: reshapedExpr(l.pool, l.stored(x!).expr, x!.aval.shape, out!.shape)! }]
}
const transposeR = view((_v, { perm }: { perm: readonly number[] }) => range(perm.length).map(i => axis(perm.indexOf(i))))
const reverseR = view((v, { axes }: { axes: readonly number[] }) => v.aval.shape.map((n, i) => (axes.includes(i) ? axis(i, -1, n - 1) : axis(i))))
const sliceR = view((v, { start, strides }: { start: readonly number[]; strides: readonly number[] }) => v.aval.shape.map((_, i) => axis(i, strides[i]!, start[i]!)))
/** Place p and element k of a window are element p·stride + k·dilation of the axis. */
const windowsR = view((v, { axes, strides, dilation }: { axes: readonly number[]; strides: readonly number[]; dilation: readonly number[] }) => v.aval.shape.map((_, i): Axis => {
  const a = axes.indexOf(i)
  return a < 0 ? axis(i) : { terms: [[i, strides[a]!], [v.aval.shape.length + a, dilation[a]!]], offset: 0 }
}))
const iotaR: Rule<{ readonly axis: number }> = (l, _ins, p, [out]) => [{ aval: out!, expr: l.pool.index(out!.dtype, 0, out!.shape.map((_, i) => (i === p.axis ? 1 : 0))) }]

// ---- stores through views --------------------------------------------------------------------------------------------

/** On one axis of n elements with [before, after, between]: the elements that remain, and where they go. */
const kept = (n: number, [before, after, between]: readonly [number, number, number], size: number): { from: number; count: number; to: number; step: number } => {
  void after
  const step = between + 1
  const from = before >= 0 ? 0 : Math.ceil(-before / step)
  const to = before + from * step
  const count = Math.max(0, Math.min(n - from, to < size ? Math.ceil((size - to) / step) : 0))
  return { from, count, to, step }
}
const padR: Rule<{ readonly config: readonly (readonly [number, number, number])[] }> = (l, [x, value], { config }, [out], [dest]) => {
  const b = dest ?? l.bufferFor(out!)
  const rank = out!.shape.length
  const strides = stridesOf(out!.shape)
  l.block.element(b, out!.shape, moved(l.pool, value!.expr, rank, []))
  const parts = x!.aval.shape.map((n, i) => kept(n, config[i]!, out!.shape[i]!))
  const extents = parts.map(p => p.count)
  if (sizeOf(extents) > 0) {
    l.block.element(b, extents, moved(l.pool, x!.expr, rank, parts.map((p, i) => axis(i, 1, p.from))),
      parts.map((p, i) => strides[i]! * p.step), parts.reduce((n, p, i) => n + strides[i]! * p.to, 0))
  }
  return [l.held(b, out!)]
}
const concatenateR: Rule<{ readonly axis: number }> = (l, xs, p, [out], [dest]) => {
  const b = dest ?? l.bufferFor(out!)
  const strides = stridesOf(out!.shape)
  let at = 0
  for (const x of xs) {
    if (sizeOf(x.aval.shape) > 0) l.block.element(b, x.aval.shape, x.expr, strides, at * strides[p.axis]!)
    at += x.aval.shape[p.axis]!
  }
  return [l.held(b, out!)]
}

/** Positions that are data: known ones join the offset, others are read when the kernel begins. */
const startsOf = (l: Lowering, starts: readonly Val[], strides: readonly number[], most: readonly number[]): { readonly offset: number; readonly starts: readonly Start[] } => {
  let offset = 0
  const unknown: Start[] = []
  starts.forEach((s, i) => {
    if (most[i] === 0) return
    if (s.expr.tag === 'const') { offset += strides[i]! * Math.min(Math.max(s.expr.value, 0), most[i]!); return }
    unknown.push({ buffer: l.bufferOf(s).id, stride: strides[i]!, max: most[i]! })
  })
  return { offset, starts: unknown }
}
const dynamicSliceR: Rule<{ readonly sizes: readonly number[] }> = (l, [x, ...starts], { sizes }, [out]) => {
  const { load } = l.viewed(x!)
  const s = startsOf(l, starts, load.view.strides, x!.aval.shape.map((n, i) => n - sizes[i]!))
  return [{ aval: out!, expr: l.pool.load(out!.dtype, { ...along(load.view, load.view.strides, load.view.offset + s.offset), starts: [...load.view.starts, ...s.starts] }) }]
}
const dynamicUpdateSliceR: Rule = (l, [x, update, ...starts], _p, [out], [dest]) => {
  const b = dest ?? l.bufferFor(out!)
  const strides = stridesOf(out!.shape)
  const s = startsOf(l, starts, strides, x!.aval.shape.map((n, i) => n - update!.aval.shape[i]!))
  // the update may be made of what it replaces
  const ready = l.stored(update!)
  l.block.element(b, out!.shape, x!.expr)
  if (sizeOf(update!.aval.shape) > 0) l.block.element(b, update!.aval.shape, ready.expr, strides, s.offset, s.starts, l.loaded(x!)?.view.buffer ?? null)
  return [l.held(b, out!)]
}

// ---- folds and contractions ------------------------------------------------------------------------------------------

const fold = (monoid: Monoid): Rule<{ readonly axes: readonly number[] }> => (l, [x], { axes }, [out], [dest]) => {
  if (axes.length === 0) return [x!]
  const b = dest ?? l.bufferFor(out!)
  l.block.fold(b, x!.aval.shape, axes, monoid, x!.expr)
  return [l.held(b, out!)]
}
const place = (monoid: 'argmax' | 'argmin'): Rule<{ readonly axis: number }> => (l, ins, p, outs, dests) => fold(monoid)(l, ins, { axes: [p.axis] }, outs, dests)

interface Dot { readonly contract: readonly [readonly number[], readonly number[]]; readonly batch: readonly [readonly number[], readonly number[]] }
const dotGeneralR: Rule<Dot> = (l, [x, y], { contract, batch }, [out], [dest]) => {
  const b = dest ?? l.bufferFor(out!)
  const free = (v: Val, side: 0 | 1): readonly number[] => range(v.aval.shape.length).filter(i => !contract[side].includes(i) && !batch[side].includes(i))
  const sizes = (v: Val, axes: readonly number[]): readonly number[] => axes.map(a => v.aval.shape[a]!)
  const settled = (v: Val) => (l.viewed(v).load.view.starts.length > 0 ? l.viewed(fresh(l, v)) : l.viewed(v)).load
  const left = settled(x!), right = settled(y!)
  const operand = (v: typeof left, buffer: number, side: 0 | 1, own: readonly number[]): Operand => {
    const at = (axes: readonly number[]): readonly number[] => axes.map(a => v.view.strides[a]!)
    return { buffer, offset: v.view.offset, batch: at(batch[side]), own: at(own), depth: at(contract[side]) }
  }
  const buffers = [l.buffers[left.view.buffer]!, l.buffers[right.view.buffer]!, b]
  const kernel: Contract = {
    tag: 'contract', dtype: out!.dtype, batch: sizes(x!, batch[0]), rows: sizes(x!, free(x!, 0)), cols: sizes(y!, free(y!, 1)), depth: sizes(x!, contract[0]),
    left: operand(left, 0, 0, free(x!, 0)), right: operand(right, 1, 1, free(y!, 1)), out: 2, into: false, then: null,
  }
  l.block.step({ tag: 'kernel', kernel, buffers }, buffers.slice(0, 2), [b])
  return [l.held(b, out!)]
}
/** A copy in memory of its own. */
const fresh = (l: Lowering, v: Val): Val => l.storedIn(l.bufferFor(v.aval), v)

// ---- rows that hold programs -----------------------------------------------------------------------------------------

const inline = (pick: (params: any) => Program): Rule => (l, ins, params, _outs, dests) => l.program(pick(params), ins, dests)

const convolved = convolvedBy(padR)

const rules: Partial<Record<ExecutedName, Rule>> = {
  convolution: convolved, windows: windowsR, maxFirst: fold('max'), minFirst: fold('min'),
  broadcast: broadcastR, reshape: reshapeR, transpose: transposeR, slice: sliceR, pad: padR, concatenate: concatenateR, reverse: reverseR, iota: iotaR,
  sum: fold('sum'), prod: fold('prod'), max: fold('max'), min: fold('min'), and: fold('and'), or: fold('or'), argmax: place('argmax'), argmin: place('argmin'),
  dotGeneral: dotGeneralR, dynamicSlice: dynamicSliceR, dynamicUpdateSlice: dynamicUpdateSliceR,
  gather: gatherR, scatter: scatterR,
  cumsum: cumulativeR('sum'), cumprod: cumulativeR('prod'), cummax: cumulativeR('max'), cummin: cumulativeR('min'),
  linearRecurrence: cumulativeR('recurrence'), cumlogsumexp: logSumsR, sort: sortR,
  call: inline(p => p.program), checkpoint: inline(p => p.program), custom: inline(p => p.value),
  pulled: (l, ins, params, _outs, dests) => (params.push ? l.program(params.push, ins, dests) : raise({
    _tag: 'NoForwardRule', op: 'customDerivative', made: null, hint: 'give a push as well, or use reverse mode (grad, vjp, jacrev)',
  })),
  scan: scanned, while: repeat, cond: branches,
}
export const ruleOf = (name: string): Rule | undefined => (Object.hasOwn(rules, name) ? rules[name as ExecutedName] : undefined)

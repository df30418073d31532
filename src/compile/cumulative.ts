/** Cumulative folds as kernels along lines; log Σ exp is made of a maximum, exponentials that never exceed 1, and a recurrence. */
import { range, type Shape, sizeOf, stridesOf } from '../core/aval.js'
import type { Cumulative, Strided } from '../kernel/special.js'
import { axis as along, moved } from './affine.js'
import { settled } from './indexing.js'
import type { Lowering, Rule, Val } from './lowering.js'

interface Along { readonly axis: number; readonly reverse: boolean }

/** Lines beside each other are worked on together, if they lie beside each other. */
const beside = (l: Lowering, v: Val, axis: number): ReturnType<typeof settled> => {
  const { shape } = v.aval
  const inner = range(shape.length).filter(a => shape[a] !== 1).pop()
  const seen = settled(l, v)
  return inner === undefined || inner === axis || seen.strides[inner] === 1 ? seen : settled(l, l.storedIn(l.bufferFor(v.aval), v))
}
const lying = (buffer: number, shape: Shape, offset: number, strides: readonly number[], { axis, reverse }: Along): Strided => {
  const step = strides[axis]!
  const lines = strides.filter((_, a) => a !== axis)
  return { buffer, offset: offset + (reverse ? (shape[axis]! - 1) * step : 0), strides: [...lines, reverse ? -step : step] }
}

export const cumulativeR = (kind: Cumulative['kind']): Rule<Along> => (l, ins, p, [out], [dest]) => {
  const b = dest ?? l.bufferFor(out!)
  const { shape } = out!
  if (sizeOf(shape) === 0) return [l.held(b, out!)]
  const xs = ins.map(v => beside(l, v, p.axis))
  const kernel: Cumulative = {
    tag: 'cumulative', kind, dtype: out!.dtype, lines: shape.filter((_, a) => a !== p.axis), length: shape[p.axis]!,
    ins: xs.map((x, k) => lying(k, shape, x.offset, x.strides, p)), out: lying(xs.length, shape, 0, stridesOf(shape), p),
  }
  const from = xs.map(x => x.buffer)
  l.block.step({ tag: 'kernel', kernel, buffers: [...from, b] }, from, [b])
  return [l.held(b, out!)]
}

/**
 * With m_j the greatest x so far, s_j = e^(m_(j-1) - m_j)·s_(j-1) + e^(x_j - m_j) and the result is m_j + log s_j. Equal numbers, infinite
 * ones too, differ by 0.
 */
export const logSumsR: Rule<Along> = (l, [given], p, [out]) => {
  const { shape, dtype } = out!
  if (sizeOf(shape) === 0) return [given!]
  const x = l.viewed(given!).value
  const m = cumulativeR('max')(l, [x], p, [out!], [null])[0]!
  const { pool } = l
  const decay = (from: Val['expr'], to: Val['expr']): Val['expr'] =>
    pool.apply('select', [pool.apply('eq', [from, to]), pool.constant(dtype, 1), pool.apply('exp', [pool.apply('sub', [from, to])])])
  const n = shape[p.axis]!
  if (n === 1) return [{ aval: out!, expr: x.expr }]
  const factors = l.bufferFor(out!)
  const shifted = (by: number): Val['expr'] => moved(pool, m.expr, shape.length, shape.map((_, a) => along(a, 1, a === p.axis ? by : 0)))
  const [before, now] = p.reverse ? [1, 0] : [0, 1]
  const strides = stridesOf(shape)
  // the first factor is not read
  l.block.element(factors, shape.map((s, a) => (a === p.axis ? n - 1 : s)), decay(shifted(before), shifted(now)), strides, now * strides[p.axis]!)
  const terms = l.storedIn(l.bufferFor(out!), { aval: out!, expr: decay(x.expr, m.expr) })
  const s = cumulativeR('recurrence')(l, [l.held(factors, out!), terms], p, [out!], [null])[0]!
  return [{ aval: out!, expr: pool.apply('add', [m.expr, pool.apply('log', [s.expr])]) }]
}

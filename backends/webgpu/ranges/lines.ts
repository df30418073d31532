/** Sorts and cumulative folds in turns: lines apart from each other, and a line that is too long in stretches. */
import type { Cumulative, Sort, Strided } from '../../../src/kernel/special.js'
import { view, type View } from '../../../src/kernel/view.js'
import { small } from './nest.js'
import { bestAxis, dtypesOf, fits, loadOf, nextState, product, type Run, type Setting, type State, turnOf, within } from './window.js'

const shifted = (s: Strided, axis: number, from: number): Strided => ({ ...s, offset: s.offset + from * s.strides[axis]! })
const last = <T>(xs: readonly T[]): T => xs[xs.length - 1]!
/** So many elements of a single line, from one of them on, as the elements of a nest with one axis. */
const stretch = (s: Strided, from: number): View => view(s.buffer, s.offset + from * last(s.strides), [last(s.strides)])

/** Turns for the halves of the lines; null where there is one line, or as much is touched for half of them. */
const byLines = <K extends Cumulative | Sort>(k: K, s: Setting, part: (axis: number, from: number, length: number) => K, turns: (k: K) => readonly Run[] | null): readonly Run[] | null => {
  const wide = k.lines.reduce((best, n, d) => (n > (k.lines[best] ?? 1) ? d : best), -1)
  const best = bestAxis(k.lines, () => true, (d, length) => loadOf(turnOf(part(d, 0, length), s), s), loadOf(turnOf(k, s), s)), axis = best < 0 ? wide : best
  if (axis < 0) return null
  const n = k.lines[axis]!, h = Math.ceil(n / 2), low = turns(part(axis, 0, h)), high = turns(part(axis, h, n - h))
  return low === null || high === null ? null : [...low, ...high]
}

/** y_j = x_j ∘ y_(j-1) goes on from what the stretch before came to: it is the first element of the next. */
export const cumulativeTurns = (c: Cumulative, s: Setting): readonly Run[] | null => {
  if (product(c.lines) * c.length === 0) return []
  const turn = turnOf(c, s)
  if (fits(turn, s)) return [turn]
  const halved = byLines(c, s, (axis, from, length) => ({ ...c, lines: c.lines.map((n, d) => (d === axis ? length : n)), ins: c.ins.map(x => shifted(x, axis, from)), out: shifted(c.out, axis, from) }), k => cumulativeTurns(k, s))
  if (halved !== null) return halved
  const inner = (length: number): { readonly states: readonly State[]; readonly at: Setting } => {
    const states = [...c.ins, c.out].map((): State => ({ dtype: c.dtype, size: length + 1 }))
    return { states, at: within(s, states) }
  }
  const first = nextState(s), y = first + c.ins.length
  const cut = (length: number): { readonly states: readonly State[]; readonly runs: readonly Run[] } => {
    const { states, at } = inner(length), runs: Run[] = []
    for (let from = 0; from < c.length; from += length) {
      // one more in front, but for the first
      const n = Math.min(length, c.length - from), before = from === 0 ? 0 : 1
      runs.push(small(at, [n], pool => c.ins.map((x, k) => ({ to: view(first + k, before, [1]), value: pool.load(c.dtype, stretch(x, from)) }))))
      if (before === 1) runs.push(small(at, [], pool => c.ins.map((_, k) => ({ to: view(first + k, 0, []), value: pool.load(c.dtype, view(c.out.buffer, stretch(c.out, from - 1).offset, [])) }))))
      const line = (buffer: number): Strided => ({ buffer, offset: 0, strides: [1] })
      runs.push(turnOf({ ...c, lines: [], length: n + before, ins: c.ins.map((_, k) => line(first + k)), out: line(y) }, at))
      runs.push(small(at, [n], pool => [{ to: stretch(c.out, from), value: pool.load(c.dtype, view(y, before, [1])) }]))
    }
    return { states, runs }
  }
  for (let length = c.length; length >= 1; length = Math.floor(length / 2)) {
    const { at } = inner(length)
    const tried = turnOf({ ...c, lines: [], length: length + 1, ins: c.ins.map((_, k) => ({ buffer: first + k, offset: 0, strides: [1] })), out: { buffer: y, offset: 0, strides: [1] } }, at)
    const brought = small(at, [length], pool => c.ins.map((x, k) => ({ to: view(first + k, 1, [1]), value: pool.load(c.dtype, stretch(x, 0)) })))
    const taken = small(at, [length], pool => [{ to: stretch(c.out, 0), value: pool.load(c.dtype, view(y, 1, [1])) }])
    if ([tried, brought, taken].every(t => t.tag === 'turn' && fits(t, at))) { const { states, runs } = cut(length); return [{ tag: 'scope', states, turns: runs }] }
  }
  return null
}

/**
 * A line that is too long is sorted in blocks, and then two neighbours at a time, the odd pairs and the even ones in turns, as often as there
 * are blocks (Habermann 1972, with blocks for elements): a stable sort of two neighbours moves no element past its equal.
 */
export const sortTurns = (k: Sort, s: Setting): readonly Run[] | null => {
  if (product(k.lines) * k.length === 0) return []
  const turn = turnOf(k, s)
  if (fits(turn, s)) return [turn]
  const halved = byLines(k, s, (axis, from, length) => ({ ...k, lines: k.lines.map((n, d) => (d === axis ? length : n)), ins: k.ins.map(x => shifted(x, axis, from)), outs: k.outs.map(x => shifted(x, axis, from)) }), x => sortTurns(x, s))
  if (halved !== null) return halved
  const first = nextState(s), count = k.ins.length
  const setting = (length: number): { readonly states: readonly State[]; readonly at: Setting } => {
    const states = [...k.dtypes, ...k.dtypes].map((dtype): State => ({ dtype, size: length }))
    return { states, at: within(s, states) }
  }
  const line = (buffer: number): Strided => ({ buffer, offset: 0, strides: [1] })
  const sorted = (length: number): Sort => ({ ...k, lines: [], length, ins: k.ins.map((_, i) => line(first + i)), outs: k.outs.map((_, i) => line(first + count + i)), room: null })
  /** Sorts a stretch of the line out of `from` into the outs. */
  const stretched = (source: readonly Strided[], begin: number, length: number, at: Setting): readonly Run[] => {
    const dtypes = dtypesOf(at)
    return [
      // one operand at a time: two windows of buffers would be more
      ...source.map((x, i) => small(at, [length], pool => [{ to: view(first + i, 0, [1]), value: pool.load(dtypes[first + i]!, stretch(x, begin)) }])),
      turnOf(sorted(length), at),
      ...k.outs.map((x, i) => small(at, [length], pool => [{ to: stretch(x, begin), value: pool.load(dtypes[first + i]!, view(first + count + i, 0, [1])) }])),
    ]
  }
  for (let half = Math.ceil(k.length / 2); half >= 1; half = half === 1 ? 0 : Math.ceil(half / 2)) {
    const length = Math.min(2 * half, k.length), { states, at } = setting(length)
    const trial = [...stretched(k.ins, 0, length, at), ...stretched(k.outs, 0, length, at)]
    if (!trial.every(t => t.tag === 'turn' && fits(t, at))) continue
    const blocks = Math.ceil(k.length / half), runs: Run[] = []
    for (let b = 0; b < blocks; b++) runs.push(...stretched(k.ins, b * half, Math.min(half, k.length - b * half), at))
    for (let round = 0; round < blocks; round++) {
      for (let b = round % 2; b + 1 < blocks; b += 2) runs.push(...stretched(k.outs, b * half, Math.min(length, k.length - b * half), at))
    }
    return [{ tag: 'scope', states, turns: runs }]
  }
  return null
}

/** A kernel that touches more than can be bound at once is run in turns, each on windows of its buffers: a window is all that a turn touches of a buffer. */
import type { DType } from '../../../src/core/dtype.js'
import { Pool } from '../../../src/kernel/expr.js'
import type { Contract, Kernel, Nest, Operand } from '../../../src/kernel/kernel.js'
import { nodesOf, rootsOf } from '../../../src/kernel/normal.js'
import type { Cumulative, Gather, Scatter, Sort, Strided, Windows } from '../../../src/kernel/special.js'
import type { View } from '../../../src/kernel/view.js'

/** Elements of a buffer of the step, or of a state where the number is beyond those. */
export interface Window { readonly buffer: number; readonly from: number; readonly size: number }
/** A kernel whose buffer i is window i. */
export interface Turn { readonly tag: 'turn'; readonly kernel: Kernel; readonly windows: readonly Window[] }
/** Elements that turns leave to each other. */
export interface State { readonly dtype: DType; readonly size: number }
/** Turns, in order, with the states that live as long as they run: numbered behind the buffers of the step and the states around them. */
export interface Scope { readonly tag: 'scope'; readonly states: readonly State[]; readonly turns: readonly Run[] }
export type Run = Turn | Scope

/** Words and halves that windows and states may take together. */
export interface Room { readonly words: number; readonly halves: number }
/** Where turns are made: the dtypes of the buffers of the step, the room, the words a kernel needs as scratch, and the states around. */
export interface Setting {
  readonly dtypes: readonly DType[]
  readonly room: Room
  readonly scratch: (k: Kernel) => number
  readonly states: readonly State[]
}
export const within = (s: Setting, states: readonly State[]): Setting => ({ ...s, states: [...s.states, ...states] })
/** The number of the next state. */
export const nextState = (s: Setting): number => s.dtypes.length + s.states.length
export const dtypesOf = (s: Setting): readonly DType[] => [...s.dtypes, ...s.states.map(x => x.dtype)]

export const product = (xs: readonly number[]): number => xs.reduce((n, m) => n * m, 1)
/** Row-major strides. */
export const compact = (extents: readonly number[]): readonly number[] => {
  const strides = new Array<number>(extents.length)
  let step = 1
  for (let d = extents.length - 1; d >= 0; d--) { strides[d] = step; step *= extents[d]! }
  return strides
}

/** First and last element. */
interface Span { readonly buffer: number; readonly low: number; readonly high: number }
const spanOf = (buffer: number, offset: number, strides: readonly number[], extents: readonly number[], others: readonly number[] = []): Span => {
  let low = offset, high = offset
  const far = (s: number): void => { if (s < 0) low += s; else high += s }
  strides.forEach((s, d) => far(s * Math.max(0, (extents[d] ?? 1) - 1)))
  others.forEach(far)
  return { buffer, low, high }
}
const ofView = (v: View, extents: readonly number[]): Span => spanOf(v.buffer, v.offset, v.strides, extents, v.starts.map(s => s.stride * s.max))
const ofStrided = (s: Strided, extents: readonly number[], others: readonly number[] = []): Span => spanOf(s.buffer, s.offset, s.strides, extents, others)
const ofOperand = (o: Operand, c: Contract, own: readonly number[]): Span => spanOf(o.buffer, o.offset, [...o.batch, ...o.own, ...o.depth], [...c.batch, ...own, ...c.depth])
const ofOut = (c: Contract): Span => ({ buffer: c.out, low: 0, high: product([...c.batch, ...c.rows, ...c.cols]) - 1 })
const ofIndices = (w: Windows): Span => ofStrided(w.indices, w.batch, [w.between * (w.last.length - 1)])
const ofArray = (w: Windows): Span => ofStrided(w.array, [...w.batch, ...w.window], w.strides.map((s, k) => s * Math.max(0, w.last[k]!)))
const ofPacked = (w: Windows): Span => ofStrided(w.packed, [...w.batch, ...w.window])
/** The first element. */
const ofFirst = (buffer: number): Span => ({ buffer, low: 0, high: 0 })

const spansOf = (k: Kernel): readonly Span[] => {
  const windows = (w: Windows): readonly Span[] => [...(w.last.length === 0 ? [] : [ofIndices(w)]), ofArray(w), ofPacked(w)]
  switch (k.tag) {
    case 'nest': {
      const views = [...nodesOf(rootsOf(k)).flatMap(e => (e.tag === 'load' ? [e.view] : [])), ...k.stores.map(s => s.view)]
      return views.flatMap(v => [ofView(v, k.extents), ...v.starts.map(s => ofFirst(s.buffer))])
    }
    case 'contract': return [ofOperand(k.left, k, k.rows), ofOperand(k.right, k, k.cols), ofOut(k)]
    case 'gather': return [...windows(k), ...('buffer' in k.filler ? [ofFirst(k.filler.buffer)] : [])]
    case 'scatter': return windows(k)
    case 'cumulative': case 'sort': return [...k.ins, ...(k.tag === 'sort' ? k.outs : [k.out])].map(s => ofStrided(s, [...k.lines, k.length]))
    default: return k satisfies never
  }
}
/** Spans as windows: those of one buffer that meet are one; a buffer that is seen far apart (x and its transpose) has several. */
const joined = (spans: readonly Span[]): readonly Span[] => {
  const lists = new Map<number, Span[]>()
  for (const span of spans) lists.set(span.buffer, [...lists.get(span.buffer) ?? [], span])
  return [...lists.values()].flatMap(list => list.sort((a, b) => a.low - b.low).reduce<Span[]>((made, span) => {
    const before = made.at(-1)
    return before === undefined || span.low > before.high + 1 ? [...made, span] : [...made.slice(0, -1), { ...before, high: Math.max(before.high, span.high) }]
  }, []))
}

/** The same kernel on other buffers: `to` answers the new number of what holds a span, and how much nearer its elements are. */
const moved = (k: Kernel, dtypes: readonly DType[], to: (span: Span) => { readonly buffer: number; readonly by: number }): Kernel => {
  const at = <S extends Strided>(s: S, span: Span): S => { const { buffer, by } = to(span); return { ...s, buffer, offset: s.offset - by } }
  const first = (buffer: number): number => to(ofFirst(buffer)).buffer
  const windows = <W extends Gather | Scatter>(w: W): W =>
    ({ ...w, indices: w.last.length === 0 ? { ...w.indices, buffer: 0 } : at(w.indices, ofIndices(w)), array: at(w.array, ofArray(w)), packed: at(w.packed, ofPacked(w)) })
  switch (k.tag) {
    case 'nest': {
      const pool = new Pool(), done = new Map<number, ReturnType<Pool['rewrite']>>()
      const seen = (v: View): View => ({ ...at(v, ofView(v, k.extents)), starts: v.starts.map(s => ({ ...s, buffer: first(s.buffer) })) })
      const value = (e: Nest['stores'][number]['value']): typeof e => pool.rewrite(e, leaf => {
        switch (leaf.tag) {
          case 'load': return pool.load(leaf.dtype, seen(leaf.view))
          case 'index': return pool.index(leaf.dtype, leaf.offset, leaf.strides)
          case 'const': return pool.constant(leaf.dtype, leaf.value)
          case 'folded': return pool.folded(leaf.dtype, leaf.fold)
          default: return leaf satisfies never
        }
      }, done)
      return { ...k, buffers: dtypes, folds: k.folds.map(f => ({ ...f, value: value(f.value) })), stores: k.stores.map(s => ({ ...s, view: seen(s.view), value: value(s.value) })) }
    }
    case 'contract': {
      const operand = (o: Operand, own: readonly number[]): Operand => { const { buffer, by } = to(ofOperand(o, k, own)); return { ...o, buffer, offset: o.offset - by } }
      return { ...k, left: operand(k.left, k.rows), right: operand(k.right, k.cols), out: to(ofOut(k)).buffer } satisfies Contract
    }
    case 'gather': { const w = windows(k); return 'buffer' in w.filler ? { ...w, filler: { buffer: first(w.filler.buffer) } } : w }
    case 'scatter': return windows(k)
    case 'cumulative': case 'sort': {
      const lines = (s: Strided): Strided => at(s, ofStrided(s, [...k.lines, k.length])), ins = k.ins.map(lines)
      return k.tag === 'sort' ? { ...k, ins, outs: k.outs.map(lines), room: null } satisfies Sort : { ...k, ins, out: lines(k.out) } satisfies Cumulative
    }
    default: return k satisfies never
  }
}

/** A kernel over the buffers of the step and the states, as a turn. */
export const turnOf = (k: Kernel, s: Setting): Turn => {
  const list = joined(spansOf(k)), dtypes = dtypesOf(s)
  return {
    tag: 'turn', windows: list.map(w => ({ buffer: w.buffer, from: w.low, size: w.high - w.low + 1 })),
    kernel: moved(k, list.map(w => dtypes[w.buffer]!), x => {
      const buffer = list.findIndex(w => w.buffer === x.buffer && w.low <= x.low && x.high <= w.high)
      return { buffer, by: list[buffer]!.low }
    }),
  }
}
/** Words and halves that the windows of a turn take, beside the states. */
const taken = (t: Turn, s: Setting): Room => {
  const own = t.windows.filter(w => w.buffer < s.dtypes.length)
  const size = (halves: boolean): number => [...own.map(w => ({ dtype: s.dtypes[w.buffer]!, size: w.size })), ...s.states].reduce((n, x) => ((x.dtype === 'f16') === halves ? n + x.size : n), 0)
  return { words: size(false) + s.scratch(t.kernel), halves: size(true) }
}
/** How much of the room a turn takes: it fits where this is at most 1. */
export const loadOf = (t: Turn, s: Setting): number => { const { words, halves } = taken(t, s); return Math.max(words / s.room.words, halves === 0 ? 0 : halves / s.room.halves) }
export const fits = (t: Turn, s: Setting): boolean => loadOf(t, s) <= 1
/** The axis along which a half takes the least of the room, and whether it takes less than the whole. */
export const bestAxis = (extents: readonly number[], allowed: (axis: number) => boolean, half: (axis: number, length: number) => number, whole: number): number => {
  let best = -1, least = whole
  extents.forEach((n, axis) => {
    if (n < 2 || !allowed(axis)) return
    const load = half(axis, Math.ceil(n / 2))
    if (load < least) { best = axis; least = load }
  })
  return best
}
/** The longest axis that may be cut; -1 where there is none. */
export const widestOf = (extents: readonly number[], allowed: (axis: number) => boolean): number =>
  extents.reduce((best, n, d) => (allowed(d) && n > (extents[best] ?? 1) ? d : best), -1)

/** Sorts and cumulative folds in turns: as many lines at a time as there is room for, side by side, and a line that is too long in stretches. */
import { compact, dtypesOf, fits, nextState, product, type Run, type Setting, type State, turnOf, within } from './window.js'
import type { Cumulative, Sort, Strided } from '../../../src/kernel/special.js'
import { view, type View } from '../../../src/kernel/view.js'
import { spread } from './nest.js'

/** Lines, from one of them on, and stretches of them. */
interface Block { readonly lines: readonly number[]; readonly length: number; readonly from: readonly number[] }
const shifted = (s: Strided, b: Block): View => view(s.buffer, b.from.reduce((n, from, d) => n + from * s.strides[d]!, s.offset), s.strides)
const side = (buffer: number, b: Block, offset = 0): Strided => ({ buffer, offset, strides: compact([...b.lines, b.length]) })

/** A block whose elements are states is brought, run and taken back. `operands` states come first, and then `results`. */
const apart = (b: Block, s: Setting, first: number, ins: readonly Strided[], outs: readonly Strided[], run: Run): readonly Run[] | null => {
  const extents = [...b.lines, b.length], dtypes = dtypesOf(s)
  const copies = (from: (i: number) => View, to: (i: number) => View, count: number, state: number): readonly (readonly Run[] | null)[] =>
    Array.from({ length: count }, (_, i) => spread(s, extents, pool => [{ to: to(i), value: pool.load(dtypes[state + i]!, from(i)) }]))
  const states = (at: number) => (i: number): View => view(at + i, 0, compact(extents))
  return together([
    ...copies(i => shifted(ins[i]!, b), states(first), ins.length, first), [run],
    ...copies(states(first + ins.length), i => shifted(outs[i]!, b), outs.length, first + ins.length),
  ])
}
const together = (lists: readonly (readonly Run[] | null)[]): readonly Run[] | null => (lists.includes(null) ? null : lists.flatMap(x => x!))

/** States leave a part of the room for the windows through which they are brought. */
const share = 0.8
const hold = (run: Run, s: Setting): boolean => run.tag === 'turn' && fits(run, { ...s, room: { words: share * s.room.words, halves: share * s.room.halves } })

/** The halves of the lines; null where there is one. */
const halved = (b: Block): readonly Block[] | null => {
  const axis = b.lines.reduce((best, n, d) => (n > (b.lines[best] ?? 1) ? d : best), -1)
  if (axis < 0) return null
  const n = b.lines[axis]!, h = Math.ceil(n / 2), of = (from: number, length: number): Block => ({ ...b, lines: b.lines.map((m, d) => (d === axis ? length : m)), from: b.from.map((x, d) => (d === axis ? x + from : x)) })
  return [of(0, h), of(h, n - h)]
}
/** Turns for blocks of lines that there is room for; `long` for a single line that there is none for. */
const byLines = (k: Cumulative | Sort, one: (b: Block) => readonly Run[] | null, long: (b: Block) => readonly Run[] | null): readonly Run[] | null => {
  if (product(k.lines) * k.length === 0) return []
  const visit = (b: Block): readonly Run[] | null => {
    const made = one(b)
    if (made !== null) return made
    const parts = halved(b)
    return parts === null ? long(b) : together(parts.map(visit))
  }
  return visit({ lines: k.lines, length: k.length, from: [...k.lines.map(() => 0), 0] })
}
/** The part of a line from an element on. */
const stretch = (b: Block, from: number, length: number): Block => ({ ...b, length, from: [...b.from.slice(0, -1), from] })

/** y_j = x_j ∘ y_(j-1) goes on from what the stretch before came to: it is the first element of the next. */
export const cumulativeTurns = (c: Cumulative, s: Setting): readonly Run[] | null => {
  const first = nextState(s), y = first + c.ins.length
  /** The states of a block whose lines have so many elements in front, and the kernel on them. */
  const states = (b: Block): readonly State[] => [...c.ins, c.out].map(() => ({ dtype: c.dtype, size: product(b.lines) * b.length }))
  const kernel = (b: Block): Cumulative => ({ ...c, lines: b.lines, length: b.length, ins: c.ins.map((_, i) => side(first + i, b)), out: side(y, b) })
  return byLines(c, b => {
    const own = states(b), at = within(s, own), run = turnOf(kernel(b), at)
    const turns = hold(run, at) ? apart(b, at, first, c.ins, [c.out], run) : null
    return turns === null ? null : [{ tag: 'scope', states: own, turns }]
  }, b => {
    // a state in front of those of a stretch holds what came before
    const cut = (length: number): readonly Run[] | null => {
      const own = states({ ...b, length: length + 1 }), at = within(s, own)
      if (!hold(turnOf(kernel({ ...b, length: length + 1 }), at), at)) return null
      const lists: (readonly Run[] | null)[] = []
      for (let from = 0; from < b.length; from += length) {
        const n = Math.min(length, b.length - from), before = from === 0 ? 0 : 1, here = stretch(b, from, n), extents = [...b.lines, n]
        const inside = (buffer: number): View => view(buffer, before, compact(extents))
        if (before === 1) {
          const last = shifted(c.out, stretch(b, from - 1, 1))
          lists.push(spread(at, [...b.lines, 1], pool => c.ins.map((_, i) => ({ to: view(first + i, 0, extents.map(() => 1)), value: pool.load(c.dtype, last) }))))
        }
        lists.push(
          ...c.ins.map((x, i) => spread(at, extents, pool => [{ to: inside(first + i), value: pool.load(c.dtype, shifted(x, here)) }])),
          [turnOf(kernel({ ...b, length: n + before }), at)],
          spread(at, extents, pool => [{ to: shifted(c.out, here), value: pool.load(c.dtype, inside(y)) }]),
        )
      }
      const turns = together(lists)
      return turns === null ? null : [{ tag: 'scope', states: own, turns }]
    }
    for (let length = b.length; length >= 1; length = Math.floor(length / 2)) {
      const made = cut(length)
      if (made !== null) return made
    }
    return null
  })
}

/**
 * A line that is too long is sorted in blocks, and then two neighbours at a time, the odd pairs and the even ones in turns, as often as there
 * are blocks (Habermann 1972, with blocks for elements): a stable sort of two neighbours moves no element past its equal.
 */
export const sortTurns = (k: Sort, s: Setting): readonly Run[] | null => {
  const first = nextState(s), count = k.ins.length
  const states = (b: Block): readonly State[] => [...k.dtypes, ...k.dtypes].map(dtype => ({ dtype, size: product(b.lines) * b.length }))
  const kernel = (b: Block): Sort => ({ ...k, lines: b.lines, length: b.length, ins: k.ins.map((_, i) => side(first + i, b)), outs: k.outs.map((_, i) => side(first + count + i, b)), room: null })
  const sorted = (b: Block, from: readonly Strided[], at: Setting): readonly Run[] | null => {
    const run = turnOf(kernel(b), at)
    return hold(run, at) ? apart(b, at, first, from, k.outs, run) : null
  }
  return byLines(k, b => {
    const own = states(b), turns = sorted(b, k.ins, within(s, own))
    return turns === null ? null : [{ tag: 'scope', states: own, turns }]
  }, b => {
    const cut = (half: number): readonly Run[] | null => {
      const length = Math.min(2 * half, b.length), own = states({ ...b, length }), at = within(s, own)
      if (sorted(stretch(b, 0, length), k.outs, at) === null) return null
      const blocks = Math.ceil(b.length / half), lists: (readonly Run[] | null)[] = []
      for (let i = 0; i < blocks; i++) lists.push(sorted(stretch(b, i * half, Math.min(half, b.length - i * half)), k.ins, at))
      for (let round = 0; round < blocks; round++) {
        for (let i = round % 2; i + 1 < blocks; i += 2) lists.push(sorted(stretch(b, i * half, Math.min(length, b.length - i * half)), k.outs, at))
      }
      const turns = together(lists)
      return turns === null ? null : [{ tag: 'scope', states: own, turns }]
    }
    for (let half = Math.ceil(b.length / 2); half >= 1; half = half === 1 ? 0 : Math.ceil(half / 2)) {
      const made = cut(half)
      if (made !== null) return made
    }
    return null
  })
}

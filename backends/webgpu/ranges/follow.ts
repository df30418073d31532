/** Gathers and scatters in turns: fewer windows at a time, and of an array that is too large a range of the places where they may begin. */
import type { Expr } from '../../../src/kernel/expr.js'
import type { Gather, Scatter, Strided, Windows } from '../../../src/kernel/special.js'
import { view, type View } from '../../../src/kernel/view.js'
import { spread } from './nest.js'
import { bestAxis, compact, fits, loadOf, nextState, product, type Run, type Setting, type State, type Turn, turnOf, widestOf, within } from './window.js'

const shifted = (s: Strided, axis: number, from: number): Strided => ({ ...s, offset: s.offset + from * (s.strides[axis] ?? 0) })
const part = <W extends Windows>(w: W, axis: number, from: number, length: number): W => {
  const own = (xs: readonly number[], first: number): readonly number[] => xs.map((n, d) => (d + first === axis ? length : n))
  return { ...w, batch: own(w.batch, 0), window: own(w.window, w.batch.length), indices: shifted(w.indices, axis, from), array: shifted(w.array, axis, from), packed: shifted(w.packed, axis, from) }
}
const extentsOf = (w: Windows): readonly number[] => [...w.batch, ...w.window]

/** Places where windows may begin, in units of each component: first and last. */
type Box = readonly (readonly [number, number])[]
const wholeBox = (w: Windows): Box => w.last.map(n => [0, Math.max(0, n)])
/** Turns for a box of places, cut where the array takes too much; null where a single place does. */
const boxed = (w: Windows, box: Box, turns: (box: Box) => readonly Run[] | null): readonly Run[] | null => {
  const made = turns(box)
  if (made !== null) return made
  const axis = box.reduce((best, [from, to], k) => {
    const far = (to - from) * Math.abs(w.strides[k]!)
    return far > 0 && (best < 0 || far > (box[best]![1] - box[best]![0]) * Math.abs(w.strides[best]!)) ? k : best
  }, -1)
  if (axis < 0) return null
  const [from, to] = box[axis]!, middle = Math.floor((from + to) / 2)
  const half = (range: readonly [number, number]): readonly Run[] | null => boxed(w, box.map((r, k) => (k === axis ? range : r)), turns)
  const low = half([from, middle]), high = low === null ? null : half([middle + 1, to])
  return low === null || high === null ? null : [...low, ...high]
}
/** The index vectors of `w` from the corner of a box on, as a state. */
const vectors = (w: Windows): State => ({ dtype: 'i32', size: product(w.batch) * w.last.length })
const component = (w: Windows, state: number, k: number): View => view(state, k, compact(w.batch).map(n => n * w.last.length))
const nearer = (w: Windows, box: Box, state: number, s: Setting): readonly Run[] | null => spread(s, w.batch, pool => box.map(([from], k) => {
  const given = pool.load('i32', view(w.indices.buffer, w.indices.offset + k * w.between, w.indices.strides))
  const inside = w.drops ? given : pool.apply('max', [pool.apply('min', [given, pool.constant('i32', Math.max(0, w.last[k]!))]), pool.constant('i32', 0)])
  // beyond the box is -1, so that nothing wraps
  const held = pool.apply('and', [pool.apply('ge', [inside, pool.constant('i32', from)]), pool.apply('le', [inside, pool.constant('i32', Math.min(box[k]![1], w.last[k]!))])])
  return { to: component(w, state, k), value: pool.apply('select', [held, pool.apply('sub', [inside, pool.constant('i32', from)]), pool.constant('i32', -1)]) }
}))
/** The same windows, told by the state, of that part of the array. */
const inBox = <W extends Windows>(w: W, box: Box, state: number): W => ({
  ...w, drops: true, last: box.map(([from, to]) => to - from), between: 1,
  indices: { buffer: state, offset: 0, strides: compact(w.batch).map(n => n * w.last.length) },
  array: { ...w.array, offset: w.array.offset + box.reduce((n, [from], k) => n + from * w.strides[k]!, 0) },
})
/** All of these, in order, if there are turns for each. */
const together = (lists: readonly (readonly Run[] | null)[]): readonly Run[] | null => (lists.includes(null) ? null : lists.flatMap(x => x!))
const fitting = (t: Turn, s: Setting): readonly Run[] | null => (fits(t, s) ? [t] : null)

/** What lies in a box comes into a state, and from there where it belongs. */
const gatherByBoxes = (g: Gather, around: Setting): readonly Run[] | null => {
  const extents = extentsOf(g), states: readonly State[] = [vectors(g), { dtype: g.dtype, size: product(extents) }]
  const s = within(around, states), index = nextState(around), found = index + 1
  const packed = view(g.packed.buffer, g.packed.offset, g.packed.strides), here = view(found, 0, compact(extents))
  const filled = spread(s, extents, pool => [{ to: packed, value: 'value' in g.filler ? pool.constant(g.dtype, g.filler.value) : pool.load(g.dtype, view(g.filler.buffer, 0, extents.map(() => 0))) }])
  const runs = boxed(g, wholeBox(g), box => {
    const taken = (): readonly Run[] | null => spread(s, extents, pool => {
      const inside = box.map((_, k): Expr => pool.apply('ge', [pool.load('i32', { ...component(g, index, k), strides: [...component(g, index, k).strides, ...g.window.map(() => 0)] }), pool.constant('i32', 0)]))
      return [{ to: packed, value: pool.apply('select', [inside.reduce((a, b) => pool.apply('and', [a, b])), pool.load(g.dtype, here), pool.load(g.dtype, packed)]) }]
    })
    const gathered = fitting(turnOf({ ...inBox(g, box, index), filler: { value: 0 }, packed: { buffer: found, offset: 0, strides: compact(extents) } }, s), s)
    return gathered === null ? null : together([nearer(g, box, index, s), gathered, taken()])
  })
  const turns = together([filled, runs])
  return turns === null ? null : [{ tag: 'scope', states, turns }]
}
/** Windows that begin in different boxes may meet if they are longer than one along an axis that moves: then the last to be set is not the last. */
const scatterByBoxes = (w: Scatter, around: Setting): readonly Run[] | null => {
  const vectorsMeet = w.kind === 'set' && !w.unique && w.batch.some((n, d) => n > 1 && w.array.strides[d] === 0)
  if (vectorsMeet && w.window.some((n, d) => n > 1 && w.moving[d])) return null
  const states = [vectors(w)], s = within(around, states), index = nextState(around)
  const runs = boxed(w, wholeBox(w), box => {
    const here = fitting(turnOf(inBox(w, box, index), s), s)
    return here === null ? null : together([nearer(w, box, index, s), here])
  })
  return runs === null ? null : [{ tag: 'scope', states, turns: runs }]
}

const turns = <W extends Gather | Scatter>(w: W, s: Setting, allowed: (w: W) => (axis: number) => boolean, byBoxes: (w: W, s: Setting) => readonly Run[] | null): readonly Run[] | null => {
  const extents = extentsOf(w)
  if (product(extents) === 0) return []
  const turn = turnOf(w, s)
  if (fits(turn, s)) return [turn]
  const boxes = w.last.length === 0 ? null : byBoxes(w, s)
  if (boxes !== null) return boxes
  const may = allowed(w)
  const best = bestAxis(extents, may, (d, length) => loadOf(turnOf(part(w, d, 0, length), s), s), loadOf(turn, s)), axis = best < 0 ? widestOf(extents, may) : best
  if (axis < 0) return null
  const n = extents[axis]!, h = Math.ceil(n / 2), low = turns(part(w, axis, 0, h), s, allowed, byBoxes), high = turns(part(w, axis, h, n - h), s, allowed, byBoxes)
  return low === null || high === null ? null : [...low, ...high]
}
export const gatherTurns = (g: Gather, s: Setting): readonly Run[] | null => turns(g, s, () => () => true, gatherByBoxes)
/** Windows that may meet are entered in the order of their vectors: of the axes along which they do, the first comes first. */
export const scatterTurns = (w: Scatter, s: Setting): readonly Run[] | null => turns(w, s, x => {
  const b = x.batch.length
  const apart = (d: number): boolean => x.unique || (d < b ? x.array.strides[d] !== 0 : !x.moving[d - b]!)
  const order = extentsOf(x).findIndex((n, d) => n > 1 && !apart(d))
  return d => apart(d) || d === order
}, scatterByBoxes)

/** The axes of a contraction in their simplest form: as few as describe the same elements. */
import type { Contract } from './kernel.js'

/** An axis steps by so many elements in each operand. */
export interface Axis { readonly extent: number; readonly left: number; readonly right: number }
export interface Space {
  readonly batch: readonly Axis[]
  readonly rows: readonly Axis[]
  readonly cols: readonly Axis[]
  readonly depth: readonly Axis[]
  readonly batches: number
  readonly m: number
  readonly n: number
  readonly k: number
}

const axes = (extents: readonly number[], left: readonly number[], right: readonly number[]): readonly Axis[] =>
  extents.map((extent, d) => ({ extent, left: left[d] ?? 0, right: right[d] ?? 0 })).filter(a => a.extent !== 1)

/** Row major: an axis and the next inner one are one axis where both operands step over them evenly. */
const merged = (list: readonly Axis[]): readonly Axis[] => list.reduce<Axis[]>((done, inner) => {
  const outer = done[done.length - 1]
  const even = outer && outer.left === inner.left * inner.extent && outer.right === inner.right * inner.extent
  if (even) done[done.length - 1] = { ...inner, extent: outer.extent * inner.extent }
  else done.push(inner)
  return done
}, [])

export const size = (list: readonly Axis[]): number => list.reduce((n, a) => n * a.extent, 1)

export const spaceOf = (c: Contract): Space => {
  const batch = [...axes(c.batch, c.left.batch, c.right.batch)]
  const rows = [...axes(c.rows, c.left.own, [])]
  // a right operand that all batches share: they are more rows
  while (batch.length > 0 && batch[batch.length - 1]!.right === 0) rows.unshift(batch.pop()!)
  // a sum may be taken in any order: far steps outside, near ones inside
  const far = (a: Axis): number => Math.max(Math.abs(a.left), Math.abs(a.right))
  const depth = [...axes(c.depth, c.left.depth, c.right.depth)].sort((x, y) => far(y) - far(x))
  const cols = axes(c.cols, [], c.right.own)
  const groups = { batch: merged(batch), rows: merged(rows), cols: merged(cols), depth: merged(depth) }
  return { ...groups, batches: size(groups.batch), m: size(groups.rows), n: size(groups.cols), k: size(groups.depth) }
}

export type Side = 'left' | 'right'
/** The step of a group that is one axis; null where it is several. */
export const stepOf = (list: readonly Axis[], side: Side): number | null => (list.length === 0 ? 0 : list.length === 1 ? list[0]![side] : null)
/** How many elements lie side by side along a group, before the first jump. */
export const runOf = (list: readonly Axis[], side: Side): number => {
  let run = 1
  for (let d = list.length - 1; d >= 0 && list[d]![side] === run; d--) run *= list[d]!.extent
  return run
}

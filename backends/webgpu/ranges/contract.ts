/** A contraction in turns: blocks of the result, whose sums are taken a range of the depth at a time. */
import type { Contract, Operand } from '../../../src/kernel/kernel.js'
import { view } from '../../../src/kernel/view.js'
import { spread } from './nest.js'
import { bestAxis, compact, loadOf, nextState, product, type Run, type Scope, type Setting, type State, turnOf, widestOf, within } from './window.js'

type Group = 'batch' | 'rows' | 'cols' | 'depth'
/** A block of the result, with where it begins there and how it steps. */
interface Block { readonly c: Contract; readonly offset: number; readonly strides: Readonly<Record<'batch' | 'rows' | 'cols', readonly number[]>> }
const axesOf = (c: Contract): readonly { readonly group: Group; readonly axis: number; readonly extent: number }[] =>
  (['batch', 'rows', 'cols', 'depth'] as const).flatMap(group => c[group].map((extent, axis) => ({ group, axis, extent })))

const part = ({ c, offset, strides }: Block, group: Group, axis: number, from: number, length: number): Block => {
  const shifted = (o: Operand, strides: readonly number[]): Operand => ({ ...o, offset: o.offset + from * strides[axis]! })
  const both = group === 'batch' || group === 'depth'
  return {
    c: {
      ...c, [group]: c[group].map((n, d) => (d === axis ? length : n)),
      left: both ? shifted(c.left, c.left[group]) : group === 'rows' ? shifted(c.left, c.left.own) : c.left,
      right: both ? shifted(c.right, c.right[group]) : group === 'cols' ? shifted(c.right, c.right.own) : c.right,
    },
    offset: group === 'depth' ? offset : offset + from * strides[group][axis]!, strides,
  }
}
const countOf = (c: Contract): number => product([...c.batch, ...c.rows, ...c.cols])

/** The sums of a block lie side by side in a state until they are whole: halves are sums of f32. */
const stateOf = (c: Contract): State => ({ dtype: c.dtype === 'f16' ? 'f32' : c.dtype, size: countOf(c) })
const summed = (block: Block, around: Setting): Scope | null => {
  const state = stateOf(block.c), s = within(around, [state]), out = nextState(around), runs: Run[] = []
  const sums = (b: Block, into: boolean): Contract => ({ ...b.c, out, into })
  const visit = (b: Block): boolean => {
    const turn = turnOf(sums(b, runs.length > 0), s), load = loadOf(turn, s)
    if (load <= 1) { runs.push(turn); return true }
    const axis = bestAxis(b.c.depth, () => true, (d, length) => loadOf(turnOf(sums(part(b, 'depth', d, 0, length), true), s), s), load)
    if (axis < 0) return false
    const n = b.c.depth[axis]!, h = Math.ceil(n / 2)
    return visit(part(b, 'depth', axis, 0, h)) && visit(part(b, 'depth', axis, h, n - h))
  }
  if (!visit(block)) return null
  const { c } = block, extents = [...c.batch, ...c.rows, ...c.cols]
  const to = view(c.out, block.offset, [...block.strides.batch, ...block.strides.rows, ...block.strides.cols])
  const end = spread(s, extents, pool => {
    const sum = pool.load(state.dtype, view(out, 0, compact(extents)))
    return [{ to, value: pool.convert(c.into ? pool.apply('add', [pool.convert(pool.load(c.dtype, to), state.dtype), sum]) : sum, c.dtype) }]
  })
  return end === null ? null : { tag: 'scope', states: [state], turns: [...runs, ...end] }
}

/** The turns of a contraction, in order; null where not even one result fits. */
export const contractTurns = (c: Contract, s: Setting): readonly Run[] | null => {
  const strides = compact([...c.batch, ...c.rows, ...c.cols]), b = c.batch.length, r = b + c.rows.length
  const visit = (block: Block): readonly Run[] | null => {
    const whole = summed(block, s)
    if (whole !== null) return [whole]
    const out = (x: Block): Setting => within(s, [stateOf(x.c)])
    const load = (x: Block): number => { const at = out(x); return loadOf(turnOf({ ...x.c, out: nextState(s), into: false }, at), at) }
    const axes = axesOf(block.c).filter(x => x.group !== 'depth'), extents = axes.map(x => x.extent)
    let axis = bestAxis(extents, () => true, (d, length) => load(part(block, axes[d]!.group, axes[d]!.axis, 0, length)), load(block))
    if (axis < 0) axis = widestOf(extents, () => true)
    if (axis < 0) return null
    const { group, axis: own, extent } = axes[axis]!, h = Math.ceil(extent / 2), runs: Run[] = []
    for (const x of [part(block, group, own, 0, h), part(block, group, own, h, extent - h)]) {
      const made = visit(x)
      if (made === null) return null
      runs.push(...made)
    }
    return runs
  }
  if (countOf(c) === 0) return []
  return visit({ c, offset: 0, strides: { batch: strides.slice(0, b), rows: strides.slice(b, r), cols: strides.slice(r) } })
}

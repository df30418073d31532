/** A contraction as a fold of products: where there are few results, or one operand is a vector, nothing is read twice by it. */
import { stridesOf } from '../../src/core/aval.js'
import { Pool } from '../../src/kernel/expr.js'
import type { Contract, Nest } from '../../src/kernel/kernel.js'
import { view } from '../../src/kernel/view.js'

export const innerProducts = (c: Contract): Nest => {
  const { batch, rows, cols, depth, left, right, dtype } = c
  const pool = new Pool(), none = (xs: readonly number[]): readonly number[] => xs.map(() => 0)
  const to = view(c.out, 0, [...stridesOf([...batch, ...rows, ...cols]), ...none(depth)])
  const x = pool.load(dtype, view(left.buffer, left.offset, [...left.batch, ...left.own, ...none(cols), ...left.depth]))
  const y = pool.load(dtype, view(right.buffer, right.offset, [...right.batch, ...none(rows), ...right.own, ...right.depth]))
  const sum = pool.folded(dtype, 0)
  const most = Math.max(left.buffer, right.buffer, c.out)
  return {
    tag: 'nest', buffers: Array.from({ length: most + 1 }, () => dtype), extents: [...batch, ...rows, ...cols, ...depth], reduced: depth.length,
    folds: [{ monoid: 'sum', dtype, value: pool.apply('mul', [x, y]) }],
    stores: [{ at: 'folded', view: to, value: c.into ? pool.apply('add', [pool.load(dtype, to), sum]) : sum }],
  }
}

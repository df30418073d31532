/** Moving elements changes where an expression looks, never what it computes: structural rows are affine maps of axes. */
import { type Shape, stridesOf } from '../core/aval.js'
import type { Expr, Index, Load, Pool } from '../kernel/expr.js'
import { along } from '../kernel/view.js'

/** Old axis i is Σ coefficient·(new axis) + offset. */
export interface Axis { readonly terms: readonly (readonly [axis: number, coefficient: number])[]; readonly offset: number }
export const axis = (to: number, coefficient = 1, offset = 0): Axis => ({ terms: [[to, coefficient]], offset })

/** The expression over the new axes. */
export const moved = (pool: Pool, e: Expr, rank: number, axes: readonly Axis[]): Expr => {
  const through = (strides: readonly number[], offset: number): { strides: readonly number[]; offset: number } => {
    const to = new Array<number>(rank).fill(0)
    let at = offset
    axes.forEach((a, i) => {
      at += strides[i]! * a.offset
      for (const [j, c] of a.terms) to[j]! += strides[i]! * c
    })
    return { strides: to, offset: at }
  }
  return pool.rewrite(e, leaf => {
    if (leaf.tag === 'load') { const m = through(leaf.view.strides, leaf.view.offset); return pool.load(leaf.dtype, along(leaf.view, m.strides, m.offset)) }
    if (leaf.tag === 'index') { const m = through(leaf.strides, leaf.offset); return pool.index(leaf.dtype, m.offset, m.strides) }
    return leaf
  })
}

/** The strides that read the same elements in the same order under another shape, or null where no strides do. */
export const reshaped = (from: Shape, strides: readonly number[], to: Shape): readonly number[] | null => {
  if (to.some(n => n === 0)) return to.map(() => 0)
  const old = from.flatMap((n, i) => (n === 1 ? [] : [{ n, s: strides[i]! }]))
  const result = new Array<number>(to.length).fill(0)
  let i = old.length - 1, j = to.length - 1
  while (i >= 0 || j >= 0) {
    if (j >= 0 && to[j] === 1) { j--; continue }
    if (i < 0 || j < 0) return null
    // the smallest group of old axes and of new ones with one product; the old ones must be contiguous with one another
    let product = old[i]!.n, target = to[j]!
    const last = j, base = old[i]!.s
    while (product !== target) {
      if (product < target) {
        i--
        if (i < 0 || old[i]!.s !== old[i + 1]!.s * old[i + 1]!.n) return null
        product *= old[i]!.n
      } else {
        j--
        if (j < 0) return null
        target *= to[j]!
      }
    }
    let step = base
    for (let k = last; k >= j; k--) { result[k] = step; step *= to[k]! }
    i--
    j--
  }
  return result
}

/** The expression under another shape, or null where it must be stored first. */
export const reshapedExpr = (pool: Pool, e: Expr, from: Shape, to: Shape): Expr | null => {
  let fits = true
  const leaf = (x: Load | Index | Expr): Expr => {
    const strides = x.tag === 'load' ? x.view.strides : x.tag === 'index' ? x.strides : null
    if (strides === null) return x
    const s = reshaped(from, strides, to)
    if (s === null) { fits = false; return x }
    return x.tag === 'load' ? pool.load(x.dtype, along(x.view, s)) : pool.index(x.dtype, (x as Index).offset, s)
  }
  const made = pool.rewrite(e, leaf)
  return fits ? made : null
}

export const isContiguous = (shape: Shape, strides: readonly number[]): boolean => {
  const want = stridesOf(shape)
  return shape.every((n, i) => n <= 1 || strides[i] === want[i])
}

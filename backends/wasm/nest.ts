/** A nest becomes one function: positions, loops over the other axes, and vectors of elements, whole ones and a part at the end. */
import type { Expr } from '../../src/kernel/expr.js'
import type { Nest } from '../../src/kernel/kernel.js'
import { expand } from '../../src/kernel/math/index.js'
import { Code } from './encode.js'
import { Body } from './nest/body.js'
import { choose } from './nest/choose.js'
import { times } from './nest/loops.js'
import { normalise, type Plain } from '../../src/kernel/normal.js'
import { units } from './nest/positions.js'
import { Streams } from './nest/streams.js'
import { Values } from './nest/values.js'
import type { Context, Emitted } from './target.js'

/** Writes the function (args, begin, end) of a nest. */
export const emitNest = (nest: Nest, context: Context): Emitted => {
  const code = new Code(['i32', 'i32', 'i32'])
  const plain = normalise(nest, expand)
  return plain ? emitPlain(plain, code, context) : { code, units: 0, cost: 0, scratch: 0 }
}

const emitPlain = (plain: Plain, code: Code, context: Context): Emitted => {
  const schedule = choose(plain)
  const { kind, vector, beside, outer, reduced, unitAxes } = schedule
  // unit axes share depth 0; then the other loops, outermost first
  const inner = [...outer.slice(unitAxes), ...(kind === 'across' ? [vector, ...reduced] : [...reduced, ...(beside >= 0 ? [beside] : []), vector])]
  const of = plain.extents.map((_, a) => inner.indexOf(a) + 1)
  const deepest = inner.length
  const folded = kind === 'across' ? of[vector]! : kind === 'along' ? outer.length - unitAxes : deepest
  const roots: { e: Expr; depth: number }[] = [
    ...plain.folds.flatMap(f => [{ e: f.value, depth: deepest }, ...(f.place ? [{ e: f.place, depth: deepest }] : [])]),
    ...plain.stores.map(s => ({ e: s.value, depth: s.at === 'folded' ? folded : deepest })),
  ]
  const streams = new Streams(code, plain)
  const values = new Values(code, context, schedule.lanes, streams, { vector, beside, of, folded, foldedVaries: kind !== 'along' }, roots)
  const body = new Body(values, plain, schedule, of)
  const one = [{ index: 0, offset: 0, aside: 0, lanes: 1 }]
  const rows = (axes: readonly number[], last: number | null): void => {
    const [axis, ...rest] = axes
    if (axis === undefined) { body.row(last); return }
    streams.fork([axis], () => times(code, plain.extents[axis]!, () => {
      values.scope(() => { values.hoist(of[axis]!, one); rows(rest, last) })
      streams.advance(axis, 1)
    }))
  }
  values.hoist(-1, one)
  // what is hoisted to the entry is written after the constants it needs, before the loop over positions
  units(code, plain, schedule, streams, last => values.scope(() => { values.hoist(0, one); rows(outer.slice(unitAxes), last) }))
  return { code, units: schedule.units, cost: schedule.cost, scratch: body.scratch }
}

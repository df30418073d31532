/** What follows a contraction is done on every part of the result as soon as it is there: the same vectors as in a nest, over any stretch of it. */
import { widest } from '../../../src/kernel/expr.js'
import { keyOf } from '../../../src/kernel/key.js'
import type { Contract, Follows, Nest } from '../../../src/kernel/kernel.js'
import { expand } from '../../../src/kernel/math/index.js'
import { Code } from '../encode.js'
import { Body } from '../nest/body.js'
import { choose, type Schedule } from '../nest/choose.js'
import { isHosted } from '../nest/cost.js'
import { nodesOf, normalise, type Plain, rootsOf } from '../../../src/kernel/normal.js'
import { Streams } from '../nest/streams.js'
import { Values } from '../nest/values.js'
import { i32 } from '../opcodes.js'
import type { Context, Level } from '../target.js'
import { type Int, push, times } from './ints.js'
import { lanesOf } from './lanes.js'
import { timeOf } from './plan.js'
import { type Space, spaceOf } from '../../../src/kernel/space.js'

interface Planned { readonly plain: Plain; readonly time: number }
const planned = new WeakMap<Nest, Planned | 'nothing'>()
/** The plain form of a nest, every axis walked as the sums are, and the nanoseconds that it takes by itself, about; null where there is nothing to do. */
const planOf = (nest: Nest): Planned | null => {
  let known = planned.get(nest)
  if (!known) {
    const plain = normalise(nest, expand, false)
    const schedule = plain && choose(plain)
    planned.set(nest, known = plain && schedule ? { plain, time: schedule.units * schedule.cost } : 'nothing')
  }
  return known === 'nothing' ? null : known
}
export const nestTime = (nest: Nest): number => planOf(nest)?.time ?? 0

/** A nest that takes longer than the sums (`most` times as long) is better shared out by itself; one that jumps from element to element has better orders to run in. */
export const followsAt = (level: Level, most = 1): Follows => (c, nest) => {
  const found = planOf(nest)
  if (!found || nodesOf(rootsOf(found.plain)).some(isHosted)) return false
  return found.time <= most * timeOf(spaceOf(c), lanesOf(c.dtype, level), level) && evenly(found.plain)
}
/** Along some axis everything lies side by side or stands still. */
const evenly = ({ extents, stores }: Plain): boolean => extents.some((_, a) =>
  [...nodesOf(stores.map(s => s.value)).flatMap(e => (e.tag === 'load' ? [e.view] : [])), ...stores.map(s => s.view)].every(v => v.strides[a] === 0 || v.strides[a] === 1))

/** (args, first element of the result, elements side by side, rows, elements between rows): the nest at these points. `whole`: no part of a vector is ever left. */
const write = ({ plain }: Planned, whole: boolean, context: Context): Code => {
  const code = new Code(['i32', 'i32', 'i32', 'i32', 'i32'])
  const [first, cols, rows, between] = [1, 2, 3, 4] as const
  const { extents } = plain
  const vector = extents.length - 1
  const axes = extents.map((_, a) => a)
  const lanes = lanesIn(plain)
  const schedule: Schedule = {
    kind: 'each', lanes, vector, beside: -1, outer: axes.slice(0, -1), reduced: [], copies: 1, paged: false, unitAxes: vector, block: 0, chunk: 1, units: 1, cost: 0,
  }
  const of = axes.map(a => (a === vector ? 1 : 0))
  const streams = new Streams(code, plain)
  const values = new Values(code, context, lanes, streams, { vector, beside: -1, of, folded: 1, foldedVaries: true }, plain.stores.map(s => ({ e: s.value, depth: 1 })))
  const body = new Body(values, plain, schedule, of)
  const one = [{ index: 0, offset: 0, aside: 0, lanes: 1 }]
  values.hoist(-1, one)
  const at = code.local('i32'), left = code.local('i32'), run = code.local('i32')
  /** While there are so many elements of the run left. */
  const many = (elements: number, points: () => void): void => {
    code.block().loop().get(run).i32(elements).op(i32.ltS).brIf(1)
    points()
    streams.advance(vector, elements)
    code.get(run).i32(elements).op(i32.sub).set(run).br(0).end().end()
  }
  const stretch = (): void => {
    const places = axes.map(() => code.local('i32'))
    const rest = code.local('i32')
    code.get(at).set(rest)
    for (const a of [...axes].reverse()) {
      if (a === 0) code.get(rest).set(places[0]!)
      else code.get(rest).i32(extents[a]!).op(i32.remU).set(places[a]!).get(rest).i32(extents[a]!).op(i32.divU).set(rest)
    }
    code.get(left).set(run)
    if (vector > 0) {
      code.i32(extents[vector]!).get(places[vector]!).op(i32.sub).tee(rest).get(run).get(rest).get(run).op(i32.ltS).select().set(run)
    }
    code.get(at).get(run).op(i32.add).set(at).get(left).get(run).op(i32.sub).set(left)
    streams.fork(axes, () => values.scope(() => {
      values.hoist(0, one)
      many(lanes, () => body.points(lanes))
      if (!whole) many(1, () => body.points(1))
    }), k => axes.forEach(a => streams.offset(k, a, places[a]!)))
  }
  code.loop().get(first).set(at).get(cols).set(left).loop()
  stretch()
  code.get(left).brIf(0).end()
  code.get(first).get(between).op(i32.add).set(first).get(rows).i32(1).op(i32.sub).tee(rows).brIf(0).end()
  return code
}

const lanesIn = (plain: Plain): 2 | 4 => (widest([...rootsOf(plain)]) === 8 ? 2 : 4)

/** Does what follows on `rows` rows of `cols` elements, the first of which is element `first` of the result; neither is 0. */
export type Follow = (code: Code, first: Int, cols: Int, rows: Int) => void
/** Parts of rows are whole vectors where rows are, unless their blocks are `ragged`. */
export const following = ({ then }: Contract, { n }: Space, context: Context, ragged = false): Follow | null => {
  const found = then && planOf(then)
  if (!found) return null
  const { plain } = found, lanes = lanesIn(plain)
  const whole = !ragged && n % lanes === 0 && plain.extents[plain.extents.length - 1]! % lanes === 0
  const fn = context.shared(`then ${whole} ${keyOf(then)}`, () => write(found, whole, context))
  return (code, first, cols, rows) => {
    code.get(0)
    push(code, first)
    // whole rows follow one another
    if (cols === n) push(code, times(rows, n)).i32(1)
    else push(push(code, cols), rows)
    code.i32(n).call(fn)
  }
}

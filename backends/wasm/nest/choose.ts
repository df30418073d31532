/** How a nest is run: the axis whose elements lie side by side in a vector, the order of the others, and what a unit is. */
import { dtypes } from '../../../src/core/dtype.js'
import { type Expr, widest } from '../../../src/kernel/expr.js'
import type { View } from '../../../src/kernel/view.js'
import { isHosted, opCost, usual } from './cost.js'
import { type Lanes, squares } from './lanes.js'
import { nodesOf, type Plain, rootsOf } from '../../../src/kernel/normal.js'

/**
 * `each`: no folds. `across`: lanes are spatial, each has a fold of its own, and strips of vectors go through the reduced axes.
 * `along`: lanes lie along a reduced axis, and are combined at the end.
 */
export interface Schedule {
  readonly kind: 'each' | 'across' | 'along'
  readonly lanes: Lanes
  readonly vector: number
  /** `each`: an axis along which four copies lie, because what is loaded is contiguous along it; -1: there is none. */
  readonly beside: number
  /** The other spatial axes, and the other reduced axes, outermost first. */
  readonly outer: readonly number[]
  readonly reduced: readonly number[]
  /** Vectors that are computed side by side. */
  readonly copies: number
  /** `across`: strips take turns at stretches of the reduced axis, and keep their accumulators in memory meanwhile, so that memory is read in long runs. */
  readonly paged: boolean
  /** How many of the outer axes the positions run over. */
  readonly unitAxes: number
  /** The vector axis is cut into blocks of so many elements, each its own position; 0: it is not cut. */
  readonly block: number
  /** Positions of a unit. */
  readonly chunk: number
  readonly units: number
  /** Nanoseconds of a unit. */
  readonly cost: number
}

/** Instructions, about, that bring a vector in or out. */
const memoryCost = (stride: number, lanes: number): number => {
  const step = Math.abs(stride)
  return stride === 0 ? 0.1 : step === 1 ? 1 : step <= 3 ? lanes : 1.5 * lanes
}
const product = (xs: readonly number[]): number => xs.reduce((a, b) => a * b, 1)
/** Nanoseconds of an instruction, where several run at once. */
const instruction = 0.2
/** A unit should take at least so many nanoseconds, and a nest have so many units. */
const shortest = 2000
const fewest = 16
/** Steps along the reduced axis that a strip takes at a time where strips take turns. */
export const page = 64

/** Nanoseconds a byte, and up to how many bytes it is the lesser. */
const inCache = 0.014, outOfCache = 0.045, cache = 4e6

interface Stage { readonly views: readonly View[]; readonly into: readonly View[]; readonly ops: number; readonly hosted: boolean }
const stageOf = (roots: readonly Expr[], stores: readonly View[]): Stage => {
  const nodes = nodesOf(roots, usual)
  return {
    views: [...nodes.flatMap(e => (e.tag === 'load' ? [e.view] : [])), ...stores],
    into: stores,
    ops: nodes.reduce((n, e) => n + opCost(e), 0),
    hosted: nodes.some(isHosted),
  }
}

const copiesOf = (kind: Schedule['kind'], stage: Stage, vectors: number, folds: number): number => {
  const { ops, hosted, views } = stage
  const wanted = hosted || ops > 150 ? 1 : kind === 'each' ? (ops <= 4 && views.length <= 3 ? 4 : 2) : ops <= 8 ? 8 : ops <= 40 ? 4 : 2
  const room = kind === 'each' ? wanted : Math.max(1, Math.floor(12 / Math.max(1, folds)))
  let copies = 1
  while (copies * 2 <= wanted && copies * 2 <= room && copies < vectors) copies *= 2
  return copies
}

export const choose = (plain: Plain): Schedule => {
  const { extents, spatial, folds, stores } = plain
  const axes = extents.map((_, a) => a)
  const lanes: Lanes = widest([...rootsOf(plain)]) === 8 ? 2 : 4
  const within = stores.filter(s => s.at === 'element'), after = stores.filter(s => s.at === 'folded')
  const element = stageOf([...folds.flatMap(f => (f.place ? [f.value, f.place] : [f.value])), ...within.map(s => s.value)], within.map(s => s.view))
  const epilogue = stageOf(after.map(s => s.value), after.map(s => s.view))
  const points = product(extents), rows = product(extents.slice(0, spatial))

  const square = (v: View, vector: number): boolean => folds.length === 0 && lanes === 4 && extents[vector]! >= 4 && !element.into.includes(v)
    && axes.some(a => a !== vector && extents[a]! >= 4 && squares(v, plain.buffers[v.buffer]!, vector, a))
  const costOf = (vector: number): number => {
    const n = extents[vector]!
    const vectors = Math.ceil(n / lanes) / n
    const body = element.ops + 2 * folds.length + element.views.reduce((c, v) => c + (square(v, vector) ? 3 : memoryCost(v.strides[vector]!, lanes)), 0)
    const end = epilogue.ops + 2 * epilogue.views.length
    return points * vectors * body + (folds.length === 0 ? 0 : vector < spatial ? rows * vectors * end : rows * (end + 20 * folds.length))
  }
  const best = axes.reduce((a, b) => (costOf(b) <= costOf(a) ? b : a))
  const kind = spatial === extents.length ? 'each' : best < spatial ? 'across' : 'along'
  const reach = (a: number): number =>
    [...element.views, ...epilogue.views].reduce((sum, v) => sum + Math.abs(v.strides[a]!) * dtypes[plain.buffers[v.buffer]!].bytes, 0)
  const order = [...axes].sort((a, b) => reach(b) - reach(a) || a - b).filter(a => a !== best)
  // every element that is visited along an axis on which it moves comes from memory once
  const bytes = [...element.views, ...epilogue.views].reduce((sum, v) => sum + product(extents.filter((_, a) => v.strides[a] !== 0)) * dtypes[plain.buffers[v.buffer]!].bytes, 0)
  // measured: four rows stored at a time are slower than one where both sides are long and out of the cache
  const suits = (a: number): boolean => extents[a]! >= 4 && (bytes < 1e6 || extents[a]! <= 64)
  const side = kind === 'each' && lanes === 4 && !element.hosted
    ? order.find(a => suits(a) && element.views.some(v => !element.into.includes(v) && squares(v, plain.buffers[v.buffer]!, best, a))) ?? -1 : -1
  const outer = order.filter(a => a < spatial && a !== side), reduced = order.filter(a => a >= spatial)
  const n = extents[best]!
  const copies = side >= 0 ? 1 : copiesOf(kind, element, Math.ceil(n / lanes), folds.length)
  const total = Math.max(costOf(best) * instruction, bytes * (bytes > cache ? outOfCache : inCache))

  const paged = kind === 'across' && reduced.length === 1 && extents[reduced[0]!]! > 2 * page && n > lanes * copies && bytes > 5e5
  let unitAxes = 0, positions = 1
  while (unitAxes < outer.length && (unitAxes === 0 || positions < fewest)) positions *= extents[outer[unitAxes++]!]!
  let block = 0
  if (kind !== 'along' && positions < fewest && total / positions > shortest) {
    const pieces = Math.min(Math.ceil((paged ? 4 : fewest) / positions), Math.ceil(total / positions / shortest))
    const stride = lanes * copies
    block = Math.ceil(Math.min(n / pieces, paged ? 4096 : side >= 0 ? 64 : n) / stride) * stride
    if (block >= n) block = 0
    else positions *= Math.ceil(n / block)
  }
  const chunk = Math.max(1, Math.min(Math.ceil(positions / fewest), Math.ceil(shortest / (total / positions))))
  const units = Math.ceil(positions / chunk)
  return { kind, lanes, vector: best, beside: side, outer, reduced, copies, paged, unitAxes, block, chunk, units, cost: total / units }
}

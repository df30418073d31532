/** How a kernel is run on an adapter: a schedule, plain data, chosen from the extents and strides of the kernel and from what the adapter has. */
import type { Kernel, Nest } from '../../src/kernel/kernel.js'
import { argsOf, type Expr } from '../../src/kernel/expr.js'
import { isPlace } from '../../src/kernel/normal.js'

/** What an adapter has. `software`: it is no GPU, and there shared memory and barriers are the slow way. */
export interface Target {
  readonly software: boolean
  /** Invocations of a workgroup. */
  readonly invocations: number
  /** Bytes that a workgroup shares. */
  readonly storage: number
}

/**
 * `alone`: an invocation folds what belongs to a result. `workgroup`: so many lanes do, and join what they have. `parts`: each of `count`
 * parts of what belongs to a result is folded by so many lanes, and then the parts are, by `rest` lanes.
 */
export type FoldSchedule =
  | { readonly tag: 'alone' }
  | { readonly tag: 'workgroup'; readonly lanes: number }
  | { readonly tag: 'parts'; readonly count: number; readonly lanes: number; readonly rest: number }
export type Schedule = FoldSchedule
/** Answers a schedule for a kernel on a target. */
export type Choose = (kernel: Kernel, target: Target) => Schedule

const alone: Schedule = { tag: 'alone' }
const product = (xs: readonly number[]): number => xs.reduce((n, m) => n * m, 1)
const powerBelow = (x: number): number => 2 ** Math.floor(Math.log2(Math.max(1, x)))

/** Whether elements that lie side by side are mostly folded into one result, rather than into neighbouring ones. */
const alongReduced = (nest: Nest): boolean => {
  const spatial = nest.extents.length - nest.reduced, seen = new Set<number>()
  let within = 0, beside = 0
  const visit = (e: Expr): void => {
    if (seen.has(e.id)) return
    seen.add(e.id)
    argsOf(e).forEach(visit)
    if (e.tag !== 'load') return
    const nearest = e.view.strides.reduce((best, s, d) =>
      (nest.extents[d] === 1 || s === 0 || (best >= 0 && Math.abs(e.view.strides[best]!) <= Math.abs(s)) ? best : d), -1)
    if (nearest >= spatial) within++
    else if (nearest >= 0) beside++
  }
  nest.folds.forEach(f => visit(f.value))
  return within >= beside
}

/** Lanes fold at least so many elements each, or are not worth it. */
const perLane = 4
/** Parts have at least so many elements: on a GPU, and elsewhere. */
const partOfGpu = 2048, partOfSoftware = 512
/** So many workgroups keep a GPU busy, and so many invocations; so many a processor. */
const manyGroups = 256, manyUnits = 65536, fewUnits = 1024

export const chooseFold = (nest: Nest, target: Target): FoldSchedule => {
  const spatial = nest.extents.length - nest.reduced
  const results = product(nest.extents.slice(0, spatial)), elements = product(nest.extents.slice(spatial))
  if (results === 0 || elements <= 1 || nest.folds.length === 0) return alone
  const words = nest.folds.reduce((n, f) => n + (isPlace(f.monoid) ? 2 : 1), 0)
  /** As many lanes as there is memory for, with enough to do for each. */
  const lanesFor = (n: number): number => {
    const lanes = powerBelow(Math.min(256, target.invocations, Math.floor(target.storage / (4 * words)), n / perLane))
    return target.software || lanes < 32 ? 1 : lanes
  }
  const parted = (count: number, lanes: number): FoldSchedule => ({ tag: 'parts', count, lanes, rest: lanesFor(count) })
  if (target.software) {
    const count = Math.min(Math.ceil(fewUnits / results), Math.floor(elements / partOfSoftware))
    return results < fewUnits / 4 && count > 1 ? parted(count, 1) : alone
  }
  if (alongReduced(nest)) {
    const count = Math.min(Math.ceil(2 * manyGroups / results), Math.floor(elements / partOfGpu)), lanes = lanesFor(elements)
    if (results < manyGroups && count > 1 && lanes > 1) return parted(count, lanesFor(Math.ceil(elements / count)))
    return lanes === 1 ? alone : { tag: 'workgroup', lanes }
  }
  // neighbouring invocations read neighbouring elements as it is
  const count = Math.min(Math.ceil(manyUnits / results), Math.floor(elements / 64))
  return count > 1 ? parted(count, 1) : alone
}

export const choose: Choose = (kernel, target) => (kernel.tag === 'nest' ? chooseFold(kernel, target) : alone)

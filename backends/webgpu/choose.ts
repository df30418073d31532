/** How a kernel is run on an adapter: a schedule, plain data, chosen from the extents and strides of the kernel and from what the adapter has. */
import { isFloat } from '../../src/core/dtype.js'
import type { Contract, Kernel, Nest } from '../../src/kernel/kernel.js'
import { argsOf, type Expr } from '../../src/kernel/expr.js'
import { isPlace } from '../../src/kernel/normal.js'
import { spaceOf } from '../../src/kernel/space.js'
import { innerProducts } from './inner.js'

/** What an adapter has. `software`: it is no GPU, and there shared memory and barriers are the slow way. */
export interface Target {
  readonly software: boolean
  /** Invocations of a workgroup. */
  readonly invocations: number
  /** Bytes that a workgroup shares. */
  readonly storage: number
  /** Invocations of a subgroup, which can hand each other what they have: a power of two; 1 where there are none to rely on (subgroups.ts). */
  readonly subgroup: number
  /** Matrices of halves that a subgroup multiplies, with sums of f32; null where there are none to rely on (matrices.ts). */
  readonly matrix: MatrixShape | null
}
/** m by k times k by n. */
export interface MatrixShape { readonly m: number; readonly n: number; readonly k: number }

/**
 * `alone`: an invocation folds what belongs to a result. `workgroup`: so many lanes do, and join what they have. `parts`: each of `count`
 * parts of what belongs to a result is folded by so many lanes, and then the parts are, by `rest` lanes. Lanes join by subgroups of `subgroup`
 * where these divide them, and else by the memory they share.
 */
export type FoldSchedule =
  | { readonly tag: 'alone' }
  | { readonly tag: 'workgroup'; readonly lanes: number; readonly subgroup: number }
  | { readonly tag: 'parts'; readonly count: number; readonly lanes: number; readonly rest: number; readonly subgroup: number }
/**
 * A workgroup sums a tile of `rows` by `cols` results, `depth` steps of the sums at a time; an invocation, `height` by `width` of them, in fours.
 * Where the sums are cut in several `parts`, these are added afterwards.
 */
export interface TileSchedule { readonly tag: 'tiles'; readonly rows: number; readonly cols: number; readonly depth: number; readonly height: number; readonly width: number; readonly parts: number }
/**
 * A workgroup of `down` by `across` subgroups sums a tile of `rows` by `cols` results, `depth` steps at a time: a subgroup those of its part of the
 * tile, as matrices of a shape. Where the sums are cut in several `parts`, these are added afterwards.
 */
export interface MatrixSchedule {
  readonly tag: 'matrices'; readonly rows: number; readonly cols: number; readonly depth: number
  readonly down: number; readonly across: number; readonly subgroup: number; readonly shape: MatrixShape; readonly parts: number
}
/**
 * `registers`: an invocation sums a small block of results, and reads operands where they are. `inner`: results are folds.
 * `merges`: runs of so many elements of a line are sorted and then merged, two by two. `blocks`: so many elements of a line are accumulated by
 * an invocation.
 */
export type Schedule = FoldSchedule | { readonly tag: 'registers' } | TileSchedule | MatrixSchedule | { readonly tag: 'inner'; readonly by: FoldSchedule }
  | { readonly tag: 'merges'; readonly run: number } | { readonly tag: 'blocks'; readonly length: number }
export const isFold = (s: Schedule): s is FoldSchedule => s.tag === 'alone' || s.tag === 'workgroup' || s.tag === 'parts'
/** Answers a schedule for a kernel on a target. */
export type Choose = (kernel: Kernel, target: Target) => Schedule

const alone: FoldSchedule = { tag: 'alone' }, registers: Schedule = { tag: 'registers' }
const product = (xs: readonly number[]): number => xs.reduce((n, m) => n * m, 1)
const powerBelow = (x: number): number => 2 ** Math.floor(Math.log2(Math.max(1, x)))

/** Whether elements that lie side by side are mostly folded into one result, rather than into neighbouring ones: the larger operand decides. */
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
    const size = nest.extents.reduce((n, m, d) => (e.view.strides[d] === 0 ? n : n * m), 1)
    if (nearest >= spatial) within += size
    else if (nearest >= 0) beside += size
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
  // great factors and small ones, gone through apart, are infinite and 0, whose product is no number
  if (nest.folds.some(f => f.monoid === 'prod' && isFloat(f.dtype))) return alone
  const words = nest.folds.reduce((n, f) => n + (isPlace(f.monoid) ? 2 : 1), 0)
  /** As many lanes as there is memory for, beside a guard, with enough to do for each. */
  const lanesFor = (n: number): number => {
    const lanes = powerBelow(Math.min(256, target.invocations, Math.floor((target.storage - 16) / (4 * words)), n / perLane))
    return target.software || lanes < 32 ? 1 : lanes
  }
  const parted = (count: number, lanes: number): FoldSchedule => ({ tag: 'parts', count, lanes, rest: lanesFor(count), subgroup: target.subgroup })
  if (target.software) {
    const count = Math.min(Math.ceil(fewUnits / results), Math.floor(elements / partOfSoftware))
    return results < fewUnits / 4 && count > 1 ? parted(count, 1) : alone
  }
  if (alongReduced(nest)) {
    const count = Math.min(Math.ceil(2 * manyGroups / results), Math.floor(elements / partOfGpu)), lanes = lanesFor(elements)
    if (results < manyGroups && count > 1 && lanes > 1) return parted(count, lanesFor(Math.ceil(elements / count)))
    return lanes === 1 ? alone : { tag: 'workgroup', lanes, subgroup: target.subgroup }
  }
  // neighbouring invocations read neighbouring elements as it is
  const count = Math.min(Math.ceil(manyUnits / results), Math.floor(elements / 64))
  return count > 1 ? parted(count, 1) : alone
}

const tile = (rows: number, cols: number, height: number, width: number, depth: number): TileSchedule => ({ tag: 'tiles', rows, cols, depth, height, width, parts: 1 })
/** Invocations of a workgroup, and bytes that it shares: a row of four more for each step of the depth. */
export const lanesOf = (t: TileSchedule): number => (t.rows / t.height) * (t.cols / t.width)
const bytesOf = (t: TileSchedule): number => 4 * t.depth * (t.rows + t.cols + 8)

/** Parts of the depth that give all of a GPU work, where the tiles are so many; and how many are taken. */
const cutsOf = (groups: number, k: number): number => Math.max(1, Math.min(Math.ceil(manyGroups / groups), Math.floor(k / 512)))
const partsOf = (groups: number, k: number): number => (groups < manyGroups / 4 ? cutsOf(groups, k) : 1)

/** Halves between the rows of shared tiles: a matrix then has its rows in different banks, and still begins where sixteen bytes do. */
export const apart = 8
/** Bytes that a workgroup shares: a tile of halves of either operand, and a matrix of results for each subgroup. */
export const bytesOfMatrices = (t: MatrixSchedule): number =>
  2 * (t.rows * (t.depth + apart) + t.depth * (t.cols + apart)) + 4 * t.down * t.across * t.shape.m * t.shape.n
/**
 * Products of halves are exact in f32. So many matrices are added in a row: even where each addition cuts off what does not fit (2^-23), as some
 * GPUs do, that is less than the rounding of the half at the end (2^-11).
 */
const mostInRow = 2048
/** Four subgroups with four matrices each, for products of halves that fill such tiles. */
const matricesOf = (c: Contract, target: Target): MatrixSchedule | null => {
  const { matrix: shape, subgroup } = target, { m, n, k, batches } = spaceOf(c)
  if (shape === null || c.dtype !== 'f16' || m < 2 * shape.m || n < 2 * shape.n || k < 2 * shape.k) return null
  const rows = 4 * shape.m, cols = 4 * shape.n, groups = batches * Math.ceil(m / rows) * Math.ceil(n / cols)
  const parts = Math.max(Math.ceil(k / (mostInRow * shape.k)), partsOf(groups, k))
  const made: MatrixSchedule = { tag: 'matrices', rows, cols, depth: 2 * shape.k, down: 2, across: 2, subgroup, shape, parts }
  return 4 * subgroup <= target.invocations && bytesOfMatrices(made) + 16 <= target.storage ? made : null
}

export const chooseContract = (c: Contract, target: Target): Schedule => {
  const { m, n, k, batches } = spaceOf(c), results = batches * m * n
  if (results === 0 || k < 16) return registers
  if (target.software) {
    if (results > 64) return registers
    const by = chooseFold(innerProducts(c), target)
    return by.tag === 'parts' ? { tag: 'inner', by } : registers
  }
  const least = Math.min(m, n), most = Math.max(m, n)
  if (k >= 64 && (least === 1 || results <= 256)) return { tag: 'inner', by: chooseFold(innerProducts(c), target) }
  if (most < 32 || (least < 8 && k < 64)) return registers
  const matrices = matricesOf(c, target)
  if (matrices !== null) return matrices
  const groups = (t: TileSchedule): number => batches * Math.ceil(m / t.rows) * Math.ceil(n / t.cols)
  // the larger the tile the less is read, but all of the GPU is to have work
  const shapes = least <= 16 ? [m <= n ? tile(16, 64, 4, 4, 16) : tile(64, 16, 4, 4, 16)] : [
    ...least > 64 && groups(tile(128, 128, 8, 8, 8)) >= manyGroups / 2 ? [tile(128, 128, 8, 8, 8)] : [],
    ...least > 32 && groups(tile(64, 64, 4, 4, 16)) * cutsOf(groups(tile(64, 64, 4, 4, 16)), k) >= manyGroups / 4 ? [tile(64, 64, 4, 4, 16)] : [],
    tile(32, 32, 4, 4, 16),
  ]
  const fitting = shapes.find(t => lanesOf(t) <= target.invocations && bytesOf(t) <= target.storage)
  return fitting ? { ...fitting, parts: partsOf(groups(fitting), k) } : registers
}

/** Lines are cut where they are long and too few to keep the adapter busy: into about as many blocks as a block has elements. */
const chooseCumulative = (lines: number, length: number, target: Target): Schedule =>
  (length >= 1024 && lines < (target.software ? 8 : 8192) ? { tag: 'blocks', length: powerBelow(Math.sqrt(length)) } : alone)

export const choose: Choose = (kernel, target) => {
  switch (kernel.tag) {
    case 'nest': return chooseFold(kernel, target)
    case 'contract': return chooseContract(kernel, target)
    case 'sort': return kernel.length > 128 ? { tag: 'merges', run: 16 } : alone
    case 'cumulative': return chooseCumulative(product(kernel.lines), kernel.length, target)
    default: return alone
  }
}

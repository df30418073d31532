/** How kernels are run, in words: the same choices that their emitters make, told to whoever asks. */
import { keyOf } from '../../src/kernel/key.js'
import type { Contract, Follows, Kernel, Nest } from '../../src/kernel/kernel.js'
import { expand } from '../../src/kernel/math/index.js'
import { packed } from '../../src/compile/plan.js'
import type { Program } from '../../src/core/primitive.js'
import type { Compiled, Schedule } from '../../src/runtime/backend.js'
import { prepared } from '../../src/runtime/passes.js'
import type { Assembled } from './assemble.js'
import { alongDepth } from './contract/dot.js'
import { lanesOf } from './contract/lanes.js'
import { shallow } from './contract/outer.js'
import { planOf } from './contract/plan.js'
import { spaceOf } from '../../src/kernel/space.js'
import { streaming } from './contract/stream.js'
import { lyingDown } from './contract.js'
import { choose } from './nest/choose.js'
import { normalise } from '../../src/kernel/normal.js'
import type { Level } from './target.js'

const places = { each: 'for each element', across: 'beside each other, folding each its own', along: 'along the fold' } as const
const nestWords = (nest: Nest): string => {
  const plain = normalise(nest, expand)
  if (!plain) return 'nothing to do'
  const { kind, lanes, vector, beside, copies, block, paged, chunk } = choose(plain)
  return [
    `over [${plain.extents.join(', ')}]: vectors of ${lanes} along axis ${vector} ${places[kind]}`,
    ...(copies > 1 ? [`${copies} at a time`] : []), ...(beside >= 0 ? [`squares with axis ${beside}`] : []),
    ...(block > 0 ? [`blocks of ${block}`] : []), ...(paged ? ['strips in turns'] : []), ...(chunk > 1 ? [`${chunk} positions together`] : []),
  ].join(', ')
}
const contractWords = (c: Contract, level: Level, aheadFrom: number): string => {
  const t = lanesOf(c.dtype, level)
  const space = spaceOf(lyingDown(c, spaceOf(c)))
  const { batches, m, n, k } = space
  const head = `${batches > 1 ? `${batches} × ` : ''}${m}×${n}, sums of ${k}: `
  if (batches * m * n === 0 || k === 0) return `${head}nothing to multiply`
  if (shallow(space)) return `${head}outer products`
  if (alongDepth(space)) return `${head}vectors along the sum`
  if (streaming(space, t)) return `${head}the right operand streams by`
  const p = planOf(space, t, level, { ahead: aheadFrom < Infinity ? 'units' : 'nothing', aheadFrom })
  return `${head}tiles of ${p.tileRows}×${p.tileCols} in blocks of ${p.blockTiles * p.tileRows}×${p.blockCols}, ${p.blockDepth} deep; left ${p.leftAhead ? 'packed ahead' : p.left === 'packed' ? 'packed' : 'in place'}, right ${p.rightAhead ? 'packed ahead' : p.packRight ? 'packed' : 'in place'}`
}
const howOf = (kernel: Kernel, level: Level, aheadFrom: number): string =>
  (kernel.tag === 'nest' ? nestWords(kernel) : kernel.tag === 'contract' ? contractWords(kernel, level, aheadFrom) : 'element by element')

const schedulesOf = ({ kernels }: Assembled, level: Level, aheadFrom: number): ((kernel: Kernel) => Schedule | null) => {
  const byKey = new Map(kernels.map(k => [keyOf(k.kernel), k]))
  return kernel => {
    const found = byKey.get(keyOf(kernel))
    return found ? { how: howOf(kernel, level, aheadFrom), units: found.emitted.units, shared: found.shared, code: found.bytes } : null
  }
}

/** Outputs that are inputs or constants are handed through, and one that stands twice is made once. */
const made = (p: Program): Program => {
  const known = new Set(p.ins.map(v => v.id))
  return { ...p, outs: p.outs.filter(o => o.kind === 'var' && !known.has(o.id) && known.add(o.id)) }
}
/** An input that is handed through is read by the caller. */
export const free = (p: Program, given: readonly boolean[]): readonly boolean[] => p.ins.map((v, i) => (given[i] ?? false) && !p.outs.some(o => o.kind === 'var' && o.id === v.id))
export const compiledOf = (program: Program, given: readonly boolean[], assembled: Assembled, { level, threads, follows, aheadFrom }: { readonly level: Level; readonly threads: number; readonly follows: Follows; readonly aheadFrom: number }): Compiled =>
  ({ follows, program: made(prepared(program)), given: free(prepared(program), given), schedule: schedulesOf(assembled, level, aheadFrom), threads, code: assembled.bytes.length, scratch: assembled.scratch, ahead: assembled.ahead, widths: packed, splits: true })

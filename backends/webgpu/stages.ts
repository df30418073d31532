/** A kernel under a schedule is one dispatch or several, which leave words to each other in a scratch behind the temporaries of the program. */
import { sizeOf } from '../../src/core/aval.js'
import type { Buffer, KernelStep, Plan, Step } from '../../src/compile/plan.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { normalise } from '../../src/kernel/normal.js'
import { type Bindings, type Stage, unit } from './bindings.js'
import { isFold, type Schedule } from './choose.js'
import { contractText } from './contract.js'
import { innerProducts } from './inner.js'
import { blockText, cumulativeText, scratchOfBlocks } from './cumulative.js'
import { expandF32 } from './math.js'
import { nestText, scratchOfFold } from './nest.js'
import { matrixText } from './matrices.js'
import { mergeText, scratchOfMerges, sortText } from './sort.js'
import { gatherText, scatterText } from './special.js'
import { scratchOfParts } from './sums.js'
import { tileText } from './tiles.js'
import { Text } from './wgsl.js'

/** The dispatches of a kernel, in order: none where there is nothing to do. */
export const stagesOf = (kernel: Kernel, schedule: Schedule, bindings: Bindings): readonly Stage[] => {
  switch (kernel.tag) {
    case 'nest': { const plain = normalise(kernel, expandF32); return plain === null ? [] : nestText(plain, isFold(schedule) ? schedule : { tag: 'alone' }, bindings) }
    case 'contract': {
      if (schedule.tag === 'tiles') return tileText(kernel, schedule, bindings)
      if (schedule.tag === 'matrices') return matrixText(kernel, schedule, bindings)
      if (schedule.tag === 'inner') return stagesOf(innerProducts(kernel), schedule.by, bindings)
      return [contractText(kernel, bindings)]
    }
    case 'gather': return [gatherText(kernel, bindings)]
    case 'scatter': return [scatterText(kernel, bindings)]
    case 'cumulative': return schedule.tag === 'blocks' ? blockText(kernel, schedule.length, bindings) : [cumulativeText(kernel, bindings)]
    case 'sort': return schedule.tag === 'merges' ? mergeText(kernel, schedule.run, bindings) : [sortText(kernel, bindings)]
    default: return kernel satisfies never
  }
}
/** So many elements from buffer 0 to buffer 1; of one of them perhaps so many words alone are there, and what lies elsewhere stays as it is. */
export const copyText = (count: number, bindings: Bindings, bounded: { readonly buffer: number; readonly words: number } | null): Stage => {
  const text = new Text()
  bindings.begin(text)
  const stage = unit(text, count)
  // a word in front of those that are there is a great number
  if (bounded !== null) text.line(`if (${bindings.word(bounded.buffer, 'id')} >= ${bounded.words}u) { return; }`)
  bindings.store(text, 1, 'id', bindings.load(0, 'id'))
  return stage
}
/** Words that the stages of a kernel leave to each other. */
export const scratchOf = (kernel: Kernel, schedule: Schedule): number => {
  switch (kernel.tag) {
    case 'nest': return scratchOfFold(sizeOf(kernel.extents.slice(0, kernel.extents.length - kernel.reduced)), kernel.folds, isFold(schedule) ? schedule : { tag: 'alone' })
    case 'contract': return schedule.tag === 'tiles' || schedule.tag === 'matrices' ? scratchOfParts(kernel, schedule.parts) : schedule.tag === 'inner' ? scratchOf(innerProducts(kernel), schedule.by) : 0
    case 'cumulative': return schedule.tag === 'blocks' ? scratchOfBlocks(kernel, schedule.length) : 0
    case 'sort': return schedule.tag === 'merges' ? scratchOfMerges(kernel) : 0
    default: return 0
  }
}

/**
 * The plan with a scratch as the last buffer of every kernel that needs one: one for all, since what a kernel leaves there is spent when it is
 * done. `without` tells which kernels have none; `given` is called with the new step and the old.
 */
export const withScratch = (plan: Plan, scheduleOf: (k: Kernel) => Schedule, without: (s: KernelStep) => boolean, given: (made: KernelStep, from: KernelStep) => void): Plan => {
  const offset = 4 * Math.ceil(plan.arena / 4)
  let most = 0
  const steps = (list: readonly Step[]): readonly Step[] => list.map((s): Step => {
    switch (s.tag) {
      case 'kernel': {
        const size = without(s) ? 0 : scratchOf(s.kernel, scheduleOf(s.kernel))
        if (size === 0) return s
        most = Math.max(most, size)
        const scratch: Buffer = { id: -1, dtype: 'u32', size, bytes: 4, place: { tag: 'arena', offset }, loops: [] }
        const made: KernelStep = { ...s, buffers: [...s.buffers, scratch] }
        given(made, s)
        return made
      }
      case 'loop': return { ...s, body: steps(s.body) }
      case 'while': return { ...s, cond: steps(s.cond), body: steps(s.body) }
      case 'branch': return { ...s, branches: s.branches.map(steps) }
      case 'host': return s
      default: return s satisfies never
    }
  })
  const made = steps(plan.steps)
  return most === 0 ? plan : { ...plan, steps: made, arena: offset + 4 * most }
}

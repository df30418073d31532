/** How a device runs the kernels of a program, for explanations. */
import type { Compiled } from '../../src/runtime/backend.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import type { Program } from '../../src/core/primitive.js'
import { choose, type Schedule, type Target } from './choose.js'
import { lowering, nameOf, type Script } from './script.js'

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
const told = (s: Schedule): string => {
  switch (s.tag) {
    case 'alone': return 'an invocation for each result'
    case 'registers': return 'an invocation for each block of results'
    case 'workgroup': return `a workgroup of ${s.lanes} for each result`
    case 'parts': return `${s.count} parts of a result by ${plural(s.lanes, 'lane')} each, then the parts`
    case 'tiles': return `tiles of ${s.rows} x ${s.cols}, ${s.depth} deep, ${s.height} x ${s.width} to an invocation${s.parts > 1 ? `, in ${s.parts} parts` : ''}`
    case 'matrices': return `tiles of ${s.rows} x ${s.cols}, ${s.depth} deep, by ${s.down * s.across} subgroups with matrices of ${s.shape.m} x ${s.shape.n} x ${s.shape.k}`
    case 'merges': return `runs of ${s.run} are sorted, then merged`
    case 'blocks': return `blocks of ${s.length}, then their ends, then all`
    case 'inner': return `inner products: ${told(s.by)}`
    default: return s satisfies never
  }
}
export const compiledOf = (program: Program, script: Script, target: Target): Compiled => {
  const codeOf = (k: Kernel): number => script.shaders.reduce((n, s) => (s.name === nameOf(k) ? n + s.code.length : n), 0)
  return {
    ...lowering, program, given: [], threads: 1, scratch: 0, ahead: 0, code: script.shaders.reduce((n, s) => n + s.code.length, 0),
    schedule: k => ({ how: told(choose(k, target)), units: script.shaders.filter(s => s.name === nameOf(k)).length, shared: false, code: codeOf(k) }),
  }
}

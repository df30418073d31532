/** An explanation as text: a reader sees first why there is a program, then what became of it, then what it costs. */
import type { KernelReport, Move, PlanReport, Work } from '../compile/describe.js'
import { showBytes } from '../core/fault.js'
import type { Equation, Program } from '../core/primitive.js'
import type { KeyDifference } from './cache.js'

/** A pass over a program: `inside` stands for all passes over the programs inside it. Equations are counted with those inside. */
export interface PassReport {
  readonly pass: string
  /** After tracing, or before compiling: the passes before compiling are repeated until nothing changes. */
  readonly when: 'traced' | 'compiled'
  readonly before: number
  readonly after: number
}
export interface Explanation {
  /** The function's own name. */
  readonly name: string
  readonly cache: {
    /** Whether the call would run a program that was traced before. */
    readonly hit: boolean
    /** Which of the function's programs it is, from 1; one that is not there yet is the next. */
    readonly program: number
    /** Of the programs traced before it the one that differs least, and in what; null for the first. */
    readonly closest: { readonly program: number; readonly differences: readonly KeyDifference[] } | null
  }
  readonly passes: readonly PassReport[]
  /** The program after the passes. */
  readonly program: Program
  readonly backend: string
  /** Null where the backend runs programs equation by equation. */
  readonly plan: (PlanReport & {
    readonly threads: number
    /** Bytes of code, and of the scratch memory of each thread. */
    readonly code: number
    readonly scratch: number
    /** Bytes of operands that are packed once for all that read them. */
    readonly ahead: number
    /** The most bytes that a call takes at once: temporaries, packed operands, inputs, results and scratch memory. */
    readonly peak: number
  }) | null
  /** All of it as text. */
  readonly toString: () => string
}

/** 1.23 M: three digits and a unit. */
const showCount = (n: number): string => {
  const power = n < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(n) / 3))
  return `${Number((n / 1000 ** power).toPrecision(3))}${['', ' k', ' M', ' G', ' T'][power]!}`
}
const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

/** `mul ×3, add`: the rows in the order in which they first come. */
const showEquations = (equations: readonly Equation[]): string => {
  const counts = new Map<string, number>()
  for (const e of equations) counts.set(e.prim.name, (counts.get(e.prim.name) ?? 0) + 1)
  return [...counts].map(([name, n]) => (n === 1 ? name : `${name} ×${n}`)).join(', ')
}
const showMove = (m: Move): string => {
  switch (m.move) {
    case 'fuse': return `fused from ${m.equations} equations`
    case 'fold': return `folds ${[...new Set(m.monoids)].join(', ')} over [${m.extents.join(', ')}]`
    case 'follow': return `then ${plural(m.results, 'result')} part by part`
    case 'split': return `part ${m.part} of ${m.parts}`
    case 'repeat': return m.times === null ? 'in a while loop' : `in a loop of ${m.times}`
    case 'choose': return `in branch ${m.branch - 1} of 0 to ${m.branches - 1}${m.branches === 2 ? ` (a predicate that is ${m.branch === 2})` : ''}`
    default: return m satisfies never
  }
}
const showWork = ({ flops, functions, read, written }: Work): string => [
  ...(flops > 0 ? [`${showCount(flops)} ${flops === 1 ? 'flop' : 'flops'}`] : []), ...(functions > 0 ? [`${showCount(functions)} ${functions === 1 ? 'function' : 'functions'}`] : []),
  `reads ${showBytes(read)}`, `writes ${showBytes(written)}`,
].join(', ')

const showKernel = (k: KernelReport, i: number): readonly string[] => {
  const { schedule } = k
  return [
    `  ${i + 1}. ${k.kind} [${k.extents.join(', ')}]  ${showEquations(k.equations)}`,
    ...(k.moves.length > 0 ? [`       ${k.moves.map(showMove).join('; ')}`] : []),
    `       ${showWork(k.once)}${k.times === 1 ? '' : k.times === null ? ', each time' : `, ${k.times} times`}`,
    ...(schedule ? [`       ${schedule.how}; ${plural(schedule.units, 'unit')}${schedule.shared ? ' shared among threads' : ''}, ${showBytes(schedule.code)} of code`] : []),
  ]
}

const showCache = ({ hit, program, closest }: Explanation['cache']): readonly string[] => [
  hit ? `program ${program}, traced before` : `program ${program}, not traced before`,
  ...(closest === null ? (hit ? [] : ['  it is the first of this function'])
    : [`  it differs from program ${closest.program} in`, ...closest.differences.map(d => `    ${d.path}: ${d.what === 'static' || d.what === 'structure' ? '' : `${d.what} `}${d.before} there, ${d.now} here`)]),
]

export const showExplanation = ({ name, cache, passes, backend, plan }: Explanation): string => {
  const width = Math.max(...passes.map(p => p.pass.length))
  const lines = [
    `jit${name === '' ? '' : ` of ${name}`}: ${showCache(cache).join('\n')}`,
    'passes that changed something (equations before and after)',
    ...passes.filter(p => p.before !== p.after).map(p => `  ${p.when.padEnd(8)}  ${p.pass.padEnd(width)}  ${p.before} -> ${p.after}`),
  ]
  if (plan === null) return [...lines, `backend ${backend}: runs the program equation by equation, there is no plan`].join('\n')
  return [
    ...lines,
    `backend ${backend}, ${plural(plan.threads, 'thread')}: ${plural(plan.kernels.length, 'kernel')}, ${showBytes(plan.code)} of code`,
    ...plan.kernels.flatMap(showKernel),
    `in all ${plan.exact ? '' : '(loops of unknown length once, of choices the dearest branch) '}${showWork(plan.total)}`,
    `memory ${showBytes(plan.peak)} at most: temporaries ${showBytes(plan.arena)}, inputs ${showBytes(plan.inputs)}, results ${showBytes(plan.outputs)}${plan.inPlace > 0 ? ` and ${showBytes(plan.inPlace)} in arguments that are given away` : ''}${plan.ahead > 0 ? `, packed operands ${showBytes(plan.ahead)}` : ''}${plan.scratch > 0 ? `, scratch ${showBytes(plan.scratch)} a thread` : ''}`,
  ].join('\n')
}

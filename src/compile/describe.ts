/** What a plan does and moves, kernel by kernel: operations and bytes follow from extents and strides alone, nothing is measured. */
import { sizeOf } from '../core/aval.js'
import { type DType, dtypes } from '../core/dtype.js'
import type { Equation } from '../core/primitive.js'
import type { Schedule } from '../runtime/backend.js'
import { argsOf, type Expr, type Letter } from '../kernel/expr.js'
import type { Contract, Kernel, Nest, Operand } from '../kernel/kernel.js'
import type { Strided, Windows } from '../kernel/special.js'
import type { HostStep, KernelStep, Plan, Step } from './plan.js'
import type { Provenance } from './provenance.js'
import { weightOf } from './weight.js'

/** What is done, once or in all. */
export interface Work {
  /** Additions, multiplications and their like; a product of matrices has two for each step of each sum. */
  readonly flops: number
  /** Elementary functions: exp, sin, tanh, a power. */
  readonly functions: number
  /** Bytes of the elements that are read and written, each element once. */
  readonly read: number
  readonly written: number
}
/** How a kernel came to be what it is. */
export type Move =
  | { readonly move: 'fuse'; readonly equations: number }
  | { readonly move: 'fold'; readonly monoids: readonly string[]; readonly extents: readonly number[] }
  | { readonly move: 'follow'; readonly results: number }
  | { readonly move: 'split'; readonly part: number; readonly parts: number }
  | { readonly move: 'repeat'; readonly loop: 'loop' | 'while'; readonly times: number | null }
  | { readonly move: 'choose'; readonly branch: number; readonly branches: number }
export interface KernelReport {
  /** `host`: a row without a kernel of its own, which runs outside. */
  readonly kind: Kernel['tag'] | 'host'
  /** The axes it runs over, folded ones included; of a contraction those of the result, then the summed ones. */
  readonly extents: readonly number[]
  /** The equations that went into it, in the order of the program. */
  readonly equations: readonly Equation[]
  readonly moves: readonly Move[]
  readonly schedule: Schedule | null
  /** Of one run. */
  readonly once: Work
  /** How often it runs; null where only data tells. */
  readonly times: number | null
}
export interface PlanReport {
  readonly kernels: readonly KernelReport[]
  /** Of all kernels as often as they run, of choices the dearest branch; where only data tells how often, of one run. */
  readonly total: Work
  /** Whether `total` is that of every call. */
  readonly exact: boolean
  /** Bytes of temporaries, which share memory as they die, and of inputs. */
  readonly arena: number
  readonly inputs: number
  /** Bytes of results that have memory of their own, and of those that lie in inputs which are given away. */
  readonly outputs: number
  readonly inPlace: number
}

const nothing: Work = { flops: 0, functions: 0, read: 0, written: 0 }
const plus = (a: Work, b: Work): Work => ({ flops: a.flops + b.flops, functions: a.functions + b.functions, read: a.read + b.read, written: a.written + b.written })
const scaled = (a: Work, n: number): Work => ({ flops: a.flops * n, functions: a.functions * n, read: a.read * n, written: a.written * n })
const effort = (a: Work): number => a.flops + 10 * a.functions + a.read + a.written

// ---- one kernel --------------------------------------------------------------------------------------------------------

const arithmeticUpTo = 6
const workOf = (letter: Letter): { readonly flops: number; readonly functions: number } => {
  const weight = weightOf(letter)
  return { flops: letter === 'madd' ? 2 : weight > 0 && weight <= arithmeticUpTo ? 1 : 0, functions: weight > arithmeticUpTo ? 1 : 0 }
}

/** Bytes of the elements that are touched in each buffer, each at most once. */
class Traffic {
  private readonly elements = new Map<number, number>()
  private readonly buffers: KernelStep['buffers']
  constructor(buffers: KernelStep['buffers']) { this.buffers = buffers }
  touch(buffer: number, n: number): this {
    this.elements.set(buffer, Math.min(this.buffers[buffer]!.size, (this.elements.get(buffer) ?? 0) + n))
    return this
  }
  get bytes(): number {
    let sum = 0
    this.elements.forEach((n, b) => { sum += n * dtypes[this.buffers[b]!.dtype].bytes })
    return sum
  }
}
/** How many elements a walk over some axes meets: where a stride is 0 it stands still. */
const met = (extents: readonly number[], strides: readonly number[]): number => extents.reduce((n, m, i) => (strides[i] === 0 ? n : n * m), 1)

const nestWork = (nest: Nest, buffers: KernelStep['buffers']): Work => {
  const { extents } = nest
  const read = new Traffic(buffers), written = new Traffic(buffers)
  const varies = new Map<number, ReadonlySet<number>>()
  let flops = 0, functions = 0
  const moving = (strides: readonly number[]): ReadonlySet<number> => new Set(strides.flatMap((s, i) => (s === 0 ? [] : [i])))
  const axesOf = (e: Expr): ReadonlySet<number> => {
    const known = varies.get(e.id)
    if (known) return known
    let axes: ReadonlySet<number>
    if (e.tag === 'load') {
      read.touch(e.view.buffer, met(extents, e.view.strides))
      e.view.starts.forEach(s => read.touch(s.buffer, 1))
      axes = moving(e.view.strides)
    } else if (e.tag === 'index') axes = moving(e.strides)
    else if (e.tag === 'folded') axes = new Set(extents.slice(0, extents.length - nest.reduced).keys())
    else axes = new Set(argsOf(e).flatMap(a => [...axesOf(a)]))
    varies.set(e.id, axes)
    if (e.tag === 'apply') {
      // what does not change along an axis is computed once for all of it
      const points = [...axes].reduce((n, a) => n * extents[a]!, 1), work = workOf(e.letter)
      flops += points * work.flops
      functions += points * work.functions
    }
    return axes
  }
  for (const f of nest.folds) { axesOf(f.value); flops += sizeOf(extents) }
  for (const s of nest.stores) {
    axesOf(s.value)
    written.touch(s.view.buffer, met(extents, s.view.strides))
    s.view.starts.forEach(t => read.touch(t.buffer, 1))
  }
  return { flops, functions, read: read.bytes, written: written.bytes }
}
const contractWork = (c: Contract, buffers: KernelStep['buffers']): Work => {
  const [batches, rows, cols, depth] = [c.batch, c.rows, c.cols, c.depth].map(sizeOf) as [number, number, number, number]
  const operand = (o: Operand, own: readonly number[]): number => met(c.batch, o.batch) * met(own, o.own) * met(c.depth, o.depth)
  const out = new Traffic(buffers).touch(c.out, batches * rows * cols).bytes
  const read = new Traffic(buffers).touch(c.left.buffer, operand(c.left, c.rows)).touch(c.right.buffer, operand(c.right, c.cols)).bytes
  const sums: Work = { flops: 2 * batches * rows * cols * depth, functions: 0, read: read + (c.into ? out : 0), written: out }
  if (c.then === null) return sums
  // what follows reads the sums and may write over them while they are near
  const after = nestWork(c.then, buffers), own = bytesOf(buffers[c.out]!.size, c.dtype)
  const over = c.then.stores.some(s => s.view.buffer === c.out) ? own : 0
  return { flops: sums.flops + after.flops, functions: after.functions, read: sums.read + after.read - own, written: sums.written + after.written - over }
}
const windowsOf = (w: Windows): { readonly moved: number; readonly indices: number } =>
  ({ moved: sizeOf(w.batch) * sizeOf(w.window), indices: sizeOf(w.batch) * w.strides.length })
const linesOf = (lines: readonly number[], length: number, xs: readonly Strided[], buffers: KernelStep['buffers']): number => {
  const traffic = new Traffic(buffers)
  xs.forEach(x => traffic.touch(x.buffer, met([...lines, length], x.strides)))
  return traffic.bytes
}
const kernelWork = (k: Kernel, buffers: KernelStep['buffers']): Work => {
  const traffic = (): Traffic => new Traffic(buffers)
  switch (k.tag) {
    case 'nest': return nestWork(k, buffers)
    case 'contract': return contractWork(k, buffers)
    case 'gather': {
      const { moved, indices } = windowsOf(k)
      return { ...nothing, read: traffic().touch(k.indices.buffer, indices).touch(k.array.buffer, moved).bytes, written: traffic().touch(k.packed.buffer, moved).bytes }
    }
    case 'scatter': {
      const { moved, indices } = windowsOf(k)
      const read = traffic().touch(k.indices.buffer, indices).touch(k.packed.buffer, moved)
      if (k.kind !== 'set') read.touch(k.array.buffer, moved)
      return { ...nothing, flops: k.kind === 'set' ? 0 : moved, read: read.bytes, written: traffic().touch(k.array.buffer, moved).bytes }
    }
    case 'cumulative': return {
      ...nothing, flops: sizeOf(k.lines) * k.length * k.ins.length, read: linesOf(k.lines, k.length, k.ins, buffers), written: linesOf(k.lines, k.length, [k.out], buffers),
    }
    case 'sort': return { ...nothing, read: linesOf(k.lines, k.length, k.ins, buffers), written: linesOf(k.lines, k.length, k.outs, buffers) }
    default: return k satisfies never
  }
}
const extentsOf = (k: Kernel): readonly number[] => {
  switch (k.tag) {
    case 'nest': return k.extents
    case 'contract': return [...k.batch, ...k.rows, ...k.cols, ...k.depth]
    case 'gather': case 'scatter': return [...k.batch, ...k.window]
    case 'cumulative': case 'sort': return [...k.lines, k.length]
    default: return k satisfies never
  }
}
const foldOf = (k: Kernel): readonly Move[] => {
  switch (k.tag) {
    case 'nest': return k.folds.length === 0 ? [] : [{ move: 'fold', monoids: k.folds.map(f => f.monoid), extents: k.extents.slice(k.extents.length - k.reduced) }]
    case 'contract': return [{ move: 'fold', monoids: ['sum'], extents: k.depth }, ...k.then === null ? [] : [{ move: 'follow', results: k.then.stores.length } as const]]
    case 'cumulative': return [{ move: 'fold', monoids: [k.kind], extents: [k.length] }]
    default: return []
  }
}
const bytesOf = (n: number, dtype: DType): number => n * dtypes[dtype].bytes
const hostWork = (s: HostStep): Work => {
  const bytes = (list: HostStep['ins']): number => list.reduce((n, { aval }) => n + bytesOf(sizeOf(aval.shape), aval.dtype), 0)
  return { flops: s.prim.cost(s.ins.map(x => x.aval), s.outs.map(x => x.aval), s.params), functions: 0, read: bytes(s.ins), written: bytes(s.outs) }
}

// ---- the whole plan ------------------------------------------------------------------------------------------------------

interface Around { readonly moves: readonly Move[]; readonly times: number | null }

export const describe = (plan: Plan, provenance: Provenance, scheduleOf: (kernel: Kernel) => Schedule | null): PlanReport => {
  const kernels: KernelReport[] = []
  let exact = true
  /** The kernels that follow one another from the same equations of one nest are its parts. */
  const partsOf = (list: readonly Step[]): ReadonlyMap<Step, Move> => {
    const groups = new Map<unknown, Step[]>()
    for (const s of list) {
      const of = provenance.partOf(s)
      if (of !== null) groups.set(of, [...groups.get(of) ?? [], s])
    }
    const moves = new Map<Step, Move>()
    for (const group of groups.values()) if (group.length > 1) group.forEach((s, i) => moves.set(s, { move: 'split', part: i + 1, parts: group.length }))
    return moves
  }
  const one = (s: KernelStep | HostStep, around: Around, split: Move | undefined): Work => {
    const equations = provenance.of(s)
    const fused: readonly Move[] = equations.length > 1 ? [{ move: 'fuse', equations: equations.length }] : []
    const report = { equations, times: around.times }
    const after = [...split ? [split] : [], ...around.moves]
    const once = s.tag === 'kernel' ? kernelWork(s.kernel, s.buffers) : hostWork(s)
    kernels.push(s.tag === 'kernel'
      ? { ...report, kind: s.kernel.tag, extents: extentsOf(s.kernel), once, moves: [...fused, ...foldOf(s.kernel), ...after], schedule: scheduleOf(s.kernel) }
      : { ...report, kind: 'host', extents: s.outs[0]?.aval.shape ?? [], once, moves: [...fused, ...after], schedule: null })
    return once
  }
  const walk = (list: readonly Step[], around: Around): Work => {
    const parts = partsOf(list)
    return list.map((s): Work => {
      if (s.tag === 'kernel' || s.tag === 'host') return one(s, around, parts.get(s))
      if (s.tag === 'branch') {
        exact = false
        return s.branches.map((b, i) => walk(b, { ...around, moves: [...around.moves, { move: 'choose', branch: i + 1, branches: s.branches.length }] }))
          .reduce((dearest, w) => (effort(w) > effort(dearest) ? w : dearest), nothing)
      }
      const times = s.tag === 'loop' ? s.length : null
      const inside: Around = {
        moves: [...around.moves, { move: 'repeat', loop: s.tag, times }], times: times === null || around.times === null ? null : around.times * times,
      }
      if (s.tag === 'loop') return scaled(walk(s.body, inside), s.length)
      exact = false
      return plus(walk(s.cond, inside), walk(s.body, inside))
    }).reduce(plus, nothing)
  }
  const total = walk(plan.steps, { moves: [], times: 1 })
  const bytes = (list: Plan['inputs']): number => list.reduce((n, b) => n + bytesOf(b.size, b.dtype), 0)
  const taken = plan.outputs.filter(b => plan.inputs.includes(b))
  return { kernels, total, exact, arena: plan.arena, inputs: bytes(plan.inputs), outputs: bytes(plan.outputs) - bytes(taken), inPlace: bytes(taken) }
}

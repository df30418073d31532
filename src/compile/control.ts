/** Loops and choices: their programs become steps inside steps, over the same buffers. */
import { type Aval, sizeOf } from '../core/aval.js'
import type { Program } from '../core/primitive.js'
import { view } from '../kernel/view.js'
import { aligned } from './arena.js'
import type { Lowering, Rule, Val } from './lowering.js'
import type { Buffer } from './plan.js'
import { rootOf } from './plan.js'

/** A carry lies in two halves in turns, so that what is read and what is written are never the same. */
interface Carry { readonly aval: Aval; readonly pair: Buffer; readonly now: Buffer; readonly next: Buffer }
const carriesOf = (l: Lowering, loop: number, init: readonly Val[]): readonly Carry[] => init.map(v => {
  const n = sizeOf(v.aval.shape), { dtype } = v.aval, bytes = l.widths[dtype]
  const half = aligned(n * bytes)
  const pair = l.buffer(dtype, 2 * half / bytes)
  l.storedIn(l.buffer(dtype, n, { tag: 'part', of: pair, offset: 0 }), v)
  const turn = (phase: 0 | 1): Buffer => l.buffer(dtype, n, { tag: 'parity', of: pair, loop, phase, bytes: half })
  return { aval: v.aval, pair, now: turn(0), next: turn(1) }
})
/** Buffers of the surroundings that steps inside read. */
const outer = (reads: readonly Buffer[]): readonly Buffer[] => reads.map(rootOf)

interface Scan { readonly program: Program; readonly nConst: number; readonly nCarry: number; readonly length: number; readonly reverse: boolean }
export const scanned: Rule<Scan> = (l, ins, { program, nConst, nCarry, length, reverse }, outs, dests) => {
  const consts = ins.slice(0, nConst).map(v => l.ready(v))
  const init = ins.slice(nConst, nConst + nCarry)
  const ys = outs.slice(nCarry).map((a, i) => dests[nCarry + i] ?? l.bufferFor(a))
  const stacked = ys.map((b, i) => l.held(b, outs[nCarry + i]!))
  if (length === 0) return [...init, ...stacked]
  const loop = l.newLoop()
  const last = reverse ? length - 1 : null
  const rows = ins.slice(nConst + nCarry).map((v): Val => {
    const { load } = l.viewed(v)
    const [step, ...strides] = load.view.strides
    const size = l.widths[v.aval.dtype]
    const b = l.buffer(v.aval.dtype, sizeOf(v.aval.shape.slice(1)), { tag: 'row', of: l.buffers[load.view.buffer]!, loop, step: step! * size, offset: 0, last })
    return { aval: { dtype: v.aval.dtype, shape: v.aval.shape.slice(1) }, expr: l.pool.load(v.aval.dtype, { ...view(b.id, load.view.offset, strides), starts: load.view.starts }) }
  })
  const carries = carriesOf(l, loop, init)
  const pieces = ys.map((b, i): Buffer => {
    const a = outs[nCarry + i]!
    const n = sizeOf(a.shape.slice(1))
    return l.buffer(a.dtype, n, { tag: 'row', of: b, loop, step: n * l.widths[a.dtype], offset: 0, last })
  })
  const targets = [...carries.map(c => c.next), ...pieces]
  const body = l.inside(loop, new Set(targets), () => { l.program(program, [...consts, ...carries.map(c => l.held(c.now, c.aval)), ...rows], targets) })
  const pairs = carries.map(c => c.pair)
  l.block.step({ tag: 'loop', loop, length, body: body.steps }, [...outer(body.reads), ...pairs], [...pairs, ...ys])
  return [...carries.map(c => l.held(c.now, c.aval)), ...stacked]
}

interface While { readonly cond: Program; readonly body: Program; readonly nCondConst: number; readonly nBodyConst: number; readonly maxSteps: number | null }
export const repeat: Rule<While> = (l, ins, { cond, body, nCondConst, nBodyConst, maxSteps }) => {
  const condConsts = ins.slice(0, nCondConst).map(v => l.ready(v))
  const bodyConsts = ins.slice(nCondConst, nCondConst + nBodyConst).map(v => l.ready(v))
  const loop = l.newLoop()
  const carries = carriesOf(l, loop, ins.slice(nCondConst + nBodyConst))
  const now = carries.map(c => l.held(c.now, c.aval))
  const holds = l.buffer('bool', 1)
  const asked = l.inside(loop, new Set([holds]), () => { l.program(cond, [...condConsts, ...now], [holds]) })
  const targets = carries.map(c => c.next)
  const done = l.inside(loop, new Set(targets), () => { l.program(body, [...bodyConsts, ...now], targets) })
  const pairs = carries.map(c => c.pair)
  l.block.step({ tag: 'while', loop, maxSteps, cond: asked.steps, holds, body: done.steps }, [...outer(asked.reads), ...outer(done.reads), ...pairs], pairs)
  return now
}

export const branches: Rule<{ readonly branches: readonly Program[] }> = (l, [index, ...operands], p, outs, dests) => {
  const which = l.bufferOf(index!)
  const given = operands.map(v => l.ready(v))
  const targets = outs.map((a, i) => dests[i] ?? l.bufferFor(a))
  const made = p.branches.map(b => l.inside(null, new Set(targets), () => { l.program(b, given, targets) }))
  l.block.step({ tag: 'branch', index: which, branches: made.map(m => m.steps) }, [which, ...made.flatMap(m => outer(m.reads))], targets)
  return targets.map((b, i) => l.held(b, outs[i]!))
}

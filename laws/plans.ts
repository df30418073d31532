/** Laws of plans: what is written is there when it is read, and no two buffers that are alive together share memory. */
import { lower } from '../src/compile/lower.js'
import { bytesOf, livesOf } from '../src/compile/arena.js'
import type { Buffer, Plan, Step } from '../src/compile/plan.js'
import { rootOf } from '../src/compile/plan.js'
import type { Program } from '../src/core/primitive.js'
import { keyOf } from '../src/kernel/key.js'
import { writesOf } from '../src/kernel/kernel.js'
import { showProgram } from '../src/core/print.js'
import { stage } from '../src/interpreters/stage.js'
import { optimise } from '../src/optimise/pipeline.js'
import { caseOf, type Point, points, pushed, showPoint, vjpOf } from './cases.js'
import { and, claim, type Law, law, type Verdict } from './law.js'

const programsOf = (p: Point): readonly Program[] => {
  const { f, xs, v, w } = caseOf(p)
  const c = w(f(...xs))
  const types = xs.map(x => x.aval)
  return [
    stage(f, types), stage((...a) => pushed(f, a, v), types), stage((...a) => { const [ys, pull] = vjpOf(f, a); return [...ys, ...pull(c)] }, types),
  ].map(s => optimise(s.program))
}
const about = (name: string, statement: string, holds: (plan: Plan, p: Program) => Verdict): Law<Point> =>
  law(name, statement, points, point => and(...programsOf(point).map(p => () => holds(lower(p), p))), { show: showPoint, share: 0.25 })

/** Whether every buffer is written, in part at least, before it is read: by a step before, or by the turn of the loop before. */
const readBeforeWritten = (plan: Plan): Buffer | null => {
  const written = new Set<Buffer>(plan.inputs)
  const reads = (b: Buffer): boolean => written.has(b) || written.has(rootOf(b))
  const write = (b: Buffer): void => { written.add(b); written.add(rootOf(b)) }
  const walk = (steps: readonly Step[]): Buffer | null => {
    for (const s of steps) {
      if (s.tag === 'kernel') {
        const outs = new Set(writesOf(s.kernel))
        const unread = s.buffers.findIndex((b, i) => !outs.has(i) && !reads(b))
        // a nest may name buffers that it does not read
        if (unread >= 0 && s.kernel.tag !== 'nest') return s.buffers[unread]!
        outs.forEach(i => write(s.buffers[i]!))
      } else if (s.tag === 'host') {
        const unread = s.ins.find(x => !reads(x.buffer))
        if (unread) return unread.buffer
        s.outs.forEach(x => write(x.buffer))
      } else if (s.tag === 'branch') {
        if (!reads(s.index)) return s.index
        for (const b of s.branches) { const bad = walk(b); if (bad) return bad }
      } else {
        const bad = (s.tag === 'while' ? walk(s.cond) : null) ?? walk(s.body)
        if (bad) return bad
      }
    }
    return null
  }
  return walk(plan.steps) ?? plan.outputs.find(b => b.size > 0 && !written.has(b)) ?? null
}

/** Everything a plan says: kernels by their keys, buffers by their places. */
const described = (plan: Plan): string => {
  const buffer = (b: Buffer): unknown => [b.dtype, b.size, 'of' in b.place ? { ...b.place, of: buffer(b.place.of) } : b.place]
  const step = (s: Step): unknown => {
    switch (s.tag) {
      case 'kernel': return [keyOf(s.kernel), s.buffers.map(buffer)]
      case 'host': return [s.prim.name, [...s.ins, ...s.outs].map(x => buffer(x.buffer))]
      case 'branch': return [buffer(s.index), s.branches.map(b => b.map(step))]
      case 'loop': return [s.loop, s.length, s.body.map(step)]
      case 'while': return [s.loop, s.maxSteps, buffer(s.holds), s.cond.map(step), s.body.map(step)]
      default: return s satisfies never
    }
  }
  return JSON.stringify([plan.arena, plan.inputs.map(buffer), plan.outputs.map(buffer), plan.steps.map(step)])
}

export const planLaws: readonly Law[] = [
  about('nothingOverlaps', 'no two buffers of a plan that are alive together overlap, and all lie inside the arena', (plan, p) => {
    const all = [...livesOf(plan.steps)].map(([b, life]) => ({ life, from: b.place.tag === 'arena' ? b.place.offset : -1, to: (b.place.tag === 'arena' ? b.place.offset : -1) + bytesOf(b), id: b.id }))
    const clash = all.flatMap((x, i) => all.slice(i + 1).flatMap(y => (x.life.from <= y.life.to && y.life.from <= x.life.to && x.from < y.to && y.from < x.to ? [[x, y] as const] : [])))[0]
    return and(
      () => claim(clash === undefined, `buffers ${clash?.[0].id} and ${clash?.[1].id} are alive together and overlap\n${showProgram(p)}`),
      () => claim(all.every(x => x.from >= 4 * (plan.inputs.length + plan.outputs.length) && x.to <= plan.arena), 'a buffer lies outside of the arena'))
  }),
  about('readsSeeWrites', 'whatever a plan reads was written before, and every output is written', (plan, p) => {
    const bad = readBeforeWritten(plan)
    return claim(bad === null, `buffer ${bad?.id} (${bad?.place.tag}) is not written\n${showProgram(p)}`)
  }),
  about('planRepeats', 'a program has one plan: lowering it again gives the same steps and places', (plan, p) => {
    const again = lower(p)
    return claim(described(again) === described(plan), 'the second plan differs')
  }),
]

/** A program becomes a plan. */
import { sizeOf } from '../core/aval.js'
import type { Program } from '../core/primitive.js'
import { place } from './arena.js'
import type { Follows } from '../kernel/kernel.js'
import { followed } from './epilogue.js'
import { Lowering } from './lowering.js'
import { packed, type Plan, type Widths } from './plan.js'
import type { Provenance } from './provenance.js'
import { reuse } from './reuse.js'
import { ruleOf } from './rules.js'

/**
 * The plan of a program. The frame, in which the addresses of inputs and outputs are handed over, comes first in the arena. Of the inputs
 * that are `given` the memory may be written: an output that lies in one is that very buffer. `follows` tells which nests a target would
 * rather run behind a contraction, part by part; `widths`, how many bytes elements take in its memory; `splits`, whether long folds are cut
 * into parts for it: a target that does this itself has them whole.
 */
export const lower = (p: Program, provenance: Provenance | null = null, given: readonly boolean[] = [], follows: Follows = () => true, widths: Widths = packed, splits = true): Plan => {
  const l = new Lowering(ruleOf, provenance, widths, splits)
  const inputs = p.ins.map((v, i) => l.buffer(v.aval.dtype, sizeOf(v.aval.shape), { tag: 'input', index: i }))
  const outputs = p.outs.map((o, i) => l.buffer(o.aval.dtype, sizeOf(o.aval.shape), { tag: 'output', index: i }))
  l.program(p, p.ins.map((v, i) => l.held(inputs[i]!, v.aval)), outputs)
  const kept = new Set(outputs)
  const { steps } = l.block.finish(b => kept.has(b))
  const frame = Math.ceil((inputs.length + outputs.length) * 4 / 64) * 64
  const draft = reuse({ inputs, outputs, steps }, given, (before, after) => provenance?.replaced(before, after))
  const plan = { ...draft, steps: followed(draft.steps, follows, (before, after) => provenance?.joined(before, after)) }
  return { ...plan, arena: place(plan.steps, frame) }
}

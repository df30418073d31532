/** A choice runs one of several programs of the same type, by an index that is clamped to those there are. */
import * as E from '../core/either.js'
import { type Aval, range, sameAval } from '../core/aval.js'
import { checkLinear } from '../core/check.js'
import { listOf, record } from '../core/form.js'
import { bind } from '../core/interp.js'
import type { BatchRule, LinearizeRule, Primitive, Program, Series, TransposeRule } from '../core/primitive.js'
import { evalProgram, outAvals } from '../core/program.js'
import type { Value } from '../core/value.js'
import { cost } from '../interpreters/count.js'
import { stage } from '../interpreters/stage.js'
import { clamp, select } from '../primitives/arithmetic.js'
import { broadcast, full, instantiate, lead, zeros } from '../primitives/base.js'
import { eq } from '../primitives/logic.js'
import { general, wrongDType, wrongShape } from '../primitives/row.js'
import { batchProgram, mapFlat } from '../transforms/batching.js'
import { linearizeProgram } from '../transforms/onPrograms.js'
import { jetProgram } from '../transforms/taylor.js'
import { transposeProgram } from '../transforms/transpose.js'
import { isLinear, knownOf, present, programForm, spread } from './holding.js'

export interface CondParams { readonly branches: readonly Program[] }
const either = (marks: readonly (readonly boolean[])[]): readonly boolean[] => marks[0]!.map((_, i) => marks.some(m => m[i]))

/** One list of types in which every branch finds places for its own residuals: as many of each type as the branch that needs most. */
const share = (needs: readonly (readonly Aval[])[]): { readonly types: readonly Aval[]; readonly places: readonly (readonly number[])[] } => {
  const types: Aval[] = []
  const places = needs.map(list => {
    const taken = new Set<number>()
    return list.map(a => {
      let at = types.findIndex((b, i) => !taken.has(i) && sameAval(a, b))
      if (at < 0) { at = types.length; types.push(a) }
      taken.add(at)
      return at
    })
  })
  return { types, places }
}

const linearize: LinearizeRule<CondParams> = ([index, ...operands], { branches }, [, ...active]) => {
  const outActive = either(branches.map(b => linearizeProgram(b, active).outActive))
  const parts = branches.map(b => linearizeProgram(b, active, outActive))
  const n = parts[0]!.nOuts
  const { types, places } = share(parts.map(p => outAvals(p.primal).slice(n)))
  // Before: operands -> (outs, own residuals)   After: operands -> (outs, every place filled, zeros where another branch would)
  const primal = parts.map((p, k) => stage((...xs) => {
    const outs = evalProgram(p.primal, xs)
    const rows = types.map(zeros)
    places[k]!.forEach((at, i) => { rows[at] = outs[n + i]! })
    return [...outs.slice(0, n), ...rows]
  }, branches[k]!.ins.map(v => v.aval), 'cond').program)
  const tangentTypes = branches[0]!.ins.filter((_, i) => active[i]).map(v => v.aval)
  const tangent = parts.map((p, k) => stage((...xs) => evalProgram(p.tangent, [...places[k]!.map(at => xs[at]!), ...xs.slice(types.length)]), [...types, ...tangentTypes], 'cond').program)
  const all = bind(condP, [index!, ...operands], { branches: primal })
  const residuals = all.slice(n)
  return {
    outs: all.slice(0, n),
    push: ([, ...ts]) => (outActive.some(Boolean) ? spread(outActive, bind(condP, [index!, ...residuals, ...present(ts)], { branches: tangent })) : outActive.map(() => null)),
  }
}

const transpose: TransposeRule<CondParams> = (cts, [index, ...operands], { branches }) => {
  const linear = isLinear(operands)
  const answers = bind(condP, [index as Value, ...knownOf(operands), ...cts], { branches: branches.map(b => transposeProgram(b, linear)) })
  return [null, ...spread(linear, answers)]
}

/** With one index for all the branch is still chosen; with an index of one's own every branch runs and each element selects. */
const batch: BatchRule<CondParams> = (axis, [index, ...operands], [own, ...batched], { branches }) => {
  if (!own) {
    const outBatched = either(branches.map(b => batchProgram(b, axis, batched).outBatched))
    return { values: bind(condP, [index!, ...operands], { branches: branches.map(b => batchProgram(b, axis, batched, outBatched).program) }), batched: outBatched }
  }
  const last = branches.length - 1
  const which = clamp(full(0, index!.aval), index!, full(last, index!.aval))
  const runs = branches.map(b => {
    const r = mapFlat((...xs) => evalProgram(b, xs), axis, operands, batched)
    return r.values.map((v, i) => lead(axis, v, r.batched[i]!))
  })
  return runs[0]!.map((_, i) => range(last).reduceRight((rest, k) => {
    const mine = broadcast(eq(which, full(k, which.aval)), rest.shape, [0])
    return select(mine, runs[k]![i]!, rest)
  }, runs[last]![i]!))
}

const jet = ([index, ...operands]: readonly Series[], { branches }: CondParams, order: number): readonly Series[] => {
  const active = operands.map(s => s.slice(1).some(c => c !== null))
  const outActive = either(branches.map(b => jetProgram(b, order, active).outActive))
  const ins = operands.flatMap((s, i) => (active[i] ? s.map(c => instantiate(c, s[0]!.aval)) : [s[0]!]))
  const outs = bind(condP, [index![0]!, ...ins], { branches: branches.map(b => jetProgram(b, order, active, outActive).program) })
  let at = 0
  return outActive.map((a): Series => (a ? outs.slice(at, at += order + 1) : [outs[at++]!, ...Array.from({ length: order }, () => null)]))
}

export const condP: Primitive<CondParams> = general<CondParams>('cond', {
  params: record({ branches: listOf(programForm) }),
  shape: ([index, ...operands], { branches }) => {
    if (index!.dtype !== 'i32' || index!.shape.length > 0) return wrongDType('cond', [index!], 'a scalar i32 index')
    const first = branches[0]!
    const fits = branches.every(b => b.ins.length === operands.length && b.ins.every((v, i) => sameAval(v.aval, operands[i]!)) && b.outs.every((o, i) => sameAval(o.aval, first.outs[i]!.aval)))
    return fits ? E.right(outAvals(first)) : wrongShape('cond', operands, 'the types of every branch', 'report this: the library made this choice')
  },
  linearize: () => linearize, transpose, batch, jet,
  linearIn: ([index, ...linear], { branches }, zero) => !index && branches.every(b => {
    const r = checkLinear(b, linear, zero?.slice(1))
    return r._tag === 'Right' && r.right.every(Boolean)
  }),
  // the dearest branch
  cost: (_i, _o, { branches }) => Math.max(...branches.map(cost)),
  programs: p => p.branches, withPrograms: (_p, branches) => ({ branches }),
})

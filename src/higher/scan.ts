/** A scan threads a carry through the rows of its inputs: body(consts, carry, x) = (carry, y), recorded once whatever its length. */
import * as E from '../core/either.js'
import { type Aval, aval, range, sameAval } from '../core/aval.js'
import { checkLinear } from '../core/check.js'
import { bool, int, record } from '../core/form.js'
import { bind } from '../core/interp.js'
import { type Atom, type BatchRule, Linear, type LinearizeRule, type Primitive, type Program, type Series, type TransposeRule } from '../core/primitive.js'
import { dce, evalProgram } from '../core/program.js'
import { type Value } from '../core/value.js'
import { cost } from '../interpreters/count.js'
import { stage } from '../interpreters/stage.js'
import { add } from '../primitives/arithmetic.js'
import { instantiate, lead, zeros } from '../primitives/base.js'
import { general, wrongShape } from '../primitives/row.js'
import { transpose as permute } from '../primitives/structural.js'
import { batchProgram } from '../transforms/batching.js'
import { linearizeProgram, type Unzipped } from '../transforms/onPrograms.js'
import { jetProgram } from '../transforms/taylor.js'
import { transposeProgram } from '../transforms/transpose.js'
import { fission } from './fission.js'
import { cut, isLinear, programForm, type ScanParams, unless, where } from './holding.js'

const stacked = (a: Aval, n: number): Aval => aval(a.dtype, [n, ...a.shape])
const swap = (x: Value): Value => permute(x, [1, 0, ...range(x.ndim).slice(2)])

/** Grows a set of active carries until the body adds none: at most one round per carry. */
const fixedPoint = (p: ScanParams, active: readonly boolean[], outs: (active: readonly boolean[]) => readonly boolean[]): readonly boolean[] => {
  let now = active
  for (;;) {
    const out = outs(now)
    const next = now.map((a, i) => a || (i >= p.nConst && i < p.nConst + p.nCarry && out[i - p.nConst]!))
    if (next.every((a, i) => a === now[i])) return now
    now = next
  }
}

interface Apart {
  /** consts -> residuals that are the same at every step */
  readonly once: Program
  /** The body, answering the other residuals. */
  readonly each: Program
  /** Before: (residuals | consts', carry', x')   After: (known, consts', carry' | x', residuals): each step reads its own residuals */
  readonly tangent: Program
}
const known = new WeakMap<Unzipped, Map<number, Apart>>()
/** What is the same at every step is kept once, not stacked. */
const apart = (u: Unzipped, nConst: number): Apart => {
  let byConst = known.get(u)
  if (!byConst) known.set(u, byConst = new Map())
  const before = byConst.get(nConst)
  if (before) return before
  const { primal, tangent, nOuts } = u
  const kept = primal.outs.slice(nOuts), consts = primal.ins.slice(0, nConst)
  const same = new Set(consts.map(v => v.id))
  const still = (a: Atom): boolean => a.kind === 'lit' || same.has(a.id)
  const eqns = primal.eqns.filter(e => {
    const all = e.ins.every(still)
    if (all) for (const o of e.outs) same.add(o.id)
    return all
  })
  const fixed = kept.map(still), own = tangent.ins.slice(0, kept.length)
  const made: Apart = {
    once: dce({ ins: consts, eqns, outs: where(kept, fixed) }),
    each: dce({ ...primal, outs: [...primal.outs.slice(0, nOuts), ...unless(kept, fixed)] }),
    tangent: { ...tangent, ins: [...where(own, fixed), ...tangent.ins.slice(kept.length), ...unless(own, fixed)] },
  }
  byConst.set(nConst, made)
  return made
}

const linearize: LinearizeRule<ScanParams> = (args, p, given) => {
  const { nConst, nCarry } = p
  const active = fixedPoint(p, given, a => linearizeProgram(p.program, a).outActive)
  const force = range(nCarry).map(i => active[nConst + i]!)
  const u = linearizeProgram(p.program, active, force)
  const { outActive, nOuts } = u
  const { once, each, tangent } = apart(u, nConst)
  const known = evalProgram(once, args.slice(0, nConst))
  const all = bind(scanP, args, { ...p, program: each })
  const residuals = all.slice(nOuts)
  const [aConst, aCarry] = cut(active, [nConst, nCarry]).map(piece => piece.filter(Boolean).length)
  return {
    outs: all.slice(0, nOuts),
    push: ts => {
      if (!outActive.some(Boolean)) return outActive.map(() => null)
      const tangents = args.flatMap((x, i) => (active[i] ? [instantiate(ts[i]!, x.aval)] : []))
      const answers = bind(scanP, [...known, ...tangents, ...residuals], { ...p, program: tangent, nConst: known.length + aConst!, nCarry: aCarry! })
      let j = 0
      return outActive.map(a => (a ? answers[j++]! : null))
    },
  }
}

/**
 * Linear consts c, carry k and inputs x; known consts C and inputs X.
 * Before: (C, c | k | X, x) -> (k | y)
 * After:  (C | c̄, k̄ | X, ȳ) -> (c̄, k̄ | x̄), run the other way: cotangents of consts add up in the carry.
 */
const transpose: TransposeRule<ScanParams> = (cts, args, p) => {
  const { nConst, nCarry } = p
  const asked = isLinear(args)
  // a carry that starts at an instantiated zero is still linear inside the loop; its cotangent is dropped at the end
  const linear = asked.map((l, i) => l || (i >= nConst && i < nConst + nCarry))
  const [lConst, , lXs] = cut(linear, [nConst, nCarry, linear.length])
  const [vConst, , vXs] = cut(p.program.ins.map(v => v.aval), [nConst, nCarry, linear.length])
  const T = transposeProgram(p.program, linear)
  const outs = p.program.outs.map(o => o.aval)
  const kinds = { C: unless(vConst!, lConst!), c: where(vConst!, lConst!), k: outs.slice(0, nCarry), X: unless(vXs!, lXs!), y: outs.slice(nCarry) }
  const program = stage((...xs) => {
    const [C, c, k, X, y] = cut(xs, [kinds.C.length, kinds.c.length, nCarry, kinds.X.length, kinds.y.length])
    const back = evalProgram(T, [...C!, ...X!, ...k!, ...y!])
    const [dc, dk, dx] = cut(back, [kinds.c.length, nCarry, back.length])
    return [...c!.map((sum, i) => add(sum, dc![i]!)), ...dk!, ...dx!]
  }, [...kinds.C, ...kinds.c, ...kinds.k, ...kinds.X, ...kinds.y], 'transposition').program
  const [gConst, , gXs] = cut(args, [nConst, nCarry, args.length])
  const known = (xs: readonly (Value | Linear)[]): readonly Value[] => xs.filter((x): x is Value => !(x instanceof Linear))
  const answers = bind(scanP, [...known(gConst!), ...kinds.c.map(zeros), ...cts.slice(0, nCarry), ...known(gXs!), ...cts.slice(nCarry)],
    { program, nConst: kinds.C.length, nCarry: kinds.c.length + nCarry, length: p.length, reverse: !p.reverse })
  const [dc, dk, dx] = cut(answers, [kinds.c.length, nCarry, answers.length])
  let i = 0, j = 0
  return args.map((_, n) => (n < nConst ? (lConst![n] ? dc![i++]! : null) : n < nConst + nCarry ? (asked[n] ? dk![n - nConst]! : null) : lXs![n - nConst - nCarry] ? dx![j++]! : null))
}

/** A carry is batched as soon as the body makes it so; stacked inputs have the loop's axis before the mapped one inside. */
const batch: BatchRule<ScanParams> = (axis, args, given, p) => {
  const { nConst, nCarry } = p
  const isX = (i: number): boolean => i >= nConst + nCarry
  const batched = fixedPoint(p, given, b => batchProgram(p.program, axis, b).outBatched)
  const force = range(nCarry).map(i => batched[nConst + i]!)
  const { program, outBatched } = batchProgram(p.program, axis, batched, force)
  const ins = args.map((x, i) => (isX(i) ? (given[i] ? swap(x) : x) : batched[i] ? lead(axis, x, given[i]!) : x))
  const outs = bind(scanP, ins, { ...p, program })
  return { values: outs.map((o, i) => (i >= nCarry && outBatched[i] ? swap(o) : o)), batched: outBatched }
}

const jet = (args: readonly Series[], p: ScanParams, order: number): readonly Series[] => {
  const { nConst, nCarry } = p
  const given = args.map(s => s.slice(1).some(c => c !== null))
  const active = fixedPoint(p, given, a => jetProgram(p.program, order, a).outActive)
  const force = range(nCarry).map(i => active[nConst + i]!)
  const { program, outActive } = jetProgram(p.program, order, active, force)
  const ins = args.flatMap((s, i) => (active[i] ? s.map(c => instantiate(c, s[0]!.aval)) : [s[0]!]))
  const width = (marks: readonly boolean[]): number => marks.reduce((n, a) => n + (a ? order + 1 : 1), 0)
  const outs = bind(scanP, ins, { ...p, program, nConst: width(active.slice(0, nConst)), nCarry: width(active.slice(nConst, nConst + nCarry)) })
  let at = 0
  return outActive.map((a): Series => (a ? outs.slice(at, at += order + 1) : [outs[at++]!, ...Array.from({ length: order }, () => null)]))
}

/** Linear where the body is linear in the same inputs: a carry that starts at a constant makes the whole affine. */
/** A carry that starts at zero is linear like the others; whether it stays zero is not asked. */
const linearIn = (linear: readonly boolean[], p: ScanParams, zero: readonly boolean[] = []): boolean => {
  const isCarry = (i: number): boolean => i >= p.nConst && i < p.nConst + p.nCarry
  const r = checkLinear(p.program, linear.map((l, i) => l || (isCarry(i) && zero[i] === true)), linear.map((_, i) => !isCarry(i) && zero[i] === true))
  return r._tag === 'Right' && r.right.every(Boolean)
}

export const scanP: Primitive<ScanParams> = general<ScanParams>('scan', {
  params: record({ program: programForm, nConst: int, nCarry: int, length: int, reverse: bool }),
  shape: (ins, { program, nConst, nCarry, length }) => {
    const fits = ins.length === program.ins.length && ins.every((a, i) => sameAval(a, i < nConst + nCarry ? program.ins[i]!.aval : stacked(program.ins[i]!.aval, length)))
    if (!fits) return wrongShape('scan', ins, 'the types of its body, the scanned inputs stacked', 'report this: the library made this scan')
    return E.right(program.outs.map((o, i) => (i < nCarry ? o.aval : stacked(o.aval, length))))
  },
  linearize: () => linearize, transpose, batch, jet, linearIn,
  cost: (_i, _o, p) => p.length * cost(p.program),
  unfold: p => fission(scanP, p),
  programs: p => [p.program], withPrograms: (p, [program]) => ({ ...p, program: program! }),
})

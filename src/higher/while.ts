/** A while loop repeats its body as long as its condition holds, at most `maxSteps` times where that is given. */
import * as E from '../core/either.js'
import { range, sameAval } from '../core/aval.js'
import { checkLinear } from '../core/check.js'
import { raise } from '../core/fault.js'
import { int, orNull, record } from '../core/form.js'
import { bind } from '../core/interp.js'
import { type BatchRule, type Equation, type LinearizeRule, type MappedAxis, type Primitive, type Program, type Series, type Tangent, type Var } from '../core/primitive.js'
import { evalProgram, inAvals } from '../core/program.js'
import { newVar } from '../core/vars.js'
import type { Value } from '../core/value.js'
import { cost } from '../interpreters/count.js'
import { stage } from '../interpreters/stage.js'
import { add, convert, select } from '../primitives/arithmetic.js'
import { broadcast, instantiate, lead, scalar } from '../primitives/base.js'
import { reduceOr } from '../primitives/fold.js'
import { bitAnd, lt } from '../primitives/logic.js'
import { general, wrongShape } from '../primitives/row.js'
import { batchProgram } from '../transforms/batching.js'
import { pushProgram } from '../transforms/onPrograms.js'
import { jetProgram } from '../transforms/taylor.js'
import { callP, checkpointP } from './call.js'
import { condP } from './cond.js'
import { cut, programForm, unless, where } from './holding.js'
import { embed, type Hoisted, hoisted } from './hoist.js'
import { scanP } from './scan.js'

/** Operands: consts of the condition, consts of the body, carry. */
export interface WhileParams {
  readonly cond: Program
  readonly body: Program
  readonly nCondConst: number
  readonly nBodyConst: number
  readonly maxSteps: number | null
}
const pieces = <A>(xs: readonly A[], p: WhileParams) => cut(xs, [p.nCondConst, p.nBodyConst, xs.length]) as readonly [readonly A[], readonly A[], readonly A[]]

/** Grows the marked carries until the body marks no more. */
const fixedPoint = (carry: readonly boolean[], outs: (carry: readonly boolean[]) => readonly boolean[]): readonly boolean[] => {
  let now = carry
  for (;;) {
    const out = outs(now)
    const next = now.map((m, i) => m || out[i]!)
    if (next.every((m, i) => m === now[i])) return now
    now = next
  }
}

// ---- derivatives -----------------------------------------------------------------------------------------------------

/** The condition looks at the primal carry alone. Before: (consts, carry) -> bool   After: (consts, carry, more) -> bool */
const ignoring = (p: WhileParams, more: readonly { readonly aval: Value['aval'] }[]): Program =>
  stage((...xs) => evalProgram(p.cond, xs.slice(0, p.cond.ins.length)), [...inAvals(p.cond), ...more.map(m => m.aval)], 'whileLoop').program

/** `push` runs the loop again, carrying tangents beside primals: no length is known, so nothing can be kept. */
const forward: LinearizeRule<WhileParams> = (args, p, given) => {
  const [, gBody, gCarry] = pieces(given, p)
  const [condConsts, bodyConsts, init] = pieces(args, p)
  const carry = fixedPoint(gCarry, c => pushProgram(p.body, [...gBody, ...c]).outActive)
  const outs = bind(whileP, args, p)
  return {
    outs,
    push: ts => {
      if (!carry.some(Boolean)) return outs.map(() => null)
      const [, tBody, tCarry] = pieces(ts, p)
      const pushed = pushProgram(p.body, [...gBody, ...carry], carry).program
      const nB = p.nBodyConst, nC = init.length
      const consts = tBody.filter((t): t is Value => t !== null)
      const tangents = init.flatMap((x, i) => (carry[i] ? [instantiate(tCarry[i]!, x.aval)] : []))
      const body = stage((...xs) => {
        const [b, tb, c, tc] = cut(xs, [nB, consts.length, nC, tangents.length])
        return [...evalProgram(p.body, [...b!, ...c!]), ...evalProgram(pushed, [...b!, ...c!, ...tb!, ...tc!])]
      }, [...bodyConsts, ...consts, ...init, ...tangents].map(x => x.aval), 'whileLoop').program
      const all = bind(whileP, [...condConsts, ...bodyConsts, ...consts, ...init, ...tangents],
        { cond: ignoring(p, tangents), body, nCondConst: p.nCondConst, nBodyConst: nB + consts.length, maxSteps: p.maxSteps })
      let j = nC
      return carry.map((c): Tangent => (c ? all[j++]! : null))
    },
  }
}

/** Steps in a block of the bounded form: b·log_b(N) carries are kept, and each step is computed at most 1 + log_b(N) times. */
const block = 8
/**
 * The loop with a bound as nested scans over checkpointed blocks, each skipped once the condition fails: linear in the steps
 * taken, logarithmic in memory. Source: Griewank, Walther, Evaluating Derivatives (2008), ch. 12, with blocks of one size.
 */
const bounded = (p: WhileParams): Program => {
  const counter = { dtype: 'i32', shape: [] } as const
  const consts = p.nCondConst + p.nBodyConst
  const types = [...inAvals(p.cond).slice(0, p.nCondConst), ...inAvals(p.body).slice(0, p.nBodyConst), counter, ...inAvals(p.body).slice(p.nBodyConst)]
  const goesOn = (xs: readonly Value[]): Value => {
    const holds = evalProgram(p.cond, [...xs.slice(0, p.nCondConst), ...xs.slice(consts + 1)])[0]!
    return bitAnd(lt(xs[consts]!, scalar(p.maxSteps!, 'i32')), holds)
  }
  const keep = stage((...xs) => xs.slice(consts), types, 'whileLoop').program
  const unlessDone = (run: Program): Program =>
    stage((...xs) => bind(condP, [convert(goesOn(xs), 'i32'), ...xs], { branches: [keep, run] }), types, 'whileLoop').program
  const once = stage((...xs) => [add(xs[consts]!, scalar(1, 'i32')), ...evalProgram(p.body, [...xs.slice(p.nCondConst, consts), ...xs.slice(consts + 1)])], types, 'whileLoop').program
  let level = unlessDone(once)
  for (let steps = 1; steps < p.maxSteps!; steps *= block) {
    const inner = level
    const length = Math.min(block, Math.ceil(p.maxSteps! / steps))
    const checkpointed = stage((...xs) => bind(checkpointP, xs, { program: inner }), types, 'whileLoop').program
    level = unlessDone(stage((...xs) => bind(scanP, xs, { program: checkpointed, nConst: consts, nCarry: types.length - consts, length, reverse: false }), types, 'whileLoop').program)
  }
  return stage((...xs) => evalProgram(level, [...xs.slice(0, consts), scalar(0, 'i32'), ...xs.slice(consts)]).slice(1), unless(types, types.map((_, i) => i === consts)), 'whileLoop').program
}
const boundedOnce = new WeakMap<WhileParams, Program>()
const linearize: LinearizeRule<WhileParams> = (args, p, active) => {
  if (p.maxSteps === null) return forward(args, p, active)
  let program = boundedOnce.get(p)
  if (!program) boundedOnce.set(p, program = bounded(p))
  return callP.linearize(args, { program }, active)
}

// ---- batching, Taylor series -----------------------------------------------------------------------------------------

const batch: BatchRule<WhileParams> = (axis, args, given, p) => {
  const [bCond, bBody, bCarry] = pieces(given, p)
  const [condConsts, bodyConsts, init] = pieces(args, p)
  const spreadBy = (start: readonly boolean[]): readonly boolean[] => fixedPoint(start, c => batchProgram(p.body, axis, [...bBody, ...c]).outBatched)
  let carry = spreadBy(bCarry)
  const own = batchProgram(p.cond, axis, [...bCond, ...carry]).outBatched[0]!
  // a condition of one's own: run while any element goes on, and leave the others as they are
  if (own) carry = init.map(() => true)
  const ins = init.map((x, i) => (carry[i] ? lead(axis, x, bCarry[i]!) : x))
  const body = batchProgram(p.body, axis, [...bBody, ...carry], carry).program
  const next = own ? selecting(axis, p, bCond, condConsts, bodyConsts, ins, body) : { params: { ...p, cond: batchProgram(p.cond, axis, [...bCond, ...carry]).program, body }, consts: [...condConsts, ...bodyConsts] }
  return { values: bind(whileP, [...next.consts, ...ins], next.params), batched: carry }
}
const selecting = (axis: MappedAxis, p: WhileParams, bCond: readonly boolean[], condConsts: readonly Value[], bodyConsts: readonly Value[], ins: readonly Value[], body: Program): { params: WhileParams; consts: readonly Value[] } => {
  const each = batchProgram(p.cond, axis, [...bCond, ...ins.map(() => true)], 'all').program
  const types = (xs: readonly Value[]): readonly Value['aval'][] => xs.map(x => x.aval)
  const cond = stage((...xs) => [reduceOr(evalProgram(each, xs)[0]!, [0])], types([...condConsts, ...ins]), 'whileLoop').program
  const stepped = stage((...xs) => {
    const [cc, bc, c] = cut(xs, [condConsts.length, bodyConsts.length, ins.length])
    const goesOn = evalProgram(each, [...cc!, ...c!])[0]!
    return evalProgram(body, [...bc!, ...c!]).map((v, i) => select(broadcast(goesOn, v.shape, [0]), v, c![i]!))
  }, types([...condConsts, ...bodyConsts, ...ins]), 'whileLoop').program
  return { params: { cond, body: stepped, nCondConst: condConsts.length, nBodyConst: condConsts.length + bodyConsts.length, maxSteps: p.maxSteps }, consts: [...condConsts, ...condConsts, ...bodyConsts] }
}

const jet = (args: readonly Series[], p: WhileParams, order: number): readonly Series[] => {
  const [condConsts, bodyConsts, init] = pieces(args, p)
  const marks = (xs: readonly Series[]): readonly boolean[] => xs.map(s => s.slice(1).some(c => c !== null))
  const carry = fixedPoint(marks(init), c => jetProgram(p.body, order, [...marks(bodyConsts), ...c]).outActive)
  const { program: body } = jetProgram(p.body, order, [...marks(bodyConsts), ...carry], carry)
  const flat = (xs: readonly Series[], active: readonly boolean[]): readonly Value[] => xs.flatMap((s, i) => (active[i] ? s.map(c => instantiate(c, s[0]!.aval)) : [s[0]!]))
  const consts = flat(bodyConsts, marks(bodyConsts))
  const ins = flat(init, carry)
  const starts = init.map((_, i) => range(i).reduce((n, k) => n + (carry[k] ? order + 1 : 1), 0))
  const cond = stage((...xs) => evalProgram(p.cond, [...xs.slice(0, p.nCondConst), ...starts.map(s => xs[p.nCondConst + s]!)]), [...condConsts.map(s => s[0]!.aval), ...ins.map(x => x.aval)], 'whileLoop').program
  const outs = bind(whileP, [...condConsts.map(s => s[0]!), ...consts, ...ins], { cond, body, nCondConst: p.nCondConst, nBodyConst: consts.length, maxSteps: p.maxSteps })
  return init.map((_, i): Series => (carry[i] ? outs.slice(starts[i]!, starts[i]! + order + 1) : [outs[starts[i]!]!, ...Array.from({ length: order }, () => null)]))
}

// ---- what does not change --------------------------------------------------------------------------------------------

/**
 * Constants leave condition and body, also carries that stay what they are. They are computed once even where the loop makes no turn: rows
 * are total, and the price is that of one turn at most.
 */
const unfold = (p: WhileParams): Program | null => {
  const [condIns, bodyIns] = [p.cond.ins, p.body.ins]
  const still = p.body.outs.map((o, i) => o.kind === 'var' && o.id === bodyIns[p.nBodyConst + i]!.id)
  const constants = (q: Program, n: number): readonly Var[] => q.ins.filter((_, i) => i < n || still[i - n])
  const [c, b] = [hoisted(p.cond, constants(p.cond, p.nCondConst)), hoisted(p.body, constants(p.body, p.nBodyConst))]
  if (!c && !b && !still.some(Boolean)) return null
  const ins = [...condIns.slice(0, p.nCondConst), ...bodyIns].map(v => newVar(v.aval))
  const [forCond, forBody, carry] = pieces(ins, p)
  const eqns: Equation[] = []
  const split = (q: Program, n: number, given: readonly Var[], h: Hoisted | null) => {
    const outer = [...given, ...where(carry, still)]
    const made = h ? embed(h.before, outer, eqns) : []
    const changing = unless(q.ins.slice(n), still)
    const consts = [...q.ins.slice(0, n), ...where(q.ins.slice(n), still), ...(h ? h.before.outs : [])] as readonly Var[]
    return { consts, changing, fed: [...outer, ...made], eqns: h ? h.body : q.eqns }
  }
  const cond = split(p.cond, p.nCondConst, forCond, c), body = split(p.body, p.nBodyConst, forBody, b)
  const program = (part: typeof cond, outs: Program['outs']): Program => ({ ins: [...part.consts, ...part.changing], eqns: part.eqns, outs })
  const params: WhileParams = {
    cond: program(cond, p.cond.outs), body: program(body, unless(p.body.outs, still)), nCondConst: cond.consts.length, nBodyConst: body.consts.length, maxSteps: p.maxSteps,
  }
  const outs = unless(carry, still).map(v => newVar(v.aval))
  eqns.push({ prim: whileP, params, ins: [...cond.fed, ...body.fed, ...unless(carry, still)], outs, made: null })
  let j = 0
  return { ins, eqns, outs: carry.map((v, i) => (still[i] ? v : outs[j++]!)) }
}

export const whileP: Primitive<WhileParams> = general<WhileParams>('while', {
  params: record({ cond: programForm, body: programForm, nCondConst: int, nBodyConst: int, maxSteps: orNull(int) }),
  shape: (ins, p) => {
    const [cc, bc, c] = pieces(ins, p)
    const fits = (q: Program, given: readonly Value['aval'][]): boolean => q.ins.length === given.length && q.ins.every((v, i) => sameAval(v.aval, given[i]!))
    return fits(p.cond, [...cc, ...c]) && fits(p.body, [...bc, ...c]) ? E.right(c) : wrongShape('whileLoop', ins, 'the types of its body', 'report this: the library made this loop')
  },
  linearize: () => linearize, batch, jet,
  transpose: () => raise({ _tag: 'ReverseOfWhile', op: 'whileLoop', made: null, hint: 'give it { maxSteps }, or use scan or foriLoop with fixed bounds; jvp and jacfwd need neither' }),
  linearIn: (linear, p, zero) => {
    // a loop whose carries all stay zero is zero, and linear in nothing else without a linear input
    if (!linear.includes(true)) {
      const [, zb, z] = pieces(zero ?? linear, p)
      const r = checkLinear(p.body, [], [...zb, ...z])
      return z.every(Boolean) && r._tag === 'Right' && r.right.every(Boolean)
    }
    const [lc, lb, l] = pieces(linear, p)
    const carry = fixedPoint(l, c => { const r = checkLinear(p.body, [...lb, ...c]); return r._tag === 'Right' ? r.right : c })
    const r = checkLinear(p.body, [...lb, ...carry])
    const c = checkLinear(p.cond, [...lc, ...carry])
    return r._tag === 'Right' && (c._tag === 'Right' ? !c.right[0] : false)
  },
  // one turn: how many there are is not known
  cost: (_i, _o, p) => cost(p.cond) + cost(p.body),
  unfold,
  programs: p => [p.cond, p.body], withPrograms: (p, [cond, body]) => ({ ...p, cond: cond!, body: body! }),
})

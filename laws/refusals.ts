/** Laws of checking and naming: what is not linear or not well typed is refused, what is passes, and different programs have different names. */
import { aval } from '../src/core/aval.js'
import { check, checkLinear } from '../src/core/check.js'
import { encode } from '../src/core/encode.js'
import type { Equation, Program } from '../src/core/primitive.js'
import { dce, evalProgram } from '../src/core/program.js'
import { newVar } from '../src/core/vars.js'
import type { Value } from '../src/core/value.js'
import { cond } from '../src/higher/choice.js'
import { customDerivative } from '../src/higher/custom.js'
import { jit } from '../src/higher/jit.js'
import { scan, whileLoop } from '../src/higher/loops.js'
import { stage } from '../src/interpreters/stage.js'
import { cse } from '../src/optimise/cse.js'
import { optimise } from '../src/optimise/pipeline.js'
import { add, convert, div, mul, neg, pow, select, sub } from '../src/primitives/arithmetic.js'
import { broadcast, full, scalar, sum } from '../src/primitives/base.js'
import { cumprod } from '../src/primitives/cumulative.js'
import { exp, sin } from '../src/primitives/elementary.js'
import { scatter } from '../src/primitives/gather.js'
import { floor, gt, lt } from '../src/primitives/logic.js'
import { linearRecurrence } from '../src/primitives/recurrence.js'
import { sort } from '../src/primitives/sort.js'
import { concatenate, reverse, slice } from '../src/primitives/structural.js'
import { jvp, linearTranspose, vjp } from '../src/transforms/derivatives.js'
import { and, claim, fact, type Law, type Verdict } from './law.js'
import { array, dataOf, f64, inner, near } from './numbers.js'

type Of2 = (x: Value, c: Value) => Value
const vec = aval('f64', [3])
const five = (x: Value): Value => full(5, x.aval)
const all = (checks: readonly (() => Verdict)[]): Verdict => checks.reduce<Verdict>((v, f) => (v === true ? f() : v), true)
/** A program in x, which is marked linear, and c, which is not; both of type f64[3]. */
const programOf = (f: Of2): { readonly program: Program; readonly marks: readonly boolean[] } => {
  const { program, captured } = stage((x, c) => [f(x!, c!)], [vec, vec])
  return { program, marks: program.ins.map((_, i) => i === captured.length) }
}
const isLinear = (f: Of2): boolean => {
  const { program, marks } = programOf(f)
  const r = checkLinear(program, marks)
  return r._tag === 'Right' && r.right.every(Boolean)
}
const at: Value = array('i32', [3, 1], [2, 0, 1])
const rows = { offsetDims: [], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], mode: 'clip', uniqueIndices: true } as const
const loop = (step: (x: Value) => Value) => (x: Value): Value => scan((k: Value) => [step(k), null] as const, x, null, { length: 2 })[0] as Value
const turns = (step: (x: Value) => Value) => (x: Value): Value =>
  (whileLoop((([i]: readonly [Value, Value]) => lt(i, scalar(2, 'i32'))) as never, (([i, k]: readonly [Value, Value]) => [add(i, scalar(1, 'i32')), step(k)]) as never, [scalar(0, 'i32'), x] as const) as unknown as readonly [Value, Value])[1]

const linearMaps: Readonly<Record<string, Of2>> = {
  'x + x': x => add(x, x), 'c·x': (x, c) => mul(c, x), 'x·c': (x, c) => mul(x, c), 'x/c': (x, c) => div(x, c), '-x': x => neg(x), 'x + 0': x => add(x, full(0, x.aval)),
  'x + 0·c': (x, c) => add(x, mul(full(0, c.aval), c)), 'where c > 0, x, 0': (x, c) => select(gt(c, full(0, c.aval)), x, full(0, x.aval)),
  'sum and spread': x => broadcast(sum(x, [0]), [3], []), 'x joined with zeros': x => slice(concatenate([x, full(0, x.aval)], 0), [1], [4]),
  'a recurrence of terms': (x, c) => linearRecurrence(c, x, 0), 'a call of c·x': (x, c) => jit((u: Value) => mul(c, u))(x) as Value,
  'a choice of x and 2·x': (x, c) => cond(gt(sum(c, [0]), scalar(0, 'f64')), (u: Value) => u, (u: Value) => add(u, u), x) as Value,
  // a known zero is linear where it is added and a parameter where it multiplies
  'a choice with zeros on both sides': (x, c) => cond(gt(sum(c, [0]), scalar(0, 'f64')), (u: Value, r: Value, z: Value) => add(mul(r, u), z), (_u: Value, _r: Value, z: Value) => z, x, full(0, x.aval), full(0, x.aval)) as Value,
  'a call with zeros on both sides': x => { const [p, q] = jit((u: Value, r: Value, z: Value) => [mul(r, u), z] as const)(x, full(0, x.aval), full(0, x.aval)); return add(p as Value, q as Value) },
  'a scan from 0': x => scan((k: Value, u: Value) => [add(k, u), null] as const, scalar(0, 'f64'), x)[0] as Value, 'a scan from x': (x, c) => scan((k: Value, u: Value) => [mul(k, broadcast(u, [3], [])), k] as const, x, c)[0] as Value,
  'a scan of c·x': (x, c) => loop(k => mul(c, k))(x), 'scattered factors': (x, c) => scatter(x, at, c, { ...rows, kind: 'mul' }), 'scattered sums': x => scatter(x, at, x, { ...rows, kind: 'add' }),
}
const others: Readonly<Record<string, Of2>> = {
  'x + c': (x, c) => add(x, c), 'x - 5': x => sub(x, five(x)), 'x·x': x => mul(x, x), 'x·(x + x)': x => mul(x, add(x, x)), 'c/x': (x, c) => div(c, x), 'x/x': x => div(x, x), 'x^c': (x, c) => pow(x, c),
  'exp x': x => exp(x), 'floor x': x => floor(x), 'a constant': (_x, c) => sin(c), 'a call of x·x': x => jit((u: Value) => mul(u, u))(x) as Value,
  'through integers': x => convert(convert(x, 'i32'), 'f64'), 'where x > 0, x, 0': x => select(gt(x, full(0, x.aval)), x, full(0, x.aval)),
  'a recurrence of factors': (x, c) => linearRecurrence(x, c, 0), 'a recurrence of both': x => linearRecurrence(x, x, 0), 'sorting': x => sort([x], { axis: 0 })[0]!, 'a cumulative product': x => cumprod(x, { axis: 0, reverse: false }),
  'a choice of x and x + 5': (x, c) => cond(gt(sum(c, [0]), scalar(0, 'f64')), (u: Value) => u, (u: Value) => add(u, five(u)), x) as Value,
  'a choice of x and x·x': (x, c) => cond(gt(sum(c, [0]), scalar(0, 'f64')), (u: Value) => u, (u: Value) => mul(u, u), x) as Value,
  'a choice by x': x => cond(gt(sum(x, [0]), scalar(0, 'f64')), (u: Value) => u, (u: Value) => neg(u), x) as Value,
  'a scan from 5': x => scan((k: Value, u: Value) => [add(k, u), null] as const, scalar(5, 'f64'), x)[0] as Value, 'a scan from c': (x, c) => scan((k: Value) => [add(k, x), null] as const, c, null, { length: 2 })[0] as Value,
  'a scan of x·x': x => loop(k => mul(k, k))(x), 'a scan of x + 5': x => loop(k => add(k, five(k)))(x), 'a loop of x·x': x => turns(k => mul(k, k))(x), 'a loop from c': (x, c) => turns(k => add(k, x))(c),
  'scattered factors of x': (x, c) => scatter(c, at, x, { ...rows, kind: 'mul' }), 'scattered factors of both': x => scatter(x, at, x, { ...rows, kind: 'mul' }), 'scattered maxima': x => scatter(x, at, x, { ...rows, kind: 'max' }),
}

/** Σ k_i·x_i with k_i = 2^i carried: linear in x, though no carry starts linear. */
const carriedFactor: Of2 = x => (scan(([k, total]: readonly [Value, Value], u: Value) => [[add(k, k), add(total, mul(k, u))] as const, null] as const, [scalar(1, 'f64'), scalar(0, 'f64')] as const, x)[0] as unknown as readonly [Value, Value])[1]

// ---- well typed ------------------------------------------------------------------------------------------------------

const good = (): Program => stage((x, y) => { const p = mul(x!, y!), [s, t] = sort([p, x!], { axis: 0 }); return [add(s!, t!), sum(p, [0])] }, [vec, vec]).program
const holding = (): Program => stage(x => [jit((u: Value) => mul(u, sin(u)))(x!) as Value], [vec]).program
const edit = (p: Program, i: number, change: (e: Equation) => Equation): Program => ({ ...p, eqns: p.eqns.map((e, j) => (j === i ? change(e) : e)) })
const broken: Readonly<Record<string, () => Program>> = {
  'an operand that nothing binds': () => edit(good(), 1, e => ({ ...e, ins: [newVar(vec), ...e.ins.slice(1)] })),
  'an operand of another type': () => edit(good(), 1, e => ({ ...e, ins: e.ins.map((a, k) => (k === 0 && a.kind === 'var' ? { ...a, aval: aval('f32', [3]) } : a)) })),
  'an equation before its operands': () => { const p = good(); return { ...p, eqns: p.eqns.slice().reverse() } },
  'an output that nothing binds': () => ({ ...good(), outs: [newVar(vec)] }),
  'a result of another shape': () => edit(good(), 0, e => ({ ...e, outs: e.outs.map(o => ({ ...o, aval: aval('f64', [2]) })) })),
  'a result of another dtype': () => { const p = good(), last = p.eqns.length - 1; return { ...edit(p, last, e => ({ ...e, outs: e.outs.map(o => ({ ...o, aval: aval('f32', o.aval.shape) })) })), outs: [] } },
  'too few results': () => edit(good(), 1, e => ({ ...e, outs: e.outs.slice(0, 1) })),
  'an equation twice': () => { const p = good(); return { ...p, eqns: [p.eqns[0]!, ...p.eqns] } },
  'an input twice': () => { const p = good(); return { ...p, ins: [p.ins[0]!, p.ins[0]!, p.ins[1]!] } },
  'parameters that do not fit': () => { const p = good(), i = p.eqns.findIndex(e => e.prim.name === 'sum'); return edit(p, i, e => ({ ...e, params: { axes: [3] } })) },
  'a broken program inside': () => edit(holding(), 0, e => ({ ...e, params: e.prim.withPrograms(e.params, e.prim.programs(e.params).map(q => ({ ...q, eqns: q.eqns.slice(1) }))) })),
}

// ---- names -----------------------------------------------------------------------------------------------------------

/** No two of these mean the same. */
const distinct: readonly (() => Program)[] = [
  () => stage(x => [add(x!, scalar(1, 'f64'))], [aval('f64', [])]).program, () => stage(x => [add(x!, scalar(2, 'f64'))], [aval('f64', [])]).program,
  () => stage(x => [mul(x!, scalar(1, 'f64'))], [aval('f64', [])]).program, () => stage(x => [sub(x!, scalar(1, 'f64'))], [aval('f64', [])]).program, () => stage(x => [sub(scalar(1, 'f64'), x!)], [aval('f64', [])]).program,
  () => stage(x => [add(x!, scalar(1, 'f32'))], [aval('f32', [])]).program, () => stage(x => [div(x!, scalar(0, 'f64'))], [aval('f64', [])]).program, () => stage(x => [div(x!, scalar(-0, 'f64'))], [aval('f64', [])]).program,
  () => stage(x => [x!], [aval('f64', [])]).program, () => stage(x => [x!], [aval('f64', [2])]).program, () => stage(x => [x!], [aval('f32', [2])]).program,
  () => stage((x, _y) => [x!], [vec, vec]).program, () => stage((_x, y) => [y!], [vec, vec]).program, () => stage((x, y) => [x!, y!], [vec, vec]).program,
  () => stage(x => [reverse(x!, [0])], [aval('f64', [2, 2])]).program, () => stage(x => [reverse(x!, [1])], [aval('f64', [2, 2])]).program,
  () => stage((x, y) => [sub(x!, y!)], [vec, vec]).program, () => stage((x, y) => [sub(y!, x!)], [vec, vec]).program,
  () => stage(() => [scalar(1, 'f64')], []).program, () => stage(() => [scalar(1, 'f32')], []).program, () => stage(() => [scalar(1, 'i32')], []).program, () => stage(() => [scalar(1, 'bool')], []).program,
  () => stage(x => [jit((u: Value) => sin(u))(x!) as Value], [vec]).program, () => stage(x => [jit((u: Value) => exp(u))(x!) as Value], [vec]).program,
]

/** Programs in which only one pair of equations is equal in all but one thing. */
const nearlyEqual: readonly ((x: Value, y: Value) => readonly Value[])[] = [
  (x, y) => [sub(x, y), sub(y, x)], (x, y) => [add(x, y), mul(x, y)], x => [div(x, full(0, x.aval)), div(x, full(-0, x.aval))], x => [reverse(x, [0]), reverse(reverse(x, [0]), [0])],
  x => [sum(broadcast(x, [3, 3], [0]), [0]), sum(broadcast(x, [3, 3], [1]), [0])], x => [broadcast(scalar(1, 'f64'), [3], []), convert(broadcast(scalar(1, 'i32'), [3], []), 'f64'), convert(broadcast(scalar(1, 'bool'), [3], []), 'f64'), x],
  x => [slice(x, [0], [2]), slice(x, [1], [3]), slice(x, [0], [1])], (x, y) => [add(x, y), add(x, y), sin(add(x, y)), neg(sin(add(x, y)))],
]
const passKeeps = (name: string, pass: (p: Program) => Program): Law => fact(`${name}TellsApart`, `${name} merges equal equations and no others`, () => all(nearlyEqual.map((f, k) => () => {
  const x = f64([3], [1, -2, 3]), y = f64([3], [0.5, 4, -1])
  const { program, captured } = stage((a, b) => f(a!, b!), [vec, vec])
  const [before, after] = [program, pass(program)].map(p => evalProgram(p, [...captured, x, y]).map(v => Array.from(dataOf(v))))
  return claim(before!.every((v, i) => v.length === after![i]!.length && v.every((n, j) => Object.is(n, after![i]![j]))), `program ${k}: ${JSON.stringify(before)} becomes ${JSON.stringify(after)}`)
})))
const refused = (f: () => unknown): boolean => { try { f(); return false } catch { return true } }

export const refusals: readonly Law[] = [
  fact('linearPasses', 'the linear type checker takes what is linear', () => all(Object.entries(linearMaps).map(([name, f]) => () => claim(isLinear(f), `${name} is refused`)))),
  fact('nonlinearIsRefused', 'the linear type checker refuses what is not linear, and so does linearTranspose', () => all(Object.entries(others).flatMap(([name, f]) => [
    () => claim(!isLinear(f), `${name} passes`),
    () => claim(refused(() => linearTranspose((x: Value) => f(x, f64([3], [1, 2, 4])), f64([3], [1, -1, 2]))(f64([3], [1, 1, 1]))), `${name} is transposed`)]))),
  fact('whatPassesIsTransposed', 'what the linear type checker takes is transposed to its adjoint', () => all(Object.entries({ ...linearMaps, 'a scan with a carried factor': carriedFactor }).map(([name, f]) => () => {
    if (!isLinear(f)) return true
    const c = f64([3], [1, 2, 4]), x = f64([3], [1, -1, 2]), w = f(f64([3], [0, 0, 0]), c), ct = array('f64', w.shape, Array.from(dataOf(w), (_, i) => i + 0.5))
    return claim(near(inner([f(x, c)], [ct]), inner([x], [(linearTranspose((u: Value) => f(u, c), x)(ct) as unknown as readonly Value[])[0]!])), `${name} is transposed to something else`)
  }))),
  fact('zeroMapIsTransposed', 'the zero map is linear, written as a literal or closed over as an array; a constant that is not zero is refused', () => {
    const x = f64([3], [1, -1, 2]), ct = f64([3], [1, 2, 3]), zeros = f64([3], [0, 0, 0]), one = f64([3], [0, 0, 1])
    const back = (f: (x: Value) => Value): Value => (linearTranspose(f, x)(ct) as unknown as readonly Value[])[0]!
    return and(
      ...[(u: Value) => full(0, u.aval), () => zeros, () => add(zeros, zeros)].map(f => () => claim(near(inner([back(f)], [ct]), 0), 'the transpose of 0 is not 0')),
      () => claim(refused(() => back(() => one)), 'a constant passes'))
  }),
  fact('nonlinearPushIsRefused', 'a push or a pull of customDerivative that is not linear is refused', () => all([
    () => claim(refused(() => jvp(customDerivative((x: Value) => ({ value: sin(x), push: (t: Value) => mul(t, t) })) as (x: Value) => Value, [f64([], [1])], [f64([], [1])])), 'a push t·t passes'),
    () => claim(refused(() => jvp(customDerivative((x: Value) => ({ value: sin(x), push: () => sin(x) })) as (x: Value) => Value, [f64([], [1])], [f64([], [1])])), 'a push that is constant passes'),
    () => claim(refused(() => vjp(customDerivative((x: Value) => ({ value: sin(x), pull: (c: Value) => exp(c) })) as (x: Value) => Value, f64([], [1]))[1](f64([], [1]))), 'a pull exp c passes')])),
  fact('wellTypedPasses', 'the checker takes what was staged', () => all([good(), holding()].map(p => () => claim(check(p)._tag === 'Right', 'it is refused')))),
  fact('illTypedIsRefused', 'the checker refuses a program changed in one place', () => all(Object.entries(broken).map(([name, p]) => () => claim(check(p())._tag === 'Left', `${name} passes`)))),
  fact('namesTellApart', 'different programs are encoded differently, and the same ones alike', () => {
    const names = distinct.map(p => encode(p()))
    return all(names.flatMap((n, i) => [
      () => claim(encode(distinct[i]!()) === n, `program ${i} has two names`),
      () => claim(names.indexOf(n) === i, `programs ${names.indexOf(n)} and ${i} have one name: ${n}`)]))
  }),
  passKeeps('cse', cse), passKeeps('dce', dce), passKeeps('optimise', optimise),
  fact('equalIsMerged', 'equal equations are computed once, dead ones never', () => {
    const { program } = stage((x, y) => { exp(x!); return [mul(add(x!, y!), add(x!, y!))] }, [vec, vec])
    const n = optimise({ ...program }).eqns.length
    return claim(n === 2, `${n} equations are left`)
  }),
]

/** Laws of passes and of encodings: a pass keeps the meaning, a second run changes nothing, and an encoding tells programs apart exactly. */
import { isRight } from 'fp-ts/lib/Either.js'
import { check } from '../src/core/check.js'
import { encode } from '../src/core/encode.js'
import type { Atom, Equation, Program, Var } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import { countEquations } from '../src/core/program.js'
import { newVar } from '../src/core/vars.js'
import type { Value } from '../src/core/value.js'
import { checkpoint } from '../src/higher/jit.js'
import { cost } from '../src/interpreters/count.js'
import { stage } from '../src/interpreters/stage.js'
import { inline } from '../src/optimise/inline.js'
import { forCompiling, optimise, passes as each, prepare } from '../src/optimise/pipeline.js'
import { sin } from '../src/primitives/elementary.js'
import { valueAndGrad } from '../src/transforms/derivatives.js'
import { caseOf, type Point, points, showPoint, vjpOf } from './cases.js'
import type { Flat } from './genome.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { scalar64 } from './numbers.js'
import { equalAt, evaluated } from './tolerance.js'

interface Closed { readonly program: Program; readonly inputs: readonly Value[] }
const closedOf = (f: Flat, xs: readonly Value[]): Closed => {
  const { program, captured } = stage(f, xs.map(x => x.aval))
  return { program, inputs: [...captured, ...xs] }
}
/** A program and the program of its gradient, which holds more to share and to drop. */
const both = (p: Point): readonly Closed[] => {
  const { f, xs, w } = caseOf(p)
  const c = w(f(...xs))
  return [closedOf(f, xs), closedOf((...a) => { const [ys, pull] = vjpOf(f, a); return [...ys, ...pull(c)] }, xs)]
}
/** Every number written in a program, the programs inside it included, one after the other changed. */
const freshened = (p: Program): Program => {
  const names = new Map<number, Var>()
  const name = (v: Var): Var => { let n = names.get(v.id); if (!n) names.set(v.id, n = newVar(v.aval)); return n }
  const atom = (a: Atom): Atom => (a.kind === 'var' ? name(a) : { ...a })
  const equation = (e: Equation): Equation => ({
    ...e, ins: e.ins.map(atom), outs: e.outs.map(name), params: e.prim.withPrograms(e.params, e.prim.programs(e.params).map(freshened)),
  })
  return { ins: p.ins.map(name), eqns: p.eqns.map(equation), outs: p.outs.map(atom) }
}
/** Programs that differ from p in one place. */
const neighbours = (p: Program): readonly Program[] => {
  const at = (i: number, e: Equation): Program => ({ ...p, eqns: p.eqns.map((old, j) => (j === i ? e : old)) })
  const withLiterals = p.eqns.flatMap((e, i) => e.ins.flatMap((a, k) => {
    if (a.kind !== 'lit' || a.aval.dtype !== 'f64') return []
    const x = a.value.data[0]!
    return [x + 1, x === 0 ? -0 : x * (1 + 2 ** -52), NaN].filter(y => !Object.is(x, y)).map(y => at(i, { ...e, ins: e.ins.map((b, j) => (j === k ? { kind: 'lit' as const, value: scalar64(y), aval: a.aval } : b)) }))
  }))
  const swapped = p.eqns.flatMap((e, i) => {
    const [x, y] = e.ins
    const differ = e.ins.length === 2 && x !== y && !(x!.kind === 'lit' && y!.kind === 'lit') && !(x!.kind === 'var' && y!.kind === 'var' && x!.id === y!.id)
    return differ ? [at(i, { ...e, ins: [y!, x!] })] : []
  })
  const shorter = p.outs.length > 1 ? [{ ...p, outs: p.outs.slice(1) }] : []
  const inside = p.eqns.flatMap((e, i) => e.prim.programs(e.params).flatMap((q, k, all) =>
    neighbours(q).slice(0, 3).map(r => at(i, { ...e, params: e.prim.withPrograms(e.params, all.map((s, j) => (j === k ? r : s))) }))))
  return [...withLiterals, ...swapped, ...shorter, ...inside]
}

function* everyEquation(p: Program): Iterable<Equation> {
  for (const e of p.eqns) { yield e; for (const q of e.prim.programs(e.params)) yield* everyEquation(q) }
}

/** Loops that come apart are fewer operations in more equations: such passes promise the cost alone. */
const ofPass = (name: string, pass: (p: Program) => Program, shrinks = true): readonly Law[] => [
  law(`${name}KeepsMeaning`, `${name} p ≈ p, well typed, for programs and for their gradients`, points, point => and(...both(point).map(({ program, inputs }) => (): Verdict => {
    const q = pass(program)
    return and(
      () => claim(isRight(check(q)), `not well typed:\n${showProgram(q)}`),
      () => equalAt(evaluated(q), evaluated(program), inputs, 1e-12))
  })), { show: showPoint }),
  law(`${name}IsIdempotent`, `${name}(${name} p) = ${name} p, and ${shrinks ? 'neither cost nor equations become more' : 'the cost does not rise'}`, points, point => and(...both(point).map(({ program }) => (): Verdict => {
    const q = pass(program)
    return and(
      () => claim(encode(pass(freshened(q))) === encode(q), `a second run changes it:\n${showProgram(q)}\n${showProgram(pass(freshened(q)))}`),
      () => claim(cost(q) <= cost(program), `the cost rises from ${cost(program)} to ${cost(q)}`),
      () => claim(!shrinks || countEquations(q) <= countEquations(program), 'there are more equations'))
  })), { show: showPoint }),
]

export const passes: readonly Law[] = [
  ...Object.entries(each).flatMap(([name, pass]) => ofPass(name, pass)),
  ...ofPass('optimise', optimise),
  ...Object.entries(forCompiling).filter(([name]) => !Object.hasOwn(each, name)).flatMap(([name, pass]) => ofPass(name, pass, false)),
  ...ofPass('prepare', prepare, false),
  law('inlineLeavesNothing', 'after inline no row, inside others too, is a program that it could be', points, point => and(...both(point).map(({ program }) => (): Verdict => {
    const left = [...everyEquation(inline(program))].find(e => e.prim.unfold(e.params) !== null)
    return claim(left === undefined, `${left?.prim.name} is left`)
  })), { show: showPoint }),
  fact('checkpointsStay', 'what is compiled computes again what a checkpoint says', () => {
    const f = (x: Value): Value => sin(sin(x)), x = scalar64(0.4)
    const compiled = (g: (x: Value) => Value): number => cost(prepare(closedOf(y => valueAndGrad(g)(y!) as unknown as Value[], [x]).program))
    const [kept, again] = [compiled(f), compiled(checkpoint(f) as (x: Value) => Value)]
    return claim(again > kept, `with a checkpoint it costs ${again}, without ${kept}`)
  }),
  law('encodingIsCanonical', 'encode p = encode(p under other names)', points, p => and(...both(p).map(({ program }) => () =>
    claim(encode(freshened(program)) === encode(program), `renamed it is encoded differently:\n${showProgram(program)}`))), { show: showPoint }),
  law('encodingIsExact', 'programs that differ in one literal (one bit of it, its sign at zero), one order of operands or one output are encoded differently', points, p => {
    const { program } = both(p)[0]!
    const known = new Map<string, Program>([[encode(program), program]])
    return and(...neighbours(program).map(q => (): Verdict => {
      const text = encode(q)
      return claim(!known.has(text), `encoded alike:\n${showProgram(program)}\n${showProgram(q)}`)
    }))
  }, { show: showPoint }),
]

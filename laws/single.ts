/** Programs in single and half precision: the same equations between f32 or f16 arrays, held to the f64 reference within what rounding explains. */
import type { Aval } from '../src/core/aval.js'
import { mentions } from '../src/core/mentions.js'
import { dataOf, type FloatDType, isFloat } from '../src/core/dtype.js'
import type { Atom, Equation, Program, Var } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import { newVar } from '../src/core/vars.js'
import { NDArray, type Value } from '../src/core/value.js'
import type { Backend } from '../src/runtime/backend.js'
import { reference } from '../backends/reference/index.js'
import type { Verdict } from './law.js'
import { partings, sameTypes, sayParting } from './numbers.js'
import { evaluated, precisionOf, roundingBound, strays } from './tolerance.js'

/** A program with the arrays it is given. */
export interface Closed { readonly program: Program; readonly inputs: readonly NDArray[] }

type Narrow = 'f32' | 'f16'
const roundedTo = (to: Narrow) => (x: NDArray): NDArray => (x.aval.dtype !== 'f64' ? x : new NDArray(x.aval, Float64Array.from(dataOf(to, x.data))))
const narrowAval = (a: Aval, to: Narrow): Aval => (a.dtype === 'f64' ? { dtype: to, shape: a.shape } : a)
const narrowArray = (x: NDArray, to: Narrow): NDArray => (x.aval.dtype !== 'f64' ? x : new NDArray(narrowAval(x.aval, to), dataOf(to, x.data)))
const narrowParams = (params: unknown, to: Narrow): unknown => {
  if (params === null || typeof params !== 'object') return params
  const p = params as Record<string, unknown>
  return {
    ...p, ...(p['dtype'] === 'f64' ? { dtype: to } : {}),
    ...(Array.isArray(p['outs']) && p['outs'].every(o => typeof o === 'object' && o !== null && 'dtype' in o) ? { outs: (p['outs'] as Aval[]).map(a => narrowAval(a, to)) } : {}),
  }
}
const literals = (p: Program, f: (x: NDArray) => NDArray): Program => {
  const atom = (a: Atom): Atom => (a.kind === 'lit' ? { ...a, value: f(a.value), aval: f(a.value).aval } : a)
  return {
    ...p, outs: p.outs.map(atom),
    eqns: p.eqns.map(e => ({ ...e, ins: e.ins.map(atom), params: e.prim.withPrograms(e.params, e.prim.programs(e.params).map(q => literals(q, f))) })),
  }
}
/** The same equations between narrower arrays. */
const narrowed = (p: Program, to: Narrow): Program => {
  const names = new Map<number, Var>()
  const name = (v: Var): Var => { let n = names.get(v.id); if (!n) names.set(v.id, n = newVar(narrowAval(v.aval, to))); return n }
  const atom = (a: Atom): Atom => (a.kind === 'var' ? name(a) : { kind: 'lit', value: narrowArray(a.value, to), aval: narrowAval(a.aval, to) })
  const equation = (e: Equation): Equation => ({
    ...e, ins: e.ins.map(atom), outs: e.outs.map(name),
    params: e.prim.withPrograms(narrowParams(e.params, to), e.prim.programs(e.params).map(q => narrowed(q, to))),
  })
  return { ins: p.ins.map(name), eqns: p.eqns.map(equation), outs: p.outs.map(atom) }
}

/** Its numbers rounded to those of a narrower dtype. */
const roundedOf = ({ program, inputs }: Closed, to: Narrow): Closed => ({ program: literals(program, roundedTo(to)), inputs: inputs.map(roundedTo(to)) })
/** The same between narrower arrays. */
export const narrowOf = ({ program, inputs }: Closed, to: Narrow): Closed => ({ program: narrowed(program, to), inputs: inputs.map(x => narrowArray(x, to)) })

// ---- agreement -------------------------------------------------------------------------------------------------------

/** Two sides that round, sums in another order, and elementary functions of a few units. */
const slack = 64
const agreement = (program: Program, inputs: readonly NDArray[], got: readonly Value[], want: readonly Value[], tolerance: number, to: FloatDType): Verdict => {
  // what is not rounded is the same
  const exact = (out: number): boolean => !isFloat(want[out]!.dtype)
  const apart = [...partings(got, want, tolerance).filter(p => !exact(p.out)), ...partings(got, want, 0).filter(p => exact(p.out))]
  for (const p of apart) {
    const bound = exact(p.out) || !Number.isFinite(p.left) || !Number.isFinite(p.right) ? 0 : slack * roundingBound(evaluated(program), inputs, p.out, p.at, precisionOf(to))
    if (!(Math.abs(p.left - p.right) <= bound) && !(to === 'f16' && strays(evaluated(program), inputs, p, to))) return `${sayParting(p)} (rounding explains ${bound.toExponential(2)})\n${showProgram(program)}`
  }
  return true
}
/** The numbers of a backend in f64 are those of the reference. */
export const inDouble = (backend: Backend) => ({ program, inputs }: Closed) => (): Verdict => {
  const got = backend.run(program, inputs), want = reference.run(program, inputs)
  const types = sameTypes(got, want)
  return types !== true ? types : agreement(program, inputs, got, want, 1e-10, 'f64')
}
/** The numbers of a backend in a narrower dtype are those of the reference in f64, once what goes in is rounded. */
export const inNarrow = (backend: Backend, to: Narrow) => (c: Closed): (() => Verdict) => () => {
  const close = roundedOf(c, to), { program, inputs } = narrowOf(close, to), least = mentions(program, 'f16') ? 'f16' : to
  return agreement(close.program, close.inputs, backend.run(program, inputs), reference.run(close.program, close.inputs), least === 'f32' ? 1e-4 : 2 ** -9, least)
}

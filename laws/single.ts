/** Programs in single precision: the same equations between f32 arrays, held to the f64 reference within what rounding explains. */
import { type Aval, sizeOf } from '../src/core/aval.js'
import { allocate, isFloat } from '../src/core/dtype.js'
import type { Atom, Equation, Program, Var } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import { newVar } from '../src/core/vars.js'
import { NDArray, type Value } from '../src/core/value.js'
import type { Backend } from '../src/runtime/backend.js'
import { reference } from '../backends/reference/index.js'
import type { Verdict } from './law.js'
import { partings, sameTypes, sayParting } from './numbers.js'
import { evaluated, roundingBound } from './tolerance.js'

/** A program with the arrays it is given. */
export interface Closed { readonly program: Program; readonly inputs: readonly NDArray[] }

const rounded = (x: NDArray): NDArray => (x.aval.dtype !== 'f64' ? x : new NDArray(x.aval, Float64Array.from(x.data, Math.fround)))
const narrowAval = (a: Aval): Aval => (a.dtype === 'f64' ? { dtype: 'f32', shape: a.shape } : a)
const narrowArray = (x: NDArray): NDArray => {
  if (x.aval.dtype !== 'f64') return x
  const data = allocate('f32', sizeOf(x.aval.shape))
  data.set(x.data)
  return new NDArray(narrowAval(x.aval), data)
}
const narrowParams = (params: unknown): unknown => {
  if (params === null || typeof params !== 'object') return params
  const p = params as Record<string, unknown>
  return {
    ...p, ...(p['dtype'] === 'f64' ? { dtype: 'f32' } : {}),
    ...(Array.isArray(p['outs']) && p['outs'].every(o => typeof o === 'object' && o !== null && 'dtype' in o) ? { outs: (p['outs'] as Aval[]).map(narrowAval) } : {}),
  }
}
const literals = (p: Program, f: (x: NDArray) => NDArray): Program => {
  const atom = (a: Atom): Atom => (a.kind === 'lit' ? { ...a, value: f(a.value), aval: f(a.value).aval } : a)
  return {
    ...p, outs: p.outs.map(atom),
    eqns: p.eqns.map(e => ({ ...e, ins: e.ins.map(atom), params: e.prim.withPrograms(e.params, e.prim.programs(e.params).map(q => literals(q, f))) })),
  }
}
/** The same equations between f32 arrays. */
const narrowed = (p: Program): Program => {
  const names = new Map<number, Var>()
  const name = (v: Var): Var => { let n = names.get(v.id); if (!n) names.set(v.id, n = newVar(narrowAval(v.aval))); return n }
  const atom = (a: Atom): Atom => (a.kind === 'var' ? name(a) : { kind: 'lit', value: narrowArray(a.value), aval: narrowAval(a.aval) })
  const equation = (e: Equation): Equation => ({
    ...e, ins: e.ins.map(atom), outs: e.outs.map(name),
    params: e.prim.withPrograms(narrowParams(e.params), e.prim.programs(e.params).map(narrowed)),
  })
  return { ins: p.ins.map(name), eqns: p.eqns.map(equation), outs: p.outs.map(atom) }
}

/** Its numbers rounded to those of f32. */
const roundedOf = ({ program, inputs }: Closed): Closed => ({ program: literals(program, rounded), inputs: inputs.map(rounded) })
/** The same between f32 arrays. */
export const singleOf = ({ program, inputs }: Closed): Closed => ({ program: narrowed(program), inputs: inputs.map(narrowArray) })

// ---- agreement -------------------------------------------------------------------------------------------------------

/** Two sides that round, sums in another order, and elementary functions of a few units. */
const slack = 64
/** f32 rounds 2^29 times as coarsely as f64. */
const coarser = 2 ** 29
const agreement = (program: Program, inputs: readonly NDArray[], got: readonly Value[], want: readonly Value[], tolerance: number, unit: number): Verdict => {
  // what is not rounded is the same
  const exact = (out: number): boolean => !isFloat(want[out]!.dtype)
  const apart = [...partings(got, want, tolerance).filter(p => !exact(p.out)), ...partings(got, want, 0).filter(p => exact(p.out))]
  for (const p of apart) {
    const bound = exact(p.out) || !Number.isFinite(p.left) || !Number.isFinite(p.right) ? 0 : slack * unit * roundingBound(evaluated(program), inputs, p.out, p.at)
    if (!(Math.abs(p.left - p.right) <= bound)) return `${sayParting(p)} (rounding explains ${bound.toExponential(2)})\n${showProgram(program)}`
  }
  return true
}
/** The numbers of a backend in f64 are those of the reference. */
export const inDouble = (backend: Backend) => ({ program, inputs }: Closed) => (): Verdict => {
  const got = backend.run(program, inputs), want = reference.run(program, inputs)
  const types = sameTypes(got, want)
  return types !== true ? types : agreement(program, inputs, got, want, 1e-10, 1)
}
/** The numbers of a backend in f32 are those of the reference in f64, once what goes in is rounded. */
export const inSingle = (backend: Backend) => (c: Closed): (() => Verdict) => () => {
  const close = roundedOf(c), { program, inputs } = singleOf(close)
  return agreement(close.program, close.inputs, backend.run(program, inputs), reference.run(close.program, close.inputs), 1e-4, coarser)
}

/** Laws of backends: whatever runs a program, its numbers are those of the reference within what rounding explains; what is not rounded is the same. */
import { type Aval, sizeOf } from '../src/core/aval.js'
import { allocate, isFloat } from '../src/core/dtype.js'
import type { Atom, Equation, Program, Var } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import { newVar } from '../src/core/vars.js'
import { NDArray, type Value } from '../src/core/value.js'
import { stage } from '../src/interpreters/stage.js'
import { optimise } from '../src/optimise/pipeline.js'
import type { Backend } from '../src/runtime/backend.js'
import { reference } from '../backends/reference/index.js'
import type { WasmOptions } from '../backends/wasm/index.js'
import { wasm as compiled } from './compiled.js'
import { caseOf, type Point, points, pushed, showPoint, vjpOf } from './cases.js'
import { type Flat, honest, plain } from './genome.js'
import { and, claim, type Law, law, type Verdict } from './law.js'
import { dataOf, partings, sameTypes, sayParting } from './numbers.js'
import { evaluated, roundingBound } from './tolerance.js'

interface Closed { readonly program: Program; readonly inputs: readonly NDArray[] }
const closedOf = (f: Flat, xs: readonly Value[]): Closed => {
  const { program, captured } = stage(f, xs.map(x => x.aval))
  return { program: optimise(program), inputs: [...captured, ...xs] as unknown as readonly NDArray[] }
}
/** A program, its push and its pull: the second and third hold what only derivatives are made of. */
const three = (p: Point, mode = plain): readonly Closed[] => {
  const { f, xs, v, w } = caseOf(p, mode)
  const c = w(f(...xs))
  return [closedOf(f, xs), closedOf((...a) => pushed(f, a, v), xs), closedOf((...a) => { const [ys, pull] = vjpOf(f, a); return [...ys, ...pull(c)] }, xs)]
}

// ---- in single precision ---------------------------------------------------------------------------------------------

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

// ---- agreement -------------------------------------------------------------------------------------------------------

/** Two sides that round, sums in another order, and elementary functions of a few units. */
const slack = 64
/** f32 rounds 2^29 times as coarsely as f64. */
const coarser = 2 ** 29
const agreement = (program: Program, inputs: readonly NDArray[], got: readonly Value[], want: readonly Value[], tolerance: number, unit: number): Verdict => {
  const apart = partings(got, want, tolerance)
  for (const p of apart) {
    const exact = !isFloat(want[p.out]!.dtype)
    const bound = exact || !Number.isFinite(p.left) || !Number.isFinite(p.right) ? 0 : slack * unit * roundingBound(evaluated(program), inputs, p.out, p.at)
    if (!(Math.abs(p.left - p.right) <= bound)) return `${sayParting(p)} (rounding explains ${bound.toExponential(2)})\n${showProgram(program)}`
  }
  return true
}
const inDouble = (backend: Backend) => ({ program, inputs }: Closed) => (): Verdict => {
  const got = backend.run(program, inputs), want = reference.run(program, inputs)
  const types = sameTypes(got, want)
  return types !== true ? types : agreement(program, inputs, got, want, 1e-10, 1)
}
const inSingle = (backend: Backend) => ({ program, inputs }: Closed): (() => Verdict) => () => {
  const close = literals(program, rounded), start = inputs.map(rounded)
  const got = backend.run(narrowed(close), start.map(narrowArray)), want = reference.run(close, start)
  return agreement(close, start, got, want, 1e-4, coarser)
}

/** The laws that a backend keeps, made fresh for each law. */
export const backendLaws = (name: string, make: () => Backend): readonly Law[] => {
  let known: Backend | null = null
  const backend = (): Backend => (known ??= make())
  return [
    law(`${name}Agrees`, `${name} agrees with the reference on programs, their pushes and their pulls, in f64`, points, p => and(...three(p).map(c => () => inDouble(backend())(c)())), { show: showPoint, share: 0.25 }),
    law(`${name}AgreesInSingle`, `${name} agrees with the f64 reference on the same programs in f32, within what rounding to f32 explains`, points, p => and(...three(p, honest).map(c => () => inSingle(backend())(c)())), { show: showPoint, share: 0.25 }),
    law(`${name}Repeats`, `${name} gives the same bits twice`, points, p => and(...three(p).map(({ program, inputs }) => (): Verdict => {
      const once = backend().run(program, inputs), twice = backend().run(program, inputs)
      return claim(once.every((x, i) => Array.from(dataOf(x)).every((a, k) => Object.is(a, dataOf(twice[i]!)[k]))), 'the second run differs')
    })), { show: showPoint, share: 0.25 }),
  ]
}

const wasm = (options: WasmOptions) => (): Backend => compiled(options)

export const backends: readonly Law[] = [
  ...backendLaws('wasm', wasm({ level: 'baseline', threads: 1 })),
  ...backendLaws('wasmThreads', wasm({ level: 'relaxed', threads: 2, threshold: 64 })),
  ...backendLaws('wasmWide', wasm({ level: 'wide', threads: 2 })).slice(0, 2),
]

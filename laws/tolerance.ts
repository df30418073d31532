/** How far rounding alone can move a result, derived from the program by the library's own reverse mode: Σ |adjoint|·(u·|value| + least) over its equations. */
import { sizeOf } from '../src/core/aval.js'
import { type FloatDType, isFloat, limits } from '../src/core/dtype.js'
import { bind } from '../src/core/interp.js'
import type { Atom, Program } from '../src/core/primitive.js'
import { evalProgram } from '../src/core/program.js'
import type { Value } from '../src/core/value.js'
import { stage } from '../src/interpreters/stage.js'
import { add } from '../src/primitives/arithmetic.js'
import { reshape, slice } from '../src/primitives/structural.js'
import { vjp } from '../src/transforms/derivatives.js'
import type { Flat } from './genome.js'
import { type Verdict } from './law.js'
import { array, dataOf, type Parting, partings, sameTypes, sayParting, zerosOf } from './numbers.js'

/** What rounding to a dtype adds to x: at most unit·|x| + least. */
export interface Precision { readonly unit: number; readonly least: number }
export const precisionOf = (d: FloatDType): Precision => ({ unit: limits[d].eps / 2, least: limits[d].smallestSubnormal / 2 })
const double = precisionOf('f64')
/** Two roundings, of operations whose own error is a few units, and loops whose inside is counted by its cost alone. */
const slack = 64

interface Rounding { readonly where: readonly { readonly value: Value; readonly terms: number }[]; readonly outs: Flat }
/** The program with a perturbation added to every result that is rounded; moving data rounds nothing, a fold of n numbers n times. */
const perturbed = (p: Program, args: readonly Value[]): Rounding => {
  const where: { value: Value; terms: number }[] = []
  const places = new Map<number, number>()
  const env = new Map<number, Value>(p.ins.map((v, i) => [v.id, args[i]!]))
  const read = (e: Map<number, Value>) => (a: Atom): Value => (a.kind === 'lit' ? a.value : e.get(a.id)!)
  for (const e of p.eqns) {
    const outs = bind(e.prim, e.ins.map(read(env)), e.params)
    const cost = e.prim.cost(e.ins.map(a => a.aval), e.outs.map(o => o.aval), e.params)
    const size = e.outs.reduce((n, o) => n + sizeOf(o.aval.shape), 0)
    outs.forEach((o, i) => {
      const v = e.outs[i]!
      env.set(v.id, o)
      if (cost > 0 && isFloat(o.dtype)) { places.set(v.id, where.length); where.push({ value: o, terms: Math.max(1, cost / Math.max(1, size)) }) }
    })
  }
  const outs: Flat = (...deltas) => {
    const moved = new Map<number, Value>(p.ins.map((v, i) => [v.id, args[i]!]))
    for (const e of p.eqns) {
      bind(e.prim, e.ins.map(read(moved)), e.params).forEach((o, i) => {
        const place = places.get(e.outs[i]!.id)
        moved.set(e.outs[i]!.id, place === undefined ? o : add(o, deltas[place]!))
      })
    }
    return p.outs.map(read(moved))
  }
  return { where, outs }
}

/** A first-order bound for the rounding error of one element of one output of f. */
export const roundingBound = (f: Flat, inputs: readonly Value[], out: number, at: number, { unit, least }: Precision = double): number => {
  const { program, captured } = stage(f, inputs.map(x => x.aval))
  const r = perturbed(program, [...captured, ...inputs])
  const pick: Flat = (...deltas) => { const y = r.outs(...deltas)[out]!; return [slice(reshape(y, [y.size]), [at], [at + 1])] }
  const [, pull] = vjp(pick as (...xs: Value[]) => Value[], ...r.where.map(w => zerosOf(w.value.aval)))
  const adjoints = pull([1].map(x => reshapeOne(x))) as readonly Value[]
  return r.where.reduce((sum, { value, terms }, i) => {
    const a = dataOf(adjoints[i]!), x = dataOf(value)
    let s = sum
    for (let k = 0; k < x.length; k++) s += terms * Math.abs(a[k]!) * (unit * Math.abs(x[k]!) + least)
    return s
  }, 0)
}
const reshapeOne = (x: number): Value => { const one = zerosOf({ dtype: 'f64', shape: [1] }); one.data[0] = x; return one }

/** Numbers from -1 to 1 that are always the same. */
const throws = (): (() => number) => {
  let state = 0x9e3779b9
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state / 2 ** 31
  }
}
const tries = 24
/**
 * Does rounding to a dtype leave the program? Some number of it is beyond the greatest, or the numbers of its equations, moved by as much as they
 * may be rounded, move this element more than half as far: a choice between them falls on the other side.
 */
export const strays = (f: Flat, inputs: readonly Value[], { out, at, left, right }: Parting, d: FloatDType): boolean => {
  const { program, captured } = stage(f, inputs.map(x => x.aval)), { unit, least } = precisionOf(d)
  const { where, outs } = perturbed(program, [...captured, ...inputs])
  if (where.some(({ value }) => Array.from(dataOf(value)).some(x => Math.abs(x) > limits[d].greatest))) return true
  const next = throws(), apart = Math.abs(left - right)
  return Array.from({ length: tries }).some(() => {
    const deltas = where.map(({ value, terms }) => array('f64', value.shape, Array.from(dataOf(value), x => slack * terms * next() * (unit * Math.abs(x) + least))))
    return Math.abs(dataOf(outs(...deltas)[out]!)[at]! - right) > apart / 2
  })
}

/**
 * Do two functions agree at the inputs? To the tolerance, relative to the largest number beside; where they do not, to the
 * derived bound: an ill-conditioned program moves far by rounding alone, and its own derivative says how far.
 */
export const equalAt = (left: Flat, right: Flat, inputs: readonly Value[], tolerance = 1e-8): Verdict => {
  const xs = left(...inputs), ys = right(...inputs)
  const types = sameTypes(xs, ys)
  if (types !== true) return types
  const apart = partings(xs, ys, tolerance)
  for (const p of apart) {
    const bound = allowed(left, right, inputs, p)
    if (!(Math.abs(p.left - p.right) <= bound)) return `${sayParting(p)} (rounding explains ${bound.toExponential(2)})`
  }
  return true
}
const allowed = (left: Flat, right: Flat, inputs: readonly Value[], p: Parting): number => {
  if (!Number.isFinite(p.left) || !Number.isFinite(p.right)) return 0
  return slack * Math.max(roundingBound(left, inputs, p.out, p.at), roundingBound(right, inputs, p.out, p.at))
}
export const evaluated = (p: Program): Flat => (...xs) => evalProgram(p, xs)

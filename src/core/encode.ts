/** Two programs are the same exactly when their encodings are: variables are numbered in order, every literal keeps its dtype and its bits. */
import type { Aval } from './aval.js'
import type { Atom, Equation, Program, Var } from './primitive.js'
import type { NDArray } from './value.js'

/** Plain data, fit for JSON. */
export interface EncodedAval { readonly dtype: string; readonly shape: readonly number[] }
export type EncodedAtom = number | { readonly dtype: string; readonly lit: string }
export interface EncodedEquation { readonly prim: string; readonly params: unknown; readonly ins: readonly EncodedAtom[]; readonly outs: readonly EncodedAval[] }
export interface EncodedProgram { readonly ins: readonly EncodedAval[]; readonly eqns: readonly EncodedEquation[]; readonly outs: readonly EncodedAtom[] }

/** A number as text that gives back the same number: -0, NaN and infinities too. */
export const encodeNumber = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))
/** A literal keeps its value; NaN has one encoding. */
const encodeLit = (x: NDArray): EncodedAtom => ({ dtype: x.aval.dtype, lit: encodeNumber(x.data[0]!) })
const encodeAval = (a: Aval): EncodedAval => ({ dtype: a.dtype, shape: a.shape })

const cache = new WeakMap<Program, EncodedProgram>()

export const encodeProgram = (p: Program): EncodedProgram => {
  const known = cache.get(p)
  if (known) return known
  const numbers = new Map<number, number>()
  const number = (v: Var): number => {
    const n = numbers.size
    numbers.set(v.id, n)
    return n
  }
  const atom = (a: Atom): EncodedAtom => (a.kind === 'lit' ? encodeLit(a.value) : numbers.get(a.id)!)
  const equation = (e: Equation): EncodedEquation => {
    const ins = e.ins.map(atom)
    e.outs.forEach(number)
    return { prim: e.prim.name, params: e.prim.params.encode(e.params), ins, outs: e.outs.map(o => encodeAval(o.aval)) }
  }
  p.ins.forEach(number)
  const encoded = { ins: p.ins.map(v => encodeAval(v.aval)), eqns: p.eqns.map(equation), outs: p.outs.map(atom) }
  cache.set(p, encoded)
  return encoded
}

/**
 * The full encoding as text: what caches compare. Encoded data holds no NaN, no -0 and no function, so JSON loses nothing of it.
 *
 * @example
 * const program = (f: (x: Value) => Value) => makeProgram(f)(np.array(1)).program
 * encode(program(a => np.sin(a))) === encode(program(b => np.sin(b)))   // true
 * encode(program(a => np.sin(a))) === encode(program(a => np.cos(a)))   // false
 */
export const encode = (p: Program): string => JSON.stringify(encodeProgram(p))

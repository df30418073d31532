/** Programs of one row, on operands that lie contiguous or are seen through views, run on both backends. */
import { type Aval, aval, showAval, sizeOf } from '../../src/core/aval.js'
import { allocate, type Data, type DType, isFloat } from '../../src/core/dtype.js'
import type { Equation, Primitive, Program, Var } from '../../src/core/primitive.js'
import { NDArray } from '../../src/core/value.js'
import { newVar } from '../../src/core/vars.js'
import { lower } from '../../src/compile/lower.js'
import type { KernelStep, Step } from '../../src/compile/plan.js'
import { reverseP, transposeP } from '../../src/primitives/structural.js'
import { reference } from '../../backends/reference/index.js'
import { meaning } from '../../backends/reference/scalars.js'
import { createWasm } from '../../backends/wasm/index.js'
import { runKernel } from './run.js'

/** Draws from a list of numbers, which fast-check makes smaller. */
export class Draw {
  private at = 0
  private readonly words: readonly number[]
  constructor(words: readonly number[]) { this.words = words }
  below(n: number): number { return (this.words[this.at++ % this.words.length]! + 7 * this.at) % n }
  of<T>(xs: readonly T[]): T { return xs[this.below(xs.length)]! }
  often(n: number): boolean { return this.below(n) > 0 }
  shuffled<T>(xs: readonly T[]): T[] {
    const made = [...xs]
    for (let k = made.length - 1; k > 0; k--) { const j = this.below(k + 1); [made[k], made[j]] = [made[j]!, made[k]!] }
    return made
  }
}

export const dtypes: readonly DType[] = ['f32', 'f64', 'i32', 'u32', 'bool']
const numbers: readonly number[] = [0, -0, 1, -1, 2, 3, -7, 0.5, -2.5, 100, 7, 31, 2147483647, -2147483648, 0.75, 4]
export const elements = (d: Draw, a: Aval, from: readonly number[] = numbers): NDArray => {
  const data = allocate(a.dtype, sizeOf(a.shape))
  for (let i = 0; i < data.length; i++) data[i] = a.dtype === 'bool' ? d.below(2) : isFloat(a.dtype) && d.below(30) === 0 ? d.of([NaN, Infinity, -Infinity]) : d.of(from)
  return new NDArray(a, data)
}

export interface Closed { readonly program: Program; readonly ins: readonly NDArray[] }
/** The row applied to arrays; where `seen` says so an array is handed in transposed and turned round, and read through a view. */
export const apply = (d: Draw, prim: Primitive, params: unknown, ins: readonly NDArray[], seen = d.below(2) === 0): Closed => {
  const eqns: Equation[] = []
  const given: NDArray[] = []
  const vars: Var[] = []
  const equation = (p: Primitive, q: unknown, of: readonly Var[]): readonly Var[] => {
    const shapes = p.shape(of.map(v => v.aval), q)
    if (shapes._tag === 'Left') throw new TypeError(JSON.stringify(shapes.left))
    const outs = shapes.right.map(newVar)
    eqns.push({ prim: p, params: q, ins: of, outs, made: null })
    return outs
  }
  const args = ins.map(x => {
    const rank = x.aval.shape.length
    if (!seen || rank === 0 || !d.often(3)) { given.push(x); vars.push(newVar(x.aval)); return vars[vars.length - 1]! }
    const perm = d.shuffled(x.aval.shape.map((_, i) => i)), axes = perm.filter(() => d.below(3) === 0).sort((a, b) => a - b)
    const [moved] = reference.execute(transposeP, [x], { perm }, [aval(x.aval.dtype, perm.map(p => x.aval.shape[p]!))])
    const [turned] = reference.execute(reverseP, [moved!], { axes }, [moved!.aval])
    given.push(turned!)
    const v = newVar(turned!.aval)
    vars.push(v)
    return equation(transposeP, { perm: perm.map((_, i) => perm.indexOf(i)) }, equation(reverseP, { axes }, [v]))[0]!
  })
  const outs = equation(prim, params, args)
  return { program: { ins: vars, eqns, outs }, ins: given }
}

export const wasm = createWasm({ backend: reference, letter: (op, x, y) => meaning(op, 'f64')(x, y) }, { small: 0 })!

const show = (x: Data, at: number): string => Array.from(x.subarray(Math.max(0, at - 3), at + 4), v => (Object.is(v, -0) ? '-0' : String(v))).join()
/** Both backends give the very same numbers; `close` may say that others will do. */
export const differences = ({ program, ins }: Closed, close: (got: number, want: number, a: Aval) => boolean = Object.is): string | null => {
  const got = wasm.run(program, ins), want = reference.run(program, ins)
  for (const [k, w] of want.entries()) {
    const g = got[k]!
    for (let i = 0; i < w.data.length; i++) {
      if (!close(g.data[i]!, w.data[i]!, w.aval)) return `output ${k} of ${showAval(w.aval)} around ${i}: ${show(g.data, i)} instead of ${show(w.data, i)}`
    }
  }
  return null
}

const kernelsOf = (steps: readonly Step[]): readonly KernelStep[] => steps.flatMap(s => (s.tag === 'kernel' ? [s] : s.tag === 'loop' ? kernelsOf(s.body) : []))
/** The program has kernels for all that it does. */
export const hasKernels = ({ program }: Closed): boolean => lower(program).steps.every(s => s.tag === 'kernel')
/**
 * Every kernel of the program, on buffers full of anything, gives the same bits whichever way its units are split, writes nothing
 * outside its buffers and changes none of them where its units are none.
 */
export const splits = (d: Draw, { program }: Closed): string | null => {
  for (const { kernel, buffers } of kernelsOf(lower(program).steps)) {
    const data = buffers.map(b => elements(d, aval(b.dtype, [b.size])).data)
    const whole = runKernel(kernel, data, 'baseline', 1)
    for (const pieces of [2, 5]) {
      const parts = runKernel(kernel, data, 'baseline', pieces)
      if (whole.stray || parts.stray) return `${kernel.tag} writes outside its buffers`
      for (const [k, b] of whole.buffers.entries()) {
        const other = parts.buffers[k]!
        const [bytes, others] = [b, other].map(x => new Uint8Array(x.buffer, x.byteOffset, x.byteLength)) as [Uint8Array, Uint8Array]
        const at = bytes.findIndex((x, i) => x !== others[i])
        if (at >= 0) { const i = Math.floor(at / b.BYTES_PER_ELEMENT); return `${kernel.tag} in ${pieces} pieces: buffer ${k} around ${i} is ${show(other, i)} instead of ${show(b, i)}` }
      }
    }
  }
  return null
}

/** A genome is plain numbers; every genome decodes to a well-typed differentiable program, so a smaller genome is a smaller program. */
import { aval, type Shape, sizeOf } from '../src/core/aval.js'
import { dce } from '../src/core/program.js'
import { showProgram } from '../src/core/print.js'
import type { Program } from '../src/core/primitive.js'
import { NDArray, type Value } from '../src/core/value.js'
import { stage } from '../src/interpreters/stage.js'
import { tanh } from '../src/primitives/elementary.js'
import { steps } from './steps/index.js'
import { coerce, type Gene, type Known, known, type Mode } from './steps/step.js'

export type { Gene, Mode } from './steps/step.js'
/** `shapes` names the inputs, `outs` says how many values nobody uses are answered. */
export interface Genome { readonly shapes: readonly number[]; readonly genes: readonly Gene[]; readonly outs: number }
export type Flat = (...xs: Value[]) => readonly Value[]

const shapes: readonly Shape[] = [[], [2], [3], [1], [2, 3], [3, 2], [4], [1, 3], [2, 2, 2]]
export const inputShape = (k: number): Shape => shapes[k % shapes.length]!

export const plain: Mode = { honest: false, mixed: false, seen: null }
export const honest: Mode = { ...plain, honest: true }
export const mixed: Mode = { ...plain, mixed: true }

/** How far back operands reach. */
const reach = 4
const decode = (genes: readonly Gene[], start: readonly Known[], mode: Mode, axes: readonly string[], used: Set<Known>): readonly Known[] =>
  genes.reduce<readonly Known[]>((env, gene) => {
    const back = (n: number): Known => env[env.length - 1 - n % Math.min(env.length, reach)]!
    const use = (k: Known): Known => (used.add(k), k)
    const last = (xs: readonly Known[], inside: readonly string[]): Known => {
      const out = decode(gene.sub, xs, mode, inside, new Set())
      return out[out.length - 1]!
    }
    const near = env.slice(-2)
    const step = steps[gene.op % steps.length]![1]
    const made = step({
      gene, mode, near, axes,
      pick: n => use(back(n === 0 ? gene.a : gene.b)),
      body: (xs, inside = axes) => last([...near, ...xs], inside),
      closed: xs => last(xs, axes),
    })
    return [...env, ...made]
  }, start)

export interface Decoded { readonly f: Flat; readonly shapes: readonly Shape[] }
/** The program: inputs in [-1.5, 1.5], outputs the newest value and those that no step used. */
export const decodeGenome = (g: Genome, mode: Mode = plain): Decoded => ({
  shapes: g.shapes.map(inputShape),
  f: (...xs) => {
    const used = new Set<Known>()
    const env = decode(g.genes, xs.map(value => known(value, -1.5, 1.5)), mode, [], used)
    const newest = env[env.length - 1]!
    const free = env.slice(0, -1).filter(k => !used.has(k))
    return [...free.slice(free.length - Math.min(free.length, g.outs)), newest].map(k => k.value)
  },
})
/** A program after another one: its inputs are the outputs of the first. */
export const continueWith = (genes: readonly Gene[], mode: Mode = plain): Flat => (...xs) => {
  const env = decode(genes, xs.map(value => known(value, -40, 40)), mode, [], new Set())
  return [env[env.length - 1]!.value]
}
/** The body of a loop: from values in [-1.5, 1.5], the first of them the carry, to a value like the carry in [-1, 1]. */
export const bodyWith = (genes: readonly Gene[], mode: Mode = plain): ((...start: Value[]) => Value) => (...start) => {
  const carry = start[0]!
  const env = decode(genes, [...start.slice(1), carry].map(value => known(value, -1.5, 1.5)), mode, [], new Set())
  return tanh(coerce(env[env.length - 1]!, carry.aval.shape).value)
}

// ---- inputs ----------------------------------------------------------------------------------------------------------

/** Numbers in [-scale, scale] from a seed (Marsaglia's xorshift, 2003): shrinking works on structure, values stay generic. */
export const vector = (shape: Shape, seed: number, scale = 1.5): NDArray => {
  let h = Math.imul(seed + 1, 2654435761) >>> 0 || 1
  const next = (): number => {
    h = (h ^ (h << 13)) >>> 0
    h = (h ^ (h >>> 17)) >>> 0
    h = (h ^ (h << 5)) >>> 0
    return (h / 2 ** 32 * 2 - 1) * scale
  }
  next()
  return new NDArray(aval('f64', shape), Float64Array.from({ length: sizeOf(shape) }, next))
}

// ---- printing --------------------------------------------------------------------------------------------------------

export const programOf = (d: Decoded): Program => dce(stage(d.f, d.shapes.map(s => aval('f64', s))).program)
const names = (genes: readonly Gene[]): string => genes.map(g => `${steps[g.op % steps.length]![0]}${g.sub.length > 0 ? `{${names(g.sub)}}` : ''}`).join(' ')
/** To paste into a list of regressions, with the program it stands for. */
export const showGenome = (g: Genome, mode: Mode = plain): string => {
  const shown = (): string => { try { return showProgram(programOf(decodeGenome(g, mode))) } catch (e) { return `(does not trace: ${String(e)})` } }
  return `genome ${JSON.stringify(g)}\nsteps  ${names(g.genes)}\n${shown()}`
}
export const sizeOfGenome = (g: Genome): number => {
  const count = (genes: readonly Gene[]): number => genes.reduce((n, x) => n + 1 + count(x.sub), 0)
  return g.shapes.length + count(g.genes)
}

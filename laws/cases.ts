/** What most laws speak of: a generated program with a point, tangents and cotangents. */
import * as fc from 'fast-check'
import type { Value } from '../src/core/value.js'
import { jvp, linearize, vjp } from '../src/transforms/derivatives.js'
import { genes, genomes, seeds } from './arbitrary.js'
import { continueWith, decodeGenome, type Flat, type Gene, type Genome, type Mode, plain, showGenome, vector } from './genome.js'

export interface Point { readonly genome: Genome; readonly seed: number }
export const points = fc.record({ genome: genomes, seed: seeds })
export const smallPoints = fc.record({ genome: fc.record({ shapes: fc.array(fc.noBias(fc.nat(8)), { minLength: 1, maxLength: 2, size: 'max' }), genes: genes(4), outs: fc.constant(0) }), seed: seeds })
export const showPoint = ({ genome, seed }: Point): string => `seed ${seed}\n${showGenome(genome)}`

export interface Case {
  readonly f: Flat
  readonly xs: readonly Value[]
  /** Two tangents. */
  readonly u: readonly Value[]
  readonly v: readonly Value[]
  /** Cotangents for outputs of these types. */
  readonly w: (ys: readonly Value[]) => readonly Value[]
}
export const caseOf = ({ genome, seed }: Point, mode: Mode = plain): Case => {
  const { f, shapes } = decodeGenome(genome, mode)
  const draw = (k: number): readonly Value[] => shapes.map((s, i) => vector(s, seed + 17 * i + 1000 * k))
  return { f, xs: draw(0), u: draw(1), v: draw(2), w: ys => ys.map((y, i) => vector(y.aval.shape, seed + 31 * i + 7777)) }
}

export interface Pair { readonly point: Point; readonly next: readonly Gene[] }
export const pairs = fc.record({ point: points, next: genes(4, 1) })
export const showPair = ({ point, next }: Pair): string => `${showPoint(point)}\nthen ${JSON.stringify(next)}`
export const secondOf = (p: Pair): Flat => continueWith(p.next)

// ---- transforms of flat functions ------------------------------------------------------------------------------------

type Listed = (...xs: Value[]) => Value[]
/** (x, v) -> J_f(x) v */
export const pushed = (f: Flat, xs: readonly Value[], v: readonly Value[]): readonly Value[] => jvp(f as Listed, xs as Value[], v as Value[])[1]
export const jvpOf = (f: Flat, xs: readonly Value[], v: readonly Value[]): readonly [readonly Value[], readonly Value[]] => jvp(f as Listed, xs as Value[], v as Value[])
export const vjpOf = (f: Flat, xs: readonly Value[]): readonly [readonly Value[], (ct: readonly Value[]) => readonly Value[]] => {
  const [outs, pull] = vjp(f as Listed, ...(xs as Value[]))
  return [outs, ct => pull(ct as Value[])]
}
export const linearizeOf = (f: Flat, xs: readonly Value[]): readonly [readonly Value[], (...v: Value[]) => readonly Value[]] => linearize(f as Listed, ...(xs as Value[]))
/** (x, v) -> J_f(x) v as one function of the joined list. */
export const pushing = (f: Flat, n: number): Flat => (...a) => pushed(f, a.slice(0, n), a.slice(n, 2 * n))
/** (x, w) -> J_f(x)^T w */
export const pulling = (f: Flat, n: number): Flat => (...a) => vjpOf(f, a.slice(0, n))[1](a.slice(n))

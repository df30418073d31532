/** Contractions take over the transposes and sums around them; movements and conversions one after the other become one. */
import { aval, type Aval, range, withoutAxes } from '../core/aval.js'
import { type DType, isFloat } from '../core/dtype.js'
import type { Atom, Equation, Primitive } from '../core/primitive.js'
import { addP, convertP } from '../primitives/arithmetic.js'
import { type AxesParams, sumP } from '../primitives/base.js'
import { type DotParams, dotGeneralP } from '../primitives/contract.js'
import type { DTypeParams } from '../primitives/logic.js'
import { type PermParams, reshapeP, type ShapeParams, transposeP } from '../primitives/structural.js'
import { isZero, type Rule, rewriting, type Site } from './rewriting.js'

const ascending = (xs: readonly number[]): boolean => xs.every((x, i) => i === 0 || xs[i - 1]! < x)
const free = (a: Atom, contract: readonly number[], batch: readonly number[]): readonly number[] =>
  range(a.aval.shape.length).filter(i => !contract.includes(i) && !batch.includes(i))

// ---- transposes of contractions --------------------------------------------------------------------------------------

/** The operand with its free axes in another order, its other axes where they were. */
const reordered = (x: Atom, own: readonly number[], order: readonly number[], site: Site): Atom => {
  if (ascending(order)) return x
  const perm = range(x.aval.shape.length).slice()
  own.forEach((place, k) => { perm[place] = own[order[k]!]! })
  return site.put(transposeP, { perm }, [x], aval(x.aval.dtype, perm.map(d => x.aval.shape[d]!)))
}
/** (x·y)ᵀ = yᵀ·xᵀ: batch axes first, then one group of free axes after the other, in whatever order within. */
const transposed = ({ ins: [x, y], params }: Equation, perm: readonly number[], out: Aval, site: Site): Atom | null => {
  const { contract, batch } = params as DotParams
  const b = batch[0].length
  const [left, right] = [free(x!, contract[0], batch[0]), free(y!, contract[1], batch[1])]
  const first = b + left.length
  const isLeft = (d: number): boolean => d >= b && d < first
  const rest = perm.slice(b)
  if (perm.slice(0, b).some(d => d >= b)) return null
  const straight = rest.slice(0, left.length).every(isLeft)
  if (!straight && rest.slice(0, right.length).some(isLeft)) return null
  const l = rest.filter(isLeft).map(d => d - b), r = rest.filter(d => !isLeft(d)).map(d => d - first)
  const batches = [0, 1].map(side => perm.slice(0, b).map(d => batch[side as 0 | 1][d]!)) as [number[], number[]]
  const [p, q] = [reordered(x!, left, l, site), reordered(y!, right, r, site)]
  return straight ? site.put(dotGeneralP, { contract, batch: batches }, [p, q], out)
    : site.put(dotGeneralP, { contract: [contract[1], contract[0]], batch: [batches[1], batches[0]] }, [q, p], out)
}
const transposeR: Rule<PermParams> = ([x], { perm }, out, site) => {
  if (ascending(perm)) return x!
  const inner = site.from(x!, transposeP)
  if (inner) return site.put(transposeP, { perm: perm.map(d => (inner.params as PermParams).perm[d]!) }, inner.ins, out)
  const dot = site.from(x!, dotGeneralP)
  return dot && site.single(x!) ? transposed(dot, perm, out, site) : null
}

// ---- operands and sums of contractions -------------------------------------------------------------------------------

/** A transposed operand is read through the axes it came from, where its free axes keep their order. */
const dotGeneralR: Rule<DotParams> = (ins, params, out, site) => {
  for (const side of [0, 1] as const) {
    const inner = site.from(ins[side]!, transposeP)
    if (!inner) continue
    const { perm } = inner.params as PermParams
    const at = (axes: readonly number[]): readonly number[] => axes.map(a => perm[a]!)
    if (!ascending(at(free(ins[side]!, params.contract[side], params.batch[side])))) continue
    const put = (pair: DotParams['batch']): DotParams['batch'] => (side === 0 ? [at(pair[0]), pair[1]] : [pair[0], at(pair[1])])
    return site.put(dotGeneralP, { contract: put(params.contract), batch: put(params.batch) }, ins.map((a, i) => (i === side ? inner.ins[0]! : a)), out)
  }
  return null
}
/** Σ_b Σ_k x_bik·y_bkj is one sum over b and k. */
const sumR: Rule<AxesParams> = ([x], { axes }, out, site) => {
  const dot = site.from(x!, dotGeneralP)
  if (!dot || !site.single(x!)) return null
  const { contract, batch } = dot.params as DotParams
  const summed = axes.filter(a => a < batch[0].length)
  if (summed.length === 0) return null
  const split = (side: 0 | 1, within: boolean): readonly number[] => batch[side].filter((_, i) => summed.includes(i) === within)
  const params: DotParams = {
    contract: [[...split(0, true), ...contract[0]], [...split(1, true), ...contract[1]]],
    batch: [split(0, false), split(1, false)],
  }
  const others = axes.slice(summed.length).map(a => a - summed.length)
  const whole = aval(out.dtype, withoutAxes(x!.aval.shape, summed))
  const product = site.put(dotGeneralP, params, dot.ins, whole)
  return others.length === 0 ? product : site.put(sumP, { axes: others }, [product], out)
}
/** Sums of products start at 0 themselves. */
const addR: Rule<null> = (ins, _p, _out, site) => {
  for (const i of [0, 1]) if (site.from(ins[i]!, dotGeneralP) && isZero(ins[1 - i]!, site)) return ins[i]!
  return null
}

// ---- one after the other ---------------------------------------------------------------------------------------------

const reshapeR: Rule<ShapeParams> = ([x], params, out, site) => {
  if (params.shape.length === x!.aval.shape.length && params.shape.every((n, i) => n === x!.aval.shape[i])) return x!
  const inner = site.from(x!, reshapeP)
  return inner && site.put(reshapeP, params, inner.ins, out)
}
/** Every value of the one is a value of the other. */
const embeds = (from: DType, to: DType): boolean => from === to || from === 'bool' || (to === 'f64' && from !== 'f64') || (from === 'f16' && to === 'f32')
/** Through an exact embedding goes the same number; from there integers saturate as floats do only if they came from floats. */
const convertR: Rule<DTypeParams> = ([x], { dtype }, out, site) => {
  if (x!.aval.dtype === dtype) return x!
  const inner = site.from(x!, convertP)
  if (!inner) return null
  const from = inner.ins[0]!.aval.dtype, through = x!.aval.dtype
  const alike = dtype === from || dtype === 'bool' || from === 'bool' || isFloat(dtype) || (isFloat(from) && isFloat(through))
  return embeds(from, through) && alike ? site.put(convertP, { dtype }, inner.ins, out) : null
}

export const dots = rewriting(new Map<Primitive, Rule>([
  [transposeP, transposeR], [reshapeP, reshapeR], [convertP, convertR], [dotGeneralP, dotGeneralR], [sumP, sumR], [addP, addR],
]))

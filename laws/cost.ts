/** Laws of cost, counted in operations on elements, never timed. */
import { aval, range } from '../src/core/aval.js'
import type { Program } from '../src/core/primitive.js'
import { countEquations } from '../src/core/program.js'
import { under, currentInterp } from '../src/core/interp.js'
import type { Value } from '../src/core/value.js'
import { scan } from '../src/higher/loops.js'
import { cost, CountInterp } from '../src/interpreters/count.js'
import { stage } from '../src/interpreters/stage.js'
import { optimise } from '../src/optimise/pipeline.js'
import { add, mul } from '../src/primitives/arithmetic.js'
import { full, scalar, sum } from '../src/primitives/base.js'
import { dotGeneral } from '../src/primitives/contract.js'
import { cummax, cummin } from '../src/primitives/cumulative.js'
import { exp, logistic, sin, tanh } from '../src/primitives/elementary.js'
import { gather } from '../src/primitives/gather.js'
import { dynamicSlice } from '../src/primitives/indexing.js'
import { neg } from '../src/primitives/arithmetic.js'
import { slice, sliceInAxis } from '../src/primitives/structural.js'
import { grad, valueAndGrad } from '../src/transforms/derivatives.js'
import { jet } from '../src/transforms/taylor.js'
import { caseOf, jvpOf, points, showPoint } from './cases.js'
import { summed } from './differential.js'
import { type Flat, type Gene, type Genome, vector } from './genome.js'
import { claim, fact, type Law, law } from './law.js'
import { array, scalar64 } from './numbers.js'
import { steps } from './steps/index.js'

/**
 * Array code, bodies included: no derivatives inside, which are themselves derivatives of derivatives; no loops of unknown length and no
 * choices, whose cost is that of one turn or of one branch. Extrema that share a tie among places are left out: their derivatives count
 * who ties. A scatter of extrema asks that of every element where the function touches the places written to, and cumulative extrema
 * have a bound of their own below.
 */
export const arrayCode = (g: Genome): Genome => ({ ...g, genes: plainOnly(g.genes) })
const plainOnly = (genes: readonly Gene[]): readonly Gene[] =>
  genes.filter(x => !heavy.has(steps[x.op % steps.length]![0])).map(x => ({ ...x, sub: plainOnly(x.sub) }))
const heavy: ReadonlySet<string> = new Set(['jvp', 'grad', 'vjp', 'linearize', 'jet', 'custom', 'checkpoint', 'cond', 'switchCase', 'whileLoop', 'foriLoop', 'scatterMin', 'scatterMax', 'cummax', 'cummin'])
const programOf = (f: Flat, xs: readonly Value[]): Program => optimise(stage(f, xs.map(x => x.aval)).program)

/** Value and gradient of a scalar program against the program: at most `factor` times, and `most` operations more for each input and equation. */
export const gradientRatio = (f: Flat, xs: readonly Value[]): { readonly plain: number; readonly gradient: number; readonly jvp: number; readonly size: number } => {
  const s = summed(f)
  const argnums = xs.map((_, i) => i)
  const plain = programOf(s, xs)
  const both = programOf((...a) => { const [y, g] = valueAndGrad(((...b: Value[]) => s(...b)[0]!) as (...b: Value[]) => Value, { argnums })(...a) as unknown as [Value, readonly Value[]]; return [y, ...g] }, xs)
  const forward = programOf((...a) => { const [y, t] = jvpOf(s, a, a); return [...y, ...t] }, xs)
  return { plain: cost(plain), gradient: cost(both), jvp: cost(forward), size: plain.eqns.length }
}
/** What cost may exceed four times the cost of the function by: programs that only move data have no cost of their own. */
export const constant = 24

const lstm = (length: number): Value => {
  const n = 4
  const [w, u] = [vector([4 * n, n], 1, 0.5), vector([4 * n, n], 2, 0.5)]
  const times = (m: Value, x: Value): Value => dotGeneral(m, x, { contract: [[1], [0]], batch: [[], []] })
  const [[h]] = scan(([h, c]: readonly [Value, Value], x: Value) => {
    const z = add(times(w, x), times(u, h))
    const part = (i: number): Value => sliceInAxis(z, i * n, (i + 1) * n, 0)
    const next = add(mul(logistic(part(0)), c), mul(logistic(part(1)), tanh(part(2))))
    return [[mul(logistic(part(3)), tanh(next)), next] as const, null] as const
  }, [full(0, aval('f64', [n])), full(0, aval('f64', [n]))] as const, full(0.1, aval('f64', [length, n]))) as unknown as readonly [readonly [Value, Value]]
  return sum(h, [0])
}

export const costs: readonly Law[] = [
  law('cheapGradient', `cost(valueAndGrad f) ≤ 4 · cost(f) + ${constant} for array code`, points, p => {
    const { f, xs } = caseOf({ ...p, genome: arrayCode(p.genome) })
    const r = gradientRatio(f, xs)
    return claim(r.gradient <= 4 * r.plain + constant, `f costs ${r.plain}, with its gradient ${r.gradient}`)
  }, { show: p => showPoint({ ...p, genome: arrayCode(p.genome) }) }),
  law('cheapTangent', `cost(jvp f) ≤ 4 · cost(f) + ${constant} for array code`, points, p => {
    const { f, xs } = caseOf({ ...p, genome: arrayCode(p.genome) })
    const r = gradientRatio(f, xs)
    return claim(r.jvp <= 4 * r.plain + constant, `f costs ${r.plain}, with its tangent ${r.jvp}`)
  }, { show: p => showPoint({ ...p, genome: arrayCode(p.genome) }) }),
  fact('gradientOfCumulativeExtrema', 'cost(valueAndGrad) and cost(jvp) ≤ 12 · n for cummax and cummin of n elements', () => {
    const told = [cummax, cummin].flatMap(f => [10, 1000].map(n => ({ n, cost: gradientRatio(x => [f(x!, { axis: 0, reverse: false })], [vector([n], 1)]) })))
    // the sum that makes them scalar, and its tangent, cost n more
    return claim(told.every(t => Math.max(t.cost.gradient, t.cost.jvp) <= 13 * t.n), JSON.stringify(told))
  }),
  fact('gradientOfIndexing', 'the gradient of reading k places costs O(k), not O(n): a thousand times the array, the same cost', () => {
    const readers: Readonly<Record<string, (x: Value) => Value>> = {
      slice: x => sum(slice(x, [1], [4]), [0]),
      dynamicSlice: x => sum(dynamicSlice(x, [scalar(2, 'i32')], [3]), [0]),
      gather: x => sum(gather(x, array('i32', [3, 1], [5, 0, 5]), { offsetDims: [], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], sliceSizes: [1], mode: 'clip' }), [0]),
    }
    const costOf = (read: (x: Value) => Value, n: number): number => cost(stage(x => [grad(read)(x!)], [aval('f64', [n])]).program)
    const told = Object.entries(readers).map(([name, read]) => ({ name, small: costOf(read, 10), large: costOf(read, 10_000) }))
    return claim(told.every(t => t.small === t.large && t.large <= 10), JSON.stringify(told))
  }),
  fact('jetOfOrderEight', 'jet of order 8 of tanh(sin x · e^-x) takes at most 1,000 primitive evaluations', () => {
    const x = scalar64(0.4)
    const counter = new CountInterp(currentInterp())
    under(counter, () => jet((u: Value) => tanh(mul(sin(u), exp(neg(u)))), [x], [[scalar64(1), ...range(7).map(() => scalar64(0))]]))
    return claim(counter.applications <= 1000, `it takes ${counter.applications}`)
  }),
  fact('scanTracesOnce', 'an LSTM scan of length 10,000 and its gradient record as many equations as one of length 10', () => {
    const equations = (n: number): readonly number[] => [
      countEquations(stage(() => [lstm(n)], []).program),
      countEquations(stage(k => [grad((c: Value) => mul(c, lstm(n)))(k!)], [aval('f64', [])]).program),
    ]
    const [short, long] = [equations(10), equations(10_000)]
    return claim(short.join() === long.join(), `${short.join()} against ${long.join()}`)
  }),
]

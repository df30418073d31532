/** Laws of what is packed ahead: products whose operand is packed once for all units, or once before a loop, mean what they mean where every unit packs its own. */
import * as fc from 'fast-check'
import { range, type Shape } from '../src/core/aval.js'
import type { DType } from '../src/core/dtype.js'
import type { Program } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import type { NDArray, Value } from '../src/core/value.js'
import type { LoopStep, Plan, Step as PlanStep, WhileStep } from '../src/compile/plan.js'
import { lower } from '../src/compile/lower.js'
import { cond } from '../src/higher/choice.js'
import { foriLoop, scan, whileLoop } from '../src/higher/loops.js'
import { stage } from '../src/interpreters/stage.js'
import { optimise, prepare } from '../src/optimise/pipeline.js'
import { add, mul, scale } from '../src/primitives/arithmetic.js'
import { broadcast, scalar, sum } from '../src/primitives/base.js'
import { dotGeneral } from '../src/primitives/contract.js'
import { cumsum } from '../src/primitives/cumulative.js'
import { sin } from '../src/primitives/elementary.js'
import { dynamicSlice, dynamicUpdateSlice } from '../src/primitives/indexing.js'
import { bitAnd, lt } from '../src/primitives/logic.js'
import { concatenate, reshape, reverse, sliceInAxis, transpose } from '../src/primitives/structural.js'
import { vmap } from '../src/transforms/vectorize.js'
import { assemble } from '../backends/wasm/assemble.js'
import { stillIn } from '../backends/wasm/hoist.js'
import { reference } from '../backends/reference/index.js'
import type { WasmOptions } from '../backends/wasm/index.js'
import { seeds } from './arbitrary.js'
import { vjpOf } from './cases.js'
import { alike, fresh, wasm } from './compiled.js'
import { vector } from './genome.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { array } from './numbers.js'
import { inputsOf, type Product, productProgram } from './products.js'
import { type Closed, inDouble, inNarrow, narrowOf } from './single.js'

// ---- programs --------------------------------------------------------------------------------------------------------

interface Gene { readonly op: number; readonly a: number; readonly b: number; readonly c: number; readonly sub: readonly Gene[] }
/** h is [m, n], weights are [n, n]; the gradient is that of a sum with given factors, by every array of floats. */
interface Loops { readonly m: number; readonly n: number; readonly genes: readonly Gene[]; readonly k: number; readonly single: boolean; readonly pulled: boolean; readonly seed: number; readonly other: number }

/** What a turn takes on to the next: what is multiplied, and two weights that may change. */
interface State { readonly h: Value; readonly u: Value; readonly v: Value }
/** Weights that nothing here changes, three more of them stacked, and a number that is known when the program runs. */
interface Scope { readonly still: readonly Value[]; readonly stacked: Value; readonly at: Value }
type Step = (s: State, scope: Scope, g: Gene) => readonly [State, Scope]

const int = (n: number): Value => scalar(n, 'i32')
const turned = (x: Value): Value => transpose(x, [1, 0])
const times = (x: Value, y: Value): Value => dotGeneral(x, y, { contract: [[1], [0]], batch: [[], []] })
const rowOf = (x: Value, i: number): Value => reshape(sliceInAxis(x, i, i + 1, 0), x.shape.slice(1))
const plus = (x: Value, n: number): Value => add(x, int(n))

const forms = 8
/** A product in one of its forms: what comes out is as large as h, as a rule. */
const multiplied = (h: Value, w: Value, form: number, still: Value): Value => {
  const half = (w.shape[1]! >> 1) + 1
  const part = sliceInAxis(w, 1, half + 1, 1)
  switch (form) {
    case 0: return times(h, turned(w))
    case 1: return times(h, w)
    case 2: return add(turned(times(w, turned(h))), scale(0.25, h))
    // some columns of it, there and back
    case 3: return times(times(h, part), turned(part))
    case 4: return turned(times(turned(w), turned(reverse(h, [0]))))
    case 5: return sin(times(h, turned(w)))
    // a column, that of h or one that stands still: the matrix is packed, since the product is computed lying down
    default: return add(h, broadcast(reshape(times(w, turned(sliceInAxis(form % 2 ? still : h, 0, 1, 0))), [w.shape[0]!]), h.shape, [1]))
  }
}
const pick = ({ u, v }: State, { still }: Scope, n: number): Value => { const all = [...still].reverse().concat([v, u]); return all[n % all.length]! }
const product: Step = (s, scope, { a, b }) => [{ ...s, h: multiplied(s.h, pick(s, scope, a), b, scope.still[0]!) }, scope]
/** The genes of a body, and a product at its end: no loop is without one. */
const body = (s: State, scope: Scope, g: Gene): State => product(decoded(s, scope, g.sub)[0], scope, g)[0]
const [listed, named] = [({ h, u, v }: State) => [h, u, v] as const, ([h, u, v]: readonly Value[]): State => ({ h: h!, u: u!, v: v! })]

const steps: readonly Step[] = [
  product,
  // weights that change, but do not grow, or rounding would be all that is left of them: all of them, a row of them, and by turns
  (s, scope, { a, b }) => [{ ...s, v: sin(multiplied(s.v, pick(s, scope, a), b, scope.still[0]!)) }, scope],
  (s, scope, { a, c }) => [{ ...s, [c % 2 ? 'u' : 'v']: add(scale(0.75, c % 2 ? s.u : s.v), scale(0.25, pick(s, scope, a))) }, scope],
  (s, scope, { a, c }) => { const row = sliceInAxis(c % 2 ? s.h : pick(s, scope, a), 0, 1, 0); return [{ ...s, v: dynamicUpdateSlice(s.v, c % 4 < 2 ? sin(row) : scale(0.5, sin(row)), [plus(scope.at, c >> 2), int(0)]) }, scope] },
  (s, scope) => [{ ...s, u: s.v, v: s.u }, scope],
  // weights that are made here, of some that move or of some that do not
  (s, scope, { a, c }) => {
    const w = pick(s, scope, a)
    const made = [scale(-1.25, turned(w)), scale(0.5, cumsum(w, { axis: 1, reverse: false })), add(w, s.v), concatenate([sliceInAxis(w, 1, w.shape[0]!, 0), sliceInAxis(w, 0, 1, 0)], 0)][c % 4]!
    return [s, { ...scope, still: [...scope.still, c % 8 < 4 ? made : scale(0.25, cumsum(made, { axis: 0, reverse: true }))] }]
  },
  (s, scope, { c }) => [s, { ...scope, stacked: c % 2 ? reverse(scope.stacked, [0]) : mul(scope.stacked, scope.stacked) }],
  (s, scope, g) => {
    const turn = ([h, u, v, at]: readonly Value[], w: Value): readonly [readonly Value[], Value | null] => {
      const inner = { still: [...scope.still, w], stacked: scope.stacked, at: at! }
      const next = body(named([h!, u!, v!]), inner, g)
      return [[...listed(next), plus(at!, 1)], g.c % 4 === 0 ? next.h : null]
    }
    const [carry, ys] = scan(turn as never, [...listed(s), scope.at], scope.stacked, { reverse: g.c % 2 === 1 }) as unknown as readonly [readonly Value[], Value | null]
    const end = named(carry)
    return [ys === null ? end : { ...end, h: add(end.h, scale(0.25, sum(ys, [0]))) }, scope]
  },
  (s, scope, g) => {
    const turn = (at: Value, c: readonly Value[]): readonly Value[] => {
      const row = (): Value => reshape(dynamicSlice(scope.stacked, [at, int(0), int(0)], [1, ...s.u.shape]), s.u.shape)
      return listed(body(named(c), { ...scope, still: (g.c >> 2) % 2 ? [...scope.still, row()] : scope.still, at }, g))
    }
    return [named(foriLoop(0, 1 + g.c % 3, turn as never, listed(s) as never) as unknown as readonly Value[]), scope]
  },
  (s, scope, g) => {
    const out = whileLoop(((c: readonly Value[]) => lt(c[3]!, plus(scope.at, g.c % 3))) as never, ((c: readonly Value[]) => [...listed(body(named(c), { ...scope, at: c[3]! }, g)), plus(c[3]!, 1)]) as never,
      [...listed(s), scope.at] as never, { maxSteps: 2 }) as unknown as readonly Value[]
    return [named(out), scope]
  },
  (s, scope, g) => {
    const one = (...c: readonly Value[]): readonly Value[] => listed(body(named(c), scope, g))
    const other = (...c: readonly Value[]): readonly Value[] => (g.c % 2 ? [c[0]!, c[2]!, c[1]!] : listed(product(named(c), scope, { ...g, b: (g.b + 1) % forms })[0]))
    return [named(cond(lt(bitAnd(plus(scope.at, g.c >> 1), int(1)), int(1)), one as never, other as never, ...listed(s)) as unknown as readonly Value[]), scope]
  },
  // two of them at once, of which some weights are shared
  (s, scope, g) => {
    const two = (x: Value): Value => concatenate([x, reverse(x, [0])].map(y => reshape(y, [1, ...y.shape])), 0)
    const inAxes = [0, g.c % 2 ? 0 : null, (g.c >> 1) % 2 ? 0 : null] as const
    const out = vmap(((...c: readonly Value[]) => listed(body(named(c), scope, g))) as never, { inAxes } as never)(...(listed(s).map((x, i) => (inAxes[i] === 0 ? two(x) : x)) as never[])) as unknown as readonly Value[]
    return [named(out.map(x => scale(0.5, sum(x, [0])))), scope]
  },
]
const kinds = { product: 0, square: 1, mix: 2, put: 3, swap: 4, make: 5, stack: 6, scan: 7, fori: 8, while: 9, cond: 10, vmap: 11 } as const
const firstLoop = kinds.scan, loopKinds = 3
const decoded = (s: State, scope: Scope, genes: readonly Gene[]): readonly [State, Scope] =>
  genes.reduce<readonly [State, Scope]>(([t, inner], g) => steps[g.op % steps.length]!(t, inner, g), [s, scope])

const sizes = (...ns: readonly number[]): fc.Arbitrary<number> => fc.constantFrom(...ns)
const gene = (op: fc.Arbitrary<number>, body: fc.Arbitrary<readonly Gene[]>): fc.Arbitrary<Gene> => fc.record({ op, a: sizes(0, 0, 1, 2, 3, 4), b: fc.noBias(fc.nat(forms - 1)), c: fc.noBias(fc.nat(15)), sub: body })
const anyLoop = fc.noBias(fc.nat(loopKinds - 1)).map(k => firstLoop + k)
const inner: fc.Arbitrary<readonly Gene[]> = fc.letrec<{ genes: readonly Gene[] }>(tie => ({
  genes: fc.array(gene(fc.oneof({ weight: 2, arbitrary: fc.noBias(fc.nat(steps.length - 1)) }, { weight: 1, arbitrary: anyLoop }), fc.oneof({ maxDepth: 1, depthSize: 'small' }, fc.constant<readonly Gene[]>([]), tie('genes'))), { maxLength: 2 }),
})).genes
/** Something before a loop, the loop, something behind it. */
const loops: fc.Arbitrary<Loops> = fc.record({
  m: sizes(5, 6, 7, 11, 13, 23), n: sizes(5, 6, 7, 9, 13, 18, 34), k: fc.nat(3), single: fc.boolean(), pulled: fc.nat(5).map(k => k === 5), seed: seeds, other: fc.nat(6), large: fc.noBias(fc.nat(15)),
  before: fc.array(gene(fc.noBias(fc.nat(firstLoop - 1)), fc.constant([])), { maxLength: 1 }),
  loop: gene(anyLoop, inner),
  behind: fc.array(gene(fc.noBias(fc.nat(firstLoop - 1)), fc.constant([])), { maxLength: 1 }),
}).map(({ before, loop, behind, large, ...p }) => ({
  // two blocks of rows, whose operands are packed ahead of units; and weights that are packed as they lie
  ...p, ...large === 0 ? { m: 131, n: 9 } : large === 1 ? { m: 23, n: 67 } : {},
  genes: [...before, large < 2 ? { ...loop, sub: loop.sub.map(g => ({ ...g, sub: [] })) } : loop, ...behind],
}))

const closedOf = ({ m, n, genes, k, pulled, seed }: Loops): Closed => {
  const shapes: readonly Shape[] = [[m, n], [n, n], [n, n], [3, n, n]]
  const inputs = [...shapes.map((s, i) => vector(s, seed + i, i === 0 ? 1 : 1.2 / Math.sqrt(n))), array('i32', [], [k])]
  const f = (h: Value, v: Value, w: Value, stacked: Value, at: Value): readonly Value[] =>
    listed(decoded({ h, u: rowOf(stacked, 1), v }, { still: [w], stacked, at }, genes)[0])
  const back = (...xs: readonly Value[]): readonly Value[] => {
    const [ys, pull] = vjpOf((...ws) => f(...(ws as unknown as [Value, Value, Value, Value]), xs[4]!), xs.slice(0, 4))
    return pull(ys.map((y, i) => vector(y.aval.shape, seed + 50 + i)))
  }
  const { program, captured } = stage((pulled ? back : f) as never, inputs.map(x => x.aval))
  return { program: optimise(program), inputs: [...captured, ...inputs] as unknown as readonly NDArray[] }
}

// ---- laws ------------------------------------------------------------------------------------------------------------

const alone: WasmOptions = { level: 'relaxed', threads: 1 }, shared: WasmOptions = { level: 'relaxed', threads: 2, threshold: 64 }
/** The same bits with two threads, with nothing packed ahead, and with all inputs given away. */
const others: readonly (readonly [string, WasmOptions, boolean])[] = [
  ['with two threads', shared, false],
  ['with nothing packed ahead', { ...alone, ahead: Infinity }, false],
  ['with what is given away', alone, true],
]
const sameBits = (program: Program, inputs: readonly NDArray[], other: number): Verdict => {
  if (other >= others.length) return true
  const [what, options, away] = others[other]!
  const given = away ? { inputs: inputs.map(() => true), spender: { by: 'a law', at: null } } : undefined
  return alike(wasm(options).run(program, fresh(inputs), given), wasm(alone).run(program, inputs), `${what} output`, program)
}

const geneOf = (op: keyof typeof kinds, a: number, b: number, c: number, ...sub: readonly Gene[]): Gene => ({ op: kinds[op], a, b, c, sub })
const trap = (...genes: readonly Gene[]): Loops => ({ m: 7, n: 9, k: 0, single: false, pulled: false, seed: 1, other: 0, genes })
/** Each would go wrong if one condition were not looked at under which an operand is packed before a loop. */
const traps: Readonly<Record<string, Loops>> = {
  'rows of an inner loop': trap(geneOf('fori', 0, 0, 2, geneOf('scan', 0, 0, 1))),
  'rows of an outer loop, in an inner one': trap(geneOf('scan', 0, 0, 1, geneOf('fori', 0, 0, 1))),
  'a row is written after the product has read it': trap(geneOf('fori', 2, 0, 2, geneOf('product', 1, 0, 0), geneOf('put', 0, 0, 2))),
  'all of it is written after the product has read it': trap(geneOf('fori', 2, 0, 2, geneOf('product', 1, 0, 0), geneOf('mix', 0, 0, 2))),
  'a matrix changes whose column stands still': { ...trap(geneOf('fori', 1, 7, 2, geneOf('mix', 0, 0, 2))), n: 7 },
  'an operand that stands still beside one that each turn packs for several units': { ...trap(geneOf('fori', 0, 0, 2, geneOf('mix', 0, 0, 2), geneOf('product', 1, 0, 0))), m: 131 },
  'two that stand still': trap(geneOf('fori', 0, 0, 2, geneOf('product', 2, 0, 0))),
  'a loop with a condition': { ...trap(geneOf('while', 0, 0, 2)), k: 1 },
}

type Loop = LoopStep | WhileStep
const isLoop = (s: PlanStep): s is Loop => s.tag === 'loop' || s.tag === 'while'
const productsIn = (steps: readonly PlanStep[]): number => steps.reduce((n, s) => n + (s.tag === 'kernel' ? Number(s.kernel.tag === 'contract')
  : s.tag === 'host' ? 0 : s.tag === 'branch' ? productsIn(s.branches.flat()) : productsIn(s.body)), 0)
const loopsOf = (steps: readonly PlanStep[]): readonly Loop[] => steps.filter(isLoop)
/** Is anything packed ahead of these steps of a plan: before loops, or before units that take so many nanoseconds? */
const packs = (plan: Plan, steps: readonly PlanStep[], aheadFrom: number): boolean => steps.length > 0
  && assemble({ ...plan, steps }, { level: 'relaxed', memory: { initial: 1, maximum: 1, shared: false }, dispatch: null, program: 0, aheadFrom }).ahead > 0
const beforeLoops = Number.MAX_VALUE

/** Products of several blocks of rows; some have several blocks of columns and of depth as well, or several batches. */
const tall: fc.Arbitrary<Product> = fc.record({
  dtype: fc.constantFrom<DType>('f32', 'f64', 'i32'), batch: sizes(0, 0, 2, 3), m: sizes(130, 131, 263), n: sizes(5, 9, 37, 130), k: sizes(5, 13, 41, 331), shared: fc.boolean(), flips: sizes(0, 2, 3, 3),
  then: fc.array(fc.nat(4), { maxLength: 1 }), kept: fc.nat(1), loop: fc.constant(false), update: fc.constant(0), given: fc.nat(1),
}).map(p => ({ ...p, ...p.k === 331 && p.n > 5 ? { m: 22, n: 130, batch: 0, dtype: p.dtype === 'i32' ? 'f32' : 'f64' } : p.n * p.k > 2000 ? { m: 131, batch: 0 } : p.n === 130 ? { m: 131, batch: Math.min(p.batch, 2) } : {} }))
const both: Product = { dtype: 'f64', batch: 0, m: 22, n: 130, k: 331, shared: false, flips: 3, then: [], kept: 0, loop: false, update: 0, given: 1 }
/** Both operands are packed ahead, since several blocks of columns read the left one. */
const tallTraps: Readonly<Record<string, Product>> = { 'both operands packed ahead, in two blocks of depth': both, 'both operands packed ahead, of two batches': { ...both, batch: 2, m: 130, k: 13 } }
const tallInputs = (p: Product): readonly [Program, readonly NDArray[]] => [optimise(productProgram(p)), inputsOf(p)]

const exactly = (p: Product): Verdict => {
  const [program, inputs] = tallInputs(p), want = reference.run(program, inputs)
  return alike(wasm(p.given === 0 ? { level: 'baseline', threads: 1 } : shared).run(program, fresh(inputs)), want, 'output', program)
}

export const aheadLaws: readonly Law[] = [
  ...Object.keys(traps).map((name, i) => fact(`aheadTrap${i + 1}`, name, () => {
    const c = closedOf(traps[name]!)
    return and(inDouble(wasm(alone))(c), ...others.map((_, k) => () => sameBits(c.program, c.inputs, k)))
  })),
  law('packedAheadAgrees', 'loops of products, some of whose operands stand still, and their gradients, agree with the reference, and have the same bits with two threads, with nothing packed ahead, and with inputs given away', loops, p => {
    const c = closedOf(p), { program, inputs } = p.single ? narrowOf(c, 'f32') : c
    return and(p.single ? inNarrow(wasm(alone), 'f32')(c) : inDouble(wasm(alone))(c), () => sameBits(program, inputs, p.other))
  }, { show: p => `${JSON.stringify(p)}\n${showProgram(closedOf(p).program)}` }),
  ...Object.keys(tallTraps).map((name, i) => fact(`aheadOfUnits${i + 1}`, name, () => exactly(tallTraps[name]!))),
  law('packedForUnits', 'products whose operands are packed ahead of their units are exact where their numbers are, with one thread and with two', tall, exactly, { show: p => `${JSON.stringify(p)}\n${showProgram(tallInputs(p)[0])}` }),
  fact('branchesArePackedInside', 'what only a branch multiplies is not packed before the loop around it', () => {
    const branch = geneOf('cond', 1, 0, 0)
    return and(...range(loopKinds).map(k => (): Verdict => {
      const { program } = closedOf(trap({ op: firstLoop + k, a: 1, b: 0, c: 1, sub: [branch, branch] }))
      const branches = loopsOf(lower(prepare(program)).steps)
      const inside = branches.flatMap(s => s.body.filter(t => t.tag === 'branch').flatMap(t => t.branches.flat()))
      return and(
        () => claim(productsIn(inside) > 1, `no product in a branch:\n${showProgram(program)}`),
        () => claim(!branches.some(s => stillIn(s).some(step => inside.includes(step))), `a branch is asked for what it multiplies before it is taken:\n${showProgram(program)}`))
    }))
  }),
  fact('muchIsPackedAhead', 'in a good part of these programs something is packed before a loop, and before a loop in a loop, and in a good part something is not; and for the units of tall products', () => {
    const programs = 50
    const part = (plans: readonly Plan[], holds: (p: Plan) => boolean): number => plans.filter(holds).length / programs
    const plansOf = <A>(cases: fc.Arbitrary<A>, programOf: (a: A) => Program): readonly Plan[] => fc.sample(cases, { numRuns: programs, seed: 1 }).map(a => lower(prepare(programOf(a))))
    const loopy = plansOf(loops, p => narrowOf(closedOf({ ...p, pulled: false }), 'f32').program)
    const before = part(loopy, p => packs(p, p.steps, beforeLoops))
    const deeper = part(loopy, p => packs(p, loopsOf(p.steps).flatMap(s => loopsOf(s.body)), beforeLoops))
    const left = part(loopy, p => loopsOf(p.steps).some(s => productsIn(s.body) > stillIn(s).length))
    const units = part(plansOf(tall, p => tallInputs(p)[0]), p => packs(p, p.steps, 0))
    return claim(before > 0.3 && deeper > 0.05 && left > 0.2 && units > 0.6, `before a loop ${before}, before an inner one ${deeper}, not ${left}, for units ${units}`)
  }),
]

/** Laws of loops that come apart before compiling: whatever leaves a scan, it means what it meant. */
import { range, type Shape } from '../src/core/aval.js'
import { encode } from '../src/core/encode.js'
import { check } from '../src/core/check.js'
import type { Equation, Program } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import type { Value } from '../src/core/value.js'
import { fission, type Thrift } from '../src/higher/fission.js'
import { scan, whileLoop } from '../src/higher/loops.js'
import { scanP } from '../src/higher/scan.js'
import { cost } from '../src/interpreters/count.js'
import { stage } from '../src/interpreters/stage.js'
import { expanding } from '../src/optimise/inline.js'
import { optimise, prepare } from '../src/optimise/pipeline.js'
import { add, mul } from '../src/primitives/arithmetic.js'
import { broadcast, full, scalar, sum, zeros } from '../src/primitives/base.js'
import { dotGeneral } from '../src/primitives/contract.js'
import { logistic, sin, tanh } from '../src/primitives/elementary.js'
import { lt } from '../src/primitives/logic.js'
import { sliceInAxis, transpose } from '../src/primitives/structural.js'
import { seeds } from './arbitrary.js'
import { vjpOf } from './cases.js'
import { type Flat, vector } from './genome.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { scalar64 } from './numbers.js'
import { equalAt, evaluated } from './tolerance.js'

const t = (x: Value): Value => transpose(x, [1, 0])
const times = (x: Value, y: Value): Value => dotGeneral(x, y, { contract: [[1], [0]], batch: [[], []] })
/** Every contraction leaves, whatever it costs to keep its operands. */
const lavish: Thrift = { dear: 0, worth: 0, most: Infinity }
const everything = expanding((e: Equation) => (e.prim === scanP ? fission(scanP, e.params as never, lavish) : e.prim.unfold(e.params)))

/** Rows, inputs, states, outputs: all different, so that what is mistaken for another does not fit. */
const [B, I, H, O] = [2, 3, 4, 5]
type Shapes = Readonly<Record<string, Shape>>
const shapes: Shapes = { h: [B, H], wx: [I, H], wh: [H, H], wo: [H, O], dwx: [I, H], dwh: [H, H], k: [I, B] }
/** A recurrent loop in which, by the bits of a seed, there is something to leave it in every way, and something that must not. */
const loopOf = (seed: number): { readonly f: Flat; readonly inputs: readonly Value[] } => {
  const has = (bit: number): boolean => (seed >> bit) % 2 === 1
  const length = seed % 5, reverse = has(3)
  const inputs = [...Object.values(shapes).map((s, i) => vector(s, seed + i, 0.5)), vector([length, B, I], seed + 9, 0.5)]
  return {
    inputs,
    f: (h0, wx, wh, wo, dwx0, dwh0, k, xs) => {
      const w = has(4) ? (): Value => tanh(wx!) : (): Value => wx!
      const body = ([h, c1, c2, c3, still]: readonly Value[], x: Value): readonly [readonly Value[], readonly Value[]] => {
        const seen = has(5) ? tanh(x) : x
        const z = has(6) ? t(times(t(w()), t(seen))) : times(seen, w())
        const next = tanh(add(has(7) ? mul(z, full(0.5, z.aval)) : z, times(h!, wh!)))
        const g = has(8) ? t(times(t(next), has(9) ? seen : sin(seen))) : times(t(x), next)
        const a1 = add(c1!, has(10) ? add(g, mul(wx!, broadcast(sum(next, [0]), [I, H], [1]))) : g)
        const a2 = has(11) ? add(add(times(t(h!), next), c2!), times(t(next), next)) : add(times(t(h!), next), mul(c2!, full(0.5, c2!.aval)))
        const a3 = add(c3!, times(k!, next))
        const y = times(has(12) ? sin(next) : next, wo!)
        const out = has(13) ? add(tanh(y), broadcast(sum(x, [1]), y.aval.shape, [0])) : y
        return [[next, a1, a2, a3, has(16) ? h! : still!], [out, has(14) ? x : next, has(15) ? a1 : has(17) ? c1! : still!]]
      }
      const [carry, ys] = scan(body as never, [h0!, dwx0!, dwh0!, dwx0!, h0!], xs!, { reverse, length }) as unknown as readonly [readonly Value[], readonly Value[]]
      return [...carry, ...ys]
    },
  }
}
/** The program and that of its gradient: the loop and its transpose. */
const both = (seed: number): readonly { readonly program: Program; readonly inputs: readonly Value[] }[] => {
  const { f, inputs } = loopOf(seed)
  const back: Flat = (...a) => { const [ys, pull] = vjpOf(f, a); return pull(ys.map((y, i) => vector(y.aval.shape, seed + 50 + i))) }
  return [f, back].map(g => {
    const { program, captured } = stage(g, inputs.map(x => x.aval))
    return { program: optimise(program), inputs: [...captured, ...inputs] }
  })
}
const keeps = (name: string, pass: (p: Program) => Program): Law<number> =>
  law(`${name}LoopsMean`, `loops that ${name === 'lavish' ? 'come apart wherever they can' : 'are compiled'} mean what they meant, with their gradients, at lengths 0 to 4, both ways; the cost does not rise and nothing is left to a second run`, seeds, seed => and(...both(seed).map(({ program, inputs }) => (): Verdict => {
    const q = pass(program)
    return and(
      () => claim(check(q)._tag === 'Right', `not well typed:\n${showProgram(q)}`),
      () => equalAt(evaluated(q), evaluated(program), inputs, 1e-11),
      () => claim(cost(q) <= cost(program), `the cost rises from ${cost(program)} to ${cost(q)}:\n${showProgram(program)}\n${showProgram(q)}`),
      () => claim(encode(pass(q)) === encode(q), `a second run changes it:\n${showProgram(q)}`))
  })), { show: seed => showProgram(both(seed)[0]!.program), share: 0.5 })

// ---- what leaves -----------------------------------------------------------------------------------------------------

const inLoops = (p: Program): readonly Equation[] => p.eqns.flatMap(e => e.prim.programs(e.params).flatMap(q => [...q.eqns, ...inLoops(q)]))
const named = (name: string) => (es: readonly Equation[]): number => es.filter(e => e.prim.name === name).length
const products = named('dotGeneral')
const compiled = (f: Flat, ...types: readonly Shape[]): Program => prepare(stage(f, types.map(s => ({ dtype: 'f64', shape: s }))).program)

const lstm: Flat = (wx, wh, xs) => {
  const n = wh!.shape[0]!, state = zeros({ dtype: 'f64', shape: [xs!.shape[1]!, n] })
  const [, ys] = scan(([h, c]: readonly [Value, Value], x: Value) => {
    const z = add(times(x, wx!), times(h, wh!))
    const part = (i: number): Value => sliceInAxis(z, i * n, (i + 1) * n, 1)
    const next = add(mul(logistic(part(0)), c), mul(logistic(part(1)), tanh(part(2))))
    const out = mul(logistic(part(3)), tanh(next))
    return [[out, next] as const, out] as const
  }, [state, state] as const, xs!) as unknown as readonly [unknown, Value]
  return [ys]
}

export const loopsApart: readonly Law[] = [
  keeps('lavish', everything), keeps('frugal', prepare),
  fact('lstmKeepsTwoProducts', 'of value and gradient of an LSTM two products stay in loops, one each way, and three are done for all steps at once', () => {
    const p = compiled((...a) => { const [ys, pull] = vjpOf(lstm, a); return [...ys, ...pull(ys)] }, [6, 32], [8, 32], [20, 4, 6])
    // z for all steps, dx, dWx and dWh
    return claim(products(inLoops(p)) === 2 && products(p.eqns) === 4 && named('scan')(p.eqns) === 2, showProgram(p))
  }),
  fact('smallSumsStay', 'what costs more to keep than it saves stays in its loop', () => {
    const f = (n: number): Flat => (c0, xs) => [scan((c: Value, x: Value) => { const y = sin(x); return [add(c, dotGeneral(y, y, { contract: [[0], [0]], batch: [[], []] })), null] as const }, c0!, xs!)[0] as Value]
    const outer = (n: number): number => products(compiled(f(n), [3, 3], [10, n, 3]).eqns)
    return claim(outer(1) === 0 && outer(3) === 0 && products(compiled((c0, xs) => [scan((c: Value, x: Value) => [add(c, times(t(x), x)), null] as const, c0!, xs!)[0] as Value], [3, 3], [10, 8, 3]).eqns) === 1,
      'a product of what is not scanned leaves, or one of what is scanned stays')
  }),
  fact('sumsOfBatches', 'a product with batch axes that is added up leaves its loop as one', () => {
    const f: Flat = (c0, xs, ys) => [scan((c: Value, [x, y]: readonly [Value, Value]) => [add(c, dotGeneral(x, y, { contract: [[2], [0]], batch: [[1], [1]] })), null] as const, c0!, [xs!, ys!] as const)[0] as Value]
    const types: readonly Shape[] = [[3, 2, 5], [4, 2, 3, 6], [4, 6, 3, 5]]
    const p = compiled(f, ...types)
    return and(() => claim(products(p.eqns) === 1 && named('scan')(p.eqns) === 0, showProgram(p)), () => equalAt(evaluated(p), f, types.map((s, i) => vector(s, i + 1)), 1e-12))
  }),
  fact('constantsLeave', 'what depends on constants alone is computed once, in scans and in while loops, inside others too', () => {
    const once: Flat = (x, k) => [scan((c: Value) => [mul(c, sin(k!)), null] as const, x!, null, { length: 5 })[0] as Value]
    const turning: Flat = (x, k) => [(whileLoop((([i]: readonly [Value, Value]) => lt(i, sin(sum(k!, [0])))) as never, (([i, d]: readonly [Value, Value]) => [add(i, scalar64(1)), mul(d, sin(k!))]) as never, [scalar(0, 'f64'), x!] as const) as unknown as readonly Value[])[1]!]
    const nested: Flat = (x, k) => [scan((c: Value) => [once(c, k!)[0]!, null] as const, x!, null, { length: 5 })[0] as Value]
    return and(...[once, turning, nested].map((f, i) => (): Verdict => {
      const p = compiled(f, [3], [3])
      return claim(named('sin')(inLoops(p)) === 0 && named('sin')(p.eqns) === (i === 1 ? 2 : 1), showProgram(p))
    }))
  }),
  fact('carriesTakeTurns', 'a carry that takes the value of another at every turn stays a carry', () => {
    const step = ([a, b]: readonly Value[]): readonly [Value, Value] => [b!, add(a!, b!)]
    const scanned: Flat = (x, y, k) => { const [c, ys] = scan(((c: readonly Value[]) => [step(c), mul(c[0]!, sin(k!))]) as never, [x!, y!], null, { length: 7 }) as unknown as readonly [readonly Value[], Value]; return [...c, ys] }
    const turning: Flat = (x, y, k) => (whileLoop(((c: readonly Value[]) => lt(c[0]!, full(7, c[0]!.aval))) as never, (([i, ...c]: readonly Value[]) => [add(i!, sin(sum(k!, []))), ...step(c)]) as never, [scalar(0, 'f64'), x!, y!]) as unknown as readonly Value[]).slice(1)
    const xs = [scalar64(1), scalar64(2), scalar64(0.9)]
    return and(...[scanned, turning].map(f => (): Verdict => equalAt(evaluated(prepare(stage(f, xs.map(x => x.aval)).program)), f, xs, 1e-12)))
  }),
  fact('shortLoopsVanish', 'loops of no turn and of one are no loops', () => {
    const left = (n: number): number => named('scan')(compiled((x, xs) => scan((c: Value, r: Value) => [mul(c, r), c] as const, x!, xs!) as unknown as Value[], [3], [n, 3]).eqns)
    return claim(range(4).map(left).join() === '0,0,1,1', range(4).map(left).join())
  }),
]

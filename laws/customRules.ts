/** A user's derivative rule, held against the laws in one call; and the laws that rules of the library's own making obey. */
import * as fc from 'fast-check'
import { isFloat } from '../src/core/dtype.js'
import { attempt, FaultError } from '../src/core/fault.js'
import { NDArray, type Value } from '../src/core/value.js'
import { customDerivative, type CustomRule } from '../src/higher/custom.js'
import { jit } from '../src/higher/jit.js'
import { add, convert, mul } from '../src/primitives/arithmetic.js'
import { flattenValues, type FlatTree } from '../src/transforms/arguments.js'
import { unflatten } from '../src/tree/index.js'
import { caseOf, linearizeOf, pushed, showPoint, smallPoints, vjpOf } from './cases.js'
import { sameEverywhere } from './everywhere.js'
import { type Flat, vector } from './genome.js'
import { and, claim, type Law, law, tryLaw, type Verdict } from './law.js'
import { agree, combine, dataOf, inner, near, stackAll } from './numbers.js'
import { vmap } from '../src/transforms/vectorize.js'
import { equalAt } from './tolerance.js'
import { sin, cos } from '../src/primitives/elementary.js'

// ---- rules of the library's own making -------------------------------------------------------------------------------

type Listed = (...xs: Value[]) => Value[]
type FlatRule = (...xs: Value[]) => CustomRule<Value[], Value[]>
const ruled = (rule: FlatRule): Flat => (...xs) => (customDerivative(rule as never) as unknown as Flat)(...xs)
/** The rule that says of f what the library says. */
const own = (f: Flat, form: 'push' | 'pull' | 'both'): FlatRule => (...xs) => {
  const [value, push] = linearizeOf(f, xs)
  const pull = (ct: Value[]): unknown => vjpOf(f, xs)[1](ct)
  return { value: value as Value[], ...(form === 'pull' ? {} : { push: push as never }), ...(form === 'push' ? {} : { pull }) }
}

export const customs: readonly Law[] = [
  law('customPush', 'customDerivative(f, its own push) behaves as f under every transform', smallPoints, p => {
    const { f, xs } = caseOf(p)
    return sameEverywhere(ruled(own(f, 'push')), f, xs)
  }, { show: showPoint, share: 0.5 }),
  law('customBoth', 'customDerivative(f, its own push and pull) behaves as f under every transform', smallPoints, p => {
    const { f, xs } = caseOf(p)
    return sameEverywhere(ruled(own(f, 'both')), f, xs)
  }, { show: showPoint, share: 0.5 }),
  law('customPull', 'customDerivative(f, its own pull) behaves as f in reverse mode, and its forward mode is a fault that says so', smallPoints, p => {
    const { f, xs, v } = caseOf(p)
    const g = ruled(own(f, 'pull'))
    const forward = attempt(() => pushed(g, xs, v))
    return and(
      () => sameEverywhere(g, f, xs, { forward: false }),
      () => claim(forward._tag === 'Left' && forward.left._tag === 'NoForwardRule', 'forward mode answers'))
  }, { show: showPoint, share: 0.5 }),
  law('customIsObeyed', 'the derivative used is the rule\'s: twice the derivative in, twice the derivative out, in both modes', smallPoints, p => {
    const { f, xs, v, w } = caseOf(p)
    const double = (ts: readonly Value[]): Value[] => ts.map(t => add(t, t))
    const g = ruled((...a) => { const [value, push] = linearizeOf(f, a); return { value: value as Value[], push: ((...t: Value[]) => double(push(...t))) as never } })
    const c = w(f(...xs))
    return and(() => equalAt((...a) => pushed(g, a, v), (...a) => double(pushed(f, a, v)), xs), () => equalAt((...a) => vjpOf(g, a)[1](c), (...a) => double(vjpOf(f, a)[1](c)), xs))
  }, { show: showPoint }),
  law('ruleCheckerAccepts', 'custom accepts the rule that is right', fc.constant(null), () => {
    const r = custom(rightRule, points1, { runs: 5 })
    return claim(r.lawful, r.toString())
  }, { share: 0 }),
  law('ruleCheckerRefuses', 'custom refuses a wrong push, a wrong pull, a pull that is not the transpose, and a push that is not linear, and names the law', fc.constant(null), () => {
    const refused = (rule: (x: Value) => CustomRule<[Value], Value>, name: string): Verdict => {
      const r = custom(rule, points1, { runs: 5 })
      return claim(!r.lawful && r.failures.some(f => f.law === name), `expected ${name} to fail: ${r.toString()}`)
    }
    return and(
      () => refused(x => ({ value: sin(x), push: t => mul(sin(x), t) }), 'derivative'),
      () => refused(x => ({ value: sin(x), pull: c => mul(sin(x), c) }), 'derivative'),
      () => refused(x => ({ value: sin(x), push: t => mul(cos(x), t), pull: c => mul(sin(x), c) }), 'coherence'),
      () => refused(x => ({ value: sin(x), push: t => mul(t, t) }), 'linearity'))
  }, { share: 0 }),
]
const rightRule = (x: Value): CustomRule<[Value], Value> => ({ value: sin(x), push: t => mul(cos(x), t), pull: c => mul(cos(x), c) })
const points1: readonly [Value][] = [[vector([2], 1)], [vector([], 2)]]

// ---- a user's rule ---------------------------------------------------------------------------------------------------

export interface CustomOptions {
  /** Against what the derivative is held: differences of the value, the library's own derivative of it, or nothing. Default 'differences'. */
  readonly derivative?: 'differences' | 'library' | 'none'
  /** How many points an arbitrary gives. Default 100. */
  readonly runs?: number
  readonly seed?: number
  /** Relative. Default 1e-8 where everything is f64, else 1e-4; difference quotients have 1e-4 and 3e-2. */
  readonly tolerance?: number
}
export interface CustomFailure { readonly law: string; readonly statement: string; readonly why: string }
export interface CustomReport {
  readonly lawful: boolean
  readonly failures: readonly CustomFailure[]
  readonly toString: () => string
}

interface Setup { readonly g: Flat; readonly value: Flat; readonly xs: readonly Value[]; readonly tolerance: number; readonly coarse: number; readonly h: number; readonly hasPush: boolean; readonly hasPull: boolean; readonly pushBy: (ts: readonly Value[]) => readonly Value[]; readonly pullBy: (cts: readonly Value[]) => readonly Value[] }
const drawn = (like: readonly Value[], seed: number): readonly Value[] => like.map((x, i) => convert(vector(x.shape, seed + i, 1), x.dtype))
const widened = (xs: readonly Value[]): readonly NDArray[] => xs.map(x => vectorFrom(x))
const vectorFrom = (x: Value): NDArray => new NDArray({ dtype: 'f64', shape: x.shape }, Float64Array.from(dataOf(x)))
/** x + h·t, leaf by leaf, in the dtypes of x; what is no float stays. */
const moved = (xs: readonly Value[], floats: readonly number[], t: readonly Value[], h: number): readonly Value[] =>
  xs.map((x, i) => { const k = floats.indexOf(i); return k < 0 ? x : convert(combine(1, widened([x]), h, widened([t[k]!]))[0]!, x.dtype) })

const setUp = (rule: (...args: never[]) => CustomRule<never, unknown>, args: readonly unknown[], options: CustomOptions): Setup => {
  const given: FlatTree = flattenValues('laws.custom', args, 'args')
  const floats = given.leaves.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []))
  const whole = (ts: readonly Value[]): readonly unknown[] => unflatten(given.def, given.leaves.map((x, i) => { const k = floats.indexOf(i); return k < 0 ? x : ts[k]! })) as readonly unknown[]
  const outFloats = (tree: unknown): readonly Value[] => flattenValues('laws.custom', tree, 'value').leaves.filter(y => isFloat(y.dtype))
  const at = (xs: readonly Value[]): CustomRule<never, unknown> => (rule as (...a: unknown[]) => CustomRule<never, unknown>)(...whole(xs))
  const xs = floats.map(i => given.leaves[i]!)
  const exact = given.leaves.every(x => x.dtype !== 'f32') && outFloats(at(xs).value).every(x => x.dtype === 'f64')
  const r = at(xs)
  const valueDef = flattenValues('laws.custom', r.value, 'value')
  const fillOut = (cts: readonly Value[]): unknown => { let j = 0; return unflatten(valueDef.def, valueDef.leaves.map(y => (isFloat(y.dtype) ? cts[j++]! : y))) }
  return {
    g: (...a) => outFloats((customDerivative(rule as never) as (...b: unknown[]) => unknown)(...whole(a))),
    value: (...a) => outFloats(at(a).value), xs,
    tolerance: options.tolerance ?? (exact ? 1e-8 : 1e-4), coarse: exact ? 1e-4 : 3e-2, h: exact ? 1e-5 : 1e-2,
    hasPush: r.push !== undefined, hasPull: r.pull !== undefined,
    pushBy: ts => outFloats((r.push as (...t: readonly unknown[]) => unknown)(...whole(ts))),
    pullBy: cts => { const back = (r.pull as (ct: unknown) => unknown)(fillOut(cts)); return flattenValues('laws.custom', args.length === 1 && !(Array.isArray(back) && back.length === 1) ? [back] : back, 'pull').leaves.filter((_, i) => floats.includes(i)) },
  }
}
const slopes = (s: Setup, v: readonly Value[], h: number): readonly NDArray[] => {
  const all = s.xs.map((_, i) => i)
  return combine(1 / (2 * h), widened(s.value(...moved(s.xs, all, v, h))), -1 / (2 * h), widened(s.value(...moved(s.xs, all, v, -h))))
}

type RuleLaw = readonly [name: string, statement: string, holds: (s: Setup, o: CustomOptions) => Verdict]
const ruleLaws: readonly RuleLaw[] = [
  ['value', 'the value is the value, under jit, jvp and vjp too', s => and(
    () => agree(s.g(...s.xs), s.value(...s.xs), s.tolerance),
    () => agree(jit(s.g as Listed)(...s.xs), s.value(...s.xs), s.tolerance),
    () => agree(vjpOf(s.g, s.xs)[0], s.value(...s.xs), s.tolerance))],
  ['linearity', 'push (a·u + b·v) = a·push u + b·push v, pull likewise, and both are well typed as linear maps', s => {
    const mix = (p: readonly Value[], q: readonly Value[]): readonly Value[] => combine(2, widened(p), -3, widened(q)).map((x, i) => convert(x, p[i]!.dtype))
    const linear = (f: (ts: readonly Value[]) => readonly Value[], like: readonly Value[]): Verdict => {
      const [u, v] = [drawn(like, 11), drawn(like, 23)]
      return agree(f(mix(u, v)), mix(f(u), f(v)), 10 * s.tolerance)
    }
    const typed = attempt(() => vjpOf(s.g, s.xs))
    return and(
      () => (typed._tag === 'Left' ? `${typed.left._tag}: ${new FaultError(typed.left).message}` : true),
      () => !s.hasPush || linear(s.pushBy, s.xs), () => !s.hasPull || linear(s.pullBy, s.value(...s.xs)))
  }],
  ['derivative', 'push (or the transpose of pull) is the derivative of the value', (s, { derivative = 'differences' }) => {
    if (derivative === 'none') return true
    const v = drawn(s.xs, 31), w = drawn(s.value(...s.xs), 41)
    if (derivative === 'library') return s.hasPush ? agree(s.pushBy(v), pushed(s.value, s.xs, v), s.tolerance) : agree(s.pullBy(w), vjpOf(s.value, s.xs)[1](w), s.tolerance)
    const coarse = slopes(s, v, s.h), fine = slopes(s, v, s.h / 2)
    if (agree(coarse, fine, s.coarse / 10) !== true) return true
    return s.hasPush ? agree(widened(s.pushBy(v)), coarse, s.coarse)
      : claim(near(inner(s.pullBy(w), v), inner(coarse, w), s.coarse), `<pull w, v> = ${inner(s.pullBy(w), v)}, differences give ${inner(coarse, w)}`)
  }],
  ['coherence', '<push v, w> = <v, pull w>', s => {
    if (!s.hasPush || !s.hasPull) return true
    const v = drawn(s.xs, 51), w = drawn(s.value(...s.xs), 61)
    const [l, r] = [inner(s.pushBy(v), w), inner(v, s.pullBy(w))]
    return claim(near(l, r, 10 * s.tolerance), `${l} against ${r}`)
  }],
  ['batching', 'vmap of the function and of its pullback is a map', s => {
    const rows = [s.xs, s.xs.map(x => convert(combine(0.9, widened([x]), 0, widened([x]))[0]!, x.dtype))]
    const w = drawn(s.value(...s.xs), 71)
    return and(...[s.g, ((...a) => vjpOf(s.g, a)[1](w)) as Flat].map(f => () => {
      const batched = vmap(f as Listed)(...stackAll(rows))
      return agree(batched, stackAll(rows.map(r => f(...r))), s.tolerance)
    }))
  }],
  ['jit', 'jit of the pullback is the pullback', s => {
    const w = drawn(s.value(...s.xs), 81)
    const pull: Flat = (...a) => vjpOf(s.g, a)[1](w)
    return agree(jit(pull as Listed)(...s.xs), pull(...s.xs), s.tolerance)
  }],
  ['secondOrder', 'second derivatives exist and are symmetric', (s, { derivative = 'differences' }) => {
    const w = drawn(s.value(...s.xs), 91), u = drawn(s.xs, 101), v = drawn(s.xs, 111)
    const pull: Flat = (...a) => vjpOf(s.g, a)[1](w)
    const twice = (p: readonly Value[], q: readonly Value[]): number => inner(vjpOf(pull, s.xs)[1](p), q)
    const [l, r] = [twice(u, v), twice(v, u)]
    return derivative === 'none' || claim(near(l, r, 100 * s.tolerance), `D²[u, v] = ${l}, D²[v, u] = ${r}`)
  }],
]

/**
 * Holds a rule for `customDerivative` against the laws: its value, linearity, the derivative itself, coherence of push and pull,
 * batching, jit and second derivatives. `points` is a list of argument lists, or a fast-check arbitrary of them, whose failures are
 * made smaller. Integers among the arguments stay as they are.
 *
 * @example
 * const report = laws.custom((x: Value) => ({ value: np.sin(x), push: t => np.multiply(np.cos(x), t) }), [[np.array([1, 2], { dtype: 'f64' })]])
 * report.lawful   // true
 */
export const custom = <A extends readonly unknown[], R>(rule: (...args: A) => CustomRule<A, R>, points: readonly A[] | fc.Arbitrary<A>, options: CustomOptions = {}): CustomReport => {
  const anyRule = rule as unknown as (...args: never[]) => CustomRule<never, unknown>
  const show = (a: readonly unknown[]): string => `arguments ${JSON.stringify(a)}`
  const failures = ruleLaws.flatMap(([name, statement, holds]): readonly CustomFailure[] => {
    const of = (cases: fc.Arbitrary<readonly unknown[]>, share: number): string | null =>
      tryLaw(law(name, statement, cases, a => holds(setUp(anyRule, a, options), options), { show, share }), { runs: options.runs ?? 100, seed: options.seed ?? 42 })
    const why = Array.isArray(points)
      ? (points as readonly A[]).map(p => of(fc.constant(p), 0)).find(r => r !== null) ?? null
      : of(points as fc.Arbitrary<A>, 1)
    return why === null ? [] : [{ law: name, statement, why }]
  })
  return {
    lawful: failures.length === 0, failures,
    toString: () => (failures.length === 0 ? 'the rule is lawful' : failures.map(f => `${f.law}: ${f.statement}\n${f.why}`).join('\n\n')),
  }
}

/** Laws of first derivatives: what a derivative is, whatever the program. */
import { isRight } from 'fp-ts/lib/Either.js'
import { checkLinear, check } from '../src/core/check.js'
import { showProgram } from '../src/core/print.js'
import { range } from '../src/core/aval.js'
import type { Value } from '../src/core/value.js'
import { add, mul } from '../src/primitives/arithmetic.js'
import { full, scalar, sum } from '../src/primitives/base.js'
import { stopGradientOf } from '../src/primitives/logic.js'
import { grad, linearTranspose } from '../src/transforms/derivatives.js'
import { linearizeFlat } from '../src/transforms/differentiate.js'
import { transposeProgram } from '../src/transforms/transpose.js'
import { type Case, caseOf, jvpOf, linearizeOf, type Pair, pairs, type Point, points, pushed, secondOf, showPair, showPoint, vjpOf } from './cases.js'
import { type Flat, honest } from './genome.js'
import { and, claim, type Law, law, type Verdict } from './law.js'
import { agree, combine, inner, near } from './numbers.js'
import { equalAt } from './tolerance.js'

const about = (name: string, statement: string, holds: (c: Case) => Verdict, mode?: Parameters<typeof caseOf>[1]): Law<Point> =>
  law(name, statement, points, p => holds(caseOf(p, mode)), { show: showPoint })
const aboutTwo = (name: string, statement: string, holds: (c: Case, g: Flat) => Verdict): Law<Pair> =>
  law(name, statement, pairs, p => holds(caseOf(p.point), secondOf(p)), { show: showPair })

export const total = (x: Value): Value => sum(x, range(x.ndim))
/** Σ of all outputs: a scalar function. */
export const summed = (f: Flat): Flat => (...xs) => [f(...xs).map(total).reduce((a, b) => add(a, b))]
const dotWith = (w: readonly Value[]) => (ys: readonly Value[]): Value => ys.map((y, i) => total(mul(y, w[i]!))).reduce((a, b) => add(a, b))

/** Does halving the step agree? Elsewhere a difference quotient says nothing. */
const quotient = (f: Flat, xs: readonly Value[], v: readonly Value[], h: number): readonly Value[] =>
  combine(1 / (2 * h), f(...combine(1, xs, h, v)), -1 / (2 * h), f(...combine(1, xs, -h, v)))

export const differential: readonly Law[] = [
  about('primalKept', 'fst(jvp f (x, v)) = f x, and the same of vjp and linearize', ({ f, xs, v }) => {
    const ys = (): Flat => f
    return and(
      () => equalAt(ys(), (...a) => jvpOf(f, a, v)[0], xs, 1e-12),
      () => equalAt(ys(), (...a) => vjpOf(f, a)[0], xs, 1e-12),
      () => equalAt(ys(), (...a) => linearizeOf(f, a)[0], xs, 1e-12))
  }),
  about('linearity', 'J_f(x)(a·u + b·v) ≈ a·J_f(x) u + b·J_f(x) v', ({ f, xs, u, v }) => {
    const c = (k: number, x: Value): Value => mul(full(k, x.aval), x)
    const mix = (p: readonly Value[], q: readonly Value[]): readonly Value[] => p.map((x, i) => add(c(2, x), c(-3, q[i]!)))
    return equalAt((...a) => pushed(f, a, mix(u, v)), (...a) => mix(pushed(f, a, u), pushed(f, a, v)), xs)
  }),
  about('linearTyping', 'the program that linearize stages is well typed, and linear in its tangents by the linear type checker; so is its transpose', ({ f, xs }) => {
    const { program, residuals } = linearizeFlat(f, xs)
    const tangents = program.ins.map((_, i) => i >= residuals.length)
    const back = transposeProgram(program, tangents)
    const cotangents = back.ins.map((_, i) => i >= residuals.length)
    const typed = check(program), linear = checkLinear(program, tangents), backTyped = check(back), backLinear = checkLinear(back, cotangents)
    return and(
      () => claim(isRight(typed), `not well typed:\n${showProgram(program)}`),
      () => claim(isRight(linear), `not linear: ${JSON.stringify(linear._tag === 'Left' ? { ...linear.left, made: null } : null)}\n${showProgram(program)}`),
      () => claim(isRight(backTyped), `its transpose is not well typed:\n${showProgram(back)}`),
      () => claim(isRight(backLinear), `its transpose is not linear: ${JSON.stringify(backLinear._tag === 'Left' ? { ...backLinear.left, made: null } : null)}\n${showProgram(back)}`))
  }),
  about('linearizeIsJvp', 'push_x(v) ≈ J_f(x) v', ({ f, xs, v }) => equalAt((...a) => linearizeOf(f, a)[1](...v), (...a) => pushed(f, a, v), xs)),
  about('adjointness', '<J_f(x) v, w> ≈ <v, J_f(x)ᵀ w>', ({ f, xs, v, w }) => {
    const c = w(f(...xs))
    return equalAt((...a) => [dotWith(c)(pushed(f, a, v))], (...a) => [dotWith(v)(vjpOf(f, a)[1](c))], xs)
  }),
  aboutTwo('chainRule', 'J_{g∘f}(x) ≈ J_g(f x) ∘ J_f(x)', ({ f, xs, v }, g) =>
    equalAt((...a) => pushed((...b) => g(...f(...b)), a, v), (...a) => { const [y, dy] = jvpOf(f, a, v); return pushed(g, y, dy) }, xs)),
  aboutTwo('chainRuleReversed', 'J_{g∘f}(x)ᵀ ≈ J_f(x)ᵀ ∘ J_g(f x)ᵀ', ({ f, xs, w }, g) => {
    const c = w(g(...f(...xs)))
    return equalAt((...a) => vjpOf((...b) => g(...f(...b)), a)[1](c), (...a) => { const [y, pull] = vjpOf(f, a); return pull(vjpOf(g, y)[1](c)) }, xs)
  }),
  aboutTwo('leibniz', 'D(f·g) = Df·g + f·Dg, for sums of all outputs', ({ f, xs, v }, g) => {
    const F = summed(f), G = summed(g)
    const product: Flat = (...a) => [mul(F(...a)[0]!, G(...a)[0]!)]
    return equalAt((...a) => pushed(product, a, v), (...a) => {
      const [x, dx] = jvpOf(F, a, v), [y, dy] = jvpOf(G, a, v)
      return [add(mul(dx[0]!, y[0]!), mul(x[0]!, dy[0]!))]
    }, xs)
  }),
  aboutTwo('pairing', 'D(f, g) = (Df, Dg)', ({ f, xs, v }, g) =>
    equalAt((...a) => pushed((...b) => [...f(...b), ...g(...b)], a, v), (...a) => [...pushed(f, a, v), ...pushed(g, a, v)], xs)),
  about('transposeInvolution', '(Aᵀ)ᵀ ≈ A for A = J_f(x)', ({ f, xs, v }) => {
    const [outs, push] = linearizeOf(f, xs)
    type Listed = (...x: Value[]) => Value[]
    const once = linearTranspose(push as unknown as Listed, ...(xs as Value[]))
    const twice = linearTranspose(((...cts: Value[]) => once(cts)) as unknown as Listed, ...(outs as Value[]))
    return agree(twice(v as Value[]) as unknown as Value[], push(...(v as Value[])))
  }),
  aboutTwo('transposeOfProduct', '(B A)ᵀ ≈ Aᵀ Bᵀ for A = J_f(x), B = J_g(f x)', ({ f, xs, w }, g) => {
    type Listed = (...x: Value[]) => Value[]
    const [ys, A] = linearizeOf(f, xs)
    const [zs, B] = linearizeOf(g, ys)
    const c = w(zs) as Value[]
    const whole = linearTranspose(((...t: Value[]) => B(...A(...t))) as unknown as Listed, ...(xs as Value[]))(c) as unknown as Value[]
    const At = linearTranspose(A as unknown as Listed, ...(xs as Value[])), Bt = linearTranspose(B as unknown as Listed, ...(ys as Value[]))
    return agree(whole, At(Bt(c) as unknown as Value[]) as unknown as Value[])
  }),
  about('stopIsZero', 'D(stopGradient ∘ f) = 0 symbolically: no tangent is staged; D(const) likewise', ({ f, xs, v }) => {
    const stopped: Flat = (...a) => f(...a).map(stopGradientOf)
    const l = linearizeFlat(stopped, xs)
    const constant = linearizeFlat(() => f(...xs), xs)
    return and(
      () => claim(!l.outActive.some(Boolean), 'a tangent passes stopGradient'),
      () => claim(!constant.outActive.some(Boolean), 'a constant has a tangent'),
      () => claim(l.program.eqns.every(e => e.prim.name === 'broadcast'), `equations were staged:\n${showProgram(l.program)}`),
      () => agree(pushed(stopped, xs, v), f(...xs).map(y => full(0, y.aval))))
  }),
  about('gradIsPull', 'grad of a scalar function is its pullback of 1', ({ f, xs }) => {
    const s = summed(f)
    const scalarOf = (...a: Value[]): Value => s(...a)[0]!
    const all = grad(scalarOf, { argnums: xs.map((_, i) => i) })(...(xs as Value[])) as unknown as Value[]
    return agree(all, vjpOf(s, xs)[1]([scalar(1, 'f64')]), 1e-12)
  }),
  about('finiteDifferences', 'J_f(x) v ≈ (f(x + εv) - f(x - εv)) / 2ε, where halving ε agrees', ({ f, xs, v }) => {
    const coarse = quotient(f, xs, v, 1e-5), fine = quotient(f, xs, v, 5e-6)
    return agree(coarse, fine, 1e-5) !== true || agree(pushed(f, xs, v), coarse, 1e-4)
  }, honest),
  about('pullAgainstDifferences', '<J_f(x)ᵀ w, v> ≈ (<w, f(x + εv)> - <w, f(x - εv)>) / 2ε, where halving ε agrees', ({ f, xs, v, w }) => {
    const c = w(f(...xs))
    const slope = (h: number): number => (inner(c, f(...combine(1, xs, h, v))) - inner(c, f(...combine(1, xs, -h, v)))) / (2 * h)
    const coarse = slope(1e-5), fine = slope(5e-6)
    return !near(coarse, fine, 1e-5) || claim(near(inner(vjpOf(f, xs)[1](c), v), coarse, 1e-4), `pull gives ${inner(vjpOf(f, xs)[1](c), v)}, differences ${coarse}`)
  }, honest),
]

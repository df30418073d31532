/** Identities that pin the leaves: every algebraic law is blind to a function, or a derivative, that is wrong in the same way everywhere. */
import * as fc from 'fast-check'
import type { Value } from '../src/core/value.js'
import { abs, add, clamp, div, integerPow, log, maximum, minimum, mul, neg, pow, rem, select, sub } from '../src/primitives/arithmetic.js'
import { full } from '../src/primitives/base.js'
import * as F from '../src/primitives/elementary.js'
import { ge, sign, trunc } from '../src/primitives/logic.js'
import { pushed, vjpOf } from './cases.js'
import type { Flat } from './genome.js'
import { and, fact, type Law, law, type Verdict } from './law.js'
import { near, numberOf, scalar64 } from './numbers.js'

type Fn = (...xs: Value[]) => Value
const tolerance = 1e-10
const c = (x: number, like: Value): Value => full(x, like.aval)
const square = (x: Value): Value => mul(x, x)
const one = (x: Value): Value => c(1, x)

/** Both sides, their derivatives in both modes, and their second derivatives, at one point. */
const identity = (left: Fn, right: Fn, at: readonly number[], t = tolerance): Verdict => {
  const xs = at.map(scalar64), v = at.map((_, i) => scalar64(1 - 0.3 * i))
  const all = (f: Fn): readonly (readonly [string, number])[] => {
    const g: Flat = (...a) => [f(...a)]
    const d: Flat = (...a) => pushed(g, a, v)
    return [
      ['value', numberOf(f(...xs))], ['derivative', numberOf(d(...xs)[0]!)], ['second derivative', numberOf(pushed(d, xs, v)[0]!)],
      ...vjpOf(g, xs)[1]([scalar64(1)]).map((y, i) => [`partial ${i} by reverse mode`, numberOf(y)] as const),
    ]
  }
  const l = all(left), r = all(right)
  return and(...l.map(([what, a], i) => () => near(a, r[i]![1], t) || `${what} at ${at.join(', ')}: ${a} against ${r[i]![1]}`))
}
const within = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true, noDefaultInfinity: true })
const on = (name: string, statement: string, [lo, hi]: readonly [number, number], left: Fn, right: Fn, t = tolerance): Law =>
  law(name, statement, within(lo, hi), x => identity(left, right, [x], t), { share: 0.5 })
const on2 = (name: string, statement: string, [a, b]: readonly [number, number], [p, q]: readonly [number, number], left: Fn, right: Fn, t = tolerance): Law =>
  law(name, statement, fc.tuple(within(a, b), within(p, q)), at => identity(left, right, at, t), { share: 0.5 })
/** A derivative that no identity fixes: its value somewhere. */
const slope = (name: string, f: Fn, at: number, value: number, derivative: number): Law => fact(name, `${name}: f(${at}) = ${value}, f'(${at}) = ${derivative}`, () => {
  const y = numberOf(f(scalar64(at))), d = numberOf(pushed((...a) => [f(...a)], [scalar64(at)], [scalar64(1)])[0]!)
  return near(y, value, 1e-13) && near(d, derivative, 1e-13) ? true : `f = ${y}, f' = ${d}`
})
const inverse = (name: string, f: Fn, g: Fn, at: readonly [number, number], t = tolerance): Law => on(name, `${name} = id, with its derivatives`, at, x => f(g(x)), x => x, t)

export const anchors: readonly Law[] = [
  // ---- circular
  on('pythagoras', 'sin² + cos² = 1', [-6, 6], x => add(square(F.sin(x)), square(F.cos(x))), one),
  on('sineOfDouble', 'sin 2x = 2 sin x cos x', [-6, 6], x => F.sin(add(x, x)), x => mul(c(2, x), mul(F.sin(x), F.cos(x)))),
  on('cosineOfDouble', 'cos 2x = 2 cos² x - 1', [-6, 6], x => F.cos(add(x, x)), x => sub(mul(c(2, x), square(F.cos(x))), one(x))),
  on2('sineOfSum', 'sin(x + y) = sin x cos y + cos x sin y', [-3, 3], [-3, 3], (x, y) => F.sin(add(x!, y!)), (x, y) => add(mul(F.sin(x!), F.cos(y!)), mul(F.cos(x!), F.sin(y!)))),
  on('tangent', 'tan = sin / cos', [-1.4, 1.4], x => F.tan(x), x => div(F.sin(x), F.cos(x)), 1e-9),
  inverse('sinOfAsin', F.sin, F.asin, [-0.95, 0.95]), inverse('cosOfAcos', F.cos, F.acos, [-0.95, 0.95]), inverse('tanOfAtan', F.tan, F.atan, [-4, 4]),
  on('asinPlusAcos', 'asin x + acos x = π/2', [-0.95, 0.95], x => add(F.asin(x), F.acos(x)), x => c(Math.PI / 2, x)),
  on('atanOfReciprocal', 'atan x + atan 1/x = π/2 for x > 0', [0.2, 5], x => add(F.atan(x), F.atan(div(one(x), x))), x => c(Math.PI / 2, x)),
  slope('sineAtZero', F.sin, 0, 0, 1), slope('cosineAtZero', F.cos, 0, 1, 0), slope('asinAtZero', F.asin, 0, 0, 1), slope('atanAtZero', F.atan, 0, 0, 1),
  on2('angleOfPoint', 'r cos atan2(y, x) = x for x > 0', [-3, 3], [0.3, 3], (y, x) => mul(F.sqrt(add(square(x!), square(y!))), F.cos(F.atan2(y!, x!))), (_y, x) => x!),
  on2('angleOfPointSine', 'r sin atan2(y, x) = y', [0.2, 3], [-3, 3], (y, x) => mul(F.sqrt(add(square(x!), square(y!))), F.sin(F.atan2(y!, x!))), y => y),
  on2('atan2IsAtan', 'atan2(y, x) = atan(y / x) for x > 0', [-3, 3], [0.3, 3], (y, x) => F.atan2(y!, x!), (y, x) => F.atan(div(y!, x!))),
  // ---- exponential
  on2('exponentialOfSum', 'exp(x + y) = exp x · exp y', [-2, 2], [-2, 2], (x, y) => F.exp(add(x!, y!)), (x, y) => mul(F.exp(x!), F.exp(y!))),
  slope('exponentialAtZero', F.exp, 0, 1, 1), slope('logarithmAtOne', log, 1, 0, 1),
  inverse('logOfExp', log, F.exp, [-5, 5]), inverse('expOfLog', F.exp, log, [0.1, 20]),
  on2('logarithmOfProduct', 'log xy = log x + log y', [0.1, 5], [0.1, 5], (x, y) => log(mul(x!, y!)), (x, y) => add(log(x!), log(y!))),
  on('expm1', 'expm1 x = exp x - 1', [-3, 3], F.expm1, x => sub(F.exp(x), one(x))), inverse('log1pOfExpm1', F.log1p, F.expm1, [-2, 3]),
  slope('expm1AtZero', F.expm1, 0, 0, 1), slope('log1pAtZero', F.log1p, 0, 0, 1),
  on('logisticSymmetric', 'logistic x + logistic(-x) = 1', [-20, 20], x => add(F.logistic(x), F.logistic(neg(x))), one),
  on('logisticIsTanh', 'logistic x = (1 + tanh(x/2))/2', [-10, 10], F.logistic, x => mul(c(0.5, x), add(one(x), F.tanh(mul(c(0.5, x), x))))),
  slope('logisticAtZero', F.logistic, 0, 0.5, 0.25),
  // ---- hyperbolic
  on('hyperbola', 'cosh² - sinh² = 1', [-3, 3], x => sub(square(F.cosh(x)), square(F.sinh(x))), one, 1e-9),
  on('coshPlusSinh', 'cosh + sinh = exp', [-3, 3], x => add(F.cosh(x), F.sinh(x)), F.exp),
  on('tanhOfDouble', 'tanh 2x = 2t/(1 + t²)', [-3, 3], x => F.tanh(add(x, x)), x => { const t = F.tanh(x); return div(add(t, t), add(one(x), square(t))) }),
  on('tanhIsRatio', 'tanh = sinh / cosh', [-3, 3], F.tanh, x => div(F.sinh(x), F.cosh(x))),
  inverse('sinhOfAsinh', F.sinh, F.asinh, [-5, 5]), inverse('coshOfAcosh', F.cosh, F.acosh, [1.1, 8]), inverse('tanhOfAtanh', F.tanh, F.atanh, [-0.95, 0.95]),
  slope('sinhAtZero', F.sinh, 0, 0, 1), slope('tanhAtZero', F.tanh, 0, 0, 1), slope('asinhAtZero', F.asinh, 0, 0, 1), slope('atanhAtZero', F.atanh, 0, 0, 1),
  // ---- powers
  on('reciprocal', 'x · 1/x = 1', [0.2, 5], x => mul(x, div(one(x), x)), one),
  on2('quotient', '(x / y) · y = x', [-3, 3], [0.2, 5], (x, y) => mul(div(x!, y!), y!), x => x),
  on('squareRoot', '√x² = x', [0.05, 9], x => square(F.sqrt(x)), x => x), on('reciprocalRoot', 'rsqrt x · √x = 1', [0.05, 9], x => mul(F.rsqrt(x), F.sqrt(x)), one),
  on('cubeRoot', '∛x³ = x', [0.05, 9], x => { const r = F.cbrt(x); return mul(r, square(r)) }, x => x), on('cubeRootNegative', '∛x³ = x for x < 0', [-9, -0.05], x => { const r = F.cbrt(x); return mul(r, square(r)) }, x => x),
  on2('powerIsExp', 'x^y = exp(y log x)', [0.1, 4], [-3, 3], (x, y) => pow(x!, y!), (x, y) => F.exp(mul(y!, log(x!))), 1e-9),
  on2('powerOfSum', 'x^(y + 2) = x^y · x²', [0.2, 3], [-2, 2], (x, y) => pow(x!, add(y!, c(2, y!))), (x, y) => mul(pow(x!, y!), square(x!)), 1e-9),
  ...[-3, -2, -1, 2, 3, 5].map(n => on(`integerPower${n}`, `x^${n} = x · x^${n - 1}, on both sides of zero`, [-2, -0.3], x => integerPow(x, n), x => mul(x, integerPow(x, n - 1)), 1e-9)),
  on('integerPowerTwo', 'x² = x·x', [-3, 3], x => integerPow(x, 2), square), on('integerPowerZero', 'x⁰ = 1', [-3, 3], x => integerPow(x, 0), one),
  on('integerPowerMinusOne', 'x⁻¹ = 1/x', [0.2, 4], x => integerPow(x, -1), x => div(one(x), x)),
  // ---- special
  on('erfIsOdd', 'erf(-x) = -erf x', [-3, 3], x => F.erf(neg(x)), x => neg(F.erf(x))), on('erfcIsRest', 'erf + erfc = 1', [-3, 3], x => add(F.erf(x), F.erfc(x)), one),
  slope('erfAtZero', F.erf, 0, 0, 2 / Math.sqrt(Math.PI)), slope('erfInvAtZero', F.erfInv, 0, 0, Math.sqrt(Math.PI) / 2), slope('erfcAtZero', F.erfc, 0, 1, -2 / Math.sqrt(Math.PI)),
  on('erfIsGaussian', "erf''(x) = -2x erf'(x), by the derivatives of erf·exp(x²)", [-2, 2], x => pushed(a => [F.erf(a!)], [x], [one(x)])[0]!, x => mul(c(2 / Math.sqrt(Math.PI), x), F.exp(neg(square(x))))),
  inverse('erfOfErfInv', F.erf, F.erfInv, [-0.95, 0.95]), inverse('erfInvOfErf', F.erfInv, F.erf, [-2, 2], 1e-9),
  on('gammaRecurrence', 'lgamma(x + 1) = lgamma x + log x', [0.3, 12], x => F.lgamma(add(x, one(x))), x => add(F.lgamma(x), log(x)), 1e-9),
  on('gammaReflection', 'lgamma x + lgamma(1 - x) = log π - log sin πx', [0.1, 0.9], x => add(F.lgamma(x), F.lgamma(sub(one(x), x))), x => sub(c(Math.log(Math.PI), x), log(F.sin(mul(c(Math.PI, x), x)))), 1e-9),
  on('gammaDuplication', 'Γ(x)Γ(x + ½) = 2^(1-2x) √π Γ(2x)', [0.3, 5], x => add(F.lgamma(x), F.lgamma(add(x, c(0.5, x)))), x => add(add(mul(sub(one(x), add(x, x)), c(Math.LN2, x)), c(Math.log(Math.PI) / 2, x)), F.lgamma(add(x, x))), 1e-9),
  on('digammaIsDerivative', 'digamma = lgamma\'', [0.3, 12], F.digamma, x => pushed(a => [F.lgamma(a!)], [x], [one(x)])[0]!, 1e-9),
  on('digammaRecurrence', 'ψ(x + 1) = ψ(x) + 1/x', [0.3, 12], x => F.digamma(add(x, one(x))), x => add(F.digamma(x), div(one(x), x)), 1e-9),
  on('digammaReflection', 'ψ(1 - x) - ψ(x) = π cot πx', [0.15, 0.85], x => sub(F.digamma(sub(one(x), x)), F.digamma(x)), x => { const p = mul(c(Math.PI, x), x); return mul(c(Math.PI, x), div(F.cos(p), F.sin(p))) }, 1e-9),
  slope('digammaAtOne', F.digamma, 1, -0.5772156649015329, Math.PI ** 2 / 6), slope('lgammaAtOne', F.lgamma, 1, 0, -0.5772156649015329),
  ...[1, 2, 3].map(n => on(`polygammaRecurrence${n}`, `ψ⁽${n}⁾(x + 1) = ψ⁽${n}⁾(x) + (-1)^${n} ${n}! / x^${n + 1}`, [0.4, 10], x => F.polygamma(n, add(x, one(x))),
    x => add(F.polygamma(n, x), mul(c((-1) ** n * [1, 1, 2, 6][n]!, x), integerPow(x, -(n + 1)))), 1e-9)),
  slope('trigammaAtOne', x => F.polygamma(1, x), 1, Math.PI ** 2 / 6, -2 * 1.2020569031595942),
  // ---- pieces
  on('absIsSign', '|x| = x · sign x', [0.1, 5], abs, x => mul(x, sign(x))), on('absOfNegative', '|x| = -x for x < 0', [-5, -0.1], abs, neg),
  on2('maximumPlusMinimum', 'max(x, y) + min(x, y) = x + y', [-3, 3], [-3, 3], (x, y) => add(maximum(x!, y!), minimum(x!, y!)), (x, y) => add(x!, y!)),
  // at a tie the two sides take different slopes of the kink
  law('maximumIsHalf', 'max(x, y) = (x + y + |x - y|)/2', fc.tuple(within(-3, 3), within(-3, 3)).filter(([x, y]) => Math.abs(x - y) > 1e-3),
    at => identity((x, y) => maximum(x!, y!), (x, y) => mul(c(0.5, x!), add(add(x!, y!), abs(sub(x!, y!)))), at), { share: 0.5 }),
  on2('selectIsMaximum', 'select(x ≥ y, x, y) = max(x, y)', [0, 3], [-3, -0.1], (x, y) => select(ge(x!, y!), x!, y!), (x, y) => maximum(x!, y!)),
  on('clampInside', 'clamp is max of min away from its bounds', [-3, 3], x => clamp(c(-1.01, x), x, c(1.03, x)), x => minimum(maximum(x, c(-1.01, x)), c(1.03, x))),
  on2('remainder', 'rem(x, y) = x - y · trunc(x / y)', [-5, 5], [0.7, 1.9], (x, y) => rem(x!, y!), (x, y) => sub(x!, mul(y!, trunc(div(x!, y!))))),
  on('subtraction', 'x - x·½ = x·½ and -(-x) = x', [-3, 3], x => sub(x, mul(c(0.5, x), x)), x => neg(neg(mul(c(0.5, x), x)))),
]

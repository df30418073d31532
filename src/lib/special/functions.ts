/** Special functions under SciPy's names: each is accurate where its textbook formula is not. */
import { range } from '../../core/aval.js'
import type { Value } from '../../core/value.js'
import { add, constantLike as like, div, log, maximum, minimum, mul, neg, select, sub } from '../../primitives/arithmetic.js'
import { ones, zeros } from '../../primitives/base.js'
import * as elementary from '../../primitives/elementary.js'
import { bitAnd, bitNot, eq, ge, gt, isFinite, lt } from '../../primitives/logic.js'
import { alignFloat2, toFloat, wholeNumber } from '../arrays.js'
import type { Arg, InexactOf, PromotedInexact } from '../../types/dtype.js'
import type { UnaryFloat } from '../../types/functions.js'

type Two = <X extends Arg, Y extends Arg>(x: X, y: Y) => Value<PromotedInexact<X, Y>>
const one = (op: string, f: (x: Value) => Value): UnaryFloat => ((x: Arg) => f(toFloat(op, x))) as UnaryFloat
const two = (op: string, f: (x: Value, y: Value) => Value): Two => ((x: Arg, y: Arg) => f(...alignFloat2(op, x, y) as [Value, Value])) as Two
const times = (c: number, x: Value): Value => mul(like(x, c), x)
const square = (x: Value): Value => mul(x, x)

// ---- error function and normal distribution --------------------------------------------------------------------------

/**
 * 2/√π ∫₀ˣ e^(-t²) dt. (jax.scipy.special.erf)
 * @example special.erf(np.array([0, Infinity]))   // [0, 1]
 */
export const erf = one('special.erf', elementary.erf)
/**
 * 1 - erf x, accurate where it is small. (jax.scipy.special.erfc)
 * @example special.erfc(np.array([0, Infinity]))   // [1, 0]
 */
export const erfc = one('special.erfc', elementary.erfc)
/**
 * The inverse of erf. (jax.scipy.special.erfinv)
 * @example special.erfInv(np.array([0, 1]))   // [0, Infinity]
 */
export const erfInv = one('special.erfInv', elementary.erfInv)
export { erfInv as erfinv }
/**
 * The probability that a standard normal number is below x. (jax.scipy.special.ndtr)
 * @example special.ndtr(np.array([0, Infinity]))   // [0.5, 1]
 */
export const ndtr = one('special.ndtr', x => times(0.5, elementary.erfc(times(-Math.SQRT1_2, x))))
/**
 * The inverse of ndtr: the quantile of the standard normal distribution. (jax.scipy.special.ndtri)
 * @example special.ndtri(np.array([0.5, 1]))   // [0, Infinity]
 */
export const ndtri = one('special.ndtri', p => times(Math.SQRT2, elementary.erfInv(sub(times(2, p), ones(p.aval)))))

// ---- gamma and beta --------------------------------------------------------------------------------------------------

/**
 * log |Γ(x)|. (jax.scipy.special.gammaln)
 * @example special.gammaln(np.array([1, 2]))   // [0, 0]
 */
export const gammaln = one('special.gammaln', elementary.lgamma)
/**
 * The derivative of gammaln. (jax.scipy.special.digamma)
 * @example special.digamma(np.array([1]))   // [-0.57721567]
 */
export const digamma = one('special.digamma', elementary.digamma)
/**
 * The n-th derivative of digamma, for a whole number n >= 0. (jax.scipy.special.polygamma)
 * @example special.polygamma(1, np.array([1]))   // [1.6449341]
 */
export const polygamma = <X extends Arg>(n: number, x: X): Value<InexactOf<X>> => {
  const order = wholeNumber('special.polygamma', 'n', n), v = toFloat('special.polygamma', x)
  return (order === 0 ? elementary.digamma(v) : elementary.polygamma(order, v)) as Value<InexactOf<X>>
}

/** B_2k/(2k(2k - 1)), the coefficients of Stirling's series in 1/z^(2k-1). */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400]
const stirlingSeries = (z: Value): Value => {
  const inverse = div(ones(z.aval), z), step = square(inverse)
  return mul(inverse, range(stirling.length - 1).reduceRight((acc, k) => add(like(z, stirling[k]!), mul(step, acc)), like(z, stirling[stirling.length - 1]!)))
}
/** log Γ(b) - log Γ(a + b) for 0 < a <= b, b >= 8: the large terms of Stirling's formula cancel on paper, not in floating point. */
const logGammaRatio = (a: Value, b: Value): Value => {
  const total = add(a, b)
  const main = sub(a, mul(sub(b, like(b, 0.5)), elementary.log1p(div(a, b))))
  return add(sub(main, mul(a, log(total))), sub(stirlingSeries(b), stirlingSeries(total)))
}
/**
 * log B(a, b) = log Γ(a) + log Γ(b) - log Γ(a + b), for positive a and b, accurate for large ones. (jax.scipy.special.betaln)
 * @example special.betaln(1, np.array([1]))   // [0]
 */
export const betaln = two('special.betaln', (x, y) => {
  const a = minimum(x, y), b = maximum(x, y)
  const large = ge(b, like(b, 8))
  const far = logGammaRatio(a, select(large, b, like(b, 8)))
  const near = select(large, ones(b.aval), b)
  return add(elementary.lgamma(a), select(large, far, sub(elementary.lgamma(near), elementary.lgamma(add(a, near)))))
})

// ---- logarithms of probabilities -------------------------------------------------------------------------------------

/**
 * log(p/(1 - p)), the inverse of expit. (jax.scipy.special.logit)
 * @example special.logit(np.array([0, 0.5, 1]))   // [-Infinity, 0, Infinity]
 */
export const logit = one('special.logit', p => sub(log(p), elementary.log1p(neg(p))))
/**
 * 1/(1 + e^-x). (jax.scipy.special.expit)
 * @example special.expit(np.array([0, 100]))   // [0.5, 1]
 */
export const expit = one('special.expit', elementary.logistic)

/** x·f(y), and 0 where x is 0 and f(y) is no number: there f is taken at its root, so that the derivative is 0, not NaN. */
const productWithLog = (x: Value, y: Value, f: (y: Value) => Value, root: number, inside: (y: Value) => Value): Value => {
  const degenerate = bitAnd(eq(x, zeros(x.aval)), bitNot(bitAnd(inside(y), isFinite(y))))
  return mul(x, f(select(degenerate, like(y, root), y)))
}
const xlogyOf = (x: Value, y: Value): Value => productWithLog(x, y, log, 1, v => gt(v, zeros(v.aval)))
/**
 * x·log y, and 0 where x = 0. (jax.scipy.special.xlogy)
 * @example special.xlogy(0, np.array([0, 1]))   // [0, 0]
 */
export const xlogy = two('special.xlogy', xlogyOf)
/**
 * x·log(1 + y), and 0 where x = 0. (jax.scipy.special.xlog1py)
 * @example special.xlog1py(0, np.array([-1, 1]))   // [0, 0]
 */
export const xlog1py = two('special.xlog1py', (x, y) => productWithLog(x, y, elementary.log1p, 0, v => gt(v, like(v, -1))))
/**
 * -x·log x: 0 at 0, -Infinity below. (jax.scipy.special.entr)
 * @example special.entr(np.array([0, 1, -1]))   // [0, 0, -Infinity]
 */
export const entr = one('special.entr', x => {
  const below = lt(x, zeros(x.aval)), safe = select(below, ones(x.aval), x)
  return select(below, like(x, -Infinity), sub(zeros(x.aval), xlogyOf(safe, safe)))
})
/**
 * p·log(p/q) for p, q > 0; 0 where p = 0 and q >= 0; Infinity elsewhere. (jax.scipy.special.rel_entr)
 * @example special.relEntr(np.array([0, 1]), np.array([1, 1]))   // [0, 0]
 */
export const relEntr = two('special.relEntr', (p, q) => {
  const zero = zeros(p.aval), one = ones(p.aval)
  const both = bitAnd(gt(p, zero), gt(q, zero)), empty = bitAnd(eq(p, zero), ge(q, zero))
  const safeP = select(both, p, one), safeQ = select(both, q, one)
  return select(both, sub(mul(safeP, log(safeP)), mul(safeP, log(safeQ))), select(empty, zero, like(p, Infinity)))
})

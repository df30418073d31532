/** The derivatives of digamma of any order, on the whole real line. */

import { bernoulli, digamma } from './gamma.js'

// n! / x^(n+1), with no power or factorial that could overflow alone
const term = (n: number, x: number): number => {
  let product = 1 / x
  for (let k = 1; k <= n; k++) product *= k / x
  return product
}

// n! ζ(n+1, x) = Σ_{i>=0} n! / (x+i)^(n+1) for x > 0, n >= 1: Euler and Maclaurin's formula from x+i >= n+12 on
const scaledZeta = (n: number, x: number): number => {
  let sum = 0
  let y = x
  for (let i = 1; y < n + 12; i++) {
    sum += term(n, y)
    y = x + i
  }
  const first = term(n, y)
  let tail = term(n - 1, y) + first / 2
  // n! (n+1)(n+2)...(n+2k-1) / ((2k)! y^(n+2k)), times B_2k
  let factor = ((n + 1) * first) / (2 * y)
  for (let k = 1; k <= bernoulli.length; k++) {
    tail += bernoulli[k - 1]! * factor
    factor *= ((n + 2 * k) / y) * ((n + 2 * k + 1) / y) / ((2 * k + 1) * (2 * k + 2))
  }
  return sum + tail
}

/**
 * The n-th derivative of digamma at x, n a whole number from 0 on (any other n -> NaN); n = 0 is `digamma`.
 * For x > 0 or n odd the relative error is below 1e-14 up to n = 20 and grows like n ulp; for x < 0 and n even >= 2 it is so relative
 * to the two one-sided sums that cancel (|polygamma(n, f)| + |polygamma(n, 1 - f)|, f the fractional part of x).
 * For n >= 1 the poles at 0, -1, -2, ... give Infinity if n is odd and NaN if n is even (the two sides disagree);
 * polygamma(n, Infinity) = 0 (the limit; JAX gives NaN), -Infinity and NaN -> NaN.
 * Source: ψ⁽ⁿ⁾(x) = (-1)^(n+1) n! ζ(n+1, x) (Abramowitz and Stegun 6.4.10); jax.scipy.special.polygamma.
 * @example polygamma(1, 1) // π²/6
 */
export const polygamma = (n: number, x: number): number => {
  if (!(n >= 0) || Math.floor(n) !== n || x !== x) return NaN
  if (n === 0) return digamma(x)
  const odd = n % 2 === 1
  if (x === Infinity) return 0
  if (x > 0) return odd ? scaledZeta(n, x) : -scaledZeta(n, x)
  if (x === -Infinity) return NaN
  const fraction = x - Math.round(x)
  if (fraction === 0) return odd ? Infinity : NaN
  // x + i runs over right, right + 1, ... and over -left, -left - 1, ..., x, where right + left = 1 and both lie in (0, 1): the
  // negative part is the whole progression less what lies beyond x. At half-integers the two progressions cancel exactly.
  const right = scaledZeta(n, fraction < 0 ? 1 + fraction : fraction)
  const left = scaledZeta(n, fraction < 0 ? -fraction : 1 - fraction)
  const beyond = scaledZeta(n, 1 - x)
  return odd ? right + (left - beyond) : left - right - beyond
}

/**
 * The derivative of digamma, Σ_{i>=0} 1/(x+i)²: `polygamma(1, x)` with its accuracy and edge values.
 * @example trigamma(1) // π²/6
 */
export const trigamma = (x: number): number => polygamma(1, x)

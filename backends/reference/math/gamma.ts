/** The logarithm of the gamma function and its derivative, digamma. */

// ζ(k) - 1 for k = 2, 3, ...
const zetaMinusOne: readonly number[] = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645,
  0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-05, 3.058823630702049e-05, 1.528225940865187e-05,
  7.637197637899763e-06, 3.81729326499984e-06, 1.908212716553939e-06, 9.539620338727962e-07, 4.769329867878064e-07,
  2.38450502727733e-07, 1.1921992596531106e-07, 5.960818905125948e-08, 2.980350351465228e-08, 1.4901554828365043e-08,
  7.45071178983543e-09, 3.725334024788457e-09, 1.862659723513049e-09, 9.313274324196682e-10, 4.656629065033784e-10,
]

/** The Bernoulli numbers B_2, B_4, ..., B_24. */
export const bernoulli: readonly number[] = [
  1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330, 854513 / 138, -236364091 / 2730,
]

const oneMinusEuler = 0.42278433509846713
const halfLogTwoPi = 0.9189385332046727

// log Γ(2 + z) = (1-γ) z + Σ_{k>=2} (-1)^k (ζ(k) - 1) z^k / k, for |z| <= 1/2 the terms fall like 4^-k
const logGammaSeries: readonly number[] = zetaMinusOne.map((value, i) => (i % 2 === 0 ? value : -value) / (i + 2))
// ψ(2 + z) = 1-γ + Σ_{k>=1} (-1)^(k+1) (ζ(k+1) - 1) z^k
const digammaSeries: readonly number[] = zetaMinusOne.map((value, i) => (i % 2 === 0 ? value : -value))
// log Γ(x) = x (log x - 1) - log(x)/2 + log(2π)/2 + Σ B_2k / (2k (2k-1) x^(2k-1))
const stirlingSeries: readonly number[] = bernoulli.slice(0, 9).map((value, i) => value / ((2 * i + 2) * (2 * i + 1)))
// ψ(x) = log x - 1/(2x) - Σ B_2k / (2k x^2k)
const digammaTail: readonly number[] = bernoulli.slice(0, 9).map((value, i) => value / (2 * i + 2))

const horner = (coefficients: readonly number[], x: number): number => {
  let sum = 0
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * x + coefficients[k]!
  return sum
}

const logGammaNearTwo = (z: number): number => z * (oneMinusEuler + z * horner(logGammaSeries, z))

const stirling = (x: number): number => {
  const r = 1 / x
  const l = Math.log(x)
  return x * (l - 1) + (halfLogTwoPi - 0.5 * l + r * horner(stirlingSeries, r * r))
}

/**
 * log|Γ(x)|, within 2e-15 relative for x > 0 (also around its zeros 1 and 2) and within 1e-14 relative or absolute, whichever is
 * larger, for x < 0. Poles at 0, -1, -2, ... give Infinity, as do ±Infinity; NaN -> NaN; as jax.lax.lgamma.
 * Source: Taylor's series about 2 with zeta coefficients, the recurrence Γ(x+1) = xΓ(x), Stirling's series from 10,
 * Euler's reflection below -20 (Abramowitz and Stegun 6.1.33, 6.1.15, 6.1.40, 6.1.17).
 * @example lgamma(5) // Math.log(24)
 */
export const lgamma = (x: number): number => {
  if (x !== x) return x
  if (x >= 10) return x === Infinity ? x : stirling(x)
  if (x <= 0 && Math.floor(x) === x) return Infinity
  if (x < -20) {
    // Γ(x) Γ(1-x) = π / sin(πx)
    const fraction = x - Math.round(x)
    return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * fraction))) - stirling(1 - x)
  }
  const shift = 2 - Math.round(x)
  const z = x - (2 - shift)
  if (shift <= 0) {
    let product = 1
    for (let i = 1; i <= -shift; i++) product *= x - i
    return logGammaNearTwo(z) + Math.log(product)
  }
  let product = x
  for (let i = 1; i < shift; i++) product *= x + i
  return logGammaNearTwo(z) - Math.log(Math.abs(product))
}

/**
 * ψ(x) = Γ'(x)/Γ(x) within 1e-14 relative, near its zeros absolute. Poles at 0, -1, -2, ... give NaN, as jax.scipy.special.digamma;
 * digamma(Infinity) = Infinity, digamma(-Infinity) = NaN, NaN -> NaN.
 * Source: the derivatives of the series of lgamma (Abramowitz and Stegun 6.3.5, 6.3.7, 6.3.14, 6.3.18).
 * @example digamma(1) // -0.5772156649015329
 */
export const digamma = (x: number): number => {
  if (x >= 10) {
    const r = 1 / x
    return Math.log(x) - r * (0.5 + r * horner(digammaTail, r * r))
  }
  if (x <= 0) {
    const fraction = x - Math.round(x)
    if (fraction === 0 || x === -Infinity) return NaN
    // ψ(1-x) - ψ(x) = π / tan(πx)
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * fraction)
  }
  if (x !== x) return x
  const nearest = Math.round(x)
  const z = x - nearest
  let sum = oneMinusEuler + z * horner(digammaSeries, z)
  if (nearest < 2) for (let i = nearest; i < 2; i++) sum -= 1 / (x + (i - nearest))
  else for (let i = nearest - 2; i > 0; i--) sum += 1 / (x - i)
  return sum
}

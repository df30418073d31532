/** A Chebyshev series is evaluated by Clenshaw's recurrence. */

/**
 * Σ c_k T_k(t) for |t| <= 1, c_0 not halved. Source: C. W. Clenshaw, A note on the summation of Chebyshev series (1955).
 * @example chebyshev([0, 1], 0.25) // 0.25
 */
export const chebyshev = (coefficients: readonly number[], t: number): number => {
  let b1 = 0
  let b2 = 0
  const twice = 2 * t
  for (let k = coefficients.length - 1; k > 0; k--) {
    const b = twice * b1 - b2 + coefficients[k]!
    b2 = b1
    b1 = b
  }
  return t * b1 - b2 + coefficients[0]!
}

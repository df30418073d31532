/** Powers: of f64 numbers with C's special cases, and of i32 and u32 numbers modulo 2^32. */

const largest = 1e290
const smallest = 1e-290

/*
 * x^n for |n| <= 1024 by binary powering on unevaluated sums high + low of about 106 bits, then rounded once. Products are made exact
 * by Dekker's splitting (T. J. Dekker, A floating-point technique for extending the available precision, 1971).
 * The exponent is read from its highest bit, so every intermediate power lies between x and the result.
 */
const powWhole = (x: number, n: number): number => {
  const count = Math.abs(n)
  const split = x * 134217729
  const xHead = split - (split - x)
  const xRest = x - xHead
  let high = x
  let low = 0
  for (let bit = 30 - Math.clz32(count); bit >= 0; bit--) {
    const c = high * 134217729
    const head = c - (c - high)
    const rest = high - head
    const square = high * high
    const error = head * head - square + 2 * head * rest + rest * rest + 2 * high * low
    high = square + error
    low = square - high + error
    if ((count >>> bit) & 1) {
      const d = high * 134217729
      const front = d - (d - high)
      const back = high - front
      const product = high * x
      const miss = front * xHead - product + front * xRest + back * xHead + back * xRest + low * x
      high = product + miss
      low = product - high + miss
    }
  }
  if (n > 0) return high
  // 1/(high + low): one Newton step on the rounded quotient, its residual exact
  const quotient = 1 / high
  const c = high * 134217729
  const head = c - (c - high)
  const rest = high - head
  const d = quotient * 134217729
  const front = d - (d - quotient)
  const back = quotient - front
  const product = high * quotient
  const miss = front * head - product + front * rest + back * head + back * rest
  return quotient + quotient * (1 - product - miss - low * quotient)
}

/**
 * x to the power y. Whole exponents up to 1024 are rounded once from about 100 bits (0.5 ulp, so exact whenever the result is a
 * number) while the result lies in [1e-290, 1e290]; otherwise within 1 ulp, by the engine. As C and jax.lax.pow, and unlike
 * JavaScript: pow(1, y) = 1 for every y, NaN included, and pow(-1, ±Infinity) = 1. pow(x, 0) = 1 for every x, NaN included;
 * pow(±0, y < 0) = Infinity, negative if x is -0 and y odd; x < 0 with y not whole -> NaN.
 * @example pow(3, 4) // 81
 */
export const pow = (x: number, y: number): number => {
  if (y === 2) return x * x
  if (y === 1) return x
  if (x === 1 || y === 0 || (x === -1 && (y === Infinity || y === -Infinity))) return 1
  const value = Math.pow(x, y)
  if (y !== Math.floor(y) || y > 1024 || y < -1024) return value
  const size = Math.abs(value)
  return size > smallest && size < largest ? powWhole(x, y) : value
}

// x^n modulo 2^32, the 32 bits of n read as an unsigned number
const powBits = (x: number, n: number): number => {
  let result = 1
  let square = x
  for (let rest = n; rest !== 0; rest >>>= 1) {
    if (rest & 1) result = Math.imul(result, square)
    square = Math.imul(square, square)
  }
  return result
}

/**
 * x^n in i32 with wraparound. n < 0 is the reciprocal truncated to a whole number: 1 for x = 1, ±1 for x = -1, else 0.
 * x^0 = 1 also for x = 0. Equal to jax.numpy.power for 0 <= n < 64; it reads six bits of n only.
 * @example powI32(3, 4) // 81
 */
export const powI32 = (x: number, n: number): number => {
  if (n >= 0) return powBits(x, n)
  return x === 1 ? 1 : x === -1 ? ((n & 1) === 0 ? 1 : -1) : 0
}

/**
 * x^n in u32 with wraparound, n from 0 to 2^32 - 1.
 * @example powU32(2, 31) // 2147483648
 */
export const powU32 = (x: number, n: number): number => powBits(x, n) >>> 0

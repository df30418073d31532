/** The elementary functions of one f64 number: those of the engine that are measured to be good, and the few it lacks. */

/*
 * Largest error found in V8 11.3 (Node 20), in units in the last place, over 3,000 to 9,000 random points each, against 60-digit values:
 * exp 0.84, expm1 0.77, log 0.75, log2 0.69, log10 1.73, log1p 0.72, sin 0.74, cos 0.79, tan 0.70, asin 0.75, acos 0.79, atan 0.72,
 * atan2 1.01, sinh 1.42, cosh 1.13, tanh 1.94, asinh 1.37, acosh 1.57, atanh 1.32, cbrt 0.66, pow 0.94. One ulp is at most 2.3e-16
 * of the value, so all are within 4.5e-16 relative; the golden tests repeat the check on whichever engine runs them.
 */

/** A function of one number. */
export type Unary = (x: number) => number

/** e^x within 1 ulp; exp(-Infinity) = 0, overflow Infinity, NaN -> NaN. Source: the engine (fdlibm). */
export const exp: Unary = Math.exp
/** e^x - 1 within 1 ulp, also near 0; keeps -0; expm1(-Infinity) = -1. Source: the engine (fdlibm). */
export const expm1: Unary = Math.expm1
/** Natural logarithm within 1 ulp; log(±0) = -Infinity, x < 0 -> NaN. Source: the engine (fdlibm). */
export const log: Unary = Math.log
/** log(1 + x) within 1 ulp, also near 0; keeps -0; log1p(-1) = -Infinity, x < -1 -> NaN. Source: the engine (fdlibm). */
export const log1p: Unary = Math.log1p
/** Sine within 1 ulp at any argument (Payne-Hanek reduction); sin(±Infinity) = NaN. Source: the engine (fdlibm). */
export const sin: Unary = Math.sin
/** Cosine within 1 ulp at any argument; cos(±Infinity) = NaN. Source: the engine (fdlibm). */
export const cos: Unary = Math.cos
/** Tangent within 1 ulp at any argument; tan(±Infinity) = NaN. Source: the engine (fdlibm). */
export const tan: Unary = Math.tan
/** Inverse sine within 1 ulp; |x| > 1 -> NaN. Source: the engine (fdlibm). */
export const asin: Unary = Math.asin
/** Inverse cosine within 1 ulp; |x| > 1 -> NaN. Source: the engine (fdlibm). */
export const acos: Unary = Math.acos
/** Inverse tangent within 1 ulp; atan(±Infinity) = ±π/2. Source: the engine (fdlibm). */
export const atan: Unary = Math.atan
/** Angle of the point (x, y) within 2 ulp, with the signs of C's atan2 at zeros and infinities. Source: the engine (fdlibm). */
export const atan2: (y: number, x: number) => number = Math.atan2
/** Hyperbolic sine within 2 ulp. Source: the engine (fdlibm). */
export const sinh: Unary = Math.sinh
/** Hyperbolic cosine within 2 ulp. Source: the engine (fdlibm). */
export const cosh: Unary = Math.cosh
/** Hyperbolic tangent within 2 ulp; tanh(±Infinity) = ±1. Source: the engine (fdlibm). */
export const tanh: Unary = Math.tanh
/** Inverse hyperbolic sine within 2 ulp. Source: the engine (fdlibm). */
export const asinh: Unary = Math.asinh
/** Inverse hyperbolic cosine within 2 ulp; x < 1 -> NaN. Source: the engine (fdlibm). */
export const acosh: Unary = Math.acosh
/** Inverse hyperbolic tangent within 2 ulp; atanh(±1) = ±Infinity, |x| > 1 -> NaN. Source: the engine (fdlibm). */
export const atanh: Unary = Math.atanh
/** Cube root within 1 ulp, odd, keeps -0; cbrt(±Infinity) = ±Infinity. Source: the engine (fdlibm). */
export const cbrt: Unary = Math.cbrt
/** Square root, correctly rounded (IEEE 754); sqrt(-0) = -0, x < 0 -> NaN. Source: the engine. */
export const sqrt: Unary = Math.sqrt

/**
 * 1/√x within 1 ulp (two correctly rounded operations). rsqrt(0) = Infinity, rsqrt(-0) = -Infinity,
 * rsqrt(Infinity) = 0, x < 0 -> NaN, as jax.lax.rsqrt.
 * @example rsqrt(4) // 0.5
 */
export const rsqrt = (x: number): number => 1 / Math.sqrt(x)

/**
 * 1 / (1 + e^-x) within 3 ulp where the result is normal, by the form whose exponential cannot overflow on either side:
 * logistic(-Infinity) = 0, logistic(Infinity) = 1, NaN -> NaN. Source: jax.lax.logistic.
 * @example logistic(0) // 0.5
 */
export const logistic = (x: number): number => {
  if (x >= 0) return 1 / (1 + Math.exp(-x))
  const e = Math.exp(x)
  return e / (1 + e)
}

/**
 * log(e^x + e^y) without overflow, within 2 ulp of max(|x|, |y|, log 2). Equal infinities keep their value, -Infinity is the
 * neutral element, Infinity wins over every number, NaN -> NaN. Source: jax.numpy.logaddexp.
 * @example logAddExp(1000, 1000) // 1000.6931471805599
 */
export const logAddExp = (x: number, y: number): number => {
  // ∞ - ∞ has no value, so equal arguments go first
  if (x === y) return x + Math.LN2
  const d = x - y
  return d > 0 ? x + Math.log1p(Math.exp(-d)) : d <= 0 ? y + Math.log1p(Math.exp(d)) : d
}

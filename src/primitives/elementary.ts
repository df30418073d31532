/** The elementary and special functions, each with its partial derivative. */
import { int, record } from '../core/form.js'
import { bind1 } from '../core/interp.js'
import { type Primitive } from '../core/primitive.js'
import { type Emitters, type ScalarOp } from '../core/scalar.js'
import { type Value } from '../core/value.js'
import { add, constantLike as like, div, mul, neg, rows, sub } from './arithmetic.js'
import { ones } from './base.js'
import { pointwise } from './elementwise.js'

type One = { [K in ScalarOp]: Emitters<unknown>[K] extends (x: unknown) => unknown ? K : never }[ScalarOp]
/** A function of one float, by its derivative at x where its value is y. */
const real = (name: One, derivative: (x: Value, y: Value) => Value, weight = 8): Primitive<null> =>
  pointwise(name, { domain: 'float', rows, weight, scalar: (k, [x]) => [k[name](x!)], partials: [([x], y) => derivative(x!, y)] })
const one = (x: Value): Value => ones(x.aval)
const square = (x: Value): Value => mul(x, x)

export const expP = real('exp', (_x, y) => y)
export const expm1P = real('expm1', (_x, y) => add(y, one(y)))
export const log1pP = real('log1p', x => div(one(x), add(x, one(x))))
export const sqrtP = real('sqrt', (_x, y) => div(like(y, 0.5), y), 4)
export const rsqrtP = real('rsqrt', (x, y) => mul(like(x, -0.5), div(y, x)), 4)
export const cbrtP = real('cbrt', (_x, y) => div(like(y, 1 / 3), square(y)))
export const logisticP = real('logistic', (_x, y) => mul(y, sub(one(y), y)))

export const sinP = real('sin', x => cos(x))
export const cosP = real('cos', x => neg(sin(x)))
export const tanP = real('tan', (_x, y) => add(one(y), square(y)))
export const asinP = real('asin', x => rsqrt(mul(sub(one(x), x), add(one(x), x))))
export const acosP = real('acos', x => neg(rsqrt(mul(sub(one(x), x), add(one(x), x)))))
export const atanP = real('atan', x => div(one(x), add(one(x), square(x))))
export const sinhP = real('sinh', x => cosh(x))
export const coshP = real('cosh', x => sinh(x))
/** 1 - y², written so that nothing cancels near y = ±1. */
export const tanhP = real('tanh', (_x, y) => mul(sub(one(y), y), add(one(y), y)))
export const asinhP = real('asinh', x => rsqrt(add(square(x), one(x))))
export const acoshP = real('acosh', x => rsqrt(mul(sub(x, one(x)), add(x, one(x)))))
export const atanhP = real('atanh', x => div(one(x), mul(sub(one(x), x), add(one(x), x))))

/** erf' x = 2/√π · exp(-x²) */
export const erfP = real('erf', x => mul(like(x, 2 / Math.sqrt(Math.PI)), exp(neg(square(x)))))
export const erfcP = real('erfc', x => mul(like(x, -2 / Math.sqrt(Math.PI)), exp(neg(square(x)))))
export const erfInvP = real('erfInv', (_x, y) => mul(like(y, Math.sqrt(Math.PI) / 2), exp(square(y))))
export const lgammaP = real('lgamma', x => digamma(x))
export const digammaP = real('digamma', x => polygamma(1, x))

export interface OrderParams { readonly order: number }
/** ψ⁽ⁿ⁾, the n-th derivative of digamma. */
export const polygammaP: Primitive<OrderParams> = pointwise<OrderParams>('polygamma', {
  domain: 'float', rows, weight: 16, params: record({ order: int }),
  scalar: (k, [x], { order }) => [k.polygamma(k.constant(order), x!)],
  partials: [([x], _y, { order }) => polygamma(order + 1, x!)],
})
/** The angle of the point (x, y): ∂/∂y = x/(x²+y²), ∂/∂x = -y/(x²+y²). Operands y, x. */
export const atan2P: Primitive<null> = pointwise('atan2', {
  domain: 'float', rows, weight: 8, scalar: (k, [y, x]) => [k.atan2(y!, x!)],
  partials: [([y, x]) => div(x!, add(square(x!), square(y!))), ([y, x]) => neg(div(y!, add(square(x!), square(y!))))],
})

const of1 = (row: Primitive<null>) => (x: Value): Value => bind1(row, [x], null)
export const exp = of1(expP), expm1 = of1(expm1P), log1p = of1(log1pP), sqrt = of1(sqrtP), rsqrt = of1(rsqrtP), cbrt = of1(cbrtP), logistic = of1(logisticP)
export const sin = of1(sinP), cos = of1(cosP), tan = of1(tanP), asin = of1(asinP), acos = of1(acosP), atan = of1(atanP)
export const sinh = of1(sinhP), cosh = of1(coshP), tanh = of1(tanhP), asinh = of1(asinhP), acosh = of1(acoshP), atanh = of1(atanhP)
export const erf = of1(erfP), erfc = of1(erfcP), erfInv = of1(erfInvP), lgamma = of1(lgammaP), digamma = of1(digammaP)
export const polygamma = (order: number, x: Value): Value => bind1(polygammaP, [x], { order })
export const atan2 = (y: Value, x: Value): Value => bind1(atan2P, [y, x], null)

/** Arithmetic on elements, with its derivatives: sums, products, powers, extrema, choice, conversion. */
import * as E from '../core/either.js'
import { aval, sameAval, sameShape } from '../core/aval.js'
import { type DType, isFloat } from '../core/dtype.js'
import { int, record } from '../core/form.js'
import { bind, bind1 } from '../core/interp.js'
import { Linear, type Primitive } from '../core/primitive.js'
import { type Value } from '../core/value.js'
import { full, lead, ones, zeros } from './base.js'
import { type Partial, pointwise, pointwiseLinear, pointwiseMultilinear } from './elementwise.js'
import { bitAnd, dtypeParams, type DTypeParams, eq, ge, gt, lt, trunc } from './logic.js'
import { free, general, wrongDType, wrongShape } from './row.js'

export const rows = (): { add: Primitive; mul: Primitive; select: Primitive } => ({ add: addP, mul: mulP, select: selectP })
/** A number in every place of a value's type. */
export const constantLike = (x: Value, c: number): Value => full(c, x.aval)
const like = constantLike

// ---- linear ----------------------------------------------------------------------------------------------------------

export const addP: Primitive<null> = pointwiseLinear('add', {
  domain: 'number', scalar: (k, [x, y]) => [k.add(x!, y!)],
  transpose: ([ct], args) => args.map(a => (a instanceof Linear ? ct! : null)),
})
export const subP: Primitive<null> = pointwiseLinear('sub', {
  domain: 'number', scalar: (k, [x, y]) => [k.sub(x!, y!)],
  transpose: ([ct], [x, y]) => [x instanceof Linear ? ct! : null, y instanceof Linear ? neg(ct!) : null],
})
export const negP: Primitive<null> = pointwiseLinear('neg', { domain: 'number', scalar: (k, [x]) => [k.neg(x!)], transpose: ([ct]) => [neg(ct!)] })

/** where p, x, else y: linear in x and y together. */
export const selectP: Primitive<null> = pointwiseLinear('select', {
  domain: 'any', fixed: [0], weight: 0, scalar: (k, [p, x, y]) => [k.select(p!, x!, y!)],
  shape: ([p, x, y]) => {
    if (p!.dtype !== 'bool') return wrongDType('select', [p!], 'a bool predicate', 'compare first: np.greater(x, 0)')
    if (!sameAval(x!, y!)) return wrongShape('select', [x!, y!], 'two branches of one shape and dtype', 'np.where broadcasts and promotes')
    return sameShape(p!.shape, x!.shape) ? E.right([x!]) : wrongShape('select', [p!, x!], 'a predicate of the same shape', 'np.where broadcasts')
  },
  transpose: ([ct], [p, x, y]) => {
    const z = zeros(ct!.aval)
    return [null, x instanceof Linear ? select(p as Value, ct!, z) : null, y instanceof Linear ? select(p as Value, z, ct!) : null]
  },
})

/** The nearest value of another dtype: linear between floats, without derivative otherwise. */
export const convertP: Primitive<DTypeParams> = general<DTypeParams>('convert', {
  params: dtypeParams,
  scalar: (k, [x], { dtype }, [a]) => [k.convert(x!, a!.dtype, dtype)],
  shape: ([x], { dtype }) => E.right([aval(dtype, x!.shape)]),
  batch: (axis, [x], [b], params) => bind(convertP, [lead(axis, x!, b!)], params),
  cost: free,
  linearize: self => ([x], params) => ({
    outs: bind(self, [x!], params),
    push: ([tx]) => [tx && isFloat(params.dtype) ? bind1(self, [tx], params) : null],
  }),
  transpose: ([ct], [x]) => [convert(ct!, x!.aval.dtype)],
  linearIn: ([x], { dtype }) => x! && isFloat(dtype),
})

// ---- products --------------------------------------------------------------------------------------------------------

export const mulP: Primitive<null> = pointwiseMultilinear('mul', {
  domain: 'number', add: () => addP, scalar: (k, [x, y]) => [k.mul(x!, y!)],
  transpose: ([ct], [x, y]) => (x instanceof Linear ? [mul(ct!, y as Value), null] : [null, mul(x as Value, ct!)]),
})
/** On integers: truncated. Linear in the numerator. */
export const divP: Primitive<null> = pointwise('div', {
  domain: 'number', rows, weight: 4, scalar: (k, [x, y]) => [k.div(x!, y!)],
  partials: [([, y]) => div(ones(y!.aval), y!), ([, y], out) => neg(div(out, y!))],
  transpose: { in: 0, rule: ([ct], [x, y]) => (x instanceof Linear ? [div(ct!, y as Value), null] : [null, null]) },
})
/** The remainder with the sign of the dividend: x - y·trunc(x/y). */
export const remP: Primitive<null> = pointwise('rem', {
  domain: 'number', rows, weight: 4, scalar: (k, [x, y]) => [k.rem(x!, y!)],
  partials: [([x]) => ones(x!.aval), ([x, y]) => neg(trunc(div(x!, y!)))],
})

/** ∂(x^y)/∂x = y·x^(y-1), and 0 at (0, 0), where that is 0·∞;  ∂(x^y)/∂y = x^y·log x, and 0·x^y where x = 0 (JAX: lax.pow). */
export const powP: Primitive<null> = pointwise('pow', {
  domain: 'number', rows, weight: 16, scalar: (k, [x, y]) => [k.pow(x!, y!)],
  partials: [
    ([x, y]) => {
      const none = bitAnd(eq(x!, zeros(x!.aval)), eq(y!, zeros(y!.aval)))
      return select(none, zeros(y!.aval), mul(y!, pow(x!, select(none, ones(y!.aval), sub(y!, ones(y!.aval))))))
    },
    ([x], out) => mul(log(select(eq(x!, zeros(x!.aval)), ones(x!.aval), x!)), out),
  ],
})
/** The natural logarithm stands here because powers need it: log' x = 1/x. */
export const logP: Primitive<null> = pointwise('log', { domain: 'float', rows, weight: 8, scalar: (k, [x]) => [k.log(x!)], partials: [([x]) => div(ones(x!.aval), x!)] })

export interface PowerParams { readonly n: number }
/** x^n for an integer n: n·x^(n-1). */
export const integerPowP: Primitive<PowerParams> = pointwise<PowerParams>('integerPow', {
  domain: 'number', rows, weight: 2, params: record({ n: int }), scalar: (k, [x], { n }) => [k.pow(x!, k.constant(n))],
  partials: [([x], _out, { n }) => (n === 0 ? zeros(x!.aval) : mul(like(x!, n), integerPow(x!, n - 1)))],
})

// ---- extrema ---------------------------------------------------------------------------------------------------------

/** The tangent goes to the greater (the lesser) operand, half to each at a tie. */
const wins = (a: number, b: number): Partial<null> => (args) => {
  const [x, y] = [args[a]!, args[b]!]
  return select(eq(x, y), like(x, 0.5), select(gt(x, y), ones(x.aval), zeros(x.aval)))
}
export const maximumP: Primitive<null> = pointwise('maximum', { domain: 'any', rows, scalar: (k, [x, y]) => [k.max(x!, y!)], partials: [wins(0, 1), wins(1, 0)] })
export const minimumP: Primitive<null> = pointwise('minimum', { domain: 'any', rows, scalar: (k, [x, y]) => [k.min(x!, y!)], partials: [wins(1, 0), wins(0, 1)] })
/** At 0 the slope to the right (JAX: lax.abs). */
export const absP: Primitive<null> = pointwise('abs', {
  domain: 'number', rows, scalar: (k, [x]) => [k.abs(x!)],
  partials: [([x]) => select(ge(x!, zeros(x!.aval)), ones(x!.aval), like(x!, -1))],
})
/** min(max(x, lo), hi); operands lo, x, hi. At the bounds no tangent passes through x (JAX: lax.clamp). */
export const clampP: Primitive<null> = pointwise('clamp', {
  domain: 'number', rows, scalar: (k, [lo, x, hi]) => [k.min(k.max(x!, lo!), hi!)],
  partials: [
    ([lo, x, hi]) => bitAnd(gt(lo!, x!), lt(lo!, hi!)),
    ([lo, x, hi]) => bitAnd(gt(x!, lo!), lt(x!, hi!)),
    ([, x, hi]) => lt(hi!, x!),
  ],
})

// ---- as functions ----------------------------------------------------------------------------------------------------

const of1 = (row: Primitive<null>) => (x: Value): Value => bind1(row, [x], null)
const of2 = (row: Primitive<null>) => (x: Value, y: Value): Value => bind1(row, [x, y], null)
export const add = of2(addP), sub = of2(subP), neg = of1(negP), mul = of2(mulP), div = of2(divP), rem = of2(remP), pow = of2(powP), log = of1(logP)
export const maximum = of2(maximumP), minimum = of2(minimumP), abs = of1(absP)
export const select = (p: Value, x: Value, y: Value): Value => bind1(selectP, [p, x, y], null)
export const clamp = (lo: Value, x: Value, hi: Value): Value => bind1(clampP, [lo, x, hi], null)
export const integerPow = (x: Value, n: number): Value => (n === 1 ? x : bind1(integerPowP, [x], { n }))
export const convert = (x: Value, dtype: DType): Value => (x.dtype === dtype ? x : bind1(convertP, [x], { dtype }))
/** A number times a value. */
export const scale = (c: number, x: Value): Value => (c === 1 ? x : c === -1 ? neg(x) : mul(like(x, c), x))

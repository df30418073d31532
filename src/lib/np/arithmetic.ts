/** Arithmetic of two arrays, element by element: dtypes meet as JAX's table says, shapes broadcast. */
import { isFloat } from '../../core/dtype.js'
import { badArgument } from '../../core/fault.js'
import { bind1 } from '../../core/interp.js'
import type { Primitive } from '../../core/primitive.js'
import { isValue, type Value } from '../../core/value.js'
import {
  abs as absOf, addP, convert, div, divP, integerPow, maximumP, minimumP, mul, mulP, powP, rem, select, sub, subP,
} from '../../primitives/arithmetic.js'
import { full, ones, zeros } from '../../primitives/base.js'
import { sqrt } from '../../primitives/elementary.js'
import { reduceOr } from '../../primitives/fold.js'
import { bitAnd, bitAndP, bitOr, bitOrP, eq, gt, lt, ne, round as roundOf, sign, stopGradientOf } from '../../primitives/logic.js'
import { whileLoop } from '../../higher/loops.js'
import { align2, alignFloat2, besideNumber, refuseDType } from '../arrays.js'
import { dual } from '../dual.js'
import type { Arg } from '../../types/dtype.js'
import type { Binary, BinaryCounting, BinaryFloat } from '../../types/functions.js'

/** A row over two operands of one dtype; on truth values another row, or a fault. */
const elementwise = <F = Binary>(op: string, row: Primitive<null>, onBool: Primitive<null> | null): F => dual<F>((x: Arg, y: Arg) => {
  const both = align2(op, x, y)
  if (both[0].aval.dtype !== 'bool') return bind1(row, both, null)
  return onBool ? bind1(onBool, both, null) : refuseDType(op, both, 'numbers', 'use np.logicalXor on truth values')
})
const counted = (op: string, x: Arg, y: Arg): readonly [Value, Value] => {
  const both = align2(op, x, y)
  return both[0].aval.dtype === 'bool' ? [convert(both[0], 'i32'), convert(both[1], 'i32')] : both
}

/**
 * x + y. Shapes broadcast, dtypes meet; on two bool arrays it is "or". A number takes the dtype of the other operand,
 * except that a fraction beside integers gives f32 (as two numbers do). Faults: ShapeMismatch. (jax.numpy.add)
 * @example np.add(np.array([1, 2]), 1)   // [2, 3]
 */
export const add: Binary = elementwise('add', addP, bitOrP)
/**
 * x - y. Broadcasts and promotes; two bool arrays are a DTypeMismatch. Data last, `np.subtract(1)` takes 1 away. (jax.numpy.subtract)
 * @example np.subtract(np.array([1, 2]), 1)   // [0, 1]
 */
export const subtract: Binary = elementwise('subtract', subP, null)
/**
 * x · y. Broadcasts and promotes; on two bool arrays it is "and". (jax.numpy.multiply)
 * @example np.multiply(np.array([1, 2]), np.array([[2], [3]]))   // [[2, 4], [3, 6]]
 */
export const multiply: Binary = elementwise('multiply', mulP, bitAndP)
/**
 * x / y, always in floats: integers and bools become f32. (jax.numpy.divide)
 * @example np.divide(np.array([1, 2], { dtype: 'i32' }), 4)   // [0.25, 0.5]
 */
export const divide: BinaryFloat = dual((x: Arg, y: Arg) => bind1(divP, alignFloat2('divide', x, y), null))
/**
 * The same as divide. (jax.numpy.true_divide)
 * @example np.trueDivide(np.array([1, 2]), 2)   // [0.5, 1]
 */
export const trueDivide: BinaryFloat = dual((x: Arg, y: Arg) => bind1(divP, alignFloat2('trueDivide', x, y), null))

/** Integers have no remainder by 0: it is 0, which 1 gives. */
const besideZero = (y: Value): Value => select(eq(y, zeros(y.aval)), ones(y.aval), y)
/** The remainder with the sign of the divisor: the truncated one, moved by y where their signs differ. */
const floored = (x: Value, y: Value): Value => {
  const r = isFloat(x.aval.dtype) ? rem(x, y) : rem(x, besideZero(y)), zero = zeros(r.aval)
  if (r.aval.dtype === 'u32') return r
  const moves = bitAnd(ne(lt(r, zero), lt(y, zero)), ne(r, zero))
  return select(moves, bind1(addP, [r, y], null), r)
}
const floorQuotient = (x: Value, y: Value): Value => {
  if (isFloat(x.aval.dtype)) {
    const r = rem(x, y), one = ones(x.aval), zero = zeros(x.aval)
    const q = div(sub(x, r), y)
    const moves = bitAnd(ne(r, zero), ne(sign(y), sign(r)))
    // the quotient is whole but for rounding; beside a zero divisor there is no remainder to take away
    return select(eq(y, zero), div(x, y), roundOf(select(moves, sub(q, one), q)))
  }
  const q = div(x, y)
  if (x.aval.dtype === 'u32') return q
  const moves = bitAnd(ne(sign(x), sign(y)), ne(rem(x, y), zeros(x.aval)))
  return select(moves, sub(q, ones(q.aval)), q)
}
/**
 * The greatest whole number not above x / y. Keeps the dtype; bools become i32. (jax.numpy.floor_divide)
 * @example np.floorDivide(np.array([-7, 7], { dtype: 'i32' }), 2)   // [-4, 3]
 */
export const floorDivide: BinaryCounting = dual((x: Arg, y: Arg) => floorQuotient(...counted('floorDivide', x, y)))
/**
 * x - y·floor(x / y): the remainder with the sign of y; by 0 it is NaN, and 0 on integers. Keeps the dtype; bools become i32. (jax.numpy.remainder)
 * @example np.remainder(np.array([-7, 7], { dtype: 'i32' }), 3)   // [2, 1]
 */
export const remainder: BinaryCounting = dual((x: Arg, y: Arg) => floored(...counted('remainder', x, y)))
/**
 * The same as remainder. (jax.numpy.mod)
 * @example np.mod(np.array([-7, 7]), 3)   // [2, 1]
 */
export const mod: BinaryCounting = dual((x: Arg, y: Arg) => floored(...counted('mod', x, y)))
/**
 * x - y·trunc(x / y): the remainder with the sign of x. (jax.numpy.fmod)
 * @example np.fmod(np.array([-7, 7]), 3)   // [-1, 1]
 */
export const fmod: BinaryCounting = dual((x: Arg, y: Arg) => {
  const [a, b] = counted('fmod', x, y)
  return rem(a, isFloat(a.aval.dtype) ? b : besideZero(b))
})
/**
 * The pair [floorDivide(x, y), remainder(x, y)]. (jax.numpy.divmod)
 * @example np.divmod(np.array([-7, 7]), 3)   // [[-3, 2], [2, 1]]
 */
export const divmod = (x: Arg, y: Arg): readonly [Value, Value] => {
  const [a, b] = counted('divmod', x, y)
  return [floorQuotient(a, b), floored(a, b)]
}

const powered = (op: string, x: Arg, y: Arg): Value => {
  if (typeof y === 'number' && Number.isInteger(y) && isValue(x)) {
    const base = convert(x, besideNumber(op, x.aval.dtype, Math.abs(y)))
    if (y < 0 && !isFloat(base.aval.dtype)) {
      badArgument(op, 'the exponent', y, 'a whole number >= 0, because the base is of integers', 'convert the base first: np.astype(x, \'f32\')')
    }
    return integerPow(base, y)
  }
  return bind1(powP, counted(op, x, y), null)
}
/**
 * x to the power y. A whole number as exponent is exact and differentiable everywhere, also at x = 0; on integers it must
 * not be negative (BadArgument). Where y is an array, D is y·x^(y-1) in x and x^y·log x in y. (jax.numpy.power)
 * @example np.power(np.array([1, 2, 3]), 2)   // [1, 4, 9]
 */
export const power: BinaryCounting = dual((x: Arg, y: Arg) => powered('power', x, y))
/**
 * The same as power. (jax.numpy.pow)
 * @example np.pow(np.array([1, 2, 3]), 2)   // [1, 4, 9]
 */
export const pow: BinaryCounting = dual((x: Arg, y: Arg) => powered('pow', x, y))
/**
 * x to the power y in floats: integers become f32 first. (jax.numpy.float_power)
 * @example np.floatPower(np.array([1, 2], { dtype: 'i32' }), -1)   // [1, 0.5]
 */
export const floatPower: BinaryFloat = dual((x: Arg, y: Arg) => bind1(powP, alignFloat2('floatPower', x, y), null))

// ---- extrema ---------------------------------------------------------------------------------------------------------

/**
 * The greater of two; NaN where either is NaN. At a tie each gets half of the derivative. (jax.numpy.maximum)
 * @example np.maximum(np.array([-1, 2]), 0)   // [0, 2]
 */
export const maximum: Binary = elementwise('maximum', maximumP, maximumP)
/**
 * The lesser of two; NaN where either is NaN. At a tie each gets half of the derivative. (jax.numpy.minimum)
 * @example np.minimum(np.array([-1, 2]), 0)   // [-1, 0]
 */
export const minimum: Binary = elementwise('minimum', minimumP, minimumP)
/**
 * The greater of two, where a NaN loses against a number. (jax.numpy.fmax)
 * @example np.fmax(np.array([NaN, 2]), 0)   // [0, 2]
 */
export const fmax: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = align2('fmax', x, y)
  return select(bitOr(gt(a, b), ne(b, b)), a, b)
})
/**
 * The lesser of two, where a NaN loses against a number. (jax.numpy.fmin)
 * @example np.fmin(np.array([NaN, 2]), 0)   // [0, 0]
 */
export const fmin: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = align2('fmin', x, y)
  return select(bitOr(lt(a, b), ne(b, b)), a, b)
})

// ---- of a real pair --------------------------------------------------------------------------------------------------

/**
 * √(x² + y²) without overflow on the way. (jax.numpy.hypot)
 * @example np.hypot(3, 4)   // 5
 */
export const hypot: BinaryFloat = dual((x: Arg, y: Arg) => {
  const [a, b] = alignFloat2('hypot', x, y)
  const high = bind1(maximumP, [absOf(a), absOf(b)], null), one = ones(high.aval)
  const flat = bitOr(eq(high, zeros(high.aval)), eq(high, full(Infinity, high.aval)))
  // The scale is a constant of no influence: derivatives of every order are those of √(x² + y²), also where one of the two is 0.
  const scale = select(flat, one, stopGradientOf(high)), p = div(a, scale), q = div(b, scale)
  const squares = bind1(addP, [mul(p, p), mul(q, q)], null)
  return select(flat, high, mul(scale, sqrt(select(flat, one, squares))))
})
/**
 * The greatest common divisor of |x| and |y|, integers. (jax.numpy.gcd)
 * @example np.gcd(np.array([12, 7], { dtype: 'i32' }), 8)   // [4, 1]
 */
export const gcd: Binary = dual((x: Arg, y: Arg) => divisor(...integers('gcd', x, y)))
/**
 * The least common multiple of |x| and |y|, integers; 0 where either is 0. (jax.numpy.lcm)
 * @example np.lcm(np.array([4, 0], { dtype: 'i32' }), 6)   // [12, 0]
 */
export const lcm: Binary = dual((x: Arg, y: Arg) => {
  const [a, b] = integers('lcm', x, y)
  const d = divisor(a, b), none = eq(d, zeros(d.aval))
  return select(none, zeros(d.aval), mul(a, div(b, select(none, ones(d.aval), d))))
})
const integers = (op: string, x: Arg, y: Arg): readonly [Value, Value] => {
  const [a, b] = counted(op, x, y)
  if (isFloat(a.aval.dtype)) refuseDType(op, [a, b], 'integers')
  return a.aval.dtype === 'i32' ? [absOf(a), absOf(b)] : [a, b]
}
/** Euclid's algorithm, until no remainder is left anywhere. */
const divisor = (x: Value, y: Value): Value => {
  const [a] = whileLoop(
    ([, b]: [Value, Value]) => reduceOr(ne(b, zeros(b.aval)), b.aval.shape.map((_, i) => i)),
    ([a, b]: [Value, Value]): [Value, Value] => {
      const done = eq(b, zeros(b.aval))
      return [select(done, a, b), select(done, b, rem(a, select(done, ones(b.aval), b)))]
    },
    [x, y] as [Value, Value],
  )
  return a
}

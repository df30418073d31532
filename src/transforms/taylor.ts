/** jet: all derivatives of a function along a curve, up to an order, at the cost of a convolution instead of nested derivatives. */
import { badArgument, raise, describe } from '../core/fault.js'
import { currentInterp, under } from '../core/interp.js'
import type { Program, Series } from '../core/primitive.js'
import { evalProgram } from '../core/program.js'
import { isFloat } from '../core/dtype.js'
import { NDArray, type Value } from '../core/value.js'
import { JetInterp } from '../interpreters/jet.js'
import { stage } from '../interpreters/stage.js'
import { scale } from '../primitives/arithmetic.js'
import { instantiate } from '../primitives/base.js'
import { unflatten } from '../tree/index.js'
import { type Args, type Arrays, flattenValues, matchLeaves, overLeaves, requireFunction, requireList } from './arguments.js'
import type { Flat } from './differentiate.js'

/** A flat function on Taylor coefficients. */
export const jetFlat = (f: Flat, args: readonly Series[], order: number): readonly Series[] => {
  const interp = new JetInterp(currentInterp(), order)
  try {
    return under(interp, () => f(...args.map(s => interp.wrap(s)))).map(o => interp.seriesOf(o))
  } finally { interp.end() }
}
export const jetProgramInline = (p: Program, args: readonly Series[], order: number): readonly Series[] => jetFlat((...xs) => evalProgram(p, xs), args, order)

/**
 * A program on coefficients. An active input takes order + 1 values in a row, another takes one; outputs likewise.
 * Outs marked in `force` are active even where their series is constant.
 */
export const jetProgram = (p: Program, order: number, active: readonly boolean[], force: readonly boolean[] = []): { readonly program: Program; readonly outActive: readonly boolean[] } => {
  const avals = p.ins.flatMap((v, i) => (active[i] ? Array.from({ length: order + 1 }, () => v.aval) : [v.aval]))
  let outActive: readonly boolean[] = []
  const { program } = stage((...xs) => {
    let at = 0
    const series = p.ins.map((_, i): Series => (active[i] ? xs.slice(at, at += order + 1) : [xs[at++]!, ...Array.from({ length: order }, () => null)]))
    const outs = jetProgramInline(p, series, order)
    outActive = outs.map((s, i) => isFloat(s[0]!.dtype) && (force[i] === true || s.slice(1).some(c => c !== null)))
    return outs.flatMap((s, i) => (outActive[i] ? s.map(c => instantiate(c, s[0]!.aval)) : [s[0]!]))
  }, avals, 'jet')
  return { program, outActive }
}

/** A derivative known to be zero costs nothing further on: most curves are straight lines. */
const isZero = (x: Value): boolean => x instanceof NDArray && x.data.every((c: number) => c === 0)
const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1))

/**
 * The derivatives of `f` along the curve x(t) with x(0) = `primals` and k-th derivatives `series[i][k-1]` (JAX: `jax.experimental.jet.jet`,
 * whose convention this is: derivatives, not coefficients). Answers the value and, for each order, the derivative of f(x(t)) at t = 0.
 * `series` has, for each argument, the list of its derivatives, all lists of one length; missing ones are an error.
 * Source: Bettencourt, Johnson, Duvenaud, Taylor-Mode Automatic Differentiation for Higher-Order Derivatives in JAX (2019).
 *
 * @example
 * const [y, [d1, d2]] = jet(x => np.sin(x), [np.array(0)], [[np.array(1), np.array(0)]])   // 0, [1, 0]
 */
export const jet = <A extends readonly unknown[], R>(f: (...args: A) => R, primals: Args<A>, series: readonly (readonly unknown[])[]): [Arrays<R>, readonly Arrays<R>[]] => {
  requireFunction('jet', f)
  requireList('jet', 'primals', primals)
  requireList('jet', 'series', series)
  series.forEach((s, i) => { if (!Array.isArray(s)) badArgument('jet', `series[${i}]`, s, 'the list of the derivatives of one argument', 'one list for each argument: jet(f, [x], [[v, 0]])') })
  const { leaves, def } = flattenValues('jet', primals, 'primals')
  const order = series[0]?.length ?? 0
  if (series.length !== primals.length || series.some(s => s.length !== order) || order === 0) {
    raise({ _tag: 'BadArgument', op: 'jet', argument: 'series', got: describe(series.map(s => s.length)), want: `for each of the ${primals.length} arguments a list of derivatives, all of one length`, hint: 'pad with zeros: jet(f, [x], [[v, 0]])' })
  }
  const types = leaves.map(x => x.aval)
  const orders = Array.from({ length: order }, (_, k) => matchLeaves('jet', series.map(s => s[k]), def, types, 'series', 'a derivative'))
  const coefficients = leaves.map((x, i): Series => [x, ...orders.map((o, k) => (isFloat(x.dtype) && !isZero(o[i]!) ? scale(1 / factorial(k + 1), o[i]!) : null))])
  const { flat, outDef } = overLeaves('jet', f as (...a: never[]) => unknown, def)
  const outs = jetFlat(flat, coefficients, order)
  const atOrder = (k: number): Arrays<R> => unflatten(outDef(), outs.map((s): Value => {
    const c = s[k] ?? null
    return c ? scale(factorial(k), c) : instantiate(null, s[0]!.aval)
  })) as Arrays<R>
  return [unflatten(outDef(), outs.map(s => s[0]!)) as Arrays<R>, Array.from({ length: order }, (_, k) => atOrder(k + 1))]
}

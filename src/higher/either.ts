/** The outermost call of a transform as an Either: a fault is `Left`, and nothing is thrown; errors of the user's own go on their way. */
import type { Either } from 'fp-ts/lib/Either.js'
import { attempt, type Fault } from '../core/fault.js'
import type { Args, Arrays } from '../transforms/arguments.js'
import { grad, type GradOptions, type GradResult, valueAndGrad, type ValueAndGradResult } from '../transforms/derivatives.js'
import { vmap, type VmapOptions } from '../transforms/vectorize.js'
import { jit, type JitOptions } from './jit.js'

/**
 * `grad`, its fault as `Left`.
 *
 * @example
 * tryGrad((x: Value) => np.sin(x))(np.ones([3]))   // left({ _tag: 'NonScalarOutput', ... })
 */
export const tryGrad = <A extends readonly unknown[], R, const O extends GradOptions = {}>(f: (...args: A) => R, options?: O) =>
  (...args: Args<A>): Either<Fault, GradResult<A, R, O>> => attempt(() => grad<A, R, O>(f, options)(...args))

/**
 * `valueAndGrad`, its fault as `Left`.
 *
 * @example
 * pipe(tryValueAndGrad((x: Value) => np.square(x))(np.array(3)), E.match(explain, ([value]) => `loss ${item(value)}`))   // 'loss 9'
 */
export const tryValueAndGrad = <A extends readonly unknown[], R, const O extends GradOptions = {}>(f: (...args: A) => R, options?: O) =>
  (...args: Args<A>): Either<Fault, ValueAndGradResult<A, R, O>> => attempt(() => valueAndGrad<A, R, O>(f, options)(...args))

/**
 * `vmap`, its fault as `Left`.
 *
 * @example
 * tryVmap((x: Value) => np.sum(x), { inAxes: 2 })(np.ones([2, 3]))   // left({ _tag: 'AxesMismatch', path: 'args[0]', ... })
 */
export const tryVmap = <A extends readonly unknown[], R>(f: (...args: A) => R, options: VmapOptions = {}) =>
  (...args: Args<A>): Either<Fault, R> => attempt(() => vmap(f, options)(...args))

/**
 * `jit`, its fault as `Left`. The function is traced as seldom as by `jit`.
 *
 * @example
 * tryJit((x: Value) => np.matmul(x, x))(np.ones([2, 3]))   // left({ _tag: 'ShapeMismatch', ... })
 */
export const tryJit = <A extends readonly unknown[], R>(f: (...args: A) => R, options: JitOptions = {}) => {
  let jitted: ((...args: Args<A>) => Arrays<R>) | null = null
  return (...args: Args<A>): Either<Fault, Arrays<R>> => attempt(() => (jitted ??= jit(f, options))(...args))
}

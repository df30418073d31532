/** The parts of optimizers: each scales gradients by what it has seen of them (optax: `scale_by_*`). */
import { type DType, isFloat } from '../../core/dtype.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { add, clamp, constantLike as like, convert, div, mul, neg, select, sub } from '../../primitives/arithmetic.js'
import { broadcast, full, ones, scalar, zeros } from '../../primitives/base.js'
import { expm1, rsqrt, sqrt } from '../../primitives/elementary.js'
import { gt, lt, sign } from '../../primitives/logic.js'
import { mapTree } from '../../tree/index.js'
import { asValue, isLeaf, type Leaf } from '../../transforms/arguments.js'
import { optionsOf } from '../arrays.js'
import { norm, zerosLike } from '../treeOps.js'
import { isSchedule, type Schedule } from './schedules.js'
import { eachLeaf, type GradientTransform, requireParams, stateful, stateless } from './transform.js'

const times = (c: number, x: Value): Value => mul(like(x, c), x)
const plus = (x: Value, c: number): Value => add(x, like(x, c))
const square = (x: Value): Value => mul(x, x)
/** decay·average + (1 - decay)·x */
const average = (decay: number) => (x: Value, avg: Value): Value => add(times(1 - decay, x), times(decay, avg))
/** A scalar in every place of an array, in its dtype. */
const everywhere = (c: Value, x: Value): Value => broadcast(convert(c, x.dtype), x.shape, [])

const zeroCount = (): Value => scalar(0, 'i32')
/** One more, but never more than an i32 holds. */
const next = (count: Value): Value => { const top = scalar(2147483647, 'i32'); return select(lt(count, top), add(count, scalar(1, 'i32')), top) }

const floats = (op: string, params: unknown): unknown => mapTree((leaf: Leaf) => {
  const x = asValue(leaf)
  return isFloat(x.dtype) ? x : raise({ _tag: 'DTypeMismatch', op, got: [x.aval], want: 'float parameters', hint: 'only floats are learned: keep integers out of the parameters' })
}, isLeaf, params, [], { op })
/** Zeros like the parameters, which must be floats. */
const zeroState = (op: string) => (params: unknown): unknown => zerosLike(floats(op, params))

// ---- without state ---------------------------------------------------------------------------------------------------

/**
 * Times a number (optax: `scale`).
 *
 * @example
 * optim.scale(-2).update({ w: np.array([1, 2]) }, [])[0].w   // [-2, -4]
 */
export const scale = (factor: number): GradientTransform => stateless(grads => eachLeaf('optim.scale', g => times(factor, g), grads))

/**
 * Clipped element by element to [-maxDelta, maxDelta] (optax: `clip`).
 *
 * @example
 * optim.clip(1).update({ w: np.array([-5, 0.5]) }, [])[0].w   // [-1, 0.5]
 */
export const clip = (maxDelta: number): GradientTransform =>
  stateless(grads => eachLeaf('optim.clip', g => clamp(like(g, -maxDelta), g, like(g, maxDelta)), grads))

/**
 * The norm of all gradients as one vector (optax: `global_norm`).
 *
 * @example
 * optim.globalNorm({ w: np.array([3]), b: np.array([4]) })   // 5
 */
export const globalNorm = (grads: unknown): Value => norm(grads)

/**
 * Scaled so that the norm of all gradients together is at most `maxNorm` (Pascanu et al. 2012; optax: `clip_by_global_norm`).
 *
 * @example
 * optim.clipByGlobalNorm(1).update({ w: np.array([3, 4]) }, [])[0].w   // [0.6, 0.8]
 */
export const clipByGlobalNorm = (maxNorm: number): GradientTransform => stateless(grads => {
  const total = globalNorm(grads)
  const within = lt(total, like(total, maxNorm))
  return eachLeaf('optim.clipByGlobalNorm', g => select(broadcast(within, g.shape, []), g, times(maxNorm, div(g, everywhere(total, g)))), grads)
})

/** A tree of booleans like the parameters, or a function that makes one of them. */
export type Mask = unknown
/**
 * Plus weightDecay·params (optax: `add_decayed_weights`). Needs the parameters. `mask` says, leaf by leaf, where to decay: a tree of
 * booleans, or a function from parameters to one.
 *
 * @example
 * optim.addDecayedWeights(0.1).update({ w: np.array([1]) }, [], { w: np.array([10]) })[0].w   // [2]
 */
export const addDecayedWeights = (weightDecay: number, mask?: Mask): GradientTransform => stateless((grads, given) => {
  const op = 'optim.addDecayedWeights', params = requireParams(op, given)
  const decayed = (g: Value, p: Value): Value => add(g, times(weightDecay, p))
  if (mask === undefined) return eachLeaf(op, decayed, grads, params)
  const where: unknown = typeof mask === 'function' ? (mask as (p: unknown) => unknown)(params) : mask
  return mapTree((g: Leaf, p: Leaf, on: Leaf) => {
    if (typeof on !== 'boolean') badArgument(op, 'mask', on, 'a tree of booleans like the parameters', 'true where weights decay')
    return on ? decayed(asValue(g), asValue(p)) : asValue(g)
  }, isLeaf, grads, [params, where], { op }) as typeof grads
})

// ---- with state ------------------------------------------------------------------------------------------------------

interface Count { readonly count: Value }
/**
 * Times what a schedule gives at the step (optax: `scale_by_schedule`).
 *
 * @example
 * const t = optim.scaleBySchedule(optim.linear(1, 0, 10))
 * t.update({ w: np.array([2]) }, t.init(null))[0].w   // [2]
 */
export const scaleBySchedule = (schedule: Schedule): GradientTransform => stateful<Count>({
  init: () => ({ count: zeroCount() }),
  update: (grads, { count }) => {
    const c = schedule(count)
    return [eachLeaf('optim.scaleBySchedule', g => mul(everywhere(c, g), g), grads), { count: next(count) }] as const
  },
})
/**
 * Times minus the learning rate, a number or a schedule: the last part of an optimizer (optax: `scale_by_learning_rate`).
 *
 * @example
 * optim.scaleByLearningRate(0.5).update({ w: np.array([2]) }, [])[0].w   // [-1]
 */
export const scaleByLearningRate = (learningRate: number | Schedule): GradientTransform => {
  if (isSchedule(learningRate)) return scaleBySchedule(step => neg(learningRate(step)))
  return Number.isFinite(learningRate) ? scale(-learningRate)
    : badArgument('optim.scaleByLearningRate', 'learningRate', learningRate, 'a finite number or a schedule', 'a schedule is a function from the step to an array')
}

interface Trace { readonly trace: unknown }
/**
 * The decaying sum of gradients, m ← g + decay·m; with `nesterov`, g + decay·m (optax: `trace`).
 *
 * @example
 * const t = optim.trace(0.9)
 * t.update({ w: np.array([1]) }, t.init({ w: np.array([0]) }))[0].w   // [1]
 */
export const trace = (decay: number, options: { readonly nesterov?: boolean } = {}): GradientTransform => {
  const { nesterov = false } = optionsOf('optim.trace', options, ['nesterov'])
  return stateful<Trace>({
    init: params => ({ trace: zeroState('optim.trace')(params) }),
    update: (grads, state) => {
      const step = (g: Value, m: Value): Value => add(g, times(decay, m))
      const m = eachLeaf('optim.trace', step, grads, state.trace)
      return [nesterov ? eachLeaf('optim.trace', step, grads, m) : m, { trace: m }] as const
    },
  })
}

/** 1 - decay^count = -expm1(count·log decay): where decay is near 1 and count is small, the difference would lose its digits. */
const debias = (decay: number, count: Value): ((x: Value) => Value) => {
  const known = new Map<DType, Value>()
  return x => {
    let c = known.get(x.dtype)
    if (!c) { const n = convert(count, x.dtype); known.set(x.dtype, c = neg(expm1(times(Math.log(decay), n)))) }
    return div(x, everywhere(c, x))
  }
}

export interface AdamOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  readonly b1?: number
  /** Decay of the mean of their squares. Default 0.999. */
  readonly b2?: number
  /** Added to the root. Default 1e-8. */
  readonly eps?: number
  /** Added under the root. Default 0. */
  readonly epsRoot?: number
  /** Nesterov's momentum (Dozat 2016). Default false. */
  readonly nesterov?: boolean
}
interface Moments extends Count { readonly mu: unknown; readonly nu: unknown }
/**
 * m/(√v + eps) with the bias-corrected means m of gradients and v of their squares (Kingma and Ba 2015; optax: `scale_by_adam`).
 *
 * @example
 * const t = optim.scaleByAdam()
 * t.update({ w: np.array([10]) }, t.init({ w: np.array([0]) }))[0].w   // [1]
 */
export const scaleByAdam = (options: AdamOptions = {}): GradientTransform => {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false } = optionsOf('optim.scaleByAdam', options, ['b1', 'b2', 'eps', 'epsRoot', 'nesterov'])
  return stateful<Moments>({
    // arrays of their own: what stands twice cannot be given away
    init: params => ({ count: zeroCount(), mu: zeroState('optim.adam')(params), nu: zeroState('optim.adam')(params) }),
    update: (grads, state) => {
      const op = 'optim.adam', count = next(state.count)
      const mu = eachLeaf(op, average(b1), grads, state.mu)
      const nu = eachLeaf(op, (g, v) => average(b2)(square(g), v), grads, state.nu)
      const first = debias(b1, count), second = debias(b2, count), ahead = debias(b1, next(count))
      const mean = (m: Value, g: Value): Value => nesterov ? add(times(b1, ahead(m)), times(1 - b1, first(g))) : first(m)
      const updates = eachLeaf(op, (g, m, v) => div(mean(m, g), plus(sqrt(epsRoot === 0 ? second(v) : plus(second(v), epsRoot)), eps)), grads, mu, nu)
      return [updates, { count, mu, nu }] as const
    },
  })
}

export interface RmsOptions {
  /** Default 1e-8. */
  readonly eps?: number
  /** The first value of the mean of squares. Default 0. */
  readonly initialScale?: number
  /** Less the square of the mean: the deviation, not the root of the mean square. Default false. */
  readonly centered?: boolean
}
/**
 * Divided by the root of the decaying mean of squares (Tieleman and Hinton 2012; optax: `scale_by_rms`, `scale_by_stddev`).
 *
 * @example
 * const t = optim.scaleByRms(0)
 * t.update({ w: np.array([4]) }, t.init({ w: np.array([0]) }))[0].w   // [1]
 */
export const scaleByRms = (decay = 0.9, options: RmsOptions = {}): GradientTransform => {
  const { eps = 1e-8, initialScale = 0, centered = false } = optionsOf('optim.scaleByRms', options, ['eps', 'initialScale', 'centered'])
  return stateful<{ mu: unknown; nu: unknown }>({
    init: params => {
      const z = zeroState('optim.rmsprop')(params)
      return { mu: centered ? z : null, nu: eachLeaf('optim.rmsprop', x => full(initialScale, x.aval), z) }
    },
    update: (grads, state) => {
      const op = 'optim.rmsprop'
      const nu = eachLeaf(op, (g, v) => average(decay)(square(g), v), grads, state.nu)
      if (!centered) return [eachLeaf(op, (g, v) => mul(g, rsqrt(plus(v, eps))), grads, nu), { mu: null, nu }] as const
      const mu = eachLeaf(op, average(decay), grads, state.mu)
      return [eachLeaf(op, (g, m, v) => mul(g, rsqrt(plus(sub(v, square(m)), eps))), grads, mu, nu), { mu, nu }] as const
    },
  })
}

/**
 * Divided by the root of the sum of all squares so far (Duchi et al. 2011; optax: `scale_by_rss`).
 *
 * @example
 * const t = optim.scaleByRss({ initialAccumulator: 0 })
 * t.update({ w: np.array([4]) }, t.init({ w: np.array([0]) }))[0].w   // [1]
 */
export const scaleByRss = (options: { readonly initialAccumulator?: number; readonly eps?: number } = {}): GradientTransform => {
  const { initialAccumulator = 0.1, eps = 1e-7 } = optionsOf('optim.scaleByRss', options, ['initialAccumulator', 'eps'])
  return stateful<{ sumOfSquares: unknown }>({
    init: params => ({ sumOfSquares: eachLeaf('optim.adagrad', x => full(initialAccumulator, x.aval), zeroState('optim.adagrad')(params)) }),
    update: (grads, state) => {
      const op = 'optim.adagrad'
      const sumOfSquares = eachLeaf(op, (g, s) => add(square(g), s), grads, state.sumOfSquares)
      const inverse = (s: Value): Value => { const some = gt(s, zeros(s.aval)); return select(some, rsqrt(plus(select(some, s, ones(s.aval)), eps)), zeros(s.aval)) }
      return [eachLeaf(op, (g, s) => mul(g, inverse(s)), grads, sumOfSquares), { sumOfSquares }] as const
    },
  })
}

/**
 * The sign of a mean of gradient and momentum (Chen et al. 2023; optax: `scale_by_lion`).
 *
 * @example
 * const t = optim.scaleByLion()
 * t.update({ w: np.array([4, -3]) }, t.init({ w: np.array([0, 0]) }))[0].w   // [1, -1]
 */
export const scaleByLion = (options: { readonly b1?: number; readonly b2?: number } = {}): GradientTransform => {
  const { b1 = 0.9, b2 = 0.99 } = optionsOf('optim.scaleByLion', options, ['b1', 'b2'])
  return stateful<{ mu: unknown }>({
    init: params => ({ mu: zeroState('optim.lion')(params) }),
    update: (grads, { mu }) => [
      eachLeaf('optim.lion', (g, m) => sign(average(b1)(g, m)), grads, mu),
      { mu: eachLeaf('optim.lion', average(b2), grads, mu) },
    ] as const,
  })
}

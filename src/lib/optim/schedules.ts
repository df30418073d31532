/** Schedules: numbers as functions of the step, written with array operations, so that one compiled step serves all of training. */
import { badArgument } from '../../core/fault.js'
import { isValue, type Value } from '../../core/value.js'
import { add, clamp, constantLike as like, convert, div, maximum, minimum, mul, pow, select, sub } from '../../primitives/arithmetic.js'
import { scalar } from '../../primitives/base.js'
import { cos } from '../../primitives/elementary.js'
import { floor, le, lt } from '../../primitives/logic.js'
import { optionsOf, toValue } from '../arrays.js'

/** The number for a step, which counts from 0: an f32 scalar (f64 for an f64 step). */
export type Schedule = (step: Value | number) => Value

/** A step as a float scalar. */
const stepOf = (step: Value | number): Value => {
  const s = toValue('schedule', step, 'the step')
  return s.dtype === 'f64' ? s : convert(s, 'f32')
}
const times = (c: number, x: Value): Value => mul(like(x, c), x)
const plus = (x: Value, c: number): Value => add(x, like(x, c))
const steps = (op: string, n: number, argument: string): number =>
  Number.isFinite(n) && n > 0 ? n : badArgument(op, argument, n, 'a positive number of steps', 'optim.constant does not change')

/**
 * The same at every step.
 *
 * @example
 * optim.constant(0.5)(100)   // 0.5
 */
export const constant = (value: number): Schedule => step => like(stepOf(step), value)

export interface LinearOptions {
  /** The first step of the transition. Default 0. */
  readonly transitionBegin?: number
  /** The power of what is left; 1 is a line. Default 1. */
  readonly power?: number
}
/**
 * From `init` to `end` within `transitionSteps`, then `end` (optax: `linear_schedule`, `polynomial_schedule`).
 *
 * @example
 * optim.linear(1, 0, 10)(5)   // 0.5
 */
export const linear = (init: number, end: number, transitionSteps: number, options: LinearOptions = {}): Schedule => {
  const { transitionBegin = 0, power = 1 } = optionsOf('optim.linear', options, ['transitionBegin', 'power'])
  const n = steps('optim.linear', transitionSteps, 'transitionSteps')
  return step => {
    const s = plus(stepOf(step), -transitionBegin)
    const left = sub(like(s, 1), div(clamp(like(s, 0), s, like(s, n)), like(s, n)))
    return plus(times(init - end, power === 1 ? left : pow(left, like(left, power))), end)
  }
}

export interface ExponentialOptions {
  /** Default 0. */
  readonly transitionBegin?: number
  /** Only at whole multiples of `transitionSteps`. Default false. */
  readonly staircase?: boolean
  /** Where the decay ends: a lower bound if it falls, an upper one if it grows. */
  readonly endValue?: number
}
/**
 * init·rate^(step/transitionSteps) (optax: `exponential_decay`).
 *
 * @example
 * optim.exponentialDecay(1, 10, 0.25)(5)   // 0.5
 */
export const exponentialDecay = (init: number, transitionSteps: number, decayRate: number, options: ExponentialOptions = {}): Schedule => {
  const { transitionBegin = 0, staircase = false, endValue } = optionsOf('optim.exponentialDecay', options, ['transitionBegin', 'staircase', 'endValue'])
  const n = steps('optim.exponentialDecay', transitionSteps, 'transitionSteps')
  return step => {
    const s = plus(stepOf(step), -transitionBegin)
    const p = div(s, like(s, n))
    const decayed = times(init, pow(like(p, decayRate), staircase ? floor(p) : p))
    const value = select(le(s, like(s, 0)), like(s, init), decayed)
    return endValue === undefined ? value : (decayRate < 1 ? maximum : minimum)(value, like(value, endValue))
  }
}

export interface CosineOptions {
  /** What is left at the end, as a fraction of `init`. Default 0. */
  readonly alpha?: number
  /** The power of the cosine. Default 1. */
  readonly exponent?: number
}
/**
 * From `init` to alpha·init along half a cosine (Loshchilov and Hutter 2017; optax: `cosine_decay_schedule`).
 *
 * @example
 * optim.cosineDecay(1, 10)(0)   // 1
 */
export const cosineDecay = (init: number, decaySteps: number, options: CosineOptions = {}): Schedule => {
  const { alpha = 0, exponent = 1 } = optionsOf('optim.cosineDecay', options, ['alpha', 'exponent'])
  const n = steps('optim.cosineDecay', decaySteps, 'decaySteps')
  return step => {
    const s = stepOf(step)
    const wave = times(0.5, plus(cos(times(Math.PI / n, minimum(s, like(s, n)))), 1))
    return times(init, plus(times(1 - alpha, exponent === 1 ? wave : pow(wave, like(wave, exponent))), alpha))
  }
}

/**
 * `schedules[i]` from step `boundaries[i - 1]` on, each counting from its own beginning (optax: `join_schedules`).
 *
 * @example
 * optim.joinSchedules([optim.constant(1), optim.constant(2)], [10])(10)   // 2
 */
export const joinSchedules = (schedules: readonly Schedule[], boundaries: readonly number[]): Schedule => {
  const ascending = boundaries.every((b, i) => i === 0 || b >= boundaries[i - 1]!)
  if (schedules.length !== boundaries.length + 1 || !ascending) return badArgument('optim.joinSchedules', 'boundaries', boundaries, `${schedules.length - 1} ascending steps, one between each two schedules`, 'the first schedule begins at 0')
  return step => {
    const s = stepOf(step)
    return boundaries.reduce((value, b, i) => select(lt(s, like(s, b)), value, convert(schedules[i + 1]!(plus(s, -b)), s.dtype)), convert(schedules[0]!(s), s.dtype))
  }
}

/**
 * A line from `init` to `peak`, then a cosine to `endValue` at step `decaySteps` (optax: `warmup_cosine_decay_schedule`).
 *
 * @example
 * optim.warmupCosineDecay(0, 1, 10, 100)(10)   // 1
 */
export const warmupCosineDecay = (init: number, peak: number, warmupSteps: number, decaySteps: number, { endValue = 0, exponent = 1 }: { readonly endValue?: number; readonly exponent?: number } = {}): Schedule =>
  joinSchedules([linear(init, peak, warmupSteps), cosineDecay(peak, decaySteps - warmupSteps, { alpha: peak === 0 ? 0 : endValue / peak, exponent })], [warmupSteps])

/**
 * `init`, multiplied by each factor from its step on (optax: `piecewise_constant_schedule`): `{ 100: 0.1 }` divides by ten at step 100.
 *
 * @example
 * optim.piecewiseConstant(1, { 10: 0.5, 20: 0.5 })(15)   // 0.5
 */
export const piecewiseConstant = (init: number, boundariesAndScales: Readonly<Record<number, number>>): Schedule => {
  const entries = Object.entries(boundariesAndScales).map(([b, c]) => [Number(b), c] as const).sort((a, b) => a[0] - b[0])
  return step => {
    const s = stepOf(step)
    return entries.reduce((value, [b, c]) => select(lt(s, like(s, b)), value, times(c, value)), like(s, init))
  }
}

/** A number, or what a schedule gives at a step. */
export const rateAt = (rate: number | Schedule, step: Value): Value => (typeof rate === 'function' ? rate(step) : scalar(rate, 'f32'))
export const isSchedule = (rate: unknown): rate is Schedule => typeof rate === 'function' && !isValue(rate)

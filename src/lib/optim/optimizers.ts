/** Optimizers, each a chain of parts that ends with the learning rate; parameters move by adding the updates. */
import type { Value } from '../../core/value.js'
import { add, convert } from '../../primitives/arithmetic.js'
import { optionsOf } from '../arrays.js'
import {
  addDecayedWeights, type AdamOptions, type Mask, type RmsOptions, scaleByAdam, scaleByLearningRate, scaleByLion, scaleByRms, scaleByRss, trace,
} from './rules.js'
import type { Schedule } from './schedules.js'
import { chain, eachLeaf, type GradientTransform, identity } from './transform.js'

/** A number, or a schedule: a function from the step to one. */
export type LearningRate = number | Schedule

export interface MomentumOptions {
  /** Decay of the sum of gradients; none by default. */
  readonly momentum?: number
  /** Default false. */
  readonly nesterov?: boolean
}
const momentumPart = ({ momentum, nesterov = false }: MomentumOptions): GradientTransform => (momentum === undefined ? identity : trace(momentum, { nesterov }))

/**
 * Against the gradient, with or without momentum (optax: `sgd`).
 *
 * @example
 * const opt = optim.sgd(0.1)
 * const params = { w: np.array([1, 2]) }
 * const [updates, state] = opt.update({ w: np.array([10, 10]) }, opt.init(params))
 * optim.applyUpdates(params, updates).w   // [0, 1]
 */
export const sgd = (learningRate: LearningRate, options: MomentumOptions = {}): GradientTransform =>
  chain([momentumPart(optionsOf('optim.sgd', options, ['momentum', 'nesterov'])), scaleByLearningRate(learningRate)])

/**
 * `sgd` with momentum 0.9 unless another is given (Polyak 1964; with `nesterov`, Nesterov 1983).
 *
 * @example
 * optim.momentum(0.1, 0.8, { nesterov: true }).parts   // 1
 */
export const momentum = (learningRate: LearningRate, decay = 0.9, options: { readonly nesterov?: boolean } = {}): GradientTransform =>
  sgd(learningRate, { momentum: decay, ...optionsOf('optim.momentum', options, ['nesterov']) })

/**
 * Adam (Kingma and Ba 2015; optax: `adam`).
 *
 * @example
 * const opt = optim.adam(0.1)
 * opt.update({ w: np.array([5]) }, opt.init({ w: np.array([0]) }))[0].w   // [-0.1]
 */
export const adam = (learningRate: LearningRate, options: AdamOptions = {}): GradientTransform =>
  chain([scaleByAdam(optionsOf('optim.adam', options, ['b1', 'b2', 'eps', 'epsRoot', 'nesterov'])), scaleByLearningRate(learningRate)])

export interface AdamWOptions extends AdamOptions {
  /** Default 1e-4. */
  readonly weightDecay?: number
  /** Where weights decay: a tree of booleans, or a function from parameters to one. Everywhere by default. */
  readonly mask?: Mask
}
/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019; optax: `adamw`). `update` needs the parameters.
 *
 * @example
 * const opt = optim.adamw(0.1, { weightDecay: 0.5 })
 * const params = { w: np.array([2]) }
 * opt.update({ w: np.array([5]) }, opt.init(params), params)[0].w   // [-0.2]
 */
export const adamw = (learningRate: LearningRate, options: AdamWOptions = {}): GradientTransform => {
  const { weightDecay = 1e-4, mask, ...moments } = optionsOf('optim.adamw', options, ['weightDecay', 'mask', 'b1', 'b2', 'eps', 'epsRoot', 'nesterov'])
  return chain([scaleByAdam(moments), addDecayedWeights(weightDecay, mask), scaleByLearningRate(learningRate)])
}

export interface RmspropOptions extends RmsOptions, MomentumOptions {
  /** Default 0.9. */
  readonly decay?: number
}
/**
 * RMSProp (Tieleman and Hinton 2012; optax: `rmsprop`).
 *
 * @example
 * const opt = optim.rmsprop(0.1, { decay: 0 })
 * opt.update({ w: np.array([5]) }, opt.init({ w: np.array([0]) }))[0].w   // [-0.1]
 */
export const rmsprop = (learningRate: LearningRate, options: RmspropOptions = {}): GradientTransform => {
  const { decay = 0.9, momentum, nesterov = false, ...squares } = optionsOf('optim.rmsprop', options, ['decay', 'momentum', 'nesterov', 'eps', 'initialScale', 'centered'])
  return chain([scaleByRms(decay, squares), scaleByLearningRate(learningRate), momentum === undefined ? identity : trace(momentum, { nesterov })])
}

/**
 * AdaGrad (Duchi et al. 2011; optax: `adagrad`).
 *
 * @example
 * const opt = optim.adagrad(0.1, { initialAccumulator: 0 })
 * opt.update({ w: np.array([5]) }, opt.init({ w: np.array([0]) }))[0].w   // [-0.1]
 */
export const adagrad = (learningRate: LearningRate, options: { readonly initialAccumulator?: number; readonly eps?: number } = {}): GradientTransform =>
  chain([scaleByRss(optionsOf('optim.adagrad', options, ['initialAccumulator', 'eps'])), scaleByLearningRate(learningRate)])

export interface LionOptions { readonly b1?: number; readonly b2?: number; readonly weightDecay?: number; readonly mask?: Mask }
/**
 * Lion: sign of momentum, with weight decay 1e-3 by default (Chen et al. 2023; optax: `lion`). `update` needs the parameters.
 *
 * @example
 * const opt = optim.lion(0.1, { weightDecay: 0 })
 * const params = { w: np.array([0]) }
 * opt.update({ w: np.array([5]) }, opt.init(params), params)[0].w   // [-0.1]
 */
export const lion = (learningRate: LearningRate, options: LionOptions = {}): GradientTransform => {
  const { weightDecay = 1e-3, mask, ...moments } = optionsOf('optim.lion', options, ['b1', 'b2', 'weightDecay', 'mask'])
  return chain([scaleByLion(moments), addDecayedWeights(weightDecay, mask), scaleByLearningRate(learningRate)])
}

/**
 * Parameters plus updates; every parameter keeps its dtype (optax: `apply_updates`).
 *
 * @example
 * optim.applyUpdates({ w: np.array([1, 2]) }, { w: np.array([0.5, 0.5]) }).w   // [1.5, 2.5]
 */
export const applyUpdates = <P>(params: P, updates: NoInfer<P>): P =>
  eachLeaf('optim.applyUpdates', (p: Value, u: Value) => add(p, convert(u, p.dtype)), params, updates)

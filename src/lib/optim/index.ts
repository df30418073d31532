/** `optim`: optimizers as composable transforms of gradients, with schedules (optax). */
export type { GradientTransform, State } from './transform.js'
export { chain, identity, Monoid, stateful, stateless } from './transform.js'
export type { AdamOptions, Mask, RmsOptions } from './rules.js'
export {
  addDecayedWeights, clip, clipByGlobalNorm, globalNorm, scale, scaleByAdam, scaleByLearningRate, scaleByLion, scaleByRms, scaleByRss, scaleBySchedule, trace,
} from './rules.js'
export type { AdamWOptions, LearningRate, LionOptions, MomentumOptions, RmspropOptions } from './optimizers.js'
export { adagrad, adam, adamw, applyUpdates, lion, momentum, rmsprop, sgd } from './optimizers.js'
export type { CosineOptions, ExponentialOptions, LinearOptions, Schedule } from './schedules.js'
export { constant, cosineDecay, exponentialDecay, joinSchedules, linear, piecewiseConstant, warmupCosineDecay } from './schedules.js'

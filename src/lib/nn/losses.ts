/** Losses per example: what they are summed or averaged over is left to the caller (optax: `optax.losses`). */
import { raise } from '../../core/fault.js'
import { dtypes } from '../../core/dtype.js'
import type { Value } from '../../core/value.js'
import { abs, add, constantLike as like, convert, minimum, mul, neg, sub } from '../../primitives/arithmetic.js'
import { sum } from '../../primitives/base.js'
import { takeAlongAxis } from '../../primitives/gather.js'
import { reshape } from '../../primitives/structural.js'
import { alignFloat2, axisOf, refuseDType, toFloat, toValue } from '../arrays.js'
import type { Operand } from '../lax/operands.js'
import { logSigmoid } from './activations.js'
import { logsumexp, logSoftmax } from './normalize.js'

const times = (c: number, x: Value): Value => mul(like(x, c), x)

/**
 * -Σ labels·log softmax(logits) over an axis (optax: `softmax_cross_entropy`). `labels` are probabilities and broadcast with the logits.
 *
 * @example
 * nn.losses.softmaxCrossEntropy(np.array([0, 0]), np.array([1, 0]))   // 0.6931472
 */
export const softmaxCrossEntropy = (logits: Operand, labels: Operand, { axis = -1 }: { readonly axis?: number } = {}): Value => {
  const op = 'nn.losses.softmaxCrossEntropy', [x, p] = alignFloat2(op, logits, labels)
  return neg(sum(mul(p, logSoftmax(x, { axis })), [axisOf(op, axis, x.shape)]))
}
/**
 * -log softmax(logits) at the label's place (optax: `softmax_cross_entropy_with_integer_labels`). `labels` are integers of the
 * logits' shape without the last axis.
 *
 * @example
 * nn.losses.softmaxCrossEntropyWithIntegerLabels(np.array([0, 0]), np.array(1, { dtype: 'i32' }))   // 0.6931472
 */
export const softmaxCrossEntropyWithIntegerLabels = (logits: Operand, labels: Operand): Value => {
  const op = 'nn.losses.softmaxCrossEntropyWithIntegerLabels', x = toFloat(op, logits), y = toValue(op, labels, 'labels')
  if (dtypes[y.dtype].kind !== 'int') return refuseDType(op, [y], 'integer labels', 'softmaxCrossEntropy takes probabilities')
  const fits = y.ndim === x.ndim - 1 && y.shape.every((n, i) => n === x.shape[i])
  if (!fits) return raise({ _tag: 'ShapeMismatch', op, got: [x.aval, y.aval], want: 'one label for each row of logits', hint: 'the classes are the last axis of the logits' })
  const at = takeAlongAxis(x, reshape(convert(y, 'i32'), [...y.shape, 1]), x.ndim - 1)
  return sub(logsumexp(x, { axis: -1 }), reshape(at, y.shape))
}
/**
 * -labels·log σ(logits) - (1 - labels)·log σ(-logits), element by element (optax: `sigmoid_binary_cross_entropy`).
 *
 * @example
 * nn.losses.sigmoidBinaryCrossEntropy(np.array([800, 800]), np.array([1, 0]))   // [0, 800]
 */
export const sigmoidBinaryCrossEntropy = (logits: Operand, labels: Operand): Value => {
  const [x, p] = alignFloat2('nn.losses.sigmoidBinaryCrossEntropy', logits, labels)
  return neg(add(mul(p, logSigmoid(x)), mul(sub(like(p, 1), p), logSigmoid(neg(x)))))
}
/**
 * (predictions - targets)² (optax: `squared_error`).
 *
 * @example
 * nn.losses.squaredError(np.array([1, 5]), np.array([1, 2]))   // [0, 9]
 */
export const squaredError = (predictions: Operand, targets: Operand = 0): Value => {
  const [x, y] = alignFloat2('nn.losses.squaredError', predictions, targets), d = sub(x, y)
  return mul(d, d)
}
/**
 * Half of the squared error (optax: `l2_loss`).
 *
 * @example
 * nn.losses.l2Loss(np.array([1, 5]), np.array([1, 3]))   // [0, 2]
 */
export const l2Loss = (predictions: Operand, targets: Operand = 0): Value => times(0.5, squaredError(predictions, targets))
/**
 * d²/2 for d = |predictions - targets| up to delta, delta·(d - delta/2) beyond (Huber 1964; optax: `huber_loss`).
 *
 * @example
 * nn.losses.huberLoss(np.array([0.5, 3]))   // [0.125, 2.5]
 */
export const huberLoss = (predictions: Operand, targets: Operand = 0, { delta = 1 }: { readonly delta?: number } = {}): Value => {
  const [x, y] = alignFloat2('nn.losses.huberLoss', predictions, targets), d = abs(sub(x, y))
  const quadratic = minimum(d, like(d, delta))
  return add(times(0.5, mul(quadratic, quadratic)), times(delta, sub(d, quadratic)))
}

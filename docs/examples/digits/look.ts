/** What the network makes of one image: ten probabilities, a loss, and the slope of that loss by every pixel. */
import { jit, nn, np, type Value, valueAndGrad } from '../../../src/index.js'
import { logits, loss, type Params } from '../mnist/model.js'

/** The loss is that of `digit`, or of the network's own answer where it is -1. */
export const look = jit((params: Params, image: Value, digit: Value) => {
  const scores = logits(params, image)
  const label = np.where(np.less(digit, 0), np.argmax(scores), digit)
  const [value, slope] = valueAndGrad(loss, { argnums: 1 })(params, image, label)
  return { probabilities: nn.softmax(scores), loss: value, slope }
})

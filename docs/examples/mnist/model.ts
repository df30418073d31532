/** A network of two layers as pure functions of its parameters: what it answers, how wrong it is, and one step of learning. */
import { grad, jit, lax, nn, np, optim, random, type Value, valueAndGrad, vmap } from '../../../src/index.js'
import { classes, type Digits, pick, pixels, side } from './data.js'

export const width = 128
export const batch = 50
export const learningRate = 3e-3
/** How many digits are held out. */
export const held = 2000

export interface Layer { readonly w: Value; readonly b: Value }
export interface Params { readonly hidden: Layer; readonly out: Layer }

const layer = (key: Value, inputs: number, outputs: number): Layer => ({
  w: nn.initializers.heNormal()(key, [inputs, outputs]),
  b: np.zeros([outputs]),
})

export const init = (seed: number): Params => {
  const key = random.key(seed)
  return { hidden: layer(random.foldIn(key, 0), pixels, width), out: layer(random.foldIn(key, 1), width, classes) }
}

/** Scores of the ten digits: [784] to [10], and [n, 784] to [n, 10]. */
export const logits = ({ hidden, out }: Params, images: Value): Value =>
  np.add(np.matmul(nn.relu(np.add(np.matmul(images, hidden.w), hidden.b)), out.w), out.b)

/** Cross entropy, averaged over examples if there are several. */
export const loss = (params: Params, images: Value, labels: Value): Value =>
  np.mean(nn.losses.softmaxCrossEntropyWithIntegerLabels(logits(params, images), labels))

/** Adam, with a learning rate that falls to 0 along a cosine. */
export const optimizerOf = (steps: number): optim.GradientTransform => optim.adam(optim.cosineDecay(learningRate, steps))

export interface Arrays { readonly images: Value; readonly labels: Value }
export const arraysOf = (digits: Digits): Arrays => ({
  images: np.array(digits.images, { shape: [digits.count, pixels] }),
  labels: np.array(digits.labels, { shape: [digits.count] }),
})

/** The examples in order, `size` at a time. */
export const partsOf = (digits: Digits, size: number): readonly Arrays[] =>
  Array.from({ length: Math.ceil(digits.count / size) }, (_, i) =>
    arraysOf(pick(digits, Array.from({ length: Math.min(size, digits.count - i * size) }, (_, j) => i * size + j))))

/** Every image moved by at most one pixel each way: it shows the same digit in other pixels. */
export const jittered = (key: Value, images: Value): Value => {
  const n = images.shape[0]!
  const framed = np.pad(np.reshape(images, [n, side, side]), [[0, 0], [1, 1], [1, 1]])
  const corners = random.randint(key, [n, 2], 0, 3)
  const moved = vmap((image: Value, corner: Value) => lax.dynamicSlice(image, corner, [side, side]))(framed, corners)
  return np.reshape(moved, [n, pixels])
}

/** One step on the next `batch` examples of an order of the digits, all of it one program. It spends what it replaces. */
export const trainer = (optimizer: optim.GradientTransform, batch: number) =>
  jit((params: Params, state: optim.State, images: Value, labels: Value, order: Value, step: Value, key: Value) => {
    const rows = lax.dynamicSliceInDim(order, np.multiply(step, batch), batch)
    const x = jittered(random.foldIn(key, step), np.take(images, rows, { axis: 0 }))
    const [value, grads] = valueAndGrad(loss)(params, x, np.take(labels, rows))
    const [updates, next] = optimizer.update(grads, state, params)
    return { params: optim.applyUpdates(params, updates), state: next, loss: value }
  }, { donateArgnums: [0, 1] })

/** For each example: the answer, its probability, and the loss. */
export const judge = jit((params: Params, images: Value, labels: Value) => {
  const scores = logits(params, images)
  return {
    answers: np.argmax(scores, { axis: 1 }),
    probabilities: np.max(nn.softmax(scores), { axis: 1 }),
    losses: nn.losses.softmaxCrossEntropyWithIntegerLabels(scores, labels),
  }
})

/** The norm of the gradient of each example's own loss: one backward pass for each, written for one and mapped over all. */
export const gradientNorms = jit((params: Params, images: Value, labels: Value) =>
  vmap((image: Value, label: Value) => optim.globalNorm(grad(loss)(params, image, label)))(images, labels))

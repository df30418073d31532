/** Loops that a user writes and never cleans up after: eager, jitted, scanned, throwing, awaiting, and a training step (workload W12). */
import { attempt, foriLoop, grad, item, jit, nn, np, optim, scan, type Value, valueAndGrad } from '../../src/index.js'

/** One step; the state stays with the loop. */
export type Step = (i: number) => unknown

/** Large enough that every array resides in the memory of the kernels. */
const n = 20_000
const body = (x: Value): Value => np.add(np.multiply(np.sin(x), 0.5), 1)
const loss = (x: Value): Value => np.sum(np.square(body(x)))
const start = (): Value => np.full([n], 0.5)
const pause = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const eager = (): Step => {
  let x = start()
  return () => { x = body(x) }
}
const eagerGradient = (): Step => {
  let x = start()
  const slope = grad(loss)
  return () => { x = np.subtract(x, np.multiply(slope(x), 0.01)) }
}
const jitted = (): Step => {
  let x = start()
  const step = jit((v: Value) => { const [l, g] = valueAndGrad(loss)(v); return [l, np.subtract(v, np.multiply(g, 0.01))] as const })
  return () => { x = step(x)[1] }
}
const scanned = (): Step => {
  let x = start()
  const step = jit((v: Value) => [scan((c: Value) => [body(c), np.sum(c)] as const, v, null, { length: 3 }), foriLoop(0, 3, (_: Value, c: Value) => body(c), v)] as const)
  const slope = jit(grad((v: Value) => np.sum(scan((c: Value) => [body(c), np.sum(c)] as const, v, null, { length: 3 })[1])))
  return () => {
    const [[carry]] = step(x)
    x = np.add(np.multiply(carry, 0.5), np.multiply(slope(x), 0.01))
  }
}
/** Errors on every way out: in the middle of eager work, while tracing, inside a transform, and the user's own. */
const throwing = (): Step => {
  const x = start()
  const wrong = (v: Value): Value => np.add(body(v), np.ones([n - 1]))
  const own = jit((v: Value): Value => { np.sum(body(v)); throw new RangeError('mine') })
  const tries: readonly (() => unknown)[] = [
    () => wrong(x), () => jit(wrong)(x), () => grad((v: Value) => np.sum(wrong(v)))(x), () => scan((c: Value) => [wrong(c), null] as const, x, null, { length: 2 }), () => own(body(x)),
  ]
  return i => {
    try {
      if (attempt(tries[i % tries.length]!)._tag === 'Right') throw new Error('nothing was refused')
    } catch (e) { if (!(e instanceof RangeError)) throw e }
  }
}
/** Two loops that take turns, with arrays that live across the pauses. */
const awaiting = (): Step => {
  const slope = jit(grad(loss))
  const walker = (): Step => {
    let x = start()
    return async () => {
      const g = slope(x)
      await pause()
      const moved = np.subtract(x, np.multiply(g, 0.01))
      await Promise.resolve()
      x = np.add(moved, 0.001)
    }
  }
  const [one, other] = [walker(), walker()]
  return i => Promise.all([one(i), other(i)])
}
interface Layer { readonly w: Value; readonly b: Value }
type Network = readonly Layer[]
const sizes = [196, 128, 10] as const
const training = (compiled: boolean) => (): Step => {
  const noise = (size: number, at: number): Value => np.array(Float32Array.from({ length: size }, (_, i) => Math.sin(at + 12.9898 * i) / 10))
  let network: Network = [0, 1].map(k => ({ w: np.reshape(noise(sizes[k]! * sizes[k + 1]!, k), [sizes[k]!, sizes[k + 1]!]), b: np.zeros([sizes[k + 1]!]) }))
  const x = np.reshape(noise(128 * sizes[0], 7), [128, sizes[0]])
  const y = np.array(Int32Array.from({ length: 128 }, (_, i) => i % 10))
  const scores = (net: Network, input: Value): Value => net.reduce((h, { w, b }, i) => np.add(np.matmul(i === 0 ? h : nn.relu(h), w), b), input)
  const mean = (net: Network, input: Value, labels: Value): Value => np.mean(nn.losses.softmaxCrossEntropyWithIntegerLabels(scores(net, input), labels))
  const adam = optim.adam(1e-3)
  let state = adam.init(network)
  const plain = (net: Network, s: optim.State, input: Value, labels: Value) => {
    const [l, g] = valueAndGrad(mean)(net, input, labels)
    const [updates, next] = adam.update(g, s, net)
    return [l, optim.applyUpdates(net, updates), next] as const
  }
  const step = compiled ? jit(plain) : plain
  return () => {
    const [l, net, next] = step(network, state, x, y)
    network = net
    state = next
    return item(l)
  }
}

/** By name; each starts anew, on the backend of the moment. */
export const loops: Readonly<Record<string, () => Step>> = {
  eager, 'eager gradient': eagerGradient, jit: jitted, scan: scanned, throwing, async: awaiting, 'training, jit': training(true), 'training, eager': training(false),
}

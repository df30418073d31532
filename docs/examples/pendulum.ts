/** The length and the damping of a pendulum, from angles that were measured: the gradient goes through the whole simulation. */
import { grad, item, jit, np, optim, random, scan, type Value } from '../../src/index.js'

interface Pendulum { readonly length: Value; readonly damping: Value }
const gravity = 9.81, dt = 0.02, steps = 200

/** Angles over time, by the symplectic Euler method. */
const simulate = ({ length, damping }: Pendulum): Value => {
  const [, angles] = scan(([angle, speed]) => {
    const pull = np.multiply(np.divide(-gravity, length), np.sin(angle))
    const faster = np.add(speed, np.multiply(dt, np.subtract(pull, np.multiply(damping, speed))))
    const next = np.add(angle, np.multiply(dt, faster))
    return [[next, faster], next]
  }, [np.array(1), np.array(0)], null, { length: steps })
  return angles
}

const truth: Pendulum = { length: np.array(1.5), damping: np.array(0.3) }
const measured = np.add(simulate(truth), np.multiply(0.02, random.normal(random.key(1), [steps])))
const loss = (p: Pendulum): Value => np.mean(np.square(np.subtract(simulate(p), measured)))

const optimizer = optim.adam(0.02)
const step = jit((p: Pendulum, state: optim.State) => {
  const [updates, next] = optimizer.update(grad(loss)(p), state)
  return [optim.applyUpdates(p, updates), next] as const
})

let guess: Pendulum = { length: np.array(1.2), damping: np.array(0.1) }
let state = optimizer.init(guess)
for (let i = 0; i < 150; i++) [guess, state] = step(guess, state)

console.log(`length ${item(guess.length).toFixed(2)}, damping ${item(guess.damping).toFixed(2)}`)
// prints: length 1.51, damping 0.30

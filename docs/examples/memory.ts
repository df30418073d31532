/** A recurrent network learns to remember: eight bits go by, and it says at the end what the first one was. */
import { grad, item, jit, nn, np, optim, random, scan, vmap, type Value } from '../../src/index.js'

interface Cell { readonly input: Value; readonly hidden: Value; readonly bias: Value; readonly output: Value }
const size = 8

const [k1, k2, k3, forBits] = random.keys(random.key(5), 4)
const start: Cell = {
  input: random.normal(k1, [size]),
  hidden: np.multiply(random.normal(k2, [size, size]), 1 / Math.sqrt(size)),
  bias: np.zeros([size]),
  output: np.multiply(random.normal(k3, [size]), 1 / Math.sqrt(size)),
}

/** How sure the network is that the first bit was 1, for one sequence. */
const score = (cell: Cell, bits: Value): Value => {
  const read = (h: Value, bit: Value) =>
    [np.tanh(np.add(np.add(np.matmul(h, cell.hidden), np.multiply(bit, cell.input)), cell.bias)), null] as const
  return np.dot(scan(read, np.zeros([size]), bits)[0], cell.output)
}

const draw = (key: Value): Value => np.subtract(np.multiply(2, np.astype(random.bernoulli(key, 0.5, [64, 8]), 'f32')), 1)
const firstOf = (sequences: Value): Value => np.at(sequences, [':', 0])
const scores = (cell: Cell, sequences: Value): Value => vmap(score, { inAxes: [null, 0] })(cell, sequences)

const seen = draw(forBits)
const loss = (cell: Cell): Value => np.mean(nn.softplus(np.negative(np.multiply(firstOf(seen), scores(cell, seen)))))

const optimizer = optim.adam(0.02)
const step = jit((cell: Cell, state: optim.State) => {
  const [updates, next] = optimizer.update(grad(loss)(cell), state)
  return [optim.applyUpdates(cell, updates), next] as const
})

let cell = start
let state = optimizer.init(cell)
for (let i = 0; i < 150; i++) [cell, state] = step(cell, state)

const unseen = draw(random.foldIn(forBits, 1))
const right = np.equal(np.sign(scores(cell, unseen)), firstOf(unseen))
console.log(`${item(np.sum(right))} of 64 sequences it has never seen`)
// prints: 64 of 64 sequences it has never seen

/** Newton's method without a matrix: each step solves H·d = -g by conjugate gradients, which ask only for products with H. */
import { foriLoop, grad, hvp, item, jit, np, type Value } from '../../src/index.js'

/** Rosenbrock's valley in ten dimensions; its lowest point is (1, ..., 1). */
const valley = (x: Value): Value => {
  const head = np.at(x, [[null, -1]]), tail = np.at(x, [[1, null]])
  return np.sum(np.add(np.square(np.subtract(1, head)), np.multiply(100, np.square(np.subtract(tail, np.square(head))))))
}

/** Where H·d = b, for a positive matrix that is given by its products, in `steps` steps. */
const conjugateGradients = (product: (v: Value) => Value, b: Value, steps: number): Value =>
  foriLoop(0, steps, (_i, [d, r, p]) => {
    const hp = product(p), rr = np.dot(r, r)
    const a = np.divide(rr, np.maximum(np.dot(p, hp), 1e-30))
    const left = np.subtract(r, np.multiply(a, hp))
    const next = np.add(left, np.multiply(np.divide(np.dot(left, left), np.maximum(rr, 1e-30)), p))
    return [np.add(d, np.multiply(a, p)), left, next]
  }, [np.zerosLike(b), b, b])[0]

const step = jit((x: Value): Value => {
  const downhill = np.negative(grad(valley)(x))
  return np.add(x, conjugateGradients(v => hvp(valley, [x], [v]), downhill, 10))
})

let x: Value = np.full([10], 1.2, { dtype: 'f64' })
for (let i = 0; i < 8; i++) {
  if (i % 4 === 0) console.log(`step ${i}: ${item(valley(x)).toExponential(1)}`)
  x = step(x)
}
console.log(`below 1e-20 after 8 steps: ${item(valley(x)) < 1e-20}`)
// prints: step 0: 5.2e+1
// prints: step 4: 2.7e-3
// prints: below 1e-20 after 8 steps: true

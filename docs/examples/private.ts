/** Logistic regression in which no example counts for more than a bound: its own gradient is clipped before all are added up. */
import { grad, item, jit, nn, np, random, tree, vmap, type Value } from '../../src/index.js'

interface Params { readonly w: Value; readonly b: Value }

const [forPoints, forNoise] = random.keys(random.key(3), 2)
const points = random.normal(forPoints, [200, 2])
const labels = np.astype(np.greater(np.matmul(points, np.array([2, -1])), 0.5), 'f32')

/** The loss of one example. */
const loss = (p: Params, x: Value, y: Value): Value => {
  const score = np.add(np.dot(p.w, x), p.b)
  return np.subtract(nn.softplus(score), np.multiply(y, score))
}

/** The gradient of one example, its norm at most 1. */
const clipped = (p: Params, x: Value, y: Value): Params => {
  const g = grad(loss)(p, x, y)
  return tree.scale(np.divide(1, np.maximum(1, tree.norm(g))), g)
}

const step = jit((p: Params, key: Value): Params => {
  const all = vmap(clipped, { inAxes: [null, 0, 0] })(p, points, labels)
  const noisy = (g: Value, k: Value): Value => np.add(np.mean(g, { axis: 0 }), np.multiply(0.01, random.normal(k, g.shape.slice(1))))
  const [forW, forB] = random.keys(key, 2)
  return tree.addScaled(p, -2, { w: noisy(all.w, forW), b: noisy(all.b, forB) })
})

let params: Params = { w: np.zeros([2]), b: np.array(0) }
for (let i = 0; i < 100; i++) params = step(params, random.foldIn(forNoise, i))

const answers = np.greater(np.add(np.matmul(points, params.w), params.b), 0)
console.log(`accuracy ${(100 * item(np.mean(np.equal(np.astype(answers, 'f32'), labels)))).toFixed(0)} %`)
console.log(`the largest gradient of one example has norm ${item(np.max(vmap((x: Value, y: Value) => tree.norm(clipped(params, x, y)))(points, labels))).toFixed(2)}`)
// prints: accuracy 99 %
// prints: the largest gradient of one example has norm 1.00

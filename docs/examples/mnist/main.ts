/** Trains a classifier of handwritten digits, judges it on digits it has not seen, and writes report/mnist.html. */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { webgpu } from '../../../backends/webgpu/entry.js'
import { explain, np, random, read, setDefaultDevice, tree, type Value } from '../../../src/index.js'
import { classes, pixels, splitDigits } from './data.js'
import { readDigits } from './files.js'
import { arraysOf, type Arrays, batch, gradientNorms, held, init, judge, learningRate, optimizerOf, type Params, partsOf, trainer, width } from './model.js'
import { type Epoch, type Mistake, writeReport } from './report.js'

// ---- options ---------------------------------------------------------------------------------------------------------

const { values: given } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
    epochs: { type: 'string', default: '24' },
    report: { type: 'string', default: 'report/mnist.html' },
    device: { type: 'string', default: 'cpu' },
    help: { type: 'boolean', default: false },
  },
})
if (given.help) {
  console.log('npm start -- [--epochs 24] [--seed 0] [--report report/mnist.html] [--device cpu|webgpu]')
  process.exit(0)
}
const whole = (name: string, text: string, least: number): number => {
  const n = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(n) && n >= least) return n
  console.error(`--${name} wants a whole number of at least ${least}, not '${text}'`)
  return process.exit(2)
}
const seed = whole('seed', given.seed, 0)
const epochs = whole('epochs', given.epochs, 1)
if (given.device !== 'cpu' && given.device !== 'webgpu') {
  console.error(`--device wants cpu or webgpu, not '${given.device}'`)
  process.exit(2)
}
const device = given.device === 'cpu' ? null : await webgpu.tryDevice()()
if (device?._tag === 'Left') {
  console.error(explain(device.left))
  process.exit(2)
}
setDefaultDevice(device?.right ?? null)
if (device) console.log(`on ${device.right.name}`)

// ---- arrays ----------------------------------------------------------------------------------------------------------

const numbers = async (xs: readonly Value[]): Promise<readonly number[]> => (await Promise.all(xs.map(read))).flatMap(x => Array.from(x))
const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length
const middle = (xs: readonly number[]): number => xs.length === 0 ? NaN : [...xs].sort((a, b) => a - b)[xs.length >> 1]!
const percent = (x: number): string => `${(100 * x).toFixed(2)} %`

interface Judged { readonly answers: readonly number[]; readonly probabilities: readonly number[]; readonly loss: number; readonly accuracy: number }
const judgeAll = async (params: Params, parts: readonly Arrays[], labels: Int32Array): Promise<Judged> => {
  const judged = parts.map(({ images, labels: truth }) => judge(params, images, truth))
  const answers = await numbers(judged.map(j => j.answers))
  return {
    answers,
    probabilities: await numbers(judged.map(j => j.probabilities)),
    loss: mean(await numbers(judged.map(j => j.losses))),
    accuracy: mean(answers.map((a, i) => (a === labels[i] ? 1 : 0))),
  }
}

/** One number that stands for all parameters, bit for bit. */
const fingerprint = async (params: Params): Promise<string> => {
  const hash = createHash('sha256')
  for (const array of [params.hidden, params.out].flatMap(({ w, b }) => [w, b])) {
    const data = await read(array)
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest('hex').slice(0, 32)
}

// ---- training --------------------------------------------------------------------------------------------------------

const began = performance.now()
const { train, test } = splitDigits(readDigits(), seed, held)
const steps = Math.floor(train.count / batch)
console.log(`${train.count} digits to learn from, ${test.count} held out; ${epochs} epochs of ${steps} steps of ${batch}, seed ${seed}`)

const { images, labels } = arraysOf(train)
const trainParts = partsOf(train, 1000)
const testParts = partsOf(test, 1000)

const optimizer = optimizerOf(epochs * steps)
const step = trainer(optimizer, batch)
const key = random.foldIn(random.key(seed), 2)
const places = Array.from({ length: steps }, (_, i) => np.array(i, { dtype: 'i32' }))

let params = init(seed)
let state = optimizer.init(params)
const losses: number[] = []
const history: Epoch[] = []

const bar = process.stdout.isTTY
  ? new SingleBar({ format: 'epoch {epoch} |{bar}| {percentage} %  loss {loss}  held out {accuracy}  {eta_formatted} left', hideCursor: true })
  : null
bar?.start(epochs * steps, 0, { epoch: `1/${epochs}`, loss: '–', accuracy: '–' })

for (let epoch = 1; epoch <= epochs; epoch++) {
  const epochKey = random.foldIn(key, epoch)
  const order = random.permutation(epochKey, train.count)
  for (const place of places) {
    const next = step(params, state, images, labels, order, place, epochKey)
    params = next.params
    state = next.state
    losses.push((await read(next.loss))[0]!)
    bar?.increment(1, { epoch: `${epoch}/${epochs}`, loss: mean(losses.slice(-steps)).toFixed(4) })
  }
  const seen = await judgeAll(params, trainParts, train.labels)
  const unseen = await judgeAll(params, testParts, test.labels)
  history.push({ epoch, trainLoss: seen.loss, trainAccuracy: seen.accuracy, testLoss: unseen.loss, testAccuracy: unseen.accuracy })
  bar?.update({ accuracy: percent(unseen.accuracy) })
  if (bar === null) {
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    console.log(`epoch ${epoch}/${epochs}  loss ${mean(losses.slice(-steps)).toFixed(4)}  held-out loss ${unseen.loss.toFixed(4)}  held-out accuracy ${percent(unseen.accuracy)}  ${seconds} s`)
  }
}
bar?.stop()

// ---- what came of it -------------------------------------------------------------------------------------------------

const final = await judgeAll(params, testParts, test.labels)
// A gradient of every example at once: parts are small because each example has as many numbers as the network.
const norms = await numbers(partsOf(test, 50).map(part => gradientNorms(params, part.images, part.labels)))
const right = (i: number): boolean => final.answers[i] === test.labels[i]

const ranked = norms.map((_, i) => i).sort((i, j) => norms[j]! - norms[i]!)
const largest = ranked.slice(0, 10)
const wrong = ranked.filter(i => !right(i))
const wrongOf = (rows: readonly number[]): number => rows.filter(i => !right(i)).length

console.log(`\nlargest gradients of single held-out digits, vmap(grad(loss)):\n  norm     digit  answer  probability`)
for (const i of largest) {
  const mark = right(i) ? '' : '  wrong'
  console.log(`  ${norms[i]!.toFixed(3).padStart(7)}  ${String(test.labels[i]).padStart(5)}  ${String(final.answers[i]).padStart(6)}  ${percent(final.probabilities[i]!).padStart(11)}${mark}`)
}
console.log(`of the ${wrong.length} largest, ${wrongOf(ranked.slice(0, wrong.length))} belong to the ${wrong.length} digits answered wrongly`)
console.log(`median norm: ${middle(wrong.map(i => norms[i]!)).toFixed(3)} where wrong, ${middle(ranked.filter(right).map(i => norms[i]!)).toExponential(2)} where right`)

const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
final.answers.forEach((answer, i) => { confusion[test.labels[i]!]![answer]! += 1 })
const mistakes = wrong.map((i): Mistake => ({
  image: test.images.subarray(i * pixels, (i + 1) * pixels),
  label: test.labels[i]!,
  answer: final.answers[i]!,
  probability: final.probabilities[i]!,
  norm: norms[i]!,
}))

const hash = await fingerprint(params)
writeReport(given.report, {
  settings: [
    ['network', `${pixels} – ${width} relu – ${classes}, ${tree.size(params).toLocaleString('en')} parameters`],
    ['learning', `Adam, ${learningRate} falling to 0 along a cosine, ${epochs} epochs, batches of ${batch}, images moved by up to one pixel`],
    ['digits', `${train.count.toLocaleString('en')} to learn from, ${test.count.toLocaleString('en')} held out`],
    ['seed', String(seed)],
    ['parameters (sha256)', hash],
  ],
  losses,
  stepsPerEpoch: steps,
  epochs: history,
  confusion,
  norms: norms.map((norm, i) => ({ norm, right: right(i) })),
  mistakes,
})

console.log(`\nheld-out accuracy ${percent(final.accuracy)} (${held - wrong.length} of ${held}), loss ${final.loss.toFixed(4)}`)
console.log(`parameters sha256 ${hash}`)
console.log(`report ${resolve(given.report)}`)
console.log(`${((performance.now() - began) / 1000).toFixed(1)} s`)

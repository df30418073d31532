/** A run becomes one page of HTML that carries everything it shows and opens without a network. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { accuracyCurve, confusionMatrix, gradientNorms, lossCurve } from './charts.js'
import { blue, orange } from './curves.js'
import { side } from './data.js'
import { greyPng } from './png.js'

/** What was measured after one pass over the training digits. */
export interface Epoch {
  readonly epoch: number
  readonly trainLoss: number
  readonly trainAccuracy: number
  readonly testLoss: number
  readonly testAccuracy: number
}

/** The norm of the gradient of one held-out example's loss, and whether its digit was answered rightly. */
export interface GradientNorm { readonly norm: number; readonly right: boolean }

/** A held-out digit that was answered wrongly: with which probability which answer was given. */
export interface Mistake {
  readonly image: ArrayLike<number>
  readonly label: number
  readonly answer: number
  readonly probability: number
  readonly norm: number
}

export interface Run {
  readonly settings: readonly (readonly [name: string, value: string])[]
  readonly losses: readonly number[]
  readonly stepsPerEpoch: number
  readonly epochs: readonly Epoch[]
  readonly confusion: readonly (readonly number[])[]
  readonly norms: readonly GradientNorm[]
  readonly mistakes: readonly Mistake[]
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string): string => text.replace(/[&<>"]/g, c => entities[c]!)
const percent = (x: number, digits = 1): string => `${(100 * x).toFixed(digits)} %`

const css = `
:root { color-scheme: light dark; --page: #fbfaf8; --card: #fff; --ink: #1d2430; --soft: #68707d; --line: #e4e1da }
@media (prefers-color-scheme: dark) { :root { --page: #14171c; --card: #1c2027; --ink: #e6e8ec; --soft: #98a0ad; --line: #2d333d } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, sans-serif }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em }
h2 { font-size: 17px; margin: 0 0 2px }
p { margin: 0 0 14px; color: var(--soft); max-width: 72ch }
.figures { display: flex; flex-wrap: wrap; gap: 12px 44px; margin: 26px 0 }
.figures b { display: block; font-size: 28px; line-height: 1.2; font-variant-numeric: tabular-nums }
.figures span { color: var(--soft) }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 20px }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px 22px; min-width: 0 }
section.wide { grid-column: 1 / -1 }
.digits { display: grid; grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); gap: 14px 12px }
figure { margin: 0 }
figure img { width: 100%; image-rendering: pixelated; border-radius: 6px; border: 1px solid var(--line); display: block }
figcaption { font-size: 12px; line-height: 1.4; padding-top: 4px; color: var(--soft); font-variant-numeric: tabular-nums }
figcaption b { color: ${orange} } figcaption i { color: ${blue}; font-style: normal; font-weight: 700 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 20px; margin: 10px 0 0 }
dt { color: var(--soft) } dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
`

const section = (title: string, says: string, body: string, wide = false): string =>
  `<section${wide ? ' class="wide"' : ''}><h2>${title}</h2><p>${says}</p>${body}</section>`

const digit = (m: Mistake): string =>
  `<figure><img alt="a handwritten ${m.label}, read as ${m.answer}" src="${greyPng(m.image, side)}">` +
  `<figcaption><i>${m.label}</i> read as <b>${m.answer}</b><br>${percent(m.probability)} sure<br>‖∇‖ ${m.norm.toPrecision(3)}</figcaption></figure>`

/** The mistakes come in the order in which they are given; at most `shown` of them are drawn. */
export const page = (run: Run, shown = 96): string => {
  const last = run.epochs[run.epochs.length - 1]!
  const count = run.norms.length
  const figures = [
    [percent(last.testAccuracy, 2), `of ${count.toLocaleString('en')} held-out digits right`],
    [String(run.mistakes.length), 'wrong'],
    [last.testLoss.toFixed(3), 'held-out loss'],
    [String(run.epochs.length), 'epochs'],
  ]
  const most = run.mistakes.length > shown ? ` The first ${shown} of ${run.mistakes.length}.` : ''
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Handwritten digits: ${percent(last.testAccuracy, 2)} right</title><link rel="icon" href="data:,"><style>${css}</style></head>
<body><main>
<h1>Handwritten digits, learned from their gradients</h1>
<p>A two-layer network, trained by <code>jit(valueAndGrad(loss))</code>, and judged on digits that it has not seen.</p>
<div class="figures">${figures.map(([n, what]) => `<div><b>${n}</b><span>${what}</span></div>`).join('')}</div>
<div class="grid">
${section('Loss', 'Each dot is one step, the line their moving mean; the held-out loss is measured after every epoch.', lossCurve(run.losses, run.stepsPerEpoch, run.epochs))}
${section('Accuracy', 'The share of digits answered rightly, after every epoch.', accuracyCurve(run.epochs))}
${section('What is taken for what', 'Each row is a digit, each column an answer. Blue is right; the deeper the orange, the more often that mistake was made.', confusionMatrix(run.confusion))}
${section('What there is left to learn', 'The norm of the gradient of one example&rsquo;s loss, <code>vmap(grad(loss))</code>, for every held-out digit. An example that is well understood pulls hardly at all; a mistake pulls hard.', gradientNorms(run.norms))}
${section('The mistakes', `Those with the largest gradient first: where the network is surest and wrong.${most}`, `<div class="digits">${run.mistakes.slice(0, shown).map(digit).join('')}</div>`, true)}
${section('The run', 'The same seed gives the same numbers, bit for bit.', `<dl>${run.settings.map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`).join('')}</dl>`, true)}
</div></main></body></html>
`
}

export const writeReport = (path: string, run: Run): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, page(run))
}

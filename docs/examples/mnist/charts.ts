/** The figures of the report, each a function from numbers to the text of one SVG. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { blue, lossFigure, orange } from './curves.js'
import type { Epoch, GradientNorm } from './report.js'

const { document } = parseHTML('<!doctype html><html><body></body></html>')
const style = { background: 'none', color: 'inherit', fontFamily: 'inherit', fontSize: '12px', overflow: 'visible' }

const svg = (label: string, options: Plot.PlotOptions): string => {
  const figure = Plot.plot({ document: document as unknown as Document, style, ariaLabel: label, ...options })
  // A shim of the DOM has no layout: the drawing keeps its proportions and takes the width that it is given.
  figure.setAttribute('style', 'width: 100%; height: auto; overflow: visible; font: 12px system-ui, sans-serif')
  figure.setAttribute('role', 'img')
  return figure.outerHTML
}

/** Training loss of every step, its moving mean, and the held-out loss after every epoch, over epochs. */
export const lossCurve = (losses: readonly number[], stepsPerEpoch: number, epochs: readonly Epoch[]): string =>
  svg('Loss over epochs', lossFigure({
    points: losses.map((loss, step) => ({ epoch: (step + 1) / stepsPerEpoch, loss })),
    window: Math.max(1, Math.round(stepsPerEpoch / 4)),
    heldOut: epochs.map(({ epoch, testLoss }) => ({ epoch, loss: testLoss })),
    epochs: epochs.length,
  }))

/** Accuracy on the training and on the held-out digits after every epoch. */
export const accuracyCurve = (epochs: readonly Epoch[]): string => {
  const low = Math.min(...epochs.flatMap(e => [e.trainAccuracy, e.testAccuracy]))
  return svg('Accuracy over epochs', {
    width: 520,
    height: 320,
    marginRight: 64,
    marginLeft: 48,
    x: { label: 'epoch', domain: [0, epochs.length], ticks: Math.min(epochs.length, 12), tickFormat: 'd' },
    y: { label: 'accuracy (%)', grid: true, percent: true, domain: [Math.floor(low * 50) * 2, 100] },
    marks: [
      ...([['trainAccuracy', blue, 'training'], ['testAccuracy', orange, 'held out']] as const).flatMap(([y, colour, name]) => [
        Plot.line(epochs, { x: 'epoch', y, stroke: colour, strokeWidth: 2 }),
        Plot.dot(epochs, { x: 'epoch', y, r: 3.5, fill: colour }),
        Plot.text(epochs.slice(-1), { x: 'epoch', y, text: () => name, fill: colour, textAnchor: 'start', dx: 8 }),
      ]),
    ],
  })
}

/** Rows are the true digits, columns the answers; the diagonal is shaded by recall, the rest by how often it happened. */
export const confusionMatrix = (confusion: readonly (readonly number[])[]): string => {
  const worst = Math.max(1, ...confusion.flatMap((row, i) => row.filter((_, j) => i !== j)))
  const cells = confusion.flatMap((row, truth) => {
    const all = row.reduce((a, b) => a + b, 0)
    return row.map((count, answer) => ({
      truth,
      answer,
      count,
      colour: truth === answer ? blue : orange,
      // Recall lies above 0.8 for any model worth a report: the shade says where in [0.8, 1] it lies.
      shade: truth === answer ? 0.15 + 0.6 * Math.max(0, (count / Math.max(all, 1) - 0.8) / 0.2) : (0.85 * count) / worst,
    }))
  })
  return svg('Confusion matrix', {
    width: 460,
    height: 460,
    marginLeft: 44,
    marginTop: 44,
    marginBottom: 8,
    marginRight: 8,
    x: { label: 'answer', axis: 'top', tickSize: 0, labelAnchor: 'center' },
    y: { label: 'digit', tickSize: 0, labelAnchor: 'center' },
    opacity: { type: 'identity' },
    color: { type: 'identity' },
    marks: [
      Plot.cell(cells, { x: 'answer', y: 'truth', fill: 'colour', fillOpacity: 'shade', inset: 1, rx: 3 }),
      Plot.text(cells.filter(c => c.count > 0), { x: 'answer', y: 'truth', text: c => String((c as { count: number }).count), fill: 'currentColor' }),
    ],
  })
}

/** How large the gradient of one example's loss is, for the digits answered rightly and for the others. */
export const gradientNorms = (norms: readonly GradientNorm[]): string => {
  // Powers of ten below 10^-6 say the same thing: nothing left to learn from this example.
  const rows = norms.map(({ norm, right }) => ({ power: Math.log10(Math.max(norm, 1e-6)), group: right ? 'right' : 'wrong' }))
  const low = Math.floor(Math.min(...rows.map(r => r.power)))
  const high = Math.ceil(Math.max(...rows.map(r => r.power)))
  const thresholds = Array.from({ length: (high - low) * 5 + 1 }, (_, i) => low + i / 5)
  const fill = (row: { readonly group: string }): string => (row.group === 'right' ? blue : orange)
  return svg('Distribution of the norms of the gradients', {
    width: 520,
    height: 460,
    marginLeft: 48,
    marginRight: 48,
    marginBottom: 44,
    x: { label: 'norm of the gradient (log scale)', domain: [low, high], ticks: high - low, tickFormat: (p: number) => String(Number((10 ** p).toPrecision(1))) },
    y: { label: 'share of the group (%)', percent: true, grid: true, ticks: 4 },
    fy: { label: null, domain: ['right', 'wrong'], padding: 0.12 },
    color: { type: 'identity' },
    marks: [
      Plot.rectY(rows, Plot.binX<Plot.RectYOptions>({ y: 'proportion-facet' }, { x: { value: 'power', thresholds }, fy: 'group', fill })),
      Plot.ruleY([0]),
    ],
  })
}

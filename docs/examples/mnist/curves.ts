/** The curve of a loss as the description of a figure, which a page draws live and a report once. */
import * as Plot from '@observablehq/plot'

// One hue for what the model was trained on or got right, one for what it has not seen or got wrong.
export const blue = '#3b6fb6'
export const orange = '#d9730d'

/** The mean over a window that ends at each point: what the noise of small batches hides. */
export const smoothed = (ys: readonly number[], width: number): readonly number[] => {
  let sum = 0
  return ys.map((y, i) => {
    sum += y - (i >= width ? ys[i - width]! : 0)
    return sum / Math.min(i + 1, width)
  })
}

export interface Point { readonly epoch: number; readonly loss: number }
export interface LossFigure {
  /** The loss of steps, at least of one. */
  readonly points: readonly Point[]
  /** How many points each point of the moving mean is the mean of. */
  readonly window: number
  readonly heldOut: readonly Point[]
  readonly epochs: number
  readonly width?: number
  readonly height?: number
}

/** Training loss of steps, its moving mean, and the held-out loss, over epochs. */
export const lossFigure = ({ points, window, heldOut, epochs, width = 520, height = 320 }: LossFigure): Plot.PlotOptions => {
  // The first steps start near ln 10 and higher; a logarithm keeps the end of the curve readable.
  const shown = (ps: readonly Point[]): readonly Point[] => ps.map(({ epoch, loss }) => ({ epoch, loss: Math.max(loss, 1e-4) }))
  const means = smoothed(points.map(p => p.loss), window)
  const mean = shown(points.map(({ epoch }, i) => ({ epoch, loss: means[i]! })))
  const held = shown(heldOut)
  // The two names stand apart where the curves end close together.
  const apart = mean[mean.length - 1]!.loss < (held[held.length - 1]?.loss ?? Infinity) ? 7 : -7
  return {
    width,
    height,
    marginRight: 64,
    marginLeft: 48,
    x: { label: 'epoch', domain: [0, epochs], ticks: Math.min(Math.ceil(epochs), Math.floor(width / 40)), tickFormat: epochs < 1 ? '~g' : 'd' },
    y: { label: 'cross entropy (log scale)', type: 'log', grid: true, ticks: 6, tickFormat: '~g' },
    marks: [
      Plot.dot(shown(points), { x: 'epoch', y: 'loss', r: points.length > 1500 ? 1 : 1.5, fill: blue, fillOpacity: points.length > 1500 ? 0.25 : 0.5 }),
      Plot.line(mean, { x: 'epoch', y: 'loss', stroke: blue, strokeWidth: 2 }),
      Plot.line(held, { x: 'epoch', y: 'loss', stroke: orange, strokeWidth: 2 }),
      Plot.dot(held, { x: 'epoch', y: 'loss', r: 3.5, fill: orange }),
      Plot.text(mean.slice(-1), { x: 'epoch', y: 'loss', text: () => 'training', fill: blue, textAnchor: 'start', dx: 8, dy: apart }),
      Plot.text(held.slice(-1), { x: 'epoch', y: 'loss', text: () => 'held out', fill: orange, textAnchor: 'start', dx: 8, dy: -apart }),
    ],
  }
}

/** W10, the mean square of the states of an LSTM over a sequence, by scan, and its gradient. */
import { item, jit, nn, np, scan, type Value, valueAndGrad } from '../../../src/index.js'
import type { Inputs } from '../data.js'
import type { Case } from '../measure.js'
import { array, arrays, gradientChecks } from './arrays.js'

interface Cell { readonly wx: Value; readonly wh: Value; readonly b: Value }
interface State { readonly h: Value; readonly c: Value }

const gates = (z: Value, { c }: State): State => {
  const [i, f, g, o] = np.split(z, 4, 1) as [Value, Value, Value, Value]
  const next = np.add(np.multiply(nn.sigmoid(f), c), np.multiply(nn.sigmoid(i), np.tanh(g)))
  return { h: np.multiply(nn.sigmoid(o), np.tanh(next)), c: next }
}
const meanSquare = ({ h }: State): Value => np.mean(np.square(h))

export function* W10(draw: Inputs['W10']): Iterable<Case> {
  const { B, H, params, ...data } = draw(), cell: Cell = arrays(params), x = array(data.x)
  const start: State = { h: np.zeros([B, H]), c: np.zeros([B, H]) }
  const asWritten = ({ wx, wh, b }: Cell, x: Value): Value =>
    np.mean(scan((s: State, row: Value) => {
      const next = gates(np.add(np.add(np.matmul(row, wx), np.matmul(s.h, wh)), b), s)
      return [next, meanSquare(next)]
    }, start, x)[1])
  /** The same with x·Wx + b computed for all steps at once. */
  const inputsFirst = ({ wx, wh, b }: Cell, x: Value): Value =>
    np.mean(scan((s: State, row: Value) => {
      const next = gates(np.add(row, np.matmul(s.h, wh)), s)
      return [next, meanSquare(next)]
    }, start, np.add(np.matmul(x, wx), b))[1])
  const ways = [
    ['jit scan', jit(valueAndGrad(asWritten))], ['jit scan, input product first', jit(valueAndGrad(inputsFirst))],
    ['eager scan', valueAndGrad(asWritten)],
  ] as const
  for (const [variant, vg] of ways) {
    yield {
      metric: 'value_and_grad', variant, unit: 'ms', run: () => item(vg(cell, x)[0]),
      checks: () => { const [loss, g] = vg(cell, x); return { loss: item(loss), ...gradientChecks({ Wx: g.wx, Wh: g.wh, b: g.b }) } },
    }
  }
}

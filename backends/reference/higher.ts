/** Rows that hold programs: run the program, choose one, or run it again and again. */
import { sizeOf } from '../../src/core/aval.js'
import { allocate, type Data } from '../../src/core/dtype.js'
import { raise } from '../../src/core/fault.js'
import type { Program } from '../../src/core/primitive.js'
import type { HigherName } from '../../src/core/vocabulary.js'
import { NDArray } from '../../src/core/value.js'
import type { Execute } from './execute.js'

const dataOf = (xs: readonly NDArray[]): readonly Data[] => xs.map(x => x.data)

const body: Execute<{ readonly program: Program }> = (ins, { program }, _outs, run) => dataOf(run(program, ins))

/** Row k of a stacked array: a view, since data is never written after it was made. */
const row = (x: NDArray, k: number): NDArray => {
  const shape = x.aval.shape.slice(1)
  const n = sizeOf(shape)
  return new NDArray({ dtype: x.aval.dtype, shape }, x.data.subarray(k * n, (k + 1) * n))
}

interface Scan { readonly program: Program; readonly nConst: number; readonly nCarry: number; readonly length: number; readonly reverse: boolean }
const scan: Execute<Scan> = (ins, { program, nConst, nCarry, length, reverse }, outs, run) => {
  const consts = ins.slice(0, nConst)
  const xs = ins.slice(nConst + nCarry)
  let carry: readonly NDArray[] = ins.slice(nConst, nConst + nCarry)
  const ys = outs.slice(nCarry).map(a => allocate(a.dtype, sizeOf(a.shape)))
  for (let k = 0; k < length; k++) {
    const t = reverse ? length - 1 - k : k
    const step = run(program, [...consts, ...carry, ...xs.map(x => row(x, t))])
    carry = step.slice(0, nCarry)
    ys.forEach((y, j) => { const piece = step[nCarry + j]!.data; y.set(piece, t * piece.length) })
  }
  return [...dataOf(carry), ...ys]
}

interface While { readonly cond: Program; readonly body: Program; readonly nCondConst: number; readonly nBodyConst: number; readonly maxSteps: number | null }
const loop: Execute<While> = (ins, { cond, body, nCondConst, nBodyConst, maxSteps }, _outs, run) => {
  const condConsts = ins.slice(0, nCondConst)
  const bodyConsts = ins.slice(nCondConst, nCondConst + nBodyConst)
  let carry: readonly NDArray[] = ins.slice(nCondConst + nBodyConst)
  for (let steps = 0; maxSteps === null || steps < maxSteps; steps++) {
    if (run(cond, [...condConsts, ...carry])[0]!.data[0] === 0) break
    carry = run(body, [...bodyConsts, ...carry])
  }
  return dataOf(carry)
}

/** The index is clamped to the branches there are, as in JAX's switch. */
const cond: Execute<{ readonly branches: readonly Program[] }> = ([index, ...operands], { branches }, _outs, run) => {
  const k = Math.min(Math.max(index!.data[0]!, 0), branches.length - 1)
  return dataOf(run(branches[k]!, operands))
}

const custom: Execute<{ readonly value: Program }> = (ins, { value }, _outs, run) => dataOf(run(value, ins))

/** The linear map of a custom derivative: pushed forward where a push is given. */
const pulled: Execute<{ readonly push: Program | null }> = (ins, { push }, _outs, run) => (push ? dataOf(run(push, ins)) : raise({
  _tag: 'NoForwardRule', op: 'customDerivative', made: null, hint: 'give a push as well, or use reverse mode (grad, vjp, jacrev)',
}))

export const higher: Record<HigherName, Execute> = { call: body, checkpoint: body, scan, while: loop, cond, custom, pulled }

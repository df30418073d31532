/** WASM backends for laws: everything is compiled, however small, every kernel is shared out that has more than one unit, operands are packed ahead wherever several units read them, and whatever can follow a product does. */
import type { Program } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import { NDArray } from '../src/core/value.js'
import type { Backend } from '../src/runtime/backend.js'
import { reference } from '../backends/reference/index.js'
import { meaning } from '../backends/reference/scalars.js'
import { createWasm, type WasmOptions } from '../backends/wasm/index.js'
import { claim, type Verdict } from './law.js'

let instead: Backend | null = null
/** Laws of what is compiled are those of another backend meanwhile. */
export const compiledBy = <A>(other: Backend, thunk: () => A): A => {
  const before = instead
  instead = other
  try { return thunk() } finally { instead = before }
}
const known = new Map<string, Backend>()
/** One for each way to set it up; the reference where the platform has no SIMD. */
export const wasm = (options: WasmOptions): Backend => {
  if (instead !== null) return instead
  const name = JSON.stringify(options)
  let b = known.get(name)
  if (!b) known.set(name, b = createWasm({ backend: reference, letter: (op, x, y) => meaning(op, 'f64')(x, y) }, { small: 0, worth: 0, ahead: 0, follows: Infinity, ...options }) ?? reference)
  return b
}

export const fresh = (xs: readonly NDArray[]): readonly NDArray[] => xs.map(x => new NDArray(x.aval, x.data.slice()))
/** Number by number the same. */
export const alike = (got: readonly NDArray[], want: readonly NDArray[], what: string, p: Program): Verdict => {
  const out = want.findIndex((w, i) => w.data.some((x, k) => x !== got[i]!.data[k]))
  const shown = (x: NDArray | undefined): string => (x === undefined ? 'nothing' : x.data.length <= 32 ? String(x.data) : `${String(x.data.slice(0, 32))} …`)
  const at = out < 0 ? 0 : want[out]!.data.findIndex((x, k) => x !== got[out]!.data[k])
  return claim(out < 0, `${what} ${out} is ${shown(got[out])} and should be ${shown(want[out])}; at ${at} it is ${String(got[out]?.data[at])} and should be ${String(want[out]?.data[at])}\n${showProgram(p)}`)
}

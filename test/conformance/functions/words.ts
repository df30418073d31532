/** Short words for writing mathematics in the conformance programs. */
import { np, type Value } from '../../../src/index.js'

// Arguments are trees of any kind, chosen by the golden file.
type Any = any
export type Fn = (...args: Any[]) => Any

export const add: (x: Any, y: Any) => Value = np.add
export const sub: (x: Any, y: Any) => Value = np.subtract
export const mul: (x: Any, y: Any) => Value = np.multiply
export const div: (x: Any, y: Any) => Value = np.divide
export const pow: (x: Any, y: Any) => Value = np.power

export const vector = (data: Any): Value => np.array(data, { dtype: 'f64' })
export const ints = (data: Any): Value => np.array(data, { dtype: 'i32' })

/** `from:to:step` of an index, with null for an open end. */
export const slice = (from: number | null, to: number | null, step: number | null = null): Any => (step === null ? [from, to] : [from, to, step])

/** Inputs as arrays of cotangent, and gradients as the numbers that are compared. */
import { type DType, np, readSync, type Value } from '../../../src/index.js'
import type { Data } from '../data.js'
import { absSum, type Checks } from '../measure.js'

export const array = ({ data, shape }: Data<Float32Array | Float64Array | Int32Array>, dtype?: DType): Value =>
  np.array(data, { shape, ...(dtype === undefined ? {} : { dtype }) })

type Grown<T> = T extends Data ? Value : { readonly [K in keyof T]: Grown<T[K]> }
const isData = (x: unknown): x is Data => ArrayBuffer.isView((x as Data).data)
/** A tree of inputs as a tree of arrays. */
export const arrays = <T extends object>(tree: T): Grown<T> =>
  (isData(tree) ? array(tree) : Array.isArray(tree) ? tree.map(arrays) : Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, arrays(v as object)]))) as Grown<T>

/** gabs_name: the sum of the absolute values of a gradient. */
export const gradientChecks = (named: Readonly<Record<string, Value>>): Checks =>
  Object.fromEntries(Object.entries(named).map(([name, g]) => [`gabs_${name}`, absSum(readSync(g))]))

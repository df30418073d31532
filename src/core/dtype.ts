/** The element types, what each one is made of, and how two of them meet. */
import { roundToHalf } from './half.js'
import { isSmall, small } from './slab.js'

interface Info { readonly kind: 'float' | 'int' | 'bool'; readonly bytes: number; readonly signed: boolean; readonly bits: number }

/** The element types there are. */
export const dtypes = {
  f32: { kind: 'float', bytes: 4, bits: 32, signed: true },
  f64: { kind: 'float', bytes: 8, bits: 64, signed: true },
  f16: { kind: 'float', bytes: 2, bits: 16, signed: true },
  i32: { kind: 'int', bytes: 4, bits: 32, signed: true },
  u32: { kind: 'int', bytes: 4, bits: 32, signed: false },
  bool: { kind: 'bool', bytes: 1, bits: 1, signed: false },
} as const satisfies Record<string, Info>

export type DType = keyof typeof dtypes
export type FloatDType = { [D in DType]: (typeof dtypes)[D]['kind'] extends 'float' ? D : never }[DType]
export type IntDType = { [D in DType]: (typeof dtypes)[D]['kind'] extends 'int' ? D : never }[DType]

/** Element types whose place is kept: naming one is a fault that says so, never a silent substitute. */
export const foreseen = { bf16: 'a brain float', complex64: 'a complex number of two f32' } as const

/** The promotion table of JAX (docs: Type promotion semantics) without 64-bit integers: i32 and u32 meet in i32. */
export const promotion = {
  bool: { bool: 'bool', i32: 'i32', u32: 'u32', f16: 'f16', f32: 'f32', f64: 'f64' },
  i32: { bool: 'i32', i32: 'i32', u32: 'i32', f16: 'f16', f32: 'f32', f64: 'f64' },
  u32: { bool: 'u32', i32: 'i32', u32: 'u32', f16: 'f16', f32: 'f32', f64: 'f64' },
  f16: { bool: 'f16', i32: 'f16', u32: 'f16', f16: 'f16', f32: 'f32', f64: 'f64' },
  f32: { bool: 'f32', i32: 'f32', u32: 'f32', f16: 'f32', f32: 'f32', f64: 'f64' },
  f64: { bool: 'f64', i32: 'f64', u32: 'f64', f16: 'f64', f32: 'f64', f64: 'f64' },
} as const satisfies Record<DType, Record<DType, DType>>

export const promote = (a: DType, b: DType): DType => promotion[a][b]
export const isFloat = (d: DType): d is FloatDType => dtypes[d].kind === 'float'
export const isInt = (d: DType): d is IntDType => dtypes[d].kind === 'int'
export const isDType = (x: unknown): x is DType => typeof x === 'string' && Object.hasOwn(dtypes, x)

/** The dtype in which functions of real numbers (exp, mean, ...) answer. */
export const inexact = (d: DType): FloatDType => (isFloat(d) ? d : 'f32')

/** The memory of an array: one typed array of the dtype's kind; bool is one byte, 0 or 1; f16 is a Float32Array of numbers that are all halves. */
export type Data = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array

/** An array of zeros. */
export const allocate = (d: DType, n: number): Data => {
  switch (d) {
    case 'f16': case 'f32': return isSmall(4 * n) ? small(Float32Array, 4 * n, n) : new Float32Array(n)
    case 'f64': return isSmall(8 * n) ? small(Float64Array, 8 * n, n) : new Float64Array(n)
    case 'i32': return isSmall(4 * n) ? small(Int32Array, 4 * n, n) : new Int32Array(n)
    case 'u32': return isSmall(4 * n) ? small(Uint32Array, 4 * n, n) : new Uint32Array(n)
    case 'bool': return isSmall(n) ? small(Uint8Array, n, n) : new Uint8Array(n)
    default: return d satisfies never
  }
}

/** Numbers as elements of a dtype of floats or of integers that hold them: each is rounded once. */
export const dataOf = (d: DType, numbers: ArrayLike<number>): Data => {
  const data = allocate(d, numbers.length)
  if (d === 'f16') for (let i = 0; i < data.length; i++) data[i] = roundToHalf(numbers[i]!)
  else data.set(numbers)
  return data
}

export const dtypeOfData = (x: Data): DType =>
  x instanceof Float32Array ? 'f32' : x instanceof Float64Array ? 'f64' : x instanceof Int32Array ? 'i32' : x instanceof Uint32Array ? 'u32' : 'bool'

export interface Limits { /** The distance from 1 to the next number. */ readonly eps: number; readonly greatest: number; /** The least normal number. */ readonly tiny: number; readonly smallestSubnormal: number }
const limitsOf = (digits: number, exponent: number): Limits => {
  const eps = 2 ** (1 - digits), tiny = 2 ** exponent
  return { eps, greatest: (2 - eps) * 2 ** (1 - exponent), tiny, smallestSubnormal: tiny * eps }
}
/** What binary floats of so many digits and this least exponent hold. */
export const limits: Readonly<Record<FloatDType, Limits>> = { f16: limitsOf(11, -14), f32: limitsOf(24, -126), f64: limitsOf(53, -1022) }

/** The least and the greatest value of a dtype, the units of min and max. */
export const lowest = (d: DType): number => (isFloat(d) ? -Infinity : d === 'i32' ? -2147483648 : 0)
export const highest = (d: DType): number => (isFloat(d) ? Infinity : d === 'i32' ? 2147483647 : d === 'u32' ? 4294967295 : 1)

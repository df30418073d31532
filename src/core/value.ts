/** A value is what functions receive and return: an immutable array, or a tracer that stands for one. */
import { type Aval, type Shape, sizeOf, stridesOf } from './aval.js'
import { type Data, type DType } from './dtype.js'
import { raise } from './fault.js'
import { type Mark, sourceOf } from './source.js'

/**
 * An immutable array of one dtype. `D` and `S` are phantoms held in method position, which TypeScript compares bivariantly:
 * `Value` (nothing known) and `Value<'f32', [2, 3]>` are assignable both ways, `Value<'f32', [2, 3]>` and
 * `Value<'f32', [2, 4]>` neither way.
 */
export interface Value<D extends DType = DType, S extends Shape = Shape> {
  readonly aval: Aval
  readonly shape: readonly number[]
  readonly dtype: DType
  /** The number of axes. */
  readonly ndim: number
  /** The number of elements. */
  readonly size: number
  /** @internal phantom */ dtypeOf(d: D): void
  /** @internal phantom */ shapeOf(s: S): void
}
export type F32<S extends Shape = Shape> = Value<'f32', S>
export type F64<S extends Shape = Shape> = Value<'f64', S>
export type I32<S extends Shape = Shape> = Value<'i32', S>
export type U32<S extends Shape = Shape> = Value<'u32', S>
export type Bool<S extends Shape = Shape> = Value<'bool', S>
export type Scalar<D extends DType = DType> = Value<D, []>

abstract class Base implements Value {
  abstract readonly aval: Aval
  get shape(): readonly number[] { return this.aval.shape }
  get dtype(): DType { return this.aval.dtype }
  get ndim(): number { return this.aval.shape.length }
  get size(): number { return sizeOf(this.aval.shape) }
  dtypeOf(): void { /* phantom */ }
  shapeOf(): void { /* phantom */ }
  /** The array behind this value where there is one already. */
  abstract concrete(): NDArray | null
  /** A concrete scalar is its number; anything else in a condition, a comparison or arithmetic is a fault. */
  [Symbol.toPrimitive](hint: string): number | string {
    const array = this.concrete()
    if (hint === 'string') return array ? array.toString() : `Traced<${this.dtype}[${this.shape.join(',')}]>`
    return numberOf(this, 'a JavaScript operator')
  }
  /** Loops over a value would trace element by element; they are refused. */
  [Symbol.iterator](): never {
    return raise({ _tag: 'BadArgument', op: 'for...of', argument: 'the operand', got: 'an array value', want: 'a JavaScript iterable', hint: 'use np.unstack, map or scan; toNested gives plain numbers' })
  }
}

/** A concrete array, row major. Its data is never written after it was made. */
export class NDArray extends Base {
  readonly aval: Aval
  readonly data: Data
  constructor(aval: Aval, data: Data) { super(); this.aval = aval; this.data = data }
  concrete(): NDArray { return this }
  override toString(): string { return `${this.aval.dtype}[${this.aval.shape.join(',')}] ${showData(this)}` }
  toJSON(): unknown { return nested(this) }
  [Symbol.for('nodejs.util.inspect.custom')](): string { return this.toString() }
}

/** Who makes tracers: alive only while its transformation runs. */
export interface Owner { readonly alive: boolean; readonly title: string }

/** Stands for an array while a function is traced; knows its owner, and where it was made. */
export abstract class Tracer extends Base {
  readonly owner: Owner
  readonly made: Mark | null
  constructor(owner: Owner, made: Mark | null) { super(); this.owner = owner; this.made = made }
  concrete(): NDArray | null { return null }
  override toString(): string { return `Traced<${this.dtype}[${this.shape.join(',')}]>` }
  [Symbol.for('nodejs.util.inspect.custom')](): string { return this.toString() }
}

export const isValue = (x: unknown): x is NDArray | Tracer => x instanceof Base

/** The number of a concrete scalar (an array of one element); a fault for a traced value or a larger array. */
export const numberOf = (x: Value, op: string): number => {
  const array = concreteOf(x, op)
  if (array.data.length !== 1) {
    return raise({ _tag: 'ShapeMismatch', op, got: [x.aval], want: 'an array of one element', hint: 'reduce it first (np.sum, np.all, np.any), or read it with toNested' })
  }
  return array.data[0]!
}

/** The concrete array behind a value; a fault where tracing has none. */
export const concreteOf = (x: Value, op: string): NDArray => {
  if (x instanceof NDArray) return x
  const tracer = x as Tracer
  const array = tracer.concrete()
  return array ?? raise({
    _tag: 'NotConcrete', op, got: tracer.aval, owner: tracer.owner.title, made: sourceOf(tracer.made),
    hint: 'inside jit and vmap choose with cond, switchCase, np.where or lax.select, loop with scan, foriLoop or whileLoop, or make the argument static',
  })
}

/** Nested JavaScript numbers (booleans for bool). */
export const nested = (x: NDArray): unknown => {
  const { shape, dtype } = x.aval
  const strides = stridesOf(shape)
  const build = (axis: number, at: number): unknown =>
    axis === shape.length ? (dtype === 'bool' ? x.data[at] === 1 : x.data[at]!) : Array.from({ length: shape[axis]! }, (_, i) => build(axis + 1, at + i * strides[axis]!))
  return build(0, 0)
}

const showData = (x: NDArray): string => {
  if (x.data.length > 64) return `[${Array.from(x.data.slice(0, 6)).join(', ')}, …]`
  const show = (v: unknown): string => (Array.isArray(v) ? `[${v.map(show).join(', ')}]` : String(v))
  return show(nested(x))
}

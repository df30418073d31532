/** A value is what functions receive and return: an immutable array, or a tracer that stands for one. */
import { type Aval, type Shape, showAval, sizeOf, stridesOf } from './aval.js'
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
export type F16<S extends Shape = Shape> = Value<'f16', S>
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
    return hint === 'string' ? this.toString() : this.number()
  }
  protected number(): number { return numberOf(this, 'a JavaScript operator') }
  /** Loops over a value would trace element by element; they are refused. */
  [Symbol.iterator](): never {
    return raise({ _tag: 'BadArgument', op: 'for...of', argument: 'the operand', got: 'an array value', want: 'a JavaScript iterable', hint: 'use np.unstack, map or scan; toNested gives plain numbers' })
  }
}

/** Where a backend keeps the elements of an array. `data` shows them; where they cannot be shown at once that is a fault, and `read` brings them. */
export interface Residence { readonly data: Data; readonly read?: () => Promise<Data> }

/** A concrete array, row major. Its elements are never written after it was made. */
export class NDArray extends Base {
  readonly aval: Aval
  /** The elements; if a backend keeps them, an object that nothing else holds, whose death tells of the array's. */
  private held: Data | object
  private keptIn: Residence | null = null
  constructor(aval: Aval, data: Data) { super(); this.aval = aval; this.held = data }
  /** The elements. Whoever needs them for longer than the array must copy them: they may lie in memory that goes when the array goes. */
  get data(): Data { return this.keptIn === null ? this.held as Data : this.keptIn.data }
  /** Where a backend keeps the elements; null where they are on the JavaScript heap. */
  get residence(): Residence | null { return this.keptIn }
  /** For backends: from now on the elements are there. */
  resideIn(residence: Residence, token: object): void { this.keptIn = residence; this.held = token }
  concrete(): NDArray { return this }
  override toString(): string { return `${this.aval.dtype}[${this.aval.shape.join(',')}] ${this.keptIn?.read ? '(on a device: await read(x))' : showData(this)}` }
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
  /** An operator would answer a plain number, and the derivative would be lost without a word: reading the number must be said. */
  protected override number(): number { return notConcrete(this, 'a JavaScript operator', operatorHint) }
  /** JSON is of numbers, which a traced value may not have. */
  toJSON(): unknown { return nested(concreteOf(this, 'JSON')) }
  override toString(): string { return `Traced<${showAval(this.aval)}>${this.owner.alive ? '' : ` (its ${this.owner.title} has ended)`}` }
  [Symbol.for('nodejs.util.inspect.custom')](): string { return this.toString() }
}

/**
 * Is it an array, or a tracer that stands for one? Numbers are not.
 *
 * @example
 * isValue(np.array(1))   // true
 * isValue(1)             // false
 */
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
  if (!tracer.owner.alive) return escaped(op, tracer)
  return tracer.concrete() ?? notConcrete(tracer, op, concreteHint)
}
const concreteHint = 'inside jit and vmap choose with cond, switchCase, np.where or lax.select, loop with scan, foriLoop or whileLoop, or make the argument static'
const operatorHint = 'write np.add(x, 1), np.greater(x, 0), cond or np.where; where there is a number, as in grad outside of jit and vmap, item(x) reads it as a constant'
const notConcrete = (x: Tracer, op: string, hint: string): never =>
  x.owner.alive ? raise({ _tag: 'NotConcrete', op, got: x.aval, owner: x.owner.title, made: sourceOf(x.made), hint }) : escaped(op, x)

/** Refuses a traced value whose transformation has ended. */
export const escaped = (op: string, x: Tracer): never => raise({
  _tag: 'EscapedTracer', op, got: x.aval, owner: x.owner.title, made: sourceOf(x.made),
  hint: 'return traced values from the function (hasAux carries extra results) instead of storing them outside',
})

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

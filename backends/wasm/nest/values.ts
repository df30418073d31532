/** Values of expressions come onto the stack as vectors: each node once in a scope, invariant ones before the loop in which they do not change. */
import type { DType } from '../../../src/core/dtype.js'
import { type Apply, argsOf, type Const, type Expr, type Index, type Load } from '../../../src/kernel/expr.js'
import type { View } from '../../../src/kernel/view.js'
import type { Code } from '../encode.js'
import { f32x4, f64x2, i32x4, relaxed, v128 } from '../opcodes.js'
import type { Context } from '../target.js'
import { convert } from './convert.js'
import { isHosted } from './cost.js'
import { type Lanes, lanesOf, loadLanes, remask, squares, type Width } from './lanes.js'
import { lanewise } from './lanewise.js'
import { compares, logic, numbers } from './letters.js'
import { nodesOf } from '../../../src/kernel/normal.js'
import type { Streams } from './streams.js'
import type { Writer } from './writer.js'

/**
 * One of the vectors that are computed side by side: it begins `offset` elements further along the vector axis, or `aside` places
 * along the axis beside it, and `lanes` of its lanes count.
 */
export interface Copy { readonly index: number; readonly offset: number; readonly aside: number; readonly lanes: number }

/** The order of the loops, and where in it a node is settled. */
export interface Depths {
  /** The axis along which lanes lie. */
  readonly vector: number
  /** The axis along which copies lie where they make a square of vectors, or -1. */
  readonly beside: number
  /** The place of each axis in the order of loops; -1 is the entry of the function. */
  readonly of: readonly number[]
  /** Where folds are done. */
  readonly folded: number
  /** Each lane has a fold of its own; else all lanes hold the one result. */
  readonly foldedVaries: boolean
}

const bytesOf = (dtype: DType, values: readonly number[]): Uint8Array => {
  const data = dtype === 'f64' ? new Float64Array(2) : dtype === 'f32' ? new Float32Array(4) : new Int32Array(4)
  for (let k = 0; k < data.length; k++) data[k] = values[k % values.length]!
  return new Uint8Array(data.buffer)
}

export class Values implements Writer {
  readonly code: Code
  readonly context: Context
  readonly lanes: Lanes
  readonly streams: Streams
  /** The vector that is being written. */
  copy: Copy = { index: 0, offset: 0, aside: 0, lanes: 1 }
  private readonly depths: Depths
  private readonly level = new Map<Expr, number>()
  private readonly varying = new Set<Expr>()
  private readonly differing = new Set<Expr>()
  private readonly uses = new Map<Expr, number>()
  private readonly hoisted = new Map<number, Expr[]>()
  private readonly constants = new Map<string, number>()
  private scopes: Map<number, number>[] = [new Map()]

  /** `roots` are all that is ever asked for, each with the depth at which it is. */
  constructor(code: Code, context: Context, lanes: Lanes, streams: Streams, depths: Depths, roots: readonly { readonly e: Expr; readonly depth: number }[]) {
    this.code = code
    this.context = context
    this.lanes = lanes
    this.streams = streams
    this.depths = depths
    const deepest = new Map<Expr, number>()
    const use = (e: Expr, depth: number): void => {
      this.uses.set(e, (this.uses.get(e) ?? 0) + 1)
      deepest.set(e, Math.max(deepest.get(e) ?? -1, depth))
    }
    const nodes = nodesOf(roots.map(r => r.e))
    for (const e of nodes) this.analyse(e)
    for (const r of roots) use(r.e, r.depth)
    for (const e of nodes) argsOf(e).forEach(a => use(a, this.level.get(e)!))
    for (const e of nodes) {
      const level = this.level.get(e)!
      if (e.tag !== 'const' && deepest.get(e)! > level) this.hoisted.set(level, [...(this.hoisted.get(level) ?? []), e])
    }
  }
  private analyse(e: Expr): void {
    const { of, vector, beside, folded, foldedVaries } = this.depths
    const steps = e.tag === 'load' ? e.view.strides : e.tag === 'index' ? e.strides : []
    const level = e.tag === 'folded' ? folded : Math.max(-1, ...steps.map((s, a) => (s === 0 ? -1 : of[a]!)), ...argsOf(e).map(a => this.level.get(a)!))
    this.level.set(e, level)
    if (e.tag === 'folded' ? foldedVaries : steps[vector] || argsOf(e).some(a => this.varying.has(a))) this.varying.add(e)
    if (this.varying.has(e) || (beside >= 0 && steps[beside]) || argsOf(e).some(a => this.differing.has(a))) this.differing.add(e)
  }

  /** All lanes hold the same number. */
  uniform(e: Expr): boolean { return !this.varying.has(e) }
  /** The copies for which a node has a value of its own. */
  private own(e: Expr, copies: readonly Copy[]): readonly Copy[] { return this.differing.has(e) ? copies : copies.slice(0, 1) }
  /** How many lanes need be computed. */
  live(e: Expr): number { return this.uniform(e) ? 1 : this.copy.lanes }

  private key(e: Expr, width: Width): number { return (e.id * 32 + (this.differing.has(e) ? this.copy.index + 1 : 0)) * 2 + (width === 64 ? 1 : 0) }
  private find(e: Expr, width: Width): number | undefined {
    const key = this.key(e, width)
    for (let k = this.scopes.length - 1; k >= 0; k--) {
      const local = this.scopes[k]!.get(key)
      if (local !== undefined) return local
    }
    return undefined
  }
  private remember(e: Expr, width: Width, local: number): void { this.scopes[this.scopes.length - 1]!.set(this.key(e, width), local) }
  /** What is computed inside `body` is forgotten after it. */
  scope(body: () => void): void {
    this.scopes.push(new Map())
    body()
    this.scopes.pop()
  }
  /** Says where the value of a node lies. */
  define(e: Expr, local: number, width: Width = 32): void { this.remember(e, e.dtype === 'bool' ? width : 32, local) }

  temp(): number { return this.code.local('v128') }
  /** A local that holds a constant vector from the entry of the function on. */
  constant(dtype: DType, ...values: readonly number[]): number {
    const key = `${dtype} ${values.map(x => (Object.is(x, -0) ? '-0' : x)).join()}`
    let local = this.constants.get(key)
    if (local === undefined) {
      const fresh = local = this.temp()
      this.constants.set(key, local)
      this.code.entry(() => { this.code.v128(bytesOf(dtype, values)).set(fresh) })
    }
    return local
  }
  /** Which width of mask a bool comes in by itself. */
  native(e: Expr): Width {
    if (this.lanes === 4) return 32
    const first = argsOf(e).find(a => a.dtype === 'bool') ?? argsOf(e)[0]
    if (!first) return 64
    return first.dtype === 'bool' ? this.native(first) : first.dtype === 'f64' ? 64 : 32
  }

  /** Pushes a number. */
  push(e: Expr): void { this.get(e, 32) }
  /** Pushes a bool as a mask. */
  mask(e: Expr, width: Width): void { this.get(e, width) }
  /** A local that holds a number, or a mask. */
  hold(e: Expr, width: Width = 32): number {
    const known = e.tag === 'const' && e.dtype !== 'bool' ? this.constant(e.dtype, e.value) : this.find(e, width)
    if (known !== undefined) return known
    const local = this.temp()
    this.get(e, width)
    const now = this.find(e, width)
    if (now !== undefined) { this.code.drop(); return now }
    this.code.set(local)
    this.remember(e, width, local)
    return local
  }
  private get(e: Expr, width: Width): void {
    const known = this.find(e, width)
    if (known !== undefined) { this.code.get(known); return }
    if (e.dtype === 'bool') {
      const other: Width = width === 32 ? 64 : 32
      const made = this.find(e, other)
      if (made !== undefined) { this.code.get(made); remask(this.code, other, width) }
      else this.compute(e, width)
    } else this.compute(e, width)
    if (e.tag !== 'const' && this.uses.get(e)! > 1) {
      const local = this.temp()
      this.code.tee(local)
      this.remember(e, width, local)
    }
  }
  private compute(e: Expr, width: Width): void {
    switch (e.tag) {
      case 'const': this.code.get(e.dtype === 'bool' ? this.constant('i32', e.value === 0 ? 0 : -1) : this.constant(e.dtype, e.value)); return
      case 'load': {
        const place = this.streams.place(e.view)
        const stride = e.view.strides[this.depths.vector]!
        loadLanes(this.code, e.dtype, { pointer: this.streams.local(place), bytes: place.bytes + this.ahead(e.view), stride, lanes: this.copy.lanes }, this.lanes, width)
        return
      }
      case 'index': this.index(e, width); return
      case 'convert': convert(this, e.args[0], e.dtype, width); return
      case 'bitcast': this.push(e.args[0]); return
      case 'apply': this.apply(e, width); return
      case 'folded': return
      default: e satisfies never
    }
  }
  /** How many places further the copy that is being written begins. */
  private further(strides: readonly number[]): number {
    const { vector, beside } = this.depths
    return this.copy.offset * strides[vector]! + (beside < 0 ? 0 : this.copy.aside * strides[beside]!)
  }
  /** How many bytes further. */
  ahead(v: View): number { return this.further(v.strides) * this.streams.size(v) }
  private index(e: Index, width: Width): void {
    const { code } = this
    const step = e.strides[this.depths.vector]!
    const first = e.offset + this.further(e.strides)
    const ramp = this.constant('i32', ...[0, 1, 2, 3].map(k => first + step * k))
    const moving = this.streams.index(e)
    if (moving) code.get(moving.local).simd(i32x4.splat).get(ramp).simd(i32x4.add)
    else code.get(ramp)
    if (e.dtype === 'f32') code.simd(f32x4.convertI32x4S)
    else if (e.dtype === 'f64') code.simd(f64x2.convertLowI32x4S)
    else if (e.dtype === 'bool') {
      code.get(this.constant('i32', 0)).simd(i32x4.ne)
      remask(code, 32, width)
    }
  }
  private apply(e: Apply, width: Width): void {
    const { code } = this
    if (e.letter === 'select') { this.select(e, width); return }
    if (e.letter === 'rare') { this.rare(e, width); return }
    if (e.dtype !== 'bool') { numbers(this, e); return }
    if (e.of === 'bool') { logic(this, e.letter, e.args, width); return }
    compares(this, e)
    remask(code, e.of === 'f64' ? 64 : 32, width)
  }
  private widthFor(e: Expr, width: Width): Width { return e.dtype === 'bool' ? width : e.dtype === 'f64' ? 64 : 32 }
  private select(e: Apply, width: Width): void {
    const w = this.widthFor(e, width)
    this.get(e.args[1]!, w === 64 && e.dtype !== 'bool' ? 32 : w)
    this.get(e.args[2]!, w === 64 && e.dtype !== 'bool' ? 32 : w)
    this.mask(e.args[0]!, w)
    this.choose(w)
  }
  /** (x, y, mask) -> x where the mask holds; masks are whole lanes, which is all that the relaxed instruction asks. */
  choose(width: Width): void {
    this.code.simd(this.context.level === 'baseline' ? v128.bitselect : width === 64 ? relaxed.laneselectI64x2 : relaxed.laneselectI32x4)
  }
  /** The rare value is computed where some lane asks for it. */
  private rare(e: Apply, width: Width): void {
    const { code } = this
    const w = this.widthFor(e, width)
    const asked = this.hold(e.args[0]!, w)
    const usual = this.hold(e.args[2]!, e.dtype === 'bool' ? w : 32)
    const seldom = e.args[1]!
    code.get(asked).simd(v128.anyTrue).if('v128')
    this.scope(() => {
      if (seldom.tag === 'apply' && isHosted(seldom)) lanewise(this, seldom, asked)
      else this.get(seldom, e.dtype === 'bool' ? w : 32)
      code.get(usual).get(asked)
      this.choose(w)
    })
    code.else().get(usual).end()
  }

  /** Computes what is settled at a depth and used deeper. */
  hoist(depth: number, copies: readonly Copy[]): void {
    for (const e of this.hoisted.get(depth) ?? []) {
      if (e.tag === 'folded') continue
      const width = e.dtype === 'bool' ? this.native(e) : 32
      for (const copy of this.own(e, copies)) {
        this.copy = copy
        this.hold(e, width)
      }
    }
  }
  /** Loads all that the roots need before anything is computed: engines keep the order, and loads take long. */
  loads(roots: readonly Expr[], copies: readonly Copy[], most: number): void {
    const loads = nodesOf(roots).filter(e => e.tag === 'load')
    const squares = this.depths.beside >= 0 && copies.length === 4 ? loads.filter(e => this.isSquare(e)) : []
    for (const e of squares) this.square(e, copies)
    if (loads.length * copies.length > most) return
    for (const e of loads) {
      for (const copy of this.own(e, copies)) {
        this.copy = copy
        this.hold(e, e.dtype === 'bool' ? this.native(e) : 32)
      }
    }
  }
  /** Elements that follow each other beside the vector axis, not along it: four vectors across hold the four copies. */
  private isSquare(e: Expr): e is Load {
    const { vector, beside } = this.depths
    return e.tag === 'load' && squares(e.view, e.dtype, vector, beside)
  }
  private square(e: Load, copies: readonly Copy[]): void {
    const { code } = this
    const place = this.streams.place(e.view)
    const step = 4 * e.view.strides[this.depths.vector]!
    const { offset, lanes } = copies[0]!
    const rows = [0, 1, 2, 3].map(k => {
      const row = this.temp()
      // rows that no lane counts for are any row
      loadLanes(code, e.dtype, { pointer: this.streams.local(place), bytes: place.bytes + offset * step + (k < lanes ? k : 0) * step, stride: 1, lanes: 4 }, 4, 32)
      code.set(row)
      return row
    }) as [number, number, number, number]
    const mix = (x: number, y: number, ...order: readonly number[]): number => {
      const local = this.temp()
      code.get(x).get(y).shuffle(lanesOf.words(...order)).set(local)
      return local
    }
    const [a, b] = [mix(rows[0], rows[1], 0, 4, 1, 5), mix(rows[2], rows[3], 0, 4, 1, 5)]
    const [c, d] = [mix(rows[0], rows[1], 2, 6, 3, 7), mix(rows[2], rows[3], 2, 6, 3, 7)]
    const columns = [mix(a, b, 0, 1, 4, 5), mix(a, b, 2, 3, 6, 7), mix(c, d, 0, 1, 4, 5), mix(c, d, 2, 3, 6, 7)]
    copies.forEach((copy, k) => { this.copy = copy; this.define(e, columns[k]!) })
  }
  /** The constant as it is, where an expression is one. */
  literal(e: Expr): number | null { return e.tag === 'const' ? (e as Const).value : null }
}

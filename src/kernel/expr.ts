/** An element expression says what one element is made of: scalar letters over elements of buffers, as a graph in which equal nodes are one node. */
import { type DType, dtypes } from '../core/dtype.js'
import type { Emitters, ScalarOp } from '../core/scalar.js'
import { scalarOps } from '../core/scalar.js'
import type { View } from './view.js'

/**
 * Letters of our own elementary functions (math/), beyond those of rows. x, y, z are f32 or f64, all of one dtype, and so is the answer.
 * `madd`: x·y + z, rounded once or twice as the target likes; the functions hold either way.
 * `bitsAnd`, `bitsOr`, `bitsXor`, `bitsAdd`, `bitsSub`: the bits of x and y as integers of their own width (32 or 64), modulo 2^width;
 * the answer is the float with the bits that come out.
 * `bitsShl`, `bitsShr`: the bits of x moved up or down by y places, zeros following; y is a constant and counts by its value, not its bits.
 * `rare` (p, x, y): select(p, x, y) where p holds seldom: a target may leave x out when no lane asks for it. Where x is an elementary
 * letter, it is not expanded: it is what the host's function answers, lane by lane.
 * `half` (x): the nearest half to an f32; `nextHalf` (x, y): the half next to x towards y: for targets that compute with halves in f32.
 * `rounded` (x): x, and a target that rearranges arithmetic does not look through it.
 */
export type Letter = ScalarOp | 'madd' | 'bitsAnd' | 'bitsOr' | 'bitsXor' | 'bitsAdd' | 'bitsSub' | 'bitsShl' | 'bitsShr' | 'rare' | 'rounded' | 'half' | 'nextHalf'

interface Node { readonly id: number; readonly dtype: DType }
export interface Load extends Node { readonly tag: 'load'; readonly view: View }
/** The number offset + Σ strides·axes of the nest, as an element of `dtype`. */
export interface Index extends Node { readonly tag: 'index'; readonly offset: number; readonly strides: readonly number[] }
export interface Const extends Node { readonly tag: 'const'; readonly value: number }
/** `of` is the dtype that decides the meaning of the letter: that of the last operand (a predicate comes first). */
export interface Apply extends Node { readonly tag: 'apply'; readonly letter: Letter; readonly of: DType; readonly args: readonly Expr[] }
/** Float to integer truncates and saturates, NaN gives 0; to bool asks whether it differs from 0. */
export interface Convert extends Node { readonly tag: 'convert'; readonly args: readonly [Expr] }
/** The same 32 bits read as another dtype. */
export interface Bitcast extends Node { readonly tag: 'bitcast'; readonly args: readonly [Expr] }
/** What a fold of the nest has come to: only in stores that are made once the reduced axes are done. */
export interface Folded extends Node { readonly tag: 'folded'; readonly fold: number }
export type Expr = Load | Index | Const | Apply | Convert | Bitcast | Folded

const predicates: ReadonlySet<Letter> = new Set<Letter>(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'isFinite'])
/** The dtype a letter answers. */
export const resultOf = (letter: Letter, of: DType): DType => (predicates.has(letter) ? 'bool' : of)

export const argsOf = (e: Expr): readonly Expr[] => (e.tag === 'apply' || e.tag === 'convert' || e.tag === 'bitcast' ? e.args : [])

const isConst = (e: Expr, value: number): boolean => e.tag === 'const' && Object.is(e.value, value)
/** The operand that a letter hands through, bit for bit: x·1, x/1, x - 0, x + (-0), -(-x), a choice between equals. */
const unchanged = (letter: Letter, [x, y, z]: readonly Expr[]): Expr | null => {
  switch (letter) {
    case 'mul': return isConst(y!, 1) ? x! : isConst(x!, 1) ? y! : null
    case 'div': return isConst(y!, 1) ? x! : null
    case 'sub': return isConst(y!, 0) ? x! : null
    case 'add': return isConst(y!, -0) ? x! : isConst(x!, -0) ? y! : null
    case 'neg': return x!.tag === 'apply' && x!.letter === 'neg' ? x!.args[0]! : null
    case 'select': return y === z ? y! : null
    default: return null
  }
}

/** Builds expressions; equal ones are one object, so a kernel computes each once. */
export class Pool {
  private readonly known = new Map<string, Expr>()
  private readonly alphabets = new Map<DType, Emitters<Expr>>()
  private next = 0
  private intern<E extends Expr>(key: string, make: (id: number) => E): E {
    let e = this.known.get(key)
    if (!e) this.known.set(key, e = make(this.next++))
    return e as E
  }
  load(dtype: DType, view: View): Load {
    return this.intern(`l${dtype} ${view.buffer} ${view.offset} ${view.strides.join()} ${view.starts.map(s => `${s.buffer}:${s.stride}:${s.max}`).join()}`, id => ({ tag: 'load', id, dtype, view }))
  }
  index(dtype: DType, offset: number, strides: readonly number[]): Index {
    return this.intern(`i${dtype} ${offset} ${strides.join()}`, id => ({ tag: 'index', id, dtype, offset, strides }))
  }
  constant(dtype: DType, value: number): Const {
    // -0 and NaN are values of their own
    return this.intern(`c${dtype} ${Object.is(value, -0) ? '-0' : value}`, id => ({ tag: 'const', id, dtype, value }))
  }
  apply(letter: Letter, args: readonly Expr[]): Expr {
    if (letter === 'identity') return args[0]!
    const same = unchanged(letter, args)
    if (same) return same
    if (letter === 'mul' && (isConst(args[0]!, -1) || isConst(args[1]!, -1))) return this.apply('neg', [isConst(args[0]!, -1) ? args[1]! : args[0]!])
    const of = args[args.length - 1]!.dtype
    return this.intern(`${letter} ${args.map(a => a.id).join()}`, id => ({ tag: 'apply', id, dtype: resultOf(letter, of), letter, of, args }))
  }
  convert(x: Expr, to: DType): Expr {
    return x.dtype === to ? x : this.intern(`v${to} ${x.id}`, id => ({ tag: 'convert', id, dtype: to, args: [x] }))
  }
  bitcast(x: Expr, to: DType): Expr {
    return x.dtype === to ? x : this.intern(`b${to} ${x.id}`, id => ({ tag: 'bitcast', id, dtype: to, args: [x] }))
  }
  folded(dtype: DType, fold: number): Folded {
    return this.intern(`f${dtype} ${fold}`, id => ({ tag: 'folded', id, dtype, fold }))
  }
  /** The same expression with other leaves: every node is visited once. */
  rewrite(e: Expr, leaf: (e: Load | Index | Const | Folded) => Expr, done: Map<number, Expr> = new Map()): Expr {
    const known = done.get(e.id)
    if (known) return known
    const made = e.tag === 'apply' ? this.apply(e.letter, e.args.map(a => this.rewrite(a, leaf, done)))
      : e.tag === 'convert' ? this.convert(this.rewrite(e.args[0], leaf, done), e.dtype)
        : e.tag === 'bitcast' ? this.bitcast(this.rewrite(e.args[0], leaf, done), e.dtype) : leaf(e)
    done.set(e.id, made)
    return made
  }
  /** The alphabet of rows over this pool; constants take the dtype given. */
  emitters(dtype: DType): Emitters<Expr> {
    let known = this.alphabets.get(dtype)
    if (!known) this.alphabets.set(dtype, known = this.alphabet(dtype))
    return known
  }
  private alphabet(dtype: DType): Emitters<Expr> {
    const table: Record<string, unknown> = {}
    for (const op of Object.keys(scalarOps) as ScalarOp[]) table[op] = (...args: Expr[]): Expr => this.apply(op, args)
    table['constant'] = (value: number): Expr => this.constant(dtype, dtype === 'f32' ? Math.fround(value) : value)
    table['convert'] = (x: Expr, _from: DType, to: DType): Expr => this.convert(x, to)
    table['bitcast'] = (x: Expr, _from: DType, to: DType): Expr => this.bitcast(x, to)
    table['threefry'] = (k0: Expr, k1: Expr, x0: Expr, x1: Expr, word: 0 | 1): Expr => threefry(this, k0, k1, x0, x1)[word]
    return table as unknown as Emitters<Expr>
  }
}

const rotations = [[13, 15, 26, 6], [17, 29, 16, 24]] as const
/** Threefry-2x32 with 20 rounds (Salmon et al., SC 2011), written out in words. */
const threefry = (p: Pool, k0: Expr, k1: Expr, x0: Expr, x1: Expr): readonly [Expr, Expr] => {
  const u = (n: number): Expr => p.constant('u32', n >>> 0)
  const op = (letter: Letter, x: Expr, y: Expr): Expr => p.apply(letter, [x, y])
  const keys = [k0, k1, op('xor', op('xor', k0, k1), u(0x1bd11bda))]
  let a = op('add', x0, k0), b = op('add', x1, k1)
  for (let group = 0; group < 5; group++) {
    for (const r of rotations[group % 2]!) {
      a = op('add', a, b)
      b = op('xor', op('or', op('shiftLeft', b, u(r)), op('shiftRightLogical', b, u(32 - r))), a)
    }
    a = op('add', a, keys[(group + 1) % 3]!)
    b = op('add', op('add', b, keys[(group + 2) % 3]!), u(group + 1))
  }
  return [a, b]
}

/** Bytes of the widest element that takes part: how many lanes a vector of 128 bits has. */
export const widest = (es: readonly Expr[]): number => {
  const seen = new Set<number>()
  let bytes = 1
  const visit = (e: Expr): void => {
    if (seen.has(e.id)) return
    seen.add(e.id)
    bytes = Math.max(bytes, dtypes[e.dtype].bytes)
    argsOf(e).forEach(visit)
  }
  es.forEach(visit)
  return bytes
}

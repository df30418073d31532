/** A scalar expression becomes a loop: computed in f64, rounded once to the dtype it is stored in. */
import { type Aval, sizeOf } from '../../src/core/aval.js'
import { allocate, type Data, type DType, isFloat } from '../../src/core/dtype.js'
import type { Primitive } from '../../src/core/primitive.js'
import { type Emitters, scalarOps, type ScalarOp } from '../../src/core/scalar.js'
import { NDArray } from '../../src/core/value.js'
import { bitcast, convert, meaning, threefryWord } from './scalars.js'

type Fn1 = (x: number) => number
type Fn2 = (x: number, y: number) => number
type Fn3 = (x: number, y: number, z: number) => number
/** An expression over the operands of one element. */
type Expr =
  | { readonly tag: 'arg'; readonly index: number }
  | { readonly tag: 'const'; readonly value: number }
  | { readonly tag: 'op'; readonly fn: (...xs: number[]) => number; readonly args: readonly Expr[] }

const emitters = (dtype: DType): Emitters<Expr> => {
  const table: Record<string, unknown> = {}
  for (const op of Object.keys(scalarOps) as ScalarOp[]) {
    table[op] = (...args: Expr[]): Expr => ({ tag: 'op', fn: meaning(op, dtype), args })
  }
  table['constant'] = (value: number): Expr => ({ tag: 'const', value })
  table['convert'] = (x: Expr, from: DType, to: DType): Expr => ({ tag: 'op', fn: convert(from, to), args: [x] })
  table['bitcast'] = (x: Expr, from: DType, to: DType): Expr => ({ tag: 'op', fn: bitcast(from, to), args: [x] })
  table['threefry'] = (k0: Expr, k1: Expr, x0: Expr, x1: Expr, word: 0 | 1): Expr => ({ tag: 'op', fn: threefryWord(word), args: [k0, k1, x0, x1] })
  return table as unknown as Emitters<Expr>
}
const alphabets = new Map<DType, Emitters<Expr>>()
const alphabet = (dtype: DType): Emitters<Expr> => {
  let known = alphabets.get(dtype)
  if (!known) alphabets.set(dtype, known = emitters(dtype))
  return known
}

/** The general expression, one element at a time. */
const compile = (e: Expr): ((ins: readonly Data[], i: number) => number) => {
  if (e.tag === 'arg') { const k = e.index; return (ins, i) => ins[k]![i]! }
  if (e.tag === 'const') { const v = e.value; return () => v }
  const { fn } = e
  const args = e.args.map(compile)
  const [a, b, c] = args
  if (args.length === 1) return (ins, i) => fn(a!(ins, i))
  if (args.length === 2) return (ins, i) => fn(a!(ins, i), b!(ins, i))
  if (args.length === 3) return (ins, i) => fn(a!(ins, i), b!(ins, i), c!(ins, i))
  return (ins, i) => fn(...args.map(g => g(ins, i)))
}

type Loop = (ins: readonly Data[], out: Data, n: number) => void
const loop1 = (fn: Fn1): Loop => (ins, out, n) => { const x = ins[0]!; for (let i = 0; i < n; i++) out[i] = fn(x[i]!) }
const loop2 = (fn: Fn2): Loop => (ins, out, n) => { const x = ins[0]!, y = ins[1]!; for (let i = 0; i < n; i++) out[i] = fn(x[i]!, y[i]!) }
const loop3 = (fn: Fn3): Loop => (ins, out, n) => { const x = ins[0]!, y = ins[1]!, z = ins[2]!; for (let i = 0; i < n; i++) out[i] = fn(x[i]!, y[i]!, z[i]!) }
/** The commonest letters on floats, written out: an engine then compiles each on its own. */
const direct: { readonly [op: string]: Loop } = {
  add: (ins, out, n) => { const x = ins[0]!, y = ins[1]!; for (let i = 0; i < n; i++) out[i] = x[i]! + y[i]! },
  sub: (ins, out, n) => { const x = ins[0]!, y = ins[1]!; for (let i = 0; i < n; i++) out[i] = x[i]! - y[i]! },
  mul: (ins, out, n) => { const x = ins[0]!, y = ins[1]!; for (let i = 0; i < n; i++) out[i] = x[i]! * y[i]! },
  div: (ins, out, n) => { const x = ins[0]!, y = ins[1]!; for (let i = 0; i < n; i++) out[i] = x[i]! / y[i]! },
  neg: (ins, out, n) => { const x = ins[0]!; for (let i = 0; i < n; i++) out[i] = -x[i]! },
}

const inOrder = (e: Expr & { tag: 'op' }): boolean => e.args.every((a, i) => a.tag === 'arg' && a.index === i)
const loopOf = (e: Expr): Loop => {
  if (e.tag === 'op' && inOrder(e)) {
    if (e.args.length === 1) return loop1(e.fn as Fn1)
    if (e.args.length === 2) return loop2(e.fn as Fn2)
    if (e.args.length === 3) return loop3(e.fn as Fn3)
  }
  const at = compile(e)
  return (ins, out, n) => { for (let i = 0; i < n; i++) out[i] = at(ins, i) }
}

const loops = new WeakMap<Primitive, Map<string, readonly Loop[]>>()
/** The dtype that decides the meaning of letters is that of the last operand: a predicate comes first. */
const loopsFor = (prim: Primitive, ins: readonly Aval[], params: unknown): readonly Loop[] => {
  let byKey = loops.get(prim)
  if (!byKey) loops.set(prim, byKey = new Map())
  const dtype = ins[ins.length - 1]!.dtype
  const key = params === null ? dtype : `${ins.map(a => a.dtype).join()} ${JSON.stringify(prim.params.encode(params))}`
  let known = byKey.get(key)
  if (!known) {
    const float = isFloat(dtype)
    const args = ins.map((_, index): Expr => ({ tag: 'arg', index }))
    const exprs = prim.scalar!(alphabet(dtype), args, params, ins)
    known = float && Object.hasOwn(direct, prim.name) ? [direct[prim.name]!] : exprs.map(loopOf)
    byKey.set(key, known)
  }
  return known
}

export const executeElementwise = (prim: Primitive, ins: readonly NDArray[], params: unknown, outs: readonly Aval[]): readonly NDArray[] => {
  const compiled = loopsFor(prim, ins.length === 1 ? [ins[0]!.aval] : ins.map(x => x.aval), params)
  const data = ins.map(x => x.data)
  return outs.map((a, k) => {
    const n = sizeOf(a.shape)
    const out = allocate(a.dtype, n)
    compiled[k]!(data, out, n)
    return new NDArray(a, out)
  })
}

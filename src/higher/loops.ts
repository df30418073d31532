/** The loops users call: scan, map, foriLoop, whileLoop, each recorded once whatever its length. */
import { type Aval } from '../core/aval.js'
import { badArgument, isThenable, raise } from '../core/fault.js'
import { bind, refusePromise } from '../core/interp.js'
import type { Program } from '../core/primitive.js'
import { evalProgram, outAvals } from '../core/program.js'
import { isValue, type Value } from '../core/value.js'
import { stage } from '../interpreters/stage.js'
import { add } from '../primitives/arithmetic.js'
import { scalar } from '../primitives/base.js'
import { lt } from '../primitives/logic.js'
import { concatenate, reshape, sliceInAxis } from '../primitives/structural.js'
import { listDef, nullDef, paths, type TreeDef, unflatten } from '../tree/index.js'
import { type Arrays, type FlatTree, flattenValues, type Leaf, requireFunction, requireOptions } from '../transforms/arguments.js'
import { joinCaptured, requireSameTypes, traceBody } from './tracing.js'
import { cut } from './holding.js'
import { scanP } from './scan.js'
import { whileP } from './while.js'

/** A carry. Naming the empty tuple makes TypeScript read a list of arrays as a tuple, so that the body may take it apart. */
export type Carry<C> = C | []

export interface ScanOptions {
  /** How many steps, where `xs` does not tell. */
  readonly length?: number
  /** From the last row to the first; results keep their places. Default false. */
  readonly reverse?: boolean
  /** Steps written out in one turn of the loop: a number, or true for all. Changes no result. Default 1. */
  readonly unroll?: number | boolean
}
const sideOf = ({ leaves, def }: FlatTree): { def: TreeDef; types: readonly Aval[] } => ({ def, types: leaves.map(x => x.aval) })
const carryHint = 'the carry keeps its structure, shapes and dtypes: convert it at the end of the body (np.astype), or start with the type it ends with'

/** Before: (consts, carry, x) -> (carry, y)   After: (consts, carry, x_0..x_{u-1} stacked) -> (carry, y_0..y_{u-1} stacked) */
const unrolled = (p: Program, nConst: number, nCarry: number, u: number, reverse: boolean): Program => {
  const [cs, ks, xs] = cut(p.ins.map(v => v.aval), [nConst, nCarry, p.ins.length])
  return stage((...args) => {
    const [consts, init, rows] = cut(args, [nConst, nCarry, args.length])
    let carry: readonly Value[] = init!
    const ys: (readonly Value[])[] = new Array(u)
    for (let k = 0; k < u; k++) {
      const at = reverse ? u - 1 - k : k
      const out = evalProgram(p, [...consts!, ...carry, ...rows!.map((x, i) => reshape(sliceInAxis(x, at, at + 1, 0), xs![i]!.shape))])
      carry = out.slice(0, nCarry)
      ys[at] = out.slice(nCarry).map(y => reshape(y, [1, ...y.shape]))
    }
    return [...carry, ...p.outs.slice(nCarry).map((_, j) => concatenate(ys.map(y => y[j]!), 0))]
  }, [...cs!, ...ks!, ...xs!.map((a): Aval => ({ dtype: a.dtype, shape: [u, ...a.shape] }))], 'scan').program
}

const run = (p: Program, consts: readonly Value[], init: readonly Value[], xs: readonly Value[], length: number, reverse: boolean, unroll: number): readonly Value[] => {
  const nConst = consts.length, nCarry = init.length
  const once = (q: Program, carry: readonly Value[], rows: readonly Value[], n: number): readonly Value[] =>
    bind(scanP, [...consts, ...carry, ...rows], { program: q, nConst, nCarry, length: n, reverse })
  if (unroll <= 1 || length === 0) return once(p, init, xs, length)
  const turns = Math.floor(length / unroll), full = turns * unroll
  const inTurns = (carry: readonly Value[]): readonly Value[] => {
    const rows = xs.map(x => reshape(sliceInAxis(x, 0, full, 0), [turns, unroll, ...x.shape.slice(1)]))
    const out = once(unrolled(p, nConst, nCarry, unroll, reverse), carry, rows, turns)
    return out.map((o, i) => (i < nCarry ? o : reshape(o, [full, ...o.shape.slice(2)])))
  }
  if (full === length) return inTurns(init)
  // the rows left over are the last ones: they come last forwards, first in reverse
  const over = (carry: readonly Value[]): readonly Value[] => once(p, carry, xs.map(x => sliceInAxis(x, full, length, 0)), length - full)
  const first = reverse ? over(init) : inTurns(init)
  const second = reverse ? inTurns(first.slice(0, nCarry)) : over(first.slice(0, nCarry))
  const [low, high] = reverse ? [second, first] : [first, second]
  return [...second.slice(0, nCarry), ...low.slice(nCarry).map((y, j) => concatenate([y, high[nCarry + j]!], 0))]
}

const scanLength = (op: string, xs: readonly Value[], def: TreeDef, given: number | undefined): number => {
  const names = paths(def, 'xs')
  if (given !== undefined && (!Number.isInteger(given) || given < 0)) badArgument(op, 'length', given, 'a whole number', 'leave it out: xs tells the length')
  let length = given ?? -1
  xs.forEach((x, i) => {
    const n = x.shape[0]
    if (n === undefined) return badArgument(op, names[i]!, x, 'an array with a leading axis to scan over', 'close over what is the same at every step')
    if (length === -1) length = n
    if (n !== length) raise({ _tag: 'AxesMismatch', op, path: names[i]!, got: `${n} rows`, want: `the scan has ${length} steps`, hint: 'all scanned arrays, and length if given, agree on the leading axis' })
  })
  return length === -1 ? badArgument(op, 'xs', null, 'arrays to scan over, or { length }', 'give { length } when there is nothing to scan over') : length
}

/**
 * Threads a carry through the leading axis of `xs` (JAX: `jax.lax.scan`): `f(carry, x) = [carry, y]`. Answers the last carry and the
 * stacked ys. `f` is traced once. Differentiates forwards and backwards; reverse mode keeps residuals for every step.
 * Faults: `CarryMismatch` with the path, `AxesMismatch` where lengths differ.
 *
 * @example
 * const [total, sums] = scan((c: Value, x: Value) => [np.add(c, x), np.add(c, x)], np.array(0), np.array([1, 2, 3]))   // 6, [1, 3, 6]
 */
export const scan = <C, X, Y>(f: (carry: Arrays<C>, x: Arrays<X>) => readonly [unknown, Y], init: Carry<C>, xs: X, options: ScanOptions = {}): [Arrays<C>, Arrays<Y>] => {
  requireFunction('scan', f)
  requireOptions('scan', options, ['length', 'reverse', 'unroll'])
  const carry = flattenValues('scan', init, 'init')
  const rows = xs === undefined ? { leaves: [], def: nullDef } : flattenValues('scan', xs, 'xs')
  const length = scanLength('scan', rows.leaves, rows.def, options.length)
  const types = [...carry.leaves.map(x => x.aval), ...rows.leaves.map((x): Aval => ({ dtype: x.dtype, shape: x.shape.slice(1) }))]
  let carryDef: TreeDef = carry.def
  const body = traceBody('scan', ((c: Arrays<C>, x: Arrays<X>) => {
    const result: unknown = f(c, x)
    if (isThenable(result)) refusePromise('scan', result)
    if (!Array.isArray(result) || result.length !== 2) return badArgument('scan', 'the result of the body', result, 'a pair [carry, y]', 'return [carry, null] where nothing is stacked')
    carryDef = flattenValues('scan', result[0], 'carry').def
    return result
  }) as (...a: never[]) => unknown, listDef([carry.def, rows.def]), types)
  const nCarry = carry.leaves.length
  requireSameTypes('CarryMismatch', 'scan', carryHint, { def: carry.def, types: types.slice(0, nCarry) }, { def: carryDef, types: outAvals(body.program).slice(0, carryDef.size) }, 'carry')
  const { unroll = 1, reverse = false } = options
  if (typeof reverse !== 'boolean') badArgument('scan', 'reverse', reverse, 'a boolean', 'leave it out to go from the first row to the last')
  const turns = unroll === true ? Math.max(length, 1) : unroll === false ? 1 : unroll
  if (!Number.isInteger(turns) || turns < 1) badArgument('scan', 'unroll', unroll, 'a whole number from 1, or a boolean', 'leave it out')
  const outs = run(body.program, body.captured, carry.leaves, rows.leaves, length, reverse, Math.min(turns, Math.max(length, 1)))
  return unflatten(body.outDef, outs) as [Arrays<C>, Arrays<Y>]
}

/**
 * `f` on every row of `xs`, one after the other, results stacked (JAX: `jax.lax.map`): the memory of one row at a time.
 *
 * @example
 * map((x: Value) => np.multiply(x, x), np.array([1, 2, 3]))   // [1, 4, 9]
 */
export const map = <X, Y>(f: (x: Arrays<X>) => Y, xs: X): Arrays<Y> => {
  requireFunction('map', f)
  return scan((_c: null, x: Arrays<X>) => [null, synchronous('map', f(x))] as const, null, xs)[1] as Arrays<Y>
}

const synchronous = <R>(op: string, result: R): R => (isThenable(result) ? refusePromise(op, result) : result)

export interface LoopOptions {
  /** A bound on the number of steps: makes reverse mode possible. The loop stops there. */
  readonly maxSteps?: number
}

const stepsOf = (op: string, { maxSteps = null }: { readonly maxSteps?: number | null | undefined }): number | null =>
  maxSteps === null || (Number.isInteger(maxSteps) && maxSteps >= 0) ? maxSteps : badArgument(op, 'maxSteps', maxSteps, 'a whole number', 'the greatest number of steps the loop may take')

/**
 * Repeats `body` as long as `cond` holds (JAX: `jax.lax.while_loop`). Forward mode works always; reverse mode needs `{ maxSteps }`:
 * it then keeps 8·log₈(maxSteps) carries and computes each step at most 1 + log₈(maxSteps) times again. A loop that reaches
 * `maxSteps` stops. Faults: `CarryMismatch`, `ReverseOfWhile`.
 *
 * @example
 * whileLoop((x: Value) => np.less(x, 100), (x: Value) => np.multiply(x, 2), np.array(1))   // 128
 */
export const whileLoop = <C>(cond: (carry: Arrays<C>) => unknown, body: (carry: Arrays<C>) => unknown, init: Carry<C>, options: LoopOptions = {}): Arrays<C> => {
  requireFunction('whileLoop', cond, 'cond')
  requireFunction('whileLoop', body, 'body')
  requireOptions('whileLoop', options, ['maxSteps'])
  const maxSteps = stepsOf('whileLoop', options)
  const carry = flattenValues('whileLoop', init, 'init')
  const types = carry.leaves.map(x => x.aval)
  const c = traceBody('whileLoop', cond as (...a: never[]) => unknown, listDef([carry.def]), types)
  const answer = outAvals(c.program)[0]
  if (c.outDef.kind !== 'leaf' || answer?.dtype !== 'bool' || answer.shape.length > 0) {
    raise({ _tag: 'DTypeMismatch', op: 'whileLoop', got: outAvals(c.program), want: 'a condition that answers one bool', hint: 'compare, and reduce with np.all or np.any' })
  }
  const b = traceBody('whileLoop', body as (...a: never[]) => unknown, listDef([carry.def]), types)
  requireSameTypes('CarryMismatch', 'whileLoop', carryHint, { def: carry.def, types }, { def: b.outDef, types: outAvals(b.program) }, 'carry')
  const outs = bind(whileP, [...c.captured, ...b.captured, ...carry.leaves], { cond: c.program, body: b.program, nCondConst: c.captured.length, nBodyConst: b.captured.length, maxSteps })
  return unflatten(carry.def, outs) as Arrays<C>
}

/**
 * `body(i, carry)` for i from `lower` to `upper` - 1 (JAX: `jax.lax.fori_loop`). With numbers for bounds it is a scan, and
 * differentiates in reverse; with traced bounds it is a while loop, and reverse mode needs `{ maxSteps }`.
 *
 * @example
 * foriLoop(0, 5, (i: Value, x: Value) => np.add(x, np.astype(i, 'f32')), np.array(0))   // 10
 */
export const foriLoop = <C>(lower: Leaf, upper: Leaf, body: (i: Value, carry: Arrays<C>) => unknown, init: Carry<C>, options: LoopOptions = {}): Arrays<C> => {
  requireFunction('foriLoop', body, 'body')
  requireOptions('foriLoop', options, ['maxSteps'])
  const bound = (x: Leaf, name: string): number | Value => {
    if (typeof x === 'number') return Number.isInteger(x) && Math.abs(x) <= 2 ** 31 ? x : badArgument('foriLoop', name, x, 'a whole number that i32 holds', 'round it')
    if (!isValue(x) || x.dtype !== 'i32' || x.ndim > 0) return badArgument('foriLoop', name, x, 'a whole number or an i32 scalar', 'np.astype(x, \'i32\')')
    return x
  }
  const from = bound(lower, 'lower'), to = bound(upper, 'upper')
  const carry = flattenValues('foriLoop', init, 'init')
  const turn = (i: Value, c: Arrays<C>): unknown => {
    const next = flattenValues('foriLoop', synchronous('foriLoop', body(i, c)), 'carry')
    requireSameTypes('CarryMismatch', 'foriLoop', carryHint, sideOf(carry), sideOf(next), 'carry')
    return unflatten(next.def, next.leaves)
  }
  const i32 = (x: number | Value): Value => (typeof x === 'number' ? scalar(x, 'i32') : x)
  const one = scalar(1, 'i32')
  if (typeof from === 'number' && typeof to === 'number') {
    const step = ([i, c]: readonly [Value, Arrays<C>]): readonly [unknown, null] => [[add(i, one), turn(i, c)], null]
    return (scan(step as never, [i32(from), init], null, { length: Math.max(0, Math.min(to - from, stepsOf('foriLoop', options) ?? Infinity)) })[0] as unknown as readonly [Value, Arrays<C>])[1]
  }
  const [, , out] = whileLoop(
    (([i, end]: readonly [Value, Value, unknown]) => lt(i, end)) as never,
    (([i, end, c]: readonly [Value, Value, Arrays<C>]) => [add(i, one), end, turn(i, c)]) as never,
    [i32(from), i32(to), init], options) as unknown as readonly [Value, Value, Arrays<C>]
  return out
}

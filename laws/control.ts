/** Laws of control flow: a scan is a fold, a choice is an if, a loop is a loop, under every transform. */
import * as fc from 'fast-check'
import { range } from '../src/core/aval.js'
import { attempt } from '../src/core/fault.js'
import { numberOf, type Value } from '../src/core/value.js'
import { associativeScan } from '../src/higher/associative.js'
import { cond, switchCase } from '../src/higher/choice.js'
import { jit } from '../src/higher/jit.js'
import { foriLoop, map, scan, type ScanOptions, whileLoop } from '../src/higher/loops.js'
import { add, convert, mul } from '../src/primitives/arithmetic.js'
import { broadcast, full, scalar, sum } from '../src/primitives/base.js'
import { tanh } from '../src/primitives/elementary.js'
import { bitAnd, lt } from '../src/primitives/logic.js'
import { concatenate, reshape, sliceInAxis } from '../src/primitives/structural.js'
import { vmap } from '../src/transforms/vectorize.js'
import { genes, seeds } from './arbitrary.js'
import { pushed, vjpOf } from './cases.js'
import { sameEverywhere } from './everywhere.js'
import { bodyWith, type Flat, type Gene, inputShape, vector } from './genome.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { array, scalar64 } from './numbers.js'
import { equalAt } from './tolerance.js'

/** A loop: its body, the shape of its carry, its length and what varies besides. */
interface Loop { readonly body: readonly Gene[]; readonly carry: number; readonly length: number; readonly c: number; readonly seed: number }
const loops = fc.record({ body: genes(3, 1), carry: fc.noBias(fc.nat(4)), length: fc.noBias(fc.nat(4)), c: fc.noBias(fc.nat(63)), seed: seeds })
const about = (name: string, statement: string, holds: (l: Loop, parts: Parts) => Verdict, share = 1): Law<Loop> =>
  law(name, statement, loops, l => holds(l, partsOf(l)), { share })
interface Parts {
  /** (carry, row, constant) -> carry */
  readonly step: (c: Value, x: Value, k: Value) => Value
  readonly c0: Value
  readonly rows: Value
  readonly k: Value
}
const partsOf = ({ body, carry, length, seed }: Loop): Parts => {
  const run = bodyWith(body)
  return { step: (c, x, k) => run(c, k, x), c0: vector(inputShape(carry), seed), rows: vector([length, 2], seed + 1), k: vector([3], seed + 2) }
}
const rowOf = (xs: Value, i: number): Value => reshape(sliceInAxis(xs, i, i + 1, 0), xs.shape.slice(1))
/** Stacked; `like` tells the shape where there is nothing to stack. */
const stacked = (ys: readonly Value[], like: Value): Value =>
  ys.length === 0 ? full(0, { dtype: like.dtype, shape: [0, ...like.shape] }) : concatenate(ys.map(y => broadcast(y, [1, ...y.shape], range(y.ndim).map(d => d + 1))), 0)
const total = (x: Value): Value => sum(x, range(x.ndim))

/** Rows that depend on another row, and stay in the interval that bodies are promised. */
const within = (xs: Value, x: Value): Value => mul(xs, broadcast(tanh(total(x)), xs.shape, []))

/** carry and ys of a loop written out. */
const folded = (step: Parts['step'], length: number, reverse: boolean): Flat => (c0, xs, k) => {
  let c = c0!
  const ys: Value[] = new Array(length)
  for (let i = 0; i < length; i++) {
    const at = reverse ? length - 1 - i : i
    const next = step(c, rowOf(xs!, at), k!)
    ys[at] = mul(next, c)
    c = next
  }
  return [c, stacked(ys, c0!)]
}
const scanned = (step: Parts['step'], options: ScanOptions): Flat => (c0, xs, k) =>
  scan((c: Value, x: Value) => { const next = step(c, x, k!); return [next, mul(next, c)] as const }, c0!, xs!, options) as [Value, Value]

export const control: readonly Law[] = [
  about('scanIsAFold', 'scan = the loop written out, forwards and in reverse, of lengths 0 to 4, under every transform; closed-over values too', ({ length, c }, { step, c0, rows, k }) => {
    const reverse = c % 2 === 1
    return sameEverywhere(scanned(step, { reverse }), folded(step, length, reverse), [c0, rows, k])
  }),
  about('scanUnrolled', 'unroll changes no result, whatever its size', ({ length, c }, { step, c0, rows, k }) => {
    const reverse = c % 4 > 1
    const unroll = ([2, 3, true] as const)[c % 3]!
    return sameEverywhere(scanned(step, { reverse, unroll }), scanned(step, { reverse }), [c0, rows, k], { second: false, jet: length > 2 })
  }),
  about('scanReversed', 'a reverse scan is a scan of the rows the other way round; twice reversed is once', (_l, { step, c0, rows, k }) => {
    const turn = (x: Value): Value => stacked(range(x.shape[0]!).map(i => rowOf(x, x.shape[0]! - 1 - i)), rowLike(x))
    const other: Flat = (a, xs, b) => { const [d, ys] = scanned(step, {})(a!, turn(xs!), b!); return [d!, turn(ys!)] }
    return equalAt(scanned(step, { reverse: true }), other, [c0, rows, k])
  }),
  about('scanOfScan', 'a scan in the body of a scan is a fold of folds', ({ length }, { step, c0, rows, k }) => {
    const n = Math.min(length, 2)
    const nested = (inner: (c: Value, xs: Value, b: Value) => Value): Flat => (a, xs, b) => {
      const outer = (c: Value, x: Value): Value => mul(inner(c, within(xs!, x), b!), full(0.5, c.aval))
      return [range(n).reduce((c, i) => outer(c, rowOf(xs!, i)), a!)]
    }
    const scans: Flat = (a, xs, b) => [scan((c: Value, x: Value) => {
      const [d] = scanned(step, {})(c, within(xs!, x), b!)
      return [mul(d!, full(0.5, d!.aval)), null] as const
    }, a!, sliceInAxis(xs!, 0, n, 0))[0] as Value]
    const folds = nested((c, xs, b) => folded(step, length, false)(c, xs, b)[0]!)
    return sameEverywhere(scans, folds, [c0, rows, k], { second: false })
  }, 0.5),
  about('scanSpreads', 'what depends on the input spreads through carries: pairs of carries, one of them constant at first', ({ length }, { step, c0, rows, k }) => {
    const loop = (written: boolean): Flat => (a, xs, b) => {
      const once = ([c, d]: readonly [Value, Value], x: Value): readonly [Value, Value] => [tanh(add(mul(c, full(0.5, c.aval)), broadcast(total(d), c.shape, []))), step(c, x, b!)]
      const start: readonly [Value, Value] = [full(0.25, a!.aval), a!]
      if (written) { let s = start; for (let i = 0; i < length; i++) s = once(s, rowOf(xs!, i)); return s }
      return scan(((s: readonly [Value, Value], x: Value) => [once(s, x), null]) as never, start, xs!)[0] as unknown as readonly Value[]
    }
    return sameEverywhere(loop(false), loop(true), [c0, rows, k])
  }, 0.5),
  about('mapIsVmap', 'map f = vmap f', (_l, { step, rows, k }) => {
    const each = (x: Value, b: Value): Value => step(x, x, b)
    const n = { length: Math.max(1, rows.shape[0]!) }
    const xs = vector([n.length, 2], 11)
    return sameEverywhere((a, b) => [map((x: Value) => each(x, b!), a!) as Value], (a, b) => [vmap(((x: Value) => each(x, b!)) as (x: Value) => Value)(a!)], [xs, k])
  }),
  about('condIsIf', 'cond p f g = p ? f : g under every transform; its gradients flow through the branch taken', ({ c }, { step, c0, k }) => {
    const x = vector([2], 3)
    const taken = c % 2 === 1
    const branches = [(a: Value, b: Value) => mul(a, broadcast(total(b), a.shape, [])), (a: Value, b: Value) => step(a, x, b)] as const
    const chosen: Flat = (a, b) => [cond(scalarBool(taken), (p: Value, q: Value) => branches[1](p, q), (p: Value, q: Value) => branches[0](p, q), a!, b!) as Value]
    return sameEverywhere(chosen, (a, b) => [branches[taken ? 1 : 0](a!, b!)], [c0, k])
  }),
  about('condOfOwn', 'vmap of cond with a predicate of one\'s own: each element takes its branch, forwards and backwards', ({ seed }, { step, c0, k }) => {
    const x = vector([2], seed)
    const f = (a: Value, b: Value): Value => cond(lt(total(a), scalar64(0.1)), (p: Value) => step(p, x, b), (p: Value) => mul(p, p), a) as Value
    const rows = concatenate([0, 1, 2].map(i => broadcast(vector(c0.shape, seed + i), [1, ...c0.shape], range(c0.ndim).map(d => d + 1))), 0)
    const batched: Flat = (a, b) => [vmap(f as (a: Value, b: Value) => Value, { inAxes: [0, null] })(a!, b!)]
    const written: Flat = (a, b) => [stacked(range(3).map(i => { const p = rowOf(a!, i); return numberOf(total(p), 'laws') < 0.1 ? step(p, x, b!) : mul(p, p) }), c0)]
    const w = [vector(rows.shape, 41)], v = [vector(rows.shape, 42), vector(k.shape, 43)]
    return and(
      () => equalAt(batched, written, [rows, k]),
      () => equalAt((...a) => pushed(batched, a, v), (...a) => pushed(written, a, v), [rows, k]),
      () => equalAt((...a) => vjpOf(batched, a)[1](w), (...a) => vjpOf(written, a)[1](w), [rows, k]))
  }),
  about('switchIsACase', 'switchCase i takes branch i, clamped to those there are', ({ c }, { step, c0, k }) => {
    const x = vector([2], 5)
    const branches = [(a: Value) => mul(a, a), (a: Value, b: Value) => step(a, x, b), (a: Value, b: Value) => add(a, broadcast(total(b), a.shape, []))]
    const i = c % 6 - 2
    const wrapped = branches.map(f => (a: Value, b: Value) => f(a, b))
    const chosen = (j: number): Flat => (a, b) => [switchCase(array('i32', [], [j]), wrapped, a!, b!) as Value], taken = (j: number): Flat => (a, b) => [wrapped[Math.min(2, Math.max(0, j))]!(a!, b!)]
    return and(
      () => sameEverywhere(chosen(i), taken(i), [c0, k], { second: false }),
      // the first beyond the branches on either side, whatever was drawn
      () => equalAt(chosen(-1), taken(-1), [c0, k]), () => equalAt(chosen(3), taken(3), [c0, k]))
  }),
  about('loopsInChoices', 'a loop in a branch that is not taken does nothing, in either branch', ({ c }, { step, c0, k }) => {
    const x = vector([2], 9)
    const plain = (a: Value, b: Value): Value => { const y = step(a, x, b); return mul(y, y) }
    // what decides is a number that the branch that is taken may have left there
    const loop = (a: Value, b: Value): Value => whileLoop(d => lt(total(d), scalar64(1e6)), d => add(step(d, x, b), d), a, { maxSteps: 2 + c % 3 })
    const sides = [[plain, loop], [loop, plain], [loop, (a: Value, b: Value) => loop(mul(a, a), b)]] as const
    return and(...sides.flatMap(([yes, no]) => [true, false].map(p => () =>
      equalAt((a, b) => [jit((q: Value, u: Value, v: Value) => cond(q, yes, no, u, v) as Value)(array('bool', [], [p ? 1 : 0]), a!, b!)], (a, b) => [(p ? yes : no)(a!, b!)], [c0, k]))))
  }, 0.25),
  about('whileIsALoop', 'whileLoop = the loop written out: jvp and jet without a bound, reverse mode with one', ({ length, c }, { step, c0, k }) => {
    const n = length + (c % 4 === 0 ? 7 : 0)
    const x = vector([2], 7)
    const loop = (maxSteps?: number): Flat => (a, b) => [(whileLoop((([i]: readonly [Value, Value]) => lt(i, scalar(n, 'i32'))) as never,
      (([i, d]: readonly [Value, Value]) => [add(i, scalar(1, 'i32')), step(d, x, b!)]) as never, [scalar(0, 'i32'), a!] as const, maxSteps === undefined ? {} : { maxSteps }) as unknown as readonly [Value, Value])[1]]
    const written = (steps: number): Flat => (a, b) => [range(steps).reduce(d => step(d, x, b!), a!)]
    const short = Math.max(1, n - 2)
    const forwardOnly = (): Verdict => {
      const v = [vector(c0.shape, 61), vector(k.shape, 62)]
      return and(() => equalAt(loop(), written(n), [c0, k]), () => equalAt((...a) => pushed(loop(), a, v), (...a) => pushed(written(n), a, v), [c0, k]))
    }
    return and(
      forwardOnly,
      () => sameEverywhere(loop(n + c % 3), written(n), [c0, k], { second: c % 8 === 0 }),
      () => equalAt(loop(short), written(Math.min(n, short)), [c0, k]))
  }, 0.5),
  about('whileOfOwn', 'vmap of whileLoop with a condition of one\'s own: every element stops when its own condition fails', ({ seed, c }, { step, c0, k }) => {
    const x = vector([2], seed)
    const f = (count: Value, a: Value, b: Value): Value => (whileLoop((([i, d]: readonly [Value, Value]) => bitAnd(lt(i, count), lt(total(d), scalar64(2.05)))) as never,
      (([i, d]: readonly [Value, Value]) => [add(i, scalar(1, 'i32')), step(d, x, b)]) as never, [scalar(0, 'i32'), a] as const, { maxSteps: 4 }) as unknown as readonly [Value, Value])[1]
    const counts = [c % 4, 2, 0]
    const rows = stacked(counts.map((_, i) => vector(c0.shape, seed + i, 0.4)), c0)
    const batched: Flat = (a, b) => [vmap(f, { inAxes: [0, 0, null] })(array('i32', [3], counts), a!, b!)]
    const written: Flat = (a, b) => [stacked(counts.map((n, i) => f(array('i32', [], [n]), rowOf(a!, i), b!)), c0)]
    const w = [vector(rows.shape, 71)], v = [vector(rows.shape, 72), vector(k.shape, 73)]
    return and(
      () => equalAt(batched, written, [rows, k]),
      () => equalAt((...a) => pushed(batched, a, v), (...a) => pushed(written, a, v), [rows, k]),
      () => equalAt((...a) => vjpOf(batched, a)[1](w), (...a) => vjpOf(written, a)[1](w), [rows, k]))
  }, 0.5),
  about('foriLoopIsALoop', 'foriLoop from a to b = the loop written out, its bounds numbers or data', ({ length, c }, { step, c0, k }) => {
    const from = c % 3
    const body = (b: Value) => (i: Value, d: Value): Value => step(d, mul(vector([2], 9), broadcast(convert(i, 'f64'), [2], [])), b)
    const written: Flat = (a, b) => [range(length).reduce((d, i) => body(b!)(array('i32', [], [from + i]), d), a!)]
    const known: Flat = (a, b) => [foriLoop(from, from + length, body(b!), a!) as Value]
    const traced: Flat = (a, b) => [foriLoop(array('i32', [], [from]), array('i32', [], [from + length]), body(b!), a!, { maxSteps: 6 }) as Value]
    return and(() => sameEverywhere(known, written, [c0, k], { second: false }), () => sameEverywhere(traced, written, [c0, k], { second: false, jet: false }))
  }, 0.5),
  law('associativeScanIsScan', 'associativeScan of an associative operation = scan of it, both ways, on any axis', fc.record({ length: fc.nat(7), c: fc.nat(7), seed: seeds }), ({ length, c, seed }) => {
    const reverse = c % 2 === 1
    const product = c > 3
    type P = readonly [Value, Value]
    // affine maps compose; read from the right when reversed
    const op = ([a, b]: P, [p, q]: P): P => (product ? [mul(a, p), add(b, q)] : [mul(p, a), add(mul(p, b), q)])
    const inputs = [vector([length, 2], seed), vector([length, 2], seed + 1)]
    const fast: Flat = (a, b) => associativeScan(op as never, [a!, b!] as const, { reverse }) as unknown as Value[]
    const slow: Flat = (a, b) => {
      const rows = range(length).map((i): P => [rowOf(a!, i), rowOf(b!, i)])
      const ordered = reverse ? rows.slice().reverse() : rows
      const prefixes: P[] = []
      ordered.forEach((r, i) => prefixes.push(i === 0 ? r : op(prefixes[i - 1]!, r)))
      const back = reverse ? prefixes.slice().reverse() : prefixes
      return [0, 1].map(j => stacked(back.map(p => p[j as 0 | 1]), rowLike(a!)))
    }
    return sameEverywhere(fast, slow, inputs, { second: length < 5, jet: length > 0 })
  }),
  fact('reverseOfUnboundedWhile', 'reverse mode of a loop without a bound is a fault that says so', () => {
    const f = (x: Value): Value => whileLoop((d: Value) => lt(d, scalar64(10)), (d: Value) => mul(d, d), x) as Value
    const r = attempt(() => vjpOf((x => [f(x!)]) as Flat, [scalar64(2)])[1]([scalar64(1)]))
    return claim(r._tag === 'Left' && r.left._tag === 'ReverseOfWhile', `got ${JSON.stringify(r)}`)
  }),
]
const rowLike = (xs: Value): Value => full(0, { dtype: xs.dtype, shape: xs.shape.slice(1) })
const scalarBool = (b: boolean): Value => array('bool', [], [b ? 1 : 0])

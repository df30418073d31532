/** Every form of control flow as a step: loops, choices and scans around the body of the gene. */
import { range } from '../../src/core/aval.js'
import type { Value } from '../../src/core/value.js'
import { associativeScan } from '../../src/higher/associative.js'
import { cond, switchCase } from '../../src/higher/choice.js'
import { foriLoop, map, scan, whileLoop } from '../../src/higher/loops.js'
import { add, convert, mul } from '../../src/primitives/arithmetic.js'
import { scalar } from '../../src/primitives/base.js'
import { tanh } from '../../src/primitives/elementary.js'
import { bitAnd, lt } from '../../src/primitives/logic.js'
import { reverse } from '../../src/primitives/structural.js'
import { affine, bound, coerce, digit, into, join, type Known, known, number, type Setting, shapeOf, type Step, within } from './step.js'
import { total } from './transforms.js'

const unit = (value: Value): Known => ({ value, lo: -1, hi: 1 })
/** The body as a step of a loop that keeps the carry's shape, in [-1, 1]. */
const stepOf = (s: Setting, like: Known) => (c: Value, ...more: readonly Known[]): Value =>
  tanh(coerce(s.body([...more, unit(c)]), shapeOf(like)).value)
/** A small whole number that depends on data. */
const count = (k: Known): Value => convert(affine(into(coerce(k, []), -1, 1), 1.4, 1.9).value, 'i32')

export const control: Readonly<Record<string, Step>> = {
  cond: s => {
    const x = s.pick(0), y = s.pick(1)
    let [lo, hi] = [x.lo, x.hi]
    const p = s.gene.c % 4 === 0 ? lt(scalar(s.gene.c % 8, 'i32'), scalar(1, 'i32')) : lt(affine(coerce(y, []), 1, 0.0317).value, scalar(0.1, 'f64'))
    const out = cond(p, (u: Value, v: Value) => {
      const k = coerce(s.body([{ ...x, value: u }, { ...y, value: v }]), shapeOf(x))
      ;[lo, hi] = join(k, x)
      return k.value
    }, (u: Value, _v: Value) => (s.gene.c % 3 ? u : mul(u, tanh(u))), x.value, y.value)
    return [known(out as Value, Math.min(lo, -bound(x)), Math.max(hi, bound(x)))]
  },
  switchCase: s => {
    const x = s.pick(0)
    const out = switchCase(count(s.pick(1)), [
      (u: Value) => tanh(u),
      (u: Value) => tanh(coerce(s.body([{ ...x, value: u }]), shapeOf(x)).value),
      (u: Value) => mul(tanh(u), number(0.5, u)),
    ], x.value)
    return within(out as Value, 1)
  },
  map: s => {
    const x = coerce(s.pick(0), [3, 2]), y = coerce(s.pick(1), [3])
    const out = map(([u, v]: readonly [Value, Value]) => tanh(s.body([{ ...x, value: u }, { ...y, value: v }]).value), [x.value, y.value] as const)
    return within(out as Value, 1)
  },
  scan: s => {
    const c0 = s.pick(0), length = 1 + s.gene.c % 3
    const xs = coerce(s.pick(1), [length, 2])
    const step = stepOf(s, c0)
    const [c, ys] = scan((c: Value, x: Value) => { const d = step(c, { ...xs, value: x }); return [d, mul(d, c)] as const }, tanh(c0.value), xs.value,
      { reverse: digit(s.gene.c, 1, 3) === 1, unroll: 1 + digit(s.gene.c, 2, 3) % 2 })
    return [...within(c as Value, 1), ...within(ys as Value, 1)]
  },
  /** Two carries, of which one alone depends on the first input: it spreads to the other in the loop. */
  scanPair: s => {
    const c0 = s.pick(0), d0 = s.pick(1)
    const step = stepOf(s, c0)
    const [[c, d]] = scan(([c, d]: readonly [Value, Value]) => [[tanh(add(c, coerce(unit(d), c.shape).value)), tanh(coerce(unit(step(c)), d.shape).value)] as const, null] as const,
      [tanh(c0.value), number(0.3, d0.value)] as const, null, { length: 2 + s.gene.c % 2 }) as unknown as readonly [readonly [Value, Value]]
    return [...within(c, 1), ...within(d, 1)]
  },
  foriLoop: s => {
    const x = s.pick(0), step = stepOf(s, x)
    const scaled = (i: Value, c: Value): Value => step(c, { value: mul(convert(i, 'f64'), scalar(0.25, 'f64')), lo: 0, hi: 1 })
    const run = s.gene.c % 2 ? foriLoop(0, 1 + s.gene.c % 3, scaled, tanh(x.value)) : foriLoop(0, count(s.pick(1)), scaled, tanh(x.value), { maxSteps: 4 })
    return within(run as Value, 1)
  },
  whileLoop: s => {
    const x = s.pick(0), step = stepOf(s, x)
    const n = s.gene.c % 2 ? scalar(1 + s.gene.c % 4, 'i32') : count(s.pick(1))
    const goesOn = ([i, c]: readonly [Value, Value]): Value => bitAnd(lt(i, n), lt(total(c), scalar(2.05, 'f64')))
    const [, c] = whileLoop(goesOn as never, (([i, c]: readonly [Value, Value]) => [add(i, scalar(1, 'i32')), step(c)]) as never,
      [scalar(0, 'i32'), tanh(x.value)] as const, { maxSteps: 3 + 7 * (s.gene.c % 3 === 0 ? 1 : 0) }) as unknown as readonly [Value, Value]
    return within(c, 1)
  },
  associativeScan: s => {
    const x = coerce(s.pick(0), [3 + s.gene.c % 2, 2]), y = coerce(s.pick(1), shapeOf(x))
    const options = { reverse: digit(s.gene.c, 1, 2) === 1 }
    if (s.gene.c % 3 === 0) return within(associativeScan((a: Value, b: Value) => mul(a, b), tanh(x.value), options) as Value, 1)
    // affine maps compose: (a, b) then (c, d) is (c·a, c·b + d)
    const [, b] = associativeScan(([a, b]: readonly [Value, Value], [c, d]: readonly [Value, Value]) => [mul(c, a), add(mul(c, b), d)] as const,
      [tanh(x.value), tanh(reverse(y.value, range(1)))] as const, options) as unknown as readonly [Value, Value]
    return within(b, 5)
  },
}

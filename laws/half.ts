/** Laws of half precision: rounding is that of IEEE 754, on every half and between any two, and programs of halves are near those of f64. */
import * as fc from 'fast-check'
import { limits } from '../src/core/dtype.js'
import { bitsOfHalf, halfOfBits, roundToHalf } from '../src/core/half.js'
import type { NDArray, Value } from '../src/core/value.js'
import { stage } from '../src/interpreters/stage.js'
import { optimise } from '../src/optimise/pipeline.js'
import { convert } from '../src/primitives/arithmetic.js'
import { nextAfter } from '../src/primitives/logic.js'
import { reference } from '../backends/reference/index.js'
import { caseOf, type Point, points, pushed, showPoint, vjpOf } from './cases.js'
import { wasm } from './compiled.js'
import { type Flat, honest } from './genome.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { array, dataOf } from './numbers.js'
import { type Closed, inNarrow } from './single.js'

const { greatest } = limits.f16
/** From 0 to Infinity. */
const positive = Array.from({ length: 0x7c01 }, (_, bits) => halfOfBits(bits))
const signs = [1, -1]
const is = (got: number, want: number, what: string): Verdict => claim(Object.is(got, want), `${what} is ${Object.is(got, -0) ? '-0' : got} and should be ${Object.is(want, -0) ? '-0' : want}`)
const all = (verdicts: Iterable<Verdict>): Verdict => {
  for (const v of verdicts) if (v !== true) return v
  return true
}
/** Between neighbours the halfway point goes to the even one, and what is nearer to one, by however little, to that; beyond the greatest the next would be 65536. */
function* between(convertOne: (x: number) => number): Iterable<Verdict> {
  for (let bits = 0; bits < 0x7c00; bits++) {
    const low = positive[bits]!, high = positive[bits + 1]!, end = high === Infinity ? 65536 : high
    const middle = (low + end) / 2, least = (end - low) * 2 ** -30
    for (const s of signs) {
      yield is(convertOne(s * middle), s * (bits % 2 === 0 ? low : high), `${s * middle} as a half`)
      for (const x of [low + least, middle - least]) yield is(convertOne(s * x), s * low, `${s * x} as a half`)
      for (const x of [middle + least, end - least]) yield is(convertOne(s * x), s * high, `${s * x} as a half`)
    }
  }
}
const closedOf = (f: Flat, xs: readonly Value[]): Closed => {
  const { program, captured } = stage(f, xs.map(x => x.aval))
  return { program: optimise(program), inputs: [...captured, ...xs] as unknown as readonly NDArray[] }
}
const three = (p: Point): readonly Closed[] => {
  const { f, xs, v, w } = caseOf(p, honest)
  const c = w(f(...xs))
  return [closedOf(f, xs), closedOf((...a) => pushed(f, a, v), xs), closedOf((...a) => { const [ys, pull] = vjpOf(f, a); return [...ys, ...pull(c)] }, xs)]
}

export const halves: readonly Law[] = [
  fact('halvesAreThemselves', 'each of the 65,536 halves has its bits, is rounded to itself, and is greater than those before it', () => all((function* (): Iterable<Verdict> {
    for (let bits = 0; bits < 65536; bits++) {
      const x = halfOfBits(bits)
      yield is(bitsOfHalf(x), x === x ? bits : 0x7e00, `the bits of half ${bits}`)
      yield is(roundToHalf(x), x, `half ${bits}, rounded,`)
    }
    for (let bits = 1; bits < positive.length; bits++) yield claim(positive[bits]! > positive[bits - 1]!, `half ${bits} is not greater than the one before`)
  })())),
  fact('halvesBetween', 'between two halves the nearer one is taken, and halfway the even one', () => all(between(roundToHalf))),
  law('halvesNearest', 'rounding to halves is monotone, idempotent and odd, at any numbers', fc.tuple(fc.double(), fc.double({ min: -70000, max: 70000 })), ([x, y]) => {
    const [a, b] = [roundToHalf(x), roundToHalf(y)]
    return and(
      () => claim(x !== x || y !== y || (x <= y ? a <= b : a >= b), `${x} and ${y} become ${a} and ${b}`),
      () => is(roundToHalf(b), b, `${y}, rounded twice,`), () => is(roundToHalf(-x), -a, `${-x}, rounded,`))
  }),
  fact('halvesConvert', 'conversions to f16 round once, from every dtype, and those from it are exact', () => {
    const middles = positive.slice(0, -1).flatMap((low, k) => { const m = (low + (positive[k + 1] === Infinity ? 65536 : positive[k + 1]!)) / 2; return [m, m * (1 + 2 ** -40), m * (1 - 2 ** -40)] })
    const to = (x: Value): readonly number[] => Array.from(dataOf(convert(x, 'f16')))
    const same = (got: readonly number[], from: readonly number[]): Verdict => all(got.map((g, i) => is(g, roundToHalf(from[i]!), `${from[i]} as f16`)))
    const whole = Array.from({ length: 70000 }, (_, i) => i), singles = middles.map(Math.fround)
    return and(
      () => same(to(array('f64', [middles.length], middles)), middles), () => same(to(array('f32', [singles.length], singles)), singles),
      () => same(to(array('i32', [whole.length], whole)), whole), () => same(to(array('u32', [whole.length], whole)), whole),
      () => all((['f32', 'f64'] as const).map(d => claim(Array.from(dataOf(convert(array('f16', [positive.length], positive), d))).every((x, i) => Object.is(x, positive[i])), `f16 as ${d} is not exact`))))
  }),
  fact('halvesFollow', 'the neighbour of a half is the next one in either direction, through 0 and to Infinity', () => {
    const line = [...positive.slice(1).reverse().map(x => -x), ...positive], n = line.length - 1
    const x = array('f16', [line.length], line), go = (towards: number): readonly number[] => Array.from(dataOf(nextAfter(x, array('f16', [line.length], line.map(() => towards)))))
    const same = (a: number, b: number): boolean => a === b
    return and(
      () => claim(go(Infinity).every((y, i) => same(y, line[Math.min(n, i + 1)]!)), 'upwards some neighbour is not the next half'),
      () => claim(go(-Infinity).every((y, i) => same(y, line[Math.max(0, i - 1)]!)), 'downwards some neighbour is not the next half'))
  }),
  law('halvesAgree', 'programs, their pushes and their pulls in f16 agree with f64 within what rounding to halves explains, on the reference and where they are compiled', points, p => and(...three(p).flatMap(c => [
    inNarrow(reference, 'f16')(c), inNarrow(wasm({ level: 'baseline', threads: 1 }), 'f16')(c),
  ])), { show: showPoint, share: 0.25 }),
  fact('halvesEnd', 'what is 65520 or more is infinite, what is less is at most 65504', () => and(
    () => is(roundToHalf(65520), Infinity, '65520'), () => is(roundToHalf(65519.999999999993), greatest, 'what is just below'), () => is(roundToHalf(2 ** -25), 0, '2^-25'), () => is(roundToHalf(-(2 ** -26)), -0, '-2^-26'))),
]

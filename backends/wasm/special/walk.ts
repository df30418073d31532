/** Axes that several addresses walk together, in bytes; neighbours along which all of them walk alike are one axis. */
import type { Code } from '../encode.js'
import { i32 } from '../opcodes.js'

/** `steps[k]`: how far address k moves with each place, in bytes. */
export interface Axis { readonly size: number; readonly steps: readonly number[] }

/** No axis of size 1 remains. Sizes are positive. */
export const joined = (axes: readonly Axis[]): readonly Axis[] => {
  const made: Axis[] = []
  for (const a of axes) {
    if (a.size === 1) continue
    const before = made[made.length - 1]
    if (before && before.steps.every((s, k) => s === a.steps[k]! * a.size)) made[made.length - 1] = { size: before.size * a.size, steps: a.steps }
    else made.push(a)
  }
  return made
}
export const placesOf = (axes: readonly Axis[]): number => axes.reduce((n, a) => n * a.size, 1)
/** An axis as an outer one of `parts` places and an inner one. */
export const cut = (a: Axis, parts: number): readonly [Axis, Axis] => {
  const size = a.size / parts
  return [{ size: parts, steps: a.steps.map(s => s * size) }, { size, steps: a.steps }]
}
/** The least divisor of n that is at least `wish`, not far above it, and leaves at least `least` places to each part; or 1. */
export const partsOf = (n: number, wish: number, least: number): number => {
  for (let d = Math.max(1, Math.ceil(wish)); d * least <= n && d <= 8 * wish; d++) if (n % d === 0) return d
  return 1
}

/** Addresses that pass over all places, row major, one after the other, from any place on. */
export class Odometer {
  private readonly code: Code
  private readonly axes: readonly Axis[]
  private readonly places: readonly number[]
  private readonly counters: readonly number[]
  constructor(code: Code, axes: readonly Axis[], places: readonly number[]) {
    this.code = code
    this.axes = joined(axes)
    this.places = places
    this.counters = this.axes.map((_, d) => (d === 0 ? -1 : code.local('i32')))
  }
  private move(steps: readonly number[], times: number | null = null): void {
    const { code } = this
    this.places.forEach((p, k) => {
      const step = steps[k]! | 0
      if (step === 0) return
      code.get(p)
      if (times === null) code.i32(step)
      else if (step === 1) code.get(times)
      else code.get(times).i32(step).op(i32.mul)
      code.op(i32.add).set(p)
    })
  }
  /** The addresses are those of place 0: they become those of the place that a local tells, or stay. */
  start(at: number | null): void {
    const { code, axes, counters } = this
    if (at === null) { for (const c of counters) if (c >= 0) code.i32(0).set(c); return }
    const rest = code.local('i32'), here = code.local('i32')
    code.get(at).set(rest)
    for (let d = axes.length - 1; d >= 0; d--) {
      const { size, steps } = axes[d]!
      if (d === 0) { this.move(steps, rest); break }
      code.get(rest).i32(size).op(i32.remU).tee(here).set(counters[d]!)
      this.move(steps, here)
      code.get(rest).i32(size).op(i32.divU).set(rest)
    }
  }
  next(): void { this.turn(this.axes.length - 1) }
  private turn(d: number): void {
    if (d < 0) return
    const { code } = this
    const { size, steps } = this.axes[d]!
    this.move(steps)
    if (d === 0) return
    const c = this.counters[d]!
    code.get(c).i32(1).op(i32.add).tee(c).i32(size).op(i32.eq).if()
    code.i32(0).set(c)
    this.move(steps.map(s => -s * size))
    this.turn(d - 1)
    code.end()
  }
}

/** Loops over axes: in `body` the addresses are locals at the place where it is, and their bytes in front of those of the immediate. */
export const nested = (code: Code, axes: readonly Axis[], places: readonly number[], body: (places: readonly number[]) => void): void => {
  const [axis, ...rest] = axes
  if (!axis) { body(places); return }
  const here = places.map((p, k) => {
    if (axis.steps[k] === 0) return p
    const local = code.local('i32')
    code.get(p).set(local)
    return local
  })
  const left = code.local('i32')
  code.i32(axis.size).set(left).loop()
  nested(code, rest, here, body)
  here.forEach((p, k) => { if (axis.steps[k] !== 0) code.get(p).i32(axis.steps[k]! | 0).op(i32.add).set(p) })
  code.get(left).i32(1).op(i32.sub).tee(left).brIf(0).end()
}

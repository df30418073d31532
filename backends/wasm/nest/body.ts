/** What happens at one place of the outer axes: vectors along an axis, folds, and what is stored after them. */
import type { Expr } from '../../../src/kernel/expr.js'
import type { Store } from '../../../src/kernel/kernel.js'
import { i32 } from '../opcodes.js'
import { page, type Schedule } from './choose.js'
import { type Accumulator, accumulator, chain, type Manner } from './folds.js'
import { storeLanes } from './lanes.js'
import { repeat, runs, runsOf, times } from './loops.js'
import { nodesOf, type Plain } from '../../../src/kernel/normal.js'
import type { Copy, Values } from './values.js'

/** Vectors kept in locals because they are loaded before anything is computed: beyond these they would only be spilled. */
const mostLoads = 16

export class Body {
  private readonly v: Values
  private readonly plain: Plain
  private readonly s: Schedule
  private readonly of: readonly number[]
  private readonly within: readonly Store[]
  private readonly after: readonly Store[]
  /** Bytes of scratch memory. */
  scratch = 0
  constructor(v: Values, plain: Plain, s: Schedule, of: readonly number[]) {
    this.v = v
    this.plain = plain
    this.s = s
    this.of = of
    this.within = plain.stores.filter(x => x.at === 'element')
    this.after = plain.stores.filter(x => x.at === 'folded')
  }

  /** Whole vectors side by side, and the part of one that is left of n elements. */
  private whole(n: number): readonly Copy[] { return Array.from({ length: n }, (_, index) => ({ index, offset: index * this.s.lanes, aside: 0, lanes: this.s.lanes })) }
  private rest(n: number): readonly Copy[] {
    const whole = this.whole(Math.floor(n / this.s.lanes))
    const lanes = n % this.s.lanes
    return lanes === 0 ? whole : [...whole, { index: whole.length, offset: whole.length * this.s.lanes, aside: 0, lanes }]
  }
  private get stride(): number { return this.s.lanes * this.s.copies }

  /** `last`: see positions.ts. */
  row(last: number | null): void {
    const { v, s } = this
    if (s.kind === 'along') this.along()
    else if (s.beside >= 0) this.beside(last)
    else if (s.kind === 'each') this.sweep(last, copies => v.scope(() => this.element(copies, [], [])))
    else if (s.paged) this.pages(last)
    else this.sweep(last, copies => v.scope(() => this.strip(copies)))
  }
  /** A vector, or as many lanes of one, of a nest that folds nothing, where its streams are now. */
  points(lanes: number): void { this.v.scope(() => this.element([{ index: 0, offset: 0, aside: 0, lanes }], [], [])) }
  /** Goes along the vector axis, or one block of it: whole strips, then what is left. */
  private sweep(last: number | null, strip: (copies: readonly Copy[]) => void): void {
    const { v, s } = this
    const { vector } = s
    const n = this.plain.extents[vector]!
    const whole = (elements: number): number => Math.floor(elements / this.stride)
    v.streams.fork([vector], () => {
      const body = (): void => { strip(this.whole(s.copies)); v.streams.advance(vector, this.stride) }
      const rest = this.rest(n % this.stride)
      if (last === null) {
        times(v.code, whole(n), body)
        if (rest.length > 0) strip(rest)
        return
      }
      const trips = v.code.local('i32')
      const ending = (n - 1) % s.block + 1
      v.code.i32(whole(ending)).i32(whole(s.block)).get(last).select().set(trips)
      repeat(v.code, trips, body)
      if (rest.length > 0) { v.code.get(last).if(); strip(rest); v.code.end() }
    })
  }

  /** Squares: four copies beside each other, then single ones for what is left of that axis. */
  private beside(last: number | null): void {
    const { v, s } = this
    const n = this.plain.extents[s.beside]!
    const through = (places: number): void => {
      const copiesOf = ([copy]: readonly Copy[]): readonly Copy[] => Array.from({ length: places }, (_, k) => ({ ...copy!, index: k, aside: k }))
      v.scope(() => {
        v.hoist(this.of[s.beside]!, copiesOf(this.whole(1)))
        this.sweep(last, copies => v.scope(() => this.element(copiesOf(copies), [], [])))
      })
      v.streams.advance(s.beside, places)
    }
    v.streams.fork([s.beside], () => {
      times(v.code, Math.floor(n / 4), () => through(4))
      times(v.code, n % 4, () => through(1))
    })
  }

  /** Everything that is computed at the points of the copies: folds take their values, then the stores are made. */
  private element(copies: readonly Copy[], folds: readonly (readonly Accumulator[])[], chains: readonly number[]): void {
    const { v } = this
    const roots: Expr[] = [...this.plain.folds.map(f => f.value), ...this.within.map(x => x.value)]
    v.loads(roots, copies, mostLoads)
    const values = this.valuesOf(this.within, copies)
    copies.forEach((copy, k) => {
      v.copy = copy
      folds[k]?.forEach(a => a.step(chains[k]!))
    })
    this.store(this.within, copies, values)
  }
  /** The values of stores, in locals: what is stored may be read by another store of the same point. */
  private valuesOf(stores: readonly Store[], copies: readonly Copy[]): readonly (readonly number[])[] {
    const { v } = this
    return stores.map(x => copies.map(copy => {
      v.copy = copy
      return v.hold(x.value, 32)
    }))
  }
  private store(stores: readonly Store[], copies: readonly Copy[], values: readonly (readonly number[])[]): void {
    const { v, s } = this
    stores.forEach((x, i) => copies.forEach((copy, k) => {
      const place = v.streams.place(x.view)
      const dtype = x.value.dtype
      v.copy = copy
      storeLanes(v.code, dtype, {
        pointer: v.streams.local(place), bytes: place.bytes + v.ahead(x.view), stride: x.view.strides[s.vector]!, lanes: copy.lanes,
      }, s.lanes, values[i]![k]!)
    }))
  }
  /** The folded nodes of the stores that come after. */
  private settle(fold: number, local: number, copy: Copy, accumulator: Accumulator): void {
    this.v.copy = copy
    for (const e of nodesOf(this.after.map(x => x.value))) if (e.tag === 'folded' && e.fold === fold) this.v.define(e, local, accumulator.width)
  }
  private finish(copies: readonly Copy[], accumulators: readonly (readonly Accumulator[])[]): void {
    copies.forEach((copy, k) => {
      this.v.copy = copy
      accumulators[k]!.forEach((a, fold) => this.settle(fold, a.finish(), copy, a))
    })
    this.v.loads(this.after.map(x => x.value), copies, mostLoads)
    this.store(this.after, copies, this.valuesOf(this.after, copies))
  }

  /** Each lane is a fold of its own. */
  private accumulators(copies: readonly Copy[], manner: Manner): readonly (readonly Accumulator[])[] {
    return copies.map(copy => { this.v.copy = copy; return this.plain.folds.map(f => accumulator(this.v, f, manner)) })
  }
  /** A strip of vectors goes through the reduced axes. */
  private strip(copies: readonly Copy[]): void {
    const { v, s, plain } = this
    v.hoist(this.of[s.vector]!, copies)
    const length = s.reduced.reduce((n, a) => n * plain.extents[a]!, 1)
    const manner: Manner = { chains: 1, wide: length > 2 * chain, across: false }
    const folds = this.accumulators(copies, manner)
    const flush = (): void => folds.flat().forEach(a => a.flush())
    folds.flat().forEach(a => a.init())
    const through = (axes: readonly number[]): void => {
      const [axis, ...rest] = axes
      const point = (): void => {
        v.scope(() => {
          if (rest.length > 0) { v.hoist(this.of[axis!]!, copies); through(rest) } else this.element(copies, folds, copies.map(() => 0))
        })
        v.streams.advance(axis!, 1)
      }
      v.streams.fork([axis!], () => {
        if (rest.length === 0 && manner.wide) runs(v.code, plain.extents[axis!]!, chain, point, flush)
        else times(v.code, plain.extents[axis!]!, point)
      })
    }
    through(s.reduced)
    this.finish(copies, folds)
  }

  /** The strips take turns at stretches of the reduced axis; between its turns a strip's accumulators lie in scratch memory. */
  private pages(last: number | null): void {
    const { v, s, plain } = this
    const { code } = v
    const [axis] = s.reduced as readonly [number]
    const manner: Manner = { chains: 1, wide: true, across: false }
    const at = code.local('i32')
    const each = (turn: (copies: readonly Copy[], folds: readonly (readonly Accumulator[])[]) => void, load: boolean, save: boolean): void => {
      code.globalGet(v.context.scratch).set(at)
      this.sweep(last, copies => v.scope(() => {
        const folds = this.accumulators(copies, manner)
        const state = folds.flat().flatMap(a => a.state)
        if (load) { folds.flat().forEach(a => a.init()); state.forEach((local, k) => { code.get(at).vec('load', 16 * k).set(local) }) }
        turn(copies, folds)
        if (save) state.forEach((local, k) => { code.get(at).get(local).vec('store', 16 * k) })
        code.get(at).i32(16 * state.length).op(i32.add).set(at)
        this.scratch = Math.max(this.scratch, 16 * state.length / copies.length * Math.ceil((s.block || plain.extents[s.vector]!) / s.lanes))
      }))
    }
    each((_, folds) => folds.flat().forEach(a => a.init()), false, true)
    const left = code.local('i32'), steps = code.local('i32')
    code.i32(plain.extents[axis]!).set(left)
    v.streams.fork([axis], () => {
      code.loop().get(left).i32(page).get(left).i32(page).op(i32.ltS).select().set(steps)
      each((copies, folds) => {
        v.hoist(this.of[s.vector]!, copies)
        v.streams.fork([axis], () => runsOf(code, steps, chain, () => {
          v.scope(() => this.element(copies, folds, copies.map(() => 0)))
          v.streams.advance(axis, 1)
        }, () => folds.flat().forEach(a => a.flush())))
      }, true, true)
      v.streams.advance(axis, page)
      code.get(left).get(steps).op(i32.sub).tee(left).brIf(0).end()
    })
    each((copies, folds) => this.finish(copies, folds), true, false)
  }

  /** Lanes and chains share one fold. */
  private along(): void {
    const { v, s, plain } = this
    const n = plain.extents[s.vector]!
    const trips = Math.floor(n / this.stride)
    const others = s.reduced.reduce((m, a) => m * plain.extents[a]!, 1)
    const manner: Manner = { chains: s.copies, wide: others * (trips + 1) > 2 * chain, across: true }
    const one: Copy = { index: 0, offset: 0, aside: 0, lanes: 1 }
    v.copy = one
    const folds = plain.folds.map(f => accumulator(v, f, manner))
    folds.forEach(a => a.init())
    const flush = (): void => { if (manner.wide) folds.forEach(a => a.flush()) }
    const stretch = (copies: readonly Copy[]): void => { v.scope(() => this.element(copies, copies.map(() => folds), copies.map((_, k) => k % s.copies))) }
    const sweep = (): void => v.streams.fork([s.vector], () => {
      const rest = this.rest(n % this.stride)
      const body = (): void => { stretch(this.whole(s.copies)); v.streams.advance(s.vector, this.stride) }
      if (manner.wide) runs(v.code, trips, chain, body, flush)
      else times(v.code, trips, body)
      if (rest.length > 0) { stretch(rest); flush() }
    })
    const through = (axes: readonly number[]): void => {
      const [axis, ...rest] = axes
      if (axis === undefined) { sweep(); return }
      v.streams.fork([axis], () => times(v.code, plain.extents[axis]!, () => {
        v.scope(() => { v.hoist(this.of[axis]!, [one]); through(rest) })
        v.streams.advance(axis, 1)
      }))
    }
    through(s.reduced)
    v.scope(() => this.finish([one], [folds]))
  }
}

/** Accumulators of folds: short chains in the lanes, for sums gathered into wider numbers, and combined across lanes at the end. */
import { type DType, isFloat } from '../../../src/core/dtype.js'
import type { Monoid } from '../../../src/kernel/kernel.js'
import { f32x4, f64x2, i32x4, i64x2, v128 } from '../opcodes.js'
import { lanesOf, type Width } from './lanes.js'
import { smaller } from './letters.js'
import { isPlace, type PlainFold, unitOf } from '../../../src/kernel/normal.js'
import type { Copy, Values } from './values.js'

/** How many elements a chain of additions may take before it goes into the wider sum. */
export const chain = 16

export interface Accumulator {
  /** Sets the unit. */
  readonly init: () => void
  /** Takes the value of the copy that is being written into chain number `chain`. */
  readonly step: (chain: number) => void
  /** Empties the chains into the wider sum. */
  readonly flush: () => void
  /** Sets a local to the results: one in each lane, or the same in all. */
  readonly finish: () => number
  /** Of masks. */
  readonly width: Width
  /** The locals that hold all there is once the chains are flushed. */
  readonly state: readonly number[]
}
/** `chains`: vectors that take turns, and are combined at the end. `wide`: there are more elements than a chain takes. `across`: the lanes are combined too. */
export interface Manner { readonly chains: number; readonly wide: boolean; readonly across: boolean }

const { words } = lanesOf
const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k)
const combineOf = (monoid: Monoid, dtype: DType): number => {
  if (dtype === 'bool') return monoid === 'and' || monoid === 'min' || monoid === 'prod' ? v128.and : v128.or
  const f = dtype === 'f32' ? f32x4 : dtype === 'f64' ? f64x2 : null
  switch (monoid) {
    case 'sum': return f ? f.add : i32x4.add
    case 'prod': return f ? f.mul : i32x4.mul
    case 'max': return f ? f.max : dtype === 'u32' ? i32x4.maxU : i32x4.maxS
    case 'min': return f ? f.min : dtype === 'u32' ? i32x4.minU : i32x4.minS
    case 'and': return v128.and
    default: return v128.or
  }
}
/** Combines two locals on the stack. */
type Combine = (x: number, y: number) => void
/** The orders of lanes with which log₂ combinations give every lane the result of all. */
const exchanges = (v: Values, width: Width): readonly (readonly number[])[] =>
  width === 64 ? [words(2, 3, 0, 1)] : v.lanes === 4 ? [words(2, 3, 0, 1), words(1, 0, 3, 2)] : [words(1, 0, 1, 0)]
const firstLanes = (v: Values, copy: Copy, width: Width): number =>
  width === 64 ? v.constant('i32', ...range(4).map(k => (k < 2 * copy.lanes ? -1 : 0))) : v.constant('i32', ...range(4).map(k => (k < copy.lanes ? -1 : 0)))
const isWhole = (v: Values, copy: Copy): boolean => copy.lanes === v.lanes

/** Pushes the value; in a combination across lanes those that do not count are the unit. */
const pushValue = (v: Values, f: PlainFold, m: Manner, width: Width, unit: number): void => {
  if (f.dtype === 'bool') v.mask(f.value, width)
  else v.push(f.value)
  if (m.across && !isWhole(v, v.copy)) v.code.get(unit).get(firstLanes(v, v.copy, width)).simd(v128.bitselect)
}
/** chains[0] becomes the combination of all, in pairs. */
const tree = (v: Values, chains: readonly number[], combine: Combine): void => {
  for (let half = 1; half < chains.length; half *= 2) {
    for (let k = 0; k + half < chains.length; k += 2 * half) { combine(chains[k]!, chains[k + half]!); v.code.set(chains[k]!) }
  }
}
const butterfly = (v: Values, local: number, combine: Combine, width: Width): void => {
  const other = v.temp()
  for (const order of exchanges(v, width)) {
    v.code.get(local).get(local).shuffle(order).set(other)
    combine(local, other)
    v.code.set(local)
  }
}
const plain = (v: Values, op: number): Combine => (x, y) => { v.code.get(x).get(y).simd(op) }

const simple = (v: Values, f: PlainFold, m: Manner): Accumulator => {
  const { code } = v
  const width: Width = f.dtype === 'bool' ? (v.lanes === 4 ? 32 : v.native(f.value)) : f.dtype === 'f64' ? 64 : 32
  const combine = plain(v, combineOf(f.monoid, f.dtype))
  const u = unitOf(f.monoid, f.dtype)
  const unit = f.dtype === 'bool' ? v.constant('i32', u === 0 ? 0 : -1) : v.constant(f.dtype, u)
  const chains = range(m.chains).map(() => v.temp())
  const value = v.temp()
  return {
    width, state: chains, flush: () => undefined,
    init: () => { for (const c of chains) code.get(unit).set(c) },
    step: k => { pushValue(v, f, m, width, unit); code.set(value); combine(chains[k]!, value); code.set(chains[k]!) },
    finish: () => {
      tree(v, chains, combine)
      if (m.across) butterfly(v, chains[0]!, combine, width)
      return chains[0]!
    },
  }
}
/** The maximum of floats is minus the minimum of minus them: a minimum takes three instructions, a maximum eight. */
const extremum = (v: Values, f: PlainFold, m: Manner, dtype: 'f32' | 'f64'): Accumulator => {
  const { code } = v
  const width: Width = dtype === 'f64' ? 64 : 32
  const max = f.monoid === 'max'
  const minus = v.constant(dtype, -0)
  const unit = v.constant(dtype, Infinity), given = v.constant(dtype, unitOf(f.monoid, dtype))
  const combine: Combine = (x, y) => smaller(v, dtype, x, y)
  const chains = range(m.chains).map(() => v.temp())
  const value = v.temp()
  return {
    width, state: chains, flush: () => undefined,
    init: () => { for (const c of chains) code.get(unit).set(c) },
    step: k => {
      pushValue(v, f, m, width, given)
      if (max) code.get(minus).simd(v128.xor)
      code.set(value)
      combine(chains[k]!, value)
      code.set(chains[k]!)
    },
    finish: () => {
      tree(v, chains, combine)
      if (m.across) butterfly(v, chains[0]!, combine, width)
      if (max) code.get(chains[0]!).get(minus).simd(v128.xor).set(chains[0]!)
      return chains[0]!
    },
  }
}

/** The two f64 vectors of a vector of f32; one where only the low lanes count. */
const promoted = (v: Values, local: number, half: 0 | 1): void => {
  v.code.get(local)
  if (half === 1) v.code.get(local).shuffle(words(2, 3, 2, 3))
  v.code.simd(f64x2.promoteLowF32x4)
}
const halves = (v: Values): readonly (0 | 1)[] => (v.lanes === 4 ? [0, 1] : [0])
/** The f32 results of sums or products that lie in f64 vectors. */
const demoted = (v: Values, m: Manner, parts: readonly number[], op: number): number => {
  const { code } = v
  const result = v.temp()
  if (m.across) {
    if (parts.length === 2) code.get(parts[0]!).get(parts[1]!).simd(op).set(parts[0]!)
    butterfly(v, parts[0]!, plain(v, op), 64)
    code.get(parts[0]!).simd(f32x4.demoteF64x2Zero).tee(result).get(result).shuffle(words(0, 0, 0, 0)).set(result)
  } else {
    code.get(parts[0]!).simd(f32x4.demoteF64x2Zero)
    if (parts.length === 2) code.get(parts[1]!).simd(f32x4.demoteF64x2Zero).shuffle(words(0, 1, 4, 5))
    code.set(result)
  }
  return result
}

/** f32: chains of f32, their sums in f64, rounded once at the end. */
const wideSum32 = (v: Values, f: PlainFold, m: Manner): Accumulator => {
  const { code } = v
  const zero = v.constant('f32', 0)
  const chains = range(m.chains).map(() => v.temp())
  const parts = halves(v).map(() => v.temp())
  return {
    width: 32, state: parts,
    init: () => { for (const c of [...chains, ...parts]) code.get(zero).set(c) },
    step: k => { code.get(chains[k]!); pushValue(v, f, m, 32, zero); code.simd(f32x4.add).set(chains[k]!) },
    flush: () => {
      tree(v, chains, plain(v, f32x4.add))
      halves(v).forEach((half, k) => { code.get(parts[k]!); promoted(v, chains[0]!, half); code.simd(f64x2.add).set(parts[k]!) })
      for (const c of chains) code.get(zero).set(c)
    },
    finish: () => demoted(v, m, parts, f64x2.add),
  }
}
/** f64: chains of f64, their sums with what rounding takes away (two-sum, Knuth, TAOCP 2, 4.2.2); where the sum is not finite nothing is kept. */
const wideSum64 = (v: Values, f: PlainFold, m: Manner): Accumulator => {
  const { code } = v
  const zero = v.constant('f64', 0)
  const chains = range(m.chains).map(() => v.temp())
  const high = v.temp(), low = v.temp(), next = v.temp(), back = v.temp()
  return {
    width: 64, state: [high, low],
    init: () => { for (const c of [...chains, high, low]) code.get(zero).set(c) },
    step: k => { code.get(chains[k]!); pushValue(v, f, m, 64, zero); code.simd(f64x2.add).set(chains[k]!) },
    flush: () => {
      tree(v, chains, plain(v, f64x2.add))
      const x = chains[0]!
      code.get(high).get(x).simd(f64x2.add).tee(next).get(high).simd(f64x2.sub).set(back)
      // low += (high - (next - back)) + (x - back)
      code.get(low).get(high).get(next).get(back).simd(f64x2.sub).simd(f64x2.sub).get(x).get(back).simd(f64x2.sub).simd(f64x2.add).simd(f64x2.add).set(low)
      code.get(next).set(high)
      for (const c of chains) code.get(zero).set(c)
    },
    finish: () => {
      code.get(high).get(low).simd(f64x2.add).get(high).get(low).get(low).simd(f64x2.eq).simd(v128.bitselect).set(next)
      if (m.across) butterfly(v, next, plain(v, f64x2.add), 64)
      return next
    },
  }
}
/** f32 products are made in f64, where no order of the factors overflows that the reference's does not. */
const prod32 = (v: Values, f: PlainFold, m: Manner): Accumulator => {
  const { code } = v
  const one = v.constant('f32', 1), wideOne = v.constant('f64', 1)
  const chains = range(m.chains).map(() => halves(v).map(() => v.temp()))
  const value = v.temp()
  return {
    width: 32, state: chains.flat(), flush: () => undefined,
    init: () => { for (const c of chains.flat()) code.get(wideOne).set(c) },
    step: k => {
      pushValue(v, f, m, 32, one)
      code.set(value)
      halves(v).forEach((half, h) => { code.get(chains[k]![h]!); promoted(v, value, half); code.simd(f64x2.mul).set(chains[k]![h]!) })
    },
    finish: () => {
      halves(v).forEach((_, h) => tree(v, chains.map(c => c[h]!), plain(v, f64x2.mul)))
      return demoted(v, m, chains[0]!, f64x2.mul)
    },
  }
}

/** The first place of the best value. A lane starts with its own first place and the worst value, so that places of equal values never grow. */
const places = (v: Values, f: PlainFold, m: Manner): Accumulator => {
  const { code } = v
  const dtype = f.value.dtype
  const wide = dtype === 'f64'
  const max = f.monoid === 'argmax'
  const float = isFloat(dtype)
  const ops = dtype === 'f32' ? f32x4 : dtype === 'f64' ? f64x2 : { eq: i32x4.eq, ne: i32x4.ne, gt: dtype === 'u32' ? i32x4.gtU : i32x4.gtS, lt: dtype === 'u32' ? i32x4.ltU : i32x4.ltS, le: dtype === 'u32' ? i32x4.leU : i32x4.leS, ge: dtype === 'u32' ? i32x4.geU : i32x4.geS }
  const worst = v.constant(dtype, unitOf(max ? 'max' : 'min', dtype))
  const chains = range(m.chains).map(() => ({ best: v.temp(), at: v.temp() }))
  const value = v.temp(), at = v.temp(), takes = v.temp()
  // x goes before best: it is better, or the first NaN
  const before = (x: number, best: number): void => {
    if (float) code.get(best).get(best).simd(ops.eq).get(x).get(best).simd(max ? ops.le : ops.ge).simd(v128.andnot)
    else code.get(x).get(best).simd(max ? ops.gt : ops.lt)
  }
  const take = (c: { best: number; at: number }, x: number, place: number): void => {
    code.set(takes)
    code.get(x).get(c.best).get(takes).simd(v128.bitselect).set(c.best)
    code.get(place).get(c.at).get(takes).simd(v128.bitselect).set(c.at)
  }
  // of two that are alike the one further to the front
  const combine = (c: { best: number; at: number }, x: number, place: number): void => {
    before(x, c.best)
    code.get(x).get(c.best).simd(ops.eq)
    if (float) code.get(x).get(x).simd(ops.ne).get(c.best).get(c.best).simd(ops.ne).simd(v128.and).simd(v128.or)
    code.get(place).get(c.at).simd(wide ? i64x2.ltS : i32x4.ltS).simd(v128.and).simd(v128.or)
    take(c, x, place)
  }
  return {
    width: 32, state: chains.flatMap(c => [c.best, c.at]), flush: () => undefined,
    init: () => chains.forEach((c, k) => {
      const first = range(4).map(lane => (m.across ? k * v.lanes + lane : 0))
      code.get(worst).set(c.best).get(wide ? v.constant('i32', first[0]!, 0, first[1]!, 0) : v.constant('i32', ...first)).set(c.at)
    }),
    step: k => {
      v.push(f.value)
      if (m.across && !isWhole(v, v.copy)) code.get(worst).get(firstLanes(v, v.copy, wide ? 64 : 32)).simd(v128.bitselect)
      code.set(value)
      v.push(f.place!)
      if (wide) code.simd(i64x2.extendLowI32x4S)
      code.set(at)
      before(value, chains[k]!.best)
      take(chains[k]!, value, at)
    },
    finish: () => {
      const c = chains[0]!
      for (const other of chains.slice(1)) combine(c, other.best, other.at)
      if (m.across) {
        for (const order of exchanges(v, wide ? 64 : 32)) {
          code.get(c.best).get(c.best).shuffle(order).set(value).get(c.at).get(c.at).shuffle(order).set(at)
          combine(c, value, at)
        }
      }
      if (wide) code.get(c.at).get(c.at).shuffle(words(0, 2, 0, 2)).set(c.at)
      return c.at
    },
  }
}

export const accumulator = (v: Values, f: PlainFold, m: Manner): Accumulator => {
  if (isPlace(f.monoid)) return places(v, f, m)
  if (f.monoid === 'sum' && m.wide && f.dtype === 'f32') return wideSum32(v, f, m)
  if (f.monoid === 'sum' && m.wide && f.dtype === 'f64') return wideSum64(v, f, m)
  if ((f.monoid === 'max' || f.monoid === 'min') && (f.dtype === 'f32' || f.dtype === 'f64')) return extremum(v, f, m, f.dtype)
  return f.monoid === 'prod' && f.dtype === 'f32' ? prod32(v, f, m) : simple(v, f, m)
}

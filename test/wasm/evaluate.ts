/** Nests, point by point in plain JavaScript: what the emitted code is held against. */
import { allocate, type Data, type DType, highest, isFloat, lowest } from '../../src/core/dtype.js'
import type { ScalarOp } from '../../src/core/scalar.js'
import type { Expr, Letter } from '../../src/kernel/expr.js'
import type { Fold, Nest } from '../../src/kernel/kernel.js'
import type { View } from '../../src/kernel/view.js'
import { bitcast, convert, meaning } from '../../backends/reference/scalars.js'

const round = (dtype: DType, x: number): number => (dtype === 'f32' ? Math.fround(x) : x)

const bitsOf = (of: DType, x: number): bigint => {
  const view = new DataView(new ArrayBuffer(8))
  if (of === 'f64') { view.setFloat64(0, x); return view.getBigUint64(0) }
  view.setFloat32(0, x)
  return BigInt(view.getUint32(0))
}
const ofBits = (of: DType, bits: bigint): number => {
  const view = new DataView(new ArrayBuffer(8))
  if (of === 'f64') { view.setBigUint64(0, BigInt.asUintN(64, bits)); return view.getFloat64(0) }
  view.setUint32(0, Number(BigInt.asUintN(32, bits)))
  return view.getFloat32(0)
}
const ownLetters: { readonly [K in Letter]?: (of: DType, x: number, y: number, z: number) => number } = {
  madd: (_, x, y, z) => x * y + z,
  bitsAnd: (of, x, y) => ofBits(of, bitsOf(of, x) & bitsOf(of, y)), bitsOr: (of, x, y) => ofBits(of, bitsOf(of, x) | bitsOf(of, y)),
  bitsXor: (of, x, y) => ofBits(of, bitsOf(of, x) ^ bitsOf(of, y)),
  bitsAdd: (of, x, y) => ofBits(of, bitsOf(of, x) + bitsOf(of, y)), bitsSub: (of, x, y) => ofBits(of, bitsOf(of, x) - bitsOf(of, y)),
  bitsShl: (of, x, y) => ofBits(of, bitsOf(of, x) << BigInt(y)), bitsShr: (of, x, y) => ofBits(of, bitsOf(of, x) >> BigInt(y)),
  rare: (_, p, x, y) => (p !== 0 ? x : y),
}

const units = (f: Fold): number =>
  f.monoid === 'sum' || f.monoid === 'or' ? 0 : f.monoid === 'prod' ? 1 : f.monoid === 'max' ? lowest(f.dtype) : f.monoid === 'min' ? highest(f.dtype)
    : f.monoid === 'and' ? (f.dtype === 'bool' ? 1 : f.dtype === 'u32' ? 4294967295 : -1) : 0
const join = (f: Fold, xs: readonly number[]): number => {
  if (f.monoid === 'argmax' || f.monoid === 'argmin') {
    let best = 0
    xs.forEach((x, k) => {
      const b = xs[best]!
      if (b === b && (x !== x || (f.monoid === 'argmax' ? x > b : x < b))) best = k
    })
    return best
  }
  const whole = (n: number): number => (f.dtype === 'u32' ? n >>> 0 : n | 0)
  const step = (a: number, x: number): number => {
    switch (f.monoid) {
      case 'sum': return isFloat(f.dtype) ? a + x : whole(a + x)
      case 'prod': return isFloat(f.dtype) ? a * x : whole(Math.imul(a, x))
      case 'max': return Math.max(a, x)
      case 'min': return Math.min(a, x)
      case 'and': return f.dtype === 'bool' ? a & x : whole(a & x)
      default: return f.dtype === 'bool' ? a | x : whole(a | x)
    }
  }
  return round(f.dtype, xs.reduce(step, units(f)))
}

const points = function* (extents: readonly number[]): Generator<readonly number[]> {
  if (extents.length === 0) { yield []; return }
  const [n, ...rest] = extents
  for (let i = 0; i < n!; i++) for (const p of points(rest)) yield [i, ...p]
}

/** Runs a nest over the buffers, which hold what is read and take what is stored. */
export const evaluate = (nest: Nest, buffers: readonly Data[]): void => {
  const at = (v: View, p: readonly number[]): number =>
    v.strides.reduce((sum, s, d) => sum + s * (p[d] ?? 0), v.offset + v.starts.reduce((sum, s) => sum + s.stride * Math.min(Math.max(buffers[s.buffer]![0]!, 0), s.max), 0))
  const value = (root: Expr, p: readonly number[], folded: readonly number[]): number => {
    const known = new Map<Expr, number>()
    const of = (e: Expr): number => {
      let x = known.get(e)
      if (x === undefined) known.set(e, x = make(e))
      return x
    }
    const make = (e: Expr): number => {
      switch (e.tag) {
        case 'load': return buffers[e.view.buffer]![at(e.view, p)]!
        case 'index': return convert('i32', e.dtype)(e.strides.reduce((sum, s, d) => sum + s * (p[d] ?? 0), e.offset))
        case 'const': return e.value
        case 'folded': return folded[e.fold]!
        case 'convert': return convert(e.args[0].dtype, e.dtype)(of(e.args[0]))
        case 'bitcast': return bitcast(e.args[0].dtype, e.dtype)(of(e.args[0]))
        default: {
          const own = ownLetters[e.letter]
          const [x, y, z] = e.args.map(of)
          return round(e.dtype, own ? own(e.of, x!, y!, z!) : meaning(e.letter as ScalarOp, e.of)(...e.args.map(of)))
        }
      }
    }
    return of(root)
  }
  const spatial = nest.extents.slice(0, nest.extents.length - nest.reduced)
  const writes: (() => void)[] = []
  const put = (v: View, p: readonly number[], x: number): void => { const place = at(v, p); writes.push(() => { buffers[v.buffer]![place] = x }) }
  for (const p of points(spatial)) {
    const seen: number[][] = nest.folds.map(() => [])
    for (const r of points(nest.extents.slice(spatial.length))) {
      const q = [...p, ...r]
      nest.folds.forEach((f, k) => seen[k]!.push(value(f.value, q, [])))
      for (const s of nest.stores) if (s.at === 'element') put(s.view, q, value(s.value, q, []))
    }
    const folded = nest.folds.map((f, k) => join(f, seen[k]!))
    for (const s of nest.stores) if (s.at === 'folded') put(s.view, p, value(s.value, p, folded))
  }
  for (const write of writes) write()
}
export const blank = (dtypes: readonly DType[], sizes: readonly number[]): Data[] => dtypes.map((d, k) => allocate(d, sizes[k]!))

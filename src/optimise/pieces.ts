/** A sum of arrays that were padded with zeros along one axis is its pieces side by side: nothing is filled, and each place is written once. */
import { type Aval, aval, sizeOf } from '../core/aval.js'
import { isFloat } from '../core/dtype.js'
import type { Atom } from '../core/primitive.js'
import { addP } from '../primitives/arithmetic.js'
import { broadcastP, scalar } from '../primitives/base.js'
import { type AxisParams, concatenateP, type PadParams, padP, sliceP, type SliceParams } from '../primitives/structural.js'
import { isZero, type Rule, rewriting, type Site } from './rewriting.js'

/** A stretch of an axis: so many places, of an array or (null) of zeros. */
interface Piece { readonly size: number; readonly of: Atom | null }
interface Row { readonly axis: number; readonly pieces: readonly Piece[] }

/** More pieces than this are more work than zeros. */
const mostPieces = 12

const fromPad = (a: Atom, site: Site): Row | null => {
  const e = site.from(a, padP)
  if (!e || !isZero(e.ins[1]!, site)) return null
  const { config } = e.params as PadParams
  const axis = config.findIndex(c => c.some(n => n !== 0))
  if (axis < 0 || config.some((c, d) => (d === axis ? c[0]! < 0 || c[1]! < 0 || c[2] !== 0 : c.some(n => n !== 0)))) return null
  const [x] = e.ins
  return { axis, pieces: [{ size: config[axis]![0]!, of: null }, { size: x!.aval.shape[axis]!, of: x! }, { size: config[axis]![1]!, of: null }] }
}
const fromConcatenate = (a: Atom, site: Site): Row | null => {
  const e = site.from(a, concatenateP)
  if (!e) return null
  const { axis } = e.params as AxisParams
  return { axis, pieces: e.ins.map(x => ({ size: x.aval.shape[axis]!, of: isZero(x, site) ? null : x })) }
}

const resized = (a: Aval, axis: number, size: number): Aval => aval(a.dtype, a.shape.map((n, d) => (d === axis ? size : n)))
/** Places of an axis of x. Slices of slices are slices, and sums of what is sliced are sliced before they are summed, where nobody else reads them. */
const cut = (x: Atom, axis: number, from: number, size: number, site: Site): Atom => {
  if (size === x.aval.shape[axis]) return x
  const out = resized(x.aval, axis, size)
  const inner = site.from(x, sliceP), sum = site.from(x, addP)
  const params = inner?.params as SliceParams | undefined
  if (inner && params!.strides.every(s => s === 1)) {
    const at = (given: readonly number[], to: number): readonly number[] => given.map((n, d) => (d === axis ? params!.start[d]! + to : n))
    return site.put(sliceP, { start: at(params!.start, from), limit: at(params!.limit, from + size), strides: params!.strides }, inner.ins, out)
  }
  if (isZero(x, site)) return zeros(out, site)
  if (sum && site.single(x) && sum.ins.every(y => isZero(y, site) || site.from(y, sliceP) || site.from(y, addP))) return site.put(addP, null, sum.ins.map(y => cut(y, axis, from, size, site)), out)
  const start = x.aval.shape.map((_, d) => (d === axis ? from : 0))
  return site.put(sliceP, { start, limit: start.map((n, d) => n + out.shape[d]!), strides: start.map(() => 1) }, [x], out)
}
const zeros = (out: Aval, site: Site): Atom => {
  const value = scalar(0, out.dtype)
  return site.put(broadcastP, { shape: out.shape, dims: [] }, [{ kind: 'lit', value, aval: value.aval }], out)
}
/** x + 0 is x but for -0, and (x + 0) + 0 is x + 0. */
const andZero = (x: Atom, site: Site): Atom => {
  if (!isFloat(x.aval.dtype) || site.from(x, addP)?.ins.some(y => isZero(y, site))) return x
  return site.put(addP, null, [x, zeros(x.aval, site)], x.aval)
}

const addR: Rule<null> = ([x, y], _p, out, site) => {
  if (!site.single(x!) || !site.single(y!)) return null
  const padded = [fromPad(x!, site), fromPad(y!, site)] as const
  const left = padded[0] ?? fromConcatenate(x!, site), right = padded[1] ?? fromConcatenate(y!, site)
  if (!left || !right || (!padded[0] && !padded[1]) || left.axis !== right.axis || sizeOf(out.shape) === 0) return null
  const { axis } = left
  const ends = (row: Row): readonly number[] => { let n = 0; return row.pieces.map(p => (n += p.size)) }
  const places = [ends(left), ends(right)] as const
  const borders = [...new Set([...places[0], ...places[1]])].filter(n => n > 0).sort((a, b) => a - b)
  if (borders.length > mostPieces) return null
  /** What a side has from one border to the next. */
  const part = (side: 0 | 1, from: number, to: number): Atom | null => {
    const k = places[side].findIndex(end => end >= to), { of, size } = (side === 0 ? left : right).pieces[k]!
    return of && cut(of, axis, from - (places[side][k]! - size), to - from, site)
  }
  const joined = borders.map((to, k) => {
    const from = k === 0 ? 0 : borders[k - 1]!
    const a = part(0, from, to), b = part(1, from, to), here = resized(out, axis, to - from)
    return a && b ? site.put(addP, null, [a, b], here) : a ?? b ? andZero((a ?? b)!, site) : zeros(here, site)
  })
  return joined.length === 1 ? joined[0]! : site.put(concatenateP, { axis }, joined, out)
}

export const pieces = rewriting(new Map([[addP, addR]]))

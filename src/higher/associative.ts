/** A scan by an associative operation in logarithmically many steps: pairs are combined, the sums of pairs scanned, the gaps filled in. */
import { range, sameAval, showAval } from '../core/aval.js'
import { badArgument, isThenable, raise } from '../core/fault.js'
import { refusePromise } from '../core/interp.js'
import type { Value } from '../core/value.js'
import { scalar } from '../primitives/base.js'
import { concatenate, pad, reverse as flip, slice } from '../primitives/structural.js'
import { add, select } from '../primitives/arithmetic.js'
import { paths, requireSame, unflatten } from '../tree/index.js'
import { type Arrays, flattenValues, requireFunction, requireOptions } from '../transforms/arguments.js'

export interface AssociativeScanOptions { readonly reverse?: boolean; readonly axis?: number }

/** Every `step`-th row from `start`, before `limit`. */
const every = (x: Value, axis: number, start: number, limit: number, step: number): Value => slice(
  x, range(x.ndim).map(d => (d === axis ? start : 0)), x.shape.map((n, d) => (d === axis ? limit : n)), range(x.ndim).map(d => (d === axis ? step : 1)),
)
/** even[0], odd[0], even[1], odd[1], ... : even has as many rows as odd, or one more. */
const interleave = (even: Value, odd: Value, axis: number): Value => {
  const n = even.shape[axis]!, m = odd.shape[axis]!
  const spaced = (x: Value, low: number, high: number): Value => {
    const zero = scalar(0, x.dtype)
    return pad(x, zero, range(x.ndim).map(d => (d === axis ? [low, high, 1] : [0, 0, 0])))
  }
  if (m === 0) return even
  const high = n === m ? 1 : 0
  const evens = spaced(even, 0, high), odds = spaced(odd, 1, n === m ? 0 : 1)
  if (even.dtype !== 'bool') return add(evens, odds)
  return select(evens, evens, odds)
}

/**
 * All prefixes of `elems` under the associative operation `f` (JAX: `jax.lax.associative_scan`): O(n) combinations, O(log n) deep and
 * O(log n) operations long when traced. `f(a, b)` combines trees of arrays element by element along `axis`.
 * Source: Blelloch, Prefix Sums and Their Applications (1990).
 *
 * @example
 * associativeScan((a: Value, b: Value) => np.multiply(a, b), np.array([1, 2, 3, 4]))   // [1, 2, 6, 24]
 */
export const associativeScan = <T>(f: (a: Arrays<T>, b: Arrays<T>) => unknown, elems: T, options: AssociativeScanOptions = {}): Arrays<T> => {
  requireFunction('associativeScan', f)
  requireOptions('associativeScan', options, ['reverse', 'axis'])
  const { leaves, def } = flattenValues('associativeScan', elems, 'elems')
  if (leaves.length === 0) return unflatten(def, []) as Arrays<T>
  const { reverse = false, axis: given = 0 } = options
  const names = paths(def, 'elems')
  const axes = leaves.map((x, i) => {
    const at = given < 0 ? given + x.ndim : given
    return Number.isInteger(given) && at >= 0 && at < x.ndim ? at : raise({ _tag: 'AxisOutOfRange', op: `associativeScan of ${names[i]}`, axis: given, shape: x.shape, hint: 'axis counts from 0, or from the end when negative' })
  })
  const n = leaves[0]!.shape[axes[0]!]!
  leaves.forEach((x, i) => { if (x.shape[axes[i]!] !== n) badArgument('associativeScan', names[i]!, x, `${n} rows along axis ${given}, as the first array has`, 'all arrays scan over one length') })
  type Rows = readonly Value[]
  const combine = (a: Rows, b: Rows): Rows => {
    const result: unknown = f(unflatten(def, a) as Arrays<T>, unflatten(def, b) as Arrays<T>)
    if (isThenable(result)) refusePromise('associativeScan', result)
    const out = flattenValues('associativeScan', result, 'the result')
    requireSame(out.def, def, { op: 'associativeScan', root: 'the result', hint: 'f answers a tree like its arguments' })
    out.leaves.forEach((x, i) => {
      if (!sameAval(x.aval, a[i]!.aval)) raise({ _tag: 'ShapeMismatch', op: 'associativeScan', got: [x.aval], want: `${paths(def, 'the result')[i]!} of type ${showAval(a[i]!.aval)}, as its operands have`, hint: 'f combines rows element by element along the axis, and keeps shapes and dtypes' })
    })
    return out.leaves
  }
  const pick = (xs: Rows, start: number, limit: number, step: number): Rows => xs.map((x, i) => every(x, axes[i]!, start, limit, step))
  const prefixes = (xs: Rows, count: number): Rows => {
    if (count < 2) return xs
    const pairs = count >> 1
    const sums = combine(pick(xs, 0, 2 * pairs, 2), pick(xs, 1, 2 * pairs, 2))
    const odd = prefixes(sums, pairs)
    // prefixes at even places: the prefix one before, combined with the element itself
    const evens = count % 2 === 0 ? pairs - 1 : pairs
    const first = pick(xs, 0, 1, 1)
    if (evens === 0) return first.map((x, i) => interleave(x, odd[i]!, axes[i]!))
    const rest = combine(pick(odd, 0, evens, 1), pick(xs, 2, count, 2))
    return first.map((x, i) => interleave(concatenate([x, rest[i]!], axes[i]!), odd[i]!, axes[i]!))
  }
  const turn = (xs: Rows): Rows => (reverse ? xs.map((x, i) => flip(x, [axes[i]!])) : xs)
  return unflatten(def, turn(prefixes(turn(leaves), n))) as Arrays<T>
}

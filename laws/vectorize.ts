/** Laws of vmap: it is a map, whatever the axes, and it commutes with derivatives in both directions. */
import * as fc from 'fast-check'
import { range } from '../src/core/aval.js'
import type { Value } from '../src/core/value.js'
import { add, div, mul } from '../src/primitives/arithmetic.js'
import { broadcast, full, sum } from '../src/primitives/base.js'
import { axisIndexOf, allGatherOf, pmaxOf, pmeanOf, ppermuteOf, psumOf } from '../src/primitives/collective.js'
import { reduceMax } from '../src/primitives/fold.js'
import { concatenate, iota, sliceInAxis, transpose } from '../src/primitives/structural.js'
import { convert } from '../src/primitives/arithmetic.js'
import { grad } from '../src/transforms/derivatives.js'
import { vmap } from '../src/transforms/vectorize.js'
import { type Case, caseOf, pairs, type Point, points, pushed, secondOf, showPair, showPoint, smallPoints, vjpOf } from './cases.js'
import { type Flat, vector } from './genome.js'
import { and, type Law, law, type Verdict } from './law.js'
import { agree, element, f64, stackAll, zerosOf } from './numbers.js'
import { equalAt } from './tolerance.js'

type Listed = (...xs: Value[]) => Value[]
const mapped = (f: Flat, inAxes: Parameters<typeof vmap>[1] = {}): Flat => (...xs) => vmap(f as Listed, inAxes)(...xs)
const about = (name: string, statement: string, holds: (c: Case) => Verdict): Law<Point> =>
  law(name, statement, points, p => holds(caseOf(p)), { show: showPoint })

/** Axis 0 put where it is asked for. */
const moved = (x: Value, axis: number): Value => {
  const perm = range(x.ndim).slice(1)
  perm.splice(axis < 0 ? axis + x.ndim : axis, 0, 0)
  return transpose(x, perm)
}
const back = (x: Value, axis: number): Value => {
  const at = axis < 0 ? axis + x.ndim : axis
  return transpose(x, [at, ...range(x.ndim).filter(d => d !== at)])
}
/** f at each place of a batch, stacked. */
const oneByOne = (f: Flat, rows: readonly (readonly Value[])[]): readonly Value[] => stackAll(rows.map(r => f(...r)))
const sameRows = (ys: readonly Value[], f: Flat, rows: readonly (readonly Value[])[], tolerance = 1e-8): Verdict =>
  and(...rows.map((r, k) => () => {
    const got = ys.map(y => element(y, k))
    const want = f(...r)
    const plain = agree(got, want, tolerance)
    return plain === true ? true : equalAt(() => got, f, r, tolerance)
  }))

const axesCases = fc.record({ point: points, axes: fc.array(fc.noBias(fc.nat(7)), { minLength: 3, maxLength: 3, size: 'max' }) })

export const vectorize: readonly Law[] = [
  about('vmapIsMap', '(vmap f X)_i ≈ f(X_i)', ({ f, xs, u, v }) => {
    const rows = [xs, u, v]
    return sameRows(mapped(f)(...stackAll(rows)), f, rows)
  }),
  law('vmapAxes', 'vmap with any inAxes, some of them null, and any outAxes is a map over those axes', axesCases, ({ point, axes }) => {
    const { f, xs, u, v } = caseOf(point)
    // the first argument is mapped, the others are mapped or shared
    const shared = xs.map((_, i) => i > 0 && axes[i]! % 2 === 1)
    const inAxes = xs.map((x, i) => (shared[i] ? null : axes[i]! > 3 ? -1 : axes[i]! % (x.ndim + 1)))
    const rows = [xs, u, v].map(r => r.map((x, i) => (shared[i] ? xs[i]! : x)))
    const given = stackAll(rows).map((x, i) => (shared[i] ? xs[i]! : moved(x, inAxes[i]!)))
    const out = axes[0]! % 2 === 0 ? 0 : -1
    const ys = vmap(f as Listed, { inAxes, outAxes: out })(...given).map(y => back(y, out))
    return sameRows(ys, f, rows)
  }, { show: c => `axes ${c.axes.join()} ${showPoint(c.point)}` }),
  about('vmapSizeOne', 'vmap over an axis of size 1 is f', ({ f, xs }) => sameRows(mapped(f)(...stackAll([xs])), f, [xs])),
  about('vmapSizeZero', 'vmap over an axis of size 0 answers empty arrays of the right types', ({ f, xs }) => {
    const want = f(...xs).map(y => zerosOf({ dtype: y.dtype, shape: [0, ...y.shape] }))
    return agree(mapped(f)(...xs.map(x => zerosOf({ dtype: x.dtype, shape: [0, ...x.shape] }))), want, 0)
  }),
  about('vmapConstant', 'what does not depend on the mapped axis is repeated along it', ({ f, xs }) => {
    const ys = vmap(((_k: Value, ...a: Value[]) => f(...a)) as Listed, { inAxes: [0, ...xs.map(() => null)] })(f64([2], [0, 1]), ...(xs as Value[]))
    return sameRows(ys, f, [xs, xs])
  }),
  law('vmapFunctor', 'vmap id = id and vmap(g ∘ f) = vmap g ∘ vmap f', pairs, p => {
    const { f, xs, u } = caseOf(p.point)
    const g = secondOf(p), X = stackAll([xs, u])
    return and(() => agree(mapped((...a) => a)(...X), X, 0), () => equalAt(mapped((...a) => g(...f(...a))), (...a) => mapped(g)(...mapped(f)(...a)), X))
  }, { show: showPair }),
  about('vmapOfVmap', 'vmap(vmap f) is a map of maps, and exchanging the two axes exchanges the results', ({ f, xs, u }) => {
    const rows = [stackAll([xs, u]), stackAll([u, xs])]
    const X = stackAll(rows)
    const swap = (x: Value): Value => transpose(x, [1, 0, ...range(x.ndim).slice(2)])
    return and(
      () => sameRows(mapped(mapped(f))(...X), mapped(f), rows),
      () => equalAt((...a) => mapped(mapped(f))(...a.map(swap)), (...a) => mapped(mapped(f))(...a).map(swap), X))
  }),
  about('vmapOfPull', 'vmap(x ↦ J_f(x)ᵀ w) = each J_f(x)ᵀ w', ({ f, xs, u, w }) => {
    const c = w(f(...xs))
    const pull: Flat = (...a) => vjpOf(f, a)[1](c)
    return sameRows(mapped(pull)(...stackAll([xs, u])), pull, [xs, u])
  }),
  about('vmapOfPush', 'vmap of (x, v) ↦ J_f(x) v = each', ({ f, xs, u, v }) => {
    const n = xs.length
    const push: Flat = (...a) => pushed(f, a.slice(0, n), a.slice(n))
    const rows = [[...xs, ...v], [...u, ...xs]]
    return sameRows(mapped(push)(...stackAll(rows)), push, rows)
  }),
  about('derivativeOfVmap', 'J_{vmap f}(X) V ≈ vmap(J_f)(X, V)', ({ f, xs, u, v }) => {
    const X = stackAll([xs, u]), V = stackAll([v, xs]), n = X.length
    return equalAt((...a) => pushed(mapped(f), a, V), (...a) => mapped((...b) => pushed(f, b.slice(0, n), b.slice(n)))(...a, ...V), X)
  }),
  about('pullOfVmap', 'J_{vmap f}(X)ᵀ W = each J_f(X_i)ᵀ W_i; shared arguments get the sum', ({ f, xs, u, w }) => {
    const X = stackAll([xs, u])
    const c = w(f(...xs)), d = w(f(...u)).map(y => vector(y.shape, 99))
    const W = stackAll([c, d])
    const each = oneByOne((...a) => a, [vjpOf(f, xs)[1](c), vjpOf(f, u)[1](d)])
    const shared: Flat = (...a) => mapped((k, ...b) => f(...b.map((x, i) => (i === 0 ? mul(x, broadcast(k!, x.shape, [])) : x))), { inAxes: [0, ...xs.map(() => null)] })(f64([2], [1, -0.5]), ...a)
    const written: Flat = (...a) => {
      const rows = [1, -0.5].map(k => f(...a.map((x, i) => (i === 0 ? mul(x, full(k, x.aval)) : x))))
      return rows[0]!.map((y, i) => concatenate([y, rows[1]![i]!].map(z => broadcast(z, [1, ...z.shape], range(z.ndim).map(d => d + 1))), 0))
    }
    const ct = (ys: readonly Value[]): readonly Value[] => ys.map((y, i) => vector(y.shape, 5 + i))
    return and(
      () => equalAt((...a) => vjpOf(mapped(f), a)[1](W), () => each, X),
      () => equalAt((...a) => vjpOf(shared, a)[1](ct(shared(...xs))), (...a) => vjpOf(written, a)[1](ct(shared(...xs))), xs))
  }),
]

// ---- named axes ------------------------------------------------------------------------------------------------------

const spread = (x: Value, n: number): Value => broadcast(x, [n, ...x.shape], range(x.ndim).map(d => d + 1))
/** What each collective is of the whole stack of values. */
const collectives: readonly { readonly name: string; readonly inside: (x: Value) => Value; readonly outside: (xs: Value) => Value }[] = [
  { name: 'psum', inside: x => psumOf(x, 'i'), outside: xs => spread(sum(xs, [0]), xs.shape[0]!) },
  { name: 'pmean', inside: x => pmeanOf(x, 'i'), outside: xs => spread(div(sum(xs, [0]), full(xs.shape[0]!, sum(xs, [0]).aval)), xs.shape[0]!) },
  { name: 'pmax', inside: x => pmaxOf(x, 'i'), outside: xs => spread(reduceMax(xs, [0]), xs.shape[0]!) },
  { name: 'allGather', inside: x => allGatherOf(x, 'i'), outside: xs => spread(xs, xs.shape[0]!) },
  { name: 'ppermute', inside: x => ppermuteOf(x, 'i', [[0, 1], [1, 2], [2, 0]]), outside: xs => concatenate([sliceInAxis(xs, 2, 3, 0), sliceInAxis(xs, 0, 2, 0)], 0) },
  { name: 'axisIndex', inside: x => mul(x, broadcast(convert(axisIndexOf('i'), 'f64'), x.shape, [])), outside: xs => mul(xs, convert(iota('i32', xs.shape, 0), 'f64')) },
]
export const namedAxes: readonly Law[] = collectives.map(({ name, inside, outside }) =>
  law(`named_${name}`, `vmap with a name of ${name} ∘ f = the same said of the stack of all f(x_i), with both derivatives, nested in another vmap too`, smallPoints, p => {
    const { f, xs, u, v, w } = caseOf(p)
    const spoken: Flat = (...a) => vmap(((...b: Value[]) => f(...b).map(y => inside(y))) as Listed, { axisName: 'i' })(...a)
    const written: Flat = (...a) => mapped(f)(...a).map(outside)
    const X = stackAll([xs, u, v]), V = stackAll([v, xs, u])
    const c = w(written(...X))
    return and(
      () => equalAt(spoken, written, X),
      () => equalAt((...a) => pushed(spoken, a, V), (...a) => pushed(written, a, V), X),
      () => equalAt((...a) => vjpOf(spoken, a)[1](c), (...a) => vjpOf(written, a)[1](c), X),
      () => equalAt(mapped(spoken), mapped(written), stackAll([X, V])))
  }, { show: showPoint, share: 0.5 }))

/** Per-example gradients are the gradients of the examples. */
export const perExample: readonly Law[] = [
  about('perExampleGradients', 'vmap(grad s) over examples = the gradient of each example; their sum is the gradient of the sum', ({ f, xs, u }) => {
    const s = (...a: Value[]): Value => f(...a).map(y => sum(y, range(y.ndim))).reduce((p, q) => add(p, q))
    const X = stackAll([xs, u])
    const argnums = xs.map((_, i) => i)
    const each: Flat = (...a) => vmap(((...b: Value[]) => grad(s, { argnums })(...b)) as unknown as Listed)(...a)
    const whole: Flat = (...a) => grad((...b: Value[]) => sum(vmap(s)(...b), [0]), { argnums })(...a) as unknown as Value[]
    return equalAt(each, whole, X)
  }),
]

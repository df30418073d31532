/** Rows that speak across a mapped axis by its name: under the vmap of that name they become sums, gathers and permutations of axis 0. */
import * as E from '../core/either.js'
import { type Aval, aval, range } from '../core/aval.js'
import { badArgument } from '../core/fault.js'
import { int, intLists, record, text } from '../core/form.js'
import { bind, bind1, namedAxis } from '../core/interp.js'
import { type BatchRule, type Primitive } from '../core/primitive.js'
import { type Value } from '../core/value.js'
import { div, mul, select } from './arithmetic.js'
import { broadcast, full, lead, ones, sum, zeros } from './base.js'
import { eq } from './logic.js'
import { reduceMax } from './fold.js'
import { constant, general, linear, perOutput, wrongDType } from './row.js'
import { concatenate, iota, sliceInAxis, transpose } from './structural.js'

export interface AxisName { readonly axisName: string; readonly size: number }
const axisNameForm = record({ axisName: text, size: int })
const named = <P extends AxisName>(apply: BatchRule<P>): Primitive<P>['collective'] => ({ axisName: p => p.axisName, apply })
/** Another axis than the named one is mapped: the row acts on the batch as on one element. */
const through = <P>(self: () => Primitive<P>): BatchRule<P> => (axis, args, batched, params) =>
  bind(self(), args.map((a, i) => lead(axis, a, batched[i]!)), params)
const everywhere = (values: readonly Value[]) => ({ values, batched: values.map(() => false) })

/** Σ over the mapped axis, the same everywhere. Its transpose is itself. */
export const psumP: Primitive<AxisName> = linear<AxisName>('psum', {
  params: axisNameForm,
  shape: ([x]) => (x!.dtype === 'bool' ? wrongDType('psum', [x!], 'numbers') : E.right([x!])),
  batch: (...a) => through(() => psumP)(...a),
  collective: named((axis, [x], [b]) => everywhere([b ? sum(x!, [0]) : mul(full(axis.size, x!.aval), x!)])),
  transpose: ([ct], _args, params) => bind(psumP, [ct!], params),
  zeros, cost: perOutput,
})
/** Before: x_i.   After: the stack of all x_j, the same everywhere, in front. Its transpose sends row i back to i, summed over all. */
export const allGatherP: Primitive<AxisName> = linear<AxisName>('allGather', {
  params: axisNameForm,
  shape: ([x], { size }) => E.right([aval(x!.dtype, [size, ...x!.shape])]),
  batch: (axis, [x], [b], params) => {
    const gathered = bind1(allGatherP, [lead(axis, x!, b!)], params)
    return [swapLeading(gathered)]
  },
  collective: named((axis, [x], [b]) => everywhere([lead(axis, x!, b!)])),
  transpose: ([ct], [x], { axisName, size }) => {
    const total = bind1(psumP, [ct!], { axisName, size })
    return [pickOwn(total, x!.aval, axisName, size)]
  },
  zeros, cost: perOutput,
})
/** Element i of the leading axis, where i is one's own place: a sum against an indicator, since no value may depend on the place statically. */
const pickOwn = (rows: Value, a: Aval, axisName: string, size: number): Value => {
  const own = bind1(axisIndexP, [], { axisName, size })
  const places = iota('i32', [size], 0)
  const hit = eq(places, broadcast(own, [size], []))
  const mask = broadcast(hit, [size, ...a.shape], [0])
  return sum(select(mask, rows, zeros(rows.aval)), [0])
}
const swapLeading = (x: Value): Value => transpose(x, [1, 0, ...range(x.ndim).slice(2)])

export interface Permutation extends AxisName { readonly perm: readonly (readonly number[])[] }
/** Before: x_i.   After: x_source for each (source, destination), zero where nothing is sent. */
export const ppermuteP: Primitive<Permutation> = linear<Permutation>('ppermute', {
  params: record({ axisName: text, size: int, perm: intLists }),
  shape: ([x]) => (x!.dtype === 'bool' ? wrongDType('ppermute', [x!], 'numbers') : E.right([x!])),
  batch: (...a) => through(() => ppermuteP)(...a),
  collective: named((axis, [x], [b], { perm }) => {
    const rows = lead(axis, x!, b!)
    const nothing = zeros({ dtype: rows.dtype, shape: [1, ...rows.shape.slice(1)] })
    return [concatenate(range(axis.size).map(d => {
      const source = perm.find(pair => pair[1] === d)?.[0]
      return source === undefined ? nothing : sliceInAxis(rows, source, source + 1, 0)
    }), 0)]
  }),
  transpose: ([ct], _args, params) => bind(ppermuteP, [ct!], { ...params, perm: params.perm.map(([s, d]) => [d!, s!]) }),
  zeros, cost: perOutput,
})

/** The greatest over the mapped axis, the same everywhere; ties share the tangent. */
export const pmaxP: Primitive<AxisName> = general<AxisName>('pmax', {
  params: axisNameForm,
  shape: ([x]) => E.right([x!]),
  batch: (...a) => through(() => pmaxP)(...a),
  collective: named((_axis, [x], [b]) => everywhere([b ? reduceMax(x!, [0]) : x!])),
  cost: perOutput,
  linearize: self => ([x], params) => {
    const out = bind1(self, [x!], params)
    const hit = eq(x!, out)
    const count = bind1(psumP, [select(hit, ones(out.aval), zeros(out.aval))], params)
    return { outs: [out], push: ([tx]) => [tx ? div(bind1(psumP, [select(hit, tx, zeros(tx.aval))], params), count) : null] }
  },
})
/** One's own place along the mapped axis. */
export const axisIndexP: Primitive<AxisName> = constant<AxisName>('axisIndex', {
  params: axisNameForm,
  shape: () => E.right([aval('i32', [])]),
  batch: (axis, _args, _b, params) => [lead(axis, bind1(axisIndexP, [], params), false)],
  collective: named(axis => [iota('i32', [axis.size], 0)]),
})

// ---- as functions ----------------------------------------------------------------------------------------------------

const at = (op: string, axisName: string): AxisName => ({ axisName, size: namedAxis(op, axisName).size })
export const psumOf = (x: Value, axisName: string): Value => bind1(psumP, [x], at('psum', axisName))
export const pmeanOf = (x: Value, axisName: string): Value => {
  const params = at('pmean', axisName)
  const total = bind1(psumP, [x], params)
  return div(total, full(params.size, total.aval))
}
export const pmaxOf = (x: Value, axisName: string): Value => bind1(pmaxP, [x], at('pmax', axisName))
export const allGatherOf = (x: Value, axisName: string): Value => bind1(allGatherP, [x], at('allGather', axisName))
export const axisIndexOf = (axisName: string): Value => bind1(axisIndexP, [], at('axisIndex', axisName))
export const axisSizeOf = (axisName: string): number => namedAxis('axisSize', axisName).size
export const ppermuteOf = (x: Value, axisName: string, perm: readonly (readonly [number, number])[]): Value => {
  const { size } = at('ppermute', axisName)
  const inRange = (k: number): boolean => Number.isInteger(k) && k >= 0 && k < size
  const distinct = (side: 0 | 1): boolean => new Set(perm.map(p => p[side])).size === perm.length
  if (!perm.every(([s, d]) => inRange(s) && inRange(d)) || !distinct(0) || !distinct(1)) {
    badArgument('ppermute', 'perm', perm, `pairs [source, destination] below ${size}, each source and each destination once`, 'what nobody sends to is zero')
  }
  return bind1(ppermuteP, [x], { axisName, size, perm })
}

/** Gather and scatter: windows of an array at positions that are data; adding windows back is the transpose of taking them out. */
import * as E from '../core/either.js'
import { aval, range, type Shape, sizeOf } from '../core/aval.js'
import { type DType, highest, isFloat, lowest } from '../core/dtype.js'
import { badArgument, raise } from '../core/fault.js'
import { bool, ints, oneOf, record } from '../core/form.js'
import { bind, bind1 } from '../core/interp.js'
import { Linear, type LinearizeRule, type Primitive, type Tangent } from '../core/primitive.js'
import type { Value } from '../core/value.js'
import { addP, convert, div, maximum, mul, select } from './arithmetic.js'
import { broadcast, full, lead, ones, scalar, sum, zeros } from './base.js'
import { eq } from './logic.js'
import { general, linear, perOutput, plus, wrongDType, wrongShape } from './row.js'
import { iota, reshape } from './structural.js'
import { type IndexMode, mappedDims, updatesFit, type WindowDims, windowed, windowFields, windowSizes } from './windows.js'

// ---- gather ----------------------------------------------------------------------------------------------------------

export interface GatherParams extends WindowDims { readonly sliceSizes: Shape }

/**
 * Operands: array, indices and, where the mode is 'fill', the scalar that a window outside the array is filled with.
 * Linear in the array and the filler together.
 */
export const gatherP: Primitive<GatherParams> = linear<GatherParams>('gather', {
  params: record({ ...windowFields, sliceSizes: ints }),
  fixed: [1],
  shape: ([x, indices, filler], params) => {
    if ((params.mode === 'fill') !== (filler !== undefined)) {
      return wrongShape('gather', filler ? [x!, indices!, filler] : [x!, indices!], "a filler exactly where the mode is 'fill'", "the function gather supplies one")
    }
    if (filler && filler.shape.length > 0) return wrongShape('gather', [filler], 'a scalar to fill with', 'np.where chooses element by element')
    if (filler && filler.dtype !== x!.dtype) return wrongDType('gather', [x!, filler], 'an array and a filler of one dtype')
    const shape = windowed('gather', x!, indices!, params, params.sliceSizes)
    return shape._tag === 'Left' ? shape : E.right([aval(x!.dtype, shape.right)])
  },
  batch: (axis, [x, indices, filler], [bx, bi, bf], params) => {
    const one = bi! ? Math.min(1, axis.size) : axis.size
    const sliceSizes = bx! || !bi! ? [one, ...params.sliceSizes] : params.sliceSizes
    // where only the filler is mapped, the array is repeated along the axis: then there is one rule for all cases
    const inner = bx! || bi! ? x! : lead(axis, x!, false)
    const mapped: GatherParams = { ...params, ...mappedDims(params, bx! || !bi!, bi!), sliceSizes }
    if (!bf) return bind(gatherP, filler ? [inner, indices!, filler] : [inner, indices!], mapped)
    const taken = bind1(gatherP, [inner, indices!, scalar(0, x!.aval.dtype)], mapped)
    return [select(outside(inner.aval.shape, indices!, mapped), broadcast(filler!, taken.aval.shape, [0]), taken)]
  },
  transpose: ([ct], [x, indices, filler], params) => {
    const back = (): Value => scatter(zeros(x!.aval), indices as Value, ct!, { ...params, kind: 'add', uniqueIndices: false })
    const dropped = (): Value =>
      sum(select(outside(x!.aval.shape, indices as Value, params), ct!, zeros(ct!.aval)), range(ct!.aval.shape.length))
    const cts: Tangent[] = [x instanceof Linear ? back() : null, null]
    if (filler) cts.push(filler instanceof Linear ? dropped() : null)
    return cts
  },
  cost: perOutput,
  zeros,
})

/** True where gather gives the filler. */
const outside = (x: Shape, indices: Value, params: GatherParams): Value =>
  bind1(gatherP, [full(0, aval('bool', x)), indices, scalar(1, 'bool')], params)

/** What JAX fills with: NaN, the least of the signed and the greatest of the unsigned integers, true. */
export const defaultFiller = (d: DType): Value => scalar(isFloat(d) ? NaN : d === 'i32' ? lowest(d) : highest(d), d)

/** Windows of `x` of the given size, at the positions in `indices` (lax.gather). */
export const gather = (x: Value, indices: Value, params: GatherParams, filler: Value = defaultFiller(x.aval.dtype)): Value => {
  const { offsetDims, collapsedSliceDims, operandBatchingDims, startIndicesBatchingDims, startIndexMap, sliceSizes, mode } = params
  return bind1(gatherP, mode === 'fill' ? [x, indices, filler] : [x, indices], {
    offsetDims, collapsedSliceDims, operandBatchingDims, startIndicesBatchingDims, startIndexMap, sliceSizes, mode,
  })
}

// ---- scatter ---------------------------------------------------------------------------------------------------------

export type ScatterKind = 'set' | 'add' | 'mul' | 'min' | 'max'
export interface ScatterParams extends WindowDims {
  readonly kind: ScatterKind
  /** A promise that no element is written twice. */
  readonly uniqueIndices: boolean
}

/** The gather that reads where this scatter writes; outside the array it reads 0. */
const readBack = (x: Value, indices: Value, updates: Shape, params: ScatterParams): Value =>
  gather(x, indices, { ...params, sliceSizes: windowSizes(x.aval.shape, updates, params) }, scalar(0, x.aval.dtype))
const addInto = (x: Value, indices: Value, updates: Value, params: ScatterParams): Value => scatter(x, indices, updates, { ...params, kind: 'add' })

/** y = x · Π u: in x the map itself; in u_k the product of all the others, which is x alone where nothing is written twice. */
const linearizeProduct: LinearizeRule<ScatterParams> = ([x, indices, u], params, active) => {
  if (active[2] && !params.uniqueIndices) {
    return badArgument('scatter', 'uniqueIndices', false, 'true, for a derivative in factors', 'pass { uniqueIndices: true } if no element is multiplied twice')
  }
  const others = active[2] ? readBack(x!, indices!, u!.aval.shape, params) : null
  return {
    outs: [scatter(x!, indices!, u!, params)],
    push: ([tx, , tu]) => [plus(addP,
      tx ? scatter(tx, indices!, u!, params) : null,
      tu && others ? addInto(zeros(x!.aval), indices!, mul(tu, others), params) : null)],
  }
}

/** Each of the operands and updates that equal the result takes an equal share of it (JAX: scatter_min, scatter_max). */
const linearizeExtremum: LinearizeRule<ScatterParams> = ([x, indices, u], params) => {
  const out = scatter(x!, indices!, u!, params)
  const { dtype } = x!.aval
  const own = convert(eq(x!, out), dtype)
  const hits = convert(eq(u!, readBack(out, indices!, u!.aval.shape, params)), dtype)
  const count = addInto(own, indices!, hits, params)
  // a NaN equals nothing: there the count is 0
  const share = div(ones(count.aval), maximum(count, ones(count.aval)))
  const ofX = mul(own, share), ofU = mul(hits, readBack(share, indices!, u!.aval.shape, params))
  return {
    outs: [out],
    push: ([tx, , tu]) => [plus(addP, tx ? mul(ofX, tx) : null, tu ? addInto(zeros(x!.aval), indices!, mul(ofU, tu), params) : null)],
  }
}

/** Where an element is written twice the last window stays, in the order of the indices: so the map is linear, and this says who stayed. */
const stays = (x: Shape, indices: Value, updates: Shape, params: ScatterParams): Value => {
  const names = reshape(iota('i32', [sizeOf(updates)], 0), updates)
  const named = scatter(full(-1, aval('i32', x)), indices, names, params)
  return eq(names, gather(named, indices, { ...params, sliceSizes: windowSizes(x, updates, params) }, scalar(-1, 'i32')))
}

/**
 * Operands: array, indices, updates. Sums and replacements are linear in array and updates together, products in the array.
 * A window that is not wholly inside the array is dropped under the mode 'fill'.
 */
export const scatterP: Primitive<ScatterParams> = general<ScatterParams>('scatter', {
  params: record({ ...windowFields, kind: oneOf(['set', 'add', 'mul', 'min', 'max']), uniqueIndices: bool }),
  shape: ([x, indices, updates], params) => {
    if (x!.dtype === 'bool' && (params.kind === 'add' || params.kind === 'mul')) return wrongDType('scatter', [x!], 'numbers to add or multiply')
    const fits = updatesFit('scatter', x!, indices!, updates!, params)
    return fits._tag === 'Left' ? fits : E.right([x!])
  },
  batch: (axis, [x, indices, updates], [bx, bi, bu], params) =>
    bind(scatterP, [lead(axis, x!, bx!), indices!, lead(axis, updates!, bu!)], { ...params, ...mappedDims(params, true, bi!) }),
  linearize: self => (args, params, active) => {
    const { kind } = params
    if (kind === 'mul') return linearizeProduct(args, params, active)
    if (kind === 'min' || kind === 'max') return linearizeExtremum(args, params, active)
    const [x, indices, updates] = args as readonly [Value, Value, Value]
    const push = ([tx, , tu]: readonly Tangent[]): readonly Tangent[] =>
      !tx && !tu || (kind === 'add' && !tu) ? [tx ?? null] : bind(self, [tx ?? zeros(x.aval), indices, tu ?? zeros(updates.aval)], params)
    return { outs: bind(self, args, params), push }
  },
  transpose: ([ct], [x, ix, u], params) => {
    const indices = ix as Value, updates = u!.aval
    const toX = x instanceof Linear, toU = u instanceof Linear
    const read = (): Value => readBack(ct!, indices, updates.shape, params)
    switch (params.kind) {
      case 'add': return [toX ? ct! : null, null, toU ? read() : null]
      case 'set': return [
        toX ? scatter(ct!, indices, zeros(updates), params) : null, null,
        !toU ? null : params.uniqueIndices ? read() : select(stays(x!.aval.shape, indices, updates.shape, params), read(), zeros(updates)),
      ]
      case 'mul': if (toX && !toU) return [scatter(ct!, indices, u as Value, params), null, null]
    }
    return raise({ _tag: 'NotTransposable', op: `scatter ${params.kind}`, problem: 'it is not linear in these operands', made: null, hint: 'differentiate it with vjp instead of transposing it' })
  },
  // indices are integers: they have no tangent, whatever is said of them
  linearIn: ([x, , u], { kind }) => x! && (kind === 'mul' ? !u : (kind === 'add' || kind === 'set') && u!),
  cost: ([, , updates]) => sizeOf(updates!.shape),
})

/** `x` with windows of it replaced by, or combined with, `updates` (lax.scatter, lax.scatter_add, ...). */
export const scatter = (x: Value, indices: Value, updates: Value, params: ScatterParams): Value => {
  const { offsetDims, collapsedSliceDims, operandBatchingDims, startIndicesBatchingDims, startIndexMap, kind, mode, uniqueIndices } = params
  return bind1(scatterP, [x, indices, updates], {
    offsetDims, collapsedSliceDims, operandBatchingDims, startIndicesBatchingDims, startIndexMap, kind, mode, uniqueIndices,
  })
}

// ---- along one axis --------------------------------------------------------------------------------------------------

/** out[.., i, ..] = x[.., indices[.., i, ..], ..]: the other axes, equal in both, are walked together. */
export const takeAlongAxis = (x: Value, indices: Value, axis: number, mode: IndexMode = 'fill'): Value => {
  const rank = x.aval.shape.length
  const others = range(rank).filter(a => a !== axis)
  return gather(x, reshape(indices, [...indices.aval.shape, 1]), {
    offsetDims: [], collapsedSliceDims: [axis], operandBatchingDims: others, startIndicesBatchingDims: others, startIndexMap: [axis],
    sliceSizes: x.aval.shape.map((n, a) => (a === axis ? 1 : Math.min(1, n))), mode,
  })
}

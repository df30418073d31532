/** One window of an array, at a position that is data: read by dynamicSlice, replaced by dynamicUpdateSlice; each is in the other's transpose. */
import * as E from '../core/either.js'
import { type Aval, aval, range, type Shape, showShape } from '../core/aval.js'
import type { Fault } from '../core/fault.js'
import { ints, none, record } from '../core/form.js'
import { bind1 } from '../core/interp.js'
import { Linear, type MappedAxis, type Primitive } from '../core/primitive.js'
import type { Value } from '../core/value.js'
import { lead, scalar, zeros } from './base.js'
import { gather, scatter } from './gather.js'
import { free, linear, wrongDType, wrongShape } from './row.js'
import { concatenate, reshape } from './structural.js'

/** The rank that arrays of these rows stay below: operands from the first start on are fixed. */
const mostAxes = 64

const startsFit = (op: string, x: Aval, starts: readonly Aval[]): E.Either<Fault, null> =>
  starts.length !== x.shape.length ? wrongShape(op, [x, ...starts], `one start for each of ${x.shape.length} axes, got ${starts.length}`, 'starts come after the arrays')
    : starts.some(s => s.shape.length > 0) ? wrongShape(op, starts, 'scalar starts', 'gather takes many windows at once')
    : starts.some(s => s.dtype !== 'i32') ? wrongDType(op, starts, 'starts of dtype i32')
    : E.right(null)
const fitsInto = (sizes: Shape, shape: Shape): boolean => sizes.length === shape.length && sizes.every((s, i) => Number.isInteger(s) && s >= 0 && s <= shape[i]!)

/** The mapped starts as one index vector for each place of the mapped axis. */
const indexVectors = (axis: MappedAxis, starts: readonly Value[], batched: readonly boolean[]): Value =>
  concatenate(starts.map((s, i) => reshape(lead(axis, s, batched[i]!), [axis.size, 1])), 1)
const inFront = (starts: readonly Value[]): readonly Value[] => [scalar(0, 'i32'), ...starts]

export interface SizesParams { readonly sizes: Shape }
/** Operands: the array, one start for each axis. A window that would reach outside is moved inside (lax.dynamic_slice). */
export const dynamicSliceP: Primitive<SizesParams> = linear<SizesParams>('dynamicSlice', {
  params: record({ sizes: ints }),
  fixed: range(mostAxes).map(i => i + 1),
  shape: ([x, ...starts], { sizes }) => {
    const fits = startsFit('dynamicSlice', x!, starts)
    if (fits._tag === 'Left') return fits
    return fitsInto(sizes, x!.shape) ? E.right([aval(x!.dtype, sizes)])
      : wrongShape('dynamicSlice', [x!], `an array that holds a window of size ${showShape(sizes)}`, 'a size lies between 0 and the size of its axis')
  },
  batch: (axis, [x, ...starts], [bx, ...bs], { sizes }) => {
    if (!bs.some(Boolean)) return [dynamicSlice(x!, inFront(starts), [axis.size, ...sizes])]
    const axes = range(sizes.length)
    return [gather(x!, indexVectors(axis, starts, bs), {
      offsetDims: axes.map(a => a + 1), collapsedSliceDims: [], operandBatchingDims: bx ? [0] : [], startIndicesBatchingDims: bx ? [0] : [],
      startIndexMap: bx ? axes.map(a => a + 1) : axes, sliceSizes: bx ? [Math.min(1, axis.size), ...sizes] : sizes, mode: 'clip',
    })]
  },
  transpose: ([ct], [x, ...starts]) => [dynamicUpdateSlice(zeros(x!.aval), ct!, starts as Value[]), ...starts.map(() => null)],
  cost: free,
  zeros,
})

/** Operands: the array, the update, one start for each axis. Linear in array and update together (lax.dynamic_update_slice). */
export const dynamicUpdateSliceP: Primitive<null> = linear<null>('dynamicUpdateSlice', {
  params: none,
  fixed: range(mostAxes).map(i => i + 2),
  shape: ([x, update, ...starts]) => {
    const fits = startsFit('dynamicUpdateSlice', x!, starts)
    if (fits._tag === 'Left') return fits
    if (update!.dtype !== x!.dtype) return wrongDType('dynamicUpdateSlice', [x!, update!], 'an array and an update of one dtype')
    return fitsInto(update!.shape, x!.shape) ? E.right([x!]) : wrongShape('dynamicUpdateSlice', [x!, update!], 'an update that fits into the array', 'it has the rank of the array')
  },
  batch: (axis, [x, update, ...starts], [bx, bu, ...bs]) => {
    const array = lead(axis, x!, bx!), windows = lead(axis, update!, bu!)
    if (!bs.some(Boolean)) return [dynamicUpdateSlice(array, windows, inFront(starts))]
    const axes = range(starts.length).map(a => a + 1)
    return [scatter(array, indexVectors(axis, starts, bs), windows, {
      offsetDims: axes, collapsedSliceDims: [], operandBatchingDims: [0], startIndicesBatchingDims: [0], startIndexMap: axes,
      kind: 'set', mode: 'clip', uniqueIndices: true,
    })]
  },
  transpose: ([ct], [x, update, ...starts]) => [
    x instanceof Linear ? dynamicUpdateSlice(ct!, zeros(update!.aval), starts as Value[]) : null,
    update instanceof Linear ? dynamicSlice(ct!, starts as Value[], update.aval.shape) : null,
    ...starts.map(() => null),
  ],
  cost: free,
  zeros,
})

/** The window of `x` of the given sizes that begins at `starts`. */
export const dynamicSlice = (x: Value, starts: readonly Value[], sizes: Shape): Value => bind1(dynamicSliceP, [x, ...starts], { sizes })
/** `x` with the window that begins at `starts` replaced by `update`. */
export const dynamicUpdateSlice = (x: Value, update: Value, starts: readonly Value[]): Value => bind1(dynamicUpdateSliceP, [x, update, ...starts], null)

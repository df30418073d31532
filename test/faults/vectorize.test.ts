/** What vmap and the collectives refuse. */
import { describe } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import type { Value } from '../../src/core/value.js'
import { allGatherOf, axisIndexOf, pmaxOf, pmeanOf, ppermuteOf, psumOf } from '../../src/primitives/collective.js'
import { grad } from '../../src/transforms/derivatives.js'
import { vmap } from '../../src/transforms/vectorize.js'
import { anything, refuses } from './refuses.js'

const x = np.array([[1, 2, 3], [4, 5, 6]])
const id = (v: Value): Value => v
const second = (_p: unknown, v: Value): Value => v

describe('vmap', () => {
  refuses('no function', 'BadArgument', () => vmap(anything(x)), 'vmap: the first argument should be a function')
  refuses('an axis for options', 'BadArgument', () => vmap(id, anything(0)), 'options should be a record, got 0')
  refuses('a misspelt option', 'BadArgument', () => vmap(id, anything({ inaxes: 0 })), 'options.inaxes')
  refuses('a name that is no string', 'BadArgument', () => vmap(id, { axisName: anything(3) }), 'axisName should be a string')
  refuses('a size that is no whole number', 'BadArgument', () => vmap(id, { axisSize: 1.5 }), 'axisSize should be a whole number')
  refuses('an axis out of range', 'AxesMismatch', () => vmap(id, { inAxes: 2 })(x), 'args[0] is mapped along axis 2', 'f32[2,3] has 2 axes')
  refuses('a negative axis out of range', 'AxesMismatch', () => vmap(id, { inAxes: -3 })(x), 'args[0] is mapped along axis -3')
  refuses('a fractional axis', 'AxesMismatch', () => vmap(id, { inAxes: 0.5 })(x), 'args[0] is mapped along axis 0.5')
  refuses('a scalar', 'AxesMismatch', () => vmap(id)(np.array(1)), 'f32[] has 0 axes')
  refuses('a number', 'AxesMismatch', () => vmap(anything(id))(1), 'f32[] has 0 axes')
  refuses('an axis out of range below', 'AxesMismatch', () => vmap(anything(second), { inAxes: [{ w: null, b: 1 }, 0] })({ w: x, b: np.ones([2]) }, x), 'args[0].b is mapped along axis 1')
  refuses('nothing mapped', 'BadArgument', () => vmap(id, { inAxes: null })(x), 'at least one axis to map', 'axisSize')
  refuses('nothing mapped in a tree', 'BadArgument', () => vmap(second, { inAxes: [null, null] })(x, x), 'no mapped argument')
  refuses('two sizes', 'AxesMismatch', () => vmap(second, { inAxes: [1, 0] })(x, x), 'args[1] is of size 2 along axis 0', 'args[0] says 3', 'one size along their axes')
  refuses('a size that does not fit', 'AxesMismatch', () => vmap(id, { axisSize: 3 })(x), 'axisSize says 3')
  refuses('axes for more arguments than there are', 'AxesMismatch', () => vmap(id, { inAxes: [0, 0] })(x), 'inAxes is an array of 2', 'an array of 1')
  refuses('axes for no record', 'AxesMismatch', () => vmap(id, { inAxes: [{ w: 0 }] })(x), 'inAxes[0] is a record { w }', 'a leaf')
  refuses('axes that name another key', 'AxesMismatch', () => vmap(anything(second), { inAxes: [{ w: 0, v: 0 }, 0] })({ w: x }, x), 'inAxes[0].v is 0', 'no such key')
  refuses('axes that leave a key out', 'AxesMismatch', () => vmap(anything(second), { inAxes: [{ w: 0 }, 0] })({ w: x, b: x }, x), 'inAxes[0].b is absent', 'b: null')
  refuses('an axis that is a string', 'AxesMismatch', () => vmap(id, { inAxes: anything('0') })(x), "inAxes is the string '0'")
  refuses('an out axis out of range', 'AxesMismatch', () => vmap(id, { outAxes: 2 })(x), 'the result is 2 in outAxes', '2 axes')
  refuses('out axes of another structure', 'AxesMismatch', () => vmap(id, { outAxes: [0] })(x), 'outAxes is an array of 1')
  refuses('out axes of another structure below', 'AxesMismatch', () => vmap((v: Value) => ({ a: v, b: [v] }), { outAxes: { a: 0, b: [0, 0] } })(x), 'outAxes.b is an array of 2')
  refuses('no out axis for a mapped result', 'AxesMismatch', () => vmap((v: Value) => ({ y: v }), { outAxes: { y: null } })(x), 'the result.y is null in outAxes', 'depends on the mapped axis')
  refuses('undefined', 'BadLeaf', () => vmap(anything(id))(undefined), 'args[0] is undefined')
  refuses('a string below', 'BadLeaf', () => vmap(anything(id))({ w: x, name: 'a' }), 'args[0].name')
  refuses('a result that is a string', 'BadLeaf', () => vmap(anything(() => 'a'))(x), "the result is the string 'a'")
  refuses('an async function', 'AsyncTrace', () => vmap(anything(async (v: Value) => v))(x), 'a promise')
  refuses('an async function under grad', 'AsyncTrace', () => grad((v: Value) => np.sum(vmap(anything(async (u: Value) => u) as (u: Value) => Value)(v)))(x), 'a promise')
  refuses('shapes that do not meet inside', 'ShapeMismatch', () => vmap((v: Value) => np.add(v, np.ones([2])))(x), '[3] and [2]')
})

describe('collectives', () => {
  refuses('psum outside', 'UnboundAxisName', () => psumOf(x, 'batch'), "no vmap around this call names an axis 'batch'", 'axisName')
  refuses('pmean of another name', 'UnboundAxisName', () => vmap((v: Value) => pmeanOf(v, 'rows'), { axisName: 'batch' })(x), 'there are: batch')
  refuses('pmax without a name', 'UnboundAxisName', () => vmap((v: Value) => pmaxOf(v, 'batch'))(x), "'batch'")
  refuses('allGather outside', 'UnboundAxisName', () => allGatherOf(x, 'i'), "'i'")
  refuses('axisIndex outside', 'UnboundAxisName', () => axisIndexOf('i'), "'i'")
  refuses('ppermute out of range', 'BadArgument', () => vmap((v: Value) => ppermuteOf(v, 'i', [[0, 2]]), { axisName: 'i' })(x), 'below 2')
  refuses('ppermute with two sources', 'BadArgument', () => vmap((v: Value) => ppermuteOf(v, 'i', [[0, 1], [1, 1]]), { axisName: 'i' })(x), 'once')
})

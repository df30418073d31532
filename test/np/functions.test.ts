/** Functions of np keep their meaning under jit and vmap, obey what numbers and shapes demand, and say what is wrong. */
import { describe, expect, it } from 'vitest'
import { FaultError, type FaultTag } from '../../src/core/fault.js'
import type { Value } from '../../src/core/value.js'
import { grad, hessian, jit, vjp, vmap } from '../../src/index.js'
import { item, read, readSync, toNested } from '../../src/lib/read.js'
import * as np from '../../src/lib/np/index.js'
import { expectNear } from '../near.js'

const fault = (f: () => unknown): { readonly tag: FaultTag | 'none'; readonly op: string; readonly message: string } => {
  try { f() } catch (e) { if (e instanceof FaultError) return { tag: e.fault._tag, op: e.fault.op, message: e.message } }
  return { tag: 'none', op: '', message: '' }
}
const m = np.array([[1.5, -2, 0.25], [3, 0.5, -1]], { dtype: 'f64' }), i = np.array([[5, -3, 0], [2, 7, 1]], { dtype: 'i32' })
const i32 = (xs: readonly number[]): Value => np.array(Int32Array.from(xs))

const table: Readonly<Record<string, (x: Value) => Value>> = {
  add: x => np.add(x, 1), subtract: x => np.subtract(1, x), multiply: x => np.multiply(x, x), divide: x => np.divide(x, 3), floorDivide: x => np.floorDivide(x, 2), mod: x => np.mod(x, -2),
  power: x => np.power(x, 3), maximum: x => np.maximum(x, 0), hypot: x => np.hypot(x, 2), where: x => np.where(np.greater(x, 0), x, -1), clip: x => np.clip(x, -1, 1), exp2: x => np.exp2(x),
  sinc: x => np.sinc(x), logaddexp: x => np.logaddexp(x, 0.5), copysign: x => np.copysign(x, -1), nanToNum: x => np.nanToNum(x), isclose: x => np.isclose(x, 0.5), astype: x => np.astype(x, 'i32'),
  sum: x => np.sum(x, { axis: 0 }), prod: x => np.prod(x), mean: x => np.mean(x, { axis: -1, keepdims: true }), var: x => np.var(x, { axis: 1 }), max: x => np.max(x, { axis: 0 }), argmin: x => np.argmin(x, { axis: 1 }),
  any: x => np.any(np.less(x, 0)), median: x => np.median(x, { axis: 1 }), quantile: x => np.quantile(x, np.array([0.2, 0.7]), { axis: 0 }), nanmean: x => np.nanmean(x), cumsum: x => np.cumsum(x, { axis: 1 }),
  sort: x => np.sort(x), argsort: x => np.argsort(x, { axis: 0 }), searchsorted: x => np.searchsorted(np.array([-1, 0, 1]), x), digitize: x => np.digitize(x, np.array([1, 0])), diff: x => np.diff(x), trapezoid: x => np.trapezoid(x),
  reshape: x => np.reshape(x, [3, -1]), transpose: x => np.transpose(x), moveaxis: x => np.moveaxis(x, 0, 1), squeeze: x => np.squeeze(np.expandDims(x, 1)), broadcastTo: x => np.broadcastTo(x, [2, 2, 3]), flip: x => np.flip(x, { axis: 1 }),
  rot90: x => np.rot90(x), roll: x => np.roll(x, 1, { axis: 1 }), tile: x => np.tile(x, [2, 1]), repeat: x => np.repeat(x, 2, { axis: 0 }), repeatEach: x => np.repeat(x, i32([2, 0, 1]), { axis: 1, totalRepeatLength: 3 }),
  pad: x => np.pad(x, 1), padReflect: x => np.pad(x, [[1, 1], [2, 1]], { mode: 'reflect' }), padEdge: x => np.pad(x, 2, { mode: 'edge' }), padWrap: x => np.pad(x, [[0, 0], [4, 5]], { mode: 'wrap' }),
  concatenate: x => np.concatenate([x, x], 1), stack: x => np.stack([x, x]), split: x => np.split(x, 3, 1)[2]!, tril: x => np.tril(x), diagonal: x => np.diagonal(x), diag: x => np.diag(np.ravel(x)), trace: x => np.trace(x),
  matmul: x => np.matmul(x, np.transpose(x)), kron: x => np.kron(x, x), outer: x => np.outer(x, x), convolve: x => np.convolve(np.ravel(x), np.array([1, 2])), interp: x => np.interp(x, np.array([-2.5, 0, 2]), np.array([1, 5, 3])),
  polyval: x => np.polyval(np.array([1, 2, 3]), x), cov: x => np.cov(x), linspace: x => np.linspace(x, 1, 3), nonzero: x => np.nonzero(x, { size: 4 })[1]!, bincount: x => np.bincount(np.astype(np.abs(np.ravel(x)), 'i32'), { length: 4 }),
  gcd: x => np.gcd(np.astype(np.multiply(x, 12), 'i32'), 18), take: x => np.take(x, i32([2, 0]), { axis: 1 }), gradient: x => np.gradient(np.ravel(x)) as Value, ediff1d: x => np.ediff1d(x), cross: x => np.cross(x, np.array([1, 2, 3])),
}
describe('under transformations', () => {
  it.each(Object.entries(table))('%s is itself under jit, and maps over a batch', (_name, f) => {
    const plain = toNested(f(m))
    expectNear(toNested(jit(f)(m) as Value), plain)
    expect(toNested(vmap(f)(np.stack([m, np.flip(m)])) as Value)).toEqual([plain, toNested(f(np.flip(m)))])
  })
  const smooth = ['subtract', 'multiply', 'divide', 'power', 'maximum', 'hypot', 'exp2', 'sinc', 'logaddexp', 'clip', 'sum', 'prod', 'mean', 'var', 'max', 'median', 'quantile', 'nanmean', 'cumsum', 'sort', 'diff', 'trapezoid', 'reshape',
    'transpose', 'pad', 'padReflect', 'padEdge', 'padWrap', 'repeatEach', 'concatenate', 'tril', 'diagonal', 'diag', 'matmul', 'kron', 'convolve', 'interp', 'polyval', 'cov', 'linspace', 'take', 'gradient', 'cross'] as const
  it.each(smooth)('%s has the derivative that differences show', name => {
    const f = table[name]!
    const y = f(m)
    const w = np.reshape(np.add(np.sin(np.arange(y.size)), 1.5), y.shape)
    const [, pull] = vjp(f, m)
    const g = readSync((pull as (ct: Value) => readonly [Value])(np.astype(w, y.dtype))[0]) as unknown as Float64Array
    const score = (x: Value): number => item(np.sum(np.multiply(f(x), w))) as number
    for (let k = 0; k < 6; k++) {
      const h = 1e-4, nudge = np.reshape(np.array(Float64Array.from({ length: 6 }, (_, j) => (j === k ? h : 0))), [2, 3])
      expect(g[k]!).toBeCloseTo((score(np.add(m, nudge)) - score(np.subtract(m, nudge))) / (2 * h), 3)
    }
  })
})

describe('numbers and edges', () => {
  it('promote as JAX does: a fraction is never truncated', () => {
    expect(np.add(i, 0.5).dtype).toBe('f32')
    expect(np.add(i, 1).dtype).toBe('i32')
    expect(np.add(np.array([true]), 1).dtype).toBe('i32')
    expect(np.maximum(np.array([3], { dtype: 'u32' }), 2).dtype).toBe('u32')
    expect(fault(() => np.add(i, 3e9)).tag).toBe('BadArgument')
    expect(fault(() => np.add(np.array([1], { dtype: 'u32' }), -1)).tag).toBe('BadArgument')
    expect(toNested(np.add(1, 2))).toBe(3)
    expect(np.add(1, 2).dtype).toBe('f32')
  })
  it('take halves at ties, and no NaN where a branch is guarded', () => {
    expect(item(grad((x: Value) => np.maximum(x, 1))(np.array(1)) as Value)).toBe(0.5)
    expect(item(grad((x: Value) => np.where(np.greater(x, 0), np.log(np.where(np.greater(x, 0), x, 1)), 0))(np.array(0)) as Value)).toBe(0)
    expect(item(grad((x: Value) => np.power(x, 2))(np.array(0)) as Value)).toBe(0)
    expect(item(grad((x: Value) => np.sinc(x))(np.array(0)) as Value)).toBeCloseTo(0)
    expect(item(hessian((x: Value) => np.sinc(x))(np.array(0, { dtype: 'f64' })) as Value)).toBeCloseTo(-(Math.PI ** 2) / 3, 10)
    expect(item(hessian((x: Value) => np.logaddexp(x, 0))(np.array(0, { dtype: 'f64' })) as Value)).toBeCloseTo(0.25, 12)
    expect(item(grad((x: Value) => np.sum(np.nansum(np.multiply(x, np.array([1, NaN])))))(np.array(2)) as Value)).toBeNaN()
  })
  it('are right without elements', () => {
    const none = np.zeros([0, 3])
    expect(toNested(np.sum(none, { axis: 0 }))).toEqual([0, 0, 0])
    expect(toNested(np.prod(none))).toBe(1)
    expect(toNested(np.mean(none, { axis: 0 }))).toEqual([NaN, NaN, NaN])
    expect(toNested(np.max(none, { axis: 0, initial: 7 }))).toEqual([7, 7, 7])
    expect(toNested(np.max(none, { axis: 1 }))).toEqual([])
    expect(fault(() => np.max(none)).tag).toBe('ShapeMismatch')
    expect(fault(() => np.argmax(none, { axis: 0 })).tag).toBe('ShapeMismatch')
    expect(np.concatenate([none, np.ones([2, 3])]).shape).toEqual([2, 3])
    expect(toNested(np.array([]))).toEqual([])
    expect(np.matmul(np.ones([2, 0]), np.ones([0, 2])).shape).toEqual([2, 2])
    expect(np.reshape(none, [3, 0]).shape).toEqual([3, 0])
  })
  it('mask, begin and end sums as asked', () => {
    const mask = np.array([[true, false, true], [true, true, true]])
    expect(toNested(np.sum(m, { axis: 1, where: mask }))).toEqual([1.75, 2.5])
    expect(toNested(np.var(m, { axis: 1, where: mask }))).toEqual([0.390625, toNested(np.var(np.at(m, 1)))])
    expect(toNested(np.mean(m, { where: mask }))).toBeCloseTo(4.25 / 5)
    expect(toNested(np.sum(i, { initial: 10 }))).toBe(22)
    expect(fault(() => np.max(m, { where: mask })).tag).toBe('BadArgument')
  })
  it('read back', async () => {
    expect(toNested(np.array([[true, false]]))).toEqual([[true, false]])
    expect(await read(i)).toEqual(Int32Array.from([5, -3, 0, 2, 7, 1]))
    expect(readSync(m)).not.toBe(readSync(m))
    expect(item(np.array(true))).toBe(true)
    expect(fault(() => item(m)).tag).toBe('ShapeMismatch')
    expect(fault(() => jit((x: Value) => np.add(x, item(np.sum(x)) as number))(m))).toMatchObject({ tag: 'NotConcrete', op: 'item' })
    expect(fault(() => toNested(3 as never)).tag).toBe('BadArgument')
  })
  it('keep what they were made from', () => {
    const data = new Float32Array([1, 2])
    const x = np.array(data)
    data[0] = 9
    expect(toNested(x)).toEqual([1, 2])
    expect(np.array([1, 2]).dtype).toBe('f32')
    expect(toNested(np.array([np.array([1, 2]), [3, 4]]))).toEqual([[1, 2], [3, 4]])
    expect(toNested(np.array([2, 0, NaN], { dtype: 'bool' }))).toEqual([true, false, true])
    expect(toNested(np.array(new Float64Array([1, 2, 3, 4]), { shape: [2, 2] }))).toEqual([[1, 2], [3, 4]])
  })
})

describe('faults', () => {
  const z = (...shape: readonly number[]): Value => np.zeros(shape)
  it.each<[FaultTag, string, string, () => unknown]>([
    ['ShapeMismatch', 'add', 'shapes [32, 784] and [10] do not broadcast', () => np.add(z(32, 784), z(10))],
    ['ShapeMismatch', 'where', 'do not broadcast', () => np.where(np.array([true, false]), z(3), 0)],
    ['ShapeMismatch', 'reshape', '[32, 784] has 25088 elements, [32, 28, 29] has 25984', () => np.reshape(z(32, 784), [32, 28, 29])],
    ['ShapeMismatch', 'reshape', 'cannot be divided', () => np.reshape(z(32, 784), [-1, 100])],
    ['ShapeMismatch', 'transpose', '3 axes given for rank 4', () => np.transpose(z(8, 12, 64, 32), [0, 2, 1])],
    ['ShapeMismatch', 'squeeze', 'axis 0 of [32, 784] has size 32, not 1', () => np.squeeze(z(32, 784), { axis: 0 })],
    ['ShapeMismatch', 'concatenate', 'equal shapes outside axis 0', () => np.concatenate([z(32, 784), z(32, 10)])],
    ['ShapeMismatch', 'stack', 'arrays of equal shape', () => np.stack([z(2), z(3)])],
    ['ShapeMismatch', 'split', 'that 4 divides', () => np.split(z(6), 4)],
    ['ShapeMismatch', 'broadcastTo', 'broadcasts to [2]', () => np.broadcastTo(z(3), [2])],
    ['ShapeMismatch', 'assume', 'shape [2, 4]', () => np.assume(z(2, 3), [2, 4])],
    ['AxisOutOfRange', 'sum', 'axis 2 is out of range for rank 2, shape [32, 784]', () => np.sum(z(32, 784), { axis: 2 })],
    ['AxisOutOfRange', 'expandDims', 'axis 3 is out of range', () => np.expandDims(z(2), 3)],
    ['AxisOutOfRange', 'argmax', 'axis -3', () => np.argmax(z(2, 2), { axis: -3 })],
    ['AxisOutOfRange', 'swapaxes', 'a scalar has no axes', () => np.swapaxes(np.array(1), 0, 1)],
    ['BadArgument', 'takeAlongAxis', 'axis should be a whole number, got a record { axis }', () => np.takeAlongAxis(z(2, 2), np.zeros([2, 2], { dtype: 'i32' }), { axis: 0 } as never)],
    ['BadArgument', 'sum', 'names each axis once', () => np.sum(z(2, 3), { axis: [0, -2] })],
    ['BadArgument', 'where', 'np.nonzero', () => (np.where as (c: Value) => unknown)(np.array([true]))],
    ['BadArgument', 'reshape', 'sizes are JavaScript numbers', () => np.reshape(z(4), z(2) as never)],
    ['BadArgument', 'zeros', 'whole numbers >= 0', () => np.zeros([2, -1])],
    ['BadArgument', 'arange', 'a step that is not 0', () => np.arange(0, 1, 0)],
    ['BadArgument', 'power', 'the base is of integers', () => np.power(i, -1)],
    ['BadArgument', 'mean', 'keywords go into one record', () => (np.mean as (x: Value, a: number) => unknown)(m, 0)],
    ['BadArgument', 'pad', "'constant'", () => np.pad(m, 1, { mode: 'mirror' as never })],
    ['BadArgument', 'concatenate', 'at least one array', () => np.concatenate([])],
    ['BadArgument', 'quantile', 'from 0 to 1', () => np.quantile(m, 1.5)],
    ['DTypeMismatch', 'subtract', 'numbers', () => np.subtract(np.array([true]), np.array([false]))],
    ['DTypeMismatch', 'negative', 'numbers', () => np.negative(np.array([true]))],
    ['DTypeMismatch', 'bitwiseAnd', 'integers or bools', () => np.bitwiseAnd(m, 1)],
    ['BadLeaf', 'array', 'data[1] is a list of 1', () => np.array([[1, 2], [3]])],
    ['BadLeaf', 'array', "data[0][1] is the string 'x'", () => np.array([[1, 'x' as never]])],
    ['ForeseenDType', 'astype', 'bf16', () => np.astype(m, 'bf16' as never)],
    ['BadArgument', 'astype', 'one of f32', () => np.astype(m, 'float' as never)],
  ])('%s of %s: %s', (tag, op, words, f) => {
    const got = fault(f)
    expect({ tag: got.tag, op: got.op }).toEqual({ tag, op })
    expect(got.message).toContain(words)
  })
})

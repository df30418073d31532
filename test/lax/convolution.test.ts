/** Convolutions and windowed folds as users call them: layouts, padding by name, and faults that show the way out. */
import { describe, expect, test } from 'vitest'
import { attempt, type Fault } from '../../src/core/fault.js'
import { concreteOf, nested, type Value } from '../../src/core/value.js'
import * as lax from '../../src/lib/lax/index.js'
import * as nn from '../../src/lib/nn/index.js'
import * as np from '../../src/lib/np/index.js'
import * as random from '../../src/lib/random/index.js'
import { jit } from '../../src/higher/jit.js'
import { grad, vjp } from '../../src/transforms/derivatives.js'
import { vmap } from '../../src/transforms/vectorize.js'

const f64 = (xs: unknown): Value => np.array(xs as number[], { dtype: 'f64' })
const show = (x: Value): unknown => nested(concreteOf(x, 'test'))
const flat = (x: Value): number[] => Array.from(concreteOf(x, 'test').data)
const draw = (seed: number, shape: readonly number[]): Value => random.normal(random.key(seed), shape, { dtype: 'f64' })
const fault = (thunk: () => unknown): Fault | null => { const e = attempt(thunk); return e._tag === 'Left' ? e.left : null }
const near = (a: Value, b: Value): void => {
  expect(a.shape).toEqual(b.shape)
  const ys = flat(b)
  flat(a).forEach((x, i) => expect(Math.abs(x - ys[i]!)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(ys[i]!))))
}

describe('convolution', () => {
  const x = draw(1, [2, 3, 5, 4]), w = draw(2, [4, 3, 3, 2])
  test('axes stand where their letters do', () => {
    const plain = lax.convGeneralDilated(x, w, { windowStrides: [2, 1], padding: [[1, 1], [0, 2]] })
    const last = lax.convGeneralDilated(np.transpose(x, [0, 2, 3, 1]), np.transpose(w, [2, 3, 1, 0]), {
      windowStrides: [2, 1], padding: [[1, 1], [0, 2]], dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'],
    })
    near(np.transpose(last, [0, 3, 1, 2]), plain)
    // lists follow the order of spatial letters in the kernel
    const turned = lax.convGeneralDilated(x, np.transpose(w, [0, 3, 2, 1]), { windowStrides: [1, 2], padding: [[0, 2], [1, 1]], dimensionNumbers: ['NCHW', 'OWHI', 'WHCN'] })
    near(np.transpose(turned, [3, 2, 1, 0]), plain)
  })
  test('without options windows stand at every place and nothing is padded', () => {
    near(lax.convGeneralDilated(x, w), lax.conv(x, w, { windowStrides: [1, 1], padding: 'VALID' }))
    expect(lax.conv(x, w, { padding: 'same' as 'SAME' }).shape).toEqual([2, 4, 5, 4])
  })
  test('pointwise it is a product of matrices', () => {
    near(lax.conv(draw(3, [5, 3]), draw(4, [2, 3])), np.matmul(draw(3, [5, 3]), np.transpose(draw(4, [2, 3]))))
  })
  test('the transposed convolution is the gradient of the convolution', () => {
    for (const padding of ['SAME', 'VALID'] as const) {
      const image = draw(5, [2, 6, 6, 3]), kernel = draw(6, [3, 2, 3, 4])
      const forward = (v: Value): Value => lax.convGeneralDilated(v, kernel, { windowStrides: [2, 2], padding, dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] })
      const [y, back] = vjp(forward, image)
      const ct = draw(7, y.shape)
      const up = lax.convTranspose(ct, kernel, { strides: [2, 2], padding, transposeKernel: true })
      const pulled = (back(ct as never) as readonly Value[])[0]!
      // where the stride leaves a rest the gradient has zeros behind
      near(up, np.at(pulled, [[0, 2], [0, up.shape[1]!], [0, up.shape[2]!]] as never) as Value)
    }
  })
  test('jit, vmap and gradients agree with the plain function', () => {
    const f = (a: Value, b: Value): Value => np.sum(np.sin(lax.conv(a, b, { windowStrides: [2, 1], padding: 'SAME' })))
    near(jit(f)(x, w) as Value, f(x, w))
    near(vmap(f, { inAxes: [0, null] })(np.stack([x, np.negative(x)]), w) as Value, np.stack([f(x, w), f(np.negative(x), w)]))
    near(vmap(grad(f, { argnums: 1 }), { inAxes: [null, 0] })(x, np.stack([w, np.negative(w)])) as Value,
      np.stack([grad(f, { argnums: 1 })(x, w) as Value, grad(f, { argnums: 1 })(x, np.negative(w)) as Value]))
  })
  test('faults show the way out', () => {
    const general = (options: object) => fault(() => lax.convGeneralDilated(x, w, options))
    expect(general({ dimensionNumbers: ['NHWC', 'HWIO'] })).toMatchObject({ _tag: 'BadArgument', want: 'three strings, for the operand, the kernel and the result' })
    expect(general({ dimensionNumbers: ['NHWC', 'HWIO', 'NHHC'] })).toMatchObject({ _tag: 'BadArgument', want: "in 'NHHC' each of the 4 axes once: N, C, H, W" })
    expect(general({ padding: 'HALF' })).toMatchObject({ _tag: 'BadArgument', argument: 'padding' })
    expect(general({ padding: [[1, 1]] })).toMatchObject({ want: '2 pairs [before, after] of whole numbers, one for each axis that windows move along' })
    expect(general({ padding: 'SAME', lhsDilation: [2, 1] })).toMatchObject({ hint: 'lax.convTranspose knows what SAME and VALID mean there' })
    expect(general({ windowStrides: [0, 1] })).toMatchObject({ _tag: 'BadArgument', argument: 'windowStrides' })
    expect(general({ strides: [1, 1] })).toMatchObject({ _tag: 'BadArgument', argument: 'options.strides' })
    expect(general({ featureGroupCount: 2 })).toMatchObject({ _tag: 'ShapeMismatch', op: 'convolution' })
    expect(fault(() => lax.conv(x, draw(3, [2, 3])))).toMatchObject({ _tag: 'ShapeMismatch', hint: 'np.expandDims adds a missing axis' })
    expect(fault(() => lax.conv(x, np.astype(w, 'f32')))).toMatchObject({ _tag: 'DTypeMismatch' })
    expect(fault(() => lax.convTranspose(x, w, { padding: 'SAME_LOWER' as 'SAME' }))).toMatchObject({ _tag: 'BadArgument', argument: 'padding' })
    expect(fault(() => lax.convTranspose(draw(8, [1, 1, 1, 1, 1, 1]), draw(8, [1, 1, 1, 1, 1, 1])))).toMatchObject({ _tag: 'BadArgument', argument: 'dimensionNumbers' })
  })
})

describe('windows', () => {
  test('every fold over every window', () => {
    const x = f64([1, 3, 2, 5])
    expect((['sum', 'prod', 'max', 'min'] as const).map(fold => show(lax.reduceWindow(x, fold, { windowDimensions: [2] })))).toEqual([[4, 5, 7], [3, 6, 10], [3, 3, 5], [1, 2, 2]])
    expect(show(lax.reduceWindow(x, 'max', { windowDimensions: [3], padding: [[2, 0]] }))).toEqual([1, 3, 3, 5])
    expect(show(lax.reduceWindow(f64([]), 'max', { windowDimensions: [1], padding: [[1, 1]] }))).toEqual([-Infinity, -Infinity])
  })
  test('the derivative of an extremum goes to the first place of each window', () => {
    const pull = (fold: 'max' | 'min', x: Value): unknown => show(grad((v: Value) => np.sum(lax.reduceWindow(v, fold, { windowDimensions: [3] })))(x) as Value)
    expect([pull('max', f64([2, 2, 1, 2])), pull('min', f64([0, 0, 1, 0]))]).toEqual([[1, 1, 0, 0], [1, 1, 0, 0]])
  })
  test('pooling over the last axes but that of features', () => {
    const x = np.reshape(np.arange(2 * 4 * 6 * 3, { dtype: 'f64' }), [2, 4, 6, 3])
    const options = { windowShape: [2, 3], strides: [2, 3] }
    expect(nn.maxPool(x, options).shape).toEqual([2, 2, 2, 3])
    near(nn.maxPool(x, options), np.transpose(nn.maxPool(np.transpose(x, [0, 3, 1, 2]), { ...options, channelAxis: 1 }), [0, 2, 3, 1]))
    near(nn.minPool(x, options), np.negative(nn.maxPool(np.negative(x), options)))
    near(nn.maxPool(np.at(x, [0]) as Value, options), np.at(nn.maxPool(x, options), [0]) as Value)
    near(nn.avgPool(x, options), np.mean(np.reshape(x, [2, 2, 2, 2, 3, 3]), { axis: [2, 4] }))
    expect(show(nn.avgPool(f64([2, 4]), { windowShape: [2], padding: 'SAME', channelAxis: null }))).toEqual([3, 2])
    expect(show(nn.avgPool(f64([2, 4]), { windowShape: [2], padding: 'SAME', channelAxis: null, countIncludePad: false }))).toEqual([3, 4])
    expect(nn.avgPool(np.array([[1], [2]], { dtype: 'i32' }), { windowShape: [2] }).dtype).toBe('f32')
  })
  test('faults show the way out', () => {
    const x = f64([[1, 2], [3, 4]])
    expect(fault(() => lax.reduceWindow(x, 'mean' as 'sum', { windowDimensions: [1, 1] }))).toMatchObject({ _tag: 'BadArgument', argument: 'the fold' })
    expect(fault(() => lax.reduceWindow(x, 'sum', {} as never))).toMatchObject({ _tag: 'BadArgument', hint: 'write { windowDimensions: [2, 2] }' })
    expect(fault(() => lax.reduceWindow(x, 'sum', { windowDimensions: [2] }))).toMatchObject({ _tag: 'BadArgument', argument: 'windowDimensions' })
    expect(fault(() => nn.maxPool(x, {} as never))).toMatchObject({ _tag: 'BadArgument', argument: 'windowShape' })
    expect(fault(() => nn.maxPool(x, { windowShape: [1, 1] }))).toMatchObject({ hint: 'channelAxis: null says that there is no axis of features' })
    expect(fault(() => nn.maxPool(x, { windowShape: [1], padding: [[1, 1], [1, 1]] }))).toMatchObject({ _tag: 'BadArgument', argument: 'padding' })
    expect(fault(() => nn.maxPool(x, { windowShape: [1], channelAxis: 2 }))).toMatchObject({ _tag: 'AxisOutOfRange' })
  })
})

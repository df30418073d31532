/** A fold of much work into few results comes in parts that threads share: the numbers are those of the fold, whatever else its elements store. */
import { afterAll, describe, expect, it } from 'vitest'
import { meaning } from '../../backends/reference/scalars.js'
import { reference } from '../../backends/reference/index.js'
import { createWasm, type WasmBackend } from '../../backends/wasm/index.js'
import { lower } from '../../src/compile/lower.js'
import { jit, lax, makeProgram, np, toNested, type Value } from '../../src/index.js'
import { prepare } from '../../src/optimise/pipeline.js'
import { onBackend } from '../../src/runtime/default.js'
import { expectNear } from '../near.js'

const noise = (shape: readonly number[]): Value =>
  np.reshape(np.array(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1 + 12.9898 * i))), shape)
const dear = (x: Value): Value => np.tanh(np.multiply(np.sin(x), np.exp(np.cos(x))))
const backends = [1, 2].map(threads => createWasm({ backend: reference, letter: (op, x, y) => meaning(op, 'f64')(x, y) }, { threads, worth: 1 })!)
afterAll(() => backends.forEach((b: WasmBackend) => b.close()))
/** The extents of the nests, in order. */
const nests = (f: (x: Value) => unknown, x: Value): readonly (readonly number[])[] =>
  lower(prepare(makeProgram(f)(x).program), null, []).steps.flatMap(s => (s.tag === 'kernel' && s.kernel.tag === 'nest' ? [s.kernel.extents] : []))

describe('a fold in parts', () => {
  const cases: readonly (readonly [string, readonly number[], (x: Value) => unknown, readonly (readonly number[])[]])[] = [
    ['few elements that cost little stay whole', [32, 128], x => np.sum(np.square(x)), [[32, 128]]],
    ['as many that are dear come in parts, row by row: whole rows stay beside each other', [33, 128], x => [np.sum(dear(x)), dear(np.add(x, 1))], [[8, 4, 128], [1, 1, 128], [9]]],
    ['rows that are too few leave the columns to be cut', [3, 2000], x => [np.sum(dear(x)), dear(np.add(x, 1))], [[14, 3, 134], [1, 3, 124], [15]]],
    ['for each of some results', [4, 5000], x => np.sum(dear(x), { axis: 1 }), [[4, 5, 834], [4, 1, 830], [4, 6]]],
    ['of numbers that are counted', [33, 128], x => np.sum(dear(np.multiply(x, lax.broadcastedIota('f32', [33, 128], 0)))), [[4, 7, 128], [1, 5, 128], [5]]],
    ['a largest one', [40, 200], x => [np.max(dear(x)), np.min(dear(x))], [[10, 4, 200], [10]]],
  ]
  it.each(cases)('%s', (_, shape, f, extents) => {
    const x = noise(shape)
    expect(nests(f, x)).toEqual(extents)
    const numbers = (): unknown => [jit(f as never)(x)].flat().map(y => toNested(y as Value))
    const want = onBackend(reference, numbers)
    for (const b of backends) onBackend(b, () => { expectNear(numbers(), want, 1e-5) })
  })
})

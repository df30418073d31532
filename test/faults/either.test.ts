/** The Either twins answer what the transforms answer, and never throw a fault. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import { attempt, explain, type Fault } from '../../src/core/fault.js'
import { dispatchState } from '../../src/core/interp.js'
import type { Value } from '../../src/core/value.js'
import { tryGrad, tryJit, tryValueAndGrad, tryVmap } from '../../src/higher/either.js'
import { anything } from './refuses.js'

const x = np.array([1, 2, 3])
const square = (v: Value): Value => np.sum(np.square(v))
type Loose = (...args: unknown[]) => E.Either<Fault, unknown>
const tag = (e: E.Either<Fault, unknown>): string => pipe(e, E.match(f => f._tag as string, String))

describe('the twins', () => {
  it('answer Right where the transform answers', () => {
    expect(tag(tryGrad(square)(x))).toBe('f32[3] [2, 4, 6]')
    expect(tag(tryValueAndGrad(square)(x))).toBe('f32[] 14,f32[3] [2, 4, 6]')
    expect(tag(tryVmap((v: Value) => np.multiply(v, 2))(x))).toBe('f32[3] [2, 4, 6]')
    expect(tag(tryJit(square)(x))).toBe('f32[] 14')
    expect(tag(tryGrad((a: Value, b: Value) => np.sum(np.multiply(a, b)), { argnums: 1 })(x, x))).toBe('f32[3] [1, 2, 3]')
  })
  it('answer Left where it refuses, also to no function and no options', () => {
    const before = dispatchState() as readonly unknown[]
    expect(tag(tryGrad((v: Value) => v)(x))).toBe('NonScalarOutput')
    expect(tag((tryGrad(anything(1)) as Loose)(x))).toBe('BadArgument')
    expect(tag(tryGrad(square, anything(1))(x))).toBe('BadArgument')
    expect(tag((tryValueAndGrad(anything(async () => x)) as Loose)(x))).toBe('AsyncTrace')
    expect(tag(tryVmap(square, { inAxes: 4 })(x))).toBe('AxesMismatch')
    expect(tag((tryJit(anything(null)) as Loose)(x))).toBe('BadArgument')
    expect(tag(tryJit((v: Value) => np.add(v, np.ones([2])))(x))).toBe('ShapeMismatch')
    ;(dispatchState() as readonly unknown[]).forEach((s, i) => expect(s).toBe(before[i]))
  })
  it('let an error of the user go on its way', () => {
    expect(() => tryGrad((_: Value): Value => { throw new TypeError('mine') })(x)).toThrow('mine')
  })
  it('trace once', () => {
    let traced = 0
    const f = tryJit((v: Value) => { traced++; return np.multiply(v, 2) })
    for (let i = 0; i < 3; i++) f(x)
    expect(traced).toBe(1)
  })
  it('are typed as the transforms', () => {
    const g = tryGrad((p: { w: Value }, _n: Value) => np.sum(p.w))
    expectTypeOf(g).returns.toEqualTypeOf<E.Either<Fault, { w: Value }>>()
  })
  it('attempt does so for anything', () => {
    expect(tag(attempt(() => np.add(x, x)))).toBe('f32[3] [2, 4, 6]')
    const refused = attempt(() => np.add(x, np.ones([2])))
    expect(tag(refused)).toBe('ShapeMismatch')
    expect(pipe(refused, E.match(f => explain(f), String))).toContain('docs/errors.md#shapemismatch')
  })
})

/** What every row of moved elements is held against: its slices, its difference quotients, its own adjoint. */
import { expect } from 'vitest'
import { type Aval, aval, range, sizeOf } from '../../src/core/aval.js'
import { checkLinear } from '../../src/core/check.js'
import { allocate, type DType, isFloat } from '../../src/core/dtype.js'
import { FaultError, type FaultTag } from '../../src/core/fault.js'
import { NDArray, nested, type Value } from '../../src/core/value.js'
import { mapFlat } from '../../src/transforms/batching.js'
import { type Flat, linearizeFlat, pullLinearized, pushForward, pushLinearized } from '../../src/transforms/differentiate.js'

// ---- arrays ----------------------------------------------------------------------------------------------------------

export const nd = (dtype: DType, shape: readonly number[], numbers: readonly number[]): NDArray => {
  expect(numbers.length).toBe(sizeOf(shape))
  const data = allocate(dtype, numbers.length)
  data.set(numbers)
  return new NDArray(aval(dtype, shape), data)
}
export const f64 = (shape: readonly number[], numbers: readonly number[]): NDArray => nd('f64', shape, numbers)
export const i32 = (shape: readonly number[], numbers: readonly number[]): NDArray => nd('i32', shape, numbers)
export const counting = (dtype: DType, shape: readonly number[], from = 1): NDArray => nd(dtype, shape, range(sizeOf(shape)).map(i => i + from))

/** Numbers in [0, 1), the same in every run (mulberry32). */
export const generator = (seed: number): (() => number) => {
  let s = seed >>> 0
  return () => {
    s = (s + 0x6d2b79f5) >>> 0
    let z = Math.imul(s ^ (s >>> 15), 1 | s)
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296
  }
}
export const random = (next: () => number, a: Aval): NDArray =>
  nd(a.dtype, a.shape, range(sizeOf(a.shape)).map(() => (isFloat(a.dtype) ? next() * 4 - 2 : a.dtype === 'bool' ? Math.floor(next() * 2) : Math.floor(next() * 7))))

/** Every index of a shape, in row-major order. */
export const indices = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>((all, n) => all.flatMap(ix => range(n).map(i => [...ix, i])), [[]])
/** Reads one element by its index. */
export const at = (x: Value, ix: readonly number[]): number => {
  const a = x as NDArray
  return a.data[ix.reduce((sum, i, k) => sum * a.shape[k]! + i, 0)]!
}
export const expectArray = (got: Value | undefined, dtype: DType, shape: readonly number[], numbers: readonly number[]): void => {
  const a = got as NDArray
  expect({ dtype: a.dtype, shape: a.shape }).toEqual({ dtype, shape })
  expect(Array.from(a.data)).toEqual(numbers)
}
export const expectSame = (got: Value, want: Value): void => {
  expect(got.aval).toEqual(want.aval)
  expect(nested(got as NDArray)).toEqual(nested(want as NDArray))
}
export const expectNear = (got: Value, want: Value, tolerance: number): void => {
  expect(got.aval).toEqual(want.aval)
  const [g, w] = [(got as NDArray).data, (want as NDArray).data]
  const off = range(w.length).filter(i => !(Math.abs(g[i]! - w[i]!) <= tolerance * Math.max(1, Math.abs(w[i]!))))
  expect(off.map(i => `element ${i}: ${g[i]} against ${w[i]}`)).toEqual([])
}
export const expectFault = (tag: FaultTag, thunk: () => unknown, says: RegExp = /./): void => {
  try { thunk() } catch (e) {
    expect(e).toBeInstanceOf(FaultError)
    expect((e as FaultError).fault._tag).toBe(tag)
    expect((e as FaultError).message).toMatch(says)
    return
  }
  expect.fail(`no fault, wanted ${tag}`)
}

// ---- derivatives -----------------------------------------------------------------------------------------------------

const inner = (a: readonly Value[], b: readonly Value[]): number =>
  a.reduce((sum, x, k) => sum + Array.from((x as NDArray).data).reduce((s, v, i) => s + v * (b[k] as NDArray).data[i]!, 0), 0)
const moved = (x: Value, along: Value, h: number): NDArray =>
  nd(x.dtype, x.shape, Array.from((x as NDArray).data, (v, i) => v + h * (along as NDArray).data[i]!))
const floats = (xs: readonly Value[]): readonly Value[] => xs.filter(x => isFloat(x.dtype))

/**
 * f64 inputs. The staged derivative is linear by its types; it is the difference quotient; it is adjoint to its transpose:
 * <J v, w> = <v, Jᵀ w>; jvp agrees with it.
 */
export const expectDerivative = (f: Flat, xs: readonly Value[], seed = 1): void => {
  const next = generator(seed)
  const l = linearizeFlat(f, xs)
  const active = xs.map(x => isFloat(x.dtype))
  const typed = checkLinear(l.program, l.program.ins.map((_, i) => i >= l.residuals.length))
  expect(typed._tag, typed._tag === 'Left' ? JSON.stringify(typed.left) : '').toBe('Right')
  const vs = floats(xs).map(x => random(next, x.aval))
  const jv = pushLinearized(l, vs).filter((t): t is Value => t !== null)
  const ws = jv.map(t => random(next, t.aval))
  const jtw = pullLinearized(l, spread(l.outFloat, ws))
  expect(jtw.map(t => t.aval)).toEqual(vs.map(v => v.aval))
  const scale = 1 + Math.abs(inner(jv, ws))
  expect(Math.abs(inner(jv, ws) - inner(vs, jtw)) / scale).toBeLessThan(1e-12)
  const shift = (h: number): readonly Value[] => { let k = 0; return floats(f(...xs.map((x, i) => (active[i] ? moved(x, vs[k++]!, h) : x)))) }
  const h = 1e-5
  const up = shift(h), down = shift(-h)
  jv.forEach((t, k) => expectNear(t, nd(t.dtype, t.shape, Array.from((up[k] as NDArray).data, (u, i) => (u - (down[k] as NDArray).data[i]!) / (2 * h))), 1e-8))
  let k = 0
  const forward = pushForward(f, xs, active.map(a => (a ? vs[k++]! : null)))
  expect(forward.outs.length).toBe(l.outs.length)
  forward.outs.forEach((o, i) => expectSame(o, l.outs[i]!))
  const tangents = forward.tangents.filter((_, i) => l.outFloat[i])
  tangents.forEach((t, i) => { if (t) expectNear(t, jv[i]!, 1e-14); else expect(Array.from((jv[i] as NDArray).data).every(v => v === 0)).toBe(true) })
}
const spread = (outFloat: readonly boolean[], ws: readonly Value[]): readonly (Value | null)[] => {
  let k = 0
  return outFloat.map(float => (float ? ws[k++]! : null))
}
/** The cotangents of float inputs. */
export const pull = (f: Flat, xs: readonly Value[], cts: readonly Value[]): readonly Value[] => {
  const l = linearizeFlat(f, xs)
  return pullLinearized(l, spread(l.outFloat, cts))
}
/** The derivative of the derivative: pull, as a function of point and cotangent, has itself a right derivative. */
export const expectSecondDerivative = (f: Flat, xs: readonly Value[], seed = 2): void => {
  const next = generator(seed)
  const cts = floats(f(...xs)).map(o => random(next, o.aval))
  expectDerivative((...all) => pull(f, all.slice(0, xs.length), all.slice(xs.length)), [...xs, ...cts], seed)
}

// ---- batching --------------------------------------------------------------------------------------------------------

const stackOf = (xs: readonly Value[], a: Aval): NDArray => {
  const m = sizeOf(a.shape)
  const data = allocate(a.dtype, xs.length * m)
  xs.forEach((x, i) => data.set((x as NDArray).data, i * m))
  return new NDArray(aval(a.dtype, [xs.length, ...a.shape]), data)
}
/** vmap is map, for every choice of mapped operands and several sizes of the mapped axis. `make` gives operand i anew, for its slices to differ. */
export const expectBatching = (f: Flat, make: readonly (() => Value)[], sizes: readonly number[] = [0, 1, 3]): void => {
  const plain = make.map(m => m())
  const outs = f(...plain).map(o => o.aval)
  for (let mask = 1; mask < 1 << make.length; mask++) {
    for (const size of sizes) {
      const batched = make.map((_, i) => (mask >> i & 1) === 1)
      const slices = range(size).map(() => make.map((m, i) => (batched[i] ? m() : plain[i]!)))
      const args = make.map((_, i) => (batched[i] ? stackOf(slices.map(s => s[i]!), plain[i]!.aval) : plain[i]!))
      const got = mapFlat(f, { size, name: null }, args, batched)
      const want = slices.map(s => f(...s))
      got.values.forEach((v, k) => {
        if (got.batched[k]) expectSame(v, stackOf(want.map(w => w[k]!), outs[k]!))
        else want.forEach(w => expectSame(v, w[k]!))
      })
    }
  }
}

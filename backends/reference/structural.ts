/** Structural rows on row-major arrays: each is a move between two strided views, reshape shares its data. */
import { sizeOf, stridesOf } from '../../src/core/aval.js'
import { allocate, type Data } from '../../src/core/dtype.js'
import type { StructuralName } from '../../src/core/vocabulary.js'
import type { Execute } from './execute.js'
import { move, type View } from './move.js'

const dot = (a: readonly number[], b: readonly number[]): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
const whole = (data: Data, shape: readonly number[]): View => ({ data, offset: 0, strides: stridesOf(shape) })

const broadcast: Execute<{ readonly shape: readonly number[]; readonly dims: readonly number[] }> = ([x], { shape, dims }, [out]) => {
  const to = allocate(out!.dtype, sizeOf(shape))
  if (x!.data.length === 1) return [x!.data[0] === 0 && !Object.is(x!.data[0], -0) ? to : to.fill(x!.data[0]!)]
  const own = stridesOf(x!.aval.shape)
  const strides = new Array<number>(shape.length).fill(0)
  dims.forEach((d, i) => { strides[d] = own[i]! })
  move({ data: x!.data, offset: 0, strides }, whole(to, shape), shape)
  return [to]
}

const transpose: Execute<{ readonly perm: readonly number[] }> = ([x], { perm }, [out]) => {
  const own = stridesOf(x!.aval.shape)
  const to = allocate(out!.dtype, x!.data.length)
  move({ data: x!.data, offset: 0, strides: perm.map(p => own[p]!) }, whole(to, out!.shape), out!.shape)
  return [to]
}

const slice: Execute<{ readonly start: readonly number[]; readonly strides: readonly number[] }> = ([x], { start, strides }, [out]) => {
  const own = stridesOf(x!.aval.shape)
  const to = allocate(out!.dtype, sizeOf(out!.shape))
  move({ data: x!.data, offset: dot(start, own), strides: own.map((s, i) => s * strides[i]!) }, whole(to, out!.shape), out!.shape)
  return [to]
}

const reverse: Execute<{ readonly axes: readonly number[] }> = ([x], { axes }, [out]) => {
  const { shape } = out!
  const own = stridesOf(shape)
  const to = allocate(out!.dtype, x!.data.length)
  const offset = axes.reduce((at, a) => at + (shape[a]! - 1) * own[a]!, 0)
  move({ data: x!.data, offset, strides: own.map((s, i) => (axes.includes(i) ? -s : s)) }, whole(to, shape), shape)
  return [to]
}

/** Element k of an axis lands at lo + k · (interior + 1); only the k that land inside are moved. */
const pad: Execute<{ readonly config: readonly (readonly number[])[] }> = ([x, value], { config }, [out]) => {
  const to = allocate(out!.dtype, sizeOf(out!.shape))
  const filler = value!.data[0]!
  if (filler !== 0 || Object.is(filler, -0)) to.fill(filler)
  const from = stridesOf(x!.aval.shape), into = stridesOf(out!.shape)
  const shape: number[] = [], steps: number[] = []
  let source = 0, target = 0
  for (let a = 0; a < config.length; a++) {
    const [lo, , interior] = config[a] as readonly [number, number, number]
    const step = interior + 1
    const first = lo >= 0 ? 0 : Math.ceil(-lo / step)
    const last = Math.min(x!.aval.shape[a]! - 1, Math.floor((out!.shape[a]! - 1 - lo) / step))
    if (last < first) return [to]
    shape.push(last - first + 1)
    steps.push(into[a]! * step)
    source += first * from[a]!
    target += (lo + first * step) * into[a]!
  }
  move({ data: x!.data, offset: source, strides: from }, { data: to, offset: target, strides: steps }, shape)
  return [to]
}

const concatenate: Execute<{ readonly axis: number }> = (xs, { axis }, [out]) => {
  const to = allocate(out!.dtype, sizeOf(out!.shape))
  const strides = stridesOf(out!.shape)
  let offset = 0
  for (const x of xs) {
    const { shape } = x.aval
    move(whole(x.data, shape), { data: to, offset, strides }, shape)
    offset += shape[axis]! * strides[axis]!
  }
  return [to]
}

const iota: Execute<{ readonly axis: number }> = (_ins, { axis }, [out]) => {
  const to = allocate(out!.dtype, sizeOf(out!.shape))
  const n = out!.shape[axis]!, step = stridesOf(out!.shape)[axis]!
  if (step === 1) for (let at = 0; at < to.length; at += n) for (let i = 0; i < n; i++) to[at + i] = i
  else for (let at = 0; at < to.length;) for (let i = 0; i < n; i++) { to.fill(i, at, at + step); at += step }
  return [to]
}

interface Windows { readonly axes: readonly number[]; readonly strides: readonly number[]; readonly dilation: readonly number[] }
const windows: Execute<Windows> = ([x], { axes, strides, dilation }, [out]) => {
  const own = stridesOf(x!.aval.shape)
  const steps = own.map((s, i) => (axes.includes(i) ? s * strides[axes.indexOf(i)]! : s))
  const to = allocate(out!.dtype, sizeOf(out!.shape))
  move({ data: x!.data, offset: 0, strides: [...steps, ...axes.map((a, i) => own[a]! * dilation[i]!)] }, whole(to, out!.shape), out!.shape)
  return [to]
}

export const structural: Record<StructuralName, Execute> = {
  broadcast, transpose, slice, reverse, pad, concatenate, iota, windows,
  reshape: ([x]) => [x!.data],
}

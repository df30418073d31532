/** Kernels that follow data, as WGSL: windows are gathered and scattered. */
import { type DType, isFloat } from '../../src/core/dtype.js'
import type { Gather, Scatter, Strided, Windows } from '../../src/kernel/special.js'
import { affine, type Bindings, coordinates, type Stage, unit } from './bindings.js'
import { literal, Text, typeOf } from './wgsl.js'

const product = (xs: readonly number[]): number => xs.reduce((n, m) => n * m, 1)
const at = (s: Strided, axes: readonly string[], from = 0): string => affine(s.offset, s.strides.slice(from), axes)

/** Where the window of an index vector begins in the array, and whether it lies inside. `batch` names the coordinates of the vector. */
const located = (text: Text, w: Windows, bindings: Bindings, batch: readonly string[]): { readonly start: string; readonly inside: string } => {
  const parts = w.strides.map((stride, k) => {
    const index = text.name(bindings.load(w.indices.buffer, `${affine(w.indices.offset + k * w.between, w.indices.strides, batch)}`))
    const clamped = w.drops ? index : text.name(`clamp(${index}, 0, ${Math.max(0, w.last[k]!)})`)
    return { term: `${stride} * ${clamped}`, inside: `${index} >= 0 && ${index} <= ${w.last[k]!}` }
  })
  return {
    inside: w.drops && parts.length > 0 ? text.name(parts.map(p => p.inside).join(' && ')) : 'true',
    start: text.name(['0', ...parts.map(p => p.term)].join(' + ')),
  }
}

export const gatherText = (g: Gather, bindings: Bindings): Stage => {
  const extents = [...g.batch, ...g.window], units = product(extents)
  const text = new Text()
  bindings.begin(text)
  const stage = unit(text, units)
  const axes = coordinates(text, 'id', extents, 'i')
  const { start, inside } = located(text, g, bindings, axes.slice(0, g.batch.length))
  const filler = 'value' in g.filler ? literal(g.filler.value, g.dtype) : bindings.load(g.filler.buffer, '0')
  const result = text.variable(typeOf(g.dtype), filler)
  text.within(`if (${inside})`, () => text.line(`${result} = ${bindings.load(g.array.buffer, `${start} + ${at(g.array, axes)}`)};`))
  bindings.store(text, g.packed.buffer, at(g.packed, axes), result)
  return stage
}

const changed = (kind: Scatter['kind'], dtype: DType, a: string, x: string): string => {
  if (kind === 'set') return x
  if (dtype === 'bool') return kind === 'add' || kind === 'max' ? `${a} | ${x}` : `${a} & ${x}`
  if (kind === 'add') return `${a} + ${x}`
  if (kind === 'mul') return `${a} * ${x}`
  return isFloat(dtype) ? `${kind}F32(${a}, ${x})` : `${kind}(${a}, ${x})`
}
/** Windows that may meet are entered by one invocation, one after the other; those that never do are apart. */
export const scatterText = (s: Scatter, bindings: Bindings): Stage => {
  const extents = [...s.batch, ...s.window], b = s.batch.length
  const apart = extents.map((_, d) => (d < b ? s.unique || s.array.strides[d] !== 0 : s.unique || !s.moving[d - b]!))
  const units = product(extents.filter((_, d) => apart[d]))
  const text = new Text()
  bindings.begin(text)
  const stage = unit(text, units)
  const own = coordinates(text, 'id', extents.filter((_, d) => apart[d]), 'i')
  let next = 0
  const axes = extents.map((n, d) => (apart[d] ? own[next++]! : n === 1 ? '0' : `j${d}`))
  const loops = (d: number): void => {
    if (d === extents.length) {
      const { start, inside } = located(text, s, bindings, axes.slice(0, b))
      const to = text.name(`${start} + ${at(s.array, axes)}`)
      text.within(`if (${inside})`, () => {
        const x = text.name(bindings.load(s.packed.buffer, at(s.packed, axes)))
        bindings.store(text, s.array.buffer, to, changed(s.kind, s.dtype, bindings.load(s.array.buffer, to), x))
      })
      return
    }
    if (apart[d] || extents[d] === 1) { loops(d + 1); return }
    text.within(`for (var j${d} = 0; j${d} < ${extents[d]}; j${d}++)`, () => loops(d + 1))
  }
  loops(0)
  return stage
}

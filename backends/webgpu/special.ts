/** Kernels that follow data, as WGSL: windows are gathered and scattered, lines are accumulated and sorted. */
import { type DType, isFloat } from '../../src/core/dtype.js'
import type { Cumulative, Gather, Scatter, Sort, Strided, Windows } from '../../src/kernel/special.js'
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

/** Float sums are kept as those of whole stretches and of what has come of this one: errors grow with the number of stretches. */
const stretch = 64
export const cumulativeText = (c: Cumulative, bindings: Bindings): Stage => {
  const units = product(c.lines)
  const text = new Text()
  bindings.begin(text)
  const stage = unit(text, units)
  const lines = coordinates(text, 'id', c.lines, 'i')
  const type = typeOf(c.dtype), axes = [...lines, 'j']
  const load = (k: number): string => text.name(bindings.load(c.ins[k]!.buffer, at(c.ins[k]!, axes)))
  const value = text.variable(type, literal(0, c.dtype))
  const sums = c.kind === 'sum' && isFloat(c.dtype)
  const part = sums ? text.variable(type, '0.0') : ''
  text.within(`for (var j = 0; j < ${c.length}; j++)`, () => {
    const first = load(0)
    if (c.kind === 'recurrence') {
      const second = load(1)
      text.line(`if (j == 0) { ${value} = ${second}; } else { ${value} = ${first} * ${value} + ${second}; }`)
    } else if (sums) {
      // -0 stays where there is nothing else
      text.line(`if (j == 0) { ${part} = ${first}; ${value} = bitcast<f32>(0x80000000u); } else { ${part} = ${part} + ${first}; }`)
      const shown = text.name(`${value} + ${part}`)
      bindings.store(text, c.out.buffer, at(c.out, axes), shown)
      text.line(`if ((j + 1) % ${stretch} == 0) { ${value} = ${shown}; ${part} = 0.0; }`)
      return
    } else {
      const joined = c.kind === 'sum' ? `${value} + ${first}` : c.kind === 'prod' ? `${value} * ${first}`
        : isFloat(c.dtype) ? `${c.kind}F32(${value}, ${first})` : c.dtype === 'bool' ? `${value} ${c.kind === 'max' ? '|' : '&'} ${first}` : `${c.kind}(${value}, ${first})`
      text.line(`if (j == 0) { ${value} = ${first}; } else { ${value} = ${joined}; }`)
    }
    bindings.store(text, c.out.buffer, at(c.out, axes), value)
  })
  return stage
}

/** The place of an element is the number of those before it: each is compared with all of its line. */
export const sortText = (s: Sort, bindings: Bindings): Stage => {
  const extents = [...s.lines, s.length], units = product(extents)
  const text = new Text()
  bindings.begin(text)
  const stage = unit(text, units)
  const axes = coordinates(text, 'id', extents, 'i'), lines = axes.slice(0, -1), own = axes[axes.length - 1]!
  /** A key as a word that sorts as it does: NaNs above all, -0 as 0. */
  const word = (k: number, where: readonly string[]): string => {
    const x = text.name(bindings.load(s.ins[k]!.buffer, at(s.ins[k]!, where))), d = s.dtypes[k]!
    return text.name(d === 'f32' ? `sortable(${x})` : d === 'i32' ? `bitcast<u32>(${x}) ^ 0x80000000u` : d === 'bool' ? `select(0u, 1u, ${x})` : x)
  }
  const mine = Array.from({ length: s.keys }, (_, k) => word(k, axes))
  const rank = text.variable('i32', '0')
  text.within(`for (var j = 0; j < ${s.length}; j++)`, () => {
    const other = mine.map((_, k) => word(k, [...lines, 'j']))
    let before = `j < ${own}`
    for (let k = s.keys - 1; k >= 0; k--) before = `(${other[k]} ${s.descending ? '>' : '<'} ${mine[k]} || (${other[k]} == ${mine[k]} && ${before}))`
    text.line(`if (${before}) { ${rank}++; }`)
  })
  const to = [...lines, rank]
  s.outs.forEach((out, k) => bindings.store(text, out.buffer, at(out, to), bindings.load(s.ins[k]!.buffer, at(s.ins[k]!, axes))))
  return stage
}

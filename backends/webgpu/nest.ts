/** A nest as WGSL: an invocation is a point of the spatial axes, and goes through the reduced ones itself. */
import { type DType, isFloat } from '../../src/core/dtype.js'
import type { View } from '../../src/kernel/view.js'
import { isPlace, type Plain, type PlainFold, unitOf } from '../../src/kernel/normal.js'
import { affine, type Bindings, coordinates, unit } from './bindings.js'
import { Expressions, literal, Text, typeOf } from './wgsl.js'

/** Sums of floats are taken in stretches of so many, whose sums are added: errors grow with the number of stretches. */
const stretch = 128

const combine = (f: PlainFold, a: string, x: string): string => {
  const float = isFloat(f.dtype)
  switch (f.monoid) {
    case 'sum': return f.dtype === 'bool' ? `${a} | ${x}` : `${a} + ${x}`
    case 'prod': return f.dtype === 'bool' ? `${a} & ${x}` : `${a} * ${x}`
    case 'max': return f.dtype === 'bool' ? `${a} | ${x}` : float ? `maxF32(${a}, ${x})` : `max(${a}, ${x})`
    case 'min': return f.dtype === 'bool' ? `${a} & ${x}` : float ? `minF32(${a}, ${x})` : `min(${a}, ${x})`
    case 'and': return `${a} & ${x}`
    case 'or': return `${a} | ${x}`
    default: return x
  }
}
const unitText = (f: PlainFold, dtype: DType): string => literal(unitOf(f.monoid, dtype), dtype)

export const nestText = (plain: Plain, bindings: Bindings): { readonly text: Text; readonly units: number } => {
  const { extents, spatial, folds, stores } = plain
  const units = extents.slice(0, spatial).reduce((n, m) => n * m, 1)
  const text = new Text()
  bindings.begin(text)
  unit(text, units)
  const outer = coordinates(text, 'id', extents.slice(0, spatial), 'i')
  const inner = extents.slice(spatial).map((n, d) => (n === 1 ? '0' : `r${d}`))
  const place = (v: View, axes: readonly string[]): string => [affine(v.offset, v.strides, axes), ...v.starts.map(s =>
    `${s.stride} * clamp(${bindings.load(s.buffer, '0')}, 0, ${s.max})`)].join(' + ').replaceAll('+ -', '- ')
  const leaves = (axes: readonly string[], folded: (k: number) => string) => new Expressions(text, {
    load: e => bindings.load(e.view.buffer, place(e.view, axes)),
    index: e => affine(e.offset, e.strides, axes),
    folded,
  })
  const put = (e: Expressions, at: 'element' | 'folded', axes: readonly string[]): void => {
    const values = stores.filter(s => s.at === at).map(s => [s, e.value(s.value)] as const)
    for (const [s, value] of values) bindings.store(text, s.view.buffer, place(s.view, axes), value)
  }
  const none = (): string => { throw new Error('a fold is read before it is done') }
  if (spatial === extents.length) {
    put(leaves(outer, none), 'element', outer)
    return { text, units }
  }
  const accumulators = folds.map(f => ({
    value: text.variable(typeOf(isPlace(f.monoid) ? f.value.dtype : f.dtype), isPlace(f.monoid) ? literal(0, f.value.dtype) : unitText(f, f.dtype)),
    place: isPlace(f.monoid) ? text.variable('i32', '-1') : null,
  }))
  const axes = [...outer, ...inner]
  const last = inner.length - 1
  const long = isFloat(folds[0]?.dtype ?? 'i32') && folds.some(f => f.monoid === 'sum') && extents.slice(spatial).reduce((n, m) => n * m, 1) > 2 * stretch
  const innermost = extents[extents.length - 1]!
  const body = (sums: readonly string[]): void => {
    const e = leaves(axes, none)
    e.scoped(() => {
      folds.forEach((f, k) => {
        const x = e.value(f.value), a = sums[k]!
        const { place: at } = accumulators[k]!
        if (at === null) { text.line(`${a} = ${combine(f, a, x)};`); return }
        const better = f.monoid === 'argmax' ? '>' : '<'
        const nan = isFloat(f.value.dtype) ? [`isNan(${x}) && !isNan(${a})`, `!isNan(${a}) && `] as const : ['false', ''] as const
        text.line(`if (${at} < 0 || (${nan[0]}) || (${nan[1]}${x} ${better} ${a})) { ${a} = ${x}; ${at} = ${e.value(f.place!)}; }`)
      })
      put(e, 'element', axes)
    })
  }
  const loop = (name: string, from: string, to: string, inside: () => void): void => text.within(`for (var ${name} = ${from}; ${name} < ${to}; ${name}++)`, inside)
  const loops = (d: number): void => {
    if (d < last) { if (inner[d] === '0') loops(d + 1); else loop(inner[d]!, '0', String(extents[spatial + d]), () => loops(d + 1)); return }
    const straight = (from: string, to: string, sums: readonly string[]): void => (inner[d] === '0' ? body(sums) : loop(inner[d]!, from, to, () => body(sums)))
    if (!long) { straight('0', String(innermost), accumulators.map(a => a.value)); return }
    const part = (from: string, to: string): void => {
      const parts = folds.map((f, k) => (f.monoid === 'sum' && isFloat(f.dtype) ? text.variable('f32', '0.0') : accumulators[k]!.value))
      straight(from, to, parts)
      parts.forEach((x, k) => { if (x !== accumulators[k]!.value) text.line(`${accumulators[k]!.value} = ${accumulators[k]!.value} + ${x};`) })
    }
    if (innermost <= 2 * stretch) part('0', String(innermost))
    else text.within(`for (var s = 0; s < ${innermost}; s += ${stretch})`, () => part('s', `min(s + ${stretch}, ${innermost})`))
  }
  loops(0)
  const end = [...outer, ...inner.map(() => '0')]
  put(leaves(end, k => accumulators[k]!.place ?? accumulators[k]!.value), 'folded', end)
  return { text, units }
}

/** A sort as WGSL: in short lines the place of an element is the number of those before it; long ones are sorted in runs, which are merged. */
import type { Sort, Strided } from '../../src/kernel/special.js'
import { affine, type Bindings, coordinates, type Stage, unit } from './bindings.js'
import { Text } from './wgsl.js'

const product = (xs: readonly number[]): number => xs.reduce((n, m) => n * m, 1)
const at = (s: Strided, axes: readonly string[]): string => affine(s.offset, s.strides, axes)

/** Key words and a place for every element, twice: merges go from one half to the other. */
export const scratchOfMerges = (s: Sort): number => 2 * (s.keys + 1) * product(s.lines) * s.length

/** A key as a word that sorts as it does: NaNs above all, -0 as 0; turned round where the order is. */
const wordOf = (text: Text, s: Sort, bindings: Bindings, k: number, where: readonly string[]): string => {
  const x = text.name(bindings.load(s.ins[k]!.buffer, at(s.ins[k]!, where))), d = s.dtypes[k]!
  const word = d === 'f32' ? `sortable(${x})` : d === 'i32' ? `bitcast<u32>(${x}) ^ 0x80000000u` : d === 'bool' ? `select(0u, 1u, ${x})` : x
  return text.name(s.descending ? `~(${word})` : word)
}
/** Whether keys come before others, the first being the most significant; `equal` decides where they are the same. */
const before = (xs: readonly string[], ys: readonly string[], equal: string): string =>
  xs.reduceRight((rest, x, k) => `(${x} < ${ys[k]} || (${x} == ${ys[k]} && ${rest}))`, equal)

/** The place of an element among those from `from` to `to` of its line, each of which it is compared with. */
const ranked = (text: Text, s: Sort, bindings: Bindings, lines: readonly string[], own: string, from: string, to: string): { readonly rank: string; readonly keys: readonly string[] } => {
  const keys = Array.from({ length: s.keys }, (_, k) => wordOf(text, s, bindings, k, [...lines, own]))
  const rank = text.variable('i32', from)
  text.within(`for (var j = ${from}; j < ${to}; j++)`, () => {
    const others = keys.map((_, k) => wordOf(text, s, bindings, k, [...lines, 'j']))
    text.line(`if (${before(others, keys, `j < ${own}`)}) { ${rank}++; }`)
  })
  return { rank, keys }
}
const put = (text: Text, s: Sort, bindings: Bindings, from: readonly string[], to: readonly string[]): void =>
  s.outs.forEach((out, k) => bindings.store(text, out.buffer, at(out, to), bindings.load(s.ins[k]!.buffer, at(s.ins[k]!, from))))

export const sortText = (s: Sort, bindings: Bindings): Stage => {
  const extents = [...s.lines, s.length]
  const text = new Text()
  bindings.begin(text)
  const stage = unit(text, product(extents))
  const axes = coordinates(text, 'id', extents, 'i'), lines = axes.slice(0, -1)
  const { rank } = ranked(text, s, bindings, lines, axes[axes.length - 1]!, '0', String(s.length))
  put(text, s, bindings, axes, [...lines, rank])
  return stage
}

/** Runs of `run` elements are sorted by ranks; then two at a time become one: each element finds by bisection how many of the other run come before it. */
export const mergeText = (s: Sort, run: number, bindings: Bindings): readonly Stage[] => {
  const extents = [...s.lines, s.length], total = product(extents), n = s.length
  /** Word k of the element at a place of the scratch; word `keys` is where it was. */
  const cell = (half: string, k: number, place: string): string => `(${half} * ${s.keys + 1} + ${k}) * ${total} + ${place}`
  const stageOf = (values: readonly number[], body: (text: Text, line: string, own: string, axes: readonly string[]) => void): Stage => {
    const text = new Text()
    bindings.begin(text)
    const stage = unit(text, total)
    const axes = coordinates(text, 'id', extents, 'i')
    text.line(`let line = id - id % ${n};`)
    body(text, 'line', axes[axes.length - 1]!, axes)
    return { ...stage, values }
  }
  const keep = (text: Text, half: string, place: string, keys: readonly string[], index: string): void =>
    [...keys, index].forEach((x, k) => bindings.store(text, bindings.scratch, cell(half, k, place), x))
  const load = (text: Text, half: string, k: number, place: string): string => text.name(bindings.load(bindings.scratch, cell(half, k, place)))
  const keysAt = (text: Text, half: string, place: string): readonly string[] => Array.from({ length: s.keys }, (_, k) => load(text, half, k, place))

  const runs = stageOf([0, 0], (text, line, own, axes) => {
    const from = text.name(`(${own} / ${run}) * ${run}`)
    const { rank, keys } = ranked(text, s, bindings, axes.slice(0, -1), own, from, text.name(`min(${from} + ${run}, ${n})`))
    keep(text, '0', text.name(`${line} + ${rank}`), keys, `u32(${own})`)
  })
  const widths = Array.from({ length: Math.max(0, Math.ceil(Math.log2(n / run))) }, (_, i) => run * 2 ** i)
  // parameters: the width of a run, and the half that it lies in
  const merge = widths.length === 0 ? null : stageOf([], (text, line, own) => {
    const width = text.name(bindings.value(0)), half = text.name(bindings.value(1))
    const keys = keysAt(text, half, 'id'), number = text.name(`${own} / ${width}`)
    const isLeft = text.name(`${number} % 2 == 0`), first = text.name(`(${number} - ${number} % 2) * ${width}`)
    const middle = text.name(`min(${first} + ${width}, ${n})`)
    const other = text.name(`select(${first}, ${middle}, ${isLeft})`)
    const low = text.variable('i32', other), high = text.variable('i32', `select(${middle}, min(${middle} + ${width}, ${n}), ${isLeft})`)
    text.within(`while (${low} < ${high})`, () => {
      const mid = text.name(`(${low} + ${high}) / 2`)
      const there = keysAt(text, half, text.name(`${line} + ${mid}`))
      // equals of the left run come before those of the right
      text.line(`if (${before(there, keys, `!${isLeft}`)}) { ${low} = ${mid} + 1; } else { ${high} = ${mid}; }`)
    })
    const own0 = text.name(`${own} - select(${middle}, ${first}, ${isLeft})`)
    keep(text, text.name(`1 - ${half}`), text.name(`${line} + ${first} + ${own0} + ${low} - ${other}`), keys, load(text, half, s.keys, 'id'))
  })
  const end = stageOf([0, widths.length % 2], (text, _line, _own, axes) => {
    const index = text.name(`i32(${load(text, text.name(bindings.value(1)), s.keys, 'id')})`)
    put(text, s, bindings, [...axes.slice(0, -1), index], axes)
  })
  return [runs, ...widths.map((w, i): Stage => ({ ...merge!, values: [w, i % 2] })), end]
}

/** A contraction as WGSL: an invocation sums a small block of the result in registers, and reads operands where they are. */
import { isFloat } from '../../src/core/dtype.js'
import type { Contract, Operand } from '../../src/kernel/kernel.js'
import { type Axis, type Side, spaceOf } from '../../src/kernel/space.js'
import { type Bindings, coordinates, type Stage, unit } from './bindings.js'
import { literal, Text, typeOf } from './wgsl.js'

const stretch = 128
const most = 4

/** offset + Σ steps·axes, for the axes of one operand. */
const along = (axes: readonly Axis[], side: Side, names: readonly string[]): readonly string[] =>
  axes.flatMap((a, d) => (a[side] === 0 || names[d] === '0' ? [] : [`${a[side]} * ${names[d]}`]))
const sum = (terms: readonly (string | number)[]): string => (terms.length === 0 ? '0' : terms.join(' + ').replaceAll('+ -', '- '))

/** The rows and columns of a block: as square as the result allows. */
const blockOf = (m: number, n: number): readonly [number, number] => [Math.max(1, Math.min(m, n === 1 ? 1 : most)), Math.max(1, Math.min(n, m === 1 ? 1 : most))]

export const contractText = (c: Contract, bindings: Bindings): Stage => {
  const space = spaceOf(c), { m, n, k, batches } = space
  const [height, width] = blockOf(m, n)
  const rowBlocks = Math.ceil(m / height), colBlocks = Math.ceil(n / width)
  const units = batches * rowBlocks * colBlocks
  const text = new Text()
  bindings.begin(text)
  const stage = unit(text, units)
  const [batch, row, col] = coordinates(text, 'id', [batches, rowBlocks, colBlocks], 'u') as readonly [string, string, string]
  const extents = (axes: readonly Axis[]): readonly number[] => axes.map(a => a.extent)
  const batchNames = coordinates(text, batch, extents(space.batch), 'q')
  const start = (o: Operand, side: Side): string => sum([o.offset, ...along(space.batch, side, batchNames)])
  text.line(`let leftStart = ${start(c.left, 'left')};`)
  text.line(`let rightStart = ${start(c.right, 'right')};`)
  // what lies beyond the last row or column is the last again, and is not stored
  const places = (count: number, block: string, extent: number, axes: readonly Axis[], side: Side): readonly string[] => Array.from({ length: count }, (_, i) => {
    const at = block === '0' ? String(i) : `${count} * ${block} + ${i}`
    const index = extent % count === 0 ? at : `min(${at}, ${extent - 1})`
    const name = text.name(index)
    return text.name(sum([`${side}Start`, ...along(axes, side, coordinates(text, name, extents(axes), `${name}_`))]))
  })
  const rows = places(height, row, m, space.rows, 'left'), cols = places(width, col, n, space.cols, 'right')
  const type = typeOf(c.dtype), zero = literal(0, c.dtype)
  const float = isFloat(c.dtype)
  const accumulators = (): readonly (readonly string[])[] => rows.map(() => cols.map(() => text.variable(type, zero)))
  const total = accumulators()
  const depth = extents(space.depth)
  const names = depth.map((_, d) => `k${d}`)
  const body = (into: readonly (readonly string[])[]): void => {
    const at = (side: Side): string => sum(along(space.depth, side, names))
    const l = text.name(at('left')), r = text.name(at('right'))
    const xs = rows.map(a => text.name(bindings.load(c.left.buffer, `${a} + ${l}`)))
    const ys = cols.map(b => text.name(bindings.load(c.right.buffer, `${b} + ${r}`)))
    into.forEach((line, i) => line.forEach((a, j) => text.line(`${a} = ${a} + ${xs[i]} * ${ys[j]};`)))
  }
  const add = (to: readonly (readonly string[])[], from: readonly (readonly string[])[]): void =>
    to.forEach((line, i) => line.forEach((a, j) => text.line(`${a} = ${a} + ${from[i]![j]};`)))
  const long = float && k > 2 * stretch
  const loops = (d: number): void => {
    const last = d === depth.length - 1
    const loop = (from: string, to: string, inside: () => void): void => text.within(`for (var k${d} = ${from}; k${d} < ${to}; k${d}++)`, inside)
    if (!last) { loop('0', String(depth[d]), () => loops(d + 1)); return }
    const n = depth[d]!
    if (!long) { loop('0', String(n), () => body(total)); return }
    const part = (from: string, to: string): void => {
      const parts = accumulators()
      loop(from, to, () => body(parts))
      add(total, parts)
    }
    if (n <= 2 * stretch) part('0', String(n))
    else text.within(`for (var s = 0; s < ${n}; s += ${stretch})`, () => part('s', `min(s + ${stretch}, ${n})`))
  }
  if (k > 0) { if (depth.length === 0) body(total); else loops(0) }
  total.forEach((line, i) => line.forEach((a, j) => {
    const r = row === '0' ? String(i) : `${height} * ${row} + ${i}`, q = col === '0' ? String(j) : `${width} * ${col} + ${j}`
    const index = `(${batch} * ${m} + ${r}) * ${n} + ${q}`
    const value = c.into ? `${bindings.load(c.out, index)} + ${a}` : a
    const conditions = [...(m % height === 0 ? [] : [`${r} < ${m}`]), ...(n % width === 0 ? [] : [`${q} < ${n}`])]
    if (conditions.length === 0) bindings.store(text, c.out, index, value)
    else text.within(`if (${conditions.join(' && ')})`, () => bindings.store(text, c.out, index, value))
  }))
  return stage
}

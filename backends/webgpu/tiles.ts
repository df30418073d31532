/** A contraction as WGSL for GPUs: a workgroup brings tiles of both operands into memory that it shares, and its invocations sum blocks of the result in registers. */
import { isFloat } from '../../src/core/dtype.js'
import type { Contract, Operand } from '../../src/kernel/kernel.js'
import { type Axis, type Side, spaceOf } from '../../src/kernel/space.js'
import { affine, type Bindings, coordinates, type Stage, together } from './bindings.js'
import { lanesOf, type TileSchedule } from './choose.js'
import { sumsOf } from './sums.js'
import { literal, Text, typeOf } from './wgsl.js'

/** Sums of floats are taken in stretches of so many, whose sums are added. */
const stretch = 128
const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)
const extentsOf = (axes: readonly Axis[]): readonly number[] => axes.map(a => a.extent)

/** What brings the tile of an operand: rows (or columns) in fours, for so many steps of the depth. */
interface Bringer { readonly memory: string; readonly pitch: number; readonly bring: (from: string, end: string) => void }

export const tileText = (c: Contract, t: TileSchedule, bindings: Bindings): readonly Stage[] => {
  const space = spaceOf(c), { m, n, k, batches } = space
  const { rows, cols, depth, height, width, parts } = t
  const down = rows / height, across = cols / width, lanes = lanesOf(t)
  const rowTiles = Math.ceil(m / rows), colTiles = Math.ceil(n / cols)
  const cell = typeOf(c.dtype), vector = `vec4<${cell}>`, zero = literal(0, c.dtype)
  /** What is in a part, in steps of the depth: whole stretches. */
  const length = Math.ceil(Math.ceil(k / parts) / stretch) * stretch

  const text = new Text()
  bindings.begin(text, true)
  const stage = together(text, batches * parts * rowTiles * colTiles, lanes)
  const [batch, part, rowTile, colTile] = coordinates(text, 'id', [batches, parts, rowTiles, colTiles], 'u') as readonly [string, string, string, string]
  const batchAxes = coordinates(text, batch, extentsOf(space.batch), 'q')
  const start = (o: Operand, side: Side): string => affine(o.offset, space.batch.map(a => a[side]), batchAxes)

  const bringer = (o: Operand, side: Side, axes: readonly Axis[], extent: number, tile: string, per: number): Bringer => {
    const fours = per / 4, slots = fours * depth / lanes
    // neighbouring invocations read neighbouring elements: along the depth, where the operand lies so
    const alongDepth = space.depth[space.depth.length - 1]?.[side] === 1
    // a row of shared memory more than is needed keeps such writes in different banks
    const pitch = alongDepth ? fours + 1 : fours
    const memory = text.shared(`array<${vector}, ${depth * pitch}>`)
    const origin = text.name(start(o, side))
    const places = range(slots).map(s => {
      const q = text.name(`lane + ${s * lanes}`)
      const four = text.name(alongDepth ? `${q} / ${depth}` : `${q} % ${fours}`), step = text.name(alongDepth ? `${q} % ${depth}` : `${q} / ${fours}`)
      const at = range(4).map(j => {
        // what lies beyond the last row or column is the last again, and is not stored
        const index = text.name(`min(${tile} * ${per} + 4 * ${four} + ${j}, ${extent - 1})`)
        return text.name(affine(origin, axes.map(a => a[side]), coordinates(text, index, extentsOf(axes), `${index}_`)))
      })
      return { four, step, at }
    })
    const bring = (from: string, end: string): void => places.forEach(({ four, step, at }) => {
      const d = text.name(`${from} + ${step}`), index = text.name(`min(${d}, ${k - 1})`)
      const far = text.name(affine(0, space.depth.map(a => a[side]), coordinates(text, index, extentsOf(space.depth), `${index}_`)))
      text.line(`${memory}[${step} * ${pitch} + ${four}] = select(${vector}(${zero}), ${vector}(${at.map(a => bindings.load(o.buffer, `${a} + ${far}`)).join(', ')}), ${d} < ${end});`)
    })
    return { memory, pitch, bring }
  }
  const left = bringer(c.left, 'left', space.rows, m, rowTile, rows), right = bringer(c.right, 'right', space.cols, n, colTile, cols)
  text.line(`let ty = lane / ${across};`)
  text.line(`let tx = lane % ${across};`)
  type Block = readonly (readonly string[])[]
  const block = (): Block => range(height).map(() => range(width / 4).map(() => text.variable(vector, `${vector}(${zero})`)))
  const total = block()
  const steps = (from: string, end: string, into: Block): void => text.within(`for (var k = ${from}; k < ${end}; k += ${depth})`, () => {
    left.bring('k', end)
    right.bring('k', end)
    text.line('workgroupBarrier();')
    text.within(`for (var d = 0; d < ${depth}; d++)`, () => {
      const fours = (b: Bringer, own: string, apart: number, count: number): readonly string[] => range(count).map(i => text.name(`${b.memory}[d * ${b.pitch} + ${own} + ${i * apart}]`))
      const xs = fours(left, 'ty', down, height / 4), ys = fours(right, 'tx', across, width / 4)
      into.forEach((line, i) => line.forEach((a, j) => {
        const x = `${xs[i >> 2]}[${i & 3}]`
        text.line(`${a} = ${a} + ${x} * ${ys[j]};`)
      }))
    })
    text.line('workgroupBarrier();')
  })
  const first = parts === 1 ? '0' : text.name(`${part} * ${length}`), end = parts === 1 ? String(k) : text.name(`min(${first} + ${length}, ${k})`)
  if (!isFloat(c.dtype) || k <= 2 * stretch) steps(first, end, total)
  else {
    text.within(`for (var s = ${first}; s < ${end}; s += ${stretch})`, () => {
      const sums = block(), until = text.name(`min(s + ${stretch}, ${end})`)
      steps('s', until, sums)
      total.forEach((line, i) => line.forEach((a, j) => text.line(`${a} = ${a} + ${sums[i]![j]};`)))
    })
  }
  const summed = sumsOf(c, parts, bindings)
  total.forEach((line, i) => {
    const r = text.name(`${rowTile} * ${rows} + 4 * (ty + ${(i >> 2) * down}) + ${i & 3}`)
    text.within(`if (${r} < ${m})`, () => line.forEach((a, j) => {
      const from = text.name(`${colTile} * ${cols} + 4 * (tx + ${j * across})`)
      range(4).forEach(q => text.within(`if (${from} + ${q} < ${n})`, () => {
        const index = text.name(`(${batch} * ${m} + ${r}) * ${n} + ${from} + ${q}`)
        summed.store(text, part, index, `${a}[${q}]`)
      }))
    }))
  })
  return [stage, ...summed.rest()]
}

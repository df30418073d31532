/** A contraction of halves as WGSL for GPUs whose subgroups multiply matrices: tiles of both operands are shared, and the sums are f32. */
import type { Contract, Operand } from '../../src/kernel/kernel.js'
import { type Axis, type Side, spaceOf } from '../../src/kernel/space.js'
import { affine, type Bindings, coordinates, type Stage, together } from './bindings.js'
import { apart, type MatrixSchedule, type MatrixShape } from './choose.js'
import { sumsOf } from './sums.js'
import { Text } from './wgsl.js'

/** What shaders with matrices name in their first lines, beside f16. */
export const enabled = ['subgroups', 'chromium_experimental_subgroup_matrix'] as const
/** Where a subgroup's tile begins is the same for all of it, which compilers do not see. */
export const uniformity = 'diagnostic(off, chromium.subgroup_matrix_uniformity);'
export const left = (s: MatrixShape): string => `subgroup_matrix_left<f16, ${s.k}, ${s.m}>`
export const right = (s: MatrixShape): string => `subgroup_matrix_right<f16, ${s.n}, ${s.k}>`
export const result = (s: MatrixShape): string => `subgroup_matrix_result<f32, ${s.n}, ${s.m}>`

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)
const extentsOf = (axes: readonly Axis[]): readonly number[] => axes.map(a => a.extent)

export const matrixText = (c: Contract, t: MatrixSchedule, bindings: Bindings): readonly Stage[] => {
  const space = spaceOf(c), { m, n, k, batches } = space
  const { rows, cols, depth, down, across, subgroup, shape, parts } = t
  const high = rows / (down * shape.m), wide = cols / (across * shape.n), lanes = down * across * subgroup
  const rowTiles = Math.ceil(m / rows), colTiles = Math.ceil(n / cols), cells = shape.m * shape.n
  /** What is in a part, in steps of the depth: whole tiles. */
  const length = Math.ceil(Math.ceil(k / parts) / depth) * depth

  const text = new Text()
  for (const name of enabled) text.enable(name)
  text.enabled.push(uniformity)
  bindings.begin(text, true)
  const stage = together(text, batches * parts * rowTiles * colTiles, lanes)
  const [batch, part, rowTile, colTile] = coordinates(text, 'id', [batches, parts, rowTiles, colTiles], 'u') as readonly [string, string, string, string]
  const batchAxes = coordinates(text, batch, extentsOf(space.batch), 'q')
  /** What brings the tile of an operand, row major: the depth along its rows (`inner`) or down them. The halves are copied: arithmetic may flush small ones. */
  const bringer = (o: Operand, side: Side, axes: readonly Axis[], extent: number, tile: string, per: number, inner: boolean) => {
    const pitch = (inner ? depth : per) + apart, memory = text.shared(`array<f16, ${(inner ? per : depth) * pitch}>`)
    const origin = text.name(affine(o.offset, space.batch.map(a => a[side]), batchAxes))
    // neighbouring invocations read neighbouring elements: along the depth, where the operand lies so
    const alongDepth = space.depth[space.depth.length - 1]?.[side] === 1
    const bring = (from: string): void => text.within(`for (var q = lane; q < ${per * depth}; q += ${lanes})`, () => {
      const own = text.name(alongDepth ? `q / ${depth}` : `q % ${per}`), step = text.name(alongDepth ? `q % ${depth}` : `q / ${per}`)
      // what lies beyond the last row or column is the last again, and is not stored; what lies beyond the depth is 0 on both sides
      const place = text.name(`min(${tile} * ${per} + ${own}, ${extent - 1})`), d = text.name(`${from} + ${step}`), far = text.name(`min(${d}, ${k - 1})`)
      const at = text.name(affine(origin, axes.map(a => a[side]), coordinates(text, place, extentsOf(axes), `${place}_`)))
      const deep = text.name(affine(0, space.depth.map(a => a[side]), coordinates(text, far, extentsOf(space.depth), `${far}_`)))
      const to = inner ? `${own} * ${pitch} + ${step}` : `${step} * ${pitch} + ${own}`
      text.line(`${memory}[${to}] = select(0.0h, ${bindings.raw(o.buffer, `${at} + ${deep}`)}, ${d} < ${k});`)
    })
    return { memory, pitch, bring }
  }
  const x = bringer(c.left, 'left', space.rows, m, rowTile, rows, true), y = bringer(c.right, 'right', space.cols, n, colTile, cols, false)
  const own = text.name(`lane / ${subgroup}`), ownRow = text.name(`(${own} / ${across}) * ${high * shape.m}`), ownCol = text.name(`(${own} % ${across}) * ${wide * shape.n}`)
  const sums = range(high).map(() => range(wide).map(() => text.variable(result(shape), `${result(shape)}()`)))
  const first = parts === 1 ? '0' : text.name(`${part} * ${length}`), end = parts === 1 ? String(k) : text.name(`min(${first} + ${length}, ${k})`)
  text.within(`for (var k = ${first}; k < ${end}; k += ${depth})`, () => {
    x.bring('k')
    y.bring('k')
    text.line('workgroupBarrier();')
    text.within(`for (var d = 0; d < ${depth}; d += ${shape.k})`, () => {
      const xs = range(high).map(i => text.name(`subgroupMatrixLoad<${left(shape)}, row_major>(&${x.memory}, u32((${ownRow} + ${i * shape.m}) * ${x.pitch} + d), ${x.pitch}u)`))
      const ys = range(wide).map(j => text.name(`subgroupMatrixLoad<${right(shape)}, row_major>(&${y.memory}, u32(d * ${y.pitch} + ${ownCol} + ${j * shape.n}), ${y.pitch}u)`))
      sums.forEach((line, i) => line.forEach((sum, j) => text.line(`${sum} = subgroupMatrixMultiplyAccumulate(${xs[i]}, ${ys[j]}, ${sum});`)))
    })
    text.line('workgroupBarrier();')
  })
  const summed = sumsOf(c, parts, bindings), results = text.shared(`array<f32, ${down * across * cells}>`)
  sums.forEach((line, i) => line.forEach((sum, j) => {
    text.line(`subgroupMatrixStore<row_major>(&${results}, u32(${own} * ${cells}), ${sum}, ${shape.n}u);`)
    text.line('workgroupBarrier();')
    text.within(`for (var e = lane % ${subgroup}; e < ${cells}; e += ${subgroup})`, () => {
      const r = text.name(`${rowTile} * ${rows} + ${ownRow} + ${i * shape.m} + e / ${shape.n}`), q = text.name(`${colTile} * ${cols} + ${ownCol} + ${j * shape.n} + e % ${shape.n}`)
      text.within(`if (${r} < ${m} && ${q} < ${n})`, () => {
        summed.store(text, part, text.name(`(${batch} * ${m} + ${r}) * ${n} + ${q}`), `${results}[${own} * ${cells} + e]`)
      })
    })
    text.line('workgroupBarrier();')
  }))
  return [stage, ...summed.rest()]
}

/** Subgroups multiply matrices only where a trial on the device has shown that they do. */
/// <reference types="@webgpu/types" />
import { apart, type MatrixShape } from './choose.js'
import { enabled, left, result, right, uniformity } from './matrices.js'
import { tried } from './subgroups.js'

/** What Chromium and Dawn call it: they give it where experiments are allowed. */
export const matrixFeature = 'chromium-experimental-subgroup-matrix'
const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

const subgroups = 2
/** Each subgroup multiplies small whole numbers, which are exact; no extent of a matrix is 1 modulo 13, or a matrix would be its own transpose. */
const numberOf = (which: number, s: number, place: number): number => (place * (3 + which) + 5 * s + which) % 13 - 6
const trial = (s: MatrixShape, subgroup: number): string => {
  const threads = subgroups * subgroup, ofX = s.k + apart, ofY = s.n + apart
  /** Rows lie apart, as they do in products. */
  const fill = (name: string, which: number, rows: number, cols: number): string => `  for (var e = local; e < ${subgroups * rows * cols}u; e += ${threads}u) {
    let s = e / ${rows * cols}u;
    let place = e % ${rows * cols}u;
    ${name}[e / ${cols}u * ${cols + apart}u + e % ${cols}u] = f16(i32((place * ${3 + which}u + 5u * s + ${which}u) % 13u) - 6);
  }`
  return `${['f16', ...enabled].map(name => `enable ${name};`).join('\n')}
${uniformity}
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
var<workgroup> x: array<f16, ${subgroups * s.m * ofX}>;
var<workgroup> y: array<f16, ${subgroups * s.k * ofY}>;
var<workgroup> z: array<f32, ${subgroups * s.m * s.n}>;
@compute @workgroup_size(${threads}) fn main(@builtin(local_invocation_index) local: u32) {
${fill('x', 0, s.m, s.k)}
${fill('y', 1, s.k, s.n)}
  workgroupBarrier();
  let own = local / ${subgroup}u;
  let a = subgroupMatrixLoad<${left(s)}, row_major>(&x, own * ${s.m * ofX}u, ${ofX}u);
  let b = subgroupMatrixLoad<${right(s)}, row_major>(&y, own * ${s.k * ofY}u, ${ofY}u);
  var sum = ${result(s)}();
  sum = subgroupMatrixMultiplyAccumulate(a, b, sum);
  sum = subgroupMatrixMultiplyAccumulate(a, b, sum);
  subgroupMatrixStore<row_major>(&z, own * ${s.m * s.n}u, sum, ${s.n}u);
  workgroupBarrier();
  for (var e = local; e < ${subgroups * s.m * s.n}u; e += ${threads}u) { out[e] = bitcast<u32>(z[e]); }
}`
}
const expected = (s: MatrixShape): Float32Array => Float32Array.from({ length: subgroups * s.m * s.n }, (_, e) => {
  const own = Math.floor(e / (s.m * s.n)), r = Math.floor(e / s.n) % s.m, q = e % s.n
  return 2 * range(s.k).reduce((sum, d) => sum + numberOf(0, own, r * s.k + d) * numberOf(1, own, d * s.n + q), 0)
})

interface Config { readonly componentType: string; readonly resultComponentType: string; readonly M: number; readonly N: number; readonly K: number }
/** The largest matrices of halves with sums of f32 that the subgroups of a device multiply as they should; null where it has none. */
export const matrixOf = async (device: GPUDevice, info: GPUAdapterInfo, subgroup: number): Promise<MatrixShape | null> => {
  if (subgroup === 1 || !(device.features as ReadonlySet<string>).has(matrixFeature) || !device.features.has('shader-f16')) return null
  const configs = Array.from((info as { readonly subgroupMatrixConfigs?: Iterable<Config> }).subgroupMatrixConfigs ?? [])
  const shapes = configs.filter(c => c.componentType === 'f16' && c.resultComponentType === 'f32').map((c): MatrixShape => ({ m: c.M, n: c.N, k: c.K }))
  for (const shape of shapes.sort((a, b) => b.m * b.n * b.k - a.m * a.n * a.k)) {
    const want = expected(shape), got = await tried(device, trial(shape, subgroup), want.length)
    if (got !== null && new Float32Array(got.buffer).every((x, i) => x === want[i])) return shape
  }
  return null
}

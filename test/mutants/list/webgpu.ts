/** Bugs in scripts, shaders and functions of WebGPU. */
import { plant } from '../mutant.js'

export const webgpu = [
  ...plant('backends/webgpu/helpers.ts', [
    ['webgpu-max-nan', "maxF32(x: f32, y: f32) -> f32 {\n  if (isNan(x)) { return x; }", 'maxF32(x: f32, y: f32) -> f32 {', 'the maximum forgets a NaN on the left'],
    ['webgpu-sortable', 'select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u)', 'bits | 0x80000000u', 'negative numbers are sorted the wrong way'],
    ['webgpu-convert', 'if (x >= 2147483648.0) { return 2147483647; }', '', 'conversions to whole numbers do not saturate'],
    ['webgpu-shift', 'select(x << (n & 31u), 0u, n > 31u)', 'x << (n & 31u)', 'shifts beyond 31 wrap'],
    ['webgpu-divide', 'select(x / select(y, 1, y == 0), -1, y == 0)', 'x / select(y, 1, y == 0)', 'a division by zero gives the number itself'],
    ['webgpu-remainder', 'for (; ea > eb; ea--) {', 'for (; ea > eb + 1; ea--) {', 'remainders lose a binary place'],
  ]),
  ...plant('backends/webgpu/script.ts', [
    ['webgpu-set', 'set: \'b0[u32(p[0][1])] = bitcast<u32>(p[0][2]);\'', "set: ''", 'counters of loops start where they were left'],
    ['webgpu-choice', '0, p[1][1]);', '0, p[1][1] + 1);', 'an index beyond the last branch runs none'],
    ['webgpu-around', 'select(b0[u32(max(p[1][0], 0))], 1u, p[1][0] < 0)', '1u', 'a choice inside a choice not taken is made'],
    ['webgpu-alive', 'select(0u, b0[u32(p[0][1])], b0[u32(p[0][3])] != 0u)', 'b0[u32(p[0][1])]', 'a loop goes on when its condition fails'],
    ['webgpu-guard', "control('set', [guard ?? -1, alive, 1])", "control('set', [-1, alive, 1])", 'a loop in a choice not taken runs'],
    ['webgpu-moved', 'while (words.length % perRecord !== 0) words.push(0)', '', 'parameters of one dispatch overlap those of another'],
  ]),
  ...plant('backends/webgpu/bindings.ts', [
    ['webgpu-last', 'place.last === null ? step : -step', 'step', 'loops from behind write forwards'],
    ['webgpu-phase', '${factor} * ((${counter} + ${phase}) & 1)', '${factor} * (${counter} & 1)', 'halves of a carry are taken for one another'],
    ['webgpu-beyond', 'if (id >= ${units}) { return; }', 'if (id > ${units}) { return; }', 'one invocation too many writes'],
  ]),
] as const

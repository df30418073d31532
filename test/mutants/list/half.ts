/** Mutants of half precision. */
import { type Mutant, plant } from '../mutant.js'

export const half: readonly Mutant[] = [
  ...plant('src/core/half.ts', [
    ['half-places', 'Math.max(words[upper]! >>> 20, 1009) + 42', 'Math.max(words[upper]! >>> 20, 1009) + 41', 'halves have a bit more than they hold'],
    ['half-subnormals', 'Math.max(words[upper]! >>> 20, 1009)', '(words[upper]! >>> 20)', 'what is below the least normal half keeps all its digits'],
    ['half-greatest', 'if (!(a < 65520))', 'if (!(a <= 65520))', 'halfway between the greatest half and the next is not infinite'],
    ['half-zero', 'half === 0 ? x * 0 : half', 'half', '-0 loses its sign'],
    ['half-bits-fraction', '(1024 + fraction) * 2 ** (exponent - 25)', '(1023 + fraction) * 2 ** (exponent - 25)', 'halves are read with the wrong leading one'],
    ['half-bits-sign', 'single[0] = half\n', 'single[0] = Math.abs(half)\n', 'the bits of a half lose the sign'],
  ]),
  ...plant('backends/reference/index.ts', [
    ['half-kept-in-single', "if (aval.dtype === 'f16') for", "if (aval.dtype === 'f64') for", 'results in f16 keep the digits of f32'],
  ]),
  ...plant('src/core/dtype.ts', [
    ['half-elements-unrounded', "if (d === 'f16') for (let i = 0; i < data.length; i++) data[i] = roundToHalf(numbers[i]!)\n  else ", '', 'literals of f16 keep the digits of f32'],
  ]),
]

/** The random bits are those of the published test vectors and of JAX. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { threefry2x32, threefry2x32Array } from '../../backends/reference/math/index.js'

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const cipher = (k0: number, k1: number, x0: number, x1: number) => [...threefry2x32(k0, k1, x0, x1, new Uint32Array(2))]

// one round function applied twenty times, straight from the definition, on big integers
const direct = (k0: number, k1: number, x0: number, x1: number): number[] => {
  const mask = 0xffffffffn
  const keys = [BigInt(k0), BigInt(k1), BigInt(k0) ^ BigInt(k1) ^ 0x1bd11bdan]
  let a = (BigInt(x0) + keys[0]!) & mask
  let b = (BigInt(x1) + keys[1]!) & mask
  for (let round = 0; round < 20; round++) {
    const turn = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n][round % 8]!
    a = (a + b) & mask
    b = (((b << turn) | (b >> (32n - turn))) & mask) ^ a
    if (round % 4 === 3) {
      const i = (round + 1) / 4
      a = (a + keys[i % 3]!) & mask
      b = (b + keys[(i + 1) % 3]! + BigInt(i)) & mask
    }
  }
  return [Number(a), Number(b)]
}

describe('threefry2x32', () => {
  it('gives the known answers of Random123', () => {
    const ones = 0xffffffff
    expect(cipher(0, 0, 0, 0)).toEqual([0x6b200159, 0x99ba4efe])
    expect(cipher(ones, ones, ones, ones)).toEqual([0x1cb996fc, 0xbb002be7])
    expect(cipher(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0])
  })

  it('gives the bits of JAX 0.10', () => {
    expect(cipher(2357136044, 2546248239, 3071714933, 3626093760)).toEqual([4109740512, 2065465758])
    expect(cipher(2588848963, 3684848379, 2340255427, 3638918503)).toEqual([2852945389, 2292132173])
    expect(cipher(1819583497, 2678185683, 2774094101, 1650906866)).toEqual([2928725059, 108976418])
    expect(cipher(1879422756, 1277901399, 3830135878, 243580376)).toEqual([2865730322, 1304664577])
    expect(cipher(4138900056, 1171049868, 1646868794, 2051556033)).toEqual([1690915100, 1063961806])
    expect(cipher(3400433126, 3488238119, 2271586391, 2061486254)).toEqual([1090000015, 775135960])
  })

  it('follows the definition round by round', () =>
    fc.assert(fc.property(word, word, word, word, (k0, k1, x0, x1) => {
      expect(cipher(k0, k1, x0, x1)).toEqual(direct(k0, k1, x0, x1))
      expect(cipher(k0 | 0, k1 | 0, x0 | 0, x1 | 0)).toEqual(direct(k0, k1, x0, x1))
    })))

  it('runs over arrays, in place too', () =>
    fc.assert(fc.property(word, word, fc.array(fc.tuple(word, word), { maxLength: 9 }), (k0, k1, counters) => {
      const x0 = Uint32Array.from(counters, ([a]) => a)
      const x1 = Uint32Array.from(counters, ([, b]) => b)
      const [y0, y1] = [new Uint32Array(counters.length), new Uint32Array(counters.length)]
      threefry2x32Array(k0, k1, x0, x1, y0, y1)
      expect([...y0].map((y, i) => [y, y1[i]])).toEqual(counters.map(([a, b]) => direct(k0, k1, a, b)))
      threefry2x32Array(k0, k1, x0, x1, x0, x1)
      expect([[...x0], [...x1]]).toEqual([[...y0], [...y1]])
    })))
})

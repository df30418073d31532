/** Small arrays share buffers and nothing else: each has its elements to itself, zeros at first, whatever its size and kind. */
import { expect, test } from 'vitest'
import { allocate, type DType } from '../../src/core/dtype.js'
import { grad, np, readSync, type Value } from '../../src/index.js'

const kinds: readonly DType[] = ['f32', 'f64', 'i32', 'u32', 'bool', 'f16']

test('arrays of every size are zeros, as long as asked, and apart from each other', () => {
  for (const dtype of kinds) {
    for (const n of [0, 1, 7, 8, 9, 16, 17, 31, 33, 65, 100, 255, 256, 257, 511, 512, 513, 2047, 2048, 2049, 5000]) {
      const arrays = Array.from({ length: 20 }, () => allocate(dtype, n))
      arrays.forEach((a, k) => {
        expect(a.length).toBe(n)
        expect(a.every(x => x === 0)).toBe(true)
        a.fill(k + 1)
      })
      arrays.forEach((a, k) => { expect(a.every(x => x === k + 1)).toBe(true) })
    }
  }
})
test('what is kept keeps at most eight times its bytes, and eight bytes more for each of them', () => {
  for (const dtype of kinds) {
    for (const n of [9, 17, 65, 100, 511, 2048]) {
      const a = allocate(dtype, n)
      expect(a.buffer.byteLength).toBeLessThanOrEqual(8 * (a.byteLength + 7))
    }
  }
})
test('a copy that is read has a buffer of its own', () => {
  const x = readSync(grad((v: Value) => np.sum(np.square(v)))(np.ones([50])) as Value)
  expect([x.byteOffset, x.buffer.byteLength]).toEqual([0, 200])
})

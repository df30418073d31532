/** An index vector leads to the address of its window, or to none. */
import type { Strided, Windows } from '../../../src/kernel/special.js'
import { dtypes } from '../../../src/core/dtype.js'
import type { Code } from '../encode.js'
import { i32 } from '../opcodes.js'
import { type Axis, joined } from './walk.js'

/** A new local that holds the address of the first element of an operand. */
export const base = (code: Code, s: Strided, bytes: number): number => {
  const local = code.local('i32')
  code.get(0).mem('i32Load', 4 * s.buffer)
  if (s.offset !== 0) code.i32((s.offset * bytes) | 0).op(i32.add)
  code.set(local)
  return local
}

/** The axes of index vectors, with the steps of [indices, packed, array]. */
export const batchOf = (w: Windows): readonly Axis[] => {
  const { bytes } = dtypes[w.dtype]
  return w.batch.map((size, a) => ({ size, steps: [4 * w.indices.strides[a]!, bytes * w.packed.strides[a]!, bytes * w.array.strides[a]!] }))
}
/** Those of the axes of a window that are asked for, joined, with the steps of [packed, array]. */
export const windowOf = (w: Windows, wanted: (axis: number) => boolean = () => true): readonly Axis[] => {
  const { bytes } = dtypes[w.dtype], n = w.batch.length
  return joined(w.window.map((size, a) => ({ size, steps: [bytes * w.packed.strides[n + a]!, bytes * w.array.strides[n + a]!] })).filter((_, a) => wanted(a)))
}

/** Sets `at` to where the window of the array begins; leaves the block around it (depth 0) where the window is left out. */
export const locate = (code: Code, w: Windows, indices: number, array: number, at: number): void => {
  const { bytes } = dtypes[w.dtype]
  const index = code.local('i32')
  code.get(array).set(at)
  w.strides.forEach((stride, k) => {
    const last = w.last[k]!
    // a window as long as the axis does not move
    if (last === 0 && !w.drops) return
    const offset = 4 * w.between * k
    code.get(indices)
    // what is added to an address in a load has no sign
    if (offset < 0) code.i32(offset).op(i32.add)
    code.mem('i32Load', Math.max(offset, 0)).set(index)
    if (w.drops) {
      // an index below 0 is a great one without its sign
      if (last < 0) code.br(0)
      else code.get(index).i32(last).op(i32.gtU).brIf(0)
    } else {
      code.get(index).i32(0).get(index).i32(0).op(i32.gtS).select().tee(index)
      code.i32(last).get(index).i32(last).op(i32.ltS).select().set(index)
    }
    if (last > 0 && stride !== 0) code.get(at).get(index).i32((stride * bytes) | 0).op(i32.mul).op(i32.add).set(at)
  })
}

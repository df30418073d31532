/** Runs of elements that lie side by side are handled in vectors, whatever is made of them. */
import type { DType } from '../../../src/core/dtype.js'
import { dtypes } from '../../../src/core/dtype.js'
import type { Code } from '../encode.js'
import { i32 } from '../opcodes.js'

export type Name = 'load' | 'store'
/** Loads or stores so many bytes (1, 2, 4, 8 or 16), as bits. */
export const bits = (code: Code, name: Name, bytes: number, offset = 0): Code => {
  if (bytes === 16) return code.vec(name, offset)
  if (bytes === 8) return code.mem(name === 'load' ? 'i64Load' : 'i64Store', offset)
  if (bytes === 4) return code.mem(name === 'load' ? 'i32Load' : 'i32Store', offset)
  if (bytes === 2) return code.mem(name === 'load' ? 'i32Load16U' : 'i32Store16', offset)
  return code.mem(name === 'load' ? 'i32Load8U' : 'i32Store8', offset)
}
/** Loads or stores an element as a number. */
export const element = (code: Code, name: Name, dtype: DType, offset = 0): Code => {
  if (dtype === 'f32') return code.mem(name === 'load' ? 'f32Load' : 'f32Store', offset)
  if (dtype === 'f64') return code.mem(name === 'load' ? 'f64Load' : 'f64Store', offset)
  return bits(code, name, dtypes[dtype].bytes, offset)
}

/** Vectors in one turn of a loop, and runs that are written out without one. */
const turn = 4, written = 16

/**
 * Covers `bytes` bytes from the addresses on. `piece(bytes, offset)` handles one piece: of 16 bytes, or of one element at the end. Where
 * `again`, pieces may be handled twice: then the end is a vector that overlaps the last one.
 */
export const run = (code: Code, bytes: number, unit: number, places: readonly number[], again: boolean, piece: (places: readonly number[], bytes: number, offset: number) => void): void => {
  const vectors = Math.floor(bytes / 16)
  const ends = (at: readonly number[], from: number, done: number): void => {
    let offset = from, left = bytes - done
    for (; left >= 16; left -= 16, offset += 16) piece(at, 16, offset)
    if (left === 0) return
    if (again && bytes >= 16) {
      // the last vector begins before what is left, at an address that is not below the first one
      const back = 16 - left
      if (offset >= back) { piece(at, 16, offset - back); return }
      const moved = at.map(p => { const l = code.local('i32'); code.get(p).i32(back).op(i32.sub).set(l); return l })
      piece(moved, 16, offset)
      return
    }
    for (; left > 0; left -= unit, offset += unit) piece(at, unit, offset)
  }
  if (vectors <= written) { ends(places, 0, 0); return }
  const here = places.map(p => { const l = code.local('i32'); code.get(p).set(l); return l })
  const turns = Math.floor(vectors / turn), left = code.local('i32')
  code.i32(turns).set(left).loop()
  for (let k = 0; k < turn; k++) piece(here, 16, 16 * k)
  here.forEach(p => code.get(p).i32(16 * turn).op(i32.add).set(p))
  code.get(left).i32(1).op(i32.sub).tee(left).brIf(0).end()
  ends(here, 0, 16 * turn * turns)
}

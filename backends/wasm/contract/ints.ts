/** Integer expressions of generated code: numbers that are known are computed here, the others where the code runs. */
import type { Code } from '../encode.js'
import { i32 } from '../opcodes.js'

/** A number, or what pushes one. */
export type Int = number | ((code: Code) => unknown)

export const push = (code: Code, x: Int): Code => {
  if (typeof x === 'number') code.i32(x)
  else x(code)
  return code
}
export const at = (local: number): Int => code => code.get(local)
export const sum = (...terms: readonly Int[]): Int => {
  const known = terms.reduce<number>((n, t) => (typeof t === 'number' ? n + t : n), 0)
  const open = terms.filter(t => typeof t !== 'number')
  if (open.length === 0) return known
  return code => {
    open.forEach((t, i) => { push(code, t); if (i > 0) code.op(i32.add) })
    if (known !== 0) code.i32(known).op(i32.add)
  }
}
const shiftOf = (n: number): number => (n > 1 && Number.isInteger(Math.log2(n)) ? Math.log2(n) : -1)
export const times = (x: Int, by: Int): Int => {
  if (typeof x === 'number') return typeof by === 'number' ? Math.imul(x, by) : times(by, x)
  if (by === 0) return 0
  if (by === 1) return x
  if (typeof by === 'number' && shiftOf(by) > 0) return code => push(code, x).i32(shiftOf(by)).op(i32.shl)
  return code => push(push(code, x), by).op(i32.mul)
}
/** Of numbers that are not negative. */
export const quotient = (x: Int, by: number): Int =>
  typeof x === 'number' ? Math.floor(x / by) : by === 1 ? x : code => push(code, x).i32(by).op(i32.divU)
export const remainder = (x: Int, by: number): Int =>
  typeof x === 'number' ? x % by : by === 1 ? 0 : code => push(code, x).i32(by).op(i32.remU)
export const minus = (x: Int, y: Int): Int => {
  if (typeof y === 'number') return sum(x, -y)
  return code => push(push(code, x), y).op(i32.sub)
}
/** Both are pushed twice: give locals. */
export const least = (x: Int, y: Int): Int =>
  typeof x === 'number' && typeof y === 'number' ? Math.min(x, y) : code => {
    push(push(code, x), y)
    push(push(code, x), y).op(i32.ltS).select()
  }
/** Both are pushed twice: give locals. */
export const most = (x: Int, y: Int): Int =>
  typeof x === 'number' && typeof y === 'number' ? Math.max(x, y) : code => {
    push(push(code, x), y)
    push(push(code, x), y).op(i32.gtS).select()
  }

/** A new local that holds x; a number stays a number. */
export const held = (code: Code, x: Int): Int => {
  if (typeof x === 'number') return x
  const local = code.local('i32')
  push(code, x).set(local)
  return at(local)
}
/** for (i = from; i < to; i += step) body(i): written without a loop where one turn is all there is. */
export const each = (code: Code, from: Int, to: Int, step: number, body: (i: Int) => void): void => {
  if (typeof from === 'number' && typeof to === 'number' && to <= from + step) {
    if (from < to) body(from)
    return
  }
  const i = code.local('i32')
  const end = code.local('i32')
  push(code, to).set(end)
  push(code, from).count(i, end, step, () => body(at(i)))
}

/** Loops that count down: the body writes what moves. */
import type { Code } from '../encode.js'
import { i32 } from '../opcodes.js'

/** Runs the body n times; n is known. */
export const times = (code: Code, n: number, body: () => void): void => {
  if (n <= 0) return
  if (n === 1) { body(); return }
  const left = code.local('i32')
  code.i32(n).set(left).loop()
  body()
  code.get(left).i32(1).op(i32.sub).tee(left).brIf(0).end()
}
/** Runs the body as often as a local says, maybe never. */
export const repeat = (code: Code, n: number, body: () => void): void => {
  const left = code.local('i32')
  code.get(n).tee(left).if().loop()
  body()
  code.get(left).i32(1).op(i32.sub).tee(left).brIf(0).end().end()
}
/** Runs the body n times in runs of at most `length`, with something after each run. */
export const runs = (code: Code, n: number, length: number, body: () => void, after: () => void): void => {
  if (n <= 0) return
  if (n <= length) { times(code, n, body); after(); return }
  const count = code.local('i32')
  code.i32(n).set(count)
  runsOf(code, count, length, body, after)
}
/** The same for a number of times that a local says, at least once. */
export const runsOf = (code: Code, n: number, length: number, body: () => void, after: () => void): void => {
  const left = code.local('i32'), run = code.local('i32')
  code.get(n).set(left).loop()
  code.get(left).i32(length).get(left).i32(length).op(i32.ltS).select().tee(run)
  code.get(left).op(i32.sub).i32(-1).op(i32.mul).set(left)
  repeat(code, run, body)
  after()
  code.get(left).brIf(0).end()
}

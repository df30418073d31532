/** A row times a large matrix is bound by memory: the matrix is read in its own order, a few of its rows at a time, into a strip of the result. */
import type { Contract } from '../../../src/kernel/kernel.js'
import { Code } from '../encode.js'
import { i32 } from '../opcodes.js'
import type { Context, Emitted } from '../target.js'
import { following } from './follow.js'
import { at, each, held, type Int, least, minus, push, quotient, remainder, sum, times } from './ints.js'
import { accumulate, type Lanes } from './lanes.js'
import { type Space, stepOf } from '../../../src/kernel/space.js'
import { addresses, batchOffset } from './addresses.js'

/** A matrix that the nearer caches hold is better read tile by tile. */
const large = 1 << 19
const atOnce = 4
/** More sums than that, one after another, would be less exact than the blocks of the tiles. */
const longest = 4096
/** Bytes of the result that stay in the first cache. */
const strip = 8192

export const streaming = (space: Space, t: Lanes): boolean =>
  space.m === 1 && space.k <= longest && space.n * t.bytes >= 1024 && space.k * space.n * t.bytes >= large
  && stepOf(space.cols, 'right') === 1 && stepOf(space.depth, 'left') !== null && stepOf(space.depth, 'right') !== null

/** (left, bytes a step, right, bytes a step, out, columns, add?): out = Σ of `steps` steps, or out += it. */
const rowsInto = (context: Context, t: Lanes, steps: number): number => context.shared(`rows ${t.dtype} ${steps}`, () => {
  const code = new Code(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'])
  const [a, aStep, b, bStep, out, cols, add] = [0, 1, 2, 3, 4, 5, 6] as const
  const xs = Array.from({ length: steps }, () => code.local('v128'))
  const bs = [b, ...xs.slice(1).map(() => code.local('i32'))]
  const acc = [code.local('v128'), code.local('v128')]
  const y = code.local('v128')
  xs.forEach((x, s) => {
    code.get(a).vec(t.splat).set(x)
    if (s + 1 < steps) code.get(a).get(aStep).op(i32.add).set(a).get(bs[s]!).get(bStep).op(i32.add).set(bs[s + 1]!)
  })
  const onward = (bytes: number): void => { for (const p of [...bs, out]) code.get(p).i32(bytes).op(i32.add).set(p) }
  const turns = (vectors: number): void => {
    code.block().loop().get(cols).i32(vectors * t.count).op(i32.ltS).brIf(1)
    bs.forEach((p, s) => acc.slice(0, vectors).forEach((v, i) => {
      code.get(p).vec('load', 16 * i).set(y)
      if (s === 0) code.get(xs[0]!).get(y).simd(t.mul).set(v)
      else accumulate(code, t, v, xs[s]!, y)
    }))
    code.get(add).if()
    acc.slice(0, vectors).forEach((v, i) => code.get(out).vec('load', 16 * i).get(v).simd(t.add).set(v))
    code.end()
    acc.slice(0, vectors).forEach((v, i) => code.get(out).get(v).vec('store', 16 * i))
    onward(16 * vectors)
    code.get(cols).i32(vectors * t.count).op(i32.sub).set(cols).br(0).end().end()
  }
  turns(2)
  turns(1)
  const total = code.local(t.type)
  code.block().loop().get(cols).op(i32.eqz).brIf(1)
  bs.forEach((p, s) => {
    code.get(p).mem(t.load).get(xs[s]!).lane(t.extract, 0).op(t.scalar.mul)
    if (s > 0) code.get(total).op(t.scalar.add)
    code.set(total)
  })
  code.get(add).if().get(out).mem(t.load).get(total).op(t.scalar.add).set(total).end()
  code.get(out).get(total).mem(t.store)
  onward(t.bytes)
  code.get(cols).i32(1).op(i32.sub).set(cols).br(0).end().end()
  return code
})

export const stream = (c: Contract, space: Space, cost: number, t: Lanes, context: Context): Emitted => {
  const { n, k, batches } = space
  const { bytes } = t
  const code = new Code(['i32', 'i32', 'i32'])
  const [begin, end] = [1, 2] as const
  const leftStep = stepOf(space.depth, 'left')! * bytes
  const rightStep = stepOf(space.depth, 'right')! * bytes
  // strips of columns are whole vectors
  const strips = Math.min(Math.ceil(n * bytes / 512), Math.max(Math.ceil(n * bytes / strip), Math.ceil(Math.min(16, cost / 20000) / batches)))
  const width = Math.ceil(n / strips / 16) * 16
  const perBatch = Math.ceil(n / width)
  const units = batches * perBatch
  const follow = following(c, space, context)
  const all = addresses(code, c, bytes)
  // neighbouring units are one strip, as far as the first cache goes: columns do not know of each other
  const joined = Math.max(1, Math.floor(strip / (width * bytes)))
  const unit = code.local('i32')
  code.get(begin).set(unit).block().loop().get(unit).get(end).op(i32.geS).brIf(1)
  const batch = held(code, quotient(at(unit), perBatch))
  const place = held(code, remainder(at(unit), perBatch))
  const some = held(code, least(joined, minus(at(end), at(unit))))
  const count = held(code, least(some, minus(perBatch, place)))
  const col = held(code, times(place, width))
  const cols = held(code, least(times(count, width), minus(n, col)))
  const left = held(code, sum(all.left, batchOffset(space.batch, batch, 'left', bytes)))
  const right = held(code, sum(all.right, batchOffset(space.batch, batch, 'right', bytes), times(col, bytes)))
  const out = held(code, sum(all.out, times(batch, n * bytes), times(col, bytes)))
  const rows = (first: Int, steps: number): void => {
    push(push(code, sum(left, times(first, leftStep))), leftStep)
    push(push(code, sum(right, times(first, rightStep))), rightStep)
    push(push(push(code, out), cols), c.into ? 1 : first).call(rowsInto(context, t, steps))
  }
  const whole = k - k % atOnce
  each(code, 0, whole, atOnce, first => rows(first, atOnce))
  if (whole < k) rows(whole, k - whole)
  follow?.(code, sum(times(batch, n), col), cols, 1)
  push(code, sum(at(unit), count)).set(unit)
  code.br(0).end().end()
  return { code, units, cost: cost / units, scratch: 0 }
}

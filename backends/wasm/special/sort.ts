/** A line is sorted as records of a key in 32 bits and a position: short ones by insertion, long ones digit by digit; units are lines. */
import type { DType } from '../../../src/core/dtype.js'
import { dtypes } from '../../../src/core/dtype.js'
import { roomOf, type Sort } from '../../../src/kernel/special.js'
import { Code } from '../encode.js'
import { i32, i64 } from '../opcodes.js'
import type { Context, Emitted } from '../target.js'
import { bits } from './run.js'
import { Odometer, placesOf } from './walk.js'
import { base } from './windows.js'

/** Lines up to this length are sorted by insertion. */
const shortLine = 48
const digits = 4, values = 256

/** Keys whose order is that of integers without a sign; f64 takes two of them, the less significant first. */
const partsOf = (d: DType): readonly ('whole' | 'low' | 'high')[] => (d === 'f64' ? ['low', 'high'] : ['whole'])

/** (address) -> key. Negative floats turn their order round; zeros are one, and NaNs are one, above all. */
const keyAt = (context: Context, dtype: DType, part: 'whole' | 'low' | 'high', descending: boolean): number =>
  context.shared(`key ${dtype} ${part} ${descending ? 'descending' : ''}`, () => {
    const code = new Code(['i32'], ['i32'])
    if (dtype === 'f64') {
      const b = code.local('i64')
      code.get(0).mem('i64Load').set(b)
      code.i64(-1n)
      code.get(b).i64(1n).op(i64.shl).op(i64.eqz).if().i64(0n).set(b).end()
      code.get(b).get(b).i64(63n).op(i64.shrS).i64(-(2n ** 63n)).op(i64.or).op(i64.xor)
      code.get(b).i64(2n ** 63n - 1n).op(i64.and).i64(0x7ff0000000000000n).op(i64.gtU).select()
      if (part === 'high') code.i64(32n).op(i64.shrU)
      code.op(i32.wrapI64)
    } else if (dtype === 'f32') {
      const b = code.local('i32')
      code.get(0).mem('i32Load').set(b)
      code.i32(-1)
      code.get(b).i32(1).op(i32.shl).op(i32.eqz).if().i32(0).set(b).end()
      code.get(b).get(b).i32(31).op(i32.shrS).i32(-2147483648).op(i32.or).op(i32.xor)
      code.get(b).i32(2147483647).op(i32.and).i32(0x7f800000).op(i32.gtU).select()
    } else {
      bits(code.get(0), 'load', dtypes[dtype].bytes)
      if (dtype === 'i32') code.i32(-2147483648).op(i32.xor)
    }
    if (descending) code.i32(-1).op(i32.xor)
    return code
  })

/**
 * (records, spare, counts, n) -> where the sorted records are: one of the two. Least significant digit first, and in each round those of one
 * digit keep their order (Knuth, TAOCP 3, 5.2.5). `counts` tells how often each digit occurs in each place.
 */
const radix = (context: Context): number => context.shared('sort by digits', () => {
  const code = new Code(['i32', 'i32', 'i32', 'i32'], ['i32'])
  const [records, spare, counts, n] = [0, 1, 2, 3] as const
  const shift = code.local('i64'), round = code.local('i32'), rounds = code.local('i32'), p = code.local('i32'), end = code.local('i32')
  const total = code.local('i32'), count = code.local('i32'), record = code.local('i64'), at = code.local('i32')
  /** The address of the count of the record's digit. */
  const counted = (): void => { code.get(record).get(shift).op(i64.shrU).op(i32.wrapI64).i32(values - 1).op(i32.and).i32(2).op(i32.shl).get(counts).op(i32.add) }
  code.i64(32n).set(shift).i32(digits).set(rounds)
  code.i32(0).count(round, rounds, 1, () => {
    code.get(records).mem('i64Load').set(record)
    counted()
    // where all have one digit there is nothing to do
    code.mem('i32Load').get(n).op(i32.ne).if()
    code.i32(0).set(total).get(counts).i32(4 * values).op(i32.add).set(end)
    code.get(counts).count(p, end, 4, () => {
      code.get(p).mem('i32Load').set(count)
      code.get(p).get(total).mem('i32Store')
      code.get(total).get(count).op(i32.add).set(total)
    })
    code.get(records).get(n).i32(3).op(i32.shl).op(i32.add).set(end)
    code.get(records).count(p, end, 8, () => {
      code.get(p).mem('i64Load').set(record)
      counted()
      code.tee(at).mem('i32Load').set(count)
      code.get(at).get(count).i32(1).op(i32.add).mem('i32Store')
      code.get(count).i32(3).op(i32.shl).get(spare).op(i32.add).get(record).mem('i64Store')
    })
    code.get(records).set(p).get(spare).set(records).get(p).set(spare)
    code.end()
    code.get(counts).i32(4 * values).op(i32.add).set(counts)
    code.get(shift).i64(8n).op(i64.add).set(shift)
  })
  code.get(records)
  return code
})

export const emitSort = (s: Sort, context: Context): Emitted => {
  const code = new Code(['i32', 'i32', 'i32'])
  const n = s.length, rank = s.lines.length
  const operands = [...s.ins, ...s.outs], bytes = [...s.dtypes, ...s.dtypes].map(d => dtypes[d].bytes)
  const axes = s.lines.map((size, a) => ({ size, steps: operands.map((o, k) => o.strides[a]! * bytes[k]!) }))
  const units = placesOf(axes)
  if (units * n === 0) return { code, units: 0, cost: 0, scratch: 0 }
  const short = n <= shortLine, room = 4 * roomOf(n)
  const places = operands.map((o, k) => base(code, o, bytes[k]!))
  const step = (k: number): number => (operands[k]!.strides[rank]! * bytes[k]!) | 0
  const walk = new Odometer(code, axes, places)
  const [records, spare, order, counts, unit, i, count, from, at] = Array.from({ length: 9 }, () => code.local('i32')) as [number, number, number, number, number, number, number, number, number]
  const key = code.local('i32'), before = code.local('i32'), falls = code.local('i32'), record = code.local('i64')
  const keys = Array.from({ length: s.keys }, (_, k) => k).reverse().flatMap(k => partsOf(s.dtypes[k]!).map(part => ({ k, part })))

  /** Sets `from` to the position, and `key` to the key, of the element that is at i of the order so far. */
  const next = (turn: number, k: number, part: 'whole' | 'low' | 'high'): void => {
    if (turn === 0) code.get(i).set(from)
    else code.get(order).get(i).i32(2).op(i32.shl).op(i32.add).mem('i32Load').set(from)
    code.get(places[k]!).get(from).i32(step(k)).op(i32.mul).op(i32.add).call(keyAt(context, s.dtypes[k]!, part, s.descending)).set(key)
    code.get(key).op(i64.extendI32U).i64(32n).op(i64.shl).get(from).op(i64.extendI32U).op(i64.or).set(record)
  }
  const insert = (): void => {
    code.get(records).get(i).i32(3).op(i32.shl).op(i32.add).set(at)
    code.block().loop()
    code.get(at).get(records).op(i32.eq).brIf(1)
    // the key is the upper half of the record before
    code.get(at).i32(4).op(i32.sub).mem('i32Load').get(key).op(i32.leU).brIf(1)
    code.get(at).get(at).i32(8).op(i32.sub).tee(at).mem('i64Load').mem('i64Store').br(0)
    code.end().end()
    code.get(at).get(record).mem('i64Store')
  }
  const append = (): void => {
    code.get(records).get(i).i32(3).op(i32.shl).op(i32.add).get(record).mem('i64Store')
    code.get(key).get(before).op(i32.ltU).get(falls).op(i32.or).set(falls).get(key).set(before)
    for (let d = 0; d < digits; d++) {
      code.get(key)
      if (d > 0) code.i32(8 * d).op(i32.shrU)
      code.i32(values - 1).op(i32.and).i32(2).op(i32.shl).get(counts).op(i32.add).tee(at)
      code.get(at).mem('i32Load', 4 * values * d).i32(1).op(i32.add).mem('i32Store', 4 * values * d)
    }
  }

  walk.start(1)
  code.i32(n).set(count)
  code.get(1).count(unit, 2, 1, () => {
    if (s.room === null) code.globalGet(context.scratch)
    else code.get(0).mem('i32Load', 4 * s.room).get(unit).i32(room).op(i32.mul).op(i32.add)
    code.tee(records).i32(8 * n).op(i32.add).tee(spare).i32(8 * n).op(i32.add).tee(order).i32(4 * n).op(i32.add).set(counts)
    keys.forEach(({ k, part }, turn) => {
      if (!short) code.get(counts).i32(0).i32(4 * values * digits).fill().i32(0).set(falls).i32(0).set(before)
      code.i32(0).count(i, count, 1, () => { next(turn, k, part); (short ? insert : append)() })
      const sorted = code.local('i32')
      code.get(records).set(sorted)
      if (!short) code.get(falls).if().get(records).get(spare).get(counts).i32(n).call(radix(context)).set(sorted).end()
      code.i32(0).count(i, count, 1, () => {
        code.get(order).get(i).i32(2).op(i32.shl).op(i32.add)
        code.get(sorted).get(i).i32(3).op(i32.shl).op(i32.add).mem('i32Load').mem('i32Store')
      })
    })
    // every operand follows the order
    s.ins.forEach((_, k) => {
      const to = places[s.ins.length + k]!
      code.i32(0).count(i, count, 1, () => {
        code.get(to).get(i).i32(step(s.ins.length + k)).op(i32.mul).op(i32.add)
        code.get(places[k]!).get(order).get(i).i32(2).op(i32.shl).op(i32.add).mem('i32Load').i32(step(k)).op(i32.mul).op(i32.add)
        bits(bits(code, 'load', bytes[k]!), 'store', bytes[k]!)
      })
    })
    walk.next()
  })
  const line = keys.length * (short ? n * (4 + n / 4) : 2000 + 15 * n) + 2 * n * s.ins.length
  return { code, units, cost: line, scratch: s.room === null ? room : 0 }
}

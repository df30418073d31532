/** Laws of random keys: keys that are made differently are different, and what is drawn depends on the key alone. */
import * as fc from 'fast-check'
import { chain, map } from 'fp-ts/lib/State.js'
import type { Value } from '../src/core/value.js'
import { scalar } from '../src/primitives/base.js'
import { foldIn, type Key, key, keys, split } from '../src/lib/random/key.js'
import { draw, run } from '../src/lib/random/sequential.js'
import { threefry2x32 } from '../src/primitives/logic.js'
import { vmap } from '../src/transforms/vectorize.js'
import { and, claim, type Law, law } from './law.js'
import { dataOf, element } from './numbers.js'

const words = (x: Value): string => Array.from(dataOf(x)).join()
const differ = (names: readonly string[]): boolean => new Set(names).size === names.length
const seeds = fc.oneof(fc.nat(99), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
const u32 = (x: number): Value => scalar(x, 'u32')

export const keyLaws: readonly Law[] = [
  law('seedsDiffer', 'different seeds have different keys', fc.tuple(seeds, seeds), ([a, b]) => claim((words(key(a)) === words(key(b))) === (a === b), `seeds ${a} and ${b}`)),
  law('everyBitOfASeedCounts', 'seeds that differ in one bit have different keys', fc.tuple(seeds, fc.nat(31)), ([s, bit]) => {
    const other = (s ^ (1 << bit)) >>> 0
    return claim(words(key(s)) !== words(key(other)), `seeds ${s} and ${other}`)
  }),
  law('splitsDiffer', 'the keys of a split differ from each other and from the key; key i is Threefry of the counter i', fc.tuple(seeds, fc.integer({ min: 1, max: 6 })), ([s, n]) => {
    const k = key(s), rows = split(k, n), [k0, k1] = Array.from(dataOf(k))
    return and(
      () => claim(differ([words(k), ...Array.from({ length: n }, (_, i) => words(element(rows, i)))]), 'two are one'),
      () => claim(Array.from({ length: n }, (_, i) => threefry2x32(u32(k0!), u32(k1!), u32(0), u32(i)).map(words).join() === words(element(rows, i))).every(Boolean), 'other words'),
      () => claim(keys(k, n).every((x, i) => words(x) === words(element(rows, i))), 'the list has other keys'))
  }),
  law('foldsDiffer', 'foldIn of different numbers gives different keys, of equal ones the same', fc.tuple(seeds, seeds, seeds), ([s, a, b]) =>
    claim((words(foldIn(key(s), a)) === words(foldIn(key(s), b))) === (a === b), `${a} and ${b}`)),
  law('keysMap', 'vmap over keys is a map over them', fc.tuple(seeds, fc.integer({ min: 1, max: 4 })), ([s, n]) => {
    const rows = split(key(s), n)
    const mapped = vmap((k: Value) => split(k, 3))(rows)
    return claim(Array.from({ length: n }, (_, i) => words(element(mapped, i)) === words(split(element(rows, i), 3))).every(Boolean), 'a row differs')
  }, { share: 0.2 }),
  law('drawsDiffer', 'computations in sequence draw with different keys', seeds, s => {
    const own = draw((k: Key) => words(k))
    const three = chain((a: string) => chain((b: string) => map((c: string) => [a, b, c])(own))(own))(own)
    const [used, rest] = own(key(s))
    return and(() => claim(differ([...run(three, key(s)), words(key(s))]), 'two draws use one key'), () => claim(differ([used, words(rest), words(key(s))]), 'the key handed on is the key that was used'))
  }),
]

/** Sequential randomness: a computation that needs keys is a function from a key to a value and the key that is left, fp-ts's `State<Key, A>`. */
import { evaluate, type State } from 'fp-ts/lib/State.js'
import type { Value } from '../../core/value.js'
import { type Key, keyOf, keys } from './key.js'

/** What draws an `A` and hands on a fresh key: no key is used twice. `Monad`, `bindTo`, `bind`, `traverseArray` are those of fp-ts/State. */
export type Random<A> = State<Key, A>

/**
 * One draw: the key is split, one half is drawn with, the other handed on.
 *
 * @example
 * const two = pipe(
 *   random.sequential.draw(k => random.normal(k, [2, 3])), State.bindTo('w'),
 *   State.bind('b', () => random.sequential.draw(k => random.normal(k, [3]))))
 * random.sequential.run(two, random.key(0)).b.shape   // [3]
 */
export const draw = <A>(f: (key: Key) => A): Random<A> => key => {
  const [own, rest] = keys(keyOf('random.sequential.draw', key), 2)
  return [f(own), rest]
}
/**
 * The value of a computation that starts with a key.
 *
 * @example
 * random.sequential.run(random.sequential.draw(k => random.uniform(k, [2])), random.key(0)).shape   // [2]
 */
export const run = <A>(computation: Random<A>, key: Value): A => evaluate(keyOf('random.sequential.run', key) as Key)(computation)

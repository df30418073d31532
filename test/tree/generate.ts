/** Generated trees: plain nested structures with integer leaves, and the same as the data type. */
import * as fc from 'fast-check'
import { fpTree, register, type Tree } from '../../src/tree/index.js'

export const isNumber = (x: unknown): x is number => typeof x === 'number'

/** A registered class with two children and static data. */
export class Affine {
  constructor(readonly w: unknown, readonly b: unknown, readonly name: string) {}
}
register(Affine, { flatten: x => [{ w: x.w, b: x.b }, { name: x.name }], unflatten: ({ w, b }, { name }) => new Affine(w, b, name) })

/** A registered class without static data, with one child. */
export class Box<A> { constructor(readonly inside: A) {} }
register(Box, { flatten: x => [[x.inside], undefined], unflatten: ([inside]) => new Box(inside) })

const key = fc.oneof(fc.constantFrom('w', 'b', 'layers', 'a key', '0', '10', '9', '', '__proto__', 'constructor'), fc.string({ maxLength: 3 }))
const keys = fc.uniqueArray(key, { maxLength: 4 })

/** `Object.fromEntries` defines its keys, so that `__proto__` is an ordinary one. */
const records = <A>(value: fc.Arbitrary<A>): fc.Arbitrary<Record<string, A>> =>
  keys.chain(names => fc.tuple(...names.map(() => value)).map(values => Object.fromEntries(names.map((name, i) => [name, values[i]!]))))

export const plainTree: fc.Arbitrary<unknown> = fc.letrec<{ tree: unknown }>(tie => ({
  tree: fc.oneof({ maxDepth: 4, depthSize: 'small' },
    fc.integer(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 6 }),
    records(tie('tree')),
    fc.tuple(tie('tree'), tie('tree'), fc.constantFrom('first', 'second')).map(([w, b, name]) => new Affine(w, b, name)),
    tie('tree').map(inside => new Box(inside))),
})).tree

export const dataTree: fc.Arbitrary<Tree<number>> = plainTree.map(plain => fpTree.toTree(plain, isNumber))

/** The instances of the tree obey the laws of their fp-ts classes; each law is a plain boolean function of its inputs. */
import * as fc from 'fast-check'
import type { Applicative1 } from 'fp-ts/lib/Applicative.js'
import * as Const from 'fp-ts/lib/Const.js'
import * as E from 'fp-ts/lib/Either.js'
import { identity, pipe } from 'fp-ts/lib/function.js'
import * as Id from 'fp-ts/lib/Identity.js'
import * as IO from 'fp-ts/lib/IO.js'
import * as N from 'fp-ts/lib/number.js'
import * as O from 'fp-ts/lib/Option.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import * as S from 'fp-ts/lib/string.js'
import type { Kind, URIS } from 'fp-ts/HKT.js'
import { describe, expect, it } from 'vitest'
import { fpTree, leafPaths, type Path, structure, type Tree } from '../../src/tree/index.js'
import { Box, dataTree, isNumber, plainTree } from './generate.js'

const { Functor, FunctorWithIndex, Foldable, FoldableWithIndex, Traversable } = fpTree
const eq = fpTree.getEq(N.Eq)
const eqText = fpTree.getEq(S.Eq)
const show = fpTree.getShow(N.Show)

type Fn = (x: number) => number
const fn: fc.Arbitrary<Fn> = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -9, max: 9 })).map(([a, b]) => (x: number) => (a * x + b) | 0)
const indexed = (p: Path, x: number): number => (x + p.join('/').length) | 0

/** The name of a law, the inputs it is about, what it says. */
const laws = {
  'Functor: identity': fc.property(dataTree, t => eq.equals(Functor.map(t, identity), t)),
  'Functor: composition': fc.property(dataTree, fn, fn, (t, f, g) => eq.equals(Functor.map(t, x => g(f(x))), Functor.map(Functor.map(t, f), g))),
  'FunctorWithIndex: identity': fc.property(dataTree, t => eq.equals(FunctorWithIndex.mapWithIndex(t, (_, x) => x), t)),
  'FunctorWithIndex: composition': fc.property(dataTree, fn, (t, f) =>
    eq.equals(FunctorWithIndex.mapWithIndex(t, (p, x) => f(indexed(p, x))), FunctorWithIndex.mapWithIndex(FunctorWithIndex.mapWithIndex(t, indexed), (_, x) => f(x)))),
  'FunctorWithIndex: compatible with Functor': fc.property(dataTree, fn, (t, f) => eq.equals(FunctorWithIndex.mapWithIndex(t, (_, x) => f(x)), Functor.map(t, f))),
  'FunctorWithIndex: the index is the path': fc.property(plainTree, plain => {
    const found = fpTree.toLeaves(FunctorWithIndex.mapWithIndex(fpTree.toTree(plain, isNumber), p => p))
    return JSON.stringify(found) === JSON.stringify(leafPaths(structure(plain, isNumber)))
  }),
  'Foldable: reduce is foldMap': fc.property(dataTree, t =>
    Foldable.reduce(t, '', (b, x) => `${b},${x}`) === Foldable.foldMap(S.Monoid)(t, x => `,${x}`)),
  'Foldable: reduceRight is foldMap from the right': fc.property(dataTree, t =>
    Foldable.reduceRight(t, '', (x, b) => `,${x}${b}`) === Foldable.foldMap(S.Monoid)(t, x => `,${x}`)),
  'Foldable: foldMap is natural': fc.property(dataTree, fn, (t, f) =>
    Foldable.foldMap(S.Monoid)(Functor.map(t, f), String) === Foldable.foldMap(S.Monoid)(t, x => String(f(x)))),
  'FoldableWithIndex: compatible with Foldable': fc.property(dataTree, t =>
    FoldableWithIndex.reduceWithIndex(t, '', (_, b, x) => b + x) === Foldable.reduce(t, '', (b, x) => b + x)
    && FoldableWithIndex.reduceRightWithIndex(t, '', (_, x, b) => x + b) === Foldable.reduceRight(t, '', (x, b) => x + b)
    && FoldableWithIndex.foldMapWithIndex(S.Monoid)(t, (_, x) => String(x)) === Foldable.foldMap(S.Monoid)(t, String)),
  'FoldableWithIndex: fold of mapWithIndex': fc.property(dataTree, t =>
    FoldableWithIndex.foldMapWithIndex(S.Monoid)(t, (p, x) => `${p.join('/')}=${x};`)
    === Foldable.foldMap(S.Monoid)(FunctorWithIndex.mapWithIndex(t, (p, x) => `${p.join('/')}=${x};`), identity)),
  'Traversable: identity': fc.property(dataTree, fn, (t, f) => eq.equals(Traversable.traverse(Id.Applicative)(t, f), Functor.map(t, f))),
  'Traversable: composition': fc.property(dataTree, fc.integer(), fc.integer(), (t, limit, other) => {
    const f = (x: number): O.Option<number> => (x > limit ? O.none : O.some(x + 1))
    const g = (x: number): E.Either<string, number> => (x > other ? E.left(`${x}`) : E.right(2 * x))
    const inTurn = pipe(Traversable.traverse(O.Applicative)(t, f), O.map(mapped => Traversable.traverse(E.Applicative)(mapped, g)))
    const together = Traversable.traverse(compositionOf)(t, x => pipe(f(x), O.map(g)))
    return O.getEq(E.getEq(S.Eq, eq)).equals(inTurn, together)
  }),
  'Traversable: naturality': fc.property(dataTree, fc.integer(), (t, limit) => {
    const f = (x: number): O.Option<number> => (x > limit ? O.none : O.some(x))
    const transform = E.fromOption(() => 'none')
    return E.getEq(S.Eq, eq).equals(transform(Traversable.traverse(O.Applicative)(t, f)), Traversable.traverse(E.Applicative)(t, x => transform(f(x))))
  }),
  'Traversable: foldMap is traverse in Const': fc.property(dataTree, t =>
    Traversable.traverse(Const.getApplicative(S.Monoid))(t, x => Const.make<string, number>(`,${x}`)) === Foldable.foldMap(S.Monoid)(t, x => `,${x}`)),
  'Traversable: sequence is traverse of identity': fc.property(dataTree, fn, (t, f) => {
    const effects = Functor.map(t, x => (f(x) % 7 === 0 ? O.none : O.some(f(x))))
    return O.getEq(eq).equals(Traversable.sequence(O.Applicative)(effects), Traversable.traverse(O.Applicative)(effects, identity))
  }),
  'Traversable: effects run in the order of the leaves': fc.property(dataTree, t => {
    const seen: number[] = []
    const after = Traversable.traverse(IO.Applicative)(t, x => () => { seen.push(x); return x })()
    return eq.equals(after, t) && JSON.stringify(seen) === JSON.stringify(fpTree.toLeaves(t))
  }),
  'Eq: reflexive, symmetric, transitive': fc.property(dataTree, dataTree, fn, (x, y, f) => {
    const z = fpTree.map(identity<number>)(x)
    return eq.equals(x, z) && eq.equals(x, y) === eq.equals(y, x) && (!eq.equals(x, y) || eq.equals(z, y))
      && eq.equals(x, Functor.map(x, f)) === fpTree.toLeaves(x).every(a => f(a) === a)
  }),
  'Show: equal trees are shown equally': fc.property(dataTree, x => show.show(x) === show.show(fpTree.map(identity<number>)(x))),
  'pipeable functions are the instances': fc.property(dataTree, fn, (t, f) =>
    eq.equals(pipe(t, fpTree.map(f)), Functor.map(t, f))
    && eq.equals(pipe(t, fpTree.mapWithIndex(indexed)), FunctorWithIndex.mapWithIndex(t, indexed))
    && pipe(t, fpTree.reduce('', (b, x) => b + x)) === Foldable.reduce(t, '', (b, x) => b + x)
    && pipe(t, fpTree.reduceRight('', (x, b) => x + b)) === Foldable.reduceRight(t, '', (x, b) => x + b)
    && pipe(t, fpTree.foldMap(S.Monoid)(String)) === Foldable.foldMap(S.Monoid)(t, String)),
  'fromTree and toTree are inverse': fc.property(plainTree, plain => {
    const data = fpTree.toTree(plain, isNumber)
    expect(fpTree.fromTree(data)).toEqual(plain)
    return eq.equals(fpTree.toTree(fpTree.fromTree(data), isNumber), data) && fpTree.defOf(data) === structure(plain, isNumber)
  }),
}

/** Option of Either, the composition of two applicatives. */
declare module 'fp-ts/HKT.js' {
  interface URItoKind<A> { readonly OptionOfEither: O.Option<E.Either<string, A>> }
}
const compositionOf: Applicative1<'OptionOfEither'> = {
  URI: 'OptionOfEither',
  map: (fa, f) => pipe(fa, O.map(E.map(f))),
  of: a => O.some(E.right(a)),
  ap: (fab, fa) => pipe(fab, O.map(f => (a: typeof fa extends O.Option<infer X> ? X : never) => pipe(f, E.ap(a))), O.ap(fa)),
}

describe('the laws hold', () => {
  it.each(Object.entries(laws))('%s', (_, law) => { fc.assert(law as fc.IProperty<unknown>, { numRuns: 200 }) })
})

describe('the data type', () => {
  const leaf = fpTree.leaf
  const t: Tree<number> = fpTree.record({ w: leaf(1), layers: fpTree.list([leaf(2), fpTree.empty, fpTree.record({ 'a b': leaf(3) })]) })

  it('is made by constructors', () => {
    expect(fpTree.fromTree(t)).toEqual({ layers: [2, null, { 'a b': 3 }], w: 1 })
    expect(eq.equals(t, fpTree.toTree({ w: 1, layers: [2, null, { 'a b': 3 }] }, isNumber))).toBe(true)
  })

  it('is shown as it is written', () => {
    expect(show.show(t)).toBe('{ layers: [2, null, { "a b": 3 }], w: 1 }')
    expect(show.show(fpTree.toTree([new Box(1), {}, []], isNumber))).toBe('[Box([1]), {}, []]')
  })

  it('tells structures apart that have the same leaves', () => {
    const alike = [leaf(1), fpTree.list([leaf(1)]), fpTree.record({ a: leaf(1) }), fpTree.record({ b: leaf(1) }), fpTree.list([leaf(1), fpTree.empty]), fpTree.toTree(new Box(1), isNumber)]
    alike.forEach((x, i) => alike.forEach((y, j) => expect(eq.equals(x, y)).toBe(i === j)))
    expect(eqText.equals(fpTree.list([leaf('a')]), fpTree.list([leaf('b')]))).toBe(false)
  })

  it('has the fp-ts name', () => {
    for (const instance of [Functor, FunctorWithIndex, Foldable, FoldableWithIndex, Traversable]) expect(instance.URI).toBe('cotangent/Tree')
    const twice = <F extends URIS>(F: { readonly map: <A, B>(fa: Kind<F, A>, f: (a: A) => B) => Kind<F, B> }, fa: Kind<F, number>): Kind<F, number> => F.map(fa, x => 2 * x)
    expect(fpTree.toLeaves(twice<fpTree.URI>(Functor, t))).toEqual([4, 6, 2])
  })

  it('is traversed in linear time and logarithmic nesting', () => {
    const joins = (n: number): number => {
      let count = 0
      const counting: Applicative1<'IO'> = { ...IO.Applicative, ap: (fab, fa) => { count++; return IO.Applicative.ap(fab, fa) } }
      const wide = fpTree.list(RA.makeBy(n, leaf))
      expect(fpTree.toLeaves(fpTree.traverse(counting)((x: number) => IO.of(x))(wide)())).toHaveLength(n)
      return count
    }
    expect(joins(100)).toBe(99)
    expect(joins(50_000)).toBe(49_999)
  })
})

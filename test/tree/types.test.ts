/** Trees keep their types: every assertion here is an exact equality that the compiler checks. */
import { pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import { describe, expect, it } from 'vitest'
import { fpTree, type Leaves, register, type Tree, toTree, treeOf } from '../../src/tree/index.js'

type Equal<X, Y> = (<G>() => G extends X ? 1 : 2) extends (<G>() => G extends Y ? 1 : 2) ? true : false
const same = <X, Y>(...proof: Equal<X, Y> extends true ? [] : ['the types differ', X, Y]): void => { expect(proof).toEqual([]) }

/** A stand for an array with a gradual shape: its phantoms are bivariant. */
interface Arr<D extends string = string, S extends readonly number[] = readonly number[]> {
  readonly size: number
  dtypeOf(d: D): void
  shapeOf(s: S): void
}
interface Interface { readonly w: number; b?: number; readonly nested: { x: number; readonly y?: readonly [number, number] }; none: null }
interface Chain { value: number; next?: Chain }
interface Fork { at: number; left?: Fork; right?: Fork }
type Nest = number | readonly Nest[] | { readonly [key: string]: Nest }
class Dense {
  private readonly secret = 1
  constructor(readonly w: Arr, readonly units: string) {}
  apply(x: Arr): Arr { return this.secret === 1 ? x : this.w }
}
class Pair<A> { constructor(readonly left: A, readonly right: A) {} }

describe('Leaves', () => {
  it('replaces a leaf, and leaves alone what is none', () => {
    same<Leaves<number, number, string>, string>()
    same<Leaves<5, number, string>, string>()
    same<Leaves<null, number, string>, null>()
    same<Leaves<undefined, number, string>, undefined>()
    same<Leaves<boolean, boolean | number, string>, string>()
    same<Leaves<number | null, number, string>, string | null>()
    same<Leaves<never, number, string>, never>()
    same<Leaves<unknown, number, string>, unknown>()
    same<Leaves<any, number, string>, any>()
    same<Leaves<Date, number, boolean>['getTime'], () => number>()
  })

  it('keeps tuples, arrays and their readonly', () => {
    same<Leaves<[number, number], number, string>, [string, string]>()
    same<Leaves<readonly [number, [number, null]], number, string>, readonly [string, [string, null]]>()
    same<Leaves<number[], number, string>, string[]>()
    same<Leaves<readonly number[], number, string>, readonly string[]>()
    same<Leaves<[first: number, second?: number], number, string>, [first: string, second?: string]>()
    same<Leaves<[number, ...number[]], number, string>, [string, ...string[]]>()
    same<Leaves<[], number, string>, []>()
    same<Leaves<number[][], number, string>, string[][]>()
  })

  it('keeps the keys of interfaces, readonly and optional', () => {
    same<Leaves<Interface, number, string>,
      { readonly w: string; b?: string; readonly nested: { x: string; readonly y?: readonly [string, string] }; none: null }>()
    same<Leaves<Record<string, number>, number, string>, Record<string, string>>()
    same<Leaves<{ a: number } | [number], number, string>, { a: string } | [string]>()
    same<Leaves<{}, number, string>, {}>()
  })

  it('is the same type where nothing changes, by name, also a recursive one or a class', () => {
    same<Leaves<Interface, string, boolean>, Interface>()
    same<Leaves<Interface, number, number>, Interface>()
    same<Leaves<Dense, Arr, Arr>, Dense>()
    same<Leaves<{ layers: Dense[]; scale: Arr }, Arr, Arr>, { layers: Dense[]; scale: Arr }>()
    const named: (x: Leaves<Interface, number, number>) => Interface = x => x
    expect(named({ w: 1, nested: { x: 2 }, none: null }).w).toBe(1)
    same<Leaves<Chain, number, string>['value'], string>()
    same<NonNullable<NonNullable<Leaves<Chain, number, string>['next']>['next']>['value'], string>()
  })

  it('has no bottom to reach in recursive types', () => {
    same<Leaves<Fork, string, boolean>['left'], Fork | undefined>()
    same<NonNullable<Leaves<Fork, number, string>['left']>['at'], string>()
    type Texts = Leaves<Nest, number, string>
    const texts: Texts = ['a', { b: ['c'] }]
    // @ts-expect-error a number is no leaf any more
    const wrong: Texts = [1]
    expect([texts, wrong]).toEqual([['a', { b: ['c'] }], [1]])
  })

  it('keeps the leaves it is told to keep, with their shapes', () => {
    interface Mixed { w: Arr<'f32', [3, 4]>; scale: number; steps: [boolean, Arr] }
    same<Leaves<Mixed, number | boolean, Arr, Arr>, { w: Arr<'f32', [3, 4]>; scale: Arr; steps: [Arr, Arr] }>()
    same<Leaves<{ w: Arr<'f32', [3, 4]> }, Arr, Arr>, { w: Arr }>()
    same<Leaves<{ w: Arr<'f32', [3, 4]> }, number, Arr, Arr>, { w: Arr<'f32', [3, 4]> }>()
  })

  it('goes through a class by its public members, methods as they are', () => {
    same<Leaves<Pair<number>, number, string>, { readonly left: string; readonly right: string }>()
    same<Leaves<Pair<[number]>, number, string>, { readonly left: [string]; readonly right: [string] }>()
    const pair: Leaves<Pair<number>, number, string> = new Pair('a', 'b')
    expect(pair.left).toBe('a')
    same<Leaves<Dense, Arr, number>, { readonly w: number; readonly units: string; apply: (x: Arr) => Arr }>()
  })
})

describe('operations', () => {
  const tree = treeOf((x: unknown): x is number => typeof x === 'number')
  const params: Interface = { w: 1, nested: { x: 2, y: [3, 4] }, none: null }

  it('return the type they were given, with the new leaves', () => {
    const texts = tree.map(x => String(x), params)
    same<typeof texts, Leaves<Interface, number, string>>()
    expect(texts).toEqual({ w: '1', nested: { x: '2', y: ['3', '4'] }, none: null })
    const doubled = tree.map(x => 2 * x, params)
    same<typeof doubled, Interface>()
    expect(doubled.nested.y?.[1]).toBe(8)
    const tuple = tree.map(x => x > 0, [1, [2]] as const)
    same<typeof tuple, readonly [boolean, readonly [boolean]]>()
    expect(tuple[1][0]).toBe(true)
  })

  it('take further trees of the same type only', () => {
    const sum = tree.map((a, b) => a + b!, params, params)
    expect(sum.nested.x).toBe(4)
    expect(() => {
      // @ts-expect-error the second tree has another type
      tree.map((a, b) => a + b!, params, { w: 1 })
    }).toThrow(/nested/)
  })

  it('work inside generic functions', () => {
    const descend = <P extends object>(p: P, g: P): Leaves<P, number, number> => {
      const moved = tree.map((a, b) => a - 0.5 * b!, p, g)
      return moved
    }
    const next = descend(params, params)
    same<typeof next, Interface>()
    expect(next.w).toBe(0.5)
  })

  it('registration infers children and data', () => {
    class Scaled { constructor(readonly w: number, readonly factor: 'half' | 'full') {} }
    register(Scaled, {
      flatten: x => [[x.w, { twice: 2 * x.w }], x.factor],
      unflatten: ([w, rest], factor) => {
        same<typeof w, number>()
        same<typeof rest.twice, number>()
        same<typeof factor, 'half' | 'full'>()
        return new Scaled(w, factor)
      },
    })
    const mapped = tree.map(x => x + 1, { s: new Scaled(1, 'half') })
    same<typeof mapped, { s: Scaled }>()
    expect(mapped).toEqual({ s: new Scaled(2, 'half') })
  })
})

describe('the data type', () => {
  it('infers through pipe', () => {
    const data = toTree({ a: 1, b: [2] }, (x): x is number => typeof x === 'number')
    same<typeof data, Tree<number>>()
    const halves = pipe(data, fpTree.traverse(O.Applicative)(x => (x > 0 ? O.some(`${x}`) : O.none)))
    same<typeof halves, O.Option<Tree<string>>>()
    const gathered = pipe(data, fpTree.map(x => O.some(x)), fpTree.sequence(O.Applicative))
    same<typeof gathered, O.Option<Tree<number>>>()
    expect(pipe(halves, O.map(fpTree.fromTree))).toEqual(O.some({ a: '1', b: ['2'] }))
    expect(pipe(gathered, O.map(fpTree.fromTree))).toEqual(O.some({ a: 1, b: [2] }))
  })
})

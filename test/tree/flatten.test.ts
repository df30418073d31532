/** A tree is its leaves and its structure; structures are shared, and what is no tree is refused with its path. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FaultError, type Fault } from '../../src/core/fault.js'
import { flatten, leafDef, leafPaths, listDef, nullDef, paths, recordDef, register, sameStructure, show, structure, treeOf, unflatten } from '../../src/tree/index.js'
import { Affine, Box, isNumber, plainTree } from './generate.js'

const faultOf = (thunk: () => unknown): Fault => {
  try { thunk() } catch (e) {
    if (e instanceof FaultError) return e.fault
    throw e
  }
  throw new Error('nothing was refused')
}
const badLeaf = (tree: unknown, root?: string): { path: string; got: string; hint: string } => {
  const fault = faultOf(() => flatten(tree, isNumber, root === undefined ? {} : { root }))
  if (fault._tag !== 'BadLeaf') throw new Error(`not BadLeaf: ${fault._tag}`)
  return fault
}

/** Like a box in everything but its class. */
class Crate { constructor(readonly inside: unknown) {} }
register(Crate, { flatten: x => [[x.inside], undefined], unflatten: ([inside]) => new Crate(inside) })

/** An independent description of a structure: JSON of the tree with sorted keys and leaves erased. */
const erased = (x: unknown): unknown => {
  if (isNumber(x)) return 'leaf'
  if (x === null) return 'null'
  if (Array.isArray(x)) return ['list', x.map(erased)]
  if (x instanceof Affine) return ['affine', x.name, erased(x.b), erased(x.w)]
  if (x instanceof Box) return ['box', erased(x.inside)]
  return ['record', Object.entries(x as object).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, erased(v)])]
}
const erasedText = (x: unknown): string => JSON.stringify(erased(x))

describe('flatten and unflatten', () => {
  it('are inverse to each other', () => {
    fc.assert(fc.property(plainTree, tree => {
      const { leaves, def } = flatten(tree, isNumber)
      const again = unflatten(def, leaves)
      expect(again).toEqual(tree)
      const back = flatten(again, isNumber)
      expect(back.leaves).toEqual(leaves)
      expect(back.def).toBe(def)
      expect(def.size).toBe(leaves.length)
    }), { numRuns: 500 })
  })

  it('put any leaves into a structure', () => {
    fc.assert(fc.property(plainTree, tree => {
      const { leaves, def } = flatten(tree, isNumber)
      const strings = leaves.map(leaf => `leaf ${leaf}`)
      expect(flatten(unflatten(def, strings), x => typeof x === 'string').leaves).toEqual(strings)
    }))
  })

  it('order leaves from left to right, records by sorted key', () => {
    const { leaves, def } = flatten({ w: 1, b: [2, { z: 3, a: 4 }], 10: 5, 9: 6 }, isNumber)
    expect(leaves).toEqual([5, 6, 2, 4, 3, 1])
    expect(paths(def, 'p')).toEqual(['p["10"]', 'p["9"]', 'p.b[0]', 'p.b[1].a', 'p.b[1].z', 'p.w'])
    expect(leafPaths(def)[3]).toEqual(['b', 1, 'a'])
  })

  it('take a single leaf, null and empty containers', () => {
    expect(flatten(7, isNumber)).toEqual({ leaves: [7], def: leafDef })
    expect(flatten(null, isNumber)).toEqual({ leaves: [], def: nullDef })
    expect(unflatten(structure([], isNumber), [])).toEqual([])
    expect(unflatten(structure({}, isNumber), [])).toEqual({})
    expect(unflatten(structure([null, [], {}], isNumber), [])).toEqual([null, [], {}])
    expect(paths(leafDef, 'x')).toEqual(['x'])
  })

  it('take undefined for absent, ignore symbols and the prototype of null', () => {
    const bare = Object.assign(Object.create(null) as object, { w: 1 })
    const def = structure({ w: 1 }, isNumber)
    expect(structure({ b: undefined, w: 1, [Symbol('s')]: 'no leaf' }, isNumber)).toBe(def)
    expect(structure(bare, isNumber)).toBe(def)
    expect(Object.keys(unflatten(structure({ b: undefined, w: 1 }, isNumber), [2]) as object)).toEqual(['w'])
  })

  it('keep a key named __proto__ a key', () => {
    const tree = JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as object
    const { leaves, def } = flatten(tree, isNumber)
    const again = unflatten(def, leaves) as object
    expect(leaves).toEqual([1, 2])
    expect(Object.getPrototypeOf(again)).toBe(Object.prototype)
    expect(JSON.stringify(again)).toBe(JSON.stringify(tree))
  })

  it('ask for leaves first, so that a leaf may be a container', () => {
    const { leaves, def } = flatten([[1, 2], [3]], Array.isArray)
    expect(leaves).toEqual([[[1, 2], [3]]])
    expect(def).toBe(leafDef)
  })

  it('never change their arguments, nor share the list of leaves', () => {
    const tree = Object.freeze([1, 2, 3])
    const { leaves, def } = flatten(tree, isNumber)
    const given = Object.freeze([...leaves])
    const made = unflatten(def, given) as number[]
    made.push(4)
    expect(given).toEqual([1, 2, 3])
  })

  it('refuse the wrong number of leaves', () => {
    const def = structure({ w: 1, b: 2 }, isNumber)
    expect(faultOf(() => unflatten(def, [1]))).toMatchObject({ _tag: 'TreeMismatch', left: 'a structure of 2 leaves', right: '1 leaves' })
    expect(faultOf(() => unflatten(def, [1, 2, 3]))._tag).toBe('TreeMismatch')
  })
})

describe('structures', () => {
  it('are the same object exactly when the trees have the same shape, and so are their keys', () => {
    fc.assert(fc.property(plainTree, plainTree, (a, b) => {
      const [x, y] = [structure(a, isNumber), structure(b, isNumber)]
      const same = erasedText(a) === erasedText(b)
      expect(sameStructure(x, y)).toBe(same)
      expect(x.key === y.key).toBe(same)
    }), { numRuns: 1000 })
  })

  it('are shared by trees of one shape, whatever the order of their keys', () => {
    fc.assert(fc.property(plainTree, tree => {
      const { leaves, def } = flatten(tree, isNumber)
      expect(structure(unflatten(def, leaves.map((_, i) => i)), isNumber)).toBe(def)
    }))
    expect(structure({ a: 1, b: [2, null] }, isNumber)).toBe(structure({ b: [0, null], a: 0 }, isNumber))
  })

  it('are told apart where they look alike', () => {
    const alike: readonly unknown[] = [
      1, null, [], {}, [null], [1], [1, 1], [[1], 1], [1, [1]], [[1, 1]], { 0: 1 }, { a: 1 }, { a: null }, { a: [1] }, { 'a:*': 1 }, { a: 1, b: 1 },
      { 'a,b': 1 }, { 'a:*,b': 1 }, { '{a:*}': 1 }, Array(5).fill(1), Array(6).fill(1), ['5 x *'].map(() => [1]), Array(5).fill(null), Array(5).fill([1]), { '': 1 },
      new Box(1), new Crate(1), [new Box(1)], new Box([1]), new Affine(1, 1, 'first'), new Affine(1, 1, 'second'), new Affine(1, null, 'first'),
    ]
    const defs = alike.map(x => structure(x, isNumber))
    expect(new Set(defs).size).toBe(alike.length)
    expect(new Set(defs.map(def => def.key)).size).toBe(alike.length)
    expect(new Set(defs.map(def => def.id)).size).toBe(alike.length)
  })

  it('are the same when made by hand', () => {
    expect(recordDef(['w', 'b'], [listDef([leafDef, nullDef]), leafDef])).toBe(structure({ b: 1, w: [2, null] }, isNumber))
    expect(listDef([])).toBe(structure([], isNumber))
  })

  it('of long arrays cost no more than those of short ones', () => {
    const def = structure(Array.from({ length: 100_000 }, (_, i) => i), isNumber)
    expect(def.size).toBe(100_000)
    expect(def.key).toBe('[100000 x *]')
    expect(def.children).toEqual([])
  })

  it('are shown as they are written', () => {
    expect(show(structure({ w: 1, layers: [2, { b: null }], 'a key': [] }, isNumber))).toBe('{ "a key": [], layers: [*, { b: null }], w: * }')
    expect(show(structure(new Affine(1, 2, 'first'), isNumber))).toBe('Affine({ b: *, w: * }; { "name" "first" })')
    expect(show(structure(new Box([1, 1, 1, 1, 1]), isNumber))).toBe('Box([[5 x *]])')
    expect(show(structure({}, isNumber))).toBe('{}')
  })
})

describe('registered classes', () => {
  it('go through, and their static data is part of the structure', () => {
    const { leaves, def } = flatten({ layer: new Affine([1, 2], 3, 'dense') }, isNumber)
    expect(leaves).toEqual([3, 1, 2])
    expect(paths(def)).toEqual(['layer.b', 'layer.w[0]', 'layer.w[1]'])
    const again = unflatten(def, [30, 10, 20]) as { layer: Affine }
    expect(again.layer).toBeInstanceOf(Affine)
    expect(again).toEqual({ layer: new Affine([10, 20], 30, 'dense') })
    expect(structure({ layer: new Affine([1, 2], 3, 'other') }, isNumber)).not.toBe(def)
  })

  it('compare plain static data by value and everything else by identity', () => {
    class Held { constructor(readonly data: unknown) {} }
    register(Held, { flatten: x => [[], x.data], unflatten: (_, data) => new Held(data) })
    const of = (data: unknown): unknown => structure(new Held(data), isNumber)
    const f = (): number => 1
    const g = (): number => 1
    const date = new Date(0)
    const all: readonly unknown[] = [undefined, null, 0, -0, 1, NaN, Infinity, '', '0', 'null', true, 'true', 1n, '1n', [], {}, [1], [[1]], ['[', ']'], { a: 1 }, { a: '1' },
      { a: undefined }, [1, 2], ['1 2'], f, g, [f], date, new Date(0)]
    expect(new Set(all.map(of)).size).toBe(all.length)
    expect(new Set(all.map(data => (of(data) as { key: string }).key)).size).toBe(all.length)
    all.forEach(data => expect(of(data)).toBe(of(data)))
    expect(of({ a: [1, { b: NaN }], c: f })).toBe(of({ c: f, a: [1, { b: NaN }] }))
    expect(faultOf(() => of(Symbol('s')))).toMatchObject({ _tag: 'StaticArgument', got: 'a symbol' })
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(faultOf(() => of(cycle))._tag).toBe('StaticArgument')
  })

  it('do not keep alive what their static data holds', async () => {
    class Activated { constructor(readonly f: () => number) {} }
    register(Activated, { flatten: x => [[], x.f], unflatten: (_, f) => new Activated(f) })
    const closures = Array.from({ length: 200 }, (_, i) => {
      const f = (): number => i
      structure([1, { layer: new Activated(f) }], isNumber)
      return new WeakRef(f)
    })
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    for (let round = 0; round < 3; round++) {
      await new Promise(resolve => { setTimeout(resolve, 0) })
      collect()
    }
    expect(closures.filter(closure => closure.deref() !== undefined).length).toBeLessThan(20)
  })

  it('may be Map, and subclasses of arrays', () => {
    class Row extends Array<number> {}
    expect(badLeaf([new Row()])).toMatchObject({ path: '[0]', got: 'an instance of Row' })
    register(Row, { flatten: row => [[...row], null], unflatten: row => Row.from(row) as Row })
    const { leaves, def } = flatten(Row.of(1, 2), isNumber)
    expect(unflatten(def, leaves)).toBeInstanceOf(Row)
    expect(badLeaf(new Map([['w', 1]])).hint).toContain('register(Map')
    register(Map, { flatten: x => [[...x.values()], [...x.keys()]], unflatten: (values, keys) => new Map(keys.map((k, i) => [k, values[i]])) })
    const map = flatten(new Map([['w', 1], ['b', 2]]), isNumber)
    expect(unflatten(map.def, [10, 20])).toEqual(new Map([['w', 10], ['b', 20]]))
  })

  it('are registered once, and are classes', () => {
    const container = { flatten: (): readonly [null, null] => [null, null], unflatten: (): never => { throw new Error('never called') } }
    for (const wrong of [Object, Array, Box, (() => 1) as unknown as typeof Box, 'Box' as unknown as typeof Box, null as unknown as typeof Box]) {
      expect(faultOf(() => register(wrong, container))._tag).toBe('BadArgument')
    }
    class Half {}
    expect(faultOf(() => register(Half, { flatten: container.flatten } as never))._tag).toBe('BadArgument')
    expect(badLeaf(new Half()).hint).toContain('register(Half')
  })

  it('that flatten to nonsense, and their unregistered subclasses, are refused', () => {
    class Broken {}
    register(Broken, { flatten: () => [[1]] as never, unflatten: () => new Broken() })
    expect(badLeaf({ a: new Broken() })).toMatchObject({ path: 'a', got: 'an instance of Broken, whose registered flatten gave [[1]]' })
    class Special extends Box<number> {}
    expect(badLeaf([new Special(1)])).toMatchObject({ path: '[0]', got: 'an instance of Special' })
  })
})

describe('what is no tree is refused with its path', () => {
  it.each([
    ['a string', { a: [1, 'x'] }, 'p.a[1]', "the string 'x'", 'static'],
    ['a function', { f: () => 1 }, 'p.f', 'a function', 'static'],
    ['undefined alone', undefined, 'p', 'undefined', 'null'],
    ['undefined in an array', [1, undefined], 'p[1]', 'undefined', 'null'],
    ['a hole', { w: [1, , 2] }, 'p.w[1]', 'a hole', 'holes'],
    ['a sparse array', new Array(3), 'p[0]', 'a hole', 'holes'],
    ['a Set', { s: new Set([1]) }, 'p.s', 'an instance of Set', 'register(Set'],
    ['a typed array', [new Float32Array(2)], 'p[0]', 'an instance of Float32Array', 'np.array'],
    ['a promise', { a: { 'b c': Promise.resolve(1) } }, 'p.a["b c"]', 'a promise', 'await'],
    ['a date', [[new Date(0)]], 'p[0][0]', 'an instance of Date', 'register(Date'],
    ['a bigint', { n: 1n }, 'p.n', 'the bigint 1n', 'static'],
    ['a bad child of a registered class', new Affine(1, { deep: 'no' }, 'first'), 'p.b.deep', "the string 'no'", 'static'],
  ] as const)('%s', (_, tree, path, got, hint) => {
    const fault = badLeaf(tree, 'p')
    expect(fault).toMatchObject({ path, got })
    expect(fault.hint).toContain(hint)
  })

  it('cycles', () => {
    const record: Record<string, unknown> = { w: 1 }
    record['z'] = { back: [record] }
    expect(badLeaf({ params: record })).toMatchObject({ path: 'params.z.back[0]', got: 'a container that contains itself' })
    const list: unknown[] = [1]
    list.push(list)
    expect(badLeaf(list)).toMatchObject({ path: '[1]', got: 'a container that contains itself' })
    const through = new Affine(1, 2, 'first')
    Object.assign(through, { b: [through] })
    expect(badLeaf(through)).toMatchObject({ path: 'b[0]', got: 'a container that contains itself' })
  })

  it('chains too deep for any stack; deep ones are fine', () => {
    const nested = (depth: number): unknown => { let x: unknown = 1; for (let i = 0; i < depth; i++) x = [x]; return x }
    const { def, leaves } = flatten(nested(500), isNumber)
    expect(unflatten(def, leaves)).toEqual(nested(500))
    expect(badLeaf(nested(100_000)).got).toContain('deeper than')
  })

  it('names the operation', () => {
    const tree = treeOf(isNumber)
    expect(faultOf(() => tree.map(x => x, ['x']))).toMatchObject({ op: 'map', path: '[0]' })
    expect(faultOf(() => flatten('x', isNumber, { op: 'grad', root: 'argument 0' }))).toMatchObject({ op: 'grad', path: 'argument 0' })
  })
})

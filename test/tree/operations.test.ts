/** Operations on trees: maps keep structures, prefixes cover them, transposition is its own inverse, mismatches have paths. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt, type Fault } from '../../src/core/fault.js'
import { broadcastPrefix, compose, firstDifference, flatten, leafPaths, nullDef, requireSame, structure, type TreeDef, treeOf, unflatten } from '../../src/tree/index.js'
import { Affine, Box, isNumber, plainTree } from './generate.js'

const tree = treeOf(isNumber)

const faultOf = (thunk: () => unknown): Fault | null => {
  const result = attempt(thunk)
  return result._tag === 'Left' ? result.left : null
}

describe('map', () => {
  it('is a functor on plain trees', () => {
    const f = (x: number): number => 3 * x + 1
    const g = (x: number): number => x * x - 2
    fc.assert(fc.property(plainTree, t => {
      expect(tree.map(x => x, t)).toEqual(t)
      expect(tree.map(x => g(f(x)), t)).toEqual(tree.map(g, tree.map(f, t)))
      expect(tree.structure(tree.map(f, t))).toBe(tree.structure(t))
    }))
  })

  it('goes over several trees together', () => {
    fc.assert(fc.property(plainTree, t => {
      const doubled = tree.map(x => 2 * x, t)
      expect(tree.map((a, b, c) => a + b! - c!, t, doubled as never, t as never)).toEqual(doubled)
    }))
    expect(tree.map((p, g) => p - g!, { w: 3, b: [1, null] }, { b: [1, null], w: 1 })).toEqual({ b: [0, null], w: 2 })
  })

  it('gives the leaf alone, not its place', () => {
    expect(tree.map((...all) => all.length, [5, 6])).toEqual([1, 1])
  })

  it('knows the path where it is asked for', () => {
    expect(tree.mapWithPath((path, x) => `${path}=${x}`, { w: 1, layers: [2, { b: 3 }] })).toEqual({ layers: ['layers[0]=2', { b: 'layers[1].b=3' }], w: 'w=1' })
    expect(tree.mapWithPath((path, x, y) => `${path}:${x + y!}`, [1, 2], [10, 20])).toEqual(['[0]:11', '[1]:22'])
  })

  it.each([
    [{ w: 1 }, { w: [1] }, 'w', 'a leaf', '[*]'],
    [{ a: 1, b: 2 }, { a: 1 }, 'b', 'a leaf', 'no such key'],
    [{ a: 1 }, { a: 1, b: { c: 2 } }, 'b', 'no such key', '{ c: * }'],
    [{ a: [1, { x: 1 }] }, { a: [1, { x: null }] }, 'a[1].x', 'a leaf', 'null'],
    [[1, 2], [1], 'the root', 'an array of 2', 'an array of 1'],
    [[[1, 2]], [[1, 2, 3]], '[0]', 'an array of 2', 'an array of 3'],
    [{ l: new Affine(1, 2, 'first') }, { l: new Affine(1, [2], 'first') }, 'l.b', 'a leaf', '[*]'],
    [{ l: new Affine(1, 2, 'first') }, { l: new Affine(1, 2, 'second') }, 'l', 'Affine({ b: *, w: * }; { "name" "first" })', 'Affine({ b: *, w: * }; { "name" "second" })'],
    [{ l: new Affine(1, 2, 'first') }, { l: new Box(2) }, 'l', 'Affine({ b: *, w: * }; { "name" "first" })', 'Box([*])'],
    [{ l: [1] }, { l: { 0: 1 } }, 'l', '[*]', '{ "0": * }'],
  ])('reports the first mismatch of %j and %j', (a, b, path, left, right) => {
    expect(faultOf(() => tree.map((x, y) => x + y!, a as unknown, b as never))).toMatchObject(
      { _tag: 'TreeMismatch', op: 'map', path: path === 'the root' ? '' : path, left, right })
  })

  it('finds a difference exactly where structures differ', () => {
    fc.assert(fc.property(plainTree, plainTree, (a, b) => {
      const [x, y] = [tree.structure(a), tree.structure(b)]
      expect(firstDifference(x, y) === null).toBe(x === y)
      expect(faultOf(() => requireSame(x, y, { op: 'cond' })) === null).toBe(x === y)
    }))
  })
})

describe('folds', () => {
  const t = { w: 1, b: [2, { z: 3 }, null], 9: 4 }
  it('run from left to right', () => {
    expect(tree.leaves(t)).toEqual([4, 2, 3, 1])
    expect(tree.reduce((text, x) => text + x, t, '')).toBe('4231')
    expect(tree.all(x => x > 0, t)).toBe(true)
    expect(tree.all(x => x > 1, t)).toBe(false)
    expect(tree.any(x => x > 3, t)).toBe(true)
    expect(tree.any(x => x > 4, t)).toBe(false)
    expect([tree.all(() => false, null), tree.any(() => true, [])]).toEqual([true, false])
  })
})

/** A random prefix of a tree: at random nodes it stops, with an axis that covers what is below. */
const prefixOf = (def: TreeDef, choose: () => number): { prefix: unknown; entries: readonly (number | null)[] } => {
  const r = choose()
  if (def.kind === 'leaf' || def.kind === 'null' || r % 3 === 0) {
    const axis = r % 2 === 0 ? null : r
    return { prefix: axis, entries: Array.from({ length: def.size }, () => axis) }
  }
  if (def.kind === 'custom') {
    const inner = prefixOf(def.same!, () => 1 + 3 * choose())
    if (typeof inner.prefix !== 'object' || inner.prefix === null) return { prefix: inner.prefix, entries: inner.entries }
    return { prefix: def.registration!.unflatten(inner.prefix, def.data), entries: inner.entries }
  }
  const parts = Array.from({ length: def.arity }, (_, i) => prefixOf(def.same ?? def.children[i]!, choose))
  const entries = parts.flatMap(part => part.entries)
  return { prefix: def.kind === 'list' ? parts.map(part => part.prefix) : Object.fromEntries(def.keys.map((k, i) => [k, parts[i]!.prefix])), entries }
}

describe('a prefix', () => {
  it('gives every leaf the entry that covers it', () => {
    let deep = 0
    fc.assert(fc.property(plainTree, fc.infiniteStream(fc.nat(20)), (t, stream) => {
      const def = tree.structure(t)
      const { prefix, entries } = prefixOf(def, () => stream.next().value as number)
      if (typeof prefix === 'object' && prefix !== null && entries.length > 1) deep++
      expect(broadcastPrefix(prefix, def)).toEqual(entries)
    }), { numRuns: 500 })
    expect(deep).toBeGreaterThan(20)
  })

  it('is a whole, a part, or a tree itself', () => {
    const params = { w: 1, b: { x: 2, y: 3 } }
    expect(tree.broadcastPrefix(0, [params, 4])).toEqual([0, 0, 0, 0])
    expect(tree.broadcastPrefix([null, 1], [params, 4])).toEqual([null, null, null, 1])
    expect(tree.broadcastPrefix([{ w: 2, b: null }, 1], [params, 4])).toEqual([null, null, 2, 1])
    expect(tree.broadcastPrefix([{ w: 2, b: { y: 0, x: -1 } }, 1], [params, 4])).toEqual([-1, 0, 2, 1])
    expect(tree.broadcastPrefix({ w: 0, absent: undefined }, { w: 1 })).toEqual([0])
    expect(tree.broadcastPrefix({ a: null, b: 0 }, { a: null, b: 1 })).toEqual([0])
    expect(tree.broadcastPrefix(new Affine(0, null, 'first'), new Affine([1, 1], 2, 'first'))).toEqual([null, 0, 0])
    expect(broadcastPrefix(['yes', 'no'], structure([[1, 2], 3], isNumber), { isLeaf: (x): x is string => typeof x === 'string' })).toEqual(['yes', 'yes', 'no'])
    expect(broadcastPrefix(null, nullDef, { isLeaf: (x): x is string => typeof x === 'string' })).toEqual([])
  })

  it.each([
    [[0], [1, 2], 'inAxes', 'an array of 1', 'an array of 2'],
    [[0, { w: 0 }], [1, { w: 1, b: 2 }], 'inAxes[1].b', 'absent', 'a leaf'],
    [[0, { w: 0, b: undefined }], [1, { w: 1, b: 2 }], 'inAxes[1].b', 'absent', 'a leaf'],
    [[0, { w: 0, c: 0 }], [1, { w: 1 }], 'inAxes[1].c', '0', 'no such key'],
    [[0, [0]], [1, 2], 'inAxes[1]', 'an array of 1', 'a leaf'],
    [[0, 'x'], [1, [2]], 'inAxes[1]', "the string 'x'", '[*]'],
    [{ a: 0 }, [1], 'inAxes', 'a record { a }', '[*]'],
    [[[0]], [{ 0: 1 }], 'inAxes[0]', 'an array of 1', '{ "0": * }'],
    [[undefined, 0], [1, 2], 'inAxes[0]', 'undefined', 'a leaf'],
    [new Affine(0, 0, 'second'), new Affine(1, 2, 'first'), 'inAxes', 'second', 'first'],
    [new Box(0), new Affine(1, 2, 'first'), 'inAxes', 'Box', 'Affine'],
    [[{}], [null], 'inAxes[0]', 'a record', 'null'],
    [{ constructor: 0, w: 0 }, { w: 1 }, 'inAxes.constructor', '0', 'no such key'],
    [{}, { constructor: 1 }, 'inAxes.constructor', 'absent', 'a leaf'],
  ])('that leaves the tree is refused: %j on %j', (prefix, t, path, got, want) => {
    const fault = faultOf(() => tree.broadcastPrefix(prefix, t, { op: 'vmap', root: 'inAxes' }))
    if (fault?._tag !== 'AxesMismatch') return expect.fail(`AxesMismatch expected, got ${fault?._tag}`)
    expect(fault).toMatchObject({ op: 'vmap', path })
    expect(fault.got).toContain(got)
    expect(fault.want).toContain(want)
  })
})

describe('trees of trees', () => {
  it('have the composed structure', () => {
    fc.assert(fc.property(plainTree, plainTree, (outer, inner) => {
      const [o, i] = [tree.structure(outer), tree.structure(inner)]
      const nested = unflatten(o, Array.from({ length: o.size }, () => inner))
      expect(tree.structure(nested)).toBe(compose(o, i))
      expect(compose(o, i).size).toBe(o.size * i.size)
      expect(compose(o, tree.leafDef)).toBe(o)
      expect(compose(tree.leafDef, i)).toBe(i)
    }))
  })

  it('transpose, and back again', () => {
    fc.assert(fc.property(plainTree, plainTree, (outer, inner) => {
      const [o, i] = [tree.structure(outer), tree.structure(inner)]
      fc.pre(o.size > 0 && i.size > 0)
      const nested = unflatten(compose(o, i), Array.from({ length: o.size * i.size }, (_, n) => n))
      const turned = tree.transpose(o, i, nested)
      expect(tree.structure(turned)).toBe(compose(i, o))
      expect(tree.transpose(i, o, turned)).toEqual(nested)
    }))
    const list = tree.structure([0, 0, 0])
    const pair = tree.structure({ a: 0, b: 0 })
    expect(tree.transpose(list, pair, [{ a: 1, b: 2 }, { a: 3, b: 4 }, { a: 5, b: 6 }])).toEqual({ a: [1, 3, 5], b: [2, 4, 6] })
  })

  it('are refused with the path where they are none', () => {
    const list = tree.structure([0, 0])
    const pair = tree.structure({ a: 0, b: 0 })
    expect(faultOf(() => tree.transpose(list, pair, [{ a: 1, b: 2 }, { a: 3 }]))).toMatchObject({ _tag: 'TreeMismatch', path: '[1].b', left: 'a leaf', right: 'no such key' })
  })
})

describe('paths', () => {
  it('lead to the leaves', () => {
    const follow = (x: unknown, path: readonly (string | number)[]): unknown => {
      const plain = x instanceof Affine ? { w: x.w, b: x.b } : x instanceof Box ? [x.inside] : x
      if (plain !== x) return follow(plain, path)
      const [step, ...rest] = path
      return step === undefined ? x : follow((x as Record<string | number, unknown>)[step], rest)
    }
    fc.assert(fc.property(plainTree, t => {
      const { leaves, def } = flatten(t, isNumber)
      const found = leafPaths(def)
      expect(found.map(path => follow(t, path))).toEqual(leaves)
      expect(new Set(tree.paths(t)).size).toBe(leaves.length)
    }))
  })
})

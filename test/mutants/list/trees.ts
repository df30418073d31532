/** Mutants of trees and of random keys. */
import { type Mutant, plant } from '../mutant.js'

export const trees: readonly Mutant[] = [
  ...plant('src/tree/flatten.ts', [
    ['flatten-key-order', 'return isSorted(keys) ? keys : keys.sort()', 'return keys', 'leaves of a record come in the order of its keys as written'],
    ['unflatten-list', 'items.push(build(child, leaves, at))\n        at += child.size', 'items.push(build(child, leaves, at))\n        at += 1', 'leaves of nested lists are taken twice'],
    ['unflatten-record', 'def.keys[i]!, build(child, leaves, at))\n        at += child.size', 'def.keys[i]!, build(child, leaves, at))\n        at += 1', 'leaves of nested records are taken twice'],
    ['flatten-undefined', 'if (value === undefined) continue', '', 'a key whose value is undefined is no absent key'],
    ['flatten-mixed', 'for (let j = 0; j < i; j++) at = stepDef(at, first)', 'at = stepDef(at, first)', 'a mixed list forgets how many equal places it starts with'],
  ]),
  ...plant('src/tree/def.ts', [
    ['def-arity', 'const known = lengths.get(arity)', 'const known = [...lengths.values()][0]', 'lists of different lengths have one structure'],
    ['def-compose', 'case \'leaf\': return inner\n', "case 'leaf': return outer\n", 'a tree of trees is the outer one'],
    ['def-record-order', "sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))", 'slice()', 'a structure depends on the order in which keys are given'],
    ['def-paths', 'else for (let i = 0; i < at.arity; i++) walk(childAt(at, i), [...path, at.kind', 'else for (let i = at.arity - 1; i >= 0; i--) walk(childAt(at, i), [...path, at.kind', 'paths come in the other order than the leaves'],
  ]),
  ...plant('src/tree/operations.ts', [
    ['tree-transpose', 'leaves[o * inner.size + i]', 'leaves[i * outer.size + o]', 'a tree of trees is not turned inside out'],
    ['tree-map-rest', 'call(leaf, ...others.map(other => other[i]))', 'call(leaf, ...others.map(other => other[0]))', 'map takes the first leaf of every further tree'],
  ]),
  ...plant('src/tree/compare.ts', [
    ['prefix-cover', 'for (let i = 0; i < below.size; i++) out.push(at as P)', 'out.push(at as P)', 'a prefix that stops early covers one leaf'],
    ['prefix-record', 'cover(record[key], childAt(below, i), [...path, key])\n    })', 'cover(record[below.keys[0]!], childAt(below, i), [...path, key])\n    })', 'all keys of a prefix are the first'],
  ]),
  ...plant('src/lib/random/key.ts', [
    ['split-one-stream', 'concatenate(blocks(k, ...counters(shape)).map', 'concatenate(blocks(k, counters(shape)[0], counters(shape)[0]).map', 'all keys of a split are one'],
    ['foldIn-ignores', "blocks(k, scalar(0, 'u32'), word)", "blocks(k, scalar(0, 'u32'), scalar(0, 'u32'))", 'the key for a number does not depend on it'],
    ['keys-first', 'reshape(slice(all, [i, 0], [i + 1, 2]), [2])', 'reshape(slice(all, [0, 0], [1, 2]), [2])', 'all keys of a list are the first'],
    ['key-of-zero', 'Uint32Array.of(narrow ? 0 : Number(wide >> 32n), Number(wide & 0xffffffffn))', 'Uint32Array.of(0, Number(wide & 0xffffn))', 'seeds that agree in 16 bits have one key'],
  ]),
  ...plant('src/lib/random/sequential.ts', [
    ['draw-reuses', 'return [f(own), rest]', 'return [f(own), own]', 'the key that was drawn with is handed on'],
  ]),
]

/** What scan, map, the loops, the choices and associativeScan refuse. */
import { describe } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import type { Value } from '../../src/core/value.js'
import { associativeScan } from '../../src/higher/associative.js'
import { cond, switchCase } from '../../src/higher/choice.js'
import { foriLoop, map, scan, whileLoop } from '../../src/higher/loops.js'
import { grad, jvp, vjp } from '../../src/transforms/derivatives.js'
import { anything, refuses } from './refuses.js'

const xs = np.array([1, 2, 3])
const zero = np.array(0)
const both = (c: Value, x: Value): [Value, Value] => [np.add(c, x), x]
const below = (x: Value): Value => np.less(x, 100)
const twice = (x: Value): Value => np.multiply(x, 2)

describe('scan and map', () => {
  refuses('no function', 'BadArgument', () => scan(anything(1), zero, xs), 'scan: the first argument')
  refuses('options that are no record', 'BadArgument', () => scan(both, zero, xs, anything(true)), 'options')
  refuses('a misspelt option', 'BadArgument', () => scan(both, zero, xs, anything({ reversed: true })), 'options.reversed')
  refuses('a carry of another shape', 'CarryMismatch', () => scan((c: Value, x: Value) => [np.add(c, np.ones([2])), x], zero, xs), 'carry: it comes in as f32[] and leaves as f32[2]')
  refuses('a carry of another dtype', 'CarryMismatch', () => scan((c: Value, x: Value) => [np.astype(c, 'i32'), x], zero, xs), 'f32[] and leaves as i32[]', 'np.astype')
  refuses('a carry of another dtype below', 'CarryMismatch', () => scan(c => [{ n: [np.add(c.n[0]!, 0.5)] }, null], { n: [np.array(0, { dtype: 'i32' })] }, xs), 'carry.n[0]')
  refuses('a carry of another structure', 'CarryMismatch', () => scan((c: { a: Value }) => [anything({ b: c.a }), null], { a: zero }, xs), 'carry.a')
  refuses('a body that answers one array', 'BadArgument', () => scan(anything((c: Value) => c), zero, xs), 'a pair [carry, y]')
  refuses('a body that answers three', 'BadArgument', () => scan(anything((c: Value) => [c, c, c]), zero, xs), 'a pair [carry, y]')
  refuses('a body that answers nothing', 'BadArgument', () => scan(anything(() => undefined), zero, xs), 'got undefined')
  refuses('an async body', 'AsyncTrace', () => scan(anything(async (c: Value, x: Value) => [c, x]), zero, xs), 'a promise')
  refuses('a y that is a string', 'BadLeaf', () => scan(anything((c: Value) => [c, { name: 'a' }]), zero, xs), 'the result[1].name')
  refuses('an undefined carry', 'BadLeaf', () => scan(anything(both), undefined, xs), 'init is undefined')
  refuses('different lengths', 'AxesMismatch', () => scan(anything((c: Value) => [c, null]), zero, { a: xs, b: [np.ones([2])] }), 'xs.b[0] is 2 rows', '3 steps')
  refuses('a length that does not fit', 'AxesMismatch', () => scan(both, zero, xs, { length: 4 }), 'xs is 3 rows', '4 steps')
  refuses('a length that is no whole number', 'BadArgument', () => scan(both, zero, xs, { length: 1.5 }), 'length should be a whole number')
  refuses('a negative length', 'BadArgument', () => scan(anything((c: Value) => [c, null]), zero, null, { length: -1 }), 'got -1')
  refuses('nothing to scan over', 'BadArgument', () => scan(anything((c: Value) => [c, null]), zero, null), '{ length }')
  refuses('a scalar to scan over', 'BadArgument', () => scan(both, zero, zero), 'a leading axis')
  refuses('a reverse that is no boolean', 'BadArgument', () => scan(both, zero, xs, { reverse: anything('false') }), 'reverse should be a boolean')
  refuses('an unroll of zero', 'BadArgument', () => scan(both, zero, xs, { unroll: 0 }), 'unroll should be')
  refuses('map: no function', 'BadArgument', () => map(anything(null), xs), 'map: the first argument')
  refuses('map: an async function', 'AsyncTrace', () => map(anything(async (x: Value) => x), xs), 'map: the function returned a promise')
})

describe('whileLoop and foriLoop', () => {
  refuses('no condition', 'BadArgument', () => whileLoop(anything(true), twice, zero), 'whileLoop: cond should be a function, got true')
  refuses('no body', 'BadArgument', () => whileLoop(below, anything(zero), zero), 'whileLoop: body should be a function')
  refuses('a condition that is no bool', 'DTypeMismatch', () => whileLoop((x: Value) => x, twice, zero), 'one bool, got f32[]')
  refuses('a condition of several', 'DTypeMismatch', () => whileLoop(below, twice, xs), 'bool[3]', 'np.all')
  refuses('a condition that is a record', 'DTypeMismatch', () => whileLoop((x: Value) => ({ go: below(x) }), twice, zero), 'one bool')
  refuses('an async condition', 'AsyncTrace', () => whileLoop(async (x: Value) => below(x), twice, zero), 'a promise')
  refuses('an async body', 'AsyncTrace', () => whileLoop(below, async (x: Value) => twice(x), zero), 'a promise')
  refuses('a carry of another dtype', 'CarryMismatch', () => whileLoop(below, (x: Value) => np.astype(x, 'f64'), zero), 'f32[] and leaves as f64[]')
  refuses('a carry of another structure', 'CarryMismatch', () => whileLoop(c => below(c.x), c => [c.x], { x: zero }), 'the carry changes at carry')
  refuses('maxSteps that is no whole number', 'BadArgument', () => whileLoop(below, twice, zero, { maxSteps: 0.5 }), 'maxSteps should be a whole number')
  refuses('a misspelt option', 'BadArgument', () => whileLoop(below, twice, zero, anything({ maxsteps: 5 })), 'options.maxsteps')
  refuses('a JavaScript condition', 'NotConcrete', () => whileLoop(anything((x: number) => x < 100), twice, zero), 'a traced f32[] of whileLoop')
  refuses('reverse of an unbounded loop', 'ReverseOfWhile', () => grad((x: Value) => whileLoop(below, twice, x))(np.array(1)), '{ maxSteps }')
  refuses('vjp of an unbounded loop', 'ReverseOfWhile', () => vjp((x: Value) => whileLoop(below, twice, x), np.array(1))[1](np.array(1)), '{ maxSteps }')
  refuses('foriLoop: no body', 'BadArgument', () => foriLoop(0, 3, anything(1), zero), 'foriLoop: body should be a function')
  refuses('foriLoop: a fractional bound', 'BadArgument', () => foriLoop(0, 2.5, (_i, x: Value) => x, zero), 'upper should be a whole number that i32 holds')
  refuses('foriLoop: a float bound', 'BadArgument', () => foriLoop(zero, 2, (_i, x: Value) => x, zero), 'lower should be a whole number or an i32 scalar, got f32[]')
  refuses('foriLoop: a carry of another dtype', 'CarryMismatch', () => foriLoop(0, 2, (i, c) => ({ n: np.add(c.n, i) }), { n: np.array(0, { dtype: 'bool' }) }), 'foriLoop: the carry changes at carry.n')
  refuses('foriLoop: an async body', 'AsyncTrace', () => foriLoop(0, 2, async (_i, x: Value) => x, zero), 'foriLoop: the function returned a promise')
  refuses('foriLoop: reverse with traced bounds', 'ReverseOfWhile', () => grad((x: Value) => foriLoop(0, np.array(3, { dtype: 'i32' }), (_i, c: Value) => twice(c), x))(zero), '{ maxSteps }')
})

describe('cond and switchCase', () => {
  const yes = np.greater(np.array(1), 0)
  refuses('a predicate that is no bool', 'DTypeMismatch', () => cond(zero, twice, twice, zero), 'one bool, got f32[]', 'np.where')
  refuses('a predicate of several', 'DTypeMismatch', () => cond(np.greater(xs, 0), twice, twice, zero), 'bool[3]')
  refuses('a predicate that is no array', 'BadArgument', () => cond(anything('yes'), twice, twice, zero), "pred should be a bool scalar, got the string 'yes'")
  refuses('no function', 'BadArgument', () => cond(yes, anything(zero), twice, zero), 'cond: onTrue should be a function, got f32[]')
  refuses('no other function', 'BadArgument', () => cond(yes, twice, anything(undefined), zero), 'cond: onFalse should be a function, got undefined')
  refuses('branches of two dtypes', 'BranchMismatch', () => cond(yes, twice, (x: Value) => np.astype(x, 'i32'), zero), 'the result', 'i32[]')
  refuses('branches of two shapes below', 'BranchMismatch', () => cond(yes, (x: Value) => ({ a: [x] }), (x: Value) => ({ a: [np.ones([2])] }), zero), 'the result.a[0]', 'f32[2]')
  refuses('branches of two structures', 'BranchMismatch', () => cond(yes, (x: Value) => ({ a: x, b: x }), (x: Value) => ({ a: x }), zero), 'the result.b')
  refuses('an async branch', 'AsyncTrace', () => cond(yes, async (x: Value) => x, twice, zero), 'a promise')
  refuses('a branch that answers a string', 'BadLeaf', () => cond(yes, () => 'a', twice, zero), "the result is the string 'a'")
  refuses('switchCase: no list', 'BadArgument', () => switchCase(0, anything(twice), zero), 'branches should be a list')
  refuses('switchCase: an empty list', 'BadArgument', () => switchCase(0, [], zero), 'at least one function')
  refuses('switchCase: no function', 'BadArgument', () => switchCase(0, [twice, anything(zero)], zero), 'branches[1] should be a function')
  refuses('switchCase: a float index', 'DTypeMismatch', () => switchCase(zero, [twice], zero), 'one integer, got f32[]')
  refuses('switchCase: a fraction', 'DTypeMismatch', () => switchCase(0.5, [twice], zero), 'one integer')
  refuses('switchCase: branches of two types', 'BranchMismatch', () => switchCase(0, [twice, x => np.astype(x, 'bool')], zero), 'bool[]')
})

describe('associativeScan', () => {
  const sum = (a: Value, b: Value): Value => np.add(a, b)
  refuses('no function', 'BadArgument', () => associativeScan(anything(1), xs), 'associativeScan: the first argument')
  refuses('an axis out of range', 'AxisOutOfRange', () => associativeScan(sum, xs, { axis: 1 }), 'axis 1 is out of range for rank 1')
  refuses('two lengths', 'BadArgument', () => associativeScan(anything((a: unknown) => a), { a: xs, b: np.ones([2]) }), 'elems.b should be 3 rows')
  refuses('a result of another structure', 'TreeMismatch', () => associativeScan((a: Value) => ({ a }), xs), 'the result')
  refuses('a result of another shape', 'ShapeMismatch', () => associativeScan((a: Value) => np.sum(a), xs), 'the result of type f32[1]')
  refuses('an async function', 'AsyncTrace', () => associativeScan(async (a: Value) => a, xs), 'a promise')
  refuses('a misspelt option', 'BadArgument', () => associativeScan(sum, xs, anything({ reversed: true })), 'options.reversed')
})

describe('inside a derivative', () => {
  refuses('scan under jvp', 'CarryMismatch', () => jvp((v: Value) => scan((c: Value, x: Value) => [np.astype(c, 'i32'), x], v, xs)[1], [zero], [zero]), 'carry')
  refuses('cond under grad', 'BranchMismatch', () => grad((v: Value) => cond(true, twice, (x: Value) => np.stack([x, x]), v))(zero), 'f32[2]')
})

/** Control flow: as in generate/functions.py. */
import { associativeScan, cond, foriLoop, map, np, scan, switchCase, whileLoop, type Value } from '../../../src/index.js'
import { add, div, type Fn, ints, mul, sub, vector } from './words.js'

type Any = any
const scanOver = scan as Fn

const elman = (w: Value, h: Value, x: Value): Value => np.tanh(add(np.matmul(w, h), x))
const affine = (p: Any, q: Any): Any => ({ a: mul(q.a, p.a), b: add(mul(q.a, p.b), q.b) })

export const control: Readonly<Record<string, Fn>> = {
  'scan running sum': xs => scanOver((c: Value, x: Value) => [add(c, x), mul(c, x)], vector(0), xs),
  'scan elman': (w, h, xs) => scanOver((c: Value, x: Value) => { const n = elman(w, c, x); return [n, n] }, h, xs),
  'scan reversed': (w, h, xs) => scanOver((c: Value, x: Value) => { const n = elman(w, c, x); return [n, mul(n, 2)] }, h, xs, { reverse: true }),
  'scan of length': x => scanOver((c: Value) => [mul(np.sin(c), x), c], x, null, { length: 4 }),
  'scan tree': (init, xs) => scanOver((c: Any, x: Any) => [{ u: mul(c.u, x.a), v: add(c.v, c.u) }, { w: mul(c.v, x.b) }], init, xs),
  'scan unrolled': xs => scanOver((c: Value, x: Value) => [mul(np.cos(c), x), c], vector(0.5), xs, { unroll: 2 }),
  'scan empty': (c0, xs) => scanOver((c: Value, x: Value) => [mul(c, x), add(c, x)], c0, xs),
  'scan nested': xs => scanOver((c: Value, row: Value) => [scanOver((d: Value, x: Value) => [np.sin(add(d, x)), d], c, row)[0], mul(c, c)], vector(0.1), xs),
  'scan last carry': xs => scanOver((c: Value, x: Value) => [np.sin(add(c, mul(x, x))), null], vector(0.3), xs)[0],
  'scan with captured': (w, xs) => scanOver((c: Value, x: Value) => [np.tanh(add(mul(w, c), x)), c], np.zerosLike(w), xs)[0],
  'scan passing through': (a, xs) => scanOver(([c, d]: Any, x: Value) => [[c, add(mul(d, c), x)], c], [a, vector(1)], xs),
  'scan with counter': xs => scanOver(([i, c]: Any, x: Value) => [[add(i, 1), add(c, mul(x, i))], i], [ints(0), vector(0)], xs)[0][1],
  cond: (p, x) => (cond as Fn)(p, (z: Value) => np.sin(z), (z: Value) => mul(z, z), x),
  'cond on value': x => (cond as Fn)(np.greater(np.sum(x), 0), (z: Value) => mul(z, z), (z: Value) => np.negative(z), x),
  'cond with captured': (p, x, y) => (cond as Fn)(p, (z: Value) => mul(z, y), (z: Value) => add(z, y), x),
  'cond tree': (p, x) => (cond as Fn)(p, (z: Value) => ({ a: mul(z, 2), b: np.sum(z) }), (z: Value) => ({ a: np.exp(z), b: np.at(z, [0]) }), x),
  'cond in scan': xs => scanOver((c: Value, x: Value) => [(cond as Fn)(np.greater(x, 0), (z: Value) => mul(z, x), (z: Value) => sub(z, x), c), c], vector(1.5), xs),
  switchCase: (i, x) => (switchCase as Fn)(i, [(z: Value) => z, (z: Value) => mul(z, z), (z: Value) => np.exp(z)], x),
  map: xs => (map as Fn)((x: Value) => mul(np.sin(x), np.sum(xs)), xs),
  'map rows': xs => (map as Fn)((r: Value) => np.prod(r), xs),
  foriLoop: x => (foriLoop as Fn)(0, 5, (i: Value, c: Value) => add(mul(c, np.sin(c)), i), x),
  'foriLoop from': x => (foriLoop as Fn)(2, 6, (i: Value, c: Value) => add(c, mul(x, i)), mul(x, x)),
  'foriLoop updates': x => (foriLoop as Fn)(1, 4, (i: Value, a: Value) => np.set(a, [i], mul(np.at(a, [sub(i, 1)]), np.at(a, [i]))), x),
  'whileLoop newton': a => (whileLoop as Fn)(([, i]: Any) => np.less(i, 6), ([s, i]: Any) => [mul(0.5, add(s, div(a, s))), add(i, 1)], [a, ints(0)])[0],
  'whileLoop collatz': n => (whileLoop as Fn)(
    ([k]: Any) => np.notEqual(k, 1),
    ([k, steps]: Any) => [np.where(np.equal(np.mod(k, 2), 0), np.floorDivide(k, 2), add(mul(3, k), 1)), add(steps, 1)],
    [n, ints(0)],
  )[1],
  'whileLoop doubling': x => (whileLoop as Fn)(([c]: Any) => np.less(c, 100), ([c, p]: Any) => [mul(c, 2), mul(p, c)], [x, x]),
  'whileLoop bounded': a => (whileLoop as Fn)((x: Value) => np.greater(sub(mul(x, x), a), 1e-3), (x: Value) => mul(0.5, add(x, div(a, x))), a, { maxSteps: 10 }),
  'whileLoop bounded tree': (w, x) => {
    const { h, n } = (whileLoop as Fn)(({ n }: Any) => np.less(n, 3.5), ({ h, n }: Any) => ({ h: np.tanh(np.matmul(w, h)), n: add(n, 1) }), { h: x, n: vector(0) }, { maxSteps: 9 })
    return { h, n: mul(n, np.sum(h)) }
  },
  'whileLoop never': x => (whileLoop as Fn)((c: Value) => np.less(np.sum(c), 0), (c: Value) => mul(c, 2), mul(x, x)),
  'associativeScan add': x => (associativeScan as Fn)(add, x),
  'associativeScan mul': x => (associativeScan as Fn)(mul, x),
  'associativeScan max': x => (associativeScan as Fn)((a: Value, b: Value) => np.maximum(a, b), x),
  'associativeScan reverse': x => (associativeScan as Fn)(mul, x, { reverse: true }),
  'associativeScan axis': x => (associativeScan as Fn)(add, x, { axis: 1 }),
  'associativeScan affine': x => (associativeScan as Fn)(affine, x),
  'lazy power': x => (foriLoop as Fn)(0, 3, (i: Value, c: Value) => (cond as Fn)(np.equal(i, 1), (z: Value) => mul(z, x), (z: Value) => add(z, x), c), x),
}

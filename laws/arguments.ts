/** Arguments and results stand where they should: chosen arguments, auxiliary results, integers beside floats, axes of every sign, static values. */
import type { Value } from '../src/core/value.js'
import { associativeScan } from '../src/higher/associative.js'
import { cond, switchCase } from '../src/higher/choice.js'
import { customDerivative } from '../src/higher/custom.js'
import { closureConvert, jit } from '../src/higher/jit.js'
import { foriLoop, scan, whileLoop } from '../src/higher/loops.js'
import { add, convert, mul, neg, scale, sub } from '../src/primitives/arithmetic.js'
import { broadcast, scalar, sum } from '../src/primitives/base.js'
import { sin } from '../src/primitives/elementary.js'
import { gt, lt } from '../src/primitives/logic.js'
import { transpose } from '../src/primitives/structural.js'
import { grad, jvp, linearize, linearTranspose, valueAndGrad, vjp } from '../src/transforms/derivatives.js'
import { jet } from '../src/transforms/taylor.js'
import { hessian, hvp, jacfwd, jacrev } from '../src/transforms/jacobian.js'
import { vmap } from '../src/transforms/vectorize.js'
import { and, claim, fact, type Law, type Verdict } from './law.js'
import { array, dataOf, f64 } from './numbers.js'

const is = (got: unknown, shape: readonly number[], want: readonly number[]): Verdict => {
  const v = got as Value, xs = Array.from(dataOf(v))
  return claim(v.shape.join() === shape.join() && xs.length === want.length && xs.every((x, i) => Object.is(x, want[i]) || Math.abs(x - want[i]!) < 1e-12), `[${v.shape.join()}] ${xs.join()} instead of [${shape.join()}] ${want.join()}`)
}
const s = (x: number): Value => f64([], [x]), n = (x: number): Value => array('i32', [], [x])
const whole = (k: Value): Value => convert(k, 'f64')
/** x²·y + 3·z */
const three = (x: Value, y: Value, z: Value): Value => add(mul(mul(x, x), y), scale(3, z))
/** An integer beside floats, between them and before them. */
const beside = (k: Value, x: Value, m: Value, y: Value): readonly [Value, Value, Value] => [add(k, m), mul(mul(x, y), whole(k)), add(x, mul(whole(m), y))]
const refused = (f: () => unknown): boolean => { try { f(); return false } catch { return true } }
const a22 = f64([2, 2], [1, 2, 3, 4]), a234 = f64([2, 3, 4], Array.from({ length: 24 }, (_, i) => i))

export const argumentLaws: readonly Law[] = [
  fact('chosenArguments', 'argnums names the arguments, in the order asked for, from either end', () => {
    const at = [s(2), s(5), s(7)] as const
    const g = grad(three, { argnums: [2, 0] })(...at) as unknown as readonly Value[]
    const j = jacrev(three, { argnums: [1, 0] })(...at) as unknown as readonly Value[], f = jacfwd(three, { argnums: [1, 0] })(...at) as unknown as readonly Value[]
    const h = hessian(three, { argnums: [0, 1] })(...at) as unknown as readonly (readonly Value[])[]
    return and(
      () => is(grad(three)(...at), [], [20]), () => is(grad(three, { argnums: 1 })(...at), [], [4]), () => is(grad(three, { argnums: -1 })(...at), [], [3]), () => claim(g.length === 2, 'another number of gradients'),
      () => is(g[0], [], [3]), () => is(g[1], [], [20]), () => is(j[0], [], [4]), () => is(j[1], [], [20]), () => is(f[0], [], [4]), () => is(f[1], [], [20]),
      () => is(h[0]![0], [], [10]), () => is(h[0]![1], [], [4]), () => is(h[1]![0], [], [4]), () => is(h[1]![1], [], [0]))
  }),
  fact('auxiliaryResults', 'auxiliary results are answered as they are and take no part in the derivative', () => {
    const f = (x: Value): readonly [Value, { readonly twice: Value; readonly note: string; readonly count: Value }] => [mul(x, x), { twice: add(x, x), note: 'kept', count: n(4) }]
    type Aux = ReturnType<typeof f>[1]
    const [g, aux] = grad(f, { hasAux: true })(s(3)) as unknown as readonly [Value, Aux], [[v, more], w] = valueAndGrad(f, { hasAux: true })(s(3)) as unknown as readonly [readonly [Value, Aux], Value]
    const both = [jacrev, jacfwd].map(d => d(f, { hasAux: true })(s(3)) as unknown as readonly [Value, Aux])
    return and(() => is(g, [], [6]), () => is(w, [], [6]), () => is(v, [], [9]), ...[aux, more, ...both.map(b => b[1])].flatMap(x => [() => is(x.twice, [], [6]), () => is(x.count, [], [4]), () => claim(x.note === 'kept', 'words are lost')]),
      ...both.map(b => () => is(b[0], [], [6])))
  }),
  fact('integersBeside', 'integers among arguments and results have zero derivatives and keep their places', () => {
    const at = [n(3), s(2), n(4), s(5)] as const, along = [n(0), s(1), n(0), s(10)] as const
    const [, dys] = jvp(beside, at as never, along as never) as unknown as readonly [unknown, readonly Value[]]
    const [ys, push] = linearize(beside, ...at) as unknown as readonly [readonly Value[], (...t: readonly Value[]) => readonly Value[]]
    const [, pull] = vjp(beside, ...at) as unknown as readonly [unknown, (ct: readonly Value[]) => readonly Value[]]
    const back = pull([n(0), s(1), s(100)]), pushed = push(...along)
    return and(
      ...[[7, 30, 22]].flatMap(want => want.map((x, i) => () => is(ys[i], [], [x]))),
      ...[dys, pushed].flatMap(t => [() => is(t[0], [], [0]), () => is(t[1], [], [3 * (5 + 20)]), () => is(t[2], [], [1 + 40])]),
      () => is(back[0], [], [0]), () => is(back[1], [], [15 + 100]), () => is(back[2], [], [0]), () => is(back[3], [], [6 + 400]))
  }),
  fact('integersInside', 'integer results of calls, loops and choices keep their places under derivatives', () => {
    const call = (x: Value, y: Value): Value => { const [k, u, m, v] = jit((p: Value, q: Value) => [n(2), mul(p, q), convert(gt(p, q), 'i32'), add(p, q)] as const)(x, y) as readonly [Value, Value, Value, Value]; return add(mul(u, whole(k)), mul(v, whole(m))) }
    const loop = (x: Value, y: Value): Value => { const [[k, u]] = scan(([k, u]: readonly [Value, Value]) => [[add(k, scalar(1, 'i32')), mul(u, y)] as const, [k, u] as const] as const, [n(0), x] as const, null, { length: 3 }) as unknown as readonly [readonly [Value, Value]]; return mul(u, whole(k)) }
    const choice = (x: Value, y: Value): Value => { const [k, u] = cond(gt(x, y), (p: Value, q: Value) => [n(1), mul(p, q)] as const, (p: Value, q: Value) => [n(5), add(p, mul(q, q))] as const, x, y) as unknown as readonly [Value, Value]; return mul(u, whole(k)) }
    const both = (f: (x: Value, y: Value) => Value): readonly Value[] => grad(f, { argnums: [0, 1] })(s(2), s(3)) as unknown as readonly Value[]
    return and(() => is(both(call)[0], [], [6]), () => is(both(call)[1], [], [4]), () => is(both(loop)[0], [], [81]), () => is(both(loop)[1], [], [162]), () => is(both(choice)[0], [], [5]), () => is(both(choice)[1], [], [30]))
  }),
  fact('jacobianPlaces', 'a Jacobian has the axes of the result, then those of the argument, for every array of both', () => {
    const f = (x: Value, y: Value): readonly [Value, Value] => [mul(x, broadcast(y, [2, 2], [1])), sum(x, [0])]
    const x = a22, y = f64([2], [5, 7])
    return and(...[jacrev, jacfwd].flatMap(jac => {
      const [[xx, xy], [sx, sy]] = jac(f, { argnums: [0, 1] })(x, y) as unknown as readonly (readonly [Value, Value])[] as [readonly [Value, Value], readonly [Value, Value]]
      return [
        () => is(xx, [2, 2, 2, 2], [5, 0, 0, 0, 0, 7, 0, 0, 0, 0, 5, 0, 0, 0, 0, 7]), () => is(xy, [2, 2, 2], [1, 0, 0, 2, 3, 0, 0, 4]),
        () => is(sx, [2, 2, 2], [1, 0, 1, 0, 0, 1, 0, 1]), () => is(sy, [2, 2], [0, 0, 0, 0])]
    }), () => is(hvp((u: Value) => sum(mul(u, mul(u, u)), [0]), [y], [f64([2], [1, 2])]), [2], [30, 84]))
  }),
  fact('mappedAxes', 'inAxes and outAxes count axes from either end; what is not mapped is shared', () => {
    const whichIn = [0, 1, 2, -1, -2, -3].map(axis => () => {
      const at = axis < 0 ? axis + 3 : axis
      return is(vmap((u: Value) => u, { inAxes: axis })(a234), [at, ...[0, 1, 2].filter(d => d !== at)].map(d => a234.shape[d]!), Array.from(dataOf(transpose(a234, [at, ...[0, 1, 2].filter(d => d !== at)]))))
    })
    const whichOut = [0, 1, 2, -1, -2, -3].map(axis => () => {
      const at = axis < 0 ? axis + 3 : axis, perm = [1, 2].slice()
      perm.splice(at, 0, 0)
      return is(vmap((u: Value) => u, { outAxes: axis })(a234), perm.map(d => a234.shape[d]!), Array.from(dataOf(transpose(a234, perm))))
    })
    const y = f64([2], [10, 20])
    return and(...whichIn, ...whichOut,
      () => is(vmap((u: Value, v: Value) => add(u, v), { inAxes: [1, null] })(a22, y), [2, 2], [11, 23, 12, 24]), () => is(vmap((u: Value, v: Value) => sub(v, u), { inAxes: [null, 0] })(y, a22), [2, 2], [-9, -18, -7, -16]),
      () => is(vmap((_u: Value) => y)(a22), [2, 2], [10, 20, 10, 20]), () => is(vmap((_u: Value) => y, { outAxes: null })(a22), [2], [10, 20]))
  }),
  fact('staticValues', 'jit traces once for each static value and each type, and gives each its own program', () => {
    let traced = 0
    const f = jit((x: Value, p: unknown, y: Value) => { traced++; return add(mul(x, y), scalar(p === '1' ? 7 : Object.is(p, -0) ? 5 : typeof p === 'number' ? p : JSON.stringify(p).length, 'f64')) }, { staticArgnums: 1 }) as unknown as (x: Value, p: unknown, y: Value) => Value
    const statics: readonly (readonly [unknown, number])[] = [[1, 1], ['1', 7], [0, 0], [-0, 5], [{ a: 1 }, 7], [{ bb: 1 }, 8], [[1, 2], 5], [[1, 23], 6], [{ a: 1, bc: 2 }, 14]]
    const run = (): Verdict => and(...statics.map(([p, want]) => () => is(f(s(2), p, s(3)), [], [6 + want])))
    return and(run, () => claim(traced === statics.length, `${traced} traces`), run, () => claim(traced === statics.length, `${traced} traces after the second round`))
  }),
  fact('typesAreKeys', 'one jit at other shapes, dtypes and structures is another program each time, traced once', () => {
    let traced = 0
    const f = jit((t: { readonly a: Value; readonly b: readonly Value[] }) => { traced++; return [t.a, ...t.b].map((x, i) => scale(i + 1, sum(x, x.shape.map((_, d) => d)))).reduce((p, q) => add(p, q)) }) as unknown as (t: unknown) => Value
    const g = jit((t: unknown) => ('p' in (t as object) ? neg((t as { p: Value }).p) : (t as { q: Value }).q)) as unknown as (t: unknown) => Value
    const run = (): Verdict => and(
      () => is(f({ a: s(1), b: [s(2)] }), [], [5]), () => is(f({ a: s(1), b: [s(2), s(3)] }), [], [14]), () => is(f({ a: f64([2], [1, 2]), b: [s(2)] }), [], [7]), () => is(f({ a: n(1), b: [n(2)] }), [], [5]),
      () => claim(f({ a: array('f32', [], [1]), b: [array('f32', [], [2])] }).dtype === 'f32', 'another dtype'), () => is(g({ p: s(4) }), [], [-4]), () => is(g({ q: s(4) }), [], [4]))
    return and(run, () => claim(traced === 5, `${traced} traces`), run, () => claim(traced === 5, `${traced} traces after the second round`))
  }),
  fact('closedOverTracers', 'a jitted function that closes over a traced value is traced for each', () => {
    const outer = (c: Value): Value => { const f = jit((x: Value) => mul(mul(x, c), c)); return add(f(s(2)) as Value, f(s(3)) as Value) }
    let shared: Value = s(0)
    const one = jit((x: Value) => mul(x, shared))
    const through = (c: Value): Value => { shared = c; return one(s(5)) as Value }
    return and(() => is(grad(outer)(s(7)), [], [70]), () => is(grad(through)(s(7)), [], [5]), () => is(grad(through)(s(8)), [], [5]), () => is(vmap(through)(f64([2], [1, 2])), [2], [5, 10]))
  }),
  fact('closedOverArrays', 'closed-over arrays are told apart by all their elements, come first, and are left out where nobody reads them', () => {
    const a = f64([2], [1, 2]), b = f64([2], [1, 3]), x = f64([2], [10, 20])
    const f = (u: Value): Value => sub(mul(mul(u, b), b), mul(u, a))
    const [g, consts] = closureConvert(f, x), [, none] = closureConvert((u: Value) => { mul(u, a); return u }, x)
    const zero = f64([2], [0, 4])
    return and(() => is(jit(f)(x), [2], [0, 140]), () => is(g(x, ...consts), [2], [0, 140]), () => is(g(f64([2], [1, 1]), ...consts), [2], [0, 7]), () => claim(consts.length === 2, `${consts.length} closed-over values`), () => claim(none.length === 0, 'a value that nobody reads is kept'),
      () => claim(refused(() => linearTranspose((u: Value) => add(u, zero), x)), 'x + c passes for linear'), () => is((linearTranspose((u: Value) => mul(u, b), x)(x) as unknown as readonly Value[])[0], [2], [10, 60]))
  }),
  fact('bodiesCloseOver', 'bodies of loops and choices close over different values, each its own', () => {
    // arrays with an axis are closed over, scalars are literals
    const p = f64([1], [2]), q = f64([1], [3]), r = f64([1], [5]), v1 = (x: number): Value => f64([1], [x])
    const choose = (k: number) => (x: Value): Value => switchCase(k, [(u: Value) => mul(u, p), (u: Value) => add(mul(u, q), r), (u: Value) => sub(mul(u, r), p)], x) as Value
    const loop = (x: Value): Value => (whileLoop((([i, u]: readonly [Value, Value]) => lt(sum(add(u, mul(broadcast(whole(i), [1], []), p)), [0]), scalar(40, 'f64'))) as never, (([i, u]: readonly [Value, Value]) => [add(i, scalar(1, 'i32')), add(mul(u, q), r)]) as never, [scalar(0, 'i32'), x] as const) as unknown as readonly [Value, Value])[1]
    const steps = (from: Value | number, to: Value | number): Value => foriLoop(from, to, (i: Value, u: Value) => add(mul(u, scalar(10, 'f64')), whole(i)), s(0)) as Value
    return and(...[[0, 14], [1, 26], [2, 33], [-1, 14], [9, 33]].flatMap(([k, want]) => [() => is(choose(k!)(v1(7)), [1], [want!]), () => is(vmap(choose(k!))(f64([1, 1], [7])), [1, 1], [want!])]),
      () => is(loop(v1(1)), [1], [92]), () => is(jvp(loop, [v1(1)], [v1(1)])[1], [1], [27]), () => is(vmap(loop)(f64([2, 1], [1, 30])), [2, 1], [92, 95]),
      () => is(vmap((k: Value) => switchCase(k, [(u: Value) => mul(u, p), (u: Value) => add(mul(u, q), r), (u: Value) => sub(mul(u, r), p)], v1(7)) as Value)(array('i32', [5], [-1, 0, 1, 2, 9])), [5, 1], [14, 14, 26, 33, 33]),
      () => is(steps(2, 5), [], [234]), () => is(steps(n(2), n(5)), [], [234]), () => is(steps(3, 3), [], [0]), () => is(steps(5, 2), [], [0]), () => is(steps(n(5), n(2)), [], [0]))
  }),
  fact('orderOfSteps', 'loops go through their rows in order, in reverse and unrolled too; a bound on the steps is kept by the loop and by its derivatives', () => {
    const xs = f64([5], [1, 2, 3, 4, 5])
    const digits = (options: object): readonly [Value, Value] => scan((c: Value, x: Value) => { const d = add(mul(c, scalar(10, 'f64')), x); return [d, d] as const }, s(0), xs, options) as unknown as readonly [Value, Value]
    const prefixes = (reverse: boolean): Value => associativeScan((a: Value, b: Value) => add(a, b), xs, { reverse }) as Value
    const doubled = (maxSteps: number) => (x: Value): Value => whileLoop((() => array('bool', [], [1])) as never, ((c: Value) => add(c, c)) as never, x, { maxSteps }) as Value
    return and(...[1, 2, 3, 4, 7, true].flatMap(unroll => [
      () => is(digits({ unroll })[1], [5], [1, 12, 123, 1234, 12345]), () => is(digits({ unroll })[0], [], [12345]),
      () => is(digits({ unroll, reverse: true })[1], [5], [54321, 5432, 543, 54, 5]), () => is(digits({ unroll, reverse: true })[0], [], [54321])]),
      () => is(prefixes(false), [5], [1, 3, 6, 10, 15]), () => is(prefixes(true), [5], [15, 14, 12, 9, 5]),
      ...[0, 1, 2, 8, 9, 10, 17, 64, 65].flatMap(k => [() => is(doubled(k)(s(3)), [], [3 * 2 ** k]), () => is(grad(doubled(k))(s(3)), [], [2 ** k]), () => is(jvp(doubled(k), [s(3)], [s(1)])[1], [], [2 ** k]), () => is(vmap(doubled(k))(f64([2], [3, 5])), [2], [3 * 2 ** k, 5 * 2 ** k])]))
  }),
  fact('carriesThatEnd', 'a carry that the body replaces by a constant, or by another one, has the derivative of what it is', () => {
    const forget = (x: Value): Value => { const [[c], ys] = scan(([c, d]: readonly [Value, Value]) => [[scale(2, d), scalar(3, 'f64')] as const, mul(c, c)] as const, [x, s(5)] as const, null, { length: 2 }) as unknown as readonly [readonly [Value, Value], Value]; return add(c, sum(ys, [0])) }
    const turn = (options: object) => (x: Value): Value => { const [, c, d] = whileLoop((([i]: readonly Value[]) => lt(i!, scalar(2, 'i32'))) as never, (([i, c]: readonly Value[]) => [add(i!, scalar(1, 'i32')), scalar(3, 'f64'), mul(c!, c!)]) as never, [scalar(0, 'i32'), x, s(5)] as const, options) as unknown as readonly [Value, Value, Value]; return add(c, d) }
    const bounded = turn({ maxSteps: 2 }), free = turn({}), shorter = turn({ maxSteps: 1 })
    const rows = f64([2], [7, 8]), second = (f: (x: Value) => Value): Value => jet(f, [s(7)], [[s(1), s(1)]])[1][1]!
    return and(() => is(forget(s(7)), [], [6 + 49 + 100]), () => is(grad(forget)(s(7)), [], [14]), () => is(jvp(forget, [s(7)], [s(1)])[1], [], [14]), () => is(vmap(forget)(rows), [2], [155, 170]), () => is(second(forget), [], [16]),
      ...[bounded, free].flatMap(f => [() => is(f(s(7)), [], [12]), () => is(jvp(f, [s(7)], [s(1)])[1], [], [0]), () => is(vmap(f)(rows), [2], [12, 12]), () => is(second(f), [], [0])]),
      () => is(grad(bounded)(s(7)), [], [0]), () => is(shorter(s(7)), [], [52]), () => is(grad(shorter)(s(7)), [], [14]), () => is(vmap(grad(shorter))(rows), [2], [14, 16]), () => is(second(shorter), [], [16]))
  }),
  fact('carriesThatPassOn', 'what enters a chain of carries comes out at its end, however many turns it takes', () => {
    const start = (x: Value): readonly Value[] => [x, s(0), s(0), s(0)], next = ([a, b, c]: readonly Value[]): readonly Value[] => [mul(a!, a!), a!, b!, c!]
    const scanned = (x: Value): Value => (scan((k: readonly Value[]) => [next(k), null] as never, start(x), null, { length: 4 })[0] as unknown as readonly Value[])[3]!
    const looped = (options: object) => (x: Value): Value =>
      (whileLoop((([i]: readonly Value[]) => lt(i!, scalar(4, 'i32'))) as never, (([i, ...k]: readonly Value[]) => [add(i!, scalar(1, 'i32')), ...next(k)]) as never, [scalar(0, 'i32'), ...start(x)] as never, options) as unknown as readonly Value[])[4]!
    const forwards = [scanned, looped({}), looped({ maxSteps: 5 })], rows = f64([2], [3, 5])
    return and(...forwards.flatMap(f => [() => is(f(s(3)), [], [9]), () => is(jvp(f, [s(3)], [s(1)])[1], [], [6]), () => is(vmap(f)(rows), [2], [9, 25]), () => is(jet(f, [s(3)], [[s(1), s(0)]])[1][1]!, [], [2])]),
      ...[scanned, looped({ maxSteps: 5 })].flatMap(f => [() => is(grad(f)(s(3)), [], [6]), () => is(vmap(grad(f))(rows), [2], [6, 10]), () => is(jvp(grad(f), [s(3)], [s(1)])[1], [], [2])]))
  }),
  fact('dtypesOfCotangents', 'a tangent has the dtype of the result, a cotangent that of the argument, through every conversion', () => {
    const f = (x: Value): Value => mul(convert(mul(x, x), 'f64'), scalar(3, 'f64')), x = array('f32', [], [2]), back = (y: Value): Value => convert(mul(y, y), 'f32')
    const [dy, dx, dz, far] = [jvp(f, [x], [array('f32', [], [1])])[1], vjp(f, x)[1](s(1))[0]!, grad(back)(s(3)), linearTranspose((u: Value) => convert(u, 'f64'), x)(s(4))[0]!]
    return and(...([[dy, 'f64', 12], [dx, 'f32', 12], [dz, 'f64', 6], [far, 'f32', 4]] as const).map(([v, dtype, want]) => () => and(() => claim(v.dtype === dtype, `${v.dtype} instead of ${dtype}`), () => is(v, [], [want]))))
  }),
  fact('customPlaces', 'a custom derivative of several arguments and results sends each tangent and cotangent to its place', () => {
    const ones = f64([2], [0.25, 0.75])
    const f = customDerivative((x: Value, k: Value, y: Value) => {
      // a closed-over array comes before the arguments
      const a = sin(x), b = mul(y, sum(mul(ones, broadcast(y, [2], [])), [0]))
      return {
        value: { product: mul(a, b), sum: add(x, y), count: k }, push: (dx: Value, _dk: Value, dy: Value) => ({ product: add(mul(b, scale(2, dx)), mul(a, dy)), sum: add(dx, scale(3, dy)), count: k }),
        pull: (ct: { readonly product: Value; readonly sum: Value }) => [add(mul(b, scale(5, ct.product)), ct.sum), null as never, add(mul(a, ct.product), scale(7, ct.sum))].map((v, i) => (i === 1 ? n(0) : v)),
      } as never
    }) as unknown as (x: Value, k: Value, y: Value) => { readonly product: Value; readonly sum: Value }
    const apply = (x: Value, y: Value): readonly [Value, Value] => { const r = f(x, n(4), y); return [r.product, r.sum] }
    const [sinOne] = [Math.sin(1)]
    const [, dys] = jvp(apply, [s(1), s(2)], [s(10), s(100)]) as unknown as readonly [unknown, readonly Value[]], back = vjp(apply, s(1), s(2))[1]([s(10), s(100)]) as unknown as readonly Value[]
    const rows = vmap((x: Value, y: Value) => vjp(apply, x, y)[1]([s(10), s(100)]))(f64([2], [1, 1]), f64([2], [2, 2])) as unknown as readonly Value[]
    const inner = vjp((x: Value, y: Value) => vmap(apply)(x, y), f64([2], [1, 1]), f64([2], [2, 2]))[1]([f64([2], [10, 10]), f64([2], [100, 100])]) as unknown as readonly Value[]
    const dx = 4 * 5 * 10 + 100, dy = sinOne * 10 + 700
    return and(() => is(dys[0], [], [80 + sinOne * 100]), () => is(dys[1], [], [310]), () => is(back[0], [], [dx]), () => is(back[1], [], [dy]), () => is(rows[0], [2], [dx, dx]), () => is(inner[0], [2], [dx, dx]), () => is(inner[1], [2], [dy, dy]))
  }),
]

/** Laws of updates: arrays that are written a row at a time, in loops and choices, read before and after, stacked, swapped and given away, on a backend that writes in place. */
import * as fc from 'fast-check'
import { range } from '../src/core/aval.js'
import type { Program } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import { NDArray, type Value } from '../src/core/value.js'
import { switchCase } from '../src/higher/choice.js'
import { scan, whileLoop } from '../src/higher/loops.js'
import { stage } from '../src/interpreters/stage.js'
import { optimise, prepare } from '../src/optimise/pipeline.js'
import { add, mul, neg } from '../src/primitives/arithmetic.js'
import { broadcast, scalar, sum } from '../src/primitives/base.js'
import { cumsum } from '../src/primitives/cumulative.js'
import { dotGeneral } from '../src/primitives/contract.js'
import { gather, scatter } from '../src/primitives/gather.js'
import { dynamicSlice, dynamicUpdateSlice } from '../src/primitives/indexing.js'
import { bitAnd, lt } from '../src/primitives/logic.js'
import { sort } from '../src/primitives/sort.js'
import { concatenate, reshape, reverse, sliceInAxis, transpose } from '../src/primitives/structural.js'
import type { Backend } from '../src/runtime/backend.js'
import { reference } from '../backends/reference/index.js'
import type { WasmOptions } from '../backends/wasm/index.js'
import { alike, fresh, wasm } from './compiled.js'
import { lower } from '../src/compile/lower.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { misread } from './tenancy.js'

const rows = 3, columns = 4
interface Gene { readonly op: number; readonly a: number; readonly b: number; readonly c: number; readonly sub: readonly Gene[] }
interface Updates { readonly genes: readonly Gene[]; readonly inputs: number; readonly outs: readonly number[]; readonly given: number }

const int = (n: number): Value => scalar(n, 'i32')
/** A small whole number that depends on an element. */
const digit = (x: Value, most: number, at: number): Value => bitAnd(reshape(sliceInAxis(sliceInAxis(x, at % rows, at % rows + 1, 0), at % columns, at % columns + 1, 1), []), int(most))
const rowOf = (x: Value, at: Value): Value => dynamicSlice(x, [at, int(0)], [1, columns])
const spread = (row: Value): Value => broadcast(reshape(row, [columns]), [rows, columns], [1])
const flipped = (x: Value): Value => reshape(transpose(x, [1, 0]), [rows, columns])
const scatterRows = (kind: 'add' | 'set') => (x: Value, u: Value, y: Value): Value => scatter(x, reshape(concatenate([digit(y, 3, 0), digit(y, 3, 1)].map(i => reshape(i, [1])), 0), [2, 1]), sliceInAxis(u, 0, 2, 0), {
  offsetDims: [1], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], mode: 'fill', kind, uniqueIndices: false,
})

type Step = (x: Value, y: Value, g: Gene, inside: (genes: readonly Gene[], start: readonly Value[]) => readonly Value[]) => readonly Value[]
/** The last two values of what the genes inside make of two values. */
const steps: readonly Step[] = [
  // the two that are asked for most often: a row of another array, or of the same one
  (x, y, g) => [dynamicUpdateSlice(x, rowOf(y, int(g.c % rows)), [digit(y, 3, g.c), int(0)])],
  (x, _y, g) => [dynamicUpdateSlice(x, add(rowOf(x, int(g.c % rows)), broadcast(int(g.c), [1, columns], [])), [int((g.c >> 2) % rows), int(0)])],
  (x, y, g) => [dynamicUpdateSlice(x, sliceInAxis(y, 0, 2, 0), [int(g.c % 2), int(0)])],
  // all of an array, and one that nobody has seen
  (x, y, g) => { const whole = g.c % 2 ? y : flipped(mul(y, y)), d = dynamicUpdateSlice(add(x, flipped(x)), whole, [int(g.c % 3 - 1), int(0)]); return [d, add(d, d)] },
  (x, y) => [scatterRows('add')(x, y, x)],
  (x, y) => [scatterRows('set')(x, y, y)],
  (x, y, g) => [add(mul(x, broadcast(int(g.c % 5 - 2), [rows, columns], [])), y)],
  (x, y) => [add(x, flipped(y))],
  (x, y) => [add(x, reverse(y, [0]))],
  (x, y) => [add(x, spread(sum(y, [0])))],
  (x, y, g) => [add(y, spread(rowOf(x, digit(y, 3, g.c))))],
  x => [flipped(x)],
  (x, y) => [concatenate([sliceInAxis(x, 1, rows, 0), sliceInAxis(y, 0, 1, 0)], 0)],
  // kernels that are no nest
  (x, _y, g) => [cumsum(x, { axis: g.c % 2, reverse: g.c % 4 > 1 })],
  (x, _y, g) => sort([x], { axis: g.c % 2 }),
  (x, y) => [dotGeneral(x, concatenate([y, sliceInAxis(x, 0, 1, 0)], 0), { contract: [[1], [0]], batch: [[], []] })],
  (x, y) => [gather(x, reshape(concatenate(range(rows).map(i => reshape(digit(y, 3, i), [1])), 0), [rows, 1]), {
    offsetDims: [1], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [], startIndexMap: [0], sliceSizes: [1, columns], mode: 'clip',
  })],
  // one array becomes two
  (x, y, g) => {
    const one = dynamicUpdateSlice(x, rowOf(y, int(0)), [int(g.c % rows), int(0)])
    return [g.c % 4 < 2 ? one : cumsum(one, { axis: 0, reverse: false }), scatterRows(g.c % 2 ? 'add' : 'set')(x, y, y)]
  },
  // results that stay beside those that change
  (x, y, g) => [x, dynamicUpdateSlice(y, rowOf(x, int(0)), [int(g.c % rows), int(0)]), x],
  (x, y, g, inside) => {
    const turn = ([a, b, i]: readonly [Value, Value, Value], u: Value): readonly [readonly [Value, Value, Value], unknown] => {
      const [c, d] = inside(g.sub, [add(x, y), b, dynamicUpdateSlice(a, reshape(u, [1, columns]), [i, int(0)])]).slice(-2) as [Value, Value]
      const next = g.c % 3 === 0 ? [d, c] as const : g.c % 3 === 1 ? [d, a] as const : [c, d] as const
      return [[...next, add(i, int(1))] as const, g.c % 4 === 0 ? null : g.c % 4 === 1 ? rowOf(a, i) : g.c % 4 === 2 ? a : next[0]]
    }
    const [[a, b], ys] = scan(turn as never, [x, y, int(0)] as const, sliceInAxis(y, 0, 1 + (g.c >> 4) % 3, 0), { reverse: (g.c >> 2) % 2 === 1 }) as unknown as [readonly [Value, Value], Value | null]
    return ys === null ? [a, b] : [a, add(b, spread(sum(ys, range(ys.ndim - 1))))]
  },
  // each turn starts an inner loop from the same array
  (x, y, g) => {
    const start = add(x, y)
    const filled = (u: Value): Value => (scan((([d, i]: readonly Value[]) => [[dynamicUpdateSlice(d!, reshape(u, [1, columns]), [i!, int(0)]), add(i!, int(1))], null]) as never,
      [start, int(g.c % rows)] as const, null, { length: 2 }) as unknown as [readonly Value[]])[0][0]!
    return [(scan(((c: Value, u: Value) => [add(mul(c, broadcast(int(3), [rows, columns], [])), filled(add(u, reshape(rowOf(c, int(0)), [columns])))), null]) as never, x, y) as unknown as [Value])[0]]
  },
  (x, y, g, inside) => {
    const [, a, b] = whileLoop((([i, a]: readonly Value[]) => lt(i!, digit(a!, 3, g.c))) as never, (([i, a, b]: readonly Value[]) => {
      const [c, d] = inside(g.sub, [mul(x, y), a!, dynamicUpdateSlice(b!, rowOf(a!, i!), [i!, int(0)])]).slice(-2)
      return [add(i!, int(1)), g.c % 2 ? c! : b!, d!]
    }) as never, [int(0), x, y] as const, { maxSteps: 4 } as never) as unknown as readonly Value[]
    return [a!, b!]
  },
  (x, y, g, inside) => {
    const first = (a: Value, b: Value): readonly [Value, Value] => inside(g.sub, [a, b]).slice(-2) as unknown as readonly [Value, Value]
    return switchCase(digit(x, 3, g.c), [
      first, (a: Value, b: Value): readonly [Value, Value] => [dynamicUpdateSlice(a, rowOf(b, int(1)), [int(g.c % rows), int(0)]), g.c % 2 ? b : neg(a)],
      (a: Value): readonly [Value, Value] => [a, a],
    ] as never, x, y) as unknown as readonly [Value, Value]
  },
]

const gene: fc.Arbitrary<Gene> = fc.letrec<{ gene: Gene; genes: readonly Gene[] }>(tie => ({
  gene: fc.record({
    op: fc.noBias(fc.nat(steps.length - 1)), a: fc.noBias(fc.nat(3)), b: fc.noBias(fc.nat(3)), c: fc.noBias(fc.nat(63)),
    sub: fc.oneof({ maxDepth: 2, depthSize: 'small' }, fc.constant<readonly Gene[]>([]), tie('genes')),
  }),
  genes: fc.array(tie('gene'), { minLength: 1, maxLength: 3 }),
})).gene
const updates: fc.Arbitrary<Updates> = fc.record({
  genes: fc.array(gene, { minLength: 1, maxLength: 6, size: 'max' }), inputs: fc.integer({ min: 1, max: 3 }), outs: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }), given: fc.nat(7),
})

const decode = (genes: readonly Gene[], start: readonly Value[]): readonly Value[] => genes.reduce<readonly Value[]>((env, g) => {
  const pick = (n: number): Value => env[env.length - 1 - n % env.length]!
  return [...env, ...steps[g.op % steps.length]!(pick(g.a), pick(g.b), g, decode)]
}, start)
const matrix = (k: number): NDArray => new NDArray({ dtype: 'i32', shape: [rows, columns] }, Int32Array.from({ length: rows * columns }, (_, i) => (7 * i * i + 13 * i * k + 5 * k) % 31 - 9))

interface Made { readonly programs: readonly Program[]; readonly inputs: readonly NDArray[]; readonly given: readonly boolean[] }
const madeOf = ({ genes, inputs, outs, given }: Updates): Made => {
  const xs = range(inputs).map(matrix)
  const f = (...start: readonly Value[]): readonly Value[] => {
    const env = decode(genes, start)
    return outs.map(n => env[env.length - 1 - n % env.length]!)
  }
  const { program } = stage(f, xs.map(x => x.aval))
  const traced = optimise(program)
  return { programs: [traced, prepare(traced)], inputs: xs, given: xs.map((_, i) => (given >> i) % 2 === 1) }
}

const about = (name: string, statement: string, holds: (m: Made, p: Program) => Verdict): Law<Updates> =>
  law(name, statement, updates, u => { const m = madeOf(u); return and(...m.programs.map(p => () => holds(m, p))) })

const agrees = (options: WasmOptions) => ({ inputs }: Made, p: Program): Verdict => {
  const xs = fresh(inputs), want = reference.run(p, inputs), backend = wasm(options)
  return and(
    () => alike(backend.run(p, xs), want, 'output', p),
    () => alike(xs, inputs, 'input', p),
    () => alike(backend.run(p, xs), want, 'the second time output', p))
}

/** The same elements in the memory of the kernels. */
const resident = (backend: Backend, xs: readonly NDArray[]): readonly NDArray[] => {
  const { program } = stage((...ys) => ys.map(y => add(y, broadcast(int(0), [rows, columns], []))), xs.map(x => x.aval))
  return backend.run(program, xs)
}
const givenAgrees = ({ inputs, given }: Made, p: Program): Verdict => {
  const backend = wasm({ level: 'relaxed', threads: 2, threshold: 4 }), want = reference.run(p, inputs)
  const kept = (xs: readonly NDArray[]): readonly NDArray[] => xs.filter((_, i) => !given[i])
  return and(...[resident(backend, inputs), fresh(inputs)].map(xs => (): Verdict => {
    const got = backend.run(p, xs, { inputs: given, spender: { by: 'a law', at: null } })
    return and(() => alike(got, want, 'output', p), () => alike(kept(xs), kept(inputs), 'kept input', p))
  }))
}

type Matrices = (x: Value, y: Value) => readonly Value[]
const put = (x: Value, row: Value, at: number | Value): Value => dynamicUpdateSlice(x, reshape(row, [1, columns]), [typeof at === 'number' ? int(at) : at, int(0)])
/** In memory of its own, and dead after its last use. */
const stored = (x: Value, y: Value): Value => cumsum(add(x, flipped(y)), { axis: 0, reverse: false })
const looped = (body: (c: Value, u: Value, i: Value) => readonly [Value, Value | null], x: Value, y: Value): readonly Value[] => {
  const [[c], ys] = scan((([c, i]: readonly Value[], u: Value) => { const [next, out] = body(c!, u, i!); return [[next, add(i!, int(1))], out] }) as never, [x, int(0)] as const, y) as unknown as [readonly Value[], Value | null]
  return ys === null ? [c!] : [c!, ys]
}
/** Each would go wrong if one condition were not looked at under which memory is written in place. */
const traps: Readonly<Record<string, Matrices>> = {
  'an inner loop starts from the same array each turn': (x, y) => { const t = stored(x, y); return looped((c, u) => [add(c, looped((d, v, i) => [put(d, add(v, u), i), null], t, y)[0]!), null], x, y) },
  'the first of two branches needs what was changed': (x, y) => {
    const t = stored(x, y), changed = put(t, sliceInAxis(y, 0, 1, 0), 1), bits = cumsum(changed, { axis: 0, reverse: false })
    return [switchCase(digit(mul(x, broadcast(int(4), [rows, columns], [])), 3, 0), [(a: Value, b: Value) => add(a, flipped(b)), (_: Value, b: Value) => b] as never, t, bits) as unknown as Value]
  },
  'one array becomes two, one after the other': (x, y) => { const t = stored(x, y); return [cumsum(put(t, sliceInAxis(y, 0, 1, 0), 1), { axis: 0, reverse: false }), scatterRows('add')(t, x, y)] },
  'every turn changes a copy of the same array': (x, y) => { const t = stored(x, y); return looped((c, u, i) => [add(c, cumsum(put(t, u, i), { axis: 1, reverse: false })), null], x, y) },
  'every turn needs a row that another turn must not change': (x, y) => { const t = stored(x, y); return looped((c, u, i) => { const d = put(t, add(u, reshape(rowOf(t, int(0)), [columns])), i); return [put(c, sum(d, [0]), 0), reshape(rowOf(d, i), [columns])] }, x, y) },
  'a state turns on its head': (x, y) => looped((c, u, i) => [flipped(put(c, u, i)), null], x, y),
  'a state moves up': (x, y) => looped((c, u) => [concatenate([sliceInAxis(c, 1, rows, 0), reshape(u, [1, columns])], 0), null], x, y),
  'what is read is found in what is new': (x, y) => looped((c, u, i) => { const d = put(c, u, i); return [d, rowOf(c, digit(cumsum(d, { axis: 0, reverse: false }), 3, 5))] }, x, y),
  'what is old is added to what is new': (x, y) => looped((c, u, i) => { const d = put(c, u, i); return [d, sum(mul(c, d), [0])] }, x, y),
  'what is old is read by one that a third reads': (x, y) => looped((c, u, i) => { const d = put(c, u, i), e = cumsum(c, { axis: 0, reverse: false }); return [d, sum(mul(e, cumsum(d, { axis: 1, reverse: false })), [0])] }, x, y),
  'a result is changed once more': (x, y) => { const t = stored(x, y); return [t, put(t, sliceInAxis(y, 0, 1, 0), 2), put(put(t, sliceInAxis(x, 1, 2, 0), 0), sliceInAxis(y, 1, 2, 0), 0)] },
  'a source is changed after it was copied': (x, y) => { const t = stored(x, y), a = put(t, sliceInAxis(y, 0, 1, 0), 2), b = put(a, sliceInAxis(x, 0, 1, 0), 1); return [b, cumsum(a, { axis: 0, reverse: false }), a] },
  'two results of what is given': (x, y) => [put(x, sliceInAxis(y, 0, 1, 0), 1), flipped(x), put(x, sliceInAxis(y, 1, 2, 0), 2)],
  'arguments trade places on their heads': (x, y) => [flipped(add(y, x)), flipped(add(x, mul(y, y)))],
  'products and sorts of a state': (x, y) => looped((c, u) => [dotGeneral(c, concatenate([flipped(c), reshape(u, [1, columns])], 0), { contract: [[1], [0]], batch: [[], []] }), null], sort([x], { axis: 0 })[0]!, y),
  'a part of a sum and the elements it is made of': (x, y) => looped((c, u) => { const total = sum(c, [0, 1]); return [add(c, broadcast(add(total, sum(u, [0])), [rows, columns], [])), null] }, x, y),
  'chains of elements that die': (x, y) => [range(4).reduce((t, k) => add(cumsum(t, { axis: k % 2, reverse: false }), flipped(mul(t, y))), x)],
  'an update is all of an array that is made after it': (x, y) => {
    const t = stored(x, y), u = add(t, y), c = cumsum(u, { axis: 1, reverse: false }), d = dynamicUpdateSlice(add(c, flipped(c)), u, [int(-1), int(0)])
    return [d, mul(d, d), cumsum(add(d, x), { axis: 0, reverse: false })]
  },
  // a carry of eight in two halves is as large as the 32 elements that are made of it last
  'a half of a carry is read again and again': (x, y) => {
    const line = (v: Value): Value => reshape(sliceInAxis(v, 0, 2, 0), [2 * columns])
    const [c] = scan(((c: Value, u: Value) => [add(reverse(c, [0]), broadcast(sum(u, [0]), [2 * columns], [])), null]) as never, line(x), y) as unknown as [Value]
    const many = add(broadcast(c, [columns, 2 * columns], [1]), broadcast(line(y), [columns, 2 * columns], [1]))
    return [cumsum(many, { axis: 1, reverse: true })]
  },
  'rows that move up': (x, y) => [cumsum(concatenate([sliceInAxis(stored(x, y), 1, rows, 0), sliceInAxis(y, 0, 1, 0)], 0), { axis: 1, reverse: false })],
  'an input that is turned over twice': (x, y) => [reverse(reverse(x, [0]), [0]), put(y, sliceInAxis(x, 0, 1, 0), 1)],
  'a loop that ends by what it wrote': (x, y) => {
    const [, c] = whileLoop((([i, c]: readonly Value[]) => lt(add(i!, bitAnd(sum(cumsum(c!, { axis: 0, reverse: false }), [0, 1]), int(0))), int(3))) as never,
      (([i, c]: readonly Value[]) => [add(i!, int(1)), add(put(c!, rowOf(y, i!), i!), flipped(c!))]) as never, [int(0), x] as const) as unknown as readonly Value[]
    return [c!]
  },
  'turns change different rows of the same array': (x, y) => {
    const t = stored(x, y)
    const either = (i: Value, r: Value): Value => switchCase(bitAnd(i, int(1)), [(a: Value, b: Value) => put(a, b, 0), (a: Value, b: Value) => put(a, b, 1)] as never, t, r) as unknown as Value
    return looped((c, u, i) => [add(c, cumsum(either(i, u), { axis: 1, reverse: false })), null], x, y)
  },
}
const trapped = (name: string): Verdict => {
  const inputs = [matrix(0), matrix(1)]
  const { program } = stage((x, y) => traps[name]!(x!, y!), inputs.map(x => x.aval))
  const traced = optimise(program), masks = [[false, false], [true, false], [true, true]]
  return and(...[traced, prepare(traced)].flatMap(p => masks.flatMap(given => [
    (): Verdict => { const bad = misread(lower(p, null, given), given); return claim(bad === null, `${name}: ${bad}`) },
    (): Verdict => and(() => agrees({ level: 'baseline', threads: 1 })({ programs: [], inputs, given }, p), () => givenAgrees({ programs: [], inputs, given }, p)),
  ])))
}

export const updateLaws: readonly Law[] = [
  ...Object.keys(traps).map((name, i) => fact(`updateTrap${i + 1}`, name, () => trapped(name))),
  about('updatesAgree', 'updates, in loops and outside, mean on the compiled backend what they mean on the reference, and leave its inputs as they were', agrees({ level: 'baseline', threads: 1 })),
  about('updatesAgreeInMemory', 'the same where all arrays reside in the memory of the kernels, and two threads share the work', agrees({ level: 'relaxed', threads: 2, threshold: 4 })),
  about('givenAgrees', 'the same where results may lie in the memory of inputs that are given away; the others are as they were', givenAgrees),
  about('updatesSeeWrites', 'every element that their plans read is what its own buffer wrote there last, whatever inputs are given away', ({ given }, p) => {
    const bad = misread(lower(p)) ?? misread(lower(p, null, given), given)
    return claim(bad === null, `${bad}\n${showProgram(p)}`)
  }),
]

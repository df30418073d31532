/** Laws of products and of what follows on them: sums that nests read element by element, of all shapes, in loops and outside, shared out, and with inputs given away. */
import * as fc from 'fast-check'
import { range } from '../src/core/aval.js'
import { allocate, type DType } from '../src/core/dtype.js'
import type { Program } from '../src/core/primitive.js'
import { showProgram } from '../src/core/print.js'
import { NDArray, type Value } from '../src/core/value.js'
import { lower } from '../src/compile/lower.js'
import type { Step } from '../src/compile/plan.js'
import { scan } from '../src/higher/loops.js'
import { stage } from '../src/interpreters/stage.js'
import { optimise, prepare } from '../src/optimise/pipeline.js'
import { add, clamp, convert, maximum, mul, neg, select, sub } from '../src/primitives/arithmetic.js'
import { broadcast, scalar, sum } from '../src/primitives/base.js'
import { cumsum } from '../src/primitives/cumulative.js'
import { dotGeneral } from '../src/primitives/contract.js'
import { dynamicUpdateSlice } from '../src/primitives/indexing.js'
import { lt } from '../src/primitives/logic.js'
import { iota, reshape, reverse, sliceInAxis, transpose } from '../src/primitives/structural.js'
import { reference } from '../backends/reference/index.js'
import type { WasmOptions } from '../backends/wasm/index.js'
import { alike, fresh, wasm } from './compiled.js'
import { and, claim, fact, type Law, law, type Verdict } from './law.js'
import { misread } from './tenancy.js'

/** A product of [batch, m, k] and [batch, k, n] or [k, n]; either side may be transposed. `then` are what follows on it, in order. */
export interface Product {
  readonly dtype: DType
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
  readonly shared: boolean
  readonly flips: number
  readonly then: readonly number[]
  /** 1: the sums themselves are wanted as well; 2: another order of them; 3: only whether they are less than others. */
  readonly kept: number
  readonly loop: boolean
  /** The left operand is changed between the product and what follows: 1; and what follows depends on the change: 2; and another reads what it may write over: 3. */
  readonly update: number
  readonly given: number
}

export const inputsOf = ({ dtype, batch, m, n, k, shared, flips }: Product): readonly NDArray[] => {
  const lead = batch > 0 ? [batch] : []
  const whole = (shape: readonly number[], seed: number): NDArray => {
    const data = allocate(dtype, shape.reduce((a, b) => a * b, 1))
    for (let i = 0; i < data.length; i++) data[i] = (7 * i * i + 3 * i + 11 * seed + (i >> 3)) % 5 - 2
    return new NDArray({ dtype, shape }, data)
  }
  const turned = (a: number, b: number, flip: number): readonly number[] => (flip % 2 === 1 ? [b, a] : [a, b])
  return [
    whole([...lead, ...turned(m, k, flips)], 1), whole([...shared ? [] : lead, ...turned(k, n, flips >> 1)], 2),
    whole([n], 3), whole([m], 4), whole([...lead, m, n], 5), whole([...lead, n, m], 6),
  ]
}
const swapped = (x: Value): Value => transpose(x, [...range(x.ndim - 2), x.ndim - 1, x.ndim - 2])
const productOf = (x: Value, y: Value): Value => {
  const lead = y.ndim === 3 ? 1 : 0
  return dotGeneral(x, y, { contract: [[x.ndim - 1], [lead]], batch: lead === 1 ? [[0], [0]] : [[], []] })
}
const bounded = (x: Value): Value => clamp(broadcast(scalar(-99, x.dtype), x.shape, []), x, broadcast(scalar(99, x.dtype), x.shape, []))
interface Beside { readonly row: Value; readonly column: Value; readonly like: Value; readonly across: Value }
/** What may stand behind a product of the shape of `y`; exact in floats too, since all numbers are small and whole. */
const followers: readonly ((y: Value, beside: Beside) => Value)[] = [
  (y, { row }) => add(y, broadcast(row, y.shape, [y.ndim - 1])),
  (y, { column }) => mul(bounded(y), broadcast(column, y.shape, [y.ndim - 2])),
  y => maximum(y, broadcast(scalar(0, y.dtype), y.shape, [])),
  (y, { like }) => add(mul(bounded(y), like), like),
  (y, { like }) => sub(like, y),
  (y, { across }) => sub(y, swapped(across)),
  (y, { like }) => add(y, reverse(like, [like.ndim - 1])),
  (y, { like }) => sub(bounded(y), broadcast(sum(like, [like.ndim - 1]), y.shape, range(y.ndim - 1))),
  y => neg(bounded(y)),
  y => reverse(y, [y.ndim - 2]),
  y => (y.shape[y.ndim - 1] === y.shape[y.ndim - 2] ? add(y, swapped(y)) : y),
  (y, { like }) => add(like, broadcast(reshape(sliceInAxis(y, 0, 1, y.ndim - 2), [...y.shape.slice(0, -2), y.shape[y.ndim - 1]!]), y.shape, [...range(y.ndim - 2), y.ndim - 1])),
  (y, { like }) => select(lt(y, like), like, y),
  y => range(3).reduce((z, i) => {
    const rows = y.shape[y.ndim - 2]!, falling = reverse(sliceInAxis(iota('i32', [rows + i], 0), i, rows + i, 0), [0])
    return add(z, broadcast(convert(falling, y.dtype), y.shape, [y.ndim - 2]))
  }, y),
]
const followed = (y: Value, then: readonly number[], beside: Beside): Value => then.reduce((z, t) => followers[t % followers.length]!(z, beside), y)

export const productProgram = (p: Product): Program => {
  const { then, kept, loop, flips, update } = p
  const f = (x: Value, w: Value, row: Value, factors: Value, like: Value, across: Value): readonly Value[] => {
    const beside = { row, column: factors, like, across }
    const left = flips % 2 === 1 ? swapped(x) : x, right = (flips >> 1) % 2 === 1 ? swapped(w) : w
    if (!loop) {
      const own = update > 0 ? cumsum(left, { axis: left.ndim - 1, reverse: false }) : left
      const y = productOf(own, right)
      const column = add(sliceInAxis(left, 0, 1, left.ndim - 1), broadcast(scalar(3, left.dtype), [...left.shape.slice(0, -1), 1], []))
      const changed = update > 0 ? dynamicUpdateSlice(own, column, range(left.ndim).map(() => scalar(0, 'i32'))) : own
      const late = update === 2 ? { ...beside, column: bounded(sum(changed, [...range(left.ndim - 2), left.ndim - 1])) } : beside
      const z = followed(y, then, late)
      return [kept === 3 ? lt(y, like) : z, ...kept === 1 ? [y] : kept === 2 ? [reverse(y, [y.ndim - 1])] : [], ...update > 0 ? [changed] : [], ...update === 3 ? [swapped(like)] : []]
    }
    // the state is multiplied again and again
    const [c, ys] = scan(((c: Value) => {
      const y = productOf(bounded(c), right)
      const next = followed(y, then, beside)
      return [next, kept === 1 ? y : kept === 2 ? reverse(y, [1]) : next]
    }) as never, left, null, { length: 3 }) as unknown as readonly [Value, Value]
    return [c, ys]
  }
  return stage(f as never, inputsOf(p).map(x => x.aval)).program
}

const sizes = (...ns: readonly number[]): fc.Arbitrary<number> => fc.constantFrom(...ns)
export const product: fc.Arbitrary<Product> = fc.record({
  dtype: fc.constantFrom<DType>('f32', 'f64', 'i32'), batch: sizes(0, 0, 1, 2, 3), m: sizes(1, 1, 2, 3, 5, 8, 13, 40), n: sizes(1, 2, 3, 4, 7, 8, 9, 16, 37), k: sizes(1, 3, 5, 8, 9, 24, 40, 330),
  shared: fc.boolean(), flips: fc.nat(3), then: fc.array(fc.nat(followers.length - 1), { minLength: 1, maxLength: 4 }), kept: fc.nat(3), loop: fc.boolean(), update: fc.nat(3), given: fc.nat(63),
}).map(p => (p.loop ? { ...p, batch: 0, n: p.k > 40 ? 7 : p.k, k: p.k > 40 ? 7 : p.k } : p))

const about = (name: string, statement: string, holds: (p: Program, inputs: readonly NDArray[], given: readonly boolean[]) => Verdict): Law<Product> =>
  law(name, statement, product, u => {
    const program = optimise(productProgram(u)), inputs = inputsOf(u)
    return holds(program, inputs, inputs.map((_, i) => (u.given >> i) % 2 === 1))
  })
const agrees = (options: WasmOptions) => (p: Program, inputs: readonly NDArray[]): Verdict => {
  const want = reference.run(p, inputs), xs = fresh(inputs)
  return and(() => alike(wasm(options).run(p, xs), want, 'output', p), () => alike(xs, inputs, 'input', p))
}
const contractions = (steps: readonly Step[]): readonly boolean[] => steps.flatMap(s => (s.tag === 'kernel' ? (s.kernel.tag === 'contract' ? [s.kernel.then !== null] : [])
  : s.tag === 'loop' ? contractions(s.body) : []))
const plain: Product = { dtype: 'f32', batch: 0, m: 40, n: 37, k: 40, shared: false, flips: 0, then: [0, 2], kept: 0, loop: false, update: 0, given: 0 }

/** Each would go wrong if one condition were not looked at under which something follows a product. */
const traps: Readonly<Record<string, Product>> = {
  'sums and the same turned over': { ...plain, m: 13, n: 13, then: [10] },
  'the first row of the sums for all': { ...plain, then: [11] },
  'what is given lies beside the sums': { ...plain, then: [4], given: 16 },
  'sums are compared': { ...plain, then: [12], kept: 3 },
  'the operand is changed before what follows': { ...plain, update: 1 },
  'what follows needs what was changed': { ...plain, update: 2, then: [1, 0] },
  'others read what it will write over': { ...plain, update: 3, then: [4], given: 16 },
  'ramps that fall down the rows': { ...plain, m: 128, n: 128, k: 40, then: [13] },
  'more columns than a block has': { ...plain, m: 8, n: 1100, k: 24, then: [0, 3] },
}
const trapped = (name: string): Verdict => {
  const u = traps[name]!, p = optimise(productProgram(u)), inputs = inputsOf(u), given = inputs.map((_, i) => (u.given >> i) % 2 === 1)
  const backend = wasm({ level: 'baseline', threads: 1, threshold: 4 })
  return and(
    () => agrees({ level: 'baseline', threads: 1 })(p, inputs),
    () => alike(backend.run(p, fresh(inputs), { inputs: given, spender: { by: 'a law', at: null } }), reference.run(p, inputs), 'with what is given output', p),
    () => { const bad = misread(lower(p)) ?? misread(lower(p, null, given), given); return claim(bad === null, `${name}: ${bad}`) })
}

export const productLaws: readonly Law[] = [
  ...Object.keys(traps).map((name, i) => fact(`productTrap${i + 1}`, name, () => trapped(name))),
  about('productsAgree', 'products and what follows on them mean on the compiled backend what they mean on the reference, and leave their inputs as they were', agrees({ level: 'baseline', threads: 1 })),
  about('productsAgreeShared', 'the same where all arrays reside in the memory of the kernels, and two threads share the work', agrees({ level: 'relaxed', threads: 2, threshold: 4 })),
  about('productsGiven', 'the same where results may lie in the memory of inputs that are given away; the others are as they were', (p, inputs, given) => {
    const kept = (xs: readonly NDArray[]): readonly NDArray[] => xs.filter((_, i) => !given[i])
    const want = reference.run(p, inputs), xs = fresh(inputs)
    return and(
      () => alike(wasm({ level: 'relaxed', threads: 1, threshold: 4 }).run(p, xs, { inputs: given, spender: { by: 'a law', at: null } }), want, 'output', p),
      () => alike(kept(xs), kept(inputs), 'kept input', p))
  }),
  fact('productsAreFollowed', 'what is computed from a product element by element follows it part by part, whether the product is kept or not, in a loop and outside, over several axes, and where it is turned', () => and(
    ...[plain, { ...plain, kept: 1 }, { ...plain, loop: true, n: 40, m: 8 }, { ...plain, batch: 3 }, { ...plain, batch: 3, shared: true }, { ...plain, m: 1 }, { ...plain, n: 1 }, { ...plain, then: [3, 1, 4] }]
      .map(u => (): Verdict => {
        const found = contractions(lower(prepare(optimise(productProgram(u)))).steps)
        return claim(found.length > 0 && found.every(Boolean), `of ${found.length} products ${found.filter(Boolean).length} are followed: ${JSON.stringify(u)}`)
      }),
    () => claim(!contractions(lower(prepare(optimise(productProgram({ ...plain, then: [9] })))).steps).some(Boolean), 'a product that is read in another order is followed'))),
  law('followsSeeWrites', 'what follows reads of the sums its own, and of all else what was written last', product, u => {
    const small = { ...u, m: Math.min(u.m, 8), n: Math.min(u.n, 8), k: Math.min(u.k, 8), ...u.loop ? { n: Math.min(u.n, 7), k: Math.min(u.n, 7) } : {} }
    const p = optimise(productProgram(small)), given = inputsOf(small).map((_, i) => (u.given >> i) % 2 === 1)
    const bad = misread(lower(p)) ?? misread(lower(p, null, given), given)
    return claim(bad === null, `${bad}\n${showProgram(p)}`)
  }),
]

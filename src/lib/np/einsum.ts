/** Einstein's summation: letters name axes, and what the result does not name is summed. */
import { range, showShape } from '../../core/aval.js'
import { badArgument, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { convert } from '../../primitives/arithmetic.js'
import { sum } from '../../primitives/base.js'
import { reshape, slice, transpose } from '../../primitives/structural.js'
import { promoteAll } from '../arrays.js'
import { truthOf } from './logic.js'
import { contract } from './products.js'
import type { Arg, PromotedAll } from '../../types/dtype.js'

// ---- the equation ----------------------------------------------------------------------------------------------------

/** Labels of axes: letters, and for the axes under '...' their place counted from the last, '-1', '-2', ... */
interface Term { readonly before: readonly string[]; readonly dots: boolean; readonly after: readonly string[] }
interface Equation { readonly inputs: readonly Term[]; readonly output: Term | null }

const bad = (equation: string, why: string): never =>
  badArgument('einsum', 'the equation', equation, 'like \'ij,jk->ik\'', why)
const termOf = (equation: string, text: string): Term => {
  const parts = text.split('...')
  if (parts.length > 2) bad(equation, `'${text}' has more than one '...'`)
  for (const part of parts) for (const c of part) if (!/[A-Za-z]/.test(c)) bad(equation, `'${c}' is not a letter`)
  return { before: [...parts[0]!], dots: parts.length === 2, after: [...parts[1] ?? ''] }
}
const known = new Map<string, Equation>()
const parse = (equation: string): Equation => {
  const before = known.get(equation)
  if (before) return before
  if (typeof equation !== 'string') return bad(String(equation), 'it is a string')
  const sides = equation.replaceAll(' ', '').split('->')
  if (sides.length > 2) bad(equation, "'->' occurs more than once")
  const inputs = sides[0]!.split(',').map(text => termOf(equation, text))
  const output = sides.length === 2 ? termOf(equation, sides[1]!) : null
  if (output) {
    const named = [...output.before, ...output.after]
    const twice = named.find((c, i) => named.indexOf(c) !== i)
    if (twice !== undefined) bad(equation, `output index ${twice} appears twice`)
    const unknown = named.find(c => !inputs.some(t => t.before.includes(c) || t.after.includes(c)))
    if (unknown !== undefined) bad(equation, `output index ${unknown} appears in no operand`)
  }
  const made = { inputs, output }
  known.set(equation, made)
  return made
}
/** The labels of a term whose '...' stands for so many axes. */
const labelsOf = (term: Term, dots: number): readonly string[] =>
  term.dots ? [...term.before, ...range(dots).map(i => String(i - dots)), ...term.after] : [...term.before, ...term.after]

// ---- operands --------------------------------------------------------------------------------------------------------

interface Operand { readonly value: Value; readonly labels: readonly string[] }

/** The diagonal of two axes with one label takes the place of the first. */
const withoutRepeats = ({ value, labels }: Operand): Operand => {
  const j = labels.findIndex((l, k) => labels.indexOf(l) !== k)
  if (j < 0) return { value, labels }
  const i = labels.indexOf(labels[j]!)
  const { shape } = value.aval
  const n = shape[i]!
  const others = range(shape.length).filter(a => a !== i && a !== j)
  const rest = others.map(a => shape[a]!)
  const line = reshape(transpose(value, [i, j, ...others]), [n * n, ...rest])
  const diagonal = slice(line, [0, ...rest.map(() => 0)], [n === 0 ? 0 : (n - 1) * (n + 1) + 1, ...rest], [n + 1, ...rest.map(() => 1)])
  return withoutRepeats({ value: diagonal, labels: [labels[i]!, ...others.map(a => labels[a]!)] })
}
const summed = ({ value, labels }: Operand, keep: (label: string) => boolean): Operand => {
  const axes = range(labels.length).filter(a => !keep(labels[a]!))
  if (axes.length === 0) return { value, labels }
  const total = value.aval.dtype === 'bool' ? truthOf(sum(convert(value, 'i32'), axes)) : sum(value, axes)
  return { value: total, labels: labels.filter(keep) }
}
const product = (x: Operand, y: Operand, keep: (label: string) => boolean): Operand => {
  const shared = x.labels.filter(l => y.labels.includes(l))
  const batch = shared.filter(keep), gone = shared.filter(l => !keep(l))
  const places = (o: Operand, labels: readonly string[]): readonly number[] => labels.map(l => o.labels.indexOf(l))
  const free = (o: Operand): readonly string[] => o.labels.filter(l => !shared.includes(l))
  return {
    value: contract(x.value, y.value, { contract: [places(x, gone), places(y, gone)], batch: [places(x, batch), places(y, batch)] }),
    labels: [...batch, ...free(x), ...free(y)],
  }
}

/** The size of every label. A size of 1 gives way to any other; two others that differ are a fault. */
const sizesOf = (operands: readonly Operand[]): ReadonlyMap<string, number> => {
  const sizes = new Map<string, number>()
  for (const { value, labels } of operands) labels.forEach((l, a) => {
    const n = value.aval.shape[a]!, m = sizes.get(l)
    if (m !== undefined && m !== n && m !== 1 && n !== 1) {
      raise({ _tag: 'ShapeMismatch', op: 'einsum', got: operands.map(o => o.value.aval), want: 'one size for each index', hint: `index ${/^-/.test(l) ? '...' : l} is both ${m} and ${n}` })
    }
    if (m === undefined || m === 1) sizes.set(l, n)
  })
  return sizes
}
/** Axes of size 1 under a label that is longer elsewhere are dropped: they are the same all along. */
const narrowed = ({ value, labels }: Operand, sizes: ReadonlyMap<string, number>): Operand => {
  const keeps = labels.map((l, a) => value.aval.shape[a] === sizes.get(l))
  return keeps.every(Boolean) ? { value, labels } : { value: reshape(value, value.aval.shape.filter((_, a) => keeps[a])), labels: labels.filter((_, a) => keeps[a]) }
}

/** The pair whose product costs least, counted in multiplications; among equals the one with the smaller result. */
const cheapest = (operands: readonly Operand[], sizes: ReadonlyMap<string, number>, output: readonly string[]): readonly [number, number] => {
  let best: readonly [number, number] = [0, 1], cost = Infinity, size = Infinity
  const volume = (labels: Iterable<string>): number => [...labels].reduce((n, l) => n * sizes.get(l)!, 1)
  for (let i = 0; i < operands.length; i++) for (let j = i + 1; j < operands.length; j++) {
    const all = new Set([...operands[i]!.labels, ...operands[j]!.labels])
    const kept = [...all].filter(l => output.includes(l) || operands.some((o, k) => k !== i && k !== j && o.labels.includes(l)))
    const c = volume(all), s = volume(kept)
    if (c < cost || (c === cost && s < size)) [best, cost, size] = [[i, j], c, s]
  }
  return best
}

/**
 * Sums of products after an equation: 'ij,jk->ik' is the matrix product. Letters name axes; a letter twice in one operand is
 * its diagonal; '...' stands for the axes not named, which broadcast; without '->' the result names the letters that occur
 * once, in alphabetical order. Any number of operands, multiplied pair by pair, the cheapest first. Dtypes meet; sizes 1
 * broadcast. Faults: BadArgument for the equation, ShapeMismatch for sizes. (jax.numpy.einsum)
 * @example np.einsum('ij,j->i', np.array([[1, 2], [3, 4]]), np.array([1, 1]))   // [3, 7]
 */
export const einsum = <const Xs extends readonly Arg[]>(equation: string, ...xs: Xs): Value<PromotedAll<Xs>> => {
  const { inputs, output: named } = parse(equation)
  if (inputs.length !== xs.length) bad(equation, `it names ${inputs.length} operand(s), ${xs.length} are given`)
  const values = promoteAll('einsum', xs)
  const dots = inputs.map((t, i) => {
    const rank = values[i]!.aval.shape.length, letters = t.before.length + t.after.length
    if (t.dots ? rank < letters : rank !== letters) {
      bad(equation, `operand ${i} names ${letters} axes, and ${showShape(values[i]!.aval.shape)} has ${rank}`)
    }
    return rank - letters
  })
  const most = inputs.reduce((n, t, i) => (t.dots ? Math.max(n, dots[i]!) : n), 0)
  const given = inputs.map((t, i): Operand => withoutRepeats(equalised(values[i]!, labelsOf(t, dots[i]!))))
  const output = named ? outputOf(equation, named, most) : implied(inputs, most)
  const sizes = sizesOf(given)
  let operands: readonly Operand[] = given.map(o => narrowed(o, sizes))
  const needed = (label: string, except: readonly Operand[]): boolean => output.includes(label) || operands.some(o => !except.includes(o) && o.labels.includes(label))
  operands = operands.map(o => summed(o, l => needed(l, [o])))
  while (operands.length > 1) {
    const [i, j] = operands.length === 2 ? [0, 1] as const : cheapest(operands, sizes, output)
    const x = operands[i]!, y = operands[j]!
    const made = product(x, y, l => needed(l, [x, y]))
    operands = [made, ...operands.filter(o => o !== x && o !== y)]
  }
  const { value, labels } = summed(operands[0]!, l => output.includes(l))
  return transpose(value, output.map(l => labels.indexOf(l)))
}
/** A label that occurs twice in one operand must have one size there. */
const equalised = (value: Value, labels: readonly string[]): Operand => {
  labels.forEach((l, a) => {
    const first = labels.indexOf(l), m = value.aval.shape[first]!, n = value.aval.shape[a]!
    if (m !== n) raise({ _tag: 'ShapeMismatch', op: 'einsum', got: [value.aval], want: 'one size for each index', hint: `index ${l} is both ${m} and ${n}` })
  })
  return { value, labels }
}
const outputOf = (equation: string, term: Term, dots: number): readonly string[] => {
  if (!term.dots && dots > 0) bad(equation, "the operands have axes under '...', the result must name them")
  return labelsOf(term, dots)
}
const implied = (inputs: readonly Term[], dots: number): readonly string[] => {
  const letters = inputs.flatMap(t => [...t.before, ...t.after])
  return [...range(dots).map(i => String(i - dots)), ...letters.filter(c => letters.indexOf(c) === letters.lastIndexOf(c)).sort()]
}

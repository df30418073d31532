/** A program comes back from its encoding, or what is wrong with the text is said: nothing that is not the encoding of a well-typed program is let in. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { type Aval, aval } from '../core/aval.js'
import { check } from '../core/check.js'
import { dataOf, type DType } from '../core/dtype.js'
import { type EncodedAtom, type EncodedEquation, encodeNumber, encodeProgram } from '../core/encode.js'
import { describe, type Fault } from '../core/fault.js'
import type { Atom, Equation, Primitive, Program, Var } from '../core/primitive.js'
import { newVar } from '../core/vars.js'
import { NDArray } from '../core/value.js'
import { primitives } from '../higher/table.js'
import { dtypeForm } from '../primitives/logic.js'
import { type Path, showPath } from '../tree/index.js'
import { takes } from './arity.js'
import { codecOf } from './form.js'

/** The rows that a text may name. */
export type Rows = Readonly<Record<string, Primitive>>
type Result<A> = E.Either<Fault, A>

const refuse = (path: Path, what: string): Result<never> => E.left({
  _tag: 'Undecodable', op: 'decodeProgram', problem: `${showPath(path, 'program')} ${what}`,
  hint: 'pass on what encode(program) wrote, unchanged, and read it with the version that wrote it or a later one',
})

// ---- the form --------------------------------------------------------------------------------------------------------

const natural = new t.Type<number, number, unknown>('a whole number from 0', (x): x is number => Number.isSafeInteger(x) && (x as number) >= 0,
  (x, c) => (Number.isSafeInteger(x) && (x as number) >= 0 ? t.success(x as number) : t.failure(x, c)), t.identity)
const avalC = t.type({ dtype: codecOf(dtypeForm), shape: t.array(natural) }, 'a type { dtype, shape }')
const litC = t.type({ dtype: codecOf(dtypeForm), lit: t.string }, 'a literal { dtype, lit }')
const atomC = t.union([natural, litC], 'the number of a variable, or a literal { dtype, lit }')
const equationC = t.type({ prim: t.string, params: t.unknown, ins: t.array(atomC), outs: t.array(avalC) }, 'an equation { prim, params, ins, outs }')
const programC = t.type({ ins: t.array(avalC), eqns: t.array(equationC), outs: t.array(atomC) }, 'a program { ins, eqns, outs }')

/** Where a codec failed first: deepest, since a union reports each of its members. */
const decodeBy = <A>(codec: t.Type<A, unknown>, x: unknown, path: Path): Result<A> => pipe(codec.decode(x), E.orElse((errors): Result<A> => {
  const context = errors[0]?.context ?? []
  const union = context.findIndex(entry => entry.type instanceof t.UnionType)
  const upTo = union < 0 ? context : context.slice(0, union + 1)
  const last = upTo[upTo.length - 1]
  const steps = upTo.slice(1).map(entry => (/^\d+$/.test(entry.key) ? Number(entry.key) : entry.key))
  return refuse([...path, ...steps], `should be ${last?.type.name ?? codec.name}, got ${describe(last?.actual)}`)
}))

// ---- parameters ------------------------------------------------------------------------------------------------------

/** Programs inside programs, and data inside parameters, are no deeper than this: recursion ends before the stack does. */
const deepest = 200

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null && !Array.isArray(x)
/** No other parameter is a record of exactly these three lists. */
const looksLikeProgram = (x: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(x).length === 3 && Array.isArray(x['ins']) && Array.isArray(x['eqns']) && Array.isArray(x['outs'])

/** Before: parameters as they were encoded   After: the same, with programs where their encodings stood; the codec of the row's form then judges. */
const revive = (rows: Rows, x: unknown, path: Path, depth: number): Result<unknown> => {
  if (depth > deepest) return refuse(path, `is nested deeper than ${deepest}`)
  if (Array.isArray(x)) return E.traverseArray(([i, y]: readonly [number, unknown]) => revive(rows, y, [...path, i], depth + 1))([...x.entries()])
  if (!isRecord(x)) return E.right(x)
  if (looksLikeProgram(x)) return build(rows, x, path, depth + 1)
  return pipe(
    Object.entries(x), E.traverseArray(([key, y]) => pipe(revive(rows, y, [...path, key], depth + 1), E.map(z => [key, z] as const))),
    E.map(entries => Object.fromEntries(entries)),
  )
}

// ---- programs --------------------------------------------------------------------------------------------------------

/** A literal is read as its dtype holds it; text that is not how that number is written is refused. */
const literal = (dtype: DType, text: string, path: Path): Result<Atom> => {
  const data = dataOf(dtype, [Number(text)])
  if (encodeNumber(data[0]!) !== text || (dtype === 'bool' && data[0]! > 1)) return refuse([...path, 'lit'], `should be a number of ${dtype}, got ${describe(text)}`)
  const value = new NDArray(aval(dtype, []), data)
  return E.right({ kind: 'lit', value, aval: value.aval })
}

const build = (rows: Rows, x: unknown, path: Path, depth: number): Result<Program> => {
  const given = decodeBy(programC, x, path)
  if (given._tag === 'Left') return given
  const vars: Var[] = []
  const bindVar = (a: Aval): Var => {
    const v = newVar(aval(a.dtype, a.shape))
    vars.push(v)
    return v
  }
  const atom = (at: Path) => ([i, a]: readonly [number, EncodedAtom | { readonly dtype: DType; readonly lit: string }]): Result<Atom> => {
    if (typeof a !== 'number') return literal(a.dtype as DType, a.lit, [...at, i])
    const v = vars[a]
    return v ? E.right(v) : refuse([...at, i], `names variable ${a}, and ${vars.length} are bound there`)
  }
  const atoms = (list: readonly EncodedAtom[], at: Path): Result<readonly Atom[]> => E.traverseArray(atom(at))([...list.entries()])
  const equation = ([k, e]: readonly [number, EncodedEquation]): Result<Equation> => {
    const at = [...path, 'eqns', k]
    const prim = Object.hasOwn(rows, e.prim) ? rows[e.prim]! : null
    if (!prim) return refuse([...at, 'prim'], `names no row: ${describe(e.prim)}`)
    if (!takes(e.prim, e.ins.length)) return refuse([...at, 'ins'], `should be the operands of ${e.prim}, got ${e.ins.length} of them`)
    return pipe(
      atoms(e.ins, [...at, 'ins']),
      E.bindTo('ins'),
      E.bind('params', () => pipe(revive(rows, e.params, [...at, 'params'], depth), E.chain(p => decodeBy(codecOf(prim.params), p, [...at, 'params'])))),
      E.map(({ ins, params }): Equation => ({ prim, params, ins, outs: e.outs.map(a => bindVar(a as Aval)), made: null })),
    )
  }
  const ins = given.right.ins.map(bindVar)
  return pipe(
    E.traverseArray(equation)([...(given.right.eqns as readonly EncodedEquation[]).entries()]),
    E.bindTo('eqns'),
    E.bind('outs', () => atoms(given.right.outs, [...path, 'outs'])),
    E.map(({ eqns, outs }): Program => ({ ins, eqns, outs })),
  )
}

/** Equal data: -0 is not 0, and the order of keys does not matter. */
const same = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => same(x, b[i]))
  if (!isRecord(a)) return Object.is(a, b)
  if (!isRecord(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && same(a[key], b[key]))
}

const parse = (text: string): Result<unknown> => E.tryCatch(() => JSON.parse(text) as unknown, (e): Fault => ({
  _tag: 'Undecodable', op: 'decodeProgram', problem: `the text is not JSON (${e instanceof Error ? e.message : 'unreadable'})`, hint: 'pass on what encode(program) wrote, unchanged',
}))

/** Every row judges its operands; a row may not expect to be given too few of them. */
const judge = (program: Program): Result<Program> =>
  pipe(E.tryCatch(() => check(program), () => null), E.fold(() => refuse([], 'applies a row to operands that it cannot take'), checked => checked))

/** `decodeProgram` over a table of rows of one's own. */
export const decodeProgramWith = (rows: Rows) => (x: unknown): Result<Program> => {
  const read = (data: unknown): Result<Program> => pipe(
    build(rows, data, [], 0),
    E.chain(judge),
    E.chain(program => (same(encodeProgram(program), data) ? E.right(program) : refuse([], 'holds more than the program that it describes, or holds it in another form'))),
  )
  if (typeof x === 'string') return pipe(parse(x), E.chain(read))
  // data that is no JSON may have getters, and they may throw
  return pipe(E.tryCatch(() => read(x), () => null), E.fold(() => refuse([], 'cannot be read: it is not plain data'), result => result))
}

/**
 * The program that `encode` wrote, from its text or its parsed JSON. What comes back is checked: bound before use, typed as the
 * rows say. Law: `decodeProgram(encode(p))` is `Right` of a program with the encoding of `p`; anything that is not an encoding is
 * `Left`, never thrown. Faults: `Undecodable` with the path, and those of `check`.
 *
 * @example
 * const { program } = makeProgram((x: Value) => np.sin(x))(np.array(1))
 * E.isRight(decodeProgram(encode(program)))   // true
 * E.isLeft(decodeProgram('no program'))       // true
 */
export const decodeProgram: (x: unknown) => Result<Program> = decodeProgramWith(primitives)

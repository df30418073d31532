/** decode(encode p) = Right p, with every number; and no text that is not an encoding is let in, or throws. */
import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import { check } from '../../src/core/check.js'
import { encode, encodeProgram } from '../../src/core/encode.js'
import type { Program } from '../../src/core/primitive.js'
import { evalProgram, inAvals } from '../../src/core/program.js'
import { isValue, nested, type NDArray, type Value } from '../../src/core/value.js'
import { arityOf } from '../../src/codec/arity.js'
import { decodeProgram } from '../../src/codec/program.js'
import { cond, switchCase } from '../../src/higher/choice.js'
import { customDerivative } from '../../src/higher/custom.js'
import { checkpoint, jit, makeProgram } from '../../src/higher/jit.js'
import { map, scan, whileLoop } from '../../src/higher/loops.js'
import { primitives } from '../../src/higher/table.js'
import { full } from '../../src/primitives/base.js'
import { grad, jvp, vjp } from '../../src/transforms/derivatives.js'
import { vmap } from '../../src/transforms/vectorize.js'

const rows = primitives as Readonly<Record<string, unknown>>
const decode = decodeProgram

const x = np.array([1, 2, 3])
const of = (f: (...xs: any[]) => unknown, ...args: readonly unknown[]): Program => makeProgram(f)(...args as never[]).program
const square = customDerivative((v: Value) => ({ value: np.multiply(v, v), push: (t: Value) => np.multiply(np.multiply(2, v), t), pull: (c: Value) => [np.multiply(c, np.multiply(2, v))] }))
const below = (v: Value): Value => np.less(v, 100)
const twice = (v: Value): Value => np.multiply(v, 2)
const sine = (v: Value): Value => np.sum(np.sin(np.multiply(v, 0.1)))
const programs: Readonly<Record<string, Program>> = {
  empty: of(() => []),
  identity: of((v: Value) => v, x),
  'one number': of((v: Value) => np.add(v, 0.1), x),
  'several dtypes': of((a: Value, b: Value) => [np.astype(a, 'i32'), np.astype(b, 'f64'), np.greater(a, 0)], x, np.array([1, 2], { dtype: 'u32' })),
  structural: of((v: Value) => np.transpose(np.reshape(np.concatenate([v, v]), [2, 3])), x),
  contraction: of((v: Value) => np.matmul(v, v), np.ones([3, 3])),
  fold: of((v: Value) => [np.sum(v, { axis: 0 }), np.max(v), np.argmax(v)], np.ones([2, 2])),
  gradient: of(grad(sine), x),
  batched: of(vmap(grad(sine)), np.ones([2, 3])),
  call: of(jit(sine), x),
  'call of a call': of(jit(jit(sine)), x),
  checkpoint: of(grad(checkpoint(sine)), x),
  scan: of((v: Value) => scan((c: Value, row: Value) => [np.add(c, row), np.sin(c)], np.array(0), v), x),
  'scan backwards': of(grad((v: Value) => np.sum(map((row: Value) => np.sin(row), v))), x),
  while: of((v: Value) => whileLoop(below, twice, v), np.array(1)),
  'while with a bound': of(grad((v: Value) => whileLoop(below, twice, v, { maxSteps: 20 })), np.array(1)),
  cond: of((p: Value, v: Value) => cond(p, (u: Value) => np.sin(u), (u: Value) => u, v), np.array(true), x),
  switch: of((i: Value, v: Value) => switchCase(i, [u => u, u => np.negative(u), u => jit(sine)(u)], v), np.array(1, { dtype: 'i32' }), np.array(1)),
  custom: of(square, x),
  'custom pushed': of((v: Value) => jvp(square, [v], [v]), x),
  'custom pulled': of((v: Value) => vjp(square, v)[1](v), x),
}
const numbers = [0, -0, 1, -1, 0.1, 1 / 3, 1e-45, 1.5e-323, 5e-324, 2 ** 31 - 1, 2 ** 53, 1e300, Infinity, -Infinity, NaN, Math.PI]

const right = <A>(e: E.Either<unknown, A>): A => {
  if (E.isLeft(e)) throw new Error(JSON.stringify(e.left))
  return e.right
}
const read = (v: Value): unknown => (isValue(v) ? nested(v as NDArray) : v)

describe('decode(encode p) = Right p', () => {
  it('has rows to name', () => expect(Object.keys(rows).length).toBeGreaterThan(60))
  it.each(Object.entries(programs))('%s', (_name, p) => {
    const q = right(decode(encode(p)))
    expect(encode(q)).toBe(encode(p))
    expect(right(check(q))).toBe(q)
    expect(encode(right(decode(JSON.parse(encode(p)))))).toBe(encode(p))
    // and it computes the same
    const args = inAvals(p).map(a => full(1, a))
    expect(evalProgram(q, args).map(read)).toEqual(evalProgram(p, args).map(read))
  })
  it('a program with white space or without it is the same', () => {
    const p = programs['scan']!
    expect(encode(right(decode(JSON.stringify(encodeProgram(p), null, 2))))).toBe(encode(p))
  })
  it.each(['f32', 'f64', 'i32', 'u32'] as const)('every number of %s survives', dtype => {
    const holds = numbers.filter(n => (dtype === 'f32' || dtype === 'f64' ? true : Number.isInteger(n) && !Object.is(n, -0) && n >= (dtype === 'u32' ? 0 : -(2 ** 31)) && n < 2 ** 31))
    fc.assert(fc.property(fc.oneof(fc.constantFrom(...holds), ...(dtype === 'f64' ? [fc.double()] : dtype === 'f32' ? [fc.float()] : [fc.nat()])), n => {
      const p = of((v: Value) => np.add(v, np.array(n, { dtype })), np.ones([], { dtype }))
      const q = right(decode(encode(p)))
      expect(encode(q)).toBe(encode(p))
      const literals = (r: Program): readonly unknown[] => r.eqns.flatMap(e => e.ins).flatMap(a => (a.kind === 'lit' ? [a.value.data[0]] : []))
      expect(literals(p)).toHaveLength(1)
      expect(literals(q)).toEqual(literals(p))
    }))
  })
})

describe('what is not an encoding is Left', () => {
  const good = JSON.parse(encode(programs['one number']!)) as any
  const changed = (change: (p: any) => void): unknown => { const p = structuredClone(good); change(p); return p }
  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['undefined', undefined, 'should be a program { ins, eqns, outs }, got undefined'],
    ['null', 'null', 'got null'],
    ['a list', '[]', 'should be'],
    ['a number', 3, 'got 3'],
    ['no equations', '{"ins":[],"outs":[]}', 'program.eqns should be'],
    ['a negative size', changed(p => { p.ins[0].shape = [-3] }), 'program.ins[0].shape[0] should be a whole number from 0, got -3'],
    ['a fractional size', changed(p => { p.ins[0].shape = [1.5] }), 'got 1.5'],
    ['a dtype that is none', changed(p => { p.ins[0].dtype = 'bf16' }), 'program.ins[0].dtype'],
    ['a dtype of the prototype', changed(p => { p.ins[0].dtype = 'constructor' }), 'program.ins[0].dtype'],
    ['a row that is none', changed(p => { p.eqns[0].prim = 'nothing' }), "program.eqns[0].prim names no row: the string 'nothing'"],
    ['a row of the prototype', changed(p => { p.eqns[0].prim = 'toString' }), 'names no row'],
    ['a variable that is not bound', changed(p => { p.outs = [99] }), 'program.outs[0] names variable 99'],
    ['a variable of later', changed(p => { p.eqns[0].ins = [p.eqns.length + 5] }), 'program.eqns[0].ins[0] names variable'],
    ['a literal that is no number', changed(p => { p.outs = [{ dtype: 'f32', lit: 'one' }] }), 'program.outs[0].lit should be a number of f32'],
    ['a literal that f32 does not hold', changed(p => { p.outs = [{ dtype: 'f32', lit: '0.1' }] }), 'program.outs[0].lit'],
    ['a literal in another spelling', changed(p => { p.outs = [{ dtype: 'f32', lit: '1.0' }] }), 'program.outs[0].lit'],
    ['an empty literal', changed(p => { p.outs = [{ dtype: 'f32', lit: '' }] }), 'program.outs[0].lit'],
    ['a truth value above one', changed(p => { p.outs = [{ dtype: 'bool', lit: '2' }] }), 'a number of bool'],
    ['parameters of another row', changed(p => { p.eqns[0].params = { axes: 'all' } }), 'program.eqns[0].params'],
    ['more than a program', changed(p => { p.more = 1 }), 'another form'],
    ['more than an equation', changed(p => { p.eqns[0].made = 'here' }), 'another form'],
    ['negative zero for a variable', changed(p => { p.outs = [-0] }), 'another form'],
  ])('%s', (_name, input, says) => {
    const e = decode(input)
    expect(E.isLeft(e)).toBe(true)
    if (E.isLeft(e)) expect(e.left).toMatchObject({ _tag: 'Undecodable', op: 'decodeProgram' })
    if (E.isLeft(e)) expect((e.left as { problem: string }).problem).toContain(says)
  })
  it('a program that is not well typed', () => {
    const e = decode(changed(p => { p.eqns[0].outs[0].shape = [7] }))
    expect(e).toMatchObject({ left: { _tag: 'InvalidProgram' } })
  })
  it('every row says how many operands it takes', () => {
    expect(Object.keys(rows).filter(name => arityOf(name) === null)).toEqual([])
  })
  it('too many or too few operands', () => {
    const type = { dtype: 'f32', shape: [] }
    const applied = (prim: string, n: number): unknown => ({ ins: [type], eqns: [{ prim, params: null, ins: Array(n).fill(0), outs: [type] }], outs: [1] })
    for (const [prim, n] of [['sin', 1], ['add', 2], ['mul', 2]] as const) {
      expect(E.isRight(decode(applied(prim, n)))).toBe(true)
      for (const other of [0, 1, 2, 3, 4].filter(k => k !== n)) expect(decode(applied(prim, other))).toMatchObject({ left: { _tag: 'Undecodable' } })
    }
  })
  it('no operands at all', () => expect(decode(changed(p => { p.eqns.forEach((q: any) => { q.ins = [] }) }))).toMatchObject({ _tag: 'Left' }))
  it('a cycle, a getter that throws, nesting without end', () => {
    const cyclic: any = { axes: [] }
    cyclic.axes.push(cyclic)
    const p = structuredClone(good)
    p.eqns[0].params = cyclic
    expect(decode(p)).toMatchObject({ left: { _tag: 'Undecodable' } })
    expect(decode({ get ins(): never { throw new TypeError('mine') }, eqns: [], outs: [] })).toMatchObject({ left: { _tag: 'Undecodable' } })
    expect(decode('['.repeat(100_000))).toMatchObject({ left: { _tag: 'Undecodable' } })
    expect(decode(encode(programs['call']!).replace('"params":', `"params":${'['.repeat(5000)}${']'.repeat(5000)},"was":`))).toMatchObject({ left: { _tag: 'Undecodable' } })
  })
})

// ---- mutations -------------------------------------------------------------------------------------------------------

const texts = Object.values(programs).map(encode)
/** Never a throw; and what is let in has exactly the encoding that was given. */
const faithful = (text: string): boolean => {
  const e = decode(text)
  if (E.isLeft(e)) return true
  expect(encodeProgram(e.right)).toEqual(JSON.parse(text))
  expect(right(check(e.right))).toBe(e.right)
  return false
}

/** Every place of a JSON value, as a way to put something else there. */
const places = (x: any): readonly ((y: unknown) => void)[] => (typeof x !== 'object' || x === null ? []
  : Object.keys(x).flatMap(key => [(y: unknown) => { if (y === undefined) { if (Array.isArray(x)) x.splice(Number(key), 1); else delete x[key] } else x[key] = y }, ...places(x[key])]))
const junk: readonly unknown[] = [undefined, null, 0, -1, 1, 2, 0.5, 1e9, '', 'f32', 'sin', 'NaN', true, [], [0], [0, 1], {}, { dtype: 'f32', lit: '1' }, { dtype: 'i32', shape: [] }, { ins: [], eqns: [], outs: [] }]

describe('mutated text is Left, or another program exactly as it says', () => {
  const runs = { numRuns: 3000 }
  it('one character replaced, removed or put in', () => {
    let refused = 0
    fc.assert(fc.property(fc.constantFrom(...texts), fc.nat(), fc.constantFrom('replace', 'remove', 'insert'), fc.oneof(fc.constantFrom(...'{}[]",:0123456789-e.null'), fc.string({ minLength: 1, maxLength: 1 })), (text, n, how, c) => {
      const at = n % text.length
      if (faithful(how === 'insert' ? text.slice(0, at) + c + text.slice(at) : text.slice(0, at) + (how === 'remove' ? '' : c) + text.slice(at + 1))) refused++
    }), runs)
    expect(refused).toBeGreaterThan(runs.numRuns / 2)
  })
  it('text cut short', () => {
    for (const text of texts) for (let n = 0; n < text.length; n += Math.max(1, Math.floor(text.length / 100))) expect(E.isLeft(decode(text.slice(0, n)))).toBe(true)
  })
  it('one place of the data replaced or removed', () => {
    let refused = 0
    fc.assert(fc.property(fc.constantFrom(...texts), fc.nat(), fc.constantFrom(...junk), (text, n, x) => {
      const data = JSON.parse(text)
      const all = places(data)
      all[n % all.length]!(x)
      if (faithful(JSON.stringify(data))) refused++
    }), runs)
    expect(refused).toBeGreaterThan(runs.numRuns / 2)
  })
  it('two programs spliced', () => {
    fc.assert(fc.property(fc.constantFrom(...texts), fc.constantFrom(...texts), fc.nat(), fc.nat(), (a, b, n, m) => {
      const [into, from] = [JSON.parse(a), JSON.parse(b)]
      const read: unknown[] = []
      const collect = (x: any): void => { if (typeof x === 'object' && x !== null) for (const k of Object.keys(x)) { read.push(x[k]); collect(x[k]) } }
      collect(from)
      const all = places(into)
      all[n % all.length]!(read[m % read.length] ?? null)
      faithful(JSON.stringify(into))
    }), runs)
  })
  it('any JSON', () => { fc.assert(fc.property(fc.json(), text => { faithful(text) }), runs) })
  it('any data', () => { fc.assert(fc.property(fc.anything(), x => { decode(x) }), runs) })
})

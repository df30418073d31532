/** Expressions as WGSL: every node of the graph becomes one declaration, in letters of our own where the language's are inexact. */
import type { DType } from '../../src/core/dtype.js'
import { raise } from '../../src/core/fault.js'
import { type Apply, type Bitcast, type Convert, type Expr, type Index, type Letter, type Load } from '../../src/kernel/expr.js'
import { helpers } from './helpers.js'

/** Elements are words in memory, halves half of one; bools are 0 and 1 there. Halves are computed in f32 (halves.ts). */
export const typeOf = (d: DType): 'f32' | 'i32' | 'u32' | 'bool' => (d === 'f64'
  ? raise({ _tag: 'DTypeMismatch', op: 'webgpu', got: [{ dtype: d, shape: [] }], want: 'f32, i32, u32 or bool, or f16 where the adapter has it', hint: 'WebGPU has no f64: convert with np.astype(x, "f32"), or leave this to the CPU backend' })
  : d === 'f16' ? 'f32' : d)
/** A word as an element. */
export const fromWord = (word: string, d: DType): string => {
  if (d === 'f16') return `ofHalf(${word})`
  const type = typeOf(d)
  return type === 'u32' ? word : type === 'bool' ? `(${word} != 0u)` : `bitcast<${type}>(${word})`
}
/** An element as a word. */
export const toWord = (x: string, d: DType): string => {
  if (d === 'f16') return `toHalf(${x})`
  const type = typeOf(d)
  return type === 'u32' ? x : type === 'bool' ? `select(0u, 1u, ${x})` : `bitcast<u32>(${x})`
}

const view = new DataView(new ArrayBuffer(4))
const bitsOf = (value: number): number => { view.setFloat32(0, value); return view.getUint32(0) }
export const literal = (value: number, d: DType): string => {
  switch (typeOf(d)) {
    case 'bool': return value === 0 ? 'false' : 'true'
    case 'u32': return `${value >>> 0}u`
    case 'i32': return value === -(2 ** 31) ? '(-2147483647 - 1)' : `${value | 0}`
    default: {
      const f = Math.fround(value)
      if (f !== f) return 'bitcast<f32>(nanBits)'
      if (Math.abs(f) === Infinity) return f > 0 ? 'bitcast<f32>(infinityBits)' : 'bitcast<f32>(infinityBits | 0x80000000u)'
      return `bitcast<f32>(${bitsOf(f)}u)`
    }
  }
}

type Write = (a: readonly string[], e: Apply) => string
const infix = (op: string): Write => ([x, y]) => `${x} ${op} ${y}`
const called = (name: string): Write => a => `${name}(${a.join(', ')})`

const shared: Readonly<Partial<Record<Letter, Write>>> = {
  // x != x is false on adapters that were tried, !(x == x) is true there
  eq: infix('=='), ne: ([x, y]) => `!(${x} == ${y})`, lt: infix('<'), le: infix('<='), gt: infix('>'), ge: infix('>='),
  select: ([p, x, y]) => `select(${y}, ${x}, ${p})`,
}
const floats: Readonly<Partial<Record<Letter, Write>>> = {
  ...shared,
  add: infix('+'), sub: infix('-'), mul: infix('*'), div: infix('/'), madd: ([x, y, z]) => `${x} * ${y} + ${z}`,
  max: called('maxF32'), min: called('minF32'), pow: called('powF32'), lgamma: called('lgammaF32'), digamma: called('digammaF32'), polygamma: called('polygammaF32'), rem: called('remF32'), rounded: called('opaque'), sign: called('signF32'), nextAfter: called('nextAfterF32'), isFinite: called('isFinite'), half: called('nearestHalf'), nextHalf: called('nextHalf'),
  neg: ([x]) => `bitcast<f32>(bitcast<u32>(${x}) ^ 0x80000000u)`, abs: ([x]) => `bitcast<f32>(bitcast<u32>(${x}) & 0x7fffffffu)`,
  floor: called('floor'), ceil: called('ceil'), round: called('round'), trunc: called('trunc'), sqrt: called('sqrt'),
}
const integers = (of: 'i32' | 'u32'): Readonly<Partial<Record<Letter, Write>>> => {
  const I = of === 'i32' ? 'I32' : 'U32'
  const words = (name: string): Write => ([x, n]) => (of === 'u32' ? `${name}(${x}, ${n})` : `bitcast<i32>(${name}(bitcast<u32>(${x}), bitcast<u32>(${n})))`)
  return {
    ...shared,
    add: infix('+'), sub: infix('-'), mul: infix('*'), div: called(`div${I}`), rem: called(`rem${I}`), pow: called(`pow${I}`),
    max: called('max'), min: called('min'), neg: ([x]) => (of === 'i32' ? `-${x}` : `0u - ${x}`), abs: ([x]) => (of === 'i32' ? `abs(${x})` : x!),
    sign: ([x]) => (of === 'i32' ? `sign(${x})` : `min(${x}, 1u)`),
    and: infix('&'), or: infix('|'), xor: infix('^'), not: ([x]) => `~${x}`,
    shiftLeft: words('shiftLeft'), shiftRightLogical: words('shiftRightLogical'),
    shiftRightArithmetic: ([x, n]) => (of === 'i32' ? `shiftRightArithmetic(${x}, bitcast<u32>(${n}))` : `bitcast<u32>(shiftRightArithmetic(bitcast<i32>(${x}), ${n}))`),
    populationCount: called('countOneBits'), clz: called('countLeadingZeros'),
  }
}
const bools: Readonly<Partial<Record<Letter, Write>>> = {
  select: shared.select!, eq: infix('=='), ne: infix('!='), and: infix('&'), or: infix('|'), xor: infix('!='), not: ([x]) => `!${x}`,
  lt: ([x, y]) => `(!${x} & ${y})`, gt: ([x, y]) => `(${x} & !${y})`, le: ([x, y]) => `(!${x} | ${y})`, ge: ([x, y]) => `(${x} | !${y})`,
  max: infix('|'), min: infix('&'),
}
const tables: Readonly<Record<'f32' | 'i32' | 'u32' | 'bool', Readonly<Partial<Record<Letter, Write>>>>> = { f32: floats, i32: integers('i32'), u32: integers('u32'), bool: bools }

/** Letters on the bits of a float: their nodes are kept as words, which no driver may take for a number that is too small. */
const bitLetters: Readonly<Partial<Record<Letter, (x: string, y: string) => string>>> = {
  bitsAnd: (x, y) => `${x} & ${y}`, bitsOr: (x, y) => `${x} | ${y}`, bitsXor: (x, y) => `${x} ^ ${y}`, bitsAdd: (x, y) => `${x} + ${y}`, bitsSub: (x, y) => `${x} - ${y}`,
}

/** Whether there is WGSL for a letter, once functions of our own have been expanded. */
export const writes = (letter: Letter, of: DType): boolean =>
  of !== 'f64' && of !== 'f16' && (tables[of][letter] !== undefined || (of === 'f32' && (bitLetters[letter] !== undefined || letter === 'bitsShl' || letter === 'bitsShr' || letter === 'rare')))

const convert = (x: string, from: DType, to: DType): string => {
  if (from === to) return x
  const [f, t] = [typeOf(from), typeOf(to)]
  if (t === 'bool') return f === 'f32' ? `!(${x} == 0.0)` : `(${x} != ${f === 'i32' ? '0' : '0u'})`
  if (f === 'bool') return t === 'f32' ? `select(0.0, 1.0, ${x})` : t === 'i32' ? `select(0, 1, ${x})` : `select(0u, 1u, ${x})`
  if (f === 'f32') return t === 'i32' ? `i32OfF32(${x})` : `u32OfF32(${x})`
  return t === 'f32' ? `f32(${x})` : `bitcast<${t}>(${x})`
}

/** Text of a module in the making: the functions it calls are put in front of it. */
export class Text {
  private readonly lines: string[] = []
  /** Of the module: memory that a workgroup shares. */
  readonly declarations: string[] = []
  /** The extensions of the language that it needs: the first lines of the module. */
  readonly enabled: string[] = []
  private depth = 1
  private next = 0
  line(text: string): void { this.lines.push(`${'  '.repeat(this.depth)}${text}`) }
  /** Lines between braces. */
  within(head: string, body: () => void): void {
    this.line(`${head} {`)
    this.depth++
    body()
    this.depth--
    this.line('}')
  }
  /** A name for a value, declared here. */
  name(value: string): string {
    const n = `v${this.next++}`
    this.line(`let ${n} = ${value};`)
    return n
  }
  variable(type: string, value: string): string {
    const n = `a${this.next++}`
    this.line(`var ${n}: ${type} = ${value};`)
    return n
  }
  /** Memory that the invocations of a workgroup share. */
  shared(type: string): string {
    const n = `shared${this.declarations.length}`
    this.declarations.push(`var<workgroup> ${n}: ${type};`)
    return n
  }
  enable(extension: string): void {
    const line = `enable ${extension};`
    if (!this.enabled.includes(line)) this.enabled.push(line)
  }
  toString(): string { return this.lines.join('\n') }
}
/** The functions that a text calls, each behind those it needs. */
export const helpersOf = (text: string): string => {
  const done = new Set<string>()
  const list: string[] = []
  const add = (name: string): void => {
    if (done.has(name)) return
    done.add(name)
    const h = helpers[name]!
    h.needs.forEach(add)
    list.push(h.text)
  }
  for (const name of Object.keys(helpers)) if (name === 'special' ? /\b(infinityBits|nanBits)\b/.test(text) : text.includes(`${name}(`)) add(name)
  return list.join('\n')
}

/** What expressions are made of in a kernel: loads, positions, folds. */
export interface Leaves { readonly load: (e: Load) => string; readonly index: (e: Index) => string; readonly folded: (fold: number) => string }

/** Writes expressions into a text; a node that was written is known until `within` ends. */
export class Expressions {
  private known = new Map<Expr, string>()
  private words = new Map<Expr, string>()
  constructor(private readonly text: Text, private readonly leaves: Leaves) {}
  /** What is written inside is forgotten behind: it was declared between braces. */
  scoped(body: () => void): void {
    const [known, words] = [this.known, this.words]
    this.known = new Map(known)
    this.words = new Map(words)
    body()
    this.known = known
    this.words = words
  }
  /** The name of a value. */
  value(e: Expr): string {
    let n = this.known.get(e)
    if (n === undefined) {
      const kept = this.isBits(e) ? `bitcast<f32>(${this.word(e)})` : this.write(e)
      this.known.set(e, n = this.text.name(kept))
    }
    return n
  }
  private isBits(e: Expr): boolean { return e.tag === 'apply' && e.of === 'f32' && (bitLetters[e.letter] !== undefined || e.letter === 'bitsShl' || e.letter === 'bitsShr') }
  /** The bits of a float. */
  private word(e: Expr): string {
    let n = this.words.get(e)
    if (n === undefined) this.words.set(e, n = this.text.name(this.writeWord(e)))
    return n
  }
  private writeWord(e: Expr): string {
    if (e.tag === 'const' && e.value === e.value && Math.abs(Math.fround(e.value)) !== Infinity) return `${bitsOf(e.value)}u`
    if (e.tag === 'bitcast') return this.bits(e.args[0])
    // a choice between 0 and -0 is one between words: as floats drivers take them for the same
    if (e.tag === 'apply' && e.letter === 'select' && e.dtype === 'f32') return `select(${this.word(e.args[2]!)}, ${this.word(e.args[1]!)}, ${this.value(e.args[0]!)})`
    if (!this.isBits(e)) return `bitcast<u32>(${this.value(e)})`
    const { letter, args } = e as Apply
    if (letter === 'bitsShl' || letter === 'bitsShr') return `${this.word(args[0]!)} ${letter === 'bitsShl' ? '<<' : '>>'} ${(args[1] as { readonly value: number }).value}u`
    return bitLetters[letter]!(this.word(args[0]!), this.word(args[1]!))
  }
  private bits(e: Expr): string { return e.dtype === 'u32' ? this.value(e) : e.dtype === 'i32' ? `bitcast<u32>(${this.value(e)})` : this.word(e) }
  private cast(e: Bitcast): string { return e.dtype === 'u32' ? this.bits(e.args[0]) : `bitcast<${typeOf(e.dtype)}>(${this.bits(e.args[0])})` }
  private write(e: Expr): string {
    switch (e.tag) {
      case 'load': return this.leaves.load(e)
      case 'index': return convert(this.leaves.index(e), 'i32', e.dtype)
      case 'folded': return this.leaves.folded(e.fold)
      case 'const': return literal(e.value, e.dtype)
      case 'convert': return this.converted(e)
      case 'bitcast': return this.cast(e)
      case 'apply': return this.applied(e)
      default: return e satisfies never
    }
  }
  private converted(e: Convert): string { return convert(this.value(e.args[0]), e.args[0].dtype, e.dtype) }
  private applied(e: Apply): string {
    if (e.letter === 'rare') return this.rare(e)
    const write = tables[typeOf(e.of)][e.letter]
    if (!write) {
      return raise({ _tag: 'BadArgument', op: e.letter, argument: 'the backend', got: 'webgpu', want: 'a backend that has this function', hint: 'run this part on the CPU backend' })
    }
    return write(e.args.map(a => this.value(a)), e)
  }
  /** The far arguments of sine, cosine and tangent have functions of their own, called where some argument is far. */
  private rare(e: Apply): string {
    const [p, x, y] = e.args as readonly [Expr, Apply, Expr]
    const near = this.value(y)
    const far = x.letter === 'sin' ? 'farSin' : x.letter === 'cos' ? 'farCos' : 'farTan'
    const result = this.text.variable('f32', near)
    this.text.line(`if (${this.value(p)}) { ${result} = ${far}(${this.value(x.args[0]!)}); }`)
    return result
  }
}

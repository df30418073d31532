/** A WebAssembly module is built here, byte by byte: types, imports, functions, a table, globals, exports, code (WebAssembly core specification, chapter 5). */
import { atomic, laneMemory, memory, saturating, vectorMemory } from './opcodes.js'

export const types = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const
export type ValType = keyof typeof types

/** Bytes that grow. */
class Bytes {
  private data = new Uint8Array(256)
  length = 0
  private room(n: number): void {
    if (this.length + n <= this.data.length) return
    const larger = new Uint8Array(Math.max(this.data.length * 2, this.length + n))
    larger.set(this.data.subarray(0, this.length))
    this.data = larger
  }
  byte(b: number): void { this.room(1); this.data[this.length++] = b }
  bytes(xs: ArrayLike<number>): void { this.room(xs.length); this.data.set(xs, this.length); this.length += xs.length }
  unsigned(n: number): void {
    let x = n >>> 0
    while (x >= 0x80) { this.byte((x & 0x7f) | 0x80); x >>>= 7 }
    this.byte(x)
  }
  signed(n: number): void {
    let x = n | 0
    for (;;) {
      const b = x & 0x7f
      x >>= 7
      if ((x === 0 && !(b & 0x40)) || (x === -1 && (b & 0x40) !== 0)) { this.byte(b); return }
      this.byte(b | 0x80)
    }
  }
  signed64(n: bigint): void {
    let x = BigInt.asIntN(64, n)
    for (;;) {
      const b = Number(x & 0x7fn)
      x >>= 7n
      if ((x === 0n && !(b & 0x40)) || (x === -1n && (b & 0x40) !== 0)) { this.byte(b); return }
      this.byte(b | 0x80)
    }
  }
  text(s: string): void { const utf8 = new TextEncoder().encode(s); this.unsigned(utf8.length); this.bytes(utf8) }
  view(): Uint8Array { return this.data.subarray(0, this.length) }
}

const scratch = new DataView(new ArrayBuffer(8))
type Op2 = readonly [opcode: number, align: number]

/** The body of a function, instruction after instruction. Locals are numbered after the parameters. */
export class Code {
  readonly params: readonly ValType[]
  readonly results: readonly ValType[]
  private readonly head = new Bytes()
  private out = new Bytes()
  private readonly locals: ValType[] = []
  constructor(params: readonly ValType[], results: readonly ValType[] = []) { this.params = params; this.results = results }

  /** A new local of a type. */
  local(type: ValType): number { this.locals.push(type); return this.params.length + this.locals.length - 1 }
  get(local: number): this { this.out.byte(0x20); this.out.unsigned(local); return this }
  set(local: number): this { this.out.byte(0x21); this.out.unsigned(local); return this }
  tee(local: number): this { this.out.byte(0x22); this.out.unsigned(local); return this }
  globalGet(global: number): this { this.out.byte(0x23); this.out.unsigned(global); return this }
  globalSet(global: number): this { this.out.byte(0x24); this.out.unsigned(global); return this }

  i32(n: number): this { this.out.byte(0x41); this.out.signed(n); return this }
  i64(n: bigint): this { this.out.byte(0x42); this.out.signed64(n); return this }
  f32(x: number): this { this.out.byte(0x43); scratch.setFloat32(0, x, true); for (let i = 0; i < 4; i++) this.out.byte(scratch.getUint8(i)); return this }
  f64(x: number): this { this.out.byte(0x44); scratch.setFloat64(0, x, true); for (let i = 0; i < 8; i++) this.out.byte(scratch.getUint8(i)); return this }
  /** A vector of 16 bytes. */
  v128(bytes: ArrayLike<number>): this { this.out.byte(0xfd); this.out.unsigned(12); this.out.bytes(bytes); return this }
  shuffle(lanes: ArrayLike<number>): this { this.out.byte(0xfd); this.out.unsigned(13); this.out.bytes(lanes); return this }

  /** A plain instruction of one byte. */
  op(opcode: number): this { this.out.byte(opcode); return this }
  /** A vector instruction without immediate, relaxed ones too. */
  simd(opcode: number): this { this.out.byte(0xfd); this.out.unsigned(opcode); return this }
  /** extractLane and replaceLane. */
  lane(opcode: number, lane: number): this { this.simd(opcode); this.out.byte(lane); return this }
  saturate(opcode: number): this { this.out.byte(0xfc); this.out.unsigned(opcode); return this }
  private at(op: Op2, offset: number, align = op[1]): void { this.out.unsigned(align); this.out.unsigned(offset) }
  /** Loads and stores of scalars; the address is on the stack, `offset` bytes are added to it. */
  mem(name: keyof typeof memory, offset = 0, align?: number): this { this.out.byte(memory[name][0]); this.at(memory[name], offset, align); return this }
  /** Loads and stores of vectors. Addresses need not be aligned; `align` is a hint. */
  vec(name: keyof typeof vectorMemory, offset = 0, align?: number): this { this.simd(vectorMemory[name][0]); this.at(vectorMemory[name], offset, align ?? 0); return this }
  vecLane(name: keyof typeof laneMemory, lane: number, offset = 0): this { this.simd(laneMemory[name][0]); this.at(laneMemory[name], offset, 0); this.out.byte(lane); return this }
  /** Atomic access: its address must be aligned. */
  atom(name: keyof typeof atomic, offset = 0): this { this.out.byte(0xfe); this.out.unsigned(atomic[name][0]); this.at(atomic[name], offset); return this }
  /** (to, from, bytes) */
  copy(): this { this.saturate(saturating.memoryCopy); this.out.byte(0); this.out.byte(0); return this }
  /** (to, byte, bytes) */
  fill(): this { this.saturate(saturating.memoryFill); this.out.byte(0); return this }

  block(result?: ValType): this { this.out.byte(0x02); this.out.byte(result ? types[result] : 0x40); return this }
  loop(result?: ValType): this { this.out.byte(0x03); this.out.byte(result ? types[result] : 0x40); return this }
  if(result?: ValType): this { this.out.byte(0x04); this.out.byte(result ? types[result] : 0x40); return this }
  else(): this { this.out.byte(0x05); return this }
  end(): this { this.out.byte(0x0b); return this }
  br(depth: number): this { this.out.byte(0x0c); this.out.unsigned(depth); return this }
  brIf(depth: number): this { this.out.byte(0x0d); this.out.unsigned(depth); return this }
  brTable(depths: readonly number[], otherwise: number): this {
    this.out.byte(0x0e); this.out.unsigned(depths.length); depths.forEach(d => this.out.unsigned(d)); this.out.unsigned(otherwise)
    return this
  }
  return(): this { this.out.byte(0x0f); return this }
  unreachable(): this { this.out.byte(0x00); return this }
  call(fn: number): this { this.out.byte(0x10); this.out.unsigned(fn); return this }
  /** The index into the table is on the stack, above the arguments. */
  callIndirect(type: number): this { this.out.byte(0x11); this.out.unsigned(type); this.out.byte(0); return this }
  drop(): this { this.out.byte(0x1a); return this }
  /** (x, y, condition) -> x where the condition is not 0. */
  select(): this { this.out.byte(0x1b); return this }

  /** for (i = the number on the stack; i < end; i += step) body: counts a local upwards. Runs not at all if there is nothing to do. */
  count(i: number, end: number, step: number, body: () => void): this {
    this.set(i).block().loop().get(i).get(end).op(0x4e).brIf(1)
    body()
    this.get(i).i32(step).op(0x6a).set(i).br(0).end().end()
    return this
  }
  /** Writes at the end of what runs before the rest of the body: constants and addresses that a loop asks for are set there. */
  entry(write: () => void): this {
    const body = this.out
    this.out = this.head
    write()
    this.out = body
    return this
  }
  /** How many bytes of code there are so far. */
  get size(): number { return this.head.length + this.out.length }
  /** The function as the code section holds it. */
  encoded(): Uint8Array {
    const locals = new Bytes()
    const runs: { type: ValType; n: number }[] = []
    for (const type of this.locals) {
      const last = runs[runs.length - 1]
      if (last?.type === type) last.n++
      else runs.push({ type, n: 1 })
    }
    locals.unsigned(runs.length)
    for (const { type, n } of runs) { locals.unsigned(n); locals.byte(types[type]) }
    const whole = new Bytes()
    whole.unsigned(locals.length + this.size + 1)
    whole.bytes(locals.view()); whole.bytes(this.head.view()); whole.bytes(this.out.view()); whole.byte(0x0b)
    return whole.view().slice()
  }
}

export interface MemoryType { readonly initial: number; readonly maximum: number; readonly shared: boolean }
interface Export { readonly name: string; readonly kind: 0 | 1 | 2 | 3; readonly index: number }

/** A module: imports come before the functions it defines, as the numbering of WebAssembly asks. */
export class ModuleBuilder {
  private readonly signatures = new Map<string, number>()
  private readonly signatureList: { params: readonly ValType[]; results: readonly ValType[] }[] = []
  private readonly imported: { module: string; name: string; bytes: number[] }[] = []
  private importedFunctions = 0
  private importedGlobals = 0
  private readonly functions: { type: number; code: Code | null }[] = []
  private readonly globals: { type: ValType; mutable: boolean; initial: number }[] = []
  private readonly exports: Export[] = []
  private elements: readonly number[] = []
  private ownMemory: MemoryType | null = null

  signature(params: readonly ValType[], results: readonly ValType[]): number {
    const key = `${params.join()}>${results.join()}`
    let n = this.signatures.get(key)
    if (n === undefined) { this.signatures.set(key, n = this.signatureList.length); this.signatureList.push({ params, results }) }
    return n
  }
  importFunction(module: string, name: string, params: readonly ValType[], results: readonly ValType[]): number {
    const bytes = new Bytes()
    bytes.byte(0); bytes.unsigned(this.signature(params, results))
    this.imported.push({ module, name, bytes: [...bytes.view()] })
    return this.importedFunctions++
  }
  importMemory(module: string, name: string, type: MemoryType): void {
    const bytes = new Bytes()
    bytes.byte(2)
    limits(bytes, type)
    this.imported.push({ module, name, bytes: [...bytes.view()] })
  }
  importGlobal(module: string, name: string, type: ValType, mutable: boolean): number {
    this.imported.push({ module, name, bytes: [3, types[type], mutable ? 1 : 0] })
    return this.importedGlobals++
  }
  memory(type: MemoryType): void { this.ownMemory = type }
  /** A function, declared before its body is written, so that functions may call each other. */
  declare(params: readonly ValType[], results: readonly ValType[] = []): { readonly index: number; readonly define: (code: Code) => void } {
    const slot: { type: number; code: Code | null } = { type: this.signature(params, results), code: null }
    this.functions.push(slot)
    const index = this.importedFunctions + this.functions.length - 1
    return { index, define: code => { slot.code = code } }
  }
  function(code: Code): number {
    const { index, define } = this.declare(code.params, code.results)
    define(code)
    return index
  }
  global(type: ValType, mutable: boolean, initial: number): number {
    this.globals.push({ type, mutable, initial })
    return this.importedGlobals + this.globals.length - 1
  }
  /** The functions of table 0, from place 0 on. */
  table(functions: readonly number[]): void { this.elements = functions }
  export(name: string, kind: 'function' | 'table' | 'memory' | 'global', index: number): void {
    this.exports.push({ name, kind: ({ function: 0, table: 1, memory: 2, global: 3 } as const)[kind], index })
  }

  encode(): Uint8Array<ArrayBuffer> {
    const out = new Bytes()
    out.bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    const section = (id: number, n: number, write: (b: Bytes) => void): void => {
      if (n === 0) return
      const b = new Bytes()
      b.unsigned(n)
      write(b)
      out.byte(id); out.unsigned(b.length); out.bytes(b.view())
    }
    section(1, this.signatureList.length, b => this.signatureList.forEach(({ params, results }) => {
      b.byte(0x60)
      for (const list of [params, results]) { b.unsigned(list.length); list.forEach(t => b.byte(types[t])) }
    }))
    section(2, this.imported.length, b => this.imported.forEach(i => { b.text(i.module); b.text(i.name); b.bytes(i.bytes) }))
    section(3, this.functions.length, b => this.functions.forEach(f => b.unsigned(f.type)))
    section(4, 1, b => { b.byte(0x70); b.byte(1); b.unsigned(this.elements.length); b.unsigned(this.elements.length) })
    section(5, this.ownMemory ? 1 : 0, b => limits(b, this.ownMemory!))
    section(6, this.globals.length, b => this.globals.forEach(g => {
      b.byte(types[g.type]); b.byte(g.mutable ? 1 : 0)
      b.byte(0x41); b.signed(g.initial); b.byte(0x0b)
    }))
    section(7, this.exports.length, b => this.exports.forEach(e => { b.text(e.name); b.byte(e.kind); b.unsigned(e.index) }))
    section(9, this.elements.length > 0 ? 1 : 0, b => {
      b.byte(0); b.byte(0x41); b.signed(0); b.byte(0x0b)
      b.unsigned(this.elements.length)
      this.elements.forEach(f => b.unsigned(f))
    })
    section(10, this.functions.length, b => this.functions.forEach(f => b.bytes(f.code!.encoded())))
    return out.view().slice()
  }
}

const limits = (b: Bytes, { initial, maximum, shared }: MemoryType): void => { b.byte(shared ? 3 : 1); b.unsigned(initial); b.unsigned(maximum) }

/** While a program is lowered every value is an expression over views of buffers, until something needs it in memory. */
import { type Aval, sizeOf, stridesOf } from '../core/aval.js'
import type { DType } from '../core/dtype.js'
import type { Atom, Equation, Program } from '../core/primitive.js'
import { type Expr, type Load, Pool } from '../kernel/expr.js'
import { view } from '../kernel/view.js'
import { isContiguous } from './affine.js'
import { Block } from './block.js'
import { type Buffer, packed, type Place, type Step, type Widths } from './plan.js'
import type { Provenance } from './provenance.js'
import { measure } from './weight.js'

/** A value while it is lowered: an expression over its own axes. */
export interface Val { readonly aval: Aval; readonly expr: Expr }

/** What a row makes of values. Results with a destination may be stored there, or come back as values. */
export type Rule<P = any> = (l: Lowering, ins: readonly Val[], params: P, outs: readonly Aval[], dests: readonly (Buffer | null)[]) => readonly Val[]
export type RuleOf = (name: string) => Rule | undefined

/** Stored rather than computed again, where it is used more than once. */
const dear = 2
const longest = 250

export class Lowering {
  readonly pool = new Pool()
  readonly buffers: Buffer[] = []
  block: Block
  private loops: readonly number[] = []
  private nextLoop = 0
  private readonly ruleOf: RuleOf
  private readonly provenance: Provenance | null
  readonly widths: Widths
  private readonly splits: boolean
  constructor(ruleOf: RuleOf, provenance: Provenance | null = null, widths: Widths = packed, splits = true) {
    this.ruleOf = ruleOf
    this.provenance = provenance
    this.widths = widths
    this.splits = splits
    this.block = this.newBlock()
  }

  private newBlock(): Block { return new Block(this.pool, this.buffers, (dtype, size) => this.buffer(dtype, size), this.provenance, this.splits) }

  // ---- buffers ---------------------------------------------------------------------------------------------------------

  buffer(dtype: DType, size: number, where: Place = { tag: 'arena', offset: 0 }): Buffer {
    const b: Buffer = { id: this.buffers.length, dtype, size, bytes: this.widths[dtype], place: where, loops: this.loops }
    this.buffers.push(b)
    return b
  }
  bufferFor(a: Aval): Buffer { return this.buffer(a.dtype, sizeOf(a.shape)) }
  /** The value that lies contiguous in a buffer. */
  held(b: Buffer, a: Aval): Val { return { aval: a, expr: this.pool.load(a.dtype, view(b.id, 0, stridesOf(a.shape))) } }
  loaded(v: Val): Load | null { return v.expr.tag === 'load' ? v.expr : null }

  /** The value in memory, through whatever view. */
  viewed(v: Val): { readonly value: Val; readonly load: Load } {
    const load = this.loaded(v)
    if (load) return { value: v, load }
    const value = this.stored(v)
    return { value, load: this.loaded(value)! }
  }
  /** The value in memory, contiguous from the start of a buffer. */
  stored(v: Val): Val {
    const load = this.loaded(v)
    if (load && this.plain(load, v.aval)) return v
    return this.storedIn(this.bufferFor(v.aval), v)
  }
  storedIn(b: Buffer, v: Val): Val {
    const store = (): void => this.block.element(b, v.aval.shape, v.expr)
    if (this.provenance) this.provenance.keeping(v.expr, store)
    else store()
    return this.held(b, v.aval)
  }
  bufferOf(v: Val): Buffer { return this.buffers[this.loaded(this.stored(v))!.view.buffer]! }
  private plain(load: Load, a: Aval): boolean {
    return load.view.offset === 0 && load.view.starts.length === 0 && isContiguous(a.shape, load.view.strides)
      && (sizeOf(a.shape) === this.buffers[load.view.buffer]!.size || sizeOf(a.shape) === 0)
  }
  /** A value that a loop or a choice will read again and again. */
  ready(v: Val): Val { return measure(v.expr).weight > 0 ? this.stored(v) : v }

  // ---- programs --------------------------------------------------------------------------------------------------------

  /** The outputs of a program; those with a destination lie there. */
  program(p: Program, args: readonly Val[], dests: readonly (Buffer | null)[]): readonly Val[] {
    const env = new Map<number, Val>()
    const uses = new Map<number, number>()
    const use = (a: Atom): void => { if (a.kind === 'var') uses.set(a.id, (uses.get(a.id) ?? 0) + 1) }
    p.eqns.forEach(e => e.ins.forEach(use))
    p.outs.forEach(use)
    p.ins.forEach((v, i) => env.set(v.id, args[i]!))
    const read = (a: Atom): Val => (a.kind === 'lit' ? { aval: a.aval, expr: this.pool.constant(a.aval.dtype, a.value.data[0]!) } : env.get(a.id)!)
    const dest = new Map<number, Buffer>()
    const own = new Set(p.eqns.flatMap(e => e.outs.map(o => o.id)))
    p.outs.forEach((o, i) => { if (o.kind === 'var' && own.has(o.id) && dests[i] && !dest.has(o.id)) dest.set(o.id, dests[i]!) })
    for (const e of p.eqns) {
      const outs = this.traced(e, e.ins.map(read), e.outs.map(o => dest.get(o.id) ?? null))
      e.outs.forEach((o, i) => {
        const d = dest.get(o.id)
        let v = outs[i]!
        if (d && !(this.loaded(v)?.view.buffer === d.id)) v = this.storedIn(d, v)
        else if (!d) {
          const m = measure(v.expr)
          if (m.nodes > longest || (m.weight >= dear && (uses.get(o.id) ?? 0) > 1)) v = this.stored(v)
        }
        env.set(o.id, v)
      })
    }
    return p.outs.map((o, i) => {
      const v = read(o), d = dests[i]
      return d && !(o.kind === 'var' && dest.get(o.id) === d) ? this.storedIn(d, v) : v
    })
  }

  private traced(e: Equation, ins: readonly Val[], dests: readonly (Buffer | null)[]): readonly Val[] {
    if (this.provenance === null) return this.equation(e, ins, dests)
    let outs: readonly Val[] = []
    this.provenance.during(e, ins.map(v => v.expr), this.buffers.length, () => (outs = this.equation(e, ins, dests)).map(v => v.expr))
    return outs
  }
  private equation(e: Equation, ins: readonly Val[], dests: readonly (Buffer | null)[]): readonly Val[] {
    const { prim } = e
    if (prim.scalar) {
      const last = ins[ins.length - 1]!.aval.dtype
      const made = prim.scalar(this.pool.emitters(last), ins.map(v => v.expr), e.params, ins.map(v => v.aval))
      return made.map((expr, i) => ({ aval: e.outs[i]!.aval, expr }))
    }
    const outs = e.outs.map(o => o.aval)
    const rule = this.ruleOf(prim.name)
    return rule ? rule(this, ins, e.params, outs, dests) : this.onHost(e, ins, outs, dests)
  }

  private onHost(e: Equation, ins: readonly Val[], outs: readonly Aval[], dests: readonly (Buffer | null)[]): readonly Val[] {
    const given = ins.map(v => ({ buffer: this.bufferOf(v), aval: v.aval }))
    const made = outs.map((a, i) => ({ buffer: dests[i] ?? this.bufferFor(a), aval: a }))
    this.block.step({ tag: 'host', prim: e.prim, params: e.params, ins: given, outs: made }, given.map(x => x.buffer), made.map(x => x.buffer))
    return made.map(x => this.held(x.buffer, x.aval))
  }

  // ---- pieces of their own ---------------------------------------------------------------------------------------------

  newLoop(): number { return this.nextLoop++ }
  /** What `build` defines, as steps of their own inside a loop (null: inside a branch). */
  inside(loop: number | null, kept: ReadonlySet<Buffer>, build: () => void): { readonly steps: readonly Step[]; readonly reads: readonly Buffer[] } {
    const { block, loops } = this
    this.block = this.newBlock()
    if (loop !== null) this.loops = [...loops, loop]
    try {
      build()
      const made = this.block.finish(b => kept.has(b))
      return { steps: made.steps, reads: made.reads }
    } finally { this.block = block; this.loops = loops }
  }
}


/** jvp and linearize are one interpreter: they differ only in where tangents are computed. */
import { type Aval } from '../core/aval.js'
import { hand, Interp } from '../core/interp.js'
import type { Primitive, Tangent } from '../core/primitive.js'
import type { Mark } from '../core/source.js'
import { type NDArray, Tracer, type Value } from '../core/value.js'

export class TangentTracer extends Tracer {
  readonly primal: Value
  readonly tangent: Value
  constructor(owner: TangentInterp, primal: Value, tangent: Value, made: Mark | null) {
    super(owner, made)
    this.primal = primal
    this.tangent = tangent
  }
  get aval(): Aval { return this.primal.aval }
  /** The primal part runs for real, so its number is there wherever its own primal's is. */
  override concrete(): NDArray | null { return (this.primal as NDArray | Tracer).concrete() }
}

export class TangentInterp extends Interp {
  readonly title: string
  private readonly primals: Interp
  private readonly tangents: Interp
  /** Where the user called the transform: one mark for all its tracers, since derivatives are taken eagerly at every step. */
  private readonly called: Mark | null
  constructor(title: string, primals: Interp, tangents: Interp, called: Mark | null = null) {
    super()
    this.title = title
    this.primals = primals
    this.tangents = tangents
    this.called = called
  }

  primal(x: Value): Value { return x instanceof TangentTracer && x.owner === this ? x.primal : x }
  tangent(x: Value): Tangent { return x instanceof TangentTracer && x.owner === this ? x.tangent : null }
  join(primal: Value, tangent: Tangent): Value {
    return tangent === null ? primal : new TangentTracer(this, primal, tangent, this.called)
  }

  process(prim: Primitive, args: readonly Value[], params: unknown): readonly Value[] {
    const n = args.length
    const primals = new Array<Value>(n)
    const tangents = new Array<Tangent>(n)
    const active = new Array<boolean>(n)
    let some = false
    for (let i = 0; i < n; i++) {
      const a = args[i]!
      primals[i] = this.primal(a)
      const t = tangents[i] = this.tangent(a)
      if ((active[i] = t !== null)) some = true
    }
    hand(this.primals)
    if (!some) return this.primals.process(prim, primals, params)
    const { outs, push } = prim.linearize(primals, params, active)
    hand(this.tangents)
    const outTangents = push(tangents)
    return outs.map((o, i) => this.join(o, outTangents[i]!))
  }
}

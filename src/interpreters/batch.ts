/** Batching: one more axis, always axis 0, on every value that depends on the mapped ones. */
import { type Aval } from '../core/aval.js'
import { hand, Interp } from '../core/interp.js'
import type { Batched, MappedAxis, Primitive, Program } from '../core/primitive.js'
import type { Mark } from '../core/source.js'
import { Tracer, type Value } from '../core/value.js'

export class BatchTracer extends Tracer {
  readonly value: Value
  readonly aval: Aval
  constructor(owner: BatchInterp, value: Value, made: Mark | null) {
    super(owner, made)
    this.value = value
    this.aval = { dtype: value.aval.dtype, shape: value.aval.shape.slice(1) }
  }
}

const named = new WeakMap<Program, ReadonlySet<string>>()
/** The axes that a program speaks of by name. */
const namesIn = (p: Program): ReadonlySet<string> => {
  let names = named.get(p)
  if (!names) named.set(p, names = new Set(p.eqns.flatMap(e => (e.prim.collective ? [e.prim.collective.axisName(e.params)] : e.prim.programs(e.params).flatMap(q => [...namesIn(q)])))))
  return names
}

export const asBatched = (answer: readonly Value[] | Batched): Batched =>
  'batched' in answer ? answer : { values: answer, batched: answer.map(() => true) }

export class BatchInterp extends Interp {
  readonly title = 'vmap'
  readonly axis: MappedAxis
  private readonly parent: Interp
  /** Where the user called vmap: one mark for all its tracers. */
  private readonly called: Mark | null
  constructor(parent: Interp, axis: MappedAxis, called: Mark | null = null) { super(); this.parent = parent; this.axis = axis; this.called = called }

  mine(x: Value): x is BatchTracer { return x instanceof BatchTracer && x.owner === this }
  wrap(x: Value): Value { return new BatchTracer(this, x, this.called) }

  process(prim: Primitive, args: readonly Value[], params: unknown): readonly Value[] {
    const batched = args.map(a => this.mine(a))
    const values = args.map(a => (this.mine(a) ? a.value : a))
    const here = prim.collective !== null && this.axis.name !== null && prim.collective.axisName(params) === this.axis.name
    hand(this.parent)
    // a program that asks for its place on the axis differs along it, even where nothing it is given does
    const inside = this.axis.name !== null && prim.programs(params).some(p => namesIn(p).has(this.axis.name!))
    if (!here && !inside && !batched.includes(true)) return this.parent.process(prim, values, params)
    const answer = asBatched((here ? prim.collective!.apply : prim.batch)(this.axis, values, batched, params))
    return answer.values.map((v, i) => (answer.batched[i] ? new BatchTracer(this, v, this.called) : v))
  }
}

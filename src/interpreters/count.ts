/** Counting: what a program costs in operations on elements, by its rows, and how many primitives it applies. */
import { hand, Interp } from '../core/interp.js'
import type { Equation, Primitive, Program } from '../core/primitive.js'
import type { Value } from '../core/value.js'

/** A loop costs its body as often as it runs; a choice costs its dearest branch. */
const equationCost = (e: Equation): number => e.prim.cost(e.ins.map(a => a.aval), e.outs.map(o => o.aval), e.params)
/**
 * What a program costs, in additions per element (docs/decisions says how the others are weighed).
 *
 * @example
 * cost(makeProgram((x: Value) => np.add(x, x))(np.zeros([5])).program)   // 5
 */
export const cost = (p: Program): number => p.eqns.reduce((sum, e) => sum + equationCost(e), 0)

/** Applies primitives in the parent interpretation, and counts them. */
export class CountInterp extends Interp {
  readonly title = 'count'
  applications = 0
  operations = 0
  private readonly parent: Interp
  constructor(parent: Interp) { super(); this.parent = parent }
  process(prim: Primitive, args: readonly Value[], params: unknown): readonly Value[] {
    hand(this.parent)
    const outs = this.parent.process(prim, args, params)
    this.applications++
    this.operations += prim.cost(args.map(a => a.aval), outs.map(o => o.aval), params)
    return outs
  }
}

/** Mutants of the constructors of rows, and of the rows that rules are made of. */
import { type Mutant, plant } from '../mutant.js'

export const kinds: readonly Mutant[] = [
  ...plant('src/primitives/row.ts', [
    ['linear-push-primal', 'ts[i] ?? c.zeros(a.aval)', 'ts[i] ?? a', 'a linear row pushes the primal where a tangent is the symbolic zero'],
    ['linear-fixed-forgotten', 'ts[i] && !fixed.includes(i)', 'ts[i]', 'a linear row takes a tangent of a fixed operand for a reason to push', 'A fixed operand is a predicate or an index: bool or i32, which never has a tangent (hasTangent), so the two conditions hold together.'],
    ['linear-accepts-any', 'linearIn: flags => flags.every((l, i) => l !== fixed.includes(i)),', 'linearIn: flags => flags.some(Boolean),', 'x + constant passes for linear'],
    ['multilinear-forgets-right', 'ty ? bind1(self, [x!, ty], params) : null', 'null', 'D(x·y) forgets x·dy'],
    ['multilinear-swaps', 'ty ? bind1(self, [x!, ty], params)', 'ty ? bind1(self, [ty, x!], params)', 'D f(x, y) takes f(ty, x) for f(x, ty)'],
    ['multilinear-accepts-both', 'linearIn: flags => flags.filter(Boolean).length === 1,', 'linearIn: flags => flags.some(Boolean),', 'x·x passes for linear'],
    ['constant-has-tangent', 'return { outs, push: () => outs.map(() => null) }', 'return { outs, push: (ts: readonly Tangent[]) => outs.map((_, i) => ts[i] ?? null) }', 'a tangent passes through rounding and stopGradient'],
    ['general-accepts-any', 'linearIn: c.linearIn ?? (() => false),', 'linearIn: c.linearIn ?? (() => true),', 'every row with a rule of its own passes for linear'],
    ['tangents-do-not-add', 'a && b ? bind1(add, [a, b], null) : a ?? b', 'a ?? b', 'where two operands have tangents the second is lost'],
    ['cost-of-one-element', 'outs.reduce((n, o) => n + sizeOf(o.shape), 0)', 'outs.length', 'an elementwise row costs the same whatever its size'],
    ['cost-forgets-weight', 'weight * perOutput(ins, outs, params)', 'perOutput(ins, outs, params)', 'a power costs as much as a sum'],
  ]),
  ...plant('src/primitives/elementwise.ts', [
    ['pointwise-keeps-last', 'acc = plus(add, acc,', 'acc = plus(add, null,', 'the tangent of several operands is that of the last one'],
    ['pointwise-mask-reversed', 'bind1(select, [factor, t, zeros(t.aval)], null)', 'bind1(select, [factor, zeros(t.aval), t], null)', 'a tangent passes where its mask is false'],
    ['pointwise-mask-multiplies', 'factor.dtype === \'bool\' ? bind1(select, [factor, t, zeros(t.aval)], null)', 'factor.dtype === \'bool\' ? bind1(select, [factor, t, bind1(mul, [t, zeros(t.aval)], null)], null)', 'a masked tangent is 0·t, which is NaN where t is'],
    ['pointwise-batch-unled', 'bind(self(), args.map((a, i) => lead(axis, a, batched[i]!)), params)', 'bind(self(), args, params)', 'an unmapped operand is not repeated along the mapped axis'],
    ['pointwise-accepts-any', 'flags => flags.every((l, i) => l === (i === e.transpose!.in))', 'flags => flags.some(Boolean)', 'a quotient passes for linear in its denominator'],
    ['pointwise-partial-of-first', 'd(args, out, params) : null))', 'd(args, args[0]!, params) : null))', 'partials are given the operand for the result'],
  ]),
  ...plant('src/primitives/base.ts', [
    ['broadcast-batch-axes', '[0, ...dims.map(d => d + 1)])]', '[0, ...dims])]', 'axes are not shifted when broadcast is mapped'],
    ['broadcast-transpose-axes', '[sum(ct!, range(shape.length).filter(d => !dims.includes(d)))]', '[sum(ct!, range(shape.length - dims.length))]', 'the transpose of broadcast sums the leading axes, not the new ones'],
    ['sum-batch-axes', '[sum(x!, axes.map(a => a + 1))]', '[sum(x!, axes)]', 'axes are not shifted when sum is mapped'],
    ['sum-transpose-axes', 'broadcast(ct!, x!.aval.shape, range(x!.aval.shape.length).filter(d => !axes.includes(d)))', 'broadcast(ct!, x!.aval.shape, range(x!.aval.shape.length).slice(axes.length))', 'the transpose of sum repeats along the leading axes, not the summed ones'],
    ['scalar-loses-sign-of-zero', ' && !Object.is(x, -0)', '', '-0 and 0 share one array'],
    ['lead-repeats-behind', 'bind1(broadcastP, [x], { shape: [axis.size, ...x.aval.shape], dims: range(x.aval.shape.length).map(d => d + 1) })', 'bind1(broadcastP, [x], { shape: [...x.aval.shape, axis.size], dims: range(x.aval.shape.length) })', 'an unmapped operand is repeated along a last axis'],
  ]),
]

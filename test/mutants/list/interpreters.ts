/** Mutants of the interpreters. */
import { type Mutant, plant } from '../mutant.js'

export const interpreters: readonly Mutant[] = [
  ...plant('src/interpreters/tangent.ts', [
    ['tangent-foreign-primal', 'primal(x: Value): Value { return x instanceof TangentTracer && x.owner === this ?', 'primal(x: Value): Value { return x instanceof TangentTracer ?', 'the primal of another derivative is taken for its own'],
    ['tangent-foreign-tangent', 'tangent(x: Value): Tangent { return x instanceof TangentTracer && x.owner === this ?', 'tangent(x: Value): Tangent { return x instanceof TangentTracer ?', 'the tangent of another derivative is taken for its own: perturbation confusion'],
    ['tangent-where-primals', 'hand(this.tangents)', 'hand(this.primals)', 'tangents are computed where primals are'],
    ['primal-where-tangents', 'hand(this.primals)\n    if (!some)', 'hand(this.tangents)\n    if (!some)', 'primals are computed where tangents are'],
    ['tangent-of-first', 'this.join(o, outTangents[i]!)', 'this.join(o, outTangents[0]!)', 'every result takes the tangent of the first'],
    ['tangent-inactive', 'if ((active[i] = t !== null)) some = true', 'if ((active[i] = t !== null) && i === 0) some = true', 'only the first operand can have a tangent'],
  ]),
  ...plant('src/interpreters/batch.ts', [
    ['batch-foreign', 'x instanceof BatchTracer && x.owner === this }', 'x instanceof BatchTracer }', 'values of another vmap are taken for its own'],
    ['batch-any-name', 'prim.collective !== null && this.axis.name !== null && prim.collective.axisName(params) === this.axis.name', 'prim.collective !== null', 'a collective acts on whatever axis is mapped'],
    ['batch-no-name', 'prim.collective !== null && this.axis.name', 'false && this.axis.name', 'a collective finds no axis'],
    ['batch-all-batched', 'answer.batched[i] ? new BatchTracer(this, v, this.called) : v', 'new BatchTracer(this, v, this.called)', 'results that do not depend on the mapped axis are taken for mapped ones'],
    ['batch-aval-last', 'value.aval.shape.slice(1) }', 'value.aval.shape.slice(0, -1) }', 'the mapped axis is taken for the last one'],
  ]),
  ...plant('src/interpreters/jet.ts', [
    ['jet-convolution-short', 'for (let j = 0; j <= k; j++)', 'for (let j = 0; j < k; j++)', 'the convolution lacks its last term'],
    ['jet-convolution-shifted', 'b = y![k - j]', 'b = y![j]', 'the convolution multiplies equal places'],
    ['jet-forgets-division', 'last ? scale(1 / K, last) : null', 'last ?? null', 'y_k = y\'_(k-1), without 1/k'],
    ['jet-forgets-factor', 'c && scale(j + 1, c)', 'c', "x'_j = x_(j+1), without j + 1"],
    ['jet-key-params', "this.id(params) : JSON.stringify(prim.params.encode(params))} ", "this.id(params) : ''} ", 'answers are remembered whatever the parameters'],
    ['jet-key-operands', '${args.map(a => this.id(a)).join()}`', '`', 'answers are remembered whatever the operands'],
    ['jet-constant-late', 'for (let k = 1; k < s.length; k++) if (s[k]) return false', 'for (let k = 2; k < s.length; k++) if (s[k]) return false', 'a series with a first coefficient alone is taken for a constant'],
    ['jet-fixed', 'prim.fixed.includes(i) ? s[0]! : s[k]!', 's[k]!', 'the higher coefficients of a predicate or an index are asked for'],
    ['jet-foreign', 'return x instanceof JetTracer && x.owner === this ? x.series', 'return x instanceof JetTracer ? x.series', 'the series of another jet is taken for its own'],
    ['jet-last-only', 'instantiate(d[0]!, args[i]!.aval), ...d.slice(1)', 'instantiate(d[0]!, args[i]!.aval), ...d.slice(1).map(() => null)', "of x' only the first coefficient is used"],
    ['jet-stays-alive', 'end(): void { this.alive = false; this.lower?.end() }', 'end(): void { this.lower?.end() }', 'tracers of jet outlive it'],
  ]),
  ...plant('src/interpreters/stage.ts', [
    ['stage-foreign', 'x instanceof StagedTracer && x.owner === this', 'x instanceof StagedTracer', 'variables of another program are taken for its own'],
    ['stage-literal-arrays', 'x instanceof NDArray && x.aval.shape.length === 0', 'x instanceof NDArray', 'captured arrays are taken for scalar literals'],
    ['stage-order', 'for (const [value, v] of this.vars) if (live.has(v.id)) { captured.push(value); ins.push(v) }\n    for (const a of args) ins.push(a.variable)', 'for (const a of args) ins.push(a.variable)\n    for (const [value, v] of this.vars) if (live.has(v.id)) { captured.push(value); ins.push(v) }', 'captured values come after the arguments'],
    ['stage-stays-alive', 'try { return s.finish(args, under(s, () => f(...args))) } finally { s.alive = false }', 'return s.finish(args, under(s, () => f(...args)))', 'after a function that throws its variables live on'],
    ['stage-dead', 'if (live.has(v.id)) { captured.push(value); ins.push(v) }', '{ captured.push(value); ins.push(v) }', 'captured values that nobody reads are kept'],
  ]),
  ...plant('src/interpreters/count.ts', [
    ['count-first', 'p.eqns.reduce((sum, e) => sum + equationCost(e), 0)', 'p.eqns.slice(0, 1).reduce((sum, e) => sum + equationCost(e), 0)', 'a program costs what its first equation does'],
    ['count-operations', 'this.operations += prim.cost', 'this.operations = prim.cost', 'the operations counted are those of the last primitive'],
  ]),
]

/** Mutants of dispatch, programs, checking, encoding and the passes. */
import { type Mutant, plant } from '../mutant.js'

export const core: readonly Mutant[] = [
  ...plant('src/core/interp.ts', [
    ['under-leaks', '    return result\n  } finally { current = before }', '    current = before\n    return result\n  } finally { /* not restored */ }', 'after a function that throws its interpreter stays in charge'],
    ['bind-leaks', 'try { return current.process(prim, args, params) } finally { current = before }', 'const outs = current.process(prim, args, params)\n  current = before\n  return outs', 'after a rule that throws the parent interpreter stays in charge'],
    ['axis-leaks', 'try { return thunk() } finally { axes = before }', 'const result = thunk()\n  axes = before\n  return result', 'after a mapped function that throws its axis keeps its name'],
    ['axis-outermost', 'axes = [axis, ...axes]', 'axes = [...axes, axis]', 'of two mapped axes of one name the outer one is found'],
    ['escaped-unnoticed', 'if (a instanceof Tracer && !a.owner.alive) escaped(prim.name, a)', '', 'a tracer that outlived its transform is used as if it lived'],
  ]),
  ...plant('src/core/slab.ts', [
    ['slab-next', 'slab.next += size', '', 'small arrays lie on one another'],
  ]),
  ...plant('src/core/program.ts', [
    ['dce-needs-all', 'if (!e.outs.some(o => live.has(o.id))) continue', 'if (!e.outs.every(o => live.has(o.id))) continue', 'an equation goes as soon as one of its results is not read'],
    ['dce-keeps-all', 'if (!e.outs.some(o => live.has(o.id))) continue', '', 'nothing is dropped'],
    ['evalProgram-first', 'env.set(e.outs[i]!.id, outs[i]!)', 'env.set(e.outs[i]!.id, outs[0]!)', 'all results of an equation are its first'],
    ['countEquations-flat', 'n + 1 + e.prim.programs(e.params).reduce((m, q) => m + countEquations(q), 0)', 'n + 1', 'equations of programs inside are not counted'],
  ]),
  ...plant('src/core/check.ts', [
    ['check-duplicates', 'env.has(v.id) ? false :', 'env.has(v.id) ? true :', 'a variable may be bound twice'],
    ['check-outs', 'return p.outs.some(unbound)', 'return false', 'an output may be unbound'],
    ['check-operands', 'if (missing) return', 'if (missing && false) return', 'an operand may be unbound'],
    ['check-types', '!want.right.every((w, i) => sameAval(w, e.outs[i]!.aval))', 'false', 'the types that rows give are not compared'],
    ['check-inside', "if (inner._tag === 'Left') return inner", '', 'programs inside are not checked'],
    ['checkLinear-accepts', '!e.prim.linearIn(exactly, e.params, zeros) && !e.prim.linearIn(widened, e.params)', 'false', 'everything passes for linear'],
    ['checkLinear-constants', "classOf(o) !== 'constant'", 'true', 'a constant output passes for linear'],
    ['checkLinear-zeros', "c !== 'constant' && !e.prim.fixed.includes(i))", "c === 'linear' && !e.prim.fixed.includes(i))", 'a zero is no longer linear: x + 0 is refused'],
    ['checkLinear-vanishing', "put(vanishes ? 'zero' : 'constant')", "put('constant')", 'a linear map of zeros is not seen to be zero'],
  ]),
  ...plant('src/core/encode.ts', [
    ['encode-literal-dtype', '({ dtype: x.aval.dtype, lit:', "({ dtype: '', lit:", 'literals of different dtypes have one encoding'],
    ['encode-negative-zero', "Object.is(x, -0) ? '-0' : String(x)", 'String(x)', '-0 and 0 have one encoding'],
    ['encode-params', 'params: e.prim.params.encode(e.params), ins', 'params: null, ins', 'parameters are not encoded'],
    ['encode-outs', 'outs: p.outs.map(atom) }\n', 'outs: [] }\n', 'which variables are answered is not encoded'],
    ['encode-inputs', 'ins: p.ins.map(v => encodeAval(v.aval))', 'ins: []', 'the types of inputs are not encoded'],
    ['encode-operands', 'params: e.prim.params.encode(e.params), ins,', 'params: e.prim.params.encode(e.params), ins: ins.slice().sort(),', 'the order of operands is not encoded'],
    ['encode-name', 'prim: e.prim.name,', "prim: '',", 'which row is applied is not encoded'],
  ]),
  ...plant('src/optimise/cse.ts', [
    ['cse-params', "e.params === null ? '' : JSON.stringify(e.prim.params.encode(e.params))", "''", 'rows with different parameters are one'],
    ['cse-name', 'const key = `${e.prim.name} ', 'const key = `', 'different rows on the same operands are one'],
    ['cse-dtype', '`${a.aval.dtype}:${encodeNumber(a.value.data[0]!)}`', '`${encodeNumber(a.value.data[0]!)}`', 'literals of different dtypes are one'],
    ['cse-negative-zero', '`${a.aval.dtype}:${encodeNumber(a.value.data[0]!)}`', '`${a.aval.dtype}:${a.value.data[0]!}`', '-0 and 0 are one'],
    ['cse-operand-order', 'ins.map(show).join()', 'ins.map(show).sort().join()', 'x - y and y - x are one'],
    ['cse-outs', 'outs: p.outs.map(resolve)', 'outs: p.outs', 'an output that was merged is not found again'],
    ['cse-never', 'if (before) e.outs', 'if (before && false) e.outs', 'nothing is merged'],
  ]),
  ...plant('src/optimise/pipeline.ts', [
    ['optimise-inside', 'e.prim.withPrograms(e.params, inner.map(q => optimise(q)))', 'e.prim.withPrograms(e.params, inner.map(q => optimise(q)).reverse())', 'programs inside change places'],
  ]),
]
